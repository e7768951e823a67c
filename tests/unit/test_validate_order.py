"""Rows that are not in the order of their keys are found by the first of them, file by file."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from dataset_builder.validate import row_order
from dataset_builder.validate.opening import read_release
from dataset_builder.validate.run import judge
from tests.factory import make_release, make_world, registries
from tests.factory_words import BOTH
from tests.mutations.disk import files_of

RULES = row_order.ORDER_RULES


def hits(release, held):
    found = judge(read_release(release, ontology=registries().ontology, held=held), RULES)
    return [(hit.table, hit.split, hit.row) for hit in found.findings]


def exchanged(file, one, other):
    """The file with two of its rows in each other's place."""
    table = pq.read_table(file)
    order = list(range(table.num_rows))
    order[one], order[other] = order[other], order[one]
    pq.write_table(table.take(order), file, compression="zstd")


@pytest.fixture
def release(tmp_path):
    return make_release(tmp_path, rows=make_world(3, 8, BOTH).rows, shard_rows=9)


@pytest.mark.parametrize("held", [0, 10_000])
@pytest.mark.parametrize("piece", [4, 200_000])
def test_each_file_has_its_first_row_out_of_order(piece, held, release, monkeypatch):
    """Whether rows are held in memory or not, and wherever a piece of them ends."""
    monkeypatch.setattr(row_order, "PIECE", piece)
    assert hits(release, held) == []
    files = files_of(release, "annotations", "train")
    exchanged(files[1], 2, 7)
    exchanged(files[3], 4, 5)
    exchanged(files_of(release, "stance", "train")[0], 0, 1)
    assert hits(release, held) == [
        ("annotations", "train", 9 + 3),
        ("annotations", "train", 27 + 5),
        ("stance", "train", 1),
    ]


@pytest.mark.parametrize("held", [0, 10_000])
def test_a_file_begins_above_the_end_of_the_one_before(held, release):
    one, other = files_of(release, "annotations", "train")[1:3]
    first, second = pq.read_table(one), pq.read_table(other)
    pq.write_table(second, one, compression="zstd")
    pq.write_table(first, other, compression="zstd")
    assert hits(release, held) == [("annotations", "train", 18)]
