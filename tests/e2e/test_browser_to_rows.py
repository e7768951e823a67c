"""From a person's mouse and keys to the rows that training code loads: exactly that, nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from datasets import load_dataset

from tests.e2e.studio_work import Person, admin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    from dataset_builder.studio.connection import Connection
    from tests.e2e.browser import Labelling

ARTICLE = "7292f718f1e7c8f1"
EVIDENCE = 'agreed to push for the creation of a "de-escalation" zone'
ISSUE = 'creation of a "de-escalation" zone'
TRIGGER = "agreed"


def test_what_was_drawn_is_what_is_built(
    command: Callable[..., CompletedProcess[str]],
    project_folder: Path,
    tmp_path: Path,
    connection: Connection,
    labelling: Labelling,
) -> None:
    settings = project_folder / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    text = re.sub(r'name = "syria-diplomacy"', 'name = "browser-rows"', text)
    text = re.sub(r"pretty_name = .*", 'pretty_name = "What was drawn"', text)
    text = re.sub(r"primary = \[.*\]", 'primary = ["annotator-1"]', text)
    text = re.sub(r"splits = \{.*\}", "splits = { train = 1, validation = 0, test = 0 }", text)
    settings.write_text(text, encoding="utf-8")
    exports = project_folder / "annotations" / "exports"
    for file in exports.iterdir():
        file.unlink()
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    pushed = command("push", env=env)
    assert pushed.returncode == 0, pushed.stderr
    assert "5 created" in pushed.stdout
    project = int(re.search(r"/projects/(\d+)", pushed.stdout)[1])
    boss: Person = admin(connection)
    task = boss.task_of(project, ARTICLE)
    boss.http.close()

    labelling.open_task(project, task)
    labelling.select_new_regions()
    labelling.draw("f", EVIDENCE)  # the outer span first
    labelling.key("j")
    labelling.key("Escape")
    labelling.draw("s", ISSUE)
    labelling.choose("issue_id", "The de-escalation zone in Idlib (2017)")
    labelling.key("Escape")
    labelling.draw("a", "Russian President Vladimir Putin")
    labelling.choose("actor_id", "Vladimir Putin · RUS GOV")
    labelling.key("Escape")
    labelling.draw("1", TRIGGER)
    labelling.key("Escape")
    labelling.draw("d", "Thursday")
    labelling.write("timex3", "XXXX-WXX-4")
    labelling.arrow("Russian President Vladimir Putin", TRIGGER)
    labelling.arrow(TRIGGER, "Thursday")
    labelling.arrow("Russian President Vladimir Putin", " to push ")
    labelling.arrow(" to push ", ISSUE)
    labelling.key("Escape")
    labelling.key("y")
    labelling.submit()

    pulled = command("pull", env=env)
    assert pulled.returncode == 0, pulled.stderr
    assert "annotator-1" in pulled.stdout
    once = (exports / "browser-rows.jsonl").read_bytes()
    assert b"@" not in once
    assert command("pull", env=env).returncode == 0
    assert (exports / "browser-rows.jsonl").read_bytes() == once
    built = command("build")
    assert built.returncode == 0, built.stdout + built.stderr

    release, cache = str(project_folder / "releases" / "1.0.0"), str(tmp_path / "cache")
    events = load_dataset(release, "events", split="train", cache_dir=cache)
    names = events.features
    assert len(events) == 1
    event = events[0]
    body = next(
        row["text"]
        for row in load_dataset(release, "articles", split="train", cache_dir=cache)
        if row["article_id"] == ARTICLE
    )
    assert names["type"].int2str(event["type"]) == "AGREE"
    assert event["trigger"] == {
        "start": body.index(TRIGGER),
        "end": body.index(TRIGGER) + len(TRIGGER),
        "text": TRIGGER,
    }
    role = names["arguments"].feature["role"]
    arguments = [
        (role.int2str(a["role"]), a["text"], a["actor_ids"], a["actor_codes"], a["timex3"])
        for a in event["arguments"]
    ]
    assert arguments == [
        ("ACTOR", "Russian President Vladimir Putin", ["putin"], ["RUS GOV"], None),
        ("DATE", "Thursday", [], [], "XXXX-WXX-4"),
    ]
    assert event["date_start"] is None  # the page states no date of publication
    stance = load_dataset(release, split="train", cache_dir=cache)
    basis = stance.features["basis"]
    (row,) = [r for r in stance if basis.int2str(r["basis"]) == "annotated"]
    assert stance.features["label"].int2str(row["label"]) == "favor"
    assert (row["holder"], row["target"]) == (
        "Vladimir Putin",
        "The de-escalation zone in Idlib (2017)",
    )
    assert stance.features["expression"].int2str(row["expression"]) == "stated"
    assert row["evidence"]["text"] == EVIDENCE
    assert row["evidence"]["start"] == body.index(EVIDENCE)
    assert [vote["annotator"] for vote in row["votes"]] == ["annotator-1"]
