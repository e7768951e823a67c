"""The title of an article and the outlet, from the first line of a page and the lines above the body.

Dumps nearly always begin with the page's own title, "Headline - Section - Paper". A line above the
body that says the beginning of it is the headline, and the rest is the site's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.metadata.bylines import only_by, with_job
from dataset_builder.clean.metadata.dates import Kind, read_date
from dataset_builder.clean.metadata.names import FUNCTION, PRESS_WORDS, SEPARATOR, TEXT, is_name
from dataset_builder.clean.patterns import cue
from dataset_builder.clean.text import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

SEARCHED: Final = 40
"""Lines above the text among which the headline is looked for."""
WEAK: Final = 12
"""Lines above the body that can be the headline without the page's title saying so."""
TOP: Final = 10
"""Lines at the start of the page where a paper shows its name."""
EDGE: Final = 1000
"""Lines at each end of a long page in which it may name its outlet."""
SAMPLE: Final = 8000
"""Characters of the body that are searched for a title's words."""
MAST: Final = 3
"""Words of an outlet's name that the page's title may be, and lines at the top that may show it."""
CLEARLY: Final = 0.2
"""By so much more of a heading's words must stand in the text than of the page's first line."""
STEM: Final = 5
"""Words that begin with the same letters count as the same: inflection, German compounds."""

_CONTENT: Final = re.compile(r"[\w\u0900-\u0dff]{3,}")
_HAN: Final = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_MARKS: Final = "\"'“”„‘’«»()[]…"
_ARROWS: Final = "←→‹›<>"
_CRUMBS: Final = re.compile(r"\s[»>›/→]\s.*\s[»>›/→]\s")
_DOMAIN: Final = re.compile(r"[a-z]{2}")
_NOTICES: Final = (
    "©",
    "(c)",
    "copyright",
    "reserved",
    "vorbehalten",
    "réservés",
    "reservados",
    "защищены",
)


@dataclass(frozen=True)
class Heading:
    """The title of a page."""

    title: str | None
    at: int | None
    """The line that shows it above the text; None when only the page's own title tells it."""
    outlet: str | None


def read_title(lines: Sequence[str], body: Sequence[int], lead: int) -> Heading:
    """Title and outlet of the page whose text begins with the line `lead`."""
    whole = lines[0] if lead and len(lines[0]) <= TEXT and not _no_title(lines[0]) else ""
    pieces = [piece for piece in SEPARATOR.split(whole) if fold(piece)]
    page = _Page(lines, [at for at in body if at >= lead])
    near = [
        at for at in range(lead - 1, max(0, lead - 1 - SEARCHED), -1)
        if 1 < len(lines[at]) <= TEXT and lines[at][0] not in _ARROWS
    ]  # fmt: skip
    at = _confirmed(pieces, lines, near, page) if pieces else None
    if at is not None:
        if len(pieces) == 1 and at <= MAST:
            at = _under_mast(lines, at, near[:WEAK], page, lead) or at
        return Heading(lines[at], at, _outlet(page, lines[at], whole))
    alone = len(pieces) == 1 and (whole[-1] in ".:;,،" or _is_masthead(whole, page))
    if (
        pieces
        and not alone
        and max(page.told(piece) for piece in pieces) >= (0.2 if len(whole.split()) >= 5 else 0.34)
    ):
        title: str | None = _shortened(whole, page)
        at = _akin(title or "", lines, near[:WEAK])
        if at is None and (other := _better(lines, near[:WEAK], page, lead, title or "")):
            at = other
        title = title if at is None else lines[at]
        return Heading(title, 0 if at is None and lead < 4 else at, _outlet(page, title, whole))
    close = near[:WEAK]
    at = None
    if alone:
        # The outlet's name, shown again; unless it is all that there is.
        at = _alone(lines, [one for one in close if lines[one] != whole], page, lead)
    if at is None:
        at = _alone(lines, close if alone else [*close, 0], page, lead)
    title = None if at is None else lines[at]
    return Heading(title, at, _outlet(page, title, whole))


