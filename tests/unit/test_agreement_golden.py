"""Golden cases: each file in `tests/golden/agreement` is an article of several annotators, with
figures computed by hand and every difference in words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from dataset_builder.agreement import agreement
from dataset_builder.agreement.words import in_words, plain
from dataset_builder.registries import Annotator
from tests.annotated import annotation, article, items, task
from tests.factory import registries

CASES = sorted((Path(__file__).parents[1] / "golden" / "agreement").iterdir())
RELEVANT = {"relevance": ["relevant"]}


def found_in(case):
    known = tuple(Annotator(name, "human", None) for name in case["annotators"])
    done = [
        annotation(name, items(case["text"], work.get("spans", {}), work.get("arrows", ()),
                               work.get("article", RELEVANT)))
        for name, work in case["annotators"].items()
    ]  # fmt: skip
    of = task(article(case["text"]), *done)
    return agreement([of], replace(registries(), annotators=known))


def check(row, expected):
    if str(expected).startswith("undefined"):
        assert f"undefined ({row.reason})" == expected, row
    else:
        assert row.value == pytest.approx(float(Fraction(str(expected)))), row


def difference(item, text):
    shown = [plain(phrase) for phrase in in_words(item.unit, text)]
    return " | ".join([" ".join([item.unit.layer, *item.unit.labels]), *shown])


def test_there_are_cases():
    assert len(CASES) >= 9


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_case(path):
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    found, expect = found_in(case), case["expect"]
    rows = {f"{row.layer} {row.metric}": row for row in found.rows}
    by_label = {f"{row.layer} {row.metric} {row.label}": row for row in found.by_label}
    by_pair = {f"{'/'.join(row.pair)} {row.layer} {row.metric}": row for row in found.by_pair}
    for told, actual in (("figures", rows), ("labels", by_label), ("pairs", by_pair)):
        for name, value in expect.get(told, {}).items():
            check(actual[name], value)
    for name, n in expect.get("n", {}).items():
        assert rows[name].n == n, name
    if path.stem == "every_layer":
        assert set(expect["figures"]) == set(rows)
    if "confusions" in expect:
        shown = {
            layer: {" ".join(labels): units for labels, units in cells.items()}
            for layer, cells in found.confusions.items()
        }
        assert shown == expect["confusions"]
    if "counts" in expect:
        counted = {layer: list(both) for layer, both in found.counts.items() if sum(both)}
        assert counted == expect["counts"]
    assert [difference(item, case["text"]) for item in found.disagreements] == expect["differences"]
    differing = {layer: both[1] for layer, both in found.counts.items() if both[1]}
    listed = [item.unit.layer for item in found.disagreements]
    assert differing == {layer: listed.count(layer) for layer in listed}
