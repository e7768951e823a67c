"""`json`: one object for a program; its keys are a contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dataset_builder.printable import printable
from dataset_builder.validate.report.grouped import LONGEST, quiet_json, shown

if TYPE_CHECKING:
    from dataset_builder.validate.findings import Finding
    from dataset_builder.validate.run import Report

KEYS = (
    "code", "severity", "table", "split", "row", "ids", "expected", "found", "message", "fix",
    "caused_by",
)  # fmt: skip


def as_json(report: Report, *, limit: int | None = None) -> str:
    """One JSON object. `limit` caps the findings listed; the counts stay exact. `skipped` are the
    rules that could not judge all, because what they need is not there (see `junit.NOT_JUDGED`).

    With a baseline it has `known`, the findings per code that the baseline holds and that neither
    `counts` nor `findings` have.
    """
    listed = report.findings if limit is None else report.findings[:limit]
    whole = {
        "path": printable(report.path, LONGEST),
        "version": None if report.version is None else printable(report.version, LONGEST),
        "rules": report.rules,
        "skipped": list(report.skipped),
        "counts": report.counts,
        "findings": [plain(shown(finding)) for finding in listed],
    }
    if report.known is not None:
        whole["known"] = report.known
    return quiet_json(json.dumps(whole, ensure_ascii=False, indent=2)) + "\n"


def plain(finding: Finding) -> dict[str, object]:
    """A finding as JSON has it."""
    return {name: getattr(finding, name) for name in KEYS}
