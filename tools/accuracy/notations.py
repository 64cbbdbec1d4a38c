"""The ways in which people write a policy number, a name and the second item that makes a name evidence.

Each notation is a function of a ledger record; None means that this record has no such item. ``FIELDS`` is the list
of what is measured: field → notation → writer. The lists come from the issue (any width, hyphens, spaces; kana, birth
date in any era form, phone, address, mail address; variants of kanji; spaces inside names).
"""

import random
import unicodedata
from collections.abc import Callable
from datetime import date

from tools.ledger import Policy, half_width
from tools.names import VARIANTS

Writer = Callable[[Policy], str | None]

WIDE = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})
KANJI_DIGITS = "〇一二三四五六七八九"
ERAS = (
    (date(2019, 5, 1), "令和", "R", 2018),
    (date(1989, 1, 8), "平成", "H", 1988),
    (date(1926, 12, 25), "昭和", "S", 1925),
)


def wide(text: str) -> str:
    return text.translate(WIDE)


def hiragana(kana: str) -> str:
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in kana)


def large(kana: str) -> str:
    """Small kana as large ones, as banks' transfer files have them: シヨウ for ショウ."""
    return kana.translate(str.maketrans("ァィゥェォッャュョ", "アイウエオツヤユヨ"))


def kanji_number(value: int) -> str:
    """1–99 in kanji numerals."""
    tens, ones = divmod(value, 10)
    return ("" if tens == 0 else ("十" if tens == 1 else KANJI_DIGITS[tens] + "十")) + (
        KANJI_DIGITS[ones] if ones else ""
    )


# --- policy numbers ---------------------------------------------------------------------------------------------


def bare(policy: Policy) -> str:
    return policy.policy_no.replace("-", "")


def grouped(policy: Policy, mark: str) -> str:
    """Letters, then digits in groups of four from the left: KA-1234-5678."""
    number = bare(policy)
    letters = "".join(c for c in number if c.isalpha())
    digits = number[len(letters) :]
    return mark.join([*([letters] if letters else []), *[digits[i : i + 4] for i in range(0, len(digits), 4)]])


def lower(policy: Policy) -> str | None:
    number = policy.policy_no.lower()
    return None if number == policy.policy_no else number


POLICY_NO: dict[str, Writer] = {
    "as in the ledger": lambda p: p.policy_no,
    "without hyphens": bare,
    "hyphens -": lambda p: grouped(p, "-"),
    "hyphens －": lambda p: grouped(p, "－"),
    "hyphens − ‐ ー": lambda p: grouped(p, "−‐ー"[p.row % 3]),
    "spaces": lambda p: grouped(p, " "),
    "full-width spaces": lambda p: grouped(p, "\u3000"),
    "full-width": lambda p: wide(p.policy_no),
    "full-width, hyphens": lambda p: wide(grouped(p, "-")),
    "lower case": lower,
    "hyphens – (en dash)": lambda p: grouped(p, "–"),
    "letters full-width": lambda p: "".join(wide(c) if c.isalpha() else c for c in p.policy_no),
}

# --- names ------------------------------------------------------------------------------------------------------


def _person(write: Callable[[Policy], str | None]) -> Writer:
    return lambda p: None if p.corporate else write(p)


def variant(policy: Policy) -> str | None:
    changed = policy.holder.translate(VARIANTS)
    return None if changed == policy.holder else changed


def _compatible() -> dict[str, str]:
    """Ordinary kanji → the CJK compatibility ideograph that old systems wrote for it (神 → U+FA19)."""
    table: dict[str, str] = {}
    for code in (*range(0xF900, 0xFA6E), *range(0xFA70, 0xFADA)):
        table.setdefault(unicodedata.normalize("NFKC", chr(code)), chr(code))
    return table


_COMPATIBLE = _compatible()


def compatible(policy: Policy) -> str | None:
    changed = "".join(_COMPATIBLE.get(c, c) for c in policy.holder)
    return None if changed == policy.holder else changed


def selected(policy: Policy) -> str:
    """An ideographic variation selector behind the first and the last kanji, as IPAmj documents have them."""
    name = policy.holder
    return name[0] + "\U000e0100" + name[1:] + "\U000e0101"


