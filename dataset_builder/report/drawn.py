"""The plots of the report: what is counted, drawn in the colours of the labels.

Each has a name (its file), a title and a note; some are also files beside the card.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dataset_builder.agreement.excerpt import escape
from dataset_builder.report.graph import circle, heat, matrix, shown_edges
from dataset_builder.report.parties import against_to_favor
from dataset_builder.report.svg import (
    NEUTRAL,
    Svg,
    bars,
    histogram,
    key,
    legend,
    line,
    mirrored,
    number,
    rect,
    split_legend,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.report.counts import Confirmed, Distribution, Lengths
    from dataset_builder.report.parties import Edge, Network, Stances
    from dataset_builder.report.reading import Source
    from dataset_builder.report.timeline import Timeline

COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
QUAD_COLOURS: Final = {
    "verbal_cooperation": "#1b7837", "material_cooperation": "#00695c",
    "verbal_conflict": "#a84300", "material_conflict": "#b2182b",
}  # fmt: skip
STANCE_COLOURS: Final = {"neutral": "#6b6200", "against": "#ad1457", "favor": "#00737d"}
WITH: Final = 20
"""Labels of one plot; the table has all."""


@dataclass(frozen=True)
class Palette:
    """Colours by label; a label without one has `NEUTRAL`."""

    events: dict[str, str]
    stances: dict[str, str]
    entities: dict[str, str]
    quads: dict[str, str]

    def of(self, config: str, column: str, label: str) -> str:
        """The colour of a label of a column."""
        if column == "ner_tags":  # B-ASSAULT
            return self.events.get(label[2:], NEUTRAL)
        by_column = {
            ("events", "type"): self.events,
            ("events", "quad"): self.quads,
            ("events", "arguments.role"): self.entities,
            ("stance", "label"): self.stances,
        }
        return by_column.get((config, column), {}).get(label, NEUTRAL)

    @cached_property
    def every(self) -> list[str]:
        """All of them, once each."""
        found = {NEUTRAL}
        for colours in (self.events, self.stances, self.entities, self.quads):
            found |= set(colours.values())
        return sorted(found)


def palette(source: Source) -> Palette:
    """The colours that the release's ontology declares."""
    ontology = source.ontology
    if ontology is None:
        return Palette({}, dict(STANCE_COLOURS), {}, dict(QUAD_COLOURS))
    events = {kind.name: _sound(kind.colour) for kind in ontology.event_types}
    entities = {item.name: _sound(item.colour) for item in ontology.entities}
    by_filler = {role.name: entities.get(role.filler, NEUTRAL) for role in ontology.roles}
    quads = dict(QUAD_COLOURS)
    for kind in reversed(ontology.event_types):
        quads[kind.quad] = events[kind.name]
    stances = {item.name: _sound(item.colour) for item in ontology.stance_labels}
    return Palette(events, stances, {**by_filler, **entities}, quads)


def _sound(colour: str | None) -> str:
    found = (colour or "").strip().lower()
    return found if COLOUR.fullmatch(found) else NEUTRAL


@dataclass(frozen=True)
class Plot:
    """A drawing with what is said around it."""

    name: str
    title: str
    svg: Svg
    note: str = ""


def distribution_plot(found: Distribution, splits: Sequence[str], colours: Palette) -> Plot:
    """Lying bars, one for each label, divided by split."""
    shown = found.counts[:WITH]
    rows = [
        (name.replace("_", " "), colours.of(found.config, found.column, name), values)
        for name, values in shown
    ]
    notes = []
    if len(found.counts) > len(shown):
        notes.append(f"{len(found.counts) - len(shown):,} more in the table.")
    if found.several:
        notes.append("A row may have several, or none.")
    if found.absent:
        few = ", ".join(name.replace("_", " ") for name in found.absent[:12])
        more = f" and {len(found.absent) - 12:,} more" if len(found.absent) > 12 else ""
        notes.append(f"Without rows: {few}{more}.")
    column = found.column.replace("arguments.role", "role of arguments").replace("_", " ")
    return Plot(f"{found.config}-{found.column}", column, bars(rows, splits), " ".join(notes))


def timeline_plot(found: Timeline, quads: Sequence[str], colours: Palette) -> Plot:
    """Cooperation above the axis, conflict below."""
    series = [(name, colours.quads.get(name, NEUTRAL), 1.0) for name in quads]
    below = [entry for entry in series if "conflict" in entry[0]]
    above = [entry for entry in series if entry not in below]
    drawn = mirrored(found.bins, above, below)
    words = [(name.replace("_", " "), colour, shade) for name, colour, shade in (*above, *below)]
    swatches = legend(44, 12, words)
    svg = Svg(drawn.width, drawn.height + 24, drawn.described,
              f'{swatches}<g transform="translate(0 24)">{drawn.body}</g>')  # fmt: skip
    note = f"{found.dated:,} events by {found.unit}: cooperation above the axis, conflict below."
    if found.coarse:
        note += f" {found.coarse:,} have a date that is too coarse for it."
    note += f" {found.undated:,} have no date that the text supports. An event counts once."
    return Plot("timeline", "Events over time", svg, note)


