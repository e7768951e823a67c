"""The examples run as they are printed, on the release of the seeds."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import sys

import datasets
import pytest

from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def release(_built):
    """The seeds' release; nobody changes it."""
    return _built / "releases/1.0.0"


@pytest.fixture
def example(monkeypatch):
    """Imports a script of `examples/`, as `python examples/NAME.py` would."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield importlib.import_module
    for name in ("common", "stance", "triggers"):
        sys.modules.pop(name, None)


def test_the_page(release, monkeypatch, tmp_path):
    """Every block of Python prints the block of text under it."""
    monkeypatch.chdir(release.parents[1])
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    blocks = BLOCK.findall((EXAMPLES / "open_a_release.md").read_text(encoding="utf-8"))
    names = {}
    expected = [
        blocks[at + 1][1] if at + 1 < len(blocks) and blocks[at + 1][0] == "text" else ""
        for at, (kind, _) in enumerate(blocks)
        if kind == "python"
    ]
    printed = []
    for _, code in (block for block in blocks if block[0] == "python"):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, "open_a_release.md", "exec"), names)
        printed.append(out.getvalue())
    assert printed == expected
    assert len(printed) >= 7


@pytest.mark.parametrize("name", ["stance", "triggers"])
def test_a_baseline(name, example, release, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    example(name).main([str(release)])
    said = capsys.readouterr().out
    assert "DRAFTED BY A LANGUAGE MODEL" in said
    assert "no result" in said
    lines = said.splitlines()
    for split, rows in (("validation", (16, 14)), ("test", (21, 17))):
        [line] = [line for line in lines if line.startswith(split)]
        assert int(line.split()[1]) in rows
        assert all(0 <= float(number) <= 1 for number in line.split()[-3:])


@pytest.mark.skipif(
    not os.environ.get("TEST_TRANSFORMERS"), reason="opt-in: TEST_TRANSFORMERS=1, some minutes"
)
@pytest.mark.parametrize("name", ["stance", "triggers"])
def test_a_transformer(name, example, release, capsys):
    """By its defaults it learns something that holds in an article that it did not see."""
    example(name).main([str(release), "--model", "transformers"])
    [line] = [s for s in capsys.readouterr().out.splitlines() if s.startswith("validation")]
    assert float(line.split()[-2]) > 0


def test_the_measure_of_semeval(example):
    """Favor: 1 of 2 found, 1 of 1 right, F1 2/3. Against: 1 of 1 found, 1 of 2 right, F1 2/3."""
    stance = example("stance")
    gold, predicted = [2, 2, 1, 0], [2, 1, 1, 0]
    assert stance.f1(2, gold, predicted) == pytest.approx(2 / 3)
    assert stance.f1(1, gold, predicted) == pytest.approx(2 / 3)
    assert stance.f1(2, [0], [0]) == 0


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("O B-A I-A O", {(1, 2, "A")}),
        ("B-A B-A", {(0, 0, "A"), (1, 1, "A")}),
        ("I-A I-A I-B", {(0, 1, "A"), (2, 2, "B")}),
        ("B-A I-B", {(0, 0, "A"), (1, 1, "B")}),
        ("", set()),
    ],
)
def test_spans_as_conll_reads_them(example, tags, spans):
    assert example("triggers").spans(tags.split()) == spans


def test_scores_of_spans(example):
    """Two of three spans found, one of four guesses beside it."""
    triggers = example("triggers")
    gold = [["B-A", "I-A", "O", "B-B"], ["B-A", "O"]]
    found = [["B-A", "I-A", "B-B", "B-B"], ["B-B", "O"]]
    precision, recall, f1 = triggers.scores(gold, found)
    assert (precision, recall) == (2 / 4, 2 / 3)
    assert f1 == pytest.approx(2 * 2 / 7)
    assert triggers.scores(triggers.untyped(gold), triggers.untyped(found))[2] == pytest.approx(
        6 / 7
    )


def test_what_stock_scripts_ask_of_the_data(release, monkeypatch, tmp_path):
    """The documented contract of run_ner.py, run_classification.py and run_glue.py of transformers:
    see docs/training.md."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    ner = datasets.load_dataset(str(release), "triggers")
    assert set(ner) == {"train", "validation", "test"}
    features = ner["train"].features
    assert list(features)[:2] == ["tokens", "ner_tags"]
    assert features["tokens"] == datasets.List(datasets.Value("string"))
    assert isinstance(features["ner_tags"].feature, datasets.ClassLabel)
    names = features["ner_tags"].feature.names
    assert names[0] == "O"
    # It pairs each B-TYPE with its I-TYPE by name.
    assert {f"I-{name[2:]}" for name in names if name[0] == "B"} == {
        n for n in names if n[0] == "I"
    }
    assert all(len(r["tokens"]) == len(r["ner_tags"]) > 0 for rows in ner.values() for r in rows)
    pairs = datasets.load_dataset(str(release), "stance")
    assert set(pairs) == {"train", "validation", "test"}
    features = pairs["train"].features
    # run_glue.py takes the first two columns that are not `label`; the others are named.
    assert list(features)[:4] == ["text", "holder", "target", "label"]
    assert isinstance(features["label"], datasets.ClassLabel)
    assert features["label"].dtype == "int64"
    assert all(features[name].dtype == "string" for name in ("text", "holder", "target"))
    # Ids that the scripts collect from the training rows are all there, and sort as strings do.
    assert sorted(map(str, pairs["train"].unique("label"))) == ["0", "1", "2"]
    assert None not in pairs["validation"]["label"]
