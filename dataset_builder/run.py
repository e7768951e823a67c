"""`dataset-builder run`: the whole chain, from raw pages to a release that is loaded back."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_builder.errors import FindingsError
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataset_builder.project import Project
    from dataset_builder.release.build import Built
    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection


def run_chain(
    project: Project,
    *,
    out: Path | None,
    keep: bool,
    tell: Callable[[str], None],
    jobs: int | None = None,
) -> str:
    """Push --restore, pull every kind of work and compare, build, validate, load; returns the summary
    to print.

    The server is the team's own when the environment names one, else the embedded one, which
    stops at the end unless `keep`. The build is done in up to `jobs` processes, by default one for
    each core. Raises FindingsError when the server gives back anything else
    than what is committed, and whatever the steps raise.
    """
    from dataset_builder.engines import cores
    from dataset_builder.release.build import build
    from dataset_builder.release.summary import summary
    from dataset_builder.studio import server
    from dataset_builder.studio.client import quiet  # first: it says when its extra is missing

    with tempfile.TemporaryDirectory(prefix="dataset-builder-") as scratch:
        if os.environ.get(server.URL_VARIABLE):
            _round_trip(project, server.connect(project), Path(scratch), tell, quiet)
            kept = ""
        else:
            with server.start(project.server_data, report=tell, keep=keep) as running:
                _round_trip(project, running.connection, Path(scratch), tell, quiet)
                kept = server.onboarding(running) if keep else ""
    built = build(project, out or project.release, tell=tell, jobs=jobs or cores())
    warned = (
        f"{len(built.findings)} warnings about the inputs; `dataset-builder validate` shows them"
        if built.findings
        else ""
    )
    return "\n\n".join(filter(None, (summary(built), warned, how_to_load(built), kept)))


def how_to_load(built: Built) -> str:
    """The lines that a user of this release types."""
    lines = [
        "from datasets import load_dataset",
        *(
            f'{config} = load_dataset("{built.folder}", "{config}", split="{next(iter(splits))}")'
            for config, splits in built.rows.items()
        ),
    ]
    return "Load it:\n" + "\n".join(f"  {line}" for line in lines)


def _round_trip(
    project: Project,
    connection: Connection,
    scratch: Path,
    tell: Callable[[str], None],
    report: Report,
) -> None:
    """Put everything on the server, take it back, and hold it against what is committed."""
    from dataset_builder.studio.pulling import pull_all
    from dataset_builder.studio.workspace import export_file, push_project

    pushed = push_project(project, restore=True, report=report, connection=connection)
    tell(pushed.summary)
    pulled = pull_all(project, report=report, connection=connection, folder=scratch)
    for finding in (*pushed.findings, *pulled.findings):
        tell(f"{finding.severity}: {finding.message}")
    found: list[Finding] = []
    untouched = 0
    for kind, copy in pulled.files.items():
        committed = export_file(project, kind)
        before = committed.read_bytes() if committed.is_file() else b""
        differing, fresh = _differences(before, copy.read_bytes(), committed)
        found += differing
        untouched += fresh
    if found:
        raise FindingsError(
            "the server holds other work than the committed exports",
            found,
            hint="`dataset-builder pull` takes the server's work; look at it with `git diff`",
        )
    tell(f"pulled back byte for byte what is committed ({', '.join(pulled.files)})")
    if untouched:
        tell(f"{untouched} tasks are not in the exports yet, and nobody worked on them")


def _differences(before: bytes, after: bytes, file: Path) -> tuple[list[Finding], int]:
    """What differs, and how many tasks are new on the server without any work."""
    old, new = (dict(_lines(content)) for content in (before, after))
    fresh = {key for key in new.keys() - old.keys() if _is_empty(new[key])}
    new = {key: line for key, line in new.items() if key not in fresh}
    found = []
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            what = (
                "is only on the server"
                if key not in old
                else "is not on the server"
                if key not in new
                else "has other annotations on the server"
            )
            found.append(
                Finding(
                    "REL302",
                    "error",
                    f"{key[0]} {what}",
                    table=file.name,
                    ids={"article_id": key[0]},
                )
            )
    if not found and not fresh and before != after:
        message = "the server gives the same lines in another order or form"
        found.append(Finding("REL302", "error", message, table=file.name))
    return found, len(fresh)


def _is_empty(line: bytes) -> bool:
    return not json.loads(line)["annotations"]


def _lines(content: bytes) -> list[tuple[tuple[str, str], bytes]]:
    lines = [line for line in content.split(b"\n") if line]
    return [(_key(json.loads(line)), line) for line in lines]


def _key(task: dict[str, Any]) -> tuple[str, str]:
    return (task["article_id"], task["text_sha256"])
