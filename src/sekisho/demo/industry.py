"""Writing the whole invented industry: registry, evidence, and what is to be found in it.

The registry comes in the mixed formats that companies deliver: UTF-8 with and without BOM, CP932 with Japanese
headers, Excel, Parquet when it is big, dates in eras.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from sekisho.demo import cast
from sekisho.demo.archives import Archives, write_private
from sekisho.demo.attachments import csv_bytes, xlsx_bytes
from sekisho.demo.cast import Row
from sekisho.demo.dice import Dice
from sekisho.demo.logs import write_logs
from sekisho.demo.mailroom import MailRoom
from sekisho.demo.mails import planted_mails
from sekisho.demo.planted import Planted, write_expected
from sekisho.demo.policies import FEWEST, MOST, build_ledger, transfer_rows
from sekisho.demo.traffic import Traffic
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import private_folder

_CSV_UP_TO = 200_000
_AGENCY_HEADERS = {
    "agency_id": "代理店コード",
    "name": "代理店名",
    "aliases": "略称",
    "registration_no": "登録番号",
    "contact": "連絡先",
}
_APPOINTMENT_HEADERS = {
    "insurer_id": "保険会社コード",
    "agency_id": "代理店コード",
    "line": "生損保区分",
    "start": "委託開始日",
    "end": "委託終了日",
}
_PEOPLE_HEADERS = {
    "person_id": "社員番号",
    "name": "氏名",
    "kana": "カナ氏名",
    "party_id": "所属先コード",
    "office_id": "拠点コード",
    "role": "役職",
    "start": "入社日",
    "end": "退職日",
}


def write_industry(
    folder: Path, *, seed: int = 1, policies: int = 2_000, mails: int = 300, sizes: tuple[int, int] | None = None
) -> Planted:
    """Write ``registry/``, ``evidence/`` and ``expected.json`` into ``folder`` (made if missing) and return what was
    planted. The same arguments give the same bytes.

    ``policies``: how many; ``mails``: how many in all (never fewer than the planted cases need); ``sizes``: smallest
    and biggest mail in bytes, filled up with office talk. A million policies and a hundred thousand mails take a few
    minutes. Raises ``InputError`` for a number of policies with which the planted cases cannot be told.
    """
    if not FEWEST <= policies <= MOST:
        raise InputError(f"cannot invent {policies:,} policies", remedy=f"ask for {FEWEST:,} to {MOST:,}")
    planted = Planted()
    dice = Dice(seed)
    private_folder(folder)
    ledger = build_ledger(dice, policies)
    room = MailRoom(dice, ledger, planted)
    registry = private_folder(folder / "registry")
    _write_small_tables(registry, transfer_rows(ledger), room.consents.rows())
    _write_policies(registry, ledger.table)
    evidence = private_folder(folder / "evidence")
    write_logs(room, evidence)
    _write_mails(room, evidence / "mail", mails, sizes)
    write_expected(planted, folder / "expected.json")
    return planted


def _write_mails(room: MailRoom, folder: Path, mails: int, sizes: tuple[int, int] | None) -> None:
    scenarios = planted_mails(room)
    everyday = Traffic(room, sizes).drafts(max(mails - len(scenarios), 0))
    archives = Archives(folder, mails)
    places = dict(archives.add_all(chain(scenarios, everyday)))
    planted = room.planted
    told = [finding.evidence for finding in planted.findings] + [row.evidence for row in planted.unread]
    told += [row.evidence for row in planted.harmless]
    planted.places = {message_id: places[message_id] for message_id in told if message_id in places}
    planted.message_count = archives.count


def _write_small_tables(folder: Path, transfers: Sequence[Row], consents: Sequence[Row]) -> None:
    tables = {
        "insurers": (cast.INSURERS, "utf-8", {}),
        "agencies": (cast.AGENCIES, "cp932", _AGENCY_HEADERS),
        "offices": (cast.OFFICES, "utf-8-sig", {}),
        "appointments": (cast.APPOINTMENTS, "cp932", _APPOINTMENT_HEADERS),
        "supervisions": (cast.SUPERVISIONS, "utf-8", {}),
        "secondments": (cast.SECONDMENTS, "utf-8-sig", {}),
        "duties": (cast.DUTIES, "utf-8", {}),
        "addresses": (cast.address_rows(), "utf-8", {}),
        "accounts": (cast.account_rows(), "cp932", {}),
        "joint_uses": (cast.JOINT_USES, "utf-8", {}),
        "consents": (consents, "utf-8", {}),
        "transfers": (transfers, "utf-8", {}),
    }
    for name, (rows, encoding, headers) in tables.items():
        write_private(folder / f"{name}.csv", csv_bytes(_cells(rows, headers), encoding))
    write_private(folder / "people.xlsx", xlsx_bytes(_cells(cast.people_rows(), _PEOPLE_HEADERS), sheet="職員"))


def _cells(rows: Sequence[Row], headers: dict[str, str]) -> list[list[str]]:
    """Header and rows. ``headers``: other words for some columns."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return [[headers.get(column, column) for column in columns], *([row.get(c, "") for c in columns] for row in rows)]


def _write_policies(folder: Path, table: pa.Table) -> None:
    """CSV with a BOM as Excel writes it; Parquet when there are many."""
    if table.num_rows > _CSV_UP_TO:
        path = folder / "policies.parquet"
        path.touch(mode=0o600)
        pq.write_table(table, path, compression="zstd")
        return
    path = folder / "policies.csv"
    path.touch(mode=0o600)
    with path.open("wb") as out:
        out.write(b"\xef\xbb\xbf")
        pa_csv.write_csv(table, out, pa_csv.WriteOptions(quoting_style="needed"))
