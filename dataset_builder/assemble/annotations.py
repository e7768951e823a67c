"""Rows of the table annotations: everything that anyone entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.tables import ARTICLE_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataset_builder.assemble.rows import Row
    from dataset_builder.assemble.versions import Read


def annotation_rows(reads: Iterable[Read], kinds: Mapping[str, str]) -> list[Row]:
    """One row per label, field and arrow, and one for each annotation as such.

    `kinds` is the kind of every annotator; those it lacks are left out.
    """
    rows: list[Row] = []
    for read in reads:
        if read.annotator not in kinds:
            continue
        shared: Row = {
            "annotation_id": read.annotation_id,
            "article_id": read.task.article_id,
            "annotator": read.annotator,
            "annotator_kind": kinds[read.annotator],
            "state": read.state,
            "text_sha256": read.task.text_sha256,
        }
        rows.append({**shared, **_EMPTY, "kind": "article", "name": ARTICLE_ROW})
        rows += [
            {
                **shared,
                "kind": entry.kind,
                "region_id": entry.region_id,
                "name": entry.name,
                "values": entry.values,
                "start": entry.start,
                "end": entry.end,
                "text": entry.text,
                "from_id": entry.from_id,
                "to_id": entry.to_id,
                "direction": entry.direction,
                "origin": entry.origin,
            }
            for entry in read.entries
            # No control may pass for the row of the annotation itself.
            if (entry.kind, entry.name) != ("article", ARTICLE_ROW)
        ]
    return rows


_EMPTY: Row = {
    "region_id": None,
    "values": (),
    "start": None,
    "end": None,
    "text": None,
    "from_id": None,
    "to_id": None,
    "direction": "none",
    "origin": None,
}
