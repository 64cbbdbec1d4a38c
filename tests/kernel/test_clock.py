"""One clock, in Japanese time."""

from datetime import UTC, date, datetime

import pytest

from sekisho.kernel.clock import JST, day_in_japan, now, today
from sekisho.kernel.errors import InputError


def test_the_environment_sets_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_NOW", "2026-03-31T15:00:00+00:00")
    assert now() == datetime(2026, 4, 1, tzinfo=JST)
    assert now().utcoffset() == JST.utcoffset(None)
    assert today() == date(2026, 4, 1)


def test_an_instant_without_zone_is_japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_NOW", "2026-03-31T23:59:59")
    assert today() == date(2026, 3, 31)


def test_a_wrong_instant_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_NOW", "tomorrow")
    with pytest.raises(InputError, match="SEKISHO_NOW: 'tomorrow' is no instant → write ISO 8601"):
        now()


def test_without_it_the_present_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEKISHO_NOW", raising=False)
    assert now().tzinfo is JST


def test_the_day_is_that_of_japan() -> None:
    assert day_in_japan(datetime(2024, 8, 30, 14, 59, tzinfo=UTC)) == date(2024, 8, 30)
    assert day_in_japan(datetime(2024, 8, 30, 15, 0, tzinfo=UTC)) == date(2024, 8, 31)
    assert day_in_japan(datetime(2024, 8, 30, 23, 0)) == date(2024, 8, 30)
