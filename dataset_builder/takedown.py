"""Articles that were taken down, in `annotations/takedowns.jsonl`: what is kept to keep them out.

Append-only, one JSON object a line; a later line of an article supersedes an earlier one. It holds
ids (which are hashes of raw pages), hashes of texts and MinHash signatures, and never any text. It
is the only thing that `dataset-builder takedown` writes, so a takedown is there whole or not at all;
the next build withholds the article in the ledger for ever.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from dataset_builder.articles import Rejected
from dataset_builder.errors import FindingsError
from dataset_builder.files import write_bytes
from dataset_builder.ledger import HEX16, HEX64
from dataset_builder.takedown_signatures import CAUGHT, SLOTS, closest, text_sketches
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dataset_builder.articles import Article
    from dataset_builder.clean import CleanedFolder
    from dataset_builder.ledger import Ledger
    from dataset_builder.project import Project
    from dataset_builder.studio.export_lines import TaskLine
    from dataset_builder.studio.exported import ExportedTask
    from dataset_builder.takedown_signatures import Sketches

    Task = TypeVar("Task", ExportedTask, TaskLine)

FILE: Final = "annotations/takedowns.jsonl"
TAKEN_DOWN: Final = "taken-down"
"""Reason of a page that is left out, see `articles.Rejected`."""
DAMAGED: Final = "SPL106"
LEFT_OUT: Final = "SPL105"
LONGEST: Final = 300
"""Characters of a reason."""


@dataclass(frozen=True)
class Takedown:
    """One article that must not be released any more."""

    article_id: str
    ids: tuple[str, ...]
    """Every known fetch of it, its own id among them, sorted."""
    reason: str
    text_sha256: tuple[str, ...]
    """Of every text that it was known with, sorted."""
    signatures: tuple[str, ...]
    """Of these texts as hex, as far as they were at hand, sorted."""

    @property
    def withheld(self) -> str:
        """Why it is withheld, as ledger and card say it."""
        return f"taken down: {self.reason}"


@dataclass(frozen=True)
class Takedowns:
    """Every line, in the order of the file."""

    lines: tuple[Takedown, ...] = ()

    @cached_property
    def entries(self) -> dict[str, Takedown]:
        """The latest line of every article."""
        return {line.article_id: line for line in self.lines}

    @cached_property
    def by_id(self) -> dict[str, Takedown]:
        """Id of any fetch -> its takedown."""
        return {name: entry for entry in self.entries.values() for name in entry.ids}

    @cached_property
    def by_text(self) -> dict[str, Takedown]:
        """text_sha256 -> takedown."""
        return {text: entry for entry in self.entries.values() for text in entry.text_sha256}

    @cached_property
    def withheld(self) -> dict[str, str]:
        """Id of any fetch -> why it is withheld."""
        return {name: entry.withheld for name, entry in self.by_id.items()}

    @cached_property
    def _signed(self) -> tuple[list[Takedown], Sketches]:
        import numpy as np

        pairs = [(entry, s) for entry in self.entries.values() for s in entry.signatures]
        raw = b"".join(bytes.fromhex(signature) for _, signature in pairs)
        return [entry for entry, _ in pairs], np.frombuffer(raw, np.uint8).reshape(-1, SLOTS)

    def found(
        self, pages: Sequence[tuple[str, str, str | bytes]], ledger: Ledger
    ) -> dict[int, tuple[Takedown, str]]:
        """Which of some pages (article_id, text_sha256, text) were taken down, and how it shows.
        In place of a text its signature will do; an empty one is unlike everything.

        Known by its id, by being an alias of what was taken down, by its text, or by the signature
        of its text. An article of its own in the ledger is not known by its signature: that it is
        alike was known when it was released.
        """
        if not self.lines:
            return {}
        found: dict[int, tuple[Takedown, str]] = {}
        open_ones: list[int] = []
        for at, (name, text_sha256, _) in enumerate(pages):
            if entry := self.by_id.get(name) or self.by_id.get(ledger.alias_of.get(name, "")):
                found[at] = (entry, "another fetch of it" if name != entry.article_id else "it")
            elif entry := self.by_text.get(text_sha256):
                found[at] = (entry, "the same text")
            elif name not in ledger.entries:
                open_ones.append(at)
        owners, known = self._signed
        if len(known) and open_ones:
            rows, counts = closest(_sketches([pages[at][2] for at in open_ones]), known)
            for at, row, count in zip(open_ones, rows, counts, strict=True):
                if count >= CAUGHT:
                    share = f"nearly the same text, similarity about {_estimate(count):.2f}"
                    found[at] = (owners[row], share)
        return found


def _sketches(texts: Sequence[str | bytes]) -> Sketches:
    """The signatures of texts, some of which are signatures already."""
    import numpy as np

    found = text_sketches([text if isinstance(text, str) else "" for text in texts])
    for at, text in enumerate(texts):
        if isinstance(text, bytes) and len(text) == SLOTS:
            found[at] = np.frombuffer(text, np.uint8)
    return found


def _estimate(equal: int) -> float:
    """Jaccard similarity by the number of equal bytes, chance equality aside."""
    chance = 1 / 256
    return max(0.0, (equal / SLOTS - chance) / (1 - chance))


def read_takedowns(path: Path) -> Takedowns:
    """Read the file; one that is not there is empty. Raises FindingsError, a finding per line."""
    return _parsed(path.read_bytes() if path.is_file() else b"", path)


def takedowns_of(project: Project) -> Takedowns:
    """The takedowns of a project."""
    return read_takedowns(project.path(FILE))


def added(path: Path, entries: Iterable[Takedown]) -> list[bool]:
    """Append `entries`, each merged with what the file says of its article; for each, whether that
    is anything new.

    The file is replaced in one step, and left alone when nothing is new. Raises FindingsError when
    it is damaged.
    """
    old = path.read_bytes() if path.is_file() else b""
    known = dict(_parsed(old, path).entries)
    lines: list[str] = []
    new: list[bool] = []
    for given in entries:
        before = known.get(given.article_id)
        entry = given if before is None else _merged(before, given)
        new.append(entry != before)
        known[entry.article_id] = entry
        if new[-1]:
            text = json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":"))
            lines.append(f"{text}\n")
    if lines:
        start = old if not old or old.endswith(b"\n") else old + b"\n"
        content = start + "".join(lines).encode()
        _parsed(content, path)  # what could not be read again must not be written
        write_bytes(path, content)
    return new


def _merged(before: Takedown, entry: Takedown) -> Takedown:
    return Takedown(
        entry.article_id,
        tuple(sorted({*before.ids, *entry.ids})),
        entry.reason,
        tuple(sorted({*before.text_sha256, *entry.text_sha256})),
        tuple(sorted({*before.signatures, *entry.signatures})),
    )


def sifted(
    articles: Iterable[Article], takedowns: Takedowns, ledger: Ledger
) -> tuple[tuple[Article, ...], tuple[Rejected, ...]]:
    """`articles` without those that were taken down, and these, each with the takedown's name."""
    articles = tuple(articles)
    pages = [(item.article_id, item.text_sha256, item.text) for item in articles]
    found = takedowns.found(pages, ledger)
    out = tuple(rejected(articles[at].source, *found[at]) for at in sorted(found))
    return tuple(item for at, item in enumerate(articles) if at not in found), out


