"""The smallest version number that is honest about a change.

MAJOR when a column, config, split or label goes away, is reordered or changes its meaning; MINOR
when rows are added or removed, or a label (at the end), column or config is added; PATCH when
values are corrected. Where nothing changed, no new version is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.diff.schema import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.diff.schema import Level

NUMBERS: Final = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


@dataclass(frozen=True)
class Reason:
    """Why a version number has to be raised so far."""

    level: Level
    message: str


@dataclass(frozen=True)
class Honest:
    """What a change asks of the version number."""

    level: Level | None
    """None: nothing changed."""
    version: str | None
    """The smallest number; None when nothing changed, or the old version is no number."""
    reasons: tuple[Reason, ...]
    """The strongest first."""


def honest(old_version: str, reasons: Sequence[Reason]) -> Honest:
    """The smallest number above `old_version` that `reasons` allow."""
    ordered = tuple(sorted(reasons, key=lambda reason: LEVELS.index(reason.level)))
    if not ordered:
        return Honest(None, None, ())
    level = ordered[0].level
    numbers = version_numbers(old_version)
    if numbers is None:
        return Honest(level, None, ordered)
    major, minor, patch = numbers
    smallest = {
        "MAJOR": (major + 1, 0, 0),
        "MINOR": (major, minor + 1, 0),
        "PATCH": (major, minor, patch + 1),
    }[level]
    return Honest(level, ".".join(map(str, smallest)), ordered)


def too_small(version: str, old_version: str, needed: Honest) -> bool:
    """Whether `version` says less than `needed`, or is not above `old_version`."""
    new, old = version_numbers(version), version_numbers(old_version)
    if needed.level is None or new is None or old is None:
        return False
    said = raised(version, old_version)
    return said is None or LEVELS.index(said) > LEVELS.index(needed.level)


def raised(version: str, old_version: str) -> Level | None:
    """The first number of `old_version` that `version` raises; None when it is not above it, or
    one of them is no version."""
    new, old = version_numbers(version), version_numbers(old_version)
    if new is None or old is None or new <= old:
        return None
    return next(level for level, one, other in zip(LEVELS, new, old, strict=True) if one > other)


def version_numbers(version: str) -> tuple[int, int, int] | None:
    """The three numbers of a version; None when it is not three numbers."""
    match = NUMBERS.fullmatch(version)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None