def _no_title(line: str) -> bool:
    """Whether a line is a date or a byline, whatever it looks like."""
    if only_by(line) or with_job(line):
        return True
    if (date := read_date(line)) is not None and date.kind > Kind.LOOSE:
        return True
    said = cue(line, ends=False)
    return said is not None and said.code in ("date", "share", "comment-form")


def _confirmed(
    pieces: Sequence[str], lines: Sequence[str], near: Sequence[int], page: _Page
) -> int | None:
    """The line near the body that the page's title begins or ends with; the longest, then the nearest."""
    folded = [fold(piece) for piece in pieces]
    key, small = "".join(folded), " ".join(pieces).casefold()
    starts = {"".join(folded[:count]) for count in range(1, len(folded) + 1)}
    ends = {"".join(folded[count:]) for count in range(1, len(folded))}
    begin: tuple[int, int] | None = None
    close: tuple[int, int] | None = None
    for at in near:
        line = lines[at]
        if line.split(None, 1)[0].casefold().strip(_MARKS) not in small or line[-1] == ":":
            continue  # most lines: menus
        mine = fold(line)
        if not mine or mine not in key:
            continue
        size, share = len(mine), len(mine) / len(key)
        if mine in starts or ((share >= 0.6 or size >= 30) and key.startswith(mine)):
            begin = (size, at) if begin is None or size > begin[0] else begin
        elif mine in ends or (share >= 0.5 and (key.endswith(mine) or folded[0].endswith(mine))):
            close = (size, at) if close is None or size > close[0] else close
    begin_at, close_at = (pair[1] if pair else len(lines) for pair in (begin, close))
    for found, other in ((begin, close), (close, begin)):
        if found is None:
            continue
        text = lines[found[1]]
        mine = fold(text)
        rest = [
            piece
            for piece, one in zip(pieces, folded, strict=True)
            if one not in mine and mine not in one
        ]
        told = max((page.told(piece) for piece in rest), default=0.0)
        # The paper's name stands above the body too.
        if rest and told and told >= page.told(text) and (found is close or page.names(text)):
            continue
        if other is not None:
            first = found if found is begin else other
            # Of the two, the upper one is where the paper shows its name.
            own = first[1] if first[1] > min(begin_at, close_at) else None
            if page.names(lines[first[1]], own) is (found is begin):
                continue
        return found[1]
    return None


def _akin(title: str, lines: Sequence[str], near: Sequence[int]) -> int | None:
    """The line that says the same in other words, as headlines and page titles often do."""
    words = {word for word in _CONTENT.findall(title.casefold()) if word not in FUNCTION}
    best: tuple[float, int] | None = None
    for at in near:
        line = lines[at]
        if len(line) > 160 or _CRUMBS.search(line) or line[-1] in ".:;," or len(line) < 12:
            continue
        mine = {word for word in _CONTENT.findall(line.casefold()) if word not in FUNCTION}
        both = len(mine & words)
        share = both / max(1, min(len(mine), len(words)))
        if (
            both >= 3
            and share >= 0.5
            and (best is None or share >= best[0])
            and not _no_title(line)
        ):
            best = (share, at)
    return best[1] if best else None


def _better(
    lines: Sequence[str], near: Sequence[int], page: _Page, lead: int, title: str
) -> int | None:
    """A heading right above the text that the text tells more of than of the page's first line, or
    that a name alone in the first line cannot match."""
    at = _alone(lines, near, page, lead)
    if at is None:
        return None
    short = is_name(title) and len(title.split()) <= 3 < len(lines[at].split())
    return at if short or page.told(lines[at]) > page.told(title) + CLEARLY else None


def _under_mast(
    lines: Sequence[str], mast: int, near: Sequence[int], page: _Page, lead: int
) -> int | None:
    """The heading above the article's date, where the page's title is only the outlet's name, shown
    again at the top and followed by a menu."""
    if len(lines[mast].split()) > MAST:
        return None
    at = _alone(lines, [one for one in near if lines[one] != lines[mast]], page, lead)
    if at is None or at - mast <= 2 or at + 1 >= lead or not _no_title(lines[at + 1]):
        return None
    return None if any(_no_title(line) for line in lines[mast + 1 : at]) else at


