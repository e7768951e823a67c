"""Known findings: what is the same finding, and a file that shrinks and never grows."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dataset_builder.errors import UsageError
from dataset_builder.validate.baseline import (
    HEAD,
    compare,
    fingerprint,
    read_baseline,
    save,
    write_baseline,
)
from dataset_builder.validate.findings import Finding
from dataset_builder.validate.quote import quote
from dataset_builder.validate.run import Report

SPAN = quote("Then Putin spoke.", 4, 9, "evidence")
SHIFTED = Finding(
    "SPN001", "error", "evidence at 4:9 is off", "stance", "train", 3, {"stance_id": "cd"},
    "Putin", " Puti", "Find out.", quote=SPAN,
)  # fmt: skip
FILE = Finding("REL005", "error", "stance/train-00000-of-00001-0123456789ab.parquet is missing",
               "stance/train-00000-of-00001-0123456789ab.parquet")  # fmt: skip
DOUBT = Finding("GRM015", "warning", "both ways", "stance", "test", 0, {"stance_id": "ef"})


def report(*findings, codes=("SPN001", "REL005", "GRM015"), skipped=(), **counts):
    found = {code: sum(f.code == code for f in findings) for code in codes}
    exact = {code: count for code, count in (found | counts).items() if count}
    return Report("r", "1.0.0", len(codes), exact, findings, codes, skipped)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "known.jsonl"


def known(findings, file):
    write_baseline(report(*findings), file)
    return read_baseline(file)


@pytest.mark.parametrize(
    ("finding", "change"),
    [
        (SHIFTED, {"row": 99}),
        (SHIFTED, {"message": "told in other words"}),
        (SHIFTED, {"expected": None, "found": "x", "fix": None, "caused_by": "SPN012"}),
        (SHIFTED, {"severity": "warning"}),
        (SHIFTED, {"quote": replace(SPAN, before="… and then ")}),
        (DOUBT, {"quote": replace(SPAN, whole_row=True)}),
        (FILE, {"table": "stance/train-00000-of-00001-ba9876543210.parquet",
                "message": "stance/train-00000-of-00001-ba9876543210.parquet is missing"}),
    ],
)  # fmt: skip
def test_the_same_finding(finding, change):
    assert fingerprint(replace(finding, **change)) == fingerprint(finding)


@pytest.mark.parametrize(
    ("finding", "change"),
    [
        (SHIFTED, {"code": "SPN002"}),
        (SHIFTED, {"table": "events"}),
        (SHIFTED, {"split": "test"}),
        (SHIFTED, {"ids": {"stance_id": "other"}}),
        (SHIFTED, {"ids": {"stance_id": "cd", "region_id": "r"}}),
        (SHIFTED, {"quote": replace(SPAN, column="holder_span")}),
        (SHIFTED, {"quote": replace(SPAN, start=5)}),
        (FILE, {"message": "it cannot be read"}),
    ],
)
def test_another_finding(finding, change):
    assert fingerprint(replace(finding, **change)) != fingerprint(finding)


def test_the_file_is_sorted_readable_and_the_same_in_any_order(file, tmp_path):
    write_baseline(report(SHIFTED, DOUBT, FILE), file)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines == [
        HEAD,
        {"code": "GRM015", "table": "stance", "split": "test", "ids": {"stance_id": "ef"},
         "count": 1, "message": "both ways"},
        {"code": "REL005", "table": "stance/train-00000-of-00001.parquet", "count": 1,
         "message": "stance/train-00000-of-00001.parquet is missing"},
        {"code": "SPN001", "table": "stance", "split": "train", "ids": {"stance_id": "cd"},
         "span": "evidence 4:9", "count": 1, "message": "evidence at 4:9 is off"},
    ]  # fmt: skip
    other = tmp_path / "other.jsonl"
    write_baseline(report(FILE, SHIFTED, DOUBT), other)
    assert other.read_bytes() == file.read_bytes()
    save(other, read_baseline(file))
    assert other.read_bytes() == file.read_bytes()


def test_known_findings_do_not_count_and_new_ones_do(file):
    lines = known([SHIFTED, FILE], file)
    fresh = replace(SHIFTED, ids={"stance_id": "new"})
    compared = compare(report(replace(SHIFTED, row=8), fresh, FILE), lines, file)
    assert compared.report.findings == (fresh,)
    assert compared.report.counts == {"SPN001": 1}
    assert compared.report.known == {"REL005": 1, "SPN001": 1}
    assert (compared.stale, compared.kept) == (0, lines)


def test_as_many_are_known_as_were_written(file):
    lines = known([SHIFTED, SHIFTED], file)
    assert [line.count for line in lines] == [2]
    compared = compare(report(*[SHIFTED] * 3), lines, file)
    assert len(compared.report.findings) == 1
    compared = compare(report(SHIFTED), lines, file)
    assert [line.count for line in compared.kept] == [1]
    assert compared.report.findings[0].message.endswith("no longer occurs (1 of 2)")


def test_what_no_longer_occurs_is_a_finding_at_its_line(file):
    lines = known([SHIFTED, DOUBT], file)
    compared = compare(report(SHIFTED), lines, file)
    stale = compared.report.findings[0]
    assert (stale.code, stale.severity, stale.table, stale.row) == (
        "REL401", "error", str(file), 2,
    )  # fmt: skip
    assert stale.ids == {"stance_id": "ef"}
    assert "--update-baseline" in stale.fix
    assert compared.report.counts == {"REL401": 1}
    assert compared.report.exit_code() == 1
    assert [line.code for line in compared.kept] == ["SPN001"]


@pytest.mark.parametrize("how", [{"codes": ("REL005",)}, {"skipped": ("SPN001",)}])
def test_what_was_not_judged_stays_known(how, file):
    lines = known([SHIFTED], file)
    compared = compare(report(**how), lines, file)
    assert (compared.report.findings, compared.kept, compared.stale) == ((), lines, 0)


def test_a_rule_with_more_findings_than_are_listed_knows_none(file):
    lines = known([SHIFTED], file)
    compared = compare(report(SHIFTED, SPN001=1001), lines, file)
    assert compared.report.counts == {"SPN001": 1001}
    assert compared.report.findings == (SHIFTED,)
    assert compared.kept == lines
    with pytest.raises(UsageError, match="SPN001 found 1001"):
        write_baseline(report(SHIFTED, SPN001=1001), file.with_name("new"))


def test_a_rule_that_could_not_run_is_never_known(file):
    crash = Finding("REL901", "error", "rule SPN004 could not run", ids={"rule": "SPN004"})
    with pytest.raises(UsageError, match="REL901"):
        write_baseline(report(crash, codes=("REL901",)), file)
    assert not file.exists()
    line = {"code": "REL901", "ids": {"rule": "SPN004"}}
    file.write_text(f"{json.dumps(HEAD)}\n{json.dumps(line)}\n")
    compared = compare(report(crash, codes=("REL901",)), read_baseline(file), file)
    assert crash in compared.report.findings
    assert compared.report.known == {}


def test_a_baseline_is_written_once(file):
    known([SHIFTED], file)
    before = file.read_bytes()
    with pytest.raises(UsageError, match="never grows"):
        write_baseline(report(SHIFTED, DOUBT), file)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]\n",
        json.dumps({**HEAD, "version": 2}),
        *(
            f"{json.dumps(HEAD)}\n{line}\n"
            for line in (
                "<<<<<<< ours",
                "7",
                "{}",
                '{"code": 1}',
                '{"code": "SPN001", "count": 0}',
                '{"code": "SPN001", "count": "2"}',
                '{"code": "SPN001", "ids": [1]}',
                '{"code": "SPN001", "ids": {"a": 1}}',
                '{"code": "SPN001", "split": 1}',
                '{"code": "SPN001", "more": 1}',
                "[" * 100_000,
                "\ufffe",
            )
        ),
    ],
)
def test_what_is_no_baseline_is_wrong_usage(text, file):
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"known\.jsonl"):
        read_baseline(file)


def test_a_missing_baseline_is_wrong_usage(file):
    with pytest.raises(UsageError, match="no such baseline"):
        read_baseline(file)
