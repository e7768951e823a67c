"""Whatever is valid passes, and whatever is damaged is a finding, never an exception."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataset_builder.validate.report import as_json, as_text
from dataset_builder.validate.run import validate_release
from tests.factory import make_release, make_world, registries
from tests.factory_shapes import with_adjudication, with_grid, with_person
from tests.factory_words import BOTH, PLAIN, RICH, SCRIPTS

KNOWN = registries()
SLOW = settings(
    max_examples=settings.default.max_examples // 4,  # a whole release each
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_release(tmp_path_factory.mktemp("release"), n_articles=4)


@pytest.mark.slow
@SLOW
@given(
    seed=st.integers(0, 10_000),
    articles=st.integers(1, 7),
    shape=st.sampled_from((PLAIN, SCRIPTS, RICH, BOTH)),
    person=st.sampled_from((None, True, False)),
    grid=st.booleans(),
    adjudicated=st.booleans(),
    shard_rows=st.sampled_from((25, 60, 500_000)),
)
def test_valid_releases_have_no_findings(
    seed, articles, shape, person, grid, adjudicated, shard_rows, tmp_path_factory
):
    rows = make_world(seed, articles, shape).rows
    rows = with_grid(rows) if grid else rows
    rows = rows if person is None else with_person(rows, marks=person)
    rows = with_adjudication(rows) if adjudicated else rows
    release = make_release(tmp_path_factory.mktemp("valid"), rows=rows, shard_rows=shard_rows)
    assert validate_release(release, ontology=KNOWN.ontology).findings == ()


@SLOW
@given(data=st.data())
def test_flipped_bytes_anywhere_are_found(data, base, tmp_path_factory):
    release = shutil.copytree(base, tmp_path_factory.mktemp("damaged") / base.name)
    files = sorted(path for path in release.rglob("*") if path.is_file())
    file = data.draw(st.sampled_from(files), label="file")
    content = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1), label="place")
    content[place] ^= data.draw(st.integers(1, 255), label="flip")
    file.write_bytes(content)
    report = validate_release(release, ontology=KNOWN.ontology)
    assert report.exit_code() == 1
    assert "REL901" not in report.counts, report.findings
    assert as_json(report)
    assert as_text(report)


@SLOW
@given(data=st.data())
def test_cut_files_anywhere_are_found(data, base, tmp_path_factory):
    release = shutil.copytree(base, tmp_path_factory.mktemp("cut") / base.name)
    files = sorted(path for path in release.rglob("*") if path.is_file())
    file = data.draw(st.sampled_from(files), label="file")
    content = file.read_bytes()
    file.write_bytes(content[: data.draw(st.integers(0, len(content) - 1), label="length")])
    report = validate_release(release, ontology=KNOWN.ontology)
    assert report.exit_code() == 1
    assert "REL901" not in report.counts, report.findings
