"""From a raw page to an article, with the reason for every line that is not in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from dataset_builder.articles import Article, RawPage, Rejected, sha256_text
from dataset_builder.clean.body import Body, Cut, Seen, reasons, select
from dataset_builder.clean.evidence import evidence
from dataset_builder.clean.lines import look
from dataset_builder.clean.metadata import find, with_stated
from dataset_builder.clean.network import load, scores
from dataset_builder.clean.text import (
    language_of,
    normalise_lines,
    paragraphs,
    sentences,
    strip_lines,
)
from dataset_builder.clean.wrapped import joined, one_line
from dataset_builder.damage import damage
from dataset_builder.engines import opened
from dataset_builder.sources import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from dataset_builder.clean.evidence import Evidence
    from dataset_builder.clean.metadata import Metadata
    from dataset_builder.corpus.templates import Templates

ROLES: Final = ("body", "title", "outlet", "byline", "dateline", "date", "agency", "blank", "cut")
"""What a line of a page can be."""

TOGETHER: Final = 64
"""Pages cleaned at once."""

MANY: Final = 32
"""Batches for which it is worth while to start processes."""

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
    evidence: tuple[Evidence, ...] = ()
    """The strongest reasons for the score."""

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
    decide: Callable[[], tuple[LineDecision, ...]] = field(repr=False, compare=False)
    """Works out `lines`: a million pages are cleaned without asking."""

    @cached_property
    def lines(self) -> tuple[LineDecision, ...]:
        """Every line of the page, in order; of an HTML page, what a browser would show."""
        return self.decide()


@dataclass(frozen=True)
class CleanedFolder:
    """All pages of a folder after cleaning."""

    articles: tuple[Article, ...]
    """Sorted by `article_id`."""
    rejected: tuple[Rejected, ...]
    """Sorted by `source`."""


def clean_page(page: RawPage) -> CleanedPage:
    """Find the article in a page. Never raises, whatever the page holds."""
    return clean_batch([page])[0]


def clean_batch(pages: Sequence[RawPage], templates: Templates | None = None) -> list[CleanedPage]:
    """`clean_page` for many pages at once; what comes out does not depend on the batching.

    Lines that `templates` has for a page's site count as no body.
    """
    dumps = [_Dump.read(page, templates) for page in pages if page.form == "text"]
    judged = iter(_judge(dumps))
    return [_clean_html(page) if page.form == "html" else next(judged) for page in pages]


@dataclass(frozen=True)
class _Dump:
    """The non-blank lines of a plain-text page."""

    page: RawPage
    lines: list[str]
    gaps: list[int]
    """Blank lines before each."""
    rows: list[range]
    """Which lines of the page it is: of a page that is wrapped, several."""
    template: list[float]
    """Share of its site's pages that it stands on."""

    @classmethod
    def read(cls, page: RawPage, templates: Templates | None) -> _Dump:
        lines, gaps, at = strip_lines(normalise_lines(page.text))
        rows = [range(row, row + 1) for row in at]
        if runs := joined(lines, gaps):
            rows = [range(at[run.start], at[run.stop - 1] + 1) for run in runs]
            gaps = [gaps[run.start] for run in runs]
            lines = [one_line(lines[run.start : run.stop]) for run in runs]
        shares = templates.shares(page, lines) if templates else [0.0] * len(lines)
        return cls(page, lines, gaps, rows, shares)


def _judge(dumps: Sequence[_Dump]) -> Iterator[CleanedPage]:
    """The article of each page; the pages are looked at together."""
    looked = look(
        list(chain.from_iterable(dump.lines for dump in dumps)),
        list(chain.from_iterable(dump.gaps for dump in dumps)),
        [len(dump.lines) for dump in dumps],
    )
    odds = scores(looked.features, [len(dump.lines) for dump in dumps], load())
    score, words, ends, signs, echoes = (
        column.tolist() for column in (odds, looked.words, looked.ends, looked.signs, looked.echoes)
    )
    at = 0
    for dump in dumps:
        part = slice(at, at := at + len(dump.lines))
        seen = Seen(
            dump.lines, score[part], words[part], ends[part], signs[part], echoes[part],
            dump.template,
        )  # fmt: skip
        yield _clean_dump(dump, seen)


def _clean_dump(dump: _Dump, seen: Seen) -> CleanedPage:
    body = select(seen)
    lines = dump.lines
    repeats = {at for at, cut in body.cuts.items() if cut.code == "repeated-in-page"}
    found = find(lines, body.kept, repeats)
    # A line of the body that is only a byline or date is metadata.
    kept = tuple(at for at in body.kept if at not in found.roles)
    text = "\n\n".join(lines[at] for at in kept)
    if harm := _harm(text):
        cuts = {**body.cuts, **dict.fromkeys(kept, Cut("damaged", harm))}
        decide = partial(_decide, dump, seen, Body((), cuts), found)
        return CleanedPage(dump.page, None, Rejected(dump.page.source, "damaged", harm), decide)
    decide = partial(_decide, dump, seen, replace(body, kept=kept), found)
    if not text:
        message = "no running text of an article was found on the page"
        rejected = Rejected(dump.page.source, "no-body", message)
        return CleanedPage(dump.page, None, rejected, decide)
    article = _article(dump.page, text, language_of(text), found)
    return CleanedPage(dump.page, article, None, decide)


