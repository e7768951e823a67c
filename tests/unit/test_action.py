"""`action.yml` and `.pre-commit-hooks.yaml`: their commands, run as GitHub and pre-commit run them."""

from __future__ import annotations

import os
import re
import shlex
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
        strict="true",
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
    run = runner(path=odd, ignore="* $(touch\towned)", baseline=odd, previous=odd, strict=odd)
    assert (run.code, run.outputs) == (2, {"exit-code": "2"})
    assert not list(tmp_path.rglob("owned"))
    assert runner(path="--help").outputs == {"exit-code": "2"}
    (tmp_path / "work space" / "SPN001").touch()
    assert runner(path=str(bad), select="*").outputs == {"exit-code": "2"}


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


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_name_commands_that_there_are(hook, command):
    assert hook["language"] == "python"
    assert hook["pass_filenames"] is False
    program, *arguments = hook["entry"].split()
    assert program == "dataset-builder"
    assert command(*arguments, "--help").returncode == 0
