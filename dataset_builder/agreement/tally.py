"""What is counted of the work on every article, for the figures to add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import TYPE_CHECKING

from dataset_builder.agreement.align import align_views, view
from dataset_builder.agreement.compare import (
    confusions,
    grid_ratings,
    layers,
    marks,
    nothing,
    ratings,
)
from dataset_builder.agreement.differences import grid_units, units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_builder.agreement.align import Aligned, View
    from dataset_builder.agreement.differences import UnitOf
    from dataset_builder.agreement.ratings import Marks, Ratings
    from dataset_builder.agreement.standing import Standing
    from dataset_builder.ontology import Ontology
    from dataset_builder.studio.exported import ExportedTask

    Pair = tuple[str, str]

ADJUDICATED = "adjudicated"
"""Stands for the adjudicated version where an annotator is compared with it."""


@dataclass(frozen=True)
class Disagreement:
    """A unit of an article on which annotators differ."""

    article_id: str
    text_sha256: str
    unit: UnitOf

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the task."""
        return (self.article_id, self.text_sha256)


@dataclass
class Tallies:
    """What was counted of two annotators, or of all, by article."""

    articles: list[int] = field(default_factory=list)
    marks: dict[str, list[Marks]] = field(default_factory=dict)
    ratings: dict[str, list[Ratings]] = field(default_factory=dict)

    def add(self, article: int, marks: Mapping[str, Marks], rated: Mapping[str, Ratings]) -> None:
        """Count one article, by its number."""
        self.articles.append(article)
        for name, tally in marks.items():
            self.marks.setdefault(name, []).append(tally)
        for name, values in rated.items():
            self.ratings.setdefault(name, []).append(values)

    def merge(self, later: Tallies, first: int) -> None:
        """Add what was counted of later articles, which are numbered from above `first` on."""
        self.articles += [first + number for number in later.articles]
        for name, tallies in later.marks.items():
            self.marks.setdefault(name, []).extend(tallies)
        for name, values in later.ratings.items():
            self.ratings.setdefault(name, []).extend(values)


class Tally:
    """What is counted, article by article."""

    def __init__(self, ontology: Ontology, *, details: bool = True) -> None:
        self.ontology = ontology
        self.details = details
        """Whether each unit is looked at, and the adjudicated version."""
        self.whole = Tallies()
        self.pairs: dict[Pair, Tallies] = {}
        self.against: dict[Pair, Tallies] = {}
        self.articles: dict[Pair, tuple[str, ...]] = {}
        self.adjudicated: dict[Pair, str] = {}
        self.tasks: dict[Pair, ExportedTask] = {}
        self.waiting: Counter[str] = Counter()
        self.confused: dict[str, Counter[Pair]] = {"types": Counter(), "stance_labels": Counter()}
        self.counts: dict[str, list[int]] = {layer.name: [0, 0] for layer in layers(ontology)}
        self.found: list[Disagreement] = []
        self._numbered = 0

    def add(self, work: Standing) -> None:
        """Count one article."""
        number = self._numbered = self._numbered + 1
        self.waiting.update(work.waiting)
        views = {
            version.annotator: view(version, self.ontology, work.answers.get(version.annotator))
            for version in work.versions
        }
        answered = list(grid_units(work.answers))
        if len(views) < 2 and not answered:
            return
        if self.details:
            self.tasks[work.task.key] = work.task
        if len(views) > 1:
            self.articles[work.task.key] = tuple(views)
            aligned = align_views(list(views.values()), self.ontology)
            rated = ratings(aligned, self.ontology)
            differing = chain(units(aligned, self.ontology), answered)
        else:
            (_, rated), aligned, differing = nothing(self.ontology), None, chain(answered)
        answers = grid_ratings(list(work.answers.values()))
        self.whole.add(number, {}, {**rated, "grid_labels": answers})
        both = (aligned, rated) if aligned and len(views) == 2 else None
        for pair in combinations(sorted({*views, *work.answers}), 2):
            self._add_pair(number, pair, views, work, both)
        if not self.details:
            return
        for unit in differing:
            self.counts[unit.layer][bool(unit.differs)] += 1
            if unit.differs:
                self.found.append(Disagreement(*work.task.key, unit))
        if work.decision is not None and len(views) > 1:
            self.adjudicated[work.task.key] = work.decision.annotator
            decided = view(work.decision, self.ontology)
            for name, one in views.items():
                two = align_views((one, decided), self.ontology)
                tallies = self.against.setdefault((name, ADJUDICATED), Tallies())
                tallies.add(number, marks(two, self.ontology), ratings(two, self.ontology))

    def merge(self, later: Tally) -> None:
        """Add what was counted of later articles, none of which was counted here."""
        self.whole.merge(later.whole, self._numbered)
        for mine, theirs in ((self.pairs, later.pairs), (self.against, later.against)):
            for pair, tallies in theirs.items():
                mine.setdefault(pair, Tallies()).merge(tallies, self._numbered)
        self.articles.update(later.articles)
        self.adjudicated.update(later.adjudicated)
        self.tasks.update(later.tasks)
        self.waiting.update(later.waiting)
        for layer, times in later.confused.items():
            self.confused[layer].update(times)
        for layer, (agreed, differing) in later.counts.items():
            self.counts[layer][0] += agreed
            self.counts[layer][1] += differing
        self.found += later.found
        self._numbered += later._numbered

    def _add_pair(
        self,
        number: int,
        pair: Pair,
        views: Mapping[str, View],
        work: Standing,
        both: tuple[Aligned, Mapping[str, Ratings]] | None,
    ) -> None:
        """Count what two annotators have in common; `both` is it when there are no others."""
        rated: Mapping[str, Ratings]
        if views.keys() >= set(pair):
            if both is None:
                two = align_views([views[name] for name in pair], self.ontology)
                rated = ratings(two, self.ontology)
            else:
                two, rated = both
            marked = marks(two, self.ontology, labels=self.details)
            for layer, times in confusions(two).items():
                self.confused[layer].update(times)
        elif work.answers.keys() >= set(pair):
            marked, rated = nothing(self.ontology)
        else:
            return
        given = grid_ratings([work.answers.get(name, {}) for name in pair])
        self.pairs.setdefault(pair, Tallies()).add(number, marked, {**rated, "grid_labels": given})
