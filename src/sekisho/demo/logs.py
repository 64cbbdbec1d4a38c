"""The access log and the deliveries of the agency system: everyday views, and those of seed 002.

C1: a working agency sees other insurers' policies of its supervising agency that came through the joint gateway.
C2, C3: it sees policies of a nonlife (life) insurer that did not appoint it. E: a leaver with an open account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from sekisho.demo.cast import FIRST_DAY, LEAVER, PERSON, WORKING, account_of, account_rows
from sekisho.demo.dice import Ints
from sekisho.demo.lists import Policy
from sekisho.demo.mailroom import MailRoom
from sekisho.demo.planted import ExpectedFinding
from sekisho.demo.policies import SEGMENTS

_ACTIONS = ["参照", "検索", "印刷", "CSV出力"]
_SCREENS = ["契約照会", "満期管理", "顧客検索", "保全"]
_NOTICES = ["満期案内", "ペンディング", "異動通知", "保険料請求"]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A planted line: when, which account or agency, which policy; ``cause`` "" = in order."""

    at: str
    viewer: str
    policy: Policy
    cause: str


def write_logs(room: MailRoom, folder: Path) -> None:
    """Write ``access.csv`` and ``deliveries.csv``; their planted findings are added to ``room.planted``."""
    seen, delivered = _planted(room)
    _write_access(room, seen, folder / "access.csv")
    _write_deliveries(room, delivered, folder / "deliveries.csv")


def _planted(room: MailRoom) -> tuple[list[_Seen], list[_Seen]]:
    """The views and deliveries of seed 002, by working agency."""
    seen: list[_Seen] = []
    delivered: list[_Seen] = []

    def look(day: str, name: str, cause: str, policies: Sequence[Policy]) -> None:
        for at, policy in enumerate(policies):
            seen.append(_Seen(f"2026-{day}T13:{at:02d}:20", account_of(name), policy, cause))

    def deliver(day: str, viewer: str, cause: str, policies: Sequence[Policy]) -> None:
        for at, policy in enumerate(policies):
            delivered.append(_Seen(f"2026-{day}T07:{at:02d}:00", viewer, policy, cause))

    gateway = room.any_of(("OTSU", "AOBA", 6), ("TEI", "AOBA", 4), ("BO", "AOBA", 3))
    look("04-16", "midori-nakano", "C1", gateway)
    look("06-12", "midori-seki", "C1", gateway[:2])  # seen twice: two findings, one record
    life = room.take("HEI", "AOBA", 6)
    look("05-11", "midori-nakano", "C3", life[:3])
    deliver("05-01", "MIDORI", "C3", life[1:])
    look("04-23", "kaede-tsuji", "C1", room.take("OTSU", "SAKURA", 3))
    own = room.take("KOU", "SAKURA", 7)
    look("05-18", "kaede-tsuji", "C2", own[:4])
    deliver("06-01", "KAEDE", "C2", own[2:])
    look("06-05", "asagiri-baba", "C1", room.take("TEI", "HINATA", 2))
    pending = room.take("HEI", "HINATA", 5)
    look("06-16", "asagiri-baba", "C3", pending[:2])
    deliver("06-15", "ASAGIRI", "C3", pending[2:])
    taken = room.take("KOU", "AOBA", 4)
    look("05-30", LEAVER, "E", taken)
    seen.append(_Seen("2026-03-31T17:20:00", account_of(LEAVER), taken[0], ""))  # his last day
    return seen, delivered


def _everyday(room: MailRoom, count: int) -> tuple[list[str], Ints, Ints, Ints]:
    """Accounts, and for ``count`` lines: account index, policy row, seconds since the first day."""
    accounts, pools = _pools(room)
    lines = np.arange(count, dtype=np.int64)
    who = room.dice.column("viewer", lines, len(accounts))
    choice = room.dice.column("viewed", lines, 2**40)
    rows = np.zeros(count, dtype=np.int64)
    for at, pool in enumerate(pools):
        rows[who == at] = pool[choice[who == at] % len(pool)]
    seconds = room.dice.column("day", lines, 91) * 86_400 + 9 * 3_600 + room.dice.column("second", lines, 9 * 3_600)
    return accounts, who, rows, seconds


