"""Brings the result of one annotation from the scheme it was made under to the present one."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataset_builder.migration.declared import LABELS, version_key
from dataset_builder.ontology import mode_control

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.migration.declared import Change, Migration
    from dataset_builder.ontology import Ontology
    from dataset_builder.studio.exported import Item

_CONTROLS = {"actor": "actor_id", "target": "issue_id"}
_ROW = re.compile(r"pair_\d+")


@dataclass(frozen=True)
class Use:
    """One place where a change met what somebody entered."""

    change: Change
    region_id: str | None
    value: str
    """The label or value as it was entered."""


@dataclass
class Migrated:
    """A result under the present scheme."""

    items: tuple[Item, ...] = ()
    """Ids, places and origins are as they were; a label that nobody replaced yet is, too."""
    rewritten: list[Use] = field(default_factory=list)
    """Renamed and merged: exact."""
    undecided: list[Use] = field(default_factory=list)
    """Split: an annotator has to choose."""
    retired: list[Use] = field(default_factory=list)
    """Gone from the scheme. A value is not in the items any more, a region is, with its label."""

    @property
    def changed(self) -> bool:
        """Whether anything met a change."""
        return bool(self.rewritten or self.undecided or self.retired)


def migrate(
    result: Iterable[Mapping[str, Any]], scheme_version: str, ontology: Ontology
) -> Migrated:
    """`result`, made under `scheme_version`, as the present scheme of `ontology` has it.

    A change also meets a name of before that somebody entered after it, as long as the present
    scheme has no such name: labels change on the server a moment before they do on the screens.
    """
    given = [dict(item) for item in result]
    if not ontology.migrations:
        return Migrated(tuple(given))
    done = Migrated()
    items = given
    for migration in ontology.migrations:
        later = version_key(scheme_version) < version_key(migration.scheme_version)
        items = _step(items, migration, ontology, done, later=later)
    done.items = tuple(items)
    return done


def follow(
    control: str, value: str, scheme_version: str, ontology: Ontology
) -> tuple[str, Change | None]:
    """`value` of `control`, as the present scheme has it; with the change that leaves it without a
    successor, a split or a retirement, when there is one."""
    for migration in ontology.migrations:
        later = version_key(scheme_version) < version_key(migration.scheme_version)
        change = _met(control, value, migration, ontology, later=later)
        if change is None:
            continue
        if change.kind not in ("rename", "merge"):
            return value, change
        value = change.targets[0]
    return value, None


def control_of(change: Change) -> str:
    """Name of the control that holds what `change` is about; a mode's depends on the type."""
    if change.of in LABELS:
        return "span"
    if change.of == "mode":
        return mode_control(change.type) if change.type else "mode_"
    return _CONTROLS.get(change.of, change.of)


def _step(
    items: Sequence[Item], migration: Migration, ontology: Ontology, done: Migrated, *, later: bool
) -> list[Item]:
    kept: list[Item] = []
    for item in items:
        changed: Item | None = item
        value, key = item.get("value"), str(item.get("type"))
        listed = isinstance(value, dict) and isinstance(value.get(key), list)
        if listed and key in ("labels", "choices"):
            changed = _rewritten(item, key, migration, ontology, done, later=later)
        if changed is not None:
            kept.append(changed)
    return kept


def _rewritten(
    item: Item, key: str, migration: Migration, ontology: Ontology, done: Migrated, *, later: bool
) -> Item | None:
    """The item after one migration; None when nothing of it is left."""
    name = item.get("from_name")
    region = str(item["id"]) if "start" in item["value"] and item.get("id") is not None else None
    values: list[Any] = []
    touched = False
    for value in item["value"][key]:
        change = _met(str(name), value, migration, ontology, later=later)
        if change is None:
            values.append(value)
            continue
        use = Use(change, region, value)
        if change.kind in ("rename", "merge"):
            touched = True
            done.rewritten.append(use)
            if change.targets[0] not in values:
                values.append(change.targets[0])
        elif key == "labels":  # the region stays, so that what points at it is understood
            (done.undecided if change.kind == "split" else done.retired).append(use)
            values.append(value)
        elif change.kind == "split":
            done.undecided.append(use)
            touched = True
        else:
            done.retired.append(use)
            touched = True
    control = _renamed_control(str(name), migration, later=later) if key == "choices" else None
    if not touched and control is None:
        return item
    if not values:
        return None
    changed = copy.deepcopy(item)
    changed["value"][key] = values
    if control is not None:
        changed["from_name"] = control
    return changed


def _met(
    control: str, value: Any, migration: Migration, ontology: Ontology, *, later: bool
) -> Change | None:
    for change in migration.changes:
        if value not in change.sources or (value in change.targets and change.kind != "split"):
            continue
        if not _holds(control, change):
            continue
        # Of a registry no id is in use again: `check_registries` has seen to it.
        if later or value not in ontology.migrating.get(change.of, ()):
            return change
    return None


def _holds(control: str, change: Change) -> bool:
    """Whether what `control` holds is what `change` is about; rows of the pair grid are stances."""
    own = control_of(change)
    if own == "mode_":
        return control.startswith(own)
    return control == own or (change.of == "stance_label" and bool(_ROW.fullmatch(control)))


def _renamed_control(control: str, migration: Migration, *, later: bool) -> str | None:
    """A type's modes follow it when it is renamed or merged."""
    for change in migration.changes:
        if later and change.of == "event_type" and change.kind in ("rename", "merge"):
            for source in change.sources:
                if control == mode_control(source) and source not in change.targets:
                    return mode_control(change.targets[0])
    return None
