"""Where names may begin: the characters marked are just those of the ledger's beginnings."""

from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.scan.beginnings import first_marks
from sekisho.matching.scan.names import ADDRESS_FIRST, KANA_FIRST, NAME_FIRST
from tests.matching.conftest import TAKAHASHI, index_of


def marked(index: MatchIndex, mark: int) -> str:
    marks = first_marks(index.store.words)
    return "".join(chr(code) for code in range(len(marks)) if marks[code] & mark)


def test_the_first_characters_of_the_ledger(index: MatchIndex) -> None:
    assert marked(index, NAME_FIRST) == "山青高", "folded, without the legal form"
    assert marked(index, KANA_FIRST) == "タ"
    assert marked(index, ADDRESS_FIRST) == "仙千", "behind the prefecture"


def test_a_small_kana_begins_as_a_large_one() -> None:
    small = index_of([TAKAHASHI | {"holder_kana": "ツジイ ハジメ"}])
    assert marked(small, KANA_FIRST) == "ッツ"


def test_a_character_beyond_the_first_plane_is_left_to_the_table() -> None:
    beyond = index_of([TAKAHASHI | {"holder_name": "𩸽 太郎", "insured_name": None}])
    assert marked(beyond, NAME_FIRST) == ""
