-- ============================================================================================================
-- CLASSES: policies that the rule cannot tell apart.
--
-- What the rule reads of a policy is its insurer, its agencies and its line, and, where some duty asks for it, its
-- office or producer. Policies that agree in these have the same answer, for every viewer and on every day, so one of
-- them is asked for all (docs/adr/0006-whole-sets-by-class.md). A policy with a history of its own (transfers,
-- consents) is a class by itself; so is, where single viewers are asked about, the policy whose holder's mail address
-- one of them bears (ground 7).
--
-- In:  policies, duties, transfers, consents      (registry; `source` and the two keys of policies, and the rule's)
--      addressed(insurer_id, policy_no, email)     policies that are some viewer's own by their mail address
-- Out: policy_key      one row a policy: its keys and what tells it apart
--      class           class_no, what its policies have in common, one of them (policy_no), how many they are
--      class_of        insurer_id, policy_no -> class_no
-- ============================================================================================================

-- Only offices and producers that a duty can ask for tell policies apart.
CREATE TABLE asked_office AS
SELECT DISTINCT office_id FROM duties WHERE COALESCE(office_id, '') <> '';

CREATE TABLE asked_producer AS
SELECT DISTINCT person_id FROM duties WHERE own_only;

CREATE TABLE single AS
SELECT insurer_id, policy_no FROM transfers
UNION
SELECT insurer_id, policy_no FROM consents
UNION
SELECT insurer_id, policy_no FROM addressed;

CREATE VIEW policy_key AS
SELECT p.insurer_id, p.policy_no,
       COALESCE(p.agency_id, '') AS agency_id,
       COALESCE(p.working_agency_id, '') AS working_agency_id,
       COALESCE(p.line, '') AS line,
       COALESCE(p.source, '') AS source,
       COALESCE(o.office_id, '') AS office_id,
       COALESCE(r.person_id, '') AS producer_id,
       CASE WHEN s.policy_no IS NULL THEN '' ELSE p.policy_no END AS own_no
FROM policies p
LEFT JOIN asked_office o ON o.office_id = p.office_id
LEFT JOIN asked_producer r ON r.person_id = p.producer_id
LEFT JOIN single s ON s.insurer_id = p.insurer_id AND s.policy_no = p.policy_no;

CREATE TABLE class AS
SELECT CAST(ROW_NUMBER() OVER (ORDER BY insurer_id, agency_id, working_agency_id, line, source, office_id, producer_id,
                                        own_no) AS INTEGER) AS class_no,
       insurer_id, agency_id, working_agency_id, line, source, office_id, producer_id, own_no,
       policy_no, policy_count
FROM (
  SELECT insurer_id, agency_id, working_agency_id, line, source, office_id, producer_id, own_no,
         MIN(policy_no) AS policy_no, COUNT(*) AS policy_count
  FROM policy_key
  GROUP BY insurer_id, agency_id, working_agency_id, line, source, office_id, producer_id, own_no
) grouped;

CREATE TABLE class_of AS
SELECT k.insurer_id, k.policy_no, c.class_no
FROM policy_key k
JOIN class c
  ON c.insurer_id = k.insurer_id AND c.agency_id = k.agency_id AND c.working_agency_id = k.working_agency_id
 AND c.line = k.line AND c.source = k.source AND c.office_id = k.office_id AND c.producer_id = k.producer_id
 AND c.own_no = k.own_no;
