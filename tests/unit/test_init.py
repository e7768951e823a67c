"""Another dataset is started from the template: nothing overwritten, nothing of ours in it."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
import zipfile
from urllib.parse import urlsplit

import pytest
import yaml

from dataset_builder import starting
from dataset_builder.errors import ProjectError, UsageError
from dataset_builder.ontology import load_ontology
from dataset_builder.origin import PLACEHOLDER
from dataset_builder.placeholders import MARK, placeholders
from dataset_builder.project import TEMPLATE, find_project
from dataset_builder.render import drifted
from dataset_builder.starting import start, unedited
from tests.conftest import ROOT, run_here

TODAY = dt.date(2026, 11, 23)
WORKFLOW = ".github/workflows/validate.yml"


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    return start(tmp_path_factory.mktemp("new") / "Football Transfers", None, today=TODAY)


def test_it_is_a_project_with_nothing_to_render_and_nothing_of_another_subject(started):
    project = started.project
    assert project.settings.name == "football-transfers"
    assert project.settings.pretty_name == "Football transfers"
    assert "## [1.0.0] - 2026-11-23" in project.path("CHANGELOG.md").read_text(encoding="utf-8")
    assert drifted(project) == []
    for file in project.root.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert "{{" not in text, file
            assert not re.search(r"Syria|PLOVER|Erdogan|Putin|Turkey", text), file
    assert (project.root / ".gitignore").is_file()
    ignored = (project.root / ".gitignore").read_text(encoding="utf-8")
    assert "*.private.yaml" in ignored


@pytest.mark.parametrize("file", [ROOT / "CITATION.cff", None])
def test_the_citation_is_of_the_citation_file_format(started, file):
    """CFF 1.2.0: what is required, and no key that it does not have."""
    found = yaml.safe_load((file or started.project.path("CITATION.cff")).read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= found.keys()
    assert found.keys() <= {
        *("abstract", "authors", "cff-version", "contact", "date-released", "doi", "identifiers"),
        *("keywords", "license", "license-url", "message", "repository", "title", "type", "url"),
        "version",
    }
    assert (found["cff-version"], found["type"]) == ("1.2.0", "dataset")
    assert all({"name"} <= one.keys() or {"family-names"} <= one.keys() for one in found["authors"])
    assert all(type(found[key]) is str for key in ("version", "date-released", "license"))


def test_every_file_to_edit_says_so_at_its_top_until_it_is_edited(tmp_path):
    project = start(tmp_path / "d", None, today=TODAY).project
    marked = {
        file.relative_to(TEMPLATE).as_posix()
        for file in TEMPLATE.rglob("*")
        if file.is_file() and f"{MARK}:" in file.read_text(encoding="utf-8")
    } | {WORKFLOW}
    assert {name for name, _ in unedited(project)} == marked
    assert all(len(what) > 10 for _, what in unedited(project))
    file = project.path("annotations/targets.yaml")
    file.write_text("[]\n", encoding="utf-8")
    assert {name for name, _ in unedited(project)} == marked - {"annotations/targets.yaml"}
    told = run_here("status", "--offline", cwd=project.root)
    assert "schemas/ontology.yaml" in told.stdout
    assert "annotations/targets.yaml" not in told.stdout


def steps(project):
    """What the workflow of a project runs."""
    text = project.path(WORKFLOW).read_text(encoding="utf-8")
    (job,) = yaml.safe_load(text)["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


def test_the_workflow_installs_the_running_package_from_its_repository(tmp_path, monkeypatch):
    address = "git+https://example.org/a/dataset-builder@" + "0a" * 20
    monkeypatch.setattr(starting, "repository_installed", lambda: address)
    project = start(tmp_path / "d", None, today=TODAY).project
    assert steps(project)[0] == f'pip install "dataset-builder[s3] @ {address}"'
    assert WORKFLOW not in dict(unedited(project))
    assert "<" not in project.path(WORKFLOW).read_text(encoding="utf-8")


def test_else_the_workflow_installs_nothing_until_somebody_says_what(tmp_path, monkeypatch):
    monkeypatch.setattr(starting, "repository_installed", lambda: None)
    project = start(tmp_path / "d", None, today=TODAY).project
    (install,) = [line for line in steps(project) if "install" in line]
    address = install.removeprefix('pip install "dataset-builder[s3] @ ').removesuffix('"')
    assert address == PLACEHOLDER
    owner = urlsplit(address).path.split("/")[1]
    assert not re.fullmatch(r"[\w-]+", owner), "somebody may have this account"
    assert "<OWNER> and <REVISION>" in dict(unedited(project))[WORKFLOW]
    text = project.path(WORKFLOW).read_text(encoding="utf-8")
    project.path(WORKFLOW).write_text(text.partition("\n")[2], encoding="utf-8")
    assert WORKFLOW not in dict(unedited(project))


@pytest.mark.parametrize("previous", ["", "hf://datasets/ORG/NAME", "s3://b/a name; touch x"])
def test_the_workflow_runs_commands_that_there_are(started, tmp_path, previous):
    """Those after the installation, in a project that has no page yet: what the shell makes of them."""
    text = started.project.path(WORKFLOW).read_text(encoding="utf-8")
    (job,) = yaml.safe_load(text)["jobs"].values()
    *_, render, validate = job["steps"]
    assert validate["env"] == {"PREVIOUS": ""}
    program = tmp_path / "dataset-builder"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    rendered, judged = (
        subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PREVIOUS": previous},
            check=True, capture_output=True, text=True,
        ).stdout.splitlines()
        for step in (render, validate)
    )  # fmt: skip
    assert judged == [
        "validate",
        "--format",
        "github",
        *(["--previous", previous] if previous else []),
    ]
    assert run_here(*rendered, cwd=started.project.root).returncode == 0
    done = run_here(*judged[:3], cwd=started.project.root)
    assert "::error title=SCH302 There is no page" in done.stdout


def test_every_word_in_brackets_of_the_card_is_named_until_it_is_written(tmp_path):
    project = start(tmp_path / "d", None, today=TODAY).project
    card = project.path("dataset_card.md")
    _, _, text = card.read_text(encoding="utf-8").partition("\n")
    card.write_text(text, encoding="utf-8")
    told = dict(unedited(project))["dataset_card.md"]
    words = re.findall(r"(?<!\w)\[[\w ,?.]+\](?!\()", text)
    assert len(words) == 10
    assert [item.words for item in placeholders(text)] == words
    assert all(word in told for word in words)
    assert f"line {text[: text.index('[who]')].count(chr(10)) + 1}: [who]" in told
    wrapped = text.replace("[Why this dataset was made.]", "[Why this\ndataset was made.]")
    assert len(placeholders(wrapped)) == 10
    for word in words:
        text = text.replace(word, "[see](LICENSE) [1]")
    card.write_text(text, encoding="utf-8")
    assert "dataset_card.md" not in dict(unedited(project))


def test_again_it_adds_what_is_missing_and_touches_nothing(tmp_path):
    folder = tmp_path / "d"
    project = start(folder, "one", today=TODAY).project
    card, config = project.path("dataset_card.md"), project.path("annotations/label_config.xml")
    card.write_text("mine\n<!-- begin: columns -->\n<!-- end: columns -->\n", encoding="utf-8")
    config.write_text("mine", encoding="utf-8")
    project.path("LICENSE").unlink()
    again = start(folder, None, today=TODAY + dt.timedelta(days=9))
    assert again.written == ("LICENSE",)
    assert card.read_text(encoding="utf-8").startswith("mine\n")
    assert config.read_text(encoding="utf-8") == "mine"
    with pytest.raises(UsageError, match="is called one"):
        start(folder, "two", today=TODAY)


def test_a_folder_with_files_is_refused_unless_they_may_stay(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is not empty"):
        start(tmp_path, "d", today=TODAY)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git", "README.md"]
    made = start(tmp_path, "d", today=TODAY, add=True)
    assert made.kept == ("README.md",)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "mine"
    other = tmp_path / "package"
    other.mkdir()
    (other / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    with pytest.raises(ProjectError, match=r"toml: has no \[tool.dataset-builder\]"):
        start(other, "d", today=TODAY, add=True)


def test_the_name_is_made_from_the_folder(tmp_path):
    made = start(tmp_path / "2024 Élections", None, today=TODAY)
    assert made.project.settings.name == "2024-elections"


@pytest.mark.parametrize("name", ["", "Ünı", "a b", "../up", "-x", "x" * 65])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="no name for a dataset"):
        start(tmp_path / "d", name, today=TODAY)
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("name: neutral,", "name: undecided,", "neutral is missing"),
        ("{ name: ISSUE, ", "{ name: TOPIC, ", "TOPIC is new; they are ACTOR"),
        ("name: LOCATION, filler", "name: PLACE, filler", "roles: they are ACTOR"),
        ("- name: tense", "- name: aspect", "attributes: they are polarity"),
        ("[human, model]", "[human, model, crowd]", "annotator_kind is"),
        ("  direction:", "  mood: [a]\n  direction:", "mood is used by nothing"),
    ],
)
def test_what_an_ontology_may_not_change_is_said(tmp_path, old, new, complaint):
    text = (TEMPLATE / "schemas/ontology.yaml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "ontology.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProjectError, match=complaint):
        load_ontology(file)


@pytest.mark.slow
def test_it_works_from_a_wheel_outside_of_any_clone(tmp_path):
    """The wheel alone, unpacked; everything that it depends on is the environment's."""
    build = "from hatchling.build import build_wheel; import sys; build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    call = "from dataset_builder.cli import main; main()"
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PYTHONSAFEPATH": "1"}

    def command(*arguments, cwd):
        return subprocess.run(
            [sys.executable, "-c", call, *arguments],
            cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    done = command("init", "climate", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert find_project(tmp_path / "climate").settings.name == "climate"
    checked = command("render", "--check", cwd=tmp_path / "climate")
    assert checked.returncode == 0, checked.stderr
