"""The scan finds every kind of value, head and label, each with its line and piece."""

import numpy as np

from sekisho.kernel.content import Table, Text
from sekisho.law.items import items
from sekisho.matching.index.columns import FIELDS
from sekisho.matching.matcher import Matcher
from sekisho.matching.scan.reading import HEADS, HITS, LABELS

KINDS = (*FIELDS, "start", "expiry", "premium")


def scanned(matcher: Matcher, *texts: str) -> tuple[list[tuple[str, str, int, int]], list[str], list[tuple[str, str]]]:
    """(hits as (kind, text, line, piece), header lines, labels as (word, item))."""
    pieces = [Text("x", text) for text in texts]
    matcher.match(pieces)
    counts = matcher._counts
    text = "".join(map(chr, matcher._codes[: counts[0]]))
    hits = sorted(matcher._hits[: counts[HITS]].tolist(), key=lambda hit: (hit[1], hit[0]))
    heads = [text[begin:end] for begin, end, *_ in matcher._heads[: counts[HEADS]].tolist()]
    names = list(items())
    labels = [(text[begin:end], names[item]) for begin, end, item, _ in matcher._labels[: counts[LABELS]].tolist()]
    return [(KINDS[hit[0]], text[hit[1] : hit[2]], hit[6], hit[7]) for hit in hits], heads, labels


def test_every_kind_of_value(matcher: Matcher) -> None:
    text = "KA1234567 髙橋太郎 ﾀｶﾊｼﾀﾛｳ 1980/3/4 03-0000-1234 taro@example.jp\n〒100-0001 千代田区丸の内2-21-9 2340円"
    found, heads, labels = scanned(matcher, text)
    assert [(kind, line) for kind, _, line, _ in found] == [
        ("policy_no", 0), ("name", 0), ("kana", 0), ("birth_date", 0), ("phone", 0), ("email", 0),
        ("postal_code", 1), ("address", 1), ("premium", 1),
    ]  # fmt: skip
    assert found[0][1] == "KA1234567"
    assert heads == labels == []


def test_lines_and_pieces(matcher: Matcher) -> None:
    found, _, _ = scanned(matcher, "x\nKA1234567", "", "KA1234567\n\nKA1234567")
    assert [(line, piece) for _, _, line, piece in found] == [(1, 0), (3, 2), (5, 2)]


def test_heads_and_labels(matcher: Matcher) -> None:
    _, heads, labels = scanned(matcher, "契約者名,満期日\n証券番号：1\n【保険会社】x\n契約者名のみ")
    assert heads == ["契約者名,満期日"]
    assert labels == [("証券番号", "policy_no"), ("保険会社", "insurer")]


def test_dates_and_amounts_are_kept_whoever_they_belong_to(matcher: Matcher) -> None:
    found, _, _ = scanned(matcher, "満期 2031/9/9 999円 999")
    assert [(kind, text) for kind, text, _, _ in found] == [("birth_date", "2031/9/9"), ("premium", "999")]


def test_more_than_fits_is_read_with_more_room(matcher: Matcher) -> None:
    count = len(matcher._hits) + 10
    rows = [["KA1234567"]] * count
    (match,) = matcher.match([Table("t", rows)])
    assert match.policy_row == 0
    assert matcher._counts[HITS] == count
    assert np.all(matcher._hits[:count, 0] == 0)
