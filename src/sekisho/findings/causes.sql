-- What happened: the cause of each not entitled disclosure (FACTS §3; seeds 000, 001, 002; law/parameters/causes.yaml).
--
-- In:  judged          one row per event × policy × recipient party that is not entitled, or unresolved
--        channel, insurer_id, policy_no, on_date, verdict, missing
--        sender_party, sender_person, sender_home   (home insurer when the sender acts as a secondee that day)
--        recipient_party                             (null when nobody in the registry)
--        recipient_label                             (the party, else ?domain; ? alone: no recipient is named)
--        parent_party                                (party of whoever asked, when this mail answers a mail)
--        agency_id, line, source                     (of the policy, as far as known)
--      parties(party_id, kind)                       kind: insurer | agency
--      supervisions                                  of the registry
-- Out: causes          finding key + cause ('' = cannot be told from this evidence)
--
-- The first line that fits decides; the order is part of the rule.

CREATE OR REPLACE TEMP VIEW causes AS
SELECT
  judged.*,
  CASE
    -- Mail, and files that lie with somebody ------------------------------------------------------------------
    WHEN sent AND recipient_label = '?'                                     THEN ''    -- no recipient, no holder named
    WHEN sent AND recipient_party IS NULL                                   THEN 'G2'  -- nobody known: outside
    -- the party may hold it, but this person has no duty that covers it
    WHEN missing = 'duty'                                                   THEN 'G6'
    -- an insurer holds what is not its own, from whom is unknown: it received it
    WHEN channel = 'file' AND sender_party IS NULL
         AND recipient_kind = 'insurer'                                     THEN 'A3'
    -- a secondee to his home insurer: at its request (he answers its mail), or on his own initiative
    WHEN sent AND sender_home = recipient_party
         AND parent_party = recipient_party                                 THEN 'B2'
    WHEN sent AND sender_home = recipient_party                             THEN 'B1'
    -- already inside a company that may not hold it: it received it before
    WHEN sent AND sender_party = recipient_party
         AND recipient_kind = 'insurer'                                     THEN 'A3'
    WHEN sent AND sender_party = recipient_party                            THEN 'G6'
    WHEN sent AND sender_kind = 'agency'
         AND recipient_kind = 'insurer'                                     THEN 'A1'
    WHEN sent AND sender_kind = 'agency'                                    THEN 'D'
    WHEN sent AND sender_kind = 'insurer'
         AND recipient_kind = 'insurer'                                     THEN 'A2'
    WHEN sent AND sender_kind = 'insurer'                                   THEN 'G2'  -- to a wrong agency
    WHEN sent                                                               THEN ''    -- sender unknown

    -- Systems and feeds ----------------------------------------------------------------------------------------
    WHEN missing IN ('employment', 'account')                               THEN 'E'   -- a leaver's or closed account
    WHEN recipient_party IS NULL                                            THEN ''    -- account unknown
    WHEN recipient_kind = 'insurer'                                         THEN 'G6'  -- lends the system, may not look in
    WHEN supervised AND source = 'gateway'                                  THEN 'C1'
    WHEN supervised AND line = 'nonlife'                                    THEN 'C2'
    WHEN supervised AND line = 'life'                                       THEN 'C3'
    WHEN recipient_kind = 'agency'                                          THEN 'D'
    ELSE ''
  END AS cause
FROM (
  SELECT
    judged.*,
    sender.kind    AS sender_kind,
    recipient.kind AS recipient_kind,
    channel IN ('mail', 'file') AS sent,
    -- the recipient works under the agency that handles the policy, on that day
    EXISTS (
      SELECT 1 FROM supervisions AS s
      WHERE s.supervising_agency_id = judged.agency_id
        AND s.working_agency_id = judged.recipient_party
        AND judged.on_date BETWEEN s."start" AND s."end"
    ) AS supervised
  FROM judged
  LEFT JOIN parties AS sender    ON sender.party_id = judged.sender_party
  LEFT JOIN parties AS recipient ON recipient.party_id = judged.recipient_party
) AS judged;
