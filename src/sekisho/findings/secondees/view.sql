-- ============================================================================================================
-- VIEW: one row for each secondment (secondees.model). What the evidence cannot tell is NULL, and `unknown` says why.
--
-- In:  chosen, his_account, his_address, shared_account     who.sql
--      reached, office_scope                                reach.py
--      look_count, covered, logged                          looking.sql; empty without logs
--      took, seen_before                                    took.sql; empty without findings
--      given(logs, scopes, mail, file, access)              which evidence there is
--      people
-- ============================================================================================================

CREATE TABLE known AS
SELECT c.secondment_no,
       -- he looked, or a log of a host's system of his reaches into his days: then none is none
       g.logs AND (coalesce(v.host_log, FALSE) OR coalesce(l.looked_rows, 0) > 0) AS looks,
       g.logs AND (coalesce(v.host_log, FALSE) OR coalesce(l.looked_rows, 0) > 0)
         AND NOT (coalesce(l.looked_rows, 0) > 0 AND l.blank_action_rows = l.looked_rows) AS exports,
       NOT EXISTS (FROM his_account h WHERE h.secondment_no = c.secondment_no AND h.side = 'host') AS no_account
FROM chosen c CROSS JOIN given g
LEFT JOIN covered v ON v.secondment_no = c.secondment_no
LEFT JOIN look_count l ON l.secondment_no = c.secondment_no;

CREATE TABLE mark AS
SELECT h.secondment_no, 1 AS place, 'account_open_after_end' AS code FROM his_account h JOIN chosen c USING (secondment_no)
CROSS JOIN wanted w WHERE h.outlives AND c."end" < w.to_day AND h."end" > c."end"
UNION SELECT l.secondment_no, 2, 'used_after_end' FROM look_count l WHERE l.rows_after_end > 0
UNION SELECT h.secondment_no, 3, 'account_outlives' FROM his_account h JOIN chosen c USING (secondment_no)
CROSS JOIN wanted w WHERE h.outlives AND c."end" >= w.to_day AND c."end" < DATE '9999-12-31'
UNION SELECT secondment_no, 4, 'account_early' FROM his_account WHERE early
UNION SELECT l.secondment_no, 5, 'home_account_used' FROM look_count l WHERE l.home_account_rows > 0
UNION SELECT secondment_no, 6, 'home_account' FROM his_account WHERE side = 'home'
UNION SELECT secondment_no, 7, 'home_mailbox' FROM his_address WHERE side = 'home';

CREATE TABLE lack AS
SELECT k.secondment_no, 1 AS place, 'no_account' AS code FROM known k WHERE k.no_account
UNION SELECT secondment_no, 2, 'shared_account' FROM shared_account
UNION SELECT r.secondment_no, 3, 'not_acting' FROM reached r WHERE NOT r.acts
UNION SELECT c.secondment_no, 4, 'no_scopes' FROM chosen c CROSS JOIN given g WHERE NOT g.scopes
UNION SELECT secondment_no, 5, 'office_scopes' FROM office_scope
UNION SELECT c.secondment_no, 6, 'no_log' FROM chosen c CROSS JOIN given g WHERE NOT g.logs
UNION SELECT k.secondment_no, 7, 'no_log_of_system' FROM known k CROSS JOIN given g
LEFT JOIN covered v ON v.secondment_no = k.secondment_no
WHERE g.logs AND NOT k.no_account AND (v.secondment_no IS NULL OR NOT v.host_log OR v.host_log_lacks)
UNION SELECT k.secondment_no, 8, 'log_gaps' FROM known k CROSS JOIN given g JOIN chosen c USING (secondment_no)
LEFT JOIN logged d USING (secondment_no)
WHERE g.logs AND k.looks AND coalesce(d.logged_days, 0) < c.last_day - c.first_day + 1
UNION SELECT secondment_no, 9, 'no_action' FROM look_count WHERE blank_action_rows > 0
UNION SELECT secondment_no, 10, 'unknown_action' FROM look_count WHERE unknown_action_rows > 0
UNION SELECT secondment_no, 11, 'unknown_insurer' FROM look_count WHERE unknown_insurer_rows > 0
UNION SELECT secondment_no, 12, 'unresolved_look' FROM look_count WHERE unresolved_rows > 0
UNION SELECT c.secondment_no, 13, 'no_mail' FROM chosen c CROSS JOIN given g WHERE NOT g.mail
UNION SELECT c.secondment_no, 14, 'no_file' FROM chosen c CROSS JOIN given g WHERE NOT g.file
UNION SELECT secondment_no, 15, 'unresolved_home' FROM took WHERE home_unresolved > 0;

