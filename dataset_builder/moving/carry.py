"""What an annotator did on an earlier text or under an earlier scheme, as it stands today.

The one place that says whose work is carried over, and what of it; building a release and making
review tasks both read it from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.migration.apply import migrate
from dataset_builder.migration.declared import LABELS
from dataset_builder.moving.align import align
from dataset_builder.moving.anchor import move
from dataset_builder.moving.passages import new_passages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.migration.apply import Migrated, Use
    from dataset_builder.moving.align import Alignment
    from dataset_builder.moving.anchor import Moved
    from dataset_builder.ontology import Ontology
    from dataset_builder.studio.exported import ExportedAnnotation, ExportedTask

Work = tuple["ExportedTask", "ExportedAnnotation"]


@dataclass(frozen=True)
class Carried:
    """One annotation under the present labels, on the present text."""

    task: ExportedTask
    annotation: ExportedAnnotation
    migrated: Migrated
    moved: Moved
    passages: tuple[str, ...]
    """What the present text has that the annotated one has not."""
    moves: bool
    """Whether it was made on another text."""

    @property
    def settled(self) -> bool:
        """Whether no person has to look at it."""
        return self.moved.exact and not self.passages and not self.migrated.undecided

    @property
    def undecided(self) -> dict[str, Use]:
        """Region id -> the split label it carries."""
        return {
            use.region_id: use
            for use in self.migrated.undecided
            if use.region_id is not None and use.change.of in LABELS
        }

    @property
    def retired(self) -> dict[str, Use]:
        """Region id -> the retired label it carries."""
        return {
            use.region_id: use
            for use in self.migrated.retired
            if use.region_id is not None and use.change.of in LABELS
        }


class Carrier:
    """Carries work over to one text of an article; aligns each other text with it once."""

    def __init__(self, text: str, text_sha256: str, ontology: Ontology) -> None:
        self._text = text
        self._sha256 = text_sha256
        self._ontology = ontology
        self._alignments: dict[str, tuple[Alignment, tuple[str, ...]]] = {}

    def latest(self, work: Iterable[Work]) -> dict[str, Work]:
        """By annotator the submission that counts: the last one on the present text, else the last
        one on any. `work` in the order in which it was made."""
        found: dict[str, Work] = {}
        for task, annotation in work:
            if annotation.state != "completed":
                continue
            known = found.get(annotation.annotator)
            here = task.text_sha256 == self._sha256
            if here or known is None or known[0].text_sha256 != self._sha256:
                found[annotation.annotator] = (task, annotation)
        return dict(sorted(found.items()))

    def carry(self, task: ExportedTask, annotation: ExportedAnnotation) -> Carried:
        """One annotation of `task`, as it stands today."""
        migrated = migrate(annotation.result, task.scheme_version, self._ontology)
        alignment, passages = self._aligned(task)
        moved = move(migrated.items, alignment)
        moves = task.text_sha256 != self._sha256
        return Carried(task, annotation, migrated, moved, passages, moves)

    def _aligned(self, task: ExportedTask) -> tuple[Alignment, tuple[str, ...]]:
        known = self._alignments.get(task.text_sha256)
        if known is None:
            alignment = align(task.text, self._text)
            known = (alignment, tuple(new_passages(alignment)))
            self._alignments[task.text_sha256] = known
        return known


def in_order(tasks: Iterable[ExportedTask]) -> list[Work]:
    """Every annotation of `tasks`, in the order in which they were made."""
    work = [(task, annotation) for task in tasks for annotation in task.annotations]
    return sorted(work, key=lambda w: (w[1].created_at, w[0].text_sha256, w[1].ordinal))
