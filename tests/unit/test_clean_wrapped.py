"""Pages whose lines were all broken at one width read as if they had not been."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from dataset_builder.articles import RawPage
from dataset_builder.clean import clean_page
from dataset_builder.clean.text import normalise_lines, strip_lines
from dataset_builder.clean.wrapped import joined, one_line
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


def test_every_line_of_a_paragraph_has_its_decision() -> None:
    shown = clean_page(page_of(wrapped(SEEDS[0].read_text(encoding="utf-8"), 72))).lines
    first = next(n for n, line in enumerate(shown) if "will meet his Turkish" in line.text)
    assert {line.role for line in shown[first : first + 5]} == {"body"}
    assert len({line.score for line in shown[first : first + 5]}) == 1


def test_a_hyphen_at_the_end_of_a_line_needs_no_space() -> None:
    assert one_line(["the rebel-", "held town -", "a ruin"]) == "the rebel-held town - a ruin"
