"""One message in one compiled call: fold, scan, pair. Crossing into compiled code costs some 10 µs each time, as much
as scanning a kilobyte, so it is done once per message."""
# Compiled code wants flat arguments:
# ruff: noqa: PLR0917

from typing import Any

import numpy as np

from sekisho.kernel.compiled import compiled
from sekisho.kernel.folding_compiled import fold_into
from sekisho.matching.scan.hits import KIND, POLICY
from sekisho.matching.scan.pairs import pair
from sekisho.matching.scan.places import PADDING
from sekisho.matching.scan.scan import scan

LENGTH, HITS, HEADS, LABELS, PAIRS, NUMBERS, NUMBER_LABELS, CUT = range(8)
COUNTS = 8
SCRATCH = 128
"""Room for one value in its canonical form."""


@compiled
def read(
    raw: Any, count: Any, mapping: Any, kinds_of: Any, joined: Any, codes: Any, kinds: Any, positions: Any,
    bounds: Any, grids: Any, states: Any, words: Any, starts: Any, refs: Any,
    marks: Any, pair_marks: Any, before: Any, after: Any, heads: Any, head_codes: Any,
    key_items: Any, number_item: Any, window: Any, lead: Any, lengths: Any,
    hits: Any, found_heads: Any, labels: Any, pairs: Any, out: Any, sizes: Any, stops: Any,
    counts: Any,
) -> None:  # fmt: skip
    """Fold ``raw[:count]`` into ``codes``, ``kinds``, ``positions``; scan; pair. ``counts`` tells how many of each
    there are, which may be more than fit (then nothing behind it is done: enlarge and call again). ``raw`` is written
    over: once folded, its room serves the scan."""
    counts[:] = 0
    length = fold_into(raw, count, mapping, kinds_of, joined, codes, kinds, positions)
    counts[LENGTH] = length
    codes[length : length + PADDING], kinds[length : length + PADDING] = 0, 0
    used, used_heads, used_labels = scan(
        codes, kinds, length, positions, bounds, states, words, starts,
        marks, pair_marks, before, after, heads, head_codes, key_items, lead, lengths,
        hits, found_heads, labels, out, sizes, stops, raw,
    )  # fmt: skip
    counts[HITS], counts[HEADS], counts[LABELS] = used, used_heads, used_labels
    if used > len(hits) or used_heads > len(found_heads) or used_labels > len(labels):
        return
    for place in range(used):
        counts[NUMBERS] += hits[place, KIND] == POLICY
    for place in range(used_labels):
        counts[NUMBER_LABELS] += labels[place, 2] == number_item
    if used > 1:
        counts[PAIRS], counts[CUT] = pair(hits, np.int64(used), refs, window, grids, pairs)
