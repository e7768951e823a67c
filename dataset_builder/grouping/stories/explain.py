"""Why two reports are, or are not, one story."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.grouping.stories.frames import COSTS, frame_of
from dataset_builder.grouping.stories.index import rarity
from dataset_builder.grouping.stories.terms import terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.grouping.stories.reports import Report


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How two reports compare."""

    score: float
    shared: tuple[tuple[str, float], ...]
    """Terms, and what each adds to the score; the strongest first."""
    disagreements: tuple[str, ...]
    """day, weekday, place: each takes its cost (`frames.COSTS`) from the score."""


def resemblance(one: Report, other: Report, reports: Iterable[Report] = ()) -> Resemblance:
    """How two articles of the corpus `reports` compare, as `find_stories` sees it.

    Without `reports` the two are the corpus; `reports` should include both.
    """
    found = {report.article_id: report for report in (*reports, one, other)}
    terms = {name: terms_of(report.title, report.text) for name, report in found.items()}
    frequency = Counter(term for each in terms.values() for term in each)

    def vector(report: Report) -> dict[str, float]:
        weights = {
            term: factor * float(rarity(frequency[term], len(terms)))
            for term, factor in terms[report.article_id].items()
        }
        length = math.hypot(*weights.values()) or 1.0
        return {term: weight / length for term, weight in weights.items()}

    first, second = vector(one), vector(other)
    shared = [(term, first[term] * second[term]) for term in first.keys() & second.keys()]
    frames = [frame_of(report.title, report.text, report.language) for report in (one, other)]
    apart = frames[0].disagreements(frames[1])
    score = math.fsum(value for _, value in shared) - math.fsum(COSTS[name] for name in apart)
    strongest = sorted((pair for pair in shared if pair[1]), key=lambda pair: (-pair[1], pair[0]))
    return Resemblance(score, tuple(strongest), apart)
