"""Freed memory stays with the process, so that the next question need not get it from the system again."""

import subprocess
import sys

SCRIPT = """
import resource, sys
from sekisho.kernel.memory import keep_freed_memory
kept = keep_freed_memory()
def work():
    for part in [bytearray(100_000) for _ in range(60)]:
        part[::4096] = bytes(len(part[::4096]))
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    work()
print(int(kept), resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_pieces_freed_and_taken_again_cost_no_page_faults() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    kept, faults = map(int, done.stdout.split())
    assert not kept or faults < 20 * 60  # without it: 20 times the 1,500 pages of the pieces
