"""Reads the section `migrations` of `schemas/ontology.yaml`, and refuses what contradicts itself.

`EXAMPLE` has every kind of change; docs/migrations.md says what each means.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

from dataset_builder.errors import ProjectError
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Kind = Literal["rename", "merge", "split", "retire"]
LABELS = ("event_type", "entity", "stance_label")
"""Vocabularies whose members are labels of the control `span`."""
REGISTRIES = ("actor", "target")
"""What is declared in `annotations/actors.yaml` and `targets.yaml`, and migrates all the same."""
_SHAPES: dict[Kind, tuple[str, str | None]] = {
    "rename": ("one", "to"),
    "merge": ("many", "to"),
    "split": ("one", "into"),
    "retire": ("one", None),
}


EXAMPLE: Final = """\
migrations:
  - scheme_version: "1.1"
    changes:
      - { of: event_type, rename: AGREE, to: PLEDGE }
      - { of: context, merge: [gender, lgbt], to: gender_lgbt }
      - { of: event_type, split: COERCE, into: [ARREST, RESTRICT] }
      - { of: mode, type: RETREAT, retire: resign }
      - { of: actor, merge: [akp], to: turkey }
"""
"""What `migrate --help` shows. Oldest version first; each is what led to its `scheme_version`."""


@dataclass(frozen=True)
class Change:
    """One label, or several, that went away."""

    kind: Kind
    of: str
    """event_type, entity, stance_label, mode, context, expression, relevance, an attribute's name,
    actor or target."""
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    """Empty for what was retired."""
    type: str | None = None
    """A mode's event type, as it was called then; None: of every type."""

    @property
    def words(self) -> str:
        """The change in words."""
        where = f"{self.of} {', '.join(self.sources)}" + (f" of {self.type}" if self.type else "")
        if self.kind == "retire":
            return f"{where} is retired"
        if self.kind == "split":
            return f"{where} is {' or '.join(self.targets)} now"
        return f"{where} is called {self.targets[0]} now"


@dataclass(frozen=True)
class Migration:
    """What changed between one version of the scheme and the next."""

    scheme_version: str
    """The version that it led to."""
    changes: tuple[Change, ...]


def version_key(version: str) -> tuple[int, ...]:
    """Orders versions of the scheme; one that is no version is older than all."""
    parts = version.split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return ()
    return tuple(int(part) for part in parts)


def read_migrations(
    data: Any, file: Path, scheme_version: str, vocabularies: Mapping[str, tuple[str, ...]]
) -> tuple[Migration, ...]:
    """The declared migrations. `vocabularies` are the present ones, by name.

    Raises ProjectError naming file and entry of what is wrong or contradicts the rest. What says
    something of the registries is checked by `check_registries`.
    """
    if data is None:
        return ()
    if not isinstance(data, list):
        raise _wrong(file, "", "must be a list")
    names = {name: frozenset(members) for name, members in vocabularies.items()}
    known = ", ".join(sorted({*names, *REGISTRIES}))
    migrations = tuple(_migration(item, number, file, known) for number, item in enumerate(data, 1))
    versions = [migration.scheme_version for migration in migrations]
    for earlier, later in pairwise(versions):
        if version_key(earlier) >= version_key(later):
            raise _wrong(file, later, f"comes after {earlier}; the oldest comes first, each once")
    if versions and version_key(versions[-1]) > version_key(scheme_version):
        message = f"is newer than the scheme_version at the top of the file, {scheme_version}: "
        raise _wrong(file, versions[-1], f"{message}raise that to {versions[-1]}")
    for migration in migrations:
        for number, change in enumerate(migration.changes, 1):
            if change.of == "role":
                message = "roles are read from arrows, no annotation holds one: nothing to migrate"
                raise _wrong(file, _entry(migration, number), message)
            if change.of not in names and change.of not in REGISTRIES:
                message = f"`of: {change.of}` is no vocabulary; there are {known}"
                raise _wrong(file, _entry(migration, number), message)
    _check(migrations, names, file)
    return migrations


def check_registries(
    migrations: tuple[Migration, ...], ids: Mapping[str, frozenset[str]], file: Path
) -> None:
    """Refuse changes of actors and targets that contradict the registries' `ids`."""
    _check(migrations, ids, file)


