-- ============================================================================================================
-- LOOKING: what these people looked at and exported, by secondment.
--
-- In:  log             rows of their accounts (entitlement.audit.access.settle_kept): alike rows of one day are one,
--                      row_count of them, from "at" to last_at; class_no null: no policy of the ledger
--      open_pair       what the rule does not allow of them
--      action_kind     (secondees.actions)
--      log_day         system, on_date, row_count: every row of the logs, of anybody
--      chosen, his_account, account_row, secondments, people, insurers, wanted
-- Out: look            one row for each row of `log` that belongs to a secondment; late: after it, with a host's account
--      look_count, covered, logged   by secondment
-- ============================================================================================================

CREATE TABLE log_account AS SELECT DISTINCT account_id, system, on_date FROM log;

-- Whose an account was on a day: of whom its row says so, else the one who had it last before, else first after.
CREATE TABLE account_owner AS
SELECT account_id, on_date, person_id, party_id FROM (
  SELECT d.account_id, d.on_date, a.person_id, a.party_id,
         ROW_NUMBER() OVER (PARTITION BY d.account_id, d.on_date
                            ORDER BY d.on_date BETWEEN a.start AND a."end" DESC, a.start <= d.on_date DESC,
                                     CASE WHEN a.start <= d.on_date THEN a.start END DESC, a.start, a.person_id,
                                     a.party_id) AS place
  FROM (SELECT DISTINCT account_id, on_date FROM log_account) d JOIN account_row a ON a.account_id = d.account_id
) ranked WHERE place = 1;

CREATE TABLE look_place AS
SELECT account_id, on_date, secondment_no, home_insurer_id, side, late FROM (
  SELECT o.account_id, o.on_date, c.secondment_no, c.home_insurer_id,
         CASE WHEN o.party_id = c.host_agency_id THEN 'host' WHEN o.party_id = c.home_insurer_id THEN 'home'
              ELSE 'other' END AS side,
         o.on_date > c."end" AS late,
         ROW_NUMBER() OVER (PARTITION BY o.account_id, o.on_date
                            ORDER BY o.on_date > c."end", c."end" DESC, c.secondment_no) AS place
  FROM account_owner o JOIN chosen c ON c.person_id = o.person_id CROSS JOIN wanted w
  WHERE o.on_date BETWEEN c.first_day AND c.last_day
     OR (o.on_date > c."end" AND o.on_date BETWEEN w.from_day AND w.to_day AND o.party_id = c.host_agency_id
         AND NOT EXISTS (FROM secondments s WHERE s.person_id = c.person_id AND o.on_date BETWEEN s.start AND s."end")
         AND NOT EXISTS (FROM people p WHERE p.person_id = c.person_id AND p.party_id = c.host_agency_id
                         AND o.on_date BETWEEN p.start AND p."end"))
) ranked WHERE place = 1;

CREATE TABLE look AS
SELECT p.secondment_no, p.side, p.late, l.on_date, l."at", l.last_at, l.system, l.account_id, l.insurer_id, l.policy_no,
       l.action, k.kind, l.row_count,
       CASE WHEN i.insurer_id IS NULL THEN NULL ELSE i.insurer_id <> p.home_insurer_id END AS of_others,
       CASE WHEN l.class_no IS NULL THEN 'unresolved' ELSE coalesce(o.verdict, 'entitled') END AS verdict
FROM log l
JOIN look_place p ON p.account_id = l.account_id AND p.on_date = l.on_date
JOIN action_kind k ON k.action = l.action
LEFT JOIN insurers i ON i.insurer_id = l.insurer_id
LEFT JOIN open_pair o ON o.viewer = l.account_id AND o.class_no = l.class_no
 AND l.on_date BETWEEN o.first_day AND o.last_day;

-- The rows stand in `look` now: what they were made of goes.
DROP VIEW passed;
DROP VIEW log;
DROP TABLE kept;

-- Policies first, then their counts: counting distinct ones five times over would take five times the memory.
CREATE TABLE look_policy AS
SELECT secondment_no, count(*) AS looked_policies, count(*) FILTER (of_others) AS looked_others,
       count(*) FILTER (beyond) AS beyond_policies, count(*) FILTER (exported) AS export_policies,
       count(*) FILTER (exported AND of_others) AS export_others
FROM (
  SELECT secondment_no, insurer_id, policy_no, bool_or(of_others) AS of_others,
         bool_or(verdict = 'not_entitled') AS beyond, bool_or(kind = 'export') AS exported
  FROM look WHERE NOT late GROUP BY secondment_no, insurer_id, policy_no
) each_policy
GROUP BY secondment_no;

