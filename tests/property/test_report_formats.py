"""Whatever stands in a finding: no format prints it raw, obeys it, or breaks on it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from dataset_builder.validate.baseline import compare, fingerprint, read_baseline, write_baseline
from dataset_builder.validate.catalogue import BY_CODE, CRASHED
from dataset_builder.validate.findings import Finding
from dataset_builder.validate.quote import quote
from dataset_builder.validate.report import as_json, as_text, findings_as_text
from dataset_builder.validate.report.files import Files
from dataset_builder.validate.report.github import as_github, as_summary
from dataset_builder.validate.report.grouped import shown
from dataset_builder.validate.report.junit import as_junit
from dataset_builder.validate.report.sarif import as_sarif
from dataset_builder.validate.run import Report
from tests.ci_formats import commands, junit, raw_controls, sarif

ATTACKS = (
    "::set-output name=a::b", "\n::error::x", "\r::add-mask::x", " ::stop-commands::x", "##[error]x",
    "##vso[task.complete]", "##teamcity[x]", "%0A::error::x", "%", "\x1b[2J", "\x9b31m", "\x00",
    "\u202e", "\u2028", "\x85", "\ufffe", "\ud800", "]]>", "<!--", "&amp;", "<script>", "</failure>",
    "{0}", "}", "[x](1)", "](", "|", "`", "**", "\\", '"', "'", "a\u0303", "\u0303", "\u200d", "👩\u200d👧",
    "مرحبا", "../..", ":", ",", "#", "##", "[",
)  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(ATTACKS), st.text(max_size=6)), max_size=4).map("".join)
SOME = st.one_of(st.none(), TEXTS)
CODES = st.sampled_from([code for code in BY_CODE if code != CRASHED.code] + ["SCH101", "ODD001"])


@st.composite
def spans(draw):
    text, numbers = draw(TEXTS), st.integers(-3, 30)
    return quote(text, draw(numbers), draw(numbers), "evidence", first=draw(st.integers(0, 2)))


FINDINGS = st.builds(
    Finding,
    code=CODES,
    severity=st.sampled_from(["error", "warning"]),
    message=TEXTS,
    table=SOME,
    split=SOME,
    row=st.one_of(st.none(), st.integers(0, 99)),
    ids=st.dictionaries(TEXTS, TEXTS, max_size=2),
    expected=SOME,
    found=SOME,
    fix=SOME,
    caused_by=st.one_of(st.none(), st.sampled_from(["SPN001", "SPN012"])),
    quote=st.one_of(st.none(), spans()),
)


@st.composite
def reports(draw):
    findings = tuple(draw(st.lists(FINDINGS, max_size=4)))
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
    for code in list(counts):
        counts[code] += draw(st.sampled_from([0, 0, 5000]))
    ran = tuple(dict.fromkeys((*counts, "SPN001", "KEY001")))
    known = draw(st.sampled_from([None, {"SPN001": 3}]))
    return Report(draw(TEXTS), draw(SOME), len(ran), counts, findings, ran, known=known)


def whole(finding_text: str) -> Report:
    """A report with one text in every place."""
    finding = Finding(
        "SPN001", "error", finding_text, finding_text, finding_text, 1, {"a": finding_text},
        finding_text, finding_text, finding_text, quote=quote(finding_text, 1, 2, "evidence"),
    )  # fmt: skip
    return Report(finding_text, finding_text, 1, {"SPN001": 1}, (finding,), ("SPN001",))


FILES = Files(Path("nowhere"), Path.cwd())


@given(report=reports())
@example(report=whole("".join(ATTACKS)))
@example(report=whole("\n".join(ATTACKS)))
def test_every_format_reads_back_and_obeys_nothing(report):
    safe = [shown(finding) for finding in report.findings]
    places = [(f.code, f.severity, f.table, f.split, f.row, f.ids) for f in safe]

    text = as_text(report)
    assert raw_controls(text) == []
    assert commands(text) == []
    assert text.count("\n") == len(text.split("\n")) - 1

    coloured = as_text(report, colour=True)
    assert raw_controls(re.sub(r"\x1b\[\d+m", "", coloured)) == []
    assert re.sub(r"\x1b\[\d+m", "", coloured) == text

    plain = as_json(report)
    assert raw_controls(plain) == []
    assert commands(plain) == []
    read = json.loads(plain)
    assert read["counts"] == report.counts
    keys = ("code", "severity", "table", "split", "row", "ids")
    assert [tuple(f[key] for key in keys) for f in read["findings"]] == places
    assert [f["message"] for f in read["findings"]] == [f.message for f in safe]

    log = as_github(report, FILES)
    assert raw_controls(log) == []
    names = [command.name for command in commands(log)]
    assert set(names) <= {"group", "endgroup", "error", "warning"}
    assert names.count("group") == names.count("endgroup") == len(report.counts)
    assert len(names) - 2 * len(report.counts) <= len(report.findings)

    summary = as_summary(report)
    assert raw_controls(summary) == []
    assert summary.count("\n| ") == (2 + len(report.counts) if report.counts else 0)
    assert not re.search(r"<(?!br>)|(?<!\\)`|(?<!\\)!?(?<!\\)\[", summary)

    xml = as_junit(report)
    assert raw_controls(xml) == []
    assert commands(xml) == []
    assert sorted(junit(xml)) == sorted({*report.codes} - {"ODD001"})

    results = as_sarif(report, FILES)
    assert raw_controls(results) == []
    assert commands(results) == []
    run = sarif(results)
    assert run["properties"]["counts"] == report.counts
    assert sorted(r["partialFingerprints"]["datasetBuilder/v1"] for r in run["results"]) == sorted(
        fingerprint(finding) for finding in report.findings
    )


@given(st.lists(FINDINGS, max_size=4))
def test_findings_of_no_report_are_printable(findings):
    text = findings_as_text(findings)
    assert raw_controls(text) == []
    assert commands(text) == []


@given(report=reports())
def test_a_baseline_knows_what_it_was_written_from_in_any_order(report, tmp_path_factory):
    listed: dict[str, int] = {}
    for finding in report.findings:
        listed[finding.code] = listed.get(finding.code, 0) + 1
    exact = Report("r", "1", 1, listed, report.findings, report.codes)
    file = tmp_path_factory.mktemp("known") / "known.jsonl"
    write_baseline(exact, file)
    assert raw_controls(file.read_text(encoding="utf-8")) == []
    other = Report("r", "1", 1, listed, report.findings[::-1], report.codes)
    compared = compare(other, read_baseline(file), file)
    assert compared.report.findings == ()
    assert compared.report.counts == {}
    assert compared.kept == read_baseline(file)
    nothing = compare(Report("r", "1", 1, {}, (), report.codes), read_baseline(file), file)
    assert nothing.kept == ()
    assert nothing.stale == len(read_baseline(file))
