"""Messages show values of the owner's file, but nothing that may be a My Number."""

import pytest

from sekisho.registry.problems import MAX_LISTED, Problem, Problems, shown


@pytest.mark.parametrize(
    "text", ["983205673214", "9832-0567-3214", "9832 0567 3214", "９８３２０５６７３２１４", "x 983205673214"]
)
def test_twelve_digits_are_never_shown(text: str) -> None:
    assert shown(text) == "(not shown)"


def test_a_secret_is_never_shown() -> None:
    assert shown("12", secret=True) == "(not shown)"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (None, "(empty)"),
        ("", "(empty)"),
        ("令和九九年", '"令和九九年"'),
        ("a\x1b[31m\n", r'"a\x1b[31m\n"'),
        ("x" * 50, '"' + "x" * 40 + '…"'),
        ("09000005678", '"09000005678"'),
        ("1234567890123", '"1234567890123"'),
    ],
)
def test_other_values_are_shown_harmlessly(text: str | None, result: str) -> None:
    assert shown(text) == result


def test_all_are_counted_and_a_bound_is_listed() -> None:
    problems = Problems()
    made: list[int] = []

    def make(row: int) -> Problem:
        made.append(row)
        return Problem("error", "date", "policies", f"f:{row}", "m", "r")

    problems.add_many("error", "date", "policies", range(MAX_LISTED + 500), make)
    problems.add_many("error", "date", "policies", range(7), make)
    assert problems.count("error") == problems.count("error", "policies") == MAX_LISTED + 507
    assert problems.count("warning") == problems.count("error", "people") == 0
    assert len(problems.listed) == len(made) == MAX_LISTED
