"""Learning a site's template lines from its pages.

Copies of one article, be they syndicated or fetched again, must not make its own text a template:
pages that have more than half of their long lines in common count as one, and what counts is on how
many *different* pages a line stands.

Which pages of a site are looked at follows from their ids (the smallest, which as parts of a hash
are a fair sample), so the result depends neither on the order nor on the batching of the input.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dataset_builder.corpus.batches import LARGEST
from dataset_builder.corpus.templates import (
    LONGEST,
    STEPS,
    SiteTemplates,
    Templates,
    masked_key,
    site_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.articles import RawPage, Rejected

LEAST_PAGES: Final = 5
"""Different pages that a template line stands on at least."""
SAMPLE: Final = 512
"""Most pages of a site that are looked at."""
FEWEST: Final = 16
"""With very many sites fewer pages of each are looked at, but never fewer than this."""
BUDGET: Final = 150_000
"""Pages kept in memory for all sites together."""
LINES: Final = 400
"""Different lines of a page that are looked at."""
LONG: Final = 120
"""Code points from which a line may be an article's own, so that it tells pages apart."""
REPRESENTING: Final = 12
"""Long lines that stand for a page, its longest."""
WEIGHT: Final = 250
"""Code points that one of them counts at most: a notice may be very long, yet it is one line."""
TOGETHER: Final = 128
"""Pages whose lines are looked at in one go."""


@dataclass(frozen=True, slots=True)
class _Page:
    keys: npt.NDArray[np.uint64]
    """The page's lines, each once."""
    long: dict[int, int]
    """Keys of the lines that stand for it, and what each counts."""


Looked = list[tuple[str, int, _Page]]
"""Site, id and lines of pages."""


def look(pages: Sequence[RawPage]) -> Looked:
    """The lines of some pages."""
    return [(site_of(page), int(page.article_id, 16), _lines_of(page.text)) for page in pages]


