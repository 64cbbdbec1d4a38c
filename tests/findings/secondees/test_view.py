"""Secondees on the fixed cast: every figure by hand, both ends of every period, and what cannot be told (A9)."""

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.findings.secondees.conftest import ACCOUNTS, Log, World, findings

from sekisho.disclosures.logs import sweep_access
from sekisho.entitlement.rule import Rule
from sekisho.findings.judging import judge
from sekisho.findings.secondees.actions import kind_of
from sekisho.findings.secondees.model import EVENTS, SECONDEES, Evidence, Secondees, Wanted
from sekisho.findings.secondees.view import secondees
from sekisho.kernel.errors import InputError
from sekisho.registry.registry import Registry
from sekisho.sources.scopes import read_scopes

FIRST, LAST = date(2022, 4, 1), date(2024, 9, 30)
LATER = date(2024, 12, 31)
SECONDMENTS = "person_id,home_insurer_id,host_agency_id,start,end\n"
HEAD = "account_id,system,person_id,party_id,start,end\n"
SCOPES = "viewer_id,subject_agency_id,insurer_id,kind,line,start,end\n"
NOTHING = Evidence()


def only(found: Secondees) -> dict[str, Any]:
    (row,) = found.rows.to_pylist()
    return dict(row)


def codes(row: dict[str, Any], name: str) -> set[str]:
    return {code for code in row[name].split(";") if code}


# --- who, and as of when ----------------------------------------------------------------------------------------------


def test_a_secondment_is_there_from_its_first_to_its_last_day(world: World) -> None:
    registry = world()

    def there(since: date, to: date) -> bool:
        return secondees(registry, Wanted(to=to, since=since), NOTHING).rows.num_rows == 1

    day = timedelta(days=1)
    assert there(FIRST, FIRST) and there(LAST, LAST)
    assert not there(FIRST - day, FIRST - day) and not there(LAST + day, LATER)
    row = only(secondees(registry, Wanted(to=LATER), NOTHING))
    assert (row["person_id"], row["name"], row["home_insurer_id"], row["host_agency_id"]) == (
        "sato", "佐藤 例三", "OTSU", "AOBA",
    )  # fmt: skip
    assert (row["start"], row["end"], row["as_of"]) == (FIRST, LAST, LAST)
    assert row["accounts"] == "acc-sato (agency-system)"
    assert row["addresses"] == "sato@aoba.example.jp;sato@otsu.example.jp"


def test_home_host_and_person_narrow_it_and_must_be_known(world: World) -> None:
    registry = world()
    for narrowed in (Wanted(LATER, home="OTSU"), Wanted(LATER, host="AOBA"), Wanted(LATER, person="sato")):
        assert secondees(registry, narrowed, NOTHING).rows.num_rows == 1
    for narrowed in (Wanted(LATER, home="KOU"), Wanted(LATER, host="MIDORI"), Wanted(LATER, person="ota")):
        found = secondees(registry, narrowed, NOTHING)
        assert found.rows.schema.equals(SECONDEES) and found.rows.num_rows == 0
        assert (found.totals.secondments, found.totals.home_policies) == (0, None)
    for narrowed in (Wanted(LATER, home="AOBA"), Wanted(LATER, host="OTSU"), Wanted(LATER, person="nobody"),
                     Wanted(FIRST, since=LATER)):  # fmt: skip
        with pytest.raises(InputError):
            secondees(registry, narrowed, NOTHING)


# --- what he could see ------------------------------------------------------------------------------------------------


def test_what_the_rule_lets_him_see_is_asked_as_of_the_last_day(world: World) -> None:
    registry = world()
    before = only(secondees(registry, Wanted(to=date(2024, 3, 31)), NOTHING))
    assert (before["may_see_own"], before["may_see_others"], before["may_see_insurers"]) == (2, 5, 2)
    after = only(secondees(registry, Wanted(to=date(2024, 4, 1)), NOTHING))
    assert (after["may_see_own"], after["may_see_others"]) == (0, 5), "乙's appointment of 青葉 ended the day before"


