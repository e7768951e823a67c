"""What each annotator said of each unit, one vote a row, for learning with disagreement.

Units are rows of stance (the vote is the label of the pair) and of events (the vote is the type of
the trigger); `unmarked` is the vote of who finished the article and did not mark the unit. `label`
is what the release took. The shares of the votes of a unit are its soft label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.views.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.views.view import Row, Source

SHAPE: Final = {
    "unit": "string",
    "id": "string",
    "annotator": "string",
    "kind": "string",
    "vote": "string",
    "label": "string",
    "basis": "string",
    "text": "string",
    "holder": "string",
    "target": "string",
    "trigger": "string",
    "article_id": "string",
    "story": "string",
    "split": "string",
}


def records(source: Source, split: str) -> Iterator[Row]:
    """One record a vote: of stance, then of events."""
    for row in source.rows(
        "stance", split, "stance_id", "label", "basis", "text", "holder", "target", "article_id",
        "story", "votes",
    ):  # fmt: skip
        given = {name: row[name] for name in ("label", "basis", "text", "holder", "target")}
        yield from _votes("stance", row["stance_id"], row, split, **given)
    for row in source.rows(
        "events", split, "mention_id", "type", "text", "trigger", "article_id", "story", "votes"
    ):
        yield from _votes(
            "event", row["mention_id"], row, split,
            label=row["type"], text=row["text"], trigger=row["trigger"]["text"],
        )  # fmt: skip


def _votes(unit: str, name: str, row: Row, split: str, **given: str | None) -> Iterator[Row]:
    for vote in row["votes"]:
        made = {
            **given,
            "unit": unit,
            "id": name,
            "annotator": vote["annotator"],
            "kind": vote["kind"],
            "vote": vote["label"],
            "article_id": row["article_id"],
            "story": row["story"],
            "split": split,
        }
        yield {column: made.get(column) for column in SHAPE}


VIEW: Final = View(
    "votes",
    "every annotator's vote on every stance and event",
    records,
    formats=("csv", "parquet", "jsonl"),
    columns=SHAPE,
    needs_text=False,
    whole=True,
)
