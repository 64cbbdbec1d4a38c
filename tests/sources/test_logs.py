"""What both kinds of log share."""

import pytest

from sekisho.sources.columns import columns, fold_header


@pytest.mark.parametrize("log", ["access", "deliveries"])
def test_every_column_is_known_by_its_own_name_and_no_header_means_two(log: str) -> None:
    seen: set[str] = set()
    for column in columns(log):
        assert fold_header(column.name) in column.headers
        assert not column.headers & seen
        seen |= column.headers


def test_headers_are_folded() -> None:
    assert fold_header(" ＩＰ アドレス ") == "ipアドレス"
