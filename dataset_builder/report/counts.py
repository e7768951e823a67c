"""What the plots of the report show, counted from the tables of a release.

Everything here is plain numbers, so that each can be checked by hand; `drawn` makes pictures of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.ontology import QUADS, UNMARKED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import polars as pl

    from dataset_builder.report.reading import Source

OPEN_COLUMNS: Final = {"articles": ("language", "outlet"), "annotations": ("origin",)}
"""Columns without a closed vocabulary whose values are counted, too."""
UNLISTED: Final = ("votes.kind", "votes.label")
MISSING: Final = "not stated"
OUTSIDE: Final = "O"
"""The tag of the tokens of no trigger, which are nearly all: it would dwarf the others."""


@dataclass(frozen=True)
class Distribution:
    """How often each label of a column occurs, per split."""

    config: str
    column: str
    rows: int
    """Rows of the config, in all splits."""
    counts: tuple[tuple[str, tuple[int, ...]], ...]
    """Label and its count in each split; in the order of the vocabulary, or most frequent first."""
    absent: tuple[str, ...]
    """Labels of the vocabulary that do not occur."""
    several: bool
    """A row may have several labels, or none."""


@dataclass(frozen=True)
class Confirmed:
    """How the votes on released units compare with the released label."""

    config: str
    labels: tuple[str, ...]
    cells: dict[tuple[str, str], int]
    """(released label, vote) -> votes."""
    votes: int
    agreeing: int


@dataclass(frozen=True)
class Lengths:
    """A histogram of how long texts are."""

    width: int
    """Characters of one bin; the first begins at 0."""
    bins: tuple[tuple[int, ...], ...]
    """Texts of each bin by split."""
    rows: tuple[tuple[str, int, int, int, float, int], ...]
    """Split, texts, shortest, median, mean, longest."""


@dataclass(frozen=True)
class Work:
    """What one annotator entered."""

    annotator: str
    kind: str
    note: str
    articles: int
    states: dict[str, int]
    """State -> annotations (articles)."""
    spans: int
    arrows: int


def distributions(
    source: Source, only: Collection[tuple[str, str]] | None = None
) -> list[Distribution]:
    """One for every closed vocabulary of every config, and for `OPEN_COLUMNS`; with `only`, of
    those configs and columns."""
    listed: list[tuple[str, str, tuple[str, ...] | None]] = []
    for config in source.frames:
        closed = source.labels[config].items()
        listed += [(config, name, names) for name, names in closed if name not in UNLISTED]
        listed += [(config, name, None) for name in OPEN_COLUMNS.get(config, ())]
    return [
        _distribution(source, config, name, names)
        for config, name, names in listed
        if only is None or (config, name) in only
    ]


def _distribution(
    source: Source, config: str, column: str, names: tuple[str, ...] | None
) -> Distribution:
    splits = source.splits
    counts: dict[str, Counter[str]] = {split: Counter() for split in splits}
    values, several = _values(source.frames[config], column)
    for split, label, n in values.group_by("split", "label").len().iter_rows():
        counts[split][MISSING if label is None else label] += n
    total: Counter[str] = Counter()
    for found in counts.values():
        total.update(found)
    if names is None:
        order = sorted(total, key=lambda name: (name == MISSING, -total[name], name))
    else:
        order = [*(n for n in names if n in total), *sorted(set(total) - set(names))]
        if several:
            order.sort(key=lambda name: -total[name])
    return Distribution(
        config,
        column,
        source.frames[config].height,
        tuple((name, tuple(counts[split][name] for split in splits)) for name in order),
        tuple(name for name in names or () if name not in total and name != OUTSIDE),
        several,
    )


def _values(frame: pl.DataFrame, column: str) -> tuple[pl.DataFrame, bool]:
    """`split` and `label` of every value of a column, and whether a row may have several."""
    import polars as pl

    outer, _, inner = column.partition(".")
    values = frame.select("split", label=pl.col(outer))
    several = isinstance(values.schema["label"], pl.List)
    if several:
        values = values.explode("label").filter(pl.col("label").is_not_null())
    if column == "ner_tags":
        values = values.filter(pl.col("label") != OUTSIDE)
    if inner:
        values = values.with_columns(label=pl.col("label").struct.field(inner))
    return values, several


def confirmed(source: Source, config: str, label: str, unit: str) -> Confirmed:
    """The votes of everybody on each released unit of `config`, against its released `label`.

    Of a unit with several rows the first counts. What only others marked is no row, and so not
    here: the agreement table of the card has that. Derived rows are nobody's and do not count.
    """
    cells: Counter[tuple[str, str]] = Counter()
    seen: set[str] = set()
    for name, given, votes, basis in source.rows(config, unit, label, "votes", "basis"):
        if name in seen or basis == "derived" or len(votes or ()) < 2:
            continue
        seen.add(name)
        cells.update((given, vote["label"]) for vote in votes)
    order = source.labels.get(config, {}).get("votes.label", ())
    used = {name for pair in cells for name in pair}
    labels = [*(n for n in order if n in used and n != UNMARKED), *sorted(used - set(order))]
    return Confirmed(
        config,
        (*labels, *([UNMARKED] if UNMARKED in used else [])),
        dict(cells),
        sum(cells.values()),
        sum(count for (given, vote), count in cells.items() if given == vote),
    )


def text_length(text: str | None, paragraphs: Iterable[Mapping[str, int]] | None) -> int:
    """Code points of a text; of one that is withheld, where its last paragraph ends."""
    if text is not None:
        return len(text)
    return max((item["end"] for item in paragraphs or ()), default=0)


def lengths(source: Source) -> Lengths:
    """How long the articles are, in characters."""
    by_split: dict[str, list[int]] = {split: [] for split in source.splits}
    for text, paragraphs, split in source.rows("articles", "text", "paragraphs", "split"):
        by_split[split].append(text_length(text, paragraphs))
    every = [n for found in by_split.values() for n in found]
    width = nice(max(every, default=1) / 24)
    bins = [[0] * len(by_split) for _ in range(max(every, default=0) // width + 1)]
    for at, found in enumerate(by_split.values()):
        for n in found:
            bins[n // width][at] += 1
    groups: list[tuple[str, Sequence[int]]] = [*by_split.items(), ("all", every)]
    rows = tuple(
        (split, len(found), min(found), int(median(found)), sum(found) / len(found), max(found))
        for split, found in groups
        if found
    )
    return Lengths(width, tuple(tuple(row) for row in bins), rows)


def nice(least: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50 ... that is not below `least`."""
    power = 1
    while True:
        for step in (1, 2, 5):
            if step * power >= least:
                return step * power
        power *= 10


