"""How far the annotators agree, layer by layer, with bootstrap intervals over articles.

Each figure is computed for every two annotators over the articles that both finished, and the mean
over these pairs is given. A figure that is not defined is None with a reason, never a number.

Chance-corrected agreement is Krippendorff's alpha for nominal data: K. Krippendorff, Content
Analysis, 2nd ed., Sage 2004, chapter 11 (coincidence matrices: section 11.3).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.versions import finished, read_annotations
from dataset_builder.assemble.votes import match
from dataset_builder.markdown import table

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dataset_builder.assemble.decode import Trigger
    from dataset_builder.assemble.versions import Take, Version
    from dataset_builder.assemble.votes import Extent
    from dataset_builder.ontology import Registries
    from dataset_builder.studio.exported import ExportedTask

    Coincidences = Counter[tuple[str, str]]
    Array = NDArray[np.float64]

NEUTRAL = "neutral"
LEVEL = 0.95
MANY = 1000


@dataclass(frozen=True)
class AgreementRow:
    """One figure."""

    layer: str
    metric: str
    """exact_f1, overlap_f1, f1, percent (as a share of 1) or alpha."""
    value: float | None
    n: int
    """f1: marks of both annotators; percent and alpha: units that were compared."""
    low: float | None
    """Bounds of the bootstrap interval over articles; None below two articles."""
    high: float | None
    reason: str | None = None
    """Why there is no value."""


def agreement(
    tasks: Sequence[ExportedTask],
    registries: Registries,
    *,
    seed: int = 0,
    samples: int = MANY,
) -> list[AgreementRow]:
    """Agreement of all annotators of `tasks`, in a fixed order of layers.

    Every task counts as one article. Findings about the annotations are `assemble`'s business.
    Raises ProjectError when an alias of the registries belongs to two entries.
    """
    known = lexicon(registries)
    attributes = tuple(item.name for item in registries.ontology.attributes)
    tallies: dict[tuple[str, str], dict[int, _Tally]] = {}
    for number, task in enumerate(sorted(tasks, key=lambda task: task.key)):
        reads, _ = read_annotations((task,))
        versions, _ = finished(reads, task.text_sha256, registries, known)
        for one, other in combinations(versions, 2):
            pair = (one.annotator, other.annotator)
            tallies.setdefault(pair, {})[number] = _compare(one, other, attributes)
    return [
        _row(layer, metric, [tallies[pair] for pair in sorted(tallies)], seed, samples)
        for layer, metric in _layers(attributes)
    ]


def krippendorff_alpha(units: Iterable[Sequence[Hashable | None]]) -> float | None:
    """Nominal alpha of `units`, each the values that the observers gave, None for none given.

    None when no unit has two values, or when all values are the same: there is then nothing that
    chance could be told from.
    """
    coincidences: dict[tuple[Hashable, Hashable], float] = {}
    for unit in units:
        values = [value for value in unit if value is not None]
        for i, one in enumerate(values):
            for j, other in enumerate(values):
                if i != j:
                    cell = (one, other)
                    share = 1 / (len(values) - 1)
                    coincidences[cell] = coincidences.get(cell, 0.0) + share
    totals: dict[Hashable, float] = {}
    for (one, _), count in coincidences.items():
        totals[one] = totals.get(one, 0.0) + count
    n = sum(totals.values())
    observed = sum(count for (one, other), count in coincidences.items() if one != other)
    expected = n * n - sum(total * total for total in totals.values())
    if len(totals) < 2:
        return None
    return 1 - (n - 1) * observed / expected


# Comparing two versions of one article


@dataclass
class _Tally:
    """What two annotators have in common on one article."""

    marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Layer and metric -> (marks that match, marks of both): F1 is twice the first by the second."""
    units: dict[str, Coincidences] = field(default_factory=dict)
    """Layer -> how often the two gave which labels."""


def _layers(attributes: Sequence[str]) -> list[tuple[str, str]]:
    rated = [(name, metric) for name in attributes for metric in ("percent", "alpha")]
    return [
        ("triggers", "exact_f1"),
        ("triggers", "overlap_f1"),
        ("types", "percent"),
        ("types", "alpha"),
        ("arguments", "f1"),
        *rated,
        ("stance_evidence", "exact_f1"),
        ("stance_evidence", "overlap_f1"),
        ("stance_pairs", "f1"),
        ("stance_labels", "alpha"),
        ("stance_labels_where_both", "percent"),
    ]