CREATE TABLE view_row AS
SELECT c.secondment_no, c.person_id,
       coalesce((SELECT min(p.name) FROM people p WHERE p.person_id = c.person_id), '') AS name,
       c.home_insurer_id, c.host_agency_id, c.start, nullif(c."end", DATE '9999-12-31') AS "end", c.last_day AS as_of,
       coalesce(a.accounts, '') AS accounts, coalesce(m.addresses, '') AS addresses,
       r.may_see_own, r.may_see_others, r.may_see_insurers, r.scope_policies, r.scope_beyond, r.scope_beyond_others,
       CASE WHEN k.looks THEN coalesce(l.looked_rows, 0) END AS looked_rows,
       CASE WHEN k.looks THEN coalesce(l.looked_policies, 0) END AS looked_policies,
       CASE WHEN k.looks THEN coalesce(l.looked_others, 0) END AS looked_others,
       l.first_looked_on, l.last_looked_on,
       CASE WHEN k.looks THEN coalesce(l.beyond_rows, 0) WHEN g.access THEN coalesce(t.seen_findings, 0) END
         AS beyond_rows,
       CASE WHEN k.looks THEN coalesce(l.beyond_policies, 0) WHEN g.access THEN coalesce(t.seen_policies, 0) END
         AS beyond_policies,
       CASE WHEN k.looks THEN coalesce(l.unresolved_rows, 0) END AS unresolved_rows,
       CASE WHEN k.exports THEN coalesce(l.export_rows, 0) END AS export_rows,
       CASE WHEN k.exports THEN coalesce(l.export_policies, 0) END AS export_policies,
       CASE WHEN k.exports THEN coalesce(l.export_others, 0) END AS export_others,
       CASE WHEN k.exports THEN coalesce(l.export_days, 0) END AS export_days,
       CASE WHEN k.looks THEN coalesce(l.unknown_action_rows, 0) END AS unknown_action_rows,
       CASE WHEN g.logs AND (k.looks OR coalesce(l.rows_after_end, 0) > 0) THEN coalesce(l.rows_after_end, 0) END
         AS rows_after_end,
       c.last_day - c.first_day + 1 AS secondment_days,
       CASE WHEN g.logs AND NOT k.no_account THEN coalesce(d.logged_days, 0) END AS logged_days,
       CASE WHEN g.mail OR g.file THEN coalesce(t.home_findings, 0) END AS home_findings,
       CASE WHEN g.mail OR g.file THEN coalesce(t.home_policies, 0) END AS home_policies,
       CASE WHEN g.mail OR g.file THEN coalesce(t.home_b1_policies, 0) END AS home_b1_policies,
       CASE WHEN g.mail OR g.file THEN coalesce(t.home_b2_policies, 0) END AS home_b2_policies,
       CASE WHEN g.mail THEN coalesce(t.home_mail_policies, 0) END AS home_mail_policies,
       CASE WHEN g.file THEN coalesce(t.home_file_policies, 0) END AS home_file_policies,
       CASE WHEN k.looks AND (g.mail OR g.file) THEN coalesce(b.home_looked_policies, 0) END AS home_looked_policies,
       CASE WHEN k.exports AND (g.mail OR g.file) THEN coalesce(b.home_exported_policies, 0) END
         AS home_exported_policies,
       t.home_first_on, t.home_last_on,
       CASE WHEN g.mail OR g.file THEN coalesce(t.home_unresolved, 0) END AS home_unresolved,
       CASE WHEN g.mail OR g.file OR g.access THEN coalesce(t.other_findings, 0) END AS other_findings,
       coalesce((SELECT string_agg(code, ';' ORDER BY place) FROM mark WHERE mark.secondment_no = c.secondment_no), '')
         AS marks,
       coalesce((SELECT string_agg(code, ';' ORDER BY place) FROM lack WHERE lack.secondment_no = c.secondment_no), '')
         AS unknown
FROM chosen c
CROSS JOIN given g
JOIN known k ON k.secondment_no = c.secondment_no
LEFT JOIN reached r ON r.secondment_no = c.secondment_no
LEFT JOIN look_count l ON l.secondment_no = c.secondment_no
LEFT JOIN logged d ON d.secondment_no = c.secondment_no
LEFT JOIN took t ON t.secondment_no = c.secondment_no
LEFT JOIN seen_before b ON b.secondment_no = c.secondment_no
LEFT JOIN (SELECT secondment_no, string_agg(account, ';' ORDER BY account) AS accounts
           FROM (SELECT DISTINCT secondment_no, account_id || ' (' || system || ')' AS account FROM his_account)
           GROUP BY secondment_no) a
  ON a.secondment_no = c.secondment_no
LEFT JOIN (SELECT secondment_no, string_agg(DISTINCT address, ';' ORDER BY address) AS addresses
           FROM his_address GROUP BY secondment_no) m
  ON m.secondment_no = c.secondment_no;
