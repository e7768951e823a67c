"""Rows of the table triggers: the sentences of an annotated article as tokens with BIO tags.

A sentence that nobody has judged would teach that nothing happens in it. So only articles make rows
that somebody finished and found relevant, and of these only such in which nothing waits for a
review: no passage that the annotator did not see, no span whose place or label is undecided.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.assemble.codes import Notes, Place, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.rows import Row
    from dataset_builder.assemble.settle import Settled
    from dataset_builder.validate.findings import Finding

TOKEN: Final = re.compile(r"\w+|[^\w\s]")
"""A token: a run of letters, digits and underscores, or one other sign."""
OUTSIDE: Final = "O"
OPEN: Final = frozenset({"SPN204", "SPN205", "SCH207"})
"""Findings after which a sentence without a trigger may be one that nobody judged."""


@dataclass(frozen=True)
class Mark:
    """A trigger in the text."""

    start: int
    end: int
    type: str
    id: str


@dataclass(frozen=True)
class Sentence:
    """One sentence, tokenised; offsets are those of the article."""

    tokens: tuple[str, ...]
    starts: tuple[int, ...]


@dataclass(frozen=True)
class Tagged:
    """The tags of an article, and what they could not say."""

    tags: tuple[tuple[str, ...], ...]
    """Per sentence the tag of each token."""
    covered: tuple[Mark, ...]
    """Triggers that share a token with a longer one."""
    cut: tuple[Mark, ...]
    """Triggers that run into the next sentence; only their part in the first is tagged."""
    lost: tuple[Mark, ...]
    """Triggers that hold no token of any sentence."""


def tokenised(text: str, sentences: Iterable[tuple[int, int]]) -> list[Sentence]:
    """The tokens of each sentence, given as start and end in `text`."""
    found: list[Sentence] = []
    for start, end in sentences:
        matches = list(TOKEN.finditer(text, start, end))
        found.append(Sentence(tuple(m.group() for m in matches), tuple(m.start() for m in matches)))
    return found


def tagged(sentences: Sequence[Sentence], marks: Iterable[Mark], types: Sequence[str]) -> Tagged:
    """BIO tags: a token is in a trigger when they share a character.

    Of triggers that share a token the longest counts, of equally long ones the first, then the one
    whose type comes first in `types`, then the one with the smaller id.
    """
    rank = {name: number for number, name in enumerate(types)}
    starts = [start for sentence in sentences for start in sentence.starts]
    ends = [
        start + len(token)
        for sentence in sentences
        for token, start in zip(sentence.tokens, sentence.starts, strict=True)
    ]
    home = [number for number, sentence in enumerate(sentences) for _ in sentence.starts]
    tags = [OUTSIDE] * len(starts)
    covered: list[Mark] = []
    cut: list[Mark] = []
    lost: list[Mark] = []
    order = sorted(marks, key=lambda m: (m.start - m.end, m.start, rank.get(m.type, -1), m.id))
    for mark in order:
        first = bisect_right(ends, mark.start)
        last = bisect_left(starts, mark.end)
        if first >= last:
            lost.append(mark)
            continue
        inside = bisect_right(home, home[first], first, last)
        if any(tag != OUTSIDE for tag in tags[first:inside]):
            covered.append(mark)
            continue
        if inside < last:
            cut.append(mark)
        tags[first] = f"B-{mark.type}"
        tags[first + 1 : inside] = [f"I-{mark.type}"] * (inside - first - 1)
    divided: list[tuple[str, ...]] = []
    at = 0
    for sentence in sentences:
        divided.append(tuple(tags[at : at + len(sentence.tokens)]))
        at += len(sentence.tokens)
    return Tagged(tuple(divided), tuple(covered), tuple(cut), tuple(lost))


def trigger_rows(
    article: Article,
    events: Sequence[Row],
    settled: Settled,
    found: Iterable[Finding],
    types: Sequence[str],
) -> tuple[list[Row], list[Finding]]:
    """Rows of one article, whose rows of the table events are `events`; none when a part of it
    waits for a review, as `found`, the findings about its annotations, tell. `types` are the event
    types in the order of the ontology."""
    version = settled.version
    assert version is not None  # noqa: S101 - events come from one
    task = version.task
    notes = Notes(Place(article.article_id, version.annotation_id, task.file, task.line))
    used = {part.annotation_id for part in (version, *settled.parts)}
    waiting = [f for f in found if f.code in OPEN and f.ids.get("annotation_id") in used]
    if waiting:
        notes.add(
            "SPN207",
            "its sentences make no rows of the table triggers: something in it waits for a review",
            caused_by=waiting[0].code,
        )
        return [], notes.found
    sentences = tokenised(article.text, ((item.start, item.end) for item in article.sentences))
    spans = [(row["trigger"], row) for row in events]
    marks = [Mark(s["start"], s["end"], row["type"], row["mention_id"]) for s, row in spans]
    result = tagged(sentences, marks, types)
    for mark, code, what in (
        *((mark, "GRM225", "shares a word with a longer trigger, and is in no tag") for mark in result.covered),
        *((mark, "SPN208", "runs into the next sentence; its tags end with the first") for mark in result.cut),
        *((mark, "SPN208", "is in no sentence, and in no tag") for mark in result.lost),
    ):  # fmt: skip
        words = quoted(article.text[mark.start : mark.end])
        notes.add(code, f"{mark.type} {words} {what}", region_id=mark.id.partition(":")[2])
    return rows_of(article.article_id, sentences, result.tags), notes.found


def rows_of(
    article_id: str, sentences: Sequence[Sentence], tags: Sequence[Sequence[str]]
) -> list[Row]:
    """The rows of an article, one a sentence."""
    return [
        {
            "tokens": list(sentence.tokens),
            "ner_tags": list(of_sentence),
            "id": f"{article_id}:{number}",
            "article_id": article_id,
            "sentence_index": number,
            "token_starts": list(sentence.starts),
        }
        for number, (sentence, of_sentence) in enumerate(zip(sentences, tags, strict=True))
    ]
