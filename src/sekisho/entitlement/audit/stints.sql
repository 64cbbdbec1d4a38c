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

-- Parties for whom something is asked: the party itself, or every party that the viewer ever stood for.
CREATE TABLE asked_party AS
SELECT DISTINCT asked_as, party_id FROM stint WHERE asked_as = party_id
UNION
SELECT t.asked_as, s.party_id FROM stint t JOIN stood s ON s.viewer = t.asked_as WHERE s.party_id IS NOT NULL;
