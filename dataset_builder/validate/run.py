"""Judges a release: runs the rules, collects what they find, says what follows from what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dataset_builder.errors import UsageError
from dataset_builder.printable import printable
from dataset_builder.validate.catalogue import BY_CODE, CRASHED, RULES
from dataset_builder.validate.findings import SHOWN, Finding
from dataset_builder.validate.inputs import CODES
from dataset_builder.validate.release import Release, Unavailable, read_release
from dataset_builder.validate.rules import CAP, Hit, Rule, Surplus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dataset_builder.ontology import Ontology, Registries

LISTS = ("MANIFEST.json", "SHA256SUMS")
"""Documents on which everything that is said of the files depends."""
DOCUMENTS = (*LISTS, "README.md", "CHANGELOG.md", "CITATION.cff")


@dataclass(frozen=True)
class Report:
    """What validating one release gave."""

    path: str
    version: str | None
    rules: int
    """Rules that were run."""
    counts: dict[str, int]
    """Findings per code, exact, also where not all of them are in `findings`."""
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return not any(finding.severity == "error" for finding in self.findings)

    def exit_code(self, *, strict: bool = False) -> int:
        """0 when the release passes, else 1. With `strict`, warnings fail it too."""
        return 0 if self.ok and not (strict and self.findings) else 1


def validate_release(
    folder: Path,
    *,
    ontology: Ontology,
    registries: Registries | None = None,
    previous: Path | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Report:
    """Judge the release at `folder` by the contract of this package.

    `registries` are those to resolve actors, issues and annotators by; without them the copies
    that the release ships are used. `previous` is an earlier release to compare with. `select` and
    `ignore` are codes or beginnings of codes (`SPN`, `SPN001`). Raises UsageError when there is
    nothing that could be a release, or when a selector fits no rule.
    """
    rules = chosen(select, ignore)
    release = read_release(folder, ontology=ontology, registries=registries, previous=previous)
    return judge(release, rules)


def chosen(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[Rule, ...]:
    """Rules that `select` names (all when empty) and `ignore` does not. Raises UsageError."""
    for selector in (*select, *ignore):
        if not selector or not any(code.startswith(selector) for code in (*BY_CODE, *CODES)):
            raise UsageError(
                f"no rule has a code that begins with {selector!r}",
                hint="`dataset-builder rules` lists them",
            )
    return tuple(
        rule
        for rule in RULES
        if (not select or rule.code.startswith(tuple(select)))
        and not rule.code.startswith(tuple(ignore))
    )


def judge(release: Release, rules: Iterable[Rule]) -> Report:
    """Run `rules` over `release`; one that fails becomes a finding and stops no other."""
    findings: list[Finding] = []
    counts: dict[str, int] = {}
    ran = 0
    for rule in rules:
        ran += 1
        made = 0
        try:
            for hit in rule.check(release):
                if isinstance(hit, Surplus):
                    counts[rule.code] = counts.get(rule.code, 0) + hit.count
                    continue
                counts[rule.code] = counts.get(rule.code, 0) + 1
                made += 1
                if made <= CAP:
                    findings.append(_finding(rule, hit))
        except Unavailable:
            continue
        except Exception as error:  # noqa: BLE001 - a damaged release must never be a traceback
            counts[CRASHED.code] = counts.get(CRASHED.code, 0) + 1
            told = " ".join(f"{type(error).__name__}: {error}".split())
            hit = Hit(f"rule {rule.code} ({rule.title}) could not run", ids={"rule": rule.code},
                      found=told)  # fmt: skip
            findings.append(_finding(CRASHED, hit))
    return Report(
        path=str(release.path),
        version=release.version,
        rules=ran,
        counts=dict(sorted(counts.items())),
        findings=_explained(findings),
    )


def _finding(rule: Rule, hit: Hit) -> Finding:
    """A hit with what its rule declares. Whatever comes from the data is made printable here."""
    return Finding(
        code=rule.code,
        severity=rule.severity,
        message=printable(hit.message, 300),
        table=hit.table if hit.table is None else printable(hit.table, SHOWN),
        split=hit.split if hit.split is None else printable(hit.split, SHOWN),
        row=hit.row,
        ids={name: printable(value, SHOWN) for name, value in hit.ids.items()},
        expected=None if hit.expected is None else printable(hit.expected, SHOWN),
        found=None if hit.found is None else printable(hit.found, SHOWN),
        fix=rule.fix,
    )


@dataclass
class _Places:
    """Where a code was found, indexed so that thousands of findings are matched quickly."""

    rows: set[tuple[str | None, str | None, int | None]]
    ids: set[tuple[str, str]]
    files: set[tuple[str, str | None]]
    everywhere: bool = False

    def explain(self, finding: Finding) -> bool:
        """Whether a defect of these places can have brought `finding` about."""
        if self.everywhere or (finding.table, finding.split, finding.row) in self.rows:
            return True
        if any(pair in self.ids for pair in finding.ids.items()):
            return True
        if finding.table in DOCUMENTS:
            # What a document says of a split suffers from a defect of that split's files.
            splits = {split for _, split in self.files}
            return finding.split in splits or (finding.split is None and bool(self.files))
        config = (finding.table or "").split("/")[0]
        return any(
            config == name and (split == finding.split or None in (split, finding.split))
            for name, split in self.files
        )


def _explained(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings with `caused_by` set where an earlier defect of the same place explains them."""
    places: dict[str, _Places] = {}
    for finding in findings:
        known = places.setdefault(finding.code, _Places(set(), set(), set()))
        known.ids |= set(finding.ids.items())
        if finding.table is None or (finding.table in LISTS and finding.split is None):
            known.everywhere = True
        elif finding.row is not None:
            known.rows.add((finding.table, finding.split, finding.row))
        else:
            known.files.add((finding.table.split("/")[0], finding.split))
    return tuple(
        replace(
            finding,
            caused_by=next(
                (
                    code
                    for code in BY_CODE[finding.code].after
                    if code in places and places[code].explain(finding)
                ),
                None,
            ),
        )
        for finding in findings
    )
