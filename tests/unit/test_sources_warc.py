"""WARC: what of a crawl is a page, and that a damaged record hurts no other."""

from __future__ import annotations

import gzip
import hashlib
import json
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.sources import MAX_BYTES, read_pages
from tests.crawl import http, packed, page, record

if TYPE_CHECKING:
    from pathlib import Path

INFO = record(b"software: x\r\n", kind="warcinfo", media="application/warc-fields")
REQUEST = record(b"GET / HTTP/1.1\r\n\r\n", kind="request")


def read(tmp_path: Path, data: bytes, name: str = "a.warc") -> list[RawPage | Rejected]:
    (tmp_path / name).write_bytes(data)
    return list(read_pages(tmp_path / name))


def outcome(items: list[RawPage | Rejected]) -> list[str]:
    return [item.text if isinstance(item, RawPage) else item.reason for item in items]


def one(tmp_path: Path, *records: bytes) -> RawPage | Rejected:
    (item,) = read(tmp_path, b"".join(records))
    return item


def test_pages_of_a_crawl(tmp_path: Path) -> None:
    records = [
        INFO,
        REQUEST,
        page(1),
        record(http(b"\x89PNG", "Content-Type: image/png")),
        record(http(b"gone", status="404 Not Found")),
        record(http(b"", "Location: /x", status="301 Moved")),
        record(b"ns", "dns:example.org", media="text/dns", kind="resource"),
        record(b"Plain text.", kind="conversion", media="text/plain"),
        record(b"<html>whole", "https://example.org/r", kind="resource", media="text/html"),
        record(http(b"note", "Content-Type: TEXT/PLAIN")),
        record(b"", kind="revisit"),
        page(2),
    ]
    plain = read(tmp_path, b"".join(records))
    offset = len(INFO + REQUEST)
    first = plain[0]
    digest = hashlib.sha256(
        json.dumps(
            {"html": "<p>page 1", "url": "http://example.org/1"},
            sort_keys=True,
            separators=(",", ":"),
        ).encode()
    ).hexdigest()
    assert first.source == f"a.warc#{offset}"
    assert (first.article_id, first.raw_sha256) == (digest[:16], digest)
    assert (first.form, first.stated.url) == ("html", "http://example.org/1")
    assert outcome(plain) == ["<p>page 1", "Plain text.", "<html>whole", "note", "<p>page 2"]
    assert [item.form for item in plain] == ["html", "text", "html", "text", "html"]

    members = read(tmp_path, packed(*records), "a.warc.gz")
    assert [(i.article_id, i.text) for i in members] == [(i.article_id, i.text) for i in plain]
    assert members[0].source == f"a.warc.gz#{len(packed(INFO, REQUEST))}"

    whole = read(tmp_path, gzip.compress(b"".join(records)), "b.warc.gz")
    assert [(i.article_id, i.text) for i in whole] == [(i.article_id, i.text) for i in plain]
    assert whole[0].source == f"b.warc.gz#0+{offset}"
    assert len({item.source for item in whole}) == len(whole)


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


HTML = "<!doctype html><p>Präsident".encode()


