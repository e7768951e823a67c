"""What a rule is, and how it says where something is wrong.

A rule's check yields `Hit`s, which are places; the runner makes `Finding`s of them with the code,
severity and fix that the rule declares once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.findings import Severity
    from dataset_builder.validate.quote import Quote
    from dataset_builder.validate.release import Release

CAP = 1000
"""At most this many findings per rule are made, the first; the others are only counted."""

Scope = Literal["article", "release"]
"""What a rule must see at once. `article`: what it says of a row follows from that row and others of
the same article, so that articles can be judged in chunks; what it says of no row, it says of every
chunk, and counts once. `release`: it relates articles, or looks at files; it runs once, and reads
from large releases only the columns that it asks for (see `Release.rows`)."""

ID_COLUMNS = (
    "article_id",
    "stance_id",
    "pair_id",
    "mention_id",
    "event_id",
    "annotation_id",
    "region_id",
    "id",
)


@dataclass(frozen=True)
class Hit:
    """One place where a rule does not hold."""

    message: str
    table: str | None = None
    """Table, or the file when it is not about a table."""
    split: str | None = None
    row: int | None = None
    ids: dict[str, str] = field(default_factory=dict)
    expected: str | None = None
    found: str | None = None
    quote: Quote | None = None
    """The span that it is about, in its sentence."""


@dataclass(frozen=True)
class Surplus:
    """Further places, counted but not made."""

    count: int


Hits = Iterator[Hit | Surplus]


@dataclass(frozen=True)
class Rule:
    """One thing that must hold of a release."""

    code: str
    """Family and number; never reused for anything else."""
    title: str
    """What is wrong, in a few words."""
    check: Callable[[Release], Hits]
    explanation: str
    """Why it matters: shown once per report and in the catalogue."""
    fix: str
    """What to do about it."""
    example: str = ""
    """What it looks like."""
    severity: Severity = "error"
    after: tuple[str, ...] = ()
    """Codes that explain this one when they hit the same place (see `run.py`)."""
    scope: Scope = "article"

    @property
    def family(self) -> str:
        """First three letters of the code."""
        return self.code[:3]


def hashed(*columns: str) -> pl.Expr:
    """One number for the values of `columns`, by which rows are matched faster than by texts; the
    same for other columns with these values in this order."""
    import polars as pl

    # Each hash is made small enough for their sum to be exact.
    return pl.sum_horizontal(pl.col(name).hash(at) // 64 for at, name in enumerate(columns))


def of_release(*rules: Rule) -> tuple[Rule, ...]:
    """The rules, with the scope `release`."""
    return tuple(replace(rule, scope="release") for rule in rules)


def hits(
    table: str,
    failing: pl.DataFrame,
    message: str,
    *,
    expected: str | None = None,
    found: str | None = None,
) -> Hits:
    """One hit per row of `failing`, which has `_split` and `_row` and any of `ID_COLUMNS`.

    `message`, `expected` and `found` are format strings over the row's columns
    (`"{holder_id} is unknown"`).
    """
    for row in failing.head(CAP).iter_rows(named=True):
        ids = {name: str(row[name]) for name in ID_COLUMNS if row.get(name) is not None}
        yield Hit(
            message=message.format_map(row),
            table=table,
            split=row["_split"],
            row=row["_row"],
            ids=ids,
            expected=None if expected is None else expected.format_map(row),
            found=None if found is None else found.format_map(row),
        )
    if failing.height > CAP:
        yield Surplus(failing.height - CAP)


def listed(names: Sequence[str], limit: int = 8) -> str:
    """Names for a message: sorted as given, cut after `limit`."""
    head = ", ".join(names[:limit])
    return head if len(names) <= limit else f"{head} and {len(names) - limit} more"
