"""The two reporters, and the exit code."""

from __future__ import annotations

import json

import pytest

from dataset_builder.validate.findings import Finding
from dataset_builder.validate.report import as_json, as_text
from dataset_builder.validate.run import Report

SHIFTED = Finding(
    "SPN001", "error", "evidence at 4:9 does not say it: shifted by +1", "stance", "train", 3,
    {"article_id": "ab", "stance_id": "cd"}, "Putin", " Puti", "Find out.",
)  # fmt: skip
FOLLOWING = Finding(
    "SPN005", "error", "evidence is elsewhere", "stance", "train", 3, caused_by="SPN001"
)
DOUBT = Finding("GRM015", "warning", "both ways", "stance", "test", 0)


def report(*findings, **counts):
    exact = {finding.code: 1 for finding in findings} | counts
    return Report("releases/1.0.0", "1.0.0", 99, exact, findings)


@pytest.mark.parametrize(
    ("findings", "normal", "strict"),
    [((), 0, 0), ((DOUBT,), 0, 1), ((SHIFTED,), 1, 1), ((SHIFTED, DOUBT), 1, 1)],
)
def test_exit_code(findings, normal, strict):
    made = report(*findings)
    assert (made.exit_code(), made.exit_code(strict=True)) == (normal, strict)
    assert made.ok is (normal == 0)


def test_json_has_the_documented_keys_in_order():
    read = json.loads(as_json(report(SHIFTED, FOLLOWING)))
    assert list(read) == ["path", "version", "rules", "counts", "findings"]
    assert read["rules"] == 99
    assert list(read["findings"][0]) == [
        "code", "severity", "table", "split", "row", "ids", "expected", "found", "message", "fix",
        "caused_by",
    ]  # fmt: skip
    assert read["findings"][0]["ids"] == {"article_id": "ab", "stance_id": "cd"}
    assert read["findings"][1]["caused_by"] == "SPN001"


def test_json_counts_stay_exact_when_the_list_is_capped():
    read = json.loads(as_json(report(SHIFTED, FOLLOWING, SPN001=41), limit=1))
    assert read["counts"] == {"SPN001": 41, "SPN005": 1}
    assert len(read["findings"]) == 1


def test_text_names_place_values_reason_and_remedy():
    text = as_text(report(SHIFTED))
    assert "SPN001 span does not match the text: 1 error" in text
    assert "stance/train row 3 (article_id ab, stance_id cd): evidence at 4:9" in text
    assert "expected: Putin" in text
    assert "found:     Puti" in text
    assert "\n  why: " in text
    assert "\n  fix: " in text
    assert text.endswith("releases/1.0.0 (version 1.0.0): 1 error; 99 rules\n")


def test_text_says_what_follows_from_what():
    text = as_text(report(SHIFTED, FOLLOWING))
    assert "[follows from SPN001]" in text
    assert "2 errors, 1 of them follow from others; 99 rules" in text


def test_text_caps_the_places_and_counts_the_rest():
    many = [Finding("SPN001", "error", f"number {n}", "stance", "train", n) for n in range(5)]
    text = as_text(report(*many, SPN001=1234), limit=2)
    assert "SPN001 span does not match the text: 1234 errors" in text
    assert "number 1" in text
    assert "number 2" not in text
    assert "... and 1232 more" in text


def test_text_without_findings():
    assert as_text(report()) == "releases/1.0.0 (version 1.0.0): no findings, 99 rules\n"


def test_colour_only_when_asked():
    assert "\x1b[" not in as_text(report(SHIFTED, DOUBT))
    assert "\x1b[31m1 error\x1b[0m" in as_text(report(SHIFTED), colour=True)
