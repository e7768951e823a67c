"""What changed in the form of the data: configs, columns, their order, types and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dataset_builder.migration.declared import REGISTRIES, version_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_builder.diff.reading import Opened
    from dataset_builder.validate.declared import Shape

Level = Literal["MAJOR", "MINOR", "PATCH"]
LEVELS: tuple[Level, ...] = ("MAJOR", "MINOR", "PATCH")
SHOWN = 12
"""Labels that are named in one change."""


@dataclass(frozen=True)
class SchemaChange:
    """One change of form."""

    level: Level
    """What it asks of the version number."""
    kind: str
    """config-added, config-removed, column-added, column-removed, columns-reordered, type,
    labels-added, labels-removed, labels-renamed, labels-reordered, meaning."""
    config: str | None
    column: str | None
    """With a dot for what is nested."""
    message: str


def schema_changes(old: Opened, new: Opened, ignored: frozenset[str]) -> tuple[SchemaChange, ...]:
    """Every change of form, in the order of the new release; `ignored` are configs that only a
    release with the words of its articles has."""
    before = {name: c.shapes for name, c in old.configs.items() if name not in ignored}
    after = {name: c.shapes for name, c in new.configs.items() if name not in ignored}
    found = [
        _change("MINOR", "config-added", name, None, "the config is new")
        for name in after
        if name not in before
    ]
    for name, columns in before.items():
        if name not in after:
            found.append(_change("MAJOR", "config-removed", name, None, "the config is gone"))
        elif columns and after[name]:  # a config without rows has no columns to speak of
            found += _columns(name, columns, after[name])
    return (*found, *_meanings(old, new))


def _change(
    level: Level, kind: str, config: str | None, column: str | None, message: str
) -> SchemaChange:
    return SchemaChange(level, kind, config, column, message)


def _columns(
    config: str, old: Mapping[str, Shape], new: Mapping[str, Shape]
) -> Iterator[SchemaChange]:
    for name in old:
        if name not in new:
            yield _change("MAJOR", "column-removed", config, name, "the column is gone")
    for name in new:
        if name not in old:
            yield _change("MINOR", "column-added", config, name, "the column is new")
    kept = [name for name in old if name in new]
    if [name for name in new if name in old] != kept:
        message = "the columns are in another order"
        yield _change("MAJOR", "columns-reordered", config, None, message)
    for name in kept:
        yield from _shapes(config, name, old[name], new[name])


def _shapes(config: str, place: str, old: Shape, new: Shape) -> Iterator[SchemaChange]:
    if old == new:
        return
    if old[0] != new[0]:
        yield _change("MAJOR", "type", config, place, f"{_called(old)} became {_called(new)}")
    elif old[0] == "class":
        yield from _labels(config, place, old[1], new[1])
    elif old[0] == "list":
        yield from _shapes(config, f"{place}[]", old[1], new[1])
    elif old[0] == "struct":
        before, after = dict(old[1]), dict(new[1])
        for name in before:
            if name not in after:
                yield _change(
                    "MAJOR", "column-removed", config, f"{place}.{name}", "the field is gone"
                )
        for name in after:
            if name not in before:
                yield _change(
                    "MINOR", "column-added", config, f"{place}.{name}", "the field is new"
                )
        kept = [name for name in before if name in after]
        if [name for name in after if name in before] != kept:
            message = "the fields are in another order"
            yield _change("MAJOR", "columns-reordered", config, place, message)
        for name in kept:
            yield from _shapes(config, f"{place}.{name}", before[name], after[name])
    else:
        yield _change("MAJOR", "type", config, place, f"{_called(old)} became {_called(new)}")


def _labels(
    config: str, place: str, old: tuple[str, ...], new: tuple[str, ...]
) -> Iterator[SchemaChange]:
    renamed = [
        (one, other)
        for one, other in zip(old, new, strict=False)
        if one != other and one not in new and other not in old
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


def _meanings(old: Opened, new: Opened) -> Iterator[SchemaChange]:
    """Labels that stay and mean something else, as the new release's ontology declares.

    A label that another one was split off from, or was merged into, is no longer what it was.
    """
    before = version_key(old.scheme_version)
    for migration in _list(ontology(new).get("migrations")):
        since = version_key(str(_dict(migration).get("scheme_version")))
        if since <= before or since > version_key(new.scheme_version):
            continue
        for change in _list(_dict(migration).get("changes")):
            told = _dict(change)
            if str(told.get("of")) in REGISTRIES:
                continue  # values, no labels
            kind = next((k for k in ("rename", "merge", "split", "retire") if k in told), None)
            if kind is None or kind == "rename":  # a name that goes away is told by the labels
                continue
            sources = [str(name) for name in _list(told[kind]) or [told[kind]]]
            targets = [str(name) for name in _list(told.get("into")) or [told.get("to", "")]]
            words = f"{told.get('of')} {_some(sources)} was {_DONE[kind]}"
            if kind != "retire":
                words += f" {_some(targets)}"
            yield _change("MAJOR", "meaning", None, str(told.get("of")), words)


_DONE = {"merge": "merged into", "split": "split into", "retire": "retired"}


def definitions_changed(old: Opened, new: Opened) -> tuple[str, ...]:
    """Labels whose definition reads otherwise: whether they mean something else, people judge."""
    before, after = (dict(_definitions(ontology(side))) for side in (old, new))
    return tuple(name for name, text in after.items() if name in before and before[name] != text)


def _definitions(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for section, entries in data.items():
        groups = entries if isinstance(entries, dict) else {"": entries}
        for group, items in groups.items():
            for item in _list(items):
                told = _dict(item)
                if "name" in told and "definition" in told:
                    name = ".".join(str(p) for p in (section, group, told["name"]) if p)
                    yield name, " ".join(str(told["definition"]).split())


def ontology(release: Opened) -> dict[str, Any]:
    """The ontology that a release carries; empty when it has none that can be read."""
    import yaml

    try:
        return _dict(yaml.safe_load(release.document("schemas/ontology.yaml")))
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}


def _dict(value: Any) -> dict[str, Any]:
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
