"""Pairs of holders that may be one, for people to decide: found by what they share, never by comparing all with all.

Holders who share a *block* (same name and same address, same birth date, phone and given name, …) are paired
with the one of them that has the smallest key, or, once people decided that these two are different, with the smallest
from which they are not: a block of n gives at most n − 1 pairs at once, and in the end every pair that could still be
one. Nothing here changes a count by itself.
"""

import numpy as np
import pyarrow as pa

from sekisho.incidents.counting.decisions import Decided
from sekisho.incidents.counting.encoded import KINDS, Encoded
from sekisho.incidents.counting.identity import Holders
from sekisho.kernel.bulk import in_memory
from sekisho.matching.forms import folded_column, name_column

DOUBTS = pa.schema(
    [
        ("left", pa.string()),  # the smaller key
        ("right", pa.string()),
        ("why", pa.string()),  # codes of WHY, joined by ";"
        ("left_insurer_id", pa.string()),  # a policy of each, to look the holders up by
        ("left_policy_no", pa.string()),
        ("right_insurer_id", pa.string()),
        ("right_policy_no", pa.string()),
    ]
)

WHY = {
    "name_address": "氏名と住所が同じで、生年月日が異なるか分からない",
    "name_phone": "氏名と電話番号が同じで、生年月日が異なるか分からない",
    "variant_phone": "生年月日と電話番号が同じで、氏名は字体だけが異なる",
    "variant_address": "生年月日と住所が同じで、氏名は字体だけが異なる",
    "kana": "生年月日と氏名の読みが同じで、漢字が異なる",
    "given_phone": "生年月日・電話番号・名が同じで、姓が異なる",
    "given_address": "生年月日・住所・名が同じで、姓が異なる",
    "company_elsewhere": "同じ商号で、所在地・電話番号が異なるか分からない",
    "company_form_phone": "電話番号が同じで、商号は会社の種類の書き方だけが異なる",
    "company_form_address": "所在地が同じで、商号は会社の種類の書き方だけが異なる",
}
"""Why a pair is in doubt: code → for those who decide."""

_PERSON_BLOCKS = {
    "name_address": ("name", "address"),
    "name_phone": ("name", "phone"),
    "variant_phone": ("birth", "phone", "wide"),
    "variant_address": ("birth", "address", "wide"),
    "kana": ("birth", "kana"),
    "given_phone": ("birth", "phone", "given"),
    "given_address": ("birth", "address", "given"),
}
_COMPANY_BLOCKS = {
    "company_elsewhere": ("name",),
    "company_form_phone": ("bare", "phone"),
    "company_form_address": ("bare", "address"),
}


def doubtful_pairs(
    found: Encoded, holders: Holders, keys: pa.Array, decided: Decided, most: int
) -> tuple[pa.Table, int]:
    """DOUBTS, those with most reasons first, at most so many; and how many there are. Pairs that were decided to be
    different are left out, those decided to be the same have one key already."""
    if holders.written is None:
        return DOUBTS.empty_table(), 0
    with in_memory(ordered=False) as con:
        con.register("fact_raw", _facts(found, holders, keys))
        con.execute(_FACTS)
        con.execute("CREATE TABLE pair (left_key VARCHAR, right_key VARCHAR, why VARCHAR)")
        con.register("different", _different(decided))
        for corporate, blocks in ((False, _PERSON_BLOCKS), (True, _COMPANY_BLOCKS)):
            for why, columns in blocks.items():
                con.execute(_pairs(columns), {"why": why, "corporate": corporate})
        con.execute(_OPEN)
        count = con.execute("SELECT count(*) FROM open").fetchall()[0][0]
        return con.sql(_SHOWN, params={"most": most}).to_arrow_table().cast(DOUBTS), int(count)


def _different(decided: Decided) -> pa.Table:
    pairs = sorted(decided.different())
    columns = {"left_key": [left for left, _ in pairs], "right_key": [right for _, right in pairs]}
    return pa.table({name: pa.array(keys, pa.string()) for name, keys in columns.items()})


