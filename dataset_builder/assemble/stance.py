"""Rows of the table stance: what was annotated, and derived neutral pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.assemble.codes import Notes, Place, quoted
from dataset_builder.assemble.rows import context, digest, pair_id, sentence_of, span
from dataset_builder.assemble.votes import match
from dataset_builder.ontology import UNMARKED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.regions import Region
    from dataset_builder.assemble.resolve import Entity
    from dataset_builder.assemble.rows import Grouping, Row
    from dataset_builder.assemble.versions import Take, Version
    from dataset_builder.validate.findings import Finding


def stance_rows(
    article: Article, group: Grouping, version: Version, voters: Sequence[Version]
) -> tuple[list[Row], list[Finding]]:
    """One row per holder, target and evidence of `version`; `voters` are all independent finished
    versions."""
    task = version.task
    notes = Notes(Place(task.article_id, version.annotation_id, task.file, task.line))
    takes = _without_doubles([take for take in version.takes if not take.doubtful], notes)
    rows: list[Row] = []
    for take, cast in zip(takes, _votes(takes, version, voters), strict=True):
        ends = [region for region in (take.holder_region, take.target_region) if region]
        start, text = context(article, take.evidence, ends)
        pair = pair_id(article.article_id, *take.pair)
        row = {
            **_ends(article, take.holder, take.holder_region, take.target, take.target_region),
            "text": text,
            "label": take.label,
            "stance_id": digest((pair, take.evidence.id)),
            "pair_id": pair,
            "expression": take.expression,
            "evidence": span(take.evidence, article.text),
            "context_start": start,
            "basis": "annotated",
            "votes": cast,
            "agreement": sum(vote["label"] == take.label for vote in cast) / len(cast),
            "story": group.story,
        }
        rows.append(row)
    return rows, notes.found


def derived_rows(
    article: Article,
    group: Grouping,
    version: Version,
    voters: Sequence[Version],
    *,
    most: int,
    seed: int,
) -> list[Row]:
    """Neutral rows for pairs of mentions in one sentence that no annotator took a stance on.

    At most `most`, in the order of a seeded hash, so that neither place nor name decides. Left
    out are mentions that could not be resolved (they may be anyone, the other end included) and
    ends of stances that could not be read.
    """
    everybody = (version, *voters)  # `version` may be an adjudicator's, who has no vote
    taken = {take.pair for voter in everybody for take in voter.takes}
    unknown = frozenset(end for voter in everybody for end in voter.undecided)
    found: dict[tuple[str, str], tuple[tuple[Entity, Region], tuple[Entity, Region]]] = {}
    for mentions in _by_sentence(article, version).values():
        for holder, holder_region in mentions:
            if holder.kind != "actor":
                continue
            for target, target_region in mentions:
                pair = (holder.id, target.id)
                if (
                    holder.id != target.id
                    and holder_region.id != target_region.id
                    and pair not in taken
                    and pair not in found
                    and unknown.isdisjoint(pair)
                ):
                    found[pair] = ((holder, holder_region), (target, target_region))
    order = sorted(found, key=lambda pair: (digest((seed, article.article_id, *pair)), pair))
    votes = [
        {"annotator": voter.annotator, "kind": voter.annotator_kind, "label": UNMARKED}
        for voter in voters
    ]
    rows: list[Row] = []
    for key in order[: max(most, 0)]:
        (holder, holder_region), (target, target_region) = found[key]
        pair_hash = pair_id(article.article_id, *key)
        start, text = context(article, holder_region, (target_region,))
        row = {
            **_ends(article, holder, holder_region, target, target_region),
            "text": text,
            "label": "neutral",
            "stance_id": digest((pair_hash, "derived")),
            "pair_id": pair_hash,
            "expression": "none",
            "evidence": None,
            "context_start": start,
            "basis": "derived",
            "votes": votes,
            "agreement": 1.0,
            "story": group.story,
        }
        rows.append(row)
    return rows


def _ends(
    article: Article,
    holder: Entity,
    holder_region: Region | None,
    target: Entity,
    target_region: Region,
) -> Row:
    """The columns that tell holder and target, and those of the article."""
    return {
        "holder": holder.name,
        "target": target.name,
        "article_id": article.article_id,
        "holder_id": holder.id,
        "holder_kind": holder.kind,
        "holder_code": holder.code,
        "target_id": target.id,
        "target_kind": target.kind,
        "target_code": target.code,
        "holder_span": span(holder_region, article.text) if holder_region else None,
        "target_span": span(target_region, article.text),
        "outlet": article.outlet,
        "published_at": article.published_at,
    }


def _without_doubles(takes: Sequence[Take], notes: Notes) -> list[Take]:
    """One of the takes that say the same of one pair with the same words."""
    kept: dict[tuple[str, str, str, int, int], Take] = {}
    for take in takes:
        first = kept.setdefault((*take.pair, take.label, take.start, take.end), take)
        if first is not take:
            notes.add(
                "GRM217",
                f"{take.label} {quoted(take.evidence.text)} of {quoted(take.holder.name)} on "
                f"{quoted(take.target.name)} is marked twice; one is left out",
                region_id=take.evidence.id,
            )
    return list(kept.values())


def _votes(takes: Sequence[Take], version: Version, voters: Sequence[Version]) -> list[list[Row]]:
    """Per take the label that every voter gave that holder and target."""
    votes: list[list[Row]] = [[] for _ in takes]
    for voter in voters:
        labels = [UNMARKED] * len(takes)
        if voter.annotation_id == version.annotation_id:
            labels = [take.label for take in takes]
        elif voter.relevant:
            for i, j in _matched(takes, voter.takes):
                labels[i] = voter.takes[j].label
        for cast, label in zip(votes, labels, strict=True):
            cast.append(
                {"annotator": voter.annotator, "kind": voter.annotator_kind, "label": label}
            )
    return votes


def _matched(left: Sequence[Take], right: Sequence[Take]) -> list[tuple[int, int]]:
    """The same pair with overlapping evidence, else the same pair anywhere; one to one."""
    pairs = match(left, right, lambda one, other: one.pair == other.pair)
    used_left, used_right = {i for i, _ in pairs}, {j for _, j in pairs}
    free: dict[tuple[str, str], list[int]] = {}
    for j in sorted(range(len(right)), key=lambda j: (right[j].start, right[j].end)):
        if j not in used_right:
            free.setdefault(right[j].pair, []).append(j)
    for i in sorted(range(len(left)), key=lambda i: (left[i].start, left[i].end)):
        if i not in used_left and free.get(left[i].pair):
            pairs.append((i, free[left[i].pair].pop(0)))
    return pairs


def _by_sentence(article: Article, version: Version) -> Mapping[int, list[tuple[Entity, Region]]]:
    """Sentence -> resolved actors and issues that are marked in it and have an arrow, in the order of
    the text."""
    found: dict[int, list[tuple[Entity, Region]]] = {}
    for region in version.decoded.regions:
        if region.id in version.decoded.loose:
            continue
        index = sentence_of(article, region.start)
        if article.sentences and region.end > article.sentences[index].end:
            continue
        for entity in version.entities.get(region.id, ()):
            if entity.resolved:
                found.setdefault(index, []).append((entity, region))
    return found
