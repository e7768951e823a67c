"""Reads a release folder however damaged it is.

Nothing here judges: what cannot be read is kept as an error beside the file, so that one rule can
report it and all others still run on what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dataset_builder.errors import ProjectError, UsageError
from dataset_builder.tables import TABLES, polars_type
from dataset_builder.validate.reading import (
    Document,
    Part,
    read_card,
    read_json,
    read_parts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from dataset_builder.ontology import Ontology, Registries

ROW_ID = {
    "articles": "article_id",
    "stance": "stance_id",
    "events": "mention_id",
    "annotations": "annotation_id",
}


class Unavailable(Exception):  # noqa: N818 - control flow between a rule and the runner
    """A rule needs a table or column that this release does not have; others report that."""


@dataclass(frozen=True, eq=False)
class Release:
    """Everything the rules look at. Tables are read once; derived frames are cached."""

    path: Path
    ontology: Ontology
    registries: Registries | None
    previous: Release | None
    files: tuple[str, ...]
    """Every file below the folder, sorted, with `/`."""
    parts: tuple[Part, ...]
    card: Document
    """README.md: `data` is the front matter, `text` the whole file."""
    manifest: Document

    @cached_property
    def version(self) -> str | None:
        """Version that the manifest states, else the card, else the folder's name."""
        stated = self.manifest.data.get("version") or self.card.data.get("version")
        return str(stated) if stated else self.path.name

    @cached_property
    def incomplete(self) -> frozenset[str]:
        """Tables with a file that cannot be read: what refers to them cannot be judged."""
        return frozenset(part.table for part in self.parts if part.frame is None)

    @cached_property
    def frames(self) -> dict[str, pl.DataFrame]:
        """Per table of the contract the rows of all splits with the columns whose type is right,
        and `_split` and `_row`. A table without a readable file is not there."""
        import polars as pl

        found = {}
        for name, table in TABLES.items():
            parts = [p for p in self.parts if p.table == name and p.frame is not None]
            pieces = []
            for part in parts:
                assert part.frame is not None  # noqa: S101 - for the type checker
                rows = pl.int_range(part.frame.height, dtype=pl.Int64) + part.first_row
                fitting = [
                    series
                    for column in table.columns
                    if column.name in part.frame.columns
                    and (series := _fit(part.frame[column.name], polars_type(column.type)))
                    is not None
                ]
                piece = pl.DataFrame(fitting) if fitting else pl.DataFrame()
                if fitting:
                    pieces.append(
                        piece.with_columns(pl.lit(part.split).alias("_split"), rows.alias("_row"))
                    )
            if pieces:
                common = [c for c in pieces[0].columns if all(c in p.columns for p in pieces)]
                found[name] = pl.concat([piece.select(common) for piece in pieces])
        return found

    def rows(self, table: str, *columns: str, complete: bool = False) -> pl.DataFrame:
        """`columns` of `table` over all splits, with `_split`, `_row` and the ids there are.

        Raises Unavailable when a column is not there as the contract has it, or when `complete`
        is asked for and a file of the table cannot be read.
        """
        frame = self.frames.get(table)
        if frame is None or any(column not in frame.columns for column in columns):
            raise Unavailable(table)
        if complete and table in self.incomplete:
            raise Unavailable(table)
        ids = dict.fromkeys(("article_id", ROW_ID.get(table, "")))
        extra = [name for name in ids if name in frame.columns and name not in columns]
        return frame.select("_split", "_row", *columns, *extra)

    def having(
        self, *columns: str, among: tuple[str, ...] = tuple(TABLES)
    ) -> Iterator[tuple[str, pl.DataFrame]]:
        """Every table that has all `columns`, with its rows."""
        for table in among:
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
        """Every span of every table with its article's text; empty when articles are not there.

        Columns: table, place, _split, _row, article_id, row_id, start, end, text, article_text,
        length, inside (the offsets are a range of the text) and slice (null unless inside).
        """
        import polars as pl

        pieces = list(self._span_pieces())
        texts = self.article_texts
        if not pieces:
            raise Unavailable("spans")
        found = pl.concat(pieces).drop_nulls(["start", "end", "text"])
        inside = (
            (pl.col("start") >= 0)
            & (pl.col("start") < pl.col("end"))
            & (pl.col("end") <= pl.col("length"))
        )
        piece = pl.col("article_text").str.slice(pl.col("start"), pl.col("end") - pl.col("start"))
        return (
            found.join(texts, on="article_id", how="inner", maintain_order="left")
            .with_columns(inside=inside)
            .with_columns(slice=pl.when("inside").then(piece))
        )

    def _span_pieces(self) -> Iterator[pl.DataFrame]:
        import polars as pl

        def piece(frame: pl.DataFrame, table: str, place: str, span: str | None) -> pl.DataFrame:
            def get(name: str) -> pl.Expr:
                return pl.col(name) if span is None else pl.col(span).struct.field(name)

            return frame.select(
                pl.lit(table).alias("table"),
                pl.lit(place).alias("place"),
                "_split",
                "_row",
                "article_id",
                row_id=pl.col(ROW_ID[table]) if ROW_ID[table] in frame.columns else pl.lit(""),
                start=get("start").cast(pl.Int64),
                end=get("end").cast(pl.Int64),
                text=get("text"),
            )

        for table, column in (
            ("stance", "evidence"),
            ("stance", "holder_span"),
            ("stance", "target_span"),
            ("events", "trigger"),
        ):
            for _, frame in self.having(column, "article_id", among=(table,)):
                yield piece(frame, table, column, column)
        for _, frame in self.having("arguments", "article_id", among=("events",)):
            yield piece(_exploded(frame, "arguments"), "events", "arguments", "arguments")
        own = ("start", "end", "text", "article_id")
        for _, frame in self.having(*own, "text_sha256", among=("annotations",)):
            # Work on an older text is published too; its offsets are those of that text.
            texts = self.rows("articles", "article_id", "text_sha256")
            current = frame.join(
                texts.select("article_id", "text_sha256").unique(),
                on=["article_id", "text_sha256"],
                how="semi",
                maintain_order="left",
            )
            yield piece(current, "annotations", "span", None)

    @cached_property
    def arguments(self) -> pl.DataFrame:
        """Every argument of every event, one row each, its fields as columns. Raises Unavailable."""
        frame = self.rows("events", "arguments", "type")
        return _exploded(frame, "arguments").unnest("arguments")

    def votes(self, table: str) -> pl.DataFrame:
        """Every vote of `stance` or `events`, one row each, with annotator, kind and vote."""
        frame = self.rows(table, "votes")
        return _exploded(frame, "votes").unnest("votes").rename({"label": "vote"})