@pytest.mark.parametrize("to", [date(2023, 3, 31), date(2024, 3, 31), LATER])
def test_it_is_what_a_list_of_each_person_would_say(world: World, to: date) -> None:
    registry = world(
        secondments=SECONDMENTS + "sato,OTSU,AOBA,2022-04-01,2024-09-30\n"
        "ota,OTSU,MIDORI,2021-04-01,\nkato,KOU,AOBA,2020-04-01,2023-03-31\nhara,HEI,SAKURA,2023-04-01,\n",
        duties="person_id,party_id,insurer_id,line,office_id,own_only,start,end\nkato,AOBA,HEI,,,,2020-04-01,\n",
    )
    rule = Rule.over_registry(registry.tables)
    for row in secondees(registry, Wanted(to=to), NOTHING).rows.to_pylist():
        listed = rule.visible(row["person_id"], on=row["as_of"]).column("insurer_id").to_pylist()
        own = listed.count(row["home_insurer_id"])
        assert (row["may_see_own"], row["may_see_others"]) == (own, len(listed) - own), row["person_id"]


def test_a_closed_account_under_his_number_does_not_stand_for_him(world: World) -> None:
    registry = world(accounts=ACCOUNTS + "sato,old-system,sato,AOBA,2022-04-01,2022-04-30\n")
    row = only(secondees(registry, Wanted(to=date(2024, 3, 31)), NOTHING))
    assert (row["may_see_own"], row["may_see_others"]) == (2, 5)


def test_scopes_beyond_the_rule_count_for_the_host_and_for_his_accounts(world: World, tmp_path: Path) -> None:
    registry = world(
        policies=(Path(__file__).parents[2] / "fixtures" / "registry" / "policies.csv").read_text(encoding="utf-8-sig")
        + "KA99999999,KOU,SAKURA,,,,nonlife,自動車,own,川口 例,カワグチ レイ,person,,,,,,,,,2023-10-01,2024-09-30,1\n"
    )

    def told(*lines: str, to: date = date(2024, 3, 31)) -> tuple[int, int, int]:
        (tmp_path / "scopes.csv").write_text(SCOPES + "\n".join(lines) + "\n", encoding="utf-8")
        evidence = Evidence(scopes=read_scopes(tmp_path / "scopes.csv").table)
        row = only(secondees(registry, Wanted(to=to), evidence))
        return row["scope_policies"], row["scope_beyond"], row["scope_beyond_others"]

    assert told("AOBA,AOBA,,contracts,,,") == (7, 0, 0)
    assert told("AOBA,AOBA,,contracts,,,", to=LAST) == (7, 2, 0), "乙's two, of his home: beyond since April"
    assert told("AOBA,AOBA,,contracts,,,", "acc-sato,SAKURA,,contracts,,2024-03-31,2024-03-31") == (8, 1, 1)
    assert told("AOBA,AOBA,,contracts,,,", "acc-sato,SAKURA,,contracts,,2024-04-01,") == (7, 0, 0)
    assert told("acc-aoki,SAKURA,,contracts,,,", "MIDORI,AOBA,,contracts,,,") == (0, 0, 0), "of others"


def test_scopes_of_the_hosts_offices_cannot_be_told(world: World, tmp_path: Path) -> None:
    (tmp_path / "scopes.csv").write_text(SCOPES + "AOBA-E,SAKURA,,contracts,,,\n", encoding="utf-8")
    evidence = Evidence(scopes=read_scopes(tmp_path / "scopes.csv").table)
    row = only(secondees(world(), Wanted(to=LAST), evidence))
    assert "office_scopes" in codes(row, "unknown") and "no_scopes" not in codes(row, "unknown")


# --- what he looked at and exported -----------------------------------------------------------------------------------


