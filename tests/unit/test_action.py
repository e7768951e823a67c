"""`action.yml` and `.pre-commit-hooks.yaml`: their commands, run as GitHub and pre-commit run them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tests.ci_formats import commands, junit, sarif
from tests.conftest import ROOT
from tests.factory import make_release, make_world

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@dataclass
class Run:
    """What a run of the action gave."""

    code: int
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""


def run_action(workspace: Path, temp: Path, *, steps: tuple[str, ...], env=None, **given) -> Run:
    """The steps of `action.yml` with these ids, in order, until one fails, as a runner would:
    inputs with their defaults, expressions filled in, `bash` with its usual options."""
    inputs = {name: entry["default"] for name, entry in ACTION["inputs"].items()}
    unknown = {name.replace("_", "-") for name in given} - set(inputs)
    assert not unknown
    values = {f"inputs.{name}": value for name, value in inputs.items()}
    values |= {f"inputs.{name.replace('_', '-')}": value for name, value in given.items()}
    values["github.action_path"] = str(ROOT)

    def fill(text: str) -> str:
        return re.sub(r"\$\{\{ *([a-z_.-]+) *\}\}", lambda found: values[found[1]], text)

    run = Run(0)
    for step in ACTION["runs"]["steps"]:
        if step["id"] not in steps:
            continue
        assert set(step) <= {"id", "shell", "env", "run", "working-directory"}
        script = temp / f"{step['id']}.sh"
        script.write_text(fill(step["run"]))
        output, summary = temp / "output", temp / "summary"
        for file in (output, summary):
            file.touch()
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=workspace / fill(step.get("working-directory", ".")),
            env={
                **os.environ,
                **(env or {}),
                **{name: fill(value) for name, value in step["env"].items()},
                "RUNNER_TEMP": str(temp),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        run = Run(
            done.returncode,
            run.log + done.stdout,
            dict(line.split("=", 1) for line in output.read_text().splitlines()),
            summary.read_text(),
        )
        if done.returncode:
            break
    return run


@pytest.fixture
def runner(tmp_path):
    """A runner on which the action is installed: its program is the one under test."""
    temp = tmp_path / "runner's temp"
    program = temp / "dataset-builder" / "bin" / "dataset-builder"
    program.parent.mkdir(parents=True)
    code = "from dataset_builder.cli import main; main()"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {sys.executable} -c "{code}" "$@"\n'
    )
    program.chmod(0o755)
    workspace = tmp_path / "work space"
    workspace.mkdir()
    return lambda **given: run_action(workspace, temp, steps=("validate",), **given)


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    found = make_world(n_articles=3).rows
    found["events", "train"][0]["trigger"]["text"] += "x"
    return make_release(tmp_path_factory.mktemp("bad"), rows=found)


def test_the_action_annotates_reports_and_fails(runner, bad, tmp_path):
    inside = tmp_path / "work space" / "data sets"
    inside.mkdir()
    release = Path(os.path.relpath(bad, inside))
    run = runner(
        path=str(release),
        working_directory="data sets",
        select="SPN001 SPN002",
        format="junit=r.xml text=r.txt",
        sarif="r.sarif",
        strict=" TRUE\n",
    )
    assert (run.code, run.outputs) == (1, {"exit-code": "1"})
    assert [c.properties["title"] for c in commands(run.log) if c.name == "error"] == [
        "SPN001 span does not match the text"
    ]
    assert sorted(junit((inside / "r.xml").read_text())) == ["SPN001", "SPN002"]
    assert len(sarif((inside / "r.sarif").read_text())["results"]) == 1
    assert "SPN001" in (inside / "r.txt").read_text()
    assert "SPN001" in run.summary


def test_no_input_of_the_action_is_a_command(runner, bad, tmp_path):
    """What a pull request may bring into an input stays one argument, or several plain ones."""
    odd = '"; touch owned; echo $(touch owned) `touch owned` *'
    for given in (
        {"path": odd, "ignore": "* $(touch\towned)", "baseline": odd, "previous": odd},
        {"sarif": odd, "baseline": odd},
        {"strict": odd},
        {"working_directory": odd},
    ):
        run = runner(**given)
        assert (run.code, run.outputs) == (2, {"exit-code": "2"})
    assert not list(tmp_path.rglob("owned"))
    assert runner(path="--help").outputs == {"exit-code": "2"}
    (tmp_path / "work space" / "SPN001").touch()
    assert runner(path=str(bad), select="*").outputs == {"exit-code": "2"}


@pytest.fixture(scope="module")
def warned(tmp_path_factory):
    """A release with a warning and no error."""
    found = make_world(n_articles=3).rows
    found["events", "train"][0]["arguments"] = []
    return make_release(tmp_path_factory.mktemp("warned"), rows=found)


WARNING = "GRM014"


@pytest.mark.parametrize(
    ("strict", "code"),
    [
        *[(strict, 1) for strict in ("true", "True", "TRUE", " true\n")],
        *[(strict, 0) for strict in ("false", "False", "\tFALSE ", "", " \n")],
    ],
)
def test_strict_is_true_or_false_in_any_case(runner, warned, strict, code):
    run = runner(path=str(warned), select=WARNING, strict=strict)
    assert (run.code, run.outputs) == (code, {"exit-code": str(code)})


@pytest.mark.parametrize("strict", ["yes", "1", "on", "tru", "true false", "true\n::warning::x"])
def test_strict_that_is_neither_is_refused_rather_than_off(runner, warned, strict):
    run = runner(path=str(warned), strict=strict)
    assert (run.code, run.outputs) == (2, {"exit-code": "2"})
    (line,) = run.log.splitlines()
    assert line.startswith("error: the input `strict` is true or false, not ")


def test_blank_inputs_are_not_given_and_blanks_around_others_do_not_count(runner, bad, tmp_path):
    blank = dict.fromkeys(
        ("previous", "strict", "baseline", "ignore", "format", "sarif", "working_directory"), " \n"
    )
    run = runner(path=f"  {bad}\n", select="\nSPN001\n\tSPN002\n", **blank)
    assert (run.code, run.outputs) == (1, {"exit-code": "1"})
    assert "SPN001" in run.summary
    run = runner(
        path=f"{bad}\n",
        previous=f"\n{bad} ",
        select="SPN001",
        sarif=" r.sarif\n",
        working_directory=" .\n",
    )
    assert run.code == 1
    assert (tmp_path / "work space" / "r.sarif").is_file()
    run = runner(path=f"{bad}\n", select="SPN001", baseline=" known.jsonl\n")
    assert (run.code, run.outputs) == (2, {"exit-code": "2"})
    assert "known.jsonl" in run.log
    assert "known.jsonl\n " not in run.log


def test_a_blank_path_judges_the_inputs_of_the_working_directory(runner, tmp_path):
    run = runner(path=" \n")
    assert run.outputs == {"exit-code": "2"}
    assert "tool.dataset-builder" in run.log


def test_the_action_installs_what_it_is_checked_out_with_and_nothing_by_its_name(tmp_path):
    """A Python that makes no environment, but one whose pip tells what it is given."""
    temp, told = tmp_path / "runner's temp", tmp_path / "told"
    python = tmp_path / "my python"
    python.write_text(
        '#!/bin/sh\n[ "$1 $2" = "-m venv" ] && mkdir -p "$3/bin" && cp "$0.pip" "$3/bin/pip"\n'
    )
    pip = tmp_path / "my python.pip"
    pip.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {shlex.quote(str(told))}\n')
    for file in (python, pip):
        file.chmod(0o755)
    temp.mkdir()
    run = run_action(tmp_path, temp, steps=("install",), python=f" {python}\n")
    assert run.code == 0, run.log
    options, given = told.read_text().splitlines()[:-3], told.read_text().splitlines()[-3:]
    assert given == ["--constraint", f"{ROOT}/constraints.txt", f"{ROOT}[s3]"]
    assert all(option == "install" or option.startswith("--") for option in options)
    assert "version" not in ACTION["inputs"]


def test_scripts_of_the_action_hold_no_expressions():
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
    assert ACTION["runs"]["using"] == "composite"
    named = {name for step in ACTION["runs"]["steps"] for name in step["env"].values()}
    for name, entry in ACTION["inputs"].items():
        assert entry["description"]
        assert f"${{{{ inputs.{name} }}}}" in named | {
            step.get("working-directory") for step in ACTION["runs"]["steps"]
        }


def recipes():
    """What README.md prints in YAML: the configuration of pre-commit, and steps of a workflow."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    config, steps = (
        yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.S)
    )
    return config, steps


