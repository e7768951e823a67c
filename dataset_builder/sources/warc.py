"""Pages from WARC files: what of a crawl is HTML or plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.sources.decoding import NotText, decode_html, decode_text, too_large
from dataset_builder.sources.fields import mapped_page
from dataset_builder.sources.framing import Record, RecordReader
from dataset_builder.sources.http import HttpError, parse_response, sniffed

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS: Final = frozenset({"response", "resource", "conversion"})
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})


def read_warc(source: str, file: BinaryIO) -> Iterator[RawPage | Rejected]:
    """Pages of the response, resource and conversion records that hold HTML or plain text.

    Each is named `source#offset`: where its record begins in the file; in a gzip file where its
    member begins, with `+n` unpacked bytes behind that when the member holds more records. Records
    of other kinds, other media, HTTP errors and redirects are passed over silently. A broken
    record is rejected, and reading goes on with the next that can be found.
    """
    for found in RecordReader(source, file).records():
        page = found if isinstance(found, Rejected) else _page(found)
        if page is not None:
            yield page


def _page(record: Record) -> RawPage | Rejected | None:
    kind = record.headers.get("warc-type", "").lower()
    media, charset = record.headers.media()
    block = record.block
    if kind not in _KINDS or (kind == "response" and media not in ("application/http", "")):
        return None
    if kind == "response":
        try:
            answer = parse_response(block, whole=record.whole)
        except HttpError as error:
            return Rejected(record.where, error.reason, str(error))
        if not 200 <= answer.status < 300:
            return None
        (media, charset), block = answer.headers.media(), answer.body
        media = media or record.headers.get("warc-identified-payload-type", "").lower()
    media = media or ("text/plain" if kind == "conversion" else sniffed(block))
    if media not in _HTML and media != "text/plain":
        return None
    if not record.whole:
        return too_large(record.where)
    try:
        if media in _HTML:
            mapped = {"html": decode_html(block, charset)}
        else:
            mapped = {"text": decode_text(block, charset)}
    except NotText as error:
        return Rejected(record.where, error.reason, error.message)
    url = record.headers.get("warc-target-uri", "").strip("<>")
    if url.lower().startswith(("http://", "https://")):
        mapped["url"] = url
    return mapped_page(record.where, mapped)
