"""Articles and annotations for tests, from short notes to what a Label Studio export holds."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from dataset_builder.articles import Article, Span, sha256_text
from dataset_builder.grouping import Grouping
from dataset_builder.studio.exported import ExportedAnnotation, ExportedTask

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

TEXTAREAS = ("actor_new", "issue_new", "timex3", "comment")
Item = dict[str, Any]


def items(
    text: str,
    spans: Mapping[str, Mapping[str, Any]],
    arrows: Iterable[Sequence[str]] = (),
    article: Mapping[str, Sequence[str]] | None = None,
) -> list[Item]:
    """Result items. A span is `{label, words, nth, fields}`; an arrow `[from, to, direction]`."""
    made: list[Item] = []
    for region_id, note in spans.items():
        words = note["words"]
        start = -1
        for _ in range(note.get("nth", 0) + 1):
            start = text.index(words, start + 1)
        value = {"start": start, "end": start + len(words), "text": words}
        shared = {"id": region_id, "to_name": "text", "origin": "manual"}
        labels = {**value, "labels": [note["label"]]}
        made.append({**shared, "from_name": "span", "type": "labels", "value": labels})
        for name, values in note.get("fields", {}).items():
            made.append({**shared, "from_name": name, **_field(name, list(values), value)})
    for name, values in (article or {}).items():
        shared = {"id": f"article-{name}", "from_name": name, "to_name": "text"}
        made.append({**shared, **_field(name, list(values), {})})
    for tail, head, *direction in arrows:
        arrow = {"type": "relation", "from_id": tail, "to_id": head}
        made.append({**arrow, "direction": direction[0] if direction else "right"})
    return made


def _field(name: str, values: list[str], place: Item) -> Item:
    if name in TEXTAREAS:
        return {"type": "textarea", "value": {**place, "text": values}}
    return {"type": "choices", "value": {**place, "choices": values}}


def article(text: str, source: str = "a.txt", **more: Any) -> Article:
    """An article whose sentences end at a full stop and whose paragraphs at a blank line."""
    paragraphs = [Span(m.start(), m.end()) for m in re.finditer(r"[^\n]+", text)]
    sentences = [Span(m.start(), m.end()) for m in re.finditer(r"[^\s.][^.\n]*\.?", text)]
    raw = hashlib.sha256(source.encode()).hexdigest()
    values: dict[str, Any] = {
        "title": None,
        "outlet": None,
        "agency": None,
        "byline": None,
        "dateline": None,
        "published_at": None,
        "published_basis": "none",
        "language": "en",
        "url": None,
        **more,
    }
    return Article(
        article_id=raw[:16],
        source=source,
        raw_sha256=raw,
        text=text,
        text_sha256=sha256_text(text),
        paragraphs=tuple(paragraphs),
        sentences=tuple(sentences),
        **values,
    )


def published(text: str, moment: dt.datetime, source: str = "a.txt") -> Article:
    """An article whose page states when it was published."""
    return article(text, source, published_at=moment, published_basis="stated")


def annotation(
    annotator: str, result: Iterable[Item], state: str = "completed", ordinal: int = 1
) -> ExportedAnnotation:
    """One person's work."""
    return ExportedAnnotation(
        annotator=annotator,
        ordinal=ordinal,
        state=state,  # type: ignore[arg-type]
        created_at=f"2026-01-{ordinal:02d}T12:00:00.000000Z",
        updated_at=f"2026-01-{ordinal:02d}T12:00:00.000000Z",
        lead_time=None,
        ground_truth=False,
        result=tuple(result),
    )


def task(of: Article, *annotations: ExportedAnnotation, text: str | None = None) -> ExportedTask:
    """The task of an article; `text` when it was annotated on another one."""
    shown = of.text if text is None else text
    return ExportedTask(
        article_id=of.article_id,
        text_sha256=sha256_text(shown),
        data={"text": shown},
        annotations=annotations,
        file="work.jsonl",
        line=1,
    )


def alone(*articles: Article) -> dict[str, Grouping]:
    """Every article is a story of its own."""
    return {item.article_id: Grouping(item.article_id, item.article_id) for item in articles}
