"""Disclosures → findings: judge each, and keep those that reached a party not entitled to them (A1–A5, A7–A10).

Set-based from end to end: only the *distinct* questions (who, which policy, which day, which items) are asked of the
rule, and the answers are joined back to every event. One finding = policy × recipient party × piece of evidence.
"""

from importlib import resources

import duckdb
import numpy as np
import pyarrow as pa

from sekisho.disclosures.model import Disclosures
from sekisho.entitlement.rule import Rule
from sekisho.findings.identity import identified
from sekisho.findings.model import blank_findings
from sekisho.findings.perspective import seen_by
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.errors import InputError
from sekisho.law.causes import causes
from sekisho.law.items import items
from sekisho.registry.registry import Registry


def judge(disclosures: Disclosures, registry: Registry, rule: Rule, *, perspective: str | None = None) -> pa.Table:
    """The findings (schema ``findings.model.FINDINGS``, sorted) of one or more sweeps.

    ``perspective``: a party id; only what it let out or received is kept, and what it received of others becomes
    cause A3 (seed 001: 「他の損害保険会社のお客さま情報をメール受信」). Raises ``InputError`` for an unknown party.
    """
    if perspective is not None and perspective not in party_kinds(registry).column("party_id").to_pylist():
        raise InputError(
            f"no insurer or agency {perspective!r} in the registry",
            where="--perspective",
            remedy="give an insurer_id or agency_id of the registry",
        )
    if disclosures.policies.num_rows == 0 or disclosures.recipients.num_rows == 0:
        return blank_findings()
    con = in_memory()
    try:
        _register(con, disclosures, registry)
        _resolve_parties(con, rule)
        _ask(con, rule)
        _gather_judged(con)
        con.execute(_sql("causes.sql"))
        found = _as_findings(con, rule)
    finally:
        con.close()
    return found if perspective is None else seen_by(found, perspective)


def _sql(name: str) -> str:
    return resources.files("sekisho.findings").joinpath(name).read_text(encoding="utf-8")


def party_kinds(registry: Registry) -> pa.Table:
    """party_id → kind (insurer | agency)."""
    insurers, agencies = registry.tables["insurers"], registry.tables["agencies"]
    ids = insurers.column("insurer_id").to_pylist() + agencies.column("agency_id").to_pylist()
    kinds = ["insurer"] * insurers.num_rows + ["agency"] * agencies.num_rows
    return pa.table({"party_id": pa.array(ids, pa.string()), "kind": pa.array(kinds, pa.string())})


def _register(con: duckdb.DuckDBPyConnection, disclosures: Disclosures, registry: Registry) -> None:
    """Everything the queries below read, by name. The ledger gets its row number, the key of ``policy_row``."""
    con.register("events", disclosures.events)
    con.register("recipients", disclosures.recipients)
    con.register("seen_policies", disclosures.policies)
    ledger = registry.tables["policies"]
    con.register("ledger", ledger.append_column("policy_row", pa.array(np.arange(ledger.num_rows), pa.int64())))
    con.register("supervisions", registry.tables["supervisions"])
    con.register("accounts", registry.tables["accounts"])
    con.register("insurers", registry.tables["insurers"])
    con.register("parties", party_kinds(registry))
    legal = [(cause.code, cause.legal_character, cause.counted_under) for cause in causes().values()]
    names = ("cause", "legal_character", "counted_under")
    con.register("cause_data", pa.table({n: [row[i] for row in legal] for i, n in enumerate(names)}))
    item_rows = [(item.code, item.bit) for item in items().values()]
    con.register("item_bits", pa.table({"code": [c for c, _ in item_rows], "bit": [b for _, b in item_rows]}))


