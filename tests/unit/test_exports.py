"""The canonical export file: what is written, and what is said of a damaged one."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from dataset_builder.articles import sha256_text
from dataset_builder.errors import DatasetBuilderError, FindingsError
from dataset_builder.ontology import load_ontology
from dataset_builder.project import packaged
from dataset_builder.studio.export_lines import read_lines
from dataset_builder.studio.exported import KINDS
from dataset_builder.studio.exports import (
    ExportedAnnotation,
    ExportedPrediction,
    ExportedTask,
    canonical_result,
    intact_exports,
    read_all,
    read_exports,
    write_export,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = "Putin 😀 met Erdoğan on Thursday."
TIME = "2026-01-31T12:00:00.000000Z"


def span(region: str, start: int, end: int, label: str = "ACTOR", **more: Any) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": TEXT[start:end], "labels": [label]}
    return {
        "id": region,
        "from_name": "span",
        "to_name": "text",
        "type": "labels",
        "value": value,
        **more,
    }


def choice(
    region: str | None, name: str, *values: str, start: int = 0, end: int = 5
) -> dict[str, Any]:
    value: dict[str, Any] = {"choices": list(values)}
    if region is not None:
        value |= {"start": start, "end": end}
    return {
        "id": region or "whole",
        "from_name": name,
        "to_name": "text",
        "type": "choices",
        "value": value,
    }


def textarea(region: str, name: str, *values: str) -> dict[str, Any]:
    value = {"start": 0, "end": 5, "text": list(values)}
    return {"id": region, "from_name": name, "to_name": "text", "type": "textarea", "value": value}


def arrow(start: str, end: str, direction: str | None = "right") -> dict[str, Any]:
    return {"type": "relation", "from_id": start, "to_id": end, "direction": direction}


def annotation(*result: dict[str, Any], **changes: Any) -> ExportedAnnotation:
    made = ExportedAnnotation(
        annotator="draft-1",
        ordinal=1,
        state="completed",
        created_at=TIME,
        updated_at=TIME,
        lead_time=1.5,
        ground_truth=False,
        result=result,
    )
    return dataclasses.replace(made, **changes)


def task(number: int, *annotations: ExportedAnnotation, text: str = TEXT) -> ExportedTask:
    article_id, digest = f"{number:016x}", sha256_text(text)
    data = {"text": text, "title": "T", "article_id": article_id, "text_sha256": digest}
    data |= {"scheme_version": "1.0", "language": "en"}
    prediction = ExportedPrediction("model", 0.5, (span("r", 0, 5),))
    return ExportedTask(article_id, digest, data, annotations, (prediction,), "1.0")


def test_one_line_a_task_in_one_order(tmp_path: Path) -> None:
    second = annotation(annotator="annotator-1", ordinal=2, state="skipped", lead_time=None)
    first = annotation(annotator="annotator-1", state="draft", postponed=True, draft_of=("a-2", 1))
    tasks = [task(2), task(1, second, annotation(annotator="a-2"), first), task(3)]
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    assert write_export(one, tasks)
    assert write_export(other, tasks[::-1])
    assert one.read_bytes() == other.read_bytes()
    raw = one.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in raw.splitlines()]
    assert [line["article_id"] for line in lines] == [f"{n:016x}" for n in (1, 2, 3)]
    assert [(a["annotator"], a["ordinal"]) for a in lines[0]["annotations"]] == [
        ("a-2", 1),
        ("annotator-1", 1),
        ("annotator-1", 2),
    ]
    assert "😀" in raw
    assert all(list(line) == sorted(line) for line in lines)
    assert raw.endswith("}\n")
    assert lines[0]["format"] == 1


def test_what_is_written_is_read(tmp_path: Path) -> None:
    tasks = [task(1, annotation(span("a", 0, 5), draft_of=None)), task(2), task(1, text="Other.")]
    write_export(tmp_path / "x.jsonl", tasks)
    read, findings = read_exports(tmp_path)
    assert findings == []
    assert read == sorted(tasks, key=lambda t: t.key)
    assert (read[0].file, read[0].line) == ("x.jsonl", 1)
    assert not write_export(tmp_path / "x.jsonl", read)


def test_several_files_are_read_together(tmp_path: Path) -> None:
    write_export(tmp_path / "b.jsonl", [task(1), task(3)])
    write_export(tmp_path / "a.jsonl", [task(2), task(3)])
    (tmp_path / "notes.txt").write_text("not an export")
    read, findings = read_exports(tmp_path)
    assert [t.article_id for t in read] == [f"{n:016x}" for n in (1, 2, 3)]
    assert [(f.code, f.ids["file"], f.ids["line"]) for f in findings] == [
        ("KEY102", "b.jsonl", "2")
    ]
    assert read_exports(tmp_path / "missing") == ([], [])


def test_a_second_line_is_told_whatever_kind_it_is_of(tmp_path: Path) -> None:
    def of(kind: str) -> ExportedTask:
        return dataclasses.replace(task(1), data={**task(1).data, "kind": kind})

    for name in ("a", "b"):
        write_export(tmp_path / f"{name}.jsonl", [of(kind) for kind in KINDS])
    write_export(tmp_path / "c.jsonl", [of("games")])
    read, findings = read_all(tmp_path)
    assert list(read) == list(KINDS)
    assert {kind: [(t.kind, t.file) for t in own] for kind, own in read.items()} == {
        kind: [(kind, "a.jsonl")] for kind in KINDS
    }
    assert [(f.code, f.ids["file"]) for f in findings] == [
        *[("KEY102", "b.jsonl")] * len(KINDS),
        ("SCH105", "c.jsonl"),
    ]
    assert read_exports(tmp_path, "grid") == (read["grid"], findings)
    with pytest.raises(FindingsError, match="5 lines cannot be used; nothing was done") as refused:
        intact_exports(tmp_path, "nothing was done")
    assert list(refused.value.findings) == findings


def of_two_kinds(folder: Path) -> None:
    """Tasks of two kinds in two files, one of them twice, and two lines that are none."""
    made = [task(n, annotation(span("a", 0, 5)), annotation(ordinal=2)) for n in range(3)]
    grid = dataclasses.replace(made[0], data={**made[0].data, "kind": "grid"})
    write_export(folder / "b.jsonl", [*made[1:], grid])
    write_export(folder / "a.jsonl", made[:2])
    with (folder / "a.jsonl").open("ab") as file:
        file.write(b'{"format": 7}\n\xff\n')


def test_lines_that_stay_in_their_files_are_those_that_are_read_at_once(tmp_path: Path) -> None:
    of_two_kinds(tmp_path)
    tasks, findings = read_all(tmp_path)
    lines, same = read_lines(tmp_path)
    assert same == findings
    assert [finding.code for finding in same] == ["SCH104", "SCH101", "KEY102"]
    assert {kind: [line.read() for line in own] for kind, own in lines.items()} == tasks
    names = ("article_id", "text_sha256", "key", "kind", "guidelines_version", "annotators",
             "file", "line")  # fmt: skip
    for line, whole in zip(lines["articles"], tasks["articles"], strict=True):
        assert [getattr(line, name) for name in names] == [getattr(whole, name) for name in names]


@pytest.mark.parametrize("change", ["longer", "replaced", "gone"])
def test_a_file_that_changes_meanwhile_is_not_read_on(tmp_path: Path, change: str) -> None:
    of_two_kinds(tmp_path)
    line, file = read_lines(tmp_path)[0]["grid"][0], tmp_path / "b.jsonl"
    if change == "longer":
        file.write_bytes(file.read_bytes() + b"\n")
    elif change == "replaced":
        write_export(file, [task(7)])
    else:
        file.unlink()
    with pytest.raises(DatasetBuilderError, match=r"b\.jsonl: the file was changed(.|\n)*again"):
        line.read()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    write_export(file, [task(1)])
    before = file.read_bytes()
    broken = dataclasses.replace(task(2), data={"text": TEXT, "n": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        write_export(file, [task(1), broken])
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_order_of_a_result() -> None:
    outer, inner = span("z", 0, 20), span("a", 0, 5)
    late = span("b", 6, 7)
    ordered = (
        inner,
        choice("a", "actor_id", "putin"),
        choice("a", "tense", "PAST"),
        outer,
        late,
        choice(None, "comment", "x"),
        choice(None, "relevance", "relevant"),
        arrow("a", "b"),
        arrow("b", "a", "left"),
    )
    assert canonical_result(ordered[::-1]) == ordered


def edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The line of a task after somebody changed it."""
    from dataset_builder.studio.exports import task_line

    line = json.loads(task_line(task(1, annotation(span("a", 0, 5)))))
    change(line)
    return (json.dumps(line) + "\n").encode()


