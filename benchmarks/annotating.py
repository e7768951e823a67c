"""What annotating costs: user actions and time, with our arrows and with roles picked from a menu.

    python benchmarks/annotating.py [--arguments 12] [--stances 4] [--pace 200]

The same content of committed annotations is drawn twice in a real browser on an embedded server:
with the project's labelling config, where an arrow and its direction are the role, and with the same
config plus Label Studio's `<Relations>`, where a role is picked for each arrow in the Relations
panel: as Label Studio has it by default (several roles for an arrow, so that the list stays open
until it is closed), and with `choice="single"`, whose list closes by itself.

Actions are counted by the browser: trusted key presses (a chord is one), clicks, drags, and turns of
the wheel. The hands do nothing that is not needed: Esc only where something is selected. Both hands
wait the same time after each key, because Label Studio mixes up the labels of faster ones; the time
is that of the automation, without a thought. Needs Chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' hands on the labelling page

from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.versions import finished, read_annotations
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from dataset_builder.studio import server as studio
from dataset_builder.studio.exports import read_exports
from dataset_builder.studio.label_config import render_label_config
from tests.e2e.browser import Labelling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from dataset_builder.assemble.regions import Region
    from dataset_builder.assemble.versions import Version
    from dataset_builder.registries import Registries

ROLES = ("ACTOR", "RECIPIENT", "LOCATION", "DATE", "holder", "target", "same event")
COUNTER = """
window.__actions = 0; let wheel = 0;
const key = (e) => !e.repeat && !['Alt', 'Control', 'Shift', 'Meta'].includes(e.key);
addEventListener('keydown', (e) => { if (e.isTrusted && key(e)) window.__actions++; }, true);
addEventListener('pointerdown', (e) => { if (e.isTrusted) window.__actions++; }, true);
addEventListener('wheel', (e) => {
  if (e.timeStamp - wheel > 400) window.__actions++;
  wheel = e.timeStamp;
}, true);
"""


@dataclass(frozen=True)
class Link:
    """A span to be joined to the trigger or evidence of its unit."""

    region: Region
    role: str

    @property
    def outward(self) -> bool:
        """Whether our arrow must leave the trigger or evidence."""
        return self.role == "RECIPIENT" or (self.role == "target" and self.region.kind == "ACTOR")


@dataclass(frozen=True)
class Unit:
    """A trigger with its arguments, or stance evidence with its ends."""

    region: Region
    links: tuple[Link, ...]


@dataclass
class Cost:
    """What was spent on arguments or on stances."""

    units: int = 0
    actions: int = 0
    seconds: float = 0.0
    by_role: dict[str, list[int]] = field(default_factory=dict)


def units(version: Version) -> tuple[list[Unit], list[Unit]]:
    """Events and stances of a version whose spans overlap no others, in the order of the text."""
    regions = version.decoded.regions

    def clear(*found: Region) -> bool:
        return not any(
            r.id != o.id and r.start < o.end and o.start < r.end for r in found for o in regions
        )

    events = [
        Unit(t.region, tuple(Link(a.region, a.role) for a in t.arguments))
        for t in version.decoded.triggers
        if t.usable and clear(t.region, *(a.region for a in t.arguments))
    ]
    stances = [
        Unit(
            s.region,
            (
                *(Link(r, "holder") for r in s.holders),
                *(Link(r, "target") for r in s.targets),
            ),
        )
        for s in version.decoded.stances
        if s.usable and s.holders and clear(s.region, *s.holders, *s.targets)
    ]
    return events, stances


class Hands(Labelling):
    """An annotator who does nothing in vain."""

    def __init__(self, page: Page, url: str, text: str, keys: dict[str, str], pace: int) -> None:
        super().__init__(page, url)
        self._text = text
        self._keys = keys
        self._pace = pace
        self._drawn: set[str] = set()

    @property
    def actions(self) -> int:
        """User actions so far."""
        return int(self.page.evaluate("() => window.__actions"))

    def pressed(self, key: str) -> None:
        """Press a key and wait the pace."""
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(self._pace)

    def place(self, region: Region) -> tuple[str, int]:
        """Words of a span, and which occurrence of them it is."""
        nth = start = 0
        while (start := self._text.index(region.text, start)) < region.start:
            start, nth = start + 1, nth + 1
        return region.text, nth

    def span(self, region: Region) -> None:
        """Mark a span; it is selected then."""
        words, nth = self.place(region)
        if self.selected() is not None:
            self.pressed("Escape")
        known = len(self.result())
        self.pressed(self._keys[region.label])
        first, last = self._find(words, nth)
        mouse = self.page.mouse
        mouse.move(first[0] + 1, first[2])
        mouse.down()
        mouse.move((first[0] + last[1]) / 2, (first[2] + last[2]) / 2, steps=4)
        mouse.move(last[1] - 1, last[2], steps=4)
        mouse.up()
        self.page.wait_for_function(
            "n => window.Htx.annotationStore.selected.serializeAnnotation().length > n", arg=known
        )
        self.page.wait_for_timeout(100)
        self._drawn.add(region.id)

    def link(self, unit: Region, link: Link, *, menu: bool) -> None:
        """Mark the span if it is not there, and join it to its trigger or evidence."""
        if link.region.id not in self._drawn:
            self.span(link.region)
            chosen: Region | None = link.region
        else:
            chosen = None
        start, end = (unit, link.region) if link.outward and not menu else (link.region, unit)
        if chosen is not start:
            self._click(*self.place(start))
        before = len(self.arrows())
        self.pressed("Alt+r")
        self._click(*self.place(end))
        self.page.wait_for_function(
            "n => window.Htx.annotationStore.selected.serializeAnnotation()"
            ".filter((item) => item.type === 'relation').length > n",
            arg=before,
        )
        if menu:
            self._pick(link.role, before)

    def _pick(self, role: str, nth: int) -> None:
        """Give the newest arrow its role in the Relations panel."""
        item = self.page.locator(".lsf-relations__item").nth(nth)
        if not item.is_visible():
            self.page.locator("[id$=droppable]:visible", has_text="Relations").last.click()
            item.wait_for()
        panel = self.page.locator(".lsf-relations").first.bounding_box()
        box = item.bounding_box()
        if panel and box and box["y"] + box["height"] > 800:
            self.page.mouse.move(panel["x"] + 60, 700)
            self.page.mouse.wheel(0, box["y"] - 600)
            self.page.wait_for_timeout(150)
        item.hover()
        item.get_by_label("Show Relation Labels").click()
        item.locator(".lsf-relation-meta button[aria-haspopup]").click()
        self.page.get_by_test_id(f"select-option-{role}").click()
        self.page.wait_for_timeout(100)
        if self.page.get_by_test_id("select-popup").is_visible():
            self.pressed("Escape")


def draw(
    hands: Hands, events: list[Unit], stances: list[Unit], most: tuple[int, int], *, menu: bool
) -> dict[str, Cost]:
    """Draw events until there are `most[0]` arguments, then `most[1]` stances."""
    costs = {"event argument": Cost(), "stance": Cost()}
    for unit in events:
        if costs["event argument"].units >= most[0]:
            break
        hands.span(unit.region)
        for link in unit.links:
            _spent(hands, costs["event argument"], link.role, unit.region, [link], menu=menu)
    for unit in stances[: most[1]]:
        _spent(hands, costs["stance"], "stance", unit.region, unit.links, menu=menu, mark=True)
    return costs


def _spent(
    hands: Hands,
    cost: Cost,
    role: str,
    region: Region,
    links: Any,
    *,
    menu: bool,
    mark: bool = False,
) -> None:
    actions, began = hands.actions, time.monotonic()
    if mark:
        hands.span(region)
    for link in links:
        hands.link(region, link, menu=menu)
    spent = hands.actions - actions
    cost.units += 1
    cost.actions += spent
    cost.seconds += time.monotonic() - began
    cost.by_role.setdefault(role, []).append(spent)


def menu_config(registries: Registries, choice: str) -> str:
    """Our config with roles to pick; `choice` is multiple or single."""
    roles = "".join(f'<Relation value="{role}"/>' for role in ROLES)
    config = render_label_config(registries)
    head = '<View className="an-page">'
    return config.replace(head, f'<Relations choice="{choice}">{roles}</Relations>{head}', 1)


def versions(registries: Registries) -> Iterator[Version]:
    """The committed work, one finished version per article, those with most to draw first."""
    project = find_project(Path(__file__))
    tasks, _ = read_exports(project.exports)
    known = lexicon(registries)
    found = []
    for task in tasks:
        reads, _ = read_annotations([task])
        found += finished(reads, task.text_sha256, registries, known)[0][:1]
    yield from sorted(found, key=lambda v: -sum(len(u.links) for side in units(v) for u in side))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--arguments", type=int, default=12)
    parser.add_argument("--stances", type=int, default=4)
    parser.add_argument("--pace", type=int, default=200, help="milliseconds after each key")
    given = parser.parse_args()
    registries = load_registries(find_project(Path(__file__)))
    ontology = registries.ontology
    keys = {kind.name: kind.hotkey or "" for kind in ontology.event_types}
    keys |= {
        label.name: label.hotkey or "" for label in (*ontology.entities, *ontology.stance_labels)
    }
    version = next(versions(registries))
    events, stances = units(version)
    configs = {
        "arrows": render_label_config(registries),
        "role menu": menu_config(registries, "multiple"),
        "single": menu_config(registries, "single"),
    }
    costs: dict[str, dict[str, Cost]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        studio.start(Path(folder), report=lambda _: None) as running,
    ):
        password = json.loads(running.secrets_file.read_text())["password"]
        for name, config in configs.items():
            project, task = _pushed(running.connection, name, config, version.task.data)
            with _page() as page:
                hands = Hands(page, running.connection.url, version.task.text, keys, given.pace)
                hands.login(running.login, password)
                hands.open_task(project, task)
                hands.select_new_regions()
                costs[name] = draw(
                    hands,
                    events,
                    stances,
                    (given.arguments, given.stances),
                    menu=name != "arrows",
                )
    print(f"{'':16} {'':10} {'n':>4} {'actions':>8} {'seconds':>8}   actions by role")
    for unit in ("event argument", "stance"):
        for name in configs:
            cost = costs[name][unit]
            roles = ", ".join(
                f"{role} {sum(each) / len(each):.1f} ({len(each)})"
                for role, each in sorted(cost.by_role.items())
            )
            print(
                f"{unit:16} {name:10} {cost.units:4} {cost.actions / cost.units:8.2f}"
                f" {cost.seconds / cost.units:8.2f}   {roles}"
            )
        ours = costs["arrows"][unit]
        for name in list(configs)[1:]:
            theirs = costs[name][unit]
            print(
                f"{'':16} {'/ ' + name:10} {'':5}{ours.actions / theirs.actions:8.2f}"
                f" {ours.seconds / theirs.seconds:8.2f}"
            )


def _pushed(connection: Any, name: str, config: str, data: dict[str, Any]) -> tuple[int, int]:
    headers = {"Authorization": f"Token {connection.api_key}"}
    with httpx.Client(base_url=connection.url, headers=headers, timeout=120) as http:
        made = http.post("/api/projects", json={"title": name, "label_config": config})
        made.raise_for_status()
        project = int(made.json()["id"])
        http.post(f"/api/projects/{project}/import", json=[{"data": data}]).raise_for_status()
        tasks = http.get("/api/tasks", params={"project": project, "fields": "all"}).json()["tasks"]
        return project, int(tasks[0]["id"])


@contextlib.contextmanager
def _page() -> Iterator[Page]:
    """A page that counts what is done to it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("DATASET_BUILDER_CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(COUNTER)
        yield context.new_page()
        browser.close()


if __name__ == "__main__":
    main()
