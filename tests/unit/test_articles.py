"""Reading raw pages: what is bad is rejected with its reason and hurts nothing else."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pytest

from dataset_builder.articles import RawPage, Rejected, decode_page, read_page, read_pages
from dataset_builder.errors import ProjectError


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
        ("Text".encode("utf-16"), "not-utf-8"),
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
    for name in ("b.txt", "a/z.txt", "a.txt", "notes.md", "B.TXT", "a/y.html"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"page {name}")
    assert [item.source for item in read_pages(tmp_path)] == ["B.TXT", "a.txt", "a/z.txt", "b.txt"]


def test_bad_files_do_not_affect_others(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "2.txt").write_bytes(b"good")
    (tmp_path / "3.txt").write_bytes(b"")
    (tmp_path / "4.txt").write_bytes(b"good")
    (tmp_path / "5.txt").mkdir()
    found = read(tmp_path)
    assert reason(found["1.txt"]) == "not-utf-8"
    assert text(found["2.txt"]) == "good"
    assert reason(found["3.txt"]) == "empty"
    assert found["4.txt"] == Rejected("4.txt", "duplicate", "byte for byte the same as 2.txt")
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
    assert sorted(found) == ["-rf .txt", "\\xff\\xfe.txt", "a\nb.txt", "\u202etxt.txt"]
    for name in found:
        name.encode("utf-8")


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
