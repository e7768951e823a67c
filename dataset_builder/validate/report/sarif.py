"""`sarif`: SARIF 2.1.0 for code scanning, https://docs.oasis-open.org/sarif/sarif/v2.1.0/.

A result has the file as physical location, relative to the working directory, and table, split and
row as logical location. Its fingerprint is that of the baseline, so that reordered rows stay the
same result. Nothing in it depends on the machine or the clock.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from dataset_builder import __version__
from dataset_builder.printable import printable
from dataset_builder.validate.baseline import fingerprint
from dataset_builder.validate.catalogue import BY_CODE, title_of
from dataset_builder.validate.findings import FAMILIES
from dataset_builder.validate.inputs import CODES
from dataset_builder.validate.report.grouped import LONGEST, quiet_json, shown, where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.validate.findings import Finding
    from dataset_builder.validate.report.files import Files
    from dataset_builder.validate.run import Report

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
BASE: Final = "SRCROOT"
RESULTS: Final = 25_000
"""At most this many results are written, as GitHub takes no more; the errors come first."""


def as_sarif(report: Report, files: Files) -> str:
    """One run with the rules that ran as its `rules`, and a result per finding."""
    codes = sorted({*report.codes, *report.counts, *(found.code for found in report.findings)})
    index = {code: at for at, code in enumerate(codes)}
    kept = sorted(report.findings, key=lambda finding: finding.severity != "error")[:RESULTS]
    causes = _Causes(report.findings)
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "dataset-builder",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(code) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            BASE: {"description": {"text": "The folder in which dataset-builder was run."}}
        },
        "invocations": [{"executionSuccessful": True}],
        "results": [_result(finding, index, files, causes) for finding in kept],
        "properties": {
            "path": printable(report.path, LONGEST),
            "version": printable(report.version or "", LONGEST),
            "counts": report.counts,
            "skipped": list(report.skipped),
            **({} if report.known is None else {"known": report.known}),
        },
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return quiet_json(json.dumps(log, ensure_ascii=False, indent=2)) + "\n"


def _rule(code: str) -> dict[str, Any]:
    title = title_of(code) or code
    family = FAMILIES.get(code[:3], "")
    made: dict[str, Any] = {"id": code, "shortDescription": {"text": _message(title)}}
    rule = BY_CODE.get(code)
    if rule is not None:
        example = f"\n\nExample: {rule.example}" if rule.example else ""
        made["fullDescription"] = {"text": _message(rule.explanation)}
        made["help"] = {
            "text": _message(f"{rule.explanation}{example}\n\nWhat to do: {rule.fix}"),
            "markdown": _message(f"{rule.explanation}{example}\n\n**What to do:** {rule.fix}"),
        }
    elif code in CODES and CODES[code].fix:
        made["help"] = {"text": _message(f"What to do: {CODES[code].fix}")}
    severity = rule.severity if rule else CODES[code].severity if code in CODES else "error"
    made["defaultConfiguration"] = {"level": severity}
    made["properties"] = {"tags": [family] if family else []}
    return made


def _result(
    finding: Finding, index: dict[str, int], files: Files, causes: _Causes
) -> dict[str, Any]:
    safe = shown(finding)
    marked = f"\n{safe.quote.marked()}" if safe.quote and safe.caused_by is None else ""
    made: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": finding.severity,
        "message": {"text": _message(f"{_place(safe)}{safe.message}{marked}" or finding.code)},
        "locations": [_location(safe, files)],
        "partialFingerprints": {"datasetBuilder/v1": fingerprint(finding)},
        "properties": {
            "ids": safe.ids,
            **({} if safe.row is None else {"row": safe.row}),
            **({} if safe.expected is None else {"expected": safe.expected}),
            **({} if safe.found is None else {"found": safe.found}),
        },
    }
    if finding.caused_by is not None:
        cause = causes.of(finding)
        told = {"text": _message(f"follows from {finding.caused_by} {title_of(finding.caused_by)}")}
        location = {} if cause is None else _location(shown(cause), files)
        made["relatedLocations"] = [{"id": 1, **location, "message": told}]
    return made


def _place(finding: Finding) -> str:
    place = where(finding)
    return f"{place}: " if place else ""


def _location(finding: Finding, files: Files) -> dict[str, Any]:
    made: dict[str, Any] = {}
    file, line = files.file(finding)
    file = file or files.anchor()
    if file is not None:
        made["physicalLocation"] = {
            "artifactLocation": {"uri": quote(file.encode("utf-8", "replace")), "uriBaseId": BASE},
            "region": {"startLine": line or 1},  # GitHub asks for one, of Parquet files, too
        }
    parts = [part for part in (finding.table, finding.split) if part]
    if finding.row is not None:
        parts.append(f"row {finding.row}")
    if parts:
        made["logicalLocations"] = [{"name": parts[-1], "fullyQualifiedName": "/".join(parts)}]
    return made


class _Causes:
    """Findings by place, to find the one that another follows from."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._by_row: dict[tuple[object, ...], Finding] = {}
        self._by_id: dict[tuple[str, str, str], Finding] = {}
        self._first: dict[str, Finding] = {}
        for finding in findings:
            row = (finding.code, finding.table, finding.split, finding.row)
            self._by_row.setdefault(row, finding)
            self._first.setdefault(finding.code, finding)
            for name, value in finding.ids.items():
                self._by_id.setdefault((finding.code, name, value), finding)

    def of(self, finding: Finding) -> Finding | None:
        """The finding at the same row, else about the same thing, else the first of that code."""
        code = finding.caused_by or ""
        row = self._by_row.get((code, finding.table, finding.split, finding.row))
        by_id = (self._by_id.get((code, *pair)) for pair in finding.ids.items())
        return row or next((found for found in by_id if found), None) or self._first.get(code)


def _message(text: str) -> str:
    """Text as a SARIF message: no placeholder in it, and no link (3.11.5 and 3.11.6)."""
    return text.replace("](", "] (").replace("{", "{{").replace("}", "}}")
