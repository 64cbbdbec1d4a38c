-- ============================================================================================================
-- THE RULE: who may hold the data of which insurance policy, as of a day.
--
-- This file is the whole rule and the only place where it is written. `sekisho may`, `why`, the sweeps and the
-- gate all read their answer from the last views below. It is plain SQL, so that an auditor can read it and run it
-- by hand, and so that every engine gives the same answer (SQLite and DuckDB run it unchanged).
-- One page for people: docs/rule.md.  Why SQL: docs/adr/0002-the-rule-is-sql-views.md.
--
-- HOW TO READ IT
--   A question (table `asked`) is: may this VIEWER hold these ITEMS of this POLICY on this DAY for this PURPOSE?
--   Part A  acting     the viewer  ->  the party and person he stands for on that day
--   Part B  matter     the question joined with its policy and with who asks
--   Part C  path       the grounds: every link between party and policy that could entitle, with its conditions
--   Part D  duty       need to know inside the party
--   Part E  judged_path, answer  which paths hold, what is missing otherwise, one answer for each question
--
-- CONVENTIONS
--   * Days are days in Japan. Both ends of every period belong to it. An open end is 0001-01-01 / 9999-12-31.
--   * `*_met` is 1 (condition met), 0 (not met) or NULL (this ground does not have this condition).
--     A path holds when no condition is 0.
--   * A condition is LEFT JOINed: the path stays visible when its condition fails, so that `why` can say which
--     one and since when. Sweeps keep the paths that hold. Both read the same rows.
--   * An optional text column counts as empty when it is NULL or ''.
--   * Items are bit masks (sekisho/law/items.py). -1 = every item. A question of 0 is about holding the policy at all.
--
-- INPUT TABLES (columns the rule reads; the registry's are described in docs/architecture.md)
--   asked          ask_id, viewer, insurer_id?, policy_no, on_date?, items, purpose?   (mail addresses in lower case)
--   extra_policies policies known only from a list that was found, not from the ledger (columns as `policies`)
--   insurers agencies offices people secondments accounts addresses        who is who
--   appointments supervisions policies transfers                           who does what for whom
--   duties consents joint_uses                                             who needs to know, who was allowed
-- ============================================================================================================


-- ------------------------------------------------------------------------------------------------------------
-- Part A. ACTING: the viewer -> the party and person he stands for on that day
-- ------------------------------------------------------------------------------------------------------------

-- Many questions share viewer and day (one person, one day's log): each pair is resolved once.
CREATE VIEW asked_viewer AS
SELECT DISTINCT
  viewer,
  on_date,
  CASE WHEN instr(viewer, '@') > 1 THEN substr(viewer, instr(viewer, '@')) END AS domain
FROM asked
WHERE viewer IS NOT NULL AND viewer <> '' AND on_date IS NOT NULL;

-- What the viewer's text can stand for. When it fits several kinds, the lowest `kind_no` alone counts.
-- An account comes before a person, so that a closed account that bears its owner's number stays closed.
CREATE VIEW viewer_link AS
-- 1. A party: an insurer or an agency.
SELECT v.viewer, v.on_date, 1 AS kind_no, 'party' AS via,
       i.insurer_id AS party_id, CAST(NULL AS VARCHAR) AS person_id,
       CAST(NULL AS DATE) AS via_first, CAST(NULL AS DATE) AS via_last
FROM asked_viewer v JOIN insurers i ON i.insurer_id = v.viewer
UNION ALL
SELECT v.viewer, v.on_date, 1, 'party', g.agency_id, NULL, NULL, NULL
FROM asked_viewer v JOIN agencies g ON g.agency_id = v.viewer
UNION ALL
-- 2. An office acts for its party.
SELECT v.viewer, v.on_date, 2, 'office', o.party_id, NULL, NULL, NULL
FROM asked_viewer v JOIN offices o ON o.office_id = v.viewer
UNION ALL
-- 3. An account in force: as its person, or, when it has none, as its party.
-- 4. An account outside its period is known, and acts for nobody.
SELECT v.viewer, v.on_date,
       CASE WHEN v.on_date BETWEEN a.start AND a."end" THEN 3 ELSE 4 END,
       CASE WHEN v.on_date BETWEEN a.start AND a."end" THEN 'account' ELSE 'closed_account' END,
       CASE WHEN NULLIF(a.person_id, '') IS NULL AND v.on_date BETWEEN a.start AND a."end" THEN a.party_id END,
       NULLIF(a.person_id, ''), a.start, a."end"
FROM asked_viewer v JOIN accounts a ON a.account_id = v.viewer
UNION ALL
-- 5. A person.
SELECT v.viewer, v.on_date, 5, 'person', NULL, e.person_id, NULL, NULL
FROM asked_viewer v JOIN people e ON e.person_id = v.viewer
UNION ALL
-- 6. A mail address with a row of its own. The mailbox belongs to the row's party, else to the party of the domain,
--    else to whomever its person acts for. So mail to a seconded employee's mailbox at his home insurer reaches
--    the home insurer, whoever he acts for that day.
SELECT v.viewer, v.on_date, 6, 'address', COALESCE(NULLIF(m.party_id, ''), NULLIF(d.party_id, '')),
       NULLIF(m.person_id, ''), m.start, m."end"
FROM asked_viewer v
JOIN addresses m ON m.address = v.viewer AND v.on_date BETWEEN m.start AND m."end"
LEFT JOIN addresses d ON d.address = v.domain AND v.on_date BETWEEN d.start AND d."end"
UNION ALL
-- 7. Else its domain. (An address whose row has run out, without a domain row, is unknown on that day:
--    nothing says whose it is now.)
SELECT v.viewer, v.on_date, 7, 'domain', NULLIF(d.party_id, ''), NULL, d.start, d."end"
FROM asked_viewer v JOIN addresses d ON d.address = v.domain AND v.on_date BETWEEN d.start AND d."end";

CREATE VIEW viewer_is AS
SELECT l.viewer, l.on_date, l.via, l.party_id, l.person_id, l.via_first, l.via_last
FROM viewer_link l
JOIN (SELECT viewer, on_date, MIN(kind_no) AS kind_no FROM viewer_link GROUP BY viewer, on_date) k
  ON k.viewer = l.viewer AND k.on_date = l.on_date AND k.kind_no = l.kind_no;

-- A person acts for his employer while employed. While seconded (出向) he acts for the host agency ONLY: what he
-- learns there is the host's, and he does not see the home insurer's data either. Who has left acts for nobody.
CREATE VIEW person_acts AS
SELECT
  q.person_id,
  q.on_date,
  CASE WHEN s.person_id IS NULL THEN e.party_id ELSE s.host_agency_id END AS party_id,
  s.home_insurer_id AS seconded_from,
  e.start AS employed_first, e."end" AS employed_last,
  s.start AS seconded_first, s."end" AS seconded_last
FROM (SELECT DISTINCT person_id, on_date FROM viewer_is WHERE person_id IS NOT NULL) q
JOIN people e ON e.person_id = q.person_id AND q.on_date BETWEEN e.start AND e."end"
LEFT JOIN secondments s ON s.person_id = q.person_id AND q.on_date BETWEEN s.start AND s."end";

-- Viewer and day -> party and person. party_id NULL: known, but acts for nobody (`nobody` says why).
CREATE VIEW acting AS
SELECT DISTINCT
  l.viewer,
  l.on_date,
  CASE WHEN l.via = 'closed_account' THEN NULL ELSE COALESCE(l.party_id, p.party_id) END AS party_id,
  l.person_id,
  p.seconded_from,
  CASE WHEN l.via = 'closed_account' THEN 'account'
       WHEN l.party_id IS NULL AND p.party_id IS NULL THEN 'employment' END AS nobody
FROM viewer_is l
LEFT JOIN person_acts p ON p.person_id = l.person_id AND p.on_date = l.on_date;

-- Of several parties on one day (two employers), the one named when no ground decides: first by party_id, person_id.
-- For the judgement itself every one of them counts.
CREATE VIEW acting_named AS
SELECT viewer, on_date, party_id, person_id, seconded_from, nobody
FROM (
  SELECT viewer, on_date, party_id, person_id, seconded_from, nobody,
         ROW_NUMBER() OVER (
           PARTITION BY viewer, on_date
           ORDER BY CASE WHEN party_id IS NULL THEN 1 ELSE 0 END, COALESCE(party_id, ''), COALESCE(person_id, ''),
                    COALESCE(seconded_from, '')) AS place
  FROM acting
) ranked
WHERE place = 1;


-- ------------------------------------------------------------------------------------------------------------
-- Part B. MATTER: the question with its policy and with who asks
-- ------------------------------------------------------------------------------------------------------------

-- The policy meant: by number, and by insurer where the question names one. The ledger first; a policy known only
-- from a list found somewhere has what that list said. A missing line is the insurer's own kind (a life insurer
-- writes life policies only, and a non-life insurer no life policies: Insurance Business Act art. 3(3)).
CREATE VIEW policy_candidate AS
SELECT a.ask_id, a.insurer_id AS asked_insurer, p.insurer_id, p.policy_no, NULLIF(p.agency_id, '') AS agency_id,
       NULLIF(p.working_agency_id, '') AS working_agency_id, p.producer_id, p.office_id,
       COALESCE(NULLIF(p.line, ''), i.kind) AS line, p.email
FROM asked a
JOIN policies p ON p.policy_no = a.policy_no AND (p.insurer_id = a.insurer_id OR COALESCE(a.insurer_id, '') = '')
JOIN insurers i ON i.insurer_id = p.insurer_id
UNION ALL
SELECT a.ask_id, a.insurer_id, p.insurer_id, p.policy_no, NULLIF(p.agency_id, ''),
       NULLIF(p.working_agency_id, ''), p.producer_id, p.office_id,
       COALESCE(NULLIF(p.line, ''), i.kind), p.email
FROM asked a
JOIN extra_policies p ON p.policy_no = a.policy_no AND (p.insurer_id = a.insurer_id OR COALESCE(a.insurer_id, '') = '')
JOIN insurers i ON i.insurer_id = p.insurer_id
LEFT JOIN policies known ON known.policy_no = p.policy_no AND known.insurer_id = p.insurer_id
WHERE known.policy_no IS NULL;

-- The same number at several insurers, and the question names none: nobody may guess which.
CREATE VIEW policy_ambiguous AS
SELECT ask_id
FROM policy_candidate
WHERE COALESCE(asked_insurer, '') = ''
GROUP BY ask_id
HAVING COUNT(DISTINCT insurer_id) > 1;

-- One row for each question and each party the viewer stands for. `unknown` says what keeps the question from
-- being answered at all; a ground that holds all the same (a holder's own address is no known viewer) goes before.
CREATE VIEW matter AS
SELECT a.ask_id, a.viewer, a.on_date, COALESCE(a.items, 0) AS items, NULLIF(a.purpose, '') AS purpose,
       f.insurer_id, f.policy_no, f.agency_id, f.working_agency_id, f.producer_id, f.office_id, f.line, f.email,
       w.party_id, w.person_id, w.seconded_from, w.nobody,
       CASE WHEN a.on_date IS NULL                                       THEN 'day'
            WHEN u.ask_id IS NOT NULL                                    THEN 'insurer'
            WHEN f.ask_id IS NULL AND COALESCE(a.insurer_id, '') <> '' AND i.insurer_id IS NULL THEN 'insurer'
            WHEN f.ask_id IS NULL                                        THEN 'policy'
            WHEN w.viewer IS NULL                                        THEN 'viewer'
            WHEN f.agency_id IS NULL AND g.agency_id IS NOT NULL         THEN 'agency' END AS unknown
FROM asked a
LEFT JOIN policy_ambiguous u ON u.ask_id = a.ask_id
LEFT JOIN policy_candidate f ON f.ask_id = a.ask_id AND u.ask_id IS NULL
LEFT JOIN insurers i ON i.insurer_id = a.insurer_id
LEFT JOIN acting w ON w.viewer = a.viewer AND w.on_date = a.on_date
LEFT JOIN agencies g ON g.agency_id = w.party_id;

-- Who handled and who worked the policy, when. Without rows in `transfers`: always the ledger's agencies.
-- With rows: exactly what those rows say, working agency included.
CREATE VIEW served AS
SELECT m.ask_id, m.on_date, m.party_id, m.person_id, m.seconded_from, m.insurer_id, m.line,
       CASE WHEN t.policy_no IS NULL THEN m.agency_id ELSE NULLIF(t.agency_id, '') END AS agency_id,
       CASE WHEN t.policy_no IS NULL THEN m.working_agency_id ELSE NULLIF(t.working_agency_id, '') END
         AS working_agency_id,
       t.start AS handled_first, t."end" AS handled_last,
       CASE WHEN t.policy_no IS NULL OR m.on_date BETWEEN t.start AND t."end" THEN 1 ELSE 0 END AS handled_met
FROM matter m
LEFT JOIN transfers t ON t.policy_no = m.policy_no AND t.insurer_id = m.insurer_id
WHERE m.party_id IS NOT NULL AND m.policy_no IS NOT NULL;

CREATE VIEW served_by AS
SELECT ask_id, on_date, party_id, person_id, seconded_from, insurer_id, line, agency_id AS served_by,
       handled_first, handled_last, handled_met
FROM served WHERE agency_id IS NOT NULL
UNION ALL
SELECT ask_id, on_date, party_id, person_id, seconded_from, insurer_id, line, working_agency_id,
       handled_first, handled_last, handled_met
FROM served WHERE working_agency_id IS NOT NULL;

-- Items that no consent and no joint use covers: the My Number (個人番号). It may only be given in the cases that
-- its own act lists (番号法 19条), and joint use is none of them (番号法 30条2項). Bit of `my_number` in items.yaml.
CREATE VIEW never_shared AS
SELECT 524288 AS items_mask;

-- The members of a joint use (共同利用), out of its `;`-separated list, for the parties in question only.
CREATE VIEW joint_use_member AS
SELECT j.joint_use_id, q.party_id
FROM joint_uses j
JOIN (SELECT party_id FROM matter WHERE party_id IS NOT NULL
      UNION SELECT insurer_id FROM matter WHERE insurer_id IS NOT NULL) q
  ON replace(';' || replace(j.party_ids, ' ', '') || ';', ';' || q.party_id || ';', '')
     <> ';' || replace(j.party_ids, ' ', '') || ';';


-- ------------------------------------------------------------------------------------------------------------
-- Part C. PATH: the seven grounds. One row for each link between the party (or person) and the policy that could
-- entitle, with the conditions it depends on. `for_party` 1: the ground is the party's, so a person also needs a
-- duty (part D); 0: it is his own.
-- ------------------------------------------------------------------------------------------------------------
CREATE VIEW path AS

-- 1. UNDERWRITER (引受保険会社): the party is the policy's insurer. No condition.
SELECT m.ask_id, m.party_id, m.person_id, m.seconded_from, m.on_date, 1 AS ground_no, 'underwriter' AS ground, 1 AS for_party,
       CAST(NULL AS VARCHAR) AS served_by,        -- the agency through which the link runs
       CAST(NULL AS VARCHAR) AS supervised_by,
       CAST(NULL AS VARCHAR) AS record_id,        -- who received a consent; which joint use
       CAST(NULL AS VARCHAR) AS given_purpose,    -- for which purpose consent or joint use was given
       CAST(NULL AS INTEGER) AS handled_met, CAST(NULL AS DATE) AS handled_first, CAST(NULL AS DATE) AS handled_last,
       CAST(NULL AS INTEGER) AS supervision_met,
       CAST(NULL AS DATE) AS supervision_first, CAST(NULL AS DATE) AS supervision_last,
       CAST(NULL AS INTEGER) AS appointment_met,
       CAST(NULL AS DATE) AS appointment_first, CAST(NULL AS DATE) AS appointment_last,
       CAST(NULL AS INTEGER) AS period_met, CAST(NULL AS DATE) AS period_first, CAST(NULL AS DATE) AS period_last,
       CAST(NULL AS INTEGER) AS withdrawal_met, CAST(NULL AS DATE) AS withdrawn_on,
       CAST(NULL AS INTEGER) AS purpose_met,
       CAST(NULL AS INTEGER) AS items_met, CAST(NULL AS BIGINT) AS given_items
FROM matter m
WHERE m.party_id = m.insurer_id

UNION ALL
-- 2. HANDLING (取扱代理店): the party is the agency that handles the policy,
--    and the insurer's appointment (委託) of it for the policy's line is in force.
SELECT s.ask_id, s.party_id, s.person_id, s.seconded_from, s.on_date, 2, 'handling', 1,
       s.agency_id, NULL, NULL, NULL,
       s.handled_met, s.handled_first, s.handled_last,
       NULL, NULL, NULL,
       CASE WHEN s.on_date BETWEEN a.start AND a."end" THEN 1 ELSE 0 END, a.start, a."end",
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM served s
LEFT JOIN appointments a ON a.insurer_id = s.insurer_id AND a.agency_id = s.agency_id AND a.line = s.line
WHERE s.agency_id = s.party_id

UNION ALL
-- 3. WORKING (勤務型代理店): the party is the working agency of this very policy, the handling agency supervises it
--    (統括), and the insurer has itself appointed it for the line. Being supervised opens no other policy.
SELECT s.ask_id, s.party_id, s.person_id, s.seconded_from, s.on_date, 3, 'working', 1,
       s.working_agency_id, s.agency_id, NULL, NULL,
       s.handled_met, s.handled_first, s.handled_last,
       CASE WHEN s.on_date BETWEEN v.start AND v."end" THEN 1 ELSE 0 END, v.start, v."end",
       CASE WHEN s.on_date BETWEEN a.start AND a."end" THEN 1 ELSE 0 END, a.start, a."end",
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM served s
LEFT JOIN supervisions v
  ON v.supervising_agency_id = s.agency_id AND v.working_agency_id = s.working_agency_id
LEFT JOIN appointments a
  ON a.insurer_id = s.insurer_id AND a.agency_id = s.working_agency_id AND a.line = s.line
WHERE s.working_agency_id = s.party_id

UNION ALL
-- 4. SUPERVISING (統括代理店): the party supervises the agency that handles or works the policy,
--    and the insurer has appointed the party itself for the line.
SELECT s.ask_id, s.party_id, s.person_id, s.seconded_from, s.on_date, 4, 'supervising', 1,
       s.served_by, v.supervising_agency_id, NULL, NULL,
       s.handled_met, s.handled_first, s.handled_last,
       CASE WHEN s.on_date BETWEEN v.start AND v."end" THEN 1 ELSE 0 END, v.start, v."end",
       CASE WHEN s.on_date BETWEEN a.start AND a."end" THEN 1 ELSE 0 END, a.start, a."end",
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM served_by s
JOIN supervisions v ON v.working_agency_id = s.served_by AND v.supervising_agency_id = s.party_id
LEFT JOIN appointments a ON a.insurer_id = s.insurer_id AND a.agency_id = s.party_id AND a.line = s.line

UNION ALL
-- 5. CONSENT (本人同意): the holder's consent to this party, this person or this mail address, in force, not withdrawn
--    (on the day of withdrawal it no longer holds), for this purpose and these items. A question without a purpose
--    is answered by a consent to any purpose; the explanation says which. (個人情報保護法 27条1項)
SELECT m.ask_id, m.party_id, m.person_id, m.seconded_from, m.on_date, 5, 'consent',
       CASE WHEN k.recipient_id = m.party_id THEN 1 ELSE 0 END,
       NULL, NULL, k.recipient_id, k.purpose,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       CASE WHEN m.on_date BETWEEN k.start AND k."end" THEN 1 ELSE 0 END, k.start, k."end",
       CASE WHEN k.withdrawn_on IS NULL OR m.on_date < k.withdrawn_on THEN 1 ELSE 0 END, k.withdrawn_on,
       CASE WHEN m.purpose IS NULL OR m.purpose = k.purpose THEN 1 ELSE 0 END,
       CASE WHEN (m.items & ~k.items_mask) = 0 AND (m.items & n.items_mask) = 0 THEN 1 ELSE 0 END, k.items_mask
FROM matter m
CROSS JOIN never_shared n
JOIN consents k ON k.insurer_id = m.insurer_id AND k.policy_no = m.policy_no
WHERE k.recipient_id = m.party_id OR k.recipient_id = m.person_id OR lower(k.recipient_id) = m.viewer

UNION ALL
-- 6. JOINT USE (共同利用): a declared joint use that names both the policy's insurer and the party, in force, for this
--    purpose and these items. (個人情報保護法 27条5項3号)
SELECT m.ask_id, m.party_id, m.person_id, m.seconded_from, m.on_date, 6, 'joint_use', 1,
       NULL, NULL, j.joint_use_id, j.purpose,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       CASE WHEN m.on_date BETWEEN j.start AND j."end" THEN 1 ELSE 0 END, j.start, j."end",
       NULL, NULL,
       CASE WHEN m.purpose IS NULL OR m.purpose = j.purpose THEN 1 ELSE 0 END,
       CASE WHEN (m.items & ~j.items_mask) = 0 AND (m.items & n.items_mask) = 0 THEN 1 ELSE 0 END, j.items_mask
FROM matter m
CROSS JOIN never_shared n
JOIN joint_use_member us ON us.party_id = m.party_id
JOIN joint_use_member them ON them.joint_use_id = us.joint_use_id AND them.party_id = m.insurer_id
JOIN joint_uses j ON j.joint_use_id = us.joint_use_id
WHERE m.party_id <> m.insurer_id

UNION ALL
-- 7. SUBJECT (本人): the viewer is the holder's own mail address in the ledger. No condition.
SELECT m.ask_id, m.party_id, m.person_id, m.seconded_from, m.on_date, 7, 'subject', 0,
       NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM matter m
WHERE lower(m.email) = lower(m.viewer) AND m.on_date IS NOT NULL;


-- ------------------------------------------------------------------------------------------------------------
-- Part D. DUTY (担当): need to know. A person with any duty on record for a party needs one that is in force and
-- covers the policy; an empty field covers everything. A person without any duty on record has the whole party.
-- ------------------------------------------------------------------------------------------------------------
CREATE VIEW duty_bound AS
SELECT DISTINCT w.person_id, w.party_id
FROM acting w
JOIN duties d ON d.person_id = w.person_id AND d.party_id = w.party_id;

CREATE VIEW duty_held AS
SELECT DISTINCT m.ask_id, m.party_id, m.person_id
FROM matter m
JOIN duties d ON d.person_id = m.person_id AND d.party_id = m.party_id
WHERE m.on_date BETWEEN d.start AND d."end"
  AND (COALESCE(d.insurer_id, '') = '' OR d.insurer_id = m.insurer_id)
  AND (COALESCE(d.line, '') = '' OR d.line = m.line)
  AND (COALESCE(d.office_id, '') = '' OR d.office_id = m.office_id)
  AND (NOT COALESCE(d.own_only, FALSE) OR m.producer_id = m.person_id);


-- ------------------------------------------------------------------------------------------------------------
-- Part E. THE ANSWER
-- ------------------------------------------------------------------------------------------------------------

-- What can be missing, nearest first. Of a path with several unmet conditions the farthest one counts; of several
-- paths the nearest. `unresolved` is an answer of its own: it is shown, never guessed away.
CREATE VIEW nearness AS
          SELECT 'day' AS missing, 'unresolved' AS verdict, 1 AS step -- the question has no day
UNION ALL SELECT 'insurer',           'unresolved',    2  -- unknown, or several have this number and none was named
UNION ALL SELECT 'policy',            'unresolved',    3  -- no such policy
UNION ALL SELECT 'viewer',            'unresolved',    4  -- nothing says who the viewer is on that day
UNION ALL SELECT 'agency',            'unresolved',    5  -- asked by an agency: nobody knows which agency handles it
UNION ALL SELECT 'duty',              'not_entitled', 11  -- the party may, this person has no duty for it
UNION ALL SELECT 'employment',        'not_entitled', 12  -- the person is not employed on that day (has left)
UNION ALL SELECT 'account',           'not_entitled', 13  -- the account is not in its period on that day
UNION ALL SELECT 'appointment',       'not_entitled', 14  -- the insurer's appointment of the agency for the line
UNION ALL SELECT 'supervision',       'not_entitled', 15  -- the supervision between the two agencies
UNION ALL SELECT 'handled',           'not_entitled', 16  -- the agency served the policy, but not on that day
UNION ALL SELECT 'consent_not_yet',   'not_entitled', 17
UNION ALL SELECT 'consent_expired',   'not_entitled', 18
UNION ALL SELECT 'consent_withdrawn', 'not_entitled', 19
UNION ALL SELECT 'consent_items',     'not_entitled', 20  -- the consent does not cover the items
UNION ALL SELECT 'consent_purpose',   'not_entitled', 21  -- the consent was given for another purpose
UNION ALL SELECT 'joint_use_not_yet', 'not_entitled', 22
UNION ALL SELECT 'joint_use_expired', 'not_entitled', 23
UNION ALL SELECT 'joint_use_items',   'not_entitled', 24
UNION ALL SELECT 'joint_use_purpose', 'not_entitled', 25
UNION ALL SELECT 'relation',          'not_entitled', 26; -- no link at all

-- Every path with its duty, and the farthest condition that is not met (NULL: the path holds).
CREATE VIEW judged_path AS
SELECT x.*,
       CASE WHEN b.person_id IS NULL THEN NULL WHEN h.ask_id IS NULL THEN 0 ELSE 1 END AS duty_met,
       CASE
         WHEN x.purpose_met = 0                                     THEN x.ground || '_purpose'
         WHEN x.items_met = 0                                       THEN x.ground || '_items'
         WHEN x.withdrawal_met = 0                                  THEN x.ground || '_withdrawn'
         WHEN x.period_met = 0 AND x.on_date > x.period_last        THEN x.ground || '_expired'
         WHEN x.period_met = 0                                      THEN x.ground || '_not_yet'
         WHEN x.handled_met = 0                                     THEN 'handled'
         WHEN x.supervision_met = 0                                 THEN 'supervision'
         WHEN x.appointment_met = 0                                 THEN 'appointment'
         WHEN b.person_id IS NOT NULL AND h.ask_id IS NULL          THEN 'duty'
       END AS missing
FROM path x
LEFT JOIN duty_bound b ON x.for_party = 1 AND b.person_id = x.person_id AND b.party_id = x.party_id
LEFT JOIN duty_held h ON h.ask_id = x.ask_id AND h.person_id = x.person_id AND h.party_id = x.party_id;

-- What can decide a question: each path, and, for each party the viewer stands for, that there is none.
CREATE VIEW verdict_candidate AS
SELECT ask_id, party_id, person_id, seconded_from, ground_no, ground, missing FROM judged_path
UNION ALL
SELECT ask_id, party_id, person_id, seconded_from, 9, NULL, COALESCE(unknown, nobody, 'relation') FROM matter;

-- One answer for each question: the first ground that holds, in the order of part C; else what is nearest.
-- (Then by party and person, so that the same question always has the same answer.)
CREATE VIEW answer AS
SELECT ask_id,
       COALESCE(verdict, 'entitled') AS verdict,
       party_id, person_id, seconded_from,
       CASE WHEN missing IS NULL THEN ground END AS ground,
       missing
FROM (
  SELECT c.ask_id, n.verdict, c.party_id, c.person_id, c.seconded_from, c.ground, c.missing,
         ROW_NUMBER() OVER (
           PARTITION BY c.ask_id
           ORDER BY COALESCE(n.step, 0), c.ground_no, CASE WHEN c.party_id IS NULL THEN 1 ELSE 0 END,
                    COALESCE(c.party_id, ''), COALESCE(c.person_id, ''), COALESCE(c.seconded_from, '')) AS place
  FROM verdict_candidate c
  LEFT JOIN nearness n ON n.missing = c.missing
) ranked
WHERE place = 1;
