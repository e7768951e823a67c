"""Training of the line model on labelled pages; needs the extra `train` (PyTorch).

A labelled page is one JSON object a line: `raw`, its plain-text dump, and `label`, one 0 or 1 for
each line of `raw` that is not blank (1: body). `weight` (default 1) says how much the page counts,
`lang` which language it is in. `raw2` and `label2` are the same page dumped by another converter;
`gold`, the paragraphs of the body one a line, stands in for labels.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.articles import LINE_BREAKS
from dataset_builder.clean.lines import NAMES, look
from dataset_builder.clean.network import DISTANCES, EXACT, MIDDLE
from dataset_builder.clean.shapes import Page, Shape, shapes
from dataset_builder.clean.text import fold, normalise_lines, strip_lines
from dataset_builder.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import torch

    Floats = npt.NDArray[np.float32]

WIDTH: Final = 32
"""Numbers that the model keeps for each line."""
EPOCHS: Final = 12
BATCH: Final = 24
RATE: Final = 3e-3
DECAY: Final = 1e-3
DROPOUT: Final = 0.1
NOISE: Final = 0.1
"""Standard deviation of the noise on the inputs, which have one of 1."""
CERTAINTY: Final = 0.95
"""What a label of 1 is taken as: labels are sometimes wrong."""
LONGEST: Final = 500
"""Lines of a page that are seen at once."""
POWER: Final = 0.35
"""Within its page a line counts by this power of its words."""
UNIT: Final = 32
"""What an activation of 1 becomes among the whole numbers."""
TOP: Final = 511


@dataclass(frozen=True)
class _Sample:
    features: Floats
    body: Floats
    weights: Floats


def read_labelled(files: Sequence[Path]) -> list[Page]:
    """The labelled pages of some JSONL files. Raises UsageError naming the file and line."""
    pages: list[Page] = []
    for file in files:
        with file.open(encoding="utf-8") as handle:
            for number, text in enumerate(handle, start=1):
                try:
                    pages += _pages(json.loads(text))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    msg = f"{file}, line {number}: not a labelled page: {error}"
                    hint = 'each line is {"raw": text, "label": [0 or 1 per non-blank line]}'
                    raise UsageError(msg, hint=hint) from None
    if not any(any(page.body) for page in pages):
        msg = f"{', '.join(map(str, files))}: no labelled page with a body"
        raise UsageError(msg, hint="give files with one labelled page a line")
    return pages


def _pages(record: dict[str, Any]) -> Iterator[Page]:
    """The dumps of one labelled page: `raw` with `label`, `raw2` with `label2`, either with `gold`."""
    for form, name in (("raw", "label"), ("raw2", "label2")):
        if form != "raw" and form not in record:
            continue
        lines, gaps, _ = strip_lines(normalise_lines(LINE_BREAKS.sub("\n", record[form])))
        body = [int(bool(value)) for value in record.get(name, ())] or _found(lines, record["gold"])
        if len(body) != len(lines):
            msg = f"{len(body)} labels for {len(lines)} non-blank lines of `{form}`"
            raise ValueError(msg)
        weight, language = float(record.get("weight", 1)), str(record.get("lang", ""))
        yield Page(tuple(lines), tuple(gaps), tuple(body), weight, language)


def _found(lines: Sequence[str], gold: str) -> list[int]:
    """Which lines are paragraphs of `gold`; of equal ones the first."""
    missing = {fold(line) for line in gold.split("\n")} - {""}
    body = []
    for line in lines:
        key = fold(line)
        body.append(int(key in missing))
        missing.discard(key)
    return body


def _sample(shape: Shape, weight: float) -> _Sample:
    import numpy as np

    lines, gaps, body = shape
    looked = look(lines, gaps, [len(lines)])
    weights = (np.minimum(looked.words, 100) + 1.0) ** POWER
    return _Sample(
        looked.features.astype(np.float32),
        np.array(body, np.float32),
        (weights / weights.sum() * weight).astype(np.float32),
    )


def train(
    pages: Sequence[Page], seed: int, tell: Callable[[str], None], epochs: int = EPOCHS
) -> dict[str, Any]:
    """Arrays of a network trained on `pages`, as `network.load` reads them."""
    import numpy as np
    import torch

    torch.manual_seed(seed)
    rng = random.Random(seed)  # noqa: S311 - a fixed seed, no secret
    samples = [
        _sample(shape, page.weight) for page in pages if page.lines for shape in shapes(page, rng)
    ]
    values = np.concatenate([sample.features for sample in samples])
    mean, spread = values.mean(0), np.maximum(values.std(0), 1.0)
    low = np.ceil(np.maximum(mean - 4 * spread, 0))
    high = np.floor(np.minimum(mean + 6 * spread, 255))
    scaled = [
        _Sample((np.clip(item.features, low, high) - mean) / spread, item.body, item.weights)
        for item in samples
    ]
    network = _network(len(NAMES))
    steps = -(-len(scaled) // BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, RATE, total_steps=epochs * steps, pct_start=0.15
    )
    network.train()
    for epoch in range(epochs):
        total = 0.0
        for batch in _batches(scaled, rng):
            inputs, target, weights, mask = _tensors([_altered(scaled[at], rng) for at in batch])
            inputs += NOISE * torch.randn_like(inputs)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                network(inputs, mask), (2 * target - 1) * (CERTAINTY - 0.5) + 0.5, reduction="none"
            )
            loss = (loss * weights).sum() / len(batch)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        tell(f"epoch {epoch + 1} of {epochs}: loss {total / steps:.4f}")
    parameters = {
        name: tensor.detach().double().numpy() for name, tensor in network.named_parameters()
    }
    return quantised(parameters, mean, spread, low, high)


def _batches(samples: Sequence[_Sample], rng: random.Random) -> Iterator[list[int]]:
    """Places of samples, pages of about the same length together."""
    order = list(range(len(samples)))
    rng.shuffle(order)
    order.sort(key=lambda at: len(samples[at].body) // 50 + 3 * rng.random())
    batches = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    rng.shuffle(batches)
    yield from batches


def _altered(sample: _Sample, rng: random.Random) -> _Sample:
    """A part of a long page; at times without some runs of lines, or not telling blank lines."""
    import numpy as np

    features, body, weights = sample.features, sample.body, sample.weights
    if len(body) > LONGEST:
        part = slice(start := rng.randrange(len(body) - LONGEST), start + LONGEST)
        features, body, weights = features[part], body[part], weights[part]
    count = len(body)
    keep = np.ones(count, np.bool_)
    chance = rng.random()
    if chance < 0.35:  # less around the article
        for _ in range(rng.randint(1, 3)):
            start = rng.randrange(count)
            keep[start : start + rng.randint(1, 40)] = False
        keep |= body > 0
    elif chance > 0.9 and body.sum() > 6:  # less article
        inside = np.flatnonzero(body)
        start = int(inside[rng.randrange(len(inside))])
        keep[start : start + rng.randint(1, max(1, len(inside) // 3))] = False
        keep |= body == 0
    if keep.sum() < 3:
        keep[:] = True
    features = features[keep]  # a copy
    if rng.random() < 0.15:
        features[:, [NAMES.index("gap_before"), NAMES.index("gap_after")]] = 0
    return _Sample(features, body[keep], weights[keep])


def _tensors(
    samples: Sequence[_Sample],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs, labels, weights and a mask of the lines that are there, padded to one length."""
    import torch

    longest = max(len(sample.body) for sample in samples)
    inputs = torch.zeros(len(samples), longest, len(NAMES))
    target, weights, mask = (torch.zeros(len(samples), longest) for _ in range(3))
    for row, sample in enumerate(samples):
        count = len(sample.body)
        inputs[row, :count] = torch.from_numpy(sample.features)
        target[row, :count] = torch.from_numpy(sample.body)
        weights[row, :count] = torch.from_numpy(sample.weights)
        mask[row, :count] = 1
    return inputs, target, weights, mask


