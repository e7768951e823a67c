"""Words of articles that stand in documents: runs of them, wherever they begin and end.

`validate` knows whole sentences by their hashes alone; here the texts are at hand, so n-grams are
compared (as is usual for finding test data in training text: Brown et al., "Language Models are
Few-Shot Learners", 2020, appendix C). Case, punctuation and line ends make no difference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.grouping.shingles import UNSPACED
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dataset_builder.release.documents import Release

QUOTED: Final = "REL106"
LEAST: Final = 12
"""Words in a row from which a document of a release without text is said to repeat an article."""
_ALONE: Final = "".join(f"{chr(first)}-{chr(last)}" for first, last in UNSPACED)
_WORD: Final = re.compile(rf"[{_ALONE}]|[^\W{_ALONE}]+")
_BATCH: Final = 1_000
_LARGEST: Final = 16 << 20
"""Bytes of a document that is looked into."""


@dataclass(frozen=True)
class Passage:
    """A run of words of a document, all of which stand in articles."""

    line: int
    """Where it begins, from 1."""
    words: int


def passages(
    documents: Mapping[str, str], texts: Iterable[str], least: int
) -> dict[str, list[Passage]]:
    """By document that has any, its runs of `least` words or more that a text has, too, in order.

    Runs that touch each other count as one. Holds the documents and one text at a time.
    """
    found = {name: list(_words(text)) for name, text in documents.items()}
    wanted = {gram for words in found.values() for gram in _grams([w for w, _ in words], least)}
    met: set[tuple[str, ...]] = set()
    for text in texts if wanted else ():
        met |= wanted.intersection(_grams([word for word, _ in _words(text)], least))
    runs = {name: list(_runs(words, met, least)) for name, words in found.items()} if met else {}
    return {name: there for name, there in runs.items() if there}


def _words(text: str) -> Iterator[tuple[str, int]]:
    """The words of a text, and their lines."""
    for number, line in enumerate(text.split("\n"), 1):
        for match in _WORD.finditer(line):
            yield match[0].lower(), number


def _grams(words: Sequence[str], least: int) -> Iterator[tuple[str, ...]]:
    return zip(*(words[first:] for first in range(least)), strict=False)


def _runs(
    words: Sequence[tuple[str, int]], met: set[tuple[str, ...]], least: int
) -> Iterator[Passage]:
    first = last = -1
    for at, gram in enumerate(_grams([word for word, _ in words], least)):
        if gram not in met:
            continue
        if first < 0 or at > last + least:
            if first >= 0:
                yield Passage(words[first][1], last + least - first)
            first = at
        last = at
    if first >= 0:
        yield Passage(words[first][1], last + least - first)


def documents_of(files: Iterable[Path], root: Path) -> dict[str, str]:
    """The texts of files below `root`, by their paths there."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(files)
        if path.is_file() and path.stat().st_size <= _LARGEST
    }


def quoted(folder: Path, release: Release) -> list[Finding]:
    """A warning for each document of the release without text at `folder` that has LEAST or more
    words in a row of an article of `release`, which has its text."""
    from dataset_builder.release.withhold import FOLDER

    documents = documents_of(
        (
            path
            for path in folder.rglob("*")
            if path.suffix not in (".parquet", ".json") and folder / FOLDER not in path.parents
        ),
        folder,
    )
    return [
        Finding(
            QUOTED,
            "warning",
            f"{sum(run.words for run in there)} words stand in an article as well, in runs of up to "
            f"{max(run.words for run in there)}: line {', '.join(str(run.line) for run in there[:8])}"
            f"{', ...' if there[8:] else ''}",
            table=name,
            fix="say it with words of your own in the file of the project that it is made from, or "
            "make sure that you may quote so much",
        )
        for name, there in sorted(passages(documents, _texts(release), LEAST).items())
    ]


def _texts(release: Release) -> Iterator[str]:
    for (name, _), table in sorted(release.tables.items(), key=lambda item: item[0]):
        if name == "articles":
            for batch in table.select(["title", "text"]).to_batches(max_chunksize=_BATCH):
                for column in batch.columns:
                    yield from (text for text in column.to_pylist() if text)
