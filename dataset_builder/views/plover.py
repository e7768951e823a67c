"""Events as PLOVER's JSONL: one line an event mention.

    {"id", "date", "enddate", "actor": [], "recipient": [], "event": [], "mode": [], "context": [],
     "event_loc", "event_text", ...}

Field names are those of the PLOVER manual (draft 2.0). Actors and recipients are PLOVER codes, or
the actor's id where it has none. `date` is null where the text supports none: the day of publication
is not put in its place. Auxiliary modes follow from the attributes, as the manual has them: negation
(polarity NEGATIVE), future (tense FUTURE), hypothetical (modality OTHER). PLOVER's scores are not
given. `coref` is the same for mentions of one event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.views.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.views.view import Row, Source

COLUMNS: Final = (
    "text", "type", "trigger", "mention_id", "event_id", "article_id", "quad", "modes", "contexts",
    "polarity", "modality", "tense", "date_start", "date_end", "date_precision", "date_basis",
    "arguments", "outlet", "published_at", "story",
)  # fmt: skip


def records(source: Source, split: str) -> Iterator[Row]:
    """One record a mention."""
    for event in source.rows("events", split, *COLUMNS):
        places = [item["text"] for item in event["arguments"] if item["role"] == "LOCATION"]
        yield {
            "id": event["mention_id"],
            "date": day(event["date_start"]),
            "enddate": day(event["date_end"]),
            "date_precision": event["date_precision"],
            "date_basis": event["date_basis"],
            "actor": parties(event, "ACTOR"),
            "recipient": parties(event, "RECIPIENT"),
            "event": [event["type"]],
            "mode": event["modes"],
            "aux_mode": auxiliary(event),
            "context": event["contexts"],
            "quad": event["quad"],
            "event_loc": places[0] if places else None,
            "event_text": event["trigger"]["text"],
            "text": event["text"],
            "coref": event["event_id"],
            "story": event["story"],
            "source": event["outlet"],
            "published": day(event["published_at"]),
            "article_id": event["article_id"],
            "split": split,
        }


def day(value: object) -> str | None:
    """A date or time as YYYY-MM-DD."""
    return None if value is None else str(value)[:10]


def parties(event: Row, role: str) -> list[str]:
    """Codes of those who have a role, in the order of the text; an id where there is no code."""
    found = [
        code or name
        for item in event["arguments"]
        if item["role"] == role
        for name, code in zip(item["actor_ids"], item["actor_codes"], strict=True)
    ]
    return list(dict.fromkeys(found))


def auxiliary(event: Row) -> list[str]:
    """PLOVER's auxiliary modes."""
    given = (
        ("negation", event["polarity"] == "NEGATIVE"),
        ("future", event["tense"] == "FUTURE"),
        ("hypothetical", event["modality"] == "OTHER"),
    )
    return [name for name, holds in given if holds]


VIEW: Final = View(
    "plover",
    "event mentions as PLOVER's JSONL",
    records,
    formats=("jsonl",),
    needs_text=False,
    whole=True,
)
