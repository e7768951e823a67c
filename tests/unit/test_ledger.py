"""The ledger's file."""

import json

import pytest

from dataset_builder.errors import FindingsError
from dataset_builder.grouping import group_articles
from dataset_builder.ledger import (
    Ledger,
    LedgerEntry,
    appended,
    read_ledger,
)
from dataset_builder.splits import assign_splits, ledger_entries
from tests.factory import named, settings

A, B, C = (letter * 16 for letter in "abc")
LINE = {
    "article_id": A,
    "aliases": [],
    "duplicate_group": A,
    "story": A,
    "split": "train",
    "status": "published",
    "reason": None,
    "text_sha256": "0" * 64,
    "version": "1.0.0",
}
WITHHELD = {**LINE, "status": "withheld", "reason": "asked to"}


def entry(**changes) -> LedgerEntry:
    values = {**LINE, **changes}
    return LedgerEntry(**{**values, "aliases": tuple(values["aliases"])})


def write(path, *lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_missing_ledger_is_empty(tmp_path):
    assert read_ledger(tmp_path / "ledger.jsonl") == Ledger()


def test_what_is_appended_is_read_and_a_later_line_supersedes(tmp_path):
    path = tmp_path / "annotations" / "ledger.jsonl"
    assert appended(path, [entry(article_id=B), entry()]) == 2
    first = path.read_bytes()
    assert appended(path, [entry(status="withheld", reason="Bitte – أزل")]) == 1
    assert path.read_bytes().startswith(first)
    ledger = read_ledger(path)
    assert ledger.entries[A].reason == "Bitte – أزل"
    assert ledger.entries[A].split == "train"
    assert len(ledger.lines) == 3


def test_nothing_new_touches_nothing(tmp_path):
    path = tmp_path / "ledger.jsonl"
    appended(path, [entry()])
    before = path.stat().st_ino, path.read_bytes()
    assert appended(path, [entry(version="2.0.0")]) == 0
    assert appended(path, []) == 0
    assert (path.stat().st_ino, path.read_bytes()) == before


def test_the_same_build_twice_appends_once(tmp_path):
    path = tmp_path / "ledger.jsonl"
    texts = {A: "1" * 64, B: "2" * 64, C: "3" * 64}
    for version in ("1.0.0", "1.0.1"):
        ledger = read_ledger(path)
        groups = group_articles(named(texts), (), ledger)
        assigned = assign_splits(groups, ledger, settings())
        appended(path, ledger_entries(texts, groups, assigned, ledger, version))
    assert [line.version for line in read_ledger(path).lines] == ["1.0.0"] * 3


def test_a_changed_text_is_a_new_line(tmp_path):
    path = tmp_path / "ledger.jsonl"
    appended(path, [entry()])
    assert appended(path, [entry(text_sha256="1" * 64)]) == 1


def test_a_last_line_without_its_newline_is_completed(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text(json.dumps(LINE))
    appended(path, [entry(article_id=B)])
    assert set(read_ledger(path).entries) == {A, B}


def test_a_published_article_cannot_be_given_another_split(tmp_path):
    path = write(tmp_path / "ledger.jsonl", LINE)
    before = path.read_bytes()
    with pytest.raises(FindingsError, match="from train to test"):
        appended(path, [entry(split="test")])
    assert path.read_bytes() == before


def test_an_alias_that_was_published_itself_gets_a_line_when_it_gives_way():
    ledger = Ledger((entry(aliases=[B]), entry(article_id=B, story=B)))
    texts = {A: "0" * 64, B: "0" * 64}
    groups = group_articles(named(texts), (), ledger)
    assigned = assign_splits(groups, ledger, settings())
    found = ledger_entries(texts, groups, assigned, ledger, "1.1.0")
    assert [(e.article_id, e.status, e.split) for e in found] == [(B, "withheld", "train")]


@pytest.mark.parametrize(
    ("lines", "code", "complaint"),
    [
        ([b'{"article_id": '], "SPL101", "not JSON"),
        ([b"<<<<<<< HEAD"], "SPL101", "not JSON"),
        ([b"\xff\xfe\x00"], "SPL101", "not UTF-8"),
        ([b"[]"], "SPL101", "must be an object"),
        ([{**LINE, "extra": 1}], "SPL101", "must be an object"),
        ([{**LINE, "article_id": "A" * 16}], "SPL101", "`article_id`"),
        ([{**LINE, "aliases": A}], "SPL101", "`aliases`"),
        ([{**LINE, "split": "dev"}], "SPL101", "`split`"),
        ([{**LINE, "split": ["train"]}], "SPL101", "`split`"),
        ([{**LINE, "split": None}], "SPL101", "`split`"),
        ([{**LINE, "status": "gone"}], "SPL101", "`status`"),
        ([{**LINE, "reason": "x"}], "SPL101", "`reason`"),
        ([{**WITHHELD, "reason": None}], "SPL101", "`reason`"),
        ([{**LINE, "text_sha256": "x"}], "SPL101", "`text_sha256`"),
        ([{**LINE, "version": 1}], "SPL101", "`version`"),
        ([LINE, {**LINE, "split": "test"}], "SPL102", "from train to test"),
        ([LINE, {**WITHHELD, "split": None}], "SPL102", "from train to no split"),
        (
            [{**LINE, "aliases": [C]}, {**LINE, "article_id": B, "aliases": [C]}],
            "SPL103",
            "is an alias of",
        ),
    ],
)
def test_a_damaged_line_is_named(tmp_path, lines, code, complaint):
    path = tmp_path / "ledger.jsonl"
    good = {**LINE, "article_id": "9" * 16}
    encoded = [x if isinstance(x, bytes) else json.dumps(x).encode() for x in (good, *lines)]
    path.write_bytes(b"\n".join(encoded) + b"\n")
    with pytest.raises(FindingsError, match=r"ledger\.jsonl") as caught:
        read_ledger(path)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert finding.row == len(encoded)
    assert complaint in finding.message
    assert finding.message.isprintable()


def test_every_damaged_line_is_reported(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b"{\n\x1b[31m\n" + json.dumps(LINE).encode())
    with pytest.raises(FindingsError) as caught:
        read_ledger(path)
    assert [finding.row for finding in caught.value.findings] == [1, 2]
    assert "\x1b" not in str(caught.value)
