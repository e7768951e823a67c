"""A line among the others of its page: neighbours, place in the page, shared words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.clean.lines import OWN

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dataset_builder.clean.lines import Floats, Lines

CONTEXT: Final = (
    *OWN,
    "own", "own_top", "back1", "back2", "back3", "ahead1", "ahead2", "ahead3", "near3", "near8",
    "near20", "mass_before", "mass_after", "middle", "in_block", "block_distance", "prose_back",
    "prose_ahead", "core_share", "core_share_short", "title_share", "place", "page_mass",
)  # fmt: skip
"""Names of the features of a line among the others of its page."""


def in_context(lines: Lines, own: Floats) -> Floats:
    """The features of each line among the others; `own` is the log-odds of each line by itself."""
    import numpy as np

    count = len(own)
    if not count:
        return np.zeros((0, len(CONTEXT)))
    odds = np.clip(own, -6, 6)
    p = 1 / (1 + np.exp(-odds))
    weight = np.minimum(lines.words, 60).astype(np.float64)
    mass = p * weight
    places = np.arange(count)

    def shifted(by: int) -> Floats:
        out = np.full(count, -6.0)
        if by > 0:
            out[by:] = odds[:-by]
        else:
            out[:by] = odds[-by:]
        return out

    weights = np.concatenate(([0.0], np.cumsum(weight + 1)))
    masses = np.concatenate(([0.0], np.cumsum(mass)))

    def near(span: int) -> Floats:
        low, high = np.maximum(places - span, 0), np.minimum(places + span + 1, count)
        around = weights[high] - weights[low] - weight - 1
        share: Floats = (masses[high] - masses[low] - mass) / np.maximum(around, 1)
        return share

    whole = max(masses[-1], 1e-9)
    before, after = masses[:-1] / whole, 1 - masses[1:] / whole
    low, high = _best_block(mass - 0.4 * weight - 1.0)
    outside = np.maximum(np.maximum(low - places, places - high + 1), 0)
    prose = (odds > 1.5) & (lines.words >= 8)
    core, core_short, title = _overlap(lines, prose, count)
    return np.column_stack(
        [
            lines.own,
            odds,
            odds - odds.max(),
            *(np.clip(shifted(by), -6, 6) if abs(by) < count else np.full(count, -6.0)
              for by in (1, 2, 3, -1, -2, -3)),
            near(3), near(8), near(20),
            before, after, 4 * before * after,
            outside == 0,
            np.log1p(outside),
            np.log1p(_distance(prose)), np.log1p(_distance(prose[::-1])[::-1]),
            core, core_short, title,
            places / count,
            np.full(count, np.log1p(whole)),
        ]
    )  # fmt: skip


def _best_block(gain: Floats) -> tuple[int, int]:
    """The range of lines with the greatest sum, as start and end (exclusive)."""
    import numpy as np

    sums = np.concatenate(([0.0], np.cumsum(gain)))
    lowest = np.minimum.accumulate(sums)
    high = int(np.argmax(sums - lowest))
    low = int(np.argmin(sums[: high + 1]))
    return low, max(high, low + 1)


def _distance(prose: npt.NDArray[np.bool_]) -> Floats:
    """Lines since the last prose line before each line; 100 when there is none."""
    import numpy as np

    places = np.arange(len(prose))
    last = np.maximum.accumulate(np.where(prose, places, -1))
    last = np.concatenate(([-1], last[:-1]))
    return np.where(last < 0, 100.0, np.minimum(places - last, 100)).astype(np.float64)


def _overlap(
    lines: Lines, prose: npt.NDArray[np.bool_], count: int
) -> tuple[Floats, Floats, Floats]:
    """Share of each line's content words that the page's prose also has, and its first lines."""
    import numpy as np

    totals = np.maximum(np.bincount(lines.word_lines, minlength=count), 1)
    if not len(lines.word_lines):
        zeros = np.zeros(count)
        return zeros, zeros, zeros
    order = np.lexsort((lines.word_lines, lines.word_keys))
    keys, where = lines.word_keys[order], lines.word_lines[order]
    new_key = np.concatenate(([True], keys[1:] != keys[:-1]))
    new_pair = new_key | np.concatenate(([True], where[1:] != where[:-1]))
    key_ids = np.cumsum(new_key) - 1
    # In how many prose lines each word occurs; a line is not its own witness.
    witnesses = np.bincount(key_ids, weights=new_pair & prose[where])
    others = witnesses[key_ids] - prose[where]
    shared = np.bincount(where, weights=others > 0, minlength=count) / totals
    top = np.bincount(key_ids, weights=where < 1) > 0
    title = np.bincount(where, weights=top[key_ids] & (where >= 1), minlength=count) / totals
    return shared, np.where(lines.words < 15, shared, 0), title
