"""One party's side of findings (A5): what it let out, what it received, and nothing about others."""

import pyarrow as pa

from sekisho.findings.identity import identified
from sekisho.findings.model import FINDINGS
from sekisho.findings.perspective import seen_by


def findings(*rows: tuple[str, str, str, str]) -> pa.Table:
    names = ("cause", "insurer_id", "sender_party", "recipient_party")
    blank = dict.fromkeys(FINDINGS.names, "") | {"legal_character": "leak"}
    return identified(
        pa.Table.from_pylist([blank | dict(zip(names, row, strict=True)) for row in rows], schema=FINDINGS)
    )


EVERY = findings(
    ("A1", "KOU", "AOBA", "OTSU"), ("A1", "OTSU", "AOBA", "KOU"), ("A1", "HEI", "AOBA", "OTSU"),
    ("B1", "OTSU", "AOBA", "KOU"), ("A2", "KOU", "KOU", "OTSU"),
)  # fmt: skip


def test_what_is_ours_and_what_we_received() -> None:
    seen = {(row["cause"], row["insurer_id"], row["recipient_party"]) for row in seen_by(EVERY, "KOU").to_pylist()}
    assert seen == {("A1", "KOU", "OTSU"), ("A3", "OTSU", "KOU"), ("B1", "OTSU", "KOU"), ("A2", "KOU", "OTSU")}


def test_an_agency_sees_what_it_sent() -> None:
    assert seen_by(EVERY, "AOBA").num_rows == 4
    assert seen_by(EVERY, "MIDORI").num_rows == 0


def test_what_stays_the_same_keeps_its_id_and_what_is_told_anew_gets_one() -> None:
    before = {row["finding_id"]: row["cause"] for row in EVERY.to_pylist()}
    after = {row["finding_id"]: row["cause"] for row in seen_by(EVERY, "KOU").to_pylist()}
    assert {cause for one, cause in after.items() if one not in before} == {"A3"}
    assert seen_by(seen_by(EVERY, "KOU"), "KOU") == seen_by(EVERY, "KOU")