def _network(features: int) -> torch.nn.Module:
    """The network of `network.scores`, in floating point."""
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(features, WIDTH)
            self.convolutions = nn.ModuleList(
                nn.Conv1d(WIDTH, WIDTH, 3, dilation=distance, padding=distance)
                for distance in DISTANCES
            )
            self.page = nn.Linear(2 * WIDTH, WIDTH)
            self.last = nn.Linear(WIDTH, 1)
            self.dropout = nn.Dropout(DROPOUT)

        def forward(self, inputs: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            there = mask[..., None]
            most = TOP / UNIT
            state = self.first(inputs).clamp(0, most) * there
            for layer, convolution in enumerate(self.convolutions):
                seen = convolution(self.dropout(state).transpose(1, 2)).transpose(1, 2)
                state = (state + seen.clamp(0, most)).clamp(max=most) * there
                if layer == MIDDLE:
                    mean = state.sum(1) / there.sum(1)
                    told = self.page(torch.cat((mean, state.max(1).values), -1)).clamp(0, most)
                    state = (state + told[:, None]).clamp(max=most) * there
            odds: torch.Tensor = self.last(state)[..., 0]
            return odds

    return Network()


def quantised(
    parameters: dict[str, Any], mean: Floats, spread: Floats, low: Floats, high: Floats
) -> dict[str, Any]:
    """A trained network as whole numbers; see `network.Network`.

    Each layer has the finest power of two as its unit with which no sum can reach `EXACT`.
    """
    import numpy as np

    first = parameters["first.weight"].T / spread[:, None]
    first_bias = parameters["first.bias"] - mean @ first
    convolutions = np.stack(
        [parameters[f"convolutions.{at}.weight"].transpose(2, 1, 0) for at in range(len(DISTANCES))]
    )
    biases = np.stack([parameters[f"convolutions.{at}.bias"] for at in range(len(DISTANCES))])
    page, page_bias = parameters["page.weight"].T, parameters["page.bias"]
    last, last_bias = parameters["last.weight"][0][:, None], parameters["last.bias"]

    def scaled(
        weights: Any, bias: Any, most: Any, gain: float, rounding: bool
    ) -> tuple[Any, Any, int]:
        """Weights and bias times `gain` and a power of two; what inputs of at most `most` need."""
        for shift in range(14, -1, -1):
            whole = np.rint(weights * gain * 2.0**shift)
            added = np.rint(bias * (UNIT if rounding else gain * UNIT) * 2.0**shift)
            added += 2 ** (shift - 1) if rounding and shift else 0  # sums are rounded down later
            reach = (np.abs(whole) * most).reshape(-1, *whole.shape[-1:]).sum(0)
            if (reach + np.abs(added) < EXACT).all() and np.abs(whole).max() < 2**15:
                return whole, added, shift
        msg = "the weights are too large to be whole numbers"
        raise ValueError(msg)

    first, first_bias, first_shift = scaled(first, first_bias, high[:, None], UNIT, True)
    layers = [
        scaled(weights, bias, TOP, 1, True)
        for weights, bias in zip(convolutions, biases, strict=True)
    ]
    shift = min(layer[2] for layer in layers)
    layers = [
        (np.rint(weights * 2.0**shift), np.rint(bias * UNIT * 2.0**shift) + 2 ** (shift - 1), shift)
        for weights, bias in zip(convolutions, biases, strict=True)
    ]
    page, page_bias, page_shift = scaled(page, page_bias, TOP, 1, True)
    last, last_bias, last_shift = scaled(last, last_bias, TOP, 1, False)
    return {
        "names": np.array(NAMES),
        "low": low.astype(np.int32),
        "high": high.astype(np.int32),
        "typical": np.rint(mean).astype(np.int32),
        "first": first.astype(np.int32),
        "first_bias": first_bias.astype(np.int32),
        "convolutions": np.stack([layer[0] for layer in layers]).astype(np.int32),
        "biases": np.stack([layer[1] for layer in layers]).astype(np.int32),
        "page": page.astype(np.int32),
        "page_bias": page_bias.astype(np.int32),
        "last": last[:, 0].astype(np.int32),
        "last_bias": np.int32(last_bias[0]),
        "shifts": np.array([first_shift, shift, page_shift, last_shift + UNIT.bit_length() - 1]),
        "top": np.int32(TOP),
    }


def save(arrays: dict[str, Any], file: Path) -> None:
    """Write the weights; the same arrays always give the same bytes."""
    import io

    import numpy as np

    from dataset_builder.files import write_bytes

    data = io.BytesIO()
    np.savez_compressed(data, allow_pickle=False, **arrays)
    write_bytes(file, data.getvalue())
