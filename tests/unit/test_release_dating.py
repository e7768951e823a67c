"""One page with a wrong clock costs a date, not a release."""

from __future__ import annotations

import datetime as dt
import json

import pyarrow.parquet as pq
import pytest

from dataset_builder.project import find_project
from dataset_builder.release.dating import release_day, without_impossible_dates
from tests.annotated import article
from tests.conftest import ROOT, copy_inputs, run_here

DAY = dt.date(2026, 11, 22)


def at(text):
    moment = text and dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
    return article("It rained.", published_at=moment, published_basis="stated" if text else "none")


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        (None, True),
        ("2026-11-22T10:00:00", True),
        # Where the page was written it may be a day later, and nobody knows the hour of the release.
        ("2026-11-23T23:59:59", True),
        ("2026-11-24T00:00:00", False),
        ("2099-01-01T00:00:00", False),
        ("1605-01-01T00:00:00", True),
        ("1604-12-31T00:00:00", False),
    ],
)
def test_a_date_that_cannot_be_is_none(stated, kept):
    page = at(stated)
    [found], findings = without_impossible_dates([page], DAY)
    if kept:
        assert found is page
        assert findings == []
        return
    assert (found.published_at, found.published_basis) == (None, "none")
    assert (found.text, found.article_id) == (page.text, page.article_id)
    [told] = findings
    assert (told.code, told.severity, told.ids["article_id"]) == (
        "SCH304",
        "warning",
        page.article_id,
    )
    assert page.source in told.message


def test_the_last_day_of_the_calendar():
    assert without_impossible_dates([at("2026-01-01")], dt.date.max)[1] == []


def test_the_day_is_that_of_the_changelog():
    project = find_project(ROOT)
    assert f"## [{project.settings.version}] - {release_day(project)}" in (
        ROOT / "CHANGELOG.md"
    ).read_text(encoding="utf-8")


def test_a_build_goes_on(tmp_path):
    project = copy_inputs(tmp_path / "project")
    body = (ROOT / "seeds/001_bde0e07c79d429ac.txt").read_text(encoding="utf-8")
    page = {"text": body.replace("the", "a").replace("said", "told us"), "published": "2099-01-01"}
    (project / "seeds/more.jsonl").write_text(f"{json.dumps(page)}\n", encoding="utf-8")
    done = run_here("build", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "SCH304" in done.stderr
    assert "more.jsonl#1 says that it was published on 2099-01-01" in done.stderr
    [release] = (project / "releases").iterdir()
    rows = [row for file in (release / "articles").glob("*.parquet")
            for row in pq.read_table(file, columns=["source", "published_at"]).to_pylist()]  # fmt: skip
    assert [row["published_at"] for row in rows if "more.jsonl" in row["source"]] == [None]
