"""The findings of a report by rule, with exact counts and everything in them made printable."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dataset_builder.printable import printable
from dataset_builder.validate.catalogue import BY_CODE, title_of
from dataset_builder.validate.inputs import CODES

if TYPE_CHECKING:
    from dataset_builder.validate.findings import Finding, Severity
    from dataset_builder.validate.run import Report

LONGEST: Final = 2000
"""Characters of one value that any format shows; rules cut what they quote much shorter."""
_COMMAND: Final = re.compile(r"##(?=\w*\[)")


@dataclass(frozen=True)
class Group:
    """Everything that one rule found."""

    code: str
    title: str
    """What is wrong, in a few words; empty when the code is not of this version."""
    counts: dict[Severity, int]
    """Exact, errors first; also where not every finding is listed."""
    findings: tuple[Finding, ...]
    """Printable; what follows from another defect is last."""

    @property
    def severity(self) -> Severity:
        """The worst there is."""
        return "error" if "error" in self.counts else "warning"

    @property
    def count(self) -> int:
        """All findings, listed or not."""
        return sum(self.counts.values())

    @property
    def name(self) -> str:
        """Code and title."""
        return f"{self.code} {self.title}".rstrip()

    @property
    def told(self) -> str:
        """`3 errors, 1 warning`."""
        return tally(self.counts)

    @property
    def why(self) -> str:
        """Why the rule matters; empty for codes about inputs."""
        rule = BY_CODE.get(self.code)
        return rule.explanation if rule else ""

    @property
    def fix(self) -> str:
        """What to do; empty when every place says something else."""
        fixes = {finding.fix for finding in self.findings}
        return next(iter(fixes)) or "" if len(fixes) == 1 else ""


def grouped(report: Report) -> list[Group]:
    """The groups of `report`, in the order in which their rules ran."""
    by_code: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_code.setdefault(finding.code, []).append(shown(finding))
    for code in report.counts:  # counted, though none of it is listed
        by_code.setdefault(code, [])
    groups = []
    for code, findings in by_code.items():
        counts = Counter(finding.severity for finding in findings)
        surplus = report.counts.get(code, 0) - len(findings)
        if surplus > 0:
            default: Severity = BY_CODE[code].severity if code in BY_CODE else "error"
            counts[max(counts, key=lambda name: counts[name], default=default)] += surplus
        ordered = sorted(findings, key=lambda finding: finding.caused_by is not None)
        by_severity: dict[Severity, int] = {
            name: counts[name] for name in ("error", "warning") if counts[name]
        }
        groups.append(Group(code, title_of(code), by_severity, tuple(ordered)))
    return groups


def shown(finding: Finding) -> Finding:
    """The same finding with nothing in it that steers a terminal or breaks a line, and with what its
    code says is to do where it says nothing itself."""

    def safe(text: str | None) -> str | None:
        return None if text is None else printable(text, LONGEST)

    return replace(
        finding,
        message=printable(finding.message, LONGEST),
        table=safe(finding.table),
        split=safe(finding.split),
        ids={printable(name, 80): printable(value, LONGEST) for name, value in finding.ids.items()},
        expected=safe(finding.expected),
        found=safe(finding.found),
        fix=safe(finding.fix) or (CODES[finding.code].fix if finding.code in CODES else None),
    )


def totals(groups: list[Group]) -> dict[Severity, int]:
    """Findings per severity, errors first."""
    sums: dict[Severity, int] = {}
    for name in ("error", "warning"):
        total = sum(group.counts.get(name, 0) for group in groups)
        if total:
            sums[name] = total
    return sums


def summary(report: Report, groups: list[Group]) -> str:
    """One line: what was found, how much of it is known, how many rules ran and could not judge."""
    found = tally(totals(groups)) or "no findings"
    parts = [found]
    follow = sum(finding.caused_by is not None for finding in report.findings)
    if follow:
        parts.append(f"{follow} of them follow from others")
    if report.known is not None:
        parts.append(f"{sum(report.known.values())} more known from the baseline")
    skipped = f", {len(report.skipped)} skipped" if report.skipped else ""
    return f"{', '.join(parts)}; {report.rules} rules{skipped}"


def where(finding: Finding) -> str:
    """Place and ids, for a person; empty when the finding is about everything."""
    ids = ", ".join(f"{name} {value}" for name, value in finding.ids.items())
    return " ".join(part for part in (finding.place, f"({ids})" if ids else "") if part)


def tally(counts: dict[Severity, int]) -> str:
    """`3 errors, 1 warning`."""
    return ", ".join(many(count, name) for name, count in counts.items())


def many(count: int, what: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def quiet(text: str) -> str:
    r"""Lines in which a CI server that reads the log finds no command.

    `::name::` counts at the beginning of a line and `##[name]` (also `##vso[`, `##teamcity[`)
    anywhere; the first `:` of the one and the second `#` of the other become escapes.
    """
    lines = _COMMAND.sub(r"#\\x23", text).split("\n")
    return "\n".join(
        line.replace("::", r"\x3a:", 1) if line.lstrip().startswith("::") else line
        for line in lines
    )


def quiet_json(text: str) -> str:
    """The same for JSON, where the escape leaves the value as it is."""
    return _COMMAND.sub(r"#\\u0023", text)
