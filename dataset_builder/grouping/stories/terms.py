"""What a report says: the terms of its title and of the beginning of its text.

Found without a model, in any language. A word stands for its first letters, less a last vowel or s:
truncation keeps inflected forms together about as well as stemming does (McNamee and Mayfield,
"Character n-gram tokenization for European language text retrieval", 2004). Scripts without spaces
give pairs of characters. How often a report uses a term makes no difference: the protagonists of a
topic are in every report on it, again and again, and it is the rest that tells one meeting of theirs
from the next. What the title says counts more, because it is what happened; so do numbers, which
two reports of different happenings seldom share.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final
from zlib import crc32

from dataset_builder.clean.metadata.dates import MONTH_OF, WEEKDAY_OF
from dataset_builder.clean.vocabulary import FUNCTION_WORDS
from dataset_builder.grouping.shingles import UNSPACED

READ: Final = 3000
"""Code points of a text that are read: a report says early what happened."""
LEAD: Final = 500
"""Code points of a title that are read."""
STEM: Final = 5
"""Letters of a word that count."""
LEAST: Final = 3
"""Letters that a stem keeps."""

BITS: Final = 25
"""Size of a term's hash. Its key has two more bits, the lowest: in the title; a number."""
IN_TITLE: Final = 1
NUMBER: Final = 2
FACTORS: Final = (1.0, 2.0, 1.5, 3.0)
"""What a term counts, by the two lowest bits of its key."""

_TOKEN: Final = re.compile(
    r"[^\W\d_]+(?:-?\d+(?!\w))?"
    r"|\d+(?:[.,:]\d+|(?<!\d{4})[ \u00a0\u202f]\d{3}(?!\d))*"
)
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:[., \u00a0\u202f]\d{3})+")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_ARABIC: Final = re.compile(r"^(?:[وف]?(?:ال|بال|كال|لل)|و)(?=\w{3})")
"""Conjunctions, prepositions and the article, which Arabic writes together with the word."""
_POINTS: Final = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]")
_ENDINGS: Final = "saeiouyıаеиоуыэюяйьъіїє"
_UNSPACED: Final = re.compile(
    "[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in UNSPACED) + "]"
)
_SHORT: Final = "jan feb mar apr may jun jul aug sep oct nov dec mai mei"
_ORDINALS: Final = frozenset(("segunda", "terça", "quarta", "quinta", "sexta"))
MONTHS: Final = {
    word: month for word, month in MONTH_OF.items() if len(word) > 3 or word in _SHORT.split()
}
WEEKDAYS: Final = {
    word: day for word, day in WEEKDAY_OF.items() if len(word) > 4 and word not in _ORDINALS
}
"""In running text other short names, like "set", "out" and "quinta", mostly mean something else."""


def terms_of(title: str | None, text: str) -> dict[str, float]:
    """The terms of a report and what each counts; numbers begin with a digit. Any text will do."""
    found: dict[str, float] = {}
    for part, lowest in ((text[:READ], 0), ((title or "")[:LEAD], IN_TITLE)):
        for surface in _TOKEN.findall(part):
            for term in _terms(surface):
                found[term] = FACTORS[lowest | NUMBER * term[0].isdigit()]
    return found


def keys_of(title: str | None, text: str) -> list[int]:
    """The same as keys, sorted."""
    inside = _keys(text[:READ])
    if title:
        heading = _keys(title[:LEAD])
        inside -= heading
        inside.update(key | IN_TITLE for key in heading)
    return sorted(inside)


def _keys(part: str) -> set[int]:
    return set().union(*map(_keys_of_one, {*_TOKEN.findall(part)}))


@lru_cache(maxsize=1 << 18)
def _keys_of_one(surface: str) -> tuple[int, ...]:
    return tuple(
        (crc32(term.encode("utf-8", "surrogatepass")) & ((1 << BITS) - 1)) << 2
        | NUMBER * term[0].isdigit()
        for term in _terms(surface)
    )


def _terms(surface: str) -> tuple[str, ...]:
    """The terms of a run of letters, or of a number; none for what says nothing of a happening."""
    if surface[0].isdigit():
        return _number(surface)
    word = plain(surface)
    if not word.isascii() and _UNSPACED.search(word):
        return tuple(word[at : at + 2] for at in range(max(1, len(word) - 1)))
    if word[-1:].isdigit():  # "S-400" is a name, however long
        return (word,)
    if len(word) < LEAST or word in _function_words():
        return ()
    return (stem(word),)


def _number(surface: str) -> tuple[str, ...]:
    """One spelling of a number; none for a year and for a single digit."""
    if _THOUSANDS.fullmatch(surface):
        return (re.sub(r"\D", "", surface),)
    if len(surface) == 1 or _YEAR.fullmatch(surface):
        return ()
    return (surface.replace(",", "."),)


def stem(word: str) -> str:
    """What stands for a word in all of its forms; `word` is as `plain` gives it."""
    whole = word if word.isascii() else _ARABIC.sub("", word)
    short = whole[:STEM]
    return short.rstrip(_ENDINGS) if len(short.rstrip(_ENDINGS)) >= LEAST else short[:LEAST]


def plain(surface: str) -> str:
    """Case-folded, without accents, vowel points and hyphens."""
    low = surface.casefold()
    if not low.isascii():
        low = _POINTS.sub("", unicodedata.normalize("NFKD", low)).replace("ı", "i")
        low = unicodedata.normalize("NFC", low)
    return low.replace("-", "")


@cache
def _function_words() -> frozenset[str]:
    """Also months and days of the week: they count as dates, not as words."""
    words = " ".join(FUNCTION_WORDS.values()).split()
    return frozenset(plain(word) for word in (*words, *MONTHS, *WEEKDAYS))
