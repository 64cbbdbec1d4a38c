"""Invented people and words for letters. Names hold what makes letters hard: 髙﨑𠮷, prescribed variants of 辻 and
邉."""

from io import BytesIO
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from sekisho.incidents.sender import Company, Desk
from sekisho.letters.model import Line, Recipient, Wording

TAKASAKI = "髙﨑 𠮷子"
TSUJI = "辻\U000e0100 太郎"
WATANABE = "渡邉\U000e0101 花子"
SATO = "佐藤 次郎"
UNKNOWN_VARIANT = "山\U000e0142田 太郎"
"""No collection has this sequence."""

WORDING = Wording(
    title="お客さまの情報の取扱いに関するお詫びとお知らせ",
    opening=(
        "平素より格別のお引き立てを賜り、厚く御礼申しあげます。",
        "1. 概要",
        "当社の代理店が、お客さまのご契約に関する情報を他の保険会社へ送信しておりました。深くお詫び申しあげます。",
    ),
    closing=("2. 当社の対応", "再発防止に取り組んでまいります。"),
    date_line="2026年11月30日",
    company=Company(
        "KOU", "甲損害保険株式会社", "代表取締役社長　山田 太郎", "お客さま情報管理部", "1000000", "東京都架空区1-2-3"
    ),
    desk=Desk("お客さま情報窓口", "0120-000-000", "9:00～17:00", "madoguchi@kou.example.jp", "https://kou.example.jp/"),
)


def line(number: int = 1, **other: object) -> Line:
    values: dict[str, object] = {
        "policy_no": f"A{number:09d}",
        "insurer": "甲損害保険株式会社",
        "items": ("証券番号", "契約者氏名", "満期日"),
        "disclosed_on": "2026年5月10日",
        "agency": "青葉保険サービス株式会社",
        "received_by": "乙損害保険株式会社",
        "product": "自動車保険",
    }
    return Line(**(values | other))  # type: ignore[arg-type]


def recipient(name: str = SATO, number: int = 1, **other: object) -> Recipient:
    values: dict[str, object] = {
        "person": f"P{number:04d}",
        "name": name,
        "is_corporate": False,
        "postal_code": "1000001",
        "address": "東京都架空区青葉町1丁目2番3号 コーポみどり101",
        "lines": (line(number),),
    }
    return Recipient(**(values | other))  # type: ignore[arg-type]


def people(count: int) -> list[Recipient]:
    """Some with more policies than a page holds."""
    names = (TAKASAKI, TSUJI, WATANABE, SATO)
    return [
        recipient(
            names[number % 4], number, lines=tuple(line(100 * number + n) for n in range(25 if number % 10 == 3 else 1))
        )
        for number in range(count)
    ]


BARS = "13" + "144114132312123141321213231411414324342234432243423441111" + "144114" + "31"
"""67 bars of every kind."""


def some_bars(who: Recipient) -> str:
    """Every second one has a barcode."""
    return BARS if int(who.person[1:]) % 2 else ""


def small_font(path: Path, *, family: str = "Sekisho Test") -> Path:
    """A TrueType font with 辺, two of its variants (one of its own, one the default), a composed glyph and a 外字."""
    builder = FontBuilder(1024, isTTF=True)
    names = [".notdef", "square", "triangle", "both", "own"]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(
        {0x8FBA: "square", 0x4E00: "both", 0xE000: "own"}, uvs=[(0x8FBA, 0xE0142, "triangle"), (0x8FBA, 0xE0143, None)]
    )
    drawn = {".notdef": _polygon([]), "square": _polygon([(100, 0), (100, 800), (900, 800), (900, 0)])}
    drawn["triangle"] = _polygon([(100, 0), (500, 800), (900, 0)])
    drawn["own"] = _polygon([(200, 0), (500, 900), (800, 0)])
    pen = TTGlyphPen({"square": drawn["square"], "triangle": drawn["triangle"]})
    pen.addComponent("square", (1, 0, 0, 1, 0, 0))
    pen.addComponent("triangle", (0.5, 0, 0, 0.5, 20, 30))
    drawn["both"] = pen.glyph()
    builder.setupGlyf(drawn)
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1024, 0)))
    builder.setupHorizontalHeader(ascent=900, descent=-124)
    builder.setupNameTable(
        {"familyName": family, "styleName": "Regular", "psName": "SekishoTest", "version": "Version 1.0"}
    )
    builder.setupOS2(sTypoAscender=900, sTypoDescender=-124, usWinAscent=900, usWinDescent=124, fsType=0)
    builder.setupPost()
    whole = BytesIO()
    builder.save(whole)
    path.write_bytes(whole.getvalue())
    return path


def _polygon(points: list[tuple[int, int]]) -> object:
    pen = TTGlyphPen(None)
    if points:
        pen.moveTo(points[0])
        for point in points[1:]:
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()
