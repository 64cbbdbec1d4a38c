"""The floor of letters: as many bytes into as many files. ``python -m bench.letters_floor FROM OUT``"""

import os
import sys
from pathlib import Path


def main() -> None:
    source, out = map(Path, sys.argv[1:])
    out.mkdir(mode=0o700)
    for path in sorted(source.iterdir()):
        if path.suffix in {".pdf", ".csv"}:
            with (out / path.name).open("wb") as written:
                written.write(path.read_bytes())
                written.flush()
                os.fsync(written.fileno())


if __name__ == "__main__":
    main()
