"""Searches give the whole set that the rule gives, page by page, or say that they do not."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sekisho.decisions import sets
from sekisho.decisions.limits import Limits
from tests.decisions.world import PATHS, Served, served
from tests.entitlement.test_cases import load_world

DAYS = ("2022-06-01", "2023-06-01", "2023-10-20", "2024-05-01")
VIEWERS = ("AOBA", "MIDORI", "SAKURA", "HIKARI", "KOU", "OTSU", "HEI", "TEI", "AOBA-HONTEN", "aoba-tanaka", "TANAKA",
           "KATO", "ABE", "MORI", "SATO", "SUZUKI", "yamada@example.com", "musuko@example.com", "sato@kou.example.jp",
           "somebody@aoba.example.jp")  # fmt: skip


@pytest.fixture(scope="module")
def small_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """At most three results in a page."""
    with served(tmp_path_factory.mktemp("pages"), Limits(page=3, burst=10**9, log_requests=False)) as made:
        yield made


def all_pages(api: Served, ask: str, body: dict[str, Any], client: str = "everybody") -> list[dict[str, Any]]:
    """All results; each page holds what it says and no more than it may."""
    found: list[dict[str, Any]] = []
    token = ""
    while True:
        page = {"token": token} if token else {}
        answer = api.post(ask, body | {"page": page}, client).json()
        assert len(answer["results"]) == answer["page"]["count"] <= 3
        found += answer["results"]
        token = answer["page"]["next_token"]
        if not token:
            assert answer["page"]["total"] == len(found)
            return found
        assert answer["page"]["count"] == 3


@pytest.mark.parametrize("on", DAYS)
def test_a_resource_search_is_what_the_rule_lets_see(small_pages: Served, on: str) -> None:
    rule = small_pages.rule()
    seen = 0
    for viewer in VIEWERS:
        body = {"subject": {"type": "viewer", "id": viewer}, "action": {"name": "view"}}
        found = all_pages(small_pages, "resource", body | {"resource": {"type": "policy"}, "context": {"at": on}})
        wanted = rule.visible(viewer, on=date.fromisoformat(on)).to_pylist()
        assert [(one["properties"]["insurer_id"], one["id"], one["properties"]["ground"]) for one in found] == [
            (row["insurer_id"], row["policy_no"], row["ground"]) for row in wanted
        ], viewer
        seen += len(found)
    assert seen > 50


@pytest.mark.parametrize("on", DAYS)
def test_a_subject_search_is_whom_the_rule_lets_see(small_pages: Served, on: str) -> None:
    rule = small_pages.rule()
    seen = 0
    for policy in load_world()["policies"]:
        key = {"insurer_id": policy["insurer_id"]}
        wanted = rule.holders(policy["policy_no"], on=date.fromisoformat(on), through=True, **key).to_pylist()
        body = {"action": {"name": "view"}, "context": {"at": on}}
        body["resource"] = {"type": "policy", "id": policy["policy_no"], "properties": key}
        everybody = all_pages(small_pages, "subject", body | {"subject": {"type": "viewer"}})
        assert [(one["properties"]["kind"], one["id"], one["properties"]["ground"]) for one in everybody] == [
            (row["kind"], row["viewer"], row["ground"]) for row in wanted
        ]
        for kind in ("party", "person", "address", "office", "account"):
            found = all_pages(small_pages, "subject", body | {"subject": {"type": kind}})
            assert {one["type"] for one in found} <= {kind}
            assert [one["id"] for one in found] == [row["viewer"] for row in wanted if row["kind"] == kind]
        seen += len(everybody)
    assert seen > 80


@pytest.mark.parametrize("on", DAYS)
def test_no_office_and_no_account_is_left_out(small_pages: Served, on: str) -> None:
    """Against each of them asked for by itself."""
    world = load_world()
    seen = 0
    for kind, ids in (("office", world["offices"]), ("account", world["accounts"])):
        each = [{"subject": {"type": kind, "id": name}} for name in sorted({row[f"{kind}_id"] for row in ids})]
        for policy in world["policies"]:
            resource = {"type": "policy", "id": policy["policy_no"], "properties": {"insurer_id": policy["insurer_id"]}}
            body = {"action": {"name": "view"}, "context": {"at": on}, "resource": resource}
            found = all_pages(small_pages, "subject", body | {"subject": {"type": kind}})
            told = small_pages.post("evaluations", body | {"evaluations": each}).json()["evaluations"]
            wanted = [one["subject"]["id"] for one, answer in zip(each, told, strict=True) if answer["decision"]]
            assert {one["id"] for one in found} == set(wanted), policy["policy_no"]
            seen += len(wanted)
    assert seen > 20


@pytest.mark.parametrize("on", DAYS)
def test_whoever_is_found_is_told_yes_when_asked_for(small_pages: Served, on: str) -> None:
    for client in ("everybody", "aoba"):
        for policy in ("K-100", "K-200", "K-400", "K-410", "K-500", "O-100"):
            body = {"action": {"name": "view"}, "context": {"at": on}, "resource": {"type": "policy", "id": policy}}
            found = all_pages(small_pages, "subject", body | {"subject": {"type": "viewer"}}, client)
            if found:
                each = [{"subject": {"type": one["properties"]["kind"], "id": one["id"]}} for one in found]
                answer = small_pages.post("evaluations", body | {"evaluations": each}, client).json()
                same_name = {"MORI"}  # also the name of a closed account
                told = {one["id"]: told["decision"] for one, told in zip(found, answer["evaluations"], strict=True)}
                assert {name for name, yes in told.items() if not yes} <= same_name


def test_a_limited_client_finds_its_own_people_only(small_pages: Served) -> None:
    body = {
        "subject": {"type": "viewer"},
        "action": {"name": "view"},
        "context": {"at": "2023-06-01"},
        "resource": {"type": "policy", "id": "K-100"},
    }
    found = all_pages(small_pages, "subject", body, "aoba")
    everybody = all_pages(small_pages, "subject", body)
    assert {one["properties"]["party_id"] for one in found} == {"AOBA"}
    own = [one for one in everybody if one["properties"].get("party_id") == "AOBA"]
    assert found == own != everybody


ASKED = {
    "subject": {"type": "party", "id": "AOBA"},
    "action": {"name": "view"},
    "resource": {"type": "policy"},
    "context": {"at": "2023-06-01"},
}


def first_page(api: Served, limit: int = 2, client: str = "everybody") -> str:
    answer = api.post("resource", ASKED | {"page": {"limit": limit}}, client).json()
    token: str = answer["page"]["next_token"]
    assert token
    assert answer["page"]["count"] == limit
    return token


def test_a_page_token_is_good_for_its_own_search_only(small_pages: Served) -> None:
    token = first_page(small_pages)
    changed = {
        "subject": ASKED | {"subject": {"type": "party", "id": "KOU"}},
        "type": ASKED | {"subject": {"type": "viewer", "id": "AOBA"}},
        "action": ASKED | {"action": {"name": "hold"}},
        "day": ASKED | {"context": {"at": "2023-06-02"}},
        "no day": ASKED | {"context": {}},
        "items": ASKED | {"context": {"at": "2023-06-01", "items": ["phone"]}},
        "insurer": ASKED | {"resource": {"type": "policy", "properties": {"insurer_id": "KOU"}}},
    }
    for what, body in changed.items():
        assert small_pages.post("resource", body | {"page": {"token": token}}).status_code == 400, what
    assert small_pages.post("resource", ASKED | {"page": {"token": token, "limit": 3}}).status_code == 400
    assert small_pages.post("resource", ASKED | {"page": {"token": token}}, "aoba").status_code == 400
    for wrong in (token[:-1], token + "A", "A" + token[1:], token[:60] + "B" + token[61:], "ä", "=", "A" * 5000):
        assert small_pages.post("resource", ASKED | {"page": {"token": wrong}}).status_code == 400, wrong
    good = small_pages.post("resource", ASKED | {"page": {"token": token, "limit": 2}})
    assert (good.status_code, good.json()["page"]["count"]) == (200, 2)  # the size of the first page is kept


def test_the_day_of_the_first_page_is_kept(small_pages: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {name: value for name, value in ASKED.items() if name != "context"}
    monkeypatch.setenv("SEKISHO_NOW", "2024-03-31T23:59:00+09:00")
    token = small_pages.post("resource", body | {"page": {"limit": 1}}).json()["page"]["next_token"]
    monkeypatch.setenv("SEKISHO_NOW", "2024-04-01T00:01:00+09:00")  # the appointment has ended
    assert small_pages.post("resource", body | {"page": {"token": token}}).json()["context"]["on"] == "2024-03-31"


def test_a_new_load_between_two_pages_is_said(tmp_path: Path) -> None:
    with served(tmp_path, Limits(page=3, log_requests=False)) as api:
        token = first_page(api)
        assert api.post("resource", ASKED | {"page": {"token": token}}).status_code == 200
        with closing(sqlite3.connect(tmp_path / "world.db", isolation_level=None)) as con:
            con.execute("INSERT INTO loads (load_id) VALUES ('second')")
        again = api.post("resource", ASKED | {"page": {"token": token}})
        assert (again.status_code, again.json()["status"]) == (409, 409)
        assert api.post("resource", ASKED).json()["context"]["load_id"] == "second"


def test_searches_are_on_record_with_a_digest_of_what_was_told(api: Served) -> None:
    answer = api.post("resource", ASKED | {"page": {"limit": 2}}, **{"X-Request-ID": "s1"})
    api.post("action", {"subject": {"type": "party", "id": "OTSU"}, "resource": {"type": "policy", "id": "K-100"}})
    api.post("resource", ASKED | {"subject": {"type": "party", "id": "KOU"}}, "aoba")
    found, action, refused = api.record()
    text = answer.text[answer.text.index('"results":') + len('"results":') : -1]
    assert found["results_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert (found["kind"], found["sought"], found["viewer"], found["request"]) == ("search", "resource", "AOBA", "s1")
    assert (found["count"], found["total"]) == (2, answer.json()["page"]["total"])
    assert (action["sought"], action["policy_no"], action["count"]) == ("action", "K-100", 0)
    assert (refused["sought"], refused["verdict"], refused["viewer"], refused["client"]) == (
        "resource", "refused", "KOU", "aoba",
    )  # fmt: skip


def test_a_search_that_takes_too_long_is_ended_and_the_next_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path, Limits(search_seconds=0.05, searches=2, log_requests=False)) as api:
        find = sets.find

        def slow(rule: Any, sought: str, ask: Any, parties: Any) -> Any:
            time.sleep(0.5)
            return find(rule, sought, ask, parties)

        monkeypatch.setattr(sets, "find", slow)
        at_once = api.http.together([(PATHS["resource"], api.request(ASKED))] * 3)
        assert sorted(answer.status_code for answer in at_once) == [503, 503, 503]
        assert all(answer.headers["retry-after"] == "1" for answer in at_once)
        monkeypatch.undo()
        while api.post("resource", ASKED).status_code == 503:  # until the thread is free again
            time.sleep(0.1)
        assert api.record()[-1]["sought"] == "resource"
