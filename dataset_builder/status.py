"""What is done, by whom, and what disagrees: counted from the committed exports.

The server is only asked how much it has, to tell what was not pulled yet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.adjudication import Conflict
    from dataset_builder.assignment import Assigned
    from dataset_builder.project import Project
    from dataset_builder.registries import Registries
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.exported import ExportedTask, Kind


@dataclass(frozen=True)
class KindStatus:
    """One kind of project."""

    kind: str
    tasks: int
    """In the committed export."""
    done: int
    """Tasks that somebody submitted."""
    on_server: int | None
    """Tasks; None when there is no such project, or no server was asked."""
    done_on_server: int | None
    """Tasks that somebody submitted or skipped."""


@dataclass(frozen=True)
class PersonStatus:
    """One annotator's work in one kind of project. States are those of the export."""

    annotator: str
    annotator_kind: str
    """human, model, or unknown when annotators.yaml lacks the pseudonym."""
    kind: str
    completed: int
    drafts: int
    skipped: int
    empty: int
    hours: float
    """As the tool counted them; 0 where it did not."""
    assigned: int | None = None
    """Articles that are theirs; None where nothing is assigned."""
    left: int | None = None
    """Of these, how many still need them."""


@dataclass(frozen=True)
class PartStatus:
    """The articles that are assigned to as many people as each other."""

    part: str
    """first: to everyone; share: to several; single: to one."""
    articles: int
    wanted: int
    """Submissions that they are assigned for."""
    done: int
    """Of these, how many there are."""
    reached: int
    """Articles that have all of theirs."""


@dataclass(frozen=True)
class Status:
    """Where the work stands."""

    name: str
    server: str | None
    """Address of the server that was asked."""
    kinds: tuple[KindStatus, ...]
    people: tuple[PersonStatus, ...]
    articles: int
    finished_by: Mapping[str, int]
    """`0`, `1`, `2+` annotators -> articles that so many finished."""
    conflicts: Mapping[str, tuple[str, ...]]
    """State of `adjudication.State` -> articles."""
    differences: int
    """In the articles that are to be adjudicated."""
    parts: tuple[PartStatus, ...]
    """Empty when nothing is assigned."""
    unassigned: int | None
    """Articles that are nobody's; None when nothing is assigned."""
    open_reviews: tuple[str, ...]
    """Articles with a review that nobody submitted."""
    grid_rows: int
    open_grid_rows: int
    """Pairs of the grid that nobody answered."""
    gates: str
    """All gates of agreement in a sentence."""
    gates_below: tuple[str, ...]
    """`<layer> <metric>` of the gates that are not reached."""
    unedited: tuple[str, ...]
    """Files of the template that still wait for an edit."""


def status(project: Project, connection: Connection | None) -> Status:
    """Count everything; the server is asked when there is a `connection`.

    Raises FindingsError when an export is damaged, ServerError when the server does not answer.
    """
    from dataset_builder.adjudication import by_article, conflicts, versions_of
    from dataset_builder.agreement import agreement, figure_names, judge, load_gates
    from dataset_builder.agreement.gates import BELOW
    from dataset_builder.agreement.report import verdict_line
    from dataset_builder.assemble.annotations import is_decision
    from dataset_builder.assemble.resolve import lexicon
    from dataset_builder.assignment import FILE, read_assignments
    from dataset_builder.registries import load_registries
    from dataset_builder.starting import unedited
    from dataset_builder.studio.adjudication import compared
    from dataset_builder.studio.exported import KINDS
    from dataset_builder.studio.workspace import project_groups

    registries = load_registries(project)
    known = lexicon(registries)
    groups, committed = project_groups(project, registries)
    articles, tasks, grids = groups.articles, compared(committed), committed["grid"]
    work = by_article(tasks)
    finished: Counter[str] = Counter()
    for article in articles:
        own = [task for task in work.get(article.article_id, ()) if not is_decision(task)]
        count = len(versions_of(article, own, registries, known))
        finished["2+" if count > 1 else str(count)] += 1
    found = list(conflicts(articles, tasks, registries, known))
    gates = load_gates(
        project.resource("annotations/agreement.yaml"), figure_names(registries.ontology)
    )
    agreed = agreement((*tasks, *grids), registries, samples=0)
    verdicts = judge(agreed.rows, gates, len(agreed.articles))
    there = {} if connection is None else _on_server(project, registries, connection)
    present = {(article.article_id, article.text_sha256) for article in articles}
    rows, open_rows = _grid_rows(grids, registries)
    assigned = read_assignments(project.path(FILE))
    people = _people([*tasks, *grids], registries)
    return Status(
        name=project.settings.name,
        server=connection.url if connection else None,
        kinds=tuple(_kind(kind, [*tasks, *grids], there) for kind in KINDS),
        people=tuple(_with_queues(people, assigned, work)),
        articles=len(articles),
        finished_by={name: finished[name] for name in ("0", "1", "2+")},
        conflicts=_by_state(found),
        differences=sum(len(item.differing) for item in found if item.state == "open"),
        parts=tuple(_parts(assigned, work)),
        unassigned=sum(a.article_id not in assigned for a in articles) if assigned else None,
        open_reviews=tuple(
            sorted(
                task.article_id
                for task in tasks
                if task.kind == "review" and task.key in present and not _done(task)
            )
        ),
        grid_rows=rows,
        open_grid_rows=open_rows,
        gates=verdict_line(verdicts, gates, len(agreed.articles)).split("\n")[0],
        gates_below=tuple(name for name, verdict in verdicts.items() if verdict.state == BELOW),
        unedited=tuple(name for name, _ in unedited(project)),
    )


