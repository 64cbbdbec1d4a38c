"""Japanese headers and file names."""

import pytest

from sekisho.kernel.errors import InputError
from sekisho.registry.headers import HeaderMap, same_word, usual_files, usual_headers
from sekisho.registry.schema import TABLES


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_header_means_two_columns(table: object) -> None:
    own = TABLES[table.name]  # type: ignore[attr-defined]
    plain = HeaderMap()
    for column in own.columns:
        words = usual_headers(own.name, column.name)
        assert words, f"{own.name}.{column.name} has no Japanese header"
        assert plain.columns_of(own.name, [column.name]) == [column.name]
        for word in words:
            found = plain.columns_of(own.name, [word])[0]
            # A shared word may mean a nearer column of this table, never nothing.
            assert found is not None
            if found != column.name:
                assert word in usual_headers(own.name, found)
        assert plain.columns_of(own.name, [column.ja]) == [column.name], "the documented header must be understood"


def test_no_file_name_means_two_tables() -> None:
    words = [same_word(word) for name in TABLES for word in (name, *usual_files(name))]
    assert len(words) == len(set(words))
    assert HeaderMap().table_of("契約") == "policies"
    assert HeaderMap().table_of("Policies") == "policies"
    assert HeaderMap().table_of("メモ") is None


def test_width_case_and_spaces_do_not_matter() -> None:
    headers = ["証券Ｎｏ．", " 契約者 名 ", "POLICY_NO", "ＦＡＸ番号", "備考"]
    found = HeaderMap().columns_of("policies", headers)
    assert found == ["policy_no", "holder_name", "policy_no", "fax", None]


def test_own_words_go_before_the_usual_ones() -> None:
    own = HeaderMap.from_settings(
        {"headers": {"policies": {"扱者": "producer_id", "住所": ""}}, "files": {"保有2024": "policies"}}
    )
    assert own.columns_of("policies", ["扱者", "住所"]) == ["producer_id", None]
    assert own.table_of("保有２０２４") == "policies"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"headers": {"policy": {}}}, "names table 'policy'"),
        ({"headers": {"policies": {"扱者": "producer"}}}, "names column 'producer'"),
        ({"files": {"x": "contracts"}}, "names table 'contracts'"),
    ],
)
def test_settings_that_name_nothing_are_refused(settings: dict[str, dict[str, str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        HeaderMap.from_settings(settings)
