"""However a release is divided into chunks, its report is the same."""

from __future__ import annotations

import copy
import shutil
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from dataset_builder.tables import TABLES
from dataset_builder.validate.catalogue import RULES
from dataset_builder.validate.opening import read_release
from dataset_builder.validate.run import judge
from tests.factory import make_release, make_world, registries

KNOWN = registries()
SLOW = settings(
    max_examples=max(3, settings.default.max_examples // 8),  # each judges several releases
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def same_in_chunks(release, previous=None, held=250):
    """The report of `release`, after judging it in chunks of about so many rows gave the same."""
    contract = {"ontology": KNOWN.ontology, "previous": previous}
    whole = read_release(release, **contract)
    assert whole.in_memory
    report = judge(whole, RULES)
    divided = read_release(release, **contract, held=held)
    assert not divided.in_memory
    assert judge(divided, RULES) == report
    return report


def _leaves(value, path=()):
    """Paths to everything inside a row, the row's own columns among them."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from _leaves(item, (*path, key))


def _at(row, path):
    for key in path:
        row = row[key]
    return row


@st.composite
def damaged(draw):
    """Rows of a valid world, some with a value of another row, with none, or one off; some doubled,
    moved to another split, or gone."""
    rows = make_world(draw(st.integers(0, 50)), draw(st.integers(4, 6))).rows
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.sampled_from(sorted(rows)))
        index = draw(st.integers(0, len(rows[place]) - 1))
        row = rows[place][index]
        how = draw(st.sampled_from(["null", "other", "other", "off", "double", "move", "gone"]))
        if how == "double":
            rows[place].append(copy.deepcopy(row))
        elif how == "move":
            other = draw(st.sampled_from(sorted(k for k in rows if k[0] == place[0])))
            rows[other].append(row)
        elif how == "gone" and len(rows[place]) > 1:
            del rows[place][index]
        else:
            path = draw(st.sampled_from(sorted(_leaves(row), key=str)))
            value, inside = _at(row, path), _at(row, path[:-1])
            if how == "null":
                inside[path[-1]] = None
            elif how == "off" and isinstance(value, int):
                inside[path[-1]] = value + draw(st.sampled_from([-1, 1]))
            elif len(path) == 1:
                there = draw(st.sampled_from(sorted(k for k in rows if k[0] == place[0])))
                inside[path[0]] = copy.deepcopy(draw(st.sampled_from(rows[there]))[path[0]])
    return rows


def written(folder, **given):
    """A release; rows that nobody can count or draw, such as an actor that is null, are not tried."""
    try:
        return make_release(folder, **given)
    except (TypeError, AttributeError, LookupError):
        reject()


@pytest.mark.slow
@SLOW
@given(rows=damaged(), shard=st.sampled_from([40, 500_000]))
def test_rows_damaged_anyhow(rows, shard, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    same_in_chunks(written(folder, rows=rows, shard_rows=shard))


@pytest.mark.slow
@SLOW
@given(rows=damaged(), seed=st.integers(0, 3))
def test_against_an_earlier_release(rows, seed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    before = make_release(folder, seed, 5)
    same_in_chunks(written(folder, version="1.0.1", rows=rows), before)


@pytest.mark.slow
@pytest.mark.parametrize("column", ["article_id", "text", "votes", "annotation_id"])
def test_a_column_that_is_missing_or_of_another_type(column, tmp_path):
    import polars as pl

    release = make_release(tmp_path, n_articles=4)
    tables = [t for t in ("stance", "events", "annotations") if column in TABLES[t].column_names]
    for file in sorted(file for table in tables for file in (release / table).glob("*.parquet")):
        frame = pl.read_parquet(file)
        if "train" in file.name:
            frame.drop(column).write_parquet(file)
        else:
            frame.with_columns(pl.lit(7).alias(column)).write_parquet(file)
    same_in_chunks(release)


@pytest.mark.slow
def test_more_places_than_are_shown(tmp_path):
    """The first are shown, in the order of the rows, whichever chunk they were found in."""
    rows = make_world(n_articles=60).rows
    for (table, _), found in rows.items():
        for row in found if table == "annotations" else ():
            row["start"] = row["start"] and row["start"] + 1
    report = same_in_chunks(make_release(tmp_path, rows=rows), held=2000)
    assert report.counts["SPN001"] > 1000


def test_mentions_of_one_event_with_other_people(tmp_path):
    rows = make_world(n_articles=12).rows
    for (table, _), found in rows.items():
        for one, other in pairwise(found if table == "events" else ()):
            if one["article_id"] == other["article_id"]:
                other["event_id"] = one["mention_id"]
    report = same_in_chunks(make_release(tmp_path, rows=rows), held=400)
    assert report.counts["GRM027"] > 1


def test_damaged_files(tmp_path):
    release = make_release(tmp_path, n_articles=5)
    for table in ("articles", "annotations"):
        file = next((release / table).glob("train-*"))
        file.write_bytes(file.read_bytes()[:-100])
    shutil.rmtree(release / "events")
    same_in_chunks(release, held=150)
