"""SPN: contexts that are not the sentences that assembling takes for the spans of their row.

Which sentences those are follows from spans and sentences alone: they are worked out again, as
`assemble.rows.context` does for one row, for all rows at once. That may change with the schema
version; contexts of an earlier one are not judged by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.assemble.rows import REACH
from dataset_builder.validate.contracts import is_earlier
from dataset_builder.validate.followed import AFTER as FOLLOWED_AFTER
from dataset_builder.validate.matching import places, where
from dataset_builder.validate.release import ROW_ID, Release, Unavailable, once
from dataset_builder.validate.rules import CAP, Hits, Rule, hits

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Numbers = npt.NDArray[np.int64]

ARTICLE: Final = 1 << 32
"""A place in all texts is the number of its article times this, and its offset there."""


@dataclass(frozen=True)
class _Kind:
    """What the contexts of a table are there for."""

    table: str
    main: tuple[str, ...]
    """Columns of the span that is always inside: the first of them that is not null."""
    near: tuple[str, ...]
    """Columns of those that are inside when they are near."""
    told: str


KINDS: Final = (
    _Kind("stance", ("evidence", "holder_span"), ("holder_span", "target_span"),
          "evidence, holder and target"),
    _Kind("events", ("trigger",), ("arguments",), "trigger and arguments"),
)  # fmt: skip


@dataclass(frozen=True)
class _Sentences:
    """The sentences of articles, one behind the other; only articles whose sentences are in order."""

    articles: pl.Series
    """Their ids."""
    first: Numbers
    """Number of the first sentence of each article."""
    starts: Numbers
    """Where each sentence begins, as a place in all texts."""
    ends: Numbers

    def around(self, article: Numbers, start: Numbers, end: Numbers) -> tuple[Numbers, Numbers]:
        """Numbers of the sentences in which ranges of text begin and end; what lies before the first
        one counts to it."""
        import numpy as np

        base, first = article * ARTICLE, self.first[article]
        low = np.searchsorted(self.starts, base + start, "right") - 1
        high = np.searchsorted(self.starts, base + end, "left") - 1
        return np.maximum(low, first), np.maximum(high, first)


@once
def _sentences(release: Release) -> _Sentences:
    articles = release.rows("articles", "article_id", "sentences").drop_nulls("article_id")
    return _sentences_of(articles.unique("article_id", keep="first", maintain_order=True))


def _sentences_of(articles: pl.DataFrame) -> _Sentences:
    """The sentences of articles: article_id, sentences; without articles that have none, or none
    that can be told apart."""
    import numpy as np
    import polars as pl

    known = articles.filter(pl.col("sentences").list.len() > 0)
    flat = _placed(known)
    before = pl.col("start").shift(1).fill_null(-1)
    disordered = pl.col("start").is_null() | pl.col("end").is_null() | (pl.col("start") <= before)
    unclear = flat.filter(disordered)["article"].unique()
    if not unclear.is_empty():
        known = known.with_row_index("n").filter(~pl.col("n").is_in(unclear.implode())).drop("n")
        flat = _placed(known)
    counts = known["sentences"].list.len().cast(pl.Int64).to_numpy()
    return _Sentences(
        articles=known["article_id"],
        first=np.cumsum(counts) - counts,
        starts=flat["start"].to_numpy(),
        ends=flat["end"].to_numpy(),
    )


def _placed(articles: pl.DataFrame) -> pl.DataFrame:
    """The sentences of articles: the article's number, and their places in all texts."""
    import polars as pl

    flat = articles.select("sentences", article=pl.int_range(pl.len(), dtype=pl.Int64))
    flat = flat.explode("sentences")
    base = pl.col("article") * ARTICLE
    ends = (pl.col("sentences").struct.field(name) + base for name in ("start", "end"))
    return flat.select("article", *ends)


def _edges(column: str) -> tuple[pl.Expr, pl.Expr]:
    """Start and end of the span in a column, or of all the spans in its list."""
    import polars as pl

    field = pl.element().struct.field
    if column == "arguments":
        inner = pl.col(column).list
        start, end = inner.eval(field("start")).list.min(), inner.eval(field("end")).list.max()
    else:
        start, end = (pl.col(column).struct.field(name) for name in ("start", "end"))
    return start.cast(pl.Int64), end.cast(pl.Int64)


