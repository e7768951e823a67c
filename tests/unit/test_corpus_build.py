"""Cleaning a corpus into a folder: what is in it, what a second run does, what a killed one left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from random import Random

import click
import pyarrow.parquet as pq
import pytest

from dataset_builder.clean import clean_pages
from dataset_builder.cli import cli
from dataset_builder.contract import pandera_schema
from dataset_builder.corpus import Options, clean_corpus
from dataset_builder.corpus import stage as staging
from dataset_builder.corpus.templates import read_templates
from dataset_builder.errors import DatasetBuilderError, ProjectError, UsageError
from dataset_builder.extras import MissingExtraError
from dataset_builder.grouping import one_per_group
from dataset_builder.sources import read_pages
from dataset_builder.tables import ARTICLES
from tests import corpora

ROOT = Path(__file__).parents[2]
PAGES = 120
LOOP, POOL = Options(), Options(engine="pool", jobs=2)


@pytest.fixture(autouse=True, scope="module")
def small_batches():
    with pytest.MonkeyPatch.context() as patch:
        for name, size in corpora.SMALL.items():
            patch.setattr(f"dataset_builder.corpus.batches.{name}", size)
        yield


def run(source, out, options=LOOP):
    return clean_corpus(
        partial(read_pages, str(source)), out, corpora.ontology(), options, lambda _: None
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A folder of pages and what an uninterrupted run makes of it."""
    place = tmp_path_factory.mktemp("corpus")
    source = corpora.folder(place / "pages", PAGES)
    return source, place / "done", run(source, place / "done")


def articles(out):
    return pq.read_table(out / "articles").sort_by("article_id").to_pylist()


def test_the_articles_are_those_that_small_corpora_get(corpus):
    source, out, outcome = corpus
    small = clean_pages(source)
    found = {row["article_id"]: row for row in articles(out)}
    assert outcome.articles == len(found)
    for article in small.articles:
        row = found[article.article_id]
        assert (row["text"], row["language"]) == (article.text, article.language)
        assert [(item["start"], item["end"]) for item in row["sentences"]] == [
            (span.start, span.end) for span in article.sentences
        ]
    # What small corpora reject as a copy stays here, in the group of the other.
    equal = {item.source for item in one_per_group(small.articles).rejected}
    assert equal == {
        row["source"] for row in found.values() if row["duplicate_group"] != row["article_id"]
    }
    assert len(equal) == outcome.groups == PAGES // 20
    for row in found.values():
        group = found[row["duplicate_group"]]
        assert group["text"] == row["text"]
        assert group["article_id"] <= row["article_id"]


def test_the_table_is_the_declared_one(corpus):
    import polars as pl

    _, out, _ = corpus
    schema = pandera_schema(ARTICLES, corpora.ontology())
    schema.validate(pl.read_parquet(out / "articles" / "*.parquet"))


def test_what_was_rejected_is_told_and_counted(corpus):
    _, out, outcome = corpus
    rows = pq.read_table(out / "rejected").to_pylist()
    assert {(row["source"], row["reason"]) for row in rows} == {
        ("empty.txt", "empty"),
        ("binary.txt", "binary"),
    }
    assert outcome.broken == 2
    assert {item.source for item in outcome.shown} == {"empty.txt", "binary.txt"}
    summary = json.loads((out / "summary.json").read_text())
    assert summary["rejected"] == outcome.rejected == {"binary": 1, "empty": 1}
    assert summary["articles"] == PAGES


@pytest.mark.slow
def test_a_pool_gives_the_same_bytes(corpus, tmp_path):
    source, out, _ = corpus
    outcome = run(source, tmp_path / "pool", POOL)
    assert outcome.cleaned > 2
    assert corpora.content(tmp_path / "pool") == corpora.content(out)


def test_unchanged_inputs_are_not_cleaned_again(corpus, monkeypatch):
    source, out, first = corpus
    before = corpora.content(out)
    monkeypatch.setattr(staging, "clean_table", None)  # whoever calls it fails
    again = run(source, out)
    assert (again.cleaned, again.reused) == (0, first.cleaned)
    assert corpora.content(out) == before


