-- ============================================================================================================
-- ALIKE: policies with a history of their own that, in the log's time, are what others of their party are.
--
-- Consents open more and close nothing. Of transfers only the row that is in force counts; one that is in force in all
-- of the log's time says which agencies serve the policy. So whoever may hold the policies of the class with the same
-- agencies may hold these too; that class alone is asked ahead. What else is allowed (the consent's recipient) is
-- asked when it was seen. A policy that was transferred within the log's time is asked about by itself.
--
-- In:  class, transfers, log_span(first_day, last_day)
-- Out: alike(class_no, as_class_no), and in this schema `class`: those that are asked about
-- ============================================================================================================

CREATE TABLE alike AS
SELECT c.class_no, MIN(b.class_no) AS as_class_no
FROM (
  SELECT c.class_no, c.insurer_id, c.agency_id, c.working_agency_id, c.line, c.source, c.office_id, c.producer_id
  FROM class c LEFT JOIN transfers t ON t.insurer_id = c.insurer_id AND t.policy_no = c.own_no
  WHERE c.own_no <> '' AND t.policy_no IS NULL
  UNION ALL
  SELECT c.class_no, c.insurer_id, COALESCE(t.agency_id, ''), COALESCE(t.working_agency_id, ''), c.line, c.source,
         c.office_id, c.producer_id
  FROM class c JOIN transfers t ON t.insurer_id = c.insurer_id AND t.policy_no = c.own_no
  CROSS JOIN log_span w
  WHERE t.start <= w.first_day AND t."end" >= w.last_day
) c
JOIN class b
  ON b.own_no = '' AND b.insurer_id = c.insurer_id AND b.agency_id = c.agency_id
 AND b.working_agency_id = c.working_agency_id AND b.line = c.line AND b.source = c.source
 AND b.office_id = c.office_id AND b.producer_id = c.producer_id
GROUP BY c.class_no;  -- one of them: where two transfers hold at once, the rest is asked when it was seen

CREATE TABLE ahead.class AS
SELECT c.* FROM main.class c LEFT JOIN alike a ON a.class_no = c.class_no
WHERE a.class_no IS NULL;
