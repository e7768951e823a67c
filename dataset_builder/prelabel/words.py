"""Words of a text in any script, and finding many phrases in them at once.

A word is letters, digits and marks in a row; an apostrophe ends it, so that a possessive or a
Turkish case ending ("Erdoğan'ın") leaves the name as it is. Words are compared by `key`.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

APOSTROPHES: Final = "'’ʼ"
JOINERS: Final = "\u200c\u200d"
_DOT: Final = "\u0307"

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text; `start` and `end` are code points, end exclusive."""

    text: str
    key: str
    start: int
    end: int

    @property
    def capital(self) -> bool:
        """Whether it can be a name: it starts with a capital, or its script has none."""
        return not self.text[0].islower()

    @property
    def shouted(self) -> bool:
        """Whether it is all capitals."""
        return self.text.isupper()


@lru_cache(maxsize=1 << 16)
def key(word: str) -> str:
    """The form in which words are compared: NFKC, case-folded, the four Turkish i as one."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    if _DOT in folded:
        folded = folded.replace("i" + _DOT, "i")
    return folded.replace("ı", "i").replace("’", "'").replace("ʼ", "'")


@cache
def _pattern() -> re.Pattern[str]:
    # `\w` lacks the marks, without which a word of Hindi or vocalised Arabic falls apart.
    marks: list[str] = []
    first = last = -2
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code))[0] == "M":
            if code != last + 1:
                if first >= 0:
                    marks.append(f"{chr(first)}-{chr(last)}")
                first = code
            last = code
    marks.append(f"{chr(first)}-{chr(last)}")
    letter = rf"(?:\w[{''.join(marks)}{JOINERS}]*)"
    # Contracted "not" is a word; so are letters with a full stop each ("U.S."), and what stands
    # alone between words: everything but white space.
    return re.compile(
        rf"n['’]t\b|{letter}+?(?=n['’]t\b)|[A-Z]\.(?:[A-Z]\.)+|{letter}+|[^\w\s]", re.UNICODE
    )


def words_of(text: str) -> list[Word]:
    """The words and other signs of `text`, in order."""
    found = []
    for match in _pattern().finditer(text):
        word = match[0]
        found.append(Word(word, key(word), match.start(), match.end()))
    return found


class Words:
    """The words of a text with its sentences."""

    def __init__(self, text: str, sentences: Iterable[tuple[int, int]]) -> None:
        self.text = text
        self.all = words_of(text)
        self._starts = [word.start for word in self.all]
        self.sentences: list[tuple[int, int]] = []
        """Ranges of words: first, and the one after the last."""
        for start, end in sentences:
            first, after = bisect_left(self._starts, start), bisect_left(self._starts, end)
            if after > first:
                self.sentences.append((first, after))

    def at(self, offset: int) -> int:
        """Index of the word that holds the code point, or of the last one before it."""
        return max(bisect_right(self._starts, offset) - 1, 0)


class Phrases(Generic[Value]):
    """Phrases with a value each, found in one walk over the words, the longest first."""

    def __init__(self) -> None:
        self._root: dict[str, _Node[Value]] = {}
        self.count = 0

    def add(self, phrase: str, value: Value) -> None:
        """Add a phrase; one that has no word is nothing to be found."""
        self.add_keys([word.key for word in words_of(phrase)], value)

    def add_keys(self, keys: Sequence[str], value: Value) -> None:
        """Add a phrase given as words."""
        if not keys:
            return
        self.count += 1
        node = self._root.setdefault(keys[0], _Node())
        for name in keys[1:]:
            node = node.after.setdefault(name, _Node())
        node.values.append(value)

    def at(self, words: Sequence[Word], index: int, stop: int) -> Iterator[tuple[int, list[Value]]]:
        """(index after the last word, values) of every phrase that starts at `index` and ends
        before `stop`, the longest first."""
        node = self._root.get(words[index].key)
        found = []
        place = index + 1
        while node is not None:
            if node.values:
                found.append((place, node.values))
            node = node.after.get(words[place].key) if place < stop else None
            place += 1
        return reversed(found)

    def has(self, word: str) -> bool:
        """Whether the single word is one of the phrases."""
        node = self._root.get(word)
        return node is not None and bool(node.values)


class _Node(Generic[Value]):
    __slots__ = ("after", "values")

    def __init__(self) -> None:
        self.after: dict[str, _Node[Value]] = {}
        self.values: list[Value] = []
