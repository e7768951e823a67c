"""Two people annotate the same articles in a browser, each in their own way, a third one settles it:
overlap, agreement page, adjudication, pull and build. Every expected number is calculated by hand."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from datasets import load_dataset

from dataset_builder.agreement.words import plain
from tests.e2e.studio_work import Person, admin, lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    from playwright.sync_api import Page

    from dataset_builder.studio.connection import Connection
    from tests.e2e.browser import Labelling

ARTICLE = "7292f718f1e7c8f1"
PUTIN = "Russian President Vladimir Putin"
TRIGGER = "agreed"
EVIDENCE = 'agreed to push for the creation of a "de-escalation" zone'
ISSUE = 'creation of a "de-escalation" zone'
CHOSEN_ISSUE = "The de-escalation zone in Idlib (2017)"
_LABELS = """(count) => window.Htx.annotationStore.selected.serializeAnnotation()
  .filter((item) => item.type === 'labels').length === count"""
ADMIN = "annotator-1"
"""The administrator of the tests' server, who adjudicates and is in no map of addresses."""

# ann: AGREE "agreed" (ACTOR Putin, DATE Thursday), Putin in favor of the zone.
# bob: CONSULT "agreed" (ACTOR Putin), Putin against the zone. Four other articles both find irrelevant.
# F1 is twice what matches by the marks of both; of mentions Putin and the zone match, and Thursday
# does not: 4/5. Arguments: Putin of Putin, Thursday and Putin: 2/3.
# Alpha is 1 - (n - 1) Do / De: n values in all, Do twice the units that differ, De = n^2 - the sum of
# the squares of how often each value was given. With one unit that differs n = 2, Do = 2, De = 2: 0.
# A bootstrap draw of five articles has the annotated one k times, then n = 2k, Do = 2k, De = 2k^2, and
# alpha = 1 - (2k - 1) / k: 0, -1/2, -2/3, -3/4, -4/5 for k = 1 to 5; for k = 0 there is no figure. Of the
# draws that have one, k >= 4 are 1.0 % and k >= 3 are 8.6 %: the lower bound (2.5 %) is -2/3, the upper 0.
# F1 and shares are the same however often. Relevance: 5 units, all equal, of two values: 1.
FIGURES = """
relevance | share equal | 1.000 1.000 to 1.000 | 5
relevance | Krippendorff's alpha | 1.000 1.000 to 1.000 | 5
triggers | F1, same extent | 1.000 1.000 to 1.000 | 2
triggers | F1, half overlap | 1.000 1.000 to 1.000 | 2
types | share equal | 0.000 0.000 to 0.000 | 1
types | Krippendorff's alpha | 0.000 −0.667 to 0.000 | 1
arguments | F1 | 0.667 0.667 to 0.667 | 3
polarity | share equal | 1.000 1.000 to 1.000 | 1
polarity | Krippendorff's alpha | all values are the same | 1
modality | share equal | 1.000 1.000 to 1.000 | 1
modality | Krippendorff's alpha | all values are the same | 1
tense | share equal | 1.000 1.000 to 1.000 | 1
tense | Krippendorff's alpha | all values are the same | 1
modes | share equal | there is nothing to compare | 0
modes | Krippendorff's alpha | there is nothing to compare | 0
contexts | share equal | 1.000 1.000 to 1.000 | 1
contexts | Krippendorff's alpha | all values are the same | 1
mentions | F1, same extent | 0.800 0.800 to 0.800 | 5
mentions | F1, half overlap | 0.800 0.800 to 0.800 | 5
argument spans | F1, same extent | 0.667 0.667 to 0.667 | 3
argument spans | F1, half overlap | 0.667 0.667 to 0.667 | 3
actor ids | share equal | 1.000 1.000 to 1.000 | 1
actor ids | Krippendorff's alpha | all values are the same | 1
issue ids | share equal | 1.000 1.000 to 1.000 | 1
issue ids | Krippendorff's alpha | all values are the same | 1
dates | share equal | there is nothing to compare | 0
dates | Krippendorff's alpha | there is nothing to compare | 0
stance evidence | F1, same extent | 1.000 1.000 to 1.000 | 2
stance evidence | F1, half overlap | 1.000 1.000 to 1.000 | 2
stance pairs | F1 | 1.000 1.000 to 1.000 | 2
stance labels | share equal | 0.000 0.000 to 0.000 | 1
stance labels | Krippendorff's alpha | 0.000 −0.667 to 0.000 | 1
stance labels where both | share equal | 0.000 0.000 to 0.000 | 1
stance labels where both | Krippendorff's alpha | 0.000 −0.667 to 0.000 | 1
grid labels | share equal | there is nothing to compare | 0
grid labels | Krippendorff's alpha | there is nothing to compare | 0
stance polarity | share equal | 0.000 0.000 to 0.000 | 1
stance polarity | Krippendorff's alpha | 0.000 −0.667 to 0.000 | 1
expression | share equal | 1.000 1.000 to 1.000 | 1
expression | Krippendorff's alpha | all values are the same | 1
"""
COUNTS = """
types: 1 of 1 differ
arguments: 1 of 2 differ
mentions: 1 of 3 differ
stance evidence: 1 of 1 differ
stance labels: 1 of 1 differ
"""
# A label that only one of the two gave has nothing in common with the other's mark: 0. Whether a unit
# was given a label has two values then, as above.
LABELS = """
relevance | relevant | 2 | 1.000 1.000 to 1.000 | 1.000 1.000 to 1.000
relevance | irrelevant | 8 | 1.000 1.000 to 1.000 | 1.000 1.000 to 1.000
triggers | AGREE | 1 | 0.000 0.000 to 0.000 | 0.000 0.000 to 0.000
triggers | CONSULT | 1 | 0.000 0.000 to 0.000 | 0.000 0.000 to 0.000
types | AGREE | 1 | 0.000 0.000 to 0.000 | 0.000 −0.667 to 0.000
types | CONSULT | 1 | 0.000 0.000 to 0.000 | 0.000 −0.667 to 0.000
arguments | ACTOR | 2 | 1.000 1.000 to 1.000
arguments | DATE | 1 | 0.000 0.000 to 0.000
polarity | POSITIVE | 2 | 1.000 1.000 to 1.000 | all values are the same
modality | ASSERTED | 2 | 1.000 1.000 to 1.000 | all values are the same
tense | PAST | 2 | 1.000 1.000 to 1.000 | all values are the same
mentions | ACTOR | 2 | 1.000 1.000 to 1.000 | 1.000 1.000 to 1.000
mentions | ISSUE | 2 | 1.000 1.000 to 1.000 | 1.000 1.000 to 1.000
mentions | DATE | 1 | 0.000 0.000 to 0.000 | 0.000 0.000 to 0.000
stance evidence | against | 1 | 0.000 0.000 to 0.000 | 0.000 0.000 to 0.000
stance evidence | favor | 1 | 0.000 0.000 to 0.000 | 0.000 0.000 to 0.000
stance pairs | against | 1 | 0.000 0.000 to 0.000
stance pairs | favor | 1 | 0.000 0.000 to 0.000
stance labels | against | 1 | 0.000 0.000 to 0.000 | 0.000 −0.667 to 0.000
stance labels | favor | 1 | 0.000 0.000 to 0.000 | 0.000 −0.667 to 0.000
stance labels where both | against | 1 | 0.000 0.000 to 0.000 | 0.000 −0.667 to 0.000
stance labels where both | favor | 1 | 0.000 0.000 to 0.000 | 0.000 −0.667 to 0.000
stance polarity | against | 1 | 0.000 0.000 to 0.000 | 0.000 −0.667 to 0.000
stance polarity | favor | 1 | 0.000 0.000 to 0.000 | 0.000 −0.667 to 0.000
expression | stated | 2 | 1.000 1.000 to 1.000 | all values are the same
"""
DIFFERENCES = """
ann and bob differ on 5 points:
“Russian President Vladimir Putin and Turkish counterpart Recep Tayyip Erdogan on Thursday agreed to \
push for the creation of a "de-escalation" zone in Syria's …”
• DATE “Thursday”: missing argument: not marked by bob
• DATE “Thursday”: missing mention: not marked by bob
• “agreed”: other type: ann AGREE; bob CONSULT
• “agreed to push for the creation of a "de-escalation" zone”: other label: ann favor; bob against
• putin → idlib_deescalation_zone: other label: ann favor; bob against
"""


