"""The network shell: who comes in, what is too much, and that every answer has its form and its line in the record."""

import asyncio
import io
import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from sekisho.decisions import clients as clients_module
from sekisho.decisions import watch
from sekisho.decisions.clients import Clients
from sekisho.decisions.http import Api
from sekisho.decisions.ledger import Opened
from sekisho.decisions.limits import Limits
from sekisho.decisions.log import Log
from sekisho.decisions.service import Service
from sekisho.kernel.errors import SekishoError
from tests.decisions.world import KEY, PATHS, Http, Served, opening, question, served, write_database

EVALUATION = PATHS["evaluation"]


def error(answer: httpx.Response) -> tuple[int, str]:
    """Status and message of an error; its form is the same everywhere."""
    found = answer.json()
    assert set(found) == {"status", "message"}
    assert found["status"] == answer.status_code
    assert answer.headers["content-type"] == "application/json"
    return found["status"], found["message"]


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic YTpi",
        "sekisho.everybody.x",
        "Bearer sekisho.everybody.x",
        "Bearer \x80",
    ],
)
def test_without_a_good_token_nothing_is_answered(shared: Served, authorization: str) -> None:
    head = {"Content-Type": "application/json", "Authorization": authorization.encode("latin-1")}
    for path in PATHS.values():
        answer = shared.http.post(path, content=json.dumps(question()), headers=head)
        assert error(answer)[0] == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="sekisho"'
    no_head = shared.http.post(EVALUATION, content=b"{}", headers={"Content-Type": "application/json"})
    assert error(no_head)[0] == 401


def test_a_revoked_client_is_out_at_once(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients_module, "_LOOK_SECONDS", 0.0)
    assert api.post("evaluation", question()).status_code == 200
    api.clients.revoke("everybody")
    assert api.post("evaluation", question()).status_code == 401
    assert api.post("evaluation", question(), "aoba").status_code == 200


def test_what_everybody_may_read_holds_no_data(shared: Served) -> None:
    found = shared.http.get("/.well-known/authzen-configuration", headers={"X-Request-ID": "m"})
    assert found.headers["x-request-id"] == "m"
    assert found.json() == {
        "policy_decision_point": "https://pdp.example.jp",
        "access_evaluation_endpoint": "https://pdp.example.jp/access/v1/evaluation",
        "access_evaluations_endpoint": "https://pdp.example.jp/access/v1/evaluations",
        "search_subject_endpoint": "https://pdp.example.jp/access/v1/search/subject",
        "search_resource_endpoint": "https://pdp.example.jp/access/v1/search/resource",
        "search_action_endpoint": "https://pdp.example.jp/access/v1/search/action",
    }
    assert shared.http.get("/health").json() == {"status": "ok"}


def test_paths_and_methods_that_are_none(shared: Served) -> None:
    assert error(shared.http.get("/access/v1/nothing"))[0] == 404
    assert error(shared.http.post("/access/v1/evaluation/", content=b"{}"))[0] == 404
    answer = shared.http.request("GET", EVALUATION, headers={"X-Request-ID": "g"})
    assert error(answer)[0] == 405
    assert (answer.headers["allow"], answer.headers["x-request-id"]) == ("POST", "g")
    assert error(shared.http.post("/health", content=b"{}"))[0] == 405


