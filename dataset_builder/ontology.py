"""Reads the labels (`schemas/ontology.yaml`) and the registries (`annotations/*.yaml`)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataset_builder.errors import ProjectError
from dataset_builder.migration.declared import check_registries, read_migrations
from dataset_builder.scheme import departures

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.migration.declared import Migration
    from dataset_builder.project import Project

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


@dataclass(frozen=True)
class Actor:
    """A known actor. `code` is its code in whatever list the project uses, None without one."""

    id: str
    name: str
    code: str | None
    aliases: tuple[str, ...]
    note: str | None


@dataclass(frozen=True)
class Target:
    """An issue one can be for or against, named affirmatively."""

    id: str
    name: str
    aliases: tuple[str, ...]
    note: str | None


@dataclass(frozen=True)
class Annotator:
    """Someone or something that annotates, by pseudonym."""

    pseudonym: str
    kind: str
    """human or model."""
    note: str | None


@dataclass(frozen=True)
class Story:
    """Articles that a person put into one story, or kept out of one."""

    id: str
    articles: tuple[str, ...]
    """One story, whatever else is said of them."""
    note: str | None
    apart: tuple[str, ...] = ()
    """No two of these are one story, unless they were released as one."""


def fold(surface: str) -> str:
    """The form in which mentions and aliases are compared: NFKC, case-folded, spaces and
    apostrophes unified, without a leading "the"."""
    text = unicodedata.normalize("NFKC", surface).casefold().replace("’", "'")
    text = re.sub(r"\s+", " ", text).strip()
    return text.removeprefix("the ")


def load_ontology(file: Path) -> Ontology:
    """Read `schemas/ontology.yaml`. Raises ProjectError naming the place of what is wrong."""
    data = _read_yaml(file)
    if not isinstance(data, dict):
        raise _wrong(file, "the top level must be a mapping")
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
        raise _wrong(file, f"{error} is missing") from None
    except (TypeError, AttributeError) as error:
        raise _wrong(file, f"an entry has the wrong shape: {error}") from None
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
            raise _wrong(file, f"{vocabulary}: {', '.join(doubled)} is declared twice")
        for name in members:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", str(name)):
                message = f"{vocabulary}: {name!r} is no name (letters, digits, - and _ only)"
                raise _wrong(file, message)
    doubled = sorted({n for n in ontology.span_labels if ontology.span_labels.count(n) > 1})
    if doubled:
        raise _wrong(file, f"label {doubled[0]} is both a type, an entity or a stance")
    roles = set(ontology.names("role"))
    for kind in ontology.event_types:
        if kind.hotkey is not None and not isinstance(kind.hotkey, str):
            raise _wrong(
                file, f"{kind.name}: hotkey {kind.hotkey!r} must be text: put it in quotes"
            )
        if kind.quad not in QUADS:
            raise _wrong(file, f"{kind.name}: quad must be one of {', '.join(QUADS)}")
        if unknown := set(kind.requires) - roles:
            raise _wrong(file, f"{kind.name}: requires unknown role {min(unknown)}")
        if len(set(kind.modes)) < len(kind.modes):
            raise _wrong(file, f"{kind.name}: a mode is listed twice")
    for attribute in ontology.attributes:
        if attribute.default not in ontology.names(attribute.name):
            raise _wrong(file, f"{attribute.name}: default {attribute.default} is not a value")
    for departure in departures(ontology):
        raise _wrong(file, departure)


def load_actors(file: Path) -> tuple[Actor, ...]:
    """Read `annotations/actors.yaml`. Raises ProjectError; aliases belong to one actor each."""
    actors = tuple(
        Actor(
            id=item["id"],
            name=item["name"],
            code=item.get("code"),
            aliases=tuple(item.get("aliases") or ()),
            note=item.get("note"),
        )
        for item in _entries(file, ("id", "name"))
    )
    alias_index(actors, file)
    return actors


def load_targets(file: Path) -> tuple[Target, ...]:
    """Read `annotations/targets.yaml`. Raises ProjectError."""
    targets = tuple(
        Target(item["id"], item["name"], tuple(item.get("aliases") or ()), item.get("note"))
        for item in _entries(file, ("id", "name"))
    )
    alias_index(targets, file)
    return targets


def load_annotators(file: Path) -> tuple[Annotator, ...]:
    """Read `annotations/annotators.yaml`. Raises ProjectError."""
    annotators = tuple(
        Annotator(item["pseudonym"], item["kind"], item.get("note"))
        for item in _entries(file, ("pseudonym", "kind"), key="pseudonym")
    )
    for item in annotators:
        if item.kind not in ("human", "model"):
            message = f"{item.pseudonym}: kind must be human or model, found {item.kind!r}"
            raise _wrong(file, message)
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", item.pseudonym):
            message = f"pseudonym {item.pseudonym!r} must be of a-z, 0-9 and -"
            raise _wrong(file, message)
    return annotators


def load_stories(file: Path) -> tuple[Story, ...]:
    """Read `annotations/stories.yaml`. Raises ProjectError.

    An entry has `articles`, which are one story, or `apart`, of which no two are. An article is in
    one story at most, and no two of a story are kept apart.
    """
    stories: list[Story] = []
    for number, item in enumerate(_entries(file, ("id",)), start=1):
        together, apart = tuple(item.get("articles") or ()), tuple(item.get("apart") or ())
        if bool(together) == bool(apart):
            message = (
                "needs either `articles` (these are one story) or `apart` (no two of them are)"
            )
            raise _wrong(file, f"entry {number} {message}")
        stories.append(Story(item["id"], together, item.get("note"), apart))
    seen: dict[str, str] = {}
    for story in stories:
        for article in (*story.articles, *story.apart):
            if not re.fullmatch(r"[0-9a-f]{16}", article):
                message = f"story {story.id}: {article!r} is no article id (`clean` shows the ids)"
                raise _wrong(file, message)
        for article in story.articles:
            if article in seen:
                raise _wrong(file, f"article {article} is in {seen[article]} and in {story.id}")
            seen[article] = story.id
    for story in stories:
        met: dict[str, str] = {}
        for article in story.apart:
            whole = seen.get(article, article)
            if whole in met:
                message = f"story {story.id} keeps {met[whole]} and {article} apart"
                raise _wrong(file, f"{message}, which are one in {whole}")
            met[whole] = article
    return tuple(stories)


def alias_index(entries: tuple[Actor, ...] | tuple[Target, ...], file: Path) -> dict[str, str]:
    """Folded name or alias -> id. Raises ProjectError when one form belongs to two entries."""
    index: dict[str, str] = {}
    for entry in entries:
        for form in (entry.name, *entry.aliases):
            owner = index.setdefault(fold(form), entry.id)
            if owner != entry.id:
                raise _wrong(file, f"{form!r} is an alias of both {owner} and {entry.id}")
    return index


@dataclass(frozen=True)
class Registries:
    """The ontology and every registry of a project."""

    ontology: Ontology
    actors: tuple[Actor, ...]
    targets: tuple[Target, ...]
    annotators: tuple[Annotator, ...]
    stories: tuple[Story, ...]


def load_registries(project: Project) -> Registries:
    """Read all declarations of a project. Raises ProjectError."""
    registries = Registries(
        ontology=load_ontology(project.resource("schemas/ontology.yaml")),
        actors=load_actors(project.resource("annotations/actors.yaml")),
        targets=load_targets(project.resource("annotations/targets.yaml")),
        annotators=load_annotators(project.resource("annotations/annotators.yaml")),
        stories=load_stories(project.resource("annotations/stories.yaml")),
    )
    ids = {
        "actor": frozenset(actor.id for actor in registries.actors),
        "target": frozenset(target.id for target in registries.targets),
    }
    declared = project.resource("schemas/ontology.yaml")
    check_registries(registries.ontology.migrations, ids, declared)
    return registries


def _entries(file: Path, required: tuple[str, ...], key: str = "id") -> list[dict[str, Any]]:
    data = _read_yaml(file)
    if data is None:
        return []
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise _wrong(file, "must be a list of mappings")
    seen: set[str] = set()
    for number, item in enumerate(data, start=1):
        for name in required:
            if not item.get(name):
                raise _wrong(file, f"entry {number} has no `{name}`")
        _strings(file, number, item)
        if item[key] in seen:
            raise _wrong(file, f"{key} {item[key]!r} is there twice")
        seen.add(item[key])
    return data


_LISTS = ("aliases", "articles", "apart")


def _strings(file: Path, number: int, item: dict[str, Any]) -> None:
    """YAML reads NO as false and 2020 as a number; a word where a list belongs is its letters."""
    for name, value in item.items():
        if name in _LISTS and value is not None and not isinstance(value, list):
            raise _wrong(file, f"entry {number}: `{name}` must be a list, found {value!r}")
        for part in value if isinstance(value, list) else [value]:
            if part is not None and not isinstance(part, str):
                message = f"entry {number}: `{name}` must be text, found {part!r}: put it in quotes"
                raise _wrong(file, message)


def _read_yaml(file: Path) -> Any:
    import yaml

    try:
        # The same safe loader, in C where PyYAML was built with it: ten times faster.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    except UnicodeDecodeError:
        raise _wrong(file, "not UTF-8") from None
    except OSError as error:
        raise _wrong(file, f"cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise _wrong(file, f"not valid YAML: {' '.join(str(error).split())}") from None


def _wrong(file: Path, message: str) -> ProjectError:
    return ProjectError(f"{file}: {message}", hint="mend the file, then run the command again")