class Learner:
    """Gathers the lines of pages in bounded memory; `templates` says what was learned."""

    def __init__(self, *, sample: int = SAMPLE, budget: int = BUDGET) -> None:
        self._limit = sample
        self._budget = budget
        self._sites: dict[str, dict[int, _Page]] = {}
        self._largest: dict[str, list[int]] = {}
        """Per site a heap of negated page ids."""
        self._kept = 0
        self._barred: int | None = None
        """Sites whose hash is not below this are not looked at: there are too many."""

    def learn(
        self,
        pages: Iterable[RawPage],
        map_: Callable[
            [Callable[[Sequence[RawPage]], Looked], Iterable[Sequence[RawPage]]], Iterable[Looked]
        ] = map,
    ) -> None:
        """Look at `pages`; `map_` works like the built-in one, but may do so elsewhere and in any
        order. HTML is left alone, its extractor knows better."""
        wanted = (page for page in pages if page.form != "html" and self._wants(page))
        for looked in map_(look, _portions(wanted)):
            for site, number, page in looked:
                self._keep(site, number, page)

    def _wants(self, page: RawPage) -> bool:
        """Whether a page is, as far as is known by now, among those that are looked at."""
        site = site_of(page)
        if self._barred is not None and _site_hash(site) >= self._barred:
            return False
        pages = self._sites.get(site, {})
        number = int(page.article_id, 16)
        full = len(pages) >= self._limit and number > -self._largest[site][0]
        return not full and number not in pages

    def _keep(self, site: str, number: int, page: _Page) -> None:
        if self._barred is not None and _site_hash(site) >= self._barred:
            return
        pages = self._sites.setdefault(site, {})
        if number in pages:
            return
        pages[number] = page
        heapq.heappush(self._largest.setdefault(site, []), -number)
        self._kept += 1
        self._shrink(site)
        while self._kept > self._budget and self._limit > FEWEST:
            self._limit = max(self._limit // 2, FEWEST)
            for name in self._sites:
                self._shrink(name)
        while self._kept > self._budget:
            last = max(self._sites, key=_site_hash)
            self._barred = _site_hash(last)
            self._kept -= len(self._sites.pop(last))
            del self._largest[last]

    def _shrink(self, site: str) -> None:
        pages, heap = self._sites[site], self._largest[site]
        while len(pages) > self._limit:
            del pages[-heapq.heappop(heap)]
            self._kept -= 1

    def templates(self) -> Templates:
        """The template lines of every site that has some."""
        found = {
            site: _site_templates([pages[number] for number in sorted(pages)])
            for site, pages in sorted(self._sites.items())
        }
        return Templates({site: lines for site, lines in found.items() if len(lines.keys)})


def learn(
    items: Iterable[RawPage | Rejected], *, sample: int = SAMPLE, budget: int = BUDGET
) -> Templates:
    """The template lines of the pages among `items`."""
    from dataset_builder.articles import Rejected

    learner = Learner(sample=sample, budget=budget)
    learner.learn(item for item in items if not isinstance(item, Rejected))
    return learner.templates()


def _portions(pages: Iterable[RawPage]) -> Iterator[list[RawPage]]:
    """`pages` some at a time, of not too much text."""
    portion: list[RawPage] = []
    size = 0
    for page in pages:
        portion.append(page)
        size += len(page.text)
        if len(portion) == TOGETHER or size > LARGEST:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


@lru_cache(maxsize=1 << 16)
def _site_hash(site: str) -> int:
    content = site.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


def _lines_of(text: str) -> _Page:
    import numpy as np

    keys: set[int] = set()
    long: dict[int, int] = {}
    longest = (0, 0)
    for line in text.split("\n"):
        if not line or line.isspace():
            continue
        key = masked_key(line[:LONGEST])
        size = len(line)
        longest = max(longest, (size, key))
        if size >= LONG:
            long[key] = max(long.get(key, 0), size)
        if size <= LONGEST and key:
            keys.add(key)
    chosen = sorted(keys)[:LINES]
    ranked = sorted(long or {longest[1]: 1}, key=lambda key: (-long.get(key, 0), key))
    weights = {key: min(long.get(key, 1), WEIGHT) for key in ranked[:REPRESENTING]}
    return _Page(np.array(chosen, np.uint64), weights)


def _copies(pages: Sequence[_Page]) -> npt.NDArray[np.int64]:
    """For each page the first of those that count as one with it: pages that have more than half of
    the long text of the smaller in common, and what such pairs connect."""
    import numpy as np

    from dataset_builder.grouping.forest import Forest

    counts = Counter(key for page in pages for key in page.long)
    columns = {key: at for at, key in enumerate(key for key, count in counts.items() if count > 1)}
    weights = np.zeros((len(pages), len(columns)), np.float32)
    there = np.zeros((len(columns), len(pages)), np.float32)
    for at, page in enumerate(pages):
        for key, weight in page.long.items():
            if key in columns:
                weights[at, columns[key]] = weight
                there[columns[key], at] = 1
    totals = np.array([sum(page.long.values()) for page in pages], np.float32)
    shared = weights @ there  # whole numbers below 2^24: exact
    same = 2 * np.maximum(shared, shared.T) > np.minimum(totals[:, None], totals)
    forest = Forest(len(pages))
    for one, other in np.argwhere(np.triu(same, 1)).tolist():
        forest.join(one, other)
    return np.asarray(forest.roots(np.arange(len(pages))), np.int64)


def _site_templates(pages: Sequence[_Page]) -> SiteTemplates:
    """What the pages of one site, in any order, have in common."""
    import numpy as np

    none = SiteTemplates(0, np.zeros(0, np.uint64), np.zeros(0, np.uint8), np.zeros(0, np.int32))
    if len(pages) < LEAST_PAGES:
        return none
    standing = _copies(pages)
    different = len(np.unique(standing))
    if different < LEAST_PAGES:
        return none
    keys = np.concatenate([page.keys for page in pages])
    by = np.repeat(standing, [len(page.keys) for page in pages])
    order = np.lexsort((by, keys))
    keys, by = keys[order], by[order]
    new = np.ones(len(keys), np.bool_)
    new[1:] = (keys[1:] != keys[:-1]) | (by[1:] != by[:-1])
    lines, counts = np.unique(keys[new], return_counts=True)
    shares = counts / different
    chosen = (counts >= LEAST_PAGES) & (shares >= STEPS[0])
    steps = np.searchsorted(np.array(STEPS), shares[chosen], side="right") - 1
    return SiteTemplates(
        different, lines[chosen], steps.astype(np.uint8), counts[chosen].astype(np.int32)
    )