def side_of(edge: Edge) -> str:
    """`cooperation`, `conflict` or `both`: which most of an edge's events are."""
    conflict = sum(n for quad, n in edge.quads.items() if "conflict" in quad)
    if conflict * 2 == edge.n:
        return "both"
    return "conflict" if conflict * 2 > edge.n else "cooperation"


def network_plot(found: Network, source: Source, colours: Palette) -> Plot:
    """Actors on a circle."""
    edges = shown_edges(found.edges)
    tone = {
        "cooperation": colours.quads.get("verbal_cooperation", NEUTRAL),
        "conflict": colours.quads.get("material_conflict", NEUTRAL),
        "both": NEUTRAL,
    }
    names = {
        name: source.actors.get(name, name) for edge in edges for name in (edge.source, edge.target)
    }
    drawn = circle(edges, names, lambda edge: tone[side_of(edge)])
    swatches = legend(12, 12, [
        ("mostly cooperation", tone["cooperation"], 1), ("mostly conflict", tone["conflict"], 1),
        ("as much of both", tone["both"], 1),
    ])  # fmt: skip
    svg = Svg(drawn.width, drawn.height + 20, drawn.described,
              f'{swatches}<g transform="translate(0 20)">{drawn.body}</g>')  # fmt: skip
    note = (
        f"{found.events:,} events between known actors. An arrow: what one does to another; a line "
        "without a head: what they do together; its width: how many events. "
    )
    if len(edges) < len(found.edges):
        note += f"The strongest {len(edges):,} of {len(found.edges):,} links are drawn. "
    note += (
        f"Left out: {found.alone:,} events without a second known actor, {found.denied:,} that the "
        "text denies or does not assert."
    )
    return Plot("network", "Who does what to whom", svg, note)


def matrix_plot(found: Stances, colours: Palette) -> Plot:
    """Holders by targets."""
    order = against_to_favor(found.labels)
    drawn = matrix(found, colours.stances, order)
    swatches = legend(12, 12, [(n, colours.stances.get(n, NEUTRAL), 1) for n in order])
    largest = max((n for cell in found.cells.values() for n in cell.values()), default=0)
    note = (
        f"Pairs of an article, by label, each once; the tallest bar is {largest:,}. "
        "Rows hold the stance, columns are what it is about. Derived neutrals do not count."
    )
    hidden = len(found.holders) > 14 or len(found.targets) > 14
    if hidden:
        note += (
            f" The busiest of {len(found.holders):,} holders and {len(found.targets):,} targets."
        )
    return Plot("stance-matrix", "Who holds which stance on whom and what",
                Svg(drawn.width, drawn.height, drawn.described, swatches + drawn.body), note)  # fmt: skip


def agreement_plot(source: Source) -> Plot | None:
    """The card's agreement figures as dots on their intervals; None when it has none."""
    rows = [
        (f"{layer}: {figure}", value, _interval(interval), n)
        for layer, figure, shown, interval, n in source.agreement
        if (value := _figure(shown)) is not None
    ]
    if not rows:
        return None
    lowest = min(value if interval is None else interval[0] for _, value, interval, _ in rows)
    low = -1.0 if lowest < -0.5 else -0.5 if lowest < 0 else 0.0
    left, room, step = 300, 300, 24

    def at(value: float) -> float:
        return left + (value - low) / (1 - low) * room

    bottom = len(rows) * step + 6
    parts = []
    for tick in (low, (low + 1) / 2, 1.0):
        parts.append(line(at(tick), 2, at(tick), bottom))
        parts.append(text(at(tick), bottom + 16, f"{tick:g}", anchor="middle", size=11, faint=True))
    for number_of_row, (name, value, interval, n) in enumerate(rows):
        y = number_of_row * step + 16
        parts.append(text(left - 12, y + 4, name, anchor="end"))
        if interval is not None:
            start, end = map(at, interval)
            parts.append(rect(start, y - 3, max(end - start, 1), 6, NEUTRAL, shade=0.3))
        parts.append(
            f'<circle class="{key(NEUTRAL)}" cx="{number(at(value))}" cy="{y}" r="5" '
            f'fill="{NEUTRAL}"/>'
        )
        parts.append(text(left + room + 14, y + 4, f"{value:.3f}"))
        parts.append(text(left + room + 60, y + 4, f"n = {n}", faint=True, size=11))
    told = "; ".join(f"{name} {value}" for name, value, *_ in rows)
    return Plot("agreement", "Agreement of the annotators",
                Svg(left + room + 130, bottom + 24, told, "".join(parts)),
                "From the card: the figure (dot) and its 95 % bootstrap interval over articles.")  # fmt: skip


