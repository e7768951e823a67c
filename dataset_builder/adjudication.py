"""What annotators of an article disagree on, and whether somebody has settled it.

Compared is what a release would compare: everyone's last finished version, on the present text and
under the present labels, by the same comparison that `agreement` counts with.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from dataset_builder.agreement.align import align_views, view
from dataset_builder.agreement.differences import units
from dataset_builder.agreement.words import LEFT_TO_RIGHT, in_words, isolated
from dataset_builder.assemble.annotations import is_decision
from dataset_builder.assemble.present import present_reads
from dataset_builder.assemble.versions import finished, read_annotations
from dataset_builder.moving.carry import Carrier, in_order
from dataset_builder.moving.sentences import sentences_of
from dataset_builder.printable import printable
from dataset_builder.studio.exported import canonical_result, dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dataset_builder.agreement.differences import UnitOf
    from dataset_builder.articles import Article
    from dataset_builder.assemble.resolve import Lexicon
    from dataset_builder.assemble.versions import Version
    from dataset_builder.moving.carry import Carried
    from dataset_builder.registries import Registries
    from dataset_builder.studio.exported import ExportedTask, Item

State = Literal["open", "unclear", "settled", "changed"]
"""open: to be adjudicated; unclear: somebody's work first needs a review, because text or labels have
changed; settled: adjudicated; changed: adjudicated, but not what annotators say now."""
BOTH: Final = "and"
SHOWN: Final = 200
"""Differences that are listed; all are counted."""
_MARKED: Final = ("triggers", "arguments", "mentions", "stance_evidence")
_WORDS = 60
_SENTENCE = 160


@dataclass(frozen=True)
class Conflict:
    """An article that two or more annotators finished, and not alike."""

    article: Article
    versions: tuple[Version, ...]
    """The independent ones, by pseudonym."""
    differing: tuple[UnitOf, ...]
    """In the order of the text."""
    results: Mapping[str, tuple[Item, ...]]
    """Pseudonym -> the version as result items on the present text; of an earlier adjudication that
    cannot be carried over to it, too. Region ids are kept."""
    digest: str
    """Of all versions as they were entered: tells whether somebody has changed one."""
    state: State
    adjudicators: tuple[str, ...]
    """Who adjudicated it, by pseudonym."""


def conflicts(
    articles: Iterable[Article],
    tasks: Iterable[ExportedTask],
    registries: Registries,
    known: Lexicon,
) -> Iterator[Conflict]:
    """The conflict of every one of `articles` that has one, in their order.

    `tasks` are of kind articles, review and adjudication, in any order.
    """
    work = by_article(tasks)
    for article in articles:
        found = conflict(article, work.get(article.article_id, ()), registries, known)
        if found is not None:
            yield found


def by_article(tasks: Iterable[ExportedTask]) -> dict[str, list[ExportedTask]]:
    """Article id -> its tasks of all kinds, in one order."""
    found: dict[str, list[ExportedTask]] = {}
    for task in sorted(tasks, key=lambda task: (task.key, task.kind)):
        found.setdefault(task.article_id, []).append(task)
    return found


def conflict(
    article: Article, tasks: Sequence[ExportedTask], registries: Registries, known: Lexicon
) -> Conflict | None:
    """What the annotators of one article disagree on; None when they do not, or are fewer than two."""
    work = [task for task in tasks if not is_decision(task)]
    versions = versions_of(article, work, registries, known)
    if len(versions) < 2:
        return None
    views = [view(version, registries.ontology) for version in versions]
    found = units(align_views(views, registries.ontology), registries.ontology)
    differing = sorted((unit for unit in found if unit.differs), key=_place)
    if not differing:
        return None
    carrier = Carrier(article.text, article.text_sha256, registries.ontology)

    def carried(tasks: Sequence[ExportedTask]) -> dict[str, Carried]:
        latest = carrier.latest(in_order(tasks))
        return {who: carrier.carry(*one) for who, one in latest.items()}

    names = {version.annotator for version in versions}
    work_of = {who: item for who, item in carried(work).items() if who in names}
    results = {who: canonical_result(_items(item)) for who, item in work_of.items()}
    # As it was entered: neither a better text nor a renamed label makes it say something else.
    entered = [(who, canonical_result(item.annotation.result)) for who, item in work_of.items()]
    digest = hashlib.sha256(dumps(entered).encode("utf-8", "surrogatepass")).hexdigest()
    settling = [task for task in tasks if is_decision(task)]
    deciding = {item.annotator for item in versions_of(article, settling, registries, known)}
    decisions = {who: item for who, item in carried(settling).items() if who in deciding}
    state: State = "open"
    if any(item.settled for item in decisions.values()):
        seen = {item.task.data.get("versions") for item in decisions.values()}
        state = "settled" if digest in seen else "changed"
    elif not all(item.settled for item in work_of.values()):
        state = "unclear"
    else:
        results |= {
            f"adjudicated-{who}": canonical_result(_items(item)) for who, item in decisions.items()
        }
    return Conflict(
        article, tuple(versions), tuple(differing), results, digest, state, tuple(sorted(decisions))
    )


def versions_of(
    article: Article, tasks: Sequence[ExportedTask], registries: Registries, known: Lexicon
) -> list[Version]:
    """The last finished version of everyone who worked on `tasks`, all of one article, as it stands
    on the present text; by pseudonym."""
    reads, _ = read_annotations(tasks)
    present, _ = present_reads(reads, article, registries.ontology)
    return finished(present, article.text_sha256, registries, known)[0]


def _items(carried: Carried) -> tuple[Item, ...]:
    """What stands today, without what carries a label that is retired."""
    gone = carried.retired.keys()
    return tuple(
        item
        for item in carried.moved.items
        if not gone & {item.get("id"), item.get("from_id"), item.get("to_id")}
    )


def _place(unit: UnitOf) -> tuple[int, int, str, tuple[str, ...]]:
    marks = [mark for side in unit.sides for mark in side.marks if mark.main]
    first = min(((mark.start, mark.end) for mark in marks), default=(-1, -1))
    return (*first, unit.layer, unit.labels)


def describe(found: Conflict) -> str:
    """The differences in lines, under the sentence that each begins in. Nothing of the page or of
    what was typed steers the lines."""
    text = found.article.text
    names = [version.annotator for version in found.versions]
    count = len(found.differing)
    places = "1 point" if count == 1 else f"{count} points"
    lines = [f"{', '.join(names[:-1])} {BOTH} {names[-1]} differ on {places}:"]
    sentences = sentences_of(text, found.article.language)
    starts = [sentence.start for sentence in sentences]
    last: int | None = None
    for unit in found.differing[:SHOWN]:
        start, end, *_ = _place(unit)
        number = bisect_right(starts, start) - 1 if start >= 0 else -1
        if number >= 0 and number != last:
            sentence = sentences[number]
            shown = " ".join(text[sentence.start : sentence.end][: 2 * _SENTENCE].split())
            lines.append(f"“{printable(shown, _SENTENCE)}”")
        last = number
        phrases = "; ".join(in_words(unit, text))
        about = _about(unit, text[start:end] if start >= 0 else "")
        lines.append(f"{LEFT_TO_RIGHT}• {about}: {phrases}")
    if count > SHOWN:
        lines.append(f"and {count - SHOWN} more")
    return "\n".join(lines)


def _about(unit: UnitOf, words: str) -> str:
    if unit.pair is not None:
        return f"{isolated(unit.pair[0])} → {isolated(unit.pair[1])}"
    if not words:
        return unit.layer
    shown = " ".join(words[: 2 * _WORDS].split())
    # Where labels differ, the phrase says whose is which.
    label = f"{unit.labels[0]} " if unit.layer in _MARKED and len(unit.labels) == 1 else ""
    return f"{label}“{isolated(printable(shown, _WORDS))}”"
