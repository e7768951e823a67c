"""Which articles belong together: near-duplicates, and stories.

What was once released together stays together: groups are only ever joined, never divided, and
their ids are inherited through the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.grouping.near import near_duplicates
from dataset_builder.grouping.stories import Given, Report, find_stories

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from dataset_builder.articles import Article
    from dataset_builder.ledger import Ledger, LedgerEntry
    from dataset_builder.registries import Story


@dataclass(frozen=True)
class Grouping:
    """The groups of one article; the id of a group is the id of one of its articles."""

    duplicate_group: str
    story: str


class Joined:
    """Disjoint sets of hashable things, joined one pair at a time."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def join(self, one: Hashable, other: Hashable) -> None:
        """Put both, and all that they are with, into one set."""
        self._parent[self.root(one)] = self.root(other)

    def root(self, item: Hashable) -> Hashable:
        """Some member that stands for the whole set of `item`."""
        self._parent.setdefault(item, item)
        top = item
        while self._parent[top] != top:
            top = self._parent[top]
        while self._parent[item] != top:  # shorten the way for the next time
            self._parent[item], item = top, self._parent[item]
        return top


def group_articles(
    articles: Iterable[Article], stories: Iterable[Story], ledger: Ledger
) -> dict[str, Grouping]:
    """Groups of every one of `articles` and of every article that the ledger knows, by article id.

    The order of what comes in does not matter. `duplicate_group` joins near-duplicates (see
    `near`), equal texts, what the ledger had in one such group, and aliases; `story` joins these,
    what one of `stories` lists, what the ledger had in one story, and what reports the same
    happening (see `find_stories`), unless one of `stories` keeps it apart or both were published as
    two. The id of either is the smallest that the ledger published for it, else the smallest that
    the ledger knows, else the smallest article id. Articles that `stories` name but nobody knows connect those that are known.
    """
    articles, stories = tuple(articles), tuple(stories)
    wanted = sorted({*(article.article_id for article in articles), *ledger.entries})
    near = near_duplicates((article.article_id, article.text) for article in articles)
    texts = {line.text_sha256: line.article_id for line in ledger.lines}
    copies = [
        *near.items(),
        # Another fetch of what was released, whose page may not be there any more.
        *(
            (article.article_id, texts[article.text_sha256])
            for article in articles
            if article.text_sha256 in texts and article.article_id not in ledger.entries
        ),
    ]
    duplicates, related = Joined(), Joined()
    _connect_copies(duplicates, ledger)
    connect_ledger(related, ledger)
    for one, other in copies:
        duplicates.join(_article(one), _article(other))
        related.join(_article(one), _article(other))
    for story in stories:
        for name in story.articles:
            related.join(_article(name), ("listed", story.id))
    together: dict[Hashable, list[str]] = {}
    for name in wanted:
        together.setdefault(unit_of(related, name), []).append(name)
    reports = (
        Report(item.article_id, item.title, item.text, item.language, item.published_at)
        for item in articles
    )
    given = Given(
        together=together.values(),
        apart=[story.apart for story in stories],
        settled=[name for name, entry in ledger.entries.items() if entry.split],
    )
    for found in find_stories(reports, given):
        for name in found[1:]:
            related.join(_article(found[0]), _article(name))
    groups = _ids(duplicates, wanted, ledger, lambda entry: entry.duplicate_group)
    named = _ids(related, wanted, ledger, lambda entry: entry.story)
    return {name: Grouping(groups[name], named[name]) for name in wanted}


def _ids(
    joined: Joined, wanted: Iterable[str], ledger: Ledger, of: Callable[[LedgerEntry], str]
) -> dict[str, str]:
    """The id of the set that each of some articles (sorted) is in."""
    published: dict[Hashable, str] = {}
    known: dict[Hashable, str] = {}
    for entry in ledger.lines:
        root = joined.root(_article(entry.article_id))
        for ids in (known, published) if entry.split else (known,):
            ids[root] = min(ids.get(root, of(entry)), of(entry))
    smallest: dict[Hashable, str] = {}
    roots = {name: joined.root(_article(name)) for name in wanted}
    for name, root in roots.items():  # sorted, so that the first is the smallest
        smallest.setdefault(root, name)
    return {
        name: published.get(root) or known.get(root) or smallest[root]
        for name, root in roots.items()
    }


def connect_ledger(joined: Joined, ledger: Ledger) -> None:
    """Join what the ledger ever had in one story or duplicate group, and aliases.

    Superseded lines count too: when two stories became one while an article was missing from the
    build, its own line still has the older story.
    """
    _connect_copies(joined, ledger)
    for entry in ledger.lines:
        joined.join(_article(entry.article_id), ("story", entry.story))


def _connect_copies(joined: Joined, ledger: Ledger) -> None:
    for entry in ledger.lines:
        article = _article(entry.article_id)
        joined.join(article, ("duplicates", entry.duplicate_group))
        for alias in entry.aliases:
            joined.join(article, _article(alias))


def connect_groups(joined: Joined, groups: Mapping[str, Grouping]) -> None:
    """Join what `groups` has in one story or duplicate group."""
    for name, grouping in groups.items():
        joined.join(_article(name), ("story", grouping.story))
        joined.join(_article(name), ("duplicates", grouping.duplicate_group))


def unit_of(joined: Joined, name: str) -> Hashable:
    """The set that an article is in."""
    return joined.root(_article(name))


def _article(name: str) -> tuple[str, str]:
    return ("article", name)
