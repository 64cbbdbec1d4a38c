-- ============================================================================================================
-- NEAR: the parties that the rule could allow a class of policies at all, whatever the day.
--
-- Too many cost questions; too few: what is not near is taken for not allowed where scopes are audited (scopes.sql), and
-- is asked later where a log is (ahead.sql).
--
-- In:  class, the registry's small tables
-- Out: near_party(class_no, party_id)
-- ============================================================================================================

-- Every agency that a class was ever served by, and whoever ever supervised it.
CREATE TABLE class_agency AS
SELECT class_no, agency_id FROM class WHERE agency_id <> ''
UNION
SELECT class_no, working_agency_id FROM class WHERE working_agency_id <> ''
UNION
SELECT c.class_no, t.agency_id FROM class c JOIN transfers t ON t.insurer_id = c.insurer_id AND t.policy_no = c.own_no
UNION
SELECT c.class_no, t.working_agency_id FROM class c
JOIN transfers t ON t.insurer_id = c.insurer_id AND t.policy_no = c.own_no WHERE t.working_agency_id <> '';

CREATE TABLE near_party AS
SELECT class_no, insurer_id AS party_id FROM class
UNION
SELECT class_no, agency_id FROM class_agency
UNION
SELECT a.class_no, v.supervising_agency_id FROM class_agency a JOIN supervisions v ON v.working_agency_id = a.agency_id
UNION
SELECT c.class_no, k.recipient_id FROM class c
JOIN consents k ON k.insurer_id = c.insurer_id AND k.policy_no = c.own_no
UNION
SELECT c.class_no, m.party_id FROM class c
JOIN (
  SELECT i.insurer_id, q.party_id
  FROM joint_uses j
  JOIN insurers i ON instr(';' || replace(j.party_ids, ' ', '') || ';', ';' || i.insurer_id || ';') > 0
  JOIN (SELECT insurer_id AS party_id FROM insurers UNION SELECT agency_id FROM agencies) q
    ON instr(';' || replace(j.party_ids, ' ', '') || ';', ';' || q.party_id || ';') > 0
) m ON m.insurer_id = c.insurer_id;
