"""Records of JSON Lines, CSV and Parquet: a broken one is told with its place and hurts no other."""

from __future__ import annotations

import bz2
import csv
import datetime as dt
import gzip
import hashlib
import io
import json
import zlib
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_builder.articles import RawPage, Rejected, Stated
from dataset_builder.errors import UsageError
from dataset_builder.sources import FieldMap, parse_fields, read_pages
from dataset_builder.sources import streams as streams_module

if TYPE_CHECKING:
    from collections.abc import Iterable

GOOD = {"text": "A page."}


def zstd(data: bytes) -> bytes:
    return pa.compress(data, codec="zstd", asbytes=True)


def outcome(items: Iterable[RawPage | Rejected]) -> list[tuple[str, str]]:
    """Place behind the file's name, and text or reason, of everything that came out."""
    return [
        (item.source.partition("#")[2], item.text if isinstance(item, RawPage) else item.reason)
        for item in items
    ]


def read(tmp_path: Path, name: str, data: bytes, *fields: str) -> list[RawPage | Rejected]:
    (tmp_path / name).write_bytes(data)
    return list(read_pages(tmp_path / name, parse_fields(fields)))


def lines(*records: Any) -> bytes:
    return b"".join(
        (item if isinstance(item, bytes) else json.dumps(item).encode()) + b"\n" for item in records
    )


def test_id_is_of_the_mapped_fields_as_canonical_json(tmp_path: Path) -> None:
    record = {"title": "Ü", "text": "One\r\ntwo é", "url": "http://x/1", "n": 7, "tags": ["a"]}
    (page,) = read(tmp_path, "a.jsonl", lines(record))
    canonical = '{"text":"One\\r\\ntwo é","title":"Ü","url":"http://x/1"}'
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    stated = Stated(url="http://x/1", title="Ü")
    assert page == RawPage(digest[:16], "a.jsonl#1", digest, "One\ntwo é", "text", stated)


@pytest.mark.parametrize(
    "name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet", "a.ndjson.gz", "a.csv.zst"]
)
def test_the_same_record_is_the_same_page_in_every_format(tmp_path: Path, name: str) -> None:
    rows = [
        {"url": f"http://x/{n}", "text": f'She said "{n}";\n\nthen, a\ttab.', "title": None}
        for n in (1, 2)
    ]
    if "csv" in name or "tsv" in name:
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), delimiter="\t" if "tsv" in name else ",")
        writer.writeheader()
        writer.writerows(rows)
        data = out.getvalue().encode()
    elif "parquet" in name:
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), sink)
        data = sink.getvalue()
    else:
        data = lines(*rows)
    data = gzip.compress(data) if name.endswith("gz") else zstd(data) if "zst" in name else data
    pages = read(tmp_path, name, data)
    assert [(page.text, page.stated) for page in pages] == [
        (row["text"], Stated(url=row["url"])) for row in rows
    ]
    assert [page.article_id for page in pages] == [
        hashlib.sha256(
            json.dumps(
                {"text": row["text"], "url": row["url"]}, sort_keys=True, separators=(",", ":")
            ).encode()
        ).hexdigest()[:16]
        for row in rows
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"text": "cut', "malformed"),
        (b'["text"]', "malformed"),
        (b"17", "malformed"),
        (b'{"text": "a"} x', "malformed"),
        (b"[" * 100_000, "malformed"),
        (b'{"a":' * 100_000, "malformed"),
        (b'{"text": "a", "n": ' + b"9" * 5000 + b"}", "malformed"),
        (b'{"text": "caf\xe9"}', "not-utf-8"),
        (b'{"text": "\\ud800 x"}', "not-utf-8"),
        (b"\xff\xfe\x00", "not-utf-8"),
        (b'{"text": ["a"]}', "no-text"),
        (b'{"text": 12}', "no-text"),
        (b'{"text": true}', "no-text"),
        (b'{"text": {"a": "b"}}', "no-text"),
        (b'{"text": null}', "no-text"),
        (b'{"title": "x"}', "no-text"),
        (b"{}", "no-text"),
        (b'{"text": ""}', "empty"),
        (b'{"text": " \\u00a0\\u200b\\n"}', "empty"),
        (b'{"text": "a\\u0000b"}', "binary"),
        (b'{"text": "\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\u0008\\u000e"}', "binary"),
        (b'{"text": "a", "x": [' + b"0," * 2_100_000 + b"0]}", "too-large"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_a_broken_line_is_told_and_the_others_are_read(
    tmp_path: Path, line: bytes, expected: str
) -> None:
    found = read(tmp_path, "a.jsonl", lines(GOOD, line, {"text": "Last."}))
    assert outcome(found) == [("1", "A page."), ("2", expected), ("3", "Last.")]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b'{"text": "a", "text": "b"}', "b"),
        (b'{"text": "a", "n": NaN, "m": -Infinity, "k": 1e999}', "a"),
        ('\ufeff{"text": "ä"}'.encode(), "ä"),
        (b'  {"text": "a"}\r', "a"),
        (b'{"text": "' + b"word " * 400 + b'\\ud83d"}', "word " * 400 + "\ufffd"),
        (b'{"text": "", "content": "b"}', "b"),
        (b'{"text": null, "body": "b"}', "b"),
        (b'{"text": "a", "title": ["\\ud800"], "url": {"x": 1}, "author": 3}', "a"),
    ],
)
def test_odd_lines_that_hold_a_page(tmp_path: Path, line: bytes, text: str) -> None:
    assert outcome(read(tmp_path, "a.jsonl", line)) == [("1", text)]


