"""Articles whose text changed: what of it, and what became of the annotations on it."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.diff.digests import column_digests
from dataset_builder.diff.naming import about, naming_columns, row_names
from dataset_builder.diff.rows import derived_rows, splits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import numpy as np
    import polars as pl

    from dataset_builder.diff.reading import Config
    from dataset_builder.diff.rows import Matched, Rows

PLACES: Final = {"events": ("trigger",), "stance": ("evidence", "holder_span", "target_span")}
"""Config -> columns that say where in the text a row stands."""
FATES: Final = ("kept", "moved", "lost", "added")
NAMED: Final = 20
"""Ids of an article that are listed for each fate."""
_LINES: Final = 60
"""Lines of a text's diff that are shown."""
_PARAGRAPHS: Final = 400
"""Paragraphs between the common beginning and end of two texts that are aligned; the work grows
with their square."""
_AROUND: Final = 40
"""Characters shown on both sides of what changed in a paragraph."""
_WIDTH: Final = 240
"""Characters of a line that are shown."""


@dataclass(frozen=True)
class Fate:
    """What became of the rows of one config in some articles. Counts are exact."""

    kept: int = 0
    """The same row at the same place."""
    moved: int = 0
    """The same row at another place, or on other words."""
    lost: int = 0
    added: int = 0
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """moved, lost and added -> ids, the first `NAMED`."""
    derived: Mapping[str, int] = field(default_factory=dict)
    """lost, added -> how many of them nobody annotated, where there are some."""
    about: Mapping[str, str] = field(default_factory=dict)
    """Id of `ids` -> a few words that tell a person which row it is."""


@dataclass(frozen=True)
class TextChange:
    """One article with another text."""

    article_id: str
    split: str
    fates: Mapping[str, Fate]
    """Config -> what became of its rows."""
    lines: tuple[str, ...]
    """The change as lines of a unified diff, shortened; empty without the words."""
    more: int
    """Lines that were left out."""
    about: str = ""
    """Its title, or where it is from."""


@dataclass(frozen=True)
class TextsDiff:
    """All articles with another text."""

    changed: int
    totals: Mapping[str, Fate]
    """Config -> what became of its rows in all of them."""
    changes: tuple[TextChange, ...]
    """The first of them."""


def text_changes(
    matched: Mapping[str, Matched], whole: Callable[[str], Matched], limit: int
) -> TextsDiff:
    """Compare the texts of the articles that both releases have.

    `matched` may leave out what is surely the same; `whole` matches all rows of a config.
    """
    import numpy as np

    articles = matched.get("articles")
    column = "text_sha256"
    if articles is None or not len(articles.old_at) or not _both(articles, column, "article_id"):
        return TextsDiff(0, {}, ())
    at = np.flatnonzero(articles.differs(column))
    if not len(at):
        return TextsDiff(0, {}, ())
    shape = articles.old.shapes["article_id"]
    digests = column_digests(articles.new, "article_id", shape)[articles.new_at[at]]
    placed = {config: whole(config) for config in matched if config in PLACES}
    placed = {config: pair for config, pair in placed.items() if _both(pair, "article_id")}
    tables = {config: _fates(config, pair, digests) for config, pair in placed.items()}
    chosen = at[:limit]
    names = ["article_id", *(["text"] if articles.words and _both(articles, "text") else [])]
    called = naming_columns(articles.new, articles.key)
    new_rows = articles.new_at[chosen]
    old_rows, back = np.unique(articles.old_at[chosen], return_inverse=True)
    after = articles.new.take(list(dict.fromkeys((*names, *called))), new_rows.tolist())
    before = articles.old.take(names, old_rows.tolist())
    splits = splits_of(articles.new).at(new_rows)
    changes = []
    for row, old, digest, split in zip(
        after, back.tolist(), digests[: len(chosen)].tolist(), splits, strict=True
    ):
        lines = _lines(before[old].get("text"), row.get("text"))
        changes.append(
            TextChange(
                str(row["article_id"]),
                split,
                {
                    config: _fate(table.filter(article=digest), placed[config])
                    for config, table in tables.items()
                },
                tuple(lines[:_LINES]),
                max(0, len(lines) - _LINES),
                about(row, articles.new),
            )
        )
    totals = {config: _counted(table) for config, table in tables.items()}
    return TextsDiff(len(at), totals, tuple(changes))


def edited_articles(articles: Matched | None, wanted: Iterable[str]) -> frozenset[str]:
    """Which of the articles `wanted` both releases have, with another text."""
    import numpy as np
    import pyarrow as pa

    names = frozenset(wanted)
    column = "text_sha256"
    if not names or articles is None or not _both(articles, column, "article_id"):
        return frozenset()
    if not len(articles.old_at):
        return frozenset()
    edited = np.zeros(articles.new.rows, np.bool_)
    edited[articles.new_at[articles.differs(column)]] = True
    found: set[str] = set()
    first = 0
    for batch in articles.new.batches("article_id") if edited.any() else ():
        here = batch.filter(pa.array(edited[first : first + len(batch)]))
        found |= names.intersection(map(str, here.to_pylist()))
        first += len(batch)
    return frozenset(found)


