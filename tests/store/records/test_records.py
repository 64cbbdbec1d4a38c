"""Incidents in the operational database, on SQLite and PostgreSQL; the ledger shows every way of changing them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from sekisho.findings.model import FINDINGS
from sekisho.incidents.counting.decisions import Decision
from sekisho.incidents.model import HandCount, Incident, Measure, Medium, Statement, Task, TaskKind
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.store import Workspace
from sekisho.store.records import kept, open_records

if TYPE_CHECKING:
    from sekisho.store.records.records import Records

DAY = date(2026, 3, 2)
INCIDENT = Incident(0, "青葉の一覧メール", "KOU", ("A1", "A2"), "third_party_provision", Medium.MAIL, DAY, "検査部")


@pytest.fixture
def records(workspace: Workspace) -> "Iterator[Records]":
    with open_records(workspace, "佐藤") as opened:
        yield opened


def findings(*ids: str) -> pa.Table:
    row = dict.fromkeys(FINDINGS.names, "") | {"cause": "A1", "insurer_id": "KOU", "agency_id": "AOBA"}
    return pa.Table.from_pylist([row | {"finding_id": i, "policy_no": i} for i in ids], schema=FINDINGS)


def statement() -> Statement:
    table = disclosure_table(findings("1", "2"), as_of=DAY)
    return Statement(0, DAY, "関東財務局", DAY, "件", table, "", ("v",), "r", None)  # type: ignore[arg-type]


def run(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_incident_comes_back_as_it_was_entered(records: "Records") -> None:
    by_hand = HandCount("KOU", "AOBA", "G1", 3, 2, 1, ("holder_name",))
    entered = replace(INCIDENT, by_hand=(by_hand,), first_day=DAY, outline="紙の紛失", last_day=DAY)
    opened = records.open(entered)
    assert records.incident(opened.number) == opened
    assert replace(opened, number=0, opened_at=None) == entered
    assert [event.actor for event in records.events(opened.number)] == ["佐藤"]
    assert records.incidents() == [opened]


def test_work_is_written_down_and_the_ledger_agrees(records: "Records") -> None:
    n = records.open(INCIDENT).number
    records.note(n, "電話で確認")
    records.add_reason(n, "適用範囲の誤認", "A1")
    measure = records.add_measure(n, Measure(0, "研修", "A1", "教育部", date(2026, 9, 1)))
    task = records.add_tasks(n, [Task(0, TaskKind.INTERVIEW, "AOBA", "経緯を聞く")])[0]
    assert records.add_tasks(n, [task]) == []  # the same once more
    assert records.finish_measure(n, measure.number, DAY).done_on == DAY
    assert records.finish_task(n, task.number, DAY, "誤認によるもの").result == "誤認によるもの"
    assert records.change(n, outline="本部から拠点への一覧").outline == "本部から拠点への一覧"
    assert records.reasons(n)[0].cause == "A1"
    checked = records.verify()
    assert checked.problems == ()
    # open: incident + event; note, reason, measure, task, two finished, change
    assert checked.line_count == 9
    assert checked.row_count == 6


def test_findings_of_several_files_count_once_and_may_be_taken_out(records: "Records") -> None:
    n = records.open(INCIDENT, [("first.csv", findings("1", "2"))]).number
    added = records.add_findings(n, "second.csv", findings("2", "3"))
    assert records.findings(n)["finding_id"].to_pylist() == ["1", "2", "3"]
    with pytest.raises(InputError, match="already"):
        records.add_findings(n, "again.csv", findings("2", "3"))
    records.remove_findings(n, added.number, "別の事案")
    assert records.findings(n)["finding_id"].to_pylist() == ["1", "2"]
    assert records.verify().problems == ()


def test_a_closed_incident_is_not_changed(records: "Records") -> None:
    n = records.open(INCIDENT).number
    records.close(n, "完了")
    for change in (
        lambda: records.note(n, "x"), lambda: records.change(n, title="x"), lambda: records.close(n, "x"),
        lambda: records.add_findings(n, "x", findings("1")), lambda: records.add_tasks(n, []),
    ):  # fmt: skip
        with pytest.raises(InputError, match="closed"):
            change()
    assert records.reopen(n, "新しい証拠").is_open
    records.note(n, "x")
    with pytest.raises(InputError, match="is open"):
        records.reopen(n, "x")


@pytest.mark.parametrize(
    "wrong",
    [{"title": " "}, {"causes": ("Z9",)}, {"legal_character": "?"}, {"known_on": date(2026, 4, 2)},
     {"first_day": date(2026, 3, 2), "last_day": date(2026, 3, 1)}],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_written(records: "Records", wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        records.open(replace(INCIDENT, **wrong))
    assert records.incidents() == []
    assert records.verify().line_count == 0


def test_what_is_not_there_is_named(records: "Records") -> None:
    n = records.open(INCIDENT).number
    for ask in (
        lambda: records.incident(99), lambda: records.note(99, "x"), lambda: records.statement(n, 1),
        lambda: records.finish_task(n, 1, DAY, ""), lambda: records.remove_findings(n, 1, "x"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=r"no (incident|statement|task|findings)"):
            ask()


def test_a_statement_stays_as_it_was_told(records: "Records", workspace: Workspace) -> None:
    n = records.open(INCIDENT).number
    counted = pa.table({"policy_no": ["1", "2"]})
    made = records.state(n, statement(), counted)
    assert made.number == 1
    assert records.statement(n, 1) == made
    assert made.table.record_count_distinct == 2
    assert records.counted(made) == counted
    assert records.state(n, statement(), counted).number == 2
    for change in ("update incident_statement set unit = '人'", "delete from incident_statement"):
        with pytest.raises(Exception, match="only ever added to"):  # the database's own error, whichever it is
            run(change)


def test_two_who_keep_something_at_once_keep_their_own(workspace: Workspace) -> None:
    tables = [pa.table({"n": [number] * 20_000}) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(lambda table: kept.keep_table(workspace.folder, table), tables))
    assert [kept.read_table(workspace.folder, digest) for digest in digests] == tables
    assert len(list((workspace.folder / kept.NAME).iterdir())) == len(set(digests)) == 8


def test_a_changed_file_is_found(records: "Records", workspace: Workspace) -> None:
    n = records.open(INCIDENT, [("f.csv", findings("1"))]).number
    path = kept.path_of(workspace.folder, records.kept_findings(n)[0].sha256)
    assert path.stat().st_mode & 0o777 == 0o600
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(SekishoError, match="SHA-256"):
        records.findings(n)
    assert [problem for problem in records.verify().problems if "SHA-256" in problem]
    path.unlink()
    assert [problem for problem in records.verify().problems if "cannot be read" in problem]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("update incident set title = 'x'", "incident/{n}: title differ"),
        ("delete from incident_event", "the table has not"),
        ("update incident_task set done_on = '2026-01-01'", "done_on differ"),
        ("insert into person_pair (first, second, is_same, reason, actor, at) "
         "values ('a', 'b', true, '', '', '2026-01-01')",
         "no line of the ledger made it"),
    ],
)  # fmt: skip
def test_what_passes_the_ledger_by_is_found(records: "Records", change: str, said: str) -> None:
    n = records.open(INCIDENT).number
    records.add_tasks(n, [Task(0, TaskKind.OTHER, "AOBA", "x")])
    run(change)
    assert any(said.format(n=n) in problem for problem in records.verify().problems)


def test_the_ledger_refuses_changes_and_shows_those_made_by_force(records: "Records") -> None:
    records.open(INCIDENT)
    with pytest.raises(Exception, match="only ever added to"):
        run("update record_ledger set actor = 'x'")


def test_the_noted_head_shows_what_was_cut_off(records: "Records", database: str) -> None:
    n = records.open(INCIDENT).number
    head = records.verify().head
    records.note(n, "x")
    assert records.verify(head).problems == ()
    later = records.verify().head
    table = " on record_ledger" if database == "postgres" else ""
    run(f"drop trigger record_ledger_no_delete{table}")
    run("delete from record_ledger where seq = (select max(seq) from record_ledger)")
    assert any("head that was noted" in problem for problem in records.verify(later).problems)


@pytest.mark.parametrize("change", ["update record_ledger set actor = 'x' where seq = 2",
                                    "delete from record_ledger where seq = 2"])  # fmt: skip
def test_a_broken_chain_is_found(records: "Records", database: str, change: str) -> None:
    n = records.open(INCIDENT).number
    records.note(n, "x")
    table = " on record_ledger" if database == "postgres" else ""
    for event in ("update", "delete"):
        run(f"drop trigger record_ledger_no_{event}{table}")
    run(change)
    assert any("record_ledger" in problem for problem in records.verify().problems)


def test_pairs_are_decided_once_and_may_be_decided_anew(records: "Records") -> None:
    records.decide_pair("b", "a", True, "同じ電話")
    records.decide_pair("a", "b", False, "親子")
    assert records.decisions() == [Decision("a", "b", False, "佐藤", date(2026, 4, 1), "親子")]
    records.decide_pair("a", "c", True)
    with pytest.raises(InputError):
        records.decide_pair("b", "c", True)  # a is not b, and c is a
    assert len(records.decisions()) == 2
    with pytest.raises(InputError):
        records.decide_pair("a", "a", True)
    assert records.verify().problems == ()


def test_records_are_not_changed_in_bulk_or_by_nobody(records: "Records", workspace: Workspace) -> None:
    records.open(INCIDENT)
    from sekisho.store.records.models import IncidentRow

    for change in (
        lambda: IncidentRow.objects.update(title="x"), lambda: IncidentRow.objects.all().delete(),
        lambda: IncidentRow.objects.get().delete(), lambda: IncidentRow.objects.get().save(),
        lambda: IncidentRow.objects.bulk_create([]), lambda: IncidentRow.objects.filter(pk=1).update(title="x"),
    ):  # fmt: skip
        with pytest.raises(SekishoError):
            change()
    assert records.verify().problems == ()
    with pytest.raises(InputError, match="--by"), open_records(workspace, " "):
        pass


def test_loading_a_registry_leaves_the_records(workspace: Workspace, tables: Any) -> None:
    with open_records(workspace, "佐藤") as records:
        records.open(INCIDENT)
    assert workspace.load(tables).error_count == 0
    with open_records(workspace, "鈴木") as records:
        assert [one.title for one in records.incidents()] == [INCIDENT.title]
        assert records.verify().problems == ()


def test_a_database_of_a_newer_sekisho_is_refused(workspace: Workspace) -> None:
    with open_records(workspace, "佐藤"):
        run("insert into django_migrations (app, name, applied) values ('records', '9999_later', '2030-01-01')")
    with pytest.raises(InputError, match="newer Sekisho"), open_records(workspace, "佐藤"):
        pass


def test_the_models_are_what_the_migrations_make(workspace: Workspace) -> None:
    with open_records(workspace, "佐藤"):
        from django.core.management import call_command

        call_command("makemigrations", "records", check=True, dry_run=True, verbosity=0)
