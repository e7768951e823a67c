"""Events by when they happened."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dataset_builder.report.reading import Source

BINS: Final = 60
"""At most so many bars on the timeline, unless they are decades."""
FITTING: Final = 0.75
"""At least this share of the dated events must be dated as precisely as the unit."""


@dataclass(frozen=True)
class Timeline:
    """Events by when they happened; each event once, however often it is mentioned."""

    unit: str
    """day, month, quarter, year or decade"""
    bins: tuple[tuple[str, dict[str, int]], ...]
    """Name of the time and events by quad class, without gaps."""
    dated: int
    """Events that are drawn."""
    coarse: int
    """Events whose date is known, but not as precisely as the unit."""
    undated: int


def timeline(source: Source) -> Timeline:
    """Events by the first day of the first mention of them that has one.

    A date that is known to the month or year only is no day: the unit is so coarse that it fits at
    least `FITTING` of the events, and the others are not drawn but counted.
    """
    days: dict[str, tuple[dt.date, str, int] | None] = {}
    for event, day, quad, precision in source.rows(
        "events", "event_id", "date_start", "quad", "date_precision"
    ):
        if days.get(event) is None:
            found = None if day is None else (day, quad, _COARSE.get(precision, 0))
            days[event] = found
    dated = [found for found in days.values() if found]
    undated = len(days) - len(dated)
    for unit in _UNITS:
        fitting = [(day, quad) for day, quad, at in dated if at <= _UNITS.index(unit)]
        if not fitting:
            continue
        first, last = min(fitting)[0], max(fitting)[0]
        keys = _between(first, last, unit)
        enough = len(fitting) >= FITTING * len(dated) and len(keys) <= BINS
        if enough or unit == _UNITS[-1]:
            bins: dict[tuple[int, ...], Counter[str]] = {key: Counter() for key in keys}
            for day, quad in fitting:
                bins[_key(day, unit)][quad] += 1
            named = tuple((_called(key, unit), dict(count)) for key, count in bins.items())
            return Timeline(unit, named, len(fitting), len(dated) - len(fitting), undated)
    return Timeline("year", (), 0, 0, undated)


_UNITS: Final = ("day", "month", "quarter", "year", "decade")
_COARSE: Final = {"week": 1, "month": 1, "year": 3}
"""Precision of a date -> the finest unit that fits it."""


def _key(day: dt.date, unit: str) -> tuple[int, ...]:
    if unit == "day":
        return day.year, day.month, day.day
    if unit == "month":
        return day.year, day.month
    if unit == "quarter":
        return day.year, (day.month - 1) // 3 + 1
    return (day.year,) if unit == "year" else (day.year // 10 * 10,)


def _between(first: dt.date, last: dt.date, unit: str) -> list[tuple[int, ...]]:
    """Every time from the first to the last, empty ones too; of days, one more than `BINS` at most."""
    if unit == "day":
        days = min((last - first).days, BINS)
        return [_key(first + dt.timedelta(n), unit) for n in range(days + 1)]
    if unit in ("month", "quarter"):
        per = 12 if unit == "month" else 4
        low, high = (k[0] * per + k[1] - 1 for k in (_key(first, unit), _key(last, unit)))
        return [(at // per, at % per + 1) for at in range(low, high + 1)]
    step = 1 if unit == "year" else 10
    return [(year,) for year in range(_key(first, unit)[0], _key(last, unit)[0] + 1, step)]


def _called(key: tuple[int, ...], unit: str) -> str:
    if unit == "quarter":
        return f"{key[0]} Q{key[1]}"
    if unit == "decade":
        return f"{key[0]}s"
    return "-".join(f"{part:02d}" for part in key)
