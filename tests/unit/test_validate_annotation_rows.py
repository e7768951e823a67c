"""The table annotations is looked at in runs and in the order of its keys; where its rows stand
otherwise, everything is found just the same."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_builder.validate.annotation_rows import firsts
from dataset_builder.validate.opening import read_release
from dataset_builder.validate.run import validate_release
from tests.factory import registries
from tests.mutations.disk import file_of, rewrite
from tests.mutations.draft import Base, Draft
from tests.releases.valid import plain

ONTOLOGY = registries().ontology


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return Base("plain", plain(tmp_path_factory.mktemp("base")))


@pytest.fixture
def release(base, tmp_path):
    return Draft(base).write(tmp_path)


def backwards(table):
    return table.take(pa.array(range(table.num_rows - 1, -1, -1)))


def dealt(table):
    """No row is behind one of its own annotation, as far as there are others."""
    rows = list(range(table.num_rows))
    half = len(rows) // 2
    order = [row for pair in zip(rows[:half], rows[half:], strict=False) for row in pair]
    return table.take(pa.array(order + rows[2 * half :]))


@pytest.mark.parametrize(("order", "apart"), [(backwards, False), (dealt, True)])
def test_rows_in_another_order_are_found_once_and_judged_alike(order, apart, release):
    rewrite(release, "annotations", order, "train")
    found = read_release(release, ontology=ONTOLOGY)
    runs = firsts(found, "annotation_id")["annotation_id"]
    assert (len(runs) > runs.n_unique()) == apart
    assert validate_release(release, ontology=ONTOLOGY).counts == {"KEY025": 1}


@pytest.mark.parametrize("order", [lambda table: table, backwards])
@pytest.mark.parametrize("number", [0, -1])
def test_a_doubled_row_is_found_wherever_it_stands(order, number, release):
    def doubled(table):
        one = table.slice(number % table.num_rows, 1)
        return pa.concat_tables([order(table), one])

    rewrite(release, "annotations", doubled, "train")
    rows = pq.read_table(file_of(release, "annotations", "train")).num_rows
    report = validate_release(release, ontology=ONTOLOGY, select=["KEY002"])
    assert [(f.table, f.split, f.row) for f in report.findings] == [
        ("annotations", "train", rows - 1)
    ]


def test_a_row_doubled_in_another_split_is_found(release):
    [row] = pq.read_table(file_of(release, "annotations", "train")).slice(0, 1).to_batches()

    def with_it(table):
        return pa.concat_tables([pa.Table.from_batches([row]).cast(table.schema), table])

    rewrite(release, "annotations", with_it, "test")
    report = validate_release(release, ontology=ONTOLOGY, select=["KEY002", "SPL002"])
    assert {f.code: (f.split, f.row) for f in report.findings} == {
        "KEY002": ("train", 0),
        "SPL002": ("test", 0),
    }
