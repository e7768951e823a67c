"""Text of somebody else's making (pages, names of files, answers of servers) made safe to show."""

from __future__ import annotations

import unicodedata
from typing import Final

_ESCAPED: Final = frozenset(["Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"])
_JOINERS: Final = "\u200c\u200d"


def printable(text: str, limit: int | None = None) -> str:
    r"""`text` on one line and safe for a terminal, cut to `limit` characters before it is escaped.

    What steers terminals, reverses text or hides in it becomes its escape, as `\x1b` or `\u202e`:
    all control, format, private, surrogate and unassigned characters and the line and paragraph
    separators. Joiners inside a text stay, because letters and emoji are made of them.
    """
    if limit is not None and len(text) > limit:
        text = f"{text[: limit - 1]}…"
    if text.isprintable():
        return text
    last = len(text) - 1
    return "".join(
        _escape(ord(char))
        if unicodedata.category(char) in _ESCAPED and not (char in _JOINERS and 0 < at < last)
        else char
        for at, char in enumerate(text)
    )


def _escape(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
