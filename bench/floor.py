"""The floor: reading the files and parsing MIME with the standard library, nothing else.

``python -m bench.floor parse|decode FOLDER WORKERS`` prints the number of messages (and of decoded bytes). "parse" cuts
mbox files into messages and parses each; "decode" decodes every part's transfer encoding besides.
"""

import email
import mmap
import sys
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

SEPARATOR = b"\nFrom "


def messages(path: Path) -> Iterator[bytes]:
    """Raw messages of an mbox file, by memory map."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = data.find(b"\n") + 1
        while start < len(data):
            end = data.find(SEPARATOR, start)
            if end < 0:
                yield data[start:]
                return
            yield data[start : end + 1]
            start = data.find(b"\n", end + 1) + 1


def parse(path: Path) -> tuple[int, int]:
    """(messages, MIME parts) of one file."""
    count = parts = 0
    for raw in messages(path):
        count += 1
        parts += sum(1 for _ in email.message_from_bytes(raw).walk())
    return count, parts


def decode(path: Path) -> tuple[int, int]:
    """(messages, decoded bytes) of one file."""
    count = size = 0
    for raw in messages(path):
        count += 1
        for part in email.message_from_bytes(raw).walk():
            if not part.is_multipart():
                size += len(part.get_payload(decode=True) or b"")
    return count, size


def main() -> None:
    mode, folder, workers = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    work = {"parse": parse, "decode": decode}[mode]
    with Pool(workers) as pool:
        results = pool.map(work, sorted(folder.glob("*.mbox")), chunksize=1)
        pool.close()
        pool.join()  # waited for, so that their CPU time is counted
    print(sum(count for count, _ in results), sum(size for _, size in results))


if __name__ == "__main__":
    main()