@pytest.mark.parametrize(
    "block",
    [
        http(chunked(HTML, 5), "Content-Type: text/html", "Transfer-Encoding: chunked"),
        http(HTML, "Content-Type: text/html", "Transfer-Encoding: chunked"),
        http(gzip.compress(HTML), "Content-Type: text/html", "content-encoding: GZIP"),
        http(HTML, "Content-Type: text/html", "Content-Encoding: gzip"),
        http(zlib.compress(HTML), "Content-Type: text/html", "Content-Encoding: deflate"),
        http(zlib.compress(HTML)[2:-4], "Content-Type: text/html", "Content-Encoding: deflate"),
        http(HTML, "Content-Type: text/html", "Content-Encoding: br"),
        http(
            chunked(gzip.compress(HTML), 9),
            "Content-Type: text/html",
            "Content-Encoding: gzip",
            "Transfer-Encoding: chunked",
        ),
        http(HTML, "X-Other: 1"),
        http(HTML, "Content-Type: application/xhtml+xml;charset=UTF-8", "Content-Type: image/png"),
        http(HTML.decode().encode("latin-1"), 'Content-Type: text/html; charset="ISO-8859-1"'),
        http(HTML.decode().encode("utf-16"), "Content-Type: text/html"),
        http(HTML).replace(b"\r\n", b"\n"),
    ],
)
def test_bodies_as_servers_send_and_crawlers_keep_them(tmp_path: Path, block: bytes) -> None:
    item = one(tmp_path, record(block))
    assert outcome([item]) == [HTML.decode()]
    assert item.form == "html"


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (b"no http at all", "malformed"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html", "malformed"),
        (http(b"", "Content-Type: text/html"), "empty"),
        (http(b"caf\xe9", "Content-Type: text/html"), "not-utf-8"),
        (http(b"\x0b\x80", "Content-Type: text/html", "Content-Encoding: br"), "unreadable"),
        (http(b"x", "Content-Type: text/html", "Content-Encoding: gzip, gzip"), "unreadable"),
        (
            http(gzip.compress(HTML)[:-9], "Content-Type: text/html", "Content-Encoding: gzip"),
            "malformed",
        ),
        (
            http(
                gzip.compress(bytes(MAX_BYTES + 1)),
                "Content-Type: text/html",
                "Content-Encoding: gzip",
            ),
            "too-large",
        ),
    ],
)
def test_bodies_that_are_no_pages_are_told(tmp_path: Path, block: bytes, reason: str) -> None:
    assert outcome(read(tmp_path, page(1) + record(block) + page(2))) == [
        "<p>page 1", reason, "<p>page 2",
    ]  # fmt: skip


BROKEN = http(b"<p>broken")


@pytest.mark.parametrize(
    "broken",
    [
        record(BROKEN, length=5),
        record(BROKEN, length=len(BROKEN) + 7),
        record(BROKEN, length=3_000_000),
        record(BROKEN, length=MAX_BYTES * 10),
        record(BROKEN, length=10**17),
        record(BROKEN, length=-5),
        record(BROKEN, length="x"),
        record(BROKEN, length="²"),
        record(BROKEN, length="9" * 5000),
        record(BROKEN).replace(b"Content-Length", b"Kontent-Length"),
        record(BROKEN).replace(b"\r\n", b""),
        b"garbage " * 40 + b"\n",
        b"WARC/1.0\r\nWARC-Type: response\r\n" + b"X: y\r\n" * 60_000,
        record(BROKEN)[:100],
        record(BROKEN)[:-14],
    ],
    ids=[
        "shorter",
        "longer",
        "much longer",
        "huge",
        "beyond all",
        "negative",
        "no number",
        "odd digit",
        "endless digits",
        "none",
        "no lines",
        "garbage",
        "endless headers",
        "cut in headers",
        "cut",
    ],
)
def test_a_broken_record_hurts_no_other(tmp_path: Path, broken: bytes) -> None:
    good = [page(number) for number in range(4)]
    expected = ["<p>page 0", "<p>page 1", "malformed", "<p>page 2", "<p>page 3"]
    for data, name in (
        (b"".join([*good[:2], broken, *good[2:]]), "a.warc"),
        (packed(*good[:2], broken, *good[2:]), "a.warc.gz"),
        (gzip.compress(b"".join([*good[:2], broken, *good[2:]])), "b.warc.gz"),
    ):
        found = read(tmp_path, data, name)
        if name == "b.warc.gz" and b"%d\r\n" % (MAX_BYTES * 10) in broken:
            continue  # in one member nothing shows where such a record would end
        assert outcome(found) == expected
        if name == "a.warc":
            assert found[2].source == f"a.warc#{len(good[0] + good[1])}"
        elif name == "a.warc.gz":
            assert found[2].source == f"a.warc.gz#{len(packed(*good[:2]))}"


def test_records_without_their_blank_lines_are_read(tmp_path: Path) -> None:
    records = [record(http(b"<p>%d" % n), end=end) for n, end in enumerate((b"", b"\n", b"\r\n"))]
    assert outcome(read(tmp_path, b"".join(records))) == ["<p>0", "<p>1", "<p>2"]


def test_a_page_that_quotes_a_record_is_one_page(tmp_path: Path) -> None:
    inner = page(7).decode()
    item = one(tmp_path, record(http(b"<pre>" + inner.encode())))
    assert item.text == "<pre>" + inner.replace("\r\n", "\n")


