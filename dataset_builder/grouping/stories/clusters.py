"""Reports that grow into stories by average linkage.

Of all clusters that may be joined, the two with the highest mean score between their members are
joined first, as long as that mean is enough (UPGMA: Sokal and Michener, "A statistical method for
evaluating systematic relationships", 1958). The mean takes in every pair of members, also those that
nobody proposed: it is computed from the sums of their vectors. A chain of reports, each a little like
the next, therefore does not become one story. Nor does a topic: a cluster takes in nothing that is
much less like its members than they are like each other (relative closeness: Karypis, Han and Kumar,
"Chameleon: hierarchical clustering using dynamic modeling", 1999). Some clusters may never be joined
(cannot-link constraints: Davidson and Ravi, "Clustering with constraints", 2005).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dataset_builder.grouping.stories.frames import Frames
    from dataset_builder.grouping.stories.index import Scorer, Vector

CLOSE: Final = 0.6
"""What the mean score between two clusters must be of the mean score inside the closer of them."""
KEPT: Final = 0.5
"""Means of less than this share of what is enough are forgotten, and computed again if needed."""


@dataclass(frozen=True)
class Cluster:
    """Articles that are one story."""

    members: tuple[int, ...]
    vector: Vector
    """The sum of the members' vectors."""
    frames: Frames
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

    def joined(self, other: Cluster, score: float) -> Cluster:
        """Both as one, where `score` is the mean score between them."""
        days = [day for day in (self.first, other.first, self.last, other.last) if day]
        return Cluster(
            members=tuple(sorted((*self.members, *other.members))),
            vector=summed([self.vector, other.vector]),
            frames=self.frames + other.frames,
            first=min(days, default=0),
            last=max(days, default=0),
            apart=self.apart | other.apart,
            settled=self.settled or other.settled,
            inner=self.inner + other.inner + score * len(self.members) * len(other.members),
        )

    def may_join(self, other: Cluster, days: int) -> bool:
        """Whether nothing forbids that both are one, which may last so many days."""
        if self.settled and other.settled:
            return False
        if self.first and other.first:
            span = max(self.last, other.last) - min(self.first, other.first)
            if span > days and span > max(self.last - self.first, other.last - other.first):
                return False
        return not self.apart or self.apart.isdisjoint(other.members)


def summed(vectors: Sequence[Vector]) -> Vector:
    """The sum of vectors."""
    import numpy as np

    if len(vectors) == 1:
        return vectors[0]
    keys, places = np.unique(np.concatenate([keys for keys, _ in vectors]), return_inverse=True)
    weights = np.bincount(places, np.concatenate([weights for _, weights in vectors]), len(keys))
    return keys, weights.astype(np.float32)


def mean_scores(one: Cluster, others: Sequence[Cluster], scorer: Scorer) -> list[float]:
    """For each of `others` the mean score of the pairs of its members and those of `one`."""
    dots = scorer.dots(one.vector, [other.vector for other in others]).tolist()
    return [
        (dot - one.frames.cost(other.frames)) / (len(one.members) * len(other.members))
        for dot, other in zip(dots, others, strict=True)
    ]


def agglomerate(
    nodes: Iterable[int],
    pairs: Iterable[tuple[int, int, float]],
    make: Callable[[int], Cluster],
    scorer: Scorer,
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
    least = {node: max(enough, CLOSE * clusters[node].cohesion) for node in clusters}
    heap: list[tuple[float, int, int]] = []

    def note(one: int, other: int, score: float) -> None:
        if score >= enough * KEPT and clusters[one].may_join(clusters[other], days):
            scores[one][other] = scores[other][one] = score
            if score >= least[one] and score >= least[other]:
                heapq.heappush(heap, (-score, min(one, other), max(one, other)))

    def means(one: Cluster, others: list[int]) -> dict[int, float]:
        found = mean_scores(one, [clusters[other] for other in others], scorer) if others else ()
        return dict(zip(others, found, strict=True))

    for one, other, given in sorted(pairs, key=lambda pair: pair[:2]):
        note(one, other, means(clusters[one], [other])[other] if isnan(given) else given)
    while heap:
        lost, one, other = heapq.heappop(heap)
        if scores.get(one, {}).get(other) != -lost or -lost < max(least[one], least[other]):
            continue  # one of them has grown since, or is gone
        left, right = clusters[one], clusters.pop(other)
        told, also = scores[one], scores.pop(other)
        del told[other], also[one]
        told |= means(left, sorted(also.keys() - told.keys()))
        also |= means(right, sorted(told.keys() - also.keys()))
        clusters[one], scores[one] = left.joined(right, -lost), {}
        least[one] = max(enough, CLOSE * clusters[one].cohesion)
        share = len(left.members) / len(clusters[one].members)
        for node, mean in told.items():
            scores[node].pop(one, None)
            scores[node].pop(other, None)
            note(one, node, share * mean + (1 - share) * also[node])
    return [cluster.members for cluster in clusters.values()]
