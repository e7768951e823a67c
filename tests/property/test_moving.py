"""Random texts, random annotations, random edits: nothing is lost, nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_builder.moving.align import SHORT, align
from dataset_builder.moving.anchor import CERTAIN, move
from dataset_builder.moving.tokens import pieces
from tests.annotated import items

ODD = st.sampled_from(
    [
        "😀",
        "👩‍👩‍👧",
        "👍🏽",
        "🇹🇷",
        "🇸🇾🇹🇷",
        "e\u0301",
        "كَتَبَ",
        "عَلَّمَ",
        "a\u0323\u0307",
        "\u200fم\u200e",
        "1,000",
        "don't",
    ]
)
# Text that repeats itself, of all kinds of characters: where only soundness can be asked for.
ANY_TEXT = st.lists(
    st.one_of(ODD, st.sampled_from(["very", "good", "the", ".", ",", "\n\n", " ", "  ", "x"])),
    max_size=60,
).map(" ".join)
# Paragraphs of words that never occur twice, so that every place is certain.
NAMED_ODD = ["😀", "👩‍👩‍👧", "🇹🇷", "كَتَبَ", "e\u0301"]


def spans_in(text: str, cuts: list[tuple[int, int]]) -> dict[str, dict]:
    """Regions `r0`, `r1`, ... between piece boundaries of the text."""
    edges = [0]
    for piece in pieces(text):
        edges.append(edges[-1] + len(piece))
    made = {}
    for number, (one, length) in enumerate(cuts):
        first = one % len(edges)
        last = min(first + 1 + length, len(edges) - 1)
        if first < last and text[edges[first] : edges[last]].strip():
            made[f"r{number}"] = (edges[first], edges[last])
    return made


def result_of(text: str, spans: dict[str, tuple[int, int]], arrows: list[tuple[int, int]]) -> list:
    made = items("", {}, (), {"relevance": ["relevant"]})
    for name, (start, end) in spans.items():
        value = {"start": start, "end": end, "text": text[start:end]}
        shared = {"id": name, "to_name": "text", "origin": "manual"}
        made.append(
            {
                **shared,
                "from_name": "span",
                "type": "labels",
                "value": {**value, "labels": ["ACTOR"]},
            }
        )
        field = {**value, "text": [name]}
        made.append({**shared, "from_name": "actor_new", "type": "textarea", "value": field})
    names = sorted(spans)
    for one, other in arrows:
        if names:
            ends = names[one % len(names)], names[other % len(names)]
            made.append(
                {"type": "relation", "from_id": ends[0], "to_id": ends[1], "direction": "right"}
            )
    return made


def checked(old: str, new: str, result: list):
    """The moved result, after everything that holds for any input was checked."""
    moved = move(result, align(old, new))
    held = [item for doubt in moved.doubts for item in doubt.items]
    assert len(moved.items) + len(held) + len(moved.arrows) == len(result)
    before = sorted(str(item.get("id") or (item["from_id"], item["to_id"])) for item in result)
    after = [*moved.items, *held, *moved.arrows]
    assert before == sorted(
        str(item.get("id") or (item["from_id"], item["to_id"])) for item in after
    )
    by_id = {(i["id"], i["type"]): i for i in result if "id" in i}
    for item in moved.items:
        value = item.get("value", {})
        if "start" in value:
            was = by_id[item["id"], item["type"]]["value"]
            surface = new[value["start"] : value["end"]]
            assert surface == old[was["start"] : was["end"]]
            if item["type"] == "labels":
                assert value["text"] == surface
            else:
                assert value["text"] == was["text"]
    for item in moved.proposed(new):
        value = item.get("value", {})
        if item.get("type") == "labels":
            assert value["text"] == new[value["start"] : value["end"]]
            assert value["text"].strip()
    assert move(result, align(old, new)) == moved
    return moved


CUTS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 5)), max_size=6)
ARROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=4)


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT, ANY_TEXT, CUTS, ARROWS)
def test_whatever_the_texts_are_nothing_is_lost_and_words_stay_their_words(old, new, cuts, arrows):
    checked(old, new, result_of(old, spans_in(old, cuts), arrows))


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT, CUTS, ARROWS)
def test_moving_onto_the_same_text_changes_nothing(text, cuts, arrows):
    result = result_of(text, spans_in(text, cuts), arrows)
    moved = checked(text, text, result)
    assert list(moved.items) == result
    assert moved.exact


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_pieces_are_the_text(text):
    assert "".join(pieces(text)) == text


@dataclass
class Edited:
    """A text with what became of each of its words: (word, index in the new text or None)."""

    old: list[list[str]]
    new: list[list[tuple[str, tuple[int, int] | None]]]


@st.composite
def edited(draw):
    """Paragraphs of words that are all different, and edits of any kind at any place."""
    count = draw(st.integers(2, 5))
    size = draw(st.integers(12, 18))
    words = iter(range(10_000))
    old = [[_word(next(words)) for _ in range(size)] for _ in range(count)]
    new = [[(word, (p, w)) for w, word in enumerate(part)] for p, part in enumerate(old)]
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(["insert", "delete", "change", "mark", "drop", "swap", "add"]))
        p = draw(st.integers(0, len(new) - 1))
        part = new[p]
        w = draw(st.integers(0, max(len(part) - 1, 0)))
        if kind == "insert":
            part.insert(w, (_word(next(words)), None))
        elif kind == "delete" and part:
            del part[w]
        elif kind == "change" and part:
            part[w] = (_word(next(words)), None)
        elif kind == "mark" and part:  # another word: a sign more
            part[w] = (part[w][0] + "\u0651", None)
        elif kind == "drop" and len(new) > 1:
            del new[p]
        elif kind == "swap" and len(new) > 1:
            other = draw(st.integers(0, len(new) - 1))
            new[p], new[other] = new[other], new[p]
        elif kind == "add":
            new.insert(p, [(_word(next(words)), None) for _ in range(size)])
    return Edited(old, new)


def _word(number: int) -> str:
    """A word whose first and last piece are its own: of two beside each other that begin or end
    alike, it may be in doubt which one is new."""
    return (
        f"{number:04d}{NAMED_ODD[number % 5]}{'ab' * (number % 3)}{number:04d}"
        if number % 4
        else f"صَـ{number:05d}"
    )


def _laid_out(parts: list[list[str]]) -> tuple[str, dict[tuple[int, int], tuple[int, int]]]:
    text, places = "", {}
    for p, part in enumerate(parts):
        text += "\n\n" if p else ""
        for w, word in enumerate(part):
            text += " " if w else ""
            places[p, w] = (len(text), len(text) + len(word))
            text += word
    return text, places


@settings(max_examples=150, deadline=None)
@given(
    edited(),
    st.lists(
        st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(1, 4)), min_size=1, max_size=8
    ),
)
def test_what_no_edit_touched_moves_exactly_and_nothing_else_does(case, marks):
    old, here = _laid_out(case.old)
    new, there = _laid_out([[word for word, _ in part] for part in case.new])
    became = {
        origin: (p, w)
        for p, part in enumerate(case.new)
        for w, (_, origin) in enumerate(part)
        if origin is not None
    }
    spans = {}
    for number, (p, w, length) in enumerate(marks):
        part = case.old[p % len(case.old)]
        first = w % len(part)
        last = min(first + length, len(part)) - 1
        spans[f"r{number}"] = (p % len(case.old), first, last)
    result = result_of(
        old, {n: (here[p, a][0], here[p, b][1]) for n, (p, a, b) in spans.items()}, [(0, 1), (1, 2)]
    )
    moved = checked(old, new, result)
    exact = {i["id"]: i["value"] for i in moved.items if i.get("type") == "labels"}
    for name, (p, first, last) in spans.items():
        home = [became.get((p, w)) for w in range(first, last + 1)]
        start = home[0]
        whole = start is not None and home == [(start[0], start[1] + n) for n in range(len(home))]
        if not whole:
            assert name not in exact
            continue
        place = (there[start][0], there[home[-1]][1])
        if name in exact:
            assert (exact[name]["start"], exact[name]["end"]) == place
        if name not in exact:
            # Only so little around it is left that nobody could be certain.
            low, high = first, last
            while became.get((p, low - 1)) == (start[0], start[1] - (first - low) - 1):
                low -= 1
            while became.get((p, high + 1)) == (start[0], start[1] + (high - first) + 1):
                high += 1
            around = old[here[p, low][0] : here[p, high][1]]
            assert len(around) < CERTAIN or len(pieces(around)) < SHORT
