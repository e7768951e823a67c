"""Atomic writing."""

import pytest

from dataset_builder.files import write_bytes, write_text


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(TypeError):
        write_bytes(path, "not bytes")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_mode_is_the_one_asked_for(tmp_path):
    path = tmp_path / "folder" / "secret"
    write_text(path, "x", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
