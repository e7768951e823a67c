"""`validate` and `rules` as CI calls them: exit codes, several formats, severities, a baseline."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from junitparser import Failure, Skipped

from dataset_builder.validate.catalogue import BY_CODE
from dataset_builder.validate.choices import choose, weighed
from dataset_builder.validate.findings import Finding
from dataset_builder.validate.inputs import CODES
from dataset_builder.validate.rule_list import as_page
from dataset_builder.validate.run import Report
from tests.ci_formats import commands, junit, raw_controls, sarif
from tests.conftest import ROOT
from tests.factory import make_release, make_world

SPANS = ("--select", "SPN0")  # few rules: what is judged is not the point here
PROJECT = """\
[tool.dataset-builder]
name = "x"
version = "1.0.0"
splits = { train = 0.6, validation = 0.2, test = 0.2 }
primary = ["a"]
"""


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return make_release(tmp_path_factory.mktemp("good"), n_articles=3)


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    """Two triggers with other words (SPN001) and, a warning, one that begins with a blank."""
    found = make_world(n_articles=3).rows
    events = found["events", "train"]
    assert len(events) > 2
    for row in events[:2]:
        row["trigger"]["text"] += "x"
    edge = events[2]["trigger"]
    edge["start"] -= 1
    edge["text"] = f" {edge['text']}"
    return make_release(tmp_path_factory.mktemp("bad"), rows=found)


@pytest.fixture
def validate(command, tmp_path):
    """`validate` in an empty folder, where there is no project."""

    def run(*arguments, cwd=tmp_path, **more):
        done = command("validate", *map(str, arguments), cwd=cwd, **more)
        assert "Traceback" not in done.stderr
        return done

    return run


def test_fine_is_0_and_errors_are_1(validate, good, bad):
    assert validate(good, *SPANS).returncode == 0
    found = validate(bad, *SPANS)
    assert found.returncode == 1
    assert "SPN001 span does not match the text: 2 errors" in found.stdout
    assert "      | " in found.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 0),
        (("--strict",), 1),
        (("--severity", "SPN017=error"), 1),
        (("--severity", "SPN=error"), 1),
        (("--severity", "SPN=error", "--severity", "SPN017=warning"), 0),
        (("--severity", "SPN01=off", "--strict", "--select", "SPN003"), 0),
        (("--ignore", "SPN017", "--strict", "--select", "SPN018"), 0),
        (("--ignore", "SPN017, VOT", "--strict", "--select", "SPN018,KEY001"), 0),
        (("--severity", "SPN017=error,VOT=off"), 1),
    ],
)
def test_warnings_are_0_unless_they_are_made_to_count(arguments, code, validate, bad):
    done = validate(bad, "--select", "SPN017", *arguments)
    assert done.returncode == code, done.stdout + done.stderr


def test_errors_can_be_warnings(validate, bad):
    done = validate(bad, "--select", "SPN001", "--severity", "SPN001=warning", "--format", "json")
    assert done.returncode == 0
    assert {item["severity"] for item in json.loads(done.stdout)["findings"]} == {"warning"}


def test_a_rule_that_could_not_judge_is_an_error_whatever_its_family_weighs():
    choices = choose(None, severity=["REL=warning"])
    assert ("REL005", "warning") in choices.severity
    crash = Finding("REL901", "error", "x", ids={"rule": "SPN001"})
    broken = Report("r", None, 1, {"REL901": 1}, (crash,))
    assert weighed(broken, choices).exit_code() == 1


def test_a_project_decides_for_its_releases_and_the_call_for_the_project(validate, bad, tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        f"{PROJECT}\n[tool.dataset-builder.validate]\n"
        'select = ["SPN001", "SPN017"]\nseverity = { SPN001 = "off", SPN017 = "error" }\n'
    )
    found = json.loads(validate(bad, "--format", "json").stdout)
    assert found["counts"] == {"SPN017": 1}
    assert found["findings"][0]["severity"] == "error"
    assert validate(bad, "--severity", "SPN=warning").returncode == 0
    assert validate(bad, "--ignore", "SPN017", "--select", "SPN003").returncode == 0


@pytest.mark.parametrize(
    "table",
    [
        'selct = ["SPN"]',
        'select = "SPN"',
        "ignore = [1]",
        'severity = ["SPN001"]',
        'severity = { SPN001 = "bad" }',
        'severity = { XYZ = "off" }',
        'severity = { REL901 = "off" }',
        'ignore = ["XYZ"]',
    ],
)
def test_a_wrong_table_of_the_project_is_2(table, validate, good, tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        f"{PROJECT}\n[tool.dataset-builder.validate]\n{table}\n"
    )
    done = validate(good)
    assert (done.returncode, done.stdout) == (2, "")
    assert "  -> " in done.stderr


def test_a_broken_project_file_is_told_when_a_release_is_judged(validate, good, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.dataset-builder")
    assert validate(good).returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("nowhere",),
        (".",),
        (),
        ("{good}", "--format", "html"),
        ("{good}", "--format", "text", "--format", "json"),
        ("{good}", "--severity", "SPN001"),
        ("{good}", "--severity", "SPN001=bad"),
        ("{good}", "--severity", "REL901=warning"),
        ("{good}", "--select", "XYZ"),
        ("{good}", "--select", "SPN001,XYZ"),
        ("{good}", "--select", ""),
        ("{good}", "--select", ","),
        ("{good}", "--select", "SPN001", "--ignore", "SPN"),
        ("{good}", "--select", "SCH3"),
        ("{good}", "--baseline", "missing.jsonl"),
        ("{good}", "--write-baseline"),
        ("{good}", "--update-baseline"),
        ("{good}", "--previous", "nowhere"),
        ("{good}", "--unknown"),
    ],
)
def test_wrong_usage_and_nothing_recognisable_are_2(arguments, validate, good):
    done = validate(*(text.format(good=good) for text in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_input_without_a_page_is_a_finding_and_without_a_folder_is_none(validate, tmp_path):
    for name in ("schemas", "annotations"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("exports"))
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    assert validate().returncode == 2
    (tmp_path / "seeds").mkdir()
    done = validate("--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["counts"] == {"SCH302": 1}
    (tmp_path / "seeds" / "empty.txt").touch()
    ignored = validate("--ignore", "SCH3", "--format", "json")
    assert ignored.returncode == 1
    assert json.loads(ignored.stdout)["counts"] == {"SCH301": 1, "SCH302": 1}


def test_a_release_without_rows_is_a_finding(validate, good, tmp_path):
    for table in good.iterdir():
        if table.is_dir() and table.name not in ("schemas", "figures"):
            assert any(table.glob("*.parquet"))
    release = shutil.copytree(good, tmp_path / "1.0.0", ignore=shutil.ignore_patterns("*.parquet"))
    done = validate(release, "--select", "SCH", "--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["counts"]


def test_several_formats_at_once_say_the_same(validate, bad, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    done = validate(
        bad, *SPANS, "--format", "github", "--format", "json=out/a.json", "--format",
        "junit=out/a.xml", "--format", "sarif=out/a.sarif", "--format", "text=out/a.txt",
        env={"GITHUB_STEP_SUMMARY": str(summary)},
    )  # fmt: skip
    assert done.returncode == 1
    counts = {"SPN001": 2, "SPN017": 1}
    assert json.loads((tmp_path / "out/a.json").read_text())["counts"] == counts
    run = sarif((tmp_path / "out/a.sarif").read_text())
    assert run["properties"]["counts"] == counts
    assert len(run["results"]) == 3
    cases = junit((tmp_path / "out/a.xml").read_text())
    failed = [
        code for code, case in cases.items() if any(isinstance(r, Failure) for r in case.result)
    ]
    assert failed == ["SPN001"]
    text = (tmp_path / "out/a.txt").read_text()
    skipped = len(run["properties"]["skipped"])
    assert skipped == sum(
        any(isinstance(r, Skipped) for r in case.result) for case in cases.values()
    )
    told = f"2 errors, 1 warning; {len(cases)} rules, {skipped} skipped"
    assert text.endswith(f"{bad} (version 1.0.0): {told}\n")
    found = [command for command in commands(done.stdout) if "group" not in command.name]
    assert [command.name for command in found] == ["error", "warning"]
    for command in found:
        assert (tmp_path / command.properties["file"]).is_file()
    assert summary.read_text().startswith("before\n### dataset-builder: ")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a.json", "a.sarif", "a.txt", "a.xml",
    ]  # fmt: skip


def test_a_baseline_lets_a_rule_in_and_shrinks(validate, bad, good, tmp_path):
    known = ("--baseline", tmp_path / "known.jsonl", *SPANS)
    first = validate(bad, *known, "--write-baseline")
    assert first.returncode == 0
    assert "3 known findings written" in first.stderr
    again = validate(bad, *known, "--strict")
    assert again.returncode == 0
    assert "no findings, 3 more known from the baseline" in again.stdout
    assert validate(bad, *known, "--write-baseline").returncode == 2
    mended = validate(good, *known, "--format", "github")
    assert mended.returncode == 1
    error = next(command for command in commands(mended.stdout) if command.name == "error")
    assert error.properties["title"] == "REL401 A known finding no longer occurs"
    before = (tmp_path / "known.jsonl").read_bytes()
    shorter = validate(good, *known, "--update-baseline")
    assert shorter.returncode == 0
    assert len((tmp_path / "known.jsonl").read_bytes().splitlines()) == 1
    assert before.startswith((tmp_path / "known.jsonl").read_bytes())
    never = validate(bad, *known, "--update-baseline")
    assert never.returncode == 1
    assert len((tmp_path / "known.jsonl").read_bytes().splitlines()) == 1


def in_a_process(*arguments, cwd, **more):
    return subprocess.run(
        [sys.executable, "-c", "from dataset_builder.cli import main; main()", "validate",
         *map(str, arguments)],
        cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True, timeout=300, check=False,
        stderr=subprocess.PIPE, **{"stdout": subprocess.PIPE, **more},
    )  # fmt: skip


def test_exit_codes_of_the_program_itself(good, bad, tmp_path):
    assert in_a_process(good, "--select", "SPN001", cwd=tmp_path).returncode == 0
    assert in_a_process(bad, "--select", "SPN001", cwd=tmp_path).returncode == 1
    assert in_a_process("nowhere", cwd=tmp_path).returncode == 2


def test_a_full_disk_is_3(bad, tmp_path):
    with open("/dev/full", "w") as full:
        done = in_a_process(bad, "--select", "SPN001", cwd=tmp_path, stdout=full)
    assert done.returncode == 3
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_that_cannot_be_written_is_3_and_leaves_nothing(bad, tmp_path):
    import resource

    out = tmp_path / "out.json"
    out.write_text("before")

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    done = in_a_process(
        bad, "--select", "SPN001", "--format", f"json={out}", cwd=tmp_path, preexec_fn=small_files
    )
    assert done.returncode == 3, done.stderr
    assert "File too large" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    assert out.read_text() == "before"


@pytest.mark.parametrize("what", ["SHA256SUMS", "stance", "."])
def test_what_cannot_be_read_is_3_and_no_damage(what, good, tmp_path, validate):
    """Also as root, who may read everything: the test then asks as somebody else."""
    release = shutil.copytree(good, tmp_path / "1.0.0")
    (release / what).chmod(0)
    if os.geteuid() == 0:
        for parent in (tmp_path, *tmp_path.parents):
            if not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)
            if parent.name.startswith("pytest-of"):
                break
        os.seteuid(65534)
    try:
        done = validate(release, *SPANS)
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        (release / what).chmod(0o755)
    assert done.returncode == 3, done.stderr
    assert "Permission denied" in done.stderr
    assert str(release) in done.stderr


def test_nothing_raw_is_printed_wherever_it_comes_from(validate, tmp_path, bad):
    release = shutil.copytree(bad, tmp_path / "a\x1b[31m\u202e ##[error]b")
    (release / "::error::x\x1b]0;y\x07.txt").touch()
    for form in ("text", "json", "github", "junit", "sarif"):
        done = validate(release, "--select", "REL003", "--format", form)
        assert done.returncode == 1
        assert raw_controls(done.stdout) == []
        named = {command.name for command in commands(done.stdout)}
        assert named == ({"group", "endgroup", "error"} if form == "github" else set())


def test_every_rule_is_listed_explained_and_in_the_page(command):
    listed = command("rules").stdout
    whole = json.loads(command("rules", "--format", "json").stdout)
    assert [entry["code"] for entry in whole] == [*BY_CODE, *CODES]
    page = as_page()
    for entry in whole:
        assert f"\n{entry['code']}  {entry['severity']:8} {entry['title']}" in f"\n{listed}"
        assert entry["code"] in page
        assert entry["fix"]
        assert entry["fix"] in page
        assert entry.get("explanation", "") in page


def test_one_rule_is_explained_with_example_and_fix(command):
    rule = BY_CODE["SPN001"]
    shown = command("rules", "spn001").stdout
    for text in (rule.title, rule.explanation, rule.example, rule.fix, "may follow from: SPN012"):
        assert text in shown
    family = command("rules", "SPN", "KEY001").stdout
    known = [code for code in (*BY_CODE, *CODES) if code.startswith("SPN")]
    assert family.count("  fix: ") == len(known) + 1
    assert json.loads(command("rules", "SCH101", "--format", "json").stdout) == [
        {
            "code": "SCH101",
            "severity": "error",
            "title": CODES["SCH101"].title,
            "about": "exports, as files",
            "fix": CODES["SCH101"].fix,
        }
    ]
    assert command("rules", "XYZ").returncode == 2


def test_the_page_of_the_documentation_is_rendered():
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == as_page(), (
        "run `dataset-builder render`"
    )


def test_the_page_belongs_to_this_project_only(command, project_folder):
    assert command("render", "--check").returncode == 0
    assert not (project_folder / "docs" / "rules.md").exists()
    shutil.copytree(
        ROOT / "dataset_builder" / "validate", project_folder / "dataset_builder/validate"
    )
    drifted = command("render", "--check")
    assert drifted.returncode == 1
    assert "docs/rules.md" in drifted.stdout
