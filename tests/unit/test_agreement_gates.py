from __future__ import annotations

import json

import pytest

from dataset_builder.agreement import AgreementRow, figure_names, judge, load_gates
from dataset_builder.agreement.gates import Gate, Gates, failed
from dataset_builder.errors import ProjectError
from dataset_builder.project import packaged
from tests.factory import registries

FIGURES = figure_names(registries().ontology)
GATES = Gates(3, (Gate("types", "alpha", 0.67, 0.8), Gate("triggers", "exact_f1", 0.65, 0.75)))


def row(value, layer="types", metric="alpha"):
    return AgreementRow(layer, metric, value, 9, 0.0, 1.0, None if value is not None else "why")


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (0.8, "target"), (0.7999, "go"), (0.67, "go"), (0.6699, "below"), (-1.0, "below"),
        (None, "undefined"),
    ],
)  # fmt: skip
def test_the_figure_itself_is_judged(value, state):
    verdicts = judge([row(value), row(0.1, "dates", "percent")], GATES, articles=3)
    assert {name: verdict.state for name, verdict in verdicts.items()} == {"types alpha": state}
    assert failed(verdicts) == (state == "below")
    assert failed(verdicts, strict=True) == (state in ("below", "undefined"))


def test_few_articles_are_not_judged():
    verdicts = judge([row(0.1)], GATES, articles=2)
    assert verdicts["types alpha"].state == "too few to judge"
    assert (failed(verdicts), failed(verdicts, strict=True)) == (False, True)


def test_the_gates_of_the_project():
    gates = load_gates(packaged("annotations/agreement.yaml"), FIGURES)
    assert gates.fewest_articles == 30
    levels = {(g.layer, g.figure): (g.go, g.target) for g in gates.gates}
    assert levels["stance_labels", "alpha"] == (0.67, 0.8)
    assert levels["stance_pairs", "f1"] == (0.6, 0.7)
    assert levels["stance_polarity", "percent"] == (0.95, 0.98)
    assert levels["mentions", "exact_f1"] == levels["stance_evidence", "exact_f1"] == (0.6, 0.7)
    assert levels["mentions", "overlap_f1"] == (0.75, 0.85)
    assert levels["triggers", "exact_f1"] == (0.65, 0.75)
    assert levels["triggers", "overlap_f1"] == (0.7, 0.8)
    assert (levels["types", "percent"], levels["types", "alpha"]) == ((0.85, 0.9), (0.67, 0.8))
    assert levels["arguments", "f1"] == (0.6, 0.7)
    for layer in ("polarity", "modality", "tense", "modes", "contexts", "actor_ids", "dates"):
        assert levels[layer, "percent"] == levels[layer, "alpha"] == (0.8, 0.9)


GOOD = "{layer: types, figure: alpha, go: 0.6, target: 0.7}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", "not valid YAML"),
        ("- 1", "must have `fewest_articles` and `gates`"),
        ("fewest_articles: 3\ngates: []\nmore: 1", "nothing else"),
        ("fewest_articles: yes\ngates: []", "a number of articles"),
        ("fewest_articles: -1\ngates: []", "a number of articles"),
        ("fewest_articles: 3\ngates: {}", "must be a list"),
        ("fewest_articles: 3\ngates: [1]", "gate 1 must have"),
        (f"fewest_articles: 3\ngates: [{GOOD}, {GOOD}]", "types alpha has two gates"),
        (f"fewest_articles: 3\ngates: [{GOOD.replace('types', 'tipes')}]", "no figure tipes alpha"),
        (f"fewest_articles: 3\ngates: [{GOOD.replace('0.6', '60')}]", "60 is no figure"),
        (f"fewest_articles: 3\ngates: [{GOOD.replace('0.6', 'true')}]", "True is no figure"),
        (f"fewest_articles: 3\ngates: [{GOOD.replace('0.6', '.nan')}]", "nan is no figure"),
        (f"fewest_articles: 3\ngates: [{GOOD.replace('0.6', '0.9')}]", "go is above target"),
    ],
)
def test_what_is_wrong_with_the_file_is_named(tmp_path, content, message):
    file = tmp_path / "agreement.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ProjectError, match=r"agreement\.yaml") as error:
        load_gates(file, FIGURES)
    assert message in error.value.message


def test_the_command_line(command, project_folder):
    """Five articles are too few for the gates; with fewer wanted, one is below."""
    done = command("agreement", "--gate", "--html", "page.html")
    assert done.returncode == 0, done.stderr
    assert "too few to judge: 5 of 30 articles" in done.stdout
    page = (project_folder / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert command("agreement", "--gate", "--strict").returncode == 1
    gates = project_folder / "annotations" / "agreement.yaml"
    gates.write_text(f"fewest_articles: 5\ngates: [{GOOD.replace('types', 'tense')}]")
    passed = command("agreement", "--gate", "--strict", "--format", "json", "--samples", "50")
    assert passed.returncode == 0
    whole = json.loads(passed.stdout)
    tense = next(f for f in whole["figures"] if (f["layer"], f["metric"]) == ("tense", "alpha"))
    assert tense["gate"] == {"go": 0.6, "target": 0.7, "state": "target"}
    assert whole["bootstrap"] == {"samples": 50, "seed": 0, "level": 0.95}
    gates.write_text(
        "fewest_articles: 5\n"
        "gates: [{layer: stance_evidence, figure: exact_f1, go: 0.99, target: 1}]"
    )
    below = command("agreement", "--gate", "--details")
    assert below.returncode == 1
    assert "below go: stance evidence (F1, same extent)" in below.stdout
    assert command("agreement").returncode == 0
    gates.write_text("gates: 1")
    broken = command("agreement")
    assert (broken.returncode, broken.stdout) == (2, "")
