"""Long random lives of a corpus: pages are added, lost, fetched again, edited by their site, cleaned
better, put into one story and taken down, release after release.

What must hold after every release, and whether shares come out as configured in the end.
"""

import os
import random
from dataclasses import replace
from fractions import Fraction

import pytest

from dataset_builder.grouping import one_per_group
from dataset_builder.ledger import Ledger
from dataset_builder.project import SPLITS
from dataset_builder.registries import Story
from dataset_builder.release.build import withheld_from
from dataset_builder.splits import assign_splits, ledger_entries
from dataset_builder.takedown import Takedown, Takedowns, sifted
from dataset_builder.takedown_signatures import text_sketches
from tests.annotated import article
from tests.factory import settings

THOROUGH = bool(os.environ.get("CI"))
RELEASES = 20 if THOROUGH else 12
WORDS = 60


class Corpus:
    """A corpus with its ledger; every act of its life is one method."""

    def __init__(self, seed, shares):
        self.rng = random.Random(seed)
        self.settings = replace(settings(), seed=seed, splits=shares)
        self.pages = {}
        self.stories = []
        self.ledger = Ledger()
        self.takedowns = Takedowns()
        self.number = 0
        self.released = {}
        """Article -> the split it was first released in."""

    def page(self, text):
        self.number += 1
        made = article(text, f"page-{self.rng.getrandbits(48):012x}-{self.number}.txt")
        self.pages[made.source] = made

    def words(self, count):
        return [f"w{self.rng.getrandbits(40):x}" for _ in range(count)]

    def add(self):
        self.page(" ".join(self.words(WORDS)) + ".")

    def any(self):
        return self.pages[self.rng.choice(sorted(self.pages))]

    def refetch(self):
        self.page(self.any().text)

    def edit(self):
        """The site changes some words: a near-duplicate, or a text of its own."""
        words = self.any().text.split(" ")
        for at in self.rng.sample(range(len(words)), self.rng.choice((1, 2, 12))):
            words[at] = self.words(1)[0]
        self.page(" ".join(words))

    def reclean(self):
        """The cleaner gives another text for the same page."""
        old = self.any()
        self.pages[old.source] = article(" ".join(old.text.split(" ")[4:]), old.source)

    def lose(self):
        del self.pages[self.any().source]

    def join(self):
        names = [self.any().article_id for _ in range(self.rng.choice((2, 2, 3)))]
        self.stories.append(Story(f"story-{len(self.stories)}", tuple(dict.fromkeys(names)), None))

    def take_down(self):
        gone = self.any()
        owner = self.ledger.alias_of.get(gone.article_id, gone.article_id)
        aliases = [a for a, of in self.ledger.alias_of.items() if of == owner]
        signature = text_sketches([gone.text])[0].tobytes().hex()
        ids = tuple(sorted({owner, gone.article_id, *aliases}))
        entry = Takedown(owner, ids, "asked", (gone.text_sha256,), (signature,))
        self.takedowns = Takedowns((*self.takedowns.lines, entry))

    ACTS = (add, add, add, add, add, refetch, edit, edit, reclean, lose, join, take_down)

    def live(self):
        for _ in range(self.rng.randint(3, 9)):
            act = self.rng.choice(self.ACTS) if len(self.pages) > 3 else Corpus.add
            act(self)

    def build(self, order=None):
        """What a build makes of it: groups, assignments, the names of what is released and why the
        rest is not, and the ledger after it."""
        pages = sorted(self.pages.values(), key=lambda page: page.source)
        stories = list(self.stories)
        if order:
            order.shuffle(pages)
            order.shuffle(stories)
        kept, _ = sifted(pages, self.takedowns, self.ledger)
        found = one_per_group(kept, stories, self.ledger)
        gone = self.takedowns.withheld
        assigned = assign_splits(found.groups, self.ledger, self.settings, found.aliases, gone)
        there = {item.article_id for item in found.articles}
        released = {n: assigned[n].split for n in there if assigned[n].split}
        withheld = withheld_from(assigned, there, self.takedowns)
        texts = {item.article_id: item.text_sha256 for item in found.articles}
        added = ledger_entries(texts, found.groups, assigned, self.ledger, "1.0.0", found.aliases)
        return found, assigned, released, withheld, Ledger((*self.ledger.lines, *added))


