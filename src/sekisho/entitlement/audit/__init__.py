"""The rule over very many questions: logs of a year, all viewers × all policies (``docs/audit.md``)."""
