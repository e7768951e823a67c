"""Template lines: lines that stand on many pages of one site, learned from the corpus itself.

Navigation, notices, forms and footers come back on page after page of a site, the body of an
article does not. Lines count as the same when they read the same with every number masked
(`line_key`). What is learned is evidence for the line model, not a verdict.

Copies of one article, be they syndicated or fetched again, must not make its own text a template:
a page is represented by its longest line that is not itself on every fifth page of the site, and
what counts is on how many *different* representatives' pages a line stands. (Where more than a
fifth of what is looked at of a site is one article, with long teasers that change around it, that
does not help.)

Which pages of a site are looked at follows from their ids (the smallest, which as parts of a hash
are a fair sample), so the result depends neither on the order nor on the batching of the input.
"""

from __future__ import annotations

import hashlib
import heapq
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from dataset_builder.articles import EDGES
from dataset_builder.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.articles import RawPage, Rejected

LEAST_PAGES: Final = 5
"""Different pages that a template line stands on at least."""
STEPS: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 0.9)
"""Shares of a site's pages are rounded down to one of these (the least is the first), so that a
page more changes nothing in most cases."""
SAMPLE: Final = 512
"""Most pages of a site that are looked at."""
FEWEST: Final = 16
"""With very many sites fewer pages of each are looked at, but never fewer than this."""
BUDGET: Final = 150_000
"""Pages kept in memory for all sites together."""
LINES: Final = 400
"""Different lines of a page that are looked at."""
LONGEST: Final = 400
"""Code points; longer lines are no template lines."""
LONG: Final = 120
"""Code points from which a line may represent its page at once."""
COMMON: Final = 5
"""A line on more than one in so many pages represents none of them."""

_DIGITS: Final = re.compile(r"\d+")
_SIGNS: Final = bytes(code for code in range(128) if not chr(code).isalnum())


@lru_cache(maxsize=1 << 15)
def _key(line: str) -> int:
    line = line.strip(EDGES)
    if not line.isascii():
        line = unicodedata.normalize("NFC", line)
    # Only ASCII signs are left out: several times as fast, and a site always writes its own alike.
    masked = _DIGITS.sub("0", line.casefold()).encode("utf-8", "replace")
    folded = masked.translate(None, _SIGNS).replace(b"\xc2\xa0", b"")  # no-break spaces, too
    if not folded:
        return 0
    return int.from_bytes(hashlib.blake2b(folded, digest_size=8).digest(), "little") or 1


def line_key(line: str) -> int:
    """64 bits; equal for lines that read the same whatever their case, ASCII signs, spaces and
    numbers.

    0 for a line of ASCII signs only, and for one of more than `LONGEST` code points.
    """
    return _key(line) if len(line) <= LONGEST else 0


def site_of(page: RawPage) -> str:
    """The site of a page: host of its stated address, else the first folder of its source, else
    the file of a record; the empty string for files that lie side by side."""
    return site_named(page.stated.url, page.source)


def site_named(url: str | None, source: str) -> str:
    """`site_of` for the address and source of a page."""
    if url:
        try:
            host = urlsplit(url).hostname
        except ValueError:
            host = None
        if host:
            return host.removeprefix("www.")
    folder, slash, _ = source.partition("/")
    if slash:
        return folder
    file, _, place = source.rpartition("#")
    return file if place.isdigit() else ""


@dataclass(frozen=True)
class SiteTemplates:
    """The template lines of one site."""

    pages: int
    """Different pages that were looked at."""
    keys: npt.NDArray[np.uint64]
    """`line_key` of each line, ascending."""
    steps: npt.NDArray[np.uint8]
    """Index into `STEPS` of the share of pages that each stands on."""


@dataclass(frozen=True)
class Templates:
    """Template lines by site."""

    sites: Mapping[str, SiteTemplates]
    _shares: dict[str, dict[int, float]] = field(default_factory=dict, repr=False, compare=False)
    _digests: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def shares(self, page: RawPage, lines: Sequence[str]) -> list[float]:
        """`share_of` for lines of `page`."""
        return self.share_of(lines, site_of(page))

    def share_of(self, lines: Sequence[str], site: str) -> list[float]:
        """For each line the share of the site's pages that it stands on (one of `STEPS`); 0 when
        it is no template line."""
        shares = self._shares_of(site)
        if not shares:
            return [0.0] * len(lines)
        return [shares.get(_key(line), 0.0) if len(line) <= LONGEST else 0.0 for line in lines]

    def _shares_of(self, site: str) -> dict[int, float]:
        if site not in self._shares:
            found = self.sites.get(site)
            self._shares[site] = (
                {
                    key: STEPS[step]
                    for key, step in zip(found.keys.tolist(), found.steps.tolist(), strict=True)
                }
                if found
                else {}
            )
        return self._shares[site]

    def digest(self, sites: Iterable[str]) -> str:
        """Stands for the template lines of `sites`; the number of pages does not count."""
        digest = hashlib.sha256()
        for site in sorted(set(sites)):
            found = self.sites.get(site)
            if found is None or not len(found.keys):
                continue
            if site not in self._digests:
                content = found.keys.astype("<u8").tobytes() + found.steps.tobytes()
                self._digests[site] = hashlib.sha256(content).hexdigest()
            digest.update(f"{site!r} {self._digests[site]}\n".encode())
        return digest.hexdigest()


