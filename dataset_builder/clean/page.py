"""From a raw page to an article, with the reason for every line that is not in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.articles import Article, RawPage, Rejected, read_pages, sha256_text
from dataset_builder.clean.body import select
from dataset_builder.clean.metadata import find
from dataset_builder.clean.text import language_of, normalise_lines, paragraphs, sentences, strip

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from dataset_builder.clean.body import Body
    from dataset_builder.clean.metadata import Metadata

ROLES: Final = ("body", "title", "outlet", "byline", "dateline", "date", "agency", "blank", "cut")
"""What a line of a page can be."""

_ROLE_REASONS: Final = {
    "title": "the title; kept as metadata",
    "outlet": "the outlet's name; kept as metadata",
    "byline": "the author's name; kept as metadata",
    "dateline": "place and author or outlet; kept as metadata",
    "date": "the date that the page states; kept as metadata",
    "agency": "the credited source; kept as metadata",
}


@dataclass(frozen=True, slots=True)
class LineDecision:
    """What became of one line of a page."""

    number: int
    """From 1."""
    text: str
    """The line as it stands on the page."""
    role: str
    """Member of `ROLES`."""
    code: str | None
    """Short code of the reason, None for lines that were kept and for blank ones."""
    reason: str | None
    """The same for people."""
    score: float | None
    """Log-odds of being body that the line model gave; None for blank lines."""

    @property
    def kept(self) -> bool:
        """Whether the line is in the article's text."""
        return self.role == "body"


@dataclass(frozen=True)
class CleanedPage:
    """A page after cleaning."""

    page: RawPage
    article: Article | None
    """None when the page has no article; `rejected` says why."""
    rejected: Rejected | None
    lines: tuple[LineDecision, ...]
    """Every line of the page, in order."""


@dataclass(frozen=True)
class CleanedFolder:
    """All pages of a folder after cleaning."""

    articles: tuple[Article, ...]
    """Sorted by `article_id`."""
    rejected: tuple[Rejected, ...]
    """Sorted by `source`."""


def clean_page(page: RawPage) -> CleanedPage:
    """Find the article in a page. Never raises, whatever the page holds."""
    raw = page.text.split("\n")
    stripped = [strip(line) for line in normalise_lines(page.text)]
    rows = [row for row, line in enumerate(stripped) if line]
    lines = [stripped[row] for row in rows]
    gaps = [row - before - 1 for before, row in zip([-1, *rows], rows, strict=False)]
    body = select(lines, gaps)
    repeats = {at for at, cut in body.cuts.items() if cut.code == "repeated-in-page"}
    found = find(lines, body.kept, repeats)
    article, rejected = None, None
    if body.kept:
        text = "\n\n".join(lines[at] for at in body.kept)
        language = language_of(text)
        article = Article(
            article_id=page.article_id,
            source=page.source,
            raw_sha256=page.raw_sha256,
            text=text,
            text_sha256=sha256_text(text),
            title=found.title,
            outlet=found.outlet,
            agency=found.agency,
            byline=found.byline,
            dateline=found.dateline,
            published_at=found.published_at,
            published_basis=found.published_basis,
            language=language,
            url=None,
            paragraphs=paragraphs(text),
            sentences=sentences(text, language),
        )
    else:
        rejected = Rejected(
            page.source, "no-body", "no running text of an article was found on the page"
        )
    return CleanedPage(page, article, rejected, _decide(raw, rows, body, found))


def clean_batch(pages: Sequence[RawPage]) -> list[CleanedPage]:
    """`clean_page` for many pages at once; what comes out does not depend on the batching."""
    return [clean_page(page) for page in pages]


def _decide(
    raw: Sequence[str], rows: Sequence[int], body: Body, found: Metadata
) -> tuple[LineDecision, ...]:
    """The decision on every line; `rows` are the places of the non-blank ones in `raw`."""
    kept = set(body.kept)
    place = {row: at for at, row in enumerate(rows)}
    decisions = []
    for row, line in enumerate(raw):
        at = place.get(row)
        if at is None:
            decisions.append(LineDecision(row + 1, line, "blank", None, None, None))
            continue
        role = "body" if at in kept else found.roles.get(at, "cut")
        code: str | None = None
        reason: str | None = None
        if role == "cut":
            code, reason = body.cuts[at].code, body.cuts[at].reason
        elif role != "body":
            code, reason = role, _ROLE_REASONS[role]
        decisions.append(LineDecision(row + 1, line, role, code, reason, body.scores[at]))
    return tuple(decisions)


def clean_pages(folder: Path, known: Collection[str] = ()) -> CleanedFolder:
    """Clean every page below `folder`.

    Pages that cannot be read, hold no article, or clean to the same text as another are in
    `rejected`; of equal texts an article among `known` (released or annotated before) stays, else
    the one with the smallest id. Raises ProjectError when `folder` does not exist.
    """
    return collect(read_pages(folder), known)


def collect(pages: Iterable[RawPage | Rejected], known: Collection[str] = ()) -> CleanedFolder:
    """Clean `pages`, in whatever order they come; see `clean_pages`."""
    articles: list[Article] = []
    rejected: list[Rejected] = []
    for page in pages:
        if isinstance(page, Rejected):
            rejected.append(page)
            continue
        cleaned = clean_page(page)
        if cleaned.article is not None:
            articles.append(cleaned.article)
        elif cleaned.rejected is not None:
            rejected.append(cleaned.rejected)
    first: dict[str, Article] = {}
    for article in sorted(
        articles, key=lambda item: (item.article_id not in known, item.article_id, item.source)
    ):
        same = first.setdefault(article.text_sha256, article)
        if same is not article:
            message = f"cleans to the same text as {same.source} ({same.article_id})"
            rejected.append(Rejected(article.source, "duplicate", message))
    return CleanedFolder(
        tuple(sorted(first.values(), key=lambda article: article.article_id)),
        tuple(sorted(rejected, key=lambda item: (item.source, item.reason, item.message))),
    )
