"""Of every group of near-duplicates one article is pushed, annotated and released."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.articles import Rejected
from dataset_builder.grouping.groups import group_articles
from dataset_builder.grouping.sets import NEAR, similarity
from dataset_builder.ledger import PUBLISHED, Ledger
from dataset_builder.project import SPLITS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.grouping.groups import Grouping
    from dataset_builder.registries import Story


@dataclass(frozen=True)
class Distinct:
    """Articles of which no two are copies of each other."""

    articles: tuple[Article, ...]
    """Sorted by `article_id`."""
    rejected: tuple[Rejected, ...]
    """The others, `duplicate` or `near-duplicate`; sorted by `source`."""
    groups: Mapping[str, Grouping]
    """Of `articles` and of every article of the ledger."""
    aliases: Mapping[str, str]
    """Id of every other article -> id of the one that it is a copy of."""


def one_per_group(
    articles: Sequence[Article],
    stories: Iterable[Story] = (),
    ledger: Ledger | None = None,
    annotated: Collection[str] = (),
) -> Distinct:
    """Choose from every duplicate group of `articles` (see `group_articles`) the one that stays.

    That is, the first of: a published article (of several that in the least trainable split, as in
    `assign_splits`), a withheld one, an annotated one; among equals the smallest id. An alias is
    never chosen. Where a withheld article stays whose page is not there any more, or an alias is
    all there is, nothing of the group does. A published article without its page does not keep a
    new fetch out: that one takes its place, under its own id.
    """
    ledger = ledger or Ledger()
    groups = group_articles(articles, stories, ledger)
    present = {article.article_id: article for article in articles}
    members: dict[str, list[str]] = {}
    for name in sorted(groups):
        members.setdefault(groups[name].duplicate_group, []).append(name)
    stays: dict[str, str] = {}
    for names in members.values():
        here = [name for name in names if name in present]
        chosen = _chosen(names, present, ledger, annotated)
        for name in here:
            stays[name] = chosen or ledger.alias_of[name]
    kept = tuple(present[name] for name in sorted(stays) if stays[name] == name)
    aliases = {name: owner for name, owner in sorted(stays.items()) if owner != name}
    rejected = [_rejected(present[name], owner, present, ledger) for name, owner in aliases.items()]
    return Distinct(
        kept,
        tuple(sorted(rejected, key=lambda item: (item.source, item.message))),
        {name: groups[name] for name in groups if name not in aliases or name in ledger.entries},
        aliases,
    )


def _chosen(
    names: Sequence[str],
    present: Collection[str],
    ledger: Ledger,
    annotated: Collection[str],
) -> str | None:
    """The article of a group that stays; None when only aliases are there."""

    def rank(name: str) -> tuple[int, int, str]:
        entry = ledger.entries.get(name)
        if entry is None:
            return (2 if name in annotated else 3, 0, name)
        if entry.status == PUBLISHED and entry.split:
            return (0, -SPLITS.index(entry.split), name)
        return (1, 0, name)

    able = [name for name in names if name not in ledger.alias_of]
    withheld = [name for name in able if rank(name)[0] == 1]
    return min(
        (name for name in able if name in present or name in withheld), key=rank, default=None
    )


def _rejected(
    article: Article, owner: str, present: Mapping[str, Article], ledger: Ledger
) -> Rejected:
    other = present.get(owner)
    entry = ledger.entries.get(owner)
    if other is None:
        why = f", which is withheld: {entry.reason}" if entry and entry.reason else ""
        message = f"another copy of {owner}{why}; the page of {owner} is not there"
        same = entry is not None and entry.text_sha256 == article.text_sha256
        return Rejected(article.source, "duplicate" if same else "near-duplicate", message)
    if article.text_sha256 == other.text_sha256:
        message = f"cleans to the same text as {other.source} ({owner})"
        return Rejected(article.source, "duplicate", message)
    share = similarity(article.text, other.text)
    message = f"a near-duplicate of {other.source} ({owner}), similarity {share:.2f}"
    if share < NEAR:
        message += ", through other copies"
    return Rejected(article.source, "near-duplicate", message)
