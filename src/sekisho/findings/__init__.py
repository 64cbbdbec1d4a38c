"""Judged disclosures: cause, legal character, evidence, confidence; written the same every time."""
