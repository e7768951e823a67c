"""How original times survive a restore.

A server sets its own times on what it is given. So each restored annotation gets a number that
follows from what it is (`import_id`, which the server keeps), and the task's `meta` says for each
number what the times were and a digest of the content. On pull, unchanged content gets its own
times back; content that was edited since keeps the time it was made and shows when it was edited.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

from dataset_builder.errors import ServerError
from dataset_builder.studio.exported import canonical_result, dumps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.studio.exported import ExportedAnnotation

META = "dataset_builder"
_BITS = 52  # safe in JSON numbers everywhere


def import_id(annotation: ExportedAnnotation) -> int:
    """The number under which `annotation` is restored; the same wherever and whenever."""
    who = dumps([annotation.annotator, annotation.ordinal, annotation.created_at])
    return int.from_bytes(hashlib.sha256(who.encode()).digest()[:8], "big") >> (64 - _BITS)


def content_digest(annotation: ExportedAnnotation) -> str:
    """Digest of what the annotator determines."""
    content = [
        annotation.state,
        annotation.lead_time,
        annotation.ground_truth,
        annotation.postponed,
        canonical_result(annotation.result),
    ]
    return hashlib.sha256(dumps(content).encode("utf-8", "backslashreplace")).hexdigest()


def meta_for(annotations: Iterable[ExportedAnnotation], old: Any = None) -> dict[str, Any]:
    """Task meta that remembers `annotations`, beside what `old` (the task's meta so far) holds."""
    meta = dict(old) if isinstance(old, dict) else {}
    entries = dict(_entries(meta))
    for item in annotations:
        entries[str(import_id(item))] = {
            "annotator": item.annotator,
            "ordinal": item.ordinal,
            "created_at": item.created_at,
            "updated_at": item.updated_at,
            "sha256": content_digest(item),
        }
    meta[META] = {"restored": entries}
    return meta


def entry_for(meta: Any, number: Any, annotator: str) -> dict[str, Any] | None:
    """What `meta` remembers of the annotation with this import id, if it is that person's."""
    entry = _entries(meta).get(str(number))
    if (
        isinstance(entry, dict)
        and entry.get("annotator") == annotator
        and isinstance(entry.get("ordinal"), int)
        and all(isinstance(entry.get(k), str) for k in ("created_at", "updated_at", "sha256"))
    ):
        return entry
    return None


def author_of(meta: Any, number: Any) -> str | None:
    """Pseudonym under which the annotation with this import id was restored, if it was."""
    entry = _entries(meta).get(str(number))
    name = entry.get("annotator") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else None


def _entries(meta: Any) -> dict[str, Any]:
    ours = meta.get(META) if isinstance(meta, dict) else None
    entries = ours.get("restored") if isinstance(ours, dict) else None
    return entries if isinstance(entries, dict) else {}


def utc(stamp: Any) -> str:
    """A server's time as `2026-01-31T12:00:00.000000Z`. Raises ServerError when it is none."""
    try:
        time = dt.datetime.fromisoformat(stamp)
    except (TypeError, ValueError):
        raise ServerError(f"the server gave {stamp!r} as a time") from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=dt.UTC)
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
