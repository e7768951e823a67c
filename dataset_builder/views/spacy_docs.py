"""Annotated articles as spaCy's own JSON of a `Doc`, one a line.

    {"text", "ents": [{"start", "end", "label"}], "sents": [{"start", "end"}],
     "tokens": [{"id", "start", "end"}], "spans": {"arguments": [{"start", "end", "label", "kb_id"}]}}

`Doc(vocab).from_json(record)` reads it, and `DocBin` makes of these what `spacy train` takes.
Offsets are code points of `text`. `ents` are the triggers; arguments, which may lie over them and
over each other, are the span group `arguments` with their roles as labels and the actor as `kb_id`.
Tokens are those of the table triggers, and, as in spaCy, what blank space there is beyond one space.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from dataset_builder.views.gliner import trigger_spans
from dataset_builder.views.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.views.view import Row, Source


SPAN: Final = ("start", "end", "label", "kb_id")


def records(source: Source, split: str) -> Iterator[Row]:
    """One record an article that has rows of triggers."""
    for found in source.by_article(
        split,
        triggers=("tokens", "token_starts", "ner_tags", "sentence_index"),
        articles=("text",),
        events=("arguments",),
    ):
        if not found["articles"]:
            continue  # `validate` says so
        text = found["articles"][0]["text"]
        starts = [start for row in found["triggers"] for start in row["token_starts"]]
        ends = [
            start + len(token)
            for row in found["triggers"]
            for token, start in zip(row["tokens"], row["token_starts"], strict=True)
        ]
        pieces = _tokens(text, list(zip(starts, ends, strict=True)))
        borders_left, borders_right = {s for s, _ in pieces}, {e for _, e in pieces}
        yield {
            "text": text,
            "ents": [
                {
                    "start": row["token_starts"][first],
                    "end": row["token_starts"][last] + len(row["tokens"][last]),
                    "label": kind,
                }
                for row in found["triggers"]
                for first, last, kind in trigger_spans(row["ner_tags"])
            ],
            "sents": _sentences(found["triggers"], pieces),
            "tokens": [
                {"id": number, "start": start, "end": end}
                for number, (start, end) in enumerate(pieces)
            ],
            "spans": {
                "arguments": sorted(
                    (
                        dict(zip(SPAN, span, strict=True))
                        for span in {
                            (item["start"], item["end"], item["role"], _only(item["actor_ids"]))
                            for event in found["events"]
                            for item in event["arguments"]
                            # A span that cuts a token is none to spaCy.
                            if item["start"] in borders_left and item["end"] in borders_right
                        }
                    ),
                    key=lambda span: [span[name] for name in SPAN],
                )
            },
        }


def _only(ids: list[str]) -> str:
    """The actor that a span stands for; empty where it is none or several."""
    return ids[0] if len(ids) == 1 else ""


def _tokens(text: str, words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The words, and the blank space between them that is more than one space."""
    pieces: list[tuple[int, int]] = []
    at = 0
    for start, end in [*words, (len(text), len(text))]:
        blank = at + (1 if pieces and text.startswith(" ", at) else 0)
        if blank < start:
            pieces.append((blank, start))
        if start < end:
            pieces.append((start, end))
        at = end
    return pieces


def _sentences(rows: list[Row], pieces: list[tuple[int, int]]) -> list[Row]:
    """Sentences that cover every token: blank space belongs to the one before it."""
    firsts = [row["token_starts"][0] for row in rows if row["token_starts"]]
    if not firsts:
        return []
    starts = [pieces[0][0], *firsts[1:]]
    borders = [end for _, end in pieces]
    ends = [borders[bisect_right(borders, following) - 1] for following in firsts[1:]]
    ends.append(borders[-1])
    return [{"start": start, "end": end} for start, end in zip(starts, ends, strict=True)]


VIEW: Final = View(
    "spacy",
    "articles with triggers and arguments, as spaCy's JSON of a Doc",
    records,
    formats=("jsonl",),
)
