-- Further steps: the pairs that were seen, by whom they are asked for.

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
