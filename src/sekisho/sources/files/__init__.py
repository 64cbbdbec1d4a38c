"""Attachments and files: what text and tables they hold, within limits of size, depth and time."""
