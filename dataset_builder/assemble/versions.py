"""One annotator's finished version of an article, decoded and resolved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dataset_builder.assemble.codes import Notes, Place, quoted
from dataset_builder.assemble.decode import decode
from dataset_builder.assemble.entries import read_entries
from dataset_builder.assemble.resolve import THE_AUTHOR, known_only, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.assemble.decode import Decoded, Stance
    from dataset_builder.assemble.entries import Entry
    from dataset_builder.assemble.regions import Region
    from dataset_builder.assemble.resolve import Entity, Lexicon
    from dataset_builder.ontology import Ontology
    from dataset_builder.registries import Registries
    from dataset_builder.studio.exported import ExportedAnnotation, ExportedTask
    from dataset_builder.validate.findings import Finding


@dataclass(frozen=True)
class Take:
    """One holder's stance on one target, with its evidence."""

    holder: Entity
    target: Entity
    label: str
    expression: str
    evidence: Region
    holder_region: Region | None
    """None for the author."""
    target_region: Region
    doubtful: bool = False
    """Several holders and several targets were joined by arrows: it makes no row."""

    @property
    def pair(self) -> tuple[str, str]:
        """Ids of holder and target."""
        return (self.holder.id, self.target.id)

    @property
    def start(self) -> int:
        """Where the evidence starts."""
        return self.evidence.start

    @property
    def end(self) -> int:
        """Where the evidence ends."""
        return self.evidence.end


@dataclass(frozen=True)
class Read:
    """One annotation as it was entered, whatever its state."""

    annotation_id: str
    annotator: str
    state: str
    ordinal: int
    task: ExportedTask
    entries: tuple[Entry, ...]
    annotation: ExportedAnnotation

    @property
    def place(self) -> Place:
        """Where it stands, for findings."""
        task = self.task
        return Place(task.article_id, self.annotation_id, task.file, task.line)


@dataclass(frozen=True)
class Version:
    """A finished annotation, understood."""

    annotation_id: str
    annotator: str
    annotator_kind: str
    task: ExportedTask
    decoded: Decoded
    entities: Mapping[str, tuple[Entity, ...]]
    """Region id -> what an ACTOR or ISSUE stands for."""
    takes: tuple[Take, ...]
    undecided: frozenset[str]
    """Ids of holders and targets of stances that could not be read whole."""
    findings: tuple[Finding, ...]
    """What is wrong with its grammar and its ids."""

    @property
    def relevant(self) -> bool:
        """Whether it can give rows."""
        return self.decoded.relevance == "relevant"


def read_annotations(
    tasks: Sequence[ExportedTask], first: int = 1
) -> tuple[list[Read], list[Finding]]:
    """Every annotation of the tasks of one article, and what is wrong with their shape.

    When the article was annotated on several texts, one person's ordinals are counted through
    over all of them by time, so that an id never stands for two annotations. Ids are numbered from
    `first` on.
    """
    pairs = [(task, annotation) for task in tasks for annotation in task.annotations]
    if len(tasks) > 1:
        pairs.sort(key=lambda p: (p[1].created_at, p[0].text_sha256, p[1].ordinal))
    counts: dict[str, int] = {}
    reads: list[Read] = []
    findings: list[Finding] = []
    for task, annotation in pairs:
        who = annotation.annotator
        counts[who] = counts.get(who, 0) + 1
        ordinal = counts[who] if len(tasks) > 1 else annotation.ordinal
        read, found = _read(task, annotation, first - 1 + ordinal)
        reads.append(read)
        findings += found
    return reads, findings


def _read(
    task: ExportedTask, annotation: ExportedAnnotation, ordinal: int
) -> tuple[Read, list[Finding]]:
    annotation_id = f"{task.article_id}:{annotation.annotator}:{ordinal}"
    place = Place(task.article_id, annotation_id, task.file, task.line)
    entries, findings = read_entries(annotation.result, task.text, place)
    state = str(annotation.state)
    if state != "completed":  # makes no row and no vote, so nothing of the release is wrong
        findings = [replace(finding, severity="warning") for finding in findings]
    who = annotation.annotator
    return Read(annotation_id, who, state, ordinal, task, entries, annotation), findings


