"""What a mutant is: one defect, made from a seed in a valid release, and where it must be found.

Each module of `kinds/` holds the kinds of one family; they are collected by themselves. A new
kind is a function with a decorator, and `at` names the tables and columns it applies to:

    @rows("KEY004", "events")                   damages rows of a draft of the release
    @files("REL006", "stance", "events")        damages the files of the written release
    @successor("VER004", "articles")            rows of a later release, judged against the first
    @predecessor("VER006", "stance.label")      files of the earlier release
    @ledger("VER014", "articles")               what the project's ledger and takedowns say

The function takes the draft (or folder), the `Site` and a `random.Random`, and returns the `Place`
at which its code has to be found; it raises `NotHere` when the release has nothing to damage there.
Every kind is tried at every site: each of its columns in each split.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_builder.project import SPLITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPANS = (
    "stance.evidence",
    "stance.holder_span",
    "stance.target_span",
    "events.trigger",
    "events.arguments",
    "annotations.span",
)
"""Every column of every table that holds spans."""
TABLES = ("stance", "events", "triggers", "articles", "annotations")
ROWS_OF_ARTICLES = ("stance", "events", "triggers", "annotations")
VOTED = ("stance", "events")


class NotHere(Exception):
    """The release has nothing at this site that the kind could damage."""


@dataclass(frozen=True)
class Site:
    """Where a kind is seeded."""

    table: str
    column: str
    split: str

    def __str__(self) -> str:
        column = f".{self.column}" if self.column else ""
        return f"{self.table or 'release'}{column}-{self.split or 'all'}"


@dataclass(frozen=True)
class Place:
    """Where a finding must be."""

    table: str | None
    """Table, or file."""
    split: str | None = None
    id: str | None = None
    """Id of the row."""
    says: str = ""
    """Words that the message must have."""
    row: int | None = None
    """Its row in the split, over all shards."""


@dataclass(frozen=True)
class Kind:
    """One kind of defect."""

    name: str
    code: str
    damage: Callable[..., Place]
    how: str
    at: tuple[str, ...]
    splits: tuple[str, ...]
    version: str = "1.1.0"

    def sites(self) -> Iterator[Site]:
        """Every place where it is to be seeded."""
        for where in self.at or ("",):
            table, _, column = where.partition(".")
            for split in self.splits:
                yield Site(table, column, split)


def _decorator(how: str) -> Callable[..., Callable[[Callable[..., Place]], Kind]]:
    def take(
        code: str, *at: str, splits: tuple[str, ...] | None = None, **more: Any
    ) -> Callable[[Callable[..., Place]], Kind]:
        """Without `at` the kind is about the release as a whole, and has one site."""
        everywhere = SPLITS if at else ("",)
        return lambda damage: Kind(
            damage.__name__, code, damage, how, at, everywhere if splits is None else splits, **more
        )

    return take


rows = _decorator("rows")
files = _decorator("files")
successor = _decorator("successor")
predecessor = _decorator("predecessor")
ledger = _decorator("ledger")
WHOLE = ("",)
"""`splits` of a kind that concerns a table as a whole."""


def collect() -> list[Kind]:
    """Every kind of the folder `kinds`, by code and name."""
    found = {
        value.name: value
        for path in sorted((Path(__file__).parent / "kinds").glob("*.py"))
        for value in vars(importlib.import_module(f"tests.mutations.kinds.{path.stem}")).values()
        if isinstance(value, Kind)
    }
    return sorted(found.values(), key=lambda kind: (kind.code, kind.name))
