-- ============================================================================================================
-- TOOK: findings with one of these people, by secondment. One finding is counted once, however often it is given.
--
-- In:  finding         findings as written, chosen, wanted
--      look            looking.sql; empty without logs
-- Out: his_finding     finding × secondment: to_home, decided
--      took            counts by secondment
--      outside         findings that name one of them as sender outside his secondments
-- ============================================================================================================

CREATE TABLE dated_finding AS
SELECT DISTINCT ON (finding_id) *, TRY_CAST(left("at", 10) AS DATE) AS on_date,
       NOT starts_with(coalesce(ground_missing, ''), 'unresolved:') AS decided
FROM finding ORDER BY finding_id;

-- As the sender; or, in a system, as the one who looked (recipients there are viewers).
CREATE TABLE named_finding AS
SELECT sender_person AS person_id, TRUE AS sent, f.* FROM dated_finding f WHERE coalesce(sender_person, '') <> ''
UNION ALL
SELECT unnest(string_split(recipient_person, ';')), FALSE, f.* FROM dated_finding f
WHERE channel IN ('access', 'delivery') AND coalesce(recipient_person, '') <> '';

CREATE TABLE his_finding AS
SELECT * EXCLUDE (place) FROM (
  SELECT c.secondment_no, f.finding_id, f.on_date, f.channel, f.cause, f.insurer_id, f.policy_no, f.recipient_party,
         f.agency_id, f.decided, f.sent, f.sent AND f.recipient_party = c.home_insurer_id AS to_home,
         f.insurer_id <> c.home_insurer_id AS of_others,
         ROW_NUMBER() OVER (PARTITION BY f.finding_id, f.person_id ORDER BY f.sent DESC, c.secondment_no) AS place
  FROM named_finding f JOIN chosen c ON c.person_id = f.person_id AND f.on_date BETWEEN c.first_day AND c.last_day
) ranked WHERE place = 1;

-- Of what went home: what he had looked at, or exported, by that day. Facts side by side; none proves the other's cause.
CREATE TABLE seen_before AS
SELECT f.secondment_no, count(DISTINCT (f.insurer_id, f.policy_no)) AS home_looked_policies,
       count(DISTINCT (f.insurer_id, f.policy_no)) FILTER (l.kind = 'export') AS home_exported_policies
FROM his_finding f
JOIN look l ON l.secondment_no = f.secondment_no AND l.insurer_id = f.insurer_id AND l.policy_no = f.policy_no
 AND l.on_date <= f.on_date
WHERE f.to_home AND f.decided
GROUP BY f.secondment_no;

CREATE TABLE took AS
SELECT secondment_no,
       count(*) FILTER (to_home AND decided) AS home_findings,
       count(DISTINCT (insurer_id, policy_no)) FILTER (to_home AND decided) AS home_policies,
       count(DISTINCT (insurer_id, policy_no)) FILTER (to_home AND decided AND cause = 'B1') AS home_b1_policies,
       count(DISTINCT (insurer_id, policy_no)) FILTER (to_home AND decided AND cause = 'B2') AS home_b2_policies,
       count(DISTINCT (insurer_id, policy_no)) FILTER (to_home AND decided AND channel = 'mail') AS home_mail_policies,
       count(DISTINCT (insurer_id, policy_no)) FILTER (to_home AND decided AND channel = 'file') AS home_file_policies,
       min(on_date) FILTER (to_home AND decided) AS home_first_on, max(on_date) FILTER (to_home AND decided)
         AS home_last_on,
       count(*) FILTER (to_home AND NOT decided) AS home_unresolved,
       count(*) FILTER (NOT to_home) AS other_findings,
       count(*) FILTER (channel = 'access' AND decided) AS seen_findings,
       count(DISTINCT (insurer_id, policy_no)) FILTER (channel = 'access' AND decided) AS seen_policies
FROM his_finding GROUP BY secondment_no;

-- On no day, or on a day of none of their secondments: told apart, for they may belong to one all the same.
CREATE VIEW outside AS
SELECT DISTINCT f.finding_id FROM named_finding f
JOIN (SELECT DISTINCT person_id FROM chosen) c ON c.person_id = f.person_id
CROSS JOIN wanted w
WHERE f.sent AND (f.on_date IS NULL OR f.on_date BETWEEN w.from_day AND w.to_day)
  AND NOT EXISTS (FROM secondments s WHERE s.person_id = f.person_id AND f.on_date BETWEEN s.start AND s."end");
