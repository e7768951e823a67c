"""Who or what a marked mention is: ids, names and codes from the registries."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_builder.assemble.codes import quoted
from dataset_builder.ontology import AUTHOR
from dataset_builder.registries import alias_index, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.assemble.codes import Notes
    from dataset_builder.assemble.entries import Entry
    from dataset_builder.assemble.regions import Region
    from dataset_builder.registries import Registries

# PLOVER codes are three letters; several stand side by side, the most specific first.
_CODE = re.compile(r"[A-Z]{3}( [A-Z]{3})*")


@dataclass(frozen=True)
class Entity:
    """An actor or an issue."""

    id: str
    name: str
    kind: str
    """actor, issue or author."""
    code: str | None = None
    resolved: bool = True
    """False when the id was only made from the words of the mention."""


THE_AUTHOR = Entity(AUTHOR, "the author", AUTHOR)


@dataclass(frozen=True)
class Lexicon:
    """The registries, ready for looking up."""

    actors: Mapping[str, Entity]
    actor_forms: Mapping[str, str]
    issues: Mapping[str, Entity]
    issue_forms: Mapping[str, str]


def lexicon(registries: Registries) -> Lexicon:
    """Index the registries. Raises ProjectError when an alias belongs to two entries."""
    return Lexicon(
        {a.id: Entity(a.id, a.name, "actor", a.code) for a in registries.actors},
        alias_index(registries.actors, _file("actors")),
        {t.id: Entity(t.id, t.name, "issue") for t in registries.targets},
        alias_index(registries.targets, _file("targets")),
    )


def known_only(entries: Sequence[Entry], known: Lexicon, notes: Notes) -> tuple[Entry, ...]:
    """`entries`, with every actor or issue broken for whom an id was chosen that the registry does
    not have: who is meant cannot be told, so that no row may say it."""
    chosen = {"actor_id": known.actors, "issue_id": known.issues}
    unknown: dict[str | None, str] = {}
    for entry in entries:
        if entry.kind == "field" and entry.name in chosen:
            for value in entry.values:
                if value not in chosen[entry.name]:
                    unknown.setdefault(entry.region_id, value)
    if not unknown:
        return tuple(entries)
    kinds = {"ACTOR": "actor", "ISSUE": "issue"}
    made: list[Entry] = []
    for entry in entries:
        missing = unknown.get(entry.region_id)
        of = kinds.get(entry.values[0]) if entry.kind == "span" and entry.values else None
        if missing is None or of is None or entry.broken:
            made.append(entry)
            continue
        notes.add(
            "KEY203",
            f"{quoted(entry.text)} has the {of} id {quoted(missing)}, which the registry does not "
            "have; the mention is left out",
            region_id=entry.region_id,
            found=quoted(missing),
        )
        made.append(entry._replace(broken="KEY203"))
    return tuple(made)


def resolve(
    regions: Iterable[Region], known: Lexicon, notes: Notes
) -> dict[str, tuple[Entity, ...]]:
    """Region id -> the actors or issues that each ACTOR or ISSUE region stands for, never none.

    What the annotator chose or named wins (both together: a compound may have a member that the
    registry lacks), then a name or alias of the registry, then the words themselves (`text:...`).
    """
    found: dict[str, tuple[Entity, ...]] = {}
    for region in regions:
        if region.label == "ACTOR":
            found[region.id] = _resolve(region, "actor", known.actors, known.actor_forms, notes)
        elif region.label == "ISSUE":
            found[region.id] = _resolve(region, "issue", known.issues, known.issue_forms, notes)
    return found


def _resolve(
    region: Region,
    kind: str,
    entries: Mapping[str, Entity],
    forms: Mapping[str, str],
    notes: Notes,
) -> tuple[Entity, ...]:
    chosen: dict[str, Entity] = {}
    for entity_id in sorted(region.fields.get(f"{kind}_id", ())):
        if entity_id in entries:  # `known_only` has named the others
            chosen[entity_id] = entries[entity_id]
    for entered in region.fields.get(f"{kind}_new", ()):
        entity = _new(entered, kind, entries, forms)
        chosen.setdefault(entity.id, entity)
    if chosen:
        return tuple(chosen[entity_id] for entity_id in sorted(chosen))
    alias = forms.get(fold(region.text))
    if alias is not None:
        return (entries[alias],)
    notes.add(
        "KEY204",
        f"{region.label} {quoted(region.text)} is not in the registry, and the annotator "
        "did not say what it is",
        region_id=region.id,
        fix=f"choose the {kind} in Label Studio, or add an alias to the registry",
    )
    return (Entity(f"text:{slug(region.text)}", region.text, kind, resolved=False),)


def _new(
    entered: str, kind: str, entries: Mapping[str, Entity], forms: Mapping[str, str]
) -> Entity:
    """What a free field names: `name, country, sector` for actors, a whole name for issues."""
    name, code = entered, None
    if kind == "actor":
        name, *rest = (part.strip() for part in entered.split(","))
        letters = " ".join(" ".join(rest).split())
        code = letters if _CODE.fullmatch(letters) else None
    known = forms.get(fold(name))
    if known is not None:
        return entries[known]
    return Entity(f"new:{slug(name)}", name or entered, kind, code)


def slug(words: str) -> str:
    """Letters, marks and digits of any script, joined by hyphens; a digest when there are none."""
    text = unicodedata.normalize("NFKC", fold(words))
    kept = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text)
    made = "-".join(kept.split())
    return made or hashlib.sha256(words.encode("utf-8")).hexdigest()[:12]


def ids_of(entities: Sequence[Entity]) -> frozenset[str]:
    """The ids of `entities`."""
    return frozenset(entity.id for entity in entities)


def _file(name: str) -> Path:
    return Path("annotations") / f"{name}.yaml"
