"""What an ontology may not change, because code and columns know it by name.

Free are event types with their quads, modes and required roles, contexts, and stance labels other
than `neutral`; further values of an attribute and further expressions may be added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.ontology import Ontology

ENTITIES: Final = ("ACTOR", "ISSUE", "LOCATION", "DATE")
"""Fields of a mark and the meaning of an arrow hang on them."""
ROLES: Final = {"ACTOR": "ACTOR", "RECIPIENT": "ACTOR", "LOCATION": "LOCATION", "DATE": "DATE"}
"""Role -> entity that fills it: each is read from one arrow (`assemble.decode`)."""
ATTRIBUTES: Final = ("polarity", "modality", "tense")
"""Columns of the events table."""
NEEDED: Final = {
    "polarity": ("POSITIVE", "NEGATIVE"),
    "modality": ("ASSERTED",),
    "tense": ("PAST", "PRESENT", "FUTURE"),
    "stance_label": ("neutral",),
    "expression": ("none",),
    "relevance": ("relevant", "irrelevant", "broken"),
}
"""Vocabulary -> members that rules and derived rows name."""
CLOSED: Final = {
    "holder_kind": ("actor", "author"),
    "target_kind": ("actor", "issue"),
    "stance_basis": ("annotated", "grid", "derived"),
    "date_precision": ("unknown", "day", "week", "month", "year"),
    "date_basis": ("none", "explicit", "dct", "inferred_dct"),
    "published_basis": ("none", "stated", "metadata"),
    "annotator_kind": ("human", "model"),
    "annotation_kind": ("span", "arrow", "field", "article"),
    "annotation_state": ("completed", "empty", "skipped", "draft"),
    "direction": ("none", "right", "left", "bi"),
}
"""`vocabularies:` of the ontology: what the program writes, never an annotator."""


def departures(ontology: Ontology) -> Iterator[str]:
    """What this program could not work with, a sentence each."""
    if not ontology.event_types:
        yield "event_types: there must be at least one"
    unknown = [item.name for item in ontology.entities if item.name not in ENTITIES]
    if unknown:
        yield (
            f"entities: {unknown[0]} is new; they are {', '.join(ENTITIES)}, because the arrows"
            " between them have a meaning (some may be left out; their wording and keys are free)"
        )
    if "ACTOR" not in {item.name for item in ontology.entities}:
        yield "entities: ACTOR is missing; who acts and who holds a stance is one"
    if {role.name: role.filler for role in ontology.roles} != ROLES:
        roles = ", ".join(f"{name} (filled by {filler})" for name, filler in ROLES.items())
        yield f"roles: they are {roles}; each is read from an arrow (their wording is free)"
    names = tuple(item.name for item in ontology.attributes)
    if sorted(names) != sorted(ATTRIBUTES):
        yield f"attributes: they are {', '.join(ATTRIBUTES)}, the columns of the events table"
    for vocabulary, needed in NEEDED.items():
        members = ontology.vocabularies.get(vocabulary, ())
        missing = [name for name in needed if name not in members]
        if missing and members:
            yield f"{vocabulary}: {missing[0]} is missing; rules and rows know it by that name"
    for vocabulary, members in CLOSED.items():
        found = ontology.closed.get(vocabulary)
        if found != members:
            yield f"vocabularies: {vocabulary} is [{', '.join(members)}], found {found!r}"
    for vocabulary in sorted(set(ontology.closed) - set(CLOSED)):
        yield f"vocabularies: {vocabulary} is used by nothing; remove it"
