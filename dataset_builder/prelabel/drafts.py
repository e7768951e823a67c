"""Spans and roles that a classifier found -> a draft of suggestions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataset_builder.prelabel.clauses import mood
from dataset_builder.prelabel.events import attributes
from dataset_builder.prelabel.suggestion import Draft, Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.articles import Article
    from dataset_builder.prelabel.features import Piece, Seen
    from dataset_builder.prelabel.rules import Place, Rules

_BOTH_ENDS = 2


@dataclass
class Labels:
    """What a classifier found in a sentence."""

    view: Seen
    triggers: list[Piece]
    entities: list[Piece]
    evidence: list[Piece]
    links: dict[tuple[str, Piece, Piece], str] = field(default_factory=dict)
    """("roles", trigger, entity) -> role; ("ends", evidence, entity) -> holder or target;
    ("expression", evidence, evidence) -> expression."""


def compose(article: Article, labels: Sequence[Labels], rules: Rules) -> Draft:
    """Marks and arrows of an article; nobody is on both sides of an event or a stance."""
    draft = Draft()
    for item in labels:
        ids: dict[Piece, frozenset[str]] = {}
        marks: dict[Piece, Place] = {}
        for entity in item.entities:
            mark = _entity(article, item, entity, rules)
            marks[entity] = draft.mark(mark)
            ids[entity] = frozenset(
                v for name, vs in mark.fields if name.endswith("_id") for v in vs
            )
        for trigger in item.triggers:
            place = draft.mark(_trigger(item, trigger))
            sides: dict[str, set[str]] = {"ACTOR": set(), "RECIPIENT": set()}
            for entity in item.entities:
                role = item.links.get(("roles", trigger, entity))
                if role is None or not _fits(role, entity.label):
                    continue
                other = {"ACTOR": "RECIPIENT", "RECIPIENT": "ACTOR"}.get(role)
                if other is not None:
                    if ids[entity] & sides[other]:
                        continue
                    sides[role] |= ids[entity]
                ends = (marks[entity], place) if role == "ACTOR" else (place, marks[entity])
                draft.arrow(*ends)
        for head in item.evidence:
            _stance(draft, item, head, marks, ids)
    return draft


def _fits(role: str, label: str) -> bool:
    return label == ("ACTOR" if role in ("ACTOR", "RECIPIENT") else role)


def _stance(
    draft: Draft,
    item: Labels,
    head: Piece,
    marks: dict[Piece, Place],
    ids: dict[Piece, frozenset[str]],
) -> None:
    links = {e: item.links.get(("ends", head, e)) for e in item.entities}
    holders = [e for e, end in links.items() if end == "holder" and e.label == "ACTOR"]
    targets = [e for e, end in links.items() if end == "target" and e.label in ("ACTOR", "ISSUE")]
    held = frozenset[str]().union(*(ids[e] for e in holders))
    targets = [e for e in targets if not ids[e] & held]
    # Without a holder it would be the author's, which is never suggested; several of both are
    # read as every one on every one, which the words need not say.
    if not holders or not targets:
        return
    if max(len(holders), len(held)) >= _BOTH_ENDS:
        aimed = frozenset[str]().union(*(ids[e] for e in targets))
        if max(len(targets), len(aimed)) >= _BOTH_ENDS:
            return
    expression = item.links.get(("expression", head, head), "stated")
    value = expression if expression != "none" else "stated"
    start, end = _extent(item.view, head)
    place = draft.mark(Mark(head.label, start, end, (("expression", (value,)),)))
    for entity in holders:
        draft.arrow(marks[entity], place)
    for entity in targets:
        draft.arrow(place, marks[entity])


def _trigger(item: Labels, piece: Piece) -> Mark:
    sentence = item.view.sentence
    forms, noun, mode = frozenset(("past",)), False, None
    for stop, cues in sentence.language.triggers.at(sentence.words, piece.first, sentence.after):
        if stop == piece.after:
            forms = cues[0].forms
            noun = "noun" in forms and len(cues) == 1
            mode = next((cue.mode for cue in cues if cue.type == piece.label), None)
            break
    how = mood(sentence, piece.first, forms, noun=noun)
    start, end = _extent(item.view, piece)
    return Mark(piece.label, start, end, attributes(piece.label, mode, how))


def _entity(article: Article, item: Labels, piece: Piece, rules: Rules) -> Mark:
    start, end = _extent(item.view, piece)
    fields: list[tuple[str, tuple[str, ...]]] = []
    if piece.label == "DATE":
        value = next(
            (t.value for t in item.view.times if t.first < piece.after and piece.first < t.after),
            None,
        )
        if value:
            fields.append(("timex3", (value,)))
    elif piece.label in ("ACTOR", "ISSUE"):
        kind = piece.label.lower()
        found = rules.who(article.text[start:end], piece.label)
        ids: tuple[str, ...] = (found,) if found else ()
        new: tuple[str, ...] = ()
        if not found:
            same = [
                m
                for m in item.view.sentence.mentions
                if m.label == piece.label and m.first < piece.after and piece.first < m.after
            ]
            ids = tuple(sorted({i for m in same for i in m.ids}))
            new = tuple(dict.fromkeys(n for m in same for n in m.new))
        if ids:
            fields.append((f"{kind}_id", ids))
        if new and kind == "actor":
            fields.append((f"{kind}_new", new))
    return Mark(piece.label, start, end, tuple(fields))


def _extent(view: Seen, piece: Piece) -> tuple[int, int]:
    words = view.sentence.words
    return words[piece.first].start, words[piece.after - 1].end
