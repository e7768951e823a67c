"""Whose work on an article can be compared, and on which of the texts that it was annotated on.

Two annotators' work can be compared on one text only. Each article is compared on the text on which
most annotators' work stands: what they did there, and what they did on another text or under an
earlier scheme as far as it carries over exactly (`moving.carry`). Of several texts with equally many
it is the one that was worked on last. Work that first needs a review is named, not counted: what is
in doubt would look like a disagreement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dataset_builder.assemble.answers import read_grids
from dataset_builder.assemble.moved_answers import answers_on
from dataset_builder.assemble.pairs import by_id, named_pairs
from dataset_builder.assemble.present import article_of
from dataset_builder.moving.carry import Carrier, in_order
from dataset_builder.moving.sentences import sentences_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.versions import Version
    from dataset_builder.assemble.work import Work
    from dataset_builder.ontology import Ontology
    from dataset_builder.registries import Registries
    from dataset_builder.studio.exported import ExportedTask

    Pair = tuple[str, str]


@dataclass(frozen=True)
class Standing:
    """The work on one article, as it is compared."""

    task: ExportedTask
    """A task with the text on which it is compared."""
    versions: tuple[Version, ...]
    """Everyone's last finished version, by pseudonym."""
    waiting: tuple[str, ...]
    """Who finished it on another text or under another scheme, and whose work needs a review."""
    answers: Mapping[str, Mapping[Pair, str]]
    """Pseudonym -> (holder, target) -> label: what was answered in the pair grid."""
    decision: Version | None
    """How it was adjudicated."""


def standing(work: Work, registries: Registries) -> Standing:
    """What stands of the work on one article.

    Findings about the work are `assemble`'s business, and so are those of its answers.
    """
    tasks = work.entered or work.grids or work.decisions
    task, usable, waiting = _text(tasks, work.entered, registries.ontology)
    article = _article(task, sentences=bool(work.grids))
    stand = tuple(item for item in work.versions(article).voters if item.annotator in usable)
    return Standing(
        task=task,
        versions=stand,
        waiting=waiting,
        answers=_answers(work.grids, article, stand, registries) if work.grids else {},
        decision=_decision(work, article, registries.ontology),
    )


def _text(
    choices: Sequence[ExportedTask], work: Sequence[ExportedTask], ontology: Ontology
) -> tuple[ExportedTask, frozenset[str], tuple[str, ...]]:
    """A task with the text to compare on, whose work stands there, and whose waits."""
    best: tuple[tuple[int, str, str], ExportedTask, frozenset[str], tuple[str, ...]] | None = None
    ordered = in_order(work)
    for task in {task.text_sha256: task for task in reversed(choices)}.values():
        carrier = Carrier(task.text, task.text_sha256, ontology)
        latest = carrier.latest(ordered)
        stands = frozenset(
            who
            for who, (made, item) in latest.items()
            if (made.text_sha256 == task.text_sha256 and not ontology.migrations)
            or carrier.carry(made, item).settled
        )
        own = (item.updated_at for made, item in ordered if made.text_sha256 == task.text_sha256)
        last = max(own, default="")
        rank = (len(stands), last, task.text_sha256)
        if best is None or rank > best[0]:
            best = (rank, task, stands, tuple(sorted(latest.keys() - stands)))
    if best is None:
        raise ValueError("an article without a task")
    return best[1:]


def _article(task: ExportedTask, *, sentences: bool) -> Article:
    language = str(task.data.get("language") or "und")
    found = sentences_of(task.text, language) if sentences else ()
    return replace(article_of(task), language=language, sentences=found)


def _answers(
    grids: Sequence[ExportedTask],
    article: Article,
    versions: Sequence[Version],
    registries: Registries,
) -> Mapping[str, Mapping[Pair, str]]:
    """The answers that stand on the text of `article`, of those who are known."""
    names = {annotator.pseudonym for annotator in registries.annotators}
    given, _ = read_grids(grids, registries.ontology)
    pairs = by_id(named_pairs(article, versions, registries))
    read, _ = answers_on(article, given, pairs, registries)
    return {
        item.annotator: {item.ends[pair]: label for pair, label in item.labels.items()}
        for item in read
        if item.annotator in names
    }


def _decision(work: Work, article: Article, ontology: Ontology) -> Version | None:
    """The adjudication that counts, if nothing of it waits for a person."""
    carrier = Carrier(article.text, article.text_sha256, ontology)
    latest = carrier.latest(in_order(work.decisions))
    if not latest or not all(carrier.carry(*made).settled for made in latest.values()):
        return None
    return work.decision(article).version
