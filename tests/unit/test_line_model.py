"""The line model: the same scores in every batch, the same weights from every training."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from dataset_builder.clean.lines import NAMES, look
from dataset_builder.clean.network import EXACT, load, scores
from dataset_builder.clean.text import normalise_lines, strip_lines
from dataset_builder.clean.train import quantised, read_labelled, save, train
from dataset_builder.errors import UsageError
from tests.evaluation.build import cases


def pages() -> list[tuple[list[str], list[int]]]:
    found = [strip_lines(normalise_lines(case.raw))[:2] for case in cases()]
    return [([], []), *found, (["word"], [0]), (["x" * 10_000, "…"], [0, 5])]


def looked_at(some):
    lines = [line for page, _ in some for line in page]
    gaps = [gap for _, gaps in some for gap in gaps]
    return look(lines, gaps, [len(page) for page, _ in some])


def test_scores_do_not_depend_on_the_batch() -> None:
    some = pages()
    random.Random(1).shuffle(some)
    sizes = [len(lines) for lines, _ in some]
    together = scores(looked_at(some).features, sizes, load())
    at = 0
    for page in some:
        own = looked_at([page])
        alone = scores(own.features, [len(page[0])], load())
        assert np.array_equal(alone, together[at : at + len(page[0])])
        at += len(page[0])
    assert at == len(together)


def test_no_sum_of_the_model_is_beyond_what_is_exact() -> None:
    network = load()
    layers = [
        (network.first, network.first_bias, network.high[:, None]),
        (network.page, network.page_bias, network.top),
        (network.last[:, None], np.float32(network.last_bias), network.top),
        *zip(
            network.convolutions, network.biases, [network.top] * len(network.biases), strict=True
        ),
    ]
    for weights, bias, most in layers:
        assert np.array_equal(weights, np.rint(weights))
        reach = (np.abs(weights) * most).reshape(-1, weights.shape[-1]).sum(0)
        assert (reach + np.abs(bias) < EXACT).all()


def test_the_model_is_small() -> None:
    from dataset_builder.clean.network import WEIGHTS

    assert WEIGHTS.stat().st_size < 100_000


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    file = tmp_path_factory.mktemp("labelled") / "pages.jsonl"
    rows = [
        {"raw": case.raw, "raw2": case.raw2, "gold": "\n".join(case.gold), "lang": case.lang}
        for case in cases()[:8]
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


@pytest.mark.slow
def test_training_gives_the_same_working_model_each_time(labelled, tmp_path) -> None:
    told: list[str] = []
    found = read_labelled([labelled])
    assert len(found) == 16
    assert all(any(page.body) for page in found)
    first = train(found, 3, told.append, epochs=4)
    assert len(told) == 4
    again = train(found, 3, told.append, epochs=4)
    save(first, tmp_path / "one.npz")
    save(again, tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    network = load(tmp_path / "one.npz")
    right = total = 0
    for page in found:
        seen = look(page.lines, page.gaps, [len(page.lines)])
        odds = scores(seen.features, [len(page.lines)], network)
        right += int(((odds > 0) == (np.array(page.body) > 0)).sum())
        total += len(page.lines)
    assert right / total > 0.8


def test_labels_count_line_by_line(tmp_path) -> None:
    file = tmp_path / "pages.jsonl"
    file.write_text('{"raw": "Home\\n\\nText.\\n", "label": [0, 1]}\n', encoding="utf-8")
    assert read_labelled([file])[0].body == (0, 1)
    file.write_text('{"raw": "Home\\nText.", "label": [1]}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="line 1: not a labelled page: 1 labels for 2"):
        read_labelled([file])
    file.write_text('{"raw": "Home"', encoding="utf-8")
    with pytest.raises(UsageError, match="line 1"):
        read_labelled([file])
    file.write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="no labelled page"):
        read_labelled([file])


def test_weights_for_other_features_are_refused(tmp_path) -> None:
    with np.load(load.__wrapped__.__defaults__[0], allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["names"] = arrays["names"][::-1]
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(ValueError, match="other features"):
        load(tmp_path / "other.npz")


def test_weights_too_large_to_be_exact_are_refused() -> None:
    width, count = 2, len(NAMES)
    ones = np.ones(count)
    huge = {"first.weight": np.full((width, count), 1e9), "first.bias": np.zeros(width)}
    rest = {
        **{f"convolutions.{at}.weight": np.zeros((width, width, 3)) for at in range(5)},
        **{f"convolutions.{at}.bias": np.zeros(width) for at in range(5)},
        "page.weight": np.zeros((width, 2 * width)),
        "page.bias": np.zeros(width),
        "last.weight": np.zeros((1, width)),
        "last.bias": np.zeros(1),
    }
    with pytest.raises(ValueError, match="too large"):
        quantised({**huge, **rest}, ones * 0, ones, ones * 0, ones)
