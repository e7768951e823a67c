"""What rules look at: the rows of a release, its documents, and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from dataset_builder.release.manifest import file_sha256
from dataset_builder.tables import polars_type
from dataset_builder.validate.documents import LARGEST, mappings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from dataset_builder.ledger import Ledger
    from dataset_builder.ontology import Ontology
    from dataset_builder.registries import Registries
    from dataset_builder.tables import Table
    from dataset_builder.takedown import Takedowns
    from dataset_builder.validate.chunks import Division
    from dataset_builder.validate.documents import Document
    from dataset_builder.validate.reading import Part

ROW_ID = {
    "articles": "article_id",
    "stance": "stance_id",
    "events": "mention_id",
    "triggers": "id",
    "annotations": "annotation_id",
}

HELD = 1_200_000
"""Rows that are held in memory at once: some 1.3 GB with what rules make of them."""

PIECE = 20_000
"""Rows of a piece."""


class Unavailable(Exception):  # noqa: N818 - control flow between a rule and the runner
    """A rule needs a table or column that this release does not have; others report that."""


Made = TypeVar("Made")


def once(make: Callable[[Release], Made]) -> Callable[[Release], Made]:
    """A function of a release that is computed once for it; an Unavailable is raised every time."""

    @wraps(make)
    def made(release: Release) -> Made:
        if make not in release.made:
            try:
                release.made[make] = make(release)
            except Unavailable as missing:
                release.made[make] = missing
        found = release.made[make]
        if isinstance(found, Unavailable):
            raise Unavailable(*found.args)
        return cast("Made", found)

    return made


@dataclass(frozen=True, eq=False)
class Release:
    """Everything the rules look at: a release, or a chunk of one (see `chunks`)."""

    path: Path
    ontology: Ontology
    registries: Registries | None
    previous: Release | None
    files: tuple[str, ...]
    """Everything below the folder that is no folder, sorted, with `/`."""
    parts: tuple[Part, ...]
    card: Document
    """README.md: `data` is the front matter, `text` the whole file."""
    manifest: Document
    tables: dict[str, Table]
    """The contract it is judged by: that of its schema version."""
    fitting: dict[str, frozenset[str]]
    """Per Parquet file the columns of the contract that it has in their type, or in one that can be
    cast to it without loss."""
    held: int
    """Rows that are held in memory at once."""
    chunk_of: Release | None = None
    ledger: Ledger | None = None
    """Where the project published what; None outside a project."""
    takedowns: Takedowns | None = None
    """What must not be released any more; None outside a project."""

    @property
    def whole(self) -> Release:
        """The release that this is a chunk of, or this one."""
        return self.chunk_of or self

    @cached_property
    def version(self) -> str | None:
        """Version that the manifest states, else the card, else the folder's name."""
        stated = self.manifest.data.get("version") or self.card.data.get("version")
        return str(stated) if stated else self.path.name

    @cached_property
    def incomplete(self) -> frozenset[str]:
        """Tables with a file that cannot be read: what refers to them cannot be judged."""
        damaged = {part.table for part in self.parts if part.error is not None}
        return frozenset(damaged | {file.partition("/")[0] for file in self._lost})

    @property
    def _listed(self) -> list[dict[str, Any]]:
        """What the manifest says of each Parquet file."""
        configs = self.manifest.data.get("configs")
        entries = [
            entry
            for splits in (configs.values() if isinstance(configs, dict) else ())
            for entry in (splits.values() if isinstance(splits, dict) else ())
            if isinstance(entry, dict) and isinstance(entry.get("files"), list)
        ]
        return [shard for entry in entries for shard in entry["files"] if isinstance(shard, dict)]

    @property
    def _lost(self) -> set[str]:
        """Files that the manifest lists and that are not there."""
        return {str(shard.get("file")) for shard in self._listed} - set(self.files)

    @cached_property
    def in_memory(self) -> bool:
        """Whether all rows are held; else they are read from the files whenever asked for."""
        return all(part.held is not None for part in self.parts if part.error is None)

    def chunks(self) -> Iterator[Release]:
        """The release in pieces that fit in memory, each with all rows of some of its articles.

        Rows keep their numbers and their order. A release that is in memory is one chunk.
        """
        if self.in_memory:
            yield self
            return
        from dataset_builder.validate.chunks import divided

        readable = [part for part in self.parts if part.error is None]
        count = -(-sum(part.rows for part in readable) // max(1, self.held))
        of_articles = [part.file for part in readable if "article_id" in self.fitting[part.file]]
        division = divided(readable, of_articles, count)
        for number in range(count):
            yield self._chunk(number, division)  # nothing here may keep one while the next is read

    def _chunk(self, number: int, division: Division) -> Release:
        parts = tuple(
            replace(part, held=division.rows(part, number).collect())
            if part.error is None
            else part
            for part in self.parts
        )
        return replace(self, parts=parts, chunk_of=self)

    def columns(self, table: str) -> tuple[str, ...]:
        """Columns of the contract that all readable files of `table` have in the right type."""
        if table not in self._columns:
            parts = self._readable(table)
            self._columns[table] = tuple(
                column.name
                for column in (self.tables[table].columns if parts else ())
                if all(column.name in self.fitting[part.file] for part in parts)
            )
        return self._columns[table]

    @cached_property
    def _columns(self) -> dict[str, tuple[str, ...]]:
        return {}

    def _readable(self, table: str) -> list[Part]:
        """Its files that have any column of the contract."""
        return [
            part
            for part in self.parts
            if part.table == table and part.error is None and self.fitting[part.file]
        ]

    @cached_property
    def frames(self) -> dict[str, pl.DataFrame]:
        """Per table of the contract the rows of all splits with the columns whose type is right,
        and `_split` and `_row`. A table without a readable file is not there."""
        return {table: self._frame(table) for table in self.tables if self._readable(table)}

    def _frame(self, table: str) -> pl.DataFrame:
        import polars as pl

        parts, columns = self._readable(table), self.columns(table)
        types = {c.name: polars_type(c.type) for c in self.tables[table].columns}
        whole = parts[0].whole
        if (
            whole is None
            or any(part.whole is not whole for part in parts)
            or whole.height != sum(part.rows for part in parts)
            or any(whole.schema[name] != types[name] for name in columns)
        ):
            # In one piece, or every expression would first bring its columns into equal ones.
            return self._read(table, columns).collect().rechunk()
        splits = [pl.repeat(part.split, part.rows, dtype=pl.String, eager=True) for part in parts]
        return whole.select(
            *columns,
            pl.concat(splits).rechunk().alias("_split"),
            pl.col(parts[0].row_number).alias("_row"),
        )

    def _read(self, table: str, columns: Sequence[str]) -> pl.LazyFrame:
        import polars as pl

        types = {c.name: polars_type(c.type) for c in self.tables[table].columns}
        return pl.concat(
            part.lazy().select(
                *(
                    pl.col(name) if part.schema[name] == types[name] else
                    pl.col(name).cast(types[name])
                    for name in columns
                ),
                pl.lit(part.split).alias("_split"),
                pl.col(part.row_number).alias("_row"),
            )
            for part in self._readable(table)
        )  # fmt: skip

    def lazy(self, table: str, *columns: str, complete: bool = False) -> pl.LazyFrame:
        """What `rows` gives, as a query: for what should not be held all at once."""
        wanted = self._wanted(table, columns, complete=complete)
        if self.in_memory:
            return self.frames[table].lazy().select("_split", "_row", *wanted)
        return self._read(table, wanted).select("_split", "_row", *wanted)

    def _wanted(self, table: str, columns: Sequence[str], *, complete: bool) -> list[str]:
        """`columns` and the ids there are. Raises Unavailable as `rows`."""
        there = self.columns(table) if table in self.tables else ()
        if not there or any(column not in there for column in columns):
            raise Unavailable(table)
        if complete and table in self.incomplete:
            raise Unavailable(table)
        ids = dict.fromkeys(("article_id", ROW_ID.get(table, "")))
        return [*columns, *(name for name in ids if name in there and name not in columns)]

    def rows(self, table: str, *columns: str, complete: bool = False) -> pl.DataFrame:
        """`columns` of `table` over all splits, with `_split`, `_row` and the ids there are.

        Raises Unavailable when a column is not there as the contract has it, or when `complete`
        is asked for and a file of the table cannot be read.
        """
        if self.in_memory:  # without a query, which costs more than a small release has rows
            wanted = self._wanted(table, columns, complete=complete)
            return self.frames[table][["_split", "_row", *wanted]]
        return self.lazy(table, *columns, complete=complete).collect()

    def distinct(self, table: str, *columns: str, complete: bool = False) -> pl.DataFrame:
        """Every combination of `columns` that `table` has, in the order of their first rows."""
        key = (table, columns, complete)
        if key not in self._distinct:
            found = self.lazy(table, *columns, complete=complete).select(columns)
            self._distinct[key] = found.unique(maintain_order=True).collect(engine="streaming")
        return self._distinct[key]

    def digest(self, file: str) -> str:
        """SHA-256 of one of its regular files; of one far larger than the manifest says, which it
        can never fit, that it was not read."""
        if file not in self._digests:
            size = (self.path / file).stat().st_size
            unread = size > max(LARGEST, self._sizes.get(file, 0))
            self._digests[file] = (
                f"not read: {size} bytes" if unread else file_sha256(self.path / file)
            )
        return self._digests[file]

    @cached_property
    def _sizes(self) -> dict[str, int]:
        """Bytes of the files that the manifest lists."""
        hashed = mappings(self.manifest.data.get("hashes"))
        return {
            str(item.get("file")): size
            for item in (*self._listed, *hashed)
            if isinstance(size := item.get("bytes"), int)
        }

    @cached_property
    def made(self) -> dict[object, object]:
        """What functions made `once` of it."""
        return {}

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {part.file: part.sha256 for part in self.parts if part.sha256}

    @cached_property
    def _distinct(self) -> dict[tuple[str, tuple[str, ...], bool], pl.DataFrame]:
        return {}

    def pieces(self, table: str, *columns: str) -> Iterator[pl.DataFrame]:
        """What `rows` gives, piece by piece."""
        rows = sum(part.rows for part in self._readable(table))
        for first in range(0, max(1, rows), PIECE):
            yield self.lazy(table, *columns).slice(first, PIECE).collect()

    def having(
        self, *columns: str, among: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, pl.DataFrame]]:
        """Every table (of `among`, or at all) that has all `columns`, with its rows."""
        for table in among or self.tables:
            try:
                yield table, self.rows(table, *columns)
            except Unavailable:
                continue

    def member(self, vocabulary: str, name: str) -> int:
        """Id of a member of a closed vocabulary."""
        return self.ontology.names(vocabulary).index(name)

    def named(self, vocabulary: str, column: str) -> pl.Expr:
        """Expression for the name behind a class id; null when the id is out of range."""
        import polars as pl

        names = dict(enumerate(self.ontology.names(vocabulary)))
        return pl.col(column).replace_strict(names, default=None, return_dtype=pl.String)

    @cached_property
    def article_texts(self) -> pl.DataFrame:
        """`article_id`, `article_text` and its `length`, one row per id. Raises Unavailable."""
        import polars as pl

        frame = self.rows("articles", "article_id", "text").drop_nulls(["article_id", "text"])
        return frame.unique("article_id", keep="first", maintain_order=True).select(
            "article_id",
            article_text=pl.col("text"),
            length=pl.col("text").str.len_chars().cast(pl.Int64),
        )

    @cached_property
    def spans(self) -> pl.DataFrame:
        """Every span of every table (see `span_table.spans`). Raises Unavailable."""
        from dataset_builder.validate.span_table import spans

        return spans(self)

    @cached_property
    def arguments(self) -> pl.DataFrame:
        """Every argument of every event, one row each, its fields as columns. Raises Unavailable."""
        from dataset_builder.validate.span_table import exploded

        return exploded(self.rows("events", "arguments", "type"), "arguments").unnest("arguments")

    def votes(self, table: str) -> pl.DataFrame:
        """Every vote of `stance` or `events`, one row each, with annotator, kind and vote. Raises
        Unavailable."""
        from dataset_builder.validate.span_table import exploded

        if table not in self._votes:
            votes = exploded(self.rows(table, "votes"), "votes").unnest("votes")
            self._votes[table] = votes.rename({"label": "vote"})
        return self._votes[table]

    @cached_property
    def _votes(self) -> dict[str, pl.DataFrame]:
        return {}