def _clean_html(page: RawPage) -> CleanedPage:
    from dataset_builder.clean.html import read_html

    read = read_html(page)

    text = "\n\n".join(read.paragraphs or ())
    harm = _harm(text)

    def decide() -> tuple[LineDecision, ...]:
        return tuple(
            LineDecision(number, line.text, "cut", "damaged", harm, line.score)
            if harm and line.role == "body"
            else LineDecision(number, line.text, line.role, line.code, line.reason, line.score)
            for number, line in enumerate(read.lines, start=1)
        )

    if harm:
        return CleanedPage(page, None, Rejected(page.source, "damaged", harm), decide)
    if not text:
        return CleanedPage(page, None, read.rejected, decide)
    language = language_of(text)
    if language == "und" and read.language:
        language = read.language
    return CleanedPage(page, _article(page, text, language, read.found), None, decide)


def _harm(text: str) -> str | None:
    """Why an article with this text cannot be released; None when it can."""
    harm = damage(text)
    return f"the article holds {harm}" if harm else None


def _legible(found: Metadata) -> Metadata:
    """`found` without what is damaged: the article can do without it."""
    return replace(
        found,
        title=_undamaged(found.title),
        outlet=_undamaged(found.outlet),
        agency=_undamaged(found.agency),
        byline=_undamaged(found.byline),
        dateline=_undamaged(found.dateline),
    )


def _undamaged(words: str | None) -> str | None:
    return words if words and not damage(words) else None


def _article(page: RawPage, text: str, language: str, found: Metadata) -> Article:
    """The article; what the page's record states goes before what its text seems to say."""
    found = _legible(with_stated(found, page.stated))
    return Article(
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
        url=found.url,
        paragraphs=paragraphs(text),
        sentences=sentences(text, language),
    )


def _decide(dump: _Dump, seen: Seen, body: Body, found: Metadata) -> tuple[LineDecision, ...]:
    """The decision on every line of a plain-text page."""
    kept = set(body.kept)
    cuts = reasons(seen, body)
    looked = look(dump.lines, dump.gaps, [len(dump.lines)])
    why = evidence(looked.features, load())
    place = {row: at for at, rows in enumerate(dump.rows) for row in rows}
    decisions = []
    for row, line in enumerate(dump.page.text.split("\n")):
        at = place.get(row)
        if at is None:
            decisions.append(LineDecision(row + 1, line, "blank", None, None, None))
            continue
        role = "body" if at in kept else found.roles.get(at, "cut")
        code: str | None = None
        reason: str | None = None
        if role == "cut":
            code, reason = cuts[at].code, cuts[at].reason
        elif role != "body":
            code, reason = role, _ROLE_REASONS[role]
        decisions.append(LineDecision(row + 1, line, role, code, reason, seen.odds[at], why[at]))
    return tuple(decisions)


def clean_pages(folder: Path, *, jobs: int = 1) -> CleanedFolder:
    """Clean every page below `folder`, where there are many in up to `jobs` processes.

    Pages that cannot be read or hold no article are in `rejected`; which of several copies of an
    article stays is for `grouping.one_per_group`. Raises ProjectError when `folder` does not exist.
    """
    return collect(read_pages(folder), jobs=jobs)


def collect(pages: Iterable[RawPage | Rejected], *, jobs: int = 1) -> CleanedFolder:
    """Clean `pages`, in whatever order they come; see `clean_pages`."""
    stream = iter(pages)
    batches = iter(lambda: list(islice(stream, TOGETHER)), [])
    first = list(islice(batches, MANY))
    articles: list[Article] = []
    rejected: list[Rejected] = []
    with opened(jobs if len(first) == MANY else 1) as engine:
        for kept, left_out in engine.map(_collected, chain(first, batches)):
            articles += kept
            rejected += left_out
    return CleanedFolder(
        tuple(sorted(articles, key=lambda article: (article.article_id, article.source))),
        tuple(sorted(rejected, key=lambda item: (item.source, item.reason, item.message))),
    )


def _collected(batch: Sequence[RawPage | Rejected]) -> tuple[list[Article], list[Rejected]]:
    """The articles of some pages, and what is left out."""
    cleaned = clean_batch([page for page in batch if isinstance(page, RawPage)])
    rejected = [page for page in batch if isinstance(page, Rejected)]
    rejected += [page.rejected for page in cleaned if page.rejected is not None]
    return [page.article for page in cleaned if page.article is not None], rejected
