"""What changed in the form of the data, and what that asks of the version number.

MAJOR is what breaks code that reads columns and labels by their names: one that goes away, moves,
is of another type or means something else, and a null where none was promised; a split that goes
away, because `load_dataset(split=...)` raises ValueError then. What is added is
MINOR: a config, a column, a field of a struct (in a list or not), a label at the end. Code that
declares the older features in full has to declare the newer ones for each of these alike:
`load_dataset(features=...)` and `cast` refuse an added column as they refuse an added field, and
`concatenate_datasets` of both versions refuses a field added within a list as it refuses a label.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from dataset_builder.migration.declared import REGISTRIES, version_key
from dataset_builder.tables import TABLES, ListOf, Struct
from dataset_builder.validate.contracts import contract
from dataset_builder.validate.documents import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_builder.diff.reading import Opened
    from dataset_builder.tables import Type
    from dataset_builder.validate.declared import Shape

Level = Literal["MAJOR", "MINOR", "PATCH"]
LEVELS: tuple[Level, ...] = ("MAJOR", "MINOR", "PATCH")
FULL_ONLY: Final = frozenset(name for name, table in TABLES.items() if table.textual)
"""Configs that a release without the words of its articles lacks."""
SHOWN = 12
"""Labels that are named in one change."""


@dataclass(frozen=True)
class SchemaChange:
    """One change of form."""

    level: Level
    """What it asks of the version number."""
    kind: str
    """config-added, config-removed, split-removed, column-added, column-removed, columns-reordered, type, nulls,
    labels-added, labels-removed, labels-renamed, labels-reordered, meaning."""
    config: str | None
    column: str | None
    """With a dot for what is nested."""
    message: str

    @property
    def place(self) -> str:
        """Config and column; for a meaning, the vocabulary."""
        return ".".join(part for part in (self.config, self.column) if part)


@dataclass(frozen=True)
class Form:
    """The form of a release."""

    configs: Mapping[str, Mapping[str, Shape]]
    """Config -> column -> shape, in their order. A config without rows is none of them: it has no
    file to read its columns from, and cannot be loaded."""
    schema_version: str
    scheme_version: str
    ontology: Mapping[str, Any]
    """`schemas/ontology.yaml` as parsed; empty when it cannot be read."""
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Config -> its splits; what is not known has none."""


def schema_changes(old: Form, new: Form, ignored: frozenset[str]) -> tuple[SchemaChange, ...]:
    """Every change of form, in the order of the new release; `ignored` are configs that only a
    release with the words of its articles has."""
    before = {name: shapes for name, shapes in old.configs.items() if name not in ignored}
    after = {name: shapes for name, shapes in new.configs.items() if name not in ignored}
    found = [
        _change("MINOR", "config-added", name, None, "the config is new")
        for name in after
        if name not in before
    ]
    ended = frozenset(
        name for change in _declared(old, new) if change.kind != "rename" for name in change.sources
    )
    for name, columns in before.items():
        if name not in after:
            found.append(_change("MAJOR", "config-removed", name, None, "the config is gone"))
        else:
            found += _splits(name, old, new)
            found += _columns(name, None, columns, after[name], ended)
            found += _nulls(name, old.schema_version, new.schema_version)
    return (*found, *_meanings(old, new))


def _change(
    level: Level, kind: str, config: str | None, column: str | None, message: str
) -> SchemaChange:
    return SchemaChange(level, kind, config, column, message)


def _splits(config: str, old: Form, new: Form) -> Iterator[SchemaChange]:
    there = new.splits.get(config, ())
    for split in old.splits.get(config, ()) if there else ():
        if split not in there:
            yield _change("MAJOR", "split-removed", config, None, f"the split {split} is gone")


def _nulls(config: str, old_version: str, new_version: str) -> Iterator[SchemaChange]:
    """What may be null by the contract of one schema version, and not by that of the other."""
    old, new = contract(old_version), contract(new_version)
    if old is None or new is None or old is new or not (config in old and config in new):
        return
    before, after = (
        {
            place: allowed
            for column in tables[config].columns
            for place, allowed in (
                (column.name, column.nullable),
                *_nullable(column.name, column.type),
            )
        }
        for tables in (old, new)
    )
    for place, allowed in after.items():
        if place in before and before[place] != allowed:
            level: Level = "MAJOR" if allowed else "PATCH"
            yield _change(
                level, "nulls", config, place, "may be null now" if allowed else "is never null now"
            )


def _nullable(place: str, kind: Type) -> Iterator[tuple[str, bool]]:
    if isinstance(kind, ListOf):
        yield from _nullable(f"{place}[]", kind.item)
    elif isinstance(kind, Struct):
        for name, item in kind.fields:
            yield f"{place}.{name}", name in kind.nullable
            yield from _nullable(f"{place}.{name}", item)


def _columns(
    config: str,
    within: str | None,
    old: Mapping[str, Shape],
    new: Mapping[str, Shape],
    ended: frozenset[str],
) -> Iterator[SchemaChange]:
    """Changes of the columns of a config, or of the fields of the struct `within`. `ended` are
    labels that were declared as split, merged or retired."""
    noun = "field" if within else "column"
    places = {name: f"{within}.{name}" if within else name for name in (*old, *new)}
    for name in old:
        if name not in new:
            yield _change("MAJOR", "column-removed", config, places[name], f"the {noun} is gone")
    for name in new:
        if name not in old:
            yield _change("MINOR", "column-added", config, places[name], f"the {noun} is new")
    kept = [name for name in old if name in new]
    if [name for name in new if name in old] != kept:
        message = f"the {noun}s are in another order"
        yield _change("MAJOR", "columns-reordered", config, within, message)
    for name in kept:
        yield from _shapes(config, places[name], old[name], new[name], ended)