def test_blank_lines_count_but_are_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, "a.jsonl", b"\n\n" + lines(GOOD) + b" \r\n\n\n" + lines(GOOD))
    assert outcome(found) == [("3", "A page."), ("7", "duplicate")]


def test_lines_above_the_limit_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_module, "MAX_BYTES", 3_000_000)
    long = {"text": "x" * 3_000_000}
    found = read(tmp_path, "a.jsonl.gz", gzip.compress(lines(GOOD, long, {"text": "b"}, long)))
    assert outcome(found) == [("1", "A page."), ("2", "too-large"), ("3", "b"), ("4", "too-large")]


def test_nested_fields(tmp_path: Path) -> None:
    record = {"page": {"main": {"text": "a"}}, "meta": {"url": "http://x", "title": 5}}
    odd = [{"page": {"main": ["text"]}}, {"page": 3}, {"page.main.text": "literal"}]
    found = read(tmp_path, "a.jsonl", lines(record, *odd), "text=page.main.text")
    assert outcome(found) == [("1", "a"), ("2", "no-text"), ("3", "no-text"), ("4", "literal")]
    assert found[0].stated == Stated(url="http://x")


def test_html_is_taken_before_text_unless_told_otherwise(tmp_path: Path) -> None:
    data = lines({"text": "a", "html": "<p>b"})
    (page,) = read(tmp_path, "a.jsonl", data)
    assert (page.form, page.text) == ("html", "<p>b")
    (page,) = read(tmp_path, "a.jsonl", data, "text=text")
    assert (page.form, page.text) == ("text", "a")
    (page,) = read(tmp_path, "a.jsonl", lines({"text": "a", "html": ""}))
    assert (page.form, page.text) == ("text", "a")


def test_what_is_stated_is_one_line(tmp_path: Path) -> None:
    record = GOOD | {
        "headline": " A \n\x1b[31m title ", "authors": ["A", "B"], "publisher": "x" * 10_001,
        "published": "2020-01-02T03:04:05Z", "timestamp": "2021-01-01", "date": "2022-02-02",
        "source": "common-crawl", "url": "http://x",
    }  # fmt: skip
    (page,) = read(tmp_path, "a.jsonl", lines(record))
    assert page.stated == Stated(
        url="http://x", title="A [31m title", byline="A, B", published="2020-01-02T03:04:05Z"
    )
    (page,) = read(tmp_path, "a.jsonl", lines(record), "title=", "published=date", "url=source")
    assert page.stated == Stated(url="common-crawl", byline="A, B", published="2022-02-02")


def test_fields_that_fit_nothing_are_an_error_that_names_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(*[{"words": "x", "link\x1b": "y"}] * 30))
    with pytest.raises(UsageError, match=r"'words'") as error:
        list(read_pages(tmp_path))
    assert "\x1b" not in str(error.value)
    assert "--field" in str(error.value)
    (tmp_path / "b.csv").write_text("words,n\nx,1\n")
    pq.write_table(pa.table({"words": ["x"], "m": [{"a": 1}]}), tmp_path / "c.parquet")
    (tmp_path / "d.txt").write_text("A page.")
    found = list(read_pages(tmp_path))
    assert outcome(found) == [("", "no-fields")] * 3 + [("", "A page.")]
    assert all("'words'" in item.message for item in found[:3])
    assert "'m.a'" in found[2].message
    found = list(read_pages(tmp_path, parse_fields(["text=words"])))
    assert [text for _, text in outcome(found)] == ["x", *["duplicate"] * 31, "A page."]


