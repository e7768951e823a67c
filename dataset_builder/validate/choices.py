"""What a project or a call makes of the rules: which of them run, and how much they weigh."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

from dataset_builder.errors import ProjectError, UsageError
from dataset_builder.validate.catalogue import BY_CODE, CRASHED
from dataset_builder.validate.inputs import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.project import Project
    from dataset_builder.validate.findings import Severity
    from dataset_builder.validate.run import Report

LEVELS: Final = ("error", "warning", "off")


@dataclass(frozen=True)
class Choices:
    """Codes, or beginnings of codes, and what is wanted of them."""

    select: tuple[str, ...] = ()
    """Only these; all when empty."""
    ignore: tuple[str, ...] = ()
    """Not these, with the codes that were set to `off`."""
    severity: tuple[tuple[str, Severity], ...] = ()
    """Code and what its findings weigh."""


def choose(
    project: Project | None,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    severity: Sequence[str] = (),
) -> Choices:
    """What the call asks for on top of `[tool.dataset-builder.validate]` of the project.

    What the call gives may have commas. A `select` of the call replaces the project's, `ignore` adds to it, and a `severity`
    (`CODE=LEVEL`) goes before the project's. Of several that fit a code the longest counts. Raises
    UsageError for a code or level that there is not, ProjectError when the table is wrong.
    """
    select, ignore, severity = map(_apart, (select, ignore, severity))
    settings = {} if project is None else _table(project)
    levels = [_levels(_pairs(severity)), _levels(settings.get("severity", {}).items())]
    weights: dict[str, str] = {}
    for code in (*BY_CODE, *CODES):
        for given in levels:
            fitting = [prefix for prefix in given if code.startswith(prefix)]
            if fitting:
                weights[code] = given[max(fitting, key=len)]
                break
    weights.pop(CRASHED.code, None)  # what cannot be judged is never let through
    return Choices(
        select=tuple(select) or tuple(settings.get("select", ())),
        ignore=(
            *settings.get("ignore", ()),
            *ignore,
            *(code for code, level in weights.items() if level == "off"),
        ),
        severity=tuple(
            (code, cast("Severity", level)) for code, level in weights.items() if level != "off"
        ),
    )


def _apart(given: Sequence[str]) -> list[str]:
    """Several in one option, with commas between them, as several."""
    return [
        part
        for text in given
        for part in ([p for p in map(str.strip, text.split(",")) if p] or [text])
    ]


def weighed(report: Report, choices: Choices) -> Report:
    """The report with the severities that were chosen."""
    levels = dict(choices.severity)
    if not levels:
        return report
    return replace(
        report,
        findings=tuple(
            replace(finding, severity=levels.get(finding.code, finding.severity))
            for finding in report.findings
        ),
    )


def _pairs(given: Sequence[str]) -> Iterable[tuple[str, str]]:
    for text in given:
        code, sign, level = text.partition("=")
        if not sign:
            hint = "write --severity CODE=error, CODE=warning or CODE=off"
            raise UsageError(f"severity {text!r} names no level", hint=hint)
        yield code, level


def _levels(given: Iterable[tuple[str, Any]]) -> dict[str, str]:
    levels: dict[str, str] = {}
    for code, level in given:
        if not code or not any(known.startswith(code) for known in (*BY_CODE, *CODES)):
            hint = "`dataset-builder rules` lists them"
            raise UsageError(f"no rule has a code that begins with {code!r}", hint=hint)
        if code == CRASHED.code:
            raise UsageError(
                f"{CRASHED.code} is always an error", hint="ignore the rule that it names"
            )
        if level not in LEVELS:
            raise UsageError(
                f"the severity of {code} cannot be {level!r}", hint=f"one of {', '.join(LEVELS)}"
            )
        levels[code] = level
    return levels


def _table(project: Project) -> Mapping[str, Any]:
    """`[tool.dataset-builder.validate]` with the shapes that it must have."""
    file = project.path("pyproject.toml")
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    table = data["tool"]["dataset-builder"].get("validate", {})
    where = f"{file} [tool.dataset-builder.validate]"
    if not isinstance(table, dict):
        raise ProjectError(f"{where} must be a table", hint="see `The validator` in README.md")
    for key, value in table.items():
        if key in ("select", "ignore"):
            fits = isinstance(value, list) and all(isinstance(code, str) for code in value)
            shape = 'a list of codes, e.g. ["SPN017", "VOT"]'
        elif key == "severity":
            fits, shape = isinstance(value, dict), 'a table, e.g. { SPN017 = "error" }'
        else:
            fits, shape = False, "left out; there are select, ignore and severity"
        if not fits:
            raise ProjectError(f"{where}: `{key}` must be {shape}", hint="mend the file")
    return table
