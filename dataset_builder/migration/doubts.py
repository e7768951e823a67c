"""What the migrations may have wrong: labels that nothing explains, and changes that meet nothing.

A mistyped migration contradicts nothing, so no check of the declarations alone can find it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from dataset_builder.migration.apply import follow
from dataset_builder.migration.declared import REGISTRIES, version_key
from dataset_builder.ontology import mode_control
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from dataset_builder.migration.declared import Change
    from dataset_builder.migration.report import Uses
    from dataset_builder.registries import Registries
    from dataset_builder.studio.exported import ExportedTask

SHOWN = 40
"""Characters of a label that are shown."""


@dataclass(frozen=True)
class Stranger:
    """A label or value that annotators entered, and that the present scheme cannot read."""

    what: str
    """Name of its control, `label` for that of a span."""
    value: str


@dataclass(frozen=True)
class Unmet:
    """A name that a migration takes away, and that nothing has ever had."""

    scheme_version: str
    entry: int
    change: Change
    name: str


def strangers(tasks: Iterable[ExportedTask], registries: Registries) -> Counter[Stranger]:
    """What finished annotations hold that neither the scheme, a registry nor a migration knows."""
    ontology = registries.ontology
    known: dict[str, frozenset[str]] = {
        "span": frozenset(ontology.span_labels),
        **{name: frozenset(names) for name, names in ontology.migrating.items()},
        **{mode_control(name): frozenset(of.modes) for name, of in ontology.by_type.items()},
        "actor_id": frozenset(actor.id for actor in registries.actors),
        "issue_id": frozenset(target.id for target in registries.targets),
    }
    counts = Counter(
        (control, value, task.scheme_version)
        for task in tasks
        for annotation in task.annotations
        if annotation.state == "completed"
        for control, value in _entered(annotation.result)
        if value not in known.get(control, (value,))
    )
    found: Counter[Stranger] = Counter()
    for (control, value, scheme), count in counts.items():
        now, ending = follow(control, value, scheme, ontology)
        if ending is None and now not in known[control]:
            found[Stranger("label" if control == "span" else control, value)] += count
    return found


def _entered(result: Iterable[Mapping[str, object]]) -> Iterable[tuple[str, str]]:
    """Control and value of everything that was chosen from a list."""
    for item in result:
        value = item.get("value")
        for key in ("labels", "choices") if isinstance(value, dict) else ():
            names = value.get(key) if isinstance(value, dict) else None
            for name in names if isinstance(names, list) else ():
                if isinstance(name, str):
                    yield str(item.get("from_name")), name


def unmet(
    registries: Registries, uses: Sequence[Uses], releases: Iterable[Path]
) -> tuple[Unmet, ...]:
    """Names in migrations that no work has, nor any of the `releases` made under an earlier scheme,
    nor an earlier migration brought in."""
    met = {pair for item in uses for pair in item.met}
    found: list[Unmet] = []
    brought: set[tuple[str, str]] = set()
    for migration in registries.ontology.migrations:
        for number, change in enumerate(migration.changes, 1):
            found += [
                Unmet(migration.scheme_version, number, change, name)
                for name in change.sources
                if (change, name) not in met and (change.of, name) not in brought
            ]
        brought |= {(change.of, name) for change in migration.changes for name in change.targets}
    if not found:
        return ()
    declared = tuple(_declared(releases))
    return tuple(
        item
        for item in found
        if not any(
            version_key(scheme) < version_key(item.scheme_version)
            and item.name in names.get(item.change.of, ())
            for scheme, names in declared
        )
    )


def _declared(releases: Iterable[Path]) -> Iterable[tuple[str, Mapping[str, Collection[str]]]]:
    """Scheme version and vocabularies of each release that can be read."""
    from dataset_builder.errors import DatasetBuilderError
    from dataset_builder.ontology import load_ontology
    from dataset_builder.registries import carried_registries

    for folder in releases:
        try:
            ontology = load_ontology(folder / "schemas" / "ontology.yaml")
            carried = carried_registries(folder, ontology)
        except (DatasetBuilderError, OSError):
            continue  # `validate` tells what is wrong with it
        actor, target = REGISTRIES
        yield (
            ontology.scheme_version,
            {
                **ontology.migrating,
                actor: frozenset(item.id for item in carried.actors),
                target: frozenset(item.id for item in carried.targets),
            },
        )


def doubts_text(unknown: Counter[Stranger], idle: Sequence[Unmet]) -> str:
    """Both, a line each, with what to do; empty when there is nothing to doubt."""
    lines: list[str] = []
    values = sorted({item.value for item in unknown})
    for item in idle:
        near = get_close_matches(item.name, values, n=1)
        meant = f"; was {printable(near[0], SHOWN)} meant?" if near else ""
        lines.append(
            f"migrations, {item.scheme_version}, entry {item.entry}: no work and no earlier release "
            f"has the {item.change.of} {printable(item.name, SHOWN)}{meant}"
        )
    if lines:
        lines.append("  -> correct the name; if nobody ever used it, the entry can go")
    if unknown:
        shown = ", ".join(
            f"{item.what} {printable(item.value, SHOWN)} ({count} times)"
            for item, count in sorted(unknown.items(), key=lambda pair: (-pair[1], pair[0].value))
        )
        lines += [
            f"in the exports, but neither in the scheme nor in a migration: {shown}",
            "  -> say under `migrations:` in schemas/ontology.yaml what became of it, or bring it back",
        ]
    return "\n".join(lines)
