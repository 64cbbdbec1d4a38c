"""Own files: what is misspelt, left out or of another shape is told with its place."""

import pytest

from sekisho.kernel.entries import check_entries
from sekisho.kernel.errors import InputError

SHAPE = {"size": {"width": None, "note?": None}, "steps?": [{"from": None}], "any?": {"*": {"x": None}}}


def test_what_has_the_shape_passes() -> None:
    check_entries({"size": {"width": 1}}, SHAPE, where="f")
    check_entries({"size": {"width": 1, "note": "n"}, "steps": [{"from": 1}], "any": {"a": {"x": 1}}}, SHAPE, where="f")


@pytest.mark.parametrize(
    ("content", "message", "remedy"),
    [
        (None, "the file must hold named entries", "use size, steps, any"),
        ({}, "missing: size", "use size, steps, any"),
        ({"size": {"width": 1}, "stepz": []}, "unknown: stepz", "use size, steps, any"),
        ({"size": 3}, "size must hold named entries", "use width, note"),
        ({"size": {"width": 1, "nose": 2}}, "unknown in size: nose", "use width, note"),
        ({"size": {"width": 1}, "steps": {}}, "steps must be a list", ""),
        ({"size": {"width": 1}, "steps": [{"from": 1}, {"form": 1}]}, "unknown in steps[2]: form", "use from"),
        ({"size": {"width": 1}, "any": {"b": {"y": 1}}}, "unknown in any.b: y", "use x"),
    ],
)
def test_what_has_not_is_told_with_its_place(content: object, message: str, remedy: str) -> None:
    with pytest.raises(InputError) as refused:
        check_entries(content, SHAPE, where="own.yaml")
    assert (refused.value.where, refused.value.remedy or "") == ("own.yaml", remedy)
    assert message in str(refused.value)
