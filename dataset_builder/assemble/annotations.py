"""Rows of the table annotations: everything that anyone entered, and where it came from.

The column `origin` of an article that had suggestions (predictions in the export) comes from
comparing with them, by region id:

    prediction           exactly as it was suggested
    prediction-changed   suggested otherwise: other words, label, values or direction of an arrow
    manual               not suggested

Label Studio keeps such a mark for spans and their fields, but not for arrows, and it marks a whole
region as changed when one of its fields is. Without suggestions `origin` is what Label Studio
says, and null for arrows, which were then all drawn by hand.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from dataset_builder.assemble.entries import Entry, read_entries
from dataset_builder.tables import ANNOTATIONS, ARTICLE_ROW

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from dataset_builder.assemble.rows import Columns
    from dataset_builder.assemble.versions import Read
    from dataset_builder.studio.exported import ExportedTask

MANUAL = "manual"
ACCEPTED = "prediction"
CHANGED = "prediction-changed"
DECISION = "adjudication"
"""Kind of a task, and the value of the row of kind `article` of what was submitted on it."""


def annotation_columns(reads: Iterable[Read], kinds: Mapping[str, str]) -> Columns:
    """One row per label, field and arrow, and one for each annotation as such.

    `kinds` is the kind of every annotator; those it lacks are left out.
    """
    columns: Columns = {name: [] for name in ANNOTATIONS.column_names}
    for read in reads:
        if read.annotator not in kinds:
            continue
        suggested = _suggested(read)
        # No control may pass for the row of the annotation itself.
        entries = [e for e in read.entries if e.name != ARTICLE_ROW or e.kind != "article"]
        if suggested:
            entries = [entry._replace(origin=_origin(entry, suggested)) for entry in entries]
        decides = (DECISION,) if is_decision(read.task) else ()
        entries.insert(0, Entry("article", name=ARTICLE_ROW, values=decides))
        shared = {
            "annotation_id": read.annotation_id,
            "article_id": read.task.article_id,
            "annotator": read.annotator,
            "annotator_kind": kinds[read.annotator],
            "state": read.state,
            "text_sha256": read.task.text_sha256,
        }
        for name, value in shared.items():
            columns[name] += repeat(value, len(entries))
        for name, values in zip(Entry._fields, zip(*entries, strict=True), strict=True):
            if name in columns:
                columns[name] += values
    return columns


def is_decision(task: ExportedTask) -> bool:
    """Whether what is submitted on `task` settles what annotators disagree on."""
    return task.kind == DECISION


def _suggested(read: Read) -> dict[Hashable, list[Hashable]]:
    """What each thing was suggested to be; empty when nothing was."""
    found: dict[Hashable, list[Hashable]] = {}
    for prediction in read.task.predictions:
        # What is wrong with a suggestion is nothing that an annotator did.
        entries, _ = read_entries(prediction.result, read.task.text, read.place)
        for entry in entries:
            found.setdefault(_thing(entry), []).append(_content(entry))
    return found


def _thing(entry: Entry) -> Hashable:
    """What stays the same when an annotator changes it."""
    if entry.kind == "arrow":
        # Turned round, or deleted and drawn the other way: a changed arrow either way.
        return (entry.kind, frozenset((entry.from_id, entry.to_id)))
    return (entry.kind, entry.region_id, entry.name)


def _content(entry: Entry) -> Hashable:
    if entry.kind != "arrow":
        place = (entry.start, entry.end) if entry.kind == "span" else None
        return (place, frozenset(entry.values))
    if entry.direction == "left":
        return (entry.to_id, entry.from_id, "right")
    return (entry.from_id, entry.to_id, entry.direction)


def _origin(entry: Entry, suggested: Mapping[Hashable, list[Hashable]]) -> str | None:
    contents = suggested.get(_thing(entry))
    if contents is not None:
        return ACCEPTED if _content(entry) in contents else CHANGED
    if entry.kind in ("arrow", "article") or ("span", entry.region_id, "span") in suggested:
        return MANUAL
    # A suggestion that is no longer in the export has left its mark on the span.
    return entry.origin
