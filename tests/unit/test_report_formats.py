"""What CI servers read: workflow commands and the step's summary, JUnit, SARIF, and where to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dataset_builder.errors import UsageError
from dataset_builder.validate.baseline import fingerprint
from dataset_builder.validate.findings import Finding
from dataset_builder.validate.quote import quote
from dataset_builder.validate.report.files import Files
from dataset_builder.validate.report.github import as_github, as_summary
from dataset_builder.validate.report.junit import as_junit
from dataset_builder.validate.report.outputs import Output, outputs, write
from dataset_builder.validate.report.sarif import as_sarif
from dataset_builder.validate.run import Report
from tests.ci_formats import commands, junit, sarif

SHIFTED = Finding(
    "SPN001", "error", "evidence at 4:9 is off", "stance", "train", 3,
    {"article_id": "ab", "stance_id": "cd"}, "Putin", " Puti", "Find out.",
    quote=quote("Then Putin spoke.", 4, 9, "evidence"),
)  # fmt: skip
FOLLOWING = Finding(
    "SPN005", "error", "is elsewhere", "stance", "train", 3, {"stance_id": "cd"}, caused_by="SPN001"
)
DOUBT = Finding("GRM015", "warning", "both ways: 50%, or more", "stance", "test", 0)
CARD = Finding("REL014", "error", "the card is wrong", "README.md", expected="1", found="2")
CRASH = Finding("REL901", "error", "rule SPN004 could not run", ids={"rule": "SPN004"})


@pytest.fixture
def files(tmp_path):
    release = tmp_path / "releases" / "1.0.0"
    for name in (
        "stance/train-00000-of-00002-aaaaaaaaaaaa.parquet",
        "stance/train-00001-of-00002-bbbbbbbbbbbb.parquet",
        "stance/test-00000-of-00001-cccccccccccc.parquet",
        "README.md",
    ):
        (release / name).parent.mkdir(parents=True, exist_ok=True)
        (release / name).touch()
    parts = ", ".join(
        f'{{"file": "stance/train-0000{n}-of-00002-{c * 12}.parquet", "rows": 3}}'
        for n, c in enumerate("ab")
    )
    (release / "MANIFEST.json").write_text(
        f'{{"configs": {{"stance": {{"train": {{"files": [{parts}]}}}}}}}}'
    )
    return Files(release, tmp_path)


def report(*findings, **counts):
    found = {finding.code: 0 for finding in findings}
    for finding in findings:
        found[finding.code] += 1
    codes = ("GRM015", "KEY001", "REL014", "SPN001", "SPN004", "SPN005", "VER001")
    return Report(
        "releases/1.0.0", "1.0.0", 7, found | counts, findings, codes, skipped=("SPN004", "VER001")
    )


@pytest.mark.parametrize(
    ("where", "file", "line"),
    [
        (("stance", "train", 3), "releases/1.0.0/stance/train-00001-of-00002-bbbbbbbbbbbb.parquet", None),
        (("stance", "train", 2), "releases/1.0.0/stance/train-00000-of-00002-aaaaaaaaaaaa.parquet", None),
        (("stance", "train", 6), None, None),
        (("stance", "test", 900), "releases/1.0.0/stance/test-00000-of-00001-cccccccccccc.parquet", None),
        (("stance", "validation", 0), None, None),
        (("README.md", None, None), "releases/1.0.0/README.md", None),
        (("README.md", None, 7), "releases/1.0.0/README.md", 7),
        (("SHA256SUMS.txt", None, None), "releases/1.0.0/SHA256SUMS.txt", None),
        (("stance", None, None), None, None),
        (("../../secret.txt", None, 1), None, None),
        (("/etc/passwd", None, 1), None, None),
        (("stance/../../..", "train", 1), None, None),
        ((None, None, None), None, None),
    ],
)  # fmt: skip
def test_the_file_of_a_finding(where, file, line, files):
    assert files.file(Finding("SPN001", "error", "x", *where)) == (file, line)


def test_the_file_of_a_finding_about_inputs(tmp_path):
    export = tmp_path / "annotations" / "exports" / "a.jsonl"
    export.parent.mkdir(parents=True)
    for path in (export, tmp_path / "annotations" / "ledger.jsonl", tmp_path / "README.md"):
        path.touch()
    files = Files(tmp_path, tmp_path / "annotations", inputs=True)
    about = Finding("SCH101", "error", "x", "exports/a.jsonl", row=4)
    assert files.file(about) == ("exports/a.jsonl", 4)
    assert files.file(Finding("SPL101", "error", "x", "ledger.jsonl", row=2)) == ("ledger.jsonl", 2)
    # The card of the release that was built for a moment, not the project's own README.
    assert files.file(CARD) == (None, None)


def test_an_address_has_no_files(tmp_path):
    assert Files(Path("s3://bucket/x"), tmp_path).file(CARD) == (None, None)
    assert Files(Path("s3://bucket/x"), tmp_path).anchor() is None


def test_github_annotates_each_rule_and_file_once(files):
    many = [SHIFTED] * 7
    other = Finding("SPN001", "error", "a, b: c", "stance", "test", 0)
    log = as_github(report(*many, other, DOUBT, CARD), files)
    found = commands(log)
    assert [command.name for command in found] == [
        *("group", "endgroup", "error", "error"),
        *("group", "endgroup", "warning"),
        *("group", "endgroup", "error"),
    ]
    first = found[2]
    assert first.properties == {
        "file": "releases/1.0.0/stance/train-00001-of-00002-bbbbbbbbbbbb.parquet",
        "line": "1",
        "title": "SPN001 span does not match the text",
    }
    place = "stance/train row 3 (article_id ab, stance_id cd)"
    assert first.data.splitlines() == [
        "7 places:",
        *[f"{place}: evidence at 4:9 is off | Then>> Puti<<n spoke."] * 5,
        "... and 2 more",
    ]  # fmt: skip
    assert found[3].data == "stance/test row 0: a, b: c"
    assert found[6].data == "stance/test row 0: both ways: 50%, or more"
    assert log.endswith(
        "dataset-builder: releases/1.0.0: 9 errors, 1 warning; 7 rules, 2 skipped\n"
    )


def test_github_reads_back_what_its_commands_are_made_of(files):
    odd = Finding("REL003", "error", "100%0A, 1::2 is stray", "a,b::c%2C.txt")
    annotation = commands(as_github(report(odd), files))[-1]
    assert annotation.properties["file"] == "releases/1.0.0/a,b::c%2C.txt"
    assert annotation.data.splitlines()[0] == "a,b::c%2C.txt: 100%0A, 1::2 is stray"


def test_github_counts_what_is_not_listed(files):
    found = commands(as_github(report(SHIFTED, SPN001=1234), files))
    assert found[0].data == "SPN001 span does not match the text: 1234 errors"
    assert found[2].data.startswith("1234 places:\n")


def test_the_summary_is_a_table_in_which_data_is_no_markup():
    odd = Finding("KEY003", "error", "a | b <img src=x> **c** `d` [e](f)", "stance", "train", 1)
    text = as_summary(report(SHIFTED, odd, SPN001=1234))
    assert text.startswith(
        "### dataset-builder: releases/1.0.0\n\n1235 errors; 7 rules, 2 skipped\n\n| Rule "
    )
    row = text.splitlines()[-2]
    assert row.count(" | ") == 3
    assert r"a \| b &lt;img src=x&gt; \*\*c\*\* \`d\` \[e\]\(f\)" in row
    assert "… and 1233 more" in text
    assert as_summary(report()).endswith("no findings; 7 rules, 2 skipped\n\n")


def test_junit_has_a_case_for_each_rule():
    cases = junit(as_junit(report(SHIFTED, FOLLOWING, DOUBT, CRASH, SPN001=12)))
    assert sorted(cases) == sorted((*report().codes, "REL901"))
    assert not cases["KEY001"].result
    failure = cases["SPN001"].result[0]
    assert type(failure).__name__ == "Failure"
    assert failure.message == "span does not match the text: 12 errors"
    assert failure.type == "SPN001"
    assert "  stance/train row 3 (article_id ab, stance_id cd): evidence" in failure.text
    assert "      | Then>> Puti<<n spoke.\n      expected: Putin\n" in failure.text
    assert "  ... and 11 more\n" in failure.text
    assert "[follows from SPN001]" in cases["SPN005"].result[0].text
    assert [type(cases[code].result[0]).__name__ for code in ("SPN004", "VER001", "REL901")] == [
        "Skipped",
        "Skipped",
        "Error",
    ]
    assert not cases["GRM015"].result
    assert "both ways" in cases["GRM015"].system_out


def test_warnings_fail_in_junit_when_they_fail_the_release():
    cases = junit(as_junit(report(DOUBT), strict=True))
    assert cases["GRM015"].result[0].type == "GRM015"


def test_sarif_has_rules_places_causes_and_fingerprints(files):
    run = sarif(as_sarif(report(SHIFTED, FOLLOWING, DOUBT, CARD, SPN001=12), files))
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert sorted(rules) == sorted(report().codes)
    assert "What to do" in rules["SPN001"]["help"]["markdown"]
    assert "{{start: 4, end: 9" in rules["SPN001"]["help"]["text"]
    assert rules["GRM015"]["defaultConfiguration"]["level"] == "warning"
    shifted, following, card, doubt = run["results"]  # errors first
    physical = shifted["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == (
        "releases/1.0.0/stance/train-00001-of-00002-bbbbbbbbbbbb.parquet"
    )
    assert shifted["locations"][0]["logicalLocations"] == [
        {"name": "row 3", "fullyQualifiedName": "stance/train/row 3"}
    ]
    assert shifted["message"]["text"].endswith("is off\nThen>> Puti<<n spoke.")
    assert shifted["properties"]["ids"] == SHIFTED.ids
    assert shifted["partialFingerprints"] == {"datasetBuilder/v1": fingerprint(SHIFTED)}
    related = following["relatedLocations"][0]
    assert related["message"]["text"] == "follows from SPN001 span does not match the text"
    assert related["physicalLocation"] == physical
    assert card["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == (
        "releases/1.0.0/README.md"
    )
    assert doubt["level"] == "warning"
    assert run["properties"]["skipped"] == ["SPN004", "VER001"]
    assert run["properties"]["counts"] == {"SPN001": 12, "SPN005": 1, "GRM015": 1, "REL014": 1}


def test_sarif_knows_the_cause_at_another_place_by_its_ids(files):
    cause = Finding("SPN012", "error", "hash", "articles", "test", 8, {"article_id": "ab"})
    effect = Finding(
        "SPN001", "error", "off", "stance", "test", 0, {"article_id": "ab"}, caused_by="SPN012"
    )
    other = Finding("SPN012", "error", "hash", "articles", "train", 1, {"article_id": "zz"})
    run = sarif(as_sarif(report(effect, other, cause), files))
    related = run["results"][0]["relatedLocations"][0]
    assert related["logicalLocations"][0]["fullyQualifiedName"] == "articles/test/row 8"


def test_sarif_is_the_same_on_every_machine(files, tmp_path, monkeypatch):
    first = as_sarif(report(SHIFTED, CARD), files)
    assert str(tmp_path) not in first
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert as_sarif(report(SHIFTED, CARD), files) == first


def test_formats_and_their_places():
    assert outputs([]) == [Output("text")]
    assert outputs(["json"]) == [Output("json")]
    assert outputs(["sarif=a.sarif", "junit=b=c.xml"]) == [
        Output("text"),
        Output("sarif", Path("a.sarif")),
        Output("junit", Path("b=c.xml")),
    ]
    assert outputs(["text=a.txt", "json"]) == [Output("text", Path("a.txt")), Output("json")]


@pytest.mark.parametrize(
    "given",
    [
        ["html"],
        [""],
        ["sarif="],
        ["text", "json"],
        ["json=a", "text=./a"],
        ["sarif=."],
        ["=a"],
    ],
)
def test_formats_that_would_be_mixed_up_are_wrong_usage(given):
    with pytest.raises(UsageError):
        outputs(given)


def test_a_pipe_is_written_and_stays_a_pipe(tmp_path):
    import threading

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write("x\n", pipe)
    reader.join(60)
    assert read == ["x\n"]
    assert pipe.is_fifo()


def test_a_link_is_followed(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    write("x\n", link)
    assert link.is_symlink()
    assert target.read_text() == "x\n"
