"""Peers of the scan, run in the peers' environment: automata over clear names.

``python -m bench.automata daachorse|pyahocorasick FOLDER`` reads names.json and
texts.json, prints CPU seconds and hits.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path


def _daachorse(names: list[str]) -> Callable[[str], int]:
    import daachorse  # type: ignore[import-not-found]  # noqa: PLC0415

    automaton = daachorse.CharwiseDoubleArrayAhoCorasick(names)
    return lambda text: len(automaton.find_overlapping(text))


def _pyahocorasick(names: list[str]) -> Callable[[str], int]:
    import ahocorasick  # type: ignore[import-not-found]  # noqa: PLC0415

    automaton = ahocorasick.Automaton(ahocorasick.STORE_LENGTH)
    for name in names:
        automaton.add_word(name)
    automaton.make_automaton()
    return lambda text: sum(1 for _ in automaton.iter(text))


def main() -> None:
    library, folder = sys.argv[1], Path(sys.argv[2])
    names = json.loads((folder / "names.json").read_text(encoding="utf-8"))  # sorted: unsorted ones never finish
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    started = time.process_time()
    count = {"daachorse": _daachorse, "pyahocorasick": _pyahocorasick}[library](names)
    build = time.process_time() - started
    times, hits = [], 0
    for _ in range(3):
        started = time.process_time()
        hits = sum(map(count, texts))
        times.append(time.process_time() - started)
    print(json.dumps({"build": build, "scan": min(times), "hits": hits}))


if __name__ == "__main__":
    main()
