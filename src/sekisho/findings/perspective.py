"""Findings from one party's side: what it let out, and what it received of others (seed 001: 当社が受信; A5)."""

import pyarrow as pa

from sekisho.findings.identity import identified
from sekisho.kernel.bulk import in_memory
from sekisho.law.causes import causes

_SEEN = """
SELECT * REPLACE (
  CASE WHEN cause IN ('A1', 'A2') AND recipient_party = $party AND insurer_id <> $party
       THEN 'A3' ELSE cause END AS cause,
  CASE WHEN cause IN ('A1', 'A2') AND recipient_party = $party AND insurer_id <> $party
       THEN $character ELSE legal_character END AS legal_character
)
FROM findings WHERE $party IN (insurer_id, recipient_party, sender_party)
"""


def seen_by(findings: pa.Table, party: str) -> pa.Table:
    """The findings that ``party`` let out, received, or whose customers they are about; what it received of others by
    the mails of seed 001 has the cause A3. Ids are made anew: they say what the finding says."""
    con = in_memory()
    try:
        con.register("findings", findings)
        told = {"party": party, "character": causes()["A3"].legal_character}
        return identified(con.sql(_SEEN, params=told).to_arrow_table())
    finally:
        con.close()
