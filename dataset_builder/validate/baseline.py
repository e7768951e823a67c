"""Known findings: a file that lets a rule in before all that it finds is mended.

It holds one JSON object a line, sorted, after a first line that says what it is:

    {"format": "dataset-builder baseline", "version": 1}
    {"code": "SPN001", "table": "stance", "split": "train", "ids": {"stance_id": "…"},
     "span": "evidence 4:9", "count": 1, "message": "…"}

A finding is known when code, table, split, ids and span are those of a line that still has some
`count` left. Row numbers, and digests in the names of files, do not count, so that rows may be
reordered and files written anew. The message is for people; only where there are no ids it counts,
too. The file shrinks and never grows: what no longer occurs is itself a finding (`STALE`) until it
is removed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.errors import UsageError
from dataset_builder.files import write_text
from dataset_builder.printable import printable
from dataset_builder.validate.catalogue import CRASHED
from dataset_builder.validate.findings import Finding
from dataset_builder.validate.inputs import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dataset_builder.validate.run import Report

STALE: Final = "REL401"
HEAD: Final = {"format": "dataset-builder baseline", "version": 1}
_DIGEST: Final = re.compile(r"-[0-9a-f]{12,64}(?=\.parquet)")
_FIELDS: Final = ("code", "table", "split", "ids", "span", "message")


@dataclass(frozen=True)
class Known:
    """One line of a baseline."""

    code: str
    table: str | None
    split: str | None
    ids: tuple[tuple[str, str], ...]
    span: str | None
    message: str
    count: int = 1

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two findings the same."""
        told = "" if self.ids else self.message
        return (self.code, self.table, self.split, self.ids, self.span, told)


@dataclass(frozen=True)
class Compared:
    """A report without what is known."""

    report: Report
    kept: tuple[Known, ...]
    """Lines of the baseline that still hold, with what still occurs as their counts."""
    stale: int
    """Lines of which some or all findings no longer occur."""


def known(finding: Finding) -> Known:
    """A finding as a line of a baseline."""
    span = finding.quote
    return Known(
        code=finding.code,
        table=None if finding.table is None else _DIGEST.sub("", printable(finding.table)),
        split=None if finding.split is None else printable(finding.split),
        ids=tuple(sorted((printable(k), printable(v)) for k, v in finding.ids.items())),
        span=f"{span.column} {span.start}:{span.end}" if span and not span.whole_row else None,
        message=_DIGEST.sub("", printable(finding.message)),
    )


