"""What fuzzing begins with: small files of every kind, built by the carriers of ``tools.accuracy``, all invented; and,
at hand only, the real files of ../shared/data where that folder is there (linked for the run, never copied)."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.accuracy import carriers, carriers_office, carriers_outlook, carriers_packed, charsets

PASSWORD = "himitsu-2024"
ROWS = [
    ["証券番号", "契約者名", "生年月日", "電話番号", "引受保険会社"],
    ["KA12345678", "山田　太郎", "昭和55年4月5日", "03-0000-1234", "甲損保"],
    ["1234567890", "髙橋 花子", "1990/01/02", "090-0000-5678", "乙損保"],
]
LINES = [
    "満期更改のお知らせ",
    "証券番号：KA12345678",
    "山田太郎様（生年月日 1980-04-05）",
    "パスワードは「himitsu-2024」です",
]
TEXT = "\n".join(LINES)
CSV = carriers.csv_file(ROWS, "cp932")
REAL = Path(os.environ.get("SEKISHO_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
REAL_LARGEST = 100_000


def built(*makers: Callable[[], bytes]) -> Iterator[bytes]:
    """The files of those makers whose library is installed."""
    for make in makers:
        try:
            yield make()
        except ModuleNotFoundError:
            continue


def real(*endings: str, most: int = 150) -> list[Path]:
    """Small real files with these endings, the smallest first."""
    if not REAL.is_dir():
        return []
    found = [p for p in REAL.rglob("*") if p.name.lower().endswith(endings) and p.is_file()]
    return sorted((p for p in found if p.stat().st_size <= REAL_LARGEST), key=lambda p: p.stat().st_size)[:most]


def zips() -> Iterator[bytes]:
    files = {"満期一覧.csv": CSV, "内側.zip": carriers.zip_file({"a.txt": TEXT.encode()})}
    yield from built(
        lambda: carriers.zip_file(files, windows_names=True),
        lambda: carriers_packed.locked_zip({"満期.csv": CSV}, PASSWORD),
        lambda: carriers_packed.aes_zip({"満期.csv": CSV}, PASSWORD),
    )


def sevens() -> Iterator[bytes]:
    yield from built(
        lambda: carriers_packed.seven_file({"満期.csv": CSV}),
        lambda: carriers_packed.seven_file({"満期.csv": CSV}, PASSWORD),
    )


def lzhs() -> Iterator[bytes]:
    for level in (0, 1, 2):
        yield carriers_packed.lzh_file({"満期.csv": CSV, "b.txt": b"KA12345678"}, level=level)


def msgs() -> Iterator[bytes]:
    item = carriers_outlook.Item("件名", TEXT, html=f"<p>{TEXT}</p>", attachments=(("満期.csv", CSV),))
    yield carriers_outlook.msg_file(item)
    yield carriers_outlook.msg_file(item, unicode=False)


def tnefs() -> Iterator[bytes]:
    yield carriers_outlook.winmail_dat(TEXT, (("満期.csv", CSV),))
    yield carriers_outlook.winmail_dat(TEXT, (("満期.csv", CSV),), rtf=False)


def mails() -> Iterator[bytes]:
    for charset in ("utf-8", "iso-2022-jp", "shift_jis", "euc-jp"):
        part = carriers.entity(CSV, "text/csv", carriers.named("満期一覧.csv", "rfc2047 cp932"))
        yield carriers.message_file(TEXT, charset, "満期の件", part)
    yield carriers.message_file(
        TEXT, "utf-8", "winmail", carriers.entity(next(tnefs()), "application/ms-tnef", b"filename=winmail.dat")
    )
    yield carriers.message_file(
        TEXT, "utf-8", "zip", carriers.entity(list(zips())[1], "application/zip", b"filename=a.zip")
    )
    nested = b"Content-Type: message/rfc822\n\n" + carriers.message_file(TEXT, "iso-2022-jp", "転送")
    yield carriers.message_file(TEXT, "utf-8", "fwd", nested)
    html = "<html><body><table><tr><td>" + "</td><td>".join(ROWS[1]) + "</td></tr></table></body></html>"
    yield b"Subject: x\nContent-Type: text/html; charset=utf-8\n\n" + html.encode()
    flowed = b"> a \nb\nbegin 644 a.txt\n#86)C\n`\nend\n"
    yield b"Subject: =?UTF-8?Q?=E6=BA=80?=\nContent-Type: text/plain; format=flowed\n\n" + flowed


def rars() -> Iterator[bytes]:
    yield carriers_packed.rar_file({"a.csv": CSV})


def tars() -> Iterator[bytes]:
    yield carriers_packed.tar_gz_file({"a.csv": CSV})


def rtfs() -> Iterator[bytes]:
    yield carriers_office.rtf_file(LINES, ROWS)
    yield carriers_office.rtf_file(LINES, ROWS, hexed=True)


def none() -> Iterator[bytes]:
    """Kinds that nobody here can write: real files only, or nothing at all to begin with."""
    yield b""


def markup() -> Iterator[bytes]:
    cells = "".join("<tr><td>" + "</td><td>".join(row) + "</td></tr>" for row in ROWS)
    yield f"<html><meta charset=utf-8><body><p>{TEXT}</p><table>{cells}</table></body></html>".encode()


def labelled() -> Iterator[bytes]:
    """A charset's label on the first line, then text."""
    for text in texts():
        for label in (b"", b"iso-2022-jp", b"utf-8", b"shift_jis"):
            yield label + b"\n" + text


