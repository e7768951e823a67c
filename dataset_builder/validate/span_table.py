"""Every span of a release, of whatever table, beside the words that its article has there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_builder.validate.annotation_rows import of_articles, released
from dataset_builder.validate.matching import letters, places
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
BLOCK = 1 << 18
"""Bytes of texts that are looked at at once."""
LAST_MARKLESS = 0xCB
"""First bytes up to this one begin no combining mark, and no joiner: the first is U+0300, CC 80."""


def spans(release: Release) -> pl.DataFrame:
    """Every span of every table; empty when articles are not there. Raises Unavailable.

    Columns: table, place, _split, _row, article_id, row_id, start, end, text, length (of the
    article's text; null when it has none), inside (the offsets are a range of the text), right (and
    the text has the words there) and marked (at one of its edges may be a combining mark or joiner).
    Rows without a span are there too, with null in one of start, end and text: most columns are
    those of the tables, and are not copied.
    """
    import polars as pl

    texts = _texts(release)
    pieces = [_judged(frame, texts) for frame in _pieces(release, texts)]
    if not pieces:
        raise Unavailable("spans")
    return pl.concat(pieces)


def with_texts(release: Release, found: pl.DataFrame) -> pl.DataFrame:
    """Rows of `spans` with `article_text`, and `slice`: what it has there; null unless inside."""
    import polars as pl

    size = pl.col("end").cast(pl.Int64) - pl.col("start")
    piece = pl.col("article_text").str.slice(pl.col("start"), size)
    return found.join(
        release.article_texts.select("article_id", "article_text"),
        on="article_id", how="inner", maintain_order="left",
    ).with_columns(slice=pl.when("inside").then(piece))  # fmt: skip


@dataclass(frozen=True)
class _Texts:
    """The texts of articles as bytes."""

    ids: pl.Series
    lengths: npt.NDArray[np.int64]
    """In code points."""
    texts: pl.Series
    content: npt.NDArray[np.uint8]
    """All of them, one behind the other, and a few more bytes."""
    begins: npt.NDArray[Any]
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
        lengths=lengths,
        texts=found["article_text"].cast(pl.Binary),
        content=content,
        begins=_begins(content, int(lengths.sum()) + 3),
        first=np.cumsum(lengths) - lengths,
    )


def _begins(content: npt.NDArray[np.uint8], count: int) -> npt.NDArray[Any]:
    """Where the `count` code points of `content` begin. A block at a time: of long texts, what is
    made of them on the way is larger than all that is kept."""
    import numpy as np

    found: npt.NDArray[Any] = np.empty(count, np.int32 if len(content) < 1 << 31 else np.int64)
    done = 0
    for first in range(0, len(content), BLOCK):
        begins = np.flatnonzero((content[first : first + BLOCK] & 0xC0) != 0x80)
        np.add(begins, first, out=found[done : done + len(begins)], casting="same_kind")
        done += len(begins)
    return found


def _judged(frame: pl.DataFrame, texts: _Texts) -> pl.DataFrame:
    """The rows of one column with what their spans are judged by. `frame` has `article`, a number in
    `texts`, which is null where a row is not to be judged."""
    import numpy as np
    import polars as pl

    there = frame.select(pl.all_horizontal(pl.col("start", "end", "text", "article").is_not_null()))
    rows = there.to_series().to_numpy()
    found = frame.select("start", "end", "text", "article").filter(there.to_series())
    article, starts, ends = (found[name].to_numpy() for name in ("article", "start", "end"))
    lengths = texts.lengths[article]
    inside = (starts >= 0) & (starts < ends) & (ends <= lengths)
    content, begins, first = texts.content, texts.begins, texts.first[article]
    opening = begins[first]
    start = begins[first + np.where(inside, starts, 0)]
    end = begins[first + np.where(inside, ends, 0)]
    words = pl.DataFrame({"there": texts.texts.gather(found["article"])})
    said = words.select(
        pl.col("there").bin.slice(
            pl.lit(pl.Series(start - opening)), pl.lit(pl.Series(end - start))
        )
    ).to_series()
    right = inside & (said == found["text"].cast(pl.Binary)).to_numpy()
    marked = (end < begins[first + lengths]) & _mark_may_begin(content, end)
    marked |= _mark_may_begin(content, start)

    def of_rows(values: npt.NDArray[np.bool_]) -> pl.Series:
        spread = np.zeros(len(rows), np.bool_)
        spread[rows] = values
        return pl.Series(spread)

    length = pl.Series(texts.lengths).gather(frame["article"])
    return frame.drop("article").with_columns(
        length=pl.when(there.to_series()).then(length),
        inside=of_rows(inside),
        right=of_rows(right),
        marked=of_rows(marked),
    )


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


def _pieces(release: Release, texts: _Texts) -> Iterator[pl.DataFrame]:
    """The rows of each column: table, place, _split, _row, article_id, row_id, start, end, text, and
    article (see `_judged`)."""
    for table, column in COLUMNS:
        for _, frame in release.having(column, "article_id", among=(table,)):
            rows = exploded(frame, column) if column == "arguments" else frame
            article = places(rows["article_id"], texts.ids)
            yield _piece(rows, table, column, column, article)
    own = ("start", "end", "text", "article_id")
    for _, frame in release.having(*own, "text_sha256", among=("annotations",)):
        # Work on an older text is published too; its offsets are those of that text.
        article = of_articles(release, texts.ids).set(~released(release), None)
        yield _piece(frame, "annotations", "span", None, article)


def _piece(
    frame: pl.DataFrame, table: str, place: str, span: str | None, article: pl.Series
) -> pl.DataFrame:
    import polars as pl

    def get(name: str) -> pl.Expr:
        return (pl.col(name) if span is None else pl.col(span).struct.field(name)).alias(name)

    row_id = pl.col(ROW_ID[table]) if ROW_ID[table] in frame.columns else pl.lit("")
    return frame.select(
        pl.lit(table, pl.Enum([*dict(COLUMNS), "annotations"])).alias("table"),
        pl.lit(place, pl.Enum([name for _, name in COLUMNS] + ["span"])).alias("place"),
        "_split",
        "_row",
        "article_id",
        row_id.alias("row_id"),
        get("start"),
        get("end"),
        get("text"),
        article.alias("article"),
    )


def exploded(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """A row for each item of the lists of `column` that is not null."""
    import polars as pl

    return frame.filter(pl.col(column).list.len() > 0).explode(column).drop_nulls(column)
