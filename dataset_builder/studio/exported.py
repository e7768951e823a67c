"""The values of the canonical export: what was entered, without any server's ids.

An annotation is known by (article_id, annotator, ordinal); `created_at` tells two annotations of
one person apart when they move from server to server. Nothing an annotator entered is left out:
unknown keys of a result item are kept as they are.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FORMAT = 1
Kind = Literal["articles", "grid", "adjudication", "review"]
"""What annotators are asked for: to annotate an article; to judge the pairs that nobody decided;
to settle what annotators disagree on; to check what was moved or split by machine."""
KINDS: tuple[Kind, ...] = get_args(Kind)
State = Literal["completed", "empty", "skipped", "draft"]
"""completed; empty: submitted without any result; skipped; draft: saved but never submitted."""
STATES: tuple[str, ...] = get_args(State)

# Generous on purpose: a masked false alarm costs little, a released address is a leak.
EMAIL = re.compile(r"[^\s@<>()\[\]{},;:\"'“”‘’«»]+@[^\s@<>()\[\]{},;:\"'“”‘’«»]+\.\w{2,}")
"""An e-mail address in what somebody entered: `pull` tells of it, a release masks it."""

Item = dict[str, Any]
"""One entry of a Label Studio `result`: a region, a field of a region, an article field, an arrow."""


@dataclass(frozen=True)
class ExportedAnnotation:
    """One person's work on one task."""

    annotator: str
    """Pseudonym."""
    ordinal: int
    """1 for the person's first annotation or draft on the task by original creation, then 2, ..."""
    state: State
    created_at: str
    """UTC, `2026-01-31T12:00:00.000000Z`; survives restoring to another server."""
    updated_at: str
    lead_time: float | None
    """Seconds that the tool counted."""
    ground_truth: bool
    result: tuple[Item, ...]
    """Canonically ordered items, see `canonical_result`."""
    draft_of: tuple[str, int] | None = None
    """For a draft that changes a submitted annotation: annotator and ordinal of that one."""
    postponed: bool = False
    """A draft that the annotator put off in the label stream."""


@dataclass(frozen=True)
class ExportedPrediction:
    """A suggestion that the annotators started from."""

    model_version: str
    score: float | None
    result: tuple[Item, ...]


