"""Answers of the pair grid that were given on another text of the article.

An answer is about a pair in the whole text, so it moves exactly when nothing that names both was
changed: every sentence of the present text that names holder and target stands in the annotated one
as it is; and, unless the answer is neutral (nothing that is taken away can make a stance), every such
sentence of the annotated text stands in the present one. All others are in doubt: they are left out
and counted, and the next grid asks their pairs again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dataset_builder.assemble.codes import Notes, Place, quoted
from dataset_builder.moving.align import align
from dataset_builder.moving.anchor import CERTAIN
from dataset_builder.moving.passages import new_passages
from dataset_builder.moving.sentences import sentences_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.articles import Article, Span
    from dataset_builder.assemble.answers import Answers
    from dataset_builder.assemble.pairs import Mention, Pair
    from dataset_builder.moving.align import Alignment
    from dataset_builder.registries import Actor, Registries, Target
    from dataset_builder.studio.exported import ExportedTask
    from dataset_builder.validate.findings import Finding

_NEUTRAL: Final = "neutral"
_AGAIN: Final = "`dataset-builder grid` asks about these pairs again"


@dataclass(frozen=True)
class MovedAnswers:
    """One annotator's answers on another text. Every answer is in exactly one of these."""

    exact: Answers
    doubtful: tuple[str, ...]
    """Pair ids of the others, in the order of the rows."""


def answers_on(
    article: Article,
    given: Sequence[tuple[ExportedTask, Sequence[Answers]]],
    pairs: Mapping[str, Pair],
    registries: Registries,
) -> tuple[list[Answers], list[Finding]]:
    """What everyone answered, as it stands on the text of `article`, by pseudonym; and what was moved
    or could not be.

    `given` are the grids of the article as `answers.read_grids` reads them, `pairs` those that the
    article names now. Of two answers to one pair the one on the present text counts, else the later.
    """
    findings: list[Finding] = []
    merged: dict[str, Answers] = {}
    present: list[Answers] = []
    earlier: list[tuple[str, Answers]] = []
    for task, answers in given:
        if task.text_sha256 == article.text_sha256:
            present += answers
            continue
        if not answers:
            continue
        changes = Changes(task, article)
        for item in answers:
            moved = move_answers(item, article, pairs, registries, changes)
            findings += _about(moved, task, article, pairs, changes)
            earlier.append((_time(task, item), moved.exact))
    earlier.sort(key=lambda pair: (pair[0], pair[1].annotator, pair[1].ordinal))
    for item in (*(item for _, item in earlier), *present):
        known = merged.get(item.annotator)
        merged[item.annotator] = item if known is None else _joined(known, item)
    return [merged[name] for name in sorted(merged)], findings


def move_answers(
    answers: Answers,
    article: Article,
    pairs: Mapping[str, Pair],
    registries: Registries,
    changes: Changes,
) -> MovedAnswers:
    """`answers`, given on an earlier text, on the text of `article`, which `changes` tells from it.

    An answer on a pair that is not in `pairs` counts as moved: whether anybody names the pair is
    judged where the answers are used.
    """
    doubtful = tuple(
        pair_id
        for pair_id, label in answers.labels.items()
        if (pair := pairs.get(pair_id)) is not None
        and (
            not changes.new.isdisjoint(pair.together)
            or (label != _NEUTRAL and _lost(pair, article, changes.old, registries))
        )
    )
    left = set(doubtful)
    exact = {name: label for name, label in answers.labels.items() if name not in left}
    return MovedAnswers(replace(answers, labels=exact), doubtful)


class Changes:
    """What is not the same in two texts of an article."""

    def __init__(self, task: ExportedTask, article: Article) -> None:
        alignment = align(task.text, article.text)
        self.new = frozenset(
            index
            for index, sentence in enumerate(article.sentences)
            if not _stands(sentence, alignment, new=True)
        )
        """Indices of the sentences of the present text that the annotated one has not."""
        self.old = tuple(
            task.text[sentence.start : sentence.end]
            for sentence in sentences_of(task.text, str(task.data.get("language") or "und"))
            if not _stands(sentence, alignment, new=False)
        )
        """The sentences of the annotated text that the present one has not."""
        self.passages = tuple(new_passages(alignment))


def _about(
    moved: MovedAnswers,
    task: ExportedTask,
    article: Article,
    pairs: Mapping[str, Pair],
    changes: Changes,
) -> list[Finding]:
    who = moved.exact.annotator
    number = f"{task.article_id}:{who}:{moved.exact.annotation_number}"
    notes = Notes(Place(task.article_id, number, task.file, task.line))
    doubts = f", {len(moved.doubtful)} cannot be" if moved.doubtful else ""
    notes.add(
        "SPN203",
        f"{who} answered the grid on another text than the cleaner gives now; "
        f"{len(moved.exact.labels)} answers were moved exactly{doubts}",
        expected=article.text_sha256,
        found=task.text_sha256,
    )
    if moved.doubtful:
        named = [pairs[name] for name in moved.doubtful[:5]]
        notes.add(
            "SPN204",
            f"{len(moved.doubtful)} answers of {who} cannot be moved to the present text, and are "
            "left out: sentences that name both were changed",
            found=", ".join(f"{quoted(p.holder.name)} on {quoted(p.target.name)}" for p in named),
            fix=_AGAIN,
        )
    if changes.passages:
        notes.add(
            "SPN205",
            f"the present text has passages that {who} did not see when answering the grid: "
            f"{len(changes.passages)}",
            found=quoted(changes.passages[0]),
        )
    return notes.found


def _stands(sentence: Span, alignment: Alignment, *, new: bool) -> bool:
    """Whether a sentence of the new (or old) text is within one stretch that both texts have."""
    if alignment.old == alignment.new:
        return True
    for block in alignment.blocks:
        shift = block.shift if new else 0
        if block.start + shift <= sentence.start and sentence.end <= block.end + shift:
            return block.end - block.start >= CERTAIN
    return False


def _lost(pair: Pair, article: Article, old: Sequence[str], registries: Registries) -> bool:
    """Whether one of `old`, sentences that are there no more, names holder and target."""
    if not old:
        return False
    holders = _names(pair.holder.id, pair.holder_mentions, article, registries)
    targets = _names(pair.target.id, pair.target_mentions, article, registries)
    return any(
        any(name in sentence for name in holders) and any(name in sentence for name in targets)
        for sentence in old
    )


def _names(
    entity_id: str, mentions: Sequence[Mention], article: Article, registries: Registries
) -> frozenset[str]:
    """Every way in which the registries or the present text name it."""
    written = {article.text[mention.start : mention.end] for mention in mentions}
    entries: list[Actor | Target] = [*registries.actors, *registries.targets]
    for entry in entries:
        if entry.id == entity_id:
            written |= {entry.name, *entry.aliases}
    return frozenset(written)


def _joined(earlier: Answers, later: Answers) -> Answers:
    return replace(
        later,
        labels={**earlier.labels, **later.labels},
        ends={**earlier.ends, **later.ends},
        checks=earlier.checks + later.checks,
        missed=(*earlier.missed, *later.missed),
    )


def _time(task: ExportedTask, answers: Answers) -> str:
    """When the answers were submitted."""
    done = [a for a in task.annotations if a.annotator == answers.annotator]
    return max((a.updated_at for a in done if a.state == "completed"), default="")
