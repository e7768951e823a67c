"""Moves one annotation onto another text: each of its items exactly, or into doubt with a reason.

A region moves exactly when its words lie in a stretch of at least `CERTAIN` characters that both
texts have, at a place that nothing else claims. Everything else stays out and is named.
"""

from __future__ import annotations

import copy
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dataset_builder.studio.exported import same_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataset_builder.moving.align import Alignment
    from dataset_builder.studio.exported import Item

CERTAIN = 32
"""Characters of unchanged text, the region's own among them, that make its place certain."""
_LONGEST = 16
"""A place is only proposed when it is at most so many characters longer than twice the words."""

Reason = Literal["edited", "gone", "ambiguous", "isolated", "unreadable", "judged"]
REASONS: dict[Reason, str] = {
    "edited": "its words were changed",
    "gone": "its words are gone",
    "ambiguous": "its words are there several times, and it cannot be told which are meant",
    "isolated": "the text around it was rewritten",
    "unreadable": "it had no place in the text that was annotated",
    "judged": "the text was judged broken, and it is another one now",
}


@dataclass(frozen=True)
class Doubt:
    """What cannot be moved exactly: a region with its fields, or a judgement of the text."""

    region_id: str
    items: tuple[Item, ...]
    """Its items as they were entered."""
    reason: Reason
    start: int | None
    """Where it was in the old text; None without a place, and for a judgement."""
    end: int | None
    proposal: tuple[int, int] | None
    """Where it may be in the new text: for people to look at, never used without them."""

    @property
    def label(self) -> str:
        """Its label, or the field that it is."""
        for item in self.items:
            value = item.get("value")
            labels = value.get("labels") if isinstance(value, dict) else None
            if item.get("type") == "labels" and isinstance(labels, list):
                return ", ".join(map(str, labels))
        return str(self.items[0].get("from_name"))

    @property
    def words(self) -> str:
        """The words that were marked, or what was entered."""
        value = self.items[0].get("value")
        if not isinstance(value, dict):
            return ""
        words = value.get("text", value.get("choices"))
        return ", ".join(map(str, words)) if isinstance(words, list) else str(words)


@dataclass(frozen=True)
class Moved:
    """One annotation on another text. Every item of the old one is in exactly one of these."""

    items: tuple[Item, ...]
    """Moved exactly, in the order in which they were given; ids and origins are kept."""
    doubts: tuple[Doubt, ...]
    """By place in the old text."""
    arrows: tuple[Item, ...]
    """Arrows from or to a region in doubt, as they were."""

    @property
    def exact(self) -> bool:
        """Whether nothing is in doubt."""
        return not self.doubts

    def proposed(self, text: str) -> tuple[Item, ...]:
        """What a person is to start from on the new `text`: all that moved exactly, the regions in
        doubt that have a proposed place, and the arrows between them."""
        placed = [doubt for doubt in self.doubts if doubt.proposal is not None]
        guesses = [
            _placed(item, doubt.proposal, text)
            for doubt in placed
            if doubt.proposal is not None
            for item in doubt.items
        ]
        there = {str(item.get("id")) for item in (*self.items, *guesses)}
        arrows = [a for a in self.arrows if {str(a.get("from_id")), str(a.get("to_id"))} <= there]
        return (*self.items, *guesses, *arrows)


def move(result: Iterable[Mapping[str, Any]], alignment: Alignment) -> Moved:
    """Move a Label Studio `result` that was made on `alignment.old` onto `alignment.new`."""
    given = [dict(item) for item in result]
    doubtful: dict[str, tuple[Reason, tuple[int, int] | None, tuple[int, int] | None]] = {}
    places: list[tuple[int, int] | None] = []
    for item in given:
        place, reason, proposal = _destination(item, alignment)
        places.append(place)
        if reason is not None:
            doubtful.setdefault(str(item.get("id")), (reason, _extent(item), proposal))
    items: list[Item] = []
    arrows: list[Item] = []
    left: dict[str, list[Item]] = {}
    for item, place in zip(given, places, strict=True):
        if item.get("type") == "relation":
            ends = {str(item.get("from_id")), str(item.get("to_id"))}
            (arrows if ends & doubtful.keys() else items).append(item)
        elif str(item.get("id")) in doubtful:
            left.setdefault(str(item.get("id")), []).append(item)
        else:
            items.append(_placed(item, place, alignment.new) if place else item)
    doubts = []
    for region_id, (reason, extent, proposal) in doubtful.items():
        start, end = extent or (None, None)
        doubts.append(Doubt(region_id, tuple(left[region_id]), reason, start, end, proposal))
    doubts.sort(key=lambda d: (d.start is None, d.start or 0, d.end or 0, d.region_id))
    return Moved(tuple(items), tuple(doubts), tuple(arrows))