def stories(source: Source) -> dict[str, Counter[int]]:
    """Split -> number of articles in a story -> such stories."""
    sizes: Counter[tuple[str, str]] = Counter()
    for split, story in source.rows("articles", "split", "story"):
        sizes[split, story] += 1
    found: dict[str, Counter[int]] = {split: Counter() for split in source.splits}
    for (split, _), size in sizes.items():
        found[split][size] += 1
    return found


def work(source: Source) -> list[Work]:
    """What each annotator entered, in the order of the pseudonyms."""
    import polars as pl

    frame = source.frames.get("annotations")
    if frame is None:
        return []
    notes = {item.pseudonym: item.note or "" for item in source.annotators}
    annotations = frame.unique("annotation_id").group_by("annotator", "state").len()
    marks = frame.group_by("annotator", "kind").len()
    articles = frame.group_by("annotator").agg(
        pl.col("annotator_kind").first(), pl.col("article_id").n_unique()
    )
    states = {(name, state): n for name, state, n in annotations.iter_rows()}
    marked = {(name, kind): n for name, kind, n in marks.iter_rows()}
    return [
        Work(
            name,
            kind,
            notes.get(name, ""),
            n,
            {state: count for (who, state), count in sorted(states.items()) if who == name},
            marked.get((name, "span"), 0),
            marked.get((name, "arrow"), 0),
        )
        for name, kind, n in sorted(articles.iter_rows())
    ]


def quads_of(source: Source) -> tuple[str, ...]:
    """Quad classes in their order."""
    return source.labels.get("events", {}).get("quad", QUADS)


def by_model_only(done: Iterable[Work]) -> bool | None:
    """Whether models alone annotated; None when nobody did."""
    kinds = {item.kind for item in done}
    return None if not kinds else kinds == {"model"}


def total(rows: Mapping[str, Any]) -> int:
    """Rows of all splits of a config in the manifest."""
    return sum(int(found.get("rows", 0)) for found in rows.values())