NAMES: dict[str, Writer] = {
    "joined": _person(lambda p: p.holder),
    "space": _person(lambda p: f"{p.surname.text} {p.given.text}"),
    "full-width space": _person(lambda p: f"{p.surname.text}\u3000{p.given.text}"),
    "variant kanji": _person(variant),
    "variant 𠮷 (surrogate pair)": _person(lambda p: p.holder.replace("吉", "𠮷") if "吉" in p.holder else None),
    "variation selectors (IVS)": _person(selected),
    "compatibility kanji": _person(compatible),
    "spaces between all": _person(lambda p: " ".join(p.holder)),
    "full-width spaces between all": _person(lambda p: "\u3000".join(p.holder)),
}

# --- second items -----------------------------------------------------------------------------------------------


def era(day: date, form: str) -> str:
    """A date in an era form; ``form`` has {long} {short} {year} {month} {day}."""
    _, long, short, base = next(e for e in ERAS if e[0] <= day)
    return form.format(long=long, short=short, year=day.year - base, month=day.month, day=day.day)


def era_first_year(day: date) -> str | None:
    """元年, only for first years."""
    text = era(day, "{long}{year}年{month}月{day}日")
    return text.replace("和1年", "和元年").replace("成1年", "成元年") if era(day, "{year}") == "1" else None


def ligature(text: str) -> str:
    """The era as one character: ㍼ ㍻ ㋿."""
    return text.replace("昭和", "㍼").replace("平成", "㍻").replace("令和", "㋿")


def era_kanji(day: date) -> str:
    _, long, _, base = next(e for e in ERAS if e[0] <= day)
    year = day.year - base
    return f"{long}{'元' if year == 1 else kanji_number(year)}年{kanji_number(day.month)}月{kanji_number(day.day)}日"


def _birth(write: Callable[[date], str | None]) -> Writer:
    return lambda p: None if p.birth is None else write(p.birth)


BIRTHS: dict[str, Writer] = {
    "1980-04-05": _birth(date.isoformat),
    "1980/4/5": _birth(lambda d: f"{d.year}/{d.month}/{d.day}"),
    "1980/04/05": _birth(lambda d: f"{d:%Y/%m/%d}"),
    "1980.4.5": _birth(lambda d: f"{d.year}.{d.month}.{d.day}"),
    "19800405": _birth(lambda d: f"{d:%Y%m%d}"),
    "1980年4月5日": _birth(lambda d: f"{d.year}年{d.month}月{d.day}日"),
    "１９８０年４月５日": _birth(lambda d: wide(f"{d.year}年{d.month}月{d.day}日")),
    "昭和55年4月5日": _birth(lambda d: era(d, "{long}{year}年{month}月{day}日")),
    "昭和５５年４月５日": _birth(lambda d: wide(era(d, "{long}{year}年{month}月{day}日"))),
    "昭和 55年 4月 5日": _birth(lambda d: era(d, "{long} {year:2d}年 {month:2d}月 {day:2d}日")),
    "昭和五十五年四月五日": _birth(era_kanji),
    "平成元年4月5日": _birth(era_first_year),
    "昭55.4.5": _birth(
        lambda d: era(d, "{long}{year}.{month}.{day}").replace("昭和", "昭").replace("平成", "平").replace("令和", "令")
    ),
    "S55.4.5": _birth(lambda d: era(d, "{short}{year}.{month}.{day}")),
    "S55/04/05": _birth(lambda d: era(d, "{short}{year:02d}/{month:02d}/{day:02d}")),
    "s55-4-5": _birth(lambda d: era(d, "{short}{year}-{month}-{day}").lower()),
    "Ｓ５５．４．５": _birth(lambda d: wide(era(d, "{short}{year}.{month}.{day}"))),
    "S550405": _birth(lambda d: era(d, "{short}{year:02d}{month:02d}{day:02d}")),
    "㍼55年4月5日": _birth(lambda d: ligature(era(d, "{long}{year}年{month}月{day}日"))),
    "昭和55年04月05日": _birth(lambda d: era(d, "{long}{year:02d}年{month:02d}月{day:02d}日")),
    "昭和55/4/5": _birth(lambda d: era(d, "{long}{year}/{month}/{day}")),
    "昭和55.4.5": _birth(lambda d: era(d, "{long}{year}.{month}.{day}")),
    "昭和55-04-05": _birth(lambda d: era(d, "{long}{year:02d}-{month:02d}-{day:02d}")),
    "1980年04月05日": _birth(lambda d: f"{d:%Y年%m月%d日}"),
    "１９８０／０４／０５": _birth(lambda d: wide(f"{d:%Y/%m/%d}")),
}


