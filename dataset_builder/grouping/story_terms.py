"""What a report says of its happening: names, other words, who and where, and its days and place.

Found without a model, in any language. A word stands for its first letters: truncation keeps
inflected forms together about as well as stemming does (McNamee and Mayfield, "Character n-gram
tokenization for European language text retrieval", 2004). A name is a word written with a capital
inside sentences, which takes in the nouns of German; in scripts without capitals every word counts
as both. How often a report uses a term makes no difference: the protagonists of a topic are in every
report on it, again and again, and it is the rest that tells one meeting of theirs from the next.

Words that stand beside a name in the lead are terms of their own ("Turkish counterpart", "in Ankara"):
they tell who came to whom, and where.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from dataset_builder.clean.metadata.dates import MONTH_OF, WEEKDAY_OF
from dataset_builder.clean.vocabulary import FUNCTION_WORDS
from dataset_builder.grouping.shingles import UNSPACED

if TYPE_CHECKING:
    from collections.abc import Iterator

READ: Final = 3000
"""Code points of a text that are read: a report says early what happened."""
LEAD: Final = 500
"""Code points of a text that, with the title, say who, what, where and when."""
STEM: Final = 6
"""Letters of a word that count."""

_TOKEN: Final = re.compile(
    r"(?P<word>[^\W\d_]+(?:-?\d+(?!\w))?)"
    r"|(?P<number>\d+(?:[.,:]\d+|(?<!\d{4})[ \u00a0\u202f]\d{3}(?!\d))*)"
    r"|(?P<end>[.!?:;\n\"“”„«»‘(\[—–؟。！？…-])"
)
"""After an `end`, a capital tells nothing."""
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:[., \u00a0\u202f]\d{3})+")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_SHORT: Final = frozenset(
    (
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        "mai",
        "mei",
    )
)
_ORDINALS: Final = frozenset(("segunda", "terça", "quarta", "quinta", "sexta"))
_MONTHS: Final = frozenset(word for word in MONTH_OF if len(word) > 3 or word in _SHORT)
_WEEKDAYS: Final = frozenset(word for word in WEEKDAY_OF if len(word) > 4 and word not in _ORDINALS)
"""In running text other short names, like "set", "out" and "quinta", mostly mean something else."""
_ARABIC: Final = re.compile(r"^(?:[وف]?(?:ال|بال|كال|لل)|و)(?=\w{3})")
"""Conjunctions, prepositions and the article, which Arabic writes together with the word."""
_POINTS: Final = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]")
_UNSPACED: Final = re.compile(
    "[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in UNSPACED) + "]"
)


class Frame(NamedTuple):
    """When and where, as far as a report's lead says it."""

    days: frozenset[tuple[int, int]]
    """Month and day of the dates that title and lead name."""
    weekdays: frozenset[int]
    """Days of the week that title and lead name; Monday is 0."""
    place: str | None
    """The first place that the lead, else the title, says something happens in."""

    def disagreements(self, other: Frame) -> tuple[str, ...]:
        """On which of day, weekday and place both say something, and not the same; symmetric."""
        found = []
        if self.days and other.days and not self.days & other.days:
            found.append("day")
        if self.weekdays and other.weekdays and not self.weekdays & other.weekdays:
            found.append("weekday")
        if self.place and other.place and self.place != other.place:
            found.append("place")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a report says of its happening."""

    names: frozenset[str]
    """Also numbers of more than one digit, which are as telling."""
    words: frozenset[str]
    pairs: frozenset[str]
    """Two words in a row of the lead, at least one of them a name."""
    frame: Frame


def terms_of(title: str | None, text: str, language: str) -> Terms:
    """Terms of an article in a language (ISO 639-1, `und` if unknown); any text will do."""
    heading = f"{title[:LEAD]}\n" if title else ""
    lead = text[:LEAD]
    met: dict[str, _Met] = {}
    numbers: set[str] = set()
    beside: list[tuple[str, str]] = []
    before, fresh = "", True  # the word before; whether a sentence begins
    first: _Met | None = None  # the word that begins the sentence, right after it
    heading_end, lead_end = len(heading), len(heading) + LEAD
    for found in _TOKEN.finditer(heading + text[:READ]):
        kind, surface = found.lastgroup, found[0]
        if kind == "end":
            before, fresh, first = "", True, None
            continue
        if kind == "number":
            if number := _number(surface):
                numbers.add(number)
            before, fresh, first = "", False, None
            continue
        at = found.start()
        capital = surface[0].isupper()
        inside = not fresh and at >= heading_end
        if first and inside and capital:
            first.capitals += 1  # as in "Jane Doe said"
        first = None
        for word, telling in _words(surface):
            if telling:
                seen = met.get(word)
                if seen is None:
                    seen = met[word] = _Met()
                seen.count += 1
                seen.small += not capital
                seen.capitals += inside and capital
                if fresh and capital:
                    first = seen
            if before and at < lead_end:
                beside.append((before, word))
            before = word
        fresh = False
    names = {word for word, seen in met.items() if seen.is_name or _caseless(word)}
    low = (heading + lead).casefold()
    return Terms(
        names=frozenset(names | numbers),
        words=frozenset(word for word in met if word not in names or _caseless(word)),
        pairs=frozenset(f"{a} {b}" for a, b in beside if a in names or b in names),
        frame=Frame(
            days=frozenset(_days(low)),
            weekdays=frozenset(WEEKDAY_OF[found] for found in _weekday().findall(low)),
            place=_place(lead, language) or _place(heading, language),
        ),
    )


class _Met:
    """How a word was met."""

    __slots__ = ("capitals", "count", "small")

    def __init__(self) -> None:
        self.count = self.small = self.capitals = 0

    @property
    def is_name(self) -> bool:
        """Whether it has a capital inside sentences, or always, if that is more than once."""
        if self.capitals:
            return self.capitals >= self.small
        return self.count > 1 and not self.small


def _number(surface: str) -> str | None:
    """One spelling of a number; None for a year and for a single digit."""
    if _THOUSANDS.fullmatch(surface):
        return re.sub(r"\D", "", surface)
    if len(surface) == 1 or _YEAR.fullmatch(surface):
        return None
    return surface.replace(",", ".")


@lru_cache(maxsize=1 << 17)
def _words(surface: str) -> tuple[tuple[str, bool], ...]:
    """The terms of a run of letters, and whether each says more than a function word does."""
    plain = _plain(surface)
    if _UNSPACED.search(plain):
        return tuple((plain[at : at + 2], True) for at in range(max(1, len(plain) - 1)))
    if plain[-1:].isdigit():  # "S-400" is a name, however long
        return ((plain, True),)
    telling = len(plain) > 2 and plain not in _function_words()
    return ((_ARABIC.sub("", plain)[:STEM], telling),) if plain else ()


def _plain(surface: str) -> str:
    """Case-folded, without accents and vowel points."""
    low = surface.casefold()
    if not low.isascii():
        low = _POINTS.sub("", unicodedata.normalize("NFKD", low)).replace("ı", "i")
        low = unicodedata.normalize("NFC", low)
    return low.replace("-", "")


@cache
def _function_words() -> frozenset[str]:
    """Also months and days of the week: they count as dates, not as words."""
    words = " ".join(FUNCTION_WORDS.values()).split()
    return frozenset(_plain(word) for word in (*words, *_MONTHS, *_WEEKDAYS))


def _caseless(word: str) -> bool:
    return word[0].upper() == word[0].lower()


@cache
def _weekday() -> re.Pattern[str]:
    words = sorted(_WEEKDAYS, key=lambda word: (-len(word), word))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")


@cache
def _dates() -> tuple[re.Pattern[str], ...]:
    words = sorted(_MONTHS, key=lambda word: (-len(word), word))
    month = "|".join(map(re.escape, words))
    return (
        re.compile(
            rf"(?<!\d)(?P<day>[0-3]?\d)(?:\.|st|nd|rd|th|er|º)?[\s-]{{1,3}}(?:de\s|of\s)?(?P<month>{month})(?!\w)"
        ),
        re.compile(
            rf"(?<!\w)(?P<month>{month})\.?\s(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d|[:.,]\d)"
        ),
    )


def _days(low: str) -> Iterator[tuple[int, int]]:
    for pattern in _dates():
        for found in pattern.finditer(low):
            if 1 <= int(found["day"]) <= 31:
                yield MONTH_OF[found["month"]], int(found["day"])


_IN: Final = {
    "en": "in at near", "fr": "à en au aux", "es": "en", "pt": "em no na", "it": "a in ad",
    "nl": "in te", "pl": "w we", "sv": "i", "da": "i", "no": "i", "ru": "в во", "uk": "в у",
}  # fmt: skip
"""Words before a place. German is left out, where any noun might follow, as are scripts without
capitals."""


@cache
def _places(language: str) -> re.Pattern[str] | None:
    name = r"(?P<name>[^\W\d_]+)"
    if language == "tr":
        return re.compile(rf"(?<!\w){name}['’][dt][ae](?!\w)")
    if language not in _IN:
        return None
    words = "|".join(_IN[language].split())
    words += "|" + "|".join(word.capitalize() for word in _IN[language].split())
    # "in Syria's north" and "in Syria-backed" speak of something else in a place
    return re.compile(rf"(?<!\w)(?:{words})\s{name}(?!['’]s|-|\w)")


def _place(text: str, language: str) -> str | None:
    pattern = _places(language)
    for found in pattern.finditer(text) if pattern else ():
        low = found["name"].casefold()
        if found["name"][0].isupper() and low not in _MONTHS and low not in _WEEKDAYS:
            return _plain(low)[:STEM]
    return None
