"""Time zones that pages name by their letters, believed only where the letters mean one thing.

Pages write "EST" and "MEZ" all year round, and "EST" in Australia too. A name counts only while the
clocks of its region follow it; then no other reading is left. Letters that several regions share
(CST, IST, BST, PST) are never read.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

_FIXED: Final = {"z": 0, "utc": 0, "gmt": 0}
_EUROPE: Final = {
    "wet": (0, False), "cet": (60, False), "mez": (60, False), "eet": (120, False),
    "cest": (120, True), "mesz": (120, True), "eest": (180, True),
}  # fmt: skip
_AMERICA: Final = {
    "est": (-300, False),
    "edt": (-240, True),
    "cdt": (-300, True),
    "pdt": (-420, True),
}
_MOSCOW: Final = dt.date(2014, 10, 27)
"""Since then Moscow keeps one time."""


def zone_offset(name: str, day: dt.date) -> int | None:
    """Minutes east of Greenwich of the zone `name` (lower case) on `day`; None when that is not clear."""
    if name in _FIXED:
        return _FIXED[name]
    if name in ("msk", "мск"):
        return 180 if day >= _MOSCOW else None
    for zones, summer in ((_EUROPE, _summer_in_europe), (_AMERICA, _summer_in_america)):
        if name in zones:
            minutes, saving = zones[name]
            return minutes if summer(day) is saving else None
    return None


def _sunday(year: int, month: int, nth: int) -> dt.date:
    """The `nth` Sunday of a month, the last one for -1."""
    if nth < 0:
        last = dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
        return last - dt.timedelta(days=(last.weekday() + 1) % 7)
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))


def _within(day: dt.date, start: dt.date, end: dt.date) -> bool | None:
    """Whether clocks are forward; None on the days when they change."""
    return None if day in (start, end) else start < day < end


def _summer_in_europe(day: dt.date) -> bool | None:
    if day.year < 1996:
        return None
    return _within(day, _sunday(day.year, 3, -1), _sunday(day.year, 10, -1))


def _summer_in_america(day: dt.date) -> bool | None:
    if day.year < 1987:
        return None
    if day.year < 2007:
        return _within(day, _sunday(day.year, 4, 1), _sunday(day.year, 10, -1))
    return _within(day, _sunday(day.year, 3, 2), _sunday(day.year, 11, 1))
