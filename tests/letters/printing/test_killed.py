"""kill -9 in the middle of a run of two workers: whole files only, no process left, and the next run ends the same."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pypdfium2
import pytest

from sekisho.letters.printing import Settings, print_letters
from tests.letters.printing.cast import WORDING, people, some_bars

COUNT, EACH = 400, 40
PROGRAM = """
import sys
from pathlib import Path
from sekisho.letters.printing import Settings, print_letters
from tests.letters.printing.cast import WORDING, people, some_bars
if __name__ == "__main__":
    settings = Settings(series="K", letters_per_file={each}, workers=2, bars=some_bars)
    print_letters(people({count}), WORDING, Path(sys.argv[1]), settings=settings)
"""


def settings() -> Settings:
    return Settings(series="K", letters_per_file=EACH, workers=2, bars=some_bars)


def started(program: Path, out: Path) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, str(program), str(out)], env={**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}
    )


@pytest.mark.slow
def test_a_killed_run_leaves_whole_files_and_is_taken_up_again(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(each=EACH, count=COUNT), encoding="utf-8")
    out, whole = tmp_path / "out", tmp_path / "whole"
    process = started(program, out)
    deadline = time.monotonic() + 120
    while len(list(out.glob("letters-*.pdf"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
    there = sorted(path.name for path in out.glob("letters-*.pdf"))
    assert 2 <= len(there) < COUNT // EACH
    assert not (out / "ledger.csv").exists()
    for name in there:
        document = pypdfium2.PdfDocument(out / name)
        assert len(document) >= EACH
        document.close()
    print_letters(people(COUNT), WORDING, out, settings=settings())
    print_letters(people(COUNT), WORDING, whole, settings=settings())
    names = sorted(path.name for path in whole.iterdir())
    assert sorted(path.name for path in out.iterdir()) == names
    assert all((out / name).read_bytes() == (whole / name).read_bytes() for name in names)