def _phone(write: Callable[[list[str]], str]) -> Writer:
    """Over the number's groups; the fixed and the mobile number in turn."""

    def written(policy: Policy) -> str | None:
        number = (policy.phone or policy.mobile) if policy.row % 2 else (policy.mobile or policy.phone)
        return write(number.split("-")) if number else None

    return written


PHONES: dict[str, Writer] = {
    "03-1234-5678": _phone("-".join),
    "0312345678": _phone("".join),
    "03(1234)5678": _phone(lambda g: f"{g[0]}({g[1]}){g[2]}"),
    "(03)1234-5678": _phone(lambda g: f"({g[0]}){g[1]}-{g[2]}"),
    "（03）1234－5678": _phone(lambda g: f"（{g[0]}）{g[1]}－{g[2]}"),
    "０３－１２３４－５６７８": _phone(lambda g: wide("-".join(g))),
    "０３ー１２３４ー５６７８": _phone(lambda g: wide("ー".join(g))),
    "03 1234 5678": _phone(" ".join),
    "03.1234.5678": _phone(".".join),
    "+81-3-1234-5678": _phone(lambda g: f"+81-{g[0][1:]}-{g[1]}-{g[2]}"),
    "+81312345678": _phone(lambda g: f"+81{''.join(g)[1:]}"),
    "+81 (0)3-1234-5678": _phone(lambda g: f"+81 (0){g[0][1:]}-{g[1]}-{g[2]}"),
    "+81 3 1234 5678": _phone(lambda g: f"+81 {g[0][1:]} {g[1]} {g[2]}"),
    "＋８１－３－１２３４－５６７８": _phone(lambda g: wide(f"+81-{g[0][1:]}-{g[1]}-{g[2]}")),
    "03−1234−5678 (minus)": _phone("−".join),
    "03–1234–5678 (en dash)": _phone("–".join),
    "０３（１２３４）５６７８": _phone(lambda g: wide(f"{g[0]}({g[1]}){g[2]}")),
    "03 (1234) 5678": _phone(lambda g: f"{g[0]} ({g[1]}) {g[2]}"),
}


def _address(policy: Policy, house: str, *, building: bool = True) -> str:
    return policy.place + policy.town + house + (policy.building if building else "")


def _without_prefecture(policy: Policy) -> str:
    for end in ("都", "道", "府", "県"):
        if policy.place[2:4].startswith(end) or policy.place[3:4] == end:
            return policy.place[policy.place.index(end, 2) + 1 :]
    return policy.place


def _old_kanji(policy: Policy) -> str | None:
    """横濱, 廣島, 藤澤, 櫻台 …"""
    place = (policy.place + policy.town).translate(VARIANTS)
    return None if place == policy.place + policy.town else place + "{}-{}-{}".format(*policy.house)


ADDRESSES: dict[str, Writer] = {
    "1丁目2番3号": lambda p: _address(p, "{}丁目{}番{}号".format(*p.house)),
    "1-2-3": lambda p: _address(p, "{}-{}-{}".format(*p.house)),
    "１－２－３": lambda p: _address(p, wide("{}-{}-{}".format(*p.house))),
    "１丁目２番３号": lambda p: _address(p, wide("{}丁目{}番{}号".format(*p.house))),
    "1丁目2-3": lambda p: _address(p, "{}丁目{}-{}".format(*p.house)),
    "1丁目2番地3": lambda p: _address(p, "{}丁目{}番地{}".format(*p.house)),
    "1の2の3": lambda p: _address(p, "{}の{}の{}".format(*p.house)),
    "一丁目2番3号": lambda p: _address(p, f"{kanji_number(p.house[0])}丁目{p.house[1]}番{p.house[2]}号"),
    "一丁目二番三号": lambda p: _address(p, "{}丁目{}番{}号".format(*map(kanji_number, p.house))),
    "1−2−3": lambda p: _address(p, "{}−{}−{}".format(*p.house)),
    "spaces between": lambda p: f"{p.place} {p.town}{'{}-{}-{}'.format(*p.house)} {p.building}".strip(),
    "no prefecture": lambda p: _without_prefecture(p) + p.town + "{}-{}-{}".format(*p.house) + p.building,
    "1丁目2番3": lambda p: _address(p, "{}丁目{}番{}".format(*p.house)),
    "1丁目2番地の3": lambda p: _address(p, "{}丁目{}番地の{}".format(*p.house)),
    "1-2-3号": lambda p: _address(p, "{}-{}-{}号".format(*p.house), building=False),
    "1ノ2ノ3": lambda p: _address(p, "{}ノ{}ノ{}".format(*p.house)),
    "1ー2ー3": lambda p: _address(p, "{}ー{}ー{}".format(*p.house)),
    "1–2–3 (en dash)": lambda p: _address(p, "{}–{}–{}".format(*p.house)),
    "1丁目 2番 3号": lambda p: _address(p, "{}丁目 {}番 {}号".format(*p.house)),
    "old kanji (旧字)": _old_kanji,
    "no building": lambda p: _address(p, "{}-{}-{}".format(*p.house), building=False) if p.building else None,
}

