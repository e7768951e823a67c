"""A mention of an actor, issue or place as a range of words, and how mentions grow together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.prelabel.language import Language
    from dataset_builder.prelabel.words import Word

ACTOR: Final = "ACTOR"
ISSUE: Final = "ISSUE"
LOCATION: Final = "LOCATION"


@dataclass(frozen=True, slots=True)
class Mention:
    """Something named, as a range of words."""

    label: str
    """ACTOR, ISSUE or LOCATION."""
    first: int
    after: int
    ids: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    """What to enter as `actor_new`: `name, country, sector`."""
    adjective: bool = False
    """The word for a people alone: an actor only right before what it does."""
    possessive: bool = False


def widened(
    words: Sequence[Word], language: Language, found: Mention, first: int, after: int
) -> Mention:
    """A place with "northern" before and "province" after it."""
    start, stop = found.first, found.after
    if start > first and words[start - 1].key in language.words("part_before"):
        start -= 1
    if stop < after and words[stop].key in language.words("part_after"):
        stop += 1
    return replace(found, first=start, after=stop)


def with_article(
    words: Sequence[Word], language: Language, mention: Mention, first: int
) -> Mention:
    """An actor is marked with its article: "The Kremlin"."""
    before = mention.first - 1
    named = mention.label == ACTOR and not mention.adjective and not mention.possessive
    if named and before >= first and words[before].key in language.words("articles"):
        return replace(mention, first=before)
    return mention


def joined_places(words: Sequence[Word], mentions: list[Mention]) -> list[Mention]:
    """One place of two that belong together: "Sochi, Russia"."""
    found: list[Mention] = []
    for mention in mentions:
        last = found[-1] if found else None
        if (
            last is not None
            and last.label == LOCATION
            and mention.first == last.after + 1
            and words[last.after].text == ","
            and not mention.adjective
            and mention.after < len(words)
            and words[mention.after].text in ",."
            and (mention.ids or mention.new)
        ):
            found[-1] = replace(last, after=mention.after)
        else:
            found.append(mention)
    return found


def compounds(
    words: Sequence[Word], mentions: list[Mention], joins: frozenset[str]
) -> list[Mention]:
    """Actors that are listed ("Russia, Turkey and Iran") as one mention with several ids."""
    found: list[Mention] = []
    place = 0
    while place < len(mentions):
        end = place
        joined = False
        while end + 1 < len(mentions) and _listable(mentions[end]) and _listable(mentions[end + 1]):
            between = [w.key for w in words[mentions[end].after : mentions[end + 1].first]]
            between = [w for w in between if w != "the"]
            if between == [","]:
                end += 1
            elif between and between[-1] in joins and between[:-1] in ([], [","]):
                end += 1
                joined = True
                break
            else:
                break
        if joined:
            group = mentions[place : end + 1]
            ids = tuple(sorted({i for m in group for i in m.ids}))
            new = tuple(dict.fromkeys(n for m in group for n in m.new))
            found.append(
                Mention(
                    ACTOR,
                    group[0].first,
                    group[-1].after,
                    ids,
                    new,
                    possessive=group[-1].possessive,
                )
            )
            place = end + 1
        else:
            found.append(mentions[place])
            place += 1
    return found


def _listable(mention: Mention) -> bool:
    # One whose members are not all known would hide the unknown ones behind the known.
    return mention.label == ACTOR and not mention.adjective and bool(mention.ids or mention.new)
