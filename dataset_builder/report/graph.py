"""Two larger plots: a network on a circle, and a matrix of small bars."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

from dataset_builder.agreement.excerpt import escape
from dataset_builder.report.svg import LINE, NEUTRAL, Svg, fit, key, line, number, rect, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dataset_builder.report.parties import Edge, Stances

NODES: Final = 18
EDGES: Final = 60
CELLS: Final = 14
"""Holders and targets shown in the matrix."""


def shown_edges(edges: Sequence[Edge]) -> list[Edge]:
    """The strongest edges among the `NODES` busiest actors."""
    busy: Counter[str] = Counter()
    for edge in edges:
        busy.update({edge.source: edge.n, edge.target: edge.n})
    kept = {name for name, _ in sorted(busy.items(), key=lambda item: (-item[1], item[0]))[:NODES]}
    return [edge for edge in edges if edge.source in kept and edge.target in kept][:EDGES]


def circle(
    edges: Sequence[Edge], names: Mapping[str, str], colour: Callable[[Edge], str], *,
    width: int = 760, height: int = 540,
) -> Svg:  # fmt: skip
    """Actors on a circle, an arrow for what one does to another, a line for what two do together.

    Width of a line: events, from zero. `colour` gives an edge its colour.
    """
    weight: Counter[str] = Counter()
    for edge in edges:
        weight.update({edge.source: edge.n, edge.target: edge.n})
    order = _ordered(edges, weight)
    cx, cy, rx, ry = width / 2, height / 2, width / 2 - 190, height / 2 - 46
    angle = {name: 2 * math.pi * at / len(order) - math.pi / 2 for at, name in enumerate(order)}
    place = {n: (cx + rx * math.cos(a), cy + ry * math.sin(a)) for n, a in angle.items()}
    heaviest = max((edge.n for edge in edges), default=1)
    size = {
        name: 4 + 9 * math.sqrt(weight[name] / max(weight.values(), default=1)) for name in order
    }
    parts = []
    for edge in sorted(edges, key=lambda e: (e.n, e.source, e.target)):  # the strongest on top
        told = ", ".join(f"{kind} {count:,}" for kind, count in edge.types.items())
        how = "→" if edge.directed else "with"
        words = f"{names[edge.source]} {how} {names[edge.target]}: {edge.n:,} ({told})"
        thick = max(edge.n / heaviest * 9, 0.8)
        parts.append(
            f'<g class="edge" data-a="{escape(edge.source)}" data-b="{escape(edge.target)}">'
            f"<title>{escape(words)}</title>"
            f"{_edge(edge, place, size, (cx, cy), thick, colour(edge))}</g>"
        )
    # Over and under the circle there is room for one name each.
    pole = min(0.25, 0.9 * math.sin(math.pi / max(len(order), 2)))
    for name in order:
        x, y = place[name]
        a = angle[name]
        parts.append(
            f'<g class="node" data-a="{escape(name)}"><title>{escape(names[name])}: '
            f"{weight[name]:,} events with others shown here</title>"
            f'<circle class="{key(NEUTRAL)}" cx="{number(x)}" cy="{number(y)}" '
            f'r="{number(size[name])}" fill="{NEUTRAL}"/>'
        )
        out = size[name] + 7
        side = "middle" if abs(math.cos(a)) < pole else "start" if math.cos(a) > 0 else "end"
        lx = x + (out * math.cos(a) if side != "middle" else 0)
        ly = (
            y + 4 + (out * math.sin(a) if side != "middle" else math.copysign(out + 6, math.sin(a)))
        )
        room = 180 if side != "middle" else 150
        parts.append(f"{text(lx, ly, fit(names[name], room), anchor=side)}</g>")
    told = f"Network of {len(order)} actors and {len(edges)} links"
    return Svg(width, height, told, "".join(parts))


def _ordered(edges: Sequence[Edge], weight: Mapping[str, int]) -> list[str]:
    """Actors so that those with much in common are neighbours: each next is the one closest to
    the two ends of what is placed."""
    common: Counter[tuple[str, str]] = Counter()
    for edge in edges:
        common[edge.source, edge.target] += edge.n
        common[edge.target, edge.source] += edge.n
    left = sorted(weight, key=lambda name: (-weight[name], name))
    order = left[:1]
    left = left[1:]
    while left:
        ends = (order[0], order[-1])
        best = max(
            ((common[end, name], -at, end, name) for end in ends for at, name in enumerate(left)),
            key=lambda found: found[:2],
        )
        *_, end, name = best
        order.insert(0, name) if end == order[0] and len(order) > 1 else order.append(name)
        left.remove(name)
    return order


def _edge(
    edge: Edge, place: Mapping[str, tuple[float, float]], size: Mapping[str, float],
    centre: tuple[float, float], thick: float, colour: str,
) -> str:  # fmt: skip
    """A curve bent towards the centre, and to the right of its way, so that the two directions of
    a pair lie side by side."""
    (x1, y1), (x2, y2) = place[edge.source], place[edge.target]
    dx, dy = x2 - x1, y2 - y1
    bend = 0.16 if edge.directed else 0.0
    pull = 0.08 + 0.3 * min(math.hypot(dx, dy) / (2 * centre[1]), 1)  # neighbours stay on the rim
    mx = (x1 + x2) / 2 * (1 - pull) + centre[0] * pull - dy * bend
    my = (y1 + y2) / 2 * (1 - pull) + centre[1] * pull + dx * bend
    head = 5 + thick * 0.9 if edge.directed else 0
    ux, uy = _unit(mx - x2, my - y2)
    end = size[edge.target] + 1.5
    tip = (x2 + ux * end, y2 + uy * end)
    stop = (tip[0] + ux * head * 0.9, tip[1] + uy * head * 0.9)
    sx, sy = _unit(mx - x1, my - y1)
    start = (x1 + sx * size[edge.source], y1 + sy * size[edge.source])
    shape = (
        f'<path class="s{key(colour)}" d="M{number(start[0])} {number(start[1])}'
        f'Q{number(mx)} {number(my)} {number(stop[0])} {number(stop[1])}" fill="none" '
        f'stroke="{colour}" stroke-width="{number(thick)}" stroke-opacity=".6"/>'
    )
    if edge.directed:
        wing = 2.5 + thick * 0.75
        base = (tip[0] + ux * head, tip[1] + uy * head)
        corners = (
            tip,
            (base[0] - uy * wing, base[1] + ux * wing),
            (base[0] + uy * wing, base[1] - ux * wing),
        )
        path = "L".join(f"{number(x)} {number(y)}" for x, y in corners)
        shape += f'<path class="{key(colour)}" d="M{path}Z" fill="{colour}"/>'
    return shape


def _unit(x: float, y: float) -> tuple[float, float]:
    far = math.hypot(x, y) or 1.0
    return x / far, y / far


def _shown(found: Stances) -> tuple[list[str], list[str]]:
    """The busiest holders and targets, of those that have a cell with one another."""
    holders, targets = set(found.holders[:CELLS]), set(found.targets[:CELLS])
    cells = [pair for pair in found.cells if pair[0] in holders and pair[1] in targets]
    with_cell = {name for name, _ in cells}, {name for _, name in cells}
    return (
        [name for name in found.holders if name in with_cell[0]],
        [name for name in found.targets if name in with_cell[1]],
    )


def matrix(found: Stances, colours: Mapping[str, str], order: Sequence[str]) -> Svg:
    """Holders by targets, in each cell a bar per label, from zero to the largest of all."""
    holders, targets = _shown(found)
    left, top, cell_w, cell_h = 190, 190, 44, 32
    width, height = left + len(targets) * cell_w + 100, top + len(holders) * cell_h + 6
    cells = {
        pair: counts for pair, counts in found.cells.items()
        if pair[0] in holders and pair[1] in targets
    }  # fmt: skip
    largest = max((n for counts in cells.values() for n in counts.values()), default=1)
    parts = []
    for at, name in enumerate(targets):
        x = left + at * cell_w + cell_w / 2
        shown = fit(found.names[name], 208)
        parts.append(
            f"<g><title>{escape(found.names[name])}</title>"
            f"{text(x - 2, top - 9, shown, turn=-52)}</g>"
        )
    for row, holder in enumerate(holders):
        y = top + row * cell_h
        parts.append(
            f"<g><title>{escape(found.names[holder])}</title>"
            f"{text(left - 10, y + 20, fit(found.names[holder], left - 14), anchor='end')}</g>"
        )
        for at, target in enumerate(targets):
            x = left + at * cell_w
            parts.append(
                f'<rect class="cell" shape-rendering="crispEdges" x="{x}" y="{y}" width="{cell_w}" height="{cell_h}" '
                f'fill="none" stroke="{LINE}"/>'
            )
            counts = cells.get((holder, target))
            if counts:
                parts.append(_small_bars(x, y, (cell_w, cell_h), counts, colours, order, largest,
                                         f"{found.names[holder]} on {found.names[target]}"))  # fmt: skip
    told = f"Stance of {len(holders)} holders on {len(targets)} targets; the table has the numbers"
    return Svg(width, height, told, "".join(parts))


def _small_bars(
    x: float, y: float, cell: tuple[float, float], counts: Mapping[str, int],
    colours: Mapping[str, str], order: Sequence[str], largest: int, where: str,
) -> str:  # fmt: skip
    wide, high = cell
    slot = (wide - 10) / max(len(order), 1)
    told = ", ".join(f"{name} {counts[name]:,}" for name in order if name in counts)
    parts = [f"<g><title>{escape(f'{where}: {told}')}</title>"]
    parts.append(line(x + 5, y + high - 5, x + wide - 5, y + high - 5))
    for at, name in enumerate(order):
        if count := counts.get(name, 0):
            long = max(count / largest * (high - 9), 1)
            parts.append(
                rect(x + 5 + at * slot + 1, y + high - 5 - long, slot - 2, long,
                     colours.get(name, NEUTRAL))
            )  # fmt: skip
    return f"{''.join(parts)}</g>"


def heat(
    labels: Sequence[str], cells: Mapping[tuple[str, str], int], *, across: str, down: str,
) -> Svg:  # fmt: skip
    """A confusion matrix: share of each row as the shade of a cell, and the count in it."""
    step_x, step_y, left, top = 40, 26, 118, 104
    width = left + len(labels) * step_x + 60
    height = top + len(labels) * step_y + 6
    parts = [
        text(left - 8, top - 8, f"{down} ↓", anchor="end", size=11, faint=True),
        text(left, 12, f"{across} →", size=11, faint=True),
    ]
    for at, name in enumerate(labels):
        parts.append(text(left + at * step_x + 18, top - 8, fit(name, 90), size=11, turn=-52))
        parts.append(text(left - 8, top + at * step_y + 17, fit(name, 106), anchor="end", size=11))
    for row, one in enumerate(labels):
        total = sum(cells.get((one, other), 0) for other in labels)
        for at, other in enumerate(labels):
            x, y = left + at * step_x, top + row * step_y
            count = cells.get((one, other), 0)
            if count:
                colour = NEUTRAL if one == other else "#b2182b"
                shade = round(0.12 + 0.5 * count / total, 2)
                told = f"{down} {one}, {across} {other}: {count:,} of {total:,}"
                parts.append(rect(x, y, step_x, step_y, colour, shade=shade, told=told))
                parts.append(text(x + step_x / 2, y + 17, f"{count:,}", anchor="middle", size=11))
            parts.append(
                f'<rect class="cell" shape-rendering="crispEdges" x="{x}" y="{y}" width="{step_x}" height="{step_y}" '
                f'fill="none" stroke="{LINE}"/>'
            )
    return Svg(width, height, f"{down} by {across}", "".join(parts))
