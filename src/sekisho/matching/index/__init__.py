"""The match index: the ledger's values as keyed hashes; made, kept, opened."""
