"""What holds for every export, whatever was entered."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.articles import sha256_text
from dataset_builder.studio.conversion import convert
from dataset_builder.studio.exported import STATES, dumps
from dataset_builder.studio.exports import (
    ExportedAnnotation,
    ExportedPrediction,
    ExportedTask,
    canonical_result,
    read_exports,
    task_line,
    write_export,
)
from dataset_builder.studio.restored import import_id, meta_for

NAMES = st.sampled_from(["a", "b", "c", "d"])
TEXTS = st.text(st.characters(exclude_categories=[]), max_size=8)  # half characters too
NUMBERS = st.integers(-3, 40)
STAMPS = st.integers(0, 40).map(lambda n: f"2026-01-31T12:00:{n:02}.000000Z")
ANY = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
VALUES = st.fixed_dictionaries(
    {},
    optional={"start": NUMBERS, "end": NUMBERS, "labels": st.lists(NAMES, max_size=2), "text": ANY},
)
REGIONS = st.fixed_dictionaries(
    {"type": st.sampled_from(["labels", "choices", "textarea", "odd"])},
    optional={"id": NAMES, "from_name": NAMES, "value": VALUES | ANY, "meta": ANY, "new": ANY},
)
ARROWS = st.fixed_dictionaries(
    {"type": st.just("relation")},
    optional={"from_id": NAMES, "to_id": NAMES, "direction": NAMES, "labels": ANY},
)
RESULTS = st.lists(REGIONS | ARROWS, max_size=6)


@st.composite
def tasks(draw: st.DrawFn) -> ExportedTask:
    text = draw(st.text(max_size=20))
    article_id = f"{draw(st.integers(0, 5)):016x}"
    digest = sha256_text(text)
    annotations: list[ExportedAnnotation] = []
    for who in draw(st.sets(st.sampled_from(["draft-1", "annotator-1", "x"]))):
        # Ordinals count in the order of creation, as every export has them.
        stamps = sorted(draw(st.lists(STAMPS, min_size=1, max_size=3, unique=True)))
        for ordinal, created in enumerate(stamps, start=1):
            result = canonical_result(draw(RESULTS))
            state = draw(st.sampled_from(STATES))
            if state in ("completed", "empty"):
                state = "completed" if result else "empty"
            annotations.append(
                ExportedAnnotation(
                    annotator=who,
                    ordinal=ordinal,
                    state=state,  # type: ignore[arg-type]
                    created_at=created,
                    updated_at=max(created, draw(STAMPS)),
                    lead_time=draw(st.none() | st.floats(0, 1e6)),
                    ground_truth=state != "draft" and draw(st.booleans()),
                    result=result,
                    postponed=state == "draft" and draw(st.booleans()),
                )
            )
    submitted = [item for item in annotations if item.state != "draft"]
    for place, item in enumerate(annotations):
        if item.state == "draft" and submitted and draw(st.booleans()):
            parent = draw(st.sampled_from(submitted))
            changed = (parent.annotator, parent.ordinal)
            annotations[place] = dataclasses.replace(item, draft_of=changed)
    annotations.sort(key=lambda item: (item.annotator, item.ordinal))
    return ExportedTask(
        article_id=article_id,
        text_sha256=digest,
        data={
            "text": text,
            "article_id": article_id,
            "text_sha256": digest,
            "scheme_version": "1.0",
            "title": draw(TEXTS),
        },
        annotations=tuple(annotations),
        predictions=tuple(
            ExportedPrediction(name, score, canonical_result(draw(RESULTS)))
            for name, score in sorted(
                draw(st.dictionaries(NAMES, st.floats(0, 1), max_size=2)).items()
            )
        ),
        scheme_version="1.0",
    )


@given(RESULTS, st.randoms())
def test_the_order_of_entering_does_not_show(result: list[dict[str, Any]], random: Any) -> None:
    shuffled = list(result)
    random.shuffle(shuffled)
    ordered = canonical_result(result)
    assert dumps(canonical_result(shuffled)) == dumps(ordered)
    assert canonical_result(ordered) == ordered
    assert Counter(map(dumps, ordered)) == Counter(map(dumps, result))


@given(st.lists(tasks(), max_size=4, unique_by=lambda task: task.key))
def test_what_is_written_is_read_and_written_again(made: list[ExportedTask]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.jsonl"
        write_export(file, made)
        read, findings = read_exports(Path(folder))
        assert findings == []
        assert read == sorted(made, key=lambda task: task.key)
        assert not write_export(file, reversed(read))


@given(st.lists(tasks(), min_size=1, max_size=3, unique_by=lambda task: task.key), st.data())
def test_a_cut_file_gives_its_whole_lines_and_one_finding(
    made: list[ExportedTask], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.jsonl"
        write_export(file, made)
        content = file.read_bytes()
        cut = content[: data.draw(st.integers(0, len(content) - 1))]
        file.write_bytes(cut)
        read, findings = read_exports(Path(folder))
        ordered = sorted(made, key=lambda task: task.key)
        whole = cut.count(b"\n")
        # Only its newline missing, a line still says all it has to say.
        complete = not cut.endswith(b"\n") and content[len(cut) : len(cut) + 1] == b"\n"
        assert read == ordered[: whole + complete]
        broken = bool(cut) and not cut.endswith(b"\n") and not complete
        assert [finding.code for finding in findings] == ["SCH101"] * broken


@given(
    st.binary(max_size=60)
    | TEXTS.map(lambda t: t.encode("utf-8", "replace"))
    | ANY.map(lambda v: dumps(v).encode("utf-8", "backslashreplace"))
)
def test_any_file_at_all_is_read_without_an_exception(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.jsonl").write_bytes(content)
        read, findings = read_exports(Path(folder))
        assert read == []
        assert bool(findings) == bool(content)


LATER = "2027-05-05T05:05:05.050505+02:00"


def on_server(task: ExportedTask, first_id: int) -> dict[str, Any]:
    """`task` as a server shows it after a restore: its own ids and times, another order."""
    numbers = {(a.annotator, a.ordinal): first_id + n for n, a in enumerate(task.annotations)}
    annotations: list[dict[str, Any]] = []
    drafts: list[dict[str, Any]] = []
    for item in task.annotations:
        common = {
            "id": numbers[item.annotator, item.ordinal],
            "created_at": LATER,
            "updated_at": LATER,
            "lead_time": item.lead_time,
            "result": list(item.result)[::-1],
            "import_id": import_id(item),
        }
        email = f"{item.annotator}@example.org"
        if item.state == "draft":
            parent = numbers[item.draft_of] if item.draft_of else None
            drafts.append(
                {**common, "user": email, "annotation": parent, "was_postponed": item.postponed}
            )
        else:
            who = {"id": 7, "email": email, "first_name": "Jane"}
            skipped = item.state == "skipped"
            annotations.append(
                {
                    **common,
                    "completed_by": who,
                    "was_cancelled": skipped,
                    "ground_truth": item.ground_truth,
                }
            )
    return {
        "id": first_id,
        "data": task.data,
        "meta": meta_for(task.annotations, {"other": 1}),
        "annotations": annotations[::-1],
        "drafts": drafts[::-1],
        "predictions": [
            {"id": n, "model_version": p.model_version, "score": p.score, "result": list(p.result)}
            for n, p in enumerate(task.predictions)
        ],
    }


def pseudonym(email: str | None) -> str:
    assert email is not None
    return email.split("@")[0]


@given(tasks(), st.integers(1, 1000))
def test_a_restored_task_is_pulled_as_it_was(task: ExportedTask, first_id: int) -> None:
    raw = json.loads(dumps(on_server(task, first_id)))
    assert task_line(convert([raw], pseudonym).task) == task_line(task)


@given(tasks())
def test_a_doubled_restore_is_put_together(task: ExportedTask) -> None:
    raws = [on_server(task, 100), on_server(task, 10)]
    found = convert(raws, pseudonym)
    assert found.task_ids == (10, 100)
    assert task_line(found.task) == task_line(task)


@given(tasks(), st.data())
def test_work_that_went_on_keeps_its_beginning(task: ExportedTask, data: st.DataObject) -> None:
    if not task.annotations:
        return
    place = data.draw(st.integers(0, len(task.annotations) - 1))
    item = task.annotations[place]
    raw = on_server(task, 1)
    (changed,) = (
        entry
        for entry in (*raw["annotations"], *raw["drafts"])
        if entry["import_id"] == import_id(item)
    )
    changed["lead_time"] = 1e9
    (found,) = (
        a
        for a in convert([raw], pseudonym).task.annotations
        if (a.annotator, a.ordinal) == (item.annotator, item.ordinal)
    )
    assert found.created_at == item.created_at
    assert found.updated_at == "2027-05-05T03:05:05.050505Z"
