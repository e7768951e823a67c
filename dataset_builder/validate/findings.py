"""What a check found: a value, collected, never raised.

Codes are a family and a number: SCH schema and types, KEY keys and references, SPN text, spans and
offsets, GRM event and stance grammar, VOT votes and annotators, SPL splits and leaks, REL the
release's files and card, VER versions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from dataset_builder.validate.quote import Quote

Severity = Literal["error", "warning"]

SHOWN = 160
"""Characters shown of a value of the data."""

FAMILIES: dict[str, str] = {
    "SCH": "schema and types",
    "KEY": "keys and references",
    "SPN": "text, spans and offsets",
    "GRM": "event and stance grammar",
    "VOT": "votes and annotators",
    "SPL": "splits and leaks",
    "REL": "the release's files and card",
    "VER": "versions",
}


@dataclass(frozen=True)
class Finding:
    """One defect, at one place."""

    code: str
    """Family and number, e.g. `SPN003`; stable for ever."""
    severity: Severity
    message: str
    """One sentence, for a person."""
    table: str | None = None
    """Table, or the file when it is not about a table."""
    split: str | None = None
    row: int | None = None
    """Row in its table and split (line in its file), counted from 0 in tables, from 1 in files."""
    ids: dict[str, str] = field(default_factory=dict)
    """What identifies the place: article_id, event_id, region_id, ..."""
    expected: str | None = None
    found: str | None = None
    fix: str | None = None
    """What to do about it."""
    caused_by: str | None = None
    """Code of the defect that this one follows from."""
    quote: Quote | None = None
    """The span that it is about, in its sentence."""

    @property
    def place(self) -> str:
        """Where it is, as a person writes it: `stance/train row 3`, or the file."""
        where = f"{self.table or ''}{'/' if self.table and self.split else ''}{self.split or ''}"
        return where if self.row is None else f"{where} row {self.row}".lstrip()
