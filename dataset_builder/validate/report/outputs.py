"""Which format goes where: `--format NAME` to standard output, `--format NAME=FILE` to a file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dataset_builder.errors import UsageError
from dataset_builder.files import naming, write_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.validate.report.files import Files
    from dataset_builder.validate.run import Report

FORMATS: Final = ("text", "json", "github", "junit", "sarif")
SUMMARY: Final = "GITHUB_STEP_SUMMARY"
"""Names the file that GitHub shows below the job."""


@dataclass(frozen=True)
class Output:
    """One format and where it goes."""

    form: str
    file: Path | None = None
    """None is standard output."""


def outputs(given: Sequence[str]) -> list[Output]:
    """What `--format` asks for. Text goes to standard output when nothing else does.

    Raises UsageError for a format that there is not, and when two would be mixed up.
    """
    found = []
    for text in given:
        form, sign, name = text.partition("=")
        if form not in FORMATS or (sign and not name):
            raise UsageError(
                f"--format {text!r} is none of the formats",
                hint=f"{', '.join(FORMATS)}; to a file: --format sarif=report.sarif",
            )
        file = Path(name) if sign else None
        if file is not None and file.is_dir():
            raise UsageError(f"--format {text!r}: that is a folder", hint="name a file")
        found.append(Output(form, file))
    if all(output.file is not None for output in found):
        found.insert(0, Output("text"))
    places = [None if output.file is None else output.file.resolve() for output in found]
    for at, place in enumerate(places):
        if place in places[:at]:
            what = "standard output" if place is None else str(found[at].file)
            hint = "give all but one a file of its own: --format sarif=report.sarif"
            raise UsageError(f"two formats would go to {what}", hint=hint)
    return found


def rendered(
    report: Report, form: str, files: Files, *, strict: bool = False, colour: bool = False
) -> str:
    """The report in one format."""
    if form == "json":
        from dataset_builder.validate.report.machine import as_json

        return as_json(report)
    if form == "github":
        from dataset_builder.validate.report.github import as_github

        return as_github(report, files)
    if form == "junit":
        from dataset_builder.validate.report.junit import as_junit

        return as_junit(report, strict=strict)
    if form == "sarif":
        from dataset_builder.validate.report.sarif import as_sarif

        return as_sarif(report, files)
    from dataset_builder.validate.report.text import as_text

    return as_text(report, colour=colour)


def write(text: str, file: Path) -> None:
    """Write a report, whole or not at all; a pipe or device is written as it is."""
    write_output(file, text.encode("utf-8"))


def append_summary(report: Report) -> None:
    """Add the Markdown summary to the file that GitHub names, if there is one."""
    name = os.environ.get(SUMMARY)
    if name:
        from dataset_builder.validate.report.github import as_summary

        summary = as_summary(report).encode("utf-8")
        with naming(Path(name)), Path(name).open("ab") as file:
            file.write(summary)
