"""Row-level security for PostgreSQL, generated from the rule: text only, nothing here speaks to a server.

``options`` what an installation chooses · ``queries`` the rule as SQL over the tables of schema ``sekisho`` ·
``functions`` what a session asks (written in ``functions.sql``) · ``policies`` which rows it gets · ``script`` all of
it in one transaction. How it is meant: ``docs/rls.md``; why so: ``docs/adr/0009-rls.md``. REQUIREMENTS D2.
"""
