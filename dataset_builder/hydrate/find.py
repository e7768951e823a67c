"""Which of a reader's pages may be which article: by ids and hashes, else by their signature.

A page that is found is only looked into; that it is the right one is for hashes of the text to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_builder.articles import Article, RawPage, Rejected
    from dataset_builder.hydrate.source import Wanted
    from dataset_builder.ledger import Ledger
    from dataset_builder.takedown import Takedowns

TOGETHER: Final = 64
"""Pages that are cleaned at once."""
ALIKE: Final = 16
"""Equal bytes of a signature from which a page is looked into: a tenth of its word sequences.
Texts that have nothing to do with each other have one or two."""
MOST: Final = 3
"""Pages that are looked into for an article, those most alike."""


@dataclass
class Found:
    """What was found for one article."""

    exact: Article | None = None
    """With its very text."""
    named: list[Article] = field(default_factory=list)
    """Its own page, cleaned into another text."""
    alike: list[tuple[int, Article]] = field(default_factory=list)
    """Equal bytes of the signature, and the page; the most alike first."""

    @property
    def candidates(self) -> list[Article]:
        """What to look into, the best first."""
        if self.exact is not None:
            return [self.exact]
        return [*self.named, *(article for _, article in self.alike)]

    def add_alike(self, count: int, article: Article) -> None:
        """Keep a page that looks alike, if it is among the best."""
        self.alike.append((count, article))
        self.alike.sort(key=lambda item: (-item[0], item[1].text_sha256, item[1].source))
        # Other fetches of one text would only be in the way.
        seen = dict.fromkeys(article.text_sha256 for _, article in self.alike)
        first = {sha: next(i for i in self.alike if i[1].text_sha256 == sha) for sha in seen}
        self.alike = list(first.values())[:MOST]


@dataclass
class Search:
    """The result: per article what was found, and what became of the pages."""

    found: dict[str, Found]
    taken_down: dict[str, str] = field(default_factory=dict)
    """Article -> why its text must not be put back."""
    pages: int = 0
    refused: list[Rejected] = field(default_factory=list)
    """Pages that could not be used."""


def search(
    wanted: Sequence[Wanted],
    pages: Iterable[RawPage | Rejected],
    takedowns: Takedowns,
    ledger: Ledger,
) -> Search:
    """Clean `pages` a few at a time, and keep those that may be one of `wanted`.

    What `takedowns` names is neither wanted nor looked into.
    """
    from dataset_builder.articles import RawPage
    from dataset_builder.clean import clean_batch

    result = Search({item.article_id: Found() for item in wanted})
    for item in wanted:
        entry = takedowns.by_id.get(item.article_id) or takedowns.by_text.get(item.text_sha256)
        if entry is not None:
            result.taken_down[item.article_id] = entry.withheld
    index = _Index([item for item in wanted if item.article_id not in result.taken_down])
    stream = iter(pages)
    while batch := list(islice(stream, TOGETHER)):
        read = [item for item in batch if isinstance(item, RawPage)]
        result.refused += [item for item in batch if not isinstance(item, RawPage)]
        result.pages += len(read)
        cleaned = clean_batch(read)
        result.refused += [page.rejected for page in cleaned if page.rejected is not None]
        articles = [page.article for page in cleaned if page.article is not None]
        gone = takedowns.found([(a.article_id, a.text_sha256, a.text) for a in articles], ledger)
        index.offer([a for at, a in enumerate(articles) if at not in gone], result.found)
    return result


class _Index:
    """The articles by everything that they can be found by."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        import numpy as np

        self._ids = [item.article_id for item in wanted]
        self._by_text: dict[str, list[str]] = {}
        self._by_page: dict[str, list[str]] = {}
        for item in wanted:
            self._by_text.setdefault(item.text_sha256, []).append(item.article_id)
            for name in {item.article_id, item.raw_sha256}:
                self._by_page.setdefault(name, []).append(item.article_id)
        raw = b"".join(item.signature for item in wanted)
        width = len(raw) // len(wanted) if wanted else 1
        self._known = np.frombuffer(raw, np.uint8).reshape(-1, width)

    def offer(self, articles: Sequence[Article], found: dict[str, Found]) -> None:
        """Take from `articles` what may be wanted."""
        from dataset_builder.takedown_signatures import closest, text_sketches

        strange: list[Article] = []
        for article in articles:
            exact = self._by_text.get(article.text_sha256, ())
            for name in exact:
                if found[name].exact is None:
                    found[name].exact = article
            named = self._by_page.get(article.article_id, self._by_page.get(article.raw_sha256, ()))
            for name in named:
                if name not in exact and len(found[name].named) < MOST:
                    found[name].named.append(article)
            if not exact and not named:
                strange.append(article)
        if not strange or not len(self._known):
            return
        rows, counts = closest(text_sketches([a.text for a in strange]), self._known)
        for article, row, count in zip(strange, rows, counts, strict=True):
            if count >= ALIKE:
                found[self._ids[row]].add_alike(count, article)
