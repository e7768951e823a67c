"""F1, share of equal ratings and Krippendorff's alpha, for many weightings of the articles at once.

Everything takes `weights`, an array (weightings, articles) that says how often each article counts,
and gives one figure per weighting; NaN where it is not defined. All ones give the figure itself,
draws with replacement give its bootstrap distribution (B. Efron and R. Tibshirani, An Introduction
to the Bootstrap, 1993: articles are what is drawn, because units of one article are not
independent).

- **F1** of two annotators, 2 * matched pairs / marks of both, needs no count of what nobody
  marked: G. Hripcsak and A. Rothschild, Agreement, the F-measure, and reliability in information
  retrieval, JAMIA 12(3), 2005.
- **Share equal** of two annotators; of a label, twice the units that both gave it by the times it
  was given (specific agreement: D. Cicchetti and A. Feinstein, J. Clin. Epidemiol. 43(6), 1990).
- **Krippendorff's alpha** over any number of annotators, some of whom may not have rated a unit,
  with the distance `ratings.masi` (nominal where each rating is one label); of a label, alpha of
  whether a rating holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.agreement.ratings import Ratings

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dataset_builder.agreement.ratings import Marks, Value

    Array = NDArray[np.float64]

LEVEL: Final = 0.95
SAMPLES: Final = 1000
"""Bootstrap samples: enough for the second decimal of an interval's ends."""


_BLOCK: Final = 512
"""Sets compared with all others at once."""
_SPARSE: Final = 8
"""Values that fewer than one article in this many has are summed over those articles only."""


def krippendorff_alpha(units: Iterable[Sequence[Hashable | None]]) -> float | None:
    """Alpha of `units`, each the values that the annotators gave, None for none given.

    Values are labels (nominal distance) or frozensets of labels (MASI distance). None when no
    unit has two values, or when all values are the same: there is then nothing that chance could
    be told from.
    """
    import numpy as np

    counted = Ratings()
    for unit in units:
        counted.add([_as_set(value) for value in unit])
    figure = float(alpha([counted], np.ones((1, 1)))[0])
    return None if np.isnan(figure) else figure


def _as_set(value: Hashable | None) -> Value | None:
    if value is None or isinstance(value, frozenset):
        return value
    return frozenset((str(value),))


def draws(articles: int, samples: int, seed: int) -> Array:
    """Bootstrap weightings (samples, articles): `articles` of them drawn with replacement."""
    import numpy as np

    shares = np.full(articles, 1 / articles)
    drawn = np.random.default_rng(seed).multinomial(articles, shares, samples)
    return drawn.astype(float)


def interval(figures: Array) -> tuple[float, float] | None:
    """The percentile interval of bootstrap figures, of those that are defined; None if none is."""
    import numpy as np

    defined = figures[~np.isnan(figures)]
    if not len(defined):
        return None
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def mean(figures: Sequence[Array]) -> Array:
    """The mean of the figures that are defined, element by element; NaN where none is."""
    import numpy as np

    values = np.stack(figures)
    defined = ~np.isnan(values)
    total: Array = np.where(defined, values, 0).sum(axis=0)
    return divide(total, defined.sum(axis=0).astype(float))


def f1(tallies: Sequence[Marks], weights: Array) -> Array:
    """F1 of two annotators."""
    sums = weights @ _columns([(tally.matched, tally.total) for tally in tallies])
    return divide(sums[:, 0], sums[:, 1])


def f1_of_labels(
    tallies: Sequence[Marks], labels: Sequence[str], weights: Array
) -> dict[str, Array]:
    """F1 of two annotators on the marks with each label."""
    return _shares(
        [tally.matched_of for tally in tallies],
        [tally.total_of for tally in tallies],
        labels,
        weights,
    )


def percent(tallies: Sequence[Ratings], weights: Array) -> Array:
    """Share of units that two annotators rated equally."""
    sums = weights @ _columns([(tally.same, tally.n) for tally in tallies])
    return divide(sums[:, 0], sums[:, 1])


def percent_of_labels(
    tallies: Sequence[Ratings], labels: Sequence[str], weights: Array
) -> dict[str, Array]:
    """Specific agreement of two annotators on each label."""
    return _shares(
        [tally.shared for tally in tallies], [tally.given for tally in tallies], labels, weights
    )


