"""What was believed when: what each load changed, and the tables rebuilt as of any knowledge (docs/history.md)."""

from sekisho.store.history.files import NAME
from sekisho.store.history.past import Believed, Past
from sekisho.store.history.recording import record, tidy

__all__ = ["NAME", "Believed", "Past", "record", "tidy"]
