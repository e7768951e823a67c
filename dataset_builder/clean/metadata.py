"""Title, outlet, agency, byline, dateline and date of an article, as its page shows them.

Only lines near the body are asked, and each answer needs evidence on the page itself; what is not
clear stays None.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.dates import read_date
from dataset_builder.clean.patterns import cue
from dataset_builder.clean.text import fold
from dataset_builder.clean.words import FUNCTION_WORDS, NO_PLACE, PARTICLES, PRESS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

HEAD_FIRST: Final = 15
HEAD_LAST: Final = 60
"""So many lines at the start of the page, and so many above the body, are asked for the title."""
NEAR: Final = 8
"""Lines above the body, and after it, that may hold byline, credit and date."""
STEM: Final = 5
"""Words that begin with the same letters count as the same: inflection, German compounds."""
SHORT: Final = 250
"""Longer lines are no title, name or credit."""

_SEPARATOR: Final = re.compile(r"\s+[|–—\-»«›•·:]{1,2}\s+|\s*[|»«]\s*")
_DASH: Final = re.compile(r"\s+(?:-{1,2}|–|—)\s+")
_CONTENT: Final = re.compile(r"\w{3,}")
_FUNCTION: Final = frozenset(" ".join(FUNCTION_WORDS.values()).split())
_PARTICLES: Final = frozenset(PARTICLES.split())
_AGENCIES: Final = {
    fold(name): name
    for name in (
        "AFP", "AP", "Reuters", "Xinhua", "dpa", "APA", "EFE", "ANSA", "TASS", "UPI", "DPA", "KUNA", "SPA", "WAM",
        "QNA", "MENA", "IRNA", "PTI", "ANI", "IANS", "Yonhap", "Kyodo", "Anadolu Agency", "Anadolu", "Bloomberg",
        "Interfax", "RIA Novosti", "Associated Press", "Agence France-Presse", "PA Media", "Belga", "ANP", "PAP",
    )
}  # fmt: skip
_PRESS: Final = frozenset(PRESS.split())
_NO_PLACE: Final = frozenset(NO_PLACE.split())
_BY: Final = re.compile(
    r"(?:by|written by|reported by|story by|von|par|por|di|door|av|af|автор|текст|بقلم|كتب|words by|text)\s*:?\s+(?P<name>.+)",
    re.IGNORECASE,
)
_BY_ALONE: Final = re.compile(r"(?:by|von|par|por|author|autor|auteur|бy)\s*:?", re.IGNORECASE)
_SOURCE: Final = re.compile(
    r"(?:source|quelle|fuente|fonte|bron|źródło|источник|kaynak|المصدر|with inputs from|originally published (?:by|in|on))\s*[:：]?\s+(?P<name>.+)",
    re.IGNORECASE,
)
_SOURCE_COLON: Final = re.compile(r"[^:：]{2,30}[:：]\s*\S")
_SAYS: Final = re.compile(
    r"\b(?:says?|said|wrote|sagte?|schreibt|schrieb|meint|dit|a écrit|dice|escribió|disse)\s*:?\s*$",
    re.IGNORECASE,
)
_PLACE: Final = r"[^\W\d_][^\W\d_'’.\-]*(?:[\s\-'’.]{1,2}[^\W\d_][^\W\d_'’.\-]*){0,3}\.?"
_INLINE: Final = re.compile(
    rf"(?P<place>{_PLACE})(?P<region>,\s+{_PLACE})?(?P<date>,?\s+[^\W\d_]{{3,9}}\.?\s+\d{{1,2}})?"
    r"\s*(?:\((?P<agency>[^()]{2,30})\))?\s*(?P<dash>-{1,2}|–|—|:)\s+(?=\S)"
)


@dataclass(frozen=True)
class Metadata:
    """What the page says about its article, and which lines said it."""

    title: str | None = None
    outlet: str | None = None
    agency: str | None = None
    byline: str | None = None
    dateline: str | None = None
    published_at: dt.datetime | None = None
    published_basis: str = "none"
    roles: dict[int, str] = field(default_factory=dict)
    """Role of lines outside the body, by index: title, outlet, byline, dateline, date, agency."""


def find(lines: Sequence[str], body: Sequence[int], repeats: Collection[int] = ()) -> Metadata:
    """Metadata of the article whose body are the lines `body` of the stripped, non-blank `lines`.

    `repeats` are lines outside the body that repeat it: what follows them follows the body.
    """
    if not body:
        return Metadata()
    inside = set(body)
    start, end = body[0], body[-1]
    roles: dict[int, str] = {}
    vocabulary = {word for at in body for word in _CONTENT.findall(lines[at][:5000].casefold())}
    vocabulary |= {word[:STEM] for word in vocabulary}
    title, title_at = _title(lines, start, vocabulary)
    outlet = _outlet(lines, start, title)
    top = max(title_at - 2 if title_at is not None else 0, start - 2 * NEAR, 0)
    head = [at for at in range(top, start) if lines[at] and len(lines[at]) <= SHORT]
    after = (at for at in range(end + 1, len(lines)) if at not in repeats)
    tail = [at for at in islice(after, NEAR) if len(lines[at]) <= SHORT]

    published, basis = _published(lines, head, roles)
    agency = _source(lines, [*tail[:5], *head], roles)
    byline = _byline(lines, [at for at in head if at != title_at], tail[:3], roles)
    dateline, name = _place_line(lines, start, vocabulary, outlet, roles)
    if dateline is None:
        dateline, name = _inline(lines[start][:200])
    if name:
        if fold(name) in _AGENCIES:
            agency = agency or name
        elif not outlet or fold(name) != fold(outlet):
            byline = byline or name
    if byline and fold(byline) in _AGENCIES:
        byline, agency = None, agency or byline
    if byline and outlet and fold(byline) == fold(outlet):
        byline = None
    _mark(lines, title, outlet, inside, roles)
    return Metadata(title, outlet, agency, byline, dateline, published, basis, roles)


def _mark(
    lines: Sequence[str],
    title: str | None,
    outlet: str | None,
    inside: Collection[int],
    roles: dict[int, str],
) -> None:
    """Note the lines that say nothing but the title or the outlet."""
    wanted = {fold(text): role for text, role in ((outlet, "outlet"), (title, "title")) if text}
    for at, line in enumerate(lines):
        if at not in inside and len(line) <= SHORT and at not in roles and fold(line) in wanted:
            roles[at] = wanted[fold(line)]


def _pieces(line: str) -> list[str]:
    return [piece.strip() for piece in _SEPARATOR.split(line) if piece.strip()]


def _title(
    lines: Sequence[str], start: int, vocabulary: Collection[str]
) -> tuple[str | None, int | None]:
    """The best heading above the body, and its line."""
    head = sorted({*range(min(HEAD_FIRST, start)), *range(max(0, start - HEAD_LAST), start)})
    head = [at for at in head if len(lines[at]) <= SHORT]
    keys = Counter(fold(lines[at]) for at in head)
    echoes = Counter(
        key for at in head[:3] for key in {fold(piece) for piece in _pieces(lines[at])[:-1]}
    )
    best: tuple[float, int, str] | None = None
    for at in head:
        line = lines[at]
        options = [line]
        if at < 3 and len(_pieces(line)) > 1:
            options = [line[: line.rfind(_pieces(line)[-1])].rstrip(" |–—-»«›•·:"), *options]
        for text in options:
            score = _title_score(text, at, start, vocabulary, keys, echoes)
            if score is not None and (best is None or score > best[0]):
                best = (score, at, text)
    return (best[2], best[1]) if best else (None, None)


def _title_score(
    text: str,
    at: int,
    start: int,
    vocabulary: Collection[str],
    keys: Counter[str],
    echoes: Counter[str],
) -> float | None:
    """How much a line looks like the heading; None when it cannot be."""
    words = text.split()
    if not text or len(words) > 30 or text[-1] in ".:;,،":
        return None
    if read_date(text, bare=True) or _BY.fullmatch(text) or cue(text, ends=False):
        return None
    content = [word for word in _CONTENT.findall(text.casefold()) if word not in _FUNCTION]
    known = (
        word in vocabulary or (len(word) > STEM and word[:STEM] in vocabulary) for word in content
    )
    shared = sum(known) / max(len(content), 3)  # a word or two prove little
    key = fold(text)
    support = min(keys[key] - 1, 1) + min(echoes[key], 1)
    near = start - at <= 12
    # A word or two may be anything, in scripts with spaces, unless the page says them again.
    if len(words) < 3 and support <= 0 and len(_CONTENT.findall(text)) < 3 and len(fold(text)) < 24:
        return None
    if shared < (0.2 if support > 0 else 0.34) or not (support > 0 or at < 3 or near):
        return None
    score = 2 * shared + min(max(support, 0), 1) - 0.03 * min(start - at, 30)
    score += 0.5 * (at == 0) + 0.5 * (5 <= len(words) <= 18) + 0.5 * (text != text.lower())
    return score - 0.5 * (len(words) > 18) - 0.3 * (len(_pieces(text)) > 1)


def _outlet(lines: Sequence[str], start: int, title: str | None) -> str | None:
    """The page's masthead, when the page itself confirms that it is one."""
    title_key = fold(title) if title else ""
    head = [at for at in range(min(start, HEAD_FIRST)) if len(lines[at]) <= SHORT]
    # "Headline - Paper", with the headline known from another line or the paper named again.
    for at in head[:3]:
        pieces = _pieces(lines[at])
        if len(pieces) > 1 and title_key and fold(pieces[0]) and fold(lines[at]) != title_key:
            name = pieces[-1]
            again = sum(fold(line) == title_key for line in lines[:start] if len(line) <= SHORT)
            if (
                title_key.startswith(fold(pieces[0]))
                and _is_name(name)
                and (again or _named_again(name, lines, at))
            ):
                return name
    # "Paper, paper": the same name in two spellings.
    for at in head:
        parts = [part.strip() for part in lines[at].split(",")]
        if len(parts) == 2 and parts[0] != parts[1] and fold(parts[0]) == fold(parts[1]):
            shown = [part for part in parts if part != part.casefold()]
            if shown and _is_name(shown[0]) and fold(shown[0]) != title_key:
                return shown[0]
    # The first line of the page is a name that sounds like a paper's or is in the copyright notice.
    if head and _is_name(lines[0]) and fold(lines[0]) != title_key:
        words = {word.casefold() for word in re.findall(r"\w+", lines[0])}
        if (words & _PRESS and len(words) > 1) or _in_notice(lines[0], lines):
            return lines[0]
    return None


