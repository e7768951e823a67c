"""Who did what to whom: one row for each event, source and target, as event data is counted.

Mentions of one event are one row for each pair, not several: type, quad, attributes and date are
those of its first mention in the text that has a date, else of its first mention. An event without
a source or a target has an empty cell there. `source` and `target` are PLOVER codes, or actor ids
where there is no code.

By the guidelines every party to a meeting, a deal or joint work is an actor, and nobody a recipient.
Such cooperation of several actors is a row for each actor towards each other one, marked `joint`.

What did not happen is there, too: keep rows with polarity POSITIVE and modality ASSERTED (and tense
other than FUTURE) to count what the articles say has happened.
"""

from __future__ import annotations

from itertools import permutations, product
from typing import TYPE_CHECKING, Final

from dataset_builder.views.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.views.view import Row, Source

COLUMNS: Final = (
    "type", "trigger", "event_id", "article_id", "quad", "polarity", "modality", "tense",
    "date_start", "date_end", "date_precision", "date_basis", "arguments", "outlet",
    "published_at", "story",
)  # fmt: skip
SHAPE: Final = {
    "date": "date32",
    "source": "string",
    "target": "string",
    "type": "string",
    "quad": "string",
    "date_end": "date32",
    "date_precision": "string",
    "date_basis": "string",
    "polarity": "string",
    "modality": "string",
    "tense": "string",
    "source_id": "string",
    "target_id": "string",
    "joint": "bool",
    "mentions": "int32",
    "event_id": "string",
    "article_id": "string",
    "story": "string",
    "outlet": "string",
    "published": "date32",
    "split": "string",
}


def records(source: Source, split: str) -> Iterator[Row]:
    """One record for each event, source and target."""
    for found in source.by_article(split, events=COLUMNS):
        events: dict[str, list[Row]] = {}
        for row in sorted(found["events"], key=lambda row: (row["trigger"]["start"], row["type"])):
            events.setdefault(row["event_id"], []).append(row)
        for event_id, mentions in events.items():
            told = next((row for row in mentions if row["date_start"] is not None), mentions[0])
            published = told["published_at"]
            for one, other, joint in _pairs(mentions):
                yield {
                    "date": told["date_start"],
                    "source": one[1],
                    "target": other[1],
                    "type": told["type"],
                    "quad": told["quad"],
                    **{name: told[name] for name in
                       ("date_end", "date_precision", "date_basis", "polarity", "modality", "tense")},
                    "source_id": one[0],
                    "target_id": other[0],
                    "joint": joint,
                    "mentions": len(mentions),
                    "event_id": event_id,
                    "article_id": told["article_id"],
                    "story": told["story"],
                    "outlet": told["outlet"],
                    "published": None if published is None else published.date(),
                    "split": split,
                }  # fmt: skip


Party = tuple[str | None, str | None]
"""Id, and code or id."""
NOBODY: Final = (None, None)


def _pairs(mentions: list[Row]) -> Iterator[tuple[Party, Party, bool]]:
    """Source, target and whether they acted together."""
    sources, targets = _who(mentions, "ACTOR"), _who(mentions, "RECIPIENT")
    together = [pair for pair in permutations(sources, 2) if pair[0][1] != pair[1][1]]
    if not targets and together and mentions[0]["quad"].endswith("_cooperation"):
        yield from ((one, other, True) for one, other in together)
        return
    pairs = list(product(sources or [NOBODY], targets or [NOBODY]))
    for one, other in pairs:
        # Who is a source in one mention and a target in another did not do it to himself.
        if one != other or len(pairs) == 1:
            yield one, other, False


def _who(mentions: list[Row], role: str) -> list[Party]:
    """Those who have a role in any mention, each once."""
    found: dict[str, str] = {}
    for row in mentions:
        for item in row["arguments"]:
            if item["role"] == role:
                for name, code in zip(item["actor_ids"], item["actor_codes"], strict=True):
                    found.setdefault(name, code or name)
    return list(found.items())


VIEW: Final = View(
    "dyads",
    "events between a source and a target, with date, type and quad class",
    records,
    formats=("csv", "parquet", "jsonl"),
    columns=SHAPE,
    needs_text=False,
    whole=True,
)