def _asked_for(rows: pl.DataFrame, sentences: _Sentences) -> pl.DataFrame:
    """`rows` with where their context is to begin and end: `begins`, `ends`."""
    import numpy as np
    import polars as pl

    article, start, end, low, high = (
        rows[name].to_numpy().astype(np.int64)
        for name in ("article", "start", "end", "low", "high")
    )
    first, last = sentences.around(article, low, high)
    far = last - first >= REACH
    if far.any():
        low, high = np.where(far, start, low), np.where(far, end, high)
        first, last = sentences.around(article, low, high)
    base = article * ARTICLE
    begins = np.minimum(low, sentences.starts[first] - base)
    ends = np.maximum(high, sentences.ends[last] - base)
    return rows.with_columns(begins=pl.Series(begins), ends=pl.Series(ends))


def _rows(release: Release, kind: _Kind, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that can be judged: with the place of their context (`first`, `size`), of the main
    span (`start`, `end`), and of all spans together (`low`, `high`)."""
    import polars as pl

    main = [_edges(column) for column in kind.main]
    every = [*main, *(_edges(column) for column in kind.near)]
    rows = frame.select(
        "_split", "_row", "article_id", ROW_ID[kind.table], "text",
        article=places(frame["article_id"], _sentences(release).articles),
        first=pl.col("context_start").cast(pl.Int64),
        size=pl.col("text").str.len_chars().cast(pl.Int64),
        start=pl.coalesce([start for start, _ in main]),
        end=pl.coalesce([end for _, end in main]),
        low=pl.min_horizontal([start for start, _ in every]),
        high=pl.max_horizontal([end for _, end in every]),
    )  # fmt: skip
    there = pl.all_horizontal(pl.col("article", "first", "start", "end").is_not_null())
    return where(rows, there & (pl.col("start") < pl.col("end")))


def _other_sentences(release: Release) -> Hits:
    import polars as pl

    if is_earlier(release.manifest.data.get("schema_version")):
        raise Unavailable("schema_version")
    for kind in KINDS:
        columns = dict.fromkeys((ROW_ID[kind.table], *kind.main, *kind.near))
        for table, frame in release.having(
            "article_id", "text", "context_start", *columns, among=(kind.table,)
        ):
            asked = _asked_for(_rows(release, kind, frame), _sentences(release))
            begins_there = pl.col("first") == pl.col("begins")
            ends_there = pl.col("size") == pl.col("ends") - pl.col("begins")
            # Where the text is withheld nobody knows how long it is.
            wrong = where(asked, ~begins_there | ~ends_there.fill_null(value=True))
            text = f"text is not the sentences with {kind.told}, {{begins}}:{{ends}}"
            yield from hits(table, _quoted(release, wrong), text,
                            expected="{words}", found="{text}")  # fmt: skip


def _quoted(release: Release, wrong: pl.DataFrame) -> pl.DataFrame:
    """`wrong` with the words that its text should be, as `words`: of those that are shown."""
    import polars as pl

    shown = wrong.head(CAP).join(
        release.article_texts, on="article_id", how="left", maintain_order="left"
    )
    words = pl.col("article_text").str.slice("begins", pl.col("ends") - pl.col("begins"))
    return pl.concat([shown.with_columns(words=words), wrong.slice(CAP)], how="diagonal")


CONTEXT_RULES: tuple[Rule, ...] = (
    Rule(
        "SPN035",
        "context of other sentences",
        _other_sentences,
        "A context is the sentences of evidence, holder and target, or of trigger and arguments; of"
        f" more than {REACH}, those of evidence or trigger. Without the holder's sentence a model is"
        " asked about somebody it cannot see; with a whole article it learns from other texts than it"
        " is used on.",
        "Build the release again from its inputs.",
        "the sentence of the evidence alone, where the one before it names the holder",
        after=(*FOLLOWED_AFTER, "SPN004", "SPN005", "SPN013", "SPN014", "SPN015", "SPN018", "SPN025",
               "SPN030", "SPN031", "SPN032", "SPN033", "GRM011", "GRM012"),
    ),
)  # fmt: skip
