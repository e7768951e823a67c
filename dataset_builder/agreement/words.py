"""Says in words how annotators differ on a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.agreement.differences import EXTENT, LABEL, MISSING, ROLE
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from dataset_builder.agreement.differences import Side, UnitOf

ISOLATE: Final = ("\u2068", "\u2069")
"""Around words of a page or an annotator, so that their direction does not reorder the sentence."""
LEFT_TO_RIGHT: Final = "\u200e"
"""Begins a line of ours: browsers take a line's direction from its first letter, an isolated one, too."""
_LONGEST: Final = 60
"""Characters quoted of marked words, and below of a value that somebody typed."""
_LONGEST_VALUE: Final = 120
_THINGS: Final = {
    "triggers": "trigger",
    "arguments": "argument",
    "mentions": "mention",
    "stance_evidence": "evidence",
    "stance_pairs": "pair",
}
_VALUES: Final = {
    "types": "type",
    "modes": "modes",
    "contexts": "contexts",
    "stance_labels": "label",
    "grid_labels": "label",
    "actor_ids": "actor",
    "issue_ids": "issue",
    "dates": "date value",
}


def in_words(unit: UnitOf, text: str) -> list[str]:
    """A phrase for each way in which the annotators differ; `text` is the article's.

    What others wrote is printable, and between the characters of `ISOLATE`.
    """
    return [_phrase(unit, kind, text) for kind in unit.differs]


def value_of(side: Side) -> str:
    """What an annotator says of a unit, or that it is nothing."""
    if side.values is None:
        return "not marked"
    return " + ".join(map(isolated, side.values)) or "none"


def isolated(words: str) -> str:
    """Words of a page or an annotator inside a sentence of ours."""
    return f"{ISOLATE[0]}{printable(words, _LONGEST_VALUE)}{ISOLATE[1]}"


def plain(phrase: str) -> str:
    """A phrase without the marks of isolation and direction."""
    return phrase.translate(dict.fromkeys(map(ord, (*ISOLATE, LEFT_TO_RIGHT))))


def _phrase(unit: UnitOf, kind: str, text: str) -> str:
    having = [side for side in unit.sides if side.values is not None]
    if kind == MISSING:
        missing = " and ".join(side.annotator for side in unit.sides if side.values is None)
        return f"missing {_THINGS.get(unit.layer, 'unit')}: not marked by {missing}"
    if kind == EXTENT:
        told = _told([(side.annotator, f"“{_marked_words(side, text)}”") for side in having])
        return f"other extent: {told}"
    names = {LABEL: "other label", ROLE: "other role"}
    what = names.get(kind) or f"other {_VALUES.get(unit.layer, unit.layer)}"
    return f"{what}: {_told([(side.annotator, value_of(side)) for side in having])}"


def _told(said: list[tuple[str, str]]) -> str:
    """Who says what; those who say the same together."""
    who: dict[str, list[str]] = {}
    for annotator, words in said:
        who.setdefault(words, []).append(annotator)
    return "; ".join(f"{' and '.join(names)} {words}" for words, names in who.items())


def _marked_words(side: Side, text: str) -> str:
    mark = next(mark for mark in side.marks if mark.main)
    words = text[mark.start : mark.end]
    if len(words) > _LONGEST:
        words = f"{words[: _LONGEST // 2]} … {words[-_LONGEST // 2 :]}"
    return isolated(words)
