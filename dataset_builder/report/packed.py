"""Data inside the page: packed with gzip, written in base64, unpacked when somebody wants it.

A browser keeps such a block as the text it is; only what is looked at is ever unpacked.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS: Final = re.compile(r"\w+|[^\w\s]")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
LONGEST: Final = 60
STEP: Final = 40
"""A run of a script without spaces is cut into overlapping pieces of so many characters."""


def block(name: str, content: bytes) -> bytes:
    """`content` as an element of the page. No browser runs or fetches anything of such a type."""
    # no time in the header: the same content gives the same bytes
    packed = base64.b64encode(gzip.compress(content, 6, mtime=0))
    return b'<script type="application/octet-stream" id="%b">%b</script>\n' % (
        name.encode("ascii"), packed,
    )  # fmt: skip


def as_json(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def fold(text: str) -> str:
    """`text` as it is searched: compatibility forms, without marks, small letters.

    The script does the same with what is typed (`fold` in script/search.js).
    """
    if text.isascii():
        return text.lower()
    return _NOT_ASCII.sub(_without_marks, unicodedata.normalize("NFKD", text)).lower()


def _without_marks(run: re.Match[str]) -> str:
    return "".join(char for char in run[0] if unicodedata.category(char)[0] != "M")


def words_of(text: str) -> set[str]:
    """The different words and signs (emoji, currencies; no punctuation) of a text, folded."""
    found: set[str] = set()
    for word in set(WORDS.findall(fold(text))):
        if len(word) > 1 or word.isalnum() or unicodedata.category(word)[0] == "S":
            found.update(word[at : at + LONGEST] for at in range(0, len(word), STEP))
    return found


class Index:
    """Which articles have which words."""

    def __init__(self) -> None:
        self._articles: dict[str, bytearray] = {}
        self._last: dict[str, int] = {}

    def add(self, number: int, texts: Iterable[str | None]) -> None:
        """Words of article `number`; numbers come in ascending order."""
        every: set[str] = set()
        for text in texts:
            every |= words_of(text or "")
        for word in every:
            gaps = self._articles.setdefault(word, bytearray())
            gaps += _varint(number - self._last.get(word, -1) - 1)
            self._last[word] = number

    def content(self) -> bytes:
        """Four parts: the length of the words in bytes (32 bits, little end first), the words in
        order with line ends, then for each word the length of its list, and the lists: gaps
        between ascending numbers, less one. Numbers are base 128, low part first (LEB128)."""
        words = sorted(self._articles)
        joined = "\n".join(words).encode()
        sizes = b"".join(_varint(len(self._articles[word])) for word in words)
        lists = b"".join(self._articles[word] for word in words)
        return len(joined).to_bytes(4, "little") + joined + sizes + lists


def _varint(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