def _compare(one: Version, other: Version, attributes: Sequence[str]) -> _Tally:
    tally = _Tally()
    left = one.decoded.triggers if one.relevant else ()
    right = other.decoded.triggers if other.relevant else ()
    regions = [t.region for t in left], [t.region for t in right]
    pairs = match(*regions, alike=lambda a, b: a.label == b.label)
    total = len(left) + len(right)
    tally.marks["triggers exact_f1"] = (_exact(*regions), total)
    tally.marks["triggers overlap_f1"] = (len(pairs), total)
    matched = [(left[i], right[j]) for i, j in pairs]
    tally.units["types"] = Counter((a.region.label, b.region.label) for a, b in matched)
    tally.marks["arguments f1"] = (
        sum(_common_arguments(a, b) for a, b in matched),
        sum(len(a.arguments) + len(b.arguments) for a, b in matched),
    )
    for name in attributes:
        tally.units[name] = Counter((a.attributes[name], b.attributes[name]) for a, b in matched)
    _compare_stances(
        one.takes if one.relevant else (), other.takes if other.relevant else (), tally
    )
    return tally


def _compare_stances(left: Sequence[Take], right: Sequence[Take], tally: _Tally) -> None:
    evidence = _evidence(left), _evidence(right)
    total = len(evidence[0]) + len(evidence[1])
    tally.marks["stance_evidence exact_f1"] = (_exact(*evidence), total)
    tally.marks["stance_evidence overlap_f1"] = (len(match(*evidence)), total)
    labels = _labels(left), _labels(right)
    both = labels[0].keys() & labels[1].keys()
    tally.marks["stance_pairs f1"] = (len(both), len(labels[0]) + len(labels[1]))
    tally.units["stance_labels"] = Counter(
        (labels[0].get(pair, NEUTRAL), labels[1].get(pair, NEUTRAL))
        for pair in labels[0].keys() | labels[1].keys()
    )
    tally.units["stance_labels_where_both"] = Counter(
        (labels[0][pair], labels[1][pair]) for pair in both
    )


def _exact(left: Sequence[Extent], right: Sequence[Extent]) -> int:
    """How many marks have a partner with the same extent, one to one."""
    extents = Counter((m.start, m.end) for m in left), Counter((m.start, m.end) for m in right)
    return (extents[0] & extents[1]).total()


def _common_arguments(one: Trigger, other: Trigger) -> int:
    """Arguments of the same role that overlap by at least half."""
    common = 0
    for role in sorted({a.role for a in one.arguments} & {a.role for a in other.arguments}):
        left = [a.region for a in one.arguments if a.role == role]
        right = [a.region for a in other.arguments if a.role == role]
        common += len(match(left, right))
    return common


def _evidence(takes: Sequence[Take]) -> list[Extent]:
    """Evidence spans, each once, however many pairs it is evidence for."""
    return list({take.evidence.id: take.evidence for take in takes}.values())


def _labels(takes: Sequence[Take]) -> dict[tuple[str, str], str]:
    """Pair -> label; a pair on which the text shows several has all of them as one."""
    found: dict[tuple[str, str], set[str]] = {}
    for take in takes:
        found.setdefault(take.pair, set()).add(take.label)
    return {pair: "+".join(sorted(labels)) for pair, labels in found.items()}


# Figures


def _row(
    layer: str, metric: str, pairs: Sequence[Mapping[int, _Tally]], seed: int, samples: int
) -> AgreementRow:
    """The mean over annotator pairs, each with its tallies by article, and its interval."""
    import numpy as np

    if not pairs:
        reason = "no article was finished by two annotators"
        return AgreementRow(layer, metric, None, 0, None, None, reason)
    articles = sorted({number for tallies in pairs for number in tallies})
    figures = [_Figure(layer, metric, tallies, articles) for tallies in pairs]
    n = sum(figure.n for figure in figures)
    value = _mean(figures, np.ones((1, len(articles))))[0]
    if np.isnan(value):
        alike = metric == "alpha" and n > 0
        reason = "all values are the same" if alike else "there is nothing to compare"
        return AgreementRow(layer, metric, None, n, None, None, reason)
    low = high = None
    if len(articles) > 1 and samples > 0:
        # The same articles are drawn for all pairs: their figures are not independent.
        shares = np.full(len(articles), 1 / len(articles))
        drawn = np.random.default_rng(seed).multinomial(len(articles), shares, samples)
        means = _mean(figures, drawn.astype(float))
        tail = (1 - LEVEL) / 2
        if not np.isnan(means).all():
            low, high = map(float, np.nanquantile(means, [tail, 1 - tail]))
    return AgreementRow(layer, metric, float(value), n, low, high)


