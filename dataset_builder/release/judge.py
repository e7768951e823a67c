"""What `dataset-builder validate` judges: a release, or what the committed inputs would give."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_builder.errors import ProjectError
from dataset_builder.ontology import load_ontology
from dataset_builder.project import find_project, packaged
from dataset_builder.validate.run import Report, chosen, validate_release

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def judge(
    release: Path | None,
    *,
    previous: Path | None,
    select: Sequence[str],
    ignore: Sequence[str],
    tell: Callable[[str], None],
) -> Report:
    """Judge the folder `release`; without one, build from the committed inputs into a temporary
    folder and judge that.

    Inside a project its own ontology is the contract, elsewhere the package's. What is wrong with
    pages and exports is part of the report when the inputs are judged. Raises UsageError when
    there is nothing to judge, ProjectError when a declaration is wrong.
    """
    if release is not None:
        try:
            contract = find_project().resource("schemas/ontology.yaml")
        except ProjectError:  # outside a project; a broken ontology inside one is told, below
            contract = packaged("schemas/ontology.yaml")
        return validate_release(
            release,
            ontology=load_ontology(contract),
            previous=previous,
            select=select,
            ignore=ignore,
        )
    from dataset_builder.release.build import draft, prepared

    chosen(select, ignore)  # a wrong selector should not cost a build
    project = find_project()
    made = draft(project, tell=tell)
    with (
        tempfile.TemporaryDirectory(prefix="dataset-builder-") as scratch,
        prepared(
            made,
            Path(scratch) / project.settings.version,
            previous=previous,
            select=select,
            ignore=ignore,
        ) as (_, report),
    ):
        pass
    counts = dict(report.counts)
    about_inputs = [finding for finding in made.findings if _wanted(finding.code, select, ignore)]
    for finding in about_inputs:
        counts[finding.code] = counts.get(finding.code, 0) + 1
    return replace(
        report,
        path=str(project.root),
        counts=dict(sorted(counts.items())),
        findings=(*about_inputs, *report.findings),
    )


def _wanted(code: str, select: Sequence[str], ignore: Sequence[str]) -> bool:
    return (not select or code.startswith(tuple(select))) and not code.startswith(tuple(ignore))
