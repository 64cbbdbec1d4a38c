"""What people enter and decide about incidents, in the operational database of the workspace (ADR 0013).

``open_records(workspace)`` gives a ``Records``; nothing else of this package is needed outside ``store``. Every change
is written together with a line of the ledger (``ledger.py``), in one transaction.
"""

from sekisho.store.records.opening import open_records

__all__ = ["open_records"]
