"""Real pages, damaged in every way bytes can be: what holds for every page still holds."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.clean.text import sentences
from dataset_builder.sources.decoding import decode_page
from tests.evaluation.build import cases
from tests.hostile import BIDI, SENTENCE, SHAPES, ZERO_WIDTH, alike, at_most, judge, page_of

LIMIT = 60
THOROUGH = bool(os.environ.get("CI"))
GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "pages").glob("*.txt"))
TEXTS = [
    *(case.raw.encode() for case in cases()[::6]),
    *(case.raw2.encode() for case in cases()[3::9]),
    *(file.read_bytes() for file in GOLDEN[::3]),
]
HTML = [case.html.encode() for case in cases()[::8]]
JUNK = (
    b"\xff", b"\xc3", b"\xe2\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xfe\xff", b"\0",
    b"\xef\xbb\xbf", b"\r", b"\r\n\r\n", b"\x0b\x0c", b"\x1b[2J", b"\x7f", b"\x80", b"\n" * 40,
    "\u2028\u2029\u0085".encode(), BIDI.encode(), ZERO_WIDTH.encode(), "\u0301\u0323".encode() * 50,
    "\U0010ffff\ufdd0\ue000".encode(), "½ﷺ㌀".encode(), b"<p>", b"</p></div>", b"<script>", b"<!--", b"&#xd800;",
    b"a" * 500, b". " * 300, b"Read also: ", b"By ", b" - ", b"Published: 12 March 2019\n", "©".encode(),
)  # fmt: skip


def damaged(data: bytes, drawn: random.Random) -> bytes:
    """`data` after a few accidents."""
    for _ in range(drawn.randint(1, 8)):
        size = len(data)
        low = drawn.randrange(size + 1)
        high = min(size, low + drawn.choice((1, 1, 2, 7, 60, 600)))
        kind = drawn.randrange(8)
        if kind == 0:
            data = data[:low] + data[high:]
        elif kind == 1:
            data = data[:low] + data[low:high] * drawn.choice((2, 3, 20)) + data[high:]
        elif kind == 2:
            flipped = bytes(byte ^ (1 << drawn.randrange(8)) for byte in data[low:high])
            data = data[:low] + flipped + data[high:]
        elif kind == 3:
            other = drawn.choice(TEXTS)
            data = data[:low] + other[drawn.randrange(len(other)) :]
        elif kind == 4:
            data = data.replace(b"\n", drawn.choice((b"", b" ", b"\r\n", b"\n\n\n")))
        elif kind == 5:
            data = data[:low] + drawn.randbytes(drawn.randint(1, 30)) + data[high:]
        else:
            data = data[:low] + drawn.choice(JUNK) + data[low:]
        data = data[:20_000]
    return data


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5 if THOROUGH else 2))
def test_damaged_pages(seed: int) -> None:
    drawn = random.Random(seed)
    pages = []
    with at_most(LIMIT):
        for round_ in range(40):
            form = "html" if round_ % 4 == 0 else "text"
            data = damaged(drawn.choice(HTML if form == "html" else TEXTS), drawn)
            page = decode_page("page", data, form)
            if isinstance(page, Rejected):
                # Text that is no UTF-8 is read as what it may be; so the bytes themselves go in, too.
                page = page_of(data.decode("utf-8", "surrogateescape"), form)
            assert isinstance(page, RawPage)
            judge(page)
            pages.append(page)
        alike(pages)


LINES = st.one_of(
    st.sampled_from([line for text in TEXTS[:6] for line in text.decode().split("\n")]),
    st.sampled_from([make(200) for make in SHAPES.values()]),
    st.text(max_size=60),
    st.text(BIDI + ZERO_WIDTH + "ab .,\u0301\u0323\x1b\x85\u2028”", max_size=40),
    st.just(SENTENCE),
    st.just(""),
)


@given(st.lists(LINES, max_size=30).map("\n".join))
@settings(max_examples=120, deadline=None)
def test_any_lines(text: str) -> None:
    with at_most(LIMIT):
        judge(page_of(text))


@given(st.binary(max_size=300), st.sampled_from(["text", "html"]))
@settings(max_examples=120, deadline=None)
def test_any_bytes(data: bytes, form: str) -> None:
    with at_most(LIMIT):
        page = decode_page("page", data, form)  # type: ignore[arg-type]
        if isinstance(page, RawPage):
            judge(page)


@pytest.mark.slow
@given(st.lists(st.lists(LINES, max_size=8).map("\n".join), max_size=5))
@settings(max_examples=40, deadline=None)
def test_any_batch(texts: list[str]) -> None:
    with at_most(LIMIT):
        alike([page_of(text) for text in texts])


UNITS = (
    "ß+_! ", "“ش", "a. ", "Mr. ", "!? ", "“a.” ", "J. K. ", "By Anna Berg and ", "Oslo - ", "12 March 2019, ",
    "Published: ", "http://a.example/b?c=d&", "a@b.example ", "([{<", "\u0301", "Comments (3)<option>", "<p>a",
)  # fmt: skip
"""What is slow when many of it stand in a row, or was."""


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_a_long_row_of_something_small(unit: str) -> None:
    with at_most(LIMIT):
        judge(
            page_of(
                unit * (8_000 // len(unit)) + f"\n{SENTENCE}", "html" if "<" in unit else "text"
            )
        )


WORDS = st.lists(
    st.sampled_from(["river", "said", "the", "Mr.", "U.S.", "No.", "talks", "J."]), max_size=9
)
STOPS = st.sampled_from([". ", "! ", "? ", ".” ", "… ", "; "])


@given(
    st.lists(st.tuples(WORDS.map(" ".join), STOPS), min_size=1, max_size=6),
    st.sampled_from(["en", "de"]),
)
@settings(max_examples=60, deadline=None)
def test_sentences_of_a_long_paragraph_are_those_of_its_parts(
    parts: list[tuple[str, str]], code: str
) -> None:
    """The splitter gets long texts in pieces, and that cannot be seen.

    (With the rules of French and Spanish `sentencex` itself takes these abbreviations one way or the
    other, by what stands a hundred words before.)
    """
    text = " ".join(f"The {words}{stop.strip()}" for words, stop in parts)
    text = " ".join([f"{text} Then they went home, all of them, to the other side of it."] * 9)
    whole = sentences(text, code)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dataset_builder.clean.text.SENTENCE_CHUNK", 600)
        assert sentences(text, code) == whole