def finished(
    reads: Sequence[Read], text_sha256: str, registries: Registries, known: Lexicon
) -> tuple[list[Version], list[Finding]]:
    """The last finished annotation of everyone on one text of an article, by pseudonym.

    Finished is: submitted, and judged relevant or not. Findings are about those that are not;
    each version carries its own.
    """
    kinds = {annotator.pseudonym: annotator.kind for annotator in registries.annotators}
    versions: dict[str, Version] = {}
    findings: list[Finding] = []
    submitted = [r for r in reads if r.state == "completed" and r.task.text_sha256 == text_sha256]
    last: dict[str, Read] = {}
    for read in sorted(submitted, key=lambda r: (r.annotator, r.ordinal)):
        last[read.annotator] = read
    for who, read in last.items():
        if who not in kinds:
            continue
        version = _version(read, kinds[who], registries.ontology, known)
        if version.decoded.relevance is None:
            notes = Notes(read.place)
            notes.add(
                "GRM213",
                f"{who} submitted the article without saying whether it is relevant; the "
                "annotation counts as unfinished",
            )
            findings += [*version.findings, *notes.found]
        else:
            versions[who] = version
    return list(versions.values()), findings


def _version(read: Read, kind: str, ontology: Ontology, known: Lexicon) -> Version:
    notes = Notes(read.place)
    entries = known_only(read.entries, known, notes)
    decoded, findings = decode(entries, ontology, read.place)
    entities = resolve(decoded.regions, known, notes)
    takes: list[Take] = []
    undecided: set[str] = set()
    for stance in decoded.stances:
        if stance.usable:
            takes += _takes(stance, entities, notes)
        else:
            ends = (*stance.holders, *stance.targets)
            undecided |= {entity.id for region in ends for entity in entities[region.id]}
    if decoded.relevance == "relevant" and not (decoded.triggers or decoded.stances):
        notes.add("GRM215", "the article is judged relevant, but has neither event nor stance")
    if decoded.relevance in ("irrelevant", "broken") and decoded.regions:
        notes.add(
            "GRM214",
            f"the article is judged {decoded.relevance}, but has {len(decoded.regions)} spans; "
            "none makes a row",
        )
    return Version(
        annotation_id=read.annotation_id,
        annotator=read.annotator,
        annotator_kind=kind,
        task=read.task,
        decoded=decoded,
        entities=entities,
        takes=tuple(takes),
        undecided=frozenset(undecided),
        findings=(*findings, *notes.found),
    )


def _takes(stance: Stance, entities: Mapping[str, tuple[Entity, ...]], notes: Notes) -> list[Take]:
    """Every holder on every target, each pair of ids once."""
    holders = _ends(stance.holders, entities) or [(None, THE_AUTHOR)]
    targets = _ends(stance.targets, entities)
    evidence = stance.region
    crossing = len(holders) > 1 and len(targets) > 1
    # A phrase that names several is one holder in the text; several arrows are several statements.
    doubtful = crossing and len(stance.holders) > 1
    if doubtful:
        notes.add(
            "GRM224",
            f"{_named(evidence)} has arrows from {len(stance.holders)} holders and {len(targets)} targets: who "
            "is for or against what is open, and it is left out",
            region_id=evidence.id,
        )
    elif crossing:
        notes.add(
            "GRM210",
            f"{_named(evidence)} has {len(holders)} holders and {len(targets)} targets, and is read as "
            "every holder on every target",
            region_id=evidence.id,
        )
    takes: list[Take] = []
    for holder_region, holder in holders:
        for target_region, target in targets:
            if holder.id == target.id and target_region is not None:
                notes.add(
                    "GRM216",
                    f"{_named(evidence)} has {quoted(holder.name)} as holder and as target; that pair is "
                    "left out",
                    region_id=evidence.id,
                    caused_by=("GRM224" if doubtful else "GRM210") if crossing else None,
                )
            elif target_region is not None:
                expression = stance.expression or "none"
                takes.append(
                    Take(
                        holder, target, evidence.label, expression, evidence,
                        holder_region, target_region, doubtful,
                    )
                )  # fmt: skip
    return takes


def _named(region: Region) -> str:
    return f"{region.label} {quoted(region.text)}"


def _ends(
    regions: Sequence[Region], entities: Mapping[str, tuple[Entity, ...]]
) -> list[tuple[Region | None, Entity]]:
    """Each id once, with the first region that stands for it."""
    found: dict[str, tuple[Region | None, Entity]] = {}
    for region in regions:
        for entity in entities[region.id]:
            found.setdefault(entity.id, (region, entity))
    return list(found.values())