def office(kind: str) -> Iterator[bytes]:
    makers = {
        "xlsx": [lambda: carriers.xlsx_file(ROWS), lambda: carriers_office.locked_xlsx(ROWS, PASSWORD)],
        "xls": [lambda: carriers_office.xls_file(ROWS)],
        "ods": [lambda: carriers_office.ods_file(ROWS)],
        "docx": [lambda: carriers.docx_file(LINES, ROWS)],
        "pptx": [lambda: carriers_office.pptx_file(LINES, ROWS)],
        "odt": [lambda: carriers_office.odt_file(LINES, ROWS)],
    }
    yield from built(*makers[kind])


def pdfs() -> Iterator[bytes]:
    yield carriers.pdf_file(LINES)
    yield carriers_office.locked_pdf(LINES, PASSWORD)


def texts() -> Iterator[bytes]:
    for charset in ("utf-8", "iso-2022-jp", "cp932", "euc-jp"):
        yield charsets.encode(TEXT + "髙㈱①ﾔﾏﾀﾞ", charset) or TEXT.encode(charset)
    yield TEXT.encode("utf-16")


def tables() -> Iterator[bytes]:
    yield CSV
    yield carriers.csv_file(ROWS, "utf-8-sig")
    yield "\n".join("\t".join(row) for row in ROWS).encode("utf-16")


def logs() -> Iterator[bytes]:
    head = "at,account_id,insurer_id,policy_no,action,screen,source_ip,system\n"
    yield (head + "2024-04-01T09:00:00+09:00,A1,KOU,KA12345678,view,s1,192.0.2.1,portal\n").encode()
    yield "日時,アカウント,保険会社,証券番号\n2024/04/01 09:00:00,A1,KOU,KA12345678\n".encode("cp932")
    yield b'{"at":"2024-04-01T09:00:00Z","account_id":"A1","insurer_id":"KOU","policy_no":"KA12345678"}\n'


def address_headers() -> Iterator[bytes]:
    yield '"山田, 太郎" <yamada@example.jp>, group: a@example.jp, b@example.com;, '.encode()
    yield b"=?UTF-8?B?5bGx55Sw?= <c@example.jp>, undisclosed-recipients:;"
    yield b'a@example.jp (comment (nested)), "quoted\\"local"@example.jp, <@route:x@example.jp>'