def rejected(source: str, entry: Takedown, how: str) -> Rejected:
    """A page that is left out; never says anything of its text."""
    message = f"{entry.article_id} was taken down ({entry.reason}), and this is {how}"
    return Rejected(source, TAKEN_DOWN, message)


def project_pages(project: Project, *, jobs: int = 1) -> CleanedFolder:
    """The project's pages, cleaned, without those that were taken down; these are among the
    rejected. What everything that works on the project's articles starts from. Where there are many,
    up to `jobs` processes clean them."""
    from dataset_builder.clean import CleanedFolder, clean_pages
    from dataset_builder.ledger import read_ledger

    cleaned = clean_pages(project.seeds, jobs=jobs)
    takedowns = takedowns_of(project)
    if not takedowns.lines:
        return cleaned
    kept, out = sifted(cleaned.articles, takedowns, read_ledger(project.ledger))
    ordered = sorted((*cleaned.rejected, *out), key=lambda r: (r.source, r.reason, r.message))
    return CleanedFolder(kept, tuple(ordered))


def page_findings(rejected_pages: Iterable[Rejected]) -> list[Finding]:
    """A finding for every page that was left out because it was taken down."""
    return [
        Finding(
            LEFT_OUT,
            "warning",
            f"{item.source}: {item.message}",
            table="seeds",
            ids={"source": item.source},
            fix="remove the page from the sources",
        )
        for item in rejected_pages
        if item.reason == TAKEN_DOWN
    ]


