"""Stories do not depend on order and batches, and clusters grow as average linkage says."""

import random
import tempfile
from contextlib import closing
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_builder.grouping.stories import Given, Report, find_stories, story_table
from dataset_builder.grouping.stories.clusters import CLOSE, Cluster, agglomerate
from dataset_builder.grouping.stories.edges import Edges
from dataset_builder.grouping.stories.frames import Frames, frame_of
from dataset_builder.grouping.stories.index import Scorer
from dataset_builder.grouping.stories.terms import FACTORS, keys_of, terms_of
from tests.story_items import items

REPORTS = [report for report, _ in items()]
NAMES = sorted(report.article_id for report in REPORTS)
some = st.lists(st.sampled_from(NAMES), min_size=2, max_size=3, unique=True)
SCORER = Scorer()
WORDS = [
    "Oslo",
    "Lima",
    "Doe",
    "said",
    "fire",
    "12",
    "Monday",
    "3 May",
    "in",
    "the",
    "\n",
    ".",
    "火事",
]


@settings(max_examples=5, deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.lists(some, max_size=3),
    st.lists(some, max_size=3),
    st.integers(1, 90),
)
def test_order_and_batches_make_no_difference(rng, together, apart, size):
    known = Given(together, apart, NAMES[:20])
    expected = find_stories(REPORTS, known)
    shuffled = rng.sample(REPORTS, len(REPORTS))
    again = Given(rng.sample(together, len(together)), [names[::-1] for names in apart], NAMES[:20])
    assert find_stories(shuffled, again) == expected
    rows = [
        {
            "article_id": report.article_id,
            "title": report.title,
            "text": report.text,
            "language": report.language,
            "published_at": report.published,
        }
        for report in shuffled
    ]
    table = story_table(pa.Table.from_pylist(rows).to_batches(max_chunksize=size), again)
    found = {}
    for name, story in zip(*(column.to_pylist() for column in table.columns), strict=True):
        found.setdefault(story, []).append(name)
    assert sorted(members for members in found.values() if members[1:]) == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=12), max_size=12), some, some)
def test_what_is_given_holds(texts, together, apart):
    found = [
        Report(name, None, " ".join(text), "en", None)
        for name, text in zip(NAMES, texts, strict=False)
    ]
    known = Given([together], [apart], NAMES[:3])
    stories = find_stories(found, known)
    present = {report.article_id for report in found}
    members = [name for story in stories for name in story]
    assert len(members) == len({*members})
    assert {*members} <= present
    story_of = {name: at for at, story in enumerate(stories) for name in story}
    if len(kept := present & {*together}) > 1:
        assert len({story_of[name] for name in kept}) == 1
    for one, other in [*combinations(apart, 2), *combinations(NAMES[:3], 2)]:
        if not {one, other} <= {*together} and story_of.get(one, -1) == story_of.get(other, -2):
            # only the set that was put together can have brought them there
            assert {one, other} & {*together}


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 12), st.sampled_from([0.05, 0.2, 0.4]))
def test_clusters_are_those_of_average_linkage(seed, size, enough):
    rng = np.random.default_rng(seed)
    vectors = rng.random((size, 6)) * (rng.random((size, 6)) < 0.5)

    def make(node):
        keys = np.flatnonzero(vectors[node]).astype(np.uint32)
        vector = (keys, vectors[node][keys].astype(np.float32))
        return Cluster((node,), vector, Frames(), 0, 0, frozenset(), settled=False)

    pairs = [(*pair, float("nan")) for pair in combinations(range(size), 2)]
    random.Random(seed).shuffle(pairs)
    found = agglomerate(range(size), pairs, make, SCORER, enough=enough, days=6)
    assert sorted(found) == _average_linkage(vectors @ vectors.T, enough)


def _average_linkage(scores, enough):
    """The same from the definition: all means anew at every step."""

    def mean(one, other):
        return float(np.mean([scores[a, b] for a in one for b in other]))

    def inner(one):
        within = list(combinations(one, 2))
        return float(np.mean([scores[a, b] for a, b in within])) if within else 0.0

    clusters = [(at,) for at in range(len(scores))]
    while True:
        possible = [
            (mean(one, other), one, other)
            for one, other in combinations(clusters, 2)
            if mean(one, other) >= max(enough, CLOSE * max(inner(one), inner(other)))
        ]
        if not possible:
            return sorted(clusters)
        _, one, other = max(possible, key=lambda each: each[0])
        clusters = [each for each in clusters if each not in (one, other)]
        clusters.append(tuple(sorted((*one, *other))))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60), st.sampled_from(["en", "tr", "und", "zz"]))
def test_any_text_has_terms(text, title, language):
    terms = terms_of(title, text)
    assert all(terms)
    assert sorted(FACTORS[key & 3] for key in keys_of(title, text)) == sorted(terms.values())
    frame = frame_of(title, text, language)
    assert frame.disagreements(frame) == ()


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 11), st.integers(0, 11), st.sampled_from([0.1, 0.2, 0.3, np.nan])),
        max_size=40,
    ),
    st.randoms(use_true_random=False),
    st.integers(2, 12),
)
def test_parts_of_a_corpus_do_not_depend_on_order_and_stay_small(pairs, rng, most):
    scores = {(min(a, b), max(a, b)): score for a, b, score in pairs}

    def parts(ordered):
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(Edges(Path(folder), 12, most)) as edges,
        ):
            for (low, high), score in ordered:
                edges.add(np.array([high]), np.array([low]), np.array([score]))
            return sorted(edges.components(), key=str)

    found = parts(list(scores.items()))
    assert str(parts(rng.sample(list(scores.items()), len(scores)))) == str(found)
    assert all(len(nodes) <= most for nodes, _ in found)
    nodes = [node for members, _ in found for node in members]
    assert len(nodes) == len(set(nodes))
    if most == 12:  # nothing is left out
        kept = {(low, high) for _, inside in found for low, high, _ in inside}
        assert kept == {pair for pair in scores if pair[0] != pair[1]}
