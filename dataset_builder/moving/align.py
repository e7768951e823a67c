"""Finds what two versions of a text have in common, also where passages changed their order.

Sequences of words that occur once in each text are the same place (P. Heckel, "A technique for
isolating differences between files", CACM 21(4), 1978, with k words instead of a line). What is
left between two such places is searched again for shorter ones. From every place the match is
followed to both sides as far as the texts agree; where following from the left and from the right
leads to different places ("very good" in "very very good", or a paragraph that is there twice
now), neither is taken.

The time is near-linear in the length of the texts whatever they are: every step sorts or scans,
nothing is compared with everything, and texts that repeat themselves so much that following would
take longer have nothing in common that could be told.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from dataset_builder.moving.tokens import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ANCHOR = 16
"""Pieces (words, spaces, marks) that make a place of their own anywhere in the text."""
SHORT = 8
"""The same for a passage that no longer place was found for, as a moved heading; and how far texts
must agree beyond a place to put the next one in doubt."""
_EFFORT = 16
"""Comparisons a piece, at most, that looking for doubt may take."""


@dataclass(frozen=True)
class Block:
    """A stretch that both texts have, in code points: `old[start:end] == new[start+shift:...]`."""

    start: int
    end: int
    shift: int


@dataclass(frozen=True)
class Alignment:
    """What two texts have in common."""

    blocks: tuple[Block, ...]
    """In the order of the old text; no character of either text is in two of them."""
    old: str
    new: str

    def block_at(self, offset: int) -> Block | None:
        """The block that holds the character at `offset` of the old text."""
        index = bisect_right(self.blocks, offset, key=lambda block: block.start) - 1
        if index >= 0 and offset < self.blocks[index].end:
            return self.blocks[index]
        return None

    def before(self, offset: int) -> Block | None:
        """The last block that ends at or before `offset` of the old text."""
        index = bisect_right(self.blocks, offset, key=lambda block: block.end) - 1
        return self.blocks[index] if index >= 0 else None

    def after(self, offset: int) -> Block | None:
        """The first block that starts at or after `offset` of the old text."""
        index = bisect_left(self.blocks, offset, key=lambda block: block.start)
        return self.blocks[index] if index < len(self.blocks) else None

    def added(self) -> list[tuple[int, int]]:
        """Stretches of the new text that the old one has not, in code points."""
        covered = sorted((b.start + b.shift, b.end + b.shift) for b in self.blocks)
        edges = [(0, 0), *covered, (len(self.new), len(self.new))]
        return [(one[1], other[0]) for one, other in pairwise(edges) if one[1] < other[0]]


@dataclass(frozen=True)
class _Run:
    """The same in pieces: `old[start:start+size] == new[start+shift:...]`."""

    start: int
    size: int
    shift: int

    @property
    def end(self) -> int:
        return self.start + self.size


def align(old: str, new: str) -> Alignment:
    """What `old` and `new` have in common. The same texts give the same result anywhere."""
    if old == new:
        return Alignment((Block(0, len(old), 0),) if old else (), old, new)
    left, right = pieces(old), pieces(new)
    ids: dict[str, int] = {}
    a = [ids.setdefault(piece, len(ids)) for piece in left]
    b = [ids.setdefault(piece, len(ids)) for piece in right]
    # A place of its own is within a paragraph: where paragraphs changed their order, the first
    # words of the next one would else belong to two.
    inner, other = _apart(left, a, -1), _apart(right, b, -2)
    runs = _unique(inner, other, ANCHOR)
    runs = _followed(a, b, runs)
    size = ANCHOR // 2
    while size:
        runs = _followed(a, b, _between(inner, other, runs, size))
        size //= 2
    runs = _followed(a, b, _leftover(inner, other, runs))
    runs = _undoubted(a, b, runs)
    starts, news = [0, *accumulate(map(len, left))], [0, *accumulate(map(len, right))]
    blocks = [
        Block(starts[run.start], starts[run.end], news[run.start + run.shift] - starts[run.start])
        for run in runs
    ]
    return Alignment(tuple(blocks), old, new)


def _apart(parts: Sequence[str], numbers: Sequence[int], first: int) -> list[int]:
    """`numbers` of `parts`, with every line break as a number of its own, down from `first`."""
    return [
        first - 2 * place if "\n" in part else number
        for place, (part, number) in enumerate(zip(parts, numbers, strict=True))
    ]


def _grams(a: Sequence[int], b: Sequence[int], size: int) -> tuple[list[int], list[int]]:
    """Numbers that are equal where `size` (a power of two) pieces are: each from two of half the
    size, so that the work does not grow with `size`."""
    one, other = list(a), list(b)
    length = 1
    while length < size:
        ids: dict[tuple[int, int], int] = {}
        one, other = (
            [ids.setdefault(pair, len(ids)) for pair in zip(part, part[length:], strict=False)]
            for part in (one, other)
        )
        length *= 2
    return one, other


def _once(grams: Sequence[int]) -> dict[int, int]:
    """Number -> place, of what occurs once."""
    counts = Counter(grams)
    return {gram: place for place, gram in enumerate(grams) if counts[gram] == 1}


def _unique(a: Sequence[int], b: Sequence[int], size: int) -> list[_Run]:
    """Runs of at least `size` pieces, of which any so many occur once in each text; without those
    that contradict others."""
    here, there = map(_once, _grams(a, b, size))
    pairs = sorted((i, there[gram]) for gram, i in here.items() if gram in there)
    runs: list[_Run] = []
    for i, j in pairs:
        last = runs[-1] if runs else None
        if last is not None and last.shift == j - i and i <= last.end:
            runs[-1] = _Run(last.start, i + size - last.start, last.shift)
        else:
            runs.append(_Run(i, size, j - i))
    return _undisputed(runs, len(a), len(b))


def _undisputed(runs: Iterable[_Run], old: int, new: int) -> list[_Run]:
    """The parts of `runs` whose pieces no other run claims, in either text; neighbours joined."""
    runs = _joined(runs)
    here, there = [0] * (old + 1), [0] * (new + 1)
    for run in runs:
        for counts, place in ((here, run.start), (there, run.start + run.shift)):
            counts[place] += 1
            counts[place + run.size] -= 1
    mine, other = list(accumulate(here)), list(accumulate(there))
    kept: list[_Run] = []
    for run in runs:
        start: int | None = None
        for i in range(run.start, run.end + 1):
            free = i < run.end and mine[i] == 1 and other[i + run.shift] == 1
            if free and start is None:
                start = i
            elif not free and start is not None:
                kept.append(_Run(start, i - start, run.shift))
                start = None
    return kept


def _joined(runs: Iterable[_Run]) -> list[_Run]:
    """Runs of one shift that touch or overlap as one; in the order of the old text."""
    made: list[_Run] = []
    for run in sorted(runs, key=lambda r: (r.shift, r.start, r.size)):
        last = made[-1] if made else None
        if last is not None and last.shift == run.shift and run.start <= last.end:
            made[-1] = _Run(last.start, max(last.end, run.end) - last.start, last.shift)
        else:
            made.append(run)
    return sorted(made, key=lambda r: (r.start, r.shift))


def _followed(a: Sequence[int], b: Sequence[int], runs: Sequence[_Run]) -> list[_Run]:
    """`runs`, each longer to both sides as far as the texts agree and nobody else has a claim.

    The beginning and the end of the texts are places, too.
    """
    runs = _joined(runs)
    ends = [_Run(0, 0, 0), *runs, _Run(len(a), 0, len(b) - len(a))]
    order = sorted(range(len(ends)), key=lambda n: (ends[n].start + ends[n].shift, n))
    rank = {n: place for place, n in enumerate(order)}
    grown = list(runs)
    for n, run in enumerate(ends):
        # The nearest claimed piece on each side, in each text.
        if n + 1 < len(ends) and rank[n] + 1 < len(order):
            following = ends[order[rank[n] + 1]]
            i, j = run.end, run.end + run.shift
            most = min(ends[n + 1].start - i, following.start + following.shift - j)
            steps = 0
            while steps < most and a[i + steps] == b[j + steps]:
                steps += 1
            if steps:
                grown.append(_Run(i, steps, run.shift))
        if n and rank[n]:
            previous = ends[order[rank[n] - 1]]
            i, j = run.start, run.start + run.shift
            most = min(i - ends[n - 1].end, j - previous.end - previous.shift)
            steps = 0
            while steps < most and a[i - steps - 1] == b[j - steps - 1]:
                steps += 1
            if steps:
                grown.append(_Run(i - steps, steps, run.shift))
    return _joined(_undisputed(grown, len(a), len(b)))


def _undoubted(a: Sequence[int], b: Sequence[int], runs: Sequence[_Run]) -> list[_Run]:
    """`runs` without what a passage that is repeated lets belong to two of them; none when that
    cannot be found out with a bounded effort."""
    left = _EFFORT * (len(a) + len(b)) + 1000
    claims = list(runs)
    for run in (_Run(0, 0, 0), *runs, _Run(len(a), 0, len(b) - len(a))):
        i, j = run.end, run.end + run.shift
        steps = 0
        while i + steps < len(a) and j + steps < len(b) and a[i + steps] == b[j + steps]:
            steps += 1
        back, i, j = 0, run.start, run.start + run.shift
        while back < min(i, j) and a[i - back - 1] == b[j - back - 1]:
            back += 1
        left -= steps + back
        if left < 0:
            return []
        if steps >= SHORT:
            claims.append(_Run(run.end, steps, run.shift))
        if back >= SHORT:
            claims.append(_Run(run.start - back, back, run.shift))
    return _undisputed(claims, len(a), len(b))


def _between(a: Sequence[int], b: Sequence[int], runs: Sequence[_Run], size: int) -> list[_Run]:
    """`runs` with what is unique in the gap between two of them that follow each other in both
    texts. In a gap the order stays: of places that cross, the longest row in order is taken."""
    found = list(runs)
    ends = [_Run(0, 0, 0), *runs, _Run(len(a), 0, len(b) - len(a))]
    starts = sorted(run.start + run.shift for run in runs)
    for one, other in pairwise(ends):
        i, j = one.end, one.end + one.shift
        stop, until = other.start, other.start + other.shift
        # Another run between them in the new text: something was moved in here.
        crossed = until < j or bisect_left(starts, until) - bisect_left(starts, j) > 0
        if crossed or stop - i < size or until - j < size:
            continue
        part, counterpart = a[i:stop], b[j:until]
        inside = _unique(part, counterpart, size)
        found += [_Run(r.start + i, r.size, r.shift + j - i) for r in _in_order(inside)]
    return found


def _in_order(runs: Sequence[_Run]) -> list[_Run]:
    """The longest row of `runs` that keeps its order in the new text (patience sorting)."""
    tops: list[int] = []
    piles: list[int] = []
    before: list[int | None] = []
    for n, run in enumerate(runs):
        place = run.start + run.shift
        pile = bisect_left(tops, place)
        before.append(piles[pile - 1] if pile else None)
        if pile == len(tops):
            tops.append(place)
            piles.append(n)
        else:
            tops[pile], piles[pile] = place, n
    kept: list[_Run] = []
    at = piles[-1] if piles else None
    while at is not None:
        kept.append(runs[at])
        at = before[at]
    return kept[::-1]


def _leftover(a: Sequence[int], b: Sequence[int], runs: Sequence[_Run]) -> list[_Run]:
    """`runs` with what was moved and is too short for a place of its own, but unique even so."""
    taken, given = bytearray(len(a)), bytearray(len(b))
    for run in runs:
        taken[run.start : run.end] = b"\1" * run.size
        given[run.start + run.shift : run.end + run.shift] = b"\1" * run.size
    free: list[_Run] = []
    for run in _unique(a, b, SHORT):
        i, j = run.start, run.start + run.shift
        if not (any(taken[i : i + run.size]) or any(given[j : j + run.size])):
            free.append(run)
    return [*runs, *free]
