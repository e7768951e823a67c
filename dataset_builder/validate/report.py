"""Writes a report for a person and for a program."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from dataset_builder.printable import printable
from dataset_builder.validate.catalogue import BY_CODE, title_of
from dataset_builder.validate.findings import SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.validate.findings import Finding
    from dataset_builder.validate.run import Report

_COLOURS = {"error": "31", "warning": "33", "ok": "32", "dim": "2", "bold": "1"}


def as_json(report: Report, *, limit: int | None = None) -> str:
    """One JSON object, keys as the documentation has them. `limit` caps the findings listed; the
    counts stay exact."""
    listed = report.findings if limit is None else report.findings[:limit]
    whole = {
        "path": report.path,
        "version": report.version,
        "rules": report.rules,
        "counts": report.counts,
        "findings": [_plain(finding) for finding in listed],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _plain(finding: Finding) -> dict[str, object]:
    order = (
        "code", "severity", "table", "split", "row", "ids", "expected", "found", "message", "fix",
        "caused_by",
    )  # fmt: skip
    values = asdict(finding)
    return {name: values[name] for name in order}


def as_text(report: Report, *, colour: bool = False, limit: int = 10) -> str:
    """The report for a terminal: per code its places (at most `limit`), why, and what to do."""

    def paint(text: str, style: str) -> str:
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if colour else text

    lines: list[str] = []
    codes = dict.fromkeys(finding.code for finding in report.findings)
    for code in codes:
        found = [finding for finding in report.findings if finding.code == code]
        rule = BY_CODE.get(code)
        severity = found[0].severity
        title = f"{code} {title_of(code)}".rstrip()
        lines.append(
            f"{paint(title, 'bold')}: {paint(_many(report.counts[code], severity), severity)}"
        )
        # What follows from another defect is shown last, and briefly.
        ordered = sorted(found, key=lambda finding: finding.caused_by is not None)
        for finding in ordered[:limit]:
            lines += _lines(finding)
        if report.counts[code] > min(limit, len(ordered)):
            more = report.counts[code] - min(limit, len(ordered))
            lines.append(paint(f"  ... and {more} more", "dim"))
        if rule:
            lines.append(paint(f"  why: {rule.explanation}", "dim"))
            lines.append(f"  fix: {rule.fix}")
        lines.append("")
    version = f" (version {printable(report.version, SHOWN)})" if report.version else ""
    lines.append(f"{printable(report.path, 400)}{version}: {_summary(report, paint_ok=paint)}")
    return "\n".join(lines) + "\n"


def _lines(finding: Finding) -> list[str]:
    ids = ", ".join(f"{name} {value}" for name, value in finding.ids.items())
    where = finding.place + (f" ({ids})" if ids else "")
    follows = f" [follows from {finding.caused_by}]" if finding.caused_by else ""
    lines = [f"  {where}: {finding.message}{follows}" if where else f"  {finding.message}{follows}"]
    if finding.caused_by is None:
        for name in ("expected", "found"):
            value = getattr(finding, name)
            if value is not None:
                lines.append(f"      {name + ':':<10}{value}")
    return lines


def _summary(report: Report, *, paint_ok: object) -> str:
    severities = {finding.code: finding.severity for finding in report.findings}
    parts = []
    for severity in ("error", "warning"):
        count = sum(n for code, n in report.counts.items() if severities.get(code) == severity)
        if count:
            parts.append(_many(count, severity))
    follow = sum(finding.caused_by is not None for finding in report.findings)
    if follow:
        parts.append(f"{follow} of them follow from others")
    rules = f"{report.rules} rules"
    if not parts:
        text = "no findings"
        return f"{paint_ok(text, 'ok') if callable(paint_ok) else text}, {rules}"
    return f"{', '.join(parts)}; {rules}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def findings_as_text(findings: Sequence[Finding], *, colour: bool = False) -> str:
    """Findings that belong to no report (about inputs, a server), a line each with what to do."""
    lines = []
    for finding in findings:
        style = _COLOURS[finding.severity]
        severity = f"\x1b[{style}m{finding.severity}\x1b[0m" if colour else finding.severity
        where = f"{printable(finding.place, SHOWN)}: " if finding.place else ""
        ids = ", ".join(f"{name} {printable(value, SHOWN)}" for name, value in finding.ids.items())
        message = printable(finding.message, 300)
        lines.append(f"{severity} {finding.code} {where}{message}{f' ({ids})' if ids else ''}")
        if finding.fix and finding.severity == "error":
            lines.append(f"  -> {finding.fix}")
    return "\n".join(lines)
