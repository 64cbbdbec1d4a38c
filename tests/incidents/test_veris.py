"""VERIS: what we write is valid by the schema, says no names, and reads back; what others wrote is read or listed."""

import json
import os
import re
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.incidents.concerned import Concerned
from sekisho.incidents.model import Incident, Medium
from sekisho.incidents.statistics import case_of, categories
from sekisho.incidents.veris import Unmapped, read_veris, to_veris, vocabulary
from sekisho.kernel.errors import InputError
from sekisho.law.causes import causes
from sekisho.law.items import items

BESIDE = Path(__file__).parents[3] / "shared" / "data"
DATA = Path(os.environ.get("SEKISHO_TEST_DATA", BESIDE)) / "incident"
"""The VERIS schema and a sample of VCDB, where somebody has them (CC BY-SA: not in this repository)."""
SCHEMA = DATA / "veris-schema" / "verisc-merged.json"
WHO = Concerned(((("holder_name", "policy_no"), 40), (("card_no", "health"), 2), ((), 1)), 3, ("A1",), True)

needs_schema = pytest.mark.skipif(not SCHEMA.exists(), reason="the VERIS schema is not at hand")


def incident(*codes: str, medium: Medium = Medium.MAIL) -> Incident:
    return Incident(
        number=7,
        title="青葉の山田さんの件",
        own_party="KOU",
        causes=codes,
        legal_character="leak",
        medium=medium,
        known_on=date(2026, 4, 2),
        first_day=date(2025, 12, 31),
        outline="山田花子様の契約",
    )


