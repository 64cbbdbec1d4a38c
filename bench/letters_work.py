"""What ``bench.letters`` measures, each in a process of its own: ``python -m bench.letters_work WHAT …``.

    ours COUNT OUT WORKERS   print runs as the product makes them, checks included
    write COUNT OUT          one process, written only: nothing read back (what the checks cost)
    typst COUNT OUT          Typst alone, all letters one document
    data COUNT FILE          the letters as JSON, for the peers

The recipients are made from their number: 6,000 different kanji, every fiftieth name with a prescribed variant, one to
three policies, some with twenty.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pylopdf_fonts_jp
import typst

from sekisho.incidents.sender import Company, Desk
from sekisho.letters.model import Line, Recipient, Wording
from sekisho.letters.printing import Settings, print_letters
from sekisho.letters.printing.design import read_design
from sekisho.letters.printing.filling import Filler
from sekisho.letters.printing.fonts.embedding import Codes, Outlines
from sekisho.letters.printing.fonts.faces import typefaces
from sekisho.letters.printing.layout import Typesetter
from sekisho.letters.printing.print_file import PrintFile
from sekisho.letters.printing.told import serial_of, tell

KANJI = [bytes((row, cell)).decode("euc-jp", "ignore") for row in range(0xB0, 0xF4) for cell in range(0xA1, 0xFF)]
KANJI = [character for character in KANJI if character]
EACH = 5000
WORDING = Wording(
    title="お客さまの情報の取扱いに関するお詫びとお知らせ",
    opening=(
        "平素より格別のお引き立てを賜り、厚く御礼申しあげます。",
        "このたび、当社の業務を委託する代理店が、お客さまのご契約に関する情報を、他の損害保険会社の担当者を同報の宛先に含む電子メールで"
        "送信していたことが判明いたしました。お客さまには多大なご迷惑とご心配をお掛けしましたことを、深くお詫び申しあげます。",
        "対象となるお客さまのご契約と情報は、下表のとおりです。",
    ),
    closing=(
        "当社では、送信先の会社に対して当該情報の削除を求め、順次、削除の確認を終えております。また、代理店および社員に対する情報管理の"
        "再教育など、再発防止に取り組んでまいります。",
        "本件に関しましてご不明な点がございましたら、下記の窓口までお問い合わせくださいますようお願い申しあげます。",
    ),
    date_line="2026年11月30日",
    company=Company("KOU", "甲損害保険株式会社", "代表取締役社長　山田 太郎", "", "1000000", "東京都架空区青葉町1-2-3"),
    desk=Desk("お客さま情報窓口", "0120-000-000", "9:00～17:00", "madoguchi@kou.example.jp"),
)


def bars(who: Recipient) -> str:
    """67 bars that differ from letter to letter."""
    number = int(who.person)
    return "13" + "".join("1234"[(number >> (2 * place % 20) & 3)] for place in range(63)) + "31"


def recipients(count: int) -> Iterator[Recipient]:
    size = len(KANJI)
    for number in range(count):
        first, second, third = number % size, number * 7 % size, number * 31 % size
        name = f"{KANJI[first % 600]}{KANJI[second]} {KANJI[third]}{'子郎美介一'[number % 5]}"
        if number % 50 == 0:
            name = f"渡邉\U000e0101 𠮷{KANJI[third]}"
        policies = 20 if number % 997 == 0 else (1, 1, 1, 1, 1, 1, 2, 1, 2, 3)[number % 10]
        lines = tuple(_line(number, place) for place in range(policies))
        place = f"東京都架空区青葉町{number % 9 + 1}丁目{number % 31 + 1}番{number % 17 + 1}号"
        address = f"{place} コーポみどり{number % 400 + 101}" if number % 3 == 0 else place
        yield Recipient(f"{number:09d}", name, False, f"{number % 10_000_000:07d}", address, lines)


def _line(number: int, place: int) -> Line:
    return Line(
        f"KA{number * 23 + place:09d}",
        f"{'甲乙丙丁'[number % 4]}損害保険株式会社",
        ("証券番号", "契約者氏名", "満期日", "引受保険会社", "保険種目")[: 3 + number % 3],
        f"2026年{number % 12 + 1}月{number % 28 + 1}日",
        f"{KANJI[number % 150]}保険サービス株式会社",
        f"{'乙丙丁甲'[number % 4]}損害保険株式会社",
        ("自動車保険", "火災保険", "傷害保険")[number % 3],
    )


def ours(count: int, out: Path, workers: int) -> None:
    settings = Settings(series="B", letters_per_file=EACH, workers=workers, bars=bars)
    run = print_letters(recipients(count), WORDING, out, settings=settings)
    size = sum(path.stat().st_size for path in run.files)
    print(json.dumps({"letters": run.letters, "pages": run.pages, "held": len(run.held), "files": len(run.files),
                      "bytes": size, "ledger": run.ledger.stat().st_size + run.mailing.stat().st_size}))  # fmt: skip


def write(count: int, out: Path) -> None:
    chains, design = typefaces(), read_design()
    typesetter, outlines = Typesetter(WORDING, design, chains), Outlines(chains.fields)
    out.mkdir(mode=0o700)
    file, filler = None, None
    for number, who in enumerate(recipients(count)):
        if number % EACH == 0:
            _save(file, out, number)
            codes = Codes(chains.fields)
            file, filler = PrintFile(codes, outlines, WORDING.title), Filler(design, chains.fields, typesetter, codes)
        assert file is not None and filler is not None
        file.add(filler.fill(tell(who, serial_of("B", number + 1), design.labels), bars(who)))
    _save(file, out, count)


def _save(file: PrintFile | None, out: Path, number: int) -> None:
    if file is not None:
        _on_disk(out / f"{number:09d}.pdf", file.finish())


def _on_disk(path: Path, data: bytes) -> None:
    with path.open("wb") as written:
        written.write(data)
        written.flush()
        os.fsync(written.fileno())


PLAIN = """
#let letters = json(sys.inputs.at("file"))
#set page(paper: "a4", margin: 20mm, footer: none)
#set text(font: "Noto Serif JP", lang: "ja", region: "jp", size: 10.5pt)
#set par(justify: true, leading: 0.85em, first-line-indent: (amount: 1em, all: true))
#for (number, one) in letters.people.enumerate() {
  if number > 0 { pagebreak() }
  [#one.postal \\ #one.address \\ #text(12pt, one.name) #h(1fr)]
  v(2mm)
  let drawn(bar) = box(
    width: 0.48mm, height: if bar == "1" {2.88mm} else if bar == "4" {0.96mm} else {1.92mm}, fill: black,
    baseline: if bar == "4" or bar == "2" {-0.96mm} else {0mm},
  )
  block(height: 4mm, one.bars.clusters().map(drawn).join(h(0.48mm)))
  v(20mm)
  align(center, text(font: "Noto Sans JP", 14pt, letters.title))
  for text in letters.opening { par(text) }
  table(
    columns: (41mm, 43mm, 27mm, 29.5mm, 29.5mm), stroke: 0.4pt,
    ..letters.heads.map(text.with(8pt)), ..one.rows.flatten().map(text.with(8.5pt)),
  )
  for text in letters.closing { par(text) }
  block(width: 100%, stroke: 0.6pt, inset: 4mm, letters.desk)
  [#one.serial]
}
"""


def data(count: int) -> dict[str, Any]:
    """The letters as plain data."""
    design = read_design()
    people = []
    for number, who in enumerate(recipients(count), 1):
        told = tell(who, serial_of("B", number), design.labels)
        people.append({
            "postal": told.postal, "address": told.address, "name": told.name, "serial": told.serial, "bars": bars(who),
            "rows": [["\n".join(cell) for cell in row] for row in told.rows],
        })  # fmt: skip
    desk = WORDING.desk
    return {"title": WORDING.title, "opening": WORDING.opening, "closing": WORDING.closing, "people": people,
            "heads": design.labels["heads"], "desk": f"{desk.name} {desk.phone} {desk.hours} {desk.email}",
            "serif": str(pylopdf_fonts_jp.serif_path()), "sans": str(pylopdf_fonts_jp.sans_path())}  # fmt: skip


def plain_typst(count: int, out: Path) -> None:
    folder = out.parent
    (folder / "letters.json").write_text(json.dumps(data(count), ensure_ascii=False), encoding="utf-8")
    (folder / "letters.typ").write_text(PLAIN, encoding="utf-8")
    fonts = typst.Fonts(False, False, [str(pylopdf_fonts_jp.serif_path().parent)])
    compiler = typst.Compiler(
        str(folder / "letters.typ"), root=str(folder), font_paths=fonts, sys_inputs={"file": "/letters.json"}
    )
    out.write_bytes(compiler.compile(format="pdf", pdf_tags=False))


def main() -> None:
    what, *words = sys.argv[1:]
    if what == "ours":
        ours(int(words[0]), Path(words[1]), int(words[2]))
    elif what == "write":
        write(int(words[0]), Path(words[1]))
    elif what == "typst":
        plain_typst(int(words[0]), Path(words[1]))
    else:
        Path(words[1]).write_text(json.dumps(data(int(words[0])), ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
