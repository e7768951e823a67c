"""Migrations that contradict nothing and are wrong all the same; and that people find out how to
write one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from dataset_builder.errors import ProjectError
from dataset_builder.migration.declared import EXAMPLE
from dataset_builder.ontology import load_ontology
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = ROOT / "dataset_builder" / "template" / "schemas" / "ontology.yaml"
BEFORE = "- name: ASSAULT"


def declare(folder: Path, *entries: str) -> None:
    """ASSAULT is called ATTACK now in the project, and `entries` say what became of labels."""
    file = folder / "schemas" / "ontology.yaml"
    text = file.read_text(encoding="utf-8")
    assert BEFORE in text
    text = text.replace(BEFORE, "- name: ATTACK")
    text = text.replace('scheme_version: "1.0"', 'scheme_version: "1.1"')
    lines = "".join(f"      - {entry}\n" for entry in entries)
    if entries:
        text += f'migrations:\n  - scheme_version: "1.1"\n    changes:\n{lines}'
    file.write_text(text, encoding="utf-8")


RIGHT = "{ of: event_type, rename: ASSAULT, to: ATTACK }"


def test_a_mistyped_migration_is_told_with_what_was_meant(command, project_folder):
    declare(project_folder, "{ of: event_type, rename: ASSULT, to: ATTACK }")
    done = command("migrate", "--check")
    assert done.returncode == 1
    assert "migrations, 1.1, entry 1: no work and no earlier release has" in done.stderr
    assert "the event_type ASSULT; was ASSAULT meant?" in done.stderr
    assert re.search(r"in a migration: label ASSAULT \(\d+ times\)", done.stderr)


def test_a_right_migration_leaves_no_doubt(command, project_folder):
    declare(project_folder, RIGHT)
    done = command("migrate", "--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_label_renamed_without_a_migration_is_told(command, project_folder):
    declare(project_folder)
    done = command("migrate", "--check")
    assert done.returncode == 1
    assert "label ASSAULT" in done.stderr
    assert "under `migrations:`" in done.stderr
    judged = command("validate", "--select", "SCH202")
    assert judged.returncode == 1
    assert "under `migrations:`" in judged.stdout


def test_an_unknown_registry_id_is_told(command, project_folder):
    file = project_folder / "annotations" / "actors.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("- id: putin\n", "- id: president_putin\n"), encoding="utf-8")
    told = command("migrate", "--check")
    assert told.returncode == 1
    assert "actor_id putin" in told.stderr


def test_what_an_earlier_release_had_is_no_mistake(command, project_folder):
    """Nobody ever used it: only an earlier release can tell that there was such a name."""
    declare(project_folder, RIGHT, "{ of: mode, type: AID, retire: never }")
    doubted = command("migrate", "--check")
    assert doubted.returncode == 0
    assert "entry 2: no work and no earlier release has the mode never" in doubted.stderr
    earlier = project_folder / "releases" / "0.9.0" / "schemas"
    earlier.mkdir(parents=True)
    for name in ("actors.yaml", "targets.yaml", "annotators.yaml"):
        (earlier / name).write_bytes((ROOT / "annotations" / name).read_bytes())
    had = (ROOT / "schemas" / "ontology.yaml").read_text(encoding="utf-8")
    file = earlier / "ontology.yaml"
    file.write_text(had.replace("modes: [visit,", "modes: [never, visit,"), encoding="utf-8")
    (project_folder / "releases" / "damaged").mkdir()
    assert command("migrate", "--check").stderr == ""
    later = had.replace('scheme_version: "1.0"', 'scheme_version: "1.1"')
    file.write_text(later.replace("modes: [visit,", "modes: [never, visit,"), encoding="utf-8")
    assert "the mode never" in command("migrate", "--check").stderr  # it was no earlier scheme


def test_a_name_that_an_earlier_migration_brought_in_is_no_mistake(command, project_folder):
    declare(project_folder, RIGHT)
    file = project_folder / "schemas" / "ontology.yaml"
    text = file.read_text(encoding="utf-8")
    text = text.replace('scheme_version: "1.1"\n\n#', 'scheme_version: "1.2"\n\n#')
    text = text.replace("- name: ATTACK", "- name: VIOLENCE")
    step = "{ of: event_type, rename: ATTACK, to: VIOLENCE }"
    text += f'  - scheme_version: "1.2"\n    changes:\n      - {step}\n'
    file.write_text(text, encoding="utf-8")
    done = command("migrate", "--check")
    assert (done.returncode, done.stderr) == (0, "")


def documented() -> dict[str, str]:
    """The examples that people are shown, by place."""
    page = (ROOT / "docs" / "migrations.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^( *)```yaml\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)
    found = {f"docs {at}": block for at, (_, block) in enumerate(blocks)}
    for name, file in {"project": ROOT / "schemas" / "ontology.yaml", "init": TEMPLATE}.items():
        text = file.read_text(encoding="utf-8")
        comment = text[text.index("# migrations:") :]
        found[name] = re.sub(r"^# ?", "", comment, flags=re.MULTILINE)
    return {**found, "help": EXAMPLE}


def test_every_kind_is_shown(command):
    assert "rename: AGREE, to: PLEDGE" in command("migrate", "--help").stdout
    assert "     " not in command("migrate", "--help").stdout.partition("migrations:\n")[0]
    for place, text in documented().items():
        kinds = {word for word in ("rename", "merge", "split", "retire") if f"{word}: " in text}
        assert len(kinds) == 4 or place == "docs 0", place


@pytest.mark.parametrize("place", sorted(documented()))
def test_the_examples_are_read_as_they_stand(tmp_path, place):
    """They are refused only for what they name, which this ontology does not have."""
    file = tmp_path / "ontology.yaml"
    text = (ROOT / "schemas" / "ontology.yaml").read_text(encoding="utf-8")
    example = yaml.safe_load(documented()[place])
    newest = example["migrations"][-1]["scheme_version"]
    text = text.replace('scheme_version: "1.0"', f'scheme_version: "{newest}"')
    file.write_text(f"{text}\n{yaml.safe_dump(example)}", encoding="utf-8")
    with pytest.raises(ProjectError, match=r"is (not|still) declared after it"):
        load_ontology(file)


def test_what_of_may_name_is_listed(tmp_path):
    file = tmp_path / "ontology.yaml"
    text = (ROOT / "schemas" / "ontology.yaml").read_text(encoding="utf-8")
    entry = 'migrations: [{scheme_version: "1.0", changes: [{rename: AGREE, to: PLEDGE}]}]'
    file.write_text(f"{text}{entry}\n", encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        load_ontology(file)
    for name in ("event_type", "context", "mode", "polarity", "actor", "target"):
        assert re.search(rf"there are .*\b{name}\b", str(caught.value))
    assert "migrate --help" in str(caught.value)
