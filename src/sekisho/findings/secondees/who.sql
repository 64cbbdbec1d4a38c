-- ============================================================================================================
-- WHO: the secondments asked about, with the accounts and mailboxes of their people.
--
-- In:  wanted(to_day, from_day, home, host, person)      '' = all
--      secondments, people                               registry
--      account_row, address_row, office_row              registry tables as loaded
-- Out: chosen          a secondment: secondment_no, its people and parties, start, "end",
--                      first_day .. last_day             the days asked for, of it
--      his_account     accounts of these people while seconded: side host | home | other
--      his_address     the same of mail addresses
-- ============================================================================================================

CREATE TABLE chosen AS
SELECT CAST(ROW_NUMBER() OVER (ORDER BY s.home_insurer_id, s.host_agency_id, s.start, s.person_id, s."end") AS BIGINT)
         AS secondment_no,
       s.person_id, s.home_insurer_id, s.host_agency_id, s.start, s."end",
       greatest(s.start, w.from_day) AS first_day, least(s."end", w.to_day) AS last_day
FROM (SELECT DISTINCT * FROM secondments) s CROSS JOIN wanted w
WHERE s.start <= w.to_day AND s."end" >= w.from_day
  AND (w.home = '' OR s.home_insurer_id = w.home)
  AND (w.host = '' OR s.host_agency_id = w.host)
  AND (w.person = '' OR s.person_id = w.person);

-- Whether somebody went on at the host after his secondment, employed or seconded anew: then nothing had to be closed.
CREATE TABLE stayed_on AS
SELECT DISTINCT c.secondment_no FROM chosen c
JOIN people p ON p.person_id = c.person_id AND p.party_id = c.host_agency_id AND c."end" + 1 BETWEEN p.start AND p."end"
WHERE c."end" < DATE '9999-12-31'
UNION
SELECT DISTINCT c.secondment_no FROM chosen c
JOIN secondments s ON s.person_id = c.person_id AND s.host_agency_id = c.host_agency_id
 AND c."end" + 1 BETWEEN s.start AND s."end"
WHERE c."end" < DATE '9999-12-31';

CREATE TABLE his_account AS
SELECT c.secondment_no, a.account_id, coalesce(a.system, '') AS system, a.party_id, a.start, a."end",
       CASE WHEN a.party_id = c.host_agency_id THEN 'host' WHEN a.party_id = c.home_insurer_id THEN 'home'
            ELSE 'other' END AS side,
       a.party_id = c.host_agency_id AND o.secondment_no IS NULL AND a."end" > c."end" AS outlives,
       a.party_id = c.host_agency_id AND a.start > DATE '0001-01-01' AND a.start < c.start AND NOT EXISTS (
         FROM secondments s WHERE s.person_id = c.person_id AND s.host_agency_id = c.host_agency_id AND s.start < c.start
       ) AND NOT EXISTS (
         FROM people p WHERE p.person_id = c.person_id AND p.party_id = c.host_agency_id AND p.start < c.start
       ) AS early
FROM chosen c
JOIN account_row a ON a.person_id = c.person_id AND a.start <= c."end" AND a."end" >= c.start
LEFT JOIN stayed_on o ON o.secondment_no = c.secondment_no;

-- A mailbox is the party's that its own row or its domain names (as in the rule's part A).
CREATE TABLE his_address AS
SELECT secondment_no, address, start, "end",
       CASE WHEN bool_or(party_id = host_agency_id) THEN 'host' WHEN bool_or(party_id = home_insurer_id) THEN 'home'
            ELSE 'other' END AS side
FROM (
  SELECT c.secondment_no, c.host_agency_id, c.home_insurer_id, m.address, m.start, m."end",
         coalesce(nullif(m.party_id, ''), d.party_id, '') AS party_id
  FROM chosen c
  JOIN address_row m ON m.person_id = c.person_id AND m.start <= c."end" AND m."end" >= c.start
  LEFT JOIN address_row d ON d.address = substr(m.address, instr(m.address, '@')) AND d.address <> m.address
   AND d.start <= c."end" AND d."end" >= c.start
) owned
GROUP BY secondment_no, address, start, "end";

-- Accounts that name nobody: whoever worked there may have used them.
CREATE TABLE shared_account AS
SELECT DISTINCT c.secondment_no FROM chosen c
JOIN account_row a ON a.party_id = c.host_agency_id AND coalesce(a.person_id, '') = ''
 AND a.start <= c.last_day AND a."end" >= c.first_day;
