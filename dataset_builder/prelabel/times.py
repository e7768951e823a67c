"""Time expressions and their TIMEX3 values (ISO-TimeML), from the words of a language file.

A value says what the words say and no more, as the guidelines ask: a day without a year or week
stays open (`XXXX-09-28`, `XXXX-WXX-2`), last week is `XXXX-WXX`. Which one it is depends on the
tense of the event and on when the article was published; `assemble.dates` works it out from both.
"Three days ago" has no value. Neither has what `assemble.dates` would refuse.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.assemble.dates import Expression, event_date

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.prelabel.language import Language
    from dataset_builder.prelabel.words import Word

_YEAR: Final = re.compile(r"(19|20)\d\d")
_DECADE: Final = re.compile(r"((?:19|20)\d)0s")
_DAY: Final = re.compile(r"(\d{1,2})(st|nd|rd|th)?")


@dataclass(frozen=True, slots=True)
class Time:
    """A time expression, as a range of words, with its value (None: none that is sure)."""

    first: int
    after: int
    value: str | None


class Times:
    """Finds time expressions in the words of one language."""

    def __init__(self, language: Language) -> None:
        data = language.data["dates"]
        self._months = {
            name: number for number, names in enumerate(data["months"], 1) for name in names
        }
        self._capitalised = data["capitalised"] == "true"
        self._other_words = frozenset(data["also_other_words"])
        self._weekdays = {name: number for number, name in enumerate(data["weekdays"], 1)}
        self._numbers = {word: int(value) for word, value in data["numbers"].items()}
        self._units: Mapping[str, str] = data["units"]
        self._day_words = frozenset(data["day_words"])
        self._shift = {
            **dict.fromkeys(data["previous"], -1),
            **dict.fromkeys(data["this"], 0),
            **dict.fromkeys(data["next"], 1),
        }
        self._ago = frozenset(data["ago"])
        self._parts_of_day: Mapping[str, str] = data["parts_of_day"]
        self._parts = frozenset(data["parts_of_period"])
        self._seasons: Mapping[str, str] = data["seasons"]
        self._ordinals = {word: int(value) for word, value in data["ordinals"].items()}
        self._halves: Mapping[str, str] = data["halves"]
        self._year_before = frozenset(data["year_before"])
        self._to = frozenset(data["to"])
        self._from_words = frozenset(data["from"])
        self._of = language.words("of")
        self._durations_after = frozenset(data["durations_after"])

    def in_sentence(self, words: Sequence[Word], first: int, after: int) -> list[Time]:
        """Time expressions among the words `first` to `after`, in order, not overlapping."""
        found: list[Time] = []
        place = first
        while place < after:
            match = self._at(words, place, first, after)
            if match is None:
                place += 1
                continue
            start, stop, value = match
            found.append(Time(start, stop, _accepted(value, words, start, stop)))
            place = stop
        return found

    def _at(
        self, words: Sequence[Word], place: int, first: int, after: int
    ) -> tuple[int, int, str] | None:
        start = place
        if words[place].key in self._parts and place + 1 < after:
            place += 1  # "late 2015", "mid-March"
            if words[place].text == "-" and place + 1 < after:
                place += 1
        found = self._period(words, place, first, after) or self._relative(
            words, place, first, after
        )
        return (start, *found) if found else None

    def _period(
        self, words: Sequence[Word], place: int, first: int, after: int
    ) -> tuple[int, str] | None:
        """Dates, months, years, weekdays, seasons, quarters: (index after it, value)."""
        get = _Reader(words, after)
        word = words[place]
        month = self._month(get, place)
        if month is not None:
            return self._from_month(get, place, month)
        if word.text.isdigit() or _DAY.fullmatch(word.key):
            found = self._from_number(get, place, first)
            if found is not None:
                return found
        decade = _DECADE.fullmatch(word.key)
        if decade:
            return place + 1, f"{decade[1]}X"
        weekday = self._weekdays.get(word.key)
        if weekday is not None and (word.capital or not self._capitalised):
            value, stop = f"XXXX-WXX-{weekday}", place + 1
            # "Tuesday, September 28" is that day
            dated = stop + 1 if get.text(stop) == "," else stop
            if dated < after:
                found = self._period(words, dated, first, after)
                if found is not None and re.search(r"-\d\d-\d\d$", found[1]):
                    return found
            part = self._parts_of_day.get(get.key(stop))
            return (stop + 1, value + part) if part else (stop, value)
        season = self._seasons.get(word.key)
        if season is not None:
            year = get.year(place + 1) or (
                get.year(place + 2) if get.key(place + 1) in self._of else None
            )
            if year:
                return place + (2 if get.year(place + 1) else 3), f"{year}-{season}"
        ordinal = self._ordinals.get(word.key)
        if ordinal is not None and get.key(place + 1) in self._halves:
            letter = self._halves[get.key(place + 1)]
            year = get.year(place + 3) if get.key(place + 2) in self._of else get.year(place + 2)
            if year and ordinal <= (2 if letter == "H" else 4):
                return place + (
                    4 if get.key(place + 2) in self._of else 3
                ), f"{year}-{letter}{ordinal}"
        return None

    def _month(self, get: _Reader, place: int) -> int | None:
        month = self._months.get(get.key(place))
        if month is None or (self._capitalised and not get.words[place].text[0].isupper()):
            return None
        # "May" and "March" are other words, too: a number must stand beside them, or "in", "last".
        if get.key(place) in self._other_words:
            before = get.key(place - 1) if place else ""
            follows = get.key(place + 1)
            if not (
                _DAY.fullmatch(follows) is not None or get.year(place + 1) or before in self._year_before
                or before in self._shift or _DAY.fullmatch(before)
            ):  # fmt: skip
                return None
        return month

    def _from_month(self, get: _Reader, place: int, month: int) -> tuple[int, str]:
        stop = place + 1
        if get.text(stop) == "." and get.touches(stop):
            stop += 1
        day = get.day(stop)
        if day is not None:
            stop += 1
            last = None
            if get.text(stop) in ("-", "–") and get.day(stop + 1) is not None:
                last = get.day(stop + 1)
                stop += 2
            year = get.year(stop) or (get.year(stop + 1) if get.text(stop) == "," else None)
            if year:
                stop += 1 if get.year(stop) else 2
            head = f"{year or 'XXXX'}-{month:02}"
            if last is not None and last > day:
                return stop, f"{head}-{day:02}/{head}-{last:02}"
            return stop, f"{head}-{day:02}"
        year = get.year(stop) or (get.year(stop + 1) if get.text(stop) == "," else None)
        if year:
            return stop + (1 if get.year(stop) else 2), f"{year}-{month:02}"
        return place + 1, f"XXXX-{month:02}"

    def _from_number(self, get: _Reader, place: int, first: int) -> tuple[int, str] | None:
        year = get.year(place)
        if year is not None:
            return self._from_year(get, place, first, year)
        day = get.day(place)
        if day is None:
            return None
        stop = place + 1
        before = get.key(place - 1) if place > first else ""
        last: int | None = None
        if get.text(stop) in ("-", "–") or (
            get.key(stop) in self._to and before in self._from_words
        ):
            last = get.day(stop + 1)
            if last is not None:
                stop += 2
        if get.key(stop) in self._of:
            stop += 1
        month = self._months.get(get.key(stop))
        if month is not None and (not self._capitalised or get.words[stop].text[0].isupper()):
            stop += 1
            if get.text(stop) == "." and get.touches(stop) and get.year(stop + 1):
                stop += 1
            follows = get.year(stop)
            if follows:
                stop += 1
            head = f"{follows or 'XXXX'}-{month:02}"
            if last is not None and last > day:
                return stop, f"{head}-{day:02}/{head}-{last:02}"
            return stop, f"{head}-{day:02}"
        # 28.09.2018: day before month wherever full stops stand between
        if get.text(place + 1) == "." and get.text(place + 3) == "." and get.touches(place + 1):
            ends, number = get.year(place + 4), get.day(place + 2)
            if ends and number and _is_day(f"{ends}-{number:02}-{day:02}"):
                return place + 5, f"{ends}-{number:02}-{day:02}"
        return None

    def _from_year(self, get: _Reader, place: int, first: int, year: str) -> tuple[int, str] | None:
        """2018-09-28, 2015-2017, between 2015 and 2017, in 2015."""
        if get.text(place + 1) == "-" and get.text(place + 3) == "-" and get.touches(place + 3):
            date = f"{year}-{get.text(place + 2)}-{get.text(place + 4)}"
            if _is_day(date):
                return place + 5, date
        other = get.year(place + 2) or ""
        if get.text(place + 1) in ("-", "–") and get.touches(place + 1) and other > year:
            return place + 3, f"{year}/{other}"
        before = get.key(place - 1) if place > first else ""
        if before in self._from_words and get.key(place + 1) in self._to and other > year:
            return place + 3, f"{year}/{other}"
        if before in self._year_before and get.text(place + 1) not in ("%", "°"):
            return place + 1, year
        return None

    def _relative(
        self, words: Sequence[Word], place: int, first: int, after: int
    ) -> tuple[int, str] | None:
        """Yesterday, last week, three days ago, for two years: (index after it, value)."""
        get = _Reader(words, after)
        name = words[place].key
        if name in self._day_words:
            value = "XXXX-XX-XX"
            part = self._parts_of_day.get(get.key(place + 1))
            return (place + 2, value + part) if part else (place + 1, value)
        if name in self._shift:
            follows = get.key(place + 1)
            if follows in self._weekdays:
                return place + 2, f"XXXX-WXX-{self._weekdays[follows]}"
            month = self._month(get, place + 1) if place + 1 < after else None
            if month is not None:
                return place + 2, f"XXXX-{month:02}"
            unit = self._units.get(follows)
            if unit in ("D", "W", "M", "Y") and not follows.endswith("s"):
                return place + 2, {"D": "XXXX-XX-XX", "W": "XXXX-WXX", "M": "XXXX-XX", "Y": "XXXX"}[
                    unit
                ]
            if follows in self._parts_of_day:
                return place + 2, "XXXX-XX-XX" + self._parts_of_day[follows]
            count = self._count(get, place + 1)
            unit = self._units.get(get.key(place + 2))
            if count is not None and unit is not None and self._shift[name] < 0:
                return place + 3, _duration(count, unit)
            return None
        count = self._count(get, place)
        unit = self._units.get(get.key(place + 1))
        if count is None or unit is None:
            return None
        if get.key(place + 2) in self._ago:
            return place + 3, ""
        before = get.key(place - 1) if place > first else ""
        if before in self._durations_after:
            return place + 2, _duration(count, unit)
        return None

    def _count(self, get: _Reader, place: int) -> int | None:
        text = get.key(place)
        if text.isascii() and text.isdigit() and len(text) <= 3:
            return int(text)
        return self._numbers.get(text)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Words by place, empty beyond the end."""

    words: Sequence[Word]
    after: int

    def text(self, place: int) -> str:
        return self.words[place].text if 0 <= place < self.after else ""

    def key(self, place: int) -> str:
        return self.words[place].key if 0 <= place < self.after else ""

    def year(self, place: int) -> str | None:
        text = self.text(place)
        return text if text.isascii() and _YEAR.fullmatch(text) else None

    def day(self, place: int) -> int | None:
        match = _DAY.fullmatch(self.key(place)) if self.text(place).isascii() else None
        return int(match[1]) if match and 1 <= int(match[1]) <= 31 else None

    def touches(self, place: int) -> bool:
        """Whether no white space is between the word and the one before it."""
        return 0 < place < self.after and self.words[place].start == self.words[place - 1].end


def _duration(count: int, unit: str) -> str:
    if unit.startswith("0"):  # a decade is ten of its unit
        return f"P{count * 10}{unit[1:]}"
    return f"PT{count}{unit[1:]}" if unit.startswith("T") else f"P{count}{unit}"


def _is_day(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _accepted(value: str, words: Sequence[Word], first: int, after: int) -> str | None:
    """The value, None when `assemble.dates` would refuse it in an article that states no date."""
    surface = " ".join(word.text for word in words[first:after])
    _, problems = event_date((Expression(value, surface),), None, "none", "PAST")
    return None if problems or not value else value