def _mean(figures: Sequence[_Figure], weights: Array) -> Array:
    """The mean of the figures that are defined; NaN where none is."""
    import numpy as np

    values = np.stack([figure.of(weights) for figure in figures])
    defined = ~np.isnan(values)
    total: Array = np.where(defined, values, 0).sum(axis=0)
    return _divide(total, defined.sum(axis=0).astype(float))


class _Figure:
    """One figure of two annotators, as a function of how often each article counts."""

    def __init__(
        self, layer: str, metric: str, tallies: Mapping[int, _Tally], articles: Sequence[int]
    ) -> None:
        import numpy as np

        self.metric = metric
        place = {number: column for column, number in enumerate(articles)}
        self.columns = [place[number] for number in tallies]
        self.size = 0
        self.counts: Array
        if metric.endswith("f1"):
            marks = [tally.marks[f"{layer} {metric}"] for tally in tallies.values()]
            self.counts = np.array(marks, dtype=float)
            self.n = int(self.counts[:, 1].sum())
        else:
            units = [tally.units[layer] for tally in tallies.values()]
            values = sorted({value for unit in units for cell in unit for value in cell})
            self.size = len(values)
            self.counts = _tables(units, values)
            self.n = int(self.counts.sum())

    def of(self, weights: Array) -> Array:
        """The figure for each row of `weights`, which has a column an article; NaN: undefined."""
        sums = weights[:, self.columns] @ self.counts
        if self.metric.endswith("f1"):
            return _divide(2 * sums[:, 0], sums[:, 1])
        tables = sums.reshape(len(weights), self.size, self.size)
        return _alpha(tables) if self.metric == "alpha" else _percent(tables)


def _tables(units: Sequence[Coincidences], values: Sequence[str]) -> Array:
    """One row an article: the table of the labels of the one by those of the other, flat."""
    import numpy as np

    place = {value: number for number, value in enumerate(values)}
    tables = np.zeros((len(units), len(values) ** 2))
    for cells, unit in zip(tables, units, strict=True):
        for (one, other), times in unit.items():
            cells[place[one] * len(values) + place[other]] += times
    return tables


def _percent(tables: Array) -> Array:
    import numpy as np

    return _divide(np.trace(tables, axis1=1, axis2=2), tables.sum(axis=(1, 2)))


def _alpha(tables: Array) -> Array:
    """Nominal alpha of two observers who both judged every unit; `krippendorff_alpha` in bulk."""
    import numpy as np

    coincidences = tables + tables.transpose(0, 2, 1)
    totals = coincidences.sum(axis=2)
    n = totals.sum(axis=1)
    observed = n - np.trace(coincidences, axis1=1, axis2=2)
    expected = n**2 - (totals**2).sum(axis=1)
    alpha: Array = 1 - _divide((n - 1) * observed, expected)
    return alpha


def _divide(top: Array, bottom: Array) -> Array:
    import numpy as np

    shares = np.full(len(top), np.nan)
    np.divide(top, bottom, out=shares, where=bottom > 0)
    return shares


_NAMES = {
    "exact_f1": "F1, same extent",
    "overlap_f1": "F1, half overlap",
    "f1": "F1",
    "percent": "share equal",
    "alpha": "Krippendorff's alpha",
}


def agreement_markdown(rows: Sequence[AgreementRow]) -> str:
    """The figures as a table for the card; empty when no two annotators share an article."""
    if not any(row.n for row in rows):
        return ""
    return table(("Layer", "Figure", "Value", "95 % interval", "n"), _cells(rows))


def as_text(rows: Sequence[AgreementRow]) -> str:
    """The figures for a terminal."""
    if not any(row.n for row in rows):
        return "no two annotators finished the same article yet"
    cells = [("layer", "figure", "value", "95 % interval", "n"), *_cells(rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def as_json(rows: Sequence[AgreementRow]) -> str:
    """The figures as a JSON list of objects."""
    return json.dumps([asdict(row) for row in rows], indent=2)


def _cells(rows: Sequence[AgreementRow]) -> list[tuple[str, ...]]:
    return [
        (
            row.layer.replace("_", " "),
            _NAMES[row.metric],
            f"undefined ({row.reason})" if row.value is None else f"{row.value:.3f}",
            "-" if row.low is None or row.high is None else f"{row.low:.3f} to {row.high:.3f}",
            str(row.n),
        )
        for row in rows
    ]
