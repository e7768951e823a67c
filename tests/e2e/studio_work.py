"""Articles and annotators for tests against a real server. Talks to it without our own client."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from dataset_builder.articles import Article, sha256_text
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from dataset_builder.studio.label_config import render_label_config
from dataset_builder.studio.people import People
from dataset_builder.studio.remote import ProjectSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.studio.connection import Connection

TEXT = (
    "Erdoğan 🇹🇷 met Putin in Ankara on Thursday 😀, say sources.\n\n"
    "قال الرئيس التركي إن الهدنة مهمة. Cafe\u0301 talks went on; "
    "Turkey backs the ceasefire <b>&amp;</b> {{x}} $title."
)
RAW_TEXT = " \ttext as no cleaner leaves it:\r\n\u2028 👩‍👩‍👧 \u200fم\u200e e\u0301 & \\n end \n"
GUIDELINES = (
    "# Guide\n\n<!-- begin: x -->\n"
    '| Key | "Label" |\n|:---|---:|\n| `1` | <AGREE> & more |\n\n1. *One* **two**\n'
)


def article(number: int, text: str = TEXT, **changes: Any) -> Article:
    """An article whose id is `number` in hex."""
    made = Article(
        article_id=f"{number:016x}",
        source=f"{number:03}.txt",
        raw_sha256=sha256_text(f"raw {number}"),
        text=text,
        text_sha256=sha256_text(text),
        title=f"Title {number} – “quoted” 😀",
        outlet="The Outlet",
        agency="AFP",
        byline=None,
        dateline="Ankara",
        published_at=None,
        published_basis="none",
        language="en",
        url=None,
        paragraphs=(),
        sentences=(),
    )
    return dataclasses.replace(made, **changes)


def spec(name: str, **changes: Any) -> ProjectSpec:
    """A project with the real labels."""
    config = render_label_config(load_registries(find_project(Path(__file__))))
    made = ProjectSpec(name, f"Project {name}", config, GUIDELINES)
    return dataclasses.replace(made, **changes)


def people(folder: Path) -> People:
    """The two files of a project, in `folder`."""
    return People(folder / "annotators.yaml", folder / "annotators.private.yaml")


def span(region: str, surface: str, label: str, text: str = TEXT, **more: Any) -> dict[str, Any]:
    """A region over the first place of `surface`."""
    start = text.index(surface)
    value = {"start": start, "end": start + len(surface), "text": surface, "labels": [label]}
    return {
        "id": region,
        "from_name": "span",
        "to_name": "text",
        "type": "labels",
        "origin": "manual",
        "value": value,
        **more,
    }


def field(region: dict[str, Any], name: str, kind: str, values: list[str]) -> dict[str, Any]:
    """A field of a region; `kind` is choices or textarea."""
    value = {k: v for k, v in region["value"].items() if k != "labels"}
    value["choices" if kind == "choices" else "text"] = values
    return {**copy.deepcopy(region), "from_name": name, "type": kind, "value": value}


def whole(name: str, kind: str, values: list[str], region: str) -> dict[str, Any]:
    """A field of the article."""
    value = {"choices" if kind == "choices" else "text": values}
    return {"id": region, "from_name": name, "to_name": "text", "type": kind, "value": value}


def arrow(start: str, end: str, direction: str = "right", **more: Any) -> dict[str, Any]:
    """An arrow between two regions."""
    return {"type": "relation", "from_id": start, "to_id": end, "direction": direction, **more}


class Person:
    """Someone at work on a server: with the administrator's key, or logged in as themselves."""

    def __init__(self, http: httpx.Client, headers: dict[str, str], user_id: int) -> None:
        self.http = http
        self.id = user_id
        self._headers = headers

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """One request; fails the test when it is refused."""
        answer = self.http.request(method, path, json=body, headers=self._headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def annotate(self, task: int, result: list[dict[str, Any]], **more: Any) -> int:
        """Submit; the server's number of the annotation."""
        body = {"result": result, "lead_time": 12.345, **more}
        return int(self.send("POST", f"/api/tasks/{task}/annotations", body)["id"])

    def draft(
        self, task: int, result: list[dict[str, Any]], annotation: int | None = None, **more: Any
    ) -> int:
        """Save without submitting."""
        path = f"/api/tasks/{task}" + (f"/annotations/{annotation}" if annotation else "")
        body = {"result": result, "lead_time": 3.5, **more}
        return int(self.send("POST", f"{path}/drafts", body)["id"])

    def tasks(self, project: int) -> list[dict[str, Any]]:
        """Every task of a project."""
        answer = self.send("GET", f"/api/tasks?project={project}&fields=all&page_size=5000")
        return list(answer["tasks"])

    def task_of(self, project: int, article_id: str) -> int:
        """The number of the one task of an article."""
        (found,) = (t for t in self.tasks(project) if t["data"].get("article_id") == article_id)
        return int(found["id"])


def admin(connection: Connection) -> Person:
    """Whoever owns the key of the embedded server: a legacy token."""
    http = httpx.Client(base_url=connection.url, timeout=120, trust_env=False)
    headers = {"Authorization": f"Token {connection.api_key}"}
    me = http.get("/api/current-user/whoami", headers=headers).json()
    return Person(http, headers, int(me["id"]))


def newcomer(connection: Connection, email: str, first_name: str) -> Person:
    """Somebody who signs up by the administrator's invitation, as a person in a browser does."""
    boss = admin(connection)
    token = boss.send("GET", "/api/invite")["token"]
    boss.http.close()
    http = httpx.Client(base_url=connection.url, timeout=120, trust_env=False)
    page = http.get("/user/signup/", params={"token": token}).text
    csrf = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
    form = {"email": email, "password": "a-Password-4-tests", "csrfmiddlewaretoken": csrf}
    referer = {"Referer": f"{connection.url}/user/signup/"}
    http.post("/user/signup/", params={"token": token}, data=form, headers=referer)
    me = http.get("/api/current-user/whoami").json()
    headers = {"X-CSRFToken": http.cookies["csrftoken"], **referer}
    person = Person(http, headers, int(me["id"]))
    person.send("PATCH", f"/api/users/{person.id}", {"first_name": first_name})
    return person


def lines(file: Path) -> list[dict[str, Any]]:
    """The lines of an export, read without our reader."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n")[:-1]]


def work(file: Path) -> Iterator[dict[str, Any]]:
    """Every annotation of an export."""
    for line in lines(file):
        for annotation in line["annotations"]:
            yield {"article_id": line["article_id"], **annotation}
