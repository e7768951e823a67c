"""Small invented corpora: many pages of a few sites, quick to clean."""

from __future__ import annotations

import hashlib
from random import Random
from typing import TYPE_CHECKING

from dataset_builder.articles import RawPage, Stated
from dataset_builder.ontology import load_ontology
from dataset_builder.project import packaged

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.ontology import Ontology

WORDS = ("harbour", "council", "bridge", "winter", "budget", "river", "teacher", "market", "engine",
    "valley", "ferry", "police", "border", "station", "village", "minister", "report", "summer",
    "quarry", "orchard", "tunnel", "letter", "forest", "museum", "island", "factory", "doctor",
    "railway", "meadow", "journey", "senator", "weather", "kitchen", "captain", "lantern")  # fmt: skip
MENU = ("Home", "World news", "Sport and weather", "Subscribe to our paper", "Search this site")
FOOTER = (
    "All rights reserved by the publisher",
    "Contact the editors",
    "Issue no. {n} of our paper",
)


def sentence(rng: Random) -> str:
    words = [rng.choice(WORDS) for _ in range(rng.randint(9, 16))]
    return f"{words[0].title()} and {' '.join(words[1:])} were discussed by the council on Monday."


def body(number: int) -> str:
    rng = Random(number)
    return "\n".join(" ".join(sentence(rng) for _ in range(2)) for _ in range(2))


def text(number: int, *, article: int | None = None) -> str:
    """A page; `article` is the number of the article on it, if it is not the page's own."""
    footer = "\n".join(FOOTER).format(n=number)
    return "\n".join((*MENU, body(number if article is None else article), footer))


def page(number: int, site: str = "one.example", *, article: int | None = None) -> RawPage:
    content = text(number, article=article)
    digest = hashlib.sha256(f"{site} {content}".encode()).hexdigest()
    stated = Stated(url=f"https://{site}/{number}")
    return RawPage(digest[:16], f"pages.jsonl#{number}", digest, content, stated=stated)


def folder(place: Path, count: int) -> Path:
    """`count` page files in `place`, one in twenty a copy of the one before on another site, and
    two files that hold no text."""
    for number in range(count):
        site = place / f"site{number % 3}"
        site.mkdir(parents=True, exist_ok=True)
        article = number - 1 if number % 20 == 19 else number
        (site / f"{number:05}.txt").write_text(text(number, article=article), encoding="utf-8")
    (place / "empty.txt").write_bytes(b"")
    (place / "binary.txt").write_bytes(b"\0\1\2" * 40)
    return place


def ontology() -> Ontology:
    return load_ontology(packaged("schemas/ontology.yaml"))


SMALL = {"MEAN": 16, "LEAST": 4, "MOST": 40}
"""Sizes of batches (see `corpus.batches`) that divide a small corpus, too."""


def content(place: Path) -> dict[str, bytes]:
    """Every file below `place` by its path, those that begin with a dot apart."""
    return {
        file.relative_to(place).as_posix(): file.read_bytes()
        for file in sorted(place.rglob("*"))
        if file.is_file() and not file.name.startswith(".")
    }
