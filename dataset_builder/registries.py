"""Reads what a project knows by name: actors, targets, annotators, stories (`annotations/*.yaml`)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_builder.declarations import read_declaration, wrong
from dataset_builder.migration.declared import check_registries
from dataset_builder.ontology import load_ontology

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.ontology import Ontology
    from dataset_builder.project import Project


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
            raise wrong(file, message)
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", item.pseudonym):
            message = f"pseudonym {item.pseudonym!r} must be of a-z, 0-9 and -"
            raise wrong(file, message)
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
            raise wrong(file, f"entry {number} {message}")
        stories.append(Story(item["id"], together, item.get("note"), apart))
    seen: dict[str, str] = {}
    for story in stories:
        for article in (*story.articles, *story.apart):
            if not re.fullmatch(r"[0-9a-f]{16}", article):
                message = f"story {story.id}: {article!r} is no article id (`clean` shows the ids)"
                raise wrong(file, message)
        for article in story.articles:
            if article in seen:
                raise wrong(file, f"article {article} is in {seen[article]} and in {story.id}")
            seen[article] = story.id
    for story in stories:
        met: dict[str, str] = {}
        for article in story.apart:
            whole = seen.get(article, article)
            if whole in met:
                message = f"story {story.id} keeps {met[whole]} and {article} apart"
                raise wrong(file, f"{message}, which are one in {whole}")
            met[whole] = article
    return tuple(stories)


def alias_index(entries: tuple[Actor, ...] | tuple[Target, ...], file: Path) -> dict[str, str]:
    """Folded name or alias -> id. Raises ProjectError when one form belongs to two entries."""
    index: dict[str, str] = {}
    for entry in entries:
        for form in (entry.name, *entry.aliases):
            owner = index.setdefault(fold(form), entry.id)
            if owner != entry.id:
                raise wrong(file, f"{form!r} is an alias of both {owner} and {entry.id}")
    return index


@dataclass(frozen=True)
class Registries:
    """The ontology and every registry of a project."""

    ontology: Ontology
    actors: tuple[Actor, ...]
    targets: tuple[Target, ...]
    annotators: tuple[Annotator, ...]
    stories: tuple[Story, ...]


def carried_registries(folder: Path, ontology: Ontology) -> Registries:
    """Those that a release carries in its folder; it has no stories. Raises ProjectError."""
    place = folder / "schemas"
    return Registries(
        ontology=ontology,
        actors=load_actors(place / "actors.yaml"),
        targets=load_targets(place / "targets.yaml"),
        annotators=load_annotators(place / "annotators.yaml"),
        stories=(),
    )


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
    data = read_declaration(file)
    if data is None:
        return []
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise wrong(file, "must be a list of mappings")
    seen: set[str] = set()
    for number, item in enumerate(data, start=1):
        for name in required:
            if not item.get(name):
                raise wrong(file, f"entry {number} has no `{name}`")
        _strings(file, number, item)
        if item[key] in seen:
            raise wrong(file, f"{key} {item[key]!r} is there twice")
        seen.add(item[key])
    return data


_LISTS = ("aliases", "articles", "apart")


def _strings(file: Path, number: int, item: dict[str, Any]) -> None:
    """YAML reads NO as false and 2020 as a number; a word where a list belongs is its letters."""
    for name, value in item.items():
        if name in _LISTS and value is not None and not isinstance(value, list):
            raise wrong(file, f"entry {number}: `{name}` must be a list, found {value!r}")
        for part in value if isinstance(value, list) else [value]:
            if part is not None and not isinstance(part, str):
                message = f"entry {number}: `{name}` must be text, found {part!r}: put it in quotes"
                raise wrong(file, message)
