"""A release with an adjudicated article, judged by the validator."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_builder.adjudication import conflicts
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from dataset_builder.release.build import draft, prepared
from dataset_builder.studio.adjudication import adjudication_task, compared
from dataset_builder.studio.exported import ExportedTask
from dataset_builder.studio.exports import write_export
from dataset_builder.studio.workspace import export_file, project_groups
from tests.annotated import annotation

if TYPE_CHECKING:
    from pathlib import Path


def relabelled(result: tuple[dict[str, Any], ...], others: set[str]) -> tuple[list[Any], str]:
    """A version with one trigger that has a type of nobody's; its region id."""
    changed = [copy.deepcopy(item) for item in result]
    trigger = next(
        i for i in changed if i["type"] == "labels" and i["value"]["labels"][0] in others
    )
    trigger["value"]["labels"] = ["AID"]
    return changed, trigger["id"]


def test_an_adjudicated_release_is_valid_and_keeps_every_vote(
    project_folder: Path, tmp_path: Path
) -> None:
    project = find_project(project_folder)
    registries = load_registries(project)
    groups, work = project_groups(project, registries)
    found = list(conflicts(groups.articles, compared(work), registries, lexicon(registries)))
    assert len(found) == 5
    chosen = found[0]
    names = set(registries.ontology.names("event_type"))
    result, region = relabelled(chosen.results["draft-1"], names)
    made = adjudication_task(chosen, registries.ontology.scheme_version)
    data = {**made.data, "guidelines_version": "1.0"}
    article = chosen.article
    settled = ExportedTask(
        article.article_id, article.text_sha256, data, (annotation("draft-2", result),), (), "1.0"
    )
    before = draft(project, tell=lambda _: None)
    write_export(export_file(project, "adjudication"), [settled])
    after = draft(project, tell=lambda _: None)

    events = [
        row
        for (table, _), rows in after.release.tables.items()
        if table == "events"
        for row in rows.to_pylist()
        if row["article_id"] == article.article_id
    ]
    vocabulary = registries.ontology.names("event_type")
    (event,) = [row for row in events if row["mention_id"] == f"{article.article_id}:{region}"]
    assert vocabulary[event["type"]] == "AID"
    votes = registries.ontology.names("event_vote")
    assert {vote["annotator"] for vote in event["votes"]} == {"draft-1", "draft-2"}
    assert "AID" not in {votes[vote["label"]] for vote in event["votes"]}
    other = {k: t for k, t in before.release.tables.items() if k[0] == "articles"}
    assert all(after.release.tables[key] == table for key, table in other.items())

    with prepared(after, tmp_path / "9.9.9", select=("VOT", "KEY", "SPN", "GRM")) as (_, report):
        wrong = {f.code: f.message for f in report.findings if f.severity == "error"}
        assert wrong == {}

    # Without its mark it would be a label that nobody voted for.
    key = next(
        k
        for k, t in after.release.tables.items()
        if k[0] == "annotations" and any(row["values"] == ["adjudication"] for row in t.to_pylist())
    )
    table = after.release.tables[key]
    rows = [
        {**r, "values": []} if r["values"] == ["adjudication"] else r for r in table.to_pylist()
    ]
    tables = {**after.release.tables, key: pa.Table.from_pylist(rows, schema=table.schema)}
    damaged = replace(after, release=replace(after.release, tables=tables))
    with prepared(damaged, tmp_path / "9.9.9", select=("VOT",)) as (_, report):
        assert report.counts.get("VOT004") == 1
