"""HTTP responses as crawls keep them: headers, transfer and content encodings (RFC 9110, 9112)."""

from __future__ import annotations

import re
import zlib
from typing import Final, NamedTuple

from dataset_builder.sources.decoding import MAX_BYTES

_STATUS: Final = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?=[ \t\r\n]|$)")
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?\s*([\w:.-]{2,40})""", re.IGNORECASE)
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")
_HTML: Final = re.compile(rb"<!doctype\s+html|<html\b", re.IGNORECASE)
_MAX_HEADERS: Final = 1 << 18
_LONGEST: Final = 10_000


class HttpError(Exception):
    """A response that cannot be read; the message says why."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Headers(dict[str, str]):
    """Headers by lower-case name; of a name that comes twice the first counts."""

    def media(self) -> tuple[str, str | None]:
        """Media type in lower case ("" when not stated) and charset."""
        kind, _, rest = self.get("content-type", "").partition(";")
        charset = _CHARSET.search(rest[:500])
        return kind.strip().lower(), charset[1] if charset else None


class Response(NamedTuple):
    """An HTTP response."""

    status: int
    headers: Headers
    body: bytes
    """Without its transfer and content encodings."""


def parse_headers(data: bytes) -> Headers:
    """`Name: value` lines; the first line and lines that are none are passed over."""
    headers = Headers()
    name = ""
    for line in data.decode("utf-8", "replace").split("\n")[1:]:
        if line[:1] in (" ", "\t") and name:  # a header that goes on
            if len(headers[name]) < _LONGEST:
                headers[name] += " " + line.strip()
            continue
        key, colon, value = line.partition(":")
        name = key.strip().lower() if colon else ""
        if name in headers:
            name = ""
        elif name:
            headers[name] = value.strip()
    return headers


def parse_response(block: bytes, *, whole: bool = True) -> Response:
    """The response in a WARC block; its body as it is when the block is not `whole`.

    Raises HttpError.
    Crawlers often keep a body decoded under headers that say it is not: then it is taken as it is.
    """
    status = _STATUS.match(block)
    if status is None:
        raise HttpError("malformed", "not an HTTP response")
    ends = [at + len(end) for end in (b"\r\n\r\n", b"\n\n") if (at := block.find(end, 0, _MAX_HEADERS)) >= 0]  # fmt: skip
    if not ends:
        raise HttpError("malformed", "its HTTP headers do not end")
    headers = parse_headers(block[: min(ends)])
    body = block[min(ends) :]
    if not whole:
        return Response(int(status[1]), headers, body)
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _unchunked(body)
    codings = [part.strip().lower() for part in headers.get("content-encoding", "").split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if len(codings) > 1:
        raise HttpError("unreadable", "encoded more than once")
    if codings:
        body = _decoded(body, codings[0])
    return Response(int(status[1]), headers, body)


def sniffed(body: bytes) -> str:
    """Media type of a body without one: `text/html` when it begins like HTML, else ""."""
    return "text/html" if _HTML.search(body[:1024]) else ""


def _unchunked(body: bytes) -> bytes:
    """The chunks joined; the body itself when it does not begin with one."""
    parts = []
    at = 0
    while head := _CHUNK.match(body, at):
        size = int(head[1], 16)
        if not size:
            break
        at = head.end()
        parts.append(body[at : at + size])
        at += size
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    return b"".join(parts) if parts or _CHUNK.match(body) else body


def _decoded(body: bytes, coding: str) -> bytes:
    if coding in ("gzip", "x-gzip"):
        return _inflated(body, 31) if body.startswith(b"\x1f\x8b") else body
    if coding == "deflate":
        zlib_header = len(body) > 1 and body[0] & 15 == 8 and not (body[0] * 256 + body[1]) % 31
        if zlib_header:
            return _inflated(body, 15)
        try:
            return _inflated(body, -15)
        except HttpError as error:
            if error.reason == "too-large":
                raise
            return body
    if _HTML.search(body[:1024]):  # decoded already
        return body
    raise HttpError("unreadable", f"its content encoding {coding[:20]!r} is not read")


def _inflated(body: bytes, wbits: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=wbits)
    try:
        data = unpacker.decompress(body, MAX_BYTES + 1)
    except zlib.error:
        raise HttpError("malformed", "its content encoding is broken") from None
    if len(data) > MAX_BYTES:
        raise HttpError("too-large", f"unpacks to more than {MAX_BYTES >> 20} MiB")
    if not unpacker.eof:
        raise HttpError("malformed", "its content encoding is cut off")
    return data
