"""Judges a release: runs the rules, collects what they find, says what follows from what."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dataset_builder.errors import UsageError
from dataset_builder.printable import printable
from dataset_builder.validate.catalogue import BY_CODE, CRASHED, RULES
from dataset_builder.validate.findings import SHOWN, Finding
from dataset_builder.validate.inputs import CODES
from dataset_builder.validate.opening import read_release
from dataset_builder.validate.quote import quoted
from dataset_builder.validate.release import Release, Unavailable
from dataset_builder.validate.rules import CAP, Hit, Rule, Surplus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dataset_builder.ledger import Ledger
    from dataset_builder.ontology import Ontology
    from dataset_builder.registries import Registries
    from dataset_builder.takedown import Takedowns

LISTS = ("MANIFEST.json", "SHA256SUMS")
"""Documents on which everything that is said of the files depends."""
DOCUMENTS = (*LISTS, "README.md", "CHANGELOG.md", "CITATION.cff", "croissant.json")
FOUNDATIONS = ("SCH001", "SCH004", "SCH010", "REL009")
"""Rules on which the others stand: without a table, or a column as it should be, they find nothing."""


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
    codes: tuple[str, ...] = ()
    """Codes of the rules that were run."""
    skipped: tuple[str, ...] = ()
    """Codes of those among them that could not judge: what they need is not there, or damaged."""
    known: dict[str, int] | None = None
    """Findings per code that the baseline knows, which are not in `counts`; None without one."""

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
    ledger: Ledger | None = None,
    takedowns: Takedowns | None = None,
) -> Report:
    """Judge the release at `folder` by the contract of this package.

    `registries` are those to resolve actors, issues and annotators by; without them the copies
    that the release ships are used. `previous` is an earlier release to compare with, `ledger` and
    `takedowns` those of the project that it must agree with. `select` and `ignore` are codes or
    beginnings of codes (`SPN`, `SPN001`); what `FOUNDATIONS` find is in the report whatever is
    selected, unless it is ignored. Raises UsageError when there is nothing that could be a release,
    or when a selector fits no rule.
    """
    rules = chosen(select, ignore)
    _keep_pages()
    release = read_release(
        folder,
        ontology=ontology,
        registries=registries,
        previous=previous,
        ledger=ledger,
        takedowns=takedowns,
    )
    return judge(release, _founded(release, rules, ignore) if select else rules)


def _founded(release: Release, rules: tuple[Rule, ...], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """`rules` with those of `FOUNDATIONS` that find something in the release."""
    asked = [rule for rule in chosen(ignore=ignore) if rule.code in FOUNDATIONS]
    found = judge(release, asked).counts
    return tuple(rule for rule in RULES if rule in rules or rule.code in found)


def _keep_pages() -> None:
    """Let the allocator of polars keep memory that it is about to ask for again: given back at once,
    as it is set, a fifth of the time of a large release goes into getting it. Read at its import."""
    if "polars" not in sys.modules:
        os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000")


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
    """Run `rules` over `release`; one that fails becomes a finding and stops no other.

    However the release is divided into chunks, the report is the same.
    """
    found = {rule.code: _Found(rule) for rule in rules}
    for of_rule in found.values():
        if of_rule.rule.scope == "release":
            of_rule.run(release)
    of_articles = [of_rule for of_rule in found.values() if of_rule.rule.scope == "article"]
    for chunk in release.chunks() if of_articles else ():
        for of_rule in of_articles:
            of_rule.run(chunk)
        del chunk  # before the next one is read
    counts = {code: of_rule.count for code, of_rule in found.items() if of_rule.count}
    findings = [
        _finding(of_rule.rule, hit) for of_rule in found.values() for hit in of_rule.first()
    ]
    failed = [hit for of_rule in found.values() for hit in of_rule.failed]
    if failed:
        counts[CRASHED.code] = len(failed)
        findings += [_finding(CRASHED, hit) for hit in failed[:CAP]]
    return Report(
        path=str(release.path),
        version=release.version,
        rules=len(found),
        counts=dict(sorted(counts.items())),
        findings=quoted(release, _explained(findings)),
        codes=tuple(found),
        skipped=tuple(code for code, of_rule in found.items() if of_rule.skipped),
    )


@dataclass
class _Found:
    """What one rule found, over the chunks of a release."""

    rule: Rule
    count: int = 0
    skipped: bool = False
    """Whether it could not judge all."""
    failed: list[Hit] = field(default_factory=list)
    """At most one: that it failed, and how."""
    _whole: list[Hit] = field(default_factory=list)
    """Of no row."""
    _once: set[tuple[object, ...]] = field(default_factory=set)
    """What was said of no row, which other chunks will say too."""
    _rows: list[tuple[tuple[str, str, int], Hit]] = field(default_factory=list)

    def run(self, release: Release) -> None:
        """Take what the rule finds in a release or chunk."""
        from polars.exceptions import PanicException

        try:
            for hit in self.rule.check(release):
                self._take(hit)
        except Unavailable:
            self.skipped = True
        except (Exception, PanicException) as error:  # noqa: BLE001 - never a traceback
            self.skipped = True
            told = " ".join(f"{type(error).__name__}: {error}".split())
            text = f"rule {self.rule.code} ({self.rule.title}) could not run"
            self.failed = self.failed or [Hit(text, ids={"rule": self.rule.code}, found=told)]
        self._rows = self._earliest()

    def _take(self, hit: Hit | Surplus) -> None:
        if isinstance(hit, Surplus):
            self.count += hit.count
        elif hit.row is not None:
            self.count += 1
            self._rows.append(((hit.table or "", hit.split or "", hit.row), hit))
        elif self.rule.scope == "release" or (said := _said(hit)) not in self._once:
            self.count += 1
            if self.rule.scope == "article":
                self._once.add(said)
            if len(self._whole) < CAP:
                self._whole.append(hit)

    def _earliest(self) -> list[tuple[tuple[str, str, int], Hit]]:
        """The first CAP places in the order of tables, splits and rows; what is said of one row
        stays in the order in which it was said."""
        return sorted(self._rows, key=lambda item: item[0])[:CAP]

    def first(self) -> list[Hit]:
        """The hits to be shown."""
        return [*self._whole, *(hit for _, hit in self._rows)][:CAP]


def _said(hit: Hit) -> tuple[object, ...]:
    return (hit.message, hit.table, hit.split, hit.expected, hit.found, *sorted(hit.ids.items()))


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
        quote=hit.quote,
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
            # What a document says of a split suffers from a defect of that split's files and rows.
            splits = {split for _, split in self.files} | {split for _, split, _ in self.rows}
            return finding.split in splits or (finding.split is None and bool(splits))
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
