"""When and where: what two reports that tell of one happening do not disagree on.

A page seldom states when it was published, but a report says on which day and in which town. A
preview or a follow-up names the day before or after, so weekdays next to each other agree.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from dataset_builder.grouping.stories.terms import LEAD, MONTHS, WEEKDAYS, plain, stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

COSTS: Final = {"day": 0.3, "weekday": 0.1, "place": 0.15}
"""Taken from the score of two reports for what they disagree on."""


class Frame(NamedTuple):
    """When and where, as far as a report says it."""

    days: frozenset[tuple[int, int]]
    """Month and day of the dates that title and lead name."""
    weekdays: int
    """Days of the week that title and lead name, one bit each; the lowest is Monday."""
    place: str
    """The first place that the lead, else the title, says something happens in; may be empty."""

    def disagreements(self, other: Frame) -> tuple[str, ...]:
        """On which of COSTS both say something, and not the same; symmetric."""
        found = []
        if self.days and other.days and not self.days & other.days:
            found.append("day")
        if far_apart(self.weekdays, other.weekdays):
            found.append("weekday")
        if self.place and other.place and self.place != other.place:
            found.append("place")
        return tuple(found)


def frame_of(title: str | None, text: str, language: str) -> Frame:
    """The frame of an article in a language (ISO 639-1, `und` if unknown); any text will do."""
    heading, lead = (title or "")[:LEAD], text[:LEAD]
    low = f"{heading}\n{lead}".casefold()
    words = {*_WORD.findall(low)}
    weekdays = 0
    for word in words & WEEKDAYS.keys():
        weekdays |= 1 << WEEKDAYS[word]
    days = frozenset(_days(low)) if not words.isdisjoint(_month_words()) else frozenset[_Day]()
    return Frame(days, weekdays, _place(lead, language) or _place(heading, language))


_Day = tuple[int, int]


@cache
def far_apart(one: int, other: int) -> bool:
    """Whether both sets of weekdays name some, and none next to one of the other's or the same."""
    around = one | one << 1 | one >> 1 | one >> 6 | (one & 1) << 6
    return bool(one and other and not around & other)


class Frames:
    """The frames of several reports, counted."""

    __slots__ = ("days", "places", "weekdays")

    def __init__(self, frames: Iterable[Frame] = ()) -> None:
        self.days: Counter[frozenset[_Day]] = Counter()
        self.weekdays: Counter[int] = Counter()
        self.places: Counter[str] = Counter()
        for frame in frames:
            if frame.days:
                self.days[frame.days] += 1
            if frame.weekdays:
                self.weekdays[frame.weekdays] += 1
            if frame.place:
                self.places[frame.place] += 1

    def __add__(self, other: Frames) -> Frames:
        both = Frames()
        both.days = self.days + other.days
        both.weekdays = self.weekdays + other.weekdays
        both.places = self.places + other.places
        return both

    def cost(self, other: Frames) -> float:
        """The sum over all pairs of a report of this and one of the other."""
        days = sum(
            count * times
            for mine, count in self.days.items()
            for theirs, times in other.days.items()
            if mine.isdisjoint(theirs)
        )
        weekdays = sum(
            count * times
            for mine, count in self.weekdays.items()
            for theirs, times in other.weekdays.items()
            if far_apart(mine, theirs)
        )
        places = self.places.total() * other.places.total() - _common(self.places, other.places)
        return COSTS["day"] * days + COSTS["weekday"] * weekdays + COSTS["place"] * places


def _common(one: Mapping[str, int], other: Mapping[str, int]) -> int:
    few, many = sorted((one, other), key=len)
    return sum(count * many[name] for name, count in few.items() if name in many)


_WORD: Final = re.compile(r"[^\W\d_]+(?:-feira)?")
_MONTH: Final = r"(?P<month>[^\W\d_]{3,12})(?:\s(?P<more>[^\W\d_]{3,12}))?"
_DATES: Final = (
    re.compile(
        rf"(?<!\d)(?P<day>[0-3]?\d)(?:\.|st|nd|rd|th|er|º)?[\s-]{{1,3}}(?:de\s|of\s)?{_MONTH}(?!\w)"
    ),
    re.compile(
        rf"(?<!\w){_MONTH}\.?\s(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d|[:.,]\d)",
    ),
)


@cache
def _month_words() -> frozenset[str]:
    return frozenset(word.split()[0] for word in MONTHS)


def _days(low: str) -> Iterator[_Day]:
    for pattern in _DATES:
        for found in pattern.finditer(low):
            one, two = found["month"], f"{found['month']} {found['more']}"
            # Of two words before a day ("on may 3") the second is the month.
            month = MONTHS.get(two) or MONTHS.get(one) or MONTHS.get(found["more"] or "")
            if month and 1 <= int(found["day"]) <= 31:
                yield month, int(found["day"])


_IN: Final = {
    "en": "in at near off outside", "de": "in bei", "fr": "à en au aux", "es": "en",
    "pt": "em no na", "it": "a in ad", "nl": "in te", "pl": "w we", "sv": "i", "da": "i", "no": "i",
    "ru": "в во под близ", "uk": "в у під",
}  # fmt: skip
"""Words before a place."""
_DATED: Final = WEEKDAYS.keys() | MONTHS.keys()
_NO_PLACE: Final = re.compile(
    r"(?:ung|ungen|heit|keit|schaft|ion|ionen|tät|ismus|en)$"
    r"|^(?:anspruch|bedarf|betrieb|bezug|brand|folge|form|frage|gefahr|höhe|kraft|not|ordnung|prozent"
    r"|ruhe|sicht|summe|teile|wahrheit|zukunft|zusammenarbeit)$"
)
"""German nouns that follow these words without an article, and are none; most towns in -en are
lost with them."""


@cache
def _places(language: str) -> re.Pattern[str] | None:
    name = r"(?P<name>[^\W\d_]{2,})"
    if language == "tr":
        kinds = "ilçe|kent|köy|kasaba|şehr|mahalle|yakınlar|açıklar"
        return re.compile(rf"(?<!\w){name}(?:['’][dt][ae](?:ki)?(?!\w)|\s(?:{kinds}))")
    if language == "ar":
        kinds = "مدينة|بلدة|قرية|محافظة|ولاية|ميناء|سواحل|قصر"
        return re.compile(rf"(?<!\w)[وب]?(?:{kinds})\s{name}")
    if language not in _IN:
        return None
    words = "|".join(_IN[language].split())
    words += "|" + "|".join(word.capitalize() for word in _IN[language].split())
    # "in Syria's north" and "in Syria-backed" speak of something else in a place
    more = r"(?:(?=\s(?P<more>[^\W\d_]{2,})))?"
    return re.compile(rf"(?<!\w)(?:{words})\s{name}(?!['’]s|-|\w){more}")


def _place(text: str, language: str) -> str:
    pattern = _places(language)
    for found in pattern.finditer(text) if pattern else ():
        name = found["name"]
        low = name.casefold()
        if language != "ar" and not name[0].isupper():
            continue
        if low in _DATED or (language == "de" and _NO_PLACE.search(low)):
            continue
        more = found.groupdict().get("more") or ""
        if language == "de" or not more[:1].isupper() or more.casefold() in _DATED:
            more = ""
        return stem(plain(low)) + stem(plain(more))
    return ""
