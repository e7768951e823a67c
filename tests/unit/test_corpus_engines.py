"""Engines that clean: the same results from each, wherever it is done."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from dataset_builder.articles import Rejected
from dataset_builder.corpus import store as storing
from dataset_builder.corpus.engines import Cleaning, Done, Job, opened
from dataset_builder.corpus.learning import Learner, learn
from dataset_builder.corpus.progress import Progress
from dataset_builder.corpus.stage import clean_table, raw_table
from dataset_builder.corpus.templates import NO_TEMPLATES, write_templates
from tests import corpora

BROKEN = Rejected("rows.jsonl#7", "malformed", "not JSON")


def jobs(count):
    for number in range(count):
        pages = [corpora.page(10 * number + at) for at in range(3)]
        yield Job(f"{number:032x}", raw_table([*pages, BROKEN]), 1)


def cleaned(name, place, templates=NO_TEMPLATES, count=6):
    """Every part that an engine writes for some batches, and what it says of them."""
    with storing.opened(place) as store:
        write_templates(store.templates, templates)
        with opened(name, 2) as engine:
            done = list(engine.clean(Cleaning(store, corpora.ontology()), jobs(count)))
    return corpora.content(place), sorted(done, key=lambda batch: batch.key)


@pytest.mark.slow
def test_loop_and_pool_write_the_same(tmp_path):
    templates = learn(corpora.page(number) for number in range(20))
    one, done = cleaned("loop", tmp_path / "loop", templates)
    assert cleaned("pool", tmp_path / "pool", templates) == (one, done)
    assert done == [Done(f"{number:032x}", 4, 1) for number in range(6)]
    part = f"part-{0:032x}.parquet"
    texts = pq.read_table(tmp_path / "pool" / "articles" / part)["text"].to_pylist()
    assert corpora.body(1).replace("\n", "\n\n") == texts[1]
    rejected = pq.read_table(tmp_path / "pool" / "rejected" / part)
    assert rejected["reason"].to_pylist() == ["malformed"]


def test_what_goes_wrong_in_another_process_is_told(tmp_path):
    with storing.opened(tmp_path / "out") as store:
        write_templates(store.templates, NO_TEMPLATES)
    cleaning = Cleaning(store, corpora.ontology())
    store.articles.rmdir()
    store.articles.write_bytes(b"")
    with opened("pool", 2) as engine, pytest.raises(OSError, match="articles"):
        list(engine.clean(cleaning, jobs(1)))


def test_templates_are_learned_alike_by_every_engine():
    pages = [corpora.page(number) for number in range(300)]
    learned = []
    for name in ("loop", "pool"):
        learner = Learner(sample=100)
        with opened(name, 2) as engine:
            learner.learn(pages, engine.map)
        learned.append(learner.templates())
    one, two = learned
    assert one.digest(one.sites) == two.digest(two.sites)
    assert one.sites["one.example"].pages == two.sites["one.example"].pages == 100


def test_rows_do_not_depend_on_the_batch():
    pages = [corpora.page(number) for number in range(30)]
    whole = clean_table(raw_table(pages))
    alone = [clean_table(raw_table([page])).to_pylist()[0] for page in pages]
    assert whole.to_pylist() == alone


def test_what_utf_8_cannot_hold_does_not_stop_a_batch():
    page = corpora.page(1)
    halved = page.__class__(**{**vars(page), "source": "half \ud800", "text": page.text + "\udfff"})
    rows = clean_table(raw_table([halved, corpora.page(2)])).to_pylist()
    assert [row["source"] for row in rows] == ["half ?", corpora.page(2).source]
    assert rows[0]["text"] == corpora.body(1).replace("\n", "\n\n")


def test_an_empty_batch_is_an_empty_table():
    assert clean_table(raw_table([])).num_rows == 0


def test_the_line_of_progress():
    line = Progress("cleaning", pages=500, size=5_000_000, reused=250, total=1000).line(10.0)
    assert line == (
        "cleaning  [##################------]  75%  750 pages  50 pages/s, 0.5 MB/s  "
        "250 done before  0:05 left"
    )
    assert Progress("learning", pages=7200, size=1).line(1.0).startswith("learning  7,200 pages")
    assert Progress("cleaning", total=0).line(0.0) == "cleaning  0 pages"
    slow = Progress("cleaning", pages=1, size=1, total=10_000)
    assert slow.line(1.0).endswith("2:46:39 left")
