"""What a view is, and the rows that it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.diff.reading import DamagedReleaseError, damaged
from dataset_builder.errors import UsageError
from dataset_builder.project import SPLITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from dataset_builder.diff.reading import Opened
    from dataset_builder.validate.declared import Shape

Row = dict[str, Any]
BATCH: Final = 4096
"""Rows that are held at once."""


@dataclass(frozen=True)
class View:
    """One format. `records` gives the records of a split, in the order of the release."""

    name: str
    doc: str
    """One line for the list of views."""
    records: Callable[[Source, str], Iterator[Row]]
    formats: tuple[str, ...]
    """File endings that it can be written with, the usual one first."""
    columns: Mapping[str, str] | None = None
    """Name -> Arrow type, for views that are tables; None for nested records."""
    needs_text: bool = True
    """Whether it is nothing without the words of the articles."""
    whole: bool = False
    """Whether records name their split, so that one file may have them all."""
    around: Callable[[Opened], tuple[str, str]] = lambda _: ("[\n", "\n]\n")
    """What stands before and after the records in a JSON file."""


@dataclass(frozen=True)
class Source:
    """A release that was opened. Labels are given by the names that its own files have."""

    opened: Opened

    @property
    def splits(self) -> tuple[str, ...]:
        """Splits that any table has rows of, in their order."""
        there = {shard.split for config in self.opened.configs.values() for shard in config.shards}
        return tuple(split for split in SPLITS if split in there)

    def rows(self, config: str, split: str, *columns: str) -> Iterator[Row]:
        """The rows of a table, with these columns.

        Raises UsageError when the release has no such table or column, DamagedReleaseError when a
        file cannot be read, or holds a label that it has no name for.
        """
        found = self.opened.configs.get(config)
        if found is None or (found.shards and any(c not in found.shapes for c in columns)):
            raise UsageError(
                f"{self.opened.path} has no table {config} with {', '.join(columns)}",
                hint="a release that withholds the text has no triggers; `hydrate` it first",
            )
        for shard in found.shards:
            if shard.split == split:
                for batch in _batches(shard.path, columns):
                    shapes = {name: found.shapes[name] for name in columns}
                    try:
                        yield from (
                            {name: _named(row[name], shapes[name]) for name in columns}
                            for row in batch.to_pylist()
                        )
                    except (IndexError, UnicodeDecodeError, TypeError) as error:
                        raise damaged(shard.path, error) from None

    def by_article(self, split: str, **columns: Sequence[str]) -> Iterator[dict[str, list[Row]]]:
        """Article by article the rows of several tables (config=columns), the first of which says
        which articles there are. Tables have to be in the order of their articles, as all but
        stance are. Raises as `rows` does."""
        tables = [
            (config, self._of_articles(config, split, names)) for config, names in columns.items()
        ]
        waiting = {config: next(groups, None) for config, groups in tables}
        first, others = tables[0], tables[1:]
        while (group := waiting[first[0]]) is not None:
            article_id = group[0]
            found = {first[0]: group[1]}
            for config, groups in others:
                other = waiting[config]
                while other is not None and other[0] < article_id:
                    other = next(groups, None)
                found[config] = other[1] if other is not None and other[0] == article_id else []
                waiting[config] = other
            waiting[first[0]] = next(first[1], None)
            yield found

    def _of_articles(
        self, config: str, split: str, columns: Sequence[str]
    ) -> Iterator[tuple[str, list[Row]]]:
        last = ""
        rows = self.rows(config, split, *dict.fromkeys(("article_id", *columns)))
        for article_id, group in groupby(rows, key=itemgetter("article_id")):
            if not isinstance(article_id, str) or article_id <= last:
                raise DamagedReleaseError(
                    f"{self.opened.path}: the rows of {config}/{split} are not in order",
                    hint="`dataset-builder validate` says what is wrong; build the release again",
                )
            last = article_id
            yield article_id, list(group)


def _batches(path: Any, columns: Iterable[str]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(BATCH, columns=list(columns), use_threads=False)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise damaged(path, error) from None


def _named(value: Any, shape: Shape) -> Any:
    """A value with labels by name."""
    if value is None:
        return None
    if shape[0] == "class":
        if value < 0:
            raise IndexError(f"there is no label {value}")
        return shape[1][value]
    if shape[0] == "list":
        return [_named(item, shape[1]) for item in value]
    if shape[0] == "struct":
        return {name: _named(value.get(name), inner) for name, inner in shape[1]}
    return value
