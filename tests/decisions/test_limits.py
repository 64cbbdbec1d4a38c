"""Settings of the service, and the measure of what a client may ask."""

import pytest

from sekisho.decisions.limits import Bucket, Limits, limits_from
from sekisho.kernel.errors import InputError


def test_without_settings_there_are_limits() -> None:
    assert limits_from({}, "sekisho.toml") == Limits()


def test_settings_are_read() -> None:
    found = limits_from({"decisions": {"per_second": 5, "request_seconds": 3, "durable": "second"}}, "sekisho.toml")
    assert (found.per_second, found.request_seconds, found.durable) == (5, 3.0, "second")
    assert isinstance(found.request_seconds, float)


@pytest.mark.parametrize(
    "section",
    [
        {"per_secnd": 1},
        {"per_second": 0},
        {"per_second": -1},
        {"per_second": "many"},
        {"per_second": True},
        {"per_second": 1.5},
        {"request_seconds": float("nan")},
        {"durable": "never"},
        {"log_requests": 1},
        {"burst": 10},
        {"search_cost": 100_000},
        7,
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused_by_name(section: object) -> None:
    with pytest.raises(InputError, match=r"sekisho.toml.*decisions"):
        limits_from({"decisions": section}, "sekisho.toml")


def test_a_client_may_ask_in_bursts_and_in_the_long_run() -> None:
    bucket = Bucket(rate=10, burst=20, at=100.0)
    assert bucket.take(20, 100.0) == 0
    assert bucket.take(1, 100.0) == pytest.approx(0.1)
    assert bucket.take(1, 100.2) == 0
    assert bucket.take(20, 101.1) == pytest.approx(1.0)  # nothing was taken
    assert bucket.take(9.9, 101.1) == 0
    assert bucket.take(20, 200.0) == 0  # never more than the burst
    assert bucket.take(1, 200.0) > 0


def test_what_is_more_than_a_burst_needs_a_full_bucket() -> None:
    bucket = Bucket(rate=10, burst=20, at=0.0)
    assert bucket.take(1000, 0.0) == 0
    assert bucket.take(1000, 1.0) == pytest.approx(1.0)
