-- Counting what scopes open beyond the rule (A6). In: excess, class, class_of, holder, supervisions, parties, audit_day.

-- Excess by what decides its cause; one agency stands for all of its group (`supervised` is part of the group).
CREATE TABLE excess_group AS
SELECT ROW_NUMBER() OVER (ORDER BY x.party_id, x.supervised, c.source, c.line, x.verdict, x.missing) AS group_no,
       x.party_id, x.supervised, c.source, c.line, x.verdict, x.missing, MIN(c.agency_id) AS agency_id
FROM excess x JOIN class c ON c.class_no = x.class_no
GROUP BY x.party_id, x.supervised, c.source, c.line, x.verdict, x.missing;

-- The input of causes.sql.
CREATE TABLE judged AS
SELECT g.group_no, 'scope' AS channel, d.on_date, g.verdict, g.missing,
       CAST(NULL AS VARCHAR) AS sender_party, CAST(NULL AS VARCHAR) AS sender_home, CAST(NULL AS VARCHAR) AS parent_party,
       g.party_id AS recipient_party, COALESCE(g.party_id, '?') AS recipient_label, g.agency_id, g.line, g.source
FROM excess_group g CROSS JOIN audit_day d;
