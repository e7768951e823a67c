"""Where a report is datelined: "Oslo - Anna Berg" above it, or "OSLO (Reuters) -" at its start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.metadata.names import AGENCIES, SMALL, is_agency, is_person, is_place
from dataset_builder.clean.text import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT: Final = re.compile(r"[A-Z]{3,6}|[a-z]{3}")
"""How agencies call themselves in brackets."""
SAMPLE: Final = 8000
"""Characters of the body in which a place must be named again."""

_DASH: Final = re.compile(
    r"\s+(?:-{1,2}|–|—|ـ)\s+|(?<=[\u0621-\u064a])\s?[-–—ـ:/]\s?(?=[\u0621-\u064a])"
)
_PLACE: Final = r"[^\W\d_][^\W\d_'’.\-]*(?:[\s\-'’.]{1,2}[^\W\d_][^\W\d_'’.\-]*){0,3}\.?"
_INLINE: Final = re.compile(
    rf"(?P<place>{_PLACE})(?P<region>,\s+{_PLACE})?(?P<date>,?\s+(?:\d{{1,2}}\s+)?[^\W\d_]{{3,9}}\.?(?:\s+\d{{1,2}})?)?"
    r"\s*(?:[(/]\s?(?P<agency>[^()/]{2,30})\s?[)/])?\s*(?P<dash>\.?\s?-{1,2}|–|—|:)\s+(?:(?P<after>[^\s.]{2,20}(?:\s[^\s.]{2,20})?)\.\s)?(?=\S)"
)
_XINHUA: Final = re.compile(
    r"(?P<agency>新华社|中新社|中新网|共同社)(?P<place>[\u4e00-\u9fff]{2,6}?)(?:\d{1,2}月)?\d{1,2}日电"
)


def place_line(
    lines: Sequence[str], lead: int, body: Sequence[int], outlet: str | None, roles: dict[int, str]
) -> tuple[str | None, str | None]:
    """Place and name of a line "Place - Name" right above the text."""
    if not lead or len(lines[lead - 1]) > 100:
        return None, None
    parts = _DASH.split(lines[lead - 1])
    if len(parts) != 2:
        return None, None
    place, name = (part.strip(" ()") for part in parts)
    if not place or not name or not is_place(place):
        return None, None
    known = is_agency(name) or (outlet is not None and fold(name) == fold(outlet))
    if not known:
        if not is_person(name):
            return None, None
        text = "\n".join(lines[at] for at in body)[:SAMPLE].casefold()
        known = all(word in text for word in re.findall(r"\w{3,}", place.casefold()))
    if not known:
        return None, None
    roles[lead - 1] = "dateline"
    return place, name


def inline(paragraph: str) -> tuple[str | None, str | None]:
    """Place and agency of a dateline that opens the first paragraph."""
    wire = _XINHUA.match(paragraph)
    if wire:
        return wire["place"], wire["agency"]
    found = _INLINE.match(paragraph)
    if not found or not is_place(found["place"]):
        return None, None
    place, agency = found["place"], found["agency"]
    size = sum(word.casefold() not in SMALL for word in place.split())
    if not agency and found["after"] and fold(found["after"]) in AGENCIES:
        agency = found["after"]  # "МОСКВА, 28 сен — РИА Новости. "
    sure = size <= 2 or found["region"] or found["date"] or agency
    shouted = place == place.upper() and place != place.lower() and len(place) > 2 and sure
    credited = agency is not None and (is_agency(agency) or _SHORT.fullmatch(agency) is not None)
    if agency and not credited and agency[0] != agency[0].upper():
        return None, None  # words in brackets, no name
    spanish = place.endswith(".") and found["dash"] == "-" and size <= 3  # "Washington.- "
    if not shouted and not credited and not spanish:
        return None, None
    return place.rstrip("."), agency if credited else None
