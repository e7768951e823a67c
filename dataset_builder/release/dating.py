"""Dates that pages state and that cannot be: one wrong clock among a million pages costs no release.

Cleaning has no clock, so it takes whatever date a page states. A release has a day, that of its entry
in the changelog: an article cannot have been published after it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from dataset_builder.release.documents import changelog_entry
from dataset_builder.validate.dates import FIRST_NEWSPAPER, SLACK
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.articles import Article
    from dataset_builder.project import Project


def release_day(project: Project) -> dt.date:
    """The day of the version that is built. Raises ProjectError when the changelog has none."""
    changelog = project.resource("CHANGELOG.md").read_text("utf-8", errors="replace")
    return dt.date.fromisoformat(changelog_entry(changelog, project.settings.version).date)


def without_impossible_dates(
    articles: Sequence[Article], day: dt.date
) -> tuple[tuple[Article, ...], list[Finding]]:
    """The articles of a release of `day`, and a finding for each whose page states a date that is
    after it, or from before there were newspapers: it counts as undated."""
    last = dt.datetime.combine(min(day, dt.date.max - 2 * SLACK) + 2 * SLACK, dt.time(), dt.UTC)
    kept: list[Article] = []
    findings: list[Finding] = []
    for article in articles:
        at = article.published_at
        if at is None or (at < last and at.year >= FIRST_NEWSPAPER):
            kept.append(article)
            continue
        kept.append(replace(article, published_at=None, published_basis="none"))
        findings.append(
            Finding(
                "SCH304",
                "warning",
                f"{article.source} says that it was published on {at.date()}, and the release is of"
                f" {day}: it counts as undated",
                table="seeds",
                ids={"source": article.source, "article_id": article.article_id},
                expected=f"{day} at the latest",
                found=at.isoformat(),
                fix="correct the date of the page's record, or leave it: the article is there",
            )
        )
    return tuple(kept), findings
