"""Rows of two releases, config by config: added, removed, and changed column by column.

    key digests of both ──join──> rows that are in both, in one only, in another split
    per column: digests of both ──> changed rows, one bit a row
    of a few changed rows: the values themselves

Memory is some 60 bytes a row, whatever is in it: columns are read one at a time, in batches. Shards
that are the same file in both releases are not read at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.diff.digests import NULL, TEXT, column_digests, wide_digests
from dataset_builder.diff.naming import about, named, naming_columns, row_id, row_names
from dataset_builder.diff.reading import damaged, key_of, label_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.diff.digests import Hashes
    from dataset_builder.diff.reading import Config

    Rows = npt.NDArray[np.int64]

DERIVED: Final = "derived"
"""The `basis` of rows that nobody annotated: they follow from what others are."""
NO_LABEL: Final = "(no label)"
MOST_PAIRS: Final = 10_000
"""Pairs of labels that a confusion table lists; a vocabulary of hundreds may change at once."""


@dataclass(frozen=True)
class Confusion:
    """What became of the labels of a column, in rows that are in both releases."""

    column: str
    pairs: tuple[tuple[str, str, int], ...]
    """Old label, new label, rows; the most frequent first."""


@dataclass(frozen=True)
class RowChange:
    """One changed row: its id, and column -> value before and after."""

    id: str
    split: str
    values: dict[str, tuple[Any, Any]]
    about: str = ""
    """A few words that tell a person which row it is."""
    article_id: str | None = None
    text_changed: bool = False
    """Whether its article has another text: places in it move then, and mean the same."""


@dataclass(frozen=True)
class RowsDiff:
    """The rows of one config. Counts are exact; of ids and changes the first are listed."""

    config: str
    key: tuple[str, ...]
    """What rows are known by; nothing: by all their values."""
    old_rows: int
    new_rows: int
    added: int
    removed: int
    changed: int
    """Rows of which a column changed, a move to another split aside."""
    moved: dict[tuple[str, str], int]
    """(old split, new split) -> rows."""
    columns: dict[str, int]
    """Column -> rows in which it changed, columns that did aside."""
    confusions: tuple[Confusion, ...]
    added_ids: tuple[str, ...]
    removed_ids: tuple[str, ...]
    changes: tuple[RowChange, ...]
    splits: dict[str, dict[str, int]] = field(default_factory=dict)
    """Split -> {"added", "removed", "changed"}: rows, by the split that they are or were in."""
    derived: dict[str, int] = field(default_factory=dict)
    """added, removed -> how many of them nobody annotated, where there are some."""
    about: dict[str, str] = field(default_factory=dict)
    """Id that is listed as added or removed -> a few words that tell a person which row it is."""

    @property
    def same(self) -> bool:
        """Whether nothing is to be told."""
        return not (self.added or self.removed or self.changed or self.moved)


@dataclass(frozen=True)
class Matched:
    """Which row of one release is which of the other; rows as the two configs number them."""

    old: Config
    new: Config
    key: tuple[str, ...]
    old_at: Rows
    """Rows of `old` that `new` has too, ascending by ..."""
    new_at: Rows
    """... the same rows in `new`, ascending."""
    added: Rows
    removed: Rows
    words: bool
    """Whether both releases have the words of the articles."""

    def differs(self, column: str) -> npt.NDArray[np.bool_]:
        """Of the rows that both have: whether the column has another value."""
        old = column_digests(self.old, column, self.new.shapes[column], words=self.words)
        new = column_digests(self.new, column, self.old.shapes[column], words=self.words)
        changed: npt.NDArray[np.bool_] = old[self.old_at] != new[self.new_at]
        if not self.words and ((old == NULL).all() or (new == NULL).all()):
            changed[:] = False  # words of another column that one of the releases withholds
        return changed


def match(old: Config, new: Config, *, words: bool = True, whole: bool = False) -> Matched:
    """Find the rows that both configs have.

    Rows that share a key are told apart by their order. Unless `whole`, shards that both have are
    left out of the configs of the result.
    """
    if (
        old.shapes == new.shapes and not whole
    ):  # the same bytes with the same labels are the same rows
        here, there = ({(s.split, s.sha256) for s in config.shards} for config in (old, new))
        old, new = old.without(here & there), new.without(here & there)
    key = key_of(old, new) if old.shapes else key_of(new, old)
    compared = _compared(old, new, words=words)
    if not (old.rows and new.rows and compared):
        return Matched(old, new, key, *_alone(old, new), words)
    keys = [_keys(*pair, key or compared, words) for pair in ((old, new), (new, old))]
    return Matched(old, new, key, *_joined(*keys), words)


def compare(matched: Matched, sizes: tuple[int, int], limit: int) -> RowsDiff:
    """What is different. `sizes` are the rows of both configs, same shards included."""
    import numpy as np

    old, new = matched.old, matched.new
    one, other = splits_of(old, new), splits_of(new, old)
    names, before, after = one.names, one.numbers, other.numbers
    changed = np.zeros(len(matched.old_at), np.bool_)
    columns: dict[str, int] = {}
    bits: dict[str, npt.NDArray[np.uint8]] = {}
    if len(matched.old_at):
        for column in _compared(old, new, words=matched.words):
            if column in matched.key:
                continue
            differs = matched.differs(column)
            if count := int(differs.sum()):
                columns[column] = count
                bits[column] = np.packbits(differs)
                changed |= differs
    of_old, of_new = before[matched.old_at], after[matched.new_at]
    moving = of_old != of_new
    moved = {
        (names[a], names[b]): int(((of_old == a) & (of_new == b)).sum())
        for a, b in sorted(set(zip(of_old[moving].tolist(), of_new[moving].tolist(), strict=True)))
    }
    parts = {
        "added": after[matched.added],
        "removed": before[matched.removed],
        "changed": of_new[changed],
    }
    came = row_names(new, matched.key, matched.added[:limit].tolist())
    went = row_names(old, matched.key, matched.removed[:limit].tolist())
    derived = {
        "added": int(derived_rows(new, matched.added).sum()),
        "removed": int(derived_rows(old, matched.removed).sum()),
    }
    return RowsDiff(
        config=new.name,
        key=matched.key,
        old_rows=sizes[0],
        new_rows=sizes[1],
        added=len(matched.added),
        removed=len(matched.removed),
        changed=int(changed.sum()),
        moved=moved,
        columns=columns,
        confusions=tuple(
            Confusion(column, pairs)
            for column in label_columns(old)
            if column in columns and new.shapes[column][0] == "class"
            if (pairs := _confused(matched, column))
        ),
        added_ids=tuple(name for name, _ in came),
        removed_ids=tuple(name for name, _ in went),
        changes=_changes(matched, changed, bits, limit),
        splits={
            name: counts
            for number, name in enumerate(names)
            if (counts := {what: int((at == number).sum()) for what, at in parts.items()})
            and any(counts.values())
        },
        derived={what: count for what, count in derived.items() if count},
        about={name: words for name, words in (*came, *went) if words},
    )


def derived_rows(config: Config, rows: Rows) -> npt.NDArray[np.bool_]:
    """Which of some rows nobody annotated."""
    import numpy as np

    shape = config.shapes.get("basis", ("value", ""))
    if not len(rows) or shape[0] != "class" or DERIVED not in shape[1]:
        return np.zeros(len(rows), np.bool_)
    found: npt.NDArray[np.bool_] = _numbers(config, "basis")[rows] == shape[1].index(DERIVED)
    return found


def _numbers(config: Config, column: str) -> Rows:
    """The labels of a column as numbers, -1 for none. Raises DamagedReleaseError."""
    import numpy as np
    import pyarrow as pa

    try:
        numbers = [batch.cast("int64").fill_null(-1) for batch in config.batches(column)]
    except pa.ArrowException as error:
        raise damaged(config.shards[0].path, error) from None
    return np.concatenate([n.to_numpy(zero_copy_only=False) for n in numbers])


def _compared(old: Config, new: Config, *, words: bool) -> list[str]:
    """Columns of both, in the order of the new release; without words those that have some."""
    return [name for name in new.shapes if name in old.shapes and (words or name != TEXT)]


def _keys(config: Config, other: Config, columns: Sequence[str], words: bool) -> list[Hashes]:
    """Two digests of each row's key, which are 128 bits together."""
    import numpy as np

    from dataset_builder.grouping.shingles import mixed

    totals: list[Hashes] = [np.zeros(config.rows, np.uint64) for _ in range(2)]
    for column in columns:
        halves = wide_digests(config, column, other.shapes[column], words=words)
        totals = [
            mixed(total * np.uint64(3) + half) for total, half in zip(totals, halves, strict=True)
        ]
    return [*totals]


