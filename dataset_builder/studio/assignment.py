"""Puts assignments on a server: how many people each task is for, and a tab for each annotator.

The community edition has no assignment. What works there:

- The server deals tasks out by their overlap. Set to the number of people that an article is given to,
  "Label All Tasks" gives everybody what still needs somebody, first what several annotate, and never
  more people to an article than are declared.
- A tab with an annotator's pseudonym shows that person's articles, and "Label Tasks As Displayed" in
  the menu beside the button deals exactly these. The button itself looks at no tab: whoever presses it
  gets what is due for anybody, which takes nothing from the plan but who does it.

A tab finds its articles by the beginnings of their ids: a list of values, which the server would take,
stops the page from loading, and a plain alternative of thousands of ids takes PostgreSQL seconds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.studio.client import as_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataset_builder.assignment import Assigned
    from dataset_builder.studio.client import Client, Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.remote import ProjectSpec

DIGITS: Final = 10
"""Of an article id, in the filter of a tab: enough to tell a million articles apart."""
ALL: Final = "All articles"
_COLUMN: Final = "filter:tasks:data.article_id"
_ORDER: Final = ["tasks:data.article_id"]
_PAGE: Final = 500
# What says nothing to an annotator who looks for the next article.
_HIDDEN: Final = tuple(
    f"tasks:{name}"
    for name in (
        "inner_id", "completed_at", "total_predictions", "annotations_results", "annotations_ids",
        "predictions_score", "predictions_model_versions", "predictions_results", "file_upload",
        "storage_filename", "created_at", "updated_at", "updated_by", "avg_lead_time",
        "draft_exists", "state", "data.text", "data.article_id", "data.text_sha256",
        "data.scheme_version", "data.guidelines_version", "data.language", "data.meta",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Queues:
    """What the server has now."""

    project_url: str
    changed: int
    """Tasks whose overlap was another."""
    tabs: dict[str, str]
    """Pseudonym -> address of the tab."""
    tabs_changed: int


def put_queues(
    connection: Connection, spec: ProjectSpec, assigned: Mapping[str, Assigned], report: Report
) -> Queues | None:
    """Bring overlaps and tabs up to date; None when the server has no project of ours.

    Running it again changes nothing. Raises ServerError.
    """
    from dataset_builder.studio.client import Client
    from dataset_builder.studio.remote import find_project

    with Client(connection) as client:
        client.check()
        project = find_project(client, spec)
        if project is None:
            return None
        _deal_by_overlap(client, project.id)
        changed = _overlaps(client, project.id, assigned, report)
        tabs, tabs_changed = _tabs(client, project.id, assigned)
        url = f"{client.url}/projects/{project.id}"
    links = {who: f"{url}/data?tab={number}" for who, number in tabs.items()}
    return Queues(url, changed, links, tabs_changed)


def _deal_by_overlap(client: Client, project: int) -> None:
    """One annotator a task unless the task says more, and those with several first."""
    wanted = {"maximum_annotations": 1, "show_overlap_first": True}
    found = client.get(f"/api/projects/{project}")
    if any(found.get(name) != value for name, value in wanted.items()):
        client.patch(f"/api/projects/{project}", wanted)  # sets the overlap of every task, too


def _overlaps(
    client: Client, project: int, assigned: Mapping[str, Assigned], report: Report
) -> int:
    from dataset_builder.studio.remote import LOOKUP, chunks

    more = {"filter": "filter:tasks:overlap", "operator": "greater", "type": "Number", "value": 1}
    tasks = {int(task["id"]): task for task in _listed(client, project, more)}
    wanted = dict.fromkeys(tasks, 1)
    several = sorted(name for name, item in assigned.items() if len(item.annotators) > 1)
    for batch in chunks(several, LOOKUP):
        those = {"filter": _COLUMN, "operator": "in_list", "type": "List", "value": batch}
        for task in _listed(client, project, those, "data"):
            tasks[int(task["id"])] = task
            name = str(task["data"].get("article_id"))
            wanted[int(task["id"])] = len(assigned[name].annotators) if name in assigned else 1
    changes = [number for number in sorted(tasks) if tasks[number]["overlap"] != wanted[number]]
    for done, number in enumerate(changes, start=1):
        # The server only looks again at whether a task is finished when somebody submits.
        finished = int(tasks[number].get("total_annotations") or 0) >= wanted[number]
        body = {"overlap": wanted[number], "is_labeled": finished}
        client.patch(f"/api/tasks/{number}", body)
        report("assigning", done, len(changes))
    return len(changes)


def _listed(
    client: Client, project: int, only: Mapping[str, Any], *more: str
) -> Iterator[dict[str, Any]]:
    """The tasks of a filter, with the columns named by `more`."""
    columns = ",".join(("id", "overlap", "total_annotations", *more))
    query = {"filters": {"conjunction": "and", "items": [only]}}
    return client.tasks(project, columns, query, _PAGE)


def _tabs(
    client: Client, project: int, assigned: Mapping[str, Assigned]
) -> tuple[dict[str, int], int]:
    """The tab of everybody who has articles, by pseudonym, and how many were made or changed."""
    articles: dict[str, list[str]] = {}
    for name in sorted(assigned):
        for who in assigned[name].annotators:
            articles.setdefault(who, []).append(name)
    there = as_list(client.get("/api/dm/views", project=project))
    if not there:  # whoever opens the project sees the first tab, which is to be nobody's own
        shared = {"title": ALL, "type": "list", "target": "tasks"}
        client.post("/api/dm/views", {"project": project, "data": shared})
    by_title = {str(view["data"].get("title")): view for view in reversed(there)}
    tabs: dict[str, int] = {}
    changed = 0
    for who in sorted(articles):
        theirs = {"filter": _COLUMN, "operator": "regex", "type": "String"}
        items = [{**theirs, "value": pattern(articles[who])}]
        filters = {"conjunction": "and", "items": items}
        wanted: dict[str, Any] = {"filters": filters, "ordering": _ORDER}
        view = by_title.get(who)
        if view is None:
            columns = {"explore": list(_HIDDEN), "labeling": []}
            own = {"title": who, "type": "list", "target": "tasks", "hiddenColumns": columns}
            view = client.post("/api/dm/views", {"project": project, "data": own | wanted})
            changed += 1
        elif any(view["data"].get(name) != value for name, value in wanted.items()):
            client.patch(f"/api/dm/views/{view['id']}", {"data": {**view["data"], **wanted}})
            changed += 1
        tabs[who] = int(view["id"])
    return tabs, changed


def pattern(articles: Sequence[str]) -> str:
    """A regular expression for the ids that begin like one of `articles`, which is not empty.

    Common beginnings are written once, so that it is short and quickly tried.
    """
    return f"^{_tree(sorted({name[:DIGITS] for name in articles}))}"


def _tree(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    branches = [
        first + _tree([word[1:] for word in group])
        for first, group in groupby(words, key=lambda word: word[0])
    ]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def said(queues: Queues, assigned: Mapping[str, Assigned]) -> str:
    """What a person wants to know: who has how much, and where."""
    counts = Counter(who for item in assigned.values() for who in item.annotators)
    lines = [
        f"{queues.project_url}: {queues.changed} tasks and {queues.tabs_changed} tabs brought up to date"
    ]
    width = max(map(len, queues.tabs), default=0)
    lines += [f"  {who:{width}}  {counts[who]} articles  {url}" for who, url in queues.tabs.items()]
    return "\n".join(lines)
