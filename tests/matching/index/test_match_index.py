"""The index: saved and mapped alike, useless without the key, no customer data in the clear."""

import stat
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sekisho.kernel.content import Text
from sekisho.kernel.errors import InputError
from sekisho.kernel.folding import folded
from sekisho.matching.index.columns import FIELDS
from sekisho.matching.index.hashing import FIELD_WORDS, KEY_AT
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.matcher import Matcher
from tests.matching.conftest import INSURERS, KEY, LEDGER, TAKAHASHI, index_of, policies

TEXTS = ["証券番号KA1234567", "高橋太郎 S55.3.4", "青葉商事 022-000-1111", "山口虹 仙台市青葉区一番町1-2-3", "山口虹"]


def found(index: MatchIndex) -> list[list[int]]:
    matcher = Matcher(index, INSURERS)
    return [[match.policy_row for match in matcher.match([Text("body", text)])] for text in TEXTS]


def test_saved_and_opened_finds_the_same(index: MatchIndex, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index.save(folder)
    assert found(MatchIndex.open(folder, KEY)) == found(index) == [[0], [0], [2], [1], []]


def test_files_are_private_and_hold_nothing_in_the_clear(index: MatchIndex, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index.save(folder)
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    content = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    for row in LEDGER:
        for value in row.values():
            whole = folded(str(value))
            begun = {whole[:2], whole[:3]} if not whole.isascii() else set()  # the beginnings in the index are sealed
            for text in {str(value), whole, *begun} - {"KOU", "HEI"}:
                for coding in ("utf-8", "utf-16-le", "utf-32-le"):
                    assert text.encode(coding) not in content, (text, coding)
    assert KEY not in content


def test_another_key_gives_other_hashes(tmp_path: Path) -> None:
    one, other = index_of([TAKAHASHI]), MatchIndex.build({"policies": policies([TAKAHASHI])})
    assert set(keys_of(one)).isdisjoint(keys_of(other))
    one.save(tmp_path / "index")
    with pytest.raises(InputError, match="not the key of this index"):
        MatchIndex.open(tmp_path / "index", b"another key 1234")
    with pytest.raises(InputError, match="32 bytes"):
        MatchIndex.open(tmp_path / "index", b"short")


def keys_of(index: MatchIndex) -> list[int]:
    """The one stored key of each field of a ledger of one policy."""
    words = index.store.words
    places = [int(words[kind * FIELD_WORDS + KEY_AT]) for kind in range(len(FIELDS))]
    return [int(index.store.starts[place]) for place in places]


def test_no_index_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no match index here"):
        MatchIndex.open(tmp_path, KEY)


def test_missing_columns_chunks_and_large_strings() -> None:
    table = policies(LEDGER).select(["policy_no", "insurer_id", "holder_name", "phone"])
    table = table.set_column(0, "policy_no", table["policy_no"].cast(pa.large_string()))
    table = pa.concat_tables([table.slice(0, 2), table.slice(2)])
    assert found(MatchIndex.build({"policies": table}, KEY)) == [[0], [], [2], [], []]


def test_empty_ledger() -> None:
    assert found(index_of([])) == [[]] * len(TEXTS)


def test_shapes_and_their_density() -> None:
    index = index_of([TAKAHASHI | {"policy_no": f"KA{number:07d}"} for number in range(100)])
    assert len(index.shapes) == 1
    assert index.density_of("KA0000000") == pytest.approx(100 / (26**2 * 10**7))
    assert index.density_of("K00000000") == 0


def test_dense_ledgers_count_only_digits_they_use() -> None:
    index = index_of([{"policy_no": f"77{number:06d}", "insurer_id": "KOU"} for number in range(10_000)])
    assert index.density_of("77001234") == pytest.approx(1.0)


def test_signs_that_the_ledger_writes_inside_numbers_may_join_them() -> None:
    matcher = Matcher(index_of([TAKAHASHI | {"policy_no": "KA/123.4567"}]), INSURERS)
    assert [match.policy_row for match in matcher.match([Text("body", "ＫＡ／１２３．４５６７ と KA-123-4567")])] == [0]
    assert np.array_equal(index_of([TAKAHASHI]).joiners.nonzero()[0], [0x20, 0x2D])