def _alone(old: Config, new: Config) -> tuple[Rows, Rows, Rows, Rows]:
    import numpy as np

    none = np.zeros(0, np.int64)
    return none, none, np.arange(new.rows), np.arange(old.rows)


def _joined(one: list[Hashes], other: list[Hashes]) -> tuple[Rows, Rows, Rows, Rows]:
    import polars as pl

    frames = []
    for side in (one, other):
        frame = pl.DataFrame({"a": side[0], "b": side[1]}).with_row_index("row")
        if frame.select("a").n_unique() < frame.height:  # only then it can be needed
            nth = pl.int_range(pl.len(), dtype=pl.UInt32).over("a", "b")
            frames.append(frame.with_columns(nth=nth))
        else:
            frames.append(frame.with_columns(nth=pl.lit(0, pl.UInt32)))
    left, right = frames
    on = ["a", "b", "nth"]
    both = left.join(right, on=on, how="inner").sort("row_right")

    def rows(column: pl.Series) -> Rows:
        return column.cast(pl.Int64).to_numpy()

    return (
        rows(both["row"]),
        rows(both["row_right"]),
        rows(right.join(left, on=on, how="anti")["row"].sort()),
        rows(left.join(right, on=on, how="anti")["row"].sort()),
    )


@dataclass(frozen=True)
class Splits:
    """The split of every row of a config."""

    names: tuple[str, ...]
    numbers: npt.NDArray[np.uint8]
    """Place in `names`."""

    def at(self, rows: Rows) -> list[str]:
        """The names of the splits of some rows."""
        return [self.names[number] for number in self.numbers[rows].tolist()]


