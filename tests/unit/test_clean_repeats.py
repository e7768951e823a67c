"""No paragraph stands twice in an article, however its second copy is written."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.articles import RawPage
from dataset_builder.clean import clean_page
from dataset_builder.clean.body import key_of
from dataset_builder.clean.lines import look
from dataset_builder.clean.text import fold

FIRST = (
    "The harbour council voted on Tuesday to close the old swing bridge for two years, because "
    "its bearings can no longer be repaired, the head of works told a crowded meeting in the hall."
)
LONG = (
    "“We have waited far too long,” said Marit Ness, who runs the fish market; her well-kept stalls "
    "stand right below the bridge, and she fears that few of her customers will walk the long way "
    "round by the mill, least of all in winter, when the quay is icy and the wind comes off the sea."
)
LAST = (
    "Work is to begin in March, after the spring floods, and a small ferry will carry people across "
    "the channel every ten minutes until the new bridge opens, the council said in its statement."
)

COPIES = {
    "the same": LONG,
    "straight quotation marks": LONG.replace("“", '"').replace("”", '"'),
    "no punctuation": "".join(c for c in LONG if c.isalnum() or c.isspace()),
    "capitals": LONG.upper(),
    "double spaces": LONG.replace(" ", "  "),
    "no-break spaces": LONG.replace(", ", ",\u00a0"),
    "hyphens": LONG.replace("well-kept", "well‑kept").replace("fish market", "fish-market"),
}


def text_of(*paragraphs: str) -> str:
    page = "\n\n".join(["Old bridge to close for two years", *paragraphs])
    digest = hashlib.sha256(page.encode()).hexdigest()
    article = clean_page(RawPage(digest[:16], "bridge.txt", digest, page)).article
    assert article is not None
    return article.text


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_long_paragraph_in_another_spelling_is_the_same_paragraph(copy: str) -> None:
    assert text_of(FIRST, LONG, LAST, copy) == f"{FIRST}\n\n{LONG}\n\n{LAST}"


def test_a_paragraph_of_other_words_stays() -> None:
    other = LONG.replace("fish market", "fish hall")
    assert text_of(FIRST, LONG, LAST, other) == f"{FIRST}\n\n{LONG}\n\n{LAST}\n\n{other}"


LINES = st.lists(
    st.text("aAbBßẞİıσςΣé٣½. ,-“”\u0301中\u00a0", min_size=1, max_size=9)
    .map(str.strip)
    .filter(bool),
    min_size=1,
    max_size=12,
)


@given(LINES)
def test_lines_that_count_as_the_same_have_as_many_signs(lines: list[str]) -> None:
    signs = look(lines, [0] * len(lines), [len(lines)]).signs.tolist()
    assert signs == [len(fold(line)) for line in lines]
    alike = {(key_of(line), count) for line, count in zip(lines, signs, strict=True)}
    assert len(alike) == len({key_of(line) for line in lines})


WORDS = st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl"]), min_size=5, max_size=14)


@given(st.lists(WORDS, min_size=2, max_size=8))
def test_no_echo_is_missed(pages: list[list[str]]) -> None:
    """A line all of whose five words in a row stand twice on its page is one, page by page."""
    lines = [" ".join(words) for words in pages]
    for sizes in ([len(lines)], [1, len(lines) - 1]):
        echoes = look(lines, [0] * len(lines), sizes).echoes.tolist()
        start = 0
        for size in sizes:
            here = pages[start : start + size]
            grams = [tuple(w[at : at + 5]) for w in here for at in range(len(w) - 4)]
            for words, echo in zip(here, echoes[start : start + size], strict=True):
                mine = [tuple(words[at : at + 5]) for at in range(len(words) - 4)]
                if all(grams.count(gram) > 1 for gram in mine):
                    assert echo
            start += size


def test_on_a_page_with_a_line_too_long_to_read_whole_every_line_may_be_an_echo() -> None:
    quote = "nobody will walk the long way round by the mill"
    long = " ".join(["word"] * 900) + " " + quote + " " + " ".join(["word"] * 900)
    looked = look([long, quote, quote], [0, 0, 0], [2, 1])
    assert looked.echoes.tolist() == [True, True, False]