def _both(pair: Matched, *columns: str) -> bool:
    return all(name in pair.old.shapes and name in pair.new.shapes for name in columns)


def _fates(config: str, pair: Matched, articles: np.ndarray[Any, Any]) -> pl.DataFrame:
    """Rows of the articles with these digests: article, fate, row (in the release that has it),
    and whether it was lost or added without having been annotated by anybody."""
    import numpy as np
    import polars as pl

    shapes = pair.old.shapes["article_id"], pair.new.shapes["article_id"]
    old = column_digests(pair.old, "article_id", shapes[1])
    new = column_digests(pair.new, "article_id", shapes[0])
    moved = np.zeros(len(pair.old_at), np.bool_)
    for column in PLACES[config]:
        if _both(pair, column) and len(pair.old_at):
            moved |= pair.differs(column)

    def part(
        digests: np.ndarray[Any, Any],
        rows: Rows,
        fate: np.ndarray[Any, Any],
        config: Config | None = None,
    ) -> pl.DataFrame:
        wanted = np.isin(digests[rows], articles)
        derived = derived_rows(config, rows[wanted]) if config else np.zeros(wanted.sum(), np.bool_)
        return pl.DataFrame(
            {
                "article": digests[rows][wanted],
                "fate": fate[wanted],
                "row": rows[wanted].astype(np.int64),
                "derived": derived,
            },
            schema={
                "article": pl.UInt64,
                "fate": pl.String,
                "row": pl.Int64,
                "derived": pl.Boolean,
            },
        )

    def said(fate: str, rows: Rows) -> np.ndarray[Any, Any]:
        return np.full(len(rows), fate, object)

    return pl.concat(
        (
            part(new, pair.new_at, np.where(moved, "moved", "kept").astype(object)),
            part(old, pair.removed, said("lost", pair.removed), pair.old),
            part(new, pair.added, said("added", pair.added), pair.new),
        )
    )


def _counted(table: pl.DataFrame) -> Fate:
    counts = Counter(dict(table.group_by("fate").len().iter_rows()))
    derived = Counter(table.filter("derived")["fate"].to_list())
    return Fate(
        counts["kept"],
        counts["moved"],
        counts["lost"],
        counts["added"],
        derived={fate: derived[fate] for fate in FATES if derived[fate]},
    )


def _fate(table: pl.DataFrame, pair: Matched) -> Fate:
    counts = _counted(table)
    ids: dict[str, tuple[str, ...]] = {}
    words: dict[str, str] = {}
    for fate in FATES[1:]:
        rows = sorted(table.filter(fate=fate)["row"].to_list())[:NAMED]
        if rows:
            config: Config = pair.old if fate == "lost" else pair.new
            named = row_names(config, pair.key, rows)
            ids[fate] = tuple(name for name, _ in named)
            words |= {name: said for name, said in named if said}
    return replace(counts, ids=ids, about=words)


def _lines(old: str | None, new: str | None) -> list[str]:
    """A unified diff of paragraphs without line numbers, each cut to what differs."""
    if old is None or new is None or old == new:
        return []
    one, other = ([p for p in text.split("\n") if p] for text in (old, new))
    first, last = _shared(one, other)
    one, other = one[first : len(one) - last], other[first : len(other) - last]
    if not one and not other:  # only their distances differ
        return []
    lines: list[str] = []
    for gone, come in _hunks(one, other):
        if lines:
            lines.append("@@")
        pairs = list(zip(gone, come, strict=False)) if len(gone) == len(come) else []
        if pairs:
            lines += [line for pair in pairs for line in _pair(*pair)]
        else:
            lines += [f"-{_cut(p)}" for p in gone] + [f"+{_cut(p)}" for p in come]
    return lines


def _shared(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How many items both begin and, of the rest, end with."""
    shorter = min(len(one), len(other))
    first = 0
    while first < shorter and one[first] == other[first]:
        first += 1
    last = 0
    while last < shorter - first and one[-1 - last] == other[-1 - last]:
        last += 1
    return first, last


def _hunks(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    if max(len(one), len(other)) > _PARAGRAPHS:
        yield list(one), list(other)
        return
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            yield list(one[i:j]), list(other[k:m])


def _pair(old: str, new: str) -> tuple[str, str]:
    """Two versions of a paragraph, each cut to what differs and some words around it."""
    first, last = _shared(old, new)

    def cut(text: str) -> str:
        start, end = max(0, first - _AROUND), min(len(text), len(text) - last + _AROUND)
        before, after = "…" if start else "", "…" if end < len(text) else ""
        return _cut(f"{before}{text[start:end]}{after}")

    return f"-{cut(old)}", f"+{cut(new)}"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def fates(fate: Fate) -> str:
    """The counts in words."""
    counts = {
        "in place": fate.kept,
        "moved": fate.moved,
        "lost": fate.lost,
        "added": fate.added,
    }
    return ", ".join(
        f"{count:,} {what}{f' ({fate.derived[what]:,} derived)' if what in fate.derived else ''}"
        for what, count in counts.items()
    )
