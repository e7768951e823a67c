"""The stories of a cleaned corpus: in its articles, in any batches, as people correct them."""

from __future__ import annotations

import json
from functools import partial

import pyarrow.parquet as pq
import pytest

from dataset_builder.cli import cli
from dataset_builder.corpus import Options, clean_corpus
from dataset_builder.registries import Story
from dataset_builder.sources import read_pages
from tests import corpora
from tests.factory import project

PREVIEW, REPORT, OTHER = "42dcf876709be0c2", "7292f718f1e7c8f1", "649489d7b66758c6"
LOOP = Options(learn=False)


def run(out, options=LOOP, report=lambda _: None):
    pages = partial(read_pages, [str(project().root / "seeds")])
    return clean_corpus(pages, out, corpora.ontology(), options, report)


def stories(out):
    table = pq.read_table(out / "articles")
    return dict(zip(table["article_id"].to_pylist(), table["story"].to_pylist(), strict=True))


def corrected(**lists):
    return Options(learn=False, stories=(Story("one", note=None, **{"articles": (), **lists}),))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    out = tmp_path_factory.mktemp("stories") / "out"
    return out, run(out)


def test_the_seeds_are_four_stories(done):
    out, outcome = done
    found = stories(out)
    assert found[REPORT] == found[PREVIEW] == PREVIEW
    assert all(story == name for name, story in found.items() if name != REPORT)
    assert (len(found), outcome.stories) == (5, 1)
    assert json.loads((out / "summary.json").read_text())["stories"] == 1
    assert "1 stories of two or more" in outcome.summary


def test_batches_and_engine_make_no_difference(done, tmp_path, monkeypatch):
    out, _ = done
    for name, value in {"MEAN": 1, "LEAST": 1, "MOST": 2}.items():
        monkeypatch.setattr(f"dataset_builder.corpus.batches.{name}", value)
    run(tmp_path / "out", Options(learn=False, engine="pool", jobs=2))
    assert len([*(tmp_path / "out/articles").glob("*.parquet")]) > 2
    assert stories(tmp_path / "out") == stories(out)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (corrected(apart=(PREVIEW, REPORT)), {PREVIEW: PREVIEW, REPORT: REPORT, OTHER: OTHER}),
        (corrected(articles=(OTHER, REPORT)), {REPORT: OTHER, OTHER: OTHER}),
    ],
)
def test_what_people_say_holds_and_leaves_no_trace(done, tmp_path, options, expected):
    whole, _ = done
    out = tmp_path / "out"
    run(out, options)
    found = stories(out)
    assert {name: found[name] for name in expected} == expected
    again = run(out)
    assert (again.cleaned, again.stories) == (0, 1)
    assert corpora.content(out) == corpora.content(whole)


def test_interrupted_while_looking_for_stories(done, tmp_path):
    whole, _ = done

    def interrupt(progress):
        if progress.step == "comparing stories":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "out", LOOP, interrupt)
    assert run(tmp_path / "out").cleaned == 0
    assert corpora.content(tmp_path / "out") == corpora.content(whole)


def test_the_command_heeds_the_file_of_the_project(project_folder, monkeypatch, tmp_path):
    from click.testing import CliRunner

    monkeypatch.chdir(project_folder)
    (project_folder / "annotations/stories.yaml").write_text(
        f"- {{id: two, apart: ['{PREVIEW}', '{REPORT}']}}\n"
    )
    seeds = str(project().root / "seeds")
    arguments = ["clean", seeds, "--out", str(tmp_path / "out"), "--no-templates", "--jobs", "1"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    found = stories(tmp_path / "out")
    assert found[PREVIEW] != found[REPORT]