MAILS: dict[str, Writer] = {
    "plain": lambda p: p.email or None,
    "<angle>": lambda p: f"<{p.email}>" if p.email else None,
    "upper case": lambda p: p.email.upper() or None,
    "full-width": lambda p: wide(p.email) or None,
    "full-width ＠": lambda p: p.email.replace("@", "＠") or None,
}


KANAS: dict[str, Writer] = {
    "カナ": _person(lambda p: p.surname.kana + p.given.kana),
    "カナ with space": _person(lambda p: f"{p.surname.kana} {p.given.kana}"),
    "カナ with full-width space": _person(lambda p: f"{p.surname.kana}\u3000{p.given.kana}"),
    "half-width ｶﾅ": _person(lambda p: half_width(f"{p.surname.kana} {p.given.kana}")),
    "half-width ｶﾅ, joined": _person(lambda p: half_width(p.surname.kana + p.given.kana)),
    "half-width ｶﾅ, large (banks)": _person(lambda p: half_width(large(f"{p.surname.kana} {p.given.kana}"))),
    "ひらがな": _person(lambda p: hiragana(f"{p.surname.kana} {p.given.kana}")),
}

SECOND = {"birth date": BIRTHS, "phone": PHONES, "address": ADDRESSES, "mail address": MAILS, "kana": KANAS}

COMPANIES: dict[str, Writer] = {
    "株式会社": lambda p: p.corporate or None,
    "(株)": lambda p: p.corporate.replace("株式会社", "(株)") or None,
    "㈱": lambda p: p.corporate.replace("株式会社", "㈱") or None,
    "(株) with space": lambda p: p.corporate.replace("株式会社", "(株) ") or None,
    "株式会社 with full-width space": lambda p: p.corporate.replace("株式会社", "株式会社\u3000") or None,
    "（株）": lambda p: p.corporate.replace("株式会社", "（株）") or None,
}
LABELS = {"birth date": "生年月日", "phone": "電話", "address": "住所", "mail address": "メール", "kana": "フリガナ"}


def pair_text(name: str, item: str, kind: str, style: int) -> str:
    """A name and a second item as people put them: in a row, as labelled lines, in a sentence, in brackets."""
    label = LABELS[kind]
    return (
        f"{name}　{item}",
        f"契約者名：{name} 様\n{label}：{item}",
        f"{name}様（{label} {item}）の満期更改の件、ご確認をお願いいたします。",
        f"・{name}, {label}:{item}",
        f"お世話になっております。{name}様の{label}は{item}で登録されています。",
    )[style % 5]


def number_text(number: str, style: int) -> str:
    """A policy number as people put it into text."""
    return (
        f"証券番号：{number}",
        f"証券番号{number}の契約について至急ご連絡ください。",
        f"・{number}",
        f"（{number}）の件",
        f"証番 {number} 異動あり",
    )[style % 5]


def number_text_ascii(number: str, style: int) -> str:
    return (f"Policy No. {number}", f"re: {number}, please check", f"* {number}", f"({number})")[style % 4]


def pick(
    rng: random.Random, policy: Policy, table: dict[str, Writer], wanted: str | None = None
) -> tuple[str, str] | None:
    """(notation, text) of a notation of ``table`` that this record has: ``wanted`` if possible, else by chance."""
    if wanted is not None:
        text = table[wanted](policy)
        return None if text is None else (wanted, text)
    names = list(table)
    rng.shuffle(names)
    return next(((n, t) for n in names if (t := table[n](policy)) is not None), None)
