"""The figures: overall, by label and by annotator pair, with bootstrap intervals over articles."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.agreement import measures
from dataset_builder.agreement.compare import layers
from dataset_builder.agreement.standing import standing
from dataset_builder.agreement.tally import Disagreement, Tally
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.work import Work, by_article

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.agreement.compare import Layer
    from dataset_builder.agreement.measures import Array
    from dataset_builder.agreement.tally import Tallies
    from dataset_builder.assemble.work import Stored
    from dataset_builder.ontology import Ontology
    from dataset_builder.registries import Registries
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
    """The same articles, with their text; empty without `details`."""
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
    against: tuple[AgreementRow, ...]
    """The figures of each annotator and the adjudicated version; `pair` is (pseudonym, ADJUDICATED).
    The adjudicator has seen what is compared: they tell whose work was taken, not who is right."""
    adjudicated: Mapping[Pair, str]
    """(article_id, text_sha256) -> who adjudicated it; the articles that `against` is about."""
    waiting: Mapping[str, int]
    """Pseudonym -> articles whose work is left out, because text or labels changed and it first needs
    a review."""
    about: Mapping[str, str]
    """Layer -> what it is."""
    samples: int
    seed: int


def figure_names(ontology: Ontology) -> list[tuple[str, str]]:
    """Every (layer, metric), in the order of reports."""
    return [(layer.name, metric) for layer in layers(ontology) for metric in layer.metrics]


def agreement(
    tasks: Sequence[Stored],
    registries: Registries,
    *,
    seed: int = 0,
    samples: int = measures.SAMPLES,
    details: bool = True,
) -> Agreement:
    """Compare everything that two or more annotators finished or answered.

    `tasks` are of any kind; `standing` says on which text an article is compared, and whose work.
    F1 and the share of equal ratings are computed for every two annotators, and their mean is given;
    alpha is over all annotators at once. A figure that is not defined is None with a reason, never a
    number. Each interval is the percentile interval of `samples` bootstrap draws of articles, seeded
    with `seed`; the same draws are used for every figure, and draws for which a figure is not defined
    are left out of its interval. Findings about the annotations are `assemble`'s business. Without
    `details` there are only the figures over all annotators, sooner: `by_label`, `by_pair`,
    `against`, `disagreements` and `tasks` are empty, and `counts` are 0.

    Raises ProjectError when an alias of the registries belongs to two entries.
    """
    known = lexicon(registries)
    tally = Tally(registries.ontology, details=details)
    for stored in by_article(tasks).values():
        tally.add(standing(Work((task.read() for task in stored), registries, known), registries))
    return figures_of(tally, registries, seed=seed, samples=samples)


def figures_of(
    tally: Tally, registries: Registries, *, seed: int = 0, samples: int = measures.SAMPLES
) -> Agreement:
    """The figures of what was counted, as `agreement` says."""
    ontology, details = registries.ontology, tally.details
    weights = _weights(len(tally.whole.articles), samples, seed)
    every = _Every(tally.whole, dict(sorted(tally.pairs.items())), weights)
    against = _Every(tally.whole, dict(sorted(tally.against.items())), weights)
    named = [(layer, metric) for layer in layers(ontology) for metric in layer.metrics]
    return Agreement(
        rows=tuple(every.row(layer, metric) for layer, metric in named),
        by_label=tuple(
            row
            for layer, metric in (named if details else ())
            for row in every.label_rows(layer, metric)
        ),
        by_pair=tuple(
            every.pair_row(layer, metric, pair)
            for layer, metric in named
            for pair in (every.pairs if details and len(every.pairs) > 1 else ())
        ),
        articles=tally.articles,
        tasks=tally.tasks,
        annotators=dict(
            sorted(Counter(n for names in tally.articles.values() for n in names).items())
        ),
        kinds={annotator.pseudonym: annotator.kind for annotator in registries.annotators},
        confusions={layer: dict(sorted(times.items())) for layer, times in tally.confused.items()},
        counts={layer: (both[0], both[1]) for layer, both in tally.counts.items()},
        disagreements=tuple(tally.found),
        against=tuple(
            against.pair_row(layer, metric, pair)
            for layer, metric in named
            if layer.name != "grid_labels"
            for pair in against.pairs
        ),
        adjudicated=tally.adjudicated,
        waiting=dict(sorted(tally.waiting.items())),
        about={layer.name: layer.about for layer in layers(ontology)},
        samples=samples,
        seed=seed,
    )


def _weights(articles: int, samples: int, seed: int) -> Array:
    """How often each article counts (columns): once, then as it is drawn (rows)."""
    import numpy as np

    once: Array = np.ones((1, articles))
    if articles < 2 or samples < 1:
        return once
    return np.concatenate([once, measures.draws(articles, samples, seed)])


class _Every:
    """All tallies, with the weightings of the articles: see `_weights`."""

    def __init__(self, whole: Tallies, pairs: Mapping[Pair, Tallies], weights: Array) -> None:
        self.whole, self.pairs, self.weights = whole, pairs, weights
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
