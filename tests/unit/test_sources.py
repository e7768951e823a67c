"""Files and folders of pages: what is bad is rejected with its reason and hurts nothing else."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pytest

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.errors import ProjectError
from dataset_builder.sources import (
    MAX_BYTES,
    IdSet,
    SourceFile,
    decode_page,
    list_files,
    read_file,
    read_page,
    read_pages,
)


def read(folder: Path) -> dict[str, RawPage | Rejected]:
    return {item.source: item for item in read_pages(folder)}


def text(item: RawPage | Rejected) -> str:
    assert isinstance(item, RawPage), item
    return item.text


def reason(item: RawPage | Rejected) -> str:
    assert isinstance(item, Rejected), item
    assert item.message
    return item.reason


def test_id_and_hash_are_of_the_bytes(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfTitle\r\nText"
    (tmp_path / "a.txt").write_bytes(data)
    page = read(tmp_path)["a.txt"]
    digest = hashlib.sha256(data).hexdigest()
    assert page == RawPage(digest[:16], "a.txt", digest, "Title\nText")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\r\nb\rc\nd", "a\nb\nc\nd"),
        (b"a\r\n\r\nb", "a\n\nb"),
        (b"a\r\r\n\n\rb", "a\n\n\n\nb"),
        ("\ufeffä\u2028b\u2029c\x85d\x0be\x0cf".encode(), "ä\nb\nc\nd\ne\nf"),
        ("e\u0301 \u00a0 \u200bx".encode(), "e\u0301 \u00a0 \u200bx"),
    ],
)
def test_line_ends_become_one_kind_and_nothing_else_changes(data: bytes, expected: str) -> None:
    assert text(decode_page("x", data)) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b" \n\t\r\n", "empty"),
        ("\ufeff \u00a0\u200b\n".encode(), "empty"),
        (b"abc\0def", "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f text", "binary"),
        ("Präsident".encode("latin-1"), "not-utf-8"),
        ("Text".encode("utf-32"), "not-utf-8"),
        ("Text".encode("utf-16") + b"\xd8", "not-utf-8"),
        ("Text".encode("utf-16-le"), "binary"),
        (("Präsident " * 500).encode("latin-1"), "not-utf-8"),
        (("Präsident " * 30).encode() + b"\xe4", "not-utf-8"),  # one bad byte in 331
        (b"A long page in ASCII. " * 500 + b"\x96", "not-utf-8"),  # nothing says it is UTF-8
        (b"ok \xc3", "not-utf-8"),
        (b"\xed\xa0\x80 surrogate", "not-utf-8"),
    ],
)
def test_what_is_no_text_is_rejected(data: bytes, expected: str) -> None:
    assert reason(decode_page("x", data)) == expected


def test_message_says_where_it_stops_being_utf8() -> None:
    item = decode_page("x", b"abc\xe4")
    assert isinstance(item, Rejected)
    assert "0xe4" in item.message
    assert "offset 3" in item.message


def test_order_subfolders_and_other_files(tmp_path: Path) -> None:
    names = ("b.txt", "a/z.txt", "a.txt", "notes.md", "B.TXT", "a/y.HTML", "a-b.txt", "a/b/c.htm")
    for name in names:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(f"page {name}")
    found = [item.source for item in read_pages(tmp_path)]
    assert found == ["B.TXT", "a-b.txt", "a.txt", "a/b/c.htm", "a/y.HTML", "a/z.txt", "b.txt"]
    assert found == sorted(found)


def test_bad_files_do_not_affect_others(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_bytes(b"\xff\xfa")
    (tmp_path / "2.txt").write_bytes(b"good")
    (tmp_path / "3.txt").write_bytes(b"")
    (tmp_path / "4.txt").write_bytes(b"good")
    (tmp_path / "5.txt").mkdir()
    found = read(tmp_path)
    assert reason(found["1.txt"]) == "not-utf-8"
    assert text(found["2.txt"]) == "good"
    assert reason(found["3.txt"]) == "empty"
    assert reason(found["4.txt"]) == "duplicate"
    assert found["2.txt"].article_id in found["4.txt"].message
    assert sorted(found) == ["1.txt", "2.txt", "3.txt", "4.txt"]


def test_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret")
    folder = tmp_path / "pages"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "in.txt").write_text("inside")
    (folder / "out.txt").symlink_to(outside)
    (folder / "up.txt").symlink_to("../outside.txt")
    (folder / "gone.txt").symlink_to("nowhere.txt")
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "same.txt").symlink_to("sub/in.txt")
    (folder / "dir").symlink_to(tmp_path)
    found = read(folder)
    for name in ("out.txt", "up.txt", "gone.txt", "loop.txt"):
        assert reason(found[name]) == "unreadable"
    assert text(found["same.txt"]) == "inside"
    assert reason(found["sub/in.txt"]) == "duplicate"
    assert len(found) == 6


def test_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_text("page")
    (tmp_path / "link").symlink_to("real")
    assert text(read(tmp_path / "link")["a.txt"]) == "page"


def test_pipes_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert reason(read(tmp_path)["pipe.txt"]) == "unreadable"


def test_file_without_permission() -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "a.txt").write_text("page")
        (folder / "a.txt").chmod(0)
        user = os.geteuid()
        try:
            if user == 0:  # root may read everything
                os.seteuid(65534)
            found = read(folder)
        finally:
            os.seteuid(user)
        assert reason(found["a.txt"]) == "unreadable"


def test_strange_names(tmp_path: Path) -> None:
    for number, name in enumerate(
        [b"\xff\xfe.txt", "\u202etxt.txt".encode(), b"a\nb.txt", b"-rf .txt"]
    ):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(f"page {number}")
    found = read(tmp_path)
    assert sorted(found) == ["-rf .txt", "\\u202etxt.txt", "\\xff\\xfe.txt", "a\\x0ab.txt"]
    assert all(isinstance(item, RawPage) for item in found.values())


def test_missing_folder_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no such folder"):
        read_pages(tmp_path / "none")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ProjectError):
        read_pages(tmp_path / "file")


def test_empty_folder(tmp_path: Path) -> None:
    assert list(read_pages(tmp_path)) == []


def test_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("page")
    assert text(read_page(tmp_path / "a.txt")) == "page"
    assert reason(read_page(tmp_path / "b.txt")) == "unreadable"
    (tmp_path / "page").write_text("no ending")
    assert text(read_page(tmp_path / "page")) == "no ending"
    (tmp_path / "link.txt").symlink_to("a.txt")
    assert read_page(tmp_path / "link.txt").source == "link.txt"
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    assert reason(read_page(tmp_path / "loop.txt")) == "unreadable"
    os.mkfifo(tmp_path / "pipe")
    assert reason(read_page(tmp_path / "pipe")) == "unreadable"
    assert reason(read_page(tmp_path)) == "unreadable"


def test_html_file(tmp_path: Path) -> None:
    (tmp_path / "a.XHTML").write_bytes(b"<p>\r\nText")
    page = read_page(tmp_path / "a.XHTML")
    assert text(page) == "<p>\nText"
    assert page.form == "html"
    assert page.article_id == hashlib.sha256(b"<p>\r\nText").hexdigest()[:16]


def test_utf16_with_its_mark_is_read() -> None:
    assert text(decode_page("x", "Erdoğan said".encode("utf-16"))) == "Erdoğan said"
    assert text(decode_page("x", "\ufeffبيان".encode("utf-16-be"))) == "بيان"


def test_a_few_damaged_bytes_in_clear_utf8_are_kept_as_such() -> None:
    page = ("Der Präsident sprach über die Lösung. " * 30).encode()
    assert text(decode_page("x", page + b"Ende \xc3")).endswith("Ende \ufffd")
    assert reason(decode_page("x", page + b"\xe4 \xe4")) == "not-utf-8"


META = "<html><head><meta {}></head><p>{}"


@pytest.mark.parametrize(
    ("meta", "codec", "expected"),
    [
        ("charset=windows-1251", "cp1251", "Правда"),
        ("CHARSET = 'iso-8859-1'", "cp1252", "“café”"),  # what pages mean by that label
        ('http-equiv=x content="text/html; charset=gb2312"', "gb18030", "新华社镕"),
        ("charset=iso-2022-jp", "iso2022_jp", "日本"),
        ("charset=euc-kr", "cp949", "뷁"),
        ("charset=windows-1251", "utf-8", "Правда"),  # declared wrongly
        ("charset=utf-16", "utf-8", "Правда"),
        ("charset=unknown-8", "utf-8", "Правда"),
        ("name=x", "utf-8", "Правда"),
    ],
)
def test_html_in_its_declared_encoding(meta: str, codec: str, expected: str) -> None:
    whole = META.format(meta, expected)
    assert text(decode_page("x", whole.encode(codec), "html")) == whole


@pytest.mark.parametrize(
    "label", ["hex", "zip", "idna", "punycode", "unicode_escape", "utf-7", "\u0130"]
)
def test_codecs_that_are_none_for_pages_are_not_used(label: str) -> None:
    page = META.format(f"charset={label}", "caf").encode() + b"\xe9"
    assert reason(decode_page("x", page, "html")) == "not-utf-8"


def test_xml_declaration() -> None:
    page = '<?xml version="1.0" encoding="ISO-8859-2"?><html>Łódź'
    assert text(decode_page("x", page.encode("iso8859-2"), "html")) == page


def test_declared_but_not_so() -> None:
    page = META.format("charset=euc-jp", "").encode() + b"\xff\xfd\x80" * 50
    assert reason(decode_page("x", page, "html")) == "not-utf-8"


def test_too_large(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    (tmp_path / "b.txt").write_text("page")
    found = read(tmp_path)
    assert reason(found["a.txt"]) == "too-large"
    assert text(found["b.txt"]) == "page"


def test_several_sources_keep_their_names_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("one/a.txt", "two/a.txt", "two/deep/b.txt", "three.txt"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(name)
    found = [item.source for item in read_pages(["two", Path("one"), "three.txt", "two"])]
    assert found == ["two/a.txt", "two/deep/b.txt", "one/a.txt", "three.txt"]
    assert [item.source for item in read_pages("three.txt")] == ["three.txt"]


def test_patterns(tmp_path: Path) -> None:
    for name in (
        "a/1.txt",
        "a/2.html",
        "b/3.txt",
        "b/c/4.txt",
        "b/c/x.md",
        "[odd]/5.txt",
        ".h/6.txt",
    ):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(name)

    def sources(pattern: str) -> list[str]:
        return [item.source for item in read_pages(f"{tmp_path}/{pattern}")]

    assert sources("*/*.txt") == [".h/6.txt", "[odd]/5.txt", "a/1.txt", "b/3.txt"]
    assert sources("[ab]") == ["a/1.txt", "a/2.html", "b/3.txt", "b/c/4.txt"]
    assert sources("b/**") == ["3.txt", "c/4.txt"]
    assert sources("**/*.txt") == [".h/6.txt", "[odd]/5.txt", "a/1.txt", "b/3.txt", "b/c/4.txt"]
    assert sources("[odd]") == ["5.txt"]  # there is such a folder
    (tmp_path / "out.txt").symlink_to("/etc/hostname")
    assert reason(next(read_pages(f"{tmp_path}/*.txt"))) == "unreadable"
    with pytest.raises(ProjectError, match="no such"):
        read_pages(f"{tmp_path}/*.pdf")


def test_a_folder_mixes_all_formats_in_the_order_of_paths(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    (tmp_path / "c.csv").write_text("text\nthree\n")
    (tmp_path / "a.txt").write_text("zero")
    (tmp_path / "d.txt").write_text("four")
    assert [(i.source, text(i)) for i in read_pages(tmp_path)] == [
        ("a.txt", "zero"), ("b.jsonl#1", "one"), ("b.jsonl#2", "two"), ("c.csv#2", "three"),
        ("d.txt", "four"),
    ]  # fmt: skip


def test_folder_that_cannot_be_listed() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "shut").mkdir(mode=0)
        (folder / "z.txt").write_text("page")
        user = os.geteuid()
        try:
            if user == 0:
                os.seteuid(65534)
            found = read(folder)
        finally:
            os.seteuid(user)
        (folder / "shut").chmod(0o700)
    assert reason(found["shut"]) == "unreadable"
    assert text(found["z.txt"]) == "page"


def test_very_deep_folders(tmp_path: Path) -> None:
    levels = [f"{tmp_path}{'/d' * depth}" for depth in range(1, 1101)]
    for folder in levels:  # deeper than Python recurses
        os.mkdir(folder)
    Path(levels[-1], "a.txt").write_text("deep")
    (tmp_path / "z.txt").write_text("page")
    found = [text(item) for item in read_pages(tmp_path)]
    Path(levels[-1], "a.txt").unlink()
    for folder in reversed(levels):  # nor does pytest remove it
        os.rmdir(folder)
    assert found == ["deep", "page"]


def test_paths_longer_than_the_system_opens(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(18):
        os.mkdir("d" * 250, dir_fd=here)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    (tmp_path / "z.txt").write_text("page")
    long, page = read_pages(tmp_path)
    assert reason(long) == "unreadable"
    assert text(page) == "page"


def test_a_file_of_no_known_format_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("x")
    with pytest.raises(ProjectError, match="not a format"):
        list_files(tmp_path / "a.pdf")
    with pytest.raises(ProjectError, match="x9b"):
        list_files(tmp_path / "a\x9b31m.pdf")


def test_listing_is_lazy_and_repeatable(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("page")
    (tmp_path / "b.Jsonl.GZ").write_text("x")
    first = list(list_files(tmp_path))
    assert (
        first
        == list(list_files(tmp_path))
        == [
            SourceFile("a.txt", str(tmp_path / "a.txt"), "text"),
            SourceFile("b.Jsonl.GZ", str(tmp_path / "b.Jsonl.GZ"), "jsonl"),
        ]
    )


def test_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.txt").write_text("page")
    pages = read_pages(tmp_path / "pages")
    (tmp_path / "pages" / "a.txt").unlink()
    files = list(list_files(tmp_path / "pages"))
    assert files == []
    (tmp_path / "pages" / "a.txt").write_text("page")
    (file,) = list_files(tmp_path / "pages")
    (tmp_path / "pages" / "a.txt").unlink()
    (tmp_path / "pages" / "a.txt").symlink_to("../secret")
    assert reason(next(read_file(file))) == "unreadable"
    assert reason(next(pages)) == "unreadable"


def test_a_million_ids_take_little_and_repeats_are_found() -> None:
    ids = IdSet()
    some = [f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" for number in range(20_000)]
    assert all(ids.add(item) for item in some)
    assert not any(ids.add(item) for item in some)
    assert len(ids) == 20_000
    assert ids._slots.itemsize * len(ids._slots) <= 22 * 20_000
