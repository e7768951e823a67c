"""A valid file of every input format, and accidents that happen to files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import unicodedata
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_builder.articles import RawPage, Rejected
from tests.crawl import http, packed, record

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

COUNT = 12
TEXTS = [
    f"Page {n}: “Ärger”, said the minister;\n\n{'über die Quote und mehr ' * (n * 7)}"
    for n in range(COUNT)
]


def _rows(records: Sequence[dict[str, str | None]], delimiter: str) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["url", "text", "title"], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue().encode()


def _parquet(records: Sequence[dict[str, str | None]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(records)), out, row_group_size=4, compression="zstd")
    return out.getvalue()


def files(texts: Sequence[str] = TEXTS) -> dict[str, bytes]:
    """A file of every format by its suffix; those of records hold a record for each text."""
    records: list[dict[str, str | None]] = [
        {"url": f"http://x/{n}", "text": text, "title": None} for n, text in enumerate(texts)
    ]
    lines = b"".join(json.dumps(item).encode() + b"\n" for item in records)
    crawl = [
        record(http(text.encode(), "Content-Type: text/plain"), f"http://x/{n}")
        for n, text in enumerate(texts)
    ]
    plain = {
        ".txt": texts[-1].encode(),
        ".html": b"<html><meta charset=cp1252><p>caf\xe9 \xfcber",
        ".jsonl": lines,
        ".csv": _rows(records, ","),
        ".tsv": _rows(records, "\t"),
        ".warc": b"".join(crawl),
        ".parquet": _parquet(records),
        ".warc.gz": packed(*crawl),
    }
    for suffix in (".jsonl", ".csv", ".tsv"):
        plain[f"{suffix}.gz"] = gzip.compress(plain[suffix], mtime=0)
        plain[f"{suffix}.zst"] = pa.compress(plain[suffix], codec="zstd", asbytes=True)
    return plain


PARTS = (
    b"WARC/1.0\r\n", b"Content-Length: 9\r\n", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b"\x1f\x8b\x08",
    b"Content-Type: text/html\r\n", b"WARC-Type: response\r\n", b"WARC/1.0\r\nA:", b"PAR1",
    b"\x28\xb5\x2f\xfd", b'"', b'""', b',"', b'",', b"\n", b"text,url\n", b'{"text":', b'"a"}\n',
    b"\\ud800", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"<meta charset=", b"gb2312>", b"\0",
    b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: deflate\r\n", b"5\r\n", b"[" * 50,
    b"Content-Length: 99999999999999\r\n", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff",
)  # fmt: skip
"""What the formats are made of."""


def damaged(data: bytes, drawn: random.Random) -> bytes:
    """`data` after one to four accidents; at most some KB longer."""
    whole = bytearray(data)
    for _ in range(drawn.randint(1, 4)):
        at = drawn.randrange(len(whole) + 1)
        size = drawn.choice((1, 2, 3, 8, 40))
        kind = drawn.randrange(7)
        if kind == 0:
            whole[at : at + 1] = bytes(
                byte ^ (1 << drawn.randrange(8)) for byte in whole[at : at + 1]
            )
        elif kind == 1:
            del whole[at : at + size]
        elif kind == 2:
            whole[at:at] = drawn.randbytes(size)
        elif kind == 3:
            whole[at:at] = whole[at : at + size * 10] * drawn.choice((1, 1, 30))
        elif kind == 4:
            del whole[at:]
        elif kind == 5:
            whole[at:at] = drawn.choice(PARTS) * drawn.choice((1, 1, 20))
        else:
            whole[at : at + size] = drawn.choice((b"\0", b"\xff", b"\x7f", b"\x01")) * size
    return bytes(whole)


def check(items: Sequence[RawPage | Rejected], source: str) -> None:
    """What holds for everything that is read from the file `source`."""
    for item in items:
        assert item.source.startswith(source)
        if isinstance(item, Rejected):
            assert item.reason != "duplicate"
            assert 0 < len(item.message) < 2000
            item.message.encode()
        else:
            check_page(item)


def check_page(page: RawPage) -> None:
    """What holds for every page that is read."""
    assert page.text.strip()
    page.text.encode()
    assert not any(char in page.text for char in "\0\r\x0b\x0c\x85\u2028\u2029")
    assert page.article_id == page.raw_sha256[:16]
    for value in filter(None, vars(page.stated).values()):
        assert value == value.strip()
        assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in value)
