"""The counting rules once more, row by row in plain Python: what the fast ones are held against."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

from hypothesis import strategies as st
from tests.incidents.counting.cast import finding

from sekisho.incidents.counting.figures import Figures

POLICIES = [f"{insurer}:{number}" for insurer in ("KOU", "OTSU") for number in "123"]
AGENCIES = ("AOBA", "SAKURA", "")
DAYS = ("2024-04-30", "2024-05-01", "2024-05-02", "")


def naive_lines(rows: Iterable[dict[str, str]], as_of: str, person: dict[str, str]) -> list[dict[str, Any]]:
    """The counted lines: a dict each. ``person``: policy (KOU:1) → holder."""
    decided = [
        row for row in rows
        if row["at"][:10] <= as_of and not row["ground_missing"].startswith("unresolved:")
    ]  # fmt: skip
    of_a1 = {(row["agency_id"], row["insurer_id"], row["policy_no"]) for row in decided if row["cause"] == "A1"}
    grouped = defaultdict(list)
    for row in decided:
        place = (row["agency_id"], row["insurer_id"], row["policy_no"])
        if not (row["cause"] == "A2" and place in of_a1):
            grouped[row["cause"], *place].append(row)
    rank = ["", "corporate", "person"]
    kinds: dict[tuple[str, str], str] = defaultdict(str)
    for behind in grouped.values():
        for row in behind:
            policy = (row["insurer_id"], row["policy_no"])
            kinds[policy] = max(kinds[policy], row["holder_kind"], key=rank.index)
    return [
        {
            "cause": cause,
            "agency_id": agency,
            "insurer_id": insurer,
            "policy_no": policy_no,
            "person": person.get(f"{insurer}:{policy_no}", f"{insurer}:{policy_no}"),
            "kind": kinds[insurer, policy_no],
            "findings": behind,
        }
        for (cause, agency, insurer, policy_no), behind in sorted(grouped.items())
    ]


def naive_figures(lines: Iterable[dict[str, Any]]) -> Figures:
    """The figures of such lines."""
    lines = list(lines)
    return Figures(
        agencies=len({line["agency_id"] for line in lines} - {""}),
        records=len({(line["agency_id"], line["insurer_id"], line["policy_no"]) for line in lines}),
        policies=len({(line["insurer_id"], line["policy_no"]) for line in lines}),
        people=len({line["person"] for line in lines if line["kind"] != "corporate"}),
        corporate=len({line["person"] for line in lines if line["kind"] == "corporate"}),
        findings=sum(len(line["findings"]) for line in lines),
    )


def told(figures: Figures) -> tuple[int, ...]:
    return astuple(figures)


def rows() -> st.SearchStrategy[list[dict[str, str]]]:
    """Findings in a small world, so that everything collides with everything."""
    one = st.builds(
        lambda policy, cause, agency, day, missing, channel: finding(
            policy,
            cause=cause,
            agency_id=agency,
            at=f"{day}T23:30:00+09:00" if day else "",
            ground_missing=missing,
            channel=channel,
        ),
        st.sampled_from(POLICIES),
        st.sampled_from(("A1", "A2", "B1", "C1", "")),
        st.sampled_from(AGENCIES),
        st.sampled_from(DAYS),
        st.sampled_from(("relation", "relation", "relation", "unresolved:viewer")),
        st.sampled_from(("mail", "access", "scope")),
    )
    return st.lists(one, max_size=12).map(_identified)


def _identified(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row | {"finding_id": f"f{number:04}"} for number, row in enumerate(rows)]
