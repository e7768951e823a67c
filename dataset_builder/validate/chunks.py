"""Divides the rows of a release among chunks, so that each article is in one of them with all its rows.

A chunk has the articles from one id to the next. Where a file has its rows in the order of their
articles, as most tables do, a chunk is a range of them, and nothing else of the file is read for it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import polars as pl

    from dataset_builder.validate.reading import Part

SAMPLE = 100_000
"""Rows whose articles decide where chunks begin."""


@dataclass(frozen=True)
class Division:
    """What is in which chunk."""

    count: int
    """Chunks."""
    firsts: tuple[str, ...]
    """The first article of each chunk after the first; fewer when there are not so many articles."""
    with_article: frozenset[str]
    """Files whose rows name their article."""
    starts: dict[str, tuple[int, ...]]
    """Per file in the order of its articles the row where each chunk begins, and where the last
    one ends."""

    def rows(self, part: Part, number: int) -> pl.LazyFrame:
        """The rows of a file that are in a chunk, with their numbers."""
        rows = part.lazy()
        if part.file in self.starts:
            start, end = self.starts[part.file][number : number + 2]
            return rows.slice(start, end - start)
        return rows.filter(self._within(part, number))

    def _within(self, part: Part, number: int) -> pl.Expr:
        """Whether a row is in a chunk: by its article, without one by its own number."""
        import polars as pl

        by_number = pl.col(part.row_number) // 1000 % self.count == number
        if part.file not in self.with_article:
            return by_number
        article = pl.col("article_id").cast(pl.String)
        low = self.firsts[number - 1 : number] if number else ()
        inside = pl.all_horizontal(
            pl.lit(number <= len(self.firsts)),
            *(article >= first for first in low),
            *(article < first for first in self.firsts[number : number + 1]),
        )
        return pl.when(article.is_null()).then(by_number).otherwise(inside)


def divided(parts: Sequence[Part], with_article: Collection[str], count: int) -> Division:
    """The division of all readable `parts` among `count` chunks of about as many rows; in the files
    `with_article`, rows name their article."""
    import polars as pl

    total = sum(part.rows for part in parts)
    named = [part for part in parts if part.file in with_article]
    every = max(1, total // SAMPLE)
    sample = pl.concat(
        [pl.Series([], dtype=pl.String)]
        + [_articles(part).gather_every(every).drop_nulls().alias("") for part in named]
    ).sort()
    cuts = [sample[len(sample) * number // count] for number in range(1, count) if len(sample)]
    firsts = tuple(first for first, _ in itertools.groupby(cuts))
    starts = {}
    for part in named:
        articles = _articles(part)
        if articles.null_count() == 0 and articles.is_sorted():
            inner = [int(articles.search_sorted(first, "left")) for first in firsts]
            ends = [part.rows] * (count - len(firsts))
            starts[part.file] = (0, *inner, *ends)
    return Division(count, firsts, frozenset(with_article), starts)


def _articles(part: Part) -> pl.Series:
    import polars as pl

    return part.lazy().select(pl.col("article_id").cast(pl.String)).collect().to_series()
