-- What a session asks about itself. The texts @{…} are filled in by functions.py; @{rule …} is the rule (rule.sql).
--
-- my_* are called by the policies, with the rights of whoever asks, so anybody who may read rows can call them by hand
-- as well. They tell nothing but what he may see. The others only their owner can call.
-- Every body runs as that owner, with a search path that no session can change, and reads tables by their full names.

-- The day as of which everything is judged: in Japan, when this statement began. (now() is the beginning of the
-- transaction; a transaction kept open over midnight must not keep yesterday's rights.)
-- function today() returns date; for owner
BEGIN
  RETURN (statement_timestamp() AT TIME ZONE 'Asia/Tokyo')::date;
END

-- Who asks. A session of an application role: whoever the setting sekisho.viewer names; whoever can run SQL of his own
-- there can set it. Every other session: the account with the name of the role that logged in (session_user, which
-- neither SET ROLE nor a function changes), in the system '@{system}'. Nobody: NULL, and no row.
-- function viewer(OUT my_viewer text, OUT my_system text); for owner
BEGIN
  IF EXISTS (
    SELECT FROM pg_catalog.pg_roles r
    WHERE r.rolname = ANY (ARRAY[@{application_roles}]::text[]) AND pg_catalog.pg_has_role(session_user, r.oid, 'USAGE')
  ) THEN
    my_viewer := NULLIF(current_setting('sekisho.viewer', true), '');
    IF strpos(my_viewer, '@') > 0 THEN
      my_viewer := lower(my_viewer);
    END IF;
  ELSE
    my_system := @{system_literal};
    SELECT a.account_id INTO my_viewer
    FROM sekisho.accounts a
    WHERE a.account_id = session_user::text AND a.system = my_system
    LIMIT 1;
  END IF;
END

-- For whom the viewer stands today, and how far that could reach: his parties and persons by the rule, the insurers
-- that these are or share a joint use with, the agencies that these are or ever supervised, the offices and the person
-- that his duties tell policies apart by. Too much does no harm: the rule judges what lies within reach.
-- function reach() returns sekisho_rls.reached; for owner
DECLARE
  me sekisho_rls.reached;
BEGIN
  SELECT v.my_viewer, v.my_system INTO me.my_viewer, me.my_system FROM sekisho_rls.viewer() v;
  me.my_day := sekisho_rls.today();
  @{rule acting}
  SELECT
    COALESCE(array_agg(DISTINCT w.party_id) FILTER (WHERE w.party_id IS NOT NULL), '{}'),
    COALESCE(array_agg(DISTINCT w.person_id) FILTER (WHERE w.person_id IS NOT NULL), '{}')
  INTO me.my_parties, me.my_persons
  FROM acting w;
  me.my_agencies := ARRAY(
    SELECT unnest(me.my_parties)
    UNION
    SELECT v.working_agency_id FROM sekisho.supervisions v WHERE v.supervising_agency_id = ANY (me.my_parties)
  );
  me.my_insurers := ARRAY(
    SELECT i.insurer_id FROM sekisho.insurers i WHERE i.insurer_id = ANY (me.my_parties)
    UNION
    SELECT i.insurer_id
    FROM sekisho.joint_uses j
    JOIN sekisho.insurers i ON i.insurer_id = ANY (string_to_array(replace(j.party_ids, ' ', ''), ';'))
    WHERE string_to_array(replace(j.party_ids, ' ', ''), ';') && me.my_parties
  );
  me.my_offices := ARRAY(
    SELECT DISTINCT d.office_id FROM sekisho.duties d WHERE d.person_id = ANY (me.my_persons) AND d.office_id <> ''
  );
  me.my_producers := CASE
    WHEN EXISTS (SELECT FROM sekisho.duties d WHERE d.person_id = ANY (me.my_persons) AND d.own_only)
    THEN me.my_persons ELSE '{}' END;
  RETURN me;
END

-- THE RULE, asked: which of these candidates may the viewer hold today? A candidate is a policy; or, `of_class`, a class:
-- a policy of which only insurer, agencies, line, office and producer are known, with nothing else on record.
-- function judge(me sekisho_rls.reached, candidates sekisho_rls.candidate[], of_class boolean)
--   returns TABLE (entitled_n bigint); for owner
BEGIN
  IF cardinality(candidates) = 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
  @{rule answer}
  SELECT a.ask_id FROM answer a WHERE a.verdict = 'entitled';
END

-- Policies that moved, within reach by the ledger or by a transfer, and whose transfers say something else today than
-- the ledger. (Where all that is in force today says what the ledger says, the class of the policy has its answer.)
-- Planned anew each time: an agency has ten policies or ten thousand.
-- function moved(me sekisho_rls.reached) returns TABLE (of_insurer text, of_policy text); for owner, planned each time
BEGIN
  RETURN QUERY
  SELECT p.insurer_id, p.policy_no
  FROM (
    SELECT q.insurer_id, q.policy_no, q.agency_id, q.working_agency_id
    FROM sekisho.transfers x JOIN sekisho.policies q ON q.insurer_id = x.insurer_id AND q.policy_no = x.policy_no
    WHERE x.agency_id = ANY (me.my_agencies) OR x.working_agency_id = ANY (me.my_agencies)
    UNION
    SELECT q.insurer_id, q.policy_no, q.agency_id, q.working_agency_id
    FROM sekisho.policies q
    WHERE q.agency_id = ANY (me.my_agencies)
      AND EXISTS (SELECT FROM sekisho.transfers x WHERE x.insurer_id = q.insurer_id AND x.policy_no = q.policy_no)
    UNION
    SELECT q.insurer_id, q.policy_no, q.agency_id, q.working_agency_id
    FROM sekisho.policies q
    WHERE q.working_agency_id = ANY (me.my_agencies)
      AND EXISTS (SELECT FROM sekisho.transfers x WHERE x.insurer_id = q.insurer_id AND x.policy_no = q.policy_no)
  ) p
  WHERE NOT COALESCE((
    SELECT bool_and(COALESCE(t.agency_id, '') = COALESCE(p.agency_id, '')
                AND COALESCE(t.working_agency_id, '') = COALESCE(p.working_agency_id, ''))
    FROM sekisho.transfers t
    WHERE t.insurer_id = p.insurer_id AND t.policy_no = p.policy_no AND me.my_day BETWEEN t.start AND t."end"
  ), false);
END

-- Policies with a history of their own, each asked alone: those that moved; and, unless only those are wanted, those
-- with a consent to the viewer or with his own mail address.
-- function single(me sekisho_rls.reached, only_moved boolean)
--   returns TABLE (of_insurer text, of_policy text, is_moved boolean, may boolean); for owner
DECLARE
  found sekisho_rls.candidate[];
BEGIN
  found := ARRAY(
    SELECT ROW(row_number() OVER (), k.insurer_id, k.policy_no, '', '', '', '', '', bool_or(k.moved))
             ::sekisho_rls.candidate
    FROM (
      SELECT m.of_insurer AS insurer_id, m.of_policy AS policy_no, true AS moved
      FROM sekisho_rls.moved(me) m
      WHERE me.my_agencies <> '{}'
      UNION ALL
      SELECT k.insurer_id, k.policy_no, false
      FROM sekisho.consents k
      WHERE NOT only_moved
        AND (k.recipient_id = ANY (me.my_parties || me.my_persons) OR lower(k.recipient_id) = me.my_viewer)
      UNION ALL
      SELECT p.insurer_id, p.policy_no, false
      FROM sekisho.policies p
      WHERE NOT only_moved AND lower(p.email) = lower(me.my_viewer)
    ) k
    GROUP BY k.insurer_id, k.policy_no
  );
  RETURN QUERY
  SELECT c.insurer_id, c.policy_no, c.moved, j.entitled_n IS NOT NULL
  FROM unnest(found) c LEFT JOIN sekisho_rls.judge(me, found, false) j ON j.entitled_n = c.n;
END

-- All other policies of the agencies within reach, by class: policies that agree in insurer, agency, working agency and
-- line, and in office and producer as far as this viewer's duties ask for them, have one answer. So one question is put
-- for each class (docs/adr/0006). A class is `broken` when the rule denies a moved policy of it.
-- function classes(me sekisho_rls.reached)
--   returns TABLE (in_insurer text, in_agency text, in_working text, in_line text, in_office text, in_producer text,
--   broken boolean); for owner
DECLARE
  found sekisho_rls.candidate[];
BEGIN
  found := ARRAY(
    SELECT ROW(row_number() OVER (), c.insurer_id, 'class ' || row_number() OVER (), c.agency_id, c.working_agency_id,
               c.line, o.office_id, u.producer_id, false)::sekisho_rls.candidate
    FROM (
      SELECT p.insurer_id, COALESCE(p.agency_id, '') AS agency_id,
             COALESCE(p.working_agency_id, '') AS working_agency_id, COALESCE(p.line, '') AS line
      FROM sekisho.policies p WHERE p.agency_id = ANY (me.my_agencies)
      UNION
      SELECT p.insurer_id, COALESCE(p.agency_id, ''), COALESCE(p.working_agency_id, ''), COALESCE(p.line, '')
      FROM sekisho.policies p WHERE p.working_agency_id = ANY (me.my_agencies)
    ) c
    CROSS JOIN (SELECT '' AS office_id UNION SELECT unnest(me.my_offices)) o
    CROSS JOIN (SELECT '' AS producer_id UNION SELECT unnest(me.my_producers)) u
  );
  RETURN QUERY
  WITH denied AS MATERIALIZED (
    SELECT DISTINCT p.insurer_id, COALESCE(p.agency_id, '') AS agency_id,
           COALESCE(p.working_agency_id, '') AS working_agency_id, COALESCE(p.line, '') AS line
    FROM sekisho_rls.single(me, true) s
    JOIN sekisho.policies p ON p.insurer_id = s.of_insurer AND p.policy_no = s.of_policy
    WHERE NOT s.may
  )
  SELECT c.insurer_id, c.agency_id, c.working_agency_id, c.line, c.office_id, c.producer_id,
         EXISTS (SELECT FROM denied d
                 WHERE d.insurer_id = c.insurer_id AND d.agency_id = c.agency_id
                   AND d.working_agency_id = c.working_agency_id AND d.line = c.line)
  FROM unnest(found) c JOIN sekisho_rls.judge(me, found, true) j ON j.entitled_n = c.n;
END

-- What lies within reach, unjudged: a first, cheap sieve by which the indexes of a table can be used.
-- function my_reach(what text) returns text[]; for viewers
DECLARE
  me sekisho_rls.reached;
BEGIN
  me := sekisho_rls.reach();
  RETURN CASE what
    WHEN 'insurers' THEN me.my_insurers WHEN 'agencies' THEN me.my_agencies
    WHEN 'offices' THEN me.my_offices WHEN 'producers' THEN me.my_producers END;
END

-- What the viewer may see of insurers as a whole (as the insurer, or by joint use), whichever agency handles it: asked
-- about a policy of which no agency is known. An agency can only add grounds, so the answer holds for all of them.
-- function my_insurers() returns TABLE (in_insurer text, in_line text, in_office text, in_producer text); for viewers
DECLARE
  me sekisho_rls.reached;
  found sekisho_rls.candidate[];
BEGIN
  me := sekisho_rls.reach();
  found := ARRAY(
    SELECT ROW(row_number() OVER (), i.insurer_id, 'class ' || row_number() OVER (), '', '', l.line, o.office_id,
               u.producer_id, false)::sekisho_rls.candidate
    FROM unnest(me.my_insurers) i (insurer_id)
    CROSS JOIN (VALUES @{lines}) l (line)
    CROSS JOIN (SELECT '' AS office_id UNION SELECT unnest(me.my_offices)) o
    CROSS JOIN (SELECT '' AS producer_id UNION SELECT unnest(me.my_producers)) u
  );
  RETURN QUERY
  SELECT c.insurer_id, c.line, c.office_id, c.producer_id
  FROM unnest(found) c JOIN sekisho_rls.judge(me, found, true) j ON j.entitled_n = c.n;
END

-- Which classes of policies of agencies the viewer may see.
-- function my_classes() returns TABLE (in_insurer text, in_agency text, in_working text, in_line text, in_office text,
--   in_producer text); for viewers
BEGIN
  RETURN QUERY
  SELECT c.in_insurer, c.in_agency, c.in_working, c.in_line, c.in_office, c.in_producer
  FROM sekisho_rls.classes(sekisho_rls.reach()) c
  WHERE NOT c.broken;
END

-- Which single policies he may see: those with a history of their own, and the members of a broken class. (To name the
-- exceptions to a class instead would tell numbers of policies that he may not see.)
-- function my_policies() returns TABLE (of_insurer text, of_policy text); for viewers
DECLARE
  me sekisho_rls.reached;
  known_insurers text[];
  known_policies text[];
  known_moved boolean[];
  known_seen boolean[];
BEGIN
  me := sekisho_rls.reach();
  SELECT array_agg(s.of_insurer), array_agg(s.of_policy), array_agg(s.is_moved), array_agg(s.may)
  INTO known_insurers, known_policies, known_moved, known_seen
  FROM sekisho_rls.single(me, false) s;
  RETURN QUERY
  SELECT u.i, u.p FROM unnest(known_insurers, known_policies, known_seen) AS u (i, p, seen) WHERE u.seen;
  IF NOT EXISTS (SELECT FROM unnest(known_moved, known_seen) AS u (moved, seen) WHERE u.moved AND NOT u.seen) THEN
    RETURN;
  END IF;
  RETURN QUERY
  SELECT p.insurer_id, p.policy_no
  FROM sekisho_rls.classes(me) c
  JOIN sekisho.policies p
    ON p.insurer_id = c.in_insurer AND COALESCE(p.agency_id, '') = c.in_agency
   AND COALESCE(p.working_agency_id, '') = c.in_working AND COALESCE(p.line, '') = c.in_line
   AND COALESCE(CASE WHEN p.office_id = ANY (me.my_offices) THEN p.office_id END, '') = c.in_office
   AND COALESCE(CASE WHEN p.producer_id = ANY (me.my_producers) THEN p.producer_id END, '') = c.in_producer
  WHERE c.broken AND (p.agency_id = ANY (me.my_agencies) OR p.working_agency_id = ANY (me.my_agencies))
    AND NOT EXISTS (SELECT FROM unnest(known_insurers, known_policies, known_moved) AS u (i, p, moved)
                    WHERE u.moved AND u.i = p.insurer_id AND u.p = p.policy_no);
END
