"""The fuzzing tool: seeds keep every promise, mutators give readable containers, shrinking keeps the failure."""

import gzip
import io
import random
import zipfile
import zlib

import pytest
from fuzz import mutate, seeds
from fuzz.__main__ import shrunk
from fuzz.oracle import BrokenPromiseError, nothing_lost, promised

from sekisho.kernel.content import Contents, Text


def test_shrinking_keeps_what_fails() -> None:
    assert shrunk(b"x" * 500 + b"BAD" + b"y" * 500, lambda data: b"BAD" in data) == b"BAD"
    assert shrunk(b"fine", lambda data: False) == b"fine"


def test_a_broken_promise_names_it() -> None:
    with pytest.raises(BrokenPromiseError, match="something"):
        promised([], "something")
    with pytest.raises(BrokenPromiseError):
        nothing_lost(b"some text that vanished", Contents())
    nothing_lost(b"\xff\xfe", Contents())
    nothing_lost(b"some text", Contents([Text("p", "some text")], []))


def test_changed_containers_still_fit_their_checksums() -> None:
    rng = random.Random(3)

    def inner(data: bytes, size: int) -> bytes:
        return mutate.mangle(data, size, rng)

    packed = next(iter(seeds.zips()))
    opened = 0
    for _ in range(30):
        changed = mutate.zipped(packed, 1 << 16, rng, inner)
        opened += _is_zip(changed)
    assert opened > 10
    changed = [mutate.gzipped(next(seeds.tars()), 1 << 16, rng, inner) for _ in range(20)]
    assert sum(_is_gzip(data) for data in changed) > 10
    headed = mutate.lzh(next(seeds.lzhs()), 1 << 16, rng, lambda data, _: data[:3] + b"X" + data[4:])
    assert headed[1] == sum(headed[2 : 2 + headed[0]]) & 0xFF


def _is_gzip(data: bytes) -> bool:
    try:
        return bool(gzip.decompress(data))
    except (OSError, EOFError, zlib.error):
        return False


def _is_zip(data: bytes) -> bool:
    """Now and then the container itself is changed; then it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.testzip() is None
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, zlib.error):
        return False
