-- ============================================================================================================
-- SETTLING: of very many pairs (viewer, class of policies, from day to day) those that the rule allows throughout.
--
-- The rule is asked, not written again. These tables find few questions that stand for all of them:
--   * of a viewer only the days on which who he is may change,
--   * for viewers that nothing tells apart from their party (no duty, no consent of their own) the party once,
--   * of a pair only the days on which its relations may change.
-- What a table here names too many costs a question; too few would be an error: the tests hold this against the naive
-- reference day by day.
--
-- In:  viewer_span(viewer, first_day, last_day), class, addressed, the registry's small tables
-- ============================================================================================================

CREATE TABLE seen_viewer AS
SELECT viewer, first_day, last_day,
       CASE WHEN instr(viewer, '@') > 1 THEN substr(viewer, instr(viewer, '@')) END AS domain
FROM viewer_span;

CREATE TABLE viewer_person AS
SELECT v.viewer, a.person_id FROM seen_viewer v JOIN accounts a ON a.account_id = v.viewer WHERE a.person_id <> ''
UNION
SELECT v.viewer, e.person_id FROM seen_viewer v JOIN people e ON e.person_id = v.viewer
UNION
SELECT v.viewer, m.person_id FROM seen_viewer v JOIN addresses m ON m.address = v.viewer WHERE m.person_id <> '';

-- Days on which who a viewer is, or what he has duties for, may change. A period that ends changes it the day after.
CREATE VIEW viewer_period AS
SELECT v.viewer, a.start, a."end" FROM seen_viewer v JOIN accounts a ON a.account_id = v.viewer
UNION ALL
SELECT v.viewer, m.start, m."end" FROM seen_viewer v JOIN addresses m ON m.address = v.viewer
UNION ALL
SELECT v.viewer, m.start, m."end" FROM seen_viewer v JOIN addresses m ON m.address = v.domain
UNION ALL
SELECT w.viewer, e.start, e."end" FROM viewer_person w JOIN people e ON e.person_id = w.person_id
UNION ALL
SELECT w.viewer, s.start, s."end" FROM viewer_person w JOIN secondments s ON s.person_id = w.person_id
UNION ALL
SELECT w.viewer, d.start, d."end" FROM viewer_person w JOIN duties d ON d.person_id = w.person_id;

CREATE TABLE viewer_day AS
SELECT viewer, first_day AS day FROM seen_viewer
UNION
SELECT v.viewer, p.start FROM seen_viewer v JOIN viewer_period p ON p.viewer = v.viewer
WHERE p.start > v.first_day AND p.start <= v.last_day
UNION
SELECT v.viewer, CAST(p."end" + INTERVAL '1' DAY AS DATE) FROM seen_viewer v JOIN viewer_period p ON p.viewer = v.viewer
WHERE p."end" >= v.first_day AND p."end" < v.last_day;

-- Viewers with an answer of their own: duties, consents to them, a domain, or a policy under their address.
CREATE TABLE own_answer AS
SELECT w.viewer FROM viewer_person w JOIN duties d ON d.person_id = w.person_id
UNION
SELECT w.viewer FROM viewer_person w JOIN consents k ON k.recipient_id = w.person_id
UNION
SELECT v.viewer FROM seen_viewer v JOIN consents k ON lower(k.recipient_id) = lower(v.viewer)
UNION
SELECT v.viewer FROM seen_viewer v WHERE v.domain IS NOT NULL
UNION
SELECT v.viewer FROM seen_viewer v JOIN addressed a ON lower(a.email) = lower(v.viewer);
