"""Pages whose lines were all broken at one width read as if they had not been."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from dataset_builder.articles import RawPage
from dataset_builder.clean import clean_page
from dataset_builder.clean.text import normalise_lines, strip_lines
from dataset_builder.clean.wrapped import ALONE, joined, one_line
from dataset_builder.sources import decode_page

ROOT = Path(__file__).parents[2]
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))


def page_of(text: str) -> RawPage:
    page = decode_page("page.txt", text.encode())
    assert isinstance(page, RawPage)
    return page


def wrapped(text: str, width: int) -> str:
    lines = (
        textwrap.wrap(line, width, break_on_hyphens=False) or [""] for line in text.split("\n")
    )
    return "\n".join("\n".join(parts) for parts in lines)


def paragraphs_of(text: str) -> list[str]:
    article = clean_page(page_of(text)).article
    assert article is not None
    return article.text.split("\n\n")


@pytest.mark.parametrize("width", [66, 72, 80, 100])
@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem[:3])
def test_a_wrapped_page_gives_the_paragraphs_of_the_page(seed: Path, width: int) -> None:
    text = seed.read_text(encoding="utf-8")
    expected = paragraphs_of(text)
    found = paragraphs_of(wrapped(text, width))
    # A last line without a full stop may be a line of its own.
    assert len(set(expected) - set(found)) <= 1
    assert " ".join(found) == " ".join(expected)


@pytest.mark.parametrize(
    "page", [*SEEDS, *sorted((ROOT / "tests/golden/pages").rglob("*.txt"))], ids=lambda p: p.stem
)
def test_other_pages_stay_as_they_are(page: Path) -> None:
    lines, gaps, _ = strip_lines(normalise_lines(page.read_text(encoding="utf-8")))
    assert joined(lines, gaps) is None


def test_a_list_of_headlines_is_no_paragraph() -> None:
    lines = [f"Minister number {n} visits the harbour of Bergen for talks" for n in range(10, 60)]
    assert joined(lines, [0] * len(lines)) is None


@pytest.mark.parametrize("width", [72, 80, 100, 120])
def test_a_single_wrapped_paragraph_is_one_where_its_sentences_plainly_go_on(width: int) -> None:
    tried = 0
    for seed in SEEDS:
        text = seed.read_text(encoding="utf-8")
        expected = paragraphs_of(text)
        lines = text.split("\n")
        for at, line in enumerate(lines):
            broken = wrapped(line, width)
            parts = broken.split("\n")
            on = [part[0].islower() for part in parts[1:]]
            on += [len(part) >= ALONE and (part[-1].isalnum() or part[-1] == ",")
                   for part in parts[:-1]]  # fmt: skip
            if len(parts) > 1 and all(on) and line.strip() in expected:
                page = "\n".join([*lines[:at], broken, *lines[at + 1 :]])
                assert paragraphs_of(page) == expected, broken
                tried += 1
    assert tried >= 3


def test_what_only_looks_like_a_wrapped_paragraph_stays() -> None:
    opening = "The harbour council met on Monday and heard what the engineers had to say of"
    for lines in (
        [f"{opening}:", "the old crane, the new crane and the long pier."],  # a list
        [opening, "The old crane, the new crane and the long pier."],  # a heading
        [opening, "the old crane, the new crane and the long pier"],  # entries of a menu
        [opening, f"the old crane, the new crane and the long pier, {opening}."],  # no width
        ["The council met on Monday and heard", "what the engineers had to say."],  # narrow
    ):
        assert joined(lines, [0, 0]) is None, lines
    assert joined([opening, "the old crane, the new crane and the pier."], [0, 0]) == [range(2)]
    assert joined([opening, "the old crane, the new crane and the pier."], [0, 1]) is None


def test_every_line_of_a_paragraph_has_its_decision() -> None:
    shown = clean_page(page_of(wrapped(SEEDS[0].read_text(encoding="utf-8"), 72))).lines
    first = next(n for n, line in enumerate(shown) if "will meet his Turkish" in line.text)
    assert {line.role for line in shown[first : first + 5]} == {"body"}
    assert len({line.score for line in shown[first : first + 5]}) == 1


def test_a_hyphen_at_the_end_of_a_line_needs_no_space() -> None:
    assert one_line(["the rebel-", "held town -", "a ruin"]) == "the rebel-held town - a ruin"