def _alone(lines: Sequence[str], near: Sequence[int], page: _Page, lead: int) -> int | None:
    """The best heading above the body of a page that has no title of its own."""
    keys = [fold(lines[at]) for at in near]
    best: tuple[float, int] | None = None
    for at, key in zip(near, keys, strict=True):
        line = lines[at]
        words = line.split()
        support = keys.count(key) > 1
        # A word or two may be anything, in scripts with spaces, unless the page says them again.
        if not key or len(words) > 30 or _CRUMBS.search(line) or line[-1] in ".:;,،" or (
            len(words) < 3 and not support and len(_CONTENT.findall(line)) < 3 and len(key) < 24
        ):  # fmt: skip
            continue
        shared = page.told(line)
        # A byline or date right below it says that it is the heading.
        headed = 0.2 <= shared < 0.34 and at + 1 < lead and _no_title(lines[at + 1])
        if (
            shared < (0.2 if support or headed else 0.34)
            or _no_title(line)
            or cue(line, ends=False)
        ):
            continue
        score = 2 * shared + support - 0.06 * (lead - at) + 0.5 * (at == 0)
        score += (
            0.5 * (5 <= len(words) <= 18) + 0.5 * (line != line.lower()) - 0.5 * (len(words) > 18)
        )
        if best is None or score > best[0]:
            best = (score, at)
    return best[1] if best else None


def _pieces(title: str) -> list[str]:
    """The words of a title that say something; in Chinese and Japanese, each two signs in a row."""
    pieces = []
    for word in _CONTENT.findall(title.casefold()):
        if _HAN.search(word):
            pieces += [word[at : at + 2] for at in range(len(word) - 1)]
        elif word not in FUNCTION:
            pieces.append(word)
    return pieces


class _Page:
    """What a page knows: the words of its text, and where it confirms the name of its outlet."""

    def __init__(self, lines: Sequence[str], body: Sequence[int]) -> None:
        self.lines = lines
        self._body = body

    @cached_property
    def _text(self) -> str:
        return "\n".join([self.lines[at][:SAMPLE] for at in self._body[:SAMPLE]])[
            :SAMPLE
        ].casefold()

    def told(self, title: str) -> float:
        """The share of a title's words that the text has; a word or two prove little."""
        words = _pieces(title)
        return sum(word[:STEM] in self._text for word in words) / max(len(words), 2)

    @cached_property
    def mast(self) -> list[str]:
        """The lines right below the page's title, folded."""
        return [fold(line) if len(line) <= 80 else "" for line in self.lines[1:4]]

    @cached_property
    def top(self) -> list[str]:
        """The first lines below the page's title, folded."""
        return [fold(line) for line in self.lines[1:TOP] if len(line) <= 80]

    @cached_property
    def _low(self) -> str:
        lines = self.lines
        if len(lines) > 2 * EDGE:
            lines = [*lines[:EDGE], *lines[-EDGE:]]
        return "\n".join([line[:TEXT].casefold() for line in lines])

    @cached_property
    def _notices(self) -> str:
        low, lines = self._low, []
        for word in _NOTICES:
            at = low.find(word)
            while at >= 0:
                end = low.find("\n", at)
                end = len(low) if end < 0 else end
                lines.append(low[low.rfind("\n", 0, at) + 1 : end])
                at = low.find(word, end)
        return "\n".join(lines)

    def names(self, name: str, at: int | None = None) -> bool:
        """Whether `name`, as line `at` has it, stands elsewhere at the top, in the copyright notice or
        in the addresses of the page."""
        key = fold(name)
        top = (
            [*self.mast[: at - 1], *self.mast[at:]] if at and self.mast[at - 1 : at] else self.mast
        )
        if (key and key in top) or (len(name.split()) == 1 and "." in name.strip(".")):
            return True
        if len(key) > 3 and any(map(_DOMAIN.match, self._low.split(key + ".")[1:])):
            return True
        return _has_words(self._notices, name.casefold())


