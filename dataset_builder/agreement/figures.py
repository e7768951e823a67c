"""The figures: overall, by label and by annotator pair, with bootstrap intervals over articles."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from dataset_builder.agreement import measures
from dataset_builder.agreement.align import align_views, view
from dataset_builder.agreement.compare import confusions, layers, marks, ratings
from dataset_builder.agreement.differences import units
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.versions import finished, read_annotations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.agreement.compare import Layer
    from dataset_builder.agreement.differences import UnitOf
    from dataset_builder.agreement.measures import Array
    from dataset_builder.agreement.ratings import Marks, Ratings
    from dataset_builder.ontology import Ontology, Registries
    from dataset_builder.studio.exported import ExportedTask

    Pair = tuple[str, str]

NOBODY = "no article was finished by two annotators"
NOTHING = "there is nothing to compare"
CONSTANT = "all values are the same"


@dataclass(frozen=True)
class AgreementRow:
    """One figure."""

    layer: str
    metric: str
    """exact_f1, overlap_f1, f1, percent (as a share of 1) or alpha."""
    value: float | None
    n: int
    """f1: marks of both annotators; percent and alpha: units that were compared; summed over
    annotator pairs where the figure is a mean over them. Of a label: times it was given."""
    low: float | None
    """Bounds of the bootstrap interval over articles; None below two articles."""
    high: float | None
    reason: str | None = None
    """Why there is no value."""
    label: str | None = None
    """The label that the figure is about; None for all."""
    pair: tuple[str, str] | None = None
    """The two annotators that the figure is about; None for all."""


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


@dataclass(frozen=True)
class Agreement:
    """How far annotators agree, and where they do not."""

    rows: tuple[AgreementRow, ...]
    """The figures over all annotators, by layer."""
    by_label: tuple[AgreementRow, ...]
    """The same of each label that was given."""
    by_pair: tuple[AgreementRow, ...]
    """The same of each two annotators with an article in common; empty with only one such pair."""
    articles: Mapping[Pair, tuple[str, ...]]
    """(article_id, text_sha256) -> the two or more annotators who finished it."""
    tasks: Mapping[Pair, ExportedTask]
    """The same articles, with their text."""
    annotators: Mapping[str, int]
    """Pseudonym -> how many of these articles."""
    kinds: Mapping[str, str]
    """Pseudonym -> human or model."""
    confusions: Mapping[str, Mapping[Pair, int]]
    """types, stance_labels -> (label of the one, label of the other) -> units, over all pairs."""
    counts: Mapping[str, tuple[int, int]]
    """Layer -> (units on which all agree, units on which they differ)."""
    disagreements: tuple[Disagreement, ...]
    """By article and layer."""
    about: Mapping[str, str]
    """Layer -> what it is."""
    samples: int
    seed: int


@dataclass
class _Tallies:
    """What was counted of two annotators, or of all, by article."""

    articles: list[int] = field(default_factory=list)
    marks: dict[str, list[Marks]] = field(default_factory=dict)
    ratings: dict[str, list[Ratings]] = field(default_factory=dict)

    def add(self, article: int, marks: Mapping[str, Marks], rated: Mapping[str, Ratings]) -> None:
        self.articles.append(article)
        for name, tally in marks.items():
            self.marks.setdefault(name, []).append(tally)
        for name, values in rated.items():
            self.ratings.setdefault(name, []).append(values)


def figure_names(ontology: Ontology) -> list[tuple[str, str]]:
    """Every (layer, metric), in the order of reports."""
    return [(layer.name, metric) for layer in layers(ontology) for metric in layer.metrics]


def agreement(
    tasks: Sequence[ExportedTask],
    registries: Registries,
    *,
    seed: int = 0,
    samples: int = measures.SAMPLES,
) -> Agreement:
    """Compare everything that two or more annotators finished.

    Every task counts as one article. F1 and the share of equal ratings are computed for every two
    annotators, and their mean is given; alpha is over all annotators at once. A figure that is
    not defined is None with a reason, never a number. Each interval is the percentile interval of
    `samples` bootstrap draws of articles, seeded with `seed`; the same draws are used for every
    figure, and draws for which a figure is not defined are left out of its interval. Findings
    about the annotations are `assemble`'s business.

    Raises ProjectError when an alias of the registries belongs to two entries.
    """
    known, ontology = lexicon(registries), registries.ontology
    whole = _Tallies()
    pairs: dict[Pair, _Tallies] = {}
    articles: dict[Pair, tuple[str, ...]] = {}
    confused: dict[str, Counter[Pair]] = {"types": Counter(), "stance_labels": Counter()}
    counts: dict[str, list[int]] = {layer.name: [0, 0] for layer in layers(ontology)}
    found: list[Disagreement] = []
    for number, task in enumerate(sorted(tasks, key=lambda task: task.key)):
        reads, _ = read_annotations((task,))
        versions, _ = finished(reads, task.text_sha256, registries, known)
        if len(versions) < 2:
            continue
        views = [view(version, ontology) for version in versions]
        articles[task.key] = tuple(item.annotator for item in views)
        aligned = align_views(views, ontology)
        rated = ratings(aligned, ontology)
        whole.add(number, {}, rated)
        for one, other in combinations(views, 2):
            if len(views) > 2:
                two = align_views((one, other), ontology)
                rated_by_two = ratings(two, ontology)
            else:
                two, rated_by_two = aligned, rated
            tallies = pairs.setdefault((one.annotator, other.annotator), _Tallies())
            tallies.add(number, marks(two, ontology), rated_by_two)
            for layer, times in confusions(two).items():
                confused[layer].update(times)
        for unit in units(aligned, ontology):
            counts[unit.layer][bool(unit.differs)] += 1
            if unit.differs:
                found.append(Disagreement(*task.key, unit))
    every = _Every(whole, dict(sorted(pairs.items())), samples, seed)
    return Agreement(
        rows=tuple(
            every.row(layer, metric) for layer in layers(ontology) for metric in layer.metrics
        ),
        by_label=tuple(
            row
            for layer in layers(ontology)
            for metric in layer.metrics
            for row in every.label_rows(layer, metric)
        ),
        by_pair=tuple(
            every.pair_row(layer, metric, pair)
            for layer in layers(ontology)
            for metric in layer.metrics
            for pair in (every.pairs if len(every.pairs) > 1 else ())
        ),
        articles=articles,
        tasks={task.key: task for task in tasks if task.key in articles},
        annotators=dict(sorted(Counter(n for names in articles.values() for n in names).items())),
        kinds={annotator.pseudonym: annotator.kind for annotator in registries.annotators},
        confusions={layer: dict(sorted(times.items())) for layer, times in confused.items()},
        counts={layer: (both[0], both[1]) for layer, both in counts.items()},
        disagreements=tuple(found),
        about={layer.name: layer.about for layer in layers(ontology)},
        samples=samples,
        seed=seed,
    )


class _Every:
    """All tallies, with the weightings of the articles: each once, then the bootstrap draws."""

    def __init__(
        self, whole: _Tallies, pairs: Mapping[Pair, _Tallies], samples: int, seed: int
    ) -> None:
        import numpy as np

        self.whole, self.pairs = whole, pairs
        self.samples, self.seed = samples, seed
        articles = len(whole.articles)
        self.weights: Array = np.ones((1, articles))
        if articles > 1 and samples > 0:
            drawn = measures.draws(articles, samples, seed)
            self.weights = np.concatenate([self.weights, drawn])
        place = {number: column for column, number in enumerate(whole.articles)}
        self.columns = {
            pair: [place[number] for number in tallies.articles] for pair, tallies in pairs.items()
        }

    def row(self, layer: Layer, metric: str) -> AgreementRow:
        """The figure over all annotators."""
        if not self.pairs:
            return AgreementRow(layer.name, metric, None, 0, None, None, NOBODY)
        if metric == "alpha":
            tallies = self.whole.ratings[layer.name]
            n = sum(tally.units for tally in tallies)
            return self._row(layer.name, metric, measures.alpha(tallies, self.weights), n)
        rows = [self._of_pair(layer.name, metric, pair) for pair in self.pairs]
        return self._row(
            layer.name, metric, measures.mean([f for f, _ in rows]), sum(n for _, n in rows)
        )

    def pair_row(self, layer: Layer, metric: str, pair: Pair) -> AgreementRow:
        """The figure of two annotators."""
        figures, n = self._of_pair(layer.name, metric, pair)
        return self._row(layer.name, metric, figures, n, pair=pair)

    def label_rows(self, layer: Layer, metric: str) -> list[AgreementRow]:
        """The figure over all annotators of each label that anybody gave."""
        if not self.pairs or not layer.vocabulary:
            return []
        if metric == "alpha":
            tallies = self.whole.ratings[layer.name]
            given = _total(tally.given for tally in tallies)
            labels = [label for label in layer.vocabulary if given[label]]
            found = measures.alpha_of_labels(tallies, labels, self.weights)
        else:
            name = f"{layer.name} {metric}"
            rated = metric == "percent"
            given = _total(
                tally
                for tallies in self.pairs.values()
                for tally in (
                    (t.given for t in tallies.ratings[layer.name])
                    if rated
                    else (t.total_of for t in tallies.marks[name])
                )
            )
            labels = [label for label in layer.vocabulary if given[label]]
            of_pairs = [
                measures.percent_of_labels(tallies.ratings[layer.name], labels, self._weights(pair))
                if rated
                else measures.f1_of_labels(tallies.marks[name], labels, self._weights(pair))
                for pair, tallies in self.pairs.items()
            ]
            found = {label: measures.mean([item[label] for item in of_pairs]) for label in labels}
        return [
            self._row(layer.name, metric, found[label], given[label], label=label)
            for label in labels
        ]

    def _weights(self, pair: Pair) -> Array:
        """The weightings of the articles that two annotators share."""
        columns = self.columns[pair]
        return self.weights if len(columns) == self.weights.shape[1] else self.weights[:, columns]

    def _of_pair(self, layer: str, metric: str, pair: Pair) -> tuple[Array, int]:
        """The figures of two annotators, and n."""
        tallies, weights = self.pairs[pair], self._weights(pair)
        if metric.endswith("f1"):
            marked = tallies.marks[f"{layer} {metric}"]
            return measures.f1(marked, weights), sum(tally.total for tally in marked)
        rated = tallies.ratings[layer]
        figure = measures.alpha if metric == "alpha" else measures.percent
        return figure(rated, weights), sum(tally.units for tally in rated)

    def _row(
        self,
        layer: str,
        metric: str,
        figures: Array,
        n: int,
        label: str | None = None,
        pair: Pair | None = None,
    ) -> AgreementRow:
        import numpy as np

        about = (label, pair)
        if np.isnan(figures[0]):
            reason = CONSTANT if metric == "alpha" and n > 0 else NOTHING
            return AgreementRow(layer, metric, None, n, None, None, reason, *about)
        low, high = measures.interval(figures[1:]) or (None, None)
        return AgreementRow(layer, metric, float(figures[0]), n, low, high, None, *about)


def _total(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total
