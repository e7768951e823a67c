"""The commands as people type them: what they print, and above all their exit codes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dataset_builder.cli import cli

HEAVY = ("datasets", "pandas", "polars", "pyarrow", "pandera", "numpy", "label_studio_sdk", "yaml")


def test_help_shows_every_command_and_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from dataset_builder.cli import main\n"
        "sys.argv = ['dataset-builder', '--help']\n"
        "try:\n    main()\n"
        "finally:\n"
        f"    print('HEAVY', [m for m in {HEAVY!r} if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.rstrip().endswith("HEAVY []")
    for name in cli.commands:
        assert f"\n  {name} " in done.stdout
    assert "..." not in done.stdout.partition("\n\n")[2]  # each fits its line


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_explains_itself(command, name):
    done = command(name, "--help")
    assert done.returncode == 0
    assert f"dataset-builder {name}" in done.stdout or name in done.stdout
    assert cli.commands[name].help


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("nonsense",), 2, "No such command 'nonsense'"),
        (("validate", "nowhere"), 2, "nowhere"),
        (("validate", "--select", "XYZ"), 2, "no rule has a code that begins with 'XYZ'"),
        (("rules", "XYZ001"), 2, "XYZ001"),
        (("clean", "nowhere"), 2, "nowhere"),
        (("push",), 3, "no Label Studio server is running"),
        (("pull",), 3, "dataset-builder studio"),
    ],
)
def test_wrong_calls_are_told_what_to_do(command, arguments, code, complaint):
    done = command(*arguments)
    assert done.returncode == code, done.stderr
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_outside_a_project_the_message_says_so(command, tmp_path):
    done = command("build", cwd=tmp_path)
    assert done.returncode == 2
    assert "not inside a project" in done.stderr


def test_one_of_two_variables_for_a_server_is_wrong_usage(command):
    done = command("push", env={"LABEL_STUDIO_URL": "http://127.0.0.1:9"})
    assert done.returncode == 2
    assert "LABEL_STUDIO_API_KEY" in done.stderr


def test_a_server_that_is_down_is_3_and_the_key_is_not_shown(command):
    env = {"LABEL_STUDIO_URL": "http://127.0.0.1:9", "LABEL_STUDIO_API_KEY": "secretsecret"}
    done = command("pull", env=env)
    assert done.returncode == 3
    assert "secretsecret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_password_in_the_address_is_not_shown(command):
    env = {"LABEL_STUDIO_URL": "http://u:hunter2@h/?token=hunter3", "LABEL_STUDIO_API_KEY": "x"}
    done = command("push", env=env)
    assert done.returncode == 2
    assert "hunter" not in done.stdout + done.stderr


def test_a_terminal_that_lacks_letters_stops_nothing(process, project_folder):
    (project_folder / "seeds" / "русский.txt").write_bytes(b"")
    done = process("clean", env={"PYTHONIOENCODING": "latin-1"})
    assert done.returncode == 0, done.stderr
    assert "\\u0440" in done.stdout


def test_agreement_of_a_damaged_export_gives_no_figures(command, project_folder):
    export = next((project_folder / "annotations" / "exports").glob("*.jsonl"))
    export.write_bytes(export.read_bytes()[:5000])
    done = command("agreement", "--format", "json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "SCH101" in done.stderr


def test_clean_lists_the_articles_and_explains_a_page(command, project_folder):
    listed = command("clean")
    assert listed.returncode == 0
    assert "649489d7b66758c6" in listed.stdout
    explained = command("clean", "--explain", "seeds/003_d8ac2b2a7421ef95.txt")
    assert explained.returncode == 0
    assert "Read also: Syria: Turkey launches offensive" in explained.stdout
    (project_folder / "seeds" / "empty.txt").write_bytes(b"")
    assert command("clean").returncode == 0
    strict = command("clean", "--strict")
    assert strict.returncode == 1
    assert "empty.txt" in strict.stdout


def test_render_check_finds_drift_and_render_mends_it(command, project_folder):
    assert command("render", "--check").returncode == 0
    ontology = project_folder / "schemas" / "ontology.yaml"
    text = ontology.read_text(encoding="utf-8")
    new = text.replace(
        "\n# What an event is about",
        '  - name: MEDIATE\n    quad: verbal_cooperation\n    definition: Mediates.\n    example: ""\n'
        '    hotkey: "6"\n    colour: "#1b7837"\n    modes: [talks]\n    requires: []\n'
        "\n# What an event is about",
    )
    ontology.write_text(new, encoding="utf-8")
    clash = command("render")
    assert clash.returncode == 2
    assert "6" in clash.stderr
    ontology.write_text(
        new.replace('example: ""\n    hotkey: "6"', 'example: ""'), encoding="utf-8"
    )
    drifted = command("render", "--check")
    assert drifted.returncode == 1
    for name in (
        "annotations/label_config.xml",
        "annotations/guidelines.md",
        "schemas/events.yaml",
    ):
        assert f"drifted: {name}" in drifted.stdout
    assert command("render").returncode == 0
    assert command("render", "--check").returncode == 0
    config = (project_folder / "annotations" / "label_config.xml").read_text(encoding="utf-8")
    assert "MEDIATE" in config
    assert "mode_mediate" in config


def test_validate_judges_the_committed_inputs(command):
    done = command("validate", "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["version"] == "1.0.0"
    assert report["rules"] >= 25
    assert list(report) == ["path", "version", "rules", "skipped", "counts", "findings"]


def test_a_broken_ontology_is_told_when_a_release_is_judged(command, project_folder):
    assert command("build").returncode == 0
    with (project_folder / "schemas" / "ontology.yaml").open("a", encoding="utf-8") as file:
        file.write("x: [\n")
    done = command("validate", "releases/1.0.0")
    assert done.returncode == 2
    assert "ontology.yaml" in done.stderr


def test_warnings_about_inputs_can_be_ignored(command):
    strict = command("validate", "--strict")
    assert strict.returncode == 1
    assert "GRM210" in strict.stdout
    assert command("validate", "--strict", "--ignore", "GRM210").returncode == 0


def test_every_rule_is_explained(command):
    listed = command("rules")
    assert listed.returncode == 0
    codes = [line.split()[0] for line in listed.stdout.splitlines() if line[:3].isupper()]
    assert len(codes) >= 25
    explained = command("rules", codes[0])
    assert explained.returncode == 0
    assert "fix" in explained.stdout
