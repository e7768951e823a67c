"""`github`: workflow commands for GitHub Actions, and Markdown for the summary of the step.

GitHub shows ten errors and ten warnings of a step, so there is one annotation for each rule and
file, and everything else in a fold of the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.markdown import escape, table
from dataset_builder.printable import printable
from dataset_builder.validate.report.grouped import LONGEST, grouped, many, quiet, summary, where
from dataset_builder.validate.report.text import places

if TYPE_CHECKING:
    from dataset_builder.validate.findings import Finding
    from dataset_builder.validate.report.files import Files
    from dataset_builder.validate.report.grouped import Group
    from dataset_builder.validate.run import Report

PLACES: Final = 5
"""Places named in one annotation, and of one rule in the summary."""
LOGGED: Final = 50
"""Places of one rule in the log."""


def as_github(report: Report, files: Files) -> str:
    """Per rule a fold with its places, then its annotations; at last one line."""
    groups = grouped(report)
    lines: list[str] = []
    for group in groups:
        lines.append(f"::group::{_data(f'{group.name}: {group.told}')}")
        lines += places(group, LOGGED)
        lines += [f"  why: {group.why}"] if group.why else []
        lines += [quiet(f"  fix: {group.fix}")] if group.fix else []
        lines.append("::endgroup::")
        lines += _annotations(group, files)
    path = printable(report.path, LONGEST)
    lines.append(quiet(f"dataset-builder: {path}: {summary(report, groups)}"))
    return "\n".join(lines) + "\n"


def _annotations(group: Group, files: Files) -> list[str]:
    """One command per file, severity and rule, at the line of the first place."""
    by_file: dict[tuple[str, str | None], list[tuple[int | None, Finding]]] = {}
    for finding in group.findings:
        file, line = files.file(finding)
        by_file.setdefault((finding.severity, file), []).append((line, finding))
    lines = []
    for (severity, file), found in by_file.items():
        properties = {"title": group.name}
        if file is not None:
            properties = {"file": printable(file), "line": str(found[0][0] or 1), **properties}
        count = len(found)
        if len(by_file) == 1:
            count = group.count
        told = [f"{many(count, 'place')}:" if count > 1 else ""]
        told += [_line(finding) for _, finding in found[:PLACES]]
        told += [f"... and {count - PLACES} more"] if count > PLACES else []
        told += [f"fix: {group.fix}"] if group.fix else []
        given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        lines.append(f"::{severity} {given}::{_data(chr(10).join(filter(None, told)))}")
    return lines


def _line(finding: Finding) -> str:
    place = where(finding)
    quote = f" | {finding.quote.marked()}" if finding.quote and finding.caused_by is None else ""
    return f"{place}{': ' if place else ''}{finding.message}{quote}"


def as_summary(report: Report) -> str:
    """GitHub-flavoured Markdown: one line, and a table of the rules that found something."""
    groups = grouped(report)
    path = escape(printable(report.path, LONGEST))
    lines = [f"### dataset-builder: {path}", "", escape(summary(report, groups)), ""]
    if groups:
        rows = [
            (group.code, escape(group.title), group.told, "<br>".join(_examples(group)))
            for group in groups
        ]
        lines += [table(("Rule", "What is wrong", "Found", "Where"), rows), ""]
    return "\n".join(lines) + "\n"


def _examples(group: Group) -> list[str]:
    told = [escape(_line(finding)) for finding in group.findings[:PLACES]]
    more = group.count - len(told)
    return [*told, f"… and {more} more"] if more else told


def _data(text: str) -> str:
    """Text of a command. What is not escaped here would end the line and begin another command."""
    # The older syntax is looked for anywhere in a line.
    text = quiet(text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
