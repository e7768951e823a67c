"""Marks against the rules, drawn in a browser as the screen lets them pass: listed by `pull`, kept in
the export, left out of the release and counted, and gone when they are mended."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml
from datasets import load_dataset

from dataset_builder.validate.inputs import CODES
from tests.e2e.studio_work import admin, field, lines, span

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    from dataset_builder.studio.connection import Connection
    from tests.e2e.browser import Labelling

PAGE = """Turkey and Russia hold talks in Ankara

Turkey met Russia in Ankara on Thursday for talks on the ceasefire, and the two sides will meet again \
on Friday, officials said.

Iran and Iraq blamed Merkel and Macron for the failure of the plan, according to a statement that was \
read out in Baghdad.

The Kremlin condemned the proposal in front of the parliament. Assad rejected the referendum.

The plan had been drawn up in the summer. Both governments now want to revise it before the winter.
"""
KREMLIN = "Kremlin palace"
ACROSS = "rejected the referendum.\n\nThe plan"
EXPECTED = {
    # code: (words that the message names, what goes away with it)
    "GRM202": ('DATE "Thursday" -> DATE "Friday"', []),  # arrow from date to date
    "GRM206": ('ACTOR "Ankara"', []),  # actor without arrow
    "GRM224": ('against "blamed"', []),  # two holders (and two targets)
    "GRM225": ('CONSULT "meet"', []),  # overlapping triggers
    "SPN206": ('"rejected the referendum.', []),  # evidence across paragraphs
    "KEY203": ('"The Kremlin" has the actor id "palace"', ["GRM219"]),  # unknown actor id
    "SCH206": ("Thursday", []),  # malformed TIMEX3
}


def draw_everything(page: Labelling) -> None:
    """One sound event, and one mark of every kind against the rules."""
    page.select_new_regions()
    page.draw("a", "Turkey")
    page.draw("2", "met")
    page.arrow("Turkey", "met")
    page.draw("a", "Russia")
    page.arrow("met", "Russia")
    page.draw("d", "Thursday")
    page.write("timex3", "Thursday next")
    page.arrow("met", "Thursday")
    page.draw("d", "Friday")
    page.arrow("Thursday", "Friday")
    page.draw("a", "Ankara")

    page.draw("g", "blamed")
    page.key("l")
    for holder in ("Iran", "Iraq"):
        page.draw("a", holder)
        page.arrow_to("blamed")
    for target in ("Merkel", "Macron"):
        page.draw("a", target)
        page.arrow("blamed", target)

    page.draw("1", "meet again")
    page.draw("2", "meet")
    page.draw("a", "the two sides")
    page.choose("actor_id", "Russia · RUS GOV", "Turkey · TUR GOV")
    page.arrow("the two sides", "meet")
    page.arrow("the two sides", " again")

    page.draw("g", "condemned")
    page.key("j")
    page.draw("a", "The Kremlin")
    page.choose("actor_id", f"{KREMLIN} · RUS GOV")
    page.arrow("The Kremlin", "condemned")
    page.draw("s", "the proposal")
    page.write("issue_new", "The proposal")
    page.arrow("condemned", "the proposal")

    page.draw("g", ACROSS.replace("\n", ""))  # as the screen has it
    page.key("j")
    page.draw("a", "Assad")
    page.arrow("Assad", ACROSS[:8])
    page.draw("s", "the winter")
    page.write("issue_new", "The winter")
    page.arrow("the winter", ACROSS[:8])
    page.key("Escape")
    page.key("y")


def mended(result: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """What the list says, done."""
    by_words = {i["value"]["text"]: i["id"] for i in result if i.get("type") == "labels"}
    escaped = ACROSS.replace("\n", "\\n")  # so Label Studio writes a line end in a span
    gone = {by_words[words] for words in ("Friday", "Ankara", "meet", "blamed", escaped)}
    kept = [i for i in result if not {i.get("id"), i.get("from_id"), i.get("to_id")} & gone]
    for item in kept:
        if item.get("from_name") == "timex3":
            item["value"]["text"] = ["XXXX-WXX-4"]
        if item.get("id") == by_words["The Kremlin"] and item.get("from_name") == "actor_id":
            item["value"]["choices"] = ["rus"]
    for region, words, target, holders in (
        ("evidence-1", "blamed", "Merkel", ("Iran", "Iraq")),
        ("evidence-2", "blamed Merkel and Macron", "Macron", ("Iraq",)),
        ("evidence-3", "rejected the referendum", "the winter", ("Assad",)),
    ):
        evidence = span(region, words, "against", text)
        kept += [evidence, field(evidence, "expression", "choices", ["reported"])]
        ends = [(by_words[h], region) for h in holders] + [(region, by_words[target])]
        kept += [
            {"type": "relation", "from_id": tail, "to_id": head, "direction": "right"}
            for tail, head in ends
        ]
    return kept


def in_one_order(result: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True) for item in result)


def blocks(listed: str) -> dict[str, str]:
    """What `pull` lists, by code."""
    found = re.split(r"^  (?=[A-Z]{3}\d{3} )", listed, flags=re.MULTILINE)[1:]
    codes = [block[:6] for block in found]
    assert len(codes) == len(set(codes))
    return dict(zip(codes, found, strict=True))


def test_marks_against_the_rules(
    command: Callable[..., CompletedProcess[str]],
    project_folder: Path,
    tmp_path: Path,
    connection: Connection,
    sessions: Callable[..., Labelling],
) -> None:
    settings = project_folder / "pyproject.toml"
    words = settings.read_text(encoding="utf-8")
    words = words.replace('name = "syria-diplomacy"', 'name = "bad-input"')
    words = re.sub(r"pretty_name = .*", 'pretty_name = "Bad input"', words)
    words = re.sub(r"primary = \[.*\]", "primary = []", words)
    words = re.sub(r"derived_neutrals = .*", "derived_neutrals = 0", words)
    words = re.sub(r"splits = \{.*\}", "splits = { train = 1, validation = 0, test = 0 }", words)
    settings.write_text(words, encoding="utf-8")
    folder = project_folder / "annotations"
    for file in (*(project_folder / "seeds").iterdir(), *(folder / "exports").iterdir()):
        file.unlink()
    (folder / "ledger.jsonl").unlink()
    (project_folder / "seeds" / "page.txt").write_text(PAGE, encoding="utf-8")
    (folder / "annotators.yaml").write_text("- {pseudonym: ann, kind: human}\n")
    (folder / "annotators.private.yaml").write_text("ann.bad@example.org: ann\n")
    registry = folder / "actors.yaml"
    before = registry.read_text(encoding="utf-8")
    entry = f"- id: palace\n  name: {KREMLIN}\n  code: RUS GOV\n  aliases: []\n"
    registry.write_text(before.rstrip("\n") + "\n" + entry, encoding="utf-8")
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    pushed = command("push", env=env)
    assert pushed.returncode == 0, pushed.stderr
    project = int(re.search(r"/projects/(\d+)", pushed.stdout)[1])
    made = command("studio", "users", env=env)
    assert made.returncode == 0, made.stderr
    login = yaml.safe_load((folder / "logins.private.yaml").read_text())["ann"]
    boss = admin(connection)
    (task,) = boss.tasks(project)

    page = sessions(**login)
    page.open_task(project, int(task["id"]))
    draw_everything(page)
    page.page.screenshot(path=tmp_path / "drawn.png")
    entered = page.submit()
    registry.write_text(before, encoding="utf-8")  # the palace was a slip of the lead's

    # Listed, with everything that one needs to mend it; that is no failure of pulling.
    pulled = command("pull", env=env)
    assert pulled.returncode == 0, pulled.stderr
    (link,) = set(re.findall(r"http\S+", pulled.stdout))
    assert f"ann, article {task['data']['article_id']}: {link}" in pulled.stdout
    listed = blocks(pulled.stdout)
    assert set(listed) == set(EXPECTED) | {f for _, more in EXPECTED.values() for f in more}
    for code, (named, followers) in EXPECTED.items():
        assert CODES[code].title in listed[code]
        assert named in listed[code]
        assert "to mend: " in listed[code]
        for follower in followers:
            assert f"goes away with {code}" in listed[follower]
    counted = ", ".join(f"{code} 1" for code in sorted(EXPECTED))
    assert f"7 marks that are left out of the release ({counted})" in pulled.stdout
    assert command("pull", "--strict", env=env).returncode == 1
    page.page.goto("about:blank")
    page.page.goto(link)
    page.page.locator(".lsf-htx-richtext").wait_for()
    page.page.wait_for_function("() => window.Htx?.annotationStore?.selected")
    assert page.page.evaluate("() => window.Htx.task.id") == task["id"]
    page.page.screenshot(path=tmp_path / "link.png")

    # Kept in the export as they were drawn, without the server's address.
    export = folder / "exports" / "bad-input.jsonl"
    (line,) = lines(export)
    (kept,) = line["annotations"]
    assert in_one_order(kept["result"]) == in_one_order(entered["result"])
    for file in folder.rglob("*"):
        assert not file.is_file() or connection.url not in file.read_text("utf-8", "replace"), file

    # Out of the release, and counted.
    built = command("build", "--out", str(tmp_path / "first"), env=env)
    assert built.returncode == 0, built.stderr
    assert f"Left out until mended: 7 marks of annotators ({counted})" in built.stdout
    cache = str(tmp_path / "cache")

    def rows(release: str, config: str) -> list[dict[str, Any]]:
        return list(load_dataset(str(tmp_path / release), config, split="train", cache_dir=cache))

    events = {row["trigger"]["text"]: row for row in rows("first", "events")}
    assert set(events) == {"met", "meet again"}
    assert [(a["text"], a["timex3"]) for a in events["met"]["arguments"]] == [
        ("Turkey", None), ("Russia", None), ("Thursday", None),
    ]  # fmt: skip
    assert not (tmp_path / "first" / "stance").exists()

    # Mended: nothing is listed or left out any more.
    text = str(task["data"]["text"])
    number = int(entered["id"])
    boss.send("PATCH", f"/api/annotations/{number}", {"result": mended(entered["result"], text)})
    boss.http.close()
    pushed = command("push", env=env)  # the labels, without the palace
    assert pushed.returncode == 0, pushed.stderr
    pulled = command("pull", "--strict", env=env)
    assert pulled.returncode == 0, pulled.stdout + pulled.stderr
    assert "to mend" not in pulled.stdout
    built = command("build", "--out", str(tmp_path / "second"), env=env)
    assert built.returncode == 0, built.stderr
    assert "Left out" not in built.stdout
    (met,) = (row for row in rows("second", "events") if row["trigger"]["text"] == "met")
    assert met["arguments"][-1]["timex3"] == "XXXX-WXX-4"
    pairs = {(row["holder_id"], row["target"]) for row in rows("second", "stance")}
    assert pairs == {
        ("irn", "Angela Merkel"), ("irq", "Angela Merkel"), ("irq", "Emmanuel Macron"),
        ("rus", "The proposal"), ("assad", "The winter"),
    }  # fmt: skip
