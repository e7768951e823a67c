"""WARC records for tests."""

from __future__ import annotations

import gzip


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An HTTP response."""
    lines = [f"HTTP/1.1 {status}", *(headers or ("Content-Type: text/html; charset=utf-8",))]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def record(
    block: bytes,
    url: str = "http://example.org/",
    *,
    kind: str = "response",
    media: str = "application/http; msgtype=response",
    length: int | str | None = None,
    end: bytes = b"\r\n\r\n",
) -> bytes:
    """A WARC record; `length` other than the block's for one that is wrong."""
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        "WARC-Date: 2020-01-01T00:00:00Z",
        "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>",
        f"Content-Type: {media}",
        f"Content-Length: {len(block) if length is None else length}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + end


def page(number: int) -> bytes:
    """A record with the HTML `<p>page NUMBER`."""
    return record(http(f"<p>page {number}".encode()), f"http://example.org/{number}")


def packed(*records: bytes) -> bytes:
    """The records, each a gzip member of its own, as crawlers write them."""
    return b"".join(gzip.compress(item, mtime=0) for item in records)
