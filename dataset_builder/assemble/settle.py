"""Whose word the release takes where annotators differ.

An adjudicated annotation wins, whole. Without one `resolution` of the settings says:

    primary    the version of the first of `primary` who finished the article, whole
    majority   unit by unit: an event, or a pair of holder and target, is taken as more than half of
               those who finished the article have it, not marking it being a vote, too; without
               such a majority, as in the primary version

A unit that a majority decides comes whole (arguments, attributes, evidence) from the first annotator
of that majority, `primary` first, then by pseudonym. With two annotators every difference is a tie,
and the primary version stands. Nothing is drawn at random; `votes` show every annotator either way.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dataset_builder.assemble.codes import Notes, Place, finding, quoted
from dataset_builder.assemble.present import present_reads
from dataset_builder.assemble.versions import finished
from dataset_builder.ontology import UNMARKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.resolve import Lexicon
    from dataset_builder.assemble.versions import Read, Version
    from dataset_builder.ontology import Ontology
    from dataset_builder.project import Settings
    from dataset_builder.registries import Registries
    from dataset_builder.validate.findings import Finding

FIRST_ORDINAL: Final = 2001
"""Adjudicating annotations are numbered from here, so that theirs are no ids of the independent
ones; their row of kind `article` has the value `adjudication`."""


@dataclass(frozen=True)
class Settled:
    """What the rows of an article are made of."""

    version: Version | None
    """Whose relevance and mentions count; None when the article makes no rows."""
    parts: tuple[Version, ...]
    """Versions, as far as their events and stances make rows."""
    findings: tuple[Finding, ...] = ()


def decided(
    reads: Sequence[Read], article: Article, registries: Registries, known: Lexicon
) -> tuple[Version | None, list[Finding]]:
    """The adjudication of an article that counts: of several the one submitted last.

    `reads` are those of the tasks of kind adjudication.
    """
    present, findings = present_reads(reads, article, registries.ontology)
    versions, found = finished(present, article.text_sha256, registries, known)
    findings += found
    if not versions:
        return None, findings
    times = {read.annotation_id: read.annotation.updated_at for read in present}
    last = max(versions, key=lambda item: (times[item.annotation_id], item.annotator))
    if len(versions) > 1:
        notes = Notes(_place(last))
        names = ", ".join(item.annotator for item in versions)
        notes.add(
            "VOT103",
            f"the article was adjudicated by {names}; the one submitted last counts, "
            f"by {last.annotator}",
        )
        findings += notes.found
    return last, findings


def settle(
    voters: Sequence[Version], decision: Version | None, settings: Settings, ontology: Ontology
) -> Settled:
    """What the release takes; `voters` are the independent finished versions, by pseudonym."""
    if decision is not None and voters:
        return Settled(decision, (decision,))
    found: list[Finding] = []
    if decision is not None:
        notes = Notes(_place(decision))
        notes.add(
            "VOT103",
            "the article was adjudicated, but no annotator of annotators.yaml finished it; "
            "the adjudication is not used",
        )
        found = notes.found
    version, more = _first(voters, settings.primary)
    found += more
    if version is None or settings.resolution != "majority":
        return Settled(version, () if version is None else (version,), tuple(found))
    return _majority(version, voters, settings.primary, ontology)


def _first(
    voters: Sequence[Version], primary: Sequence[str]
) -> tuple[Version | None, list[Finding]]:
    """The primary version, and a finding when `primary` excludes all there are."""
    if not voters:
        return None, []
    if not primary:
        return voters[0], []
    by_name = {voter.annotator: voter for voter in voters}
    found = next((by_name[name] for name in primary if name in by_name), None)
    if found is not None:
        return found, []
    names = ", ".join(by_name)
    message = f"the article was finished by {names} only, and `primary` names none of them"
    fix = "add an annotator to `primary` in pyproject.toml"
    return None, [finding("KEY206", _place(voters[0], ""), message, fix=fix)]


def _majority(
    primary: Version, voters: Sequence[Version], names: Sequence[str], ontology: Ontology
) -> Settled:
    from dataset_builder.agreement.align import align_views, view

    rank = {name: number for number, name in enumerate(names)}
    others = [voter for voter in voters if voter is not primary]
    others.sort(key=lambda voter: (rank.get(voter.annotator, len(rank)), voter.annotator))
    order = [primary, *others]
    ties: list[str] = []
    said = [str(voter.decoded.relevance) for voter in order]
    relevance = _more_than_half(said)
    if relevance is None and len(set(said)) > 1:
        ties.append("relevance")
    version = order[said.index(relevance)] if relevance else primary
    if not version.relevant:
        return Settled(version, (version,), _about(ties, primary, len(order)))
    order = [version, *(voter for voter in order if voter is not version)]
    views = [view(voter, ontology) for voter in order]
    aligned = align_views(views, ontology)
    triggers: dict[int, set[str]] = {}
    taken: set[str] = set()
    for unit in aligned.triggers:
        given = [unit[n].region.label if n in unit else UNMARKED for n in range(len(order))]
        label = _more_than_half(given)
        if label is None:
            ties.append(next(iter(unit.values())).region.text)
        # An id may stand for two marks where annotators started from the same suggestion.
        free = (n for n in sorted(unit) if unit[n].region.id not in taken)
        number = next((n for n in free if given[n] == (label or given[0])), None)
        if number is not None:
            taken.add(unit[number].region.id)
            triggers.setdefault(number, set()).add(unit[number].region.id)
    pairs: dict[int, set[tuple[str, str]]] = {}
    for pair in aligned.pairs:
        given = [item.stance(pair) for item in views]
        label = _more_than_half(given)
        if label is None:
            ties.append(" → ".join(pair))
        if (label or given[0]) != UNMARKED:
            pairs.setdefault(given.index(label or given[0]), set()).add(pair)
    parts = tuple(
        _part(voter, triggers.get(number, set()), pairs.get(number, set()))
        for number, voter in enumerate(order)
        if number == 0 or number in triggers or number in pairs
    )
    return Settled(version, parts, _about(ties, primary, len(order)))


def _more_than_half(given: Sequence[str]) -> str | None:
    label, times = Counter(given).most_common(1)[0]
    return label if 2 * times > len(given) else None


def _part(version: Version, triggers: set[str], pairs: set[tuple[str, str]]) -> Version:
    decoded = version.decoded
    kept = tuple(trigger for trigger in decoded.triggers if trigger.region.id in triggers)
    takes = tuple(take for take in version.takes if take.pair in pairs)
    return replace(version, decoded=replace(decoded, triggers=kept), takes=takes)


def _about(ties: Sequence[str], primary: Version, voters: int) -> tuple[Finding, ...]:
    if not ties:
        return ()
    notes = Notes(_place(primary))
    shown = ", ".join(quoted(words) for words in ties[:5])
    notes.add(
        "VOT105",
        f"{len(ties)} units have no majority among {voters} annotators; there the version of "
        f"{primary.annotator} stands",
        found=shown,
        fix="`dataset-builder adjudicate`",
    )
    return tuple(notes.found)


def _place(version: Version, annotation_id: str | None = None) -> Place:
    task = version.task
    known = version.annotation_id if annotation_id is None else annotation_id
    return Place(task.article_id, known, task.file, task.line)