NO_TEMPLATES: Final = Templates({})


@dataclass(frozen=True, slots=True)
class _Page:
    keys: npt.NDArray[np.uint64]
    """The page's lines, each once."""
    long: tuple[int, ...]
    """Keys of the lines that may represent it, the longest first; the first does if none may."""


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

    def add(self, page: RawPage) -> None:
        """Look at a page; HTML is left alone, its extractor knows better."""
        if page.form == "html":
            return
        site = site_of(page)
        if self._barred is not None and _site_hash(site) >= self._barred:
            return
        pages = self._sites.setdefault(site, {})
        heap = self._largest.setdefault(site, [])
        number = int(page.article_id, 16)
        if number in pages or (len(pages) >= self._limit and number > -heap[0]):
            return
        pages[number] = _lines_of(page.text)
        heapq.heappush(heap, -number)
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
    for item in items:
        if not isinstance(item, Rejected):
            learner.add(item)
    return learner.templates()


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
        key = _key(line[:LONGEST])
        size = len(line)
        longest = max(longest, (size, key))
        if size >= LONG:
            long[key] = max(long.get(key, 0), size)
        if size <= LONGEST and key:
            keys.add(key)
    chosen = sorted(keys)[:LINES]
    ranked = sorted(long, key=lambda key: (-long[key], key))[:8]
    return _Page(np.array(chosen, np.uint64), tuple(ranked) or (longest[1],))


def _site_templates(pages: Sequence[_Page]) -> SiteTemplates:
    """What the pages of one site, in any order, have in common."""
    import numpy as np

    none = SiteTemplates(0, np.zeros(0, np.uint64), np.zeros(0, np.uint8))
    if len(pages) < LEAST_PAGES:
        return none
    common = Counter(key for page in pages for key in page.long)
    rare = max(LEAST_PAGES, len(pages) // COMMON)
    standing = [
        next((key for key in page.long if common[key] <= rare), page.long[0]) for page in pages
    ]
    different = len(set(standing))
    if different < LEAST_PAGES:
        return none
    keys = np.concatenate([page.keys for page in pages])
    by = np.repeat(np.array(standing, np.uint64), [len(page.keys) for page in pages])
    pairs = np.unique(np.stack([keys, by], axis=1), axis=0)
    lines, counts = np.unique(pairs[:, 0], return_counts=True)
    shares = counts / different
    chosen = (counts >= LEAST_PAGES) & (shares >= STEPS[0])
    steps = np.searchsorted(np.array(STEPS), shares[chosen], side="right") - 1
    return SiteTemplates(different, lines[chosen], steps.astype(np.uint8))


def write_templates(path: Path, templates: Templates) -> None:
    """Save as Parquet: one row a line, columns site, pages, line, share; sorted."""
    import pyarrow as pa

    from dataset_builder.corpus.store import write_parquet

    rows = [
        (site, found.pages, key, STEPS[step])
        for site, found in sorted(templates.sites.items())
        for key, step in zip(found.keys.tolist(), found.steps.tolist(), strict=True)
    ]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    types = (pa.large_string(), pa.int32(), pa.uint64(), pa.float64())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    write_parquet(path, pa.table(arrays, names=["site", "pages", "line", "share"]))


def read_templates(path: Path) -> Templates:
    """What `write_templates` saved. Raises ProjectError when `path` is not such a file."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, columns=["site", "pages", "line", "share"])
        rows: dict[str, list[tuple[int, int]]] = {}
        pages: dict[str, int] = {}
        for row in table.to_pylist():
            rows.setdefault(row["site"], []).append((row["line"], STEPS.index(row["share"])))
            pages[row["site"]] = row["pages"]
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise ProjectError(
            f"{path}: not a file of template lines: {error}",
            hint="give the templates.parquet that `clean --out` wrote",
        ) from None
    return Templates(
        {
            site: SiteTemplates(
                pages[site],
                np.array([key for key, _ in sorted(lines)], np.uint64),
                np.array([step for _, step in sorted(lines)], np.uint8),
            )
            for site, lines in sorted(rows.items())
        }
    )
