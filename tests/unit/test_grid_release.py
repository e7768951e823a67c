"""The pair grid through the whole build: a release with grid rows is valid, and its votes are judged."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from dataset_builder.clean import clean_pages
from dataset_builder.project import Project, find_project
from dataset_builder.registries import load_registries
from dataset_builder.release.build import Draft, draft, prepared
from dataset_builder.studio.exported import ExportedTask, task_line
from dataset_builder.studio.exports import read_exports
from dataset_builder.studio.grid_work import grid_tasks, judged_answers
from tests.annotated import annotation
from tests.unit.test_grid import answered

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ("pyproject.toml", "annotations", "schemas", "seeds")
TEXTS = ("dataset_card.md", "CHANGELOG.md", "LICENSE", "CITATION.cff")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The seeds' project with a finished grid for every article: two annotators, some rows differ."""
    root = tmp_path_factory.mktemp("grid-project")
    here = find_project().root
    for name in (*PARTS, *TEXTS):
        copy = shutil.copytree if (here / name).is_dir() else shutil.copy
        copy(here / name, root / name)
    found = find_project(root)
    registries = load_registries(found)
    tasks, _ = read_exports(found.exports)
    lines = []
    for new in grid_tasks(clean_pages(found.seeds).articles, tasks, registries, found, {}):
        rows = new.data["pairs"]
        checks = {(r["holder"], r["target"]): r["known"] for r in rows if "known" in r}
        favor = {(r["holder"], r["target"]): "favor" for r in rows[:3] if "known" not in r}
        one = annotation("draft-1", answered(rows, {**checks, **favor}))
        two = annotation("draft-2", answered(rows, checks))
        keys = ("article_id", "text_sha256", "scheme_version")
        task = ExportedTask(**{k: new.data[k] for k in keys}, data=new.data, annotations=(one, two))
        lines.append(task_line(task))
    export = found.exports / f"{found.settings.name}.grid.jsonl"
    export.write_text("".join(sorted(lines)), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def made(project: Project) -> Draft:
    return draft(project, tell=lambda _: None)


def judged(made: Draft, folder: Path) -> dict[str, int]:
    with prepared(made, folder / "9.9.9", select=("VOT", "KEY", "GRM", "SPN", "SPL")) as (
        _,
        report,
    ):
        return {code: n for code, n in report.counts.items() if not code.startswith("REL")}


def stance(made: Draft, split: str) -> list[dict[str, Any]]:
    return list(made.release.tables["stance", split].to_pylist())


def test_grid_rows_may_be_in_any_split_and_the_release_is_valid(
    made: Draft, tmp_path: Path
) -> None:
    names = made.release.registries.ontology.names("stance_basis")
    for split in ("train", "validation", "test"):
        bases = {names[row["basis"]] for row in stance(made, split)}
        assert bases == {"annotated", "grid"}, split
    assert not [f for f in made.findings if f.severity == "error"]
    errors = {
        code for code in judged(made, tmp_path) if code.startswith(("VOT", "KEY", "SPN", "SPL"))
    }
    assert errors == set()


@pytest.mark.parametrize("damage", ["a voter less", "another voter"])
def test_votes_of_the_grid_must_be_those_of_its_answers(
    made: Draft, tmp_path: Path, damage: str
) -> None:
    table = made.release.tables["stance", "train"]
    grid = made.release.registries.ontology.names("stance_basis").index("grid")
    rows = table.to_pylist()
    row = next(row for row in rows if row["basis"] == grid and row["agreement"] == 1.0)
    if damage == "a voter less":
        del row["votes"][1]
    else:
        ids = made.release.tables["annotations", "train"].to_pylist()
        spared = [
            r for r in ids if r["name"] != f"pair:{row['pair_id']}" or r["annotator"] != "draft-2"
        ]
        schema = made.release.tables["annotations", "train"].schema
        changed = pa.Table.from_pylist(spared, schema=schema)
        tables = {**made.release.tables, ("annotations", "train"): changed}
        found = judged(replace(made, release=replace(made.release, tables=tables)), tmp_path)
        assert found.get("VOT009") == 1
        return
    tables = {
        **made.release.tables,
        ("stance", "train"): pa.Table.from_pylist(rows, schema=table.schema),
    }
    found = judged(replace(made, release=replace(made.release, tables=tables)), tmp_path)
    assert found.get("VOT009") == 1


def test_what_pull_says_of_the_answers(project: Project) -> None:
    said, findings = judged_answers(project, load_registries(project))
    lines = [
        json.loads(line)
        for line in (project.exports / f"{project.settings.name}.grid.jsonl")
        .read_text()
        .splitlines()
    ]
    rows = [row for line in lines for row in line["data"]["pairs"]]
    checks = sum("known" in row for row in rows)
    assert said == (
        f"pair grid: {2 * (len(rows) - checks)} answers on {len(lines)} of {len(lines)} articles; "
        f"{2 * checks} of {2 * checks} check rows right"
    )
    assert findings == ()
