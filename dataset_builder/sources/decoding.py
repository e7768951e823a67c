"""From bytes to the text of a page: which encoding, and when it is no page at all.

What is declared is believed only as far as it holds; nothing is guessed. Statistical detectors were
tried on real pages in single-byte encodings (charset-normalizer 3.5): a third came out wrong, at
any confidence it gives, mostly Western European text read as Central European. Wrong letters are
worse than a page less, so undeclared legacy encodings are rejected with the offset.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from typing import TYPE_CHECKING, Final, Literal

from dataset_builder.articles import EDGES, NOTHING_STATED, RawPage, Rejected, Stated

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES: Final = 64 * 1024 * 1024
"""Largest page, record, CSV row or WARC block that is read; what is larger is rejected."""

Form = Literal["text", "html"]

_LINE_ENDS: Final = ("\r\n", *"\r\x0b\x0c\x85\u2028\u2029")
_CONTROLS: Final = bytes((*range(9), *range(14, 32), 127))
_HEAD: Final = 4096
"""Bytes of an HTML page in which its declaration of an encoding is looked for."""
_DECLARED: Final = re.compile(
    rb"""<meta\b[^>]{0,400}?\bcharset\s*=\s*["']?\s*([\w:.-]{2,40})"""
    rb"""|<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w:.-]{2,40})""",
    re.IGNORECASE,
)
_REPLACED: Final = "\ufffd"

# What pages mean by a label, after the WHATWG Encoding Standard: most "iso-8859-1" is windows-1252.
_MEANT: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
# Python knows more, but some of its codecs are not for text or take quadratic time.
_ALLOWED: Final = frozenset(
    {"utf-8", "cp866", "cp874", "cp932", "cp949", "euc_jp", "iso2022_jp", "gb18030", "big5hkscs"}
    | {"koi8-r", "koi8-u", "mac-roman", "mac-cyrillic"}
    | {f"cp{page}" for page in range(1250, 1259)}
    | {f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)}
)


class NotText(Exception):  # noqa: N818 - it is an answer, caught where a page is made
    """The bytes cannot be read as text: reason code and message of the `Rejected`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def decode_page(source: str, data: bytes, form: Form = "text") -> RawPage | Rejected:
    """The page that a whole file holds, or why it holds none."""
    if len(data) > MAX_BYTES:
        return too_large(source)
    if not data.strip():
        return Rejected(source, "empty", "the file is empty")
    try:
        text = decode_html(data) if form == "html" else decode_text(data)
    except NotText as error:
        return Rejected(source, error.reason, error.message)
    digest = hashlib.sha256(data).hexdigest()
    return page_of(source, text, form, lambda: digest)


def page_of(
    source: str,
    text: str,
    form: Form,
    digest: Callable[[], str],
    stated: Stated = NOTHING_STATED,
) -> RawPage | Rejected:
    """The page whose decoded text is `text`; `digest` gives its SHA-256 (64 hex digits)."""
    text = text.removeprefix("\ufeff")
    for ending in _LINE_ENDS:  # `LINE_BREAKS.sub` in a tenth of its time
        text = text.replace(ending, "\n")
    if not text.strip(EDGES):
        return Rejected(source, "empty", "white space only")
    if "\0" in text:
        return Rejected(source, "binary", "holds NUL characters: not text")
    encoded = text.encode("utf-8")
    controls = len(encoded) - len(encoded.translate(None, _CONTROLS))
    if controls > 8 and controls * 10 > len(text):
        return Rejected(source, "binary", "mostly control characters: not text")
    sha256 = digest()
    return RawPage(sha256[:16], source, sha256, text, form, stated)


def too_large(source: str) -> Rejected:
    """A page or record above `MAX_BYTES`."""
    return Rejected(source, "too-large", f"larger than {MAX_BYTES >> 20} MiB: no news page is")


def decode_text(data: bytes, declared: str | None = None) -> str:
    """The text of plain-text bytes: UTF-8, UTF-16 with its byte order mark, else as `declared`.

    A UTF-8 page with a few damaged bytes keeps them as U+FFFD (see `decode_utf8`). Raises NotText.
    """
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise NotText("not-utf-8", "UTF-32: save it as UTF-8")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise NotText("not-utf-8", f"broken UTF-16 at offset {error.start}") from None
    if b"\0" in data:
        raise NotText("binary", "holds NUL bytes: not text")
    codec = _codec(declared)
    if codec == "iso2022_jp":  # its bytes are ASCII: valid UTF-8, which says nothing
        return _decode_declared(data, codec)
    try:
        return data.decode("utf-8")  # a byte order mark goes with `page_of`
    except UnicodeDecodeError:
        if codec is None or codec == "utf-8":
            return decode_utf8(data)
        return _decode_declared(data, codec)


def decode_html(data: bytes, declared: str | None = None) -> str:
    """The text of an HTML page's bytes; `declared` is the charset of its HTTP header, if any.

    A byte order mark wins, then what is valid UTF-8 (pages often declare otherwise, but other
    encodings do not look like UTF-8), then the header, then the page's own declaration.
    Raises NotText.
    """
    if _codec(declared) is None and (found := _DECLARED.search(data, 0, _HEAD)):
        declared = (found[1] or found[2]).decode("ascii", "replace")
    return decode_text(data, declared)


def decode_utf8(data: bytes) -> str:
    """UTF-8 bytes as text.

    Bytes that are no UTF-8 become U+FFFD when the page clearly is UTF-8 and they are few: at most
    one per 1000 bytes, and at least 20 characters beyond ASCII for each. Raises NotText otherwise.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        lost = text.count(_REPLACED)
        letters = len(text) - len(text.encode("ascii", "ignore")) - lost
        if lost * 1000 <= len(data) and lost * 20 <= letters:
            return text
        byte = data[error.start]
        raise NotText(
            "not-utf-8",
            f"not UTF-8: byte 0x{byte:02x} at offset {error.start}: save it as UTF-8",
        ) from None


def without_surrogates(text: str) -> str:
    r"""`text` with lone surrogates (JSON `"\ud83d"`) as U+FFFD; raises NotText when they are many."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        lost = sum("\ud800" <= char <= "\udfff" for char in text)
        if lost * 1000 > len(text):
            raise NotText("not-utf-8", f"{lost} lone surrogates: not Unicode text") from None
        return re.sub("[\ud800-\udfff]", _REPLACED, text)
    return text


def _decode_declared(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        text = data.decode(codec, "replace")
        if text.count(_REPLACED) * 1000 <= len(data):
            return text
        message = f"neither UTF-8 nor the declared {codec}, at offset {error.start}"
        raise NotText("not-utf-8", message) from None


def _codec(label: str | None) -> str | None:
    """Python's name of the encoding that a page means by `label`; None when there is none."""
    if not label:
        return None
    try:
        name = codecs.lookup(label.strip().lower()).name
    except (LookupError, ValueError):
        return None
    name = _MEANT.get(name, name)
    return name if name in _ALLOWED else None