def _exploded(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    import polars as pl

    return frame.filter(pl.col(column).list.len() > 0).explode(column).drop_nulls(column)


def _fit(series: pl.Series, wanted: pl.DataType) -> pl.Series | None:
    """The series in the contract's type where nothing is lost by it, else None."""
    import polars as pl

    if series.dtype == wanted:
        return series
    if series.dtype == pl.Null or series.dtype.is_nested() != wanted.is_nested():
        return None
    if (
        isinstance(series.dtype, pl.Struct)
        and isinstance(wanted, pl.Struct)
        and [f.name for f in series.dtype.fields] != [f.name for f in wanted.fields]
    ):
        return None  # a cast would fill missing fields with null and hide what is wrong
    try:
        cast = series.cast(wanted, strict=True)
    except pl.exceptions.PolarsError:
        return None
    return cast if cast.null_count() == series.null_count() else None


def read_release(
    folder: Path,
    *,
    ontology: Ontology,
    registries: Registries | None = None,
    previous: Path | None = None,
) -> Release:
    """Read everything below `folder`.

    Raises UsageError when there is nothing that could be meant as a release.
    """
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise UsageError(f"{folder} {what}", hint="give the folder of a release, releases/1.0.0")
    files = tuple(
        sorted(
            file.relative_to(folder).as_posix()
            for file in folder.rglob("*")
            if file.is_file() or file.is_symlink()
        )
    )
    if not any(f in ("README.md", "MANIFEST.json") or f.endswith(".parquet") for f in files):
        raise UsageError(
            f"{folder} is no release: it has no README.md, no MANIFEST.json and no Parquet file",
            hint="give the folder of a release, e.g. releases/1.0.0",
        )
    card, manifest = read_card(folder / "README.md"), read_json(folder / "MANIFEST.json")
    # What nobody mentions is no part of the data; that it lies there is a finding of its own.
    known = f"{card.text}\n{manifest.text}"
    return Release(
        path=folder,
        ontology=ontology,
        registries=registries or _shipped(folder, ontology),
        previous=None if previous is None else read_release(previous, ontology=ontology),
        files=files,
        parts=tuple(
            read_parts(folder, [f for f in files if manifest.error or card.error or f in known])
        ),
        card=card,
        manifest=manifest,
    )


def _shipped(folder: Path, ontology: Ontology) -> Registries | None:
    """The registries that the release carries; None when one of them is missing or broken."""
    from dataset_builder.ontology import Registries, load_actors, load_annotators, load_targets

    try:
        return Registries(
            ontology=ontology,
            actors=load_actors(folder / "schemas/actors.yaml"),
            targets=load_targets(folder / "schemas/targets.yaml"),
            annotators=load_annotators(folder / "schemas/annotators.yaml"),
            stories=(),
        )
    except (ProjectError, TypeError, AttributeError):
        return None
