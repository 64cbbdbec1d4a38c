"""The id of a finding: a hash of what it says, so that the same finding is the same in every sweep.

Not part of it: the rule's text, our knowledge of the people, the further places in which a copy of the same mail
stands (they grow with every mailbox that is swept), and how many policies share a value (that changes with the ledger).
"""

import pyarrow as pa

from sekisho.findings.model import FINDINGS
from sekisho.kernel.bulk import in_memory

ALSO = " | also in "
"""Begins the further places in ``evidence``."""

_NOT_IDENTITY = ("rule_version", "sender_person", "recipient_person")


def identified(findings: pa.Table) -> pa.Table:
    """``findings`` (the columns of FINDINGS; a ``finding_id`` is made anew) with their ids, in the fixed order."""
    columns = [f'"{name}"' for name in FINDINGS.names if name != "finding_id"]
    told = [_lasting(name) for name in columns if name.strip('"') not in _NOT_IDENTITY]
    con = in_memory()
    try:
        con.register("findings", findings)
        named = con.sql(
            f"""
            SELECT substr(sha256(concat_ws(chr(31), {", ".join(told)})), 1, 16) AS finding_id, {", ".join(columns)}
            FROM findings ORDER BY {", ".join(columns)}
            """  # noqa: S608  (column names of our own schema)
        )
        return named.to_arrow_table().cast(FINDINGS)
    finally:
        con.close()


def _lasting(name: str) -> str:
    """What of a column belongs to the identity, as SQL."""
    if name == '"evidence"':
        return f"regexp_replace({name}, '(?s) \\| also in .*$', '')"
    if name == '"matched_by"':
        return f"regexp_replace({name}, '\\([0-9]+\\)', '', 'g')"
    return name