@dataclass(frozen=True)
class ExportedTask:
    """One article with everything that was entered for it."""

    article_id: str
    text_sha256: str
    data: dict[str, Any]
    """The task data as pushed: text, title, meta, source, language and the three keys above."""
    annotations: tuple[ExportedAnnotation, ...]
    predictions: tuple[ExportedPrediction, ...] = ()
    scheme_version: str = ""
    file: str = field(default="", compare=False)
    """Name of the file it was read from, for messages; not written."""
    line: int = field(default=0, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the task."""
        return (self.article_id, self.text_sha256)

    @property
    def annotators(self) -> tuple[str, ...]:
        """Who made each annotation, by pseudonym."""
        return tuple(item.annotator for item in self.annotations)

    @property
    def size(self) -> int:
        """Bytes of it as a line, about."""
        return len(self.text) + 250 * sum(len(item.result) for item in self.annotations)

    def read(self) -> ExportedTask:
        """The task itself, as `export_lines.TaskLine.read`."""
        return self

    @property
    def kind(self) -> str:
        """One of `KINDS`; the data of an article's task does not say it."""
        return str(self.data.get("kind", KINDS[0]))

    @property
    def guidelines_version(self) -> str:
        """Version of the guidelines it was annotated under; the first pushes did not say it."""
        return str(self.data.get("guidelines_version", "1.0"))

    @property
    def text(self) -> str:
        """The text that the offsets count in."""
        return str(self.data["text"])


def same_words(words: Any, surface: str) -> bool:
    """Whether the `text` of a span's value are the words at its place, `surface`. Label Studio writes a
    line end inside a span as a backslash and an n."""
    return isinstance(words, str) and surface in (words, words.replace("\\n", "\n"))


def text_digest(text: str) -> str:
    """`articles.sha256_text` for a text that anybody may have edited: half a character is no error,
    it just gives a digest that no article has."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def dumps(value: Any) -> str:
    """The one JSON form used here: sorted keys, no spaces, non-ASCII as it is."""
    return _ENCODER.encode(value)


def canonical_result(items: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    """`items` in the one order that does not depend on the order of clicking.

    Regions by start, end and id, each followed by its fields; then fields of the article; then
    arrows by from_id, to_id. Items are not changed.
    """
    groups: dict[str, list[Item]] = {}
    arrows: list[Item] = []
    for item in items:
        if item.get("type") == "relation":
            arrows.append(dict(item))
        else:
            groups.setdefault(str(item.get("id", "")), []).append(dict(item))

    regions: list[tuple[tuple[int, int, str], list[Item]]] = []
    article: list[Item] = []
    for region_id, members in groups.items():
        # Fields stand where their region does; what another program wrote may not.
        place = min((p for p in map(_place, members) if p is not None), default=None)
        if place is None:
            article.extend(members)
        else:
            regions.append(((*place, region_id), _ordered(members, _in_group)))
    regions.sort(key=lambda region: region[0])
    ordered = [item for _, members in regions for item in members]
    return (*ordered, *_ordered(article, _in_article), *_ordered(arrows, _in_arrows))


def _ordered(items: list[Item], key: Callable[[Item], tuple[Any, ...]]) -> list[Item]:
    """`items` by `key`, and where that leaves a choice, by their JSON."""
    if len(items) < 2:
        return items
    keys = list(map(key, items))
    if len(set(keys)) == len(keys):
        return [item for _, item in sorted(zip(keys, items, strict=True), key=lambda pair: pair[0])]
    return sorted(items, key=lambda item: (key(item), dumps(item)))


def _in_group(item: Item) -> tuple[bool, str]:
    return (item.get("type") != "labels", str(item.get("from_name", "")))


def _in_article(item: Item) -> tuple[str]:
    return (str(item.get("from_name", "")),)


def _in_arrows(item: Item) -> tuple[str, str]:
    return (str(item.get("from_id", "")), str(item.get("to_id", "")))


def _place(item: Item) -> tuple[int, int] | None:
    value = item.get("value")
    if not isinstance(value, dict):
        return None
    start, end = value.get("start"), value.get("end")
    if type(start) is int and type(end) is int:
        return (start, end)
    return None


def task_line(task: ExportedTask) -> str:
    """The line for `task`, with its newline."""
    annotations = sorted(task.annotations, key=lambda a: (a.annotator, a.ordinal))
    predictions = [
        {"model_version": p.model_version, "score": p.score, "result": canonical_result(p.result)}
        for p in task.predictions
    ]
    predictions.sort(key=lambda p: (p["model_version"], dumps(p)))
    entries = [(item, canonical_result(item.result)) for item in annotations]
    return dumps(line_of(task, entries, predictions)) + "\n"


def line_of(
    task: ExportedTask,
    annotations: Iterable[tuple[ExportedAnnotation, tuple[Item, ...]]],
    predictions: list[dict[str, Any]],
) -> dict[str, Any]:
    """What the line of `task` says: annotations with their results, and predictions, in order."""
    entries = []
    for item, result in annotations:
        entry: dict[str, Any] = {
            "annotator": item.annotator,
            "ordinal": item.ordinal,
            "state": item.state,
            "created_at": item.created_at,
            "updated_at": item.updated_at,
            "lead_time": item.lead_time,
            "ground_truth": item.ground_truth,
            "result": result,
        }
        if item.draft_of is not None:
            entry["draft_of"] = list(item.draft_of)
        if item.postponed:
            entry["postponed"] = True
        entries.append(entry)
    return {
        "format": FORMAT,
        "article_id": task.article_id,
        "text_sha256": task.text_sha256,
        "scheme_version": task.scheme_version,
        "data": task.data,
        "annotations": entries,
        "predictions": predictions,
    }