CREATE TABLE look_row AS
SELECT secondment_no,
       coalesce(sum(row_count) FILTER (NOT late), 0)::BIGINT AS looked_rows,
       min(on_date) FILTER (NOT late) AS first_looked_on, max(on_date) FILTER (NOT late) AS last_looked_on,
       coalesce(sum(row_count) FILTER (NOT late AND verdict = 'not_entitled'), 0)::BIGINT AS beyond_rows,
       coalesce(sum(row_count) FILTER (NOT late AND verdict = 'unresolved'), 0)::BIGINT AS unresolved_rows,
       coalesce(sum(row_count) FILTER (NOT late AND kind = 'export'), 0)::BIGINT AS export_rows,
       count(DISTINCT on_date) FILTER (NOT late AND kind = 'export') AS export_days,
       coalesce(sum(row_count) FILTER (NOT late AND kind = 'unknown'), 0)::BIGINT AS unknown_action_rows,
       coalesce(sum(row_count) FILTER (NOT late AND kind = 'blank'), 0)::BIGINT AS blank_action_rows,
       coalesce(sum(row_count) FILTER (NOT late AND of_others IS NULL), 0)::BIGINT AS unknown_insurer_rows,
       coalesce(sum(row_count) FILTER (NOT late AND side = 'home'), 0)::BIGINT AS home_account_rows,
       coalesce(sum(row_count) FILTER (late), 0)::BIGINT AS rows_after_end
FROM look GROUP BY secondment_no;

CREATE VIEW look_count AS
SELECT r.*, coalesce(p.looked_policies, 0) AS looked_policies, coalesce(p.looked_others, 0) AS looked_others,
       coalesce(p.beyond_policies, 0) AS beyond_policies, coalesce(p.export_policies, 0) AS export_policies,
       coalesce(p.export_others, 0) AS export_others
FROM look_row r LEFT JOIN look_policy p ON p.secondment_no = r.secondment_no;

-- The systems of an account: the one that it is registered for, and others in whose logs it appears though it is
-- registered for none of them (systems bear other names in logs).
CREATE TABLE account_log AS
SELECT h.secondment_no, h.account_id, h.system, h.side, h.system AS log_system,
       greatest(h.start, c.first_day) AS first_day, least(h."end", c.last_day) AS last_day
FROM his_account h JOIN chosen c ON c.secondment_no = h.secondment_no
UNION
SELECT h.secondment_no, h.account_id, h.system, h.side, l.system,
       greatest(h.start, c.first_day), least(h."end", c.last_day)
FROM his_account h JOIN chosen c ON c.secondment_no = h.secondment_no
JOIN (SELECT DISTINCT account_id, system FROM log_account) l ON l.account_id = h.account_id
WHERE NOT EXISTS (FROM account_row a WHERE a.account_id = l.account_id AND a.system = l.system);

CREATE TABLE account_day AS
SELECT a.secondment_no, a.account_id, a.system, a.side, a.day, d.on_date IS NOT NULL AS is_logged
FROM (
  SELECT DISTINCT secondment_no, account_id, system, side, first_day,
         CAST(unnest(generate_series(first_day::TIMESTAMP, last_day::TIMESTAMP, INTERVAL 1 DAY)) AS DATE) AS day
  FROM account_log WHERE first_day <= last_day
) a
LEFT JOIN (
  SELECT DISTINCT a.secondment_no, a.account_id, a.system, a.first_day, d.on_date
  FROM account_log a JOIN log_day d ON d.system = a.log_system AND d.on_date BETWEEN a.first_day AND a.last_day
) d ON d.secondment_no = a.secondment_no AND d.account_id = a.account_id AND d.system = a.system
   AND d.first_day = a.first_day AND d.on_date = a.day;

-- host_log: some host's account has a log; host_log_lacks: some has none.
CREATE TABLE covered AS
SELECT secondment_no, coalesce(bool_or(any_logged) FILTER (side = 'host'), FALSE) AS host_log,
       coalesce(bool_or(NOT any_logged) FILTER (side = 'host'), FALSE) AS host_log_lacks
FROM (SELECT secondment_no, account_id, system, side, bool_or(is_logged) AS any_logged FROM account_day GROUP BY ALL)
GROUP BY secondment_no;

CREATE TABLE logged AS
SELECT secondment_no, count(*) AS logged_days
FROM (SELECT secondment_no, day FROM account_day WHERE side = 'host' GROUP BY ALL HAVING bool_and(is_logged))
GROUP BY secondment_no;