def _pools(room: MailRoom) -> tuple[list[str], list[Ints]]:
    """For each account the rows that its person may see: the agency's policies, those it works jointly or supervises,
    narrowed by his duty."""
    ledger = room.ledger
    producers = np.array(ledger.table.column("producer_id").to_pylist())
    offices = np.array(ledger.table.column("office_id").to_pylist())
    accounts: list[str] = []
    pools: list[Ints] = []
    for row in account_rows():
        name, party = row["account_id"].removeprefix("u-"), row["party_id"]
        if name == LEAVER:
            continue
        mine = [s for s in SEGMENTS if party in (s[1], s[2]) or WORKING.get(s[1]) == party]
        segments = [s for s in mine if s[:2] != ("TEI", "SEIRYU")]  # changed hands inside the quarter
        pool = np.concatenate([ledger.rows(*segment) for segment in segments])
        if name == "okada":
            pool = pool[offices[pool] == PERSON[name].office]
        if name == "sugiura":
            pool = pool[producers[pool] == PERSON[name].person_id]
        if len(pool):
            accounts.append(row["account_id"])
            pools.append(pool)
    return accounts, pools


def _write_access(room: MailRoom, seen: Sequence[_Seen], path: Path) -> None:
    count = max(room.ledger.table.num_rows // 2, 600)
    accounts, who, rows, seconds = _everyday(room, count)
    lines = np.arange(count, dtype=np.int64)
    policies = room.ledger.table.select(["insurer_id", "policy_no"]).take(pa.array(rows))
    names = np.array(accounts)
    columns = {
        "at": [*_instants(seconds), *(f"{line.at}+09:00" for line in seen)],
        "account_id": [*names[who].tolist(), *(line.viewer for line in seen)],
        "insurer_id": [*policies.column("insurer_id").to_pylist(), *(line.policy["insurer_id"] for line in seen)],
        "policy_no": [*policies.column("policy_no").to_pylist(), *(line.policy["policy_no"] for line in seen)],
        "action": [*_words(room, _ACTIONS, lines), *("参照" for _ in seen)],
        "screen": [*_words(room, _SCREENS, lines), *("契約照会" for _ in seen)],
        "source_ip": [*(f"192.0.2.{n + 10}" for n in who.tolist()), *("192.0.2.200" for _ in seen)],
    }
    columns["system"] = ["代理店システム"] * len(columns["at"])
    _write_sorted(room, columns, path, "access", seen)


def _write_deliveries(room: MailRoom, delivered: Sequence[_Seen], path: Path) -> None:
    count = max(room.ledger.table.num_rows // 10, 150)
    lines = np.arange(count, dtype=np.int64)
    rows = np.flatnonzero(room.ledger.segment != SEGMENTS.index(("TEI", "SEIRYU", "")))
    chosen = rows[room.dice.column("delivered", lines, len(rows))]
    policies = room.ledger.table.select(["insurer_id", "policy_no", "agency_id"]).take(pa.array(chosen)).to_pydict()
    seconds = room.dice.column("delivery day", lines, 91) * 86_400 + 6 * 3_600
    columns = {
        "at": [*_instants(seconds), *(f"{line.at}+09:00" for line in delivered)],
        "insurer_id": [*policies["insurer_id"], *(line.policy["insurer_id"] for line in delivered)],
        "policy_no": [*policies["policy_no"], *(line.policy["policy_no"] for line in delivered)],
        "addressed_agency_id": [*policies["agency_id"], *(line.policy["agency_id"] for line in delivered)],
        "viewer_id": [*policies["agency_id"], *(line.viewer for line in delivered)],
        "kind": [*_words(room, _NOTICES, lines), *("ペンディング" for _ in delivered)],
    }
    _write_sorted(room, columns, path, "delivery", delivered)


def _instants(seconds: Ints) -> list[str]:
    instants = np.datetime64(f"{FIRST_DAY}T00:00:00") + seconds.astype("timedelta64[s]")
    return [f"{text}+09:00" for text in np.datetime_as_string(instants, unit="s").tolist()]


def _words(room: MailRoom, words: Sequence[str], lines: Ints) -> list[str]:
    return [words[n] for n in room.dice.column(words[0], lines, len(words)).tolist()]


def _write_sorted(
    room: MailRoom, columns: dict[str, list[str]], path: Path, channel: str, planted: Sequence[_Seen]
) -> None:
    """Write in order of time; only then it is known on which line each planted one stands."""
    order = np.argsort(np.array(columns["at"]), kind="stable")
    table = pa.table(columns).take(pa.array(order))
    path.touch(mode=0o600)
    pa_csv.write_csv(table, path, pa_csv.WriteOptions(quoting_style="needed"))
    everyday = len(order) - len(planted)
    line_of = {int(row): line for line, row in enumerate(order.tolist(), start=2) if row >= everyday}
    parties = {row["account_id"]: row["party_id"] for row in account_rows()}
    for at, line in enumerate(planted):
        if line.cause:
            room.planted.findings.append(
                ExpectedFinding(
                    channel, line.cause, line.policy["insurer_id"], line.policy["policy_no"],
                    parties.get(line.viewer, line.viewer), line.policy["agency_id"],
                    f"{path.name}:{line_of[everyday + at]}",
                )
            )  # fmt: skip
