"""Every rule there is, in the order in which they run and are reported."""

from __future__ import annotations

from dataset_builder.errors import UsageError
from dataset_builder.validate import (
    grammar,
    keys,
    release_files,
    schema,
    spans,
    splits,
    versions,
    votes,
)
from dataset_builder.validate.findings import FAMILIES
from dataset_builder.validate.inputs import CODES
from dataset_builder.validate.rules import Hits, Rule

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *schema.RULES,
            *keys.RULES,
            *spans.RULES,
            *grammar.RULES,
            *votes.RULES,
            *splits.RULES,
            *release_files.RULES,
            *versions.RULES,
        ),
        key=lambda rule: (
            ("SCH", "KEY", "SPN", "GRM", "VOT", "SPL", "REL", "VER").index(rule.family),
            rule.code,
        ),
    )
)


def _never(_release: object) -> Hits:
    yield from ()


CRASHED = Rule(
    "REL901",
    "rule could not run",
    _never,
    "The release is damaged in a way that the rule did not expect; it is not judged by it.",
    "Mend the other findings first; if this one stays, report it with its message.",
)
"""Not a rule of its own: what becomes of one that fails."""

BY_CODE: dict[str, Rule] = {rule.code: rule for rule in (*RULES, CRASHED)}
"""Every code that validating a release can give."""


def title_of(code: str) -> str:
    """What a code stands for, whether about inputs or about a release; empty when unknown."""
    if code in BY_CODE:
        return BY_CODE[code].title
    return CODES[code].title if code in CODES else ""


def list_rules() -> str:
    """Every code with its severity and title, a line each: of releases, then of inputs."""
    lines: list[str] = []
    for family, title in FAMILIES.items():
        lines += ["", f"{title}:"]
        for code, rule in BY_CODE.items():
            if rule.family == family:
                lines.append(f"{code}  {rule.severity:8} {rule.title}")
    lines += ["", "pages, exports, annotations, ledger and server:"]
    lines += [f"{code}  {entry.severity:8} {entry.title}" for code, entry in CODES.items()]
    return "\n".join(lines).strip()


def explain_rule(code: str) -> str:
    """One rule: what is wrong, why it matters, an example, what to do. Raises UsageError."""
    code = code.upper()
    if code in CODES:
        entry = CODES[code]
        return f"{code} ({entry.severity}): {entry.title}"
    rule = BY_CODE.get(code)
    if rule is None:
        raise UsageError(f"no rule {code!r}", hint="`dataset-builder rules` lists them")
    parts = [f"{rule.code} ({rule.severity}): {rule.title}", "", rule.explanation]
    if rule.example:
        parts += ["", f"example: {rule.example}"]
    return "\n".join((*parts, "", f"fix: {rule.fix}"))
