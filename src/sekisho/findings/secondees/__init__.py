"""What secondees (出向者) had, saw and took home: one row for each secondment (A9; seeds 000, 001).

``who.sql`` says whose secondments, accounts and mailboxes; ``reach`` asks the rule and the scopes what they could see;
``looking`` reads what they did look at and export; ``took.sql`` counts what findings say went home; ``view`` puts it
together. What the evidence cannot tell is null, never 0, and ``unknown`` says why.
"""
