"""Questions about the arguments of events, as SQuAD 2.0 has them.

    {"version", "data": [{"title": article_id, "paragraphs":
        [{"context", "qas": [{"id", "question", "answers": [{"text", "answer_start"}],
                              "is_impossible"}]}]}]}

One question for each event mention and role. Offsets are code points of the context, which is the
`text` of the event. Of a role with several fillers each is an answer; a role whose filler stands
outside the context cannot be answered there. Format: Rajpurkar, Jia and Liang (2018).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from dataset_builder.views.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.diff.reading import Opened
    from dataset_builder.views.view import Row, Source

ASKED: Final = {
    "ACTOR": "Who or what is the actor of {}?",
    "RECIPIENT": "Who or what is the recipient of {}?",
    "LOCATION": "Where does {} take place?",
    "DATE": "When does {} take place?",
}
"""Questions by role, about `the TYPE event "trigger"`."""
OTHERWISE: Final = "What is the {role} of {}?"
"""Of a role that is not here."""
COLUMNS: Final = (
    "article_id",
    "text",
    "context_start",
    "mention_id",
    "type",
    "trigger",
    "arguments",
)


def records(source: Source, split: str) -> Iterator[Row]:
    """One record an article."""
    roles = _roles(source.opened)
    for found in source.by_article(split, events=COLUMNS):
        paragraphs: dict[tuple[int, str], list[Row]] = {}
        for event in found["events"]:
            place = (event["context_start"], event["text"])
            paragraphs.setdefault(place, []).extend(_questions(event, roles))
        yield {
            "title": found["events"][0]["article_id"],
            "paragraphs": [
                {"context": context, "qas": paragraphs[start, context]}
                for start, context in sorted(paragraphs)
            ],
        }


def _roles(opened: Opened) -> tuple[str, ...]:
    """Names of the roles, in the order of the release's own labels."""
    fields = dict(opened.configs["events"].shapes["arguments"][1][1])
    return tuple(fields["role"][1])


def _questions(event: Row, roles: tuple[str, ...]) -> Iterator[Row]:
    start, context = event["context_start"], event["text"]
    for role in roles:
        answers = [
            {"text": item["text"], "answer_start": item["start"] - start}
            for item in event["arguments"]
            if item["role"] == role
            and start <= item["start"]
            and item["end"] <= start + len(context)
        ]
        event_named = f'the {event["type"]} event "{event["trigger"]["text"]}"'
        yield {
            "id": f"{event['mention_id']}:{role}",
            "question": ASKED.get(role, OTHERWISE).format(event_named, role=role),
            "answers": answers,
            "is_impossible": not answers,
        }


def _around(opened: Opened) -> tuple[str, str]:
    version = json.dumps(f"{opened.name} {opened.version}", ensure_ascii=False)
    return f'{{"version": {version}, "data": [\n', "\n]}\n"


VIEW: Final = View(
    "squad",
    "questions on the arguments of events, as SQuAD 2.0",
    records,
    formats=("json",),
    around=_around,
)
