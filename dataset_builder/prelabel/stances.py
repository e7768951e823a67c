"""Stance cues: who is for or against what, by cues and word order. Never the author's stance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.prelabel.clauses import mood, parties, subject
from dataset_builder.prelabel.mentions import ISSUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_builder.prelabel.clauses import Mood, Sentence
    from dataset_builder.prelabel.cues import StanceCues
    from dataset_builder.prelabel.language import StanceCue
    from dataset_builder.prelabel.mentions import Mention

_ISSUE_REACH: Final = 8
_EVIDENCE_BEFORE: Final = 4


@dataclass(frozen=True, slots=True)
class Stance:
    """Evidence, as a range of words, with holder and target."""

    first: int
    after: int
    label: str
    expression: str
    holder: Mention
    target: Mention


def stances(sentence: Sentence, earlier: Mention | None) -> list[Stance]:
    """The stances that a sentence shows by a verb with holder and target."""
    found: list[Stance] = []
    inside = {p for m in sentence.mentions for p in range(m.first, m.after)}
    place = sentence.first
    while place < sentence.after:
        stance = None if place in inside else _at(sentence, place, earlier)
        if stance is None:
            place += 1
        else:
            found.append(stance)
            place = max(place + 1, stance.after)
    return found


def _at(sentence: Sentence, place: int, earlier: Mention | None) -> Stance | None:
    language = sentence.language
    for after, cues in language.stances.at(sentence.words, place, sentence.after):
        cue = cues[0]
        before = sentence.key(place - 1)
        if before in language.words("articles") | language.words("possessives"):
            return None  # a noun: "the support"
        how = mood(sentence, place, cue.forms, noun=False)
        holder = subject(sentence, place)
        if holder is None and any(
            sentence.key(p) in language.words("pronouns") for p in range(sentence.first, place)
        ):
            holder = earlier
        target = _target(sentence, after, issue_only=cue.issue_only)
        if how.passive and sentence.key(after) in language.words("by"):
            holder, target = target, holder
        if holder is None or target is None or set(holder.ids) & set(target.ids):
            return None
        if len(holder.ids) > 1 and len(target.ids) > 1:
            return None  # which of them on which of them, the words do not say
        label = _label(cue, how, language.cues.stance)
        start = _evidence(sentence, place)
        return Stance(start, after, label, cue.expression, holder, target)
    return None


def _target(sentence: Sentence, after: int, *, issue_only: bool) -> Mention | None:
    issue = next(
        (
            m
            for m in sentence.mentions
            if m.label == ISSUE
            and after <= m.first < after + _ISSUE_REACH
            and not sentence.broken(after, m.first)
        ),
        None,
    )
    if issue is not None:
        return issue
    if issue_only:
        return None
    near = parties(sentence, after, reach=4)
    return near[0].mention if near and near[0].by in ("object", "by") else None


def _label(cue: StanceCue, how: Mood, known: Mapping[str, StanceCues]) -> str:
    if how.prevented:
        return "neutral"  # "has yet to condemn"
    return (how.negative and known[cue.label].negated) or cue.label


def _evidence(sentence: Sentence, first: int) -> int:
    """Where the evidence starts: the cue with its helping verbs, negation and adverbs before it."""
    language = sentence.language
    helpers = (
        language.words("negation")
        | language.words("have")
        | language.words("be")
        | language.words("adverbs")
        | language.words("helpers")
    )
    start = first
    while start > max(sentence.first, first - _EVIDENCE_BEFORE) and (
        sentence.key(start - 1) in helpers
        or sentence.key(start - 1).endswith(language.data["adverb_ending"])
    ):
        start -= 1
    return start