def test_rows_exports_and_looks_beyond_the_rule_are_counted(world: World, log: Log) -> None:
    path = log(
        "2022-03-31 23:59,acc-sato,KOU,KA12345678,印刷",  # the day before: nobody's secondment
        "2022-04-01 00:00,acc-sato,KOU,KA12345678,参照",
        "2022-04-01 09:00,acc-sato,KOU,KA12345678,参照",
        "2024-03-31 10:00,acc-sato,OTSU,OT-9000001,CSV出力",
        "2024-04-01 10:00,acc-sato,OTSU,OT-9000001,参照",  # 乙's appointment of 青葉 has ended
        "2024-09-30 23:59,acc-sato,,H500000001,印刷",  # the insurer is not written; only one has this number
        "2024-09-30 11:00,acc-sato,KOU,KA00000000,F07",  # no such policy
        "2024-09-30 12:00,acc-sato,XX,KA00000001,参照",  # no such insurer
        "2024-10-01 00:00,acc-sato,KOU,KA12345679,印刷",  # after the end
        "2023-01-10 10:00,acc-aoki,KOU,KA22345678,印刷",  # somebody else
    )
    found = secondees(world(), Wanted(to=LATER), Evidence(logs=[path]))
    row = only(found)
    assert (row["looked_rows"], row["looked_policies"], row["looked_others"]) == (7, 5, 3)
    assert (row["first_looked_on"], row["last_looked_on"]) == (FIRST, LAST)
    assert (row["beyond_rows"], row["beyond_policies"], row["unresolved_rows"]) == (1, 1, 2)
    assert (row["export_rows"], row["export_policies"], row["export_others"], row["export_days"]) == (2, 2, 1, 2)
    assert (row["unknown_action_rows"], row["rows_after_end"]) == (1, 1)
    assert (row["secondment_days"], row["logged_days"]) == ((LAST - FIRST).days + 1, 5)
    assert codes(row, "marks") == {"used_after_end", "home_mailbox"}
    assert codes(row, "unknown") == {
        "no_scopes", "log_gaps", "unknown_action", "unknown_insurer", "unresolved_look", "no_mail", "no_file",
    }  # fmt: skip
    assert found.log is not None and found.log.unknown_actions == (("F07", 1),)
    assert found.log.row_count == 10


def test_the_days_asked_for_limit_what_is_counted(world: World, log: Log) -> None:
    path = log(*(f"2023-05-{day:02} 10:00,acc-sato,KOU,KA12345678,印刷" for day in range(1, 11)))
    row = only(secondees(world(), Wanted(date(2023, 5, 4), date(2023, 5, 2)), Evidence(logs=[path])))
    assert (row["looked_rows"], row["export_days"], row["secondment_days"], row["logged_days"]) == (3, 3, 3, 3)
    assert "log_gaps" not in codes(row, "unknown")


def test_an_account_belongs_to_whom_it_belonged_that_day(world: World, log: Log) -> None:
    registry = world(
        accounts=HEAD + "seat-7,agency-system,aoki,AOBA,,2023-03-31\n"
        "seat-7,agency-system,sato,AOBA,2023-04-01,2023-04-30\nseat-7,agency-system,ando,AOBA,2023-06-01,\n"
    )
    path = log(*(f"{day} 10:00,seat-7,KOU,KA12345678,参照" for day in (
        "2023-03-31", "2023-04-01", "2023-04-30", "2023-05-31", "2023-06-01")))  # fmt: skip
    row = only(secondees(registry, Wanted(LATER), Evidence(logs=[path])))
    assert row["looked_rows"] == 3, "in May it was closed, and nobody else's"
    assert row["beyond_rows"] == 1, "under a closed account nobody may look"


def test_his_home_account_is_shown_and_its_looks_are_his(world: World, log: Log) -> None:
    registry = world(accounts=ACCOUNTS + "otsu-sato,otsu-core,sato,OTSU,2015-04-01,\n")
    path = log("2024-05-01 10:00,otsu-sato,OTSU,OT-9000001,参照", system="otsu-core")
    row = only(secondees(registry, Wanted(LAST), Evidence(logs=[path])))
    assert (row["looked_rows"], row["beyond_rows"]) == (1, 1), "while seconded he acts for the host only"
    assert {"home_account", "home_account_used"} <= codes(row, "marks")
    assert "no_log_of_system" in codes(row, "unknown"), "of the host's system there is none"


def test_a_system_that_the_log_names_otherwise_is_known_by_the_account(world: World, log: Log) -> None:
    path = log("2023-05-01 10:00,acc-sato,KOU,KA12345678,参照", system="代理店システム")
    row = only(secondees(world(), Wanted(date(2023, 5, 1), date(2023, 5, 1)), Evidence(logs=[path])))
    assert (row["looked_rows"], row["logged_days"]) == (1, 1)
    assert "no_log_of_system" not in codes(row, "unknown")


