"""What a model learns from: articles with spans, roles and stances, from a release or an annotation."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_builder.articles import Article, Span
from dataset_builder.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dataset_builder.assemble.versions import Version

Extent = tuple[int, int]
"""Start and end in the text."""


@dataclass(frozen=True)
class Labelled:
    """An article with what is marked in it."""

    article: Article
    triggers: dict[Extent, str]
    """Extent -> event type."""
    entities: dict[Extent, str]
    """Extent -> ACTOR, ISSUE, LOCATION or DATE."""
    evidence: dict[Extent, tuple[str, str]]
    """Extent -> stance label and expression."""
    roles: dict[tuple[Extent, Extent], str]
    """(trigger, entity) -> role."""
    ends: dict[tuple[Extent, Extent], str]
    """(evidence, entity) -> holder or target."""


def from_version(article: Article, version: Version) -> Labelled:
    """What one annotator marked."""
    made = Labelled(article, {}, {}, {}, {}, {})
    for trigger in version.decoded.triggers:
        place = (trigger.region.start, trigger.region.end)
        made.triggers[place] = trigger.region.label
        for argument in trigger.arguments:
            where = (argument.region.start, argument.region.end)
            made.entities[where] = argument.region.label
            made.roles[place, where] = argument.role
    for stance in version.decoded.stances:
        place = (stance.region.start, stance.region.end)
        made.evidence[place] = (stance.region.label, stance.expression or "none")
        for end, regions in (("holder", stance.holders), ("target", stance.targets)):
            for region in regions:
                where = (region.start, region.end)
                made.entities[where] = region.label
                made.ends[place, where] = end
    return made


def from_release(folder: Path) -> tuple[str, list[Labelled]]:
    """Version of the release at `folder` and its training articles, sorted by id; the other splits
    are not read. Raises UsageError when there is no release with texts."""
    import pyarrow.parquet as pq

    hint = "give the folder of a release with texts, e.g. releases/1.0.0"
    try:
        manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
        tables: dict[str, list[dict[str, Any]]] = {}
        for config in ("articles", "events", "stance"):
            rows: list[dict[str, Any]] = []
            for file in _files(manifest["configs"].get(config, {}).get("train")):
                rows += pq.read_table(folder / file).to_pylist()
            tables[config] = rows
        labels = _names(folder, manifest)
        version = str(manifest["version"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{folder} is no readable release: {error}", hint=hint) from None
    if not tables["articles"]:
        raise UsageError(f"{folder}: the train split has no article", hint=hint)
    made = {
        row["article_id"]: Labelled(_article(row), {}, {}, {}, {}, {}) for row in tables["articles"]
    }
    try:
        for row in tables["events"]:
            _add_event(made[row["article_id"]], row, labels)
        for row in tables["stance"]:
            if row["evidence"] is not None:
                _add_stance(made[row["article_id"]], row, labels)
    except (KeyError, TypeError, IndexError) as error:
        raise UsageError(f"{folder}: a row cannot be read: {error}", hint=hint) from None
    return version, [made[name] for name in sorted(made)]


def _files(listed: Any) -> list[str]:
    """Files of a split, as one name or a list of entries."""
    if listed is None:
        return []
    if "file" in listed:
        return [str(listed["file"])]
    return [str(item["file"]) for item in listed["files"]]


def _names(folder: Path, manifest: dict[str, Any]) -> dict[tuple[str, str], list[str]]:
    """(config, column) -> label names, from the features that the files carry."""
    import pyarrow.parquet as pq

    found: dict[tuple[str, str], list[str]] = {}
    for config in ("events", "stance"):
        for file in _files(manifest["configs"].get(config, {}).get("train"))[:1]:
            meta = pq.read_schema(folder / file).metadata[b"huggingface"]
            features = json.loads(meta)["info"]["features"]
            for column, feature in features.items():
                if isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
                    found[config, column] = feature["names"]
            if config == "events":
                arguments = features["arguments"]
                inner = arguments.get("feature", arguments)
                found[config, "role"] = inner["role"]["names"]
    return found


def _article(row: dict[str, Any]) -> Article:
    if not row["text"]:
        raise UsageError(
            f"article {row['article_id']} of the release has no text",
            hint="a model needs a release with texts",
        )
    published = row["published_at"]
    return Article(
        article_id=row["article_id"],
        source="",
        raw_sha256=row["raw_sha256"],
        text=row["text"],
        text_sha256=row["text_sha256"],
        title=row["title"],
        outlet=None,
        agency=None,
        byline=None,
        dateline=None,
        published_at=published if isinstance(published, dt.datetime) else None,
        published_basis="none" if published is None else "stated",
        language=row["language"],
        url=None,
        paragraphs=_spans(row["paragraphs"]),
        sentences=_spans(row["sentences"]),
    )


def _spans(rows: Iterable[dict[str, int]]) -> tuple[Span, ...]:
    return tuple(Span(row["start"], row["end"]) for row in rows)


def _add_event(
    made: Labelled, row: dict[str, Any], labels: dict[tuple[str, str], list[str]]
) -> None:
    place = _extent(row["trigger"])
    made.triggers[place] = labels["events", "type"][row["type"]]
    for argument in row["arguments"]:
        where = _extent(argument)
        role = labels["events", "role"][argument["role"]]
        made.entities[where] = "ACTOR" if role in ("ACTOR", "RECIPIENT") else role
        made.roles[place, where] = role


def _add_stance(
    made: Labelled, row: dict[str, Any], labels: dict[tuple[str, str], list[str]]
) -> None:
    place = _extent(row["evidence"])
    label = labels["stance", "label"][row["label"]]
    made.evidence[place] = (label, labels["stance", "expression"][row["expression"]])
    if row["holder_span"] is not None:
        where = _extent(row["holder_span"])
        made.entities[where] = "ACTOR"
        made.ends[place, where] = "holder"
    where = _extent(row["target_span"])
    kind = labels["stance", "target_kind"][row["target_kind"]]
    made.entities[where] = "ISSUE" if kind == "issue" else "ACTOR"
    made.ends[place, where] = "target"


def _extent(value: dict[str, Any]) -> Extent:
    return (value["start"], value["end"])


def digest_of(examples: Sequence[Labelled]) -> str:
    """Hash of what is learnt from."""
    import hashlib

    made = hashlib.sha256()
    for item in examples:
        parts = (
            item.article.article_id,
            item.article.text_sha256,
            sorted(item.triggers.items()),
            sorted(item.entities.items()),
            sorted(item.evidence.items()),
            sorted(item.roles.items()),
            sorted(item.ends.items()),
        )
        made.update(repr(parts).encode())
    return made.hexdigest()
