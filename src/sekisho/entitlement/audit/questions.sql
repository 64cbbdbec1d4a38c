-- Further steps, once it is known what is asked for whom:
--   asked_pair(asked_as, class_no, first_day, last_day, insurer_id, agency_id, working_agency_id, policy_no, own_no)

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
