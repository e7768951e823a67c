"""Which of several copies of an article is pushed, annotated and released."""

import random
from dataclasses import replace

import pytest

from dataset_builder.articles import sha256_text
from dataset_builder.grouping import one_per_group
from dataset_builder.ledger import Ledger, LedgerEntry
from dataset_builder.splits import assign_splits, ledger_entries
from tests.factory import named, settings

A, B, C, D = (letter * 16 for letter in "abcd")
STORY = " ".join(f"{a}{b}" for a in "bdfgklmn" for b in ("an", "er", "is", "ot", "uk", "eim", "au"))


def articles(**texts: str):
    """Articles by the letter of their id."""
    return [
        replace(article, text=text, text_sha256=sha256_text(text))
        for article, text in zip(named(n * 16 for n in texts), texts.values(), strict=True)
    ]


def near(number: int) -> str:
    """A story, and near-duplicates of it."""
    return f"{STORY} {'and more ' * number}".strip()


def entry(name, split="train", *, status="published", aliases=(), text="x", reason="asked to"):
    return LedgerEntry(
        article_id=name,
        aliases=aliases,
        duplicate_group=name,
        story=name,
        split=split,
        status=status,
        reason=None if status == "published" else reason,
        text_sha256=sha256_text(text),
        version="1.0.0",
    )


def kept(found):
    return [article.article_id for article in found.articles]


def test_different_articles_all_stay():
    found = one_per_group(articles(b="one two", a="three", c=""))
    assert kept(found) == [A, B, C]
    assert (found.rejected, found.aliases) == ((), {})
    assert set(found.groups) == {A, B, C}


def test_of_new_copies_the_smallest_id_stays_and_the_others_say_why():
    found = one_per_group(articles(b=near(1), d="quite another one", c=near(2), a=near(1)))
    assert kept(found) == [A, D]
    assert found.aliases == {B: A, C: A}
    same, other = found.rejected
    assert (same.source, same.reason) == (f"{B}.txt", "duplicate")
    assert (other.source, other.reason) == (f"{C}.txt", "near-duplicate")
    assert all(f"{A}.txt ({A})" in item.message for item in found.rejected)
    assert "similarity 0.96" in other.message
    assert set(found.groups) == {A, D}


def test_what_only_others_connect_says_so():
    words = STORY.split()
    parts = [" ".join(words[start : start + 36]) for start in (0, 4, 8, 12)]
    found = one_per_group(articles(a=parts[0], b=parts[1], c=parts[2], d=parts[3]))
    assert kept(found) == [A]
    assert [item.message.endswith("through other copies") for item in found.rejected] == [
        False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "annotated", "stays"),
    [
        ((), (C,), C),
        ((entry(C),), (B,), C),
        ((entry(C, "train"), entry(B, "test")), (), B),
        ((entry(C, "validation"), entry(B, "validation")), (), B),
        ((entry(C, status="withheld"), entry(B)), (), B),
        ((entry(C, status="withheld"),), (B,), C),
        ((entry(C, None, status="withheld"),), (), C),
        ((entry(C, aliases=(A,)),), (A,), C),
        ((entry(D, aliases=(A,)),), (), B),
    ],
)
def test_which_one_stays(lines, annotated, stays):
    found = one_per_group(articles(a=near(0), b=near(1), c=near(2)), (), Ledger(lines), annotated)
    assert kept(found) == [stays]
    copies = {A, B, C} - {stays}
    assert set(found.aliases) == copies
    assert set(found.aliases.values()) == {stays} or (lines[0].article_id == D)


def test_a_copy_of_a_withheld_article_whose_page_is_gone_stays_out():
    ledger = Ledger((entry(D, status="withheld", text=near(0)),))
    found = one_per_group(articles(a=near(0), b=near(1)), (), ledger)
    assert kept(found) == []
    assert found.aliases == {A: D, B: D}
    assert [item.reason for item in found.rejected] == ["duplicate", "near-duplicate"]
    assert all("withheld: asked to" in item.message for item in found.rejected)
    assigned = assign_splits(found.groups, ledger, settings(), found.aliases)
    assert {name: item.split for name, item in assigned.items()} == {D: None}
    (line,) = ledger_entries({}, found.groups, assigned, ledger, "1.1.0", found.aliases)
    assert (line.article_id, line.aliases, line.status) == (D, (A, B), "withheld")
    # also when cleaning later gives other texts
    later = Ledger((*ledger.lines, line))
    again = one_per_group(articles(a="words that are all different"), (), later)
    assert kept(again) == []
    assert again.rejected[0].reason == "near-duplicate"


def test_a_published_article_without_its_page_gives_its_place_to_a_new_fetch():
    ledger = Ledger((entry(D, "test", text=near(0)),))
    found = one_per_group(articles(a=near(0), b=near(1)), (), ledger)
    assert kept(found) == [A]
    assert found.groups[A].duplicate_group == D
    assigned = assign_splits(found.groups, ledger, settings(), found.aliases)
    assert {name: item.split for name, item in assigned.items()} == {A: "test", D: "test"}


def test_an_alias_alone_is_nothing():
    found = one_per_group(articles(a=near(0)), (), Ledger((entry(D, aliases=(A,)),)))
    assert kept(found) == []
    assert found.aliases == {A: D}


def test_of_two_published_copies_one_is_withheld_from_now_on():
    ledger = Ledger((entry(A, "train"), entry(B, "test"), entry(C, "train", aliases=(D,))))
    pages = articles(a=near(0), b=near(1), c=near(2), d=near(3))
    found = one_per_group(pages, (), ledger)
    assert kept(found) == [B]
    assigned = assign_splits(found.groups, ledger, settings(), found.aliases)
    assert {name: item.split for name, item in assigned.items()} == {A: None, B: "test", C: None}
    assert assigned[A].reason == f"another copy of {B}"
    texts = {B: sha256_text(near(1))}
    added = ledger_entries(texts, found.groups, assigned, ledger, "1.1.0", found.aliases)
    assert [(e.article_id, e.status, e.split, e.aliases) for e in added] == [
        (A, "withheld", "train", ()),
        (B, "published", "test", (A, C)),
        (C, "withheld", "train", (D,)),
    ]
    # which settles it
    ledger = Ledger((*ledger.lines, *added))
    found = one_per_group(pages, (), ledger)
    assert kept(found) == [B]
    again = assign_splits(found.groups, ledger, settings(), found.aliases)
    assert again == assigned
    assert ledger_entries(texts, found.groups, again, ledger, "1.2.0", found.aliases) == []


def test_order_does_not_matter():
    pages = articles(a=near(0), b="something else", c=near(1), d="something else")
    ledger = Ledger((entry(C),))
    expected = one_per_group(pages, (), ledger)
    for seed in range(5):
        assert one_per_group(random.Random(seed).sample(pages, 4), (), ledger) == expected
