"""Another subject with other labels, as a newcomer starts it: from `init` to a release that loads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml
from datasets import load_dataset

from dataset_builder.placeholders import MARK
from tests.e2e.studio_work import admin, arrow, field, span, whole

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.studio.connection import Connection
    from tests.conftest import Command

PAGE = """\
{club} signed keeper Lena Marsh

12 July 2026

{club} signed goalkeeper Lena Marsh for a fee of two million euros, the club said on Sunday.

Chairman Paul Reeve criticised the deal. He opposes the salary cap and called it a gift to the rich.
"""
TYPES = [
    {
        "name": "TRANSFER", "quad": "material_cooperation", "definition": "A player changes clubs.",
        "hotkey": "1", "colour": "#00695c", "modes": ["buy", "loan"], "requires": ["RECIPIENT"],
    },
    {
        "name": "COMPLAIN", "quad": "verbal_conflict", "definition": "Criticises or rejects.",
        "hotkey": "2", "colour": "#a84300",
    },
]  # fmt: skip
ACTORS = [
    {"id": name.lower(), "name": name} for name in ("Rivertown", "Lakeside", "Marsh", "Reeve")
]


def test_from_init_to_a_release(command: Command, connection: Connection, tmp_path: Path) -> None:
    folder = tmp_path / "football"
    assert command("init", str(folder), "--name", "football-e2e", cwd=tmp_path).returncode == 0
    for club in ("Rivertown", "Lakeside"):
        page = PAGE.format(club=club) + f"\nIt was {club}'s last signing of the summer, he added.\n"
        (folder / "seeds" / f"{club}.txt").write_text(page, encoding="utf-8")
    ontology = yaml.safe_load((folder / "schemas/ontology.yaml").read_text(encoding="utf-8"))
    ontology["event_types"], ontology["contexts"] = TYPES, []
    for label, name in zip(ontology["stance_labels"][1:], ("oppose", "support"), strict=True):
        label["name"] = name
    for name, content in (("schemas/ontology", ontology), ("annotations/actors", ACTORS)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    assert command("render", cwd=folder).returncode == 0

    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    pushed = command("push", cwd=folder, env=env)
    assert pushed.returncode == 0, pushed.stderr
    (project,) = re.findall(r"/projects/(\d+)", pushed.stdout)
    boss = admin(connection)
    for task in boss.tasks(int(project)):
        annotate(boss, task)
    boss.http.close()
    assert command("pull", cwd=folder, env=env).returncode == 0

    built = command("build", cwd=folder)
    assert built.returncode == 0, built.stderr
    release = folder / "releases" / "1.0.0"
    assert command("validate", str(release), cwd=tmp_path).returncode == 0  # outside of the project
    data = load_dataset(str(release), "events", split="train", cache_dir=str(tmp_path / "cache"))
    assert data.features["type"].names == ["TRANSFER", "COMPLAIN"]
    stance = load_dataset(str(release), split="train", cache_dir=str(tmp_path / "cache"))
    assert stance.features["label"].names == ["neutral", "oppose", "support"]
    assert 1 in stance["label"]
    card = (release / "README.md").read_text(encoding="utf-8")
    assert "](figures/stance-label.svg)" in card
    assert (release / "figures/stance-label.svg").is_file()
    assert "TRANSFER" in (release / "CODEBOOK.md").read_text(encoding="utf-8")
    assert f"{MARK}" not in card.split("---", 2)[1]


def annotate(boss, task) -> None:
    """Mark a transfer, a complaint and a stance in a task's article."""
    text = task["data"]["text"]
    club = "Rivertown" if "Rivertown" in text else "Lakeside"
    spans = {
        "buyer": (club, "ACTOR"), "signed": ("signed", "TRANSFER"), "player": ("Lena Marsh", "ACTOR"),
        "reeve": ("Paul Reeve", "ACTOR"), "said": ("criticised", "COMPLAIN"),
        "no": ("opposes", "oppose"), "cap": ("salary cap", "ISSUE"),
    }  # fmt: skip
    marks = {name: span(name, *what, text) for name, what in spans.items()}
    boss.annotate(
        task["id"],
        [
            *marks.values(),
            *(
                field(marks[name], "actor_id", "choices", [actor])
                for name, actor in (("buyer", club.lower()), ("player", "marsh"), ("reeve", "reeve"))
            ),
            field(marks["signed"], "mode_transfer", "choices", ["buy"]),
            field(marks["cap"], "issue_new", "textarea", ["A salary cap"]),
            field(marks["no"], "expression", "choices", ["stated"]),
            arrow("buyer", "signed"), arrow("signed", "player"), arrow("reeve", "said"),
            arrow("reeve", "no"), arrow("no", "cap"),
            whole("relevance", "choices", ["relevant"], "whole"),
        ],
    )  # fmt: skip