def test_the_request_id_comes_back_or_one_is_made(shared: Served) -> None:
    made = {shared.post("evaluation", question()).headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3
    for given in ("bfe9eb29-ab87-4ca3-be83-a1d5d8305716", "a b,c", "x" * 256):
        assert shared.post("evaluation", question(), **{"X-Request-ID": given}).headers["x-request-id"] == given
    assert error(shared.post("evaluation", question(), **{"X-Request-ID": "x" * 257}))[0] == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
def test_other_types_of_content_are_refused(shared: Served, kind: str) -> None:
    assert error(shared.post("evaluation", question(), **{"Content-Type": kind}))[0] == 400
    good = shared.post("evaluation", question(), **{"Content-Type": "Application/JSON; charset=utf-8"})
    assert good.status_code == 200
    assert error(shared.post("evaluation", question(), **{"Content-Encoding": "gzip"}))[0] == 400


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    limits = Limits(body_bytes=1000, evaluations=3, burst=4000, log_requests=False)
    with served(tmp_path, limits) as api:
        exactly = json.dumps(question()).encode().ljust(1000)
        assert api.post("evaluation", exactly).status_code == 200
        assert error(api.post("evaluation", exactly + b" "))[0] == 413
        said = api.request(b"{}") | {"headers": api.request(b"{}")["headers"] | {"Content-Length": "1001"}}
        assert error(api.http.post(EVALUATION, **said))[0] == 413
        short = {"evaluations": [{}, {}, {}]}
        assert api.post("evaluations", short).status_code == 200
        assert error(api.post("evaluations", {"evaluations": [{}] * 4})) == (
            413,
            "more than 3 evaluations in one request",
        )


def test_who_asks_too_much_waits_and_others_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sekisho.decisions.post.monotonic", lambda: 1000.0)  # a slow machine earns nothing meanwhile
    limits = Limits(per_second=1, burst=1000, search_cost=999, log_requests=False)
    with served(tmp_path, limits) as api:
        batch = question() | {"evaluations": [{}] * 999}
        assert api.post("evaluations", batch).status_code == 200
        assert api.post("evaluation", question()).status_code == 200
        refused = api.post("evaluation", question())
        assert error(refused)[0] == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 2
        assert api.post("evaluation", b"{", "aoba").status_code == 400  # what is nonsense counts as well
        body = {"subject": {"type": "party", "id": "AOBA"}, "action": {"name": "view"}, "resource": {"type": "policy"}}
        assert api.post("resource", body, "aoba").status_code == 200
        assert error(api.post("resource", body, "aoba"))[0] == 429


@pytest.mark.parametrize("ask", PATHS)
def test_hostile_bodies_are_refused_on_every_path(shared: Served, ask: str) -> None:
    for body in (
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"subject": NaN}',
        b'{"a":1,"a":2}',
        b"[" * 100_000,
        b'{"subject":"\\ud800"}',
    ):
        assert error(shared.post(ask, body))[0] == 400
    for wrong in (None, 7, "x", [], [{}], {"type": []}, {"type": {"a": 1}, "id": "x"}, {"type": "party", "id": 1}):
        body = {"subject": wrong, "action": wrong, "resource": wrong, "context": wrong}
        assert error(shared.post(ask, body))[0] == 400


def test_every_answer_is_on_record_before_it_is_given(api: Served) -> None:
    api.post("evaluation", question(items=["phone"]), **{"X-Request-ID": "one"})
    api.post("evaluation", question(viewer="KOU"), "aoba")
    batch = {"evaluations": [question(policy="K-000"), {}, question("SATO", "O-100", "2022-12-01")]}
    api.post("evaluations", batch)
    api.post("evaluations", batch | {"options": {"evaluations_semantic": "deny_on_first_deny"}})
    api.post("evaluation", b"{")
    found = api.record()
    one = {name: value for name, value in found[0].items() if name not in ("n", "at", "hash", "rule")}
    assert one == {
        "kind": "decision", "request": "one", "client": "everybody", "action": "view", "type": "viewer",
        "viewer": "AOBA", "insurer_id": "KOU", "policy_no": "K-100", "on": "2023-06-01", "items": ["phone"],
        "verdict": "entitled",
        "ground": "handling", "party": "AOBA", "load": "first",
    }  # fmt: skip
    assert found[0]["rule"] == api.rule().rule_version
    short = [(one["client"], one["viewer"], one["policy_no"], one["verdict"]) for one in found]
    assert short == [
        ("everybody", "AOBA", "K-100", "entitled"),
        ("aoba", "KOU", "K-100", "refused"),
        ("everybody", "AOBA", "K-000", "unresolved"),
        ("everybody", "SATO", "O-100", "entitled"),
        ("everybody", "AOBA", "K-000", "unresolved"),  # and nothing of what came after
    ]
    assert found[3]["person"] == "SATO"
    assert found[3]["seconded_from"] == "KOU"


def test_what_cannot_be_recorded_is_not_told(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Log, records: list[str]) -> None:
        raise SekishoError("the record cannot be written (No space left on device)")

    monkeypatch.setattr(Log, "append", full)
    for ask, body in (("evaluation", question()), ("evaluations", {"evaluations": [question()]})):
        answer = api.post(ask, body)
        assert error(answer) == (503, "no decision can be given now; try again")
    monkeypatch.undo()
    assert api.post("evaluation", question()).status_code == 200


def test_a_database_that_fails_gives_no_decision_and_comes_back(tmp_path: Path) -> None:
    write_database(tmp_path / "world.db")
    failing: list[str] = []

    def opening_or_not() -> Opened:
        now = opening(tmp_path / "world.db")
        return Opened(now.rule, Failing(now.connection, failing), now.begin)

    clients = Clients(tmp_path)
    token = clients.add("one")
    service = Service(opening_or_not, tmp_path / "log", KEY, Limits())
    service.open()
    out = io.StringIO()
    http = Http(Api(service, clients, Limits(), "https://pdp.example.jp", out).app())
    asked = {"json": question(), "headers": {"Authorization": f"Bearer {token}"}}
    try:
        failing.append("now")
        assert error(http.post(EVALUATION, **asked)) == (503, "no decision can be given now; try again")
        assert error(http.post(EVALUATION, **asked))[0] == 503
        failing.clear()
        assert http.post(EVALUATION, **asked).json()["decision"] is True
    finally:
        http.close()
        service.close()
    assert "the database does not answer (OSError)" in out.getvalue()
    assert "山田" not in out.getvalue()


