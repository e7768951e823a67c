"""Splits over random histories: builds that add articles, join stories and lose articles."""

import random
from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.grouping import group_articles
from dataset_builder.ledger import Ledger
from dataset_builder.project import SPLITS
from dataset_builder.registries import Story
from dataset_builder.splits import assign_splits, ledger_entries
from tests.factory import named
from tests.factory import settings as project_settings

ARTICLES = [f"{number * 0x123456789ABCDEF % 2**64:016x}" for number in range(1, 25)]
SETTINGS = project_settings()

builds = st.lists(
    st.tuples(
        st.lists(st.sampled_from(ARTICLES), max_size=12, unique=True),
        st.lists(
            st.lists(st.sampled_from(ARTICLES), min_size=2, max_size=3, unique=True), max_size=3
        ),
    ),
    min_size=1,
    max_size=6,
)


def build(names, listed, ledger, chosen=SETTINGS):
    """One build: its groups, its assignments, the ledger after it."""
    stories = [Story(str(number), tuple(pair), None) for number, pair in enumerate(listed)]
    groups = group_articles(named(names), stories, ledger)
    assigned = assign_splits(groups, ledger, chosen)
    texts = dict.fromkeys(names, "0" * 64)
    added = ledger_entries(texts, groups, assigned, ledger, "1.0.0")
    return groups, assigned, Ledger((*ledger.lines, *added))


@given(builds, st.integers(0, 9))
def test_histories(history, seed):
    chosen = replace(SETTINGS, seed=seed)
    ledger, published = Ledger(), {}
    for names, listed in history:
        before = ledger
        groups, assigned, ledger = build(names, listed, before, chosen)
        assert set(assigned) == {*names, *before.entries}
        for name, item in assigned.items():
            assert (item.split is None) == (item.reason is not None)
            # in its split or withheld, never in another; and withheld stays withheld
            if item.split:
                assert published.setdefault(name, item.split) == item.split
                known = before.entries.get(name)
                assert known is None or known.status == "published"
        # neither a story nor a group of duplicates crosses splits
        for of in ("story", "duplicate_group"):
            places = {}
            for name, item in assigned.items():
                if item.split:
                    places.setdefault(getattr(groups[name], of), set()).add(item.split)
            assert all(len(splits) == 1 for splits in places.values())
        # what one story connects is in one split, too
        for pair in listed:
            splits = {assigned[n].split for n in pair if n in assigned and assigned[n].split}
            assert len(splits) <= 1
        # an interrupted build runs again with the same result and nothing to add
        again = build(names, listed, ledger, chosen)
        assert again == (groups, assigned, ledger)


@given(builds, st.randoms(use_true_random=False))
def test_order_does_not_matter(history, rng):
    ledger = Ledger()
    for names, listed in history:
        groups, assigned, after = build(names, listed, ledger)
        shuffled = [rng.sample(pair, len(pair)) for pair in rng.sample(listed, len(listed))]
        again = build(rng.sample(names, len(names)), shuffled, ledger)
        assert again == (groups, assigned, after)
        assert list(again[1]) == list(assigned)
        ledger = after


@given(builds)
def test_it_does_not_matter_which_known_articles_a_build_has(history):
    ledger = Ledger()
    for names, listed in history:
        _, assigned, after = build(names, listed, ledger)
        new = [name for name in names if name not in ledger.entries]
        _, without, _ = build(new, listed, ledger)
        assert without == assigned
        ledger = after


@given(
    st.integers(0, 1000),
    st.sampled_from([(3, 1, 1), (1, 1, 1), (8, 1, 1), (2, 1, 0)]),
    st.integers(1, 4),
)
def test_shares_converge(seed, parts, largest):
    rng = random.Random(seed)
    shares = {s: Fraction(n, sum(parts)) for s, n in zip(SPLITS, parts, strict=True)}
    chosen = replace(SETTINGS, seed=seed, splits=shares)
    ledger = Ledger()
    for batch in range(4):
        names = [f"{rng.getrandbits(64):016x}" for _ in range(60)]
        listed, rest = [], list(names)
        while rest:
            size = rng.randint(1, largest)
            listed.append(rest[:size])
            rest = rest[size:]
        _, _, ledger = build(names, listed, ledger, chosen)
        total = 60 * (batch + 1)
        for split, share in shares.items():
            count = sum(entry.split == split for entry in ledger.entries.values())
            # no split is ever further off than the largest story allows
            assert abs(count - share * total) <= len(SPLITS) * largest
