"""The statements behind ``recipients``: plain SQL over findings, policies and persons, read from top to bottom.

``concerned`` findings → ``behind`` whom each policy stands → ``everybody`` once → the ``place`` that each is written to
→ ``written`` or held back. Plain tables, not temporary ones: a cursor of its own reads them while others are asked.
"""

GATHERED = (
    # Which findings concern this mailing; the day in Japan on which each happened.
    """
    CREATE TABLE concerned AS
    SELECT insurer_id, policy_no, agency_id, items, recipient_party,
           substr("at", 1, 10) AS day, starts_with(ground_missing, getvariable('unresolved')) AS open
    FROM findings
    WHERE getvariable('every_insurer') OR insurer_id = '' OR insurer_id IN (SELECT insurer_id FROM chosen_insurers)
    """,
    """
    CREATE TABLE touched AS
    SELECT insurer_id, policy_no, count(*) AS findings, bool_and(open) AS only_open
    FROM concerned GROUP BY insurer_id, policy_no
    """,
    # Whose policy it is. One that nobody is known for stands for itself, so that nothing is lost.
    """
    CREATE TABLE behind AS
    SELECT t.insurer_id, t.policy_no, t.findings, t.only_open,
           p.policy_no IS NOT NULL AS in_ledger,
           coalesce(nullif(k.person, ''), t.insurer_id || '/' || t.policy_no) AS person,
           coalesce(nullif(nullif(k.kind, ''), 'unknown'), p.holder_kind, '') AS kind
    FROM touched AS t
    LEFT JOIN (SELECT insurer_id, policy_no, min(person) AS person, max(kind) AS kind
               FROM persons GROUP BY insurer_id, policy_no) AS k
      ON k.insurer_id = t.insurer_id AND k.policy_no = t.policy_no
    LEFT JOIN (SELECT insurer_id, policy_no, holder_kind FROM policies) AS p
      ON p.insurer_id = t.insurer_id AND p.policy_no = t.policy_no
    """,
    """
    CREATE TABLE everybody AS
    SELECT person, bool_or(in_ledger) AS in_ledger, bool_and(only_open) AS only_open,
           bool_or(kind = 'corporate') AS corporate, sum(findings) AS findings, count(*) AS policies,
           min(insurer_id || '/' || policy_no) AS first_policy
    FROM behind GROUP BY person
    """,
    # Every policy that ``persons`` knows of them may tell where they live, also one that no finding concerns.
    """
    CREATE TABLE addresses AS
    SELECT k.person, p.insurer_id, p.policy_no,
           trim(regexp_replace(coalesce(p.holder_name, ''), '[[:cntrl:]]+', ' ', 'g'), ' \u3000') AS name,
           trim(regexp_replace(coalesce(p.address, ''), '[[:cntrl:]]+', ' ', 'g'), ' \u3000') AS address,
           regexp_replace(translate(coalesce(p.postal_code, ''), '０１２３４５６７８９', '0123456789'),
                          '[^0-9]', '', 'g') AS digits,
           coalesce(p.email, '') AS email, p.start_date,
           coalesce(p.holder_kana, '') AS kana, p.birth_date, coalesce(p.phone, '') AS phone,
           coalesce(p.mobile, '') AS mobile
    FROM (SELECT insurer_id, policy_no, person FROM behind
          UNION SELECT insurer_id, policy_no, person FROM persons
                WHERE getvariable('every_insurer') OR insurer_id IN (SELECT insurer_id FROM chosen_insurers)) AS k
    JOIN policies AS p ON p.insurer_id = k.insurer_id AND p.policy_no = k.policy_no
    SEMI JOIN everybody AS e ON e.person = k.person
    """,
    # The latest policy at which a letter can be addressed; failing that, the latest one that names at least something.
    """
    CREATE TABLE place AS
    SELECT person, insurer_id, policy_no, name, address, postal_code
    FROM (SELECT *, CASE WHEN length(digits) = 7 THEN digits ELSE '' END AS postal_code FROM addresses)
    QUALIFY row_number() OVER (
      PARTITION BY person
      ORDER BY (name <> '')::INT + (address <> '')::INT + (postal_code <> '')::INT DESC,
               start_date DESC NULLS LAST, insurer_id, policy_no) = 1
    """,
    """
    CREATE TABLE mail AS
    SELECT person, first(email ORDER BY start_date DESC NULLS LAST, insurer_id, policy_no) AS email
    FROM addresses WHERE email <> '' AND getvariable('with_email') GROUP BY person
    """,
    """
    CREATE TABLE decided AS
    SELECT e.*, p.name, p.address, p.postal_code, p.insurer_id AS place_insurer, p.policy_no AS place_policy,
           CASE WHEN NOT e.in_ledger THEN 'unknown_policy'
                WHEN e.only_open AND NOT getvariable('with_unresolved') THEN 'unresolved'
                WHEN p.name = '' THEN 'no_name' WHEN p.address = '' THEN 'no_address'
                WHEN p.postal_code = '' THEN 'no_postal_code' ELSE '' END AS reason
    FROM everybody AS e LEFT JOIN place AS p ON p.person = e.person
    """,
    """
    CREATE TABLE written AS
    SELECT d.person, d.name, d.postal_code, d.address, d.place_insurer, d.place_policy,
           d.corporate OR EXISTS (SELECT 1 FROM companies AS c WHERE contains(d.name, c.word)
             AND d.person IN (SELECT person FROM behind WHERE kind = '')) AS corporate,
           coalesce(m.email, '') AS email
    FROM decided AS d LEFT JOIN mail AS m ON m.person = d.person
    WHERE d.reason = ''
    """,
)

