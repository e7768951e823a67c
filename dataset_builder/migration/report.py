"""Says what the declared migrations change, with counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataset_builder.migration.apply import migrate
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.migration.declared import Change
    from dataset_builder.ontology import Ontology
    from dataset_builder.studio.exported import ExportedTask

EFFECTS = {
    "rename": "read under the new name",
    "merge": "read under the new name",
    "split": "waits for somebody to choose",
    "retire": "makes no row any more",
}


@dataclass
class Uses:
    """How often each change meets what there is, and where."""

    counts: dict[str, Counter[Change]] = field(default_factory=dict)
    """By place, e.g. `exports` or `suggestions on the server`."""
    met: set[tuple[Change, str]] = field(default_factory=set)
    """Each change with the names that it met."""
    undecided: set[str] = field(default_factory=set)
    """Ids of articles with a split label that nobody has replaced in an annotation."""

    def add(
        self,
        place: str,
        result: Iterable[Mapping[str, Any]],
        scheme_version: str,
        ontology: Ontology,
        article_id: str = "",
    ) -> None:
        """Count what the changes meet in one result; `article_id` when it is an annotation's."""
        done = migrate(result, scheme_version, ontology)
        uses = (*done.rewritten, *done.undecided, *done.retired)
        self.counts.setdefault(place, Counter()).update(use.change for use in uses)
        self.met.update((use.change, use.value) for use in uses)
        if done.undecided and article_id:
            self.undecided.add(article_id)


def uses_in_exports(tasks: Iterable[ExportedTask], ontology: Ontology) -> Uses:
    """What the changes meet in pulled work."""
    found = Uses()
    for task in tasks:
        for annotation in task.annotations:
            scheme = task.scheme_version
            found.add("exports", annotation.result, scheme, ontology, task.article_id)
        for prediction in task.predictions:
            found.add("suggestions in exports", prediction.result, task.scheme_version, ontology)
    return found


def as_text(uses: Sequence[Uses], ontology: Ontology) -> str:
    """Each change on a line of its own, with what it meets."""
    places: dict[str, Counter[Change]] = {}
    for item in uses:
        for place, counts in item.counts.items():
            places.setdefault(place, Counter()).update(counts)
    lines: list[str] = []
    for migration in ontology.migrations:
        lines.append(f"scheme {migration.scheme_version}")
        for change in migration.changes:
            met = ", ".join(
                f"{counts[change]} in {place}" for place, counts in sorted(places.items())
            )
            effect = EFFECTS[change.kind]
            lines.append(f"  {printable(change.words)}: {met or 'nothing looked at'}; {effect}")
    return "\n".join(lines) or "schemas/ontology.yaml declares no migrations"
