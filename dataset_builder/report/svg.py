"""Plots as SVG by plain functions: for the page, which colours them by its style sheet, and for
files of their own, where the attributes alone say it all.

Every bar and every width begins at zero.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.agreement.excerpt import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

INK: Final = "#1b1f24"
FAINT: Final = "#59636e"
LINE: Final = "#d5dae0"
NEUTRAL: Final = "#44617f"
"""For what has no label of its own."""
SHADES: Final = (1.0, 0.62, 0.34, 0.2)
"""How strong the colour of train, validation, test and any other split is."""
PAPER: Final = "#ffffff"
SIZE: Final = 12
_FONT: Final = "system-ui, 'Noto Sans', sans-serif"


@dataclass(frozen=True)
class Svg:
    """A drawing: what is in it, and its size in pixels."""

    width: int
    height: int
    described: str
    """What it shows, in words."""
    body: str

    def inline(self) -> str:
        """For the page: no wider than it is, narrower where the page is."""
        described = escape(self.described)
        return (
            f'<svg viewBox="0 0 {self.width} {self.height}" width="{self.width}" '
            f'height="{self.height}" role="img" aria-label="{described}">{self.body}</svg>'
        )

    def alone(self, title: str) -> str:
        """A file of its own, on white, under its title."""
        top = 34
        height = self.height + top + 12
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width + 24} {height}" '
            f'width="{self.width + 24}" height="{height}" font-family="{_FONT}" role="img">'
            f"<title>{escape(title)}</title><desc>{escape(self.described)}</desc>"
            f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>'
            f'<text x="12" y="23" font-size="15" font-weight="600" fill="{INK}">{escape(title)}</text>'
            f'<g transform="translate(12 {top})">{self.body}</g></svg>\n'
        )


def number(value: float) -> str:
    """A coordinate, as short as it can be."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def key(colour: str) -> str:
    """The class by which the page's style sheet knows a colour."""
    return f"c{colour.removeprefix('#')}"


def text(
    x: float, y: float, words: str, *, anchor: str = "start", size: float = SIZE,
    faint: bool = False, bold: bool = False, turn: int = 0,
) -> str:  # fmt: skip
    """One line of text; `words` may be anything."""
    fill, name = (FAINT, "faint") if faint else (INK, "ink")
    more = f' text-anchor="{anchor}"' if anchor != "start" else ""
    more += ' font-weight="600"' if bold else ""
    more += f' transform="rotate({turn} {number(x)} {number(y)})"' if turn else ""
    return (
        f'<text class="{name}" x="{number(x)}" y="{number(y)}" font-size="{number(size)}" '
        f'fill="{fill}"{more}>{escape(words)}</text>'
    )


def rect(
    x: float, y: float, width: float, height: float, colour: str, *, shade: float = 1.0,
    told: str = "",
) -> str:  # fmt: skip
    """A filled rectangle; `told` is shown where the pointer rests."""
    opacity = f' fill-opacity="{shade:g}"' if shade < 1 else ""
    body = f"<title>{escape(told)}</title>" if told else ""
    return (
        f'<rect class="{key(colour)}" x="{number(x)}" y="{number(y)}" width="{number(width)}" '
        f'height="{number(height)}" fill="{colour}"{opacity}>{body}</rect>'
    )


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    """An axis or a line of a grid."""
    return (
        f'<path class="line" d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}" '
        f'stroke="{LINE}" fill="none" shape-rendering="crispEdges"/>'
    )


def fit(words: str, width: float, size: float = SIZE) -> str:
    """`words`, cut so that they are not much wider than `width` pixels."""
    words = " ".join(words[:200].split())
    done = 0.0
    for at, char in enumerate(words):
        wide = unicodedata.east_asian_width(char) in ("W", "F")
        none = unicodedata.category(char) in ("Mn", "Me", "Cf")
        step = 0 if none else 1 if wide else 0.66 if char.isupper() else 0.53
        done += step * size
        if done > width and at < len(words) - 1:
            return f"{words[: max(at - 1, 1)].rstrip()}…"
    return words


def ticks(largest: float, wanted: int = 4) -> list[int]:
    """Whole numbers from 0 to at least `largest`, about `wanted` steps."""
    step = 1
    power = 1
    while True:
        for factor in (1, 2, 5):
            step = factor * power
            if step * wanted >= largest:
                return list(range(0, math.ceil(max(largest, 1) / step) * step + 1, step))
        power *= 10


def legend(x: float, y: float, entries: Iterable[tuple[str, str, float]]) -> str:
    """Swatches in a row: name, colour, shade."""
    parts = []
    for name, colour, shade in entries:
        parts.append(rect(x, y - 9, 11, 11, colour, shade=shade))
        parts.append(text(x + 16, y, name, faint=True))
        x += 34 + len(name) * 6.6
    return "".join(parts)