# --- what cannot be told is unknown, never 0 --------------------------------------------------------------------------

LOOKED = [name for name in SECONDEES.names if name.startswith(("looked_", "beyond_", "export_"))] + ["unresolved_rows"]
WENT = [name for name in SECONDEES.names if name.startswith("home_") and name.endswith(("policies", "findings"))]


def test_without_evidence_nothing_is_claimed(world: World) -> None:
    row = only(secondees(world(), Wanted(LATER), NOTHING))
    claimed = {
        name for name in (*LOOKED, *WENT, "scope_beyond", "other_findings", "logged_days") if row[name] is not None
    }
    assert claimed == set()
    assert codes(row, "unknown") == {"no_scopes", "no_log", "no_mail", "no_file"}


def test_a_log_without_him_says_none_only_where_it_is_his_systems_of_his_days(world: World, log: Log) -> None:
    registry = world()

    def looked(*lines: str, system: str = "agency-system") -> tuple[int | None, bool]:
        row = only(secondees(registry, Wanted(LATER), Evidence(logs=[log(*lines, system=system)])))
        return row["looked_rows"], "no_log_of_system" in codes(row, "unknown")

    assert looked("2023-05-01 10:00,acc-aoki,KOU,KA12345678,参照") == (0, False)
    assert looked("2023-05-01 10:00,acc-aoki,KOU,KA12345678,参照", system="") == (0, False), "by acc-aoki's system"
    assert looked("2023-05-01 10:00,acc-kato,KOU,KA12345678,参照", system="kou-core") == (None, True)
    assert looked("2022-03-31 10:00,acc-aoki,KOU,KA12345678,参照") == (None, True), "before his time"
    assert looked("2022-04-01 10:00,acc-aoki,KOU,KA12345678,参照") == (0, False)
    assert looked("2024-09-30 10:00,acc-aoki,KOU,KA12345678,参照") == (0, False)
    assert looked("2024-10-01 10:00,acc-aoki,KOU,KA12345678,参照") == (None, True), "after his time"


def test_who_has_no_account_on_record_may_have_looked(world: World, log: Log) -> None:
    registry = world(accounts=HEAD + "acc-all,agency-system,,AOBA,,\n")
    row = only(secondees(registry, Wanted(LATER), Evidence(logs=[log("2023-05-01 10:00,acc-all,KOU,KA12345678,印刷")])))
    assert {row[name] for name in LOOKED} == {None} and row["logged_days"] is None
    assert {"no_account", "shared_account"} <= codes(row, "unknown")


def test_a_log_without_actions_tells_no_exports(world: World, log: Log) -> None:
    path = log("2023-05-01 10:00,acc-sato,KOU,KA12345678,")
    row = only(secondees(world(), Wanted(LATER), Evidence(logs=[path])))
    assert (row["looked_rows"], row["export_rows"], row["export_days"]) == (1, None, None)
    assert "no_action" in codes(row, "unknown")


def test_unusable_rows_are_told(world: World, log: Log) -> None:
    path = log("someday,acc-sato,KOU,KA12345678,参照", "2023-05-01 10:00,,KOU,KA12345678,参照",
               "2023-05-01 10:00,acc-sato,KOU,KA12345678,参照")  # fmt: skip
    found = secondees(world(), Wanted(LATER), Evidence(logs=[path]))
    assert found.log is not None
    assert (found.log.row_count, found.log.unread_count) == (1, 2)
    assert [row.log_row for row in found.log.unread] == ["access.csv:2", "access.csv:3"]


# --- what went home ---------------------------------------------------------------------------------------------------

B1 = ("2023-05-01T10:00:00+09:00", "mail", "B1", "KOU", "KA12345678", "sato", "OTSU")