def _shapes(
    config: str, place: str, old: Shape, new: Shape, ended: frozenset[str]
) -> Iterator[SchemaChange]:
    if old == new:
        return
    if old[0] != new[0] or old[0] not in ("class", "list", "struct"):
        yield _change("MAJOR", "type", config, place, f"{_called(old)} became {_called(new)}")
    elif old[0] == "class":
        yield from _labels(config, place, old[1], new[1], ended)
    elif old[0] == "list":
        yield from _shapes(config, f"{place}[]", old[1], new[1], ended)
    else:
        yield from _columns(config, place, dict(old[1]), dict(new[1]), ended)


def _labels(
    config: str, place: str, old: tuple[str, ...], new: tuple[str, ...], ended: frozenset[str]
) -> Iterator[SchemaChange]:
    # A label in the place of one that was split has a part of its rows, and is not that label.
    renamed = [
        (one, other)
        for one, other in zip(old, new, strict=False)
        if one != other and one not in new and other not in old
        if one not in ended and one.removeprefix("B-").removeprefix("I-") not in ended
    ]
    said = {name for pair in renamed for name in pair}
    if renamed:
        pairs = [f"{one} is {other} now" for one, other in renamed]
        yield _change("MAJOR", "labels-renamed", config, place, f"labels renamed: {_some(pairs)}")
    gone = [name for name in old if name not in new and name not in said]
    if gone:
        yield _change("MAJOR", "labels-removed", config, place, f"labels gone: {_some(gone)}")
    added = [name for name in new if name not in old and name not in said]
    ids = {name: number for number, name in enumerate(new)}
    shifted = [name for number, name in enumerate(old) if name in ids and ids[name] != number]
    if shifted:
        message = f"labels have other ids: {_some(shifted)}"
        yield _change("MAJOR", "labels-reordered", config, place, message)
    if added:
        yield _change("MINOR", "labels-added", config, place, f"labels added: {_some(added)}")


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"


def _called(shape: Shape) -> str:
    if shape[0] == "value":
        return str(shape[1])
    return {"class": "labels", "list": "a list", "struct": "a struct"}.get(shape[0], "unreadable")


@dataclass(frozen=True)
class _Declared:
    """A change of labels that the new release's ontology tells of."""

    kind: str
    of: str
    sources: list[str]
    targets: list[str]


def _declared(old: Form, new: Form) -> Iterator[_Declared]:
    """What was declared since the old release's version of the scheme."""
    before = version_key(old.scheme_version)
    for migration in _list(new.ontology.get("migrations")):
        since = version_key(str(_dict(migration).get("scheme_version")))
        if since <= before or since > version_key(new.scheme_version):
            continue
        for change in _list(_dict(migration).get("changes")):
            told = _dict(change)
            kind = next((k for k in ("rename", "merge", "split", "retire") if k in told), None)
            if kind is None or str(told.get("of")) in REGISTRIES:
                continue  # values, no labels
            sources = [str(name) for name in _list(told[kind]) or [told[kind]]]
            targets = [str(name) for name in _list(told.get("into")) or [told.get("to", "")]]
            yield _Declared(kind, str(told.get("of")), sources, targets)


def _meanings(old: Form, new: Form) -> Iterator[SchemaChange]:
    """Labels that stay and mean something else, as the new release's ontology declares.

    A label that another one was split off from, or was merged into, is no longer what it was.
    """
    for change in _declared(old, new):
        if change.kind == "rename":  # a name that goes away is told by the labels
            continue
        words = f"{change.of} {_some(change.sources)} was {_DONE[change.kind]}"
        if change.kind != "retire":
            words += f" {_some(change.targets)}"
        yield _change("MAJOR", "meaning", None, change.of, words)


_DONE = {"merge": "merged into", "split": "split into", "retire": "retired"}


def definitions_changed(old: Form, new: Form) -> tuple[str, ...]:
    """Labels whose definition reads otherwise: whether they mean something else, people judge."""
    before, after = (dict(_definitions(side.ontology)) for side in (old, new))
    return tuple(name for name, text in after.items() if name in before and before[name] != text)


def _definitions(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for section, entries in data.items():
        groups = entries if isinstance(entries, dict) else {"": entries}
        for group, items in groups.items():
            for item in _list(items):
                told = _dict(item)
                if "name" in told and "definition" in told:
                    name = ".".join(str(p) for p in (section, group, told["name"]) if p)
                    yield name, " ".join(str(told["definition"]).split())


def form(release: Opened) -> Form:
    """The form of an opened release."""
    ontology = parse_yaml(release.document("schemas/ontology.yaml")).data
    configs = {name: config.shapes for name, config in release.configs.items() if config.shapes}
    splits = {
        name: tuple(dict.fromkeys(shard.split for shard in release.configs[name].shards))
        for name in configs
    }
    return Form(configs, release.schema_version, release.scheme_version, ontology, splits)


def _dict(value: Any) -> dict[str, Any]:
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
