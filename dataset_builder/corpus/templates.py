"""Template lines: lines that stand on many pages of one site, learned from the corpus itself.

Navigation, notices, forms and footers come back on page after page of a site, the body of an
article does not. Lines count as the same when they read the same with every number masked
(`line_key`). What is learned is evidence for the line model, not a verdict.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from dataset_builder.articles import EDGES
from dataset_builder.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.articles import RawPage

STEPS: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 0.9)
"""Shares of a site's pages are rounded down to one of these (the least is the first), so that a
page more changes nothing in most cases."""
LONGEST: Final = 400
"""Code points; longer lines are no template lines."""
_DIGITS: Final = re.compile(r"\d+")
_SIGNS: Final = bytes(code for code in range(128) if not chr(code).isalnum())


@lru_cache(maxsize=1 << 15)
def masked_key(line: str) -> int:
    """`line_key` whatever the length."""
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
    return masked_key(line) if len(line) <= LONGEST else 0


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
    seen: npt.NDArray[np.int32]
    """On how many of the pages each was seen; to be shown, nothing depends on it."""


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
        return [
            shares.get(masked_key(line), 0.0) if len(line) <= LONGEST else 0.0 for line in lines
        ]

    def seen_on(self, line: str, site: str) -> tuple[int, int] | None:
        """On how many of how many different pages of `site` a line was seen; None when it is no
        template line."""
        import numpy as np

        found, key = self.sites.get(site), line_key(line)
        if found is None or not key:
            return None
        at = int(np.searchsorted(found.keys, np.uint64(key)))
        if at == len(found.keys) or int(found.keys[at]) != key:
            return None
        return int(found.seen[at]), found.pages

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


_COLUMNS: Final = ("site", "pages", "line", "share", "seen")


def write_templates(path: Path, templates: Templates) -> None:
    """Save as Parquet: one row a line, columns site, pages, line, share, seen; sorted."""
    import numpy as np
    import pyarrow as pa

    from dataset_builder.corpus.store import write_parquet

    sites = sorted(templates.sites.items())
    counts = [len(found.keys) for _, found in sites]

    def joined(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    at = pa.array(np.repeat(np.arange(len(sites)), counts))
    names = pa.array([name for name, _ in sites], pa.large_string())
    pages = np.repeat(np.array([found.pages for _, found in sites], np.int32), counts)
    columns = (
        names.take(at),
        pa.array(pages, pa.int32()),
        pa.array(joined([found.keys for _, found in sites]), pa.uint64()),
        pa.array(np.array(STEPS)[joined([found.steps for _, found in sites])], pa.float64()),
        pa.array(joined([found.seen for _, found in sites]), pa.int32()),
    )
    write_parquet(path, pa.table(columns, names=_COLUMNS))


def read_templates(path: Path) -> Templates:
    """What `write_templates` saved. Raises ProjectError when `path` is not such a file."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, columns=list(_COLUMNS))
        sites = table["site"].to_pylist()
        pages, keys, shares, seen = (table[name].to_numpy() for name in _COLUMNS[1:])
        steps = np.searchsorted(np.array(STEPS), shares)
        if not np.array_equal(np.array(STEPS)[np.minimum(steps, len(STEPS) - 1)], shares):
            raise ValueError("shares that are none")
        types = [column.dtype.name for column in (pages, keys, seen)]
        if types != ["int32", "uint64", "int32"] or None in sites:
            raise TypeError("columns of other types")
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise ProjectError(
            f"{path}: not a file of template lines: {error}",
            hint="give the templates.parquet that `clean --out` wrote",
        ) from None
    rows: dict[str, list[int]] = {}
    for row, site in enumerate(sites):
        rows.setdefault(site, []).append(row)
    found = {}
    for site, numbers in sorted(rows.items()):
        order = np.array(numbers)[np.argsort(keys[numbers])]
        found[site] = SiteTemplates(
            int(pages[order[0]]), keys[order], steps[order].astype(np.uint8), seen[order]
        )
    return Templates(found)