def test_few_records_without_the_field_at_the_start_do_not_cost_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, "a.jsonl", lines({"dump": 1}, b"x", {"dump": 2}, GOOD))
    assert sorted(outcome(found)) == [
        ("1", "no-text"), ("2", "malformed"), ("3", "no-text"), ("4", "A page."),
    ]  # fmt: skip


def test_a_file_without_the_field_is_given_up_soon(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("A page.")
    (tmp_path / "a.jsonl").write_bytes(lines(*[{"words": "x"}] * 20, *[GOOD] * 1000))
    assert outcome(read_pages(tmp_path)) == [("", "no-fields"), ("", "A page.")]


@pytest.mark.parametrize(
    "options", [["text"], ["body=x"], ["=x"], ["text=", "html="], ["text="] * 2 + ["html="]]
)
def test_field_options_that_mean_nothing(options: list[str]) -> None:
    with pytest.raises(UsageError, match="--field"):
        parse_fields(options)


def test_field_options() -> None:
    assert parse_fields([]) == FieldMap()
    fields = parse_fields(["text=a.b", " url = link", "text=c", "title="])
    assert (fields.text, fields.html, fields.url, fields.title) == (("a.b", "c"), (), ("link",), ())
    assert fields.byline == FieldMap().byline


# Compressed streams


MANY = [{"text": f"Page {n}. " + "word " * (n % 50)} for n in range(3000)]


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gz", "zst"])
def test_a_cut_stream_gives_every_whole_record_before(tmp_path: Path, pack: Any) -> None:
    whole = pack(lines(*MANY))
    name = "a.jsonl.gz" if pack is gzip.compress else "a.jsonl.zst"
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    *pages, broken = read_pages(tmp_path / name)
    if pack is gzip.compress:
        known = zlib.decompressobj(31).decompress(whole[: len(whole) // 2])
        assert len(pages) == known.count(b"\n") > 100
    assert [page.text for page in pages] == [record["text"] for record in MANY[: len(pages)]]
    assert isinstance(broken, Rejected)
    assert broken.reason == "unreadable"
    assert broken.source == f"{name}#{len(pages) + 1}"


def test_a_broken_gzip_stream_gives_all_that_unpacks(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(lines(*MANY)))
    at = len(whole) // 2
    whole[at : at + 40] = bytes(40)
    unpacker, known = zlib.decompressobj(31), b""
    with suppress(zlib.error):
        for byte in whole:
            known += unpacker.decompress(bytes([byte]))
    (tmp_path / "a.jsonl.gz").write_bytes(whole)
    found = list(read_pages(tmp_path))
    assert found[-1].source.endswith(f"#{known.count(10) + 1}")
    good = [item.text for item in found if isinstance(item, RawPage)]
    assert len(good) > 100
    assert [record["text"] for record in MANY[:100]] == good[:100]


def test_wrong_checksum_is_told(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(lines(GOOD)))
    data[-8] ^= 1
    page, broken = read(tmp_path, "a.jsonl.gz", bytes(data))
    assert page.text == "A page."
    assert broken.reason == "unreadable"
    assert "check" in broken.message


def test_joined_members_and_padding(tmp_path: Path) -> None:
    one, two = lines({"text": "1"}), lines({"text": "2"})
    joined = gzip.compress(one) + gzip.compress(b"") + gzip.compress(two) + bytes(600)
    assert outcome(read(tmp_path, "a.jsonl.gz", joined)) == [("1", "1"), ("2", "2")]
    joined = zstd(one) + zstd(two)
    assert outcome(read(tmp_path, "b.jsonl.zst", joined)) == [("1", "1"), ("2", "2")]


def test_the_bytes_tell_the_compression_not_the_name(tmp_path: Path) -> None:
    for name, data in (("a.jsonl", gzip.compress), ("b.csv", zstd), ("c.jsonl.zst", gzip.compress)):
        body = b"text\nA page.\n" if "csv" in name else lines(GOOD)
        assert outcome(read(tmp_path, name, data(body)))[0][1] == "A page."
    (tmp_path / "d").mkdir()
    found = read(tmp_path / "d", "a.jsonl.gz", bz2.compress(lines(GOOD)))
    assert outcome(found) == [("1", "unreadable")]
    assert outcome(read(tmp_path / "d", "a.jsonl.zst", lines(GOOD))) == [("1", "unreadable")]
    assert read(tmp_path / "d", "a.jsonl.gz", b"") == []


@pytest.mark.parametrize("fill", [b"\n", b"x"])
def test_decompression_bombs_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fill: bytes
) -> None:
    monkeypatch.setattr(streams_module, "_FREE", 1 << 20)
    monkeypatch.setattr(streams_module, "_RATIO", 100)
    data = lines(GOOD) + fill * 30_000_000
    for name, packed in (("a.jsonl.gz", gzip.compress(data)), ("b.jsonl.zst", zstd(data))):
        page, broken = read(tmp_path, name, packed)
        assert page.text == "A page."
        assert broken.reason == "unreadable"
        assert "bomb" in broken.message


def test_what_is_packed_twice_is_not_unpacked_twice(tmp_path: Path) -> None:
    found = read(tmp_path, "a.jsonl.gz", gzip.compress(gzip.compress(lines(GOOD))))
    assert not any(isinstance(item, RawPage) for item in found)


# CSV


def table(*rows: str) -> bytes:
    return "\n".join(["url,text", *rows, ""]).encode()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["a,b,c"], [("3", "malformed")]),
        (["a"], [("3", "malformed")]),
        (['a,"b" c'], [("3", "malformed")]),
        (["a,"], [("3", "empty")]),
        (["a,\0b"], [("3", "binary")]),
        (["", "a,b", ""], [("4", "b")]),
        (['a,"b', 'c"', "d,e"], [("3", "b\nc"), ("5", "e")]),
        (['a,"b', 'c,"d"', "e,f"], [("3", "malformed"), ("4", "d"), ("5", "f")]),
        (["a,b\rc,d"], [("3", "malformed")]),
        (['"a","b, ""c"""'], [("3", 'b, "c"')]),
        (["," * 1_100_000], [("3", "too-large")]),
        (["a," + "x" * 200_000], [("3", "x" * 200_000)]),
    ],
)
def test_rows(tmp_path: Path, rows: list[str], expected: list[tuple[str, str]]) -> None:
    found = read(tmp_path, "a.csv", table("u,first", *rows, 'v,"last"'))
    assert outcome(found)[:-1] == [("2", "first"), *expected]
    assert outcome(found)[-1][1] == "last"


