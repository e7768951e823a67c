"""The rules told to people: the list, one explained, the page of the documentation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from dataset_builder.errors import UsageError
from dataset_builder.markdown import table
from dataset_builder.validate.catalogue import BY_CODE
from dataset_builder.validate.findings import FAMILIES
from dataset_builder.validate.inputs import CODES, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE: Final = "docs/rules.md"
_INTRO: Final = """\
<!-- Rendered by `dataset-builder render` from dataset_builder/validate/; do not edit. -->

# The rules of the validator

`dataset-builder rules` lists them and `dataset-builder rules SPN001` explains one. A code never
changes its meaning and is never used again. An error fails a release; a warning does with `--strict`
or `--severity CODE=error`. A finding that another one explains says so (*follows from*), and is
shown after it: mend the cause first.
"""


def as_text(codes: Sequence[str] = ()) -> str:
    """All codes, a line each; or those that `codes` (or their beginnings) name, explained.

    Raises UsageError when one of them names none.
    """
    if not codes:
        return _listed()
    return "\n".join(_explained(code) for code in _chosen(codes))


def as_json(codes: Sequence[str] = ()) -> str:
    """A JSON list of objects, one a code: code, severity, title, about, explanation, example, fix
    and after (codes that explain it); of codes about inputs only title, about and fix."""
    told: list[dict[str, object]] = []
    for code in _chosen(codes) if codes else (*BY_CODE, *CODES):
        if code in CODES:
            entry = CODES[code]
            about = next(name for name, section in SECTIONS.items() if code in section)
            told.append(
                {
                    "code": code,
                    "severity": entry.severity,
                    "title": entry.title,
                    "about": about,
                    "fix": entry.fix,
                }
            )
            continue
        rule = BY_CODE[code]
        told.append(
            {
                "code": code,
                "severity": rule.severity,
                "title": rule.title,
                "about": FAMILIES[rule.family],
                "explanation": rule.explanation,
                "example": rule.example,
                "fix": rule.fix,
                "after": rule.after,
            }
        )
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def as_page() -> str:
    """The page of the documentation, Markdown."""
    parts = [_INTRO]
    for family, title in FAMILIES.items():
        parts.append(f"## {family}: {title}\n")
        for rule in BY_CODE.values():
            if rule.family != family:
                continue
            warning = " (warning)" if rule.severity == "warning" else ""
            parts.append(f"### {rule.code} {rule.title}{warning}\n")
            parts.append(f"{rule.explanation}\n")
            if rule.example:
                parts.append(f"Example: {rule.example}\n")
            parts.append(f"Fix: {rule.fix}\n")
            if rule.after:
                parts.append(f"May follow from {', '.join(rule.after)}.\n")
    parts.append("## What can be wrong before there is a release\n")
    for name, section in SECTIONS.items():
        parts.append(f"### {name[:1].upper()}{name[1:]}\n")
        rows = [(code, entry.severity, entry.title, entry.fix) for code, entry in section.items()]
        parts.append(table(("Code", "Severity", "What is wrong", "What to do"), rows) + "\n")
    return "\n".join(parts)


def _listed() -> str:
    lines: list[str] = []
    for family, title in FAMILIES.items():
        lines += ["", f"{title}:"]
        lines += [
            f"{code}  {rule.severity:8} {rule.title}"
            for code, rule in BY_CODE.items()
            if rule.family == family
        ]
    for name, section in SECTIONS.items():
        lines += ["", f"{name}:"]
        lines += [f"{code}  {entry.severity:8} {entry.title}" for code, entry in section.items()]
    return "\n".join(lines).strip() + "\n"


def _chosen(codes: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for given in codes:
        fitting = [code for code in (*BY_CODE, *CODES) if given and code.startswith(given.upper())]
        if not fitting:
            raise UsageError(f"no rule {given!r}", hint="`dataset-builder rules` lists them")
        found |= dict.fromkeys(fitting)
    return list(found)


def _explained(code: str) -> str:
    if code in CODES:
        entry = CODES[code]
        return f"{code} ({entry.severity}): {entry.title}\n  fix: {entry.fix}\n"
    rule = BY_CODE[code]
    parts = [f"{rule.code} ({rule.severity}): {rule.title}", f"  {rule.explanation}"]
    if rule.example:
        parts.append(f"  example: {rule.example}")
    parts.append(f"  fix: {rule.fix}")
    if rule.after:
        parts.append(f"  may follow from: {', '.join(rule.after)}")
    return "\n".join(parts) + "\n"
