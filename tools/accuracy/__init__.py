"""How much Sekisho finds, and how much it finds wrongly, measured on real messages.

Ledger records are planted into copies of real messages (``hosts``, ``notations``, ``carriers``, ``plant``), the same
ledger is held against messages with nothing in them (``clean``), the product is run from its command line, and its
findings are compared with what was planted (``score``). Nothing of the product's matching is used to make the truth.
"""
