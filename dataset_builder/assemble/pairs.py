"""Which holder-target pairs an article names, and which of them the annotators decided."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.assemble.rows import digest, pair_id, sentence_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.resolve import Entity
    from dataset_builder.assemble.versions import Take, Version
    from dataset_builder.registries import Actor, Registries, Target

_WORD = re.compile(r"\w+")
_NO_NAMES = frozenset({"LOCATION", "DATE"})
"""Kinds of span in which a name is not the actor: "talks in Ankara"."""


@dataclass(frozen=True)
class Mention:
    """A place in the text where an actor or issue is named."""

    start: int
    end: int
    sentence: int
    marked: bool
    """By an annotator; else it is a name or alias of the registry as it is written there."""


@dataclass(frozen=True)
class Pair:
    """A holder and a target that an article names."""

    id: str
    """`rows.pair_id`."""
    holder: Entity
    target: Entity
    holder_at: Mention
    """The two marked mentions that are nearest to each other."""
    target_at: Mention
    together: tuple[int, ...]
    """Indices of the sentences that name both."""
    holder_mentions: tuple[Mention, ...]
    target_mentions: tuple[Mention, ...]
    crossing: str | None
    """Label of a span with several holders and several targets that alone speaks of this pair."""
    labels: frozenset[str]
    """Labels that annotators gave to exactly this pair; without any, nobody decided it."""
    agreed: bool
    """Whether every annotator of the article gave it, and the same label."""

    @property
    def open(self) -> bool:
        """Whether nobody decided it: the pair grid is to ask."""
        return not self.labels

    @property
    def rank(self) -> tuple[bool, int, int, int, str]:
        """Sorts pairs by how likely somebody says something on them: what a crossing left open,
        then most sentences that name both, then nearness, then place in the text."""
        apart = abs(self.holder_at.sentence - self.target_at.sentence)
        first = min(self.holder_at.start, self.target_at.start)
        return (self.crossing is None, -len(self.together), apart, first, self.id)


def named_pairs(article: Article, voters: Sequence[Version], registries: Registries) -> list[Pair]:
    """Every pair of an actor and another actor or issue that annotators marked, best rank first.

    `voters` are the finished versions; those that judged the article irrelevant count for nothing.
    A mention is what somebody marked, and every other place with a name or alias of the registry
    as it is written there. Without two resolved entities there is no pair.
    """
    relevant = [voter for voter in voters if voter.relevant]
    entities, mentions = _mentions(article, relevant, registries)
    marked = {name: [m for m in found if m.marked] for name, found in mentions.items()}
    crossings, said = _taken(relevant)
    pairs: list[Pair] = []
    for holder in entities.values():
        if holder.kind != "actor":
            continue
        for target in entities.values():
            if holder.id == target.id:
                continue
            key = (holder.id, target.id)
            labels = frozenset(label for taken in said for label in taken.get(key, ()))
            holder_at, target_at = _nearest(marked[holder.id], marked[target.id])
            sentences = {m.sentence for m in mentions[holder.id]}
            pairs.append(
                Pair(
                    id=pair_id(article.article_id, *key),
                    holder=holder,
                    target=target,
                    holder_at=holder_at,
                    target_at=target_at,
                    together=tuple(sorted(sentences & {m.sentence for m in mentions[target.id]})),
                    holder_mentions=mentions[holder.id],
                    target_mentions=mentions[target.id],
                    crossing=None if labels else crossings.get(key),
                    labels=labels,
                    agreed=len(labels) == 1 and all(key in taken for taken in said),
                )
            )
    return sorted(pairs, key=lambda pair: pair.rank)


def crossed(takes: Iterable[Take]) -> frozenset[str]:
    """Region ids of the evidence among `takes` that has several holders and several targets."""
    holders: dict[str, set[str]] = {}
    targets: dict[str, set[str]] = {}
    for take in takes:
        holders.setdefault(take.evidence.id, set()).add(take.holder.id)
        targets.setdefault(take.evidence.id, set()).add(take.target.id)
    return frozenset(i for i, found in holders.items() if min(len(found), len(targets[i])) > 1)


def in_seeded_order(pairs: Iterable[Pair], seed: int, article_id: str) -> list[Pair]:
    """`pairs` in an order that neither place nor name decides, the same on every machine."""
    return sorted(pairs, key=lambda pair: (digest((seed, article_id, "check", pair.id)), pair.id))


def _taken(
    voters: Sequence[Version],
) -> tuple[dict[tuple[str, str], str], list[dict[tuple[str, str], set[str]]]]:
    """Label of crossings by pair, and for each voter the labels of pairs that stand alone."""
    crossings: dict[tuple[str, str], str] = {}
    said: list[dict[tuple[str, str], set[str]]] = []
    for voter in voters:
        several = crossed(voter.takes)
        taken: dict[tuple[str, str], set[str]] = {}
        for take in voter.takes:
            if take.evidence.id in several:
                crossings.setdefault(take.pair, take.label)
            else:
                taken.setdefault(take.pair, set()).add(take.label)
        said.append(taken)
    return crossings, said


def _mentions(
    article: Article, voters: Sequence[Version], registries: Registries
) -> tuple[dict[str, Entity], dict[str, tuple[Mention, ...]]]:
    """Entities by id in the order of the text, and where each is named, in that order."""
    entities: dict[str, Entity] = {}
    places: dict[str, dict[tuple[int, int], bool]] = {}
    others: set[int] = set()
    for voter in voters:
        for region in voter.decoded.regions:
            for entity in voter.entities.get(region.id, ()):
                if entity.resolved:
                    entities.setdefault(entity.id, entity)
                    places.setdefault(entity.id, {})[region.start, region.end] = True
            if region.kind in _NO_NAMES:
                others.update(range(region.start, region.end))
    for entity_id, start, end in _names(article.text, registries):
        if entity_id in places and start not in others:
            places[entity_id].setdefault((start, end), False)
    found = {
        entity_id: tuple(
            Mention(start, end, sentence_of(article, start), marked)
            for (start, end), marked in sorted(spans.items())
        )
        for entity_id, spans in places.items()
    }
    order = sorted(entities, key=lambda i: (found[i][0].start, found[i][0].end, i))
    return {i: entities[i] for i in order}, found


def _names(text: str, registries: Registries) -> Iterator[tuple[str, int, int]]:
    """Names and aliases of the registries as they are written in the text; the longest counts."""
    forms: dict[str, dict[str, set[str]]] = {}
    entries: list[Actor | Target] = [*registries.actors, *registries.targets]
    for entry in entries:
        for form in (entry.name, *entry.aliases):
            first = _WORD.match(form)
            if first is not None:
                forms.setdefault(first[0], {}).setdefault(form, set()).add(entry.id)
    ready = {word: sorted(ids, key=lambda f: (-len(f), f)) for word, ids in forms.items()}
    reached = 0
    for word in _WORD.finditer(text):
        if word.start() < reached:
            continue
        for form in ready.get(word[0], ()):
            end = word.start() + len(form)
            if text.startswith(form, word.start()) and _ends(text, end):
                for entity_id in sorted(forms[word[0]][form]):
                    yield entity_id, word.start(), end
                reached = end
                break


def _ends(text: str, end: int) -> bool:
    """Whether a word may end there: neither in it nor between a letter and its mark."""
    following = text[end : end + 1]
    if not following:
        return True
    joined = unicodedata.category(following)[0] == "M" or following in "\u200d\ufe0f"
    return not joined and not _WORD.match(following)


def _nearest(left: Sequence[Mention], right: Sequence[Mention]) -> tuple[Mention, Mention]:
    """The mentions with the fewest characters between them, the earlier when equal."""
    starts = [mention.start for mention in right]
    best: tuple[int, int, int, int, int] | None = None
    for i, one in enumerate(left):
        at = bisect_left(starts, one.start)
        for j in range(max(at - 1, 0), min(at + 1, len(right))):
            other = right[j]
            gap = max(other.start - one.end, one.start - other.end, 0)
            apart = abs(one.sentence - other.sentence)
            key = (apart, gap, min(one.start, other.start), i, j)
            best = key if best is None else min(best, key)
    if best is None:
        raise ValueError("no mention")
    return left[best[3]], right[best[4]]


def by_id(pairs: Iterable[Pair]) -> Mapping[str, Pair]:
    """`pairs` by their id."""
    return {pair.id: pair for pair in pairs}
