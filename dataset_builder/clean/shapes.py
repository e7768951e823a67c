"""Labelled pages in other shapes, so that the line model does not hang on one way of dumping.

Without blank lines, with the body on few long lines, with menus on one line, with sentences or 80
columns to a line, and with what stands above and below taken from other pages.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Sequence

SHAPES: Final = {"unspaced": 0.15, "long": 0.2, "menus": 0.2, "sentences": 0.2, "columns": 0.05}
"""Share of the pages that are also shown in another shape."""
NEAR_ABOVE: Final = (3, 10)
NEAR_BELOW: Final = (2, 8)
"""Lines that stay with an article when it is shown on another page."""


@dataclass(frozen=True)
class Page:
    """A labelled page."""

    lines: tuple[str, ...]
    gaps: tuple[int, ...]
    body: tuple[int, ...]
    """One per line: 1 when it is body."""
    weight: float
    language: str


def shapes(page: Page, rng: random.Random) -> Iterator[tuple[list[str], list[int], list[int]]]:
    """The page as it stands, and in some other shapes: lines, blank lines before each, labels."""
    lines, gaps, body = list(page.lines), list(page.gaps), list(page.body)
    yield lines, gaps, body
    for shape, share in SHAPES.items():
        if rng.random() < share:
            yield _SHAPERS[shape](lines, gaps, body, rng)


Shape = tuple[list[str], list[int], list[int]]


def _unspaced(lines: list[str], gaps: list[int], body: list[int], _rng: random.Random) -> Shape:
    return lines, [0] * len(gaps), body


def _joined(
    lines: list[str],
    gaps: list[int],
    body: list[int],
    join: Callable[[int], int],
    between: Callable[[], str],
) -> Shape:
    """With runs of lines on one line each; `join` says how many from a line on."""
    out: Shape = ([], [], [])
    at = 0
    while at < len(lines):
        stop = at + max(1, join(at))
        out[0].append(between().join(lines[at:stop]))
        out[1].append(gaps[at])
        out[2].append(body[at])
        at = stop
    return out


def _long(lines: list[str], gaps: list[int], body: list[int], rng: random.Random) -> Shape:
    def join(at: int) -> int:
        most = rng.choice((2, 3, 100))
        size = 0
        while size < most and at + size < len(lines) and body[at + size]:
            size += 1
        return size

    return _joined(lines, gaps, body, join, lambda: " ")


def _menus(lines: list[str], gaps: list[int], body: list[int], rng: random.Random) -> Shape:
    def join(at: int) -> int:
        if rng.random() > 0.4:
            return 1
        most, size = rng.randint(2, 6), 0
        while (
            size < most and at + size < len(lines) and not body[at + size]
            and len(lines[at + size]) < 40
        ):  # fmt: skip
            size += 1
        return size

    return _joined(lines, gaps, body, join, lambda: rng.choice((" | ", "  ", " ", " · ")))


def _divided(
    lines: list[str], gaps: list[int], body: list[int], divide: Callable[[str], list[str]]
) -> Shape:
    out: Shape = ([], [], [])
    for line, gap, label in zip(lines, gaps, body, strict=True):
        pieces = [piece for piece in divide(line) if piece] or [line]
        out[0].extend(pieces)
        out[1].extend([gap, *[0] * (len(pieces) - 1)])
        out[2].extend([label] * len(pieces))
    return out


_SENTENCE: Final = re.compile(r"(?<=[.!?…”\"])\s+(?=[^\W\d_a-z])")


def _sentences(lines: list[str], gaps: list[int], body: list[int], _rng: random.Random) -> Shape:
    return _divided(
        lines, gaps, body, lambda line: _SENTENCE.split(line) if len(line) > 80 else [line]
    )


def _columns(lines: list[str], gaps: list[int], body: list[int], rng: random.Random) -> Shape:
    width = rng.choice((72, 80, 100))
    spaced = [max(gap, 1) for gap in gaps]
    return _divided(lines, spaced, body, lambda line: textwrap.wrap(line, width))


_SHAPERS: Final = {
    "unspaced": _unspaced,
    "long": _long,
    "menus": _menus,
    "sentences": _sentences,
    "columns": _columns,
}


def transplanted(pages: Sequence[Page], rng: random.Random) -> Iterator[tuple[Shape, float]]:
    """Each article between what stands above and below the articles of two other pages."""
    groups: dict[str, list[Page]] = {}
    for page in pages:
        if sum(page.body) >= 3:
            groups.setdefault(page.language, []).append(page)
    for language in sorted(groups):
        for page in groups[language]:
            above, below = rng.choice(groups[language]), rng.choice(groups[language])
            first, last = _ends_of(page)
            own = slice(
                max(0, first - rng.randint(*NEAR_ABOVE)), last + 1 + rng.randint(*NEAR_BELOW)
            )
            top, bottom = slice(max(0, _ends_of(above)[0] - 4)), slice(_ends_of(below)[1] + 3, None)
            lines = [*above.lines[top], *page.lines[own], *below.lines[bottom]]
            gaps = [*above.gaps[top], *page.gaps[own], *below.gaps[bottom]]
            body = page.body[own]
            around = len(above.lines[top]), len(below.lines[bottom])
            yield (lines, gaps, [*[0] * around[0], *body, *[0] * around[1]]), page.weight


def _ends_of(page: Page) -> tuple[int, int]:
    """The first and the last line of the body."""
    return page.body.index(1), len(page.body) - 1 - page.body[::-1].index(1)
