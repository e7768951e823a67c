"""Groups, and that their ids are inherited."""

import random

from dataset_builder.grouping import Grouping, group_articles
from dataset_builder.ledger import Ledger, LedgerEntry
from dataset_builder.registries import Story
from tests.factory import named

A, B, C, D = (letter * 16 for letter in "abcd")


def entry(name, story, split="train", duplicates=None, aliases=()):
    return LedgerEntry(
        article_id=name,
        aliases=aliases,
        duplicate_group=duplicates or name,
        story=story,
        split=split,
        status="published" if split else "withheld",
        reason=None if split else "because",
        text_sha256="0" * 64,
        version="1.0.0",
    )


def groups_of(names, stories, ledger):
    return group_articles(named(names), stories, ledger)


def stories_of(groups):
    return {name: grouping.story for name, grouping in groups.items()}


def test_alone_an_article_is_its_own_group_and_story():
    assert groups_of([A, B], (), Ledger()) == {A: Grouping(A, A), B: Grouping(B, B)}


def test_a_listed_story_has_the_smallest_id_of_those_present():
    story = Story("x", (C, B, D), None)
    assert stories_of(groups_of([A, B, C], [story], Ledger())) == {A: A, B: B, C: B}


def test_a_published_story_keeps_its_id_when_a_smaller_article_joins():
    ledger = Ledger((entry(C, C),))
    assert stories_of(groups_of([A, C], [Story("x", (A, C), None)], ledger)) == {A: C, C: C}


def test_of_several_published_stories_the_smallest_id_wins():
    ledger = Ledger((entry(C, C), entry(B, B), entry(A, A, split=None)))
    groups = groups_of([A, B, C], [Story("x", (A, B, C), None)], ledger)
    assert set(stories_of(groups).values()) == {B}


def test_an_absent_article_connects_two_that_are_present():
    ledger = Ledger((entry(B, A), entry(A, A)))
    groups = groups_of([A, C], [Story("x", (B, C), None)], ledger)
    assert stories_of(groups) == {A: A, B: A, C: A}


def test_a_connection_that_only_an_older_line_shows_still_holds():
    # B moved to story A while C was absent; C's own line still says story B
    ledger = Ledger((entry(A, A), entry(B, B), entry(C, B), entry(B, A)))
    assert stories_of(groups_of([A, B, C], (), ledger)) == {A: A, B: A, C: A}


def test_duplicate_groups_are_inherited_also_by_aliases():
    ledger = Ledger((entry(B, B, duplicates=A, aliases=(C,)),))
    groups = groups_of([B, C, D], (), ledger)
    assert groups == {B: Grouping(A, B), C: Grouping(A, B), D: Grouping(D, D)}


def test_order_does_not_matter():
    names = [f"{number:016x}" for number in range(30)]
    stories = [Story(str(n), tuple(names[n : n + 3]), None) for n in range(0, 28, 5)]
    ledger = Ledger(tuple(entry(name, names[5]) for name in names[5:9]))
    expected = groups_of(names, stories, ledger)
    for seed in range(5):
        rng = random.Random(seed)
        shuffled = rng.sample(names, len(names))
        again = groups_of(shuffled, rng.sample(stories, len(stories)), ledger)
        assert list(again.items()) == list(expected.items())
