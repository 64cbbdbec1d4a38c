-- Further steps of classes.sql, where the nodes of a cluster read the ledger themselves: the class of each policy, out
-- of the classes that were numbered here (classes.py; the tests hold the two together).
--
-- In:  policies, class, asked_office, asked_producer, single
-- Out: policy_key      one row a policy: its keys and what tells it apart
--      class_of        insurer_id, policy_no -> class_no

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

CREATE VIEW class_of AS
SELECT k.insurer_id, k.policy_no, c.class_no
FROM policy_key k
JOIN class c
  ON c.insurer_id = k.insurer_id AND c.agency_id = k.agency_id AND c.working_agency_id = k.working_agency_id
 AND c.line = k.line AND c.source = k.source AND c.office_id = k.office_id AND c.producer_id = k.producer_id
 AND c.own_no = k.own_no;