def _figure(shown: str) -> float | None:
    plain = shown.replace("\u2212", "-")
    return float(plain) if re.fullmatch(r"-?[01]\.[0-9]{1,9}", plain) else None


def _interval(shown: str) -> tuple[float, float] | None:
    low, _, high = shown.partition(" to ")
    ends = _figure(low), _figure(high)
    return None if ends[0] is None or ends[1] is None or ends[0] > ends[1] else (ends[0], ends[1])


def confirmed_plot(found: Confirmed, what: str) -> Plot:
    """The votes on released units."""
    share = found.agreeing / found.votes if found.votes else 0
    note = (
        f"{found.agreeing:,} of {found.votes:,} votes ({share:.1%}) are the released label. "
        "What only others marked is no row; the agreement figures count it."
    )
    drawn = heat(found.labels, found.cells, across="voted", down="released")
    return Plot(f"votes-{found.config}", f"Votes on {what}", drawn, note)


def lengths_plot(found: Lengths, splits: Sequence[str]) -> Plot:
    """How long the articles are."""
    drawn = histogram(found.bins, found.width, splits, "characters")
    return Plot("lengths", "Length of the articles", _under_legend(drawn, splits),
                f"Bars of {found.width:,} characters (Unicode code points).")  # fmt: skip


def splits_plot(source: Source, sizes: Mapping[str, Mapping[int, int]]) -> Plot:
    """Rows of each config and stories by split, as shares of the whole; `sizes` are the stories of
    each split by their size."""
    splits = source.splits
    rows = [("stories", [sum(sizes[split].values()) for split in splits])]
    for config, frame in source.frames.items():
        found = dict(frame["split"].value_counts().iter_rows())
        rows.append((config, [found.get(split, 0) for split in splits]))
    left, room = 96, 420
    parts = []
    shades = [entry[2] for entry in split_legend(splits)]
    for at, (name, values) in enumerate(rows):
        y, x, total = at * 26, float(left), sum(values) or 1
        parts.append(text(left - 10, y + 15, name, anchor="end"))
        for split, n, shade in zip(splits, values, shades, strict=True):
            wide = n / total * room
            if n:
                told = f"{name}, {split}: {n:,} ({n / total:.1%})"
                parts.append(
                    rect(x, y + 2, max(wide - 1, 0.5), 18, NEUTRAL, shade=shade, told=told)
                )
            x += wide
        parts.append(text(left + room + 8, y + 15, f"{sum(values):,}", faint=True))
    base = len(rows) * 26 + 4
    for share in (0, 0.25, 0.5, 0.75, 1):
        x = left + share * room
        parts.append(line(x, base - 4, x, base))
        parts.append(text(x, base + 13, f"{share:.0%}", anchor="middle", size=11, faint=True))
    drawn = Svg(left + room + 80, base + 20, "Shares of the splits", "".join(parts))
    return Plot("splits", "Splits", _under_legend(drawn, splits),
                "Share of each split. A story never crosses splits, so small corpora only come "
                "near the shares that are wanted.")  # fmt: skip


def _under_legend(drawn: Svg, splits: Sequence[str]) -> Svg:
    return Svg(drawn.width, drawn.height + 24, drawn.described,
               f'{legend(12, 12, split_legend(splits))}<g transform="translate(0 24)">'
               f"{drawn.body}</g>")  # fmt: skip


def with_splits(plot: Plot, splits: Sequence[str]) -> Plot:
    """A distribution that stands alone: with its config, and with the legend of the splits."""
    config = plot.name.partition("-")[0]
    return Plot(
        plot.name,
        f"{config.capitalize()} by {plot.title}",
        _under_legend(plot.svg, splits),
        plot.note,
    )


def figure(plot: Plot, more: str = "", *, beside: bool = False) -> str:
    """A plot as an element of the page; `more` is HTML that goes below it, or `beside` it."""
    note = f'<p class="note">{escape(plot.note)}</p>' if plot.note else ""
    drawing = f'<div class="wide">{plot.svg.inline()}</div>'
    inner = f'<div class="beside">{drawing}{more}</div>{note}' if beside else drawing + note + more
    return (
        f'<figure class="plot" id="plot-{escape(plot.name)}"><figcaption>{escape(plot.title)}'
        f"</figcaption>{inner}</figure>"
    )