def _is_name(text: str) -> bool:
    """One to five words, no sentence, not all in small letters (where the script has capitals)."""
    words = text.split()
    cased = [word for word in words if word[0].lower() != word[0].upper()]
    capital = not cased or any(word[0] != word[0].lower() for word in cased)
    small = [word for word in cased if word[0] == word[0].lower() and word not in _FUNCTION]
    domain = len(words) == 1 and "." in text.strip(".")
    return (
        1 <= len(words) <= 5 and len(text) <= 50 and text[-1] not in ".:;,!?" and bool(fold(text))
        and ((capital and not small) or domain) and not text[0].isdigit() and "://" not in text
    )  # fmt: skip


def _named_again(name: str, lines: Sequence[str], at: int) -> bool:
    key = fold(name)
    return any(
        key in fold(line) for other, line in enumerate(lines) if other != at and len(line) <= 80
    )


def _in_notice(name: str, lines: Sequence[str]) -> bool:
    key = fold(name)
    return any(
        len(line) <= SHORT
        and ("©" in line or "copyright" in line.casefold() or "reserved" in line.casefold())
        and key in fold(line)
        for line in lines[1:]
    )


def _published(
    lines: Sequence[str], head: Sequence[int], roles: dict[int, str]
) -> tuple[dt.datetime | None, str]:
    """The date stated between title and body; none when lines there contradict each other."""
    # Below "Anna says:" stands the date of a comment.
    talk = next((at for at in head if _SAYS.search(lines[at])), None)
    head = [at for at in head if talk is None or at < talk]
    found = [(at, stated) for at in head if (stated := read_date(lines[at])) is not None]
    said = [(at, stated) for at, stated in found if stated.published] or found
    for at, _ in said:
        roles[at] = "date"
    exact = [stated.at for _, stated in said if stated.exact]
    days = {stated.at.date() for _, stated in said if not stated.exact}
    moments = set(exact)
    if said and not said[0][1].published:
        # A date alone says nothing by itself, but it may contradict.
        days |= {plain.at.date() for at in head if (plain := read_date(lines[at], bare=True))}
    if len(moments) > 1 or len(days) > 1:
        return None, "none"
    if exact:
        # A bare day may be the local one: a day apart is no contradiction.
        if any(abs((day - exact[0].date()).days) > 1 for day in days):
            return None, "none"
        return exact[0], "stated"
    return (said[0][1].at, "stated") if said else (None, "none")


