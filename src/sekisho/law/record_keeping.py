"""How long records must be kept. Source: ``parameters/record_keeping.yaml``."""

from sekisho.law.load import parameters


def provision_years() -> int:
    """Years for which the record of a provision of personal data to a third party must be kept."""
    return int(parameters("record_keeping")["provision_years"])
