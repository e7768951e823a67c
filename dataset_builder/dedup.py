"""Which articles belong together: near-duplicates, and stories.

What was once released together stays together: groups are only ever joined, never divided, and
their ids are inherited through the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from dataset_builder.articles import Article
    from dataset_builder.ledger import Ledger
    from dataset_builder.ontology import Story


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

    The order of what comes in does not matter. `duplicate_group` is the ledger's, else the article's own id (an alias has that of the article
    it stands for). `story` joins what one of `stories` lists, what the ledger had in one story or
    group, and aliases. Its id is the smallest story id that the ledger published for it, else the
    smallest that the ledger knows, else the smallest article id. Articles that `stories` name but
    nobody knows connect those that are known.
    """
    articles = tuple(articles)
    wanted = sorted({*(article.article_id for article in articles), *ledger.entries})
    joined = Joined()
    for story in stories:
        for name in story.articles:
            joined.join(_article(name), ("listed", story.id))
    connect_ledger(joined, ledger)
    texts = {line.text_sha256: line.article_id for line in ledger.lines}
    for article in articles:  # another fetch of what was released belongs with it
        if article.article_id not in ledger.entries and article.text_sha256 in texts:
            joined.join(_article(article.article_id), _article(texts[article.text_sha256]))
    published: dict[Hashable, str] = {}
    known: dict[Hashable, str] = {}
    for entry in ledger.lines:
        root = joined.root(_article(entry.article_id))
        for ids in (known, published) if entry.split else (known,):
            ids[root] = min(ids.get(root, entry.story), entry.story)
    smallest: dict[Hashable, str] = {}
    for name in wanted:  # sorted, so that the first is the smallest
        smallest.setdefault(joined.root(_article(name)), name)
    return {
        name: Grouping(
            _duplicate_group(name, ledger),
            published.get(root) or known.get(root) or smallest[root],
        )
        for name in wanted
        for root in (joined.root(_article(name)),)
    }


def connect_ledger(joined: Joined, ledger: Ledger) -> None:
    """Join what the ledger ever had in one story or duplicate group, and aliases.

    Superseded lines count too: when two stories became one while an article was missing from the
    build, its own line still has the older story.
    """
    for entry in ledger.lines:
        article = _article(entry.article_id)
        joined.join(article, ("story", entry.story))
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


def _duplicate_group(name: str, ledger: Ledger) -> str:
    entry = ledger.entries.get(ledger.alias_of.get(name, name))
    return entry.duplicate_group if entry else name
