"""A peer: Aho-Corasick over the clear names and policy numbers of the ledger (pyahocorasick).

It sees only what is written exactly as in the ledger, holds the ledger in the clear, and judges nothing.
``python -m bench.peer FOLDER POLICIES.parquet WORKERS`` prints build seconds, messages and hits.
"""

import email
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench.floor import messages

_automaton: Any = None


def _build(policies: Path) -> None:
    import ahocorasick  # type: ignore[import-not-found]  # noqa: PLC0415  (optional)

    global _automaton  # noqa: PLW0603  (shared with forked workers)
    table = pq.read_table(policies, columns=["policy_no", "holder_name"])
    words = {w for column in table.columns for w in column.to_pylist() if w}
    _automaton = ahocorasick.Automaton(ahocorasick.STORE_LENGTH)
    for word in sorted(words):
        _automaton.add_word(word)
    _automaton.make_automaton()


def _scan(path: Path) -> tuple[int, int]:
    count = hits = 0
    for raw in messages(path):
        count += 1
        for part in email.message_from_bytes(raw).walk():
            if part.get_content_maintype() == "text":
                data = part.get_payload(decode=True)
                if isinstance(data, bytes):
                    text = data.decode(str(part.get_content_charset() or "utf-8"), "replace")
                    hits += sum(1 for _ in _automaton.iter(text))
    return count, hits


def main() -> None:
    folder, policies, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    started = time.perf_counter()
    _build(policies)
    built = time.perf_counter() - started
    with get_context("fork").Pool(workers) as pool:
        results = pool.map(_scan, sorted(folder.glob("*.mbox")), chunksize=1)
        pool.close()
        pool.join()  # waited for, so that their CPU time is counted
    print(f"{built:.1f}", sum(c for c, _ in results), sum(h for _, h in results))


if __name__ == "__main__":
    main()
