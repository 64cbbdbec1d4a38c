-- Further steps of settling.sql, once the rule (`acting`) has said who the viewers are:
--   stood(viewer, on_date, party_id, person_id, nobody)   every party on each viewer_day; no row: unknown
--   standing(viewer, day, party_id, party_count)          the same in one row

-- From day to day: for whom the viewer's question is asked. `asked_as`: his party, or himself.
CREATE TABLE stint AS
SELECT d.viewer, d.day AS first_day,
       COALESCE(CAST(LEAD(d.day) OVER (PARTITION BY d.viewer ORDER BY d.day) - INTERVAL '1' DAY AS DATE),
                DATE '9999-12-31') AS last_day,
       CASE WHEN o.viewer IS NULL AND s.party_count = 1 THEN s.party_id ELSE d.viewer END AS asked_as,
       s.party_id
FROM viewer_day d
LEFT JOIN standing s ON s.viewer = d.viewer AND s.day = d.day
LEFT JOIN own_answer o ON o.viewer = d.viewer;

CREATE TABLE seen_stint AS
SELECT p.viewer, p.class_no, t.asked_as,
       CASE WHEN p.first_day > t.first_day THEN p.first_day ELSE t.first_day END AS first_day,
       CASE WHEN p.last_day < t.last_day THEN p.last_day ELSE t.last_day END AS last_day
FROM seen_pair p
JOIN stint t ON t.viewer = p.viewer AND t.first_day <= p.last_day AND t.last_day >= p.first_day;

CREATE TABLE asked_pair AS
SELECT s.asked_as, s.class_no, MIN(s.first_day) AS first_day, MAX(s.last_day) AS last_day,
       c.insurer_id, c.agency_id, c.working_agency_id, c.policy_no, c.own_no
FROM seen_stint s JOIN class c ON c.class_no = s.class_no
GROUP BY s.asked_as, s.class_no, c.insurer_id, c.agency_id, c.working_agency_id, c.policy_no, c.own_no;

-- Parties for whom something is asked: the party itself, or every party that the viewer ever stood for.
CREATE TABLE asked_party AS
SELECT DISTINCT asked_as, party_id FROM stint WHERE asked_as = party_id
UNION
SELECT t.asked_as, s.party_id FROM stint t JOIN stood s ON s.viewer = t.asked_as WHERE s.party_id IS NOT NULL;

-- Periods of relations between a party and the insurer or agencies of a class. A superset of those the rule reads.
CREATE TABLE relation_period AS
SELECT q.asked_as, a.insurer_id, '' AS agency_id, a.start, a."end"
FROM asked_party q JOIN appointments a ON a.agency_id = q.party_id
UNION ALL
SELECT q.asked_as, '', v.working_agency_id, v.start, v."end"
FROM asked_party q JOIN supervisions v ON v.supervising_agency_id = q.party_id
UNION ALL
SELECT q.asked_as, '', v.supervising_agency_id, v.start, v."end"
FROM asked_party q JOIN supervisions v ON v.working_agency_id = q.party_id
UNION ALL
SELECT q.asked_as, i.insurer_id, '', j.start, j."end"
FROM asked_party q
JOIN joint_uses j ON instr(';' || replace(j.party_ids, ' ', '') || ';', ';' || q.party_id || ';') > 0
JOIN insurers i ON instr(';' || replace(j.party_ids, ' ', '') || ';', ';' || i.insurer_id || ';') > 0;

CREATE TABLE policy_period AS
SELECT t.insurer_id, t.policy_no, t.start, t."end" FROM transfers t
UNION ALL
SELECT k.insurer_id, k.policy_no, k.start, k."end" FROM consents k
UNION ALL
SELECT k.insurer_id, k.policy_no, k.withdrawn_on, DATE '9999-12-31' FROM consents k WHERE k.withdrawn_on IS NOT NULL;

CREATE VIEW pair_period AS
SELECT p.asked_as, p.class_no, p.first_day, p.last_day, r.start, r."end"
FROM asked_pair p JOIN relation_period r ON r.asked_as = p.asked_as AND r.insurer_id = p.insurer_id
UNION ALL
SELECT p.asked_as, p.class_no, p.first_day, p.last_day, r.start, r."end"
FROM asked_pair p JOIN relation_period r ON r.asked_as = p.asked_as AND r.agency_id = p.agency_id
WHERE r.agency_id <> ''
UNION ALL
SELECT p.asked_as, p.class_no, p.first_day, p.last_day, r.start, r."end"
FROM asked_pair p JOIN relation_period r ON r.asked_as = p.asked_as AND r.agency_id = p.working_agency_id
WHERE r.agency_id <> ''
UNION ALL
SELECT p.asked_as, p.class_no, p.first_day, p.last_day, r.start, r."end"
FROM asked_pair p JOIN relation_period r ON r.asked_as = p.asked_as
WHERE p.own_no <> '' AND r.agency_id <> ''
UNION ALL
SELECT p.asked_as, p.class_no, p.first_day, p.last_day, s.start, s."end"
FROM asked_pair p JOIN policy_period s ON s.insurer_id = p.insurer_id AND s.policy_no = p.own_no
UNION ALL
SELECT p.asked_as, p.class_no, p.first_day, p.last_day, v.start, v."end"
FROM asked_pair p JOIN viewer_period v ON v.viewer = p.asked_as;

CREATE TABLE question AS
SELECT ROW_NUMBER() OVER (ORDER BY asked_as, class_no, day) - 1 AS ask_id, asked_as, class_no, day,
       COALESCE(CAST(LEAD(day) OVER (PARTITION BY asked_as, class_no ORDER BY day) - INTERVAL '1' DAY AS DATE),
                DATE '9999-12-31') AS last_day
FROM (
  SELECT asked_as, class_no, first_day AS day FROM asked_pair
  UNION
  SELECT asked_as, class_no, start FROM pair_period WHERE start > first_day AND start <= last_day
  UNION
  SELECT asked_as, class_no, CAST("end" + INTERVAL '1' DAY AS DATE) FROM pair_period
  WHERE "end" >= first_day AND "end" < last_day
) days;
