"""VER: finished work that the earlier release has, and this one has not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataset_builder.release.changelog import CHANGELOG, without_changes
from dataset_builder.validate.documents import read_text
from dataset_builder.validate.earlier import before
from dataset_builder.validate.release import once
from dataset_builder.validate.rules import Hit, Hits, Rule, hits, of_release

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

TABLE = "annotations"
ID = re.compile(r"\b[0-9a-f]{16}\b")


def _finished(release: Release) -> pl.DataFrame:
    """Each article with each annotator who completed it: article_id, annotator. Raises Unavailable."""
    import polars as pl

    completed = release.member("annotation_state", "completed")
    entered = release.distinct(TABLE, "article_id", "annotator", "state", complete=True)
    found = entered.filter(pl.col("state") == completed).select("article_id", "annotator")
    return found.drop_nulls("article_id")


def _has_none(release: Release) -> bool:
    """Whether there is no file of annotations, and none is missing."""
    there = any(part.table == TABLE for part in release.parts)
    return not there and TABLE not in release.incomplete


def _removed_on_purpose(release: Release) -> list[str]:
    """Ids that people name in the changelog's entry of this version."""
    file = release.path / CHANGELOG
    if not file.is_file() or file.is_symlink():
        return []
    entry = rf"^## \[{re.escape(str(release.version))}\].*?(?=^## |\Z)"
    found = re.search(entry, read_text(file).text, re.MULTILINE | re.DOTALL)
    return sorted(set(ID.findall(without_changes(found.group())))) if found else []


@once
def _losses(release: Release) -> pl.DataFrame:
    """Articles that are still there with fewer annotators who completed them, and that the changelog
    does not name: `_split`, `_row`, article_id; `before` and `now` are their annotators, and `gone`
    those of them who have nothing there any more. Raises Unavailable."""
    import polars as pl

    old, new = _finished(before(release)), _finished(release)
    of_article = pl.col("annotator").drop_nulls().sort()
    known = old.group_by("article_id").agg(before=of_article)
    fewer = known.join(
        new.group_by("article_id").agg(now=of_article), on="article_id", how="left"
    ).with_columns(
        pl.col("now").fill_null(pl.lit([], known.schema["before"])),
        none=pl.col("now").is_null(),
    ).filter(pl.col("none") | (pl.col("now").list.len() < pl.col("before").list.len())).with_columns(
        gone=pl.col("before").list.set_difference("now").list.sort()
    )  # fmt: skip
    articles = release.rows("articles", "article_id").unique("article_id", keep="first")
    told = _removed_on_purpose(release)
    lost = articles.join(fewer, on="article_id").filter(~pl.col("article_id").is_in(told))
    names = ("before", "now", "gone")
    return lost.sort("_split", "_row").with_columns(pl.col(name).list.join(", ") for name in names)


def _nothing_left(release: Release) -> Hits:
    if _has_none(release):
        count = _finished(before(release))["article_id"].n_unique()
        if count:
            text = f"the earlier release has finished work on {count} articles, this one on none"
            yield Hit(text, TABLE)
        return
    wrong = _losses(release).filter("none")
    text = "its finished annotations are gone: {before} completed it"
    yield from hits("articles", wrong, text, expected="annotations of {before}",
                    found="none that is completed")  # fmt: skip


def _one_less(release: Release) -> Hits:
    import polars as pl

    wrong = _losses(release).filter(~pl.col("none"))
    text = "the finished annotation of {gone} is gone"
    return hits("articles", wrong, text, expected="{before}", found="{now}")


BACK = (
    "Bring the lines of annotations/exports back from version control (`git log -p --"
    " annotations/exports`), and build again. Was it removed on purpose, say so in CHANGELOG.md: name"
    " the article's id in the entry of the version."
)

LOST_WORK_RULES = of_release(
    Rule("VER015", "article that lost its finished annotations", _nothing_left,
         "Everything that people marked in a published article is work of hours; it goes away with one"
         " lost line of an export, and nothing else of the release looks wrong.",
         BACK,
         "1.0.0 has the annotations of two annotators on an article, 1.1.0 has the article and"
         " no annotation of it.", after=("VER006", "SCH010", "REL002", "REL013")),
    Rule("VER016", "annotator whose finished annotation of an article is gone", _one_less,
         "The votes and the agreement of the article are those of fewer people than before.",
         BACK,
         "1.0.0 has an article as draft-1 and draft-2 completed it, 1.1.0 has it as draft-1 did.",
         severity="warning", after=("VER015", "SCH010", "REL002", "REL013")),
)  # fmt: skip
