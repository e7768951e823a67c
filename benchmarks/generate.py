"""Pages of invented news sites, as many as wanted, for measuring speed, memory and grouping.

    python benchmarks/generate.py 10000 pages.jsonl.zst [--seed 1] [--sites 200] [--truth FILE]
    python benchmarks/generate.py 1000 folder/

Every page is a function of the seed and its number, so it streams and any part can be made again.
Articles have their own people, places and figures; sites have their own menus, notices, comment
forms and lists of other headlines. About one page in eight is a copy of an earlier article: fetched
again, carried by another site, or carried with some sentences changed. `--truth` gets a line per
page: body, and for copies the page, the kind and the similarity (Jaccard, five words in a row).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import IO, TYPE_CHECKING

import phrases
import pyarrow as pa
from phrases import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

COPIES = (("refetched", 0.03), ("syndicated", 0.04), ("edited", 0.05))
"""Share of pages of each kind; all others are articles of their own."""
BACK = 2000
"""A copy is of one of so many pages before it."""


@dataclass(frozen=True)
class Report:
    """An invented article."""

    number: int
    language: Language
    title: str
    paragraphs: tuple[tuple[str, ...], ...]
    """Sentences by paragraph."""
    people: tuple[str, ...]
    dateline: str

    @property
    def body(self) -> str:
        """The text as a cleaner should find it."""
        return "\n\n".join(" ".join(paragraph) for paragraph in self.paragraphs)


@dataclass(frozen=True)
class Site:
    """What all pages of a site share."""

    host: str
    name: str
    language: Language
    above: tuple[str, ...]
    below: tuple[str, ...]
    tools: tuple[str, ...]
    related: tuple[str, ...]
    layout: int
    """Bits: blank lines between lines, date below the title, caption, credits, read-also lines."""


@dataclass(frozen=True)
class Page:
    """One generated page."""

    number: int
    url: str
    text: str
    report: Report
    kind: str
    of: int
    """Number of the page whose article this is; its own for an original."""
    similarity: float


class Writer:
    """Fills the slots of phrases, with names that stay the same within one article."""

    def __init__(self, rng: Random, language: Language) -> None:
        self.random = rng.random
        self.language = language
        self.syllables = _syllables(language.code, language.syllables)
        self.slots = {
            "p": tuple(f"{self.name()} {self.name()}" for _ in range(4)),
            "c": tuple(self.name() for _ in range(3)),
            "S": language.subjects, "V": language.verbs, "O": language.objects,
            "T": language.times, "L": language.places, "R": language.reasons,
            "Q": language.sayings,
        }  # fmt: skip
        companies = tuple(self.pick(language.companies).format(x=self.name()) for _ in range(3))
        self.slots["o"] = companies
        self.named = tuple(
            pattern for pattern in language.patterns if "{p}" in pattern or "{o}" in pattern
        )

    def pick(self, among: tuple[str, ...]) -> str:
        """One of them."""
        return among[int(self.random() * len(among))]

    def name(self) -> str:
        """An invented name."""
        syllables = self.syllables
        name = self.pick(syllables) + self.pick(syllables)
        return _capital(name if self.random() < 0.6 else name + self.pick(syllables))

    def fill(self, pattern: str) -> str:
        """`pattern` with every slot filled, those of the phrases put in too."""
        out = []
        for literal, slot in _pieces(pattern):
            out.append(literal)
            if slot == "n":
                out.append(str(2 + int(self.random() ** 3 * 900)))
            elif slot in "SOTLRQ" and slot:
                out.append(self.fill(self.pick(self.slots[slot])))
            elif slot:
                out.append(self.pick(self.slots[slot]))
        return "".join(out)

    def paragraph(self) -> tuple[str, ...]:
        """One to four sentences. One that stands alone names somebody of this article: the same
        paragraph in two articles would be a template line, and no news site has that."""
        count = 1 + int(self.random() * 4)
        if count == 1:
            return (_capital(self.fill(self.pick(self.named))),)
        return tuple(self.sentence() for _ in range(count))

    def sentence(self) -> str:
        """One sentence."""
        return _capital(self.fill(self.pick(self.language.patterns)))

    def headline(self) -> str:
        """The title of an article."""
        return _capital(self.fill(self.pick(self.language.headlines)))


@cache
def _syllables(_code: str, syllables: str) -> tuple[str, ...]:
    return tuple(syllables.split())


@cache
def _pieces(pattern: str) -> tuple[tuple[str, str], ...]:
    """Literal text and the slot after it, which is empty at the end."""
    parts = pattern.split("{")
    pieces = [parts[0]]
    slots = []
    for part in parts[1:]:
        slot, _, literal = part.partition("}")
        slots.append(slot)
        pieces.append(literal)
    return tuple(zip(pieces, [*slots, ""], strict=True))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class World:
    """All sites and pages of one seed."""

    def __init__(self, seed: int, sites: int) -> None:
        self.seed = seed
        self.count = sites
        self.site = lru_cache(maxsize=None)(self._site)
        self.report = lru_cache(maxsize=64)(self._report)

    def rng(self, purpose: int, number: int) -> Random:
        """Chance for one purpose and one page, site or article."""
        return Random((self.seed << 72) | (purpose << 64) | number)

    def _site(self, number: int) -> Site:
        rng = self.rng(1, number)
        language = phrases.LANGUAGES[number % len(phrases.LANGUAGES)]
        writer = Writer(rng, language)
        name = f"{writer.name()} {rng.choice(('Post', 'News', '24', 'Online', 'Times', 'Herald'))}"

        def some(lines: tuple[str, ...], least: int) -> list[str]:
            return rng.sample(lines, rng.randint(min(least, len(lines)), len(lines)))

        menu = some(language.topics, 6) + [writer.name() for _ in range(rng.randint(0, 6))]
        notices = [writer.fill(notice) for notice in some(language.notices, 2)]
        slogan = _capital(writer.fill("{S} {V} {O}, {R}")) if rng.random() < 0.3 else name
        above = [name, slogan, *menu, *some(language.tools, 2)]
        above += notices[:1] if rng.random() < 0.5 else []
        below = list(language.form) if rng.random() < 0.6 else []
        below += notices[1:] + some(language.topics, 3)
        below += [f"© {rng.randint(2005, 2024)} {name}"]
        return Site(
            f"www.{number:x}-{'news' if rng.random() < 0.5 else 'post'}.example",
            name, language, tuple(above), tuple(below), tuple(some(language.tools, 2)),
            tuple(some(language.related, 1)), rng.getrandbits(8),
        )  # fmt: skip

    def site_of(self, number: int) -> int:
        """Few sites have many pages, many have few."""
        return int(self.rng(2, number).random() ** 2 * self.count)

    def _report(self, number: int) -> Report:
        rng = self.rng(3, number)
        language = self.site(self.site_of(number)).language
        writer = Writer(rng, language)
        title = writer.headline()
        count = 3 + int(rng.random() ** 2 * 22)
        paragraphs = tuple(writer.paragraph() for _ in range(count))
        return Report(
            number, language, title, paragraphs, writer.slots["p"], writer.slots["c"][0].upper()
        )

    def kind(self, number: int) -> str:
        """Whether a page is an original or what kind of copy."""
        draw = self.rng(4, number).random()
        for kind, share in COPIES if number > 10 else ():
            if draw < share:
                return kind
            draw -= share
        return "original"

    def page(self, number: int) -> Page:
        """Page `number`, counted from 0."""
        rng = self.rng(5, number)
        kind, of, place = self.kind(number), number, self.site_of(number)
        if kind != "original":
            of = number - 1 - int(rng.random() * min(number, BACK))
            while self.kind(of) != "original":
                of -= 1
        report = self.report(of)
        similarity = 1.0
        if kind == "refetched":
            place = self.site_of(of)
        elif kind != "original":
            step = len(phrases.LANGUAGES)  # another site in the same language
            place = self.site_of(of) + step * rng.randint(1, max(1, self.count // step - 1))
            place %= self.count - self.count % step or self.count
        if kind == "edited":
            report, similarity = _edited(report, rng)
        site = self.site(place)
        text = "\n".join(_lines(site, report, rng))
        if site.layout & 1:
            text = text.replace("\n", "\n\n")
        return Page(number, f"https://{site.host}/{number}", text, report, kind, of, similarity)


def _edited(report: Report, rng: Random) -> tuple[Report, float]:
    """The report with some sentences written anew, and how similar it still is."""
    share = rng.random() * 0.25
    writer = Writer(rng, report.language)
    paragraphs = tuple(
        tuple(writer.sentence() if rng.random() < share else old for old in paragraph)
        for paragraph in report.paragraphs
    )
    new = Report(
        report.number, report.language, report.title, paragraphs, report.people, report.dateline
    )
    one, two = _grams(report.body), _grams(new.body)
    return new, len(one & two) / max(1, len(one | two))


def _grams(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return set(zip(*(words[at:] for at in range(5)), strict=False))


def _lines(site: Site, report: Report, rng: Random) -> Iterator[str]:
    """The lines of the page that `site` makes of `report`."""
    language = report.language
    writer = Writer(rng, language)
    date = language.date.format(
        day=rng.randint(1, 28), month=rng.choice(language.months), year=rng.randint(2008, 2024)
    )
    yield f"{report.title} - {site.name}"
    yield from site.above
    yield report.title
    if site.layout & 2:
        yield date
    yield language.byline.format(p=report.people[0])
    if not site.layout & 2:
        yield f"{date} {rng.randint(0, 23):02}:{rng.randint(0, 59):02}"
    yield from site.tools
    if site.layout & 4:
        yield writer.fill(language.photo)
    first = f"{report.dateline} ({site.name}) - " if site.layout & 8 else ""
    for at, paragraph in enumerate(report.paragraphs):
        yield first + " ".join(paragraph)
        first = ""
        if site.layout & 16 and at and at % 6 == 0:
            yield language.also + writer.headline()
    for heading in site.related:
        yield heading
        for _ in range(3 + site.layout % 5):
            yield writer.headline()
    yield from site.below


@contextlib.contextmanager
def _sink(path: Path) -> Iterator[IO[bytes]]:
    if path.suffix == ".zst":
        with pa.CompressedOutputStream(str(path), "zstd") as stream:
            yield stream
    else:
        with path.open("wb") as file:
            yield file


def write(
    count: int, out: Path, *, seed: int = 1, sites: int = 0, truth: Path | None = None
) -> int:
    """Write `count` pages to a .jsonl or .jsonl.zst file or into a folder; their size in bytes."""
    world = World(seed, sites or max(10, count // 400))
    total = 0
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(_sink(out)) if ".jsonl" in out.name else None
        answers = stack.enter_context(truth.open("w", encoding="utf-8")) if truth else None
        for number in range(count):
            page = world.page(number)
            content = page.text.encode()
            total += len(content)
            if sink is not None:
                row = {"url": page.url, "text": page.text}
                sink.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            else:
                file = out / page.url.split("/")[2] / f"{number:08}.txt"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            if answers is not None:
                answer = {
                    "number": number, "url": page.url, "kind": page.kind, "of": page.of,
                    "similarity": round(page.similarity, 4), "body": page.report.body,
                }  # fmt: skip
                answers.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return total


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("count", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sites", type=int, default=0, help="[a 400th of the pages, at least 10]")
    parser.add_argument("--truth", type=Path)
    given = parser.parse_args()
    size = write(given.count, given.out, seed=given.seed, sites=given.sites, truth=given.truth)
    sys.stderr.write(f"{given.count:,} pages, {size / 1e6:,.1f} MB of text\n")


if __name__ == "__main__":
    main()