LINE = edited(lambda line: None)
DEFECTS: dict[str, tuple[bytes, str]] = {
    "cut": (LINE[:-40], "SCH101"),
    "not json": (b"{'format': 1}\n", "SCH101"),
    "not utf-8": (b'{"format": "\xff"}\n', "SCH101"),
    "nan": (LINE.replace(b"1.5", b"NaN"), "SCH101"),
    "empty line": (b"\n", "SCH101"),
    "deep": (b"[" * 100_000, "SCH103"),
    "raw label studio export": (b'[\n {"id": 1,\n  "annotations": []}\n]\n', "SCH103"),
    "one raw task": (b'{"id": 1, "annotations": []}\n', "SCH103"),
    "a number": (b"1\n", "SCH103"),
    "other format": (edited(lambda line: line.update(format=2)), "SCH104"),
    "true for one": (edited(lambda line: line.update(format=True)), "SCH104"),
    "no data": (edited(lambda line: line.pop("data")), "SCH105"),
    "short id": (edited(lambda line: line.update(article_id="abc")), "SCH105"),
    "data of another": (edited(lambda line: line["data"].update(article_id="f" * 16)), "SCH105"),
    "bad state": (edited(lambda line: line["annotations"][0].update(state="done")), "SCH105"),
    "bad ordinal": (edited(lambda line: line["annotations"][0].update(ordinal=0)), "SCH105"),
    "true ordinal": (edited(lambda line: line["annotations"][0].update(ordinal=True)), "SCH105"),
    "bad time": (edited(lambda line: line["annotations"][0].update(created_at="now")), "SCH105"),
    "e-mail": (edited(lambda line: line["annotations"][0].update(annotator="a@b.org")), "SCH105"),
    "twice": (edited(lambda line: line["annotations"].append(line["annotations"][0])), "SCH105"),
    "no result": (edited(lambda line: line["annotations"][0].update(result=None)), "SCH105"),
    "no type": (edited(lambda line: line["annotations"][0]["result"][0].pop("type")), "SCH105"),
    "bad parent": (
        edited(lambda line: line["annotations"][0].update(state="draft", draft_of=["x", 3])),
        "SCH105",
    ),
    "text changed": (edited(lambda line: line["data"].update(text="Other")), "SPN103"),
    "half a character": (edited(lambda line: line["data"].update(text="\ud83d")), "SPN103"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_one_finding_and_spares_the_other_lines(tmp_path: Path, name: str) -> None:
    line, code = DEFECTS[name]
    good = tmp_path / "a.jsonl"
    write_export(good, [task(7)])
    (tmp_path / "b.jsonl").write_bytes(line)
    read, findings = read_exports(tmp_path)
    assert [t.article_id for t in read] == [task(7).article_id]
    assert [(f.code, f.severity, f.ids["file"], f.row) for f in findings] == [
        (code, "error", "b.jsonl", 1)
    ]
    assert "b.jsonl, line 1" in findings[0].message
    assert findings[0].fix


def test_an_intact_line_has_no_finding(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_bytes(LINE)
    read, findings = read_exports(tmp_path)
    assert (len(read), findings) == (1, [])


ONTOLOGY = load_ontology(packaged("schemas/ontology.yaml"))
ACTOR = span("a", 0, 5)
MET = span("m", 8, 11, "CONSULT")
