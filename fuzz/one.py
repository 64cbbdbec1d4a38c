"""One target for some time: ``python -m fuzz.one NAME SECONDS OUT``. What breaks a promise is kept in OUT, the smallest
input of each kind of failure; the run goes on. A crash of the process itself is left to ``__main__`` to see."""

import hashlib
import importlib.util
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["NUMBA_BOUNDSCHECK"] = "1"  # compiled code writes past an array in silence otherwise
os.environ.setdefault("XDG_CACHE_HOME", tempfile.gettempdir())

MEMORY = 3 << 30
ROOT = Path(__file__).resolve().parents[1]
PACKAGES = [
    "sekisho",
    "py7zr",
    "olefile",
    "msoffcrypto",
    "pyzipper",
    "tnefparse",
    "oxmsg",
    "striprtf",
    "compressed_rtf",
]


def main() -> int:
    limited()
    if sys.argv[2] == "check":
        return _check(sys.argv[1], Path(sys.argv[3]))
    name, seconds, out = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    try:
        import atheris  # noqa: PLC0415
    except ImportError:
        atheris = None
    if atheris is None:
        target = _load(name)
        return _plainly(target, seconds, Recorder(target, out))
    with atheris.instrument_imports(include=PACKAGES, exclude=_compiled_modules()):
        target = _load(name)
        _warm(target)
    return _guided(atheris, target, seconds, Recorder(target, out))


def limited() -> None:
    """Memory as a worker of the sweep has it: what takes more ends here, and not with the machine."""
    import resource  # noqa: PLC0415

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _check(name: str, path: Path) -> int:
    """Run one input as the product does, readers apart: 0 when every promise is kept."""
    from fuzz.targets import TARGETS  # noqa: PLC0415

    TARGETS[name].run(path.read_bytes())
    return 0


def _compiled_modules() -> list[str]:
    """Modules with functions for Numba, which does not understand instrumented code."""
    spec = importlib.util.find_spec("sekisho")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).parents[1]
    return [
        ".".join(path.relative_to(source).with_suffix("").parts)
        for path in (source / "sekisho").rglob("*.py")
        if b"compiled" in path.read_bytes()
    ]


def _load(name: str) -> Any:
    """The target; what the product reads in a process apart is read here, where its coverage is seen."""
    from fuzz.targets import TARGETS  # noqa: PLC0415
    from sekisho.sources.files import apart, readers  # noqa: PLC0415

    def here(reader: str, data: bytes, part: str, job: Any) -> None:
        careful = f"{reader}, carefully"
        readers.read_apart(careful if careful in readers.READERS else reader, data, part, job)

    apart.read = here
    return TARGETS[name]


def _warm(target: Any) -> None:
    """Import what is imported late, under instrumentation too."""
    for data in target.seeds():
        try:
            target.run(data)
        except Exception:  # it will be found again and recorded
            continue


class Recorder:
    """Runs the target and keeps what fails."""

    def __init__(self, target: Any, out: Path) -> None:
        self._run: Callable[[bytes], None] = target.run
        self._out = out / target.name
        self._smallest: dict[str, int] = {}
        self.count = 0

    def __call__(self, data: bytes) -> None:
        self.count += 1
        try:
            self._run(data)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # OutOfTimeError is one
            self._keep(data, error)

    def _keep(self, data: bytes, error: BaseException) -> None:
        told = signature(error)
        if len(data) >= self._smallest.get(told, 1 << 30):
            return
        self._smallest[told] = len(data)
        self._out.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = hashlib.sha256(told.encode()).hexdigest()[:12]
        (self._out / f"{stem}.bin").write_bytes(data)
        text = f"{told}\n\n{''.join(traceback.format_exception(error))}"
        (self._out / f"{stem}.txt").write_text(text, encoding="utf-8", errors="backslashreplace")


def signature(error: BaseException) -> str:
    """What tells one kind of failure from another: its class, promise and innermost place in our code."""
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if "/sekisho/" in frame.filename:
            place = f"{frame.filename.rpartition('/sekisho/')[2]}:{frame.name}"
    promise = str(error) if type(error).__name__ == "BrokenPromiseError" else ""
    return f"{type(error).__name__} {promise} {place}".strip()


def _corpus(target: Any, folder: Path) -> None:
    from fuzz import seeds  # noqa: PLC0415

    for number, data in enumerate(target.seeds()):
        (folder / f"own-{number:04d}").write_bytes(data)
    if target.real:
        for number, path in enumerate(seeds.real(*target.real)):
            (folder / f"real-{number:04d}").symlink_to(path)


def _guided(atheris: Any, target: Any, seconds: int, run: Recorder) -> int:
    with tempfile.TemporaryDirectory(prefix="sekisho-fuzz-") as name:
        folder = Path(name)
        (folder / "seeds").mkdir()
        _corpus(target, folder / "seeds")
        (folder / "grown").mkdir()
        words = folder / "words"
        escaped = ["".join(map("\\x{:02x}".format, word)) for word in target.words]
        words.write_text("".join(f'"{word}"\n' for word in escaped), encoding="ascii")
        arguments = [
            sys.argv[0], str(folder / "grown"), str(folder / "seeds"), f"-max_total_time={seconds}",
            f"-max_len={target.largest}", "-timeout=60", "-rss_limit_mb=3000", "-print_final_stats=1", "-verbosity=0",
            f"-artifact_prefix={run._out}-",
        ]  # fmt: skip
        if target.words:
            arguments.append(f"-dict={words}")

        def change(data: bytes, size: int, seed: int) -> bytes:
            return target.mutator(data, size, random.Random(seed), atheris.Mutate)

        custom = {} if target.mutator.__name__ == "raw" else {"custom_mutator": change}
        atheris.Setup(arguments, run, **custom)
        child = os.fork()
        if child == 0:
            atheris.Fuzz()  # does not return
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)


def _plainly(target: Any, seconds: int, run: Recorder) -> int:
    """Without atheris: seeds, changed at random, without regard to coverage."""
    from fuzz import mutate, seeds  # noqa: PLC0415

    rng = random.Random(1)
    pool = (
        [*target.seeds(), *(path.read_bytes() for path in seeds.real(*target.real))]
        if target.real
        else list(target.seeds())
    )
    end = time.monotonic() + seconds
    for data in pool:
        run(data)
    while time.monotonic() < end:
        data = rng.choice(pool)
        run(target.mutator(data, target.largest, rng, lambda d, n: mutate.mangle(d, n, rng, target.words)))
    print(json.dumps({"runs": run.count}))
    return 0


if __name__ == "__main__":
    result = main()
    sys.stdout.flush()
    os._exit(result)  # with a mutator of ours, atheris waits for itself for ever at the usual end
