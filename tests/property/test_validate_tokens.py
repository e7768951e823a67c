"""What is said of all tokens at once is what the functions say that made them."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.assemble.triggers import Mark, tagged, tokenised
from dataset_builder.validate.tokens import UNSEEN, Tokens, _as_cut, doubtful

TYPES = ("AID", "FIGHT")
TAGS = {0: (1, 2), 1: (3, 4)}
KINDS = np.full(0x110000, UNSEEN, np.uint8)
NAMES = ("O", "B-AID", "I-AID", "B-FIGHT", "I-FIGHT")

texts = st.text(
    st.sampled_from("ab_9é\u0301\u0646\u064e👍\u200d\u00a0\x1c\x85 .,'\n\u2019ー٣²"), max_size=24
)


@st.composite
def articles(draw):
    """Text, and sentences that do not overlap, with gaps between some of them."""
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    return text, list(zip(cuts[::2], cuts[1::2], strict=False))


def ints(values):
    return np.array(list(values), np.int64)


def arguments(world):
    """What `_as_cut` takes, of the tokens that are right."""
    rows, base, text = [], [], ""
    for own, sentences in world:
        made = tokenised(own, sentences)
        rows += [(*ends, sentence) for ends, sentence in zip(sentences, made, strict=True)]
        base += [len(text)] * len(sentences)
        text += own
    tokens = [token for *_, sentence in rows for token in sentence.tokens]
    return {
        "text": text.encode(),
        "base": ints(base),
        "starts": ints(start for start, _, _ in rows),
        "ends": ints(end for _, end, _ in rows),
        "counts": ints(len(sentence.tokens) for *_, sentence in rows),
        "places": ints(start for *_, sentence in rows for start in sentence.starts),
        "sizes": ints(map(len, tokens)),
        "tokens": "".join(tokens).encode(),
        "known": KINDS,
    }


@given(st.lists(articles(), max_size=3), st.data())
def test_right_tokens_are_right_and_others_are_not(world, data):
    right = arguments(world)
    assert _as_cut(**right)
    if not len(right["places"]):
        return
    at = data.draw(st.integers(0, len(right["places"]) - 1))
    wrong = dict(right)
    what = data.draw(st.sampled_from(["places", "sizes", "counts", "tokens"]))
    if what == "tokens":
        said = right["tokens"].decode()
        place = int(right["sizes"][:at].sum())
        wrong["tokens"] = f"{said[:place]}¤{said[place + 1 :]}".encode()
    elif what == "counts":
        row = int(np.searchsorted(np.cumsum(right["counts"]), at, "right"))
        wrong["counts"] = right["counts"].copy()
        wrong["counts"][row] -= 1
    else:
        wrong[what] = right[what].copy()
        wrong[what][at] += 1
    assert not _as_cut(**wrong)


marks = st.lists(st.tuples(st.integers(0, 24), st.integers(1, 9), st.integers(0, 1)), max_size=4)


@given(
    st.lists(st.tuples(articles(), marks), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4)), max_size=1),
)
def test_only_articles_with_their_own_tags_are_passed_over(world, changes):
    ids = [f"article {number}" for number in range(len(world))]
    rows, triggers, wanted, given_tags = [], [], [], []
    for number, ((text, sentences), of_article) in enumerate(world):
        made = tokenised(text, sentences)
        named = [
            Mark(start, start + size, TYPES[kind], str(at))
            for at, (start, size, kind) in enumerate(of_article)
        ]
        triggers += [(ids[number], m.start, m.end, TYPES.index(m.type)) for m in named]
        rows += [(number, at, sentence) for at, sentence in enumerate(made)]
        wanted.append([NAMES.index(t) for tags in tagged(made, named, TYPES).tags for t in tags])
        given_tags.append(list(wanted[-1]))
    for at, tag in changes:
        for tags in given_tags:
            if at < len(tags):
                tags[at] = tag
    there = sorted({number for number, _, _ in rows})
    tokens = [token for *_, sentence in rows for token in sentence.tokens]
    found = Tokens(
        pl.Series([ids[number] for number in there], dtype=pl.String),
        ints(there.index(number) for number, _, _ in rows),
        ints(at for _, at, _ in rows),
        ints(len(sentence.tokens) for *_, sentence in rows),
        pl.Series(tokens, dtype=pl.String),
        ints(start for *_, sentence in rows for start in sentence.starts),
        ints(tag for number in there for tag in given_tags[number]),
        ints(map(len, tokens)),
    )
    schema = {"article_id": pl.String, "start": pl.Int32, "end": pl.Int32, "type": pl.Int64}
    told = doubtful(found, pl.DataFrame(triggers, schema, orient="row"), TAGS)
    assert told is not None
    for number in there:
        if ids[number] not in told:
            assert given_tags[number] == wanted[number]
        elif not changes:
            assert len(world[number][1]) > 1  # only triggers that share a token are doubtful