def test_what_went_home_is_counted_by_cause_and_channel(world: World, log: Log) -> None:
    told = findings(
        B1,
        ("2022-04-01T00:00:00+09:00", "mail", "B1", "KOU", "KA12345679", "sato", "OTSU"),  # the first day
        ("2024-09-30T23:59:00+09:00", "mail", "B2", "KOU", "KA12345678", "sato", "OTSU"),  # the last; again this policy
        ("2023-06-01T10:00:00+09:00", "file", "B1", "HEI", "H500000001", "sato", "OTSU"),
        ("2023-06-01T10:00:00+09:00", "mail", "", "KOU", "?1", "sato", "OTSU", "unresolved:policy"),
        ("2023-06-01T10:00:00+09:00", "mail", "A1", "HEI", "H500000001", "sato", "KOU"),  # to another insurer
        ("2024-10-01T00:00:00+09:00", "mail", "B1", "KOU", "KA22345678", "sato", "OTSU"),  # after the end
        ("", "file", "B1", "KOU", "KA22345678", "sato", "OTSU"),  # on no day
        ("2023-06-01T10:00:00+09:00", "mail", "A1", "KOU", "KA32345678", "aoki", "OTSU"),  # not a secondee
    )
    path = log("2023-05-01 09:00,acc-sato,KOU,KA12345678,参照", "2023-06-01 09:00,acc-sato,HEI,H500000001,印刷",
               "2022-04-02 09:00,acc-sato,KOU,KA12345679,印刷")  # fmt: skip
    found = secondees(world(), Wanted(LATER), Evidence(logs=[path], findings=pa.concat_tables([told, told])))
    row = only(found)
    assert (row["home_findings"], row["home_policies"]) == (4, 3), "given twice, counted once"
    assert (row["home_b1_policies"], row["home_b2_policies"]) == (3, 1)
    assert (row["home_mail_policies"], row["home_file_policies"]) == (2, 1)
    assert (row["home_first_on"], row["home_last_on"]) == (FIRST, LAST)
    assert (row["home_unresolved"], row["other_findings"]) == (1, 1)
    assert (row["home_looked_policies"], row["home_exported_policies"]) == (2, 1), "by the day it went, not later"
    assert not codes(row, "unknown") & {"no_mail", "no_file"} and "unresolved_home" in codes(row, "unknown")
    totals = found.totals
    assert (totals.with_home_findings, totals.home_policies, totals.home_policies_summed) == (1, 3, 3)
    assert totals.outside_findings == 2


def test_policies_of_two_secondees_are_distinct_and_summed(world: World) -> None:
    registry = world(
        secondments=SECONDMENTS + "sato,OTSU,AOBA,2022-04-01,2024-09-30\n"
        "ota,OTSU,AOBA,2022-04-01,2023-03-31\nota,OTSU,AOBA,2023-04-01,\n"
    )
    ota = ("2023-03-31T10:00:00+09:00", "mail", "B1", "KOU", "KA12345678", "ota", "OTSU")
    found = secondees(registry, Wanted(LATER), Evidence(findings=findings(B1, ota)))
    assert [row["home_policies"] for row in found.rows.to_pylist()] == [1, 1, 0], "sorted by start, then person"
    totals = found.totals
    assert (totals.secondments, totals.people, totals.homes, totals.hosts) == (3, 2, 1, 1)
    assert (totals.with_home_findings, totals.home_policies, totals.home_policies_summed) == (2, 1, 2)


def test_a_channel_without_any_finding_is_unknown_unless_it_was_swept(world: World) -> None:
    registry = world()
    row = only(secondees(registry, Wanted(LATER), Evidence(findings=findings(B1))))
    assert (row["home_mail_policies"], row["home_file_policies"]) == (1, None)
    row = only(secondees(registry, Wanted(LATER), Evidence(swept=frozenset({"mail", "file"}))))
    assert (row["home_policies"], row["home_mail_policies"], row["home_file_policies"]) == (0, 0, 0)
    row = only(secondees(registry, Wanted(LATER), Evidence(findings=findings(), swept=frozenset({"access"}))))
    assert (row["home_policies"], row["beyond_rows"], row["looked_rows"]) == (None, 0, None)


# --- accounts that should not be --------------------------------------------------------------------------------------


LENGTHS = {  # person: start and end of the account
    "sato": ("2022-04-01", "2024-09-30"),
    "ota": ("2022-03-31", "2024-09-30"),
    "kato": ("", "2024-10-01"),  # nobody says since when
    "hara": ("2022-04-01", ""),
}


