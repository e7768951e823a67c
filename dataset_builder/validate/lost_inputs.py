"""Inputs of a project that are gone although something was published from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.ledger import PUBLISHED, read_ledger
from dataset_builder.release.changelog import CHANGELOG, data_part, made_sections
from dataset_builder.takedown import takedowns_of
from dataset_builder.validate.findings import Finding
from dataset_builder.validate.inputs import CODES
from dataset_builder.validate.rules import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dataset_builder.ledger import Ledger
    from dataset_builder.project import Project

NO_EXPORT: Final = "SCH106"
NO_PAGE_LEFT: Final = "SPL107"
UNKNOWN: Final = "SPL108"
GONE: Final = "SPL104"


def published(project: Project) -> set[str]:
    """Ids of what the ledger has as published, without what was taken down. Raises FindingsError when
    the ledger is damaged."""
    gone = takedowns_of(project).withheld
    entries = read_ledger(project.ledger).entries
    return {name for name, e in entries.items() if e.status == PUBLISHED and name not in gone}


def lost_inputs(
    project: Project, previous: Path | None, findings: Iterable[Finding]
) -> Iterator[Finding]:
    """A finding for each kind of input that is gone as a whole. `previous` is the earlier release, if
    there is one to compare with, `findings` are those of the inputs that are there."""
    out = published(project)
    if out and not any(file.stat().st_size for file in project.exports.glob("*.jsonl")):
        message = f"{len(out)} articles are published, and no line of work is there"
        yield _lost(NO_EXPORT, message, "annotations/exports")
    without = {finding.ids["article_id"] for finding in findings if finding.code == GONE}
    if out and out <= without:
        message = f"{len(out)} articles are published, and none of them has a page there"
        yield _lost(NO_PAGE_LEFT, message, "seeds")
    yield from _unknown(project, read_ledger(project.ledger), previous)


def _unknown(project: Project, ledger: Ledger, previous: Path | None) -> Iterator[Finding]:
    name = "annotations/ledger.jsonl"
    if previous is not None:
        there = _articles(previous)
        lost = sorted(there - ledger.entries.keys() - ledger.alias_of.keys())
        if lost:
            message = (
                f"{len(lost)} of the {len(there)} articles of the earlier release are not in it"
            )
            yield _lost(UNKNOWN, f"{message}: {listed(lost)}", name)
            return
    changelog = project.path(CHANGELOG)
    if ledger.lines or not changelog.is_file():
        return
    text = changelog.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    told = sorted(made_sections(data_part(text)))
    if told:
        message = f"it has no line, and {CHANGELOG} says what changed in {listed(told)}"
        yield _lost(UNKNOWN, message, name)


def _articles(release: Path) -> set[str]:
    """Ids of the articles of a release; none where they cannot be read, which others report."""
    import polars as pl

    files = sorted((release / "articles").glob("*.parquet"))
    try:
        ids = [pl.read_parquet(file, columns=["article_id"])["article_id"] for file in files]
    except (OSError, pl.exceptions.PolarsError):
        return set()
    return {str(name) for found in ids for name in found.drop_nulls()}


def _lost(code: str, message: str, place: str) -> Finding:
    return Finding(code, CODES[code].severity, message, table=place, fix=CODES[code].fix)
