-- ============================================================================================================
-- CLASSES: policies that the rule cannot tell apart.
--
-- What the rule reads of a policy is its insurer, its agencies and its line, and, where some duty asks for it, its
-- office or producer. Policies that agree in these have the same answer, for every viewer and on every day, so one of
-- them is asked for all (docs/adr/0006-whole-sets-by-class.md). A policy with a history of its own (transfers,
-- consents) is a class by itself; so is, where single viewers are asked about, the policy whose holder's mail address
-- one of them bears (ground 7).
--
-- In:  duties, transfers, consents                 (registry)
--      addressed(insurer_id, policy_no, email)     policies that are some viewer's own by their mail address
-- Out: asked_office, asked_producer, single        what classes.py and class_of.sql number the policies by
-- ============================================================================================================

-- Only offices and producers that a duty can ask for tell policies apart.
CREATE TABLE asked_office AS
SELECT DISTINCT office_id FROM duties WHERE COALESCE(office_id, '') <> '';

CREATE TABLE asked_producer AS
SELECT DISTINCT person_id FROM duties WHERE own_only;

CREATE TABLE single AS
SELECT insurer_id, policy_no FROM transfers
UNION
SELECT insurer_id, policy_no FROM consents
UNION
SELECT insurer_id, policy_no FROM addressed;