class Failing:
    """A connection that fails while ``failing`` says so, with an error that quotes data."""

    def __init__(self, connection: sqlite3.Connection, failing: list[str]) -> None:
        self._connection, self._failing = connection, failing

    def execute(self, sql: str, *more: Any) -> Any:
        if self._failing:
            raise OSError(5, "Input/output error: 山田")
        return self._connection.execute(sql, *more)

    def close(self) -> None:
        self._connection.close()


def test_a_service_without_a_database_does_not_begin(tmp_path: Path) -> None:
    (tmp_path / "world.db").write_bytes(b"no database" * 1000)
    with pytest.raises(SekishoError, match=r"does not answer \(SQLITE_NOTADB\)"):
        Service(lambda: opening(tmp_path / "world.db"), tmp_path / "log", KEY, Limits()).open()


def test_no_detail_of_an_unforeseen_error_is_told(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: Service, caller: object, ask: object) -> str:
        raise KeyError("山田花子")

    monkeypatch.setattr(Service, "evaluate", broken)
    answer = api.post("evaluation", question())
    assert error(answer) == (500, "an error of the server; it has been noted")


def test_the_request_log_says_which_whose_and_how_long_and_nothing_of_the_question(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        pass
    out = io.StringIO()
    service = Service(lambda: opening(tmp_path / "world.db"), tmp_path / "log", KEY, Limits())
    service.open()
    http = Http(Api(service, api.clients, Limits(), "https://pdp.example.jp", out).app())
    try:
        for head in ({"X-Request-ID": "r1"}, {"X-Request-ID": "山田".encode()}, {"Authorization": "Bearer x"}):
            asked = api.request(question("yamada@example.com"))
            http.post(EVALUATION, **(asked | {"headers": asked["headers"] | head}))
    finally:
        http.close()
        service.close()
    text = out.getvalue()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [set(line) for line in lines] == [{"at", "request", "client", "path", "status", "ms"}] * 3
    assert [(line["request"], line["client"], line["status"]) for line in lines][:2] == [
        ("r1", "everybody", 200),
        ("?", "everybody", 200),
    ]
    assert (lines[2]["client"], lines[2]["status"]) == ("", 401)
    assert "yamada" not in text
    assert "K-100" not in text


def test_what_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_LOOK_SECONDS", 0.01)
    with served(tmp_path, Limits(request_seconds=0.05, head_seconds=0.05, log_requests=False)) as api:

        async def forever(self: Service, questions: object) -> Any:
            await asyncio.sleep(60)

        api.post("evaluation", question())
        monkeypatch.setattr(Service, "evaluate", lambda self, caller, ask: forever(self, ask))
        slow = api.post("evaluation", question())
        assert error(slow)[0] == 503
        assert slow.headers["retry-after"] == "1"

        async def dawdling() -> Any:
            yield b'{"subject"'
            await asyncio.sleep(60)

        asked = api.request(b"") | {"content": dawdling()}
        late = api.http.post(EVALUATION, **asked)
        assert error(late) == (408, "the body did not come in time")
        assert late.headers["connection"] == "close"


def test_many_at_once_get_each_his_own_answer(api: Served) -> None:
    rule = api.rule()
    pairs = [
        (viewer, policy, day)
        for viewer in ("AOBA", "MIDORI", "KOU", "OTSU", "SATO", "NOBODY")
        for policy in ("K-100", "K-200", "O-100", "H-100", "K-000")
        for day in ("2022-12-01", "2024-05-01")
    ]
    asked = [(EVALUATION, api.request(question(*pair), **{"X-Request-ID": str(n)})) for n, pair in enumerate(pairs)]
    answers = api.http.together(asked * 3)
    for n, answer in enumerate(answers):
        viewer, policy, day = pairs[n % len(pairs)]
        assert answer.headers["x-request-id"] == str(n % len(pairs))
        told = answer.json()
        try:
            judged = rule.may(viewer, policy, on=date.fromisoformat(day))
        except SekishoError:
            assert told["context"]["verdict"] == "unresolved"
        else:
            assert (told["decision"], told["context"].get("ground"), told["context"].get("missing")) == (
                judged.entitled, judged.ground, judged.missing,
            )  # fmt: skip
    assert len(api.record()) == len(answers)
