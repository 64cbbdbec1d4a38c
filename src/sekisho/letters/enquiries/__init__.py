"""Persons who ask whether they are concerned, and what the desk may tell them (B6, B7)."""