def test_the_recipe_for_pre_commit_works_as_printed(command, built_folder, tmp_path):
    """In a clone, where no release is, beside the published one instead of the example's address."""
    config, _ = recipes()
    (repository,) = config["repos"]
    assert repository["rev"] == "REVISION"
    asked = {hook["id"]: hook.get("args", []) for hook in repository["hooks"]}
    entries = {hook["id"]: hook["entry"].split()[1:] for hook in HOOKS}
    assert asked.keys() == entries.keys()
    published = shutil.move(built_folder / "releases" / "1.0.0", tmp_path / "published")
    for name, given in asked.items():
        arguments = [str(published) if one.startswith("hf://") else one for one in given]
        done = command(*entries[name], *arguments, cwd=built_folder)
        assert done.returncode == 0, done.stdout + done.stderr
    ledger = built_folder / "annotations" / "ledger.jsonl"
    moved = ledger.read_text("utf-8").replace('"split":"validation"', '"split":"train"')
    ledger.write_text(moved, encoding="utf-8")
    done = command("validate", "--previous", str(published), cwd=built_folder)
    assert (done.returncode, "VER004" in done.stdout) == (1, True)
    assert command("validate", cwd=built_folder).returncode == 0


def test_the_recipe_for_a_workflow_works_as_printed(runner, built_folder, tmp_path):
    checkout, step = recipes()[1]
    assert checkout["uses"].startswith("actions/checkout@")
    assert step["uses"].endswith("/dataset-builder@REVISION")
    published = shutil.move(built_folder / "releases" / "1.0.0", tmp_path / "published")
    assert step["with"]["previous"].startswith("hf://")
    given = {**step["with"], "previous": str(published)}
    run = runner(working_directory=str(built_folder), **given)
    assert (run.code, run.outputs) == (0, {"exit-code": "0"}), run.log
    sarif((built_folder / given["sarif"]).read_text())


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_name_commands_that_there_are(hook, command):
    assert hook["language"] == "python"
    assert hook["pass_filenames"] is False
    assert hook["always_run"] is True, "a commit that only deletes is judged, too"
    program, *arguments = hook["entry"].split()
    assert program == "dataset-builder"
    assert command(*arguments, "--help").returncode == 0
