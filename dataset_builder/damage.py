"""What shows in a text that it was not read, or not taken from its page, as it should have been.

Cleaning mends it or leaves the page out, and validation refuses a release that holds it: both by what
stands here. The patterns mean the same to `re` and to the regular expressions of polars.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

LOST: Final = "\ufffd"
"""What a decoder writes for bytes that it could not read."""

MOJIBAKE: Final = (
    r"Â[\x80-\xbf]|Ã[\x80-\xaa\xac-\xba\xbc-\xbf]|â€[\x80-\xbf™œžšŸ˜¢“”¦–—]"
    r"|[ÐÑØÙ][\x80-\x9f\xa1-\xaa\xac-\xba\xbc-\xbf]|[ÄÅ][Ÿž±¡]|ðŸ|ï»¿|Ã[ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
    # Words in capitals may end with these letters, and a quotation with such a word.
    r"|[a-zß-öø-ÿ][ÃÐÑØÙ][«»]"
)
"""UTF-8 read as Latin-1 or Windows-1252: a lead byte, then what continuation bytes become."""

ENTITY: Final = r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"
"""What looks like an entity of HTML; whether there is one of that name, `markup_in` knows."""

_NAMES: Final = """a article aside b blockquote br div em figcaption figure footer h1 h2 h3 h4 h5 h6
    header i iframe img li main ol p pre script section span strong style table td th tr u ul"""
_ALTERNATIVES: Final = "|".join((*_NAMES.split(), *_NAMES.upper().split()))
TAG: Final = rf"</?(?:{_ALTERNATIVES})(?:\s+[A-Za-z][A-Za-z0-9:_-]*\s*=[^<>]*)?\s*/?>|<!--"
"""Tags and comments of HTML; `a<b and b>c` is neither."""

NONCHARACTERS: Final = r"\ufdd0-\ufdef" + "".join(
    rf"\U{plane:04x}fffe-\U{plane:04x}ffff" for plane in range(0x11)
)
"""What Unicode says stands for nothing in any text, as the inside of a character class."""
OVERRIDES: Final = r"\u202d\u202e"
"""What makes text be shown in another order than it is in, as the inside of a character class."""
UNSEEN: Final = r"\u206a-\u206f\ufff9-\ufffb"
"""Signs that Unicode gave up, and those around readings between the lines: what stands there is not
shown, or not where it stands. As the inside of a character class."""
TAGS: Final = r"\U000e0000-\U000e007f"
"""Letters that nothing shows: what is written in them, programs read and people do not. As the
inside of a character class."""
FLAG: Final = r"\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
"""The only text that has such letters: the flag of a part of a country."""
CONTROL: Final = (
    # Category Cc but tab and line feed (CR has its own rule), other line breaks, byte order mark.
    rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff{OVERRIDES}{UNSEEN}{NONCHARACTERS}]"
)

_ROUNDS: Final = 3
"""How often text was escaped, at most; nobody does so more often in error."""
_ENTITY: Final = re.compile(ENTITY)
_MARKUP: Final = re.compile(f"{ENTITY}|{TAG}")
_MOJIBAKE: Final = re.compile(MOJIBAKE)
_LEADS: Final = re.compile("[ÂÃâÐÑØÙÄÅðï]")
"""What `MOJIBAKE` has: quick to look for."""


def markup_in(text: str) -> re.Match[str] | None:
    """The first entity, tag or comment of HTML in `text`."""
    if "&" not in text and "<" not in text:
        return None
    return next((found for found in _MARKUP.finditer(text) if _is_markup(found.group())), None)


def unescaped(text: str) -> str:
    """`text` with the characters that its entities stand for, escaped up to three times over."""
    for _ in range(_ROUNDS):
        if "&" not in text:
            break
        before, text = text, _ENTITY.sub(_character, text)
        if text == before:
            break
    return text


def damage(text: str) -> str | None:
    """What is wrong with `text`, in a few words to follow "holds"; None when nothing is.

    Control characters are not looked for: cleaning takes them out.
    """
    if LOST in text:
        return "U+FFFD: bytes of the page were damaged"
    if not text.isascii() and _LEADS.search(text) and (found := _MOJIBAKE.search(text)):
        return f"{found.group()!r}: the page was decoded with the wrong encoding"
    if found := markup_in(text):
        return f"{found.group()[:40]!r}: the page was not converted from HTML"
    return None


def _is_markup(found: str) -> bool:
    return found[0] == "<" or found[1] == "#" or found[1:] in _entities()


def _character(found: re.Match[str]) -> str:
    from html import unescape

    return unescape(found.group()) if _is_markup(found.group()) else found.group()


@cache
def _entities() -> frozenset[str]:
    """Names of entities, with the semicolon."""
    from html.entities import html5

    return frozenset(name for name in html5 if name.endswith(";"))
