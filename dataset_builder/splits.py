"""Splits that stay: an article is in the split it was published in, or withheld, for ever.

The unit is everything that stories and duplicate groups connect. What is known keeps its split;
what is new goes where it is needed most, in an order that a seeded hash gives. The result depends
on the ledger and the new articles alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from dataset_builder.grouping.groups import Joined, connect_groups, connect_ledger, unit_of
from dataset_builder.ledger import PUBLISHED, WITHHELD, LedgerEntry, says_the_same
from dataset_builder.project import SPLITS

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from dataset_builder.grouping.groups import Grouping
    from dataset_builder.ledger import Ledger
    from dataset_builder.project import Settings


@dataclass(frozen=True)
class Assignment:
    """Where an article goes; without a split it is withheld, and `reason` says why."""

    split: str | None
    reason: str | None = None


def assign_splits(
    groups: Mapping[str, Grouping],
    ledger: Ledger,
    settings: Settings,
    aliases: Mapping[str, str] = MappingProxyType({}),
    withheld: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Assignment]:
    """Assign every article of `groups` and of the ledger, whatever their order.

    `aliases` are new ones, beside those of the ledger: copy -> article that it gives way to.
    `withheld` are articles that must not be released any more, with the reason.

    Articles of the ledger are assigned whether this build has them or not, so that the result does
    not depend on which it has. What the ledger withholds stays withheld, and an alias gives way to
    the article it stands for. When a unit was published in several splits, its published members
    stay in the least trainable one (test, then validation) or are withheld, and so is every member
    that was never published.
    """
    joined = Joined()
    connect_ledger(joined, ledger)
    connect_groups(joined, groups)
    taken: dict[Hashable, set[str]] = {}
    for name, entry in ledger.entries.items():
        if entry.split:
            taken.setdefault(unit_of(joined, name), set()).add(entry.split)
    assigned: dict[str, Assignment] = {}
    waiting: dict[Hashable, list[str]] = {}
    for name in sorted({*groups, *ledger.entries}):
        unit = unit_of(joined, name)
        if name in withheld:
            assigned[name] = Assignment(None, withheld[name])
            continue
        known = _known(name, ledger, aliases, taken.get(unit, set()))
        if known:
            assigned[name] = known
        else:
            waiting.setdefault(unit, []).append(name)
    new = []
    for unit, names in waiting.items():
        splits = taken.get(unit, set())
        if not splits:
            new.append(names)
        elif len(splits) == 1:
            assigned |= dict.fromkeys(names, Assignment(next(iter(splits))))
        else:
            listed = " and ".join(split for split in SPLITS if split in splits)
            reason = f"its story was published in {listed} before they turned out to be one"
            assigned |= dict.fromkeys(names, Assignment(None, reason))
    filled = {s: sum(item.split == s for item in assigned.values()) for s in SPLITS}
    for names in sorted(new, key=lambda names: _order(settings.seed, names[0])):
        split = _neediest(filled, len(names), settings.splits)
        filled[split] += len(names)
        assigned |= dict.fromkeys(names, Assignment(split))
    return dict(sorted(assigned.items()))


def ledger_entries(
    texts: Mapping[str, str],
    groups: Mapping[str, Grouping],
    assignments: Mapping[str, Assignment],
    ledger: Ledger,
    version: str,
    aliases: Mapping[str, str] = MappingProxyType({}),
) -> list[LedgerEntry]:
    """What a build would add to the ledger: entries that are new or say something new, by id.

    `texts` gives the text_sha256 of every article of the build; other articles of the ledger keep
    theirs. New `aliases` (copy -> article that it gives way to) are written with that article; an
    alias that was never released has no entry of its own.
    """
    copies: dict[str, list[str]] = {}
    for alias, name in sorted(aliases.items()):
        if alias not in ledger.alias_of:  # an alias stays with the article it was first one of
            copies.setdefault(name, []).append(alias)
    found = []
    for name, assignment in sorted(assignments.items()):
        before = ledger.entries.get(name)
        if before is None and name in ledger.alias_of:
            continue
        entry = LedgerEntry(
            article_id=name,
            aliases=(*(before.aliases if before else ()), *copies.get(name, ())),
            duplicate_group=groups[name].duplicate_group,
            story=groups[name].story,
            split=assignment.split or (before.split if before else None),
            status=PUBLISHED if assignment.split else WITHHELD,
            reason=assignment.reason,
            text_sha256=texts[name] if before is None else texts.get(name, before.text_sha256),
            version=version,
        )
        if before is None or not says_the_same(before, entry):
            found.append(entry)
    return found


def _known(
    name: str, ledger: Ledger, aliases: Mapping[str, str], splits: set[str]
) -> Assignment | None:
    """What is known of an article in a unit that was published in `splits`."""
    owner = ledger.alias_of.get(name) or aliases.get(name)
    if owner:
        return Assignment(None, f"another copy of {owner}")
    entry = ledger.entries.get(name)
    if entry is None:
        return None
    if entry.status == WITHHELD:
        return Assignment(None, entry.reason)
    least = max(splits, key=SPLITS.index)
    if entry.split == least:
        return Assignment(entry.split)
    return Assignment(
        None, f"published in {entry.split}, but a part of its story was published in {least}"
    )


def _order(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def _neediest(filled: Mapping[str, int], size: int, shares: Mapping[str, Fraction]) -> str:
    """The split that is furthest below its share once `size` more articles are there.

    Among equals the emptiest for its share, then the first of SPLITS. Exact: no rounding decides.
    """
    total = sum(filled.values()) + size

    def rank(split: str) -> tuple[Fraction, Fraction, int]:
        share = shares[split]
        missing = share * total - filled[split]
        fill = Fraction(filled[split]) / share if share else Fraction(total)
        return (-missing, fill, SPLITS.index(split))

    return min(SPLITS, key=rank)