def wrong(schema: dict[str, Any], value: object, at: str = "$") -> list[str]:
    """Where ``value`` does not follow ``schema`` (as much of JSON Schema as VERIS uses)."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
    }
    if "type" in schema and not isinstance(value, kinds[schema["type"]]):
        return [f"{at}: no {schema['type']}"]
    found = [f"{at}: {value!r} is not in the list"] if "enum" in schema and value not in schema["enum"] else []
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0) or not re.search(schema.get("pattern", ""), value):
            found.append(f"{at}: {value!r} has no such form")
    elif isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
        if len(value) < schema.get("minProperties", 0):
            found.append(f"{at}: is empty")
        for name, inner in value.items():
            if name in known:
                found += wrong(known[name], inner, f"{at}.{name}")
            elif schema.get("additionalProperties") is False:
                found.append(f"{at}: {name} is not known")
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0) or (
            schema.get("uniqueItems") and len({json.dumps(one, sort_keys=True) for one in value}) < len(value)
        ):
            found.append(f"{at}: too few or doubled")
        for n, inner in enumerate(value):
            found += wrong(schema.get("items", {}), inner, f"{at}[{n}]")
    elif isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{at}: {value} is out of range")
    return found


@needs_schema
@pytest.mark.parametrize("code", list(causes()))
@pytest.mark.parametrize("agency", [False, True])
def test_every_cause_is_valid_by_the_schema(code: str, agency: bool) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert wrong(schema, to_veris(incident(code), WHO, records=60, own_is_agency=agency)) == []


@needs_schema
@pytest.mark.parametrize("medium", list(Medium))
def test_every_medium_and_several_causes_are_valid_by_the_schema(medium: Medium) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    written = to_veris(incident("A1", "A2", "B1", "G1", "G5", medium=medium), Concerned(), free_text=True)
    assert wrong(schema, written) == []


@needs_schema
def test_the_check_itself_finds_what_is_wrong() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    written = to_veris(incident("A1"), WHO)
    del written["summary"]
    written["action"]["misuse"]["variety"] = ["Bad manners"]
    written["timeline"]["incident"]["year"] = 1900
    found = wrong(schema, written)
    assert len(found) == 3, found


@needs_schema
def test_every_word_that_we_read_is_a_word_of_the_schema() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]
    assets = schema["asset"]["properties"]["assets"]["items"]["properties"]["variety"]["enum"]
    for rule in (*vocabulary()["read_causes"], *vocabulary()["read_media"]):
        if "action" in rule:
            known = schema["action"]["properties"][rule["action"]]["properties"]["variety"]["items"]["enum"]
            assert set(rule.get("variety", [])) <= set(known), rule
        assert set(rule.get("asset", [])) - {"S - Remote access"} <= set(assets), rule


def test_every_cause_medium_and_item_has_its_words() -> None:
    assert set(vocabulary()["causes"]) == set(causes())
    assert set(vocabulary()["media"]) == {medium.value for medium in Medium}
    assert set(vocabulary()["data"]) - {"usual"} <= set(items())
    assert {rule["category"] for rule in vocabulary()["read_causes"]} <= set(categories("causes"))
    assert {rule["medium"] for rule in vocabulary()["read_media"]} <= {medium.value for medium in Medium}


def test_no_name_and_no_free_text_goes_out_unless_asked_for() -> None:
    written = json.dumps(to_veris(incident("A1"), WHO), ensure_ascii=False)
    assert "山田" not in written
    assert "KOU" not in written
    told = json.dumps(to_veris(incident("A1"), WHO, free_text=True), ensure_ascii=False)
    assert "山田花子様の契約" in told
    assert "KOU" in told


def test_figures_days_and_kinds_of_data() -> None:
    written = to_veris(incident("G1"), WHO, records=60)
    assert written["timeline"]["incident"] == {"year": 2025, "month": 12, "day": 31}
    confidentiality = written["attribute"]["confidentiality"]
    assert confidentiality["data_total"] == 60
    assert {one["variety"]: one["amount"] for one in confidentiality["data"]} == {
        "Personal": 41,
        "Medical": 2,
        "Payment": 2,
    }
    assert written["attribute"]["availability"] == {"variety": ["Loss"]}


def test_the_same_incident_has_the_same_id_and_another_another() -> None:
    assert to_veris(incident("A1"), WHO)["incident_id"] == to_veris(incident("A1"), WHO)["incident_id"]
    assert to_veris(incident("A1"), WHO)["incident_id"] != to_veris(incident("A2"), WHO)["incident_id"]


def test_an_agency_is_a_partner_of_the_insurer_and_internal_to_itself() -> None:
    assert set(to_veris(incident("A1"), WHO)["actor"]) == {"partner"}
    assert set(to_veris(incident("A1"), WHO, own_is_agency=True)["actor"]) == {"internal"}


def test_without_a_cause_nothing_is_written() -> None:
    with pytest.raises(InputError, match="without a cause"):
        to_veris(incident(), WHO)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(list(causes())), min_size=1, unique=True), st.sampled_from(list(Medium)))
def test_what_we_write_reads_back_as_it_was(codes: list[str], medium: Medium) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.json"
        path.write_text(json.dumps([to_veris(incident(*codes, medium=medium), WHO)]), encoding="utf-8")
        read = read_veris([path])
    assert read.cases == (case_of(codes, medium.value),)
    assert (read.unmapped, read.unread) == ((), ())


def foreign(action: dict[str, Any], *assets: str, **more: Any) -> dict[str, Any]:
    return {"action": action, "asset": {"assets": [{"variety": one} for one in assets]}, **more}


@pytest.mark.parametrize(
    ("document", "cause", "medium"),
    [
        (foreign({"error": {"variety": ["Loss"]}}, "M - Documents"), ("lost",), "paper"),
        (foreign({"error": {"variety": ["Misdelivery"]}}, "S - Mail"), ("operation",), "mail"),
        (foreign({"error": {"variety": ["Disposal error"]}}, "M - Disk media"), ("management",), "portable"),
        (foreign({"error": {"variety": ["Misconfiguration"]}}, "S - Web application"), ("setting",), "internet"),
        (foreign({"error": {"variety": ["Programming error"]}}, "S - Database"), ("bug",), "other"),
        (foreign({"misuse": {"variety": ["Privilege abuse"]}}, "U - Desktop"), ("insider",), "device"),
        (foreign({"misuse": {"variety": ["Email misuse"]}}), ("taken_out",), "mail"),
        (foreign({"physical": {"variety": ["Theft"]}, "hacking": {}}, "U - Laptop"), ("theft",), "device"),
        (foreign({"hacking": {"variety": ["SQLi"]}}, "S - Web application"), ("intrusion",), "internet"),
        (foreign({"malware": {}}, "U - Desktop"), ("intrusion",), "device"),
        (foreign({"social": {"variety": ["Bribery"]}}, "P - Helpdesk", actor={"internal": {}}), ("insider",), "other"),
        (foreign({"social": {"variety": ["Bribery"]}}, "S - Mail", actor={"external": {}}), ("intrusion",), "mail"),
        (foreign({"social": {"variety": ["Phishing"]}}, "S - Mail", actor={"external": {}}), ("intrusion",), "mail"),
    ],
)  # fmt: skip
def test_others_words_in_our_categories(
    tmp_path: Path, document: dict[str, Any], cause: tuple[str, ...], medium: str
) -> None:
    (tmp_path / "one.json").write_text(json.dumps(document), encoding="utf-8")
    (case,) = read_veris([tmp_path]).cases
    assert (case.causes, case.medium) == (cause, medium)


def test_what_cannot_be_mapped_is_listed_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(
        json.dumps(foreign({"unknown": {"notes": "Mr X did it"}}, "P - Unknown")), encoding="utf-8"
    )
    read = read_veris([tmp_path])
    assert read.unmapped == (
        Unmapped("one.json", "cause", "unknown: "),
        Unmapped("one.json", "medium", "P - Unknown"),
    )
    assert read.cases[0].causes == ()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b"3", b'{"action": 3}', b'{"action": null}', b"[1, {}]"],
)
def test_what_is_no_incident_is_listed_and_the_rest_is_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    (tmp_path / "b.json").write_text(json.dumps(foreign({"error": {"variety": ["Loss"]}})), encoding="utf-8")
    read = read_veris([tmp_path])
    assert len(read.cases) == 1
    assert read.unread
    assert all(place.startswith("a.json") for place, _ in read.unread)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["action", "asset", "assets", "variety", "plus", "sekisho", "causes", "medium", "error"]),
            inner,
        )
    ),
)


@settings(max_examples=40, deadline=None)
@given(json_values)
def test_nothing_that_is_json_stops_the_reading(document: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "any.json").write_text(json.dumps(document), encoding="utf-8")
        read = read_veris([Path(folder)])
    count = len(document) if isinstance(document, list) else 1
    assert len(read.cases) + len(read.unread) == count


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_veris([tmp_path / "none"])


@pytest.mark.skipif(not (DATA / "vcdb").is_dir(), reason="the sample of VCDB is not at hand")
def test_the_sample_of_vcdb_is_read_whole() -> None:
    paths = sorted((DATA / "vcdb").glob("*.json"))
    read = read_veris([DATA / "vcdb"])
    assert len(read.cases) + len(read.unread) == len(paths)
    assert read.unread == ()
    unknown = [one for one in read.unmapped if one.what == "cause"]
    assert len(unknown) <= 2, "only incidents whose action is unknown"
    assert all(one.words.startswith("unknown") for one in unknown)
