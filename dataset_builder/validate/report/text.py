"""`text`: for a person at a terminal or in a log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.printable import printable
from dataset_builder.validate.findings import SHOWN
from dataset_builder.validate.report.grouped import (
    LONGEST,
    grouped,
    many,
    quiet,
    shown,
    summary,
    totals,
    where,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataset_builder.validate.findings import Finding
    from dataset_builder.validate.report.grouped import Group
    from dataset_builder.validate.run import Report

    Paint = Callable[[str, str], str]

PLACES: Final = 10
"""Places shown of one rule."""
_STYLES: Final = {"error": "31", "warning": "33", "ok": "32", "dim": "2", "bold": "1", "span": "4"}


def as_text(report: Report, *, colour: bool = False, limit: int = PLACES) -> str:
    """Per rule its places (at most `limit`), why it matters and what to do; then one line."""
    paint = _painter(colour)
    groups = grouped(report)
    lines: list[str] = []
    for group in groups:
        lines += [*_group(group, paint, limit), ""]
    version = f" (version {printable(report.version, SHOWN)})" if report.version else ""
    told = summary(report, groups)
    style = next(iter(totals(groups)), "ok")
    judged = quiet(f"{printable(report.path, LONGEST)}{version}")
    lines.append(f"{judged}: {paint(told, style)}")
    return "\n".join(lines) + "\n"


def places(group: Group, limit: int) -> list[str]:
    """The places of a group without colour, a few lines each; then how many more there are."""
    return _places(group, _painter(False), limit)


def findings_as_text(findings: Sequence[Finding], *, colour: bool = False) -> str:
    """Findings that belong to no report (about inputs, a server), a line each with what to do."""
    paint = _painter(colour)
    lines = []
    for finding in map(shown, findings):
        place = f"{printable(finding.place, SHOWN)}: " if finding.place else ""
        ids = ", ".join(f"{name} {printable(value, SHOWN)}" for name, value in finding.ids.items())
        told = quiet(f"{place}{printable(finding.message, 300)}{f' ({ids})' if ids else ''}")
        lines.append(f"{paint(finding.severity, finding.severity)} {finding.code} {told}")
        if finding.fix and finding.severity == "error":
            lines.append(quiet(f"  -> {finding.fix}"))
    return "\n".join(lines)


def _painter(colour: bool) -> Paint:
    def paint(text: str, style: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if colour else text

    return paint


def _group(group: Group, paint: Paint, limit: int) -> list[str]:
    counted = ", ".join(paint(many(count, name), name) for name, count in group.counts.items())
    lines = [f"{paint(group.name, 'bold')}: {counted}", *_places(group, paint, limit)]
    if group.why:
        lines.append(paint(f"  why: {group.why}", "dim"))
    if group.fix:
        lines.append(quiet(f"  fix: {group.fix}"))
    return lines


def _places(group: Group, paint: Paint, limit: int) -> list[str]:
    own_fix = not group.fix
    lines = [line for finding in group.findings[:limit] for line in _place(finding, paint, own_fix)]
    more = group.count - min(limit, len(group.findings))
    if more:
        lines.append(paint(f"  ... and {more} more", "dim"))
    return lines


def _place(finding: Finding, paint: Paint, own_fix: bool) -> list[str]:
    place = where(finding)
    follows = f" [follows from {finding.caused_by}]" if finding.caused_by else ""
    lines = [quiet(f"  {place}{': ' if place else ''}{finding.message}{follows}")]
    if finding.caused_by is None:
        if finding.quote is not None:
            span = paint(f">>{finding.quote.words}<<", "span")
            line = f"{finding.quote.before}{span}{finding.quote.after}"
            lines.append(quiet(f"      | {line}"))
        for name in ("expected", "found"):
            value = getattr(finding, name)
            if value is not None:
                lines.append(quiet(f"      {name + ':':<10}{value}"))
        if own_fix and finding.fix:
            lines.append(quiet(f"      -> {finding.fix}"))
    return lines
