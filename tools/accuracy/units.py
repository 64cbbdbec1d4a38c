"""What is planted: single units (a number, a name with a second item) and tables, each remembered as truth."""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tools.accuracy import charsets, notations
from tools.accuracy.notations import COMPANIES, LABELS, NAMES, POLICY_NO, SECOND
from tools.ledger import INSURERS, NO_LEDGER, Insurer, Ledger, Policy

NUMBER = "policy number"
TABLE = "table row"
TABLE_PAIR = "table row without number"
TABLE_FOREIGN = "table row, no ledger held"


@dataclass(frozen=True, slots=True)
class Unit:
    """One planted thing that must be found: which policy, how written (``text``), and where."""

    insurer_id: str
    policy_no: str
    row: int
    """Row of the ledger, -1 when its insurer's ledger is not held."""
    field: str
    notation: str
    name_notation: str
    text: str
    ident: str = ""
    host: str = ""
    charset: str = ""
    container: str = ""

    def placed(self, ident: str, host: str, charset: str, container: str) -> "Unit":
        return replace(self, ident=ident, host=host, charset=charset, container=container)


class Source:
    """Draws records of the sending agency and writes them, going round all notations of a field in turn."""

    def __init__(self, ledger: Ledger, seed: int) -> None:
        self.rng = random.Random(seed)
        rows = ledger.rows_of_agency(0).tolist()
        self.rng.shuffle(rows)
        self._rows: Iterator[int] = itertools.cycle(rows)
        self._ledger = ledger
        self._turns: dict[str, Iterator[str]] = {}
        self._fields = itertools.cycle(
            [NUMBER, *SECOND, NUMBER, "birth date", "phone", "address", "kana for the name", "company"]
        )
        self._insurer_names = itertools.cycle(["name", "short name", "alias"])

    def record(self) -> Policy:
        return self._ledger.policy(next(self._rows))

    def person(self) -> Policy:
        return next(p for p in iter(self.record, None) if not p.corporate)

    def _turn(self, name: str, table: dict[str, notations.Writer]) -> str:
        if name not in self._turns:
            self._turns[name] = itertools.cycle(table)
        return next(self._turns[name])

    def _written(
        self, wanted: str, table: dict[str, notations.Writer], fits: Callable[[str], bool], *, person: bool
    ) -> tuple[Policy, str] | None:
        """The first of the next records that has the item and whose text fits the charset."""
        for _ in range(60):
            policy = self.person() if person else self.record()
            text = table[wanted](policy)
            if text is not None and fits(text):
                return policy, text
        return None

    def number(self, charset: str, *, ascii_only: bool = False) -> Unit | None:
        for _ in POLICY_NO:
            wanted = self._turn(NUMBER, POLICY_NO)
            made = self._written(wanted, POLICY_NO, lambda t: _fits(t, charset, ascii_only=ascii_only), person=False)
            if made is not None:
                policy, number = made
                style = self.rng.randrange(20)
                text = (notations.number_text_ascii if ascii_only else notations.number_text)(number, style)
                return _unit(policy, NUMBER, wanted, "", text)
        return None

    def pair(self, kind: str, charset: str) -> Unit | None:
        """Name (or company name, or the name in kana) and a second item."""
        if kind == "company":
            return self._company(charset)
        second = "birth date" if kind == "kana for the name" else kind
        table = SECOND["kana"] if kind == "kana for the name" else NAMES
        for _ in range(len(SECOND[second])):
            wanted = self._turn(second, SECOND[second])
            made = self._written(wanted, SECOND[second], lambda t: _fits(t, charset), person=True)
            if made is None:
                continue
            policy, item = made
            name = notations.pick(self.rng, policy, table, self._turn(f"names {kind}", table))
            if name is None or not _fits(name[1], charset):
                name = notations.pick(
                    self.rng, policy, {k: w for k, w in table.items() if (t := w(policy)) and _fits(t, charset)}
                )
            if name is not None:
                text = notations.pair_text(name[1], item, second, self.rng.randrange(20))
                field = kind if kind == "kana for the name" else f"name + {second}"
                return _unit(policy, field, wanted, name[0], text)
        return None

    def _company(self, charset: str) -> Unit | None:
        kind = self.rng.choice(["phone", "address"])
        for _ in range(400):
            policy = self.record()
            name = notations.pick(self.rng, policy, COMPANIES) if policy.corporate else None
            item = notations.pick(self.rng, policy, SECOND[kind]) if name else None
            if name and item and _fits(name[1] + item[1], charset):
                label = LABELS[kind]
                return _unit(
                    policy, "company + second item", f"{kind} {item[0]}", name[0], f"{name[1]} {label}：{item[1]}"
                )
        return None

    def any_unit(self, charset: str) -> Unit | None:
        """The next field in turn."""
        kind = next(self._fields)
        return self.number(charset) if kind == NUMBER else self.pair(kind, charset)

    # --- tables ---------------------------------------------------------------------------------------------

    def table(self, charset: str, rows: int = 6) -> tuple[list[list[str]], list[Unit]]:
        """A list as agencies send it: title lines, a header, rows of several insurers; and its units."""
        layout = self.rng.randrange(4)
        head = (
            ["証券番号", "契約者名", "満期日", "引受保険会社"],
            ["No", "引受会社", "証券番号", "ご契約者名", "保険料"],
            ["契約者氏名", "生年月日", "電話番号", "保険会社"],
            ["保険会社名", "契約者", "証券番号", "満期", "種目"],
        )[layout]
        titles = [["満期更改予定一覧"], ["（社外秘）作成 2024年4月1日"], []][: self.rng.randrange(4)]
        body, units = [], []
        for number in range(rows):
            foreign = number % 3 == 2 and layout != 2
            cells, unit = self._foreign_row(layout, number) if foreign else self._ledger_row(layout, number, charset)
            if _fits("".join(cells), charset):
                body.append(cells)
                units.append(unit)
        return [*titles, head, *body], units

    def _insurer(self, insurer: Insurer) -> tuple[str, str]:
        how = next(self._insurer_names)
        return {"name": insurer.name, "short name": insurer.short, "alias": insurer.alias}[how], f"insurer by {how}"

    def _ledger_row(self, layout: int, number: int, charset: str) -> tuple[list[str], Unit]:
        policy = next(p for p in iter(self.person, None) if layout != 2 or p.phone or p.mobile)
        insurer, how = self._insurer(policy.insurer)
        name = notations.pick(self.rng, policy, NAMES)
        assert name is not None
        if layout == 2:
            birth = notations.pick(self.rng, policy, {k: v for k, v in notations.BIRTHS.items() if " " not in k})
            phone = notations.pick(self.rng, policy, notations.PHONES)
            assert birth is not None
            assert phone is not None
            cells = [name[1], birth[1], phone[1], insurer]
            return cells, _unit(policy, TABLE_PAIR, f"{birth[0]} and {phone[0]}", name[0], "\t".join(cells))
        wanted = self._turn("table number", POLICY_NO)
        written = POLICY_NO[wanted](policy)
        if written is None or not _fits(written, charset):
            wanted, written = "as in the ledger", policy.policy_no
        cells = _row(layout, number, written, name[1], policy, insurer)
        return cells, _unit(policy, TABLE, f"{wanted}, {how}", name[0], "\t".join(cells))

    def _foreign_row(self, layout: int, number: int) -> tuple[list[str], Unit]:
        policy = self.person()
        insurer, how = self._insurer(NO_LEDGER)
        digits = "".join(str(self.rng.randrange(10)) for _ in range(9))
        written = f"Q{digits[:2]}-{digits[2:8]}-{digits[8]}"
        cells = _row(layout, number, written, policy.surname.text + " " + self.person().given.text, policy, insurer)
        return cells, Unit(NO_LEDGER.insurer_id, written, -1, TABLE_FOREIGN, how, "", "\t".join(cells))