@pytest.mark.parametrize(
    ("to", "longer"),
    [(LAST, "account_outlives"), (date(2024, 10, 1), "account_open_after_end"), (LATER, "account_open_after_end")],
)
def test_accounts_longer_than_the_secondment_are_marked(world: World, to: date, longer: str) -> None:
    homes = {"sato": "OTSU", "ota": "OTSU", "kato": "KOU", "hara": "HEI"}
    lines = [f"{person},{home},AOBA,2022-04-01,2024-09-30\n" for person, home in homes.items()]
    accounts = [f"acc-{person},agency-system,{person},AOBA,{start},{end}\n" for person, (start, end) in LENGTHS.items()]
    registry = world(secondments=SECONDMENTS + "".join(lines), accounts=HEAD + "".join(accounts))
    rows = secondees(registry, Wanted(to), NOTHING).rows.to_pylist()
    told = {row["person_id"]: codes(row, "marks") - {"home_mailbox"} for row in rows}
    assert told == {"sato": set(), "ota": {"account_early"}, "kato": {longer}, "hara": {longer}}


def test_who_stays_on_at_the_host_keeps_his_account(world: World, log: Log) -> None:
    renewed = SECONDMENTS + "sato,OTSU,AOBA,2022-04-01,2023-03-31\nsato,OTSU,AOBA,2023-04-01,2024-09-30\n"
    path = log("2023-04-01 10:00,acc-sato,KOU,KA12345678,参照")
    found = secondees(world(secondments=renewed), Wanted(date(2024, 1, 1)), Evidence(logs=[path]))
    assert [codes(row, "marks") for row in found.rows.to_pylist()] == [{"home_mailbox"}] * 2
    assert [row["looked_rows"] for row in found.rows.to_pylist()] == [None, 1]
    hired = (Path(__file__).parents[2] / "fixtures" / "registry" / "people.csv").read_text(encoding="utf-8-sig")
    hired = hired.replace("営業,2010-04-01,\nhara", "営業,2010-04-01,2024-09-30\nhara")
    hired += "sato,佐藤 例三,サトウ レイゾウ,AOBA,AOBA-H,募集人,2024-10-01,\n"
    accounts = ACCOUNTS.replace("2022-04-01,2024-09-30", "2022-04-01,")
    path = log("2024-10-01 10:00,acc-sato,KOU,KA12345678,参照", "2024-09-30 10:00,acc-sato,KOU,KA12345678,参照")
    row = only(secondees(world(people=hired, accounts=accounts), Wanted(LATER), Evidence(logs=[path])))
    assert (row["looked_rows"], row["rows_after_end"]) == (1, 0)
    assert codes(row, "marks") == {"home_mailbox"}


# --- the timeline -----------------------------------------------------------------------------------------------------


def test_one_person_has_a_timeline_day_by_day(world: World, log: Log) -> None:
    path = log(
        "2023-04-30 10:00,acc-sato,KOU,KA12345678,印刷",
        "2023-04-30 11:00,acc-sato,OTSU,OT-9000001,CSV出力",
        "2024-05-01 10:00,acc-sato,OTSU,OT-9000001,参照",
        "2024-10-01 10:00,acc-sato,KOU,KA12345678,参照",
    )
    evidence = Evidence(logs=[path], findings=findings(B1))
    found = secondees(world(), Wanted(LATER, person="sato"), evidence)
    assert found.events.schema.equals(EVENTS)
    assert [
        (str(row["on_date"]), row["kind"], row["what"], row["row_count"], row["policy_count"], row["others_count"])
        for row in found.events.to_pylist()
        if row["on_date"] and "address" not in row["kind"]
    ] == [
        ("2022-04-01", "secondment_start", "OTSU→AOBA", None, None, None),
        ("2022-04-01", "host_account_start", "acc-sato (agency-system)", None, None, None),
        ("2023-04-30", "first_look", "acc-sato (agency-system)", 3, 2, 1),
        ("2023-04-30", "export", "CSV出力・印刷", 2, 2, 1),
        ("2023-05-01", "home_finding", "B1", 1, 1, 1),
        ("2024-05-01", "beyond", "acc-sato", 1, 1, 0),
        ("2024-05-01", "last_look", "acc-sato (agency-system)", None, None, None),
        ("2024-09-30", "secondment_end", "OTSU→AOBA", None, None, None),
        ("2024-09-30", "host_account_end", "acc-sato (agency-system)", None, None, None),
        ("2024-10-01", "late_look", "acc-sato", 1, 1, 1),
    ]
    assert secondees(world(), Wanted(LATER), evidence).events.num_rows == 0