def _facts(found: Encoded, holders: Holders, keys: pa.Array) -> pa.Table:
    """What holders may share, a row for each policy that the ledger knows."""
    written = holders.written
    assert written is not None  # noqa: S101  (asked by the caller)
    known = pa.array(np.flatnonzero(holders.row >= 0))
    insurers, policy_nos = found.policies()
    return pa.table(
        {
            "person": keys.take(known),
            "insurer_id": insurers.take(known),
            "policy_no": policy_nos.take(known),
            "corporate": pa.array(holders.kind[holders.row >= 0] == KINDS.index("corporate")),
            "name": written.name,
            "spaced": folded_column(written.names),
            "wide": name_column(written.names, "wide"),
            "kana": name_column(written.kana),
            "birth": written.birth,
            "address": written.address,
            "phone": written.phone,
            "mobile": written.mobile,
        }
    )


_FACTS = """
CREATE TABLE fact AS
SELECT person, corporate, name, wide, kana, birth, address, phone, mobile,
       -- the given name: behind the space, else the last two characters of a name of four or more
       CASE WHEN corporate THEN NULL
            WHEN spaced LIKE '_% _%' THEN regexp_extract(spaced, ' ([^ ]+) *$', 1)
            WHEN length(name) >= 4 THEN right(name, 2) END AS given,
       CASE WHEN corporate THEN
         regexp_replace(name, '株式会社|有限会社|合同会社|合資会社|合名会社|相互会社|\\(.\\)', '', 'g') END AS bare
FROM (SELECT DISTINCT ON (person, name, birth, address, phone, mobile, kana) * FROM fact_raw);
CREATE VIEW called AS  -- a number is the same whether as phone or as mobile
SELECT * REPLACE (number AS phone) FROM (SELECT fact.*, unnest([phone, mobile]) AS number FROM fact);
CREATE TABLE example AS
SELECT person, min(insurer_id || chr(31) || policy_no) AS policy FROM fact_raw GROUP BY person
"""


def _pairs(columns: tuple[str, ...]) -> str:
    """Pairs of one kind of block as SQL; parameters: why, corporate."""
    there = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    block = ", ".join(f"{column}::VARCHAR" for column in columns)
    return f"""
      INSERT INTO pair
      WITH member AS (
        SELECT DISTINCT md5_number(concat_ws(chr(31), {block})) AS block, person
        FROM {"called" if "phone" in columns else "fact"} WHERE corporate = $corporate AND {there}
      ), shared AS (SELECT block, min(person) AS first FROM member GROUP BY block HAVING count(*) > 1),
      paired AS (
        SELECT block, s.first AS left_key, m.person AS right_key
        FROM shared AS s JOIN member AS m USING (block) WHERE m.person <> s.first
      ), next AS (  -- decided to be another than the first: of those before it the first from which it is not
        SELECT p.block, min(m.person) AS left_key, p.right_key
        FROM (FROM paired SEMI JOIN different USING (left_key, right_key)) AS p
        JOIN member AS m ON m.block = p.block AND m.person < p.right_key
        ANTI JOIN different AS d ON d.left_key = m.person AND d.right_key = p.right_key
        GROUP BY p.block, p.right_key
      )
      SELECT left_key, right_key, $why FROM paired ANTI JOIN different USING (left_key, right_key)
      UNION ALL SELECT left_key, right_key, $why FROM next
    """  # noqa: S608  (own column names)


_OPEN = """
CREATE TABLE open AS
SELECT left_key, right_key, string_agg(DISTINCT why, ';' ORDER BY why) AS why, count(DISTINCT why) AS strength
FROM pair GROUP BY left_key, right_key
"""

_SHOWN = """
WITH shown AS (SELECT * FROM open ORDER BY strength DESC, left_key, right_key LIMIT $most)
SELECT left_key AS "left", right_key AS "right", why,
       split_part(a.policy, chr(31), 1) AS left_insurer_id, split_part(a.policy, chr(31), 2) AS left_policy_no,
       split_part(b.policy, chr(31), 1) AS right_insurer_id, split_part(b.policy, chr(31), 2) AS right_policy_no
FROM shown JOIN example AS a ON a.person = left_key JOIN example AS b ON b.person = right_key
ORDER BY strength DESC, left_key, right_key
"""
