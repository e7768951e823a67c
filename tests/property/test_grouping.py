"""Near-duplicates of small random corpora, against the similarity of every single pair."""

import random
from collections import defaultdict
from itertools import combinations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_builder.grouping import NEAR, near_duplicate_table, near_duplicates, similarity

WORDS = ["der", "Rat", "tagt", "im", "Mai", "和平", "谈判", "قال", "وزير", "é", "7", "x\u00ady"]
texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


@st.composite
def corpora(draw: st.DrawFn) -> dict[str, str]:
    """Texts, and others made from them by small and large changes."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    found = draw(st.lists(texts, max_size=6))
    for _ in range(draw(st.integers(0, 8))):
        length = rng.randint(5, 90)
        text = [f"{rng.choice(WORDS)}{rng.randrange(40)}" for _ in range(length)]
        if found and rng.random() < 0.7:
            text = rng.choice(found).split()
            for _ in range(rng.randint(0, 3)):
                text.insert(rng.randint(0, len(text)), rng.choice(WORDS))
            text = text[rng.randint(0, 4) :] if rng.random() < 0.4 else text
        found.append(" ".join(text))
    names = [f"{rng.getrandbits(32):08x}" for _ in found]
    return dict(zip(names, found, strict=True))


@given(corpora(), st.integers(0, 2**32))
@settings(max_examples=120, deadline=None)
def test_order_and_batching_make_no_difference(corpus: dict[str, str], seed: int) -> None:
    rng = random.Random(seed)
    expected = near_duplicates(corpus.items())
    rows = rng.sample(list(corpus.items()), len(corpus))
    assert near_duplicates(rows) == expected
    schema = pa.schema([("article_id", pa.string()), ("text", pa.string())])
    batches = []
    while rows:
        size = rng.randint(0, len(rows))
        columns = [list(column) for column in zip(*rows[:size], strict=True)] or [[], []]
        batches.append(pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in columns], schema=schema))  # fmt: skip
        rows = rows[size:]
    table = near_duplicate_table(lambda: batches)
    found = zip(
        *(table[name].to_pylist() for name in ("article_id", "duplicate_group")), strict=True
    )
    assert dict(found) == expected


@given(corpora())
@settings(max_examples=120, deadline=None)
def test_groups_are_what_near_pairs_connect(corpus: dict[str, str]) -> None:
    groups = near_duplicates(corpus.items())
    near = defaultdict(set)
    for one, other in combinations(corpus, 2):
        share = similarity(corpus[one], corpus[other])
        if share >= NEAR:
            near[one].add(other)
            near[other].add(one)
        if share >= 0.8:
            assert groups[one] == groups[other]
    members = defaultdict(set)
    for name, group in groups.items():
        members[group].add(name)
    for group, names in members.items():
        assert group == min(names)
        reached, todo = {group}, [group]
        while todo:
            new = near[todo.pop()] - reached
            reached |= new
            todo += new
        assert names <= reached