# --- against the plain way --------------------------------------------------------------------------------------------

POLICIES = (("KOU", "KA12345678"), ("KOU", "KA22345678"), ("OTSU", "OT-9000001"), ("OTSU", "OT-9000002"),
            ("HEI", "H500000001"), ("KOU", "KA00000000"))  # fmt: skip
DAYS = [date(2022, 3, 31), FIRST, date(2023, 3, 31), date(2023, 4, 1), date(2024, 3, 31), date(2024, 4, 1), LAST,
        date(2024, 10, 1)]  # fmt: skip
ROWS = st.lists(
    st.tuples(
        st.sampled_from(DAYS),
        st.sampled_from(["acc-sato", "acc-aoki", "acc-ota", "acc-hara"]),
        st.sampled_from(POLICIES),
        st.sampled_from(["参照", "印刷", "F07", ""]),
    ),
    min_size=20,
    max_size=60,
)


@given(rows=ROWS)
@pytest.mark.slow
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_are_those_of_a_loop_over_rows_and_of_the_sweeps_findings(
    rows: list[tuple[date, str, tuple[str, str], str]], world: World, log: Log
) -> None:
    registry = world(
        secondments=SECONDMENTS + "sato,OTSU,AOBA,2022-04-01,2024-09-30\n"
        "ota,OTSU,MIDORI,2023-04-01,\nhara,HEI,AOBA,2022-04-01,2023-03-31\n",
        accounts=ACCOUNTS + "acc-ota,agency-system,ota,MIDORI,,\nacc-hara,agency-system,hara,AOBA,,2023-03-31\n",
    )
    path = log(
        *(f"{day} 10:00,{account},{insurer},{number},{action}" for day, account, (insurer, number), action in rows)
    )
    found = secondees(registry, Wanted(LATER), Evidence(logs=[path]))
    told = {row["person_id"]: row for row in found.rows.to_pylist()}
    swept = judge(sweep_access([path], registry), registry, Rule.over_registry(registry.tables)).to_pylist()
    beyond: dict[str, int] = defaultdict(int)
    for one in swept:
        if not one["ground_missing"].startswith("unresolved:"):
            beyond[f"{one['recipient_person']} {one['at'][:10]}"] += 1
    _compare(registry, rows, told, beyond)


def _compare(
    registry: Registry, rows: list[tuple[date, str, tuple[str, str], str]], told: dict[str, Any], beyond: dict[str, int]
) -> None:
    for stay in registry.tables["secondments"].to_pylist():
        person, home = stay["person_id"], stay["home_insurer_id"]
        his = [row for row in rows if row[1] == f"acc-{person}" and stay["start"] <= row[0] <= stay["end"]]
        row = told[person]
        if not his:
            assert row["looked_rows"] in (0, None)
            continue
        assert row["looked_rows"] == len(his)
        assert row["looked_policies"] == len({policy for _, _, policy, _ in his})
        assert row["looked_others"] == len({policy for _, _, policy, _ in his if policy[0] != home})
        exported = [(day, policy) for day, _, policy, action in his if kind_of(action) == "export"]
        if all(not action for *_, action in his):
            assert row["export_rows"] is None
        else:
            assert (row["export_rows"], row["export_days"]) == (len(exported), len({day for day, _ in exported}))
            assert row["export_policies"] == len({policy for _, policy in exported})
        days = {day for day, *_ in his}
        assert row["beyond_rows"] == sum(beyond[f"{person} {day}"] for day in days)
        assert row["unresolved_rows"] == sum(1 for one in his if one[2][1] == "KA00000000")