def _done(task: ExportedTask) -> bool:
    return any(item.state == "completed" for item in task.annotations)


def _kind(
    kind: Kind, tasks: Iterable[ExportedTask], there: Mapping[str, tuple[int, int]]
) -> KindStatus:
    own = [task for task in tasks if task.kind == kind]
    on_server, done = there.get(kind, (None, None))
    return KindStatus(kind, len(own), sum(map(_done, own)), on_server, done)


def _people(tasks: Iterable[ExportedTask], registries: Registries) -> list[PersonStatus]:
    from dataset_builder.studio.exported import KINDS

    kinds = {annotator.pseudonym: annotator.kind for annotator in registries.annotators}
    states: dict[tuple[str, str], Counter[str]] = {
        (name, KINDS[0]): Counter() for name in kinds
    }  # who has done nothing is told, too
    seconds: Counter[tuple[str, str]] = Counter()
    for task in tasks:
        for item in task.annotations:
            key = (item.annotator, task.kind)
            states.setdefault(key, Counter())[item.state] += 1
            # The draft of a change counts on from what it changes.
            if item.draft_of is None:
                seconds[key] += round(1000 * (item.lead_time or 0))
    order = sorted(states, key=lambda key: (key[0], KINDS.index(key[1])))
    return [
        PersonStatus(
            annotator=name,
            annotator_kind=kinds.get(name, "unknown"),
            kind=kind,
            completed=states[name, kind]["completed"],
            drafts=states[name, kind]["draft"],
            skipped=states[name, kind]["skipped"],
            empty=states[name, kind]["empty"],
            hours=round(seconds[name, kind] / 3_600_000, 2),
        )
        for name, kind in order
    ]


def _submitted(tasks: Iterable[ExportedTask], states: tuple[str, ...]) -> set[str]:
    """Who has work of these states on the tasks of one article; who adjudicated is not among them."""
    return {
        item.annotator
        for task in tasks
        if task.kind in ("articles", "review")
        for item in task.annotations
        if item.state in states
    }


def _with_queues(
    people: Sequence[PersonStatus],
    assigned: Mapping[str, Assigned],
    work: Mapping[str, Sequence[ExportedTask]],
) -> list[PersonStatus]:
    """With what is assigned to everybody, and what of it still needs them: not what they submitted or
    skipped, nor what others did in their place."""
    if not assigned:
        return list(people)
    theirs: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for name, item in assigned.items():
        tasks = work.get(name, ())
        enough = len(_submitted(tasks, ("completed",))) >= len(item.annotators)
        through = _submitted(tasks, ("completed", "empty", "skipped"))
        theirs.update(item.annotators)
        left.update(who for who in item.annotators if not enough and who not in through)
    return [
        replace(person, assigned=theirs[person.annotator], left=left[person.annotator])
        if person.kind == "articles"
        else person
        for person in people
    ]


def _parts(
    assigned: Mapping[str, Assigned], work: Mapping[str, Sequence[ExportedTask]]
) -> list[PartStatus]:
    from dataset_builder.assignment import PARTS

    found = []
    for part in PARTS:
        several = [(name, item) for name, item in assigned.items() if item.part == part]
        wanted = [len(item.annotators) for _, item in several]
        there = [len(_submitted(work.get(name, ()), ("completed",))) for name, _ in several]
        counted = [min(pair) for pair in zip(wanted, there, strict=True)]
        reached = sum(n >= of for n, of in zip(there, wanted, strict=True))
        found.append(PartStatus(part, len(several), sum(wanted), sum(counted), reached))
    return [item for item in found if item.articles]


def _by_state(found: Sequence[Conflict]) -> dict[str, tuple[str, ...]]:
    return {
        state: tuple(item.article.article_id for item in found if item.state == state)
        for state in ("open", "unclear", "settled", "changed")
    }


def _grid_rows(grids: Sequence[ExportedTask], registries: Registries) -> tuple[int, int]:
    """Pairs that the grid asks for, and those that nobody answered."""
    from dataset_builder.assemble.answers import grid_answers

    answered = grid_answers(grids, registries.ontology)
    asked = {
        (task.article_id, str(pair.get("id")))
        for task in grids
        for pair in task.data.get("pairs") or ()
        if isinstance(pair, dict) and "known" not in pair
    }
    return len(asked), len(asked - answered.keys())


def _on_server(
    project: Project, registries: Registries, connection: Connection
) -> dict[str, tuple[int, int]]:
    """Kind -> tasks on the server, and those that somebody submitted or skipped."""
    from dataset_builder.studio.client import Client
    from dataset_builder.studio.remote import find_project
    from dataset_builder.studio.workspace import project_specs

    counts: dict[str, tuple[int, int]] = {}
    with Client(connection) as client:
        client.check()
        for kind, spec in project_specs(project, registries).items():
            found = find_project(client, spec)
            if found is not None:
                item = client.get(f"/api/projects/{found.id}")
                done = int(item.get("num_tasks_with_annotations") or 0)
                counts[kind] = (int(item.get("task_number") or 0), done)
    return counts
