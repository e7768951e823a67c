"""What a model sees of words and of pairs of spans: names of features that are there.

What the rules say of a word or a pair is among them, so that little training data goes far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.prelabel.clauses import STOPS

if TYPE_CHECKING:
    from dataset_builder.prelabel.clauses import Sentence
    from dataset_builder.prelabel.suggestion import Draft
    from dataset_builder.prelabel.times import Time

WINDOW: Final = 2
_BETWEEN: Final = 5
_FAR: Final = (1, 2, 3, 5, 8, 13, 21)


@dataclass(frozen=True)
class Seen:
    """A sentence, and what the rules made of it."""

    sentence: Sentence
    times: list[Time]
    marked: dict[int, tuple[str, ...]]
    """Place of a word -> labels that the rules give it."""


def seen(sentence: Sentence, times: list[Time], draft: Draft) -> Seen:
    """Put together what the rules know of a sentence."""
    marked: dict[int, list[str]] = {}
    words = sentence.words
    low, high = words[sentence.first].start, words[sentence.after - 1].end
    for label, start, end in sorted(draft.marks):
        if low <= start and end <= high:
            for place in range(sentence.first, sentence.after):
                if words[place].start >= start and words[place].end <= end:
                    marked.setdefault(place, []).append(label)
    for mention in sentence.mentions:
        kind = "adjective" if mention.adjective else mention.label
        for place in range(mention.first, mention.after):
            edge = "B" if place == mention.first else "I"
            marked.setdefault(place, []).append(f"named {edge} {kind}")
    for time in times:
        for place in range(time.first, time.after):
            marked.setdefault(place, []).append("time B" if place == time.first else "time I")
    for place in range(sentence.first, sentence.after):
        for stop, cues in sentence.language.triggers.at(words, place, sentence.after):
            for cue in cues:
                marked.setdefault(place, []).append(f"cue {cue.type}")
            for inner in range(place + 1, stop):
                marked.setdefault(inner, []).append("cue inside")
            break
        for stop, stances in sentence.language.stances.at(words, place, sentence.after):
            for inner in range(place, stop):
                marked.setdefault(inner, []).append(f"stance {stances[0].label}")
            break
    return Seen(sentence, times, {place: tuple(found) for place, found in marked.items()})


def word_features(view: Seen) -> list[list[str]]:
    """Features of every word of a sentence."""
    sentence = view.sentence
    plain = [_of_word(view, place) for place in range(sentence.first, sentence.after)]
    made: list[list[str]] = []
    for index, own in enumerate(plain):
        found = ["bias", *own]
        for step in range(1, WINDOW + 1):
            for sign, other in (("-", index - step), ("+", index + step)):
                if 0 <= other < len(plain):
                    found += [f"{sign}{step} {name}" for name in plain[other] if name[0] != "a"]
                else:
                    found.append(f"{sign}{step} edge")
        made.append(found)
    return made


def _of_word(view: Seen, place: int) -> list[str]:
    word = view.sentence.words[place]
    found = [
        f"w {word.key}",
        f"shape {_shape(word.text)}",
        *(f"m {m}" for m in view.marked.get(place, ())),
    ]
    if len(word.key) > 4:
        found += [f"a3 {word.key[-3:]}", f"a4 {word.key[:4]}"]
    return found


def _shape(text: str) -> str:
    if text.isdigit():
        return "0" * min(len(text), 4)
    if not text[0].isalpha():
        return text[0]
    if text.isupper():
        return "X"
    return "Xx" if text[0].isupper() else "x"


@dataclass(frozen=True)
class Piece:
    """A span as a range of words of a sentence, with its label."""

    label: str
    first: int
    after: int


def pair_features(
    view: Seen, one: Piece, other: Piece, others: list[Piece], rule: str
) -> list[str]:
    """Features of a trigger or evidence `one` with an entity `other`. `others` are all entities of
    the sentence; `rule` is what the rules make of the two."""
    sentence = view.sentence
    ahead = other.first >= one.after
    inside = one.first <= other.first and other.after <= one.after
    low, high = (one.after, other.first) if ahead else (other.after, one.first)
    gap = range(low, max(high, low))
    side = "in" if inside else ("after" if ahead else "before")
    rank = sum(
        e.label == other.label and e is not other and low <= e.first and e.after <= high
        for e in others
    )
    before = sentence.key(other.first - 1)
    if before in sentence.language.words("articles"):
        before = sentence.key(other.first - 2)
    far = sum(len(gap) >= limit for limit in _FAR)
    kind = f"{one.label} {other.label}"
    broken = any(sentence.is_break(place) for place in gap)
    comma = any(sentence.words[p].text == "," for p in gap)
    stop = any(sentence.words[p].text in STOPS for p in gap)
    passive = any(
        sentence.key(place) in sentence.language.words("be")
        for place in range(max(sentence.first, one.first - 3), one.first)
    )
    base = [
        f"side {side}",
        f"rank {min(rank, 3)}",
        f"far {far}",
        f"before {before}",
        f"broken {broken}",
        f"comma {comma}",
        f"stop {stop}",
        f"passive {passive}",
        f"rule {rule}",
        f"follows {sentence.key(one.after)}",
        *(f"between {sentence.key(p)}" for p in gap[:_BETWEEN]),
    ]
    crossed = [f"side {side}", f"rule {rule}", f"rank {min(rank, 3)}", f"passive {passive}"]
    return [
        "bias",
        f"kind {kind}",
        *(f"{other.label} {name}" for name in base),
        *(f"{kind} {name}" for name in crossed),
        f"{other.label} {side} {before} {passive} {min(rank, 2)}",
        f"{other.label} {side} {min(rank, 2)} {far} {broken}",
    ]