def annotate(page: Labelling, *, trigger: str, side: str) -> None:
    """What both mark alike, with a label of one's own for the event and the stance."""
    page.select_new_regions()
    page.draw(side, EVIDENCE)  # the outer span first
    page.key("j")
    page.draw("s", ISSUE)
    page.choose("issue_id", CHOSEN_ISSUE)
    page.draw("a", PUTIN)
    page.choose("actor_id", "Vladimir Putin · RUS GOV")
    page.draw(trigger, TRIGGER)
    page.arrow(PUTIN, TRIGGER)
    page.arrow(PUTIN, " to push ")
    page.arrow(" to push ", ISSUE)


def finish(page: Labelling, relevance: str) -> dict[str, Any]:
    page.key("Escape")
    page.key(relevance)
    return page.submit()


def work_through(
    page: Labelling, project: int, task: int, *, trigger: str, side: str, date: bool
) -> dict[str, Any]:
    """ "Label All Tasks": what somebody else did is not seen there. The five articles in any order;
    gives the annotation of `task`."""
    met: dict[int, dict[str, Any]] = {}
    page.open_stream(project)
    page.page.keyboard.press("Escape")  # the instructions, which the stream opens with
    page.page.locator(".lsf-modal-ls_visible").wait_for(state="hidden")
    shown = 0
    for _ in range(5):
        shown = page.await_next(shown)
        assert page.result() == []
        if shown == task:
            annotate(page, trigger=trigger, side=side)
            if date:
                page.draw("d", "Thursday")
                page.write("timex3", "XXXX-WXX-4")
                page.arrow(TRIGGER, "Thursday")
        met[shown] = finish(page, "y" if shown == task else "p")
    assert len(met) == 5
    return met[task]