def damaged(member: bytes, how: str) -> bytes:
    at = len(member) // 2
    if how == "cut":
        return member[:at]
    if how == "flipped":
        return member[:at] + bytes([member[at] ^ 0xFF]) + member[at + 1 :]
    if how == "checksum":
        return member[:-8] + bytes([member[-8] ^ 1]) + member[-7:]
    if how == "headless":
        return member[8:]
    return member[:at] + b"between" * 30 + member[at:]


@pytest.mark.parametrize("how", ["cut", "flipped", "checksum", "headless", "inserted"])
def test_a_damaged_member_hurts_no_other(tmp_path: Path, how: str) -> None:
    members = [packed(page(number)) for number in range(5)]
    data = b"".join([*members[:2], damaged(members[2], how), *members[3:]])
    found = read(tmp_path, data, "a.warc.gz")
    pages = [item.text for item in found if isinstance(item, RawPage)]
    assert pages == ["<p>page 0", "<p>page 1", "<p>page 3", "<p>page 4"]
    told = [item for item in found if isinstance(item, Rejected)]
    assert told
    assert told[-1].reason == "unreadable"
    where = f"a.warc.gz#{len(members[0] + members[1])}"
    assert all(item.source.partition("+")[0] == where for item in told)


@pytest.mark.parametrize("pack", [packed, lambda *records: gzip.compress(b"".join(records))])
def test_a_cut_crawl_gives_every_whole_record(tmp_path: Path, pack: object) -> None:
    records = [page(number) for number in range(6)]
    data = pack(*records)
    for cut in range(1, len(data), 37):
        known = b""
        unpacker = zlib.decompressobj(31)
        rest = data[:cut]
        while rest:
            known += unpacker.decompress(rest)
            rest = unpacker.unused_data
            if unpacker.eof:
                unpacker = zlib.decompressobj(31)
        found = read(tmp_path, data[:cut], "a.warc.gz")
        whole = sum(known.startswith(b"".join(records[: n + 1])) for n in range(6))
        assert outcome(found)[:whole] == [f"<p>page {n}" for n in range(whole)]
        assert len([item for item in found if isinstance(item, Rejected)]) <= 1


def test_a_cut_plain_crawl_tells_where(tmp_path: Path) -> None:
    good, last = read(tmp_path, page(0) + page(1)[:-20])
    assert good.text == "<p>page 0"
    assert (last.source, last.reason) == (f"a.warc#{len(page(0))}", "malformed")


def test_other_files_under_the_name(tmp_path: Path) -> None:
    assert read(tmp_path, b"") == []
    assert read(tmp_path, b"\r\n\r\n") == []
    assert outcome(read(tmp_path, b"\0" * 5_000_000)) == ["malformed"]
    assert outcome(read(tmp_path, b"PK\x03\x04" * 1000, "a.warc.gz")) == ["malformed"]
    assert outcome(read(tmp_path, gzip.compress(b"x" * 3_000_000), "a.warc.gz")) == ["malformed"]
    assert outcome(read(tmp_path, page(1), "b.warc.gz")) == ["<p>page 1"]
    assert outcome(read(tmp_path, packed(page(1)), "c.warc")) == ["<p>page 1"]


def test_huge_blocks_are_passed_over_in_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dataset_builder.sources.framing.MAX_BYTES", 1_000_000)
    huge = record(http(bytes(20_000_000), "Content-Type: video/mp4"))
    page_like = record(http(b" " * 20_000_000))
    data = packed(page(1), huge, page_like, page(2))
    del huge, page_like
    tracemalloc.start()
    found = read(tmp_path, data, "a.warc.gz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome(found) == ["<p>page 1", "too-large", "<p>page 2"]
    assert peak < 8_000_000


def test_lying_lengths_take_no_quadratic_time(tmp_path: Path) -> None:
    lies = record(b"x", length=40_000_000, end=b"") * 20_000  # each would swallow all that follow
    found = read(tmp_path, lies + page(1))
    assert outcome(found[-1:]) == ["<p>page 1"]
    assert len(found) == 20_001
    nested = b""
    for _ in range(300):  # members that hold members, each with a wrong checksum
        stored = zlib.compressobj(0, zlib.DEFLATED, 31)
        whole = stored.compress(b"WARC/1.0\r\n" + nested) + stored.flush()
        nested = whole[:-8] + b"\0" * 8
    assert "unreadable" in outcome(read(tmp_path, nested, "a.warc.gz"))
