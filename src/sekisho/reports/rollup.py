"""The roll-up of many companies as a document, in the words of an association's interim report (seed 000; A11)."""

from sekisho.incidents.counting.count_file import Unit
from sekisho.incidents.counting.rollup import CauseSum, RollUp, Sum, UnitSum
from sekisho.kernel.dates import in_words
from sekisho.reports.document import Block, Document, Grid, Heading, Notes, Paragraph, Title

TITLE = "契約情報の漏えいに関する調査の集計"
UNITS = {Unit.RECORDS: "件", Unit.POLICIES: "契約", Unit.PERSONS: "人"}


def roll_up_report(rolled: RollUp) -> Document:
    """The roll-up: who was asked and answered, a table for each unit, the notes, and each company's answer."""
    blocks: list[Block] = [Title(TITLE), Paragraph(f"　{headline(rolled)}")]
    for unit in rolled.units:
        word = UNITS[unit.unit]
        others = others_of(unit)
        header = ("", "原因", "会社", f"延べ{word}数", *(name.replace("\n", "") for name, _ in others))
        rows = [
            (*cells_of(unit, cause), *(told(getattr(cause, name), cause) for _, name in others))
            for cause in unit.causes
        ]
        total = ("", "合計 (延べ)", "", f"{unit.figure:,}{word}", *("" for _ in others))
        blocks += [
            Heading(f"{word}で数えた{len(unit.companies):,}社"),
            Grid(
                header, (*rows, total), frozenset(range(2, 4 + len(others))), (0.6, 3, 1, 1.5, *(1.2 for _ in others))
            ),
        ]
    return Document(TITLE, (*blocks, Notes(tuple(notes(rolled)))))


def cells_of(unit: UnitSum, cause: CauseSum) -> tuple[str, str, str, str]:
    """Code, name, companies and figure of one cause."""
    word = UNITS[unit.unit]
    own = f"({cause.figure:,}{word})" if cause.mirror else f"{cause.figure:,}{word}"
    return cause.cause or "—", cause.name, f"{cause.company_count:,}社", own


def others_of(unit: UnitSum) -> list[tuple[str, str]]:
    """The figures beside that of the unit: heading, field."""
    return [(heading, name) for heading, name in _OTHERS if name != unit.unit]


def headline(rolled: RollUp) -> str:
    """「41社に照会し、41社が回答、18社で漏えい (延べ422,000件) を確認」."""
    sums = "、".join(f"延べ{unit.figure:,}{UNITS[unit.unit]}" for unit in rolled.units)
    found = f"{rolled.with_leaks:,}社で漏えい" + (f" ({sums})" if sums else "")
    return (
        f"{rolled.asked:,}社に照会し、{rolled.answered:,}社が回答。{found}を確認、"
        f"{rolled.without_leaks:,}社では漏えいは確認されていません。"
    )


_OTHERS = (
    ("延べ\n代理店", "agencies"),
    ("延べ\n件数", "records"),
    ("延べ\n契約", "policies"),
    ("延べ\n本人", "persons"),
    ("延べ\n法人", "corporate"),
)


def told(figure: Sum, cause: CauseSum) -> str:
    """The sum; with the number of companies where not all of them counted it."""
    if not figure.companies:
        return "—"
    told = (
        f"{figure.count:,}" if figure.companies == cause.company_count else f"{figure.count:,} [{figure.companies}社]"
    )
    return f"({told})" if cause.mirror else told


def notes(rolled: RollUp) -> list[str]:
    """The notes under the tables, in order."""
    lines = [
        "各社の数を足した延べ数です。同じお客さま・代理店を複数の会社が数えていることがあり、会社をまたぐ名寄せはしていません"
    ]
    if len(rolled.units) > 1:
        words = "、".join(f"{UNITS[unit.unit]} ({'・'.join(unit.companies)})" for unit in rolled.units)
        lines.append(f"数える単位が会社により異なるため、単位の違う数は足していません: {words}")
    if any(cause.mirror for unit in rolled.units for cause in unit.causes):
        lines.append(
            "( ) は他社の契約情報を受け取った側の数です。漏えいした側の会社も数えているため、合計に含めていません"
        )
    if any(_partly(cause) for unit in rolled.units for cause in unit.causes):
        lines.append("[ ] はその項目を数えた会社の数です")
    if len(rolled.as_of) > 1:
        days = "、".join(f"{in_words(day)} {len(companies)}社" for day, companies in rolled.as_of)
        lines.append(f"時点が会社により異なります: {days}")
    elif rolled.as_of:
        lines.append(f"{in_words(rolled.as_of[0][0])}時点")
    if rolled.persons_at_most:
        lines.append(f"本人の数が最大値の会社: {'、'.join(rolled.persons_at_most)}")
    for words, companies in (("調査中", rolled.open), ("未回答", rolled.missing), ("照会先にない回答", rolled.unasked)):
        if companies:
            lines.append(f"{words}: {len(companies):,}社 ({'、'.join(companies)})")
    lines += [f"{one.company_name}: {note}" for one in rolled.companies for note in one.notes]
    return lines


def _partly(cause: CauseSum) -> bool:
    return any(0 < getattr(cause, name).companies < cause.company_count for _, name in _OTHERS)
