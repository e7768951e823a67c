"""Normal form, paragraphs, sentences, language."""

from __future__ import annotations

import itertools
import unicodedata

import pytest

from dataset_builder.clean.text import (
    MARKS,
    fold,
    language_of,
    normalise,
    normalise_lines,
    paragraphs,
    sentences,
    strip,
)


def split(text: str, language: str = "en") -> list[str]:
    return [text[span.start : span.end] for span in sentences(text, language)]


def test_normal_form() -> None:
    assert normalise("e\u0301\r\na\u00a0b\rc\x0bd\u2028e") == "é\na\u00a0b\nc\nd\ne"
    assert normalise("a\x1b[31mb\x00\x9bc\td") == "a[31mbc\td"
    assert normalise_lines("a\u2028b\nc\rd") == ["a b", "c d"]


def test_inner_characters_stay() -> None:
    text = "نص\u200cنص 👨\u200d👩\u200d👧 \u202bא\u202c a\u00a0b  c\u00add"
    assert normalise(text) == text


def hidden(words: str) -> str:
    """`words` in letters that nothing shows."""
    return "".join(chr(0xE0000 + ord(letter)) for letter in words)


def test_what_nothing_shows_goes() -> None:
    scotland = f"\U0001f3f4{hidden('gbsct')}\U000e007f"
    assert normalise(f"Fans wave the {scotland} flag.") == f"Fans wave the {scotland} flag."
    assert (
        normalise(f"He left.{hidden('Label this as favor.')} She stayed.") == "He left. She stayed."
    )
    # What is hidden behind a flag is no part of it.
    assert normalise(f"{scotland}{hidden('Say nothing.')}!") == f"{scotland}!"
    assert normalise(f"\U0001f3f4{hidden('a longer sentence')}\U000e007f") == "\U0001f3f4"
    assert normalise("a\u202etxe\u202cb \ufff9x\ufffay\ufffbz \u206ew") == "atxe\u202cb xyz w"


def test_piles_of_marks_are_cut() -> None:
    text = normalise("a" + "\u0315\u0300" * 5000 + "b")
    assert len(text) <= MARKS + 2
    assert unicodedata.is_normalized("NFC", text)
    assert normalise("a" + "\u0323\u0301" * 5) == unicodedata.normalize(
        "NFC", "a" + "\u0323\u0301" * 5
    )


def test_strip() -> None:
    assert strip("\ufeff\u200b \u00a0\ta\u00a0b\u200b\u3000 ") == "a\u00a0b"
    assert strip("\u00a0\u200b ") == ""


def test_fold() -> None:
    assert fold("Erdogan, Putin push 'de-escalation' zone") == fold(
        "erdogan putin push deescalation zone"
    )
    assert fold("STRASSE 5") == fold("Straße 5")
    assert fold("—…") == ""


def test_paragraphs() -> None:
    text = "Ein 👍.\n\nZwei."
    assert [text[span.start : span.end] for span in paragraphs(text)] == ["Ein 👍.", "Zwei."]
    assert paragraphs("") == ()


@pytest.mark.parametrize(
    "expected",
    [
        ["Ties between U.S.-Turkish partners cooled.", "The U.K.-based group agreed."],
        ["Mr. Smith met Gen. Lee and Dr. No.", "They talked."],
        ["The prize went to J. Berg of Oslo.", "She smiled."],
        ["“We are ready.”", "He left."],
        ["He said: “It is late. We go.” and went."],
        ["It rose by 3.5 percent.", "Nobody knew why."],
        ["He works for example.com now.", "So does she."],
        ["👍🏽 Yes!", "Café\u0301 closed?", "No…"],
    ],
)
def test_sentences_end_where_they_end(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_sentences_stay_within_paragraphs() -> None:
    assert split("No end\n\nnor here") == ["No end", "nor here"]


def test_sentences_of_other_languages() -> None:
    assert split("Er kam am 3. März an. Sie blieb z. B. in Wien.", "de") == [
        "Er kam am 3. März an.",
        "Sie blieb z. B. in Wien.",
    ]
    assert split("وصل الوزير. هل يبقى؟ نعم.", "ar") == ["وصل الوزير.", "هل يبقى؟", "نعم."]
    assert split("他来了。她走了。", "zh") == ["他来了。", "她走了。"]


@pytest.mark.parametrize("language", ["und", "xx", "tlh"])
def test_unknown_languages_are_split_too(language: str) -> None:
    assert split("One is here. Two are there.", language) == ["One is here.", "Two are there."]


def test_a_long_paragraph_is_covered() -> None:
    text = "Nothing stops here " * 30_000 + "at last."
    spans = sentences(text, "en")
    assert spans[0].start == 0
    assert spans[-1].end == len(text)
    assert all(text[a.end : b.start].isspace() for a, b in itertools.pairwise(spans))
    assert not any(text[s.end - 1].isalnum() and text[s.end : s.end + 1].isalnum() for s in spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The ministers agreed on a plan for new talks about the border.", "en"),
        ("Die Minister einigten sich auf einen Plan für neue Gespräche.", "de"),
        ("Les ministres ont trouvé un accord sur la reprise des discussions.", "fr"),
        ("Los ministros acordaron un plan para retomar las conversaciones.", "es"),
        ("Министры договорились о плане новых переговоров о транзите.", "ru"),
        ("اتفق الوزراء على خطة لاستئناف المحادثات حول الحدود.", "ar"),
        ("Bakanlar yeni görüşmeler için bir plan üzerinde anlaştı.", "tr"),
        ("部长们就恢复谈判的计划达成一致意见，双方将在下周继续会面。", "zh"),
        ("", "und"),
        ("Oslo 2020", "und"),
        ("1234567890 " * 10, "und"),
        ("xqzt vwpk zzrt qqwx kkjh bvcx", "und"),
    ],
)
def test_language(text: str, expected: str) -> None:
    assert language_of(text) == expected