def remaining(tasks: Iterable[Task], takedowns: Takedowns) -> tuple[list[Task], list[Finding]]:
    """The work on articles that were not taken down, and a finding for every other line."""
    kept: list[Task] = []
    findings: list[Finding] = []
    for task in tasks:
        entry = takedowns.by_id.get(task.article_id)
        if entry is None:
            kept.append(task)
            continue
        message = f"the export still holds text and work of {task.article_id}, {entry.withheld}"
        findings.append(
            Finding(
                LEFT_OUT,
                "warning",
                message,
                table=f"exports/{task.file}",
                row=task.line,
                ids={"article_id": task.article_id},
                fix="remove the line from the export, and its task from Label Studio",
            )
        )
    return kept, findings


def _parsed(content: bytes, path: Path) -> Takedowns:
    lines: list[Takedown] = []
    findings: list[Finding] = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            lines.append(_entry(line))
        except ValueError as error:
            findings.append(
                Finding(
                    DAMAGED,
                    "error",
                    f"line {number}: {error}",
                    table=path.name,
                    row=number,
                    fix="restore the line from version control",
                )
            )
    if findings:
        raise FindingsError(
            f"{path}: {len(findings)} damaged line(s), first: {findings[0].message}",
            findings,
            hint="restore the file from version control; without it, what was taken down comes back",
        )
    return Takedowns(tuple(lines))


def _entry(line: bytes) -> Takedown:
    """One line. Raises ValueError that says what is wrong with it, in printable characters."""
    try:
        data = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("not JSON") from None
    names = [item.name for item in fields(Takedown)]
    if not isinstance(data, dict) or set(data) != set(names):
        raise ValueError(f"must be an object with the keys {', '.join(names)}")

    def many(key: str, digits: int) -> tuple[str, ...]:
        values = data[key]
        good = isinstance(values, list) and all(_hex(value, digits) for value in values)
        if not good:
            raise ValueError(f"`{key}` must be a list of strings of {digits} hex digits")
        return tuple(values)

    ids = many("ids", 16)
    if data["article_id"] not in ids:
        raise ValueError("`article_id` must be among `ids`")
    if not is_reason(data["reason"]):
        raise ValueError(f"`reason` must be one line of at most {LONGEST} characters")
    return Takedown(
        data["article_id"],
        ids,
        data["reason"],
        many("text_sha256", 64),
        many("signatures", 2 * SLOTS),
    )


def is_reason(text: Any) -> bool:
    """Whether `text` can be the reason of a takedown: one line that is safe to show."""
    return isinstance(text, str) and 0 < len(text.strip()) <= LONGEST and text.isprintable()


def _hex(value: Any, digits: int) -> bool:
    if not isinstance(value, str):
        return False
    if digits in (16, 64):
        return (HEX16 if digits == 16 else HEX64).fullmatch(value) is not None
    return len(value) == digits and all(letter in "0123456789abcdef" for letter in value)