def _source(lines: Sequence[str], near: Sequence[int], roles: dict[int, str]) -> str | None:
    """The agency or paper of a line like "Source: AFP", or of a line that is an agency's name."""
    for at in near:
        found = _SOURCE.fullmatch(lines[at])
        if found and _SOURCE_COLON.match(lines[at]):
            name = found["name"].strip(" .()[]")
            if 1 <= len(name.split()) <= 5 and len(name) <= 60 and not re.search(r"[:/@?!]", name):
                roles[at] = "agency"
                return name
        bare = lines[at].strip(" ()[]–—-.")
        if bare and fold(bare) in _AGENCIES and bare != bare.lower():
            roles[at] = "agency"
            return bare
    return None


def _byline(
    lines: Sequence[str], head: Sequence[int], tail: Sequence[int], roles: dict[int, str]
) -> str | None:
    """The name after "By", on the same line or the next."""
    for at in [*reversed(head), *tail]:
        found = _BY.fullmatch(lines[at])
        if found:
            name = re.split(r"\s*[|•·/]\s*|\s+[–—-]\s+|,\s", found["name"])[0].strip(" .:")
            if _is_person(name) or fold(name) in _AGENCIES:
                roles[at] = "byline"
                return name
        if at + 1 in head and _BY_ALONE.fullmatch(lines[at]) and _is_person(lines[at + 1]):
            roles[at] = roles[at + 1] = "byline"
            return lines[at + 1]
    return None


