"""What was annotated earlier, as it reads today: on the present text, under the present labels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataset_builder.articles import Article
from dataset_builder.assemble.codes import Notes, quoted
from dataset_builder.assemble.entries import read_entries
from dataset_builder.moving.anchor import REASONS
from dataset_builder.moving.carry import Carrier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.assemble.entries import Entry
    from dataset_builder.assemble.versions import Read
    from dataset_builder.moving.carry import Carried
    from dataset_builder.ontology import Ontology
    from dataset_builder.studio.exported import ExportedTask
    from dataset_builder.validate.findings import Finding

_REVIEW = "`dataset-builder push` makes a review task for it"


def article_of(task: ExportedTask) -> Article:
    """The article as far as a task tells, so that work on it can be read as it is read today."""
    return Article(
        article_id=task.article_id,
        source="",
        raw_sha256="",
        text=task.text,
        text_sha256=task.text_sha256,
        title=None,
        outlet=None,
        agency=None,
        byline=None,
        dateline=None,
        published_at=None,
        published_basis="none",
        language="und",
        url=None,
        paragraphs=(),
        sentences=(),
    )


def present_reads(
    reads: Sequence[Read], article: Article, ontology: Ontology
) -> tuple[list[Read], list[Finding]]:
    """The submissions of `reads` that count, one per annotator, on `article`'s present text and
    under the present labels; and what was moved or could not be.

    Work on the present text comes before work on another, later work before earlier. What cannot be
    carried over exactly stays in it as spans that are left out, each named by a finding.
    """
    carrier = Carrier(article.text, article.text_sha256, ontology)
    ordered = sorted(reads, key=lambda read: (read.annotator, read.ordinal))
    by_id = {(id(read.task), id(read.annotation)): read for read in ordered}
    latest = carrier.latest((read.task, read.annotation) for read in ordered)
    present: list[Read] = []
    findings: list[Finding] = []
    for task, annotation in latest.values():
        read = by_id[id(task), id(annotation)]
        if task.kind == "review":
            findings += _borrowed(read, ordered)
        if task.text_sha256 != article.text_sha256 or ontology.migrations:
            carried = carrier.carry(task, annotation)
            findings += _about(carried, read, article)
            read = _rewritten(carried, read, article)
        present.append(read)
    return present, findings


def _borrowed(read: Read, reads: Sequence[Read]) -> list[Finding]:
    """Whether a review was begun from somebody else's suggestion: two votes would be one."""
    own: set[str | None] = set()
    others: set[str | None] = set()
    for other in reads:
        if other.task.kind != "review":
            ids = {entry.region_id for entry in other.entries if entry.kind == "span"}
            (own if other.annotator == read.annotator else others).update(ids)
    marked = {entry.region_id for entry in read.entries if entry.kind == "span"}
    if not own or len(marked & (others - own)) <= len(marked & own):
        return []
    notes = Notes(read.place)
    notes.add(
        "VOT102",
        f"{read.annotator} began the review from another annotator's work: their votes are not "
        "independent of each other",
        fix="do the review again from the suggestion with one's own pseudonym",
    )
    return notes.found


def _about(carried: Carried, read: Read, article: Article) -> list[Finding]:
    notes = Notes(read.place)
    moved = carried.moved
    if carried.moves:
        regions = sum(item.get("type") == "labels" for item in moved.items)
        doubts = f", {len(moved.doubts)} cannot be" if moved.doubts else ""
        notes.add(
            "SPN203",
            f"{read.annotator} annotated another text than the cleaner gives now; {regions} spans "
            f"were moved exactly{doubts}",
            expected=article.text_sha256,
            found=read.task.text_sha256,
        )
    for doubt in moved.doubts:
        label, words = doubt.label, quoted(doubt.words)
        notes.add(
            "SPN204",
            f"{quoted(label)[1:-1]} {words} cannot be moved to the present text, and is left out: "
            f"{REASONS[doubt.reason]}",
            region_id=doubt.region_id,
            fix=_REVIEW,
        )
    if carried.passages:
        notes.add(
            "SPN205",
            f"the present text has passages that {read.annotator} did not see: "
            f"{len(carried.passages)}",
            found=quoted(carried.passages[0]),
            fix=_REVIEW,
        )
    words_of = {entry.region_id: entry.text for entry in read.entries if entry.kind == "span"}
    for use in (*carried.migrated.undecided, *carried.migrated.retired):
        split = use.change.kind == "split"
        of_span = f" of {quoted(words_of.get(use.region_id))}" if use.region_id else ""
        notes.add(
            "SCH207" if split else "SCH208",
            f"{use.change.words}; {quoted(use.value)}{of_span} is left out"
            f"{' until somebody chooses' if split else ''}",
            region_id=use.region_id,
            found=quoted(use.value),
            fix=_REVIEW if split else None,
        )
    return notes.found


def _rewritten(carried: Carried, read: Read, article: Article) -> Read:
    """`read` as it is today. Spans that are left out stay in it without a place: an arrow to one
    must not seem to lead nowhere, or a stance with such a holder would be taken for the author's."""
    items = (*carried.moved.items, *carried.moved.arrows)
    # What is wrong with the shape of the entries was said when they were read as they are.
    entries, _ = read_entries(items, article.text, read.place)
    doubtful = {doubt.region_id for doubt in carried.moved.doubts}
    undecided, retired = carried.undecided, carried.retired

    def broken(entry: Entry) -> str | None:
        if entry.kind != "span" or entry.broken:
            return entry.broken
        if entry.region_id in doubtful:
            return "SPN204"
        if entry.region_id in undecided:
            return "SCH207"
        return "SCH208" if entry.region_id in retired else None

    left_out = (
        entry._replace(start=None, end=None, text=None)
        for entry in read.entries
        if entry.kind == "span" and entry.region_id in doubtful
    )
    marked = [
        entry if (code := broken(entry)) == entry.broken else entry._replace(broken=code)
        for entry in (*entries, *left_out)
    ]
    task = replace(
        read.task,
        text_sha256=article.text_sha256,
        data={**read.task.data, "text": article.text, "text_sha256": article.text_sha256},
    )
    return replace(read, task=task, entries=tuple(marked))