def test_one_page_more_or_less_cleans_its_batch_only(corpus, tmp_path):
    source, out, first = corpus
    frozen = Options(templates=out / "templates.parquet")
    mine = tmp_path / "pages"
    mine.mkdir()
    for file in source.rglob("*.txt"):
        (mine / file.relative_to(source)).parent.mkdir(exist_ok=True)
        (mine / file.relative_to(source)).hardlink_to(file)
    run(mine, tmp_path / "out", frozen)
    before = corpora.content(tmp_path / "out")
    new = mine / "site1" / "00060x.txt"
    new.write_text(corpora.text(9000), encoding="utf-8")
    more = run(mine, tmp_path / "out", frozen)
    assert more.articles == PAGES + 1
    assert more.cleaned <= 2 < first.cleaned
    new.unlink()
    less = run(mine, tmp_path / "out", frozen)
    assert less.articles == PAGES
    assert corpora.content(tmp_path / "out") == before


def test_groups_that_come_apart_leave_no_trace(tmp_path):
    source = corpora.folder(tmp_path / "pages", 40)
    run(source, tmp_path / "once", Options(learn=False))
    (source / "site2" / "copy.txt").write_text(corpora.text(7777, article=3), encoding="utf-8")
    with_copy = run(source, tmp_path / "out", Options(learn=False))
    (source / "site2" / "copy.txt").unlink()
    without = run(source, tmp_path / "out", Options(learn=False))
    assert (with_copy.groups, without.groups) == (3, 2)
    assert corpora.content(tmp_path / "out") == corpora.content(tmp_path / "once")


def test_another_cleaner_cleans_again(corpus, tmp_path, monkeypatch):
    source, _, _ = corpus
    small = tmp_path / "pages"
    small.mkdir()
    for file in sorted((source / "site0").iterdir())[:5]:
        (small / file.name).hardlink_to(file)
    run(small, tmp_path / "out")
    assert run(small, tmp_path / "out").cleaned == 0
    monkeypatch.setattr("dataset_builder.corpus.build.cleaner_fingerprint", lambda: "another")
    assert run(small, tmp_path / "out").cleaned == 1


def command(source, out, *options):
    code = (
        "import dataset_builder.corpus.batches as batches\n"
        f"vars(batches).update({corpora.SMALL!r})\n"
        "from dataset_builder.cli import main; main()"
    )
    return [sys.executable, "-c", code, "clean", str(source), "--out", str(out), *options]


