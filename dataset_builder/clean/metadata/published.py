"""Which of the dates on a page is that of its article. Rather none than a wrong one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.metadata.dates import LONGEST, Kind, read_date
from dataset_builder.clean.patterns import cue

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from dataset_builder.clean.metadata.dates import Stated

RUNNING: Final = 90
"""Characters from which on a line is text, no heading or name; in Chinese and Japanese half as many."""
BETWEEN: Final = 20
"""Lines between title and text that are asked."""
UNTITLED: Final = 4
"""Lines above the text that are asked when nobody knows where the title is."""
ABOVE: Final = 2
"""Lines above the title that are asked."""
INTO: Final = 4
"""Lines after the first of the text that may still be of its head."""
ENDING: Final = 40
"""Characters at the end of a line in which a word for saying is looked for."""
CROWD: Final = 2
"""So many more dates close above a line make it one of a list."""
_SAYS: Final = re.compile(
    r"\b(?:says?|said|wrote|sagte?|schreibt|schrieb|meint|dit|a écrit|dice|escribió|disse)\s*:?\s*$",
    re.IGNORECASE,
)
_SIGNED: Final = re.compile(r"[–—-]\s?\w")
_CUE_ALONE: Final = re.compile(
    r"(?:published|posted|published\s+on|date\s+of\s+publication|veröffentlicht(?:\s+am)?|erschienen(?:\s+am)?|erstellt(?:\s+am)?|datum|publié(?:\s+le)?|mis(?:e)?\s+en\s+ligne(?:\s+le)?|"
    r"publicado(?:\s+el)?|опубликовано|дата|تاريخ\s+النشر|نشر\s+في|yayınlanma(?:\s+tarihi)?|发布时间)\s*:?",
    re.IGNORECASE,
)
_OTHER_CUE: Final = re.compile(
    r"(?:.*\b(?:updated|modified|edited|aktualisiert|aktualisierung|geändert|stand|mise?\s+à\s+jour|actualizad[oa]|обновлено|güncelleme|accessed|abgerufen)\b.{0,8}|"
    r"(?:date|when|wann|beginn|termin|deadline|einsendeschluss|start|ende|end|expires?|born|died)\s*:?)",
    re.IGNORECASE,
)
_EVENT: Final = re.compile(
    r"(?:ort|wo|wann|beginn|einlass|uhrzeit|termin|veranstaltungsort|location|venue|when|where|time|place|doors|lieu|quand|où|lugar|cuándo|dónde|deadline|anmeldung)\s*:",
    re.IGNORECASE,
)


def runs(line: str) -> bool:
    """Whether a line is long enough to be running text."""
    return len(line) >= RUNNING or (len(line) * 2 >= RUNNING and " " not in line)


def published(
    lines: Sequence[str],
    title_at: int | None,
    lead: int,
    body: Sequence[int],
    tail: Sequence[int],
    roles: dict[int, str],
) -> tuple[int | None, dt.datetime | None]:
    """The line that states when the article was published, and the moment.

    Asked are the lines between title and text, the one or two above the title, the first of the body
    and, for lines that say "published", those after it. Dates that contradict each other are none.
    Marks the lines in `roles`.
    """
    top = title_at + 1 if title_at is not None else lead - UNTITLED
    zone = range(max(top, lead - BETWEEN, 0), lead)
    talk = next((at for at in zone if len(lines[at]) <= LONGEST and _says(lines[at])), None)
    if talk is not None:
        zone = range(zone.start, talk)  # below "Anna says:" stands the date of a comment
    if any(
        ":" in lines[at] and _EVENT.match(lines[at]) for at in zone if len(lines[at]) <= LONGEST
    ):
        return None, None
    found = [(at, said) for at in zone if (said := _read(lines, at))]
    if title_at is None:
        # Nobody knows where the menu ends: a plain date must stand close to the text and alone.
        alone = len(found) == 1 and not _crowd(lines, found[0][0])
        found = [
            (at, said) for at, said in found
            if said.kind >= Kind.DATED or (alone and said.kind is Kind.BARE and not said.weekday)
        ]  # fmt: skip
    for at in range(lead, min(lead + INTO, body[-1] + 1)):
        if at > lead and runs(lines[at]):
            break
        said = _read(lines, at) if at != title_at else None
        if said is not None and said.kind > Kind.LOOSE:
            found.append((at, said))
    if title_at is not None and not any(said.kind >= Kind.BARE for _, said in found):
        found += _above(lines, title_at)
    if not found:
        found = [
            (at, said) for at in tail
            if (said := _read(lines, at)) and said.kind is Kind.PUBLISHED
        ]  # fmt: skip
    if not found:
        return None, None
    best = max(said.kind for _, said in found)
    chosen = [(at, said) for at, said in found if said.kind is best]
    moment = _agreed([said for _, said in chosen], [said for _, said in found])
    if moment is None:
        return None, None
    for at, _ in chosen:
        roles.setdefault(at, "date")
    return chosen[0][0], moment


def _says(line: str) -> bool:
    """Whether a line ends in "Anna says:"."""
    return _SAYS.search(line, max(0, len(line) - ENDING)) is not None


def _read(lines: Sequence[str], at: int) -> Stated | None:
    said = read_date(lines[at])
    if said is None or not at or len(lines[at - 1]) > LONGEST:
        return said
    before = lines[at - 1]
    if _SIGNED.match(before):
        return None  # of a comment or a post that is quoted
    if said.kind > Kind.LOOSE and _CUE_ALONE.fullmatch(before):
        return replace(said, kind=Kind.PUBLISHED)
    if said.kind < Kind.PUBLISHED and _OTHER_CUE.fullmatch(before) and not read_date(before):
        return None
    return said


def _above(lines: Sequence[str], title_at: int) -> list[tuple[int, Stated]]:
    """A date right above the title, unless it is the date of today or one of a list."""
    steps = 0
    for at in range(title_at - 1, max(-1, title_at - 1 - BETWEEN), -1):
        meaning = cue(lines[at], ends=False)
        steps += meaning is None or meaning.code != "share"
        said = _read(lines, at)
        if steps > ABOVE + (said is not None and said.kind >= Kind.DATED):
            break
        if said is None:
            continue
        if _crowd(lines, at) < CROWD and (said.kind is Kind.PUBLISHED or not said.weekday):
            return [(at, said)]
        break
    return []


def _crowd(lines: Sequence[str], at: int) -> int:
    """How many dates stand close above a line."""
    return sum(read_date(lines[other]) is not None for other in range(max(0, at - BETWEEN), at))


def _agreed(chosen: Sequence[Stated], every: Collection[Stated]) -> dt.datetime | None:
    """The moment that the chosen dates mean; None when they, or the plain ones beside them, differ."""
    exact = {said.at for said in chosen if said.exact}
    days = {said.day for said in chosen}
    if len(exact) > 1 or len(days) > 1:
        return None
    if chosen[0].kind is not Kind.PUBLISHED:
        # A bare day may be the local one: a day apart is no contradiction.
        (day,) = days
        plain = [said.day for said in every if said.kind > Kind.LOOSE]
        if any(abs((other - day).days) > 1 for other in plain):
            return None
    return next(iter(exact)) if exact else chosen[0].at