ORDERED = (
    # One line for each policy and agency of the person.
    """
    CREATE TABLE lines AS
    SELECT l.*, coalesce(p.product, '') AS product
    FROM (SELECT insurer_id, policy_no, agency_id,
                 string_agg(DISTINCT items, '|' ORDER BY items) AS item_sets,
                 list(DISTINCT day ORDER BY day) FILTER (day <> '') AS days,
                 bool_or(day = '') AS undated,
                 string_agg(DISTINCT recipient_party, '|' ORDER BY recipient_party) AS parties
          FROM concerned WHERE NOT open OR getvariable('with_unresolved')
          GROUP BY insurer_id, policy_no, agency_id) AS l
    LEFT JOIN policies AS p ON p.insurer_id = l.insurer_id AND p.policy_no = l.policy_no
    """,
)

ROWS = """
SELECT w.person, w.name, w.corporate, w.postal_code, w.address, w.email,
       l.insurer_id, l.policy_no, l.agency_id, l.item_sets,
       coalesce(l.days, []::VARCHAR[]), coalesce(len(l.days), 0), l.undated, l.parties, l.product
FROM written AS w
JOIN behind AS b ON b.person = w.person
JOIN lines AS l ON l.insurer_id = b.insurer_id AND l.policy_no = b.policy_no
ORDER BY w.postal_code, w.address, w.person, l.insurer_id, l.policy_no, l.agency_id
"""

NAMES = """
SELECT DISTINCT person, unnest([name, kana]) AS name FROM addresses
WHERE person IN (SELECT person FROM behind JOIN lines USING (insurer_id, policy_no))
"""

ON_RECORD = """
SELECT person, list(DISTINCT name) FILTER (name <> ''), list(DISTINCT kana) FILTER (kana <> ''),
       list(DISTINCT address) FILTER (address <> ''), list(DISTINCT birth_date) FILTER (birth_date IS NOT NULL),
       list(DISTINCT phone) FILTER (phone <> ''), list(DISTINCT mobile) FILTER (mobile <> ''),
       list(DISTINCT policy_no)
FROM addresses WHERE person IN (SELECT unnest($persons::VARCHAR[])) GROUP BY person ORDER BY person
"""

OWN_LINES = """
SELECT b.person, l.insurer_id, l.policy_no, l.agency_id, l.item_sets,
       coalesce(l.days, []::VARCHAR[]), coalesce(len(l.days), 0), l.undated, l.parties, l.product
FROM behind AS b JOIN lines AS l ON l.insurer_id = b.insurer_id AND l.policy_no = b.policy_no
WHERE b.person IN (SELECT unnest($persons::VARCHAR[]))
ORDER BY b.person, l.insurer_id, l.policy_no, l.agency_id
"""

HELD = """
SELECT person, reason,
       CASE WHEN reason = 'unknown_policy' THEN first_policy ELSE place_insurer || '/' || place_policy END
       || CASE WHEN policies > 1 THEN ' ほか' || (policies - 1) || '契約' ELSE '' END
FROM decided WHERE reason <> '' ORDER BY reason, person
"""

SEVERAL = """
SELECT w.person, w.place_insurer, w.place_policy, list(DISTINCT a.address ORDER BY a.address)
FROM written AS w JOIN addresses AS a ON a.person = w.person
WHERE a.address <> ''
GROUP BY ALL HAVING count(DISTINCT a.address) > 1 ORDER BY w.person
"""