def _row(layout: int, number: int, written: str, name: str, policy: Policy, insurer: str) -> list[str]:  # noqa: PLR0917
    expiry = f"{policy.expiry:%Y/%m/%d}"
    if layout == 0:
        return [written, name, expiry, insurer]
    if layout == 1:
        return [str(number + 1), insurer, written, name, f"{policy.premium:,}"]
    return [insurer, name, written, expiry, "自動車"]


def _unit(policy: Policy, field: str, notation: str, name_notation: str, text: str) -> Unit:
    assert policy.insurer in INSURERS
    return Unit(policy.insurer.insurer_id, policy.policy_no, policy.row, field, notation, name_notation, text)


def _fits(text: str, charset: str, *, ascii_only: bool = False) -> bool:
    return text.isascii() if ascii_only else charsets.encode(text, charset) is not None


def lines(rows: list[list[str]], mark: str) -> str:
    """A table as lines of text: tabs, commas, bars or aligned columns of spaces."""
    if mark == "bars":
        return "\n".join("| " + " | ".join(row) + " |" if len(row) > 1 else "".join(row) for row in rows)
    if mark == "spaces":
        width = [
            max(_columns(row[i]) for row in rows if len(row) > i and len(row) > 1) for i in range(max(map(len, rows)))
        ]
        return "\n".join(
            "".join(c + " " * (width[i] - _columns(c) + 3) for i, c in enumerate(row)).rstrip()
            if len(row) > 1
            else "".join(row)
            for row in rows
        )
    if mark == "commas":
        return "\n".join(",".join(f'"{c}"' if "," in c else c for c in row) for row in rows)
    return "\n".join("\t".join(row) for row in rows)


def _columns(text: str) -> int:
    return sum(2 if ord(c) > 0xFF else 1 for c in text)
