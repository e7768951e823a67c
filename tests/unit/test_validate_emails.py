"""Addresses of people do not travel with a release, except those that a maintainer gives as contact."""

from __future__ import annotations

import shutil

import pyarrow.parquet as pq
import pytest

from dataset_builder.validate.run import validate_release
from tests.factory import make_release, registries
from tests.mutations.disk import edit_prose, rewrite, write

ADDRESS = "jane.doe@example.org"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_release(tmp_path_factory.mktemp("made"), n_articles=3)


@pytest.fixture
def release(made, tmp_path):
    return shutil.copytree(made, tmp_path / "1.0.0")


def findings(release):
    known = registries().ontology
    return validate_release(release, ontology=known, select=("REL034",)).findings


def append(release, file, text):
    write(release, file, (release / file).read_text(encoding="utf-8") + text)


def test_file_and_line_are_named_and_the_address_is_not_repeated(release):
    append(release, "schemas/annotators.yaml", f"# {ADDRESS}\n")
    number = (release / "schemas/annotators.yaml").read_text().count("\n")
    [found] = findings(release)
    assert (found.code, found.severity) == ("REL034", "error")
    assert (found.table, found.row) == ("schemas/annotators.yaml", number)
    assert found.found == "j…@example.org"
    assert ADDRESS not in repr(found)


CONTACT = {
    "CITATION.cff": f"contact:\n  - name: The maintainers\n    email: {ADDRESS}\n",
    "LICENSE": f"\nFor other terms write to {ADDRESS}.\n",
    "README.md": f"\nWrite to {ADDRESS}.\n",  # below the heading Dataset Card Contact
}


@pytest.mark.parametrize("file", CONTACT)
def test_whom_to_write_to_is_said(file, release):
    append(release, file, CONTACT[file])
    assert findings(release) == ()
    # And then anywhere else, in whatever case; but nobody else.
    append(release, "schemas/guidelines.md", f"\nQuestions? Ask {ADDRESS.title()}.\n")
    edit_prose(release, lambda text: text.replace("## Citation\n", f"## Citation\n\n{ADDRESS}\n"))
    assert findings(release) == ()
    append(release, "schemas/guidelines.md", "\nOr john@example.org.\n")
    [found] = findings(release)
    assert (found.code, found.table) == ("REL034", "schemas/guidelines.md")


@pytest.mark.parametrize("place", ["schemas/annotators.yaml", "README.md"])
def test_but_not_beside_an_annotator(place, release):
    append(release, "CITATION.cff", CONTACT["CITATION.cff"])
    if place == "README.md":
        edit_prose(release, lambda text: text.replace("| `draft-1` |", f"| `draft-1` {ADDRESS} |"))
    else:
        append(release, place, f"# draft-1: {ADDRESS}\n")
    assert [(found.code, found.table) for found in findings(release)] == [("REL034", place)]


NONE = (
    "git clone git@github.com:org/news.git", "https://social.example/@jane.doe/1", "a @ b.de",
    "pkg@1.2.3", "`hf://datasets/org/news@v1.0.0`", '{"@id": "x", "@type": "y"}', "jane at b.de",
    "@media screen", "x" * 10_000 + "@", "a@b",
)  # fmt: skip


def test_what_only_looks_like_one(release):
    append(release, "CHANGELOG.md", "".join(f"\n{words}\n" for words in NONE))
    assert findings(release) == ()


def test_however_it_is_written(release):
    written = ("jane&#64;example.org", "mailto:jane%40example.org", "Jané@bü.de")
    append(release, "CHANGELOG.md", "".join(f"\n{words}\n" for words in written))
    assert [found.code for found in findings(release)] == ["REL034"] * len(written)


def test_words_of_an_article_may_hold_one(tmp_path):
    """A newspaper prints its own."""
    from tests.factory import make_world

    rows = make_world(n_articles=3).rows
    rows["articles", "train"][0]["byline"] = "Jane Doe, jane.doe@paper.example"
    assert findings(make_release(tmp_path, rows=rows)) == ()


def test_metadata_of_a_column(release):
    def change(table):
        field = table.schema.field("holder").with_metadata({"marked by": ADDRESS})
        return table.cast(table.schema.set(table.schema.get_field_index("holder"), field))

    file = rewrite(release, "stance", change, "train")
    [found] = findings(release)
    assert (found.code, found.table, found.split) == ("REL034", file, "train")
    assert "holder: marked by" in found.message


def test_a_long_word_is_read_in_time(release):
    """As a picture packed into a document, or a hostile one."""
    append(release, "CHANGELOG.md", f"\n{'a' * 3_000_000}@{'b.' * 500_000}\n")
    assert findings(release) == ()


def test_nothing_ours_is_one(release):
    for file in release.rglob("*.parquet"):
        assert b"@" not in (pq.read_schema(file).metadata or {}).get(b"huggingface", b"")
