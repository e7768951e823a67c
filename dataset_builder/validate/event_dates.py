"""The dates of events, worked out again from arguments, words and publication as `build` does it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.assemble.dates import NO_DATE, TELLING, Expression, event_date
from dataset_builder.assemble.events import LEADING, is_since

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

ROW: Final = ["_split", "_row"]
TOLD: Final = ["times", "tense_name", "day", "published"]
"""What a date follows from."""


def worked_out(release: Release) -> pl.DataFrame:
    """What the dates of events follow from, and what they should be: _split, _row; times (values,
    words and whether they leave the end open, as text; null without any), day, on which the article
    was published; start, end, precision, basis. Events of which not all words are there are left
    out. Raises Unavailable."""
    import polars as pl

    articles = release.rows("articles", "article_id", "published_at", "published_basis")
    moment = pl.col("published_at")
    days = articles.unique("article_id", keep="first").select(
        "article_id",
        day=pl.when(moment.dt.year().is_between(dt.MINYEAR, dt.MAXYEAR)).then(moment.dt.date()),
        published=release.named("published_basis", "published_basis"),
    )
    events = release.rows("events", "article_id", "tense")
    times = _times(release)
    rows = (
        events.with_columns(tense_name=release.named("tense", "tense"))
        .join(days, on="article_id", how="left", maintain_order="left")
        .join(times, on=ROW, how="left", maintain_order="left")
        .filter(pl.col("known").fill_null(value=True))
    )
    timed = rows.drop_nulls(["times", "tense_name", "published"])
    kinds = timed.unique(TOLD, keep="first", maintain_order=True)
    schema = {"start": pl.Date, "end": pl.Date, "precision": pl.String, "basis": pl.String}
    made = pl.DataFrame([_made(row) for row in kinds.iter_rows(named=True)], schema, orient="row")
    dated = timed.join(
        pl.concat([kinds.select(TOLD), made], how="horizontal"), on=TOLD, how="left",
        nulls_equal=True, maintain_order="left",
    )  # fmt: skip
    dateless = rows.filter(pl.col("times").is_null()).with_columns(
        pl.lit(getattr(NO_DATE, name), kind).alias(name) for name, kind in schema.items()
    )
    return pl.concat([dated, dateless]).select(*ROW, "times", "day", *schema)


def _made(row: dict[str, Any]) -> tuple[dt.date | None, dt.date | None, str, str]:
    """Start, end, precision and basis of an event."""
    expressions = map(Expression, row["values"], row["words"], row["since"])
    day = row["day"]
    published = None if day is None else dt.datetime.combine(day, dt.time(), dt.UTC)
    found, _ = event_date(expressions, published, row["published"], row["tense_name"])
    return found.start, found.end, found.precision, found.basis


def _times(release: Release) -> pl.DataFrame:
    """The time expressions of each event that has some: `values`, `words`, `since`; all of it as one
    text, `times`; and `known`: whether the words are there. Words that say nothing are made empty,
    so that many events are alike."""
    import polars as pl

    dates = release.arguments.filter(
        pl.col("role") == release.member("role", "DATE"), pl.col("timex3") != ""
    )
    text, start = pl.col("text"), pl.col("start").cast(pl.Int64).clip(0)
    told = dates.join(
        release.article_texts, on="article_id", how="left", maintain_order="left"
    ).select(
        *ROW,
        "text",
        "timex3",
        before=pl.col("article_text").str.slice(
            (start - LEADING).clip(0), pl.min_horizontal(start, LEADING)
        ),
        words=pl.when(text.str.contains(TELLING)).then(text).otherwise(pl.lit("")),
    )  # fmt: skip
    told = told.with_columns(since=_since(told))
    one = pl.concat_str("timex3", "words", "since", separator="\x1f")
    return told.group_by(ROW, maintain_order=True).agg(
        values="timex3",
        words="words",
        since="since",
        times=one.str.join("\x1e"),
        known=pl.all_horizontal(pl.col("text", "before").is_not_null()).all(),
    )


def _since(told: pl.DataFrame) -> pl.Series:
    """Whether each time expression leaves its end open."""
    import polars as pl

    may = pl.any_horizontal(pl.col("before", "text").str.contains("(?i)since"))
    found = told.select(since=may.fill_null(value=False)).to_series()
    at = found.arg_true()
    said = [is_since(*row) for row in told[at].select("before", "text").iter_rows()]
    return found.scatter(at, said) if said else found
