"""The ledger: every article ever released, in `annotations/ledger.jsonl`.

Append-only, one JSON object a line; a later line of an article supersedes an earlier one. It is
what makes splits stable: a split, once given, is never taken back or changed.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataset_builder.errors import FindingsError
from dataset_builder.files import write_bytes
from dataset_builder.project import SPLITS
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PUBLISHED = "published"
WITHHELD = "withheld"
DAMAGED = "SPL101"
MOVED = "SPL102"
TWO_OWNERS = "SPL103"
HEX16 = re.compile(r"[0-9a-f]{16}")
HEX64 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class LedgerEntry:
    """What is known of one article."""

    article_id: str
    aliases: tuple[str, ...]
    """Ids of other fetches of the same article, which it is released in place of."""
    duplicate_group: str
    story: str
    split: str | None
    """The split it was published in; None when it never was. Stays when it is withheld later."""
    status: str
    """published or withheld."""
    reason: str | None
    """Why it is withheld."""
    text_sha256: str
    version: str
    """Version of the data that this line was written for."""


@dataclass(frozen=True)
class Ledger:
    """Every line, in the order of the file."""

    lines: tuple[LedgerEntry, ...] = ()

    @cached_property
    def entries(self) -> dict[str, LedgerEntry]:
        """The latest line of every article."""
        return {line.article_id: line for line in self.lines}

    @cached_property
    def alias_of(self) -> dict[str, str]:
        """Alias -> the article that is released in its place."""
        return {alias: line.article_id for line in self.lines for alias in line.aliases}


def read_ledger(path: Path) -> Ledger:
    """Read the ledger; one that is not there is empty.

    Raises FindingsError with one finding per damaged line, naming file and line.
    """
    return _parsed(path.read_bytes() if path.is_file() else b"", path)


def appended(path: Path, entries: Iterable[LedgerEntry]) -> int:
    """Append those `entries` that say something new; returns how many.

    The file is replaced in one step, and left alone when there is nothing to say, so a build that
    was interrupted can run again. Raises FindingsError when the ledger is damaged, or when an
    entry would give a published article another split; OSError as the disk gives it.
    """
    old = path.read_bytes() if path.is_file() else b""
    known = dict(_parsed(old, path).entries)
    lines = []
    for entry in sorted(entries, key=lambda item: item.article_id):
        before = known.get(entry.article_id)
        if before is None or not says_the_same(before, entry):
            known[entry.article_id] = entry
            lines.append(_line(entry))
    if not lines:
        return 0
    start = old if not old or old.endswith(b"\n") else old + b"\n"
    new = start + "".join(lines).encode()
    _parsed(new, path)  # what could not be read again must not be written
    write_bytes(path, new)
    return len(lines)


def says_the_same(one: LedgerEntry, other: LedgerEntry) -> bool:
    """Whether two entries differ in the version at most."""
    return one == replace(other, version=one.version)


def _line(entry: LedgerEntry) -> str:
    text = json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":"))
    return f"{text}\n"


def _parsed(content: bytes, path: Path) -> Ledger:
    lines: list[LedgerEntry] = []
    splits: dict[str, str | None] = {}
    owners: dict[str, str] = {}
    findings: list[Finding] = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = _entry(line)
        except ValueError as error:
            findings.append(_finding(DAMAGED, path, number, str(error)))
            continue
        before = splits.get(entry.article_id)
        if before and entry.split != before:
            message = f"moves {entry.article_id} from {before} to {entry.split or 'no split'}"
            findings.append(_finding(MOVED, path, number, message))
            continue
        doubled = [
            a for a in entry.aliases if owners.setdefault(a, entry.article_id) != entry.article_id
        ]
        if doubled:
            message = f"{doubled[0]} is an alias of {owners[doubled[0]]} and of {entry.article_id}"
            findings.append(_finding(TWO_OWNERS, path, number, message))
            continue
        splits[entry.article_id] = entry.split
        lines.append(entry)
    if findings:
        raise FindingsError(
            f"{path}: {len(findings)} damaged line(s), first: {findings[0].message}",
            findings,
            hint="restore the file from version control; lines are only ever added at its end",
        )
    return Ledger(tuple(lines))


def _finding(code: str, path: Path, line: int, message: str) -> Finding:
    return Finding(
        code,
        "error",
        f"line {line}: {message}",
        table=path.name,
        row=line,
        fix="restore the line from version control",
    )


def _entry(line: bytes) -> LedgerEntry:
    """One line. Raises ValueError that says what is wrong with it, in printable characters."""
    try:
        data = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except (json.JSONDecodeError, RecursionError):
        raise ValueError(f"not JSON: {line[:40].decode('latin-1')!a}") from None
    names = [item.name for item in fields(LedgerEntry)]
    if not isinstance(data, dict) or set(data) != set(names):
        raise ValueError(f"must be an object with the keys {', '.join(names)}")

    def need(ok: bool, key: str, what: str) -> None:
        if not ok:
            raise ValueError(f"`{key}` must be {what}, found {ascii(data[key])[:60]}")

    aliases: Any = data["aliases"]
    for key in ("article_id", "duplicate_group", "story"):
        need(_matches(HEX16, data[key]), key, "16 hex digits")
    need(_matches(HEX64, data["text_sha256"]), "text_sha256", "64 hex digits")
    is_list = isinstance(aliases, list) and all(_matches(HEX16, alias) for alias in aliases)
    need(is_list, "aliases", "a list of article ids")
    need(data["split"] is None or data["split"] in SPLITS, "split", f"null or of {SPLITS}")
    need(data["status"] in (PUBLISHED, WITHHELD), "status", f"{PUBLISHED} or {WITHHELD}")
    need(isinstance(data["version"], str), "version", "a string")
    if data["status"] == PUBLISHED:
        need(data["split"] is not None, "split", f"one of {SPLITS} for a published article")
        need(data["reason"] is None, "reason", "null for a published article")
    else:
        need(isinstance(data["reason"], str), "reason", "a string for a withheld article")
    return LedgerEntry(**{**data, "aliases": tuple(aliases)})


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
