"""The released text put together from what a page says, each piece proven by its hash.

The reader has one text only, the page's: what it has in common with the released one is found by
hashing its sentences, and what is left between two pieces that are known, word by word. Equal hashes
are equal words, so what is found is right wherever on the page it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from dataset_builder.articles import sha256_text
from dataset_builder.release.surfaces import pieces, surface_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.hydrate.source import Wanted

EFFORT: Final = 300_000
"""Hashes that are tried for one article beyond one of each sentence."""
UNKNOWN: Final = "\0"
_WORDS: Final = re.compile(r"\S+")


@dataclass(frozen=True)
class _Gap:
    """A piece of the released text that is not known, and where on a page it may stand."""

    start: int
    end: int
    text: str
    low: int
    high: int


class Rebuilt:
    """What is known of the released text of one article."""

    def __init__(self, wanted: Wanted, candidates: Sequence[Article]) -> None:
        self.text_sha256 = self._sha = wanted.text_sha256
        self._wanted = wanted
        self._candidates = candidates
        self._left = EFFORT
        self._gaps: list[_Gap] = []
        self._windows: dict[tuple[str, int], dict[bytes, str]] = {}
        self._found: set[int] = set()
        whole = next((a.text for a in candidates if a.text_sha256 == self._sha), None)
        # A page may state any hash of itself; what was cleaned here, was hashed here.
        self._chars = list(whole or UNKNOWN * wanted.outline.length)
        self.whole = whole
        if whole is None and candidates:
            for article in candidates:
                self._take(article)
                if len(self._found) == len(wanted.pieces):
                    break
            self._separate()
            text = "".join(self._chars)
            if UNKNOWN not in text and sha256_text(text) == self._sha:
                self.whole = text

    @property
    def pieces(self) -> int:
        """How many pieces of the text are known."""
        return len(self._wanted.pieces) if self.whole is not None else len(self._found)

    def words(self, start: int, end: int, digest: bytes) -> str | None:
        """The words `start:end` of the released text, if their hash proves them; else None."""
        if not 0 <= start < end <= len(self._chars):
            return None
        first, last = self._wanted.outline.window(start, end)
        window = self._get(first, last)
        if window is None and (found := self._sought(first, last, digest)) is not None:
            self._chars[first:last] = window = found
        if window is None or surface_hash(window, self._sha) != digest:
            return None
        return window[start - first : end - first]

    def title(self, digest: bytes) -> str | None:
        """The released title, if a page has it."""
        for article in self._candidates:
            if article.title is not None and surface_hash(article.title, self._sha) == digest:
                return article.title
        return None

    def elsewhere(self, length: int, digest: bytes, text_sha256: str) -> str | None:
        """Words of another text of the article, looked up in those that are known."""
        key = (text_sha256, length)
        if key not in self._windows:
            texts = [self.whole] if self.whole is not None else []
            texts += [article.text for article in self._candidates if article.text != self.whole]
            self._windows[key] = {
                surface_hash(words, text_sha256): words
                for text in texts
                for words in self._of_length(text, length)
            }
        return self._windows[key].get(digest)

    def _of_length(self, text: str, length: int) -> Iterable[str]:
        """Stretches that begin where a word does."""
        for match in _WORDS.finditer(text):
            if self._left <= 0:
                return
            self._left -= 1
            yield text[match.start() : match.start() + length]

    def _get(self, start: int, end: int) -> str | None:
        words = "".join(self._chars[start:end])
        return None if UNKNOWN in words else words

    def _take(self, article: Article) -> None:
        """Take from a page every piece that it has."""
        ranges = [(span.start, span.end) for span in article.sentences]
        table: dict[bytes, tuple[int, int]] = {}
        for start, end in dict.fromkeys((*pieces(ranges), *ranges)):
            table.setdefault(surface_hash(article.text[start:end], self._sha), (start, end))
        outline, known = self._wanted.outline.pieces, self._wanted.pieces
        places = [table.get(digest) for digest in known]
        for at, place in enumerate(places):
            if place is not None:
                self._put(at, article.text[slice(*place)])
        low = 0
        highs = _following(places, len(article.text))
        for at, (place, high) in enumerate(zip(places, highs, strict=True)):
            if place is not None:
                low = place[1]
                continue
            if at in self._found:
                continue
            # Where passages changed their order, it may stand anywhere.
            first, last = (low, high) if low < high else (0, len(article.text))
            start, end = outline[at]
            slid = self._slide(article.text, first, last, end - start, known[at])
            if slid is None:
                self._gaps.append(_Gap(start, end, article.text, first, last))
            else:
                self._put(at, article.text[slice(*slid)])
                low = slid[1]

    def _put(self, at: int, words: str) -> None:
        start, end = self._wanted.outline.pieces[at]
        if len(words) == end - start:
            self._chars[start:end] = words
            self._found.add(at)

    def _slide(
        self, text: str, low: int, high: int, length: int, digest: bytes
    ) -> tuple[int, int] | None:
        """Where in `text[low:high]` a stretch of whole words has this hash."""
        for match in _WORDS.finditer(text, low, high):
            start, end = match.start(), match.start() + length
            if end > high or self._left <= 0:
                return None
            if text[end - 1].isspace() or (end < len(text) and not text[end].isspace()):
                continue
            self._left -= 1
            if surface_hash(text[start:end], self._sha) == digest:
                return start, end
        return None

    def _sought(self, first: int, last: int, digest: bytes) -> str | None:
        """A window of a piece that is not known as a whole, wherever it may stand."""
        length = last - first
        for gap in self._gaps:
            if not (gap.start <= first and last <= gap.end):
                continue
            expected = gap.low + first - gap.start
            for start in _nearest(expected, gap.low, gap.high - length + 1):
                if self._left <= 0:
                    return None
                self._left -= 1
                if surface_hash(gap.text[start : start + length], self._sha) == digest:
                    return gap.text[start : start + length]
        return None

    def _separate(self) -> None:
        """What stands between sentences is not hashed by itself: a blank, or a blank line."""
        edges = self._wanted.outline.pieces
        for (_, end), (start, _) in pairwise(edges):
            at = bisect_left(self._wanted.paragraphs, start)
            breaks = bisect_right(self._wanted.paragraphs, start) > at
            between = "\n\n" if breaks and start - end == 2 else " " * max(0, start - end)
            self._chars[end:start] = between


def _nearest(place: int, low: int, high: int) -> Iterator[int]:
    """The numbers from `low` to `high`, exclusive, by their distance from `place`."""
    place = min(max(place, low), max(low, high - 1))
    for distance in range(max(0, high - low)):
        for at in dict.fromkeys((place - distance, place + distance)):
            if low <= at < high:
                yield at


def _following(places: Sequence[tuple[int, int] | None], end: int) -> list[int]:
    """For each place where the next one that is known begins, else `end`."""
    found: list[int] = []
    for place in reversed(places):
        found.append(end)
        end = end if place is None else place[0]
    return found[::-1]
