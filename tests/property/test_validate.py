"""Whatever is valid passes, and whatever is damaged is a finding, never an exception."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataset_builder.validate.report import as_json, as_text
from dataset_builder.validate.run import validate_release
from tests.factory import make_release, registries

KNOWN = registries()
SLOW = settings(
    max_examples=settings.default.max_examples // 4,  # a whole release each
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_release(tmp_path_factory.mktemp("release"), n_articles=4)


@SLOW
@given(seed=st.integers(0, 10_000), articles=st.integers(3, 7))
def test_valid_releases_have_no_findings(seed, articles, tmp_path_factory):
    release = make_release(tmp_path_factory.mktemp("valid"), seed, articles)
    assert validate_release(release, ontology=KNOWN.ontology, registries=KNOWN).findings == ()


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