def _is_person(text: str) -> bool:
    """Two to five words that begin with a capital, small name particles apart."""
    words = text.split()
    if not 2 <= len(words) <= 7 or len(text) > 60 or any(char.isdigit() for char in text):
        return False
    main = [word for word in words if word.casefold() not in _PARTICLES]
    return len(main) >= 2 and all(
        word[0].isalpha() and word[0] == word[0].upper() and word.casefold() not in _FUNCTION
        and word.strip(".,").replace("-", "").replace("'", "").replace("’", "").replace(".", "").isalpha()
        for word in main
    )  # fmt: skip


def _is_place(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text)
    return bool(words) and len(words) <= 4 and len(text) <= 40 and all(
        (word[0] == word[0].upper() or word in _PARTICLES) and word.casefold() not in _NO_PLACE
        and word.casefold() not in _PRESS
        for word in words
    )  # fmt: skip


def _place_line(
    lines: Sequence[str],
    start: int,
    vocabulary: Collection[str],
    outlet: str | None,
    roles: dict[int, str],
) -> tuple[str | None, str | None]:
    """Place and name of a line "Place - Name" right above the body."""
    if not start or len(lines[start - 1]) > 100:
        return None, None
    parts = _DASH.split(lines[start - 1])
    if len(parts) != 2:
        return None, None
    place, name = (part.strip() for part in parts)
    known = fold(name) in _AGENCIES or (outlet is not None and fold(name) == fold(outlet))
    named = all(word in vocabulary for word in _CONTENT.findall(place.casefold()))
    if _is_place(place) and (known or (named and _is_person(name))):
        roles[start - 1] = "dateline"
        return place, name
    return None, None


def _inline(paragraph: str) -> tuple[str | None, str | None]:
    """Place and agency of a dateline that opens the first paragraph."""
    found = _INLINE.match(paragraph)
    if not found or not _is_place(found["place"]):
        return None, None
    place, agency = found["place"], found["agency"]
    size = sum(word.casefold() not in _PARTICLES for word in place.split())
    sure = size <= 2 or found["region"] or found["date"] or agency
    shouted = place == place.upper() and place != place.lower() and len(place) > 2 and sure
    if agency and agency[0] != agency[0].upper():
        return None, None  # words in brackets, no name
    credited = agency is not None and fold(agency) in _AGENCIES
    if not shouted and not credited:
        return None, None
    return place.rstrip("."), agency if credited else None
