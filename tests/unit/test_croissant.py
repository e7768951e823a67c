"""croissant.json: mlcroissant validates it without a word, and loads what the tables hold."""

from __future__ import annotations

import datetime as dt
import json
import warnings

import pyarrow.parquet as pq
import pytest

from dataset_builder.project import SPLITS
from dataset_builder.release.croissant import CONFORMS
from dataset_builder.tables import TABLES
from tests.factory import make_release, make_world, registries
from tests.factory_words import SCRIPTS


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """Several scripts, and several files a split."""
    rows = make_world(2, 5, SCRIPTS).rows
    return make_release(tmp_path_factory.mktemp("croissant"), rows=rows, shard_rows=40)


@pytest.fixture(scope="module")
def loaded(release):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other people's packages
        import mlcroissant

        return mlcroissant.Dataset(str(release / "croissant.json"))


def plain(value):
    """A value of a record as Arrow has it: text instead of bytes, members by their own names."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        members = {key.rpartition("/")[2]: plain(item) for key, item in value.items()}
        # A struct that is null comes with members that are.
        return members if any(item is not None for item in members.values()) else None
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return value.date()  # pandas has no type for days
    return value.item() if hasattr(value, "item") else value


@pytest.mark.parametrize("table", TABLES)
def test_every_record_is_a_row_of_the_table(loaded, release, table):
    expected = []
    for split in SPLITS:
        for file in sorted((release / table).glob(f"{split}-*.parquet")):
            expected += [{"split": split, **row} for row in pq.read_table(file).to_pylist()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        records = list(loaded.records(table))
    found = [{key.partition("/")[2]: plain(v) for key, v in record.items()} for record in records]
    assert {tuple(row) for row in found} == {("split", *TABLES[table].column_names)}

    def order(row):
        return json.dumps(row, sort_keys=True, default=str)

    assert sorted(map(order, found)) == sorted(map(order, expected))


def test_nothing_is_wrong_or_missing(loaded, release):
    issues = loaded.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    data = json.loads((release / "croissant.json").read_text(encoding="utf-8"))
    assert data["conformsTo"] == list(CONFORMS)
    assert data["datePublished"] == "2026-11-22"
    assert data["citeAs"].startswith("@misc{syria-diplomacy-2026, ")
    assert data["rai:annotationsPerItem"] == "2 for 5 articles"
    assert "draft-1" in data["rai:machineAnnotationTools"][0]


def test_labels_are_enumerated_with_their_ids(loaded):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        records = list(loaded.records("labels-stance_label"))
    names = {int(row["labels-stance_label/id"]): row["labels-stance_label/name"] for row in records}
    assert names == dict(enumerate(registries().ontology.names("stance_label")))
