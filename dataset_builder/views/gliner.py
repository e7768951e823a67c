"""Triggers as GLiNER is trained on: `[{"tokenized_text": [...], "ner": [[first, last, type]]}]`.

First and last token, both inclusive, as GLiNER counts. Only triggers are spans: actors, places and
dates are marked where they take part in an event, and leaving the others out would teach a model
that they are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.views.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_builder.views.view import Row, Source


def records(source: Source, split: str) -> Iterator[Row]:
    """One record a sentence."""
    for row in source.rows("triggers", split, "tokens", "ner_tags", "id"):
        spans = [[first, last, kind] for first, last, kind in trigger_spans(row["ner_tags"])]
        yield {"tokenized_text": row["tokens"], "ner": spans, "id": row["id"]}


def trigger_spans(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """First and last token and type of each trigger in BIO tags."""
    spans: list[tuple[int, int, str]] = []
    for number, tag in enumerate(tags):
        bound, _, kind = tag.partition("-")
        if bound == "B":
            spans.append((number, number, kind))
        elif bound == "I" and spans:
            spans[-1] = (spans[-1][0], number, kind)
    return spans


VIEW: Final = View(
    "gliner",
    "triggers in sentences, as GLiNER is trained on",
    records,
    formats=("json", "jsonl"),
)