def bars(
    rows: Sequence[tuple[str, str, Sequence[int]]], splits: Sequence[str], *, width: int = 384,
    label: int = 132, scale: int | None = None,
) -> Svg:  # fmt: skip
    """Lying bars: label, colour, and a count for each split, one after the other."""
    largest = max([scale or 1, *(sum(counts) for *_, counts in rows)])
    room = width - label - 52
    parts = []
    for at, (name, colour, counts) in enumerate(rows):
        y, x = at * 22 + 2.0, float(label)
        parts.append(
            text(label - 8, y + 14, fit(name, label - 12), anchor="end")
            if len(fit(name, label - 12)) == len(name)
            else f"<g><title>{escape(name)}</title>"
            f"{text(label - 8, y + 14, fit(name, label - 12), anchor='end')}</g>"
        )
        for split, count, shade in zip(splits, counts, _shades(splits), strict=True):
            long = count / largest * room
            if count:
                told = f"{name}, {split}: {count:,}"
                parts.append(rect(x, y + 2, long, 16, colour, shade=shade, told=told))
            x += long
        parts.append(text(x + 6, y + 14, f"{sum(counts):,}", faint=True))
    height = len(rows) * 22 + 4
    parts.append(line(label, 0, label, height))
    told = "; ".join(f"{name} {sum(counts):,}" for name, _, counts in rows[:30])
    return Svg(width, height, told, "".join(parts))


def _shades(splits: Sequence[str]) -> list[float]:
    return [SHADES[min(at, len(SHADES) - 1)] for at in range(len(splits))]


def split_legend(splits: Sequence[str], colour: str = NEUTRAL) -> list[tuple[str, str, float]]:
    """Entries of a legend of the splits."""
    return [(name, colour, shade) for name, shade in zip(splits, _shades(splits), strict=True)]


def histogram(
    bins: Sequence[Sequence[int]], width_of_bin: int, splits: Sequence[str], unit: str, *,
    width: int = 620,
) -> Svg:  # fmt: skip
    """Standing bars over a number line from 0, split by split on top of each other."""
    height, left, bottom = 220, 44, 40
    room = width - left - 16
    marks = ticks(max((sum(row) for row in bins), default=1))
    step = room / max(len(bins), 1)
    scale = (height - bottom - 14) / marks[-1]
    base = height - bottom
    parts = []
    for mark in marks:
        parts.append(line(left, base - mark * scale, width - 16, base - mark * scale))
        parts.append(text(left - 6, base - mark * scale + 4, f"{mark:,}", anchor="end", faint=True))
    for at, row in enumerate(bins):
        y = float(base)
        for split, count, shade in zip(splits, row, _shades(splits), strict=True):
            if count:
                y -= count * scale
                told = (
                    f"{at * width_of_bin:,} to {(at + 1) * width_of_bin - 1:,}, {split}: {count:,}"
                )
                x = left + at * step + 0.5
                parts.append(rect(x, y, max(step - 1, 0.5), count * scale, NEUTRAL, shade=shade,
                                  told=told))  # fmt: skip
    every = max(math.ceil(len(bins) / 8), 1)
    for at in range(0, len(bins) + 1, every):
        x = left + at * step
        parts.append(
            text(x, base + 15, f"{at * width_of_bin:,}", anchor="middle", size=11, faint=True)
        )
    parts.append(text(left + room / 2, base + 33, unit, anchor="middle", size=11, faint=True))
    told = f"Histogram of {sum(sum(row) for row in bins):,}, bins of {width_of_bin:,} {unit}"
    return Svg(width, height, told, "".join(parts))


def mirrored(
    bins: Sequence[tuple[str, Mapping[str, int]]], above: Sequence[tuple[str, str, float]],
    below: Sequence[tuple[str, str, float]], *, width: int = 900,
) -> Svg:  # fmt: skip
    """Standing bars over time, some series above the axis and some below; both from zero.

    A series is (name in the bins, colour, shade).
    """
    height, left, top = 270, 44, 10
    wide = min((width - left - 16) / max(len(bins), 1), 64)
    width = max(left + math.ceil(len(bins) * wide) + 16, 620)

    def highest(series: Sequence[tuple[str, str, float]]) -> int:
        names = [name for name, *_ in series]
        return max((sum(found.get(n, 0) for n in names) for _, found in bins), default=0)

    marks = ticks(max(highest(above), highest(below), 1), 5)
    step = marks[1]
    up = [m for m in marks if m < highest(above) + step]
    down = [m for m in marks if m < highest(below) + step] if highest(below) else [0]
    scale = (height - top - 34) / max(up[-1] + down[-1], 1)
    base = top + up[-1] * scale
    parts = []
    for mark in sorted({*up, *(-m for m in down)}):
        y = base - mark * scale
        parts.append(line(left, y, left + len(bins) * wide, y))
        parts.append(text(left - 6, y + 4, f"{abs(mark):,}", anchor="end", faint=True))
    gap = 1 if wide < 8 else wide * 0.16
    for at, (name, found) in enumerate(bins):
        x = left + at * wide + gap / 2
        for series, sign in ((above, -1), (below, 1)):
            y = base
            for what, colour, shade in series:
                if count := found.get(what, 0):
                    long = count * scale
                    told = f"{name}, {what.replace('_', ' ')}: {count:,}"
                    place = y - long if sign < 0 else y
                    parts.append(
                        rect(x, place, max(wide - gap, 0.5), long, colour, shade=shade, told=told)
                    )
                    y += sign * long
    parts.append(
        f'<path class="axis" d="M{left} {number(base)}H{number(left + len(bins) * wide)}" stroke="{FAINT}" fill="none"/>'
    )
    every = max(math.ceil(58 / wide), 1)
    for at in range(0, len(bins), every):
        x = left + (at + 0.5) * wide
        parts.append(text(x, height - 8, bins[at][0], anchor="middle", size=11, faint=True))
    told = f"Events over time, {bins[0][0]} to {bins[-1][0]}" if bins else "no event has a date"
    return Svg(width, height, told, "".join(parts))
