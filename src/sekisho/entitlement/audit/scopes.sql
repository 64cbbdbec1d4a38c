-- ============================================================================================================
-- SCOPES: what a system lets its viewers see, against what the rule allows them, on one day (REQUIREMENTS A6).
--
-- In:  scope(scope_no, viewer_id, subject_agency_id, insurer_id, kind, line, start, end, place), audit_day(on_date),
--      other_viewer(viewer)  viewers that no scope names, but who are asked about all the same,
--      class, addressed, near_party (near.sql), the registry's small tables, viewer_standing (who the viewers are that day, as the rule says)
-- Out: covered         what each scope in force lets its viewer see: scope_no, viewer_id, kind, class_no
--      near            what the rule could allow a viewer at all (then asked: settling.sql)
-- ============================================================================================================

CREATE TABLE scope_now AS
SELECT s.* FROM scope s JOIN audit_day d ON d.on_date BETWEEN s.start AND s."end";

-- "Of an agency" are the policies that it handles or works on that day; with rows in `transfers`, what these say.
CREATE TABLE moved AS
SELECT DISTINCT insurer_id, policy_no FROM transfers;

CREATE TABLE class_served AS
SELECT c.class_no, c.agency_id FROM class c LEFT JOIN moved m ON m.insurer_id = c.insurer_id AND m.policy_no = c.own_no
WHERE m.policy_no IS NULL AND c.agency_id <> ''
UNION
SELECT c.class_no, c.working_agency_id
FROM class c LEFT JOIN moved m ON m.insurer_id = c.insurer_id AND m.policy_no = c.own_no
WHERE m.policy_no IS NULL AND c.working_agency_id <> ''
UNION
SELECT c.class_no, t.agency_id FROM class c
JOIN transfers t ON t.insurer_id = c.insurer_id AND t.policy_no = c.own_no
JOIN audit_day d ON d.on_date BETWEEN t.start AND t."end"
UNION
SELECT c.class_no, t.working_agency_id FROM class c
JOIN transfers t ON t.insurer_id = c.insurer_id AND t.policy_no = c.own_no
JOIN audit_day d ON d.on_date BETWEEN t.start AND t."end"
WHERE t.working_agency_id <> '';

CREATE VIEW covered AS
SELECT s.scope_no, s.viewer_id, s.kind, c.class_no
FROM scope_now s
JOIN class_served v ON v.agency_id = s.subject_agency_id
JOIN class c ON c.class_no = v.class_no AND (s.insurer_id = '' OR s.insurer_id = c.insurer_id)
            AND (s.line = '' OR s.line = c.line)
WHERE s.subject_agency_id <> ''
UNION ALL
SELECT s.scope_no, s.viewer_id, s.kind, c.class_no
FROM scope_now s
JOIN class c ON (s.line = '' OR s.line = c.line) AND (s.insurer_id = '' OR s.insurer_id = c.insurer_id)
WHERE s.subject_agency_id = '';

CREATE TABLE scope_viewer AS
SELECT viewer_id AS viewer FROM scope
UNION
SELECT viewer FROM other_viewer;

CREATE TABLE near AS
SELECT v.viewer, n.class_no
FROM scope_viewer v JOIN viewer_standing s ON s.viewer = v.viewer JOIN near_party n ON n.party_id = s.party_id
UNION
SELECT v.viewer, n.class_no
FROM scope_viewer v JOIN viewer_standing s ON s.viewer = v.viewer JOIN near_party n ON n.party_id = s.person_id
UNION
SELECT v.viewer, n.class_no FROM scope_viewer v JOIN near_party n ON n.party_id = v.viewer
UNION
SELECT v.viewer, c.class_no
FROM scope_viewer v JOIN addressed a ON lower(a.email) = lower(v.viewer)
JOIN class c ON c.insurer_id = a.insurer_id AND c.own_no = a.policy_no
UNION
SELECT v.viewer, c.class_no
FROM scope_viewer v JOIN consents k ON lower(k.recipient_id) = lower(v.viewer)
JOIN class c ON c.insurer_id = k.insurer_id AND c.own_no = k.policy_no;

CREATE TABLE seen_pair AS
SELECT n.viewer, n.class_no, d.on_date AS first_day, d.on_date AS last_day FROM near n CROSS JOIN audit_day d;
