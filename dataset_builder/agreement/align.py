"""Which marks of several annotators are the same thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from operator import itemgetter
from typing import TYPE_CHECKING

from dataset_builder.assemble.votes import match, overlap
from dataset_builder.ontology import UNMARKED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dataset_builder.assemble.decode import Argument, Trigger
    from dataset_builder.assemble.regions import Region
    from dataset_builder.assemble.versions import Take, Version
    from dataset_builder.ontology import Ontology

    Unit = dict[int, int]
    Place = tuple[int, int, str, str]
    Pair = tuple[str, str]


def align(
    columns: Sequence[Sequence[Region]],
    alike: Callable[[Region, Region], bool] | None = None,
) -> list[Unit]:
    """Units of the marks of each annotator: number of the annotator -> index of the mark.

    Every mark is in one unit, and no annotator twice in one. Of two annotators, the units are the
    pairs of `votes.match`, then each mark without a partner. Of more, the matches of every two
    are joined, the largest overlap first, unless a unit would get two marks of one annotator; the
    order of the annotators has no say in it.
    """
    if len(columns) == 2:
        return _of_two(columns[0], columns[1], alike)
    links: list[tuple[tuple[float, bool, list[Place]], tuple[int, int, int, int]]] = []
    for a, b in combinations(range(len(columns)), 2):
        for i, j in match(columns[a], columns[b], alike=alike):
            one, other = columns[a][i], columns[b][j]
            unlike = alike is not None and not alike(one, other)
            places = sorted([(*one.order, one.label), (*other.order, other.label)])
            links.append(((-overlap(one, other), unlike, places), (a, i, b, j)))
    unit_of: dict[tuple[int, int], Unit] = {
        (number, index): {number: index}
        for number, column in enumerate(columns)
        for index in range(len(column))
    }
    for _, (a, i, b, j) in sorted(links):
        one_unit, other_unit = unit_of[a, i], unit_of[b, j]
        if not one_unit.keys() & other_unit.keys():
            one_unit.update(other_unit)
            for mark in other_unit.items():
                unit_of[mark] = one_unit
    units = list({id(unit): unit for unit in unit_of.values()}.values())
    return sorted(units, key=lambda unit: min(columns[n][i].order for n, i in unit.items()))


def _of_two(
    left: Sequence[Region],
    right: Sequence[Region],
    alike: Callable[[Region, Region], bool] | None,
) -> list[Unit]:
    """`align` of two annotators: no unit can get two marks of one."""
    partner = dict(match(left, right, alike=alike))
    alone = set(range(len(right))).difference(partner.values())
    units: list[tuple[tuple[int, int, str], Unit]] = []
    for i, mark in enumerate(left):
        j = partner.get(i)
        if j is None:
            units.append((mark.order, {0: i}))
        else:
            units.append((min(mark.order, right[j].order), {0: i, 1: j}))
    units += [(right[j].order, {1: j}) for j in sorted(alone)]
    units.sort(key=itemgetter(0))
    return [unit for _, unit in units]


@dataclass(frozen=True)
class View:
    """One annotator's version of an article, as it is compared: nothing of one that is not
    relevant counts but that it is not."""

    version: Version
    triggers: tuple[Trigger, ...]
    mentions: tuple[Region, ...]
    """Actors, issues, places and dates."""
    takes: tuple[Take, ...]
    evidence: tuple[Region, ...]
    """Each once, however many pairs it is evidence for."""
    stances: Mapping[Pair, str]
    """(holder, target) -> label; where the text shows several, all of them joined by `+`."""
    answers: Mapping[Pair, str] = field(default_factory=dict)
    """(holder, target) -> label that was answered in the pair grid."""

    @property
    def annotator(self) -> str:
        """The pseudonym."""
        return self.version.annotator

    def ids(self, mention: Region) -> frozenset[str]:
        """What an ACTOR or ISSUE stands for."""
        return frozenset(entity.id for entity in self.version.entities.get(mention.id, ()))

    def stance(self, pair: Pair) -> str:
        """The label of a pair, or that there is none."""
        return self.stances.get(pair, UNMARKED)

    def judged(self, pair: Pair) -> str | None:
        """The label that was answered for a pair, else the one that was marked, if any.

        The grid asks for a marked pair only where a mark left open whose stance it is.
        """
        return self.answers.get(pair) or self.stances.get(pair)


def view(version: Version, ontology: Ontology, answers: Mapping[Pair, str] | None = None) -> View:
    """What of `version` is compared, with what its annotator answered in the pair grid."""
    if not version.relevant:
        return View(version, (), (), (), (), {}, answers or {})
    found: dict[Pair, set[str]] = {}
    for take in version.takes:
        found.setdefault(take.pair, set()).add(take.label)
    kinds = {label.name for label in ontology.entities}
    return View(
        version=version,
        triggers=version.decoded.triggers,
        mentions=tuple(r for r in version.decoded.regions if r.label in kinds),
        takes=version.takes,
        evidence=tuple({take.evidence.id: take.evidence for take in version.takes}.values()),
        stances={pair: "+".join(sorted(labels)) for pair, labels in found.items()},
        answers=answers or {},
    )


@dataclass(frozen=True)
class Aligned:
    """The units of an article, each as annotator number -> what that annotator has there."""

    views: tuple[View, ...]
    triggers: tuple[Mapping[int, Trigger], ...]
    mentions: tuple[Mapping[int, Region], ...]
    """Of one label each."""
    evidence: tuple[Mapping[int, Region], ...]
    pairs: tuple[Pair, ...]
    """(holder, target) that anybody marked."""

    @property
    def judged_pairs(self) -> tuple[Pair, ...]:
        """(holder, target) that anybody marked or answered in the pair grid."""
        return tuple(sorted({*self.pairs, *(p for view in self.views for p in view.answers)}))


def align_views(views: Sequence[View], ontology: Ontology) -> Aligned:
    """Align everything that annotators of one article marked."""
    triggers = align([[t.region for t in view.triggers] for view in views], alike=same_label)
    mentions: list[Mapping[int, Region]] = []
    for label in ontology.entities:
        columns = [[r for r in view.mentions if r.label == label.name] for view in views]
        mentions += [{n: columns[n][i] for n, i in unit.items()} for unit in align(columns)]
    evidence = align([view.evidence for view in views])
    return Aligned(
        views=tuple(views),
        triggers=tuple({n: views[n].triggers[i] for n, i in u.items()} for u in triggers),
        mentions=tuple(mentions),
        evidence=tuple({n: views[n].evidence[i] for n, i in u.items()} for u in evidence),
        pairs=tuple(sorted({pair for view in views for pair in view.stances})),
    )


def align_arguments(
    triggers: Mapping[int, Trigger], role: str
) -> list[tuple[str, dict[int, Argument]]]:
    """Units of the arguments with `role` of the triggers of one unit."""
    numbers = sorted(triggers)
    columns = [[a for a in triggers[n].arguments if a.role == role] for n in numbers]
    if not any(columns):
        return []
    units = align([[a.region for a in column] for column in columns])
    return [(role, {numbers[c]: columns[c][i] for c, i in unit.items()}) for unit in units]


def same_label(one: Region, other: Region) -> bool:
    """Whether two marks bear one label."""
    return one.label == other.label
