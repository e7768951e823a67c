"""TIMEX3 values of DATE arguments -> first and last day of an event, precision and basis.

The values are those of ISO-TimeML (ISO 24617-1, TIMEX3 attribute `value`): `2018-10-27`,
`2018-W43-6`, `2018-Q4`, `XXXX-09-28`, `XXXX-WXX-2`, `PAST_REF`, and `a/b` for an interval. An X
stands for what the words leave open. Nothing is guessed: a place that is open stays open unless
the article states when it was published, and an event without a DATE has no date, whenever the
article was published.

Precision is the unit on whose edges the dates lie: a quarter or half-year has `month`. Seasons,
decades, durations and times of day alone give no date: their edges are a matter of opinion.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PRECISIONS = ("day", "week", "month", "year", "unknown")
"""Finest first."""

_BASIS = {"stated": "dct", "metadata": "dct", "inferred": "inferred_dct"}
"""published_basis -> basis of a date that was worked out from it."""

_VALUE = re.compile(
    r"(?P<year>\d{4}|XXXX)"
    r"(-(?:W(?P<week>\d\d|XX)(-(?P<weekday>[1-7]|X))?|Q(?P<quarter>[1-4X])|H(?P<half>[12X])"
    r"|(?P<month>\d\d|XX)(-(?P<day>\d\d|XX))?))?"
)
# Legal values that support no day: references, durations, seasons, weekends, decades, sets.
_DATELESS = re.compile(
    r"(PAST|PRESENT|FUTURE)_REF|P[T\dXYMWDHS.]+|T[\dX:.Z+-]+|T[A-Z]{2}"
    r"|(\d{4}|XXXX)-(SP|SU|FA|WI)|(\d{4}|XXXX)-W(\d\d|XX)-WE|\d{2,3}X{0,2}|XX|X{3}"
)
_TIME_OF_DAY = re.compile(r"(?<=[\dX])T[\dA-Z:.+-]*$")
_YEAR_IN_WORDS = re.compile(r"(?<!\d)\d{4}(?!\d)")

# Words that place a value like XXXX-WXX, which says no more than "some week". English only.
_SHIFTS = (
    (re.compile(r"\b(yesterday|last|previous|past)\b", re.IGNORECASE), -1),
    (re.compile(r"\b(tomorrow|next|coming)\b", re.IGNORECASE), 1),
    (re.compile(r"\b(today|tonight|this|current)\b", re.IGNORECASE), 0),
)
TELLING = "|".join((r"(?i)\d{4}", *(pattern.pattern for pattern, _ in _SHIFTS)))
"""What words must have, a regular expression of polars too, to say anything beside their value."""


@dataclass(frozen=True)
class EventDate:
    """When an event was. `start` and `end` are the first and last day; null end: open or unknown."""

    start: dt.date | None
    end: dt.date | None
    precision: str
    basis: str


NO_DATE = EventDate(None, None, "unknown", "none")


@dataclass(frozen=True)
class Expression:
    """A time expression of an event: its TIMEX3 value and words; `since` leaves the end open."""

    value: str | None
    words: str
    since: bool = False


@dataclass(frozen=True)
class _Period:
    start: dt.date
    end: dt.date
    precision: str


@dataclass(frozen=True)
class _Now:
    """When the article was published, and on which side of it the event lies."""

    day: dt.date
    basis: str
    tense: str


class UnreadableError(ValueError):
    """A value is not TIMEX3, or names a day that does not exist."""


class UnsupportedError(ValueError):
    """A value names a year that neither the words nor the article give."""


@lru_cache(maxsize=1024)
def timex3_problem(value: str) -> str | None:
    """What is wrong with a TIMEX3 value whatever the article and the words; None when nothing is."""
    try:
        _date(Expression(value, value), None)
    except UnreadableError as error:
        return str(error)
    except UnsupportedError:  # the value states its own years, so this says nothing of it
        return None
    return None


def event_date(
    expressions: Iterable[Expression],
    published_at: dt.datetime | None,
    published_basis: str,
    tense: str,
) -> tuple[EventDate, list[tuple[str, str]]]:
    """Date of an event with these time expressions, in the order of the text.

    Of several that give a date the most precise counts, then the first. Also returns what was
    wrong with them: pairs of code (SCH206, GRM220) and message.
    """
    now = None
    # At the ends of the calendar there is no next week; nothing was published then.
    if (
        published_at is not None
        and published_basis in _BASIS
        and dt.MINYEAR + 10 < published_at.year < dt.MAXYEAR - 10
    ):
        moment = published_at if published_at.tzinfo else published_at.replace(tzinfo=dt.UTC)
        now = _Now(moment.astimezone(dt.UTC).date(), _BASIS[published_basis], tense)
    found: list[EventDate] = []
    problems: list[tuple[str, str]] = []
    for expression in expressions:
        try:
            date = _date(expression, now)
        except UnreadableError as error:
            problems.append(("SCH206", str(error)))
        except UnsupportedError as error:
            problems.append(("GRM220", str(error)))
        else:
            if date is not None:
                found.append(date)
    best = min(found, key=lambda date: PRECISIONS.index(date.precision), default=NO_DATE)
    if now and tense == "PRESENT" and best.end is not None and best.end < now.day:
        best = replace(best, end=None)  # what still goes on did not end then
    return best, problems


def _date(expression: Expression, now: _Now | None) -> EventDate | None:
    if not expression.value:
        return None
    first, slash, last = expression.value.strip().partition("/")
    start = _bound(first, expression.words, now) if first else None
    end = _bound(last, expression.words, now) if last else None
    if not slash:
        if start is None:
            return None
        period, basis = start
        return EventDate(
            period.start, None if expression.since else period.end, period.precision, basis
        )
    bounds = [bound for bound in (start, end) if bound is not None]
    if not bounds:
        return None
    if start is not None and end is not None and end[0].end < start[0].start:
        raise UnreadableError("the interval ends before it starts")
    return EventDate(
        start[0].start if start else None,
        end[0].end if end else None,
        max((period.precision for period, _ in bounds), key=PRECISIONS.index),
        next((basis for _, basis in bounds if basis != "explicit"), "explicit"),
    )


def _bound(value: str, words: str, now: _Now | None) -> tuple[_Period, str] | None:
    """Period and basis of one value; None when it legally gives no date."""
    value = _TIME_OF_DAY.sub("", value)
    if _DATELESS.fullmatch(value):
        return None
    match = _VALUE.fullmatch(value)
    if match is None:
        raise UnreadableError("the value is not TIMEX3")
    if match["year"] == "XXXX":
        _check(match)
        period = _open_year(match, words, now) if now else None
        return (period, now.basis) if now and period else None
    period = _period(match)
    if int(match["year"]) in {int(year) for year in _YEAR_IN_WORDS.findall(words)}:
        return period, "explicit"
    if now is None:
        raise UnsupportedError("the value names a year that neither words nor article state")
    return period, now.basis


def _check(match: re.Match[str]) -> None:
    """Raise UnreadableError for months and days that no year has."""
    month, day = match["month"], match["day"]
    if month not in (None, "XX") and not 1 <= int(month) <= 12:
        raise UnreadableError("there is no such month")
    if day not in (None, "XX"):
        longest = 31 if month == "XX" else calendar.monthrange(2000, int(month))[1]
        if not 1 <= int(day) <= longest:
            raise UnreadableError("there is no such day")


def _period(match: re.Match[str]) -> _Period:
    """The period of a value whose year is known; open places widen it."""
    year = int(match["year"])
    try:
        if match["week"] not in (None, "XX"):
            weekday = match["weekday"]
            monday = dt.date.fromisocalendar(year, int(match["week"]), 1)
            if weekday in (None, "X"):
                return _Period(monday, monday + dt.timedelta(6), "week")
            day = monday + dt.timedelta(int(weekday) - 1)
            return _Period(day, day, "day")
        if match["quarter"] not in (None, "X"):
            return _months(year, 3 * int(match["quarter"]) - 2, 3)
        if match["half"] not in (None, "X"):
            return _months(year, 6 * int(match["half"]) - 5, 6)
        if match["month"] not in (None, "XX"):
            if match["day"] in (None, "XX"):
                return _months(year, int(match["month"]), 1)
            day = dt.date(year, int(match["month"]), int(match["day"]))
            return _Period(day, day, "day")
        return _Period(dt.date(year, 1, 1), dt.date(year, 12, 31), "year")
    except (ValueError, OverflowError):
        raise UnreadableError("there is no such day") from None


def _months(year: int, first: int, count: int) -> _Period:
    last = first + count - 1
    end = dt.date(year, last, calendar.monthrange(year, last)[1])
    return _Period(dt.date(year, first, 1), end, "month")


def _open_year(match: re.Match[str], words: str, now: _Now) -> _Period | None:
    """The period that a value without a year means, seen from publication."""
    week, weekday = match["week"], match["weekday"]
    month, day = match["month"], match["day"]
    if week == "XX" and weekday not in (None, "X"):
        if now.tense == "UNSPECIFIED":
            return None
        near = (now.day + dt.timedelta(shift) for shift in range(-7, 8))
        days = (_Period(d, d, "day") for d in near if d.isoweekday() == int(weekday))
        # What goes on at publication is told of the weekday that has been, not of the next one.
        return _choose(days, now, past=now.tense in ("PAST", "PRESENT"))
    if month == "XX" and day not in (None, "XX"):
        return _choose(_days_of_month(int(day), now.day), now, past=now.tense == "PAST")
    fixed = [part for part in (week, match["quarter"], match["half"], month) if part is not None]
    if fixed and not fixed[0].startswith("X") and week is None:
        reach = range(now.day.year - 8, now.day.year + 9)  # a 29 February can be that far away
        return _choose(_in_years(match, reach), now, past=now.tense == "PAST")
    shift = next((step for pattern, step in _SHIFTS if pattern.search(words)), None)
    if shift is None or week not in (None, "XX") or match["quarter"] or match["half"]:
        return None
    return _shifted(match, now.day, shift)


def _in_years(match: re.Match[str], years: Iterable[int]) -> Iterator[_Period]:
    for year in years:
        dated = _VALUE.fullmatch(f"{year:04d}{match[0][4:]}")
        try:
            if dated is not None:
                yield _period(dated)
        except UnreadableError:
            continue


def _days_of_month(day: int, around: dt.date) -> Iterator[_Period]:
    months = around.year * 12 + around.month - 1
    for number in range(months - 3, months + 4):
        try:
            found = dt.date(number // 12, number % 12 + 1, day)
        except ValueError:
            continue
        yield _Period(found, found, "day")


def _shifted(match: re.Match[str], day: dt.date, shift: int) -> _Period:
    """The last, present or next day, week, month or year."""
    if match["week"]:
        monday = day - dt.timedelta(day.isoweekday() - 1) + dt.timedelta(7 * shift)
        return _Period(monday, monday + dt.timedelta(6), "week")
    if match["day"]:
        found = day + dt.timedelta(shift)
        return _Period(found, found, "day")
    if match["month"]:
        number = day.year * 12 + day.month - 1 + shift
        return _months(number // 12, number % 12 + 1, 1)
    year = day.year + shift
    return _Period(dt.date(year, 1, 1), dt.date(year, 12, 31), "year")


def _choose(periods: Iterable[_Period], now: _Now, *, past: bool) -> _Period | None:
    """The period nearest to publication on the side that the tense gives."""

    def possible(period: _Period) -> bool:
        if past:
            return period.start <= now.day
        return period.end >= now.day or now.tense != "FUTURE"

    def distance(period: _Period) -> tuple[int, dt.date]:
        if period.start <= now.day <= period.end:
            return (0, period.start)
        ends = (abs((period.start - now.day).days), abs((period.end - now.day).days))
        return (min(ends), period.start)

    return min(filter(possible, periods), key=distance, default=None)
