-- Two tables of counted lines compared (before_lines, after_lines): every line of either once, with its reason.
-- $before_day, $after_day: the days by which they were counted.
CREATE TABLE gone AS FROM before_lines ANTI JOIN after_lines USING (cause, agency_id, insurer_id, policy_no);
CREATE TABLE come AS FROM after_lines ANTI JOIN before_lines USING (cause, agency_id, insurer_id, policy_no);

-- A line that is gone and one that came are one line that moved, when agency and policy are the same (another cause) …
CREATE TABLE moved AS
SELECT g.cause AS cause_before, c.cause, g.agency_id AS agency_before, c.agency_id, g.insurer_id, g.policy_no
FROM (SELECT *, row_number() OVER (PARTITION BY agency_id, insurer_id, policy_no ORDER BY cause) AS place FROM gone) AS g
JOIN (SELECT *, row_number() OVER (PARTITION BY agency_id, insurer_id, policy_no ORDER BY cause) AS place FROM come) AS c
  USING (agency_id, insurer_id, policy_no, place);
-- … or, of what is left, when cause and policy are the same (another agency).
INSERT INTO moved
WITH g AS (
  SELECT g.*, row_number() OVER (PARTITION BY cause, insurer_id, policy_no ORDER BY agency_id) AS place FROM gone AS g
  ANTI JOIN moved AS m ON m.cause_before = g.cause AND m.agency_before = g.agency_id
    AND m.insurer_id = g.insurer_id AND m.policy_no = g.policy_no
), c AS (
  SELECT c.*, row_number() OVER (PARTITION BY cause, insurer_id, policy_no ORDER BY agency_id) AS place FROM come AS c
  ANTI JOIN moved AS m ON m.cause = c.cause AND m.agency_id = c.agency_id
    AND m.insurer_id = c.insurer_id AND m.policy_no = c.policy_no
)
SELECT g.cause, c.cause, g.agency_id, c.agency_id, g.insurer_id, g.policy_no
FROM g JOIN c USING (cause, insurer_id, policy_no, place);

-- Which line before is which line after.
CREATE TABLE same_line AS
SELECT cause AS cause_before, cause, agency_id AS agency_before, agency_id, insurer_id, policy_no
FROM before_lines SEMI JOIN after_lines USING (cause, agency_id, insurer_id, policy_no)
UNION ALL FROM moved;

CREATE TABLE compared AS
WITH paired AS (
  SELECT s.cause_before, s.cause, s.agency_before, s.agency_id, s.insurer_id, s.policy_no,
         b.person AS person_before, a.person, b.kind AS kind_before, a.kind,
         b.finding_count AS finding_count_before, a.finding_count,
         b.findings_sha256 <> a.findings_sha256 AS other_findings,
         coalesce(r.counted_as, b.person) AS decided_as
  FROM same_line AS s
  JOIN before_lines AS b ON b.cause = s.cause_before AND b.agency_id = s.agency_before
   AND b.insurer_id = s.insurer_id AND b.policy_no = s.policy_no
  JOIN after_lines AS a ON a.cause = s.cause AND a.agency_id = s.agency_id
   AND a.insurer_id = s.insurer_id AND a.policy_no = s.policy_no
  LEFT JOIN renamed AS r ON r.person = b.person
), told AS (
  SELECT *,
    CASE WHEN cause_before <> cause THEN
           CASE WHEN (cause_before, cause) IN (SELECT (o.cause_before, o.cause) FROM once AS o) THEN 'counted_once'
                ELSE 'recaused' END
         WHEN agency_before <> agency_id THEN 'agency' ELSE '' END AS line_reason,
    CASE WHEN person_before <> person THEN
           CASE WHEN decided_as = person THEN 'decided'
                WHEN (person_before, person) IN (SELECT (p.person_before, p.person) FROM parted AS p) THEN 'parted'
                ELSE 'holder_data' END
         WHEN (kind_before = 'corporate') <> (kind = 'corporate') THEN 'kind' ELSE '' END AS changed
  FROM paired
)
SELECT CASE WHEN line_reason <> '' THEN 'moved' ELSE 'changed' END AS what,
       CASE WHEN line_reason <> '' THEN line_reason WHEN changed <> '' THEN changed
            WHEN other_findings OR finding_count_before <> finding_count THEN 'evidence' ELSE '' END AS reason,
       insurer_id, policy_no, cause_before, cause, agency_before, agency_id, person_before, person,
       kind_before, kind, finding_count_before, finding_count, line_reason,
       CASE WHEN changed <> '' THEN changed ELSE line_reason END AS holder_reason
FROM told
UNION ALL
SELECT 'went', why, insurer_id, policy_no, cause, NULL, agency_id, NULL, person, NULL, kind, NULL, finding_count, NULL,
       why, why
FROM (SELECT *, CASE WHEN first_on > $after_day THEN 'after_as_of' ELSE 'not_found' END AS why FROM gone AS g
      ANTI JOIN same_line AS s ON s.cause_before = g.cause AND s.agency_before = g.agency_id
       AND s.insurer_id = g.insurer_id AND s.policy_no = g.policy_no)
UNION ALL
SELECT 'came', why, insurer_id, policy_no, NULL, cause, NULL, agency_id, NULL, person, NULL, kind, NULL, finding_count,
       why, why
FROM (SELECT *, CASE WHEN first_on > $before_day THEN 'happened_since' ELSE 'new_evidence' END AS why FROM come AS c
      ANTI JOIN same_line AS s ON s.cause = c.cause AND s.agency_id = c.agency_id
       AND s.insurer_id = c.insurer_id AND s.policy_no = c.policy_no);

-- The lines of both sides, as figures count them.
CREATE TABLE side AS
SELECT true AS is_old, cause_before AS cause, agency_before AS agency_id, insurer_id, policy_no, person_before AS person,
       kind_before AS kind, finding_count_before AS finding_count, line_reason, holder_reason
FROM compared WHERE cause_before IS NOT NULL
UNION ALL
SELECT false, cause, agency_id, insurer_id, policy_no, person, kind, finding_count, line_reason, holder_reason
FROM compared WHERE cause IS NOT NULL;
