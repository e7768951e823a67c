"""The line model: a small convolutional network over the lines of a page.

It reads the numbers of `lines` and gives each line the log-odds that it is body: one layer over a
line's own numbers, residual convolutions over its neighbours at growing distances (Bai, Kolter,
Koltun 2018), and one summary of the whole page in the middle. All weights and activations are whole
numbers small enough for every sum to be exact in single precision, in whatever order it is added:
the same page has the same score on any machine and in any batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.lines import NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    from threadpoolctl import ThreadpoolController

    from dataset_builder.clean.tokens import Ints

    Floats = npt.NDArray[np.float32]

WEIGHTS: Final = Path(__file__).with_name("line_model.npz")
"""The weights; written by `dataset-builder train-cleaner`."""
DISTANCES: Final = (1, 2, 4, 8, 16)
"""How far apart the three lines are that each convolution sees."""
MIDDLE: Final = 2
"""After this convolution each line is told of the whole page."""
ROWS: Final = 8192
"""Lines computed at once."""
EXACT: Final = 1 << 24
"""Whole numbers up to here are exact in single precision."""


@dataclass(frozen=True)
class Network:
    """Weights as whole numbers in float32 arrays; an activation of 1 is `unit`."""

    low: Floats
    high: Floats
    """Features are clipped to this range, one value per feature."""
    typical: Floats
    """Their mean over the lines that it was trained on."""
    first: Floats
    """(features, width)"""
    first_bias: Floats
    convolutions: Floats
    """(layers, 3, width, width): the line before, the line, the line after."""
    biases: Floats
    """(layers, width)"""
    page: Floats
    """(2 width, width): of the mean and of the maximum over the page."""
    page_bias: Floats
    last: Floats
    """(width,)"""
    last_bias: float
    shifts: tuple[int, int, int, int]
    """Powers of two that sums of the first layer, the convolutions, the page layer and the last one
    are divided by."""
    top: int
    """Largest activation."""


@cache
def load(file: Path = WEIGHTS) -> Network:
    """The network in `file`. Raises ValueError when it was trained for other features."""
    import numpy as np

    with np.load(file, allow_pickle=False) as stored:
        if tuple(stored["names"].tolist()) != NAMES:
            msg = f"{file}: trained for other features; train it again"
            raise ValueError(msg)
        arrays = {
            name: stored[name].astype(np.float32)
            for name in ("low", "high", "typical", "first", "first_bias", "convolutions", "biases", "page",
                         "page_bias", "last")
        }  # fmt: skip
        return Network(
            **arrays,
            last_bias=float(stored["last_bias"]),
            shifts=tuple(stored["shifts"].tolist()),
            top=int(stored["top"]),
        )


def scores(features: npt.NDArray[np.uint8], sizes: Sequence[int], network: Network) -> Floats:
    """Log-odds that each line is body.

    `features` has one row per line, columns `lines.NAMES`; `sizes` is how many lines each page has.
    """
    import numpy as np

    parts = []
    at = row = 0
    # The matrices are small: more threads than one only get into each other's way.
    with _threads().limit(limits=1, user_api="blas"):
        while at < len(sizes):
            stop, rows = at, 0
            while stop < len(sizes) and (rows + sizes[stop] <= ROWS or stop == at):
                rows += sizes[stop]
                stop += 1
            parts.append(_run(features[row : row + rows], np.asarray(sizes[at:stop]), network)[0])
            at, row = stop, row + rows
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


@cache
def _threads() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def page_summaries(
    features: npt.NDArray[np.uint8], sizes: Sequence[int], network: Network
) -> Floats:
    """What the lines of each page are told of it as a whole; (pages, width)."""
    import numpy as np

    return _run(features, np.asarray(sizes), network)[1]


def _run(features: npt.NDArray[np.uint8], sizes: Ints, network: Network) -> tuple[Floats, Floats]:
    """The scores of some lines, and what they are told of their pages."""
    import numpy as np

    sizes = sizes[sizes > 0]
    told: Floats = np.zeros((0, network.first.shape[1]), np.float32)
    if not len(sizes):
        return np.zeros(0, np.float32), told
    gap = DISTANCES[-1]
    # Rows of zeros before, between and after the pages keep them apart.
    starts = gap + np.cumsum(sizes + gap) - sizes - gap
    rows = np.arange(len(features)) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    count = len(features) + gap * (len(sizes) + 1)
    outside = np.ones(count, np.bool_)
    outside[rows] = False
    inputs = np.clip(features.astype(np.float32), network.low, network.high)
    state = np.zeros((count, network.first.shape[1]), np.float32)
    state[rows] = _shift(
        inputs @ network.first + network.first_bias, network.shifts[0], network.top
    )
    for layer, distance in enumerate(DISTANCES):
        before, here, after = network.convolutions[layer]
        total = state @ here
        total += network.biases[layer]
        total[distance:] += state[:-distance] @ before
        total[:-distance] += state[distance:] @ after
        added = _shift(total, network.shifts[1], network.top)
        added[outside] = 0
        state += added
        np.minimum(state, network.top, out=state)
        if layer == MIDDLE:
            kept = state[rows]
            told = _summaries(kept, sizes, network)
            state[rows] = np.minimum(kept + np.repeat(told, sizes, axis=0), network.top)
    odds = state[rows] @ network.last + np.float32(network.last_bias)
    return np.asarray(odds * np.float32(2.0 ** -network.shifts[3]), np.float32), told


def _summaries(state: Floats, sizes: Ints, network: Network) -> Floats:
    """One row a page, from the mean and the maximum over its lines."""
    import numpy as np

    starts = np.cumsum(sizes) - sizes
    sums = np.add.reduceat(state, starts, axis=0, dtype=np.float64)
    mean = np.floor(sums / sizes[:, None]).astype(np.float32)
    most = np.maximum.reduceat(state, starts, axis=0)
    told = np.concatenate((mean, most), axis=1) @ network.page + network.page_bias
    return _shift(told, network.shifts[2], network.top)


def _shift(sums: Floats, shift: int, top: int) -> Floats:
    """Sums of a layer as activations: divided by a power of two, rounded down, 0 to `top`."""
    import numpy as np

    sums *= np.float32(2.0**-shift)
    np.floor(sums, out=sums)
    return np.clip(sums, 0, top, out=sums)
