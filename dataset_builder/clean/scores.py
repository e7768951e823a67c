"""Measures of a cleaned text against the right one.

Texts are compared as bags of word 4-grams (shingles with their counts: A. Broder, On the resemblance
and containment of documents, 1997) and paragraph by paragraph. A mean over pages comes with a
percentile bootstrap interval (B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993,
chapter 13).
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.text import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

GRAM: Final = 4
REPEATED_WORDS: Final = 5
"""Words from which on a paragraph that stands twice counts as repeated."""
RESAMPLES: Final = 1000
SEED: Final = 1
WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class PageScore:
    """One page in one form; each figure from 0 to 1."""

    id: str
    lang: str
    precision: float
    """Share of the predicted 4-grams that are in the gold, as often."""
    recall: float
    f1: float
    paragraph_precision: float
    """Share of the predicted paragraphs that stand whole in the gold; case and punctuation folded."""
    paragraph_recall: float
    """Share of the gold paragraphs that stand whole in the prediction."""
    paragraph_f1: float
    repeated: float
    """Share of the predicted paragraphs of five words or more that stood further up already."""


@dataclass(frozen=True)
class Estimate:
    """A mean over pages with its 95% bootstrap interval."""

    mean: float
    low: float
    high: float


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text)
    if not words:
        return Counter()
    return Counter(tuple(words[at : at + GRAM]) for at in range(max(1, len(words) - GRAM + 1)))


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def overlap(gold: str, predicted: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the 4-grams of two texts; all 1 when both are empty."""
    left, right = _grams(gold), _grams(predicted)
    both = (left & right).total()
    if not left and not right:
        return 1.0, 1.0, 1.0
    precision = both / right.total() if right else 1.0
    recall = both / left.total() if left else 1.0
    return precision, recall, _f1(precision, recall)


def _paragraphs(text: str) -> list[str]:
    folded = (" ".join(WORD.findall(line.casefold())) for line in text.split("\n"))
    return [line for line in folded if line]


def score_page(page_id: str, lang: str, gold: str, predicted: str) -> PageScore:
    r"""Compare the predicted text of a page with its gold; paragraphs are divided by `\n`.

    How a letter is composed is no difference: both are compared in normal form.
    """
    gold, predicted = normalise(gold), normalise(predicted)
    precision, recall, f1 = overlap(gold, predicted)
    wanted, found = _paragraphs(gold), _paragraphs(predicted)
    all_wanted, all_found = f" {' '.join(wanted)} ", f" {' '.join(found)} "
    right = sum(f" {line} " in all_wanted for line in found)
    reached = sum(f" {line} " in all_found for line in wanted)
    paragraph_precision = right / len(found) if found else float(not wanted)
    paragraph_recall = reached / len(wanted) if wanted else 1.0
    long = [line for line in found if line.count(" ") + 1 >= REPEATED_WORDS]
    return PageScore(
        id=page_id,
        lang=lang,
        precision=precision,
        recall=recall,
        f1=f1,
        paragraph_precision=paragraph_precision,
        paragraph_recall=paragraph_recall,
        paragraph_f1=_f1(paragraph_precision, paragraph_recall),
        repeated=(len(long) - len(set(long))) / len(long) if long else 0.0,
    )


def estimate(values: Sequence[float], seed: int = SEED) -> Estimate:
    """The mean with its 95% percentile bootstrap interval; all 0 without values."""
    if not values:
        return Estimate(0.0, 0.0, 0.0)
    drawn = random.Random(seed)  # noqa: S311 - nothing secret
    size = len(values)
    means = sorted(sum(drawn.choices(values, k=size)) / size for _ in range(RESAMPLES))
    low, high = means[round(0.025 * RESAMPLES)], means[round(0.975 * RESAMPLES) - 1]
    return Estimate(sum(values) / size, low, high)
