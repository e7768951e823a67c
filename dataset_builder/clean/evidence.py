"""Why the line model scores a line as it does: what each of its inputs adds to the score.

The score's slope at each input times how far that input is from a typical line's (Shrikumar,
Greenside, Kundaje 2017, "gradient times input"), for the line's own numbers one by one and for the
lines around it together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.lines import NAMES
from dataset_builder.clean.network import DISTANCES, MIDDLE, page_summaries

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dataset_builder.clean.network import Floats, Network

REACH: Final = sum(DISTANCES)
"""Lines above and below that a line's score depends on, the summary of the page apart."""
TOGETHER: Final = 256
"""Lines worked on at once."""
EXPLAINED: Final = 5_000
"""Lines of a page that get reasons; no one reads on, and a reason costs far more than a score."""

_PHRASES: Final = {
    "words": "number of words", "words_5": "more than 5 words", "words_12": "more than 12 words",
    "words_25": "more than 25 words", "ends": "ends like a sentence",
    "ends_words": "a sentence of this length", "ends_open": "ends in dots",
    "ends_colon": "ends in a colon", "ends_comma": "ends in a comma",
    "ends_bracket": "ends in a bracket", "sentences": "several sentences", "commas": "commas",
    "upper_words": "capitalised words", "capitals": "capital letters", "digits": "digits",
    "symbols": "signs", "function_share": "share of function words",
    "function_count": "number of function words", "starts_lower": "starts in lower case",
    "starts_symbol": "starts with a sign", "starts_digit": "starts with a digit",
    "starts_quote": "starts with a quotation mark", "starts_bullet": "starts with a bullet",
    "again": "stands on the page again", "again_long": "a long line that stands there again",
    "begun_alike": "another line begins alike", "quotes": "quotation marks",
    "word_length": "length of the words", "address": "an address", "dividers": "dividers",
    "clock": "a time of day", "year": "a year", "glued": "words run together",
    "gap_before": "blank lines above", "gap_after": "blank lines below",
    "place": "place on the page", "lines_before": "how many lines stand above", "lines_after": "how many lines stand below",
    "shared": "words shared with other prose", "shared_short": "few words, shared with prose",
    "shared_top": "words shared with the page's first line",
}  # fmt: skip
_GROUPS: Final = {
    "comment": "comments", "form": "forms", "legal": "legal notices", "share": "sharing",
    "more": "links to more", "credit": "credits", "date": "dates", "you": "the reader",
    "we": "the publisher", "offer": "offers", "consent": "consent", "author": "authors",
}  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """One reason for a score."""

    what: str
    adds: float
    """Log-odds that it adds."""


def evidence(
    features: npt.NDArray[np.uint8], network: Network, most: int = 3
) -> list[tuple[Evidence, ...]]:
    """The strongest reasons for the score of each line of one page, strongest first.

    Lines after the first `EXPLAINED` have none.
    """
    import numpy as np

    if not len(features):
        return []
    found: list[tuple[Evidence, ...]] = []
    told = page_summaries(features, [len(features)], network)[0]
    padded = np.pad(features, ((REACH, REACH), (0, 0)))
    there = np.pad(np.ones(len(features), np.bool_), REACH)
    windows = np.arange(2 * REACH + 1)
    explained = min(len(features), EXPLAINED)
    for low in range(0, explained, TOGETHER):
        rows = np.arange(low, min(low + TOGETHER, explained))[:, None] + windows
        adds = _adds(padded[rows], there[rows], told, network)
        own, around = adds[:, REACH], adds.sum(axis=(1, 2)) - adds[:, REACH].sum(axis=1)
        found += [
            _strongest(dict(zip(NAMES, line.tolist(), strict=True)), float(rest), most)
            for line, rest in zip(own, around, strict=True)
        ]
    return found + [()] * (len(features) - explained)


def _adds(
    features: npt.NDArray[np.uint8], there: npt.NDArray[np.bool_], told: Floats, network: Network
) -> Floats:
    """Slope times distance from a typical line; shape as `features`: lines, window, features.

    The score is that of the line in the middle of each window.
    """
    import numpy as np

    gains = [np.float32(2.0**-shift) for shift in network.shifts]
    inputs = np.clip(features.astype(np.float32), network.low, network.high)
    mask = there[..., None].astype(np.float32)
    count, width = features.shape[1], network.first.shape[1]

    def moved(state: Floats, by: int) -> Floats:
        out = np.zeros_like(state)
        if by > 0:
            out[:, by:] = state[:, :-by]
        else:
            out[:, :by] = state[:, -by:]
        return out

    def active(sums: Floats, gain: np.float32) -> Floats:
        return ((sums > 0) & (sums * gain < network.top)).astype(np.float32)

    sums = inputs @ network.first + network.first_bias
    first_active = active(sums, gains[0]) * mask
    state = np.clip(sums * gains[0], 0, network.top) * mask
    layers = []
    for layer, distance in enumerate(DISTANCES):
        before, here, after = network.convolutions[layer]
        sums = state @ here + network.biases[layer]
        sums += moved(state, distance) @ before + moved(state, -distance) @ after
        layers.append(active(sums, gains[1]) * mask)
        state = np.minimum(state + np.clip(sums * gains[1], 0, network.top) * mask, network.top)
        if layer == MIDDLE:
            state = np.minimum(state + told * mask, network.top)
    slope = np.zeros((len(features), count, width), np.float32)
    slope[:, REACH] = network.last * gains[3]
    for layer in range(len(DISTANCES) - 1, -1, -1):
        before, here, after = network.convolutions[layer]
        passed = slope * layers[layer] * gains[1]
        distance = DISTANCES[layer]
        slope = slope + passed @ here.T
        slope += moved(passed @ before.T, -distance) + moved(passed @ after.T, distance)
    inner = (slope * first_active * gains[0]) @ network.first.T
    typical = np.clip(network.typical, network.low, network.high)
    return np.asarray(inner * (inputs - typical) * mask, np.float32)


def _strongest(own: dict[str, float], around: float, most: int) -> tuple[Evidence, ...]:
    sums: dict[str, float] = {"lines around it": around}
    for name, adds in own.items():
        phrase = _PHRASES.get(name)
        if phrase is None:
            group, _, _ = name.rpartition("_")
            phrase = f"words of {_GROUPS[group]}"
        sums[phrase] = sums.get(phrase, 0.0) + adds
    ranked = sorted(sums.items(), key=lambda item: (-abs(item[1]), item[0]))
    return tuple(Evidence(what, adds) for what, adds in ranked[:most])
