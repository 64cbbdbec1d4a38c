-- ============================================================================================================
-- TIMELINE: what happened to and by one person, day by day. That one thing comes before another proves no cause.
--
-- In:  chosen, his_account, his_address, look, his_finding, wanted
-- Out: event
-- ============================================================================================================

CREATE TABLE event AS
SELECT start AS on_date, 1 AS place, secondment_no, 'secondment_start' AS kind,
       home_insurer_id || '→' || host_agency_id AS what, '' AS channel,
       '' AS recipient_party, NULL::BIGINT AS row_count, NULL::BIGINT AS policy_count, NULL::BIGINT AS others_count
FROM chosen
UNION ALL
SELECT nullif(start, DATE '0001-01-01'), 2, secondment_no, side || '_account_start',
       account_id || ' (' || system || ')', '', '', NULL, NULL, NULL FROM his_account
UNION ALL
SELECT nullif(start, DATE '0001-01-01'), 3, secondment_no, side || '_address_start', address, '', '', NULL, NULL, NULL
FROM his_address
UNION ALL
SELECT min(on_date), 4, secondment_no, 'first_look', account_id || ' (' || min(system) || ')', '', '',
       sum(row_count), count(DISTINCT (insurer_id, policy_no)),
       count(DISTINCT (insurer_id, policy_no)) FILTER (of_others)
FROM look WHERE NOT late GROUP BY secondment_no, account_id
UNION ALL
SELECT on_date, 5, secondment_no, 'beyond', account_id, '', '', sum(row_count),
       count(DISTINCT (insurer_id, policy_no)), count(DISTINCT (insurer_id, policy_no)) FILTER (of_others)
FROM look WHERE NOT late AND verdict = 'not_entitled' GROUP BY secondment_no, on_date, account_id
UNION ALL
SELECT on_date, 6, secondment_no, 'export', string_agg(DISTINCT action, '・' ORDER BY action), '', '', sum(row_count),
       count(DISTINCT (insurer_id, policy_no)), count(DISTINCT (insurer_id, policy_no)) FILTER (of_others)
FROM look WHERE NOT late AND kind = 'export' GROUP BY secondment_no, on_date
UNION ALL
SELECT on_date, 7, secondment_no, CASE WHEN to_home AND decided THEN 'home_finding' WHEN to_home THEN 'home_unresolved'
       WHEN sent THEN 'sent_finding' ELSE 'seen_finding' END AS finding_kind, cause, channel, recipient_party,
       count(*), count(DISTINCT (insurer_id, policy_no)), count(DISTINCT (insurer_id, policy_no)) FILTER (of_others)
FROM his_finding GROUP BY secondment_no, on_date, finding_kind, cause, channel, recipient_party
UNION ALL
SELECT max(on_date), 8, secondment_no, 'last_look', account_id || ' (' || min(system) || ')', '', '',
       NULL, NULL, NULL
FROM look WHERE NOT late GROUP BY secondment_no, account_id
UNION ALL
SELECT c."end", 9, c.secondment_no, 'secondment_end', c.home_insurer_id || '→' || c.host_agency_id, '', '', NULL, NULL, NULL
FROM chosen c WHERE c."end" < DATE '9999-12-31'
UNION ALL
SELECT nullif(h."end", DATE '9999-12-31'), 10, h.secondment_no, h.side || '_account_end',
       h.account_id || ' (' || h.system || ')', '', '', NULL, NULL, NULL FROM his_account h
UNION ALL
SELECT nullif("end", DATE '9999-12-31'), 11, secondment_no, side || '_address_end', address, '', '', NULL, NULL, NULL
FROM his_address
UNION ALL
SELECT on_date, 12, secondment_no, 'late_look', account_id, '', '', sum(row_count),
       count(DISTINCT (insurer_id, policy_no)), count(DISTINCT (insurer_id, policy_no)) FILTER (of_others)
FROM look WHERE late GROUP BY secondment_no, on_date, account_id;
