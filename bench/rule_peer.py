"""Other engines of rules, asked what they can be asked: ``python -m bench.rule_peer QUESTIONS``, in their environment.

Neither knows periods, joins or a database: what the rule needs for one question (the policy, its agency, the
appointment) is handed to Cedar with each question; Casbin holds the appointments as its policy.
"""

import json
import sys
import time
from pathlib import Path

CEDAR = """
permit(principal, action == Action::"hold", resource) when { principal == resource.insurer };
permit(principal, action == Action::"hold", resource)
when { principal == resource.agency && resource.appointed.contains(principal) };
"""
CASBIN = """
[request_definition]
r = sub, insurer, agency
[policy_definition]
p = sub, insurer
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == r.agency && r.sub == p.sub && r.insurer == p.insurer || r.sub == r.insurer
"""


def _timed(ask: object, questions: list[dict[str, str]]) -> list[float]:
    times = []
    for question in questions:
        started = time.perf_counter()
        ask(question)  # type: ignore[operator]
        times.append(time.perf_counter() - started)
    return sorted(times)


def _cedar(questions: list[dict[str, str]], appointed: set[tuple[str, str]]) -> list[float]:
    import cedarpy  # noqa: PLC0415

    def ask(question: dict[str, str]) -> object:
        def party(name: str) -> dict[str, object]:
            return {"__entity": {"type": "Party", "id": name}}

        agency = question["agency"]
        entities = [
            {
                "uid": {"type": "Policy", "id": question["policy_no"]},
                "attrs": {
                    "insurer": party(question["insurer"]),
                    "agency": party(agency),
                    "appointed": [party(agency)] if (question["insurer"], agency) in appointed else [],
                },
                "parents": [],
            },
            {"uid": {"type": "Party", "id": question["viewer"]}, "attrs": {}, "parents": []},
        ]
        request = {
            "principal": f'Party::"{question["viewer"]}"',
            "action": 'Action::"hold"',
            "resource": f'Policy::"{question["policy_no"]}"',
            "context": {},
        }
        return cedarpy.is_authorized(request, CEDAR, entities)

    return _timed(ask, questions)


def _casbin(questions: list[dict[str, str]], appointed: set[tuple[str, str]]) -> list[float]:
    import casbin  # noqa: PLC0415

    model = casbin.Model()
    model.load_model_from_text(CASBIN)
    enforcer = casbin.Enforcer(model)
    enforcer.add_policies([[agency, insurer] for insurer, agency in appointed])
    return _timed(lambda q: enforcer.enforce(q["viewer"], q["insurer"], q["agency"]), questions[:50])


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    appointed = {tuple(pair) for pair in given["appointed"]}
    found = {}
    for name, work in (("cedarpy", _cedar), ("casbin", _casbin)):
        times = work(given["questions"], appointed)
        found[name] = {"p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)], "count": len(times)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
