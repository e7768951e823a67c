"""The steps of one push: what is settled on the server, created, swept and remembered."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from dataset_builder.studio.last_push import (
    UNDER,
    Known,
    LastPush,
    Newest,
    known,
    read_last_push,
    write_last_push,
)
from dataset_builder.studio.remote import (
    LOOKUP,
    RemoteTask,
    all_tasks,
    as_json,
    by_article,
    by_size,
    chunks,
    count_touched_since,
    delete_tasks,
    import_tasks,
    newest_task,
    tasks_of,
    touched_since,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dataset_builder.studio.client import Client, Report
    from dataset_builder.studio.push import NewTask

BATCH_BYTES = 9_000_000
"""Sent at once: stays under the 10 MB that proxies usually allow."""
_OVERLAP = dt.timedelta(minutes=2)
"""How much of the time before the last push is asked about again."""
_TICK = dt.timedelta(microseconds=1)


class Tally:
    """Ids of articles, by what became of them."""

    def __init__(self) -> None:
        self.created: list[str] = []
        self.updated: list[str] = []
        self.unchanged: list[str] = []
        self.stale: list[str] = []
        self.duplicates: list[str] = []
        self.removed = 0


class Steps:
    """One push to one project."""

    def __init__(self, client: Client, project: int, report: Report, *, beside: bool) -> None:
        self._client = client
        self._project = project
        self._report = report
        self._beside = beside
        self._left: dict[str, Known] = {}
        """Tasks that are as they should be, for the next push."""
        self.tally = Tally()

    def everything(self, tasks: list[NewTask], memory: Path | None) -> None:
        """Create, bring up to date and sweep; then remember."""
        before = newest_task(self._client, self._project)
        self._left = self._remembered(memory, before)
        unsure: list[NewTask] = []
        for task in tasks:
            there = self._left.get(task.article_id)
            if there is not None and there.says(task.data):
                self.tally.unchanged.append(task.article_id)
            else:
                unsure.append(task)
        new = self._settled(unsure, before.tasks)
        certain = self._create(new, before.tasks - self.tally.removed)
        if memory is not None:
            self._remember(memory, before, certain=certain)

    def _remembered(self, memory: Path | None, now: Newest) -> dict[str, Known]:
        """What the last push left and nobody touched since."""
        last = read_last_push(memory) if memory is not None else None
        if (
            last is None
            or (last.url, last.project) != (self._client.url, self._project)
            or last.newest.tasks != now.tasks
            or last.newest.touched > now.touched
        ):
            return {}
        if last.newest == now:
            return dict(last.tasks)
        since = dt.datetime.fromisoformat(last.newest.touched) - _OVERLAP
        touched = set(touched_since(self._client, self._project, since))
        return {name: task for name, task in last.tasks.items() if task.number not in touched}

    def _remember(self, memory: Path, before: Newest, *, certain: bool) -> None:
        """Keep what was left for the next push, unless somebody else was at work, too."""
        now = newest_task(self._client, self._project)
        if not certain:
            memory.unlink(missing_ok=True)
            return
        ours = len(self.tally.created) + len(self.tally.updated)
        if before.touched:
            since = dt.datetime.fromisoformat(before.touched) + _TICK
            if count_touched_since(self._client, self._project, since) != ours:
                now = Newest(now.tasks, before.number, before.touched)
        left = LastPush(self._client.url, self._project, now, self._left)
        write_last_push(memory, left)

    def _settled(self, tasks: list[NewTask], there: int) -> list[NewTask]:
        """Bring what is on the server already up to date; returns what is to be created."""
        if not there:
            return tasks
        new: list[NewTask] = []
        # Looking up a task costs the server twice what listing it does.
        if there <= 2 * len(tasks):
            known_there = by_article(all_tasks(self._client, self._project))
            unclear = [t for t in tasks if not self._is_simple(t, known_there, new)]
        else:
            unclear = tasks
        for batch in chunks(unclear, LOOKUP):
            found = self._look_up(batch)
            gone: list[int] = []
            for task in batch:
                same = found.get(task.article_id)
                if not same or self._settle(same, task.data, gone):
                    new.append(task)
            delete_tasks(self._client, self._project, gone)
            self.tally.removed += len(gone)
        return new

    def _is_simple(
        self, task: NewTask, there: Mapping[str, list[RemoteTask]], new: list[NewTask]
    ) -> bool:
        """Settle a task that the server has once or not at all."""
        found = there.get(task.article_id, [])
        if not found:
            new.append(task)
        elif len(found) == 1 and _same_text(found[0], task.data):
            self._bring_up_to_date(found[0], task.data)
        else:
            return False
        return True

    def _look_up(self, tasks: Sequence[NewTask]) -> dict[str, list[RemoteTask]]:
        return tasks_of(self._client, self._project, [task.article_id for task in tasks])

    def _create(self, new: list[NewTask], there: int) -> bool:
        """Import `new` into a project of `there` tasks; False when somebody else was at it, too."""
        certain = True
        done: list[NewTask] = []
        for part in by_size(((_body(task), task) for task in new), BATCH_BYTES):
            now = newest_task(self._client, self._project).tasks
            missing = part
            if now != there:
                # Another push, or the import of a client that was killed a moment ago.
                certain, there = False, now
                missing = self._still_missing(part)
            self._import(missing)
            there += len(missing)
            done += [task for _, task in missing]
            self._report("pushing", len(done), len(new))
        if certain and newest_task(self._client, self._project).tasks == there:
            return True
        for batch in chunks(done, LOOKUP):
            found = self._look_up(batch)
            gone: list[int] = []
            for task in batch:
                same = [t for t in found.get(task.article_id, []) if _same_text(t, task.data)]
                if same:
                    self._without_copies(same, gone)
            delete_tasks(self._client, self._project, gone)
            self.tally.removed += len(gone)
        return False

    def _import(self, part: list[tuple[bytes, NewTask]]) -> None:
        if not part:
            return
        numbers = import_tasks(self._client, self._project, (body for body, _ in part))
        self.tally.created += [task.article_id for _, task in part]
        if len(numbers) == len(part):
            for number, (_, task) in zip(numbers, part, strict=True):
                self._left[task.article_id] = known(number, task.data, submitted=False)

    def _still_missing(self, part: list[tuple[bytes, NewTask]]) -> list[tuple[bytes, NewTask]]:
        missing = []
        for batch in chunks(part, LOOKUP):
            found = self._look_up([task for _, task in batch])
            for body, task in batch:
                if any(_same_text(t, task.data) for t in found.get(task.article_id, [])):
                    self.tally.unchanged.append(task.article_id)
                else:
                    missing.append((body, task))
        return missing

    def _bring_up_to_date(self, task: RemoteTask, data: dict[str, Any]) -> None:
        """A task with the right text: its title, its metadata, what it is annotated under."""
        article_id = str(data["article_id"])
        if _differs(task, data):
            wanted = data
            if task.submitted:  # what it was annotated under
                wanted = {name: value for name, value in data.items() if name not in UNDER}
                wanted |= {name: task.data[name] for name in UNDER if name in task.data}
            self._client.patch(f"/api/tasks/{task.id}", {"data": wanted})
            self.tally.updated.append(article_id)
        else:
            self.tally.unchanged.append(article_id)
        self._left[article_id] = known(task.id, data, submitted=task.submitted > 0)

    def _settle(self, tasks: list[RemoteTask], data: dict[str, Any], gone: list[int]) -> bool:
        """An article that is on the server already, in whatever text; `gone` gets what is to go.

        True: it is to be created, too.
        """
        article_id = str(data["article_id"])
        self._left.pop(article_id, None)
        create = False
        same = [task for task in tasks if _same_text(task, data)]
        other = [task for task in tasks if not _same_text(task, data)]
        busy = [task for task in other if task.started]
        idle = [task for task in other if not task.started]
        if same:
            self._bring_up_to_date(self._without_copies(same, gone), data)
        elif self._beside:
            create = True
        elif busy:
            self.tally.stale.append(article_id)
        else:
            task = idle.pop(0)
            if task.predictions:  # they point into the old text
                for item in self._client.pages("/api/predictions", task=task.id):
                    self._client.delete(f"/api/predictions/{int(item['id'])}")
            self._client.patch(f"/api/tasks/{task.id}", {"data": data})
            self.tally.updated.append(article_id)
        if same and busy:
            self.tally.stale.append(article_id)
        if len(tasks) > 1:
            self._left.pop(article_id, None)
        gone += [task.id for task in idle]
        return create

    def _without_copies(self, tasks: Sequence[RemoteTask], gone: list[int]) -> RemoteTask:
        """The task to keep of several for one text; of copies that nobody worked on, the ids go."""
        busy = [task for task in tasks if task.started]
        keep = busy[0] if busy else tasks[0]
        gone += [task.id for task in tasks if task is not keep and task not in busy]
        if len(busy) > 1:
            self.tally.duplicates.append(keep.key[0])
        return keep


def _same_text(task: RemoteTask, data: dict[str, Any]) -> bool:
    return all(task.data.get(name) == data[name] for name in ("text_sha256", "text"))


def _differs(task: RemoteTask, data: dict[str, Any]) -> bool:
    ignored = UNDER if task.submitted else ()
    return any(task.data.get(name) != data[name] for name in data if name not in ignored)


def _body(task: NewTask) -> bytes:
    suggested = {"predictions": list(task.predictions)} if task.predictions else {}
    return as_json({"data": task.data, **suggested})