def fingerprint(finding: Finding) -> str:
    """What the finding is known by, as 32 hex digits."""
    key = json.dumps(known(finding).key, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def compare(report: Report, baseline: Sequence[Known], file: Path) -> Compared:
    """`report` without the findings that `baseline` knows, and with one for each stale line.

    A rule whose findings are not all listed knows none of them. Lines of rules that did not run,
    or could not judge, stay as they are.
    """
    capped = _capped(report)
    left: Counter[tuple[object, ...]] = Counter()
    for line in baseline:
        left[line.key] += line.count if line.code not in capped else 0
    fresh: list[Finding] = []
    found: Counter[str] = Counter()
    for finding in report.findings:
        key = known(finding).key
        if left[key] > 0 and finding.code != CRASHED.code:
            left[key] -= 1
            found[finding.code] += 1
        else:
            fresh.append(finding)
    judged = {*report.codes, *report.counts} - {*report.skipped, *capped}
    kept, stale = [], []
    for number, line in enumerate(baseline, start=2):
        gone = min(left[line.key], line.count) if line.code in judged else 0
        left[line.key] -= gone
        if gone:
            stale.append(_stale(line, gone, number, file))
        if gone < line.count:
            kept.append(replace(line, count=line.count - gone))
    counts = {code: report.counts[code] - found[code] for code in report.counts}
    if stale:
        counts[STALE] = len(stale)
    return Compared(
        report=replace(
            report,
            counts={code: count for code, count in sorted(counts.items()) if count},
            findings=(*fresh, *stale),
            known=dict(sorted(found.items())),
        ),
        kept=tuple(kept),
        stale=len(stale),
    )


def without_stale(report: Report) -> Report:
    """The report once the stale lines are removed from the baseline."""
    return replace(
        report,
        counts={code: count for code, count in report.counts.items() if code != STALE},
        findings=tuple(finding for finding in report.findings if finding.code != STALE),
    )


def read_baseline(file: Path) -> tuple[Known, ...]:
    """The lines of a baseline. Raises UsageError when it is missing or not one."""
    if not file.is_file():
        hint = "the first one is written with --write-baseline"
        raise UsageError(f"{file}: there is no such baseline", hint=hint)
    lines = file.read_bytes().decode("utf-8", "replace").rstrip("\n").split("\n")
    try:
        head = json.loads(lines[0])
    except ValueError:
        head = None
    if head != HEAD:
        hint = f"its first line must be {json.dumps(HEAD)}"
        raise UsageError(f"{file} is no baseline that this version reads", hint=hint)
    return tuple(
        _read(line, f"{file}, line {number}") for number, line in enumerate(lines[1:], start=2)
    )


def refuse_growth(file: Path) -> None:
    """Raise UsageError when there is such a file already: a baseline is written once."""
    if file.exists() or file.is_symlink():
        raise UsageError(
            f"{file} is there already, and a baseline never grows",
            hint="mend what is new; to begin anew, remove the file first",
        )


def write_baseline(report: Report, file: Path) -> tuple[Known, ...]:
    """Write everything that `report` found as known, and return it.

    Raises UsageError when there is such a file already, or when there are findings that it could
    not know again.
    """
    refuse_growth(file)
    if CRASHED.code in report.counts:
        hint = "mend what it names first"
        raise UsageError(f"{CRASHED.code}: a rule could not run, nothing is known by it", hint=hint)
    for code in sorted(_capped(report)):
        raise UsageError(
            f"{code} found {report.counts[code]}, more than are listed and could be known again",
            hint=f"find their common cause, or leave the rule out with --ignore {code}",
        )
    first: dict[tuple[object, ...], Known] = {}
    for line in map(known, report.findings):
        before = first.get(line.key)
        first[line.key] = line if before is None else replace(before, count=before.count + 1)
    save(file, first.values())
    return tuple(sorted(first.values(), key=_write))


def save(file: Path, lines: Iterable[Known]) -> None:
    """Write a baseline, sorted, whole or not at all."""
    texts = sorted(_write(line) for line in lines)
    write_text(file.resolve(), "\n".join((json.dumps(HEAD), *texts, "")))


def _capped(report: Report) -> set[str]:
    """Codes with findings that are counted and not listed."""
    listed = Counter(finding.code for finding in report.findings)
    return {code for code, count in report.counts.items() if count > listed[code]}


def _stale(line: Known, gone: int, number: int, file: Path) -> Finding:
    times = f" ({gone} of {line.count})" if line.count > 1 else ""
    place = "/".join(part for part in (line.table, line.split) if part)
    return Finding(
        code=STALE,
        severity=CODES[STALE].severity,
        message=f"{line.code} at {place or 'the release'} no longer occurs{times}",
        table=file.as_posix(),
        row=number,
        ids=dict(line.ids),
        expected=line.message,
        fix="Run the same command with --update-baseline, and commit the shorter file.",
    )


def _write(line: Known) -> str:
    values: dict[str, Any] = {
        "code": line.code,
        "table": line.table,
        "split": line.split,
        "ids": dict(line.ids),
        "span": line.span,
        "count": line.count,
        "message": line.message,
    }
    return json.dumps({name: value for name, value in values.items() if value not in (None, {})},
                      ensure_ascii=False)  # fmt: skip


def _read(line: str, place: str) -> Known:
    hint = "write it as --write-baseline does, or take the line out"
    try:
        data = json.loads(line)
        code, count, ids = data["code"], data.get("count", 1), data.get("ids", {})
        texts = [data.get(name) for name in ("table", "split", "span")]
        fits = (
            set(data) <= {*_FIELDS, "count"}
            and isinstance(code, str)
            and isinstance(count, int)
            and count > 0
            and all(isinstance(value, str) for value in ids.values())
            and all(text is None or isinstance(text, str) for text in texts)
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        fits = False
    if not fits:
        raise UsageError(f"{place}: no line of a baseline", hint=hint)
    table, split, span = texts
    message = str(data.get("message", ""))
    return Known(code, table, split, tuple(sorted(ids.items())), span, message, count)
