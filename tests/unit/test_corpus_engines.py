"""Engines: the same results from each, a bounded number of batches in memory."""

from __future__ import annotations

import pytest

from dataset_builder.articles import Rejected
from dataset_builder.corpus.engines import IN_FLIGHT, Job, runner
from dataset_builder.corpus.progress import Progress
from dataset_builder.corpus.stage import clean_table, cleaned_schema, raw_table
from dataset_builder.corpus.templates import NO_TEMPLATES, learn
from tests import corpora

BROKEN = Rejected("rows.jsonl#7", "malformed", "not JSON")


def jobs(count):
    for number in range(count):
        pages = [corpora.page(10 * number + at) for at in range(3)]
        yield Job(f"{number:032x}", raw_table([*pages, BROKEN]), 1)


def test_loop_and_pool_give_the_same_tables():
    templates = learn(corpora.page(number) for number in range(20))
    one = {job.key: job.table for job in runner("loop", 1, templates)(jobs(6))}
    two = {job.key: job.table for job in runner("pool", 2, templates)(jobs(6))}
    assert len(one) == 6
    assert two == one
    table = one[f"{0:032x}"]
    assert table.schema == cleaned_schema()
    assert table["reason"].to_pylist() == [None, None, None, "malformed"]
    assert corpora.body(1).replace("\n", "\n\n") == table["text"][1].as_py()


@pytest.mark.parametrize(("engine", "processes", "most"), [("loop", 1, 1), ("pool", 2, 4)])
def test_only_so_many_batches_are_under_way(engine, processes, most):
    assert IN_FLIGHT == 2
    taken = given = 0

    def counted():
        nonlocal taken
        for job in jobs(14):
            taken += 1
            assert taken - given <= most + 1
            yield job

    for _ in runner(engine, processes, NO_TEMPLATES)(counted()):
        given += 1
    assert taken == given == 14


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
