"""The author of an article, as the lines around its title name them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.metadata.dates import MONTH_OF, read_date
from dataset_builder.clean.metadata.names import (
    AGENCIES,
    NO_AUTHOR_WORDS,
    NO_PLACE_WORDS,
    PRESS_WORDS,
    SMALL,
    TEXT,
    is_person,
)
from dataset_builder.clean.metadata.words import DATE_LINE_WORDS
from dataset_builder.clean.text import fold
from dataset_builder.clean.vocabulary import CUES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_BY: Final = re.compile(
    r"(?:written by|reported by|story by|posted by|words by|by|geschrieben von|von|par|por|di|door|av|af|autora?|author|auteur|автор|текст|haber|yazar|yazan|بقلم|كتبت?|text)"
    r"(?:\s*:\s*|\s+|(?=[A-ZÄÖÜÉ][\w.]*\s?[A-ZÄÖÜÉ.]))(?P<name>\S.*)",
    re.IGNORECASE,
)
_BY_INSIDE: Final = re.compile(
    r"(?:^|[\s|•·/,–—-])(?:by|von|par|por|BY|VON|PAR|POR|By|Von|Par|Por)\s+(?P<name>[^\W\d_].*)"
)
_NAMED: Final = re.compile(
    r"(?:作者|记者|文|撰文|記者)\s?[:：/]\s?(?P<name>[\u4e00-\u9fff·]{2,4})(?![\u4e00-\u9fff])"
)
"""Names in Chinese, which no capitals show."""
_PARTS: Final = re.compile(r"\s*[|•·]\s*|\s+[–—-]\s+")
_BY_ALONE: Final = re.compile(
    r"(?:by|von|par|por|author|autor|auteur|автор|بقلم)\s*:?", re.IGNORECASE
)
_END: Final = re.compile(r"[,|•·/–—(:]|\s-\s|\s{2,}")
_WHEN: Final = re.compile(r"(?:on|am|le|el|em|il|at|um|,)?\s*[\W\d]", re.IGNORECASE)
_JOBS: Final = frozenset(CUES["author"].split()) - {"born", "writes", "covers", "lives", "studied"}
_NO_PERSON: Final = PRESS_WORDS | NO_PLACE_WORDS | frozenset(
    " ".join(CUES[group] for group in ("share", "form", "comment", "legal", "consent")).split()
)  # fmt: skip
"""Words of what stands beside a date and is no name: "Share Print Save"."""
_NO_NAME: Final = NO_AUTHOR_WORDS | frozenset(DATE_LINE_WORDS.split())


def byline_of(
    lines: Sequence[str],
    head: Sequence[int],
    tail: Sequence[int],
    date_at: int | None,
    others: Collection[str | None],
    roles: dict[int, str],
) -> str | None:
    """The author: the name after "By", on the same line or the next, else a name beside the date.

    `head` are the lines between title and text, `tail` the first ones after the body, `date_at` the
    line of the publication date; `others` (title, outlet) are no author. Marks the line in `roles`.
    """
    known = {fold(text) for text in others if text} - {""}
    for at in [*reversed(head), *tail]:
        name = _after_by(lines[at], dated=at == date_at)
        if name:
            name = _without(name, known)
            roles.setdefault(at, "byline")
            return name
        if job := with_job(lines[at]):
            roles.setdefault(at, "byline")
            return job
        if at + 1 in head and _BY_ALONE.fullmatch(lines[at]) and is_person(lines[at + 1]):
            roles[at] = roles[at + 1] = "byline"
            return lines[at + 1].strip(" ,")
    if date_at is None:
        return None
    # "3 June 2025 | Anna Berg"
    parts = _PARTS.split(lines[date_at]) if len(lines[date_at]) <= TEXT else []
    if len(parts) == 2:
        for one, other in (parts, reversed(parts)):
            if read_date(one) and bare_name(other) and fold(other) not in known:
                return other
    for at in (date_at - 1, date_at + 1):
        if at not in head or not bare_name(lines[at].rstrip(" ,")):
            continue
        # A section's name stands in the menu too.
        if lines.count(lines[at]) <= 2 and not any(key.endswith(fold(lines[at])) for key in known):
            roles.setdefault(at, "byline")
            return lines[at].rstrip(" ,")
    return None


def with_job(line: str) -> str | None:
    """The name in "Anna Berg, political editor"."""
    name, _, job = line.partition(",")
    words = job.split(None, 5) if job else ()
    if not 1 <= len(words) <= 5 or not bare_name(name.strip()):
        return None
    plain = {word.casefold().strip(".,") for word in words}
    return name.strip() if plain & _JOBS and job == job.casefold() else None


def _without(name: str, known: Collection[str]) -> str:
    """`name` without the paper's that follows it: "Anna Berg Coastal Herald"."""
    words = name.split()
    for count in range(2, len(words)):
        if fold(" ".join(words[count:])) in known:
            return " ".join(words[:count])
    return name


def only_by(line: str) -> bool:
    """Whether a stripped line is nothing but "By" and a name."""
    return (
        len(line) <= TEXT
        and _BY.match(line) is not None
        and _after_by(line, dated=False) is not None
    )


def bare_name(line: str) -> bool:
    """Whether a stripped line is a person's name and nothing else."""
    words = line.split()
    return (
        2 <= len(words) <= 4 and is_person(line) and "," not in line and line[-1] != "."
        and line != line.casefold()  # without capitals, anything could be a name
        and not any(word.casefold() in _NO_PERSON for word in words)
    )  # fmt: skip


def _after_by(line: str, *, dated: bool) -> str | None:
    """The name after the "By" that a line begins with, or, on a line with the date, after one inside."""
    named = None if line.isascii() or len(line) > TEXT else _NAMED.search(line)
    if named and (dated or named.start() == 0):
        return named["name"]
    found = _BY.match(line)
    if not found and dated:
        found = _BY_INSIDE.search(line)
    if not found:
        return None
    words: list[str] = []
    text = found["name"]
    end = 0
    stop = _END.search(text)
    limit = stop.start() if stop else len(text)
    for match in re.finditer(r"\S+", text[:limit]):
        word = match.group()
        small = word.casefold() in SMALL
        if word[0].isdigit() or not (small or (word[0].isalpha() and word[0] == word[0].upper())):
            break
        plain = word.casefold().strip(".,")
        if (small and not words) or (words and (plain in _NO_NAME or plain in MONTH_OF)):
            break
        words.append(word)
        end = match.end()
    while words and words[-1].casefold() in SMALL:
        end -= len(words.pop()) + 1
    name, rest = text[:end].strip(" ."), text[end:]
    if not name:
        return None
    if len(words) > 1 and rest.split() and rest.split()[0].casefold() in NO_AUTHOR_WORDS:
        rest = ""  # "By Anna Berg Follow"
    # What follows must be something else or the date: "By Popular Demand 2020" is no byline.
    if not (
        not rest.strip(" .") or rest.startswith("  ") or rest.lstrip().startswith(tuple(",|•·/–—-("))
        or read_date(rest.strip()) or (dated and read_date(line))
    ):  # fmt: skip
        return None
    press = any(word.casefold() in PRESS_WORDS for word in name.split())
    if (is_person(name) and not press) or fold(name) in AGENCIES:
        return name
    if (
        dated
        and len(name.split()) == 1
        and name.isalpha()
        and name.casefold() not in NO_AUTHOR_WORDS
        and len(name) > 1
    ):
        return name
    return None
