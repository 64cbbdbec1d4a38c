-- ============================================================================================================
-- AHEAD: what the rule surely allows, asked before a long log is read.
--
-- Every party and every class near it, and every viewer with an answer of his own and the classes near his parties: so
-- most rows of a log need no look of their own. What is not asked here is asked when it was seen (pairs.sql).
--
-- In:  stint, asked_party (stints.sql), near_party (near.sql), class, log_span(first_day, last_day)
-- Out: asked_pair      (then asked: questions.sql)
-- ============================================================================================================

-- Of an insurer, say, with a thousand classes, the hundreds of people with duties are not asked ahead one by one.
CREATE TABLE wide_party AS
SELECT party_id FROM near_party GROUP BY party_id HAVING COUNT(*) > 1000;

CREATE TABLE asked_pair AS
SELECT DISTINCT q.asked_as, c.class_no, w.first_day, w.last_day,
       c.insurer_id, c.agency_id, c.working_agency_id, c.policy_no, c.own_no
FROM asked_party q
JOIN near_party n ON n.party_id = q.party_id
JOIN class c ON c.class_no = n.class_no
LEFT JOIN wide_party b ON b.party_id = q.party_id
CROSS JOIN log_span w
WHERE q.asked_as = q.party_id OR b.party_id IS NULL;