def figures(page: Page) -> list[str]:
    """The rows of the page's table of figures: layer, figure, value, n."""
    rows = page.locator("table.figures tbody tr")
    found, layer = [], ""
    for number in range(rows.count()):
        row = rows.nth(number)
        if row.locator("th").count():
            layer = str(row.locator("th").evaluate("(th) => th.firstChild.textContent"))
        name = row.locator("td").nth(0).inner_text()
        value = " ".join(row.locator("td.number").inner_text().split())
        n = row.locator("td.n").inner_text()
        found.append(f"{layer} | {name} | {value} | {n}")
    return found


def labels(page: Page) -> list[str]:
    """The rows of the tables by label: layer, label, n, values."""
    found = []
    for block in page.locator("#labels details").all():
        layer = block.locator("summary").evaluate("(s) => s.firstChild.textContent.trim()")
        for row in block.locator("tbody tr").all():
            cells = [row.locator("th").inner_text(), row.locator("td.n").inner_text()]
            cells += [" ".join(c.inner_text().split()) for c in row.locator("td.number").all()]
            found.append(" | ".join([layer, *cells]))
    return found


def confused(page: Page) -> list[str]:
    """The cells of the confusion tables that are not empty: row, column, units."""
    found = []
    for block in page.locator("table.confusion").all():
        columns = [th.inner_text() for th in block.locator("thead th").all()]
        for row in block.locator("tbody tr").all():
            for place, cell in enumerate(row.locator("td").all(), start=1):
                if "shaded" in str(cell.get_attribute("class")):
                    name = row.locator("th").inner_text()
                    found.append(f"{name} × {columns[place]}: {cell.inner_text()}")
    return found


