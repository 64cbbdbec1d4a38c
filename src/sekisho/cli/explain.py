"""``sekisho explain``: why this is a finding, in plain Japanese (A1; DESIGN §9: right answers, explained)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import pyarrow.compute as pc
import typer
from rich.text import Text

from sekisho.cli.show import console, print_json
from sekisho.cli.workspace import JsonOption
from sekisho.entitlement.explain import wording as rule_wording
from sekisho.findings.files import read_findings
from sekisho.findings.model import UNRESOLVED
from sekisho.kernel.errors import InputError
from sekisho.law.causes import causes, legal_characters
from sekisho.law.items import items
from sekisho.matching.evidence.words import basis, confidence_words, part_words, position_words

_BETWEEN = " | "
_EVIDENCE = {
    "mail": (4, ("archive", "message_id", "part", "position", "also")),
    "file": (3, ("archive", "part", "position", "also")),
}
"""Channel → pieces that are always there, and what they are called."""


def explain(
    findings: Annotated[Path, typer.Argument(metavar="FINDINGS", help="A file written by `sekisho sweep`.")],
    finding_id: Annotated[str, typer.Argument(metavar="FINDING_ID", help="The finding_id of one of its rows.")],
    as_json: JsonOption = False,
) -> None:
    """Why this is a finding: the evidence, how rare what was matched is, how sure it is, what ground was missing."""
    told = explained(_finding(findings, finding_id))
    if as_json:
        print_json(told)
        return
    shown = console()
    for line in _lines(told):
        shown.print(Text(_printable(line)), soft_wrap=True)


def _finding(path: Path, finding_id: str) -> dict[str, str]:
    table = read_findings(path)
    rows = table.filter(pc.equal(table.column("finding_id"), finding_id)).to_pylist()
    if not rows:
        raise InputError(
            f"no finding {finding_id!r}", where=str(path), remedy="give a finding_id as it stands in that file"
        )
    return {name: value or "" for name, value in rows[0].items()}


def explained(row: Mapping[str, str]) -> dict[str, Any]:
    """One finding (the columns of ``findings.model``) as a document in words."""
    cause = causes().get(row["cause"])
    level, meaning = confidence_words(row["confidence"])
    rests_on = basis(row["matched_by"])
    return {
        "finding_id": row["finding_id"],
        "at": row["at"],
        "channel": row["channel"],
        "policy": {name: row[name] for name in ("insurer_id", "policy_no", "holder_kind")},
        "from": {"party": row["sender_party"], "person": row["sender_person"]},
        "to": {"party": row["recipient_party"], "person": row["recipient_person"]},
        "agency_id": row["agency_id"],
        "cause": {"code": row["cause"], "name": cause.ja if cause else "", "what": cause.what if cause else ""},
        "legal_character": {
            "code": row["legal_character"], "name": legal_characters().get(row["legal_character"], "")
        },
        "items": [{"code": code, "name": _item(code)} for code in row["items"].split(";") if code],
        "evidence": _evidence(row),
        "matched": {
            "by": row["matched_by"],
            "source": rests_on.source,
            "sentences": rests_on.sentences,
            "values": [
                {"code": one.code, "name": one.name, "policies": one.policies, "text": one.text}
                for one in rests_on.values
            ],
        },
        "confidence": {"code": row["confidence"], "name": level, "meaning": meaning},
        "missing": _missing(row["ground_missing"]),
        "rule_version": row["rule_version"],
    }  # fmt: skip


def _item(code: str) -> str:
    known = items().get(code)
    return known.ja if known else code


def _evidence(row: Mapping[str, str]) -> dict[str, str]:
    """The place, in pieces where it is that of a mail or file."""
    text = row["evidence"]
    pieces = text.split(_BETWEEN)
    least, names = _EVIDENCE.get(row["channel"], (0, ()))
    if not least <= len(pieces) <= len(names):
        return {"as_written": text}
    named = dict(zip(names, pieces, strict=False))
    named["place"] = f"{part_words(named['part'])} {position_words(named['position'])}"
    return {"as_written": text, **named}


def _missing(ground: str) -> dict[str, str]:
    """What ground of the rule was missing, or what is unknown."""
    unresolved = ground.startswith(UNRESOLVED)
    code = ground.removeprefix(UNRESOLVED)
    words = rule_wording()
    verdict = words["verdicts"]["unresolved" if unresolved else "not_entitled"]["ja"]
    known = words["missing"].get(code)
    return {"verdict": verdict, "code": code, "text": known["ja"] if known else code}


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    policy, cause, evidence = told["policy"], told["cause"], told["evidence"]
    yield f"検知 {told['finding_id']}"
    yield f"何が: {policy['insurer_id'] or '保険会社不明'} の契約 {policy['policy_no'] or '(番号の記載なし)'}"
    yield f"いつ: {told['at'] or '日時不明'}"
    yield f"誰から: {_who(told['from'])}  誰へ: {_who(told['to'])}"
    if cause["code"]:
        yield f"原因: {cause['code']} {cause['name']} ({cause['what']})"
    if told["legal_character"]["name"]:
        yield f"法的な性質: {told['legal_character']['name']}"
    yield f"情報の項目: {'、'.join(item['name'] for item in told['items']) or '特定されていない'}"
    yield "証拠の場所:"
    if "place" in evidence:
        yield f"  {evidence['archive']}"
        mail = f"Message-ID {evidence['message_id'] or 'なし'}、" if "message_id" in evidence else ""
        yield f"  {mail}{evidence['place']}"
        if "also" in evidence:
            yield f"  {evidence['also']}"
    else:
        yield f"  {evidence['as_written']}"
    yield "照合:"
    yield from (f"  {sentence}" for sentence in told["matched"]["sentences"])
    yield from (f"  ・{value['text']}" for value in told["matched"]["values"])
    yield f"確からしさ: {told['confidence']['name']} ({told['confidence']['code']})。{told['confidence']['meaning']}"
    yield f"判定: {told['missing']['verdict']}。足りないもの: {told['missing']['text']}"
    yield f"規則の版: {told['rule_version']}"


def _printable(line: str) -> str:
    """Names of files and mail ids are the sender's: nothing in them may move or colour the screen."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in line)


def _who(party: Mapping[str, str]) -> str:
    if not party["party"]:
        return "不明"
    return f"{party['party']} ({party['person']})" if party["person"] else party["party"]
