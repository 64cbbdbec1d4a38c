"""The engine without other processes: for small archives, and for tests."""

from collections.abc import Iterable, Iterator

from sekisho.disclosures.mail.worker import Batch, Seen, Setting, close_here, open_here, read_batch


def read_here(batches: Iterable[Batch], setting: Setting) -> Iterator[list[Seen]]:
    """Read the batches one after the other in this process (``worker.Engine``)."""
    open_here(setting)
    try:
        for batch in batches:
            yield read_batch(batch)
    finally:
        close_here()
