"""What a release is made of: its rows, its settings, and the hand-written files it carries."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataset_builder.declarations import declared, text_of, wrong
from dataset_builder.errors import ProjectError
from dataset_builder.release.changelog import data_part, notes_for
from dataset_builder.studio.instruction import guidelines_version
from dataset_builder.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pyarrow as pa

    from dataset_builder.project import Project, Settings
    from dataset_builder.registries import Registries

GUIDELINES = "annotations/guidelines.md"
CARRIED = {
    "schemas/ontology.yaml": "schemas/ontology.yaml",
    "schemas/actors.yaml": "annotations/actors.yaml",
    "schemas/targets.yaml": "annotations/targets.yaml",
    "schemas/annotators.yaml": "annotations/annotators.yaml",
    "schemas/guidelines.md": GUIDELINES,
    **{f"schemas/{name}.yaml": f"schemas/{name}.yaml" for name in TABLES},
}
"""Path in the release -> path in the project, for files that are copied as they are."""

_NAMES = frozenset(("name", "family-names", "given-names", "alias"))
"""An author of CITATION.cff has at least one of these."""
ENTRY = re.compile(r"^## \[(?P<version>[^\]]+)\] - (?P<date>\d{4}-\d{2}-\d{2})\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Documents:
    """Texts of a project that go into its releases."""

    schemas: Mapping[str, str]
    """Path in the release -> text."""
    changelog: str
    """Notes on the data, of this version and those before; see `changelog`."""
    licence: str
    citation: str
    card: str
    """`dataset_card.md`, with the blocks of the data still to be filled."""


@dataclass(frozen=True)
class Release:
    """Everything that a release is made from."""

    tables: Mapping[tuple[str, str], pa.Table]
    """(config, split) -> rows in any order; empty ones are not written."""
    settings: Settings
    registries: Registries
    documents: Documents
    withheld: Mapping[str, str] = field(default_factory=dict)
    """article_id -> why it is not in this release."""
    agreement: str = ""
    """Markdown with the agreement figures; empty when there are none."""
    text: str = "full"
    """How much of the text is there, one of `tables.TEXT_KINDS`."""
    extra: Mapping[str, bytes] = field(default_factory=dict)
    """Path -> content of files that it needs besides; the manifest lists them as `hashes`."""


@dataclass(frozen=True)
class ChangelogEntry:
    """What the changelog says of one version of the data."""

    version: str
    date: str
    """ISO date; the only date that a release has."""
    body: str


def read_documents(project: Project, guidelines: Iterable[str] = ()) -> Documents:
    """Read them all. Raises ProjectError naming what is missing, not UTF-8, or no citation.

    `guidelines` are the versions that the annotations were made under: a release carries those,
    the newest as `schemas/guidelines.md`, and not what the guidelines have become since. Earlier
    versions are kept as `annotations/guidelines-VERSION.md`.
    """

    def read(name: str) -> str:
        return text_of(project.resource(name))

    citation = read("CITATION.cff")
    _check_citation(project.resource("CITATION.cff"), citation)
    carried = dict(CARRIED)
    present = guidelines_version(read(GUIDELINES))
    ordered = sorted(set(guidelines), key=_numbers)
    for version in ordered:
        name = "" if version == ordered[-1] else f"-{version}"
        source = GUIDELINES if version == present else f"annotations/guidelines-{version}.md"
        carried[f"schemas/guidelines{name}.md"] = source
    return Documents(
        schemas={target: read(source) for target, source in sorted(carried.items())},
        changelog=notes_for(read("CHANGELOG.md").replace("\r\n", "\n"), project.settings.version),
        licence=read("LICENSE"),
        citation=citation,
        card=read("dataset_card.md"),
    )


def _check_citation(file: Path, text: str) -> None:
    """What the Citation File Format 1.2 requires, https://citation-file-format.github.io."""
    found = declared(text, file)
    if not isinstance(found, dict):
        raise wrong(file, "must be a mapping")
    for key in ("cff-version", "message", "title"):
        if not isinstance(found.get(key), (str, int, float)):
            raise wrong(file, f"`{key}` is missing")
    authors = found.get("authors")
    if not isinstance(authors, list) or not authors:
        raise wrong(file, "`authors` must list at least one")
    for number, author in enumerate(authors, start=1):
        if not isinstance(author, dict) or _NAMES.isdisjoint(author):
            raise wrong(file, f"author {number} has none of {', '.join(sorted(_NAMES))}")


def _numbers(version: str) -> tuple[tuple[int, ...], str]:
    return tuple(int(part) for part in re.findall(r"\d+", version)), version


def changelog_entry(changelog: str, version: str) -> ChangelogEntry:
    """The entry `## [version] - date` of the data's part of the changelog.

    That part comes first and ends at the heading of level 1 that opens the code's part. Raises
    ProjectError when there is no such entry, or two, or its date is no day.
    """
    data = data_part(changelog)
    found = [match for match in ENTRY.finditer(data) if match["version"] == version]
    if len(found) != 1:
        raise ProjectError(
            f"CHANGELOG.md: {len(found) or 'no'} entries for version {version} of the data",
            hint=f"write one under `## [{version}] - YYYY-MM-DD`; it also dates the release",
        )
    try:
        dt.date.fromisoformat(found[0]["date"])
    except ValueError:
        raise ProjectError(
            f"CHANGELOG.md: {found[0]['date']}, the date of version {version}, is no day",
            hint="write the day of the release as YYYY-MM-DD",
        ) from None
    start = found[0].end()
    following = re.search(r"^## ", data[start:], re.MULTILINE)
    body = data[start : start + following.start()] if following else data[start:]
    return ChangelogEntry(version, found[0]["date"], body.strip())


def citation_for(citation: str, entry: ChangelogEntry) -> str:
    """`CITATION.cff` with the version and date of this release.

    Raises ProjectError when it has no line `version:` or `date-released:` of its own.
    """
    for key, value in (("version", f'"{entry.version}"'), ("date-released", f'"{entry.date}"')):
        citation, count = re.subn(rf"(?m)^{key}:.*$", f"{key}: {value}", citation)
        if count != 1:
            raise ProjectError(
                f"CITATION.cff: {count or 'no'} lines `{key}:` at the left margin",
                hint=f"give it one line `{key}: {value}`",
            )
    return citation