def splits_of(config: Config, *others: Config) -> Splits:
    """`names` are those of all the configs, so that numbers of two can be compared."""
    import numpy as np

    shards = [shard for each in (config, *others) for shard in each.shards]
    names = tuple(sorted({shard.split for shard in shards}))
    numbers = np.array([names.index(shard.split) for shard in config.shards], np.uint8)
    return Splits(names, np.repeat(numbers, [shard.rows for shard in config.shards]))


def _confused(matched: Matched, column: str) -> tuple[tuple[str, str, int], ...]:
    """Old name, new name, rows, where they differ."""
    import numpy as np

    names, ids = [], []
    for config, at in ((matched.old, matched.old_at), (matched.new, matched.new_at)):
        known = config.shapes[column][1]
        found = _numbers(config, column)[at]
        named = [*known, NO_LABEL]
        outside = (found < 0) | (found >= len(known))
        names.append(named)
        ids.append(np.where(outside, len(known), found))
    pairs, counts = np.unique(ids[0] * len(names[1]) + ids[1], return_counts=True)
    listed = [
        (names[0][pair // len(names[1])], names[1][pair % len(names[1])], count)
        for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True)
    ]
    differing = [item for item in listed if item[0] != item[1]]
    return tuple(sorted(differing, key=lambda item: (-item[2], item[0], item[1]))[:MOST_PAIRS])


def _changes(
    matched: Matched,
    changed: npt.NDArray[np.bool_],
    bits: dict[str, npt.NDArray[np.uint8]],
    limit: int,
) -> tuple[RowChange, ...]:
    import numpy as np

    chosen = np.flatnonzero(changed)[:limit]
    if not len(chosen):
        return ()
    of_row = [
        [c for c, packed in bits.items() if packed[n >> 3] >> (7 - (n & 7)) & 1]
        for n in chosen.tolist()
    ]
    wanted = list(dict.fromkeys(c for row in of_row for c in row))
    named_by = naming_columns(matched.new, matched.key)
    placed = [name for name in ("article_id",) if name in matched.new.shapes]
    new_rows = matched.new_at[chosen]  # ascending, as `chosen` is
    old_rows, back = np.unique(matched.old_at[chosen], return_inverse=True)
    after = matched.new.take(list(dict.fromkeys((*wanted, *named_by, *placed))), new_rows.tolist())
    before = matched.old.take(wanted, old_rows.tolist())
    splits = splits_of(matched.new).at(new_rows)
    return tuple(
        RowChange(
            row_id(row, matched.key, matched.new),
            split,
            {
                column: (
                    named(before[at][column], matched.old.shapes[column]),
                    named(row[column], matched.new.shapes[column]),
                )
                for column in columns
            },
            about(row, matched.new),
            str(row["article_id"]) if placed else None,
        )
        for row, at, columns, split in zip(after, back.tolist(), of_row, splits, strict=True)
    )
