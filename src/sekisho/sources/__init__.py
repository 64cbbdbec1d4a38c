"""Readers of evidence: mail archives, files, access logs, deliveries. They read; they judge nothing."""
