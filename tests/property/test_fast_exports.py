"""The fast ways to read and write exports do exactly what the slow and plain ones do."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dataset_builder.errors import ServerDownError
from dataset_builder.studio import snapshot
from dataset_builder.studio.conversion import convert
from dataset_builder.studio.export_parse import WrongShapeError, parse_task, quick_task
from dataset_builder.studio.exported import task_line
from dataset_builder.studio.last_pull import read_last_pull
from dataset_builder.studio.last_push import read_last_push
from dataset_builder.studio.lines import canonical_line
from tests.property.test_exports import on_server, pseudonym, tasks

if TYPE_CHECKING:
    from dataset_builder.studio.exported import ExportedTask

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.booleans()
VALUES = st.recursive(
    st.none() | NUMBERS | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


def through_a_snapshot(raws: list[Any], window: int, spaces: int) -> list[tuple[Any, bool]]:
    """`raws` as a server writes them, read in small windows; and whether the places are right."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "WINDOW", window)
        file = Path(folder) / "x.json"
        text = " " * spaces + json.dumps(raws, ensure_ascii=False) + "\n" * spaces
        file.write_bytes(text.encode("utf-8", "backslashreplace"))
        read = []
        with file.open("rb") as stream:
            for place, raw in snapshot.pieces(file):
                assert snapshot.at_place(stream, place) == bytes(raw)
                read.append(snapshot.read_task(raw))
        assert [task for task, _ in read] == list(snapshot.read_snapshot(file))
        return read


@given(
    st.lists(st.tuples(tasks(), st.dictionaries(st.text(max_size=3), VALUES, max_size=3))),
    st.integers(64, 5000),
    st.integers(0, 2),
)
def test_a_snapshot_in_windows(
    made: list[tuple[ExportedTask, dict[str, Any]]], window: int, spaces: int
) -> None:
    raws = []
    for number, (task, more) in enumerate(made):
        raw = on_server(task, 1 + 100 * number)
        # Any field, and numbers that JSON writers do not write alike.
        raws.append({**raw, "data": {**more, **raw["data"], "nested": [{"id": 1}, {"id": 2}]}})
    # A server cannot send half a character.
    assume(not any("\ud800" <= c <= "\udfff" for c in json.dumps(raws, ensure_ascii=False)))
    read = through_a_snapshot(raws, window, spaces)
    assert len(read) == len(raws)
    for (found, plain), raw in zip(read, json.loads(json.dumps(raws)), strict=True):
        slow = convert([raw], pseudonym).task
        task = convert([found], pseudonym).task
        assert canonical_line(task, plain=plain) == task_line(slow).encode(
            "utf-8", "backslashreplace"
        )


@given(st.binary(max_size=40) | VALUES.map(lambda v: json.dumps(v).encode()))
def test_what_is_no_snapshot(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x"
        file.write_bytes(content)
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, list):
            with pytest.raises(ServerDownError):
                list(snapshot.pieces(file))
        assert read_last_pull(file) is None
        assert read_last_push(file) is None


@given(st.lists(tasks(), min_size=1, max_size=3), st.data())
def test_a_snapshot_that_is_cut_off(made: list[ExportedTask], data: st.DataObject) -> None:
    whole = json.dumps([on_server(task, 1) for task in made], ensure_ascii=False)
    content = whole.encode("utf-8", "backslashreplace")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "WINDOW", data.draw(st.integers(64, 2000)))
        file = Path(folder) / "x.json"
        file.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
        with pytest.raises(ServerDownError, match="cut off"):
            list(snapshot.read_snapshot(file))


@given(tasks())
def test_a_line_that_is_read_fast_is_read_right(task: ExportedTask) -> None:
    raw = task_line(task).encode("utf-8", "backslashreplace")
    found = quick_task(raw, "x.jsonl", 3)
    slow = parse_task(json.loads(raw), "x.jsonl", 3)
    assert slow == task
    if b"\\ud" not in raw:
        assert found is not None
    if found is not None:
        assert found == slow
        assert (found.file, found.line) == ("x.jsonl", 3)
        assert task_line(found) == task_line(slow)


@given(tasks(), st.data())
def test_a_line_that_is_wrong_is_never_read_fast(task: ExportedTask, data: st.DataObject) -> None:
    """Any value of the line replaced by any other: the fast reader takes nothing that is wrong."""
    line = json.loads(task_line(task))
    place: Any = line
    for _ in range(data.draw(st.integers(1, 4))):
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(place[key], dict | list) or not place[key]:
            break
        inner = place[key]
        if data.draw(st.booleans()):
            break
        place = inner
    keys = sorted(place) if isinstance(place, dict) else range(len(place))
    place[data.draw(st.sampled_from(list(keys)))] = data.draw(VALUES)
    raw = json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace")
    found = quick_task(raw, "x", 1)
    if found is not None:
        assert json.loads(raw)["format"] == 1
        try:
            assert parse_task(json.loads(raw), "x", 1) == found
        except WrongShapeError as wrong:  # pragma: no cover - that is the failure
            pytest.fail(f"read, although {wrong.where} is wrong")
