"""Every span of a release, of whatever table, beside the words that its article has there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.validate.matching import letters, on_released_text, places, where
from dataset_builder.validate.release import ROW_ID, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from dataset_builder.validate.release import Release

COLUMNS = (
    ("stance", "evidence"),
    ("stance", "holder_span"),
    ("stance", "target_span"),
    ("events", "trigger"),
    ("events", "arguments"),
)
"""Columns with spans; annotations are spans themselves."""
LAST_MARKLESS = 0xCB
"""First bytes up to this one begin no combining mark, and no joiner: the first is U+0300, CC 80."""


def spans(release: Release) -> pl.DataFrame:
    """Every span of every table; empty when articles are not there. Raises Unavailable.

    Columns: table, place, _split, _row, article_id, row_id, start, end, text, length (of the
    article's text), inside (the offsets are a range of the text), right (and the text has the
    words there) and marked (at one of its edges may be a combining mark or joiner).
    """
    import polars as pl

    texts = _texts(release)
    pieces = [_judged(frame, texts) for frame in _pieces(release)]
    if not pieces:
        raise Unavailable("spans")
    return pl.concat(pieces)


def with_texts(release: Release, found: pl.DataFrame) -> pl.DataFrame:
    """Rows of `spans` with `article_text`, and `slice`: what it has there; null unless inside."""
    import polars as pl

    piece = pl.col("article_text").str.slice(pl.col("start"), pl.col("end") - pl.col("start"))
    return found.join(
        release.article_texts.select("article_id", "article_text"),
        on="article_id", how="inner", maintain_order="left",
    ).with_columns(slice=pl.when("inside").then(piece))  # fmt: skip


@dataclass(frozen=True)
class _Texts:
    """The texts of articles as bytes."""

    ids: pl.Series
    lengths: pl.Series
    """In code points."""
    texts: pl.Series
    content: npt.NDArray[np.uint8]
    """All of them, one behind the other, and a few more bytes."""
    begins: npt.NDArray[np.int64]
    """Where in `content` each code point begins, and after them all where they end."""
    first: npt.NDArray[np.int64]
    """Number of the first code point of each text."""


def _texts(release: Release) -> _Texts:
    import numpy as np
    import polars as pl

    found = release.article_texts
    content = np.frombuffer(letters(found["article_text"]) + b"\0" * 3, np.uint8)
    lengths = found["length"].to_numpy()
    return _Texts(
        ids=found["article_id"],
        lengths=found["length"],
        texts=found["article_text"].cast(pl.Binary),
        content=content,
        begins=np.flatnonzero((content & 0xC0) != 0x80),
        first=np.cumsum(lengths) - lengths,
    )


def _judged(frame: pl.DataFrame, texts: _Texts) -> pl.DataFrame:
    """The spans of one column whose article is there, with what they are judged by."""
    import numpy as np
    import polars as pl

    found = frame.drop_nulls(["start", "end", "text"])
    article = places(found["article_id"], texts.ids)
    if article.null_count():
        found, article = found.filter(article.is_not_null()), article.drop_nulls()
    found = found.with_columns(length=texts.lengths.gather(article))
    inside = found.select(
        (pl.col("start") >= 0)
        & (pl.col("start") < pl.col("end"))
        & (pl.col("end") <= pl.col("length"))
    ).to_series()
    content, begins = texts.content, texts.begins
    first = texts.first[article.to_numpy()]
    safe = inside.to_numpy()
    start = begins[first + np.where(safe, found["start"].to_numpy(), 0)]
    end = begins[first + np.where(safe, found["end"].to_numpy(), 0)]
    there = texts.texts.gather(article).alias("there").to_frame()
    said = there.select(
        pl.col("there").bin.slice(pl.lit(pl.Series(start - begins[first])),
                                  pl.lit(pl.Series(end - start)))
    ).to_series()  # fmt: skip
    right = inside & (said == found["text"].cast(pl.Binary))
    ends = (end < begins[first + found["length"].to_numpy()]) & _mark_may_begin(content, end)
    marked = pl.Series(ends | _mark_may_begin(content, start))
    return found.with_columns(inside=inside, right=right, marked=marked)


def _mark_may_begin(
    content: npt.NDArray[np.uint8], at: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Whether a combining mark or joiner may begin at these bytes."""
    import numpy as np

    found: npt.NDArray[np.bool_] = content[at] > LAST_MARKLESS
    some = np.flatnonzero(found)
    one, two, three = (content[at[some] + further] for further in range(3))
    # Quotation marks and dashes are U+2010 to U+203F; of their block only U+200D is a joiner.
    found[some[(one == 0xE2) & (two == 0x80) & (three != 0x8D)]] = False
    return found


def _pieces(release: Release) -> Iterator[pl.DataFrame]:
    """The spans of each column: table, place, _split, _row, article_id, row_id, start, end, text."""
    import polars as pl

    for table, column in COLUMNS:
        for _, frame in release.having(column, "article_id", among=(table,)):
            lists = column == "arguments"
            yield _piece(exploded(frame, column) if lists else frame, table, column, column)
    own = ("start", "end", "text", "article_id")
    for _, frame in release.having(*own, "text_sha256", among=("annotations",)):
        # Work on an older text is published too; its offsets are those of that text.
        texts = release.rows("articles", "article_id", "text_sha256")
        frame = frame.drop_nulls(["start", "end", "text"])  # noqa: PLW2901
        current = where(frame, pl.lit(on_released_text(texts, frame)))
        yield _piece(current, "annotations", "span", None)


def _piece(frame: pl.DataFrame, table: str, place: str, span: str | None) -> pl.DataFrame:
    import polars as pl

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


def exploded(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """A row for each item of the lists of `column` that is not null."""
    import polars as pl

    return frame.filter(pl.col(column).list.len() > 0).explode(column).drop_nulls(column)