def locate(
    start: int, end: int, alignment: Alignment
) -> tuple[tuple[int, int] | None, Reason | None, tuple[int, int] | None]:
    """The exact place of `old[start:end]` in the new text; else why there is none, and the place
    that people may find it at."""
    first, last = alignment.block_at(start), alignment.block_at(end - 1)
    old, new = alignment.old, alignment.new
    if first is not None and first is last:
        place = (start + first.shift, end + first.shift)
        whole = first.end - first.start == len(old) == len(new)
        if whole or first.end - first.start >= CERTAIN:
            return place, None, None
        return None, "isolated", place
    words = old[start:end]
    gap = _gap(start, end, alignment)
    if gap is not None:
        inside = new[gap[0] : gap[1]]
        if inside.count(words) > 1:
            return None, "ambiguous", None
        if _says_something(inside) and len(inside) <= 2 * (end - start) + _LONGEST:
            return None, "edited", _stripped(gap, new)
    elsewhere = new.find(words)
    if elsewhere < 0:
        return None, "gone", None
    if new.find(words, elsewhere + 1) >= 0:
        return None, "ambiguous", None
    return None, "isolated", (elsewhere, elsewhere + len(words))


def _gap(start: int, end: int, alignment: Alignment) -> tuple[int, int] | None:
    """The stretch of the new text between what is unchanged at or before the first character and
    at or after the last; None when the two do not follow each other."""
    first, last = alignment.block_at(start), alignment.block_at(end - 1)
    before, after = alignment.before(start), alignment.after(end)
    low, high = 0, len(alignment.new)
    if first is not None:
        low = start + first.shift
    elif before is not None:
        low = before.end + before.shift
    if last is not None:
        high = end + last.shift
    elif after is not None:
        high = after.start + after.shift
    return (low, high) if low < high else None


def _says_something(text: str) -> bool:
    """Whether there is more in it than white space and punctuation."""
    return any(unicodedata.category(char)[0] not in "ZPC" for char in text)


def _stripped(place: tuple[int, int], text: str) -> tuple[int, int]:
    words = text[place[0] : place[1]]
    return (
        place[0] + len(words) - len(words.lstrip()),
        place[1] - len(words) + len(words.rstrip()),
    )


def _destination(
    item: Item, alignment: Alignment
) -> tuple[tuple[int, int] | None, Reason | None, tuple[int, int] | None]:
    if item.get("type") == "relation":
        return None, None, None
    value = item.get("value")
    if not isinstance(value, dict):
        return None, None, None
    if "start" not in value and "end" not in value:
        broken = item.get("from_name") == "relevance" and value.get("choices") == ["broken"]
        if broken and alignment.old != alignment.new:
            return None, "judged", None
        return None, ("unreadable" if item.get("type") == "labels" else None), None
    extent = _extent(item)
    if extent is None or not 0 <= extent[0] < extent[1] <= len(alignment.old):
        return None, "unreadable", None
    start, end = extent
    words = value.get("text")
    surface = isinstance(words, str) and item.get("type") != "textarea"
    if surface and not same_words(words, alignment.old[start:end]):
        return None, "unreadable", None
    return locate(start, end, alignment)


def _extent(item: Item) -> tuple[int, int] | None:
    value = item.get("value")
    start, end = (value.get("start"), value.get("end")) if isinstance(value, dict) else (None, None)
    return (start, end) if type(start) is int and type(end) is int else None


def _placed(item: Item, place: tuple[int, int] | None, text: str) -> Item:
    """`item` at `place`; what it says of the words follows (a text field has its own `text`)."""
    if place is None:
        return item
    moved = copy.deepcopy(item)
    value = moved["value"]
    value["start"], value["end"] = place
    if isinstance(value.get("text"), str) and item.get("type") != "textarea":
        value["text"] = text[place[0] : place[1]]
    return moved
