"""Marked blocks and tables."""

import pytest

from dataset_builder.errors import ProjectError
from dataset_builder.markdown import block_names, escape, fill_blocks, table

TEXT = "a\n<!-- begin: one -->\nold\n<!-- end: one -->\nb\n<!-- begin: two -->\n<!-- end: two -->\n"


def test_blocks_are_replaced_and_the_rest_stays():
    filled = fill_blocks(TEXT, {"one": "new"}, where="x.md")
    assert filled == TEXT.replace("old", "new")
    assert fill_blocks(filled, {"one": "new"}, where="x.md") == filled
    assert block_names(filled, where="x.md") == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no block", "no block named one"),
        ("<!-- begin: one -->\n", "never closed"),
        ("<!-- end: one -->\n", "line 1"),
        ("<!-- begin: one -->\n<!-- begin: two -->\n", "line 2"),
        (TEXT + TEXT, "does not fit"),
    ],
)
def test_unbalanced_markers_are_refused(text, complaint):
    with pytest.raises(ProjectError, match=complaint):
        fill_blocks(text, {"one": "new"}, where="x.md")


def test_cells_cannot_break_a_table():
    assert table(("a",), [("x|y\nz",)]) == "| a |\n| --- |\n| x\\|y z |"


def test_page_text_cannot_become_markup():
    assert escape("<b>[x](javascript:1)\x1b[0m") == "&lt;b&gt;\\[x\\]\\(javascript:1\\) \\[0m"
