"""The table triggers: tokens and BIO tags of the sentences of annotated articles."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.assemble.triggers import Mark, tagged, tokenised
from dataset_builder.tables import TABLES
from dataset_builder.validate.contracts import contract
from tests.annotated import annotation, article, task
from tests.assembling import HERE, TEXT, WORK, build
from tests.factory import registries

ONTOLOGY = registries().ontology
TYPES = ONTOLOGY.names("event_type")
TAGS = ONTOLOGY.names("trigger_tag")


def of(text, *marks, sentences=None):
    made = tokenised(text, sentences or [(0, len(text))])
    given_marks = [
        Mark(text.index(words), text.index(words) + len(words), kind, words)
        for words, kind in marks
    ]
    return made, tagged(made, given_marks, TYPES)


def told(text, *marks, sentences=None):
    made, result = of(text, *marks, sentences=sentences)
    return [
        " ".join(
            f"{token}/{tag}" if tag != "O" else token
            for token, tag in zip(s.tokens, t, strict=False)
        )
        for s, t in zip(made, result.tags, strict=True)
    ]


def test_tags_are_in_the_order_of_the_ontology():
    assert TAGS[:5] == ("O", "B-AGREE", "I-AGREE", "B-CONSULT", "I-CONSULT")
    assert len(TAGS) == 1 + 2 * len(TYPES)


def test_tokens_are_words_and_single_signs():
    text = "Putin's 1.5-hour “call” 👍🏽!"
    [made], _ = of(text)
    assert made.tokens == (
        "Putin", "'", "s", "1", ".", "5", "-", "hour", "“", "call", "”", "👍", "🏽", "!",
    )  # fmt: skip
    assert [text[s : s + len(t)] for t, s in zip(made.tokens, made.starts, strict=False)] == list(
        made.tokens
    )


def test_a_trigger_of_several_words():
    text = "They put off the talks."
    assert told(text, ("put off", "REJECT")) == ["They put/B-REJECT off/I-REJECT the talks ."]


def test_triggers_side_by_side_stay_two():
    text = "They met agreed."
    assert told(text, ("met", "CONSULT"), ("agreed", "CONSULT")) == [
        "They met/B-CONSULT agreed/B-CONSULT ."
    ]


def test_part_of_a_word_is_the_word():
    assert told("A counterattack.", ("attack", "ASSAULT")) == ["A counterattack/B-ASSAULT ."]


def test_of_overlapping_triggers_the_longest_counts():
    text = "They put off the talks."
    _, result = of(text, ("put", "AID"), ("put off", "REJECT"), ("off the", "AGREE"))
    assert result.tags[0][1:4] == ("B-REJECT", "I-REJECT", "O")  # the first of two equally long
    assert [mark.id for mark in result.covered] == ["off the", "put"]


def test_of_equal_triggers_the_type_that_the_ontology_has_first():
    _, result = of("They met.", ("met", "CONSULT"), ("met", "AGREE"))
    assert result.tags[0][1] == "B-AGREE"
    assert [mark.type for mark in result.covered] == ["CONSULT"]


def test_a_trigger_ends_with_its_sentence():
    text = "They met. Again they met."
    sentences = [(0, 9), (10, 25)]
    _, result = of(text, ("met. Again", "CONSULT"), sentences=sentences)
    assert result.tags == (("O", "B-CONSULT", "I-CONSULT"), ("O",) * 4)
    assert [mark.id for mark in result.cut] == ["met. Again"]


@given(
    st.text("ab .é\u0301\n👍", max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12), st.sampled_from(TYPES)), max_size=6),
    st.lists(st.integers(0, 40), max_size=3),
)
def test_tags_of_anything(text, places, borders):
    """Every trigger is tagged or reported; tags are BIO; one trigger more changes no token."""
    cuts = sorted({0, len(text), *(border for border in borders if border < len(text))})
    sentences = tokenised(text, itertools.pairwise(cuts))
    marks = [
        Mark(start, min(start + length, len(text)), kind, str(number))
        for number, (start, length, kind) in enumerate(places)
        if start < len(text)
    ]
    result = tagged(sentences, marks, TYPES)
    begun = sum(tag.startswith("B-") for tags in result.tags for tag in tags)
    assert begun == len(marks) - len(result.covered) - len(result.lost)
    for sentence, tags in zip(sentences, result.tags, strict=True):
        assert len(sentence.tokens) == len(tags)
        for before, tag in zip(("O", *tags), tags, strict=False):
            assert not tag.startswith("I-") or before[2:] == tag[2:]
    assert tagged(sentences, reversed(marks), TYPES) == result


def test_a_row_for_every_sentence_of_an_annotated_article():
    found = build([HERE], [task(HERE, annotation("draft-1", WORK))])
    rows = found.tables["triggers"].to_pylist()
    assert [row["sentence_index"] for row in rows] == list(range(len(HERE.sentences)))
    assert rows[0]["id"] == f"{HERE.article_id}:0"
    tags = [TAGS[tag] for tag in rows[0]["ner_tags"]]
    assert dict(zip(rows[0]["tokens"], tags, strict=False))["arrived"] == "B-CONSULT"
    assert [
        TEXT[s : s + len(t)]
        for t, s in zip(rows[1]["tokens"], rows[1]["token_starts"], strict=False)
    ] == (rows[1]["tokens"])
    nothing = next(row for row in rows if "Nothing" in row["tokens"])
    assert set(nothing["ner_tags"]) == {0}


def test_nobody_finished_it_or_found_it_relevant():
    for work in ([], [task(HERE, annotation("draft-1", WORK, state="draft"))],
                 [task(HERE, annotation("draft-1", []))]):  # fmt: skip
        assert build([HERE], work).tables["triggers"].num_rows == 0


def test_passages_that_nobody_saw_are_not_taught_as_empty():
    """An article whose text has grown waits for its review, and has no rows until then."""
    now = article(f"{TEXT}\n\nThe army shelled the town of Idlib for hours on end that very night.")
    found = build([now], [task(HERE, annotation("draft-1", WORK))])
    codes = {finding.code for finding in found.findings}
    assert {"SPN205", "SPN207"} <= codes
    assert found.tables["events"].num_rows > 0
    assert found.tables["triggers"].num_rows == 0


def test_releases_of_the_first_schema_have_no_triggers():
    """They stay valid: the package keeps their contract, and asks for no more than it says."""
    first = contract("1")
    assert set(TABLES) - set(first) == {"triggers"}
    for name, table in first.items():
        assert set(table.column_names) <= set(TABLES[name].column_names)