def counts(page: Page) -> list[str]:
    """Units that differ, of the layers that have some."""
    told = page.locator("table.figures td.jump").all()
    layers = page.locator("table.figures tbody th").all()
    return [
        f"{layer.evaluate('(th) => th.firstChild.textContent')}: {cell.inner_text()}"
        for layer, cell in zip(layers, told, strict=True)
        if cell.inner_text()
    ]


def test_two_annotators_and_an_adjudicator(
    command: Callable[..., CompletedProcess[str]],
    project_folder: Path,
    tmp_path: Path,
    connection: Connection,
    labelling: Labelling,
    sessions: Callable[..., Labelling],
) -> None:
    settings = project_folder / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace('name = "syria-diplomacy"', 'name = "two-annotators"')
    text = re.sub(r"pretty_name = .*", 'pretty_name = "Two annotators"', text)
    text = re.sub(r"primary = \[.*\]", "primary = []", text)
    text = re.sub(r"splits = \{.*\}", "splits = { train = 1, validation = 0, test = 0 }", text)
    settings.write_text(text, encoding="utf-8")
    exports = project_folder / "annotations" / "exports"
    for file in exports.iterdir():
        file.unlink()
    folder = project_folder / "annotations"
    known = "- pseudonym: {}\n  kind: human\n"
    names = {"ann": "ann.two@example.org", "bob": "bob.two@example.org"}
    (folder / "annotators.yaml").write_text("".join(map(known.format, names)), encoding="utf-8")
    private = "".join(f"{email}: {name}\n" for name, email in names.items())
    (folder / "annotators.private.yaml").write_text(private, encoding="utf-8")
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    pushed = command("push", env=env)
    assert pushed.returncode == 0, pushed.stderr
    project = int(re.search(r"/projects/(\d+)", pushed.stdout)[1])
    boss: Person = admin(connection)
    task = boss.task_of(project, ARTICLE)

    made = command("studio", "users", env=env)
    assert made.returncode == 0, made.stderr
    logins = yaml.safe_load((folder / "logins.private.yaml").read_text())
    assert {name: entry["login"] for name, entry in logins.items()} == names
    ann = sessions(**logins["ann"])
    first = work_through(ann, project, task, trigger="1", side="f", date=True)
    bob = sessions(**logins["bob"])
    bob.open_task(project, task)  # from the list one sees what others did; README.md says so
    assert {i.get("id") for i in bob.result()} >= {i["id"] for i in first["result"] if "id" in i}
    work_through(bob, project, task, trigger="2", side="g", date=False)
    ids = {i["value"]["text"]: i["id"] for i in first["result"] if i.get("type") == "labels"}

    assert command("pull", env=env).returncode == 0
    done = command("agreement", "--html", "page.html", env=env)
    assert done.returncode == 0, done.stderr
    tab = labelling.page
    tab.goto((project_folder / "page.html").as_uri())
    assert figures(tab) == FIGURES.strip().split("\n")
    assert labels(tab) == LABELS.strip().split("\n")
    assert confused(tab) == ["AGREE × CONSULT: 1", "favor × against: 1"]
    assert counts(tab) == COUNTS.strip().split("\n")
    assert (
        "5 articles finished by two annotators or more: ann (human, 5), bob (human, 5)."
        in tab.inner_text("body")
    )

    asked = command("adjudicate", env=env)
    assert asked.returncode == 0, asked.stderr
    assert "to adjudicate: 1 articles with" in asked.stdout
    settling = int(re.search(r"/projects/(\d+): 1 created", asked.stdout)[1])
    (conflict,) = boss.tasks(settling)
    labelling.open_task(settling, int(conflict["id"]))
    assert plain(conflict["data"]["differences"]) == DIFFERENCES.strip()
    assert plain(tab.locator(".an-differences").inner_text()) == DIFFERENCES.strip()
    tab.screenshot(path=tmp_path / "adjudicate.png")
    # From ann's version, with bob's type of the event.
    suggestion = tab.locator(".lsf-annotation-button", has_text="ann").last
    suggestion.locator(".lsf-annotation-button__trigger").click()
    tab.get_by_text("Duplicate Annotation").click()
    tab.wait_for_function("() => window.Htx.annotationStore.selected.type === 'annotation'")
    tab.wait_for_function(_LABELS, arg=len(ids))
    assert {i["id"] for i in labelling.result() if i.get("type") == "labels"} == set(ids.values())
    labelling.select(TRIGGER)
    labelling.key("2")
    labelling.key("Escape")
    labelling.submit()

    pulled = command("pull", env=env)
    assert pulled.returncode == 0, pulled.stderr
    settled = exports / "two-annotators.adjudication.jsonl"
    (line,) = lines(settled)
    assert [p["model_version"] for p in line["predictions"]] == ["ann", "bob"]
    assert [a["annotator"] for a in line["annotations"] if a["state"] == "completed"] == [ADMIN]
    once = settled.read_bytes()
    assert command("pull", env=env).returncode == 0
    assert settled.read_bytes() == once
    # The adjudicator took ann's version with bob's type of the event: 3 mentions, of which bob has 2.
    told = json.loads(command("agreement", "--format", "json", env=env).stdout)
    assert [item["annotator"] for item in told["adjudicated"]] == [ADMIN]
    against = {
        (row["pair"][0], row["layer"], row["metric"]): row["value"]
        for row in told["against_adjudicated"]
    }
    assert [against[who, "types", "percent"] for who in names] == [0, 1]
    assert [against[who, "stance_labels", "percent"] for who in names] == [1, 0]
    mentions = [against[who, "mentions", "exact_f1"] for who in names]
    assert mentions == [1, pytest.approx(2 * 2 / 5)]
    stands = json.loads(command("status", "--format", "json", env=env).stdout)
    assert stands["conflicts"]["settled"] == [ARTICLE]
    assert stands["finished_by"] == {"0": 0, "1": 0, "2+": 5}
    again = command("adjudicate", env=env)
    assert "to adjudicate: 0 articles" in again.stdout

    built = command("build")
    assert built.returncode == 0, built.stdout + built.stderr
    release, cache = str(project_folder / "releases" / "1.0.0"), str(tmp_path / "cache")
    (event,) = load_dataset(release, "events", split="train", cache_dir=cache)
    events = load_dataset(release, "events", split="train", cache_dir=cache).features
    assert events["type"].int2str(event["type"]) == "CONSULT"
    assert event["mention_id"] == f"{ARTICLE}:{ids[TRIGGER]}"
    role = events["arguments"].feature["role"].int2str
    arguments = {(role(a["role"]), a["text"]) for a in event["arguments"]}
    assert arguments == {("ACTOR", PUTIN), ("DATE", "Thursday")}
    name = events["votes"].feature["label"].int2str
    assert {v["annotator"]: name(v["label"]) for v in event["votes"]} == {
        "ann": "AGREE",
        "bob": "CONSULT",
    }
    stance = load_dataset(release, split="train", cache_dir=cache)
    basis, label = stance.features["basis"].int2str, stance.features["label"].int2str
    (row,) = [r for r in stance if basis(r["basis"]) == "annotated"]
    assert (label(row["label"]), row["agreement"]) == ("favor", 0.5)
    cast = stance.features["votes"].feature["label"].int2str
    assert {v["annotator"]: cast(v["label"]) for v in row["votes"]} == {
        "ann": "favor",
        "bob": "against",
    }
    entered = load_dataset(release, "annotations", split="train", cache_dir=cache)
    deciding = {r["annotation_id"] for r in entered if r["values"] == ["adjudication"]}
    assert deciding == {f"{ARTICLE}:{ADMIN}:2001"}
    origins = {
        r["region_id"]: r["origin"]
        for r in entered
        if r["annotation_id"] in deciding and r["name"] == "span"
    }
    assert origins[ids[PUTIN]] == "prediction"
    assert origins[ids[TRIGGER]] == "prediction-changed"
    boss.http.close()