def test_a_file_cut_inside_a_row_does_not_make_rows_of_its_lines(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", b'url,text\nu,one\nv,"two\nand, however\nit goes, on')
    assert outcome(found) == [("2", "one"), ("3", "malformed")]


def test_rows_that_are_not_utf8(tmp_path: Path) -> None:
    data = table("u,first") + b"v,caf\xe9\n" + "w,ä\n".encode()
    assert outcome(read(tmp_path, "a.csv", data)) == [
        ("2", "first"), ("3", "not-utf-8"), ("4", "ä"),
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_and_byte_order_mark(tmp_path: Path, delimiter: str) -> None:
    data = "\ufeffText,n\r\nA, page.,1\r\n".replace(",n", f"{delimiter}n").replace(
        ".,", f".{delimiter}"
    )
    if delimiter == ",":
        data = data.replace("A, page.", '"A, page."')
    (page,) = read(tmp_path, "a.csv", data.encode(), "text=Text")
    assert page.text == "A, page."


def test_rows_above_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataset_builder.sources.delimited.MAX_BYTES", 5_000)
    monkeypatch.setattr(streams_module, "MAX_BYTES", 5_000)
    rows = [f"u,{'x' * 6000}", "v,b", 'w,"' + "long\n" * 2000 + '"', "y,c"]
    found = outcome(read(tmp_path, "a.csv", table(*rows)))
    assert found[:3] == [("2", "too-large"), ("3", "b"), ("4", "too-large")]
    assert not [text for _, text in found[3:] if text not in ("malformed", "c")]


@pytest.mark.parametrize("data", [b"", b"\n", b"\n\n\n", b'"', b'"text', b"\xff\n", b"\0"])
def test_odd_headers(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "z.txt").write_text("page")
    (tmp_path / "a.csv").write_bytes(data)
    first, last = read_pages(tmp_path)
    assert isinstance(first, Rejected)
    assert first.reason in ("empty", "no-fields")
    assert last.text == "page"


# Parquet


def parquet(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def test_parquet_types(tmp_path: Path) -> None:
    when = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    data = pa.table({
        "text": pa.array(["one", None, "three", ""], pa.large_string()).dictionary_encode(),
        "html": pa.array([None, b"<p>", b"\xff", None], pa.binary()),
        "meta": [{"url": "http://x/1", "n": 1}, None, {"url": None, "n": 2}, None],
        "published": pa.array([when] * 4, pa.timestamp("us", "UTC")),
        "authors": [["A", "B"], [], None, None],
        "title": [1, 2, 3, 4],
    })  # fmt: skip
    found = read(tmp_path, "a.parquet", parquet(data))
    assert outcome(found) == [("1", "one"), ("2", "<p>"), ("3", "not-utf-8"), ("4", "empty")]
    assert found[0].stated == Stated(
        url="http://x/1", byline="A, B", published="2020-01-02T03:04:05+00:00"
    )
    assert found[1].form == "html"


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.binary_view()]
)
def test_parquet_strings(tmp_path: Path, kind: pa.DataType) -> None:
    values = pa.array(["ä" * 100, "b"]).cast(kind)
    pages = read(tmp_path, "a.parquet", parquet(pa.table({"text": values})))
    assert [page.text for page in pages] == ["ä" * 100, "b"]


def test_text_that_is_no_string_is_told(tmp_path: Path) -> None:
    data = parquet(pa.table({"text": [["a"], ["b"]]}))
    assert outcome(read(tmp_path, "a.parquet", data)) == [("1", "no-text"), ("2", "no-text")]


def test_a_broken_row_group_costs_only_its_rows(tmp_path: Path) -> None:
    texts = [f"{n} " + hashlib.sha256(str(n).encode()).hexdigest() * 30 for n in range(400)]
    data = bytearray(parquet(pa.table({"text": texts}), row_group_size=100, use_dictionary=False))
    column = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(1).column(0)
    at = column.data_page_offset
    data[at : at + 60] = b"\xff" * 60
    found = read(tmp_path, "a.parquet", bytes(data))
    assert [item.text for item in found if isinstance(item, RawPage)] == texts[:100] + texts[200:]
    assert [item.source for item in found if isinstance(item, Rejected)] == ["a.parquet#101"]
    assert found[101].source == "a.parquet#201"


def test_truncated_parquet(tmp_path: Path) -> None:
    data = parquet(pa.table({"text": ["a"]}))
    for size in (0, 3, len(data) // 2, len(data) - 1):
        (broken,) = read(tmp_path, "a.parquet", data[:size])
        assert (broken.source, broken.reason) == ("a.parquet", "unreadable")


def test_a_dictionary_cannot_multiply_into_memory(tmp_path: Path) -> None:
    big = "x" * 10_000_000
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 3000, pa.int32()), pa.array([big]))
    data = parquet(pa.table({"text": column}), compression="zstd", store_schema=False)
    assert len(data) < 10_000
    (tmp_path / "a.parquet").write_bytes(data)
    before = pa.total_allocated_bytes()
    pool = pa.default_memory_pool()
    page, again = islice(read_pages(tmp_path), 2)
    assert len(page.text) == len(big)
    assert again.reason == "duplicate"
    assert pool.bytes_allocated() - before < 200_000_000