def start(source, out, *options):
    return subprocess.Popen(
        command(source, out, *options), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip


def wait_for(process, what):
    while not (found := what()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    return found


def workers_of(process):
    import psutil

    children = psutil.Process(process.pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def parts(out):
    return len(list(out.glob("articles/part-*.parquet")))


@pytest.mark.slow
@pytest.mark.parametrize(("jobs", "how"), [("1", signal.SIGINT), ("2", signal.SIGTERM)])
def test_killed_at_any_moment_and_run_again_gives_the_same_bytes(corpus, tmp_path, jobs, how):
    source, done, whole = corpus
    out = tmp_path / "out"
    rng = Random(int(jobs))
    for number in (signal.SIGKILL, how):
        before = parts(out)
        process = start(source, out, "--jobs", jobs)
        while process.poll() is None and parts(out) <= before:
            time.sleep(0.005)
        time.sleep(rng.random() * 0.1)
        process.send_signal(number)
        _, told = process.communicate(timeout=300)
        assert "Traceback" not in told
        if process.returncode != 0 and number != signal.SIGKILL:
            assert (process.returncode, "run the same command again" in told) == (130, True)
    outcome = run(source, out)
    assert outcome.reused >= 1
    assert outcome.cleaned + outcome.reused == whole.cleaned
    assert corpora.content(out) == corpora.content(done)
    assert [file.name for file in out.rglob(".*")] == [".lock"]


@pytest.mark.slow
def test_workers_end_with_a_killed_parent(corpus, tmp_path):
    import psutil

    source, _, _ = corpus
    process = start(source, tmp_path / "out", "--jobs", "2")
    wait_for(process, lambda: parts(tmp_path / "out"))
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate(timeout=300)
    assert len(children) >= 2
    assert psutil.wait_procs(children, timeout=120)[1] == []


def test_a_worker_that_dies_is_told_and_the_run_goes_on_later(corpus, tmp_path):
    source, done, _ = corpus
    process = start(source, tmp_path / "out", "--jobs", "2")
    workers = wait_for(process, lambda: workers_of(process))
    time.sleep(0.1)
    os.kill(workers[0].pid, signal.SIGKILL)  # what the kernel does when memory runs out
    _, told = process.communicate(timeout=300)
    assert process.returncode == 3
    assert "a worker process was killed" in told
    assert "Traceback" not in told
    run(source, tmp_path / "out")
    assert corpora.content(tmp_path / "out") == corpora.content(done)


def test_without_ray_its_engine_says_how_to_get_it(corpus, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"`ray`.*\n.*\[ray\]"):
        run(corpus[0], tmp_path / "out", Options(engine="ray", jobs=2))


def test_one_run_at_a_time(corpus, tmp_path):
    import fcntl

    source, _, _ = corpus
    out = tmp_path / "out"
    out.mkdir()
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="another run is writing there"):
            run(source, out)


def test_a_folder_with_other_things_is_left_alone(corpus, tmp_path):
    source, _, _ = corpus
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "mine.txt").write_text("precious")
    with pytest.raises(UsageError, match=r"mine\.txt: not a part"):
        run(source, tmp_path)
    assert (tmp_path / "articles" / "mine.txt").read_text() == "precious"


def test_a_disk_that_refuses_is_told(corpus, tmp_path):
    (tmp_path / "out").write_text("a file where the folder should be")
    with pytest.raises(DatasetBuilderError, match="cannot be read or written"):
        run(corpus[0], tmp_path / "out")


def test_template_lines_are_saved_and_can_be_frozen(corpus, tmp_path):
    source, out, _ = corpus
    learned = read_templates(out / "templates.parquet")
    assert learned.share_of(["World news", corpora.body(3).split("\n")[0]], "site1") == [0.9, 0.0]
    run(source, tmp_path / "out", Options(templates=out / "templates.parquet"))
    assert corpora.content(tmp_path / "out") == corpora.content(out)
    with pytest.raises(ProjectError, match="not a file of template lines"):
        run(source, tmp_path / "other", Options(templates=source / "empty.txt"))


def test_the_command_shows_broken_records_and_strict_fails(command, tmp_path):
    page = json.dumps({"content": corpora.text(1)})
    rows = [page, "{\u202ebroken", *["[]"] * 30]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    done = command("clean", str(tmp_path / "*.jsonl"), "--out", "corpus", "--field", "text=content")
    assert done.returncode == 0, done.stderr
    assert "rows.jsonl#2: malformed" in done.stderr
    assert "\u202e" not in done.stderr
    assert "... 31 records could not be read" in done.stderr
    assert len(done.stderr.splitlines()) == 21
    assert "1 articles, 31 pages not used (malformed 31)" in done.stdout
    again = command("clean", str(tmp_path / "rows.jsonl"), "--out", "corpus", "--strict")
    assert again.returncode == 1
    assert "0 batches cleaned, 1 done before" in again.stdout


def test_a_page_of_a_corpus_is_explained_with_its_template_lines(corpus, command, tmp_path):
    source, out, _ = corpus
    shown = command("clean", str(source), "--explain", "site0/00003.txt", "--out", str(out))
    assert shown.returncode == 0, shown.stderr
    assert "template: seen on 40 of 40 pages of site0" in shown.stdout
    row = next(row for row in articles(out) if row["source"] == "site0/00003.txt")
    assert row["text"].split("\n\n")[0] in shown.stdout
    by_id = command(
        "clean",
        str(source),
        "--explain",
        row["article_id"],
        "--templates",
        str(out / "templates.parquet"),
    )
    assert by_id.stdout == shown.stdout
    alone = command("clean", "--explain", str(source / "site0" / "00003.txt"), "--out", str(out))
    assert alone.returncode == 0
    assert "template:" not in alone.stdout
    assert "give those, too" in alone.stderr
    for wrong in (
        ("--explain", "site9/1.txt"),
        ("--explain", "site0/00003.txt", "--out", str(tmp_path)),
    ):
        assert command("clean", str(source), *wrong).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nowhere",), "nowhere"),
        (("{empty}",), "no page"),
        (("--field", "nonsense"), "nonsense"),
        (("--jobs", "0"), "--jobs"),
    ],
)
def test_wrong_calls_of_the_command(project_folder, monkeypatch, arguments, complaint):
    monkeypatch.chdir(project_folder)
    (project_folder / "empty").mkdir()
    given = [argument.format(empty=project_folder / "empty") for argument in arguments]
    with pytest.raises((UsageError, click.UsageError)) as error:
        cli.main(["clean", "--out", "corpus", *given], standalone_mode=False)
    assert complaint in str(error.value) or complaint in error.value.format_message()
    assert error.value.exit_code == 2
    assert not (project_folder / "corpus").exists()
