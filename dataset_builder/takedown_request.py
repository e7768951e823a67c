"""Takes an article down: finds everything that is the same article, and where else it lies."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.errors import UsageError
from dataset_builder.printable import printable
from dataset_builder.takedown import FILE, LONGEST, Takedown, added, is_reason, takedowns_of
from dataset_builder.takedown_signatures import CAUGHT, closest, text_sketches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dataset_builder.articles import Article
    from dataset_builder.grouping import Grouping
    from dataset_builder.ledger import Ledger
    from dataset_builder.project import Project

ALIKE: Final = CAUGHT // 2
"""Equal bytes of a signature from which another article is named as alike."""
NEAREST: Final = 5
DOCUMENTS: Final = (
    "annotations/guidelines*.md",
    "annotations/*.yaml",
    "schemas/ontology.yaml",
    "dataset_card.md",
    "CHANGELOG.md",
)
"""What people write that releases have, too."""
RUN: Final = 8
"""Words in a row of the article from which such a file is named."""


@dataclass(frozen=True)
class Done:
    """What a takedown did, and what is left to do."""

    entry: Takedown
    new: bool
    """Whether the file says anything that it did not say before."""
    alike: tuple[tuple[str, float], ...]
    """Articles of their own with much of the same text, and the estimated similarity."""
    left: tuple[tuple[str, str], ...]
    """Path or address, and what of the article lies there: what the command cannot clear."""


def take_down(project: Project, name: str, reason: str, *, story: bool = False) -> list[Done]:
    """Take down the article `name`: an article id, the id of another fetch of it, or the source of
    its page. With `story`, every article of its story.

    Only `annotations/takedowns.jsonl` is written. Raises UsageError when nobody knows `name` (with
    the nearest that are known) or `reason` is empty or not one printable line; FindingsError when
    ledger or takedowns are damaged.
    """
    from dataset_builder.clean import clean_pages
    from dataset_builder.grouping import group_articles
    from dataset_builder.ledger import read_ledger
    from dataset_builder.registries import load_stories

    if not is_reason(reason):
        raise UsageError(
            f"--reason must be one printable line of at most {LONGEST} characters",
            hint="say who asked and why; it stands in the card of every later release",
        )
    ledger, takedowns = read_ledger(project.ledger), takedowns_of(project)
    articles = clean_pages(project.seeds).articles
    stories = project.path("annotations/stories.yaml")
    listed = load_stories(stories) if stories.is_file() else ()
    groups = group_articles(articles, listed, ledger)
    found = _resolve(name, articles, ledger, {*groups, *takedowns.by_id})
    wanted = [found]
    if story and found in groups:
        wanted = [other for other in groups if groups[other].story == groups[found].story]
    texts = dict(_texts(project, articles))
    entries: dict[str, Takedown] = {}
    for one in wanted:
        ids = _same_article(one, groups, ledger)
        before = next((takedowns.by_id[i] for i in sorted(ids) if i in takedowns.by_id), None)
        called = before.article_id if before else _first(ids, ledger)
        if called not in entries:
            ids |= set(before.ids) if before else set()
            entries[called] = _entry(called, ids, reason.strip(), texts, ledger)
    new = added(project.path(FILE), entries.values())
    kept = takedowns_of(project).entries  # with what was known before
    done = [kept[called] for called in entries]
    lying = list(_lying(project, articles, {name for entry in done for name in entry.ids}))
    for entry in done:
        words = [text for (of, _), text in texts.items() if of in entry.ids]
        lying += _repeated(project, entry.article_id, words)
    alike = _alike(done, articles)
    return [
        Done(entry, is_new, tuple(near), tuple(_left(project, entry, lying)))
        for entry, is_new, near in zip(done, new, alike, strict=True)
    ]


def _entry(
    called: str,
    ids: set[str],
    reason: str,
    texts: Mapping[tuple[str, str], str],
    ledger: Ledger,
) -> Takedown:
    mine = {sha: text for (of, sha), text in sorted(texts.items()) if of in ids}
    known = {line.text_sha256 for line in ledger.lines if line.article_id in ids}
    sketches = text_sketches(list(mine.values()))
    return Takedown(
        article_id=called,
        ids=tuple(sorted({called, *ids})),
        reason=reason,
        text_sha256=tuple(sorted({*known, *mine})),
        signatures=tuple(sorted({row.tobytes().hex() for row in sketches if row.any()})),
    )


def _resolve(name: str, articles: Sequence[Article], ledger: Ledger, known: set[str]) -> str:
    """The article that `name` stands for. Raises UsageError when there is none."""
    sources = {article.source: article.article_id for article in articles}
    found = sources.get(name, name)
    found = ledger.alias_of.get(found, found)
    if found in known:
        return found
    names = sorted({*known, *sources, *ledger.alias_of})
    near = difflib.get_close_matches(name[:64], names, NEAREST, 0.6) if len(names) < 20_000 else []
    near = near or [other for other in names if name and other.startswith(name[:6])][:NEAREST]
    told = ", ".join(printable(other, 80) for other in near)
    raise UsageError(
        f"no article {printable(name, 80)!r} is in the ledger, the seeds or the takedowns",
        hint=f"is it one of these: {told}?" if near else "give the id of an article, 16 hex digits",
    )


def _same_article(name: str, groups: Mapping[str, Grouping], ledger: Ledger) -> set[str]:
    """Every fetch of an article: its group of near-duplicates, and the aliases of all of them."""
    group = groups[name].duplicate_group if name in groups else None
    ids = {name, *(other for other in groups if groups[other].duplicate_group == group)}
    return ids | {alias for alias, owner in ledger.alias_of.items() if owner in ids}


def _first(ids: set[str], ledger: Ledger) -> str:
    """What a takedown is called by: the article that was released, else the smallest id."""
    able = {name for name in ids if name not in ledger.alias_of} or ids
    return min(able, key=lambda name: (name not in ledger.entries, name))


def _texts(project: Project, articles: Iterable[Article]) -> Iterator[tuple[tuple[str, str], str]]:
    """(article_id, text_sha256) -> text, from wherever the project has it."""
    from dataset_builder.studio.exports import iter_export
    from dataset_builder.validate.findings import Finding

    for path in sorted(project.exports.glob("*.jsonl")):
        for task in iter_export(path):
            if not isinstance(task, Finding):
                yield task.key, task.text
    for article in articles:
        yield (article.article_id, article.text_sha256), article.text


def _alike(
    entries: Sequence[Takedown], articles: Sequence[Article]
) -> list[list[tuple[str, float]]]:
    """For each entry the other articles whose texts are like its own, with the share."""
    import numpy as np

    signed = any(entry.signatures for entry in entries)
    sketches = text_sketches([article.text for article in articles] if signed else [])
    found: list[list[tuple[str, float]]] = []
    for entry in entries:
        near: list[tuple[str, float]] = []
        found.append(near)
        others = [at for at, a in enumerate(articles) if a.article_id not in entry.ids]
        if not (entry.signatures and others):
            continue
        raw = b"".join(bytes.fromhex(signature) for signature in entry.signatures)
        known = np.frombuffer(raw, np.uint8).reshape(len(entry.signatures), -1)
        _, counts = closest(sketches[others], known)
        near += [
            (articles[at].article_id, count / known.shape[1])
            for at, count in zip(others, counts, strict=True)
            if count >= ALIKE
        ]
    return found


def _lying(
    project: Project, articles: Sequence[Article], wanted: set[str]
) -> Iterator[tuple[str, str, dict[str, list[int]]]]:
    """Everything in the project that holds one of `wanted`: where, what lies there, and which of
    them, with their lines where it is a file of lines."""
    for article in articles:
        if article.article_id in wanted:
            yield str(project.seeds / article.source), "its page", {article.article_id: []}
    for path in sorted(project.exports.glob("*.jsonl")):
        lines = _lines_of(path, wanted)
        if lines:
            yield str(path), "its text and annotations", lines
    for folder in _releases(project.releases):
        there = wanted.intersection(_ids_in(sorted((folder / "articles").glob("*.parquet"))))
        if there:
            yield str(folder), "a release that has it", {name: [] for name in there}
    for parts in sorted(project.root.glob("*/articles")):
        if parts.parent != project.releases:
            there = wanted.intersection(_ids_in(sorted(parts.glob("part-*.parquet"))))
            if there:
                what = "a cleaned corpus; `clean --out` there again leaves it out"
                yield str(parts.parent), what, {name: [] for name in there}


def _repeated(
    project: Project, name: str, texts: Sequence[str]
) -> Iterator[tuple[str, str, dict[str, list[int]]]]:
    """The same for documents of the project that every release has, and words of `texts` in them."""
    from dataset_builder.release.quoted import documents_of, passages

    files = [path for pattern in DOCUMENTS for path in project.root.glob(pattern)]
    found = passages(documents_of(files, project.root), texts, RUN)
    for file, there in found.items():
        lines = sorted({run.line for run in there})
        yield str(project.path(file)), f"{RUN} or more of its words in a row", {name: lines}


def _left(
    project: Project, entry: Takedown, lying: Iterable[tuple[str, str, Mapping[str, list[int]]]]
) -> Iterator[tuple[str, str]]:
    """Where the article still lies, and what of it."""
    for place, what, there in lying:
        mine = [name for name in entry.ids if name in there]
        if mine:
            lines = sorted(line for name in mine for line in there[name])
            yield f"{place}, line {', '.join(map(str, lines))}" if lines else place, what
    if project.server_data.is_dir():
        yield str(project.server_data), "the embedded Label Studio: delete its tasks there"
    if url := os.environ.get("LABEL_STUDIO_URL"):
        yield url.rsplit("@", 1)[-1], "Label Studio: delete its tasks there"


def _lines_of(path: Path, ids: set[str]) -> dict[str, list[int]]:
    """Article -> lines of an export that are about it."""
    from dataset_builder.studio.exports import iter_export
    from dataset_builder.validate.findings import Finding

    found: dict[str, list[int]] = {}
    for task in iter_export(path):
        if not isinstance(task, Finding) and task.article_id in ids:
            found.setdefault(task.article_id, []).append(task.line)
    return found


def _releases(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []


def _ids_in(parts: Iterable[Path]) -> Iterator[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for part in parts:
        try:
            found = pq.read_table(part, columns=["article_id"])["article_id"].to_pylist()
        except (pa.ArrowException, OSError, KeyError):
            continue  # it cannot be told, and `validate` says that it is damaged
        yield from found


ELSEWHERE: Final = (
    "earlier versions that were published (folders, S3, the Hub) and their tags",
    "the history of version control, which keeps pages and exports that are deleted now",
    "copies that others downloaded, and models trained on them: tell the people who use the data",
)
"""Where nobody can look from here."""


def _counted(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


def summary(done: Sequence[Done]) -> str:
    """What was done and what is left to do, for a person."""
    lines = []
    for item in done:
        entry = item.entry
        verb = "is taken down" if item.new else "was taken down already; nothing changed"
        lines.append(f"{entry.article_id} {verb}: {printable(entry.reason, LONGEST)}")
        others = [name for name in entry.ids if name != entry.article_id]
        if others:
            lines.append(f"  with its other fetches {', '.join(others)}")
        known = ", ".join(
            (
                _counted(len(entry.ids), "id"),
                _counted(len(entry.text_sha256), "hash", "hashes") + " of texts",
                _counted(len(entry.signatures), "signature"),
            )
        )
        lines.append(f"  kept to keep it out: {known}")
        if not entry.signatures:
            lines.append(
                "  its text is nowhere at hand, so another fetch is recognised only by an equal text"
            )
        for name, share in item.alike:
            lines.append(f"  {name} is another article, but alike ({share:.2f}); it stays")
        if item.left:
            lines.append("  not cleared, and yours to clear:")
            lines += [f"    {printable(place, 300)}: {what}" for place, what in item.left]
    lines.append("Not seen from here:")
    lines += [f"  {place}" for place in ELSEWHERE]
    lines.append(
        f"Commit {FILE}, raise `version` (rows go away: MINOR; all of a split: MAJOR), describe it in "
        "CHANGELOG.md, and `dataset-builder build`."
    )
    return "\n".join(lines)
