"""What became of each letter: printed, posted, delivered, returned, replaced (B5)."""