def check(corpus, found, assigned, released, withheld):
    before = corpus.ledger
    # In its split or withheld, never in another.
    for name, split in released.items():
        assert corpus.released.setdefault(name, split) == split
        assert name not in withheld
    # Everything that was ever released and is not now is named with its reason.
    for name in corpus.released.keys() - released.keys():
        assert withheld[name]
    # So is every page that is there: released, another copy of one, or withheld.
    for item in found.articles:
        assert item.article_id in released or withheld[item.article_id]
    # No group ever crosses.
    places = {}
    for name, split in released.items():
        places.setdefault(found.groups[name].story, set()).add(split)
        places.setdefault(found.groups[name].duplicate_group, set()).add(split)
    assert all(len(splits) == 1 for splits in places.values())
    for story in corpus.stories:
        assert len({released[name] for name in story.articles if name in released}) <= 1
    # What was published in several splits before it turned out to be one stays in the least trainable.
    for name, split in released.items():
        story = found.groups[name].story
        met = {corpus.released[n] for n in corpus.released if found.groups[n].story == story}
        assert SPLITS.index(split) == max(map(SPLITS.index, met))
    # What was taken down is not there, by whatever name, and that is the reason.
    assert all(withheld[n].startswith("taken down") for n in corpus.takedowns.entries)
    assert not released.keys() & corpus.takedowns.by_id.keys()
    texts = {item.text_sha256 for item in found.articles if item.article_id in released}
    own = {e.text_sha256 for e in before.entries.values()}
    assert not (texts - own) & corpus.takedowns.by_text.keys()


@pytest.mark.parametrize("seed", range(6 if THOROUGH else 2))
def test_every_promise_holds_through_a_long_life(seed):
    corpus = Corpus(seed, settings().splits)
    for _ in range(RELEASES):
        corpus.live()
        found, assigned, released, withheld, ledger = corpus.build()
        check(corpus, found, assigned, released, withheld)
        # The order of files makes no difference, and an interrupted build ends the same way.
        again = corpus.build(order=corpus.rng)
        assert again[1:] == (assigned, released, withheld, ledger)
        assert again[0].articles == found.articles
        corpus.ledger = ledger
        assert corpus.build()[1:] == (assigned, released, withheld, ledger)
    assert len(corpus.released) > RELEASES


@pytest.mark.parametrize("parts", [(3, 1, 1), (8, 1, 1), (1, 1, 0)])
def test_shares_come_out_as_configured(parts):
    shares = {s: Fraction(n, sum(parts)) for s, n in zip(SPLITS, parts, strict=True)}
    corpus = Corpus(7, shares)
    off = []
    for _ in range(RELEASES):
        for _ in range(8):
            corpus.rng.choice((Corpus.add, Corpus.add, Corpus.add, Corpus.edit))(corpus)
        *_, ledger = corpus.build()
        corpus.ledger = ledger
        placed = [entry.split for entry in ledger.entries.values() if entry.status == "published"]
        off.append(max(abs(placed.count(s) / len(placed) - float(shares[s])) for s in SPLITS))
    assert off[-1] <= 0.05
    assert off[-1] <= off[0]


def test_a_takedown_moves_nobody_else():
    corpus = Corpus(3, settings().splits)
    for _ in range(8):
        corpus.live()
        corpus.ledger = corpus.build()[4]
    groups, _, before, *_ = corpus.build()
    corpus.take_down()
    gone = corpus.takedowns.by_id
    after_groups, _, after, *_ = corpus.build()
    assert {n: s for n, s in before.items() if n not in gone} == {
        n: s for n, s in after.items() if n not in gone
    }
    for name in after:
        assert after_groups.groups[name] == groups.groups[name]