def _check(
    migrations: tuple[Migration, ...], present: Mapping[str, frozenset[str]], file: Path
) -> None:
    """Walk back from the present names: after a change its targets are there, its sources not."""
    for of, names in sorted(present.items()):
        after = names
        for migration in reversed(migrations):
            before = after
            gone: dict[tuple[str, str | None], int] = {}
            for number, change in enumerate(migration.changes, 1):
                if change.of != of:
                    continue
                place = _entry(migration, number)
                _check_change(change, after, file, place)
                for source in change.sources:
                    if (source, change.type) in gone:
                        first = gone[source, change.type]
                        message = f"{source} already goes away in entry {first}"
                        raise _wrong(file, place, message)
                    gone[source, change.type] = number
                if change.kind == "rename" and not change.type:
                    before -= set(change.targets)
                before |= set(change.sources)
            after = before


def _check_change(change: Change, after: frozenset[str], file: Path, place: str) -> None:
    for target in change.targets:
        if target not in after:
            message = f"{target} is not declared after it: renamed in a circle, or never there"
            raise _wrong(file, place, message)
        if change.kind != "split" and target in change.sources and len(change.sources) == 1:
            raise _wrong(file, place, f"{target} cannot become itself")
    for source in change.sources:
        # A mode may go from one type and stay with another; a split or merge may keep a name.
        if source in after and not change.type and source not in change.targets:
            message = f"{source} goes away, but is still declared after it: take it out there, "
            raise _wrong(file, place, message + "or put what brings it back into a later migration")


def _migration(item: Any, number: int, file: Path, known: str) -> Migration:
    """One version's changes; `known` lists what `of` may name."""
    place = f"entry {number}"
    if not isinstance(item, dict) or set(item) != {"scheme_version", "changes"}:
        raise _wrong(file, place, "must have `scheme_version` and `changes`, nothing else")
    version = item["scheme_version"]
    if not isinstance(version, str) or not version_key(version):
        message = f'scheme_version must be numbers in quotes like "1.1", found {version!r}'
        raise _wrong(file, place, message)
    changes = item["changes"]
    if not isinstance(changes, list) or not changes:
        raise _wrong(file, version, "`changes` must be a list with at least one entry")
    return Migration(
        version,
        tuple(
            _change(change, file, f"{version}, entry {count}", known)
            for count, change in enumerate(changes, 1)
        ),
    )


def _change(item: Any, file: Path, place: str, known: str) -> Change:
    kinds = [kind for kind in _SHAPES if isinstance(item, dict) and kind in item]
    if len(kinds) != 1:
        found = printable(repr(item), 80)
        raise _wrong(file, place, f"must be one of {', '.join(_SHAPES)}, found {found}")
    kind = kinds[0]
    number, towards = _SHAPES[kind]
    allowed = {"of", "type", kind, *([towards] if towards else [])}
    if extra := sorted(map(str, set(item) - allowed)):
        raise _wrong(file, place, f"`{extra[0]}` does not belong to a {kind}")
    of, event_type = item.get("of"), item.get("type")
    if not isinstance(of, str):
        raise _wrong(file, place, f"`of` must name a vocabulary; there are {known}")
    if event_type is not None and (of != "mode" or not isinstance(event_type, str)):
        raise _wrong(file, place, "`type` is the event type of a mode, and of nothing else")
    sources = _names(item[kind], many=number == "many", file=file, place=place, key=kind)
    targets: tuple[str, ...] = ()
    if towards:
        targets = _names(
            item.get(towards), many=towards == "into", file=file, place=place, key=towards
        )
        if towards == "into" and len(targets) < 2:
            raise _wrong(file, place, "a split leads `into` at least two labels")
    return Change(kind, of, sources, targets, event_type)


def _names(value: Any, *, many: bool, file: Path, place: str, key: str) -> tuple[str, ...]:
    names = value if many else [value]
    if (
        not isinstance(names, list)
        or not names
        or not all(isinstance(name, str) and name for name in names)
        or len(set(names)) < len(names)
    ):
        what = "a list of different names" if many else "a name"
        raise _wrong(file, place, f"`{key}` must be {what}, found {value!r}")
    return tuple(names)


def _entry(migration: Migration, number: int) -> str:
    return f"{migration.scheme_version}, entry {number}"


def _wrong(file: Path, place: str, message: str) -> ProjectError:
    where = f"migrations, {place}" if place else "migrations"
    return ProjectError(
        f"{file}: {where}: {message}",
        hint="mend the file; `dataset-builder migrate --help` shows every kind of entry",
    )
