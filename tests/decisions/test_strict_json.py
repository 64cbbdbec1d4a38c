"""JSON from strangers: one meaning or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.decisions.refusal import Refusal
from sekisho.decisions.strict_json import read_object

DEPTH = 16
HOSTILE = {
    "empty": b"",
    "blank": b" \n",
    "not JSON": b"{",
    "an array": b"[]",
    "a text": b'"a"',
    "two objects": b"{}{}",
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "too large a float": b'{"a": 1e999}',
    "too large a number": b'{"a": ' + b"9" * 5000 + b"}",
    "a name twice": b'{"a": 1, "a": 2}',
    "a name twice below": b'{"b": [{"a": 1, "a": 1}]}',
    "a name twice, escaped": b'{"a": 1, "\\u0061": 2}',
    "half a character": b'{"a": "\\ud800"}',
    "half a character as a name": b'{"\\udc00": 1}',
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a mark before": b'\xef\xbb\xbf{"a": 1}',
    "a raw control character": b'{"a": "\x00"}',
    "too deep": b'{"a":' * 17 + b"1" + b"}" * 17,
    "far too deep": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "far too deep, unclosed": b'{"a":' + b"[" * 100_000,
    "a comment": b'{"a": 1} // one',
    "single quotes": b"{'a': 1}",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_object(body, DEPTH)
    assert refused.value.status == 400


def test_what_is_meant_is_read() -> None:
    body = '{"a": "山田 😀 \\ud83d\\ude00 \\"{[", "b": [1, -2.5, true, null], "c": {"a": {}}}'.encode()
    assert read_object(body, 3) == {"a": '山田 😀 😀 "{[', "b": [1, -2.5, True, None], "c": {"a": {}}}


def test_brackets_in_texts_are_no_depth() -> None:
    assert read_object(b'{"a": "' + b"[" * 100 + b'"}', 2) == {"a": "[" * 100}
    assert len(read_object(b'{"a": [' + b"{}," * 100 + b"{}]}", 3)["a"]) == 101


@pytest.mark.parametrize("name", ["a", "\\u0061"])
def test_a_name_twice_is_seen_in_a_long_body_too(name: str) -> None:
    most = ", ".join(f'{{"a": "{number}:", "b": 1.5}}' for number in range(500))
    assert len(read_object(f'{{"c": [{most}]}}'.encode(), DEPTH)["c"]) == 500
    with pytest.raises(Refusal, match="twice"):
        read_object(f'{{"c": [{most}, {{"a": 1, "{name}": 2}}]}}'.encode(), DEPTH)


def test_a_long_body_is_not_too_deep_for_its_many_brackets() -> None:
    assert len(read_object(b'{"a": [' + b'{"b": []},' * 999 + b"{}]}", 4)["a"]) == 1000
    with pytest.raises(Refusal, match="deeper than 3"):
        read_object(b'{"a": [' + b'{"b": []},' * 999 + b"{}]}", 3)
    assert read_object(b'{"a": ["]", "[", "", "{\\"}"]}', 2) == {"a": ["]", "[", "", '{"}']}


def test_the_last_depth_that_is_read() -> None:
    assert read_object(b'{"a":' * 16 + b"1" + b"}" * 16, DEPTH)


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    try:
        assert isinstance(read_object(body, DEPTH), dict)
    except Refusal as refusal:
        assert refusal.status == 400