def test_parquet_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataset_builder.sources.parquet._FREE", 1_000_000)
    good, bad = pa.table({"text": ["a"]}), pa.table({"text": ["x" * 5_000_000]})
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, good.schema, compression="zstd", use_dictionary=False) as writer:
        for part in (good, bad, good):
            writer.write_table(part)
    found = read(tmp_path, "a.parquet", sink.getvalue())
    assert outcome(found) == [("1", "a"), ("2", "too-large"), ("3", "duplicate")]


def test_a_footer_whose_statistics_are_broken_does_not_end_the_process() -> None:
    """pyarrow 26 aborts when asked for the sizes of this file's columns."""
    file = Path(__file__).parents[1] / "golden" / "sources" / "broken_statistics.parquet"
    assert "broken_statistics.parquet" in next(read_pages(file)).source


def test_an_index_beyond_the_dictionary(tmp_path: Path) -> None:
    texts = ["One.", "Two.", "Three."] * 8
    table = pa.table({"text": texts})
    data = bytearray(parquet(table, compression="none", row_group_size=12))
    column = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0)
    end = column.dictionary_page_offset + column.total_compressed_size
    data[end - 4 : end] = b"\xff" * 4  # twelve indices of two bits each, and four of padding
    found = outcome(read(tmp_path, "a.parquet", bytes(data)))
    assert found[0] == ("1", "unreadable")
    assert [text for _, text in found[1:4]] == ["One.", "Two.", "Three."]


def test_cells_above_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataset_builder.sources.parquet.MAX_BYTES", 100)
    data = parquet(pa.table({"text": ["a", "b" * 101, "c"]}))
    assert outcome(read(tmp_path, "a.parquet", data)) == [
        ("1", "a"),
        ("2", "too-large"),
        ("3", "c"),
    ]
