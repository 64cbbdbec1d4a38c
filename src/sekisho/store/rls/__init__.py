"""Row-level security at the server: put in place (``server``), and looked over for what would undo it (``check``)."""

from sekisho.store.rls.check import Finding, check
from sekisho.store.rls.server import applied, apply, connected, recorded

__all__ = ["Finding", "applied", "apply", "check", "connected", "recorded"]
