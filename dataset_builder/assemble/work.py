"""What was entered on one article, each part of it read once, however many ask."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from dataset_builder.assemble.annotations import is_decision
from dataset_builder.assemble.present import present_reads
from dataset_builder.assemble.settle import FIRST_ORDINAL, decided
from dataset_builder.assemble.versions import finished, read_annotations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.articles import Article
    from dataset_builder.assemble.resolve import Lexicon
    from dataset_builder.assemble.versions import Read, Version
    from dataset_builder.registries import Registries
    from dataset_builder.studio.export_lines import TaskLine
    from dataset_builder.studio.exported import ExportedTask
    from dataset_builder.validate.findings import Finding

    Stored = ExportedTask | TaskLine
    """A task, or where it is."""


class Versions(NamedTuple):
    """Everyone's finished version, on one text."""

    voters: tuple[Version, ...]
    """The independent ones, by pseudonym."""
    carried: tuple[Finding, ...]
    """What was moved or migrated, and what could not be."""
    unfinished: tuple[Finding, ...]


class Decision(NamedTuple):
    """How an article was adjudicated, on one text."""

    version: Version | None
    findings: tuple[Finding, ...]


class Work:
    """The tasks of one article, of every kind, by what they are for."""

    def __init__(
        self, tasks: Iterable[ExportedTask], registries: Registries, known: Lexicon
    ) -> None:
        ordered = sorted(tasks, key=lambda task: (task.key, task.kind))
        self.entered = [t for t in ordered if t.kind != "grid" and not is_decision(t)]
        """What annotators did by themselves, reviews included."""
        self.decisions = [t for t in ordered if is_decision(t)]
        self.grids = [t for t in ordered if t.kind == "grid"]
        self._registries, self._known = registries, known
        self._versions: dict[str, Versions] = {}
        self._decided: dict[str, Decision] = {}

    @cached_property
    def reads(self) -> tuple[list[Read], list[Finding]]:
        """Every annotation in `entered`, and what is wrong with its shape."""
        return read_annotations(self.entered)

    @cached_property
    def decision_reads(self) -> tuple[list[Read], list[Finding]]:
        """Every annotation in `decisions`, and what is wrong with its shape."""
        return read_annotations(self.decisions, first=FIRST_ORDINAL)

    def versions(self, article: Article) -> Versions:
        """The finished versions as they read on the text of `article`."""
        made = self._versions.get(article.text_sha256)
        if made is None:
            present, carried = present_reads(self.reads[0], article, self._registries.ontology)
            voters, unfinished = finished(
                present, article.text_sha256, self._registries, self._known
            )
            made = Versions(tuple(voters), tuple(carried), tuple(unfinished))
            self._versions[article.text_sha256] = made
        return made

    def decision(self, article: Article) -> Decision:
        """The adjudication as it reads on the text of `article`."""
        made = self._decided.get(article.text_sha256)
        if made is None:
            reads = self.decision_reads[0]
            version, findings = decided(reads, article, self._registries, self._known)
            made = self._decided[article.text_sha256] = Decision(version, tuple(findings))
        return made


def by_article(tasks: Iterable[Stored]) -> dict[str, list[Stored]]:
    """article_id -> its tasks, in order."""
    found: dict[str, list[Stored]] = {}
    for task in sorted(tasks, key=lambda task: (task.key, task.kind)):
        found.setdefault(task.article_id, []).append(task)
    return found