def _resolve_parties(con: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """Who each mail address, account or party was on the day of the event (A3)."""
    asked = con.sql(
        """
        SELECT DISTINCT viewer, on_date FROM (
          SELECT sender AS viewer, on_date FROM events WHERE sender <> ''
          UNION ALL SELECT parent_sender, on_date FROM events WHERE parent_sender <> ''
        ) WHERE on_date IS NOT NULL ORDER BY viewer, on_date
        """
    ).to_arrow_table()
    con.register("resolved", rule.resolve(asked))


def _ask(con: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """Ask the rule every distinct question once; tables ``asked`` and ``answers``.

    Policies known only from a list are taken as handled by the agency that sent the list: it held them, and a list
    does not say otherwise. The assumption is visible in ``matched_by`` (``table:…``, ``pattern:…``).
    """
    con.execute(
        """
        CREATE TEMP TABLE asked AS
        SELECT row_number() OVER (ORDER BY viewer, on_date, insurer_id, policy_no, items) - 1 AS ask_id, * FROM (
          SELECT DISTINCT r.viewer, e.on_date, p.insurer_id, p.policy_no, p.items
          FROM seen_policies AS p JOIN events AS e USING (event_id) JOIN recipients AS r USING (event_id)
        )
        """
    )
    extra = con.sql(
        """
        SELECT p.insurer_id, p.policy_no, min(s.party_id) AS agency_id, any_value(i.kind) AS line
        FROM seen_policies AS p
        JOIN events AS e USING (event_id)
        JOIN insurers AS i ON i.insurer_id = p.insurer_id
        LEFT JOIN resolved AS s ON s.viewer = e.sender AND s.on_date = e.on_date
             AND s.party_id IN (SELECT party_id FROM parties WHERE kind = 'agency')
        WHERE p.policy_row < 0 AND split_part(p.matched_by, ':', 1) IN ('table', 'pattern')
          AND NOT EXISTS (SELECT 1 FROM ledger AS l WHERE l.insurer_id = p.insurer_id AND l.policy_no = p.policy_no)
        GROUP BY p.insurer_id, p.policy_no
        ORDER BY p.insurer_id, p.policy_no
        """
    ).to_arrow_table()
    con.register("list_policies", extra)
    question = con.sql(
        """
        SELECT ask_id, viewer, nullif(insurer_id, '') AS insurer_id, nullif(policy_no, '') AS policy_no, on_date, items,
               CAST(NULL AS VARCHAR) AS purpose
        FROM asked ORDER BY ask_id
        """
    ).to_arrow_table()
    con.register("answers", rule.judge(question, extra_policies=extra))


def _gather_judged(con: duckdb.DuckDBPyConnection) -> None:
    """Every event's not entitled or unresolved answers, one row per recipient *party* (an unknown mail address
    stands for its domain: ``?example.com``), with what the cause rule needs to know."""
    con.execute(
        """
        CREATE TEMP TABLE judged AS
        WITH reached AS (
          SELECT
            p.event_id, p.part, p.insurer_id, p.policy_no, p.policy_row,
            coalesce(v.party_id, acc.party_id,
                     '?' || CASE WHEN strpos(r.viewer, '@') > 0 THEN split_part(r.viewer, '@', -1) ELSE r.viewer END
            ) AS recipient_label,
            min(coalesce(v.party_id, acc.party_id)) AS recipient_party,
            string_agg(DISTINCT coalesce(v.person_id, acc.person_id), ';'
                       ORDER BY coalesce(v.person_id, acc.person_id)) AS recipient_person,
            min(v.verdict) AS verdict,
            -- a number that a list gives without an insurer cannot be in any ledger: the insurer is what is unknown
            min(CASE WHEN p.insurer_id = '' AND v.missing = 'policy' THEN 'insurer' ELSE v.missing END) AS missing,
            any_value(p.items) AS items, any_value(p.position) AS position,
            any_value(p.matched_by) AS matched_by, any_value(p.confidence) AS confidence
          FROM seen_policies AS p
          JOIN events AS e USING (event_id)
          JOIN recipients AS r USING (event_id)
          JOIN asked AS a ON a.viewer = r.viewer AND a.on_date IS NOT DISTINCT FROM e.on_date
               AND a.insurer_id = p.insurer_id AND a.policy_no = p.policy_no AND a.items = p.items
          JOIN answers AS v ON v.ask_id = a.ask_id AND v.verdict <> 'entitled'
          LEFT JOIN (SELECT account_id, min(party_id) AS party_id, min(person_id) AS person_id
                     FROM accounts GROUP BY account_id) AS acc
            ON strpos(r.viewer, '@') = 0 AND acc.account_id = r.viewer AND v.party_id IS NULL
          GROUP BY p.event_id, p.part, p.insurer_id, p.policy_no, p.policy_row, recipient_label
        )
        SELECT
          reached.*, e.channel, e."at", e.on_date, e.source AS archive, e.message_id, e.also,
          coalesce(s.party_id, CASE WHEN e.channel = 'access' THEN l.agency_id END) AS sender_party,
          s.person_id AS sender_person, s.seconded_from AS sender_home,
          asker.party_id AS parent_party,
          coalesce(l.agency_id, x.agency_id) AS agency_id,
          coalesce(l.line, x.line) AS line, l.source, coalesce(l.holder_kind, '') AS holder_kind
        FROM reached
        JOIN events AS e USING (event_id)
        LEFT JOIN resolved AS s ON s.viewer = e.sender AND s.on_date = e.on_date
        LEFT JOIN resolved AS asker ON asker.viewer = e.parent_sender AND asker.on_date = e.on_date
        LEFT JOIN ledger AS l ON l.policy_row = reached.policy_row
        LEFT JOIN list_policies AS x
          ON reached.policy_row < 0 AND x.insurer_id = reached.insurer_id AND x.policy_no = reached.policy_no
        """
    )


_FINDINGS_SQL = """
WITH told AS (
  SELECT causes.*, d.legal_character, d.counted_under,
    kind.kind AS sender_kind,
    CASE channel WHEN 'mail' THEN concat_ws(' | ', archive, message_id, part, position, nullif(also, ''))
                 WHEN 'file' THEN concat_ws(' | ', archive, part, position, nullif(also, ''))
                 ELSE position END AS evidence,
    CASE WHEN verdict = 'unresolved' THEN 'unresolved:' || missing ELSE missing END AS ground_missing
  FROM causes
  LEFT JOIN cause_data AS d ON d.cause = causes.cause
  LEFT JOIN parties AS kind ON kind.party_id = causes.sender_party
)
SELECT
  "at", channel, cause, coalesce(legal_character, '') AS legal_character,
  insurer_id, policy_no, holder_kind,
  coalesce(sender_party, '') AS sender_party, coalesce(sender_person, '') AS sender_person,
  recipient_label AS recipient_party, coalesce(recipient_person, '') AS recipient_person,
  coalesce(CASE
    WHEN counted_under IN ('sender', 'host') AND sender_kind = 'agency' THEN sender_party
    ELSE agency_id
  END, '') AS agency_id,
  coalesce((SELECT string_agg(code, ';' ORDER BY bit) FROM item_bits WHERE (told.items & bit) <> 0), '') AS items,
  evidence, matched_by,
  CASE WHEN verdict = 'unresolved' THEN 'possible' ELSE confidence END AS confidence,
  ground_missing, $rule_version AS rule_version
FROM told
"""


def _as_findings(con: duckdb.DuckDBPyConnection, rule: Rule) -> pa.Table:
    """The contract's columns, in a fixed order, each with an id that is a hash of what it says."""
    con.execute(f"CREATE TEMP TABLE findings AS {_FINDINGS_SQL}", {"rule_version": rule.rule_version})
    return identified(con.table("findings").to_arrow_table())
