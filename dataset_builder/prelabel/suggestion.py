"""What is suggested for an article, as Label Studio items, judged by our own reading of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.assemble.codes import Place
from dataset_builder.assemble.decode import decode
from dataset_builder.assemble.entries import read_entries
from dataset_builder.assemble.rows import digest
from dataset_builder.studio.exported import canonical_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.decode import Decoded
    from dataset_builder.ontology import Ontology
    from dataset_builder.studio.exported import Item
    from dataset_builder.validate.findings import Finding

TEXTAREAS: Final = frozenset(("actor_new", "issue_new", "timex3"))


@dataclass(frozen=True)
class Prediction:
    """A suggestion for the task of (article_id, text_sha256)."""

    article_id: str
    text_sha256: str
    model_version: str
    result: tuple[Item, ...]
    """Empty: there is nothing to suggest, and what was suggested before goes."""


@dataclass(frozen=True)
class Mark:
    """A suggested span; code points, end exclusive."""

    label: str
    start: int
    end: int
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Control -> what is entered there."""

    @property
    def place(self) -> tuple[str, int, int]:
        """What a mark is known by in an article: no two have the same."""
        return (self.label, self.start, self.end)


@dataclass
class Draft:
    """Marks and arrows of an article while they are collected; each is there once."""

    marks: dict[tuple[str, int, int], Mark] = field(default_factory=dict)
    arrows: dict[tuple[tuple[str, int, int], tuple[str, int, int]], None] = field(
        default_factory=dict
    )

    def mark(self, mark: Mark) -> tuple[str, int, int]:
        """Add a mark, or find the one that is there."""
        self.marks.setdefault(mark.place, mark)
        return mark.place

    def arrow(self, tail: tuple[str, int, int], head: tuple[str, int, int]) -> None:
        """Draw an arrow, unless there is one the other way."""
        if tail != head and (head, tail) not in self.arrows:
            self.arrows[tail, head] = None


@dataclass(frozen=True)
class Suggestion:
    """What an annotator of an article starts from."""

    article_id: str
    text_sha256: str
    items: tuple[Item, ...]
    """Canonically ordered result items: spans, their fields, arrows."""


def as_suggestion(article: Article, draft: Draft) -> Suggestion:
    """The items of a draft. Region ids follow from text, label and place alone, so that they stay
    when the same is suggested by another version."""
    names = {
        place: "p" + digest((article.text_sha256, *place))[:9] for place in sorted(draft.marks)
    }
    items: list[Item] = []
    for place, mark in sorted(draft.marks.items()):
        where = {"start": mark.start, "end": mark.end, "text": article.text[mark.start : mark.end]}
        shared = {"id": names[place], "to_name": "text", "origin": "prediction"}
        labels = {**where, "labels": [mark.label]}
        items.append({**shared, "from_name": "span", "type": "labels", "value": labels})
        for name, values in mark.fields:
            items.append({**shared, "from_name": name, **_entered(name, values, where)})
    for tail, head in draft.arrows:
        ends = {"from_id": names[tail], "to_id": names[head]}
        items.append({"type": "relation", "direction": "right", **ends})
    return Suggestion(article.article_id, article.text_sha256, canonical_result(items))


def _entered(name: str, values: Sequence[str], where: dict[str, Any]) -> dict[str, Any]:
    kind, key = ("textarea", "text") if name in TEXTAREAS else ("choices", "choices")
    value = {**{k: v for k, v in where.items() if k != "text" or kind == "choices"}}
    return {"type": kind, "value": {**value, key: list(values)}}


def understood(
    article: Article, suggestion: Suggestion, ontology: Ontology
) -> tuple[Decoded, list[Finding]]:
    """What the suggestion means to `assemble`, and what is wrong with it (nothing may be)."""
    place = Place(article.article_id)
    entries, findings = read_entries(suggestion.items, article.text, place)
    decoded, more = decode(entries, ontology, place)
    return decoded, [*findings, *more]


def without_faults(draft: Draft, ontology: Ontology) -> Draft:
    """`draft` without what the grammar of events and stances does not allow.

    Left out are triggers without a participant or a role they require, stances without a target,
    and spans that no arrow touches.
    """
    kept = Draft(dict(draft.marks), dict(draft.arrows))
    while True:
        touching: dict[tuple[str, int, int], list[tuple[bool, str]]] = {p: [] for p in kept.marks}
        for tail, head in kept.arrows:
            touching[tail].append((True, head[0]))
            touching[head].append((False, tail[0]))
        wrong = {
            place for place, ends in touching.items() if not _complete(place[0], ends, ontology)
        }
        if not wrong:
            return kept
        kept.marks = {p: mark for p, mark in kept.marks.items() if p not in wrong}
        kept.arrows = {
            ends: None for ends in kept.arrows if ends[0] not in wrong and ends[1] not in wrong
        }


def _complete(label: str, ends: Sequence[tuple[bool, str]], ontology: Ontology) -> bool:
    if label in ontology.by_type:
        roles = {
            ("RECIPIENT" if outgoing else "ACTOR") if other == "ACTOR" else other
            for outgoing, other in ends
        }
        return bool(roles & {"ACTOR", "RECIPIENT"}) and roles.issuperset(
            ontology.by_type[label].requires
        )
    if label in ontology.stance_names:
        return any(outgoing and other in ("ACTOR", "ISSUE") for outgoing, other in ends)
    return bool(ends)