def _has_words(text: str, words: str) -> bool:
    """Whether `words` stand in `text` with no letter or digit right before or after them."""
    at = text.find(words)
    while at >= 0:
        around = text[max(at - 1, 0) : at] + text[at + len(words) :][:1]
        if not any(char.isalnum() or char == "_" for char in around):
            return True
        at = text.find(words, at + 1)
    return False


def _rest(whole: str, title: str) -> str:
    """What is left of the page's title beside the headline."""
    key = fold(title)
    if not key or not fold(whole).startswith(key):
        parts = [
            piece for piece in SEPARATOR.split(whole) if fold(piece) and fold(piece) not in key
        ]
        return parts[0] if len(parts) == 1 and key and key in fold(whole) else ""
    left, skip = len(key), 0
    if whole.startswith(title):
        left, skip = 0, len(title)
    for at, char in enumerate(whole[skip:], start=skip):
        if left <= 0 and at and (char.isspace() or char in "|–—-»«›•·:_?!.…"):
            return whole[at:].strip(" |–—-»«›•·:_?!.…")
        if char.isalnum():
            left -= len(char.casefold())
    return ""


def _outlet(page: _Page, title: str | None, whole: str) -> str | None:
    """The name of the paper or site, when the page itself confirms that it is one."""
    key = fold(title) if title else ""
    rest = _rest(whole, title) if title and whole else ""
    if rest:
        parts = [piece for piece in SEPARATOR.split(rest) if fold(piece)]
        for name in dict.fromkeys([rest, *reversed(parts)]):
            press = (name != rest or len(parts) == 1) and _of_press(name)
            if is_name(name) and fold(name) != key and (press or page.names(name)):
                return name.strip("()[]")
    # "Paper, paper": the same name in two spellings.
    for line in page.lines[:TOP]:
        parts = [part.strip() for part in line.split(",")] if len(line) <= 100 else []
        if len(parts) == 2 and parts[0] != parts[1] and fold(parts[0]) == fold(parts[1]):
            shown = [part for part in parts if part != part.casefold()]
            if shown and is_name(shown[0]) and fold(shown[0]) != key:
                return shown[0]
    # The first line of the page is a name that sounds like a paper's or is in the copyright notice.
    first = page.lines[0]
    named = is_name(first) and fold(first) != key and (_of_press(first) or page.names(first))
    return first if named else None


def _is_masthead(line: str, page: _Page) -> bool:
    """Whether the first line of a page is its outlet's name and no title."""
    return is_name(line) and ((len(line.split()) <= 3 and _of_press(line)) or page.names(line))


def _of_press(name: str) -> bool:
    """Whether a name of several words has one that names of papers are made of."""
    words = set(re.findall(r"\w+", name.casefold()))
    return len(words) > 1 and not words.isdisjoint(PRESS_WORDS)


def _shortened(whole: str, page: _Page) -> str:
    """The page's title without the names of site and section at its end or start."""
    title = whole
    for turn in range(3):
        cuts = list(SEPARATOR.finditer(title))
        if not cuts:
            break
        first, last = title[: cuts[0].start()], title[cuts[-1].end() :]
        head, tail = title[: cuts[-1].start()].strip(), title[cuts[0].end() :].strip()
        if len(fold(head)) >= 8 and page.told(head) >= 0.2 and (
            "|" in cuts[-1].group() or page.names(last) or fold(last) in page.top
            or (not turn and len(last.split()) <= 3 and not page.told(last)) or set(last.casefold().split()) & PRESS_WORDS
        ):  # fmt: skip
            title = head
        elif (
            len(fold(tail)) >= 8
            and is_name(first)
            and page.names(first)
            and page.told(tail) >= 0.34
        ):
            title = tail
        else:
            break
    return title
