"""Clusters that grow by average linkage.

Of all clusters that may be joined, the two with the highest mean score between their members are
joined first, as long as that mean is enough (UPGMA: Sokal and Michener, "A statistical method for
evaluating systematic relationships", 1958). The mean takes in every pair of members, also those that
nobody proposed: it is computed from the sums of their vectors. A cluster takes in nothing that is much
less like its members than they are like each other (relative closeness: Karypis, Han and Kumar,
"Chameleon: hierarchical clustering using dynamic modeling", 1999). Some clusters may never be joined
(cannot-link constraints: Davidson and Ravi, "Clustering with constraints", 2005).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Sequence

    from dataset_builder.grouping.story_index import Keys, Values
    from dataset_builder.grouping.story_terms import Frame

DISAGREE: Final = 0.2
"""Taken from the score of two articles for each of day, weekday and place that they disagree on."""
CLOSE: Final = 0.45
"""What the mean score between two clusters must be of the mean score inside the closer of them."""
KEPT: Final = 0.5
"""Means of less than this share of what is enough are forgotten, and computed again if needed."""


@dataclass(frozen=True)
class Cluster:
    """Articles that are one story."""

    members: tuple[int, ...]
    keys: Keys
    values: Values
    """The sum of the members' vectors."""
    frames: Counter[Frame]
    first: int
    last: int
    """First and last stated day of publication as ordinals; 0 if no member states one."""
    apart: frozenset[int]
    """Articles that must not come in."""
    settled: bool
    """Whether it is a story already; two such are never joined."""
    inner: float = 0.0
    """Sum of the scores of the pairs of members."""

    @property
    def cohesion(self) -> float:
        """Mean score of the pairs of members; 0 for a single one."""
        size = len(self.members)
        return self.inner / (size * (size - 1) / 2) if size > 1 else 0.0

    def score(self, other: Cluster) -> float:
        """Mean score of the pairs of a member of this and one of the other cluster."""
        import numpy as np

        few, many = sorted((self, other), key=lambda cluster: len(cluster.keys))
        places = np.searchsorted(many.keys, few.keys)
        places[places == len(many.keys)] = 0
        both = np.flatnonzero(many.keys[places] == few.keys) if len(many.keys) else places[:0]
        total = float(np.dot(few.values[both], many.values[places[both]]))
        for mine, count in self.frames.items():
            for theirs, times in other.frames.items():
                total -= count * times * DISAGREE * len(mine.disagreements(theirs))
        return total / (len(self.members) * len(other.members))

    def joined(self, other: Cluster, score: float) -> Cluster:
        """Both as one, where `score` is the mean score between them."""
        keys, values = summed([(self.keys, self.values), (other.keys, other.values)])
        days = [day for day in (self.first, other.first, self.last, other.last) if day]
        return Cluster(
            members=tuple(sorted((*self.members, *other.members))),
            keys=keys,
            values=values,
            frames=self.frames + other.frames,
            first=min(days, default=0),
            last=max(days, default=0),
            apart=self.apart | other.apart,
            settled=self.settled or other.settled,
            inner=self.inner + other.inner + score * len(self.members) * len(other.members),
        )

    def may_join(self, other: Cluster, days: int) -> bool:
        """Whether nothing forbids that both are one, which may last so many days."""
        if self.first and other.first:
            span = max(self.last, other.last) - min(self.first, other.first)
            if span > days and span > max(self.last - self.first, other.last - other.first):
                return False
        if self.settled and other.settled:
            return False
        return self.apart.isdisjoint(other.members)


def summed(vectors: Sequence[tuple[Keys, Values]]) -> tuple[Keys, Values]:
    """The sum of vectors, each given by its keys and values."""
    import numpy as np

    if len(vectors) == 1:
        return vectors[0]
    keys, places = np.unique(np.concatenate([keys for keys, _ in vectors]), return_inverse=True)
    values = np.bincount(places, np.concatenate([values for _, values in vectors]), len(keys))
    return keys, values.astype(np.float64, copy=False)


def agglomerate(
    nodes: Iterable[int],
    pairs: Iterable[tuple[int, int, float]],
    make: Callable[[int], Cluster],
    *,
    enough: float,
    days: int,
) -> list[tuple[int, ...]]:
    """The members of the clusters that grow from `nodes`, of which `pairs` may be joined.

    `make` gives the cluster of a node; a pair comes with its score, or with NaN. Equal scores are
    taken in the order of the nodes, so nothing depends on the order of `nodes` and `pairs`.
    """
    clusters = {node: make(node) for node in sorted(nodes)}
    scores: dict[int, dict[int, float]] = {node: {} for node in clusters}
    heap: list[tuple[float, int, int]] = []

    def close(one: int, other: int, score: float) -> bool:
        cohesion = max(clusters[one].cohesion, clusters[other].cohesion)
        return score >= max(enough, CLOSE * cohesion)

    def note(one: int, other: int, score: float) -> None:
        if score >= enough * KEPT and clusters[one].may_join(clusters[other], days):
            scores[one][other] = scores[other][one] = score
            if close(one, other, score):
                heapq.heappush(heap, (-score, min(one, other), max(one, other)))

    for one, other, given in sorted(pairs, key=lambda pair: pair[:2]):
        note(one, other, clusters[one].score(clusters[other]) if isnan(given) else given)
    while heap:
        score, one, other = heapq.heappop(heap)
        if scores.get(one, {}).get(other) != -score or not close(one, other, -score):
            continue  # one of them has grown since, or is gone
        left, right = clusters[one], clusters.pop(other)
        near_left, near_right = scores[one], scores.pop(other)
        clusters[one], scores[one] = left.joined(right, -score), {}
        for near in sorted((near_left.keys() | near_right.keys()) - {one, other}):
            scores[near].pop(one, None)
            scores[near].pop(other, None)
            total = 0.0
            for part, known in ((left, near_left), (right, near_right)):
                mean = known.get(near)
                total += len(part.members) * (part.score(clusters[near]) if mean is None else mean)
            note(one, near, total / len(clusters[one].members))
    return [cluster.members for cluster in clusters.values()]
