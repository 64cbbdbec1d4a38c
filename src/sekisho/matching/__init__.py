"""Text and tables → policies: by the ledger's values (keyed hashes) and by reading tables."""
