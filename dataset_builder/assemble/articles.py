"""Rows of the table articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataset_builder.articles import Article
    from dataset_builder.assemble.rows import Grouping, Row


def article_row(article: Article, group: Grouping) -> Row:
    """The row of one article."""
    return {
        "article_id": article.article_id,
        "title": article.title,
        "text": article.text,
        "outlet": article.outlet,
        "agency": article.agency,
        "byline": article.byline,
        "dateline": article.dateline,
        "published_at": article.published_at,
        "published_basis": article.published_basis,
        "language": article.language,
        "url": article.url,
        "source": article.source,
        "duplicate_group": group.duplicate_group,
        "story": group.story,
        "paragraphs": [{"start": item.start, "end": item.end} for item in article.paragraphs],
        "sentences": [{"start": item.start, "end": item.end} for item in article.sentences],
        "raw_sha256": article.raw_sha256,
        "text_sha256": article.text_sha256,
    }
