"""Sekisho (関所): the checkpoint for customer information between insurers and their agencies."""

__version__ = "0.1.0"
