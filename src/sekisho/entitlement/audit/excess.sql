-- Further steps of scopes.sql, once the rule has been asked (open_pair: what it does not allow of `near`).

CREATE TABLE allowed AS
SELECT n.viewer, n.class_no FROM near n
LEFT JOIN open_pair o ON o.viewer = n.viewer AND o.class_no = n.class_no
WHERE o.viewer IS NULL;

-- What a viewer is that day: the first of his parties; none: acts for nobody; no row: nobody knows him.
CREATE TABLE viewer_now AS
SELECT v.viewer, MIN(s.party_id) AS party_id,
       CASE WHEN COUNT(s.viewer) = 0 THEN 'viewer' ELSE MIN(s.nobody) END AS nobody
FROM scope_viewer v LEFT JOIN viewer_standing s ON s.viewer = v.viewer
GROUP BY v.viewer;

CREATE TABLE supervised_now AS
SELECT DISTINCT v.supervising_agency_id AS agency_id, v.working_agency_id AS party_id
FROM supervisions v JOIN audit_day d ON d.on_date BETWEEN v.start AND v."end";

-- Every excess: a scope shows its viewer policies that the rule does not allow him. What is not near has no link.
CREATE VIEW excess AS
SELECT x.scope_no, x.viewer_id, x.kind, x.class_no, w.party_id,
       COALESCE(o.missing, w.nobody, 'relation') AS missing,
       CASE WHEN COALESCE(o.verdict, '') = 'unresolved' OR w.nobody = 'viewer' THEN 'unresolved' ELSE 'not_entitled' END
         AS verdict,
       CASE WHEN u.party_id IS NULL THEN 0 ELSE 1 END AS supervised
FROM covered x
JOIN viewer_now w ON w.viewer = x.viewer_id
JOIN class c ON c.class_no = x.class_no
LEFT JOIN allowed a ON a.viewer = x.viewer_id AND a.class_no = x.class_no
LEFT JOIN open_pair o ON o.viewer = x.viewer_id AND o.class_no = x.class_no
LEFT JOIN supervised_now u ON u.agency_id = c.agency_id AND u.party_id = w.party_id
WHERE a.viewer IS NULL;
