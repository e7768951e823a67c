"""How suggestions compare with annotations: counts of what matches, layer by layer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.assemble.regions import STANCE, TRIGGER
from dataset_builder.assemble.votes import match

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_builder.assemble.decode import Argument, Trigger
    from dataset_builder.assemble.regions import Region
    from dataset_builder.assemble.versions import Version

Counts = tuple[int, int, int]
"""What matches, what was suggested, what the reference has."""
SHARE = "share"


@dataclass(frozen=True)
class Score:
    """One figure; for a `share`, `suggested` and `reference` are the same: the units compared."""

    layer: str
    metric: str
    """exact, overlap (at least half), f1 of sets, or share (of matched units that are equal)."""
    matched: int
    suggested: int
    reference: int

    @property
    def precision(self) -> float | None:
        """Share of what was suggested that the reference has; None when nothing was."""
        return self.matched / self.suggested if self.suggested else None

    @property
    def recall(self) -> float | None:
        """Share of the reference that was suggested; None when it has nothing."""
        return self.matched / self.reference if self.reference else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; None when there is nothing on either side."""
        total = self.suggested + self.reference
        return 2 * self.matched / total if total else None


def scores(pairs: Iterable[tuple[Version, Version]], attributes: Sequence[str]) -> list[Score]:
    """Figures over (suggested, reference) versions of the same articles, in a fixed order."""
    totals: Counter[tuple[str, str, int]] = Counter()
    order: dict[tuple[str, str], None] = {}
    for suggested, reference in pairs:
        for (layer, metric), counts in _compare(suggested, reference, attributes).items():
            order[layer, metric] = None
            for place, count in enumerate(counts):
                totals[layer, metric, place] += count
    return [
        Score(layer, metric, *(totals[layer, metric, place] for place in range(3)))
        for layer, metric in order
    ]


def _compare(
    one: Version, other: Version, attributes: Sequence[str]
) -> dict[tuple[str, str], Counts]:
    made: dict[tuple[str, str], Counts] = {}
    for layer, labels in _LAYERS.items():
        ours, theirs = (_regions(version, labels) for version in (one, other))
        made[layer, "exact"] = (_exact(ours, theirs), len(ours), len(theirs))
        made[layer, "overlap"] = (len(match(ours, theirs)), len(ours), len(theirs))
    left, right = one.decoded.triggers, other.decoded.triggers
    regions = [t.region for t in left], [t.region for t in right]
    pairs = match(*regions, alike=lambda a, b: a.label == b.label)
    equal = sum(left[i].region.label == right[j].region.label for i, j in pairs)
    made["triggers with type", "overlap"] = (equal, len(left), len(right))
    made["types of matched triggers", SHARE] = (equal, len(pairs), len(pairs))
    made |= _arguments(left, right, pairs)
    for name in attributes:
        same = sum(left[i].attributes[name] == right[j].attributes[name] for i, j in pairs)
        made[f"{name} of matched triggers", SHARE] = (same, len(pairs), len(pairs))
    same = sum(left[i].modes == right[j].modes for i, j in pairs)
    made["modes of matched triggers", SHARE] = (same, len(pairs), len(pairs))
    made |= _identities(one, other)
    made |= _dates(one, other)
    made |= _stances(one, other)
    return made


_LAYERS = {
    "ACTOR spans": ("ACTOR",),
    "ISSUE spans": ("ISSUE",),
    "LOCATION spans": ("LOCATION",),
    "DATE spans": ("DATE",),
    "triggers": (TRIGGER,),
    "stance evidence": (STANCE,),
}


def _regions(version: Version, labels: Sequence[str]) -> list[Region]:
    """Regions of a label or kind, those with the same place once."""
    found = {
        (r.start, r.end): r
        for r in version.decoded.regions
        if r.label in labels or r.kind in labels
    }
    return list(found.values())


def _exact(left: Sequence[Region], right: Sequence[Region]) -> int:
    return len({(r.start, r.end) for r in left} & {(r.start, r.end) for r in right})


def _arguments(
    left: Sequence[Trigger], right: Sequence[Trigger], pairs: Sequence[tuple[int, int]]
) -> dict[tuple[str, str], Counts]:
    made: dict[tuple[str, str], Counts] = {}
    total = [0, 0, 0]
    within = [0, 0]
    for role in ("ACTOR", "RECIPIENT", "LOCATION", "DATE"):
        ours = [_of_role(trigger.arguments, role) for trigger in left]
        theirs = [_of_role(trigger.arguments, role) for trigger in right]
        matched = sum(len(match(ours[i], theirs[j])) for i, j in pairs)
        counts = (matched, sum(map(len, ours)), sum(map(len, theirs)))
        made[f"arguments: {role}", "overlap"] = counts
        total = [sum(both) for both in zip(total, counts, strict=True)]
        within[0] += sum(len(ours[i]) for i, _ in pairs)
        within[1] += sum(len(theirs[j]) for _, j in pairs)
    return {
        ("arguments (trigger, role, span)", "overlap"): (total[0], total[1], total[2]),
        **made,
        ("arguments of matched triggers", "overlap"): (total[0], within[0], within[1]),
    }


def _of_role(arguments: Iterable[Argument], role: str) -> list[Region]:
    return [argument.region for argument in arguments if argument.role == role]


def _identities(one: Version, other: Version) -> dict[tuple[str, str], Counts]:
    """Who the ACTOR spans are that both marked."""
    left, right = (_regions(version, ("ACTOR",)) for version in (one, other))
    pairs = match(left, right)
    same = sum(_ids(one, left[i]) == _ids(other, right[j]) for i, j in pairs)
    return {("actors of matched ACTOR spans", SHARE): (same, len(pairs), len(pairs))}


def _ids(version: Version, region: Region) -> frozenset[str]:
    return frozenset(entity.id for entity in version.entities[region.id])


def _dates(one: Version, other: Version) -> dict[tuple[str, str], Counts]:
    left, right = (_regions(version, ("DATE",)) for version in (one, other))
    pairs = match(left, right)
    same = sum(left[i].one("timex3") == right[j].one("timex3") for i, j in pairs)
    return {
        ("values of matched dates", SHARE): (same, len(pairs), len(pairs)),
        ("dates with value", "overlap"): (same, len(left), len(right)),
    }


def _stances(one: Version, other: Version) -> dict[tuple[str, str], Counts]:
    left, right = (_labels(version) for version in (one, other))
    both = left.keys() & right.keys()
    same = sum(left[pair] == right[pair] for pair in both)
    return {
        ("stance pairs", "f1"): (len(both), len(left), len(right)),
        ("stance pairs with label", "f1"): (same, len(left), len(right)),
        ("labels of matched pairs", SHARE): (same, len(both), len(both)),
    }


def _labels(version: Version) -> dict[tuple[str, str], frozenset[str]]:
    """(holder, target) -> the labels given to it."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for take in version.takes:
        found[take.pair] = found.get(take.pair, frozenset()) | {take.label}
    return found
