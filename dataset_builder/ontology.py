"""Reads the labels that people and tables use: `schemas/ontology.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataset_builder.declarations import read_declaration, wrong
from dataset_builder.migration.declared import read_migrations
from dataset_builder.scheme import departures

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.migration.declared import Migration

QUADS = ("verbal_cooperation", "material_cooperation", "verbal_conflict", "material_conflict")
AUTHOR = "author"
UNMARKED = "unmarked"
"""The vote of an annotator who completed the article and did not mark the unit."""


@dataclass(frozen=True)
class Label:
    """One member of a vocabulary, with what an annotator sees of it."""

    name: str
    definition: str = ""
    hotkey: str | None = None
    colour: str | None = None
    example: str = field(default="", compare=False)
    """With the marked words in `**`; it explains the label and is no part of it."""


@dataclass(frozen=True)
class EventType:
    """One event type."""

    name: str
    quad: str
    definition: str
    example: str
    hotkey: str | None
    colour: str
    modes: tuple[str, ...]
    requires: tuple[str, ...]
    """Roles without which a mention is incomplete."""


@dataclass(frozen=True)
class Role:
    """A role an argument plays, read from the arrow that links it to its trigger."""

    name: str
    filler: str
    arrow: str
    definition: str


@dataclass(frozen=True)
class Attribute:
    """A per-trigger attribute; `default` is what a blank means in the events table."""

    name: str
    default: str
    definition: str
    values: tuple[Label, ...]


@dataclass(frozen=True)
class Ontology:
    """Every vocabulary, in the order of its ids."""

    scheme_version: str
    event_types: tuple[EventType, ...]
    contexts: tuple[Label, ...]
    entities: tuple[Label, ...]
    roles: tuple[Role, ...]
    attributes: tuple[Attribute, ...]
    stance_labels: tuple[Label, ...]
    expressions: tuple[Label, ...]
    relevance: tuple[Label, ...]
    closed: dict[str, tuple[str, ...]]
    migrations: tuple[Migration, ...] = ()
    """What changed since earlier schemes, oldest first."""

    @cached_property
    def modes(self) -> tuple[str, ...]:
        """Every mode once, in order of first appearance."""
        return tuple(dict.fromkeys(mode for kind in self.event_types for mode in kind.modes))

    @cached_property
    def by_type(self) -> dict[str, EventType]:
        """Event types by name."""
        return {kind.name: kind for kind in self.event_types}

    @cached_property
    def stance_names(self) -> frozenset[str]:
        """Names of the stance labels."""
        return frozenset(label.name for label in self.stance_labels)

    @cached_property
    def span_labels(self) -> tuple[str, ...]:
        """Every label of the control `span`."""
        return (
            *(kind.name for kind in self.event_types),
            *(label.name for label in self.entities),
            *(label.name for label in self.stance_labels),
        )

    def names(self, vocabulary: str) -> tuple[str, ...]:
        """Members of a closed vocabulary, in the order of their ids.

        Raises KeyError for a vocabulary that is not declared.
        """
        return self.vocabularies[vocabulary]

    @property
    def migrating(self) -> dict[str, tuple[str, ...]]:
        """The vocabularies of what annotators choose from: these may migrate."""
        names = ("event_type", "stance_label", "mode", "context", "expression", "relevance")
        return {
            "entity": tuple(label.name for label in self.entities),
            **{name: self.names(name) for name in names},
            **{item.name: self.names(item.name) for item in self.attributes},
        }

    @cached_property
    def vocabularies(self) -> dict[str, tuple[str, ...]]:
        """Every closed vocabulary by name, members in the order of their ids."""
        types = tuple(kind.name for kind in self.event_types)
        stances = tuple(label.name for label in self.stance_labels)
        return {
            **self.closed,
            "event_type": types,
            "event_vote": (UNMARKED, *types),
            "trigger_tag": ("O", *(f"{bound}-{name}" for name in types for bound in "BI")),
            "quad": QUADS,
            "mode": self.modes,
            "context": tuple(label.name for label in self.contexts),
            "role": tuple(role.name for role in self.roles),
            "stance_label": stances,
            "stance_vote": (UNMARKED, *stances),
            "expression": tuple(label.name for label in self.expressions),
            "relevance": tuple(label.name for label in self.relevance),
            **{item.name: tuple(v.name for v in item.values) for item in self.attributes},
        }


def mode_control(event_type: str) -> str:
    """Name of the control that offers the modes of a type, e.g. `mode_consult`."""
    return f"mode_{event_type.lower()}"


def load_ontology(file: Path) -> Ontology:
    """Read `schemas/ontology.yaml`. Raises ProjectError naming the place of what is wrong."""
    data = read_declaration(file)
    if not isinstance(data, dict):
        raise wrong(file, "the top level must be a mapping")
    try:
        ontology = Ontology(
            scheme_version=str(data["scheme_version"]),
            event_types=tuple(
                EventType(
                    name=item["name"],
                    quad=item["quad"],
                    definition=item["definition"],
                    example=item.get("example", ""),
                    hotkey=item.get("hotkey"),
                    colour=item["colour"],
                    modes=tuple(item.get("modes", ())),
                    requires=tuple(item.get("requires", ())),
                )
                for item in data["event_types"]
            ),
            contexts=_labels(data["contexts"]),
            entities=_labels(data["entities"]),
            roles=tuple(Role(**item) for item in data["roles"]),
            attributes=tuple(
                Attribute(
                    item["name"], item["default"], item["definition"], _labels(item["values"])
                )
                for item in data["attributes"]
            ),
            stance_labels=_labels(data["stance_labels"]),
            expressions=_labels(data["expressions"]),
            relevance=_labels(data["relevance"]),
            closed={name: tuple(members) for name, members in data["vocabularies"].items()},
        )
    except KeyError as error:
        raise wrong(file, f"{error} is missing") from None
    except (TypeError, AttributeError) as error:
        raise wrong(file, f"an entry has the wrong shape: {error}") from None
    _check(ontology, file)
    migrations = read_migrations(
        data.get("migrations"), file, ontology.scheme_version, ontology.migrating
    )
    return replace(ontology, migrations=migrations)


def _labels(items: list[dict[str, Any]]) -> tuple[Label, ...]:
    for item in items:
        for name, value in item.items():
            if value is not None and not isinstance(value, str):
                raise TypeError(f"{name}: {value!r} must be text: put it in quotes")
    return tuple(Label(**item) for item in items)


def _check(ontology: Ontology, file: Path) -> None:
    """What no later step could repair: doubled names, unknown references, bad defaults."""
    for vocabulary, members in ontology.vocabularies.items():
        doubled = sorted({name for name in members if members.count(name) > 1})
        if doubled:
            raise wrong(file, f"{vocabulary}: {', '.join(doubled)} is declared twice")
        for name in members:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", str(name)):
                message = f"{vocabulary}: {name!r} is no name (letters, digits, - and _ only)"
                raise wrong(file, message)
    doubled = sorted({n for n in ontology.span_labels if ontology.span_labels.count(n) > 1})
    if doubled:
        raise wrong(file, f"label {doubled[0]} is both a type, an entity or a stance")
    roles = set(ontology.names("role"))
    for kind in ontology.event_types:
        if kind.hotkey is not None and not isinstance(kind.hotkey, str):
            raise wrong(file, f"{kind.name}: hotkey {kind.hotkey!r} must be text: put it in quotes")
        if kind.quad not in QUADS:
            raise wrong(file, f"{kind.name}: quad must be one of {', '.join(QUADS)}")
        if unknown := set(kind.requires) - roles:
            raise wrong(file, f"{kind.name}: requires unknown role {min(unknown)}")
        if len(set(kind.modes)) < len(kind.modes):
            raise wrong(file, f"{kind.name}: a mode is listed twice")
    for attribute in ontology.attributes:
        if attribute.default not in ontology.names(attribute.name):
            raise wrong(file, f"{attribute.name}: default {attribute.default} is not a value")
    for departure in departures(ontology):
        raise wrong(file, departure)