def alpha(tallies: Sequence[Ratings], weights: Array) -> Array:
    """Krippendorff's alpha; not defined where all values are the same, or none is given."""
    sums = weights @ _columns([(tally.apart, tally.n) for tally in tallies])
    observed, n = sums[:, 0], sums[:, 1]
    expected = n**2 - _similar(tallies, weights)
    return 1 - divide((n - 1) * observed, expected)


def alpha_of_labels(
    tallies: Sequence[Ratings], labels: Sequence[str], weights: Array
) -> dict[str, Array]:
    """Alpha of whether a value holds each label."""
    n = weights @ _columns([(tally.n,) for tally in tallies])[:, 0]
    given = weights @ _columns([[tally.given[label] for label in labels] for tally in tallies])
    shared = weights @ _columns(
        [[tally.shared.get(label, 0.0) for label in labels] for tally in tallies]
    )
    return {
        # Both ways of differing: observed 2 (given - shared), expected 2 given (n - given).
        label: 1 - divide((n - 1) * (t - d), t * (n - t))
        for label, t, d in zip(labels, given.T, shared.T, strict=True)
    }


def _similar(tallies: Sequence[Ratings], weights: Array) -> Array:
    """The sum over all pairs of values of how often each was given, times 1 - their distance.

    Disjoint values add nothing. So it takes a table of values by values for those only that share
    a label with another one, which single labels never do.
    """
    import numpy as np

    by_value: dict[Value, dict[int, int]] = {}
    for article, tally in enumerate(tallies):
        for value, count in tally.values.items():
            by_value.setdefault(value, {})[article] = count
    compound = {label for value in by_value if len(value) > 1 for label in value}
    crossing: list[Value] = []
    given: list[Array] = []
    total = np.zeros(len(weights))
    for value in sorted(by_value, key=sorted):
        times = _times(by_value[value], weights)
        if compound & value:
            crossing.append(value)
            given.append(times)
        else:
            total += times**2
    if not crossing:
        return total
    stacked = np.stack(given)
    members = _members(crossing)
    for low in range(0, len(crossing), _BLOCK):
        part = slice(low, low + _BLOCK)
        near = _similarity(members[part], members)
        total += np.einsum("vb,vb->b", stacked[part], near @ stacked)
    return total


def _members(values: Sequence[Value]) -> Array:
    """One row a value, one column a label: 1 where the value holds it."""
    import numpy as np

    place = {label: n for n, label in enumerate(sorted({x for value in values for x in value}))}
    members = np.zeros((len(values), len(place)))
    for row, value in zip(members, values, strict=True):
        row[[place[label] for label in value]] = 1
    return members


def _similarity(some: Array, all_: Array) -> Array:
    """1 - `ratings.masi` of each of some sets with each of all, none of them empty."""
    import numpy as np

    common = some @ all_.T
    sizes = some.sum(axis=1)[:, None], all_.sum(axis=1)[None, :]
    either = sizes[0] + sizes[1] - common
    weight = np.where(common == either, 1.0, np.where(common == np.minimum(*sizes), 2 / 3, 1 / 3))
    similar: Array = weight * common / either
    return similar


def _times(column: Mapping[int, int], weights: Array) -> Array:
    """How often a value was given, from how often it was in the articles that have it."""
    import numpy as np

    times: Array
    if len(column) > weights.shape[1] // _SPARSE:
        counts = np.zeros(weights.shape[1])
        counts[list(column)] = list(column.values())
        times = weights @ counts
    else:
        times = weights[:, list(column)] @ np.fromiter(column.values(), float)
    return times


def _shares(
    tops: Sequence[Mapping[str, float]],
    bottoms: Sequence[Mapping[str, float]],
    labels: Sequence[str],
    weights: Array,
) -> dict[str, Array]:
    top = weights @ _columns([[row.get(label, 0) for label in labels] for row in tops])
    bottom = weights @ _columns([[row.get(label, 0) for label in labels] for row in bottoms])
    return {
        label: divide(over, under)
        for label, over, under in zip(labels, top.T, bottom.T, strict=True)
    }


def _columns(rows: Sequence[Sequence[float]]) -> Array:
    """One row an article; an array of two dimensions even when there are no columns."""
    import numpy as np

    return np.array(rows, dtype=float).reshape(len(rows), -1)


def divide(top: Array, bottom: Array) -> Array:
    """`top / bottom`, NaN where `bottom` is not positive."""
    import numpy as np

    shares = np.full(len(top), np.nan)
    np.divide(top, bottom, out=shares, where=bottom > 0)
    return shares
