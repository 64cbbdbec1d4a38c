"""Turning away most places of a text loses nothing: the same as when ``scan`` looks at every character."""

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import Text
from sekisho.matching.matcher import Matcher
from sekisho.matching.scan import scan as scanning
from sekisho.matching.scan.reading import HEADS, HITS, LABELS, LENGTH

VALUES = [
    "KA1234567", "ka-123-4567", "1234567890", "123 456 7890", "H0001-00001", "AB-778899", "髙橋太郎", "高橋　太郎",
    "髙橋・花子",
    "ﾀｶﾊｼ ﾀﾛｳ", "たかはしたろう", "たかはし　たろう", "タカハシ", "山口虹", "山田次郎", "㈱青葉商事", "青葉商事",
    "1980-03-04", "1980年3月4日", "19800304", "昭和55年3月4日", "S55.3.4", "s550304", "昭和五十五年三月四日",
    "1992 / 1 / 8",
    "03-0000-1234", "0300001234", "03(0000)1234", "+81-3-0000-1234", "090 0000 5678", "022.000.5678", "taro@example.jp",
    "〒100-0001", "〒1000001", "〒 1000001", "100-0001", "千代田区丸の内2-21-9", "仙台市青葉区一番町一丁目2番3号",
    "52340円", "52,340円", "52340 円", "¥52340", "¥ 1", "契約者名", "証券番号：", "満期日", "契 約 者", "Policy No.",
    "\u3099",
]  # fmt: skip
NOISE = [
    "", " ", "　", "\n", "\t", "。", "、", "・", "は", "の", "様", "ございます", "を", "12", "9", "0", "ー", "-", "−",
    "A", "x",
    "円", "¥", "〒", "月", "年", "10:30", "2024年", "昭", "令和", "𠮷", "😀", "\ud800", "ッ", "ャ", "\u200b",
    "(", ")", "/", ".", ":",
]  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(VALUES), st.sampled_from(NOISE)), max_size=30).map("".join)


def _every(codes: Any, kinds: Any, count: Any, marks: Any, places: Any) -> Any:
    for at in range(count):
        places[at] = at
    return np.int64(count)


def _all(  # noqa: PLR0917
    codes: Any, kinds: Any, marks: Any, pairs: Any, lengths: Any, places: Any, count: Any
) -> Any:
    return count


@pytest.fixture(scope="module")
def everywhere() -> Callable[..., Any]:
    """``scan`` looking at every character."""
    plain = {**vars(scanning), "find_places": numba.njit(_every), "worth_looking": numba.njit(_all)}
    code = scanning.scan.py_func.__code__  # type: ignore[attr-defined]
    compiled: Callable[..., Any] = numba.njit(error_model="numpy")(FunctionType(code, plain))
    return compiled


@settings(deadline=None, max_examples=500)
@given(texts=st.lists(texts, min_size=1, max_size=3))
def test_nothing_is_lost(matcher: Matcher, everywhere: Callable[..., Any], texts: list[str]) -> None:
    matcher.match([Text("x", text) for text in texts])
    counts = matcher._counts
    length = int(counts[LENGTH])
    states, words, starts, _, *listed = matcher._look_up
    key_items, _, _, lead, lengths = matcher._limits
    bounds = np.array([sum(len(text) + 1 for text in texts[:place]) for place in range(len(texts))], np.int64)
    found = [np.zeros_like(array) for array in (matcher._hits, matcher._heads, matcher._labels)]
    used = everywhere(
        matcher._codes, matcher._kinds, length, matcher._positions, bounds, states, words, starts, *listed, key_items,
        lead, lengths, *found, *matcher._scratch, np.zeros(length + 1, np.uint32),
    )  # fmt: skip
    assert list(used) == [counts[which] for which in (HITS, HEADS, LABELS)]
    for plain, fast, count in zip(found, (matcher._hits, matcher._heads, matcher._labels), used, strict=True):
        assert plain[:count].tolist() == fast[:count].tolist()
