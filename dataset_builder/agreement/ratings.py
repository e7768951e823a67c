"""What annotators have in common on one article, counted so that articles can be added up.

A `Marks` tally gives F1, a `Ratings` tally gives the share of equal ratings and Krippendorff's
alpha. Both are sums over units, so a bootstrap over articles only weighs articles differently.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = frozenset[str]
"""What an annotator says of a unit: one label, or for modes, contexts and ids any number."""


def masi(one: Value, other: Value) -> float:
    """Distance of two sets, 0 the same to 1 disjoint; of two sets of one member it is nominal.

    R. Passonneau, Measuring Agreement on Set-valued Items (MASI) for Semantic and Pragmatic
    Annotation, LREC 2006: 1 - Jaccard * (1 same, 2/3 one within the other, 1/3 crossing, 0 apart).
    Two empty sets are the same.
    """
    if one == other:
        return 0.0
    common = len(one & other)
    if not common:
        return 1.0
    weight = 2 / 3 if common == min(len(one), len(other)) else 1 / 3
    return 1 - weight * common / len(one | other)


@dataclass
class Marks:
    """Marks of two annotators: how many there are, and how many have a partner."""

    matched: int = 0
    """Marks of both that have a partner: a matched pair counts twice."""
    total: int = 0
    matched_of: Counter[str] = field(default_factory=Counter)
    """Label -> marks with it whose partner has it, too."""
    total_of: Counter[str] = field(default_factory=Counter)

    def add(self, pairs: int, total: int) -> None:
        """Count `pairs` matched pairs among `total` marks of both."""
        self.matched += 2 * pairs
        self.total += total

    def add_label(self, label: str, pairs: int, total: int) -> None:
        """Count pairs that both bear `label`, among `total` marks that bear it."""
        if total:
            self.matched_of[label] += 2 * pairs
            self.total_of[label] += total


@dataclass
class Ratings:
    """Values that annotators gave the same units, as coincidences.

    A unit with m values has m (m - 1) ordered pairs of them, each of weight 1 / (m - 1), so that
    every value counts once: K. Krippendorff, Content Analysis, 2nd ed., Sage 2004, section 11.3.
    Units with fewer than two values are left out: nothing is compared in them.
    """

    units: int = 0
    values: Counter[Value] = field(default_factory=Counter)
    """How often each value was given."""
    same: float = 0.0
    """Weight of the pairs of equal values."""
    apart: float = 0.0
    """The distances of all pairs, weighted: alpha's observed disagreement."""
    given: Counter[str] = field(default_factory=Counter)
    """Label -> values that hold it."""
    shared: dict[str, float] = field(default_factory=dict)
    """Label -> weight of the pairs of which both hold it."""

    @property
    def n(self) -> int:
        """Values in all."""
        return self.values.total()

    def add(self, values: Sequence[Value | None]) -> None:
        """Count one unit; None is an annotator who does not rate it."""
        rated = [value for value in values if value is not None]
        if len(rated) < 2:
            return
        self.units += 1
        if len(rated) == 2 and rated[0] == rated[1]:  # nearly always
            self._agreed(rated[0])
            return
        for value in rated:
            self.values[value] += 1
            for label in value:
                self.given[label] += 1
        weight = 2 / (len(rated) - 1)
        for one, other in combinations(rated, 2):
            if one == other:
                self.same += weight
                common = one
            else:
                self.apart += weight * masi(one, other)
                common = one & other
            for label in common:
                self.shared[label] = self.shared.get(label, 0.0) + weight

    def _agreed(self, value: Value) -> None:
        """Count what a unit adds that two annotators, and no others, gave this value."""
        self.values[value] += 2
        self.same += 2
        for label in value:
            self.given[label] += 2
            self.shared[label] = self.shared.get(label, 0.0) + 2
