"""Whatever the bytes of an input file, reading neither fails nor hangs nor invents anything."""

from __future__ import annotations

import json
import os
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.sources import SourceFile, decode_page, list_files, read_file, read_pages
from dataset_builder.sources.paths import FORMATS, format_of
from tests.crawl import page
from tests.formats import COUNT, PARTS, TEXTS, check, check_page, files

FILES = files()
SUFFIXES = st.sampled_from(sorted(FILES))


def read(suffix: str, data: bytes) -> list[RawPage | Rejected]:
    """What is read from a file with these bytes, twice the same; everything about it is sound."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, f"a{suffix}").write_bytes(data)
        (file,) = list_files(folder)
        assert isinstance(file, SourceFile)
        found = list(read_file(file))
        assert found == list(read_file(file))
    check(found, f"a{suffix}")
    return found


def texts(found: list[RawPage | Rejected]) -> list[str]:
    return [item.text for item in found if isinstance(item, RawPage)]


def test_every_format_is_tried() -> None:
    assert {format_of(f"a{suffix}") for suffix in FILES} == set(FORMATS.values())
    for suffix, data in FILES.items():
        found = texts(read(suffix, data))
        assert found == (TEXTS if len(found) > 1 else found[:1])
        assert len(found) == (1 if suffix in (".txt", ".html") else COUNT)


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.data_too_large])


@FUZZ
@given(SUFFIXES, st.binary(max_size=300))
def test_any_bytes(suffix: str, data: bytes) -> None:
    read(suffix, data)
    read(suffix, FILES[suffix][:8] + data)


@FUZZ
@given(
    SUFFIXES,
    st.lists(st.one_of(st.sampled_from(PARTS), st.binary(max_size=8)), max_size=30).map(b"".join),
)
def test_parts_of_formats_in_any_order(suffix: str, data: bytes) -> None:
    read(suffix, data)


@FUZZ
@given(SUFFIXES, st.data())
def test_damaged_files(suffix: str, data: st.DataObject) -> None:
    whole = bytearray(FILES[suffix])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole)))
        change = data.draw(st.sampled_from(["flip", "cut", "insert", "repeat", "end"]))
        size = data.draw(st.integers(1, 40))
        if change == "flip":
            whole[at : at + 1] = bytes(byte ^ size for byte in whole[at : at + 1])
        elif change == "cut":
            del whole[at : at + size]
        elif change == "insert":
            whole[at:at] = data.draw(st.binary(max_size=40))
        elif change == "repeat":
            whole[at:at] = whole[at : at + size * 10]
        else:
            del whole[at:]
    read(suffix, bytes(whole))


@FUZZ
@given(st.sampled_from([".jsonl", ".csv", ".tsv", ".warc", ".warc.gz"]), st.data())
def test_what_comes_before_the_damage_is_read(suffix: str, data: st.DataObject) -> None:
    whole = FILES[suffix]
    starts = [int(item.source.partition("#")[2]) for item in read(suffix, whole)]
    if not suffix.startswith(".warc"):  # lines: to bytes
        ends = [-1] + [at for at, byte in enumerate(whole) if byte == 10]
        starts = [ends[line - 1] + 1 for line in starts]
    at = data.draw(st.integers(0, len(whole) - 1))
    size = data.draw(st.integers(0, 60))
    damaged = whole[:at] + data.draw(st.binary(max_size=60)) + whole[at + size :]
    before = max(0, sum(start <= at for start in starts) - 1)
    if suffix == ".warc" and damaged[starts[before] :][:5] != b"WARC/" and before:
        before -= 1  # its end cannot be told from a wrong length
    assert texts(read(suffix, damaged))[:before] == TEXTS[:before]


@FUZZ
@given(st.sampled_from([".jsonl", ".csv", ".tsv", ".warc"]), st.data())
def test_one_broken_record_hurts_no_other(suffix: str, data: st.DataObject) -> None:
    """A byte changed inside a text, to none that ends lines or cells, costs at most that record."""
    whole = FILES[suffix]
    at = data.draw(st.integers(0, len(whole) - 1).filter(lambda at: whole[at : at + 1].isalnum()))
    assume(suffix != ".warc" or b"<" not in whole[at : at + 1])
    byte = data.draw(st.sampled_from(b"\xff\x80\x00\x01~X{"))
    assume(suffix not in (".csv", ".tsv") or at > whole.index(b"\n"))
    found = texts(read(suffix, whole[:at] + bytes([byte]) + whole[at + 1 :]))
    assert len(set(TEXTS) - set(found)) <= 1


@pytest.mark.parametrize("pack", ["gz", "zst"])
@settings(FUZZ, max_examples=FUZZ.max_examples // 4)
@given(st.data())
def test_a_cut_stream_gives_the_first_records(pack: str, data: st.DataObject) -> None:
    name = f".jsonl.{pack}"
    whole = FILES[name]
    cut = data.draw(st.integers(1, len(whole) - 1))
    *pages, told = read(name, whole[:cut])
    assert isinstance(told, Rejected)
    assert texts(pages) == TEXTS[: len(pages)]


NAMES = st.binary(min_size=1, max_size=60).filter(lambda name: not {0, 47} & set(name))


@settings(FUZZ, max_examples=FUZZ.max_examples // 3)
@given(st.lists(NAMES, max_size=6, unique=True))
def test_any_names_of_files(names: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(names):
            Path(folder, os.fsdecode(name) + ".txt").write_text(f"page {number}")
        found = list(read_pages(folder))
        assert sorted(texts(found)) == [f"page {number}" for number in range(len(names))]
        sources = [item.source for item in found]
        assert sources == sorted(sources)
    for source in sources:
        source.encode()
        assert not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in source)
        assert not any(char in source for char in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068")


@FUZZ
@given(st.binary(max_size=200), st.sampled_from(["text", "html"]))
def test_any_bytes_as_a_page(data: bytes, form: str) -> None:
    for item in (decode_page("x", data, form), decode_page("x", b"<meta charset=" + data, form)):
        if isinstance(item, RawPage):
            check_page(item)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["text", "url", "x"]), inner),
    max_leaves=4,
)
FIELDS = st.sampled_from(["text", "html", "url", "title", "authors", "meta", "published", "body"])


@settings(FUZZ, max_examples=FUZZ.max_examples // 2)
@given(st.lists(st.dictionaries(FIELDS, JSON, max_size=4), max_size=3))
def test_records_of_any_shape(records: list[dict[str, object]]) -> None:
    lines = b"".join(json.dumps(item).encode() + b"\n" for item in records)
    found = read(".jsonl", lines)
    assert len(found) <= len(records)
    for item in found:
        number = item.source.partition("#")[2]
        record = records[int(number) - 1] if number else {}
        if isinstance(item, RawPage):
            assert record.get(item.form) or record.get("body")
            assert item.stated.url in (None, " ".join(str(record.get("url")).split()))


def test_pages_of_the_helper_are_pages() -> None:
    assert texts(read(".warc", page(1) + page(2))) == ["<p>page 1", "<p>page 2"]
