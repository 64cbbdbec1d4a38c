"""Dated parameters with their references. No number, deadline, cause or rule wording stands in Python."""
