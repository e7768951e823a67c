"""What a server's snapshot says of one article, as a canonical export task."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_builder.studio.exported import (
    ExportedAnnotation,
    ExportedPrediction,
    ExportedTask,
    canonical_result,
    dumps,
)
from dataset_builder.studio.restored import author_of, content_digest, entry_for, utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataset_builder.studio.exported import State

_ARTICLE_ID = re.compile(r"[0-9a-f]{16}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class OnServer:
    """A task and where its annotations are on the server."""

    task: ExportedTask
    task_ids: tuple[int, ...]
    """Normally one; more when an accident doubled the task."""
    annotation_ids: dict[tuple[str, int], int]
    """Server id of each submitted annotation, by annotator and ordinal."""
    meta: Any
    """The first task's `meta` as the server has it."""


def key_of(raw: dict[str, Any]) -> tuple[str, str] | None:
    """(article_id, text_sha256) of a task that we pushed, None for a foreign one."""
    data = raw.get("data")
    if not isinstance(data, dict):
        return None
    article_id, sha256 = data.get("article_id"), data.get("text_sha256")
    if (
        isinstance(article_id, str)
        and isinstance(sha256, str)
        and _ARTICLE_ID.fullmatch(article_id)
        and _SHA256.fullmatch(sha256)
        and isinstance(data.get("text"), str)
        and isinstance(data.get("scheme_version"), str)
    ):
        return (article_id, sha256)
    return None


def workers(raw: dict[str, Any]) -> Iterator[tuple[str | None, str]]:
    """Address and time of each piece of work on a task, as the server has them."""
    for item in raw.get("annotations") or ():
        yield _email(item.get("completed_by")), utc(item["created_at"])
    for item in raw.get("drafts") or ():
        yield _email(item.get("user")), utc(item["created_at"])


def known_work(raw: dict[str, Any], committed: ExportedTask | None) -> Iterator[tuple[str, str]]:
    """Address and pseudonym of each annotation of `raw` that `committed` has, too."""
    names: dict[str, list[str]] = {}
    for item in committed.annotations if committed else ():
        names.setdefault(item.created_at, []).append(item.annotator)
    for entries, account in (("annotations", "completed_by"), ("drafts", "user")):
        for entry in raw.get(entries) or ():
            email = _email(entry.get(account))
            restored = author_of(raw.get("meta"), entry.get("import_id"))
            if email is not None:
                for name in [restored] if restored else names.get(utc(entry["created_at"]), ()):
                    yield email, name


def convert(raws: Sequence[dict[str, Any]], pseudonym: Callable[[str | None], str]) -> OnServer:
    """The task that `raws` (all of one key) hold together; `pseudonym` names the people."""
    raws = sorted(raws, key=lambda raw: int(raw["id"]))
    pieces = _distinct([piece for raw in raws for piece in _pieces(raw, pseudonym)])
    pieces.sort(key=lambda piece: piece.order)
    counts: dict[str, int] = {}
    names: dict[int, tuple[str, int]] = {}
    numbered = []
    for piece in pieces:
        who = piece.annotation.annotator
        counts[who] = counts.get(who, 0) + 1
        if not piece.is_draft:
            names[piece.server_id] = (who, counts[who])
        numbered.append((piece, counts[who]))
    annotations = tuple(
        dataclasses.replace(
            piece.annotation,
            ordinal=ordinal,
            draft_of=names.get(piece.parent) if piece.parent is not None else None,
        )
        for piece, ordinal in numbered
    )
    first = raws[0]
    key = key_of(first)
    if key is None:
        raise ValueError("a foreign task cannot be converted")
    task = ExportedTask(
        article_id=key[0],
        text_sha256=key[1],
        data=first["data"],
        annotations=annotations,
        predictions=_predictions(raws),
        scheme_version=first["data"]["scheme_version"],
    )
    return OnServer(
        task=task,
        task_ids=tuple(int(raw["id"]) for raw in raws),
        annotation_ids={name: number for number, name in names.items()},
        meta=first.get("meta"),
    )


@dataclass(frozen=True)
class _Piece:
    """An annotation or draft before it has its ordinal."""

    annotation: ExportedAnnotation
    server_id: int
    is_draft: bool
    parent: int | None
    """Server id of the annotation that this draft changes."""
    import_id: int | None
    """Set only for what we restored ourselves."""

    @property
    def order(self) -> tuple[str, int, bool, int]:
        # Original creation; what was restored keeps its old order among equals.
        remembered = self.annotation.ordinal if self.import_id is not None else 1 << 31
        return (self.annotation.created_at, remembered, self.is_draft, self.server_id)


def _pieces(raw: dict[str, Any], pseudonym: Callable[[str | None], str]) -> Iterator[_Piece]:
    meta = raw.get("meta")
    for item in raw.get("annotations") or ():
        who = pseudonym(_email(item.get("completed_by")))
        result = canonical_result(item.get("result") or ())
        state: State = "completed" if result else "empty"
        if item.get("was_cancelled"):
            state = "skipped"
        yield _piece(item, who, state, result, meta)
    for item in raw.get("drafts") or ():
        who = pseudonym(_email(item.get("user")))
        yield _piece(item, who, "draft", canonical_result(item.get("result") or ()), meta)


def _piece(
    item: dict[str, Any], who: str, state: State, result: tuple[dict[str, Any], ...], meta: Any
) -> _Piece:
    lead_time = item.get("lead_time")
    annotation = ExportedAnnotation(
        annotator=who,
        ordinal=1,
        state=state,
        created_at=utc(item["created_at"]),
        updated_at=utc(item["updated_at"]),
        lead_time=None if lead_time is None else float(lead_time),
        ground_truth=bool(item.get("ground_truth")),
        result=result,
        postponed=bool(item.get("was_postponed")),
    )
    entry = entry_for(meta, item.get("import_id"), who)
    if entry is not None:
        untouched = content_digest(annotation) == entry["sha256"]
        annotation = dataclasses.replace(
            annotation,
            ordinal=entry["ordinal"],
            created_at=entry["created_at"],
            updated_at=entry["updated_at"] if untouched else annotation.updated_at,
        )
    parent = item.get("annotation") if state == "draft" else None
    return _Piece(
        annotation=annotation,
        server_id=int(item["id"]),
        is_draft=state == "draft",
        parent=int(parent) if isinstance(parent, int) else None,
        import_id=item.get("import_id") if entry is not None else None,
    )


def _distinct(pieces: list[_Piece]) -> list[_Piece]:
    """Without the copies that an interrupted restore may have left in a doubled task."""
    kept: list[_Piece] = []
    seen = set()
    for piece in pieces:
        if piece.import_id is not None:
            same = (piece.import_id, piece.is_draft, content_digest(piece.annotation))
            if same in seen:
                continue
            seen.add(same)
        kept.append(piece)
    return kept


def _predictions(raws: Sequence[dict[str, Any]]) -> tuple[ExportedPrediction, ...]:
    most: list[ExportedPrediction] = []
    for raw in raws:
        found = []
        for item in raw.get("predictions") or ():
            score = item.get("score")
            found.append(
                ExportedPrediction(
                    model_version=str(item.get("model_version") or ""),
                    score=None if score is None else float(score),
                    result=canonical_result(item.get("result") or ()),
                )
            )
        # A doubled task repeats its predictions; those that only the copy has are kept too.
        most.extend(item for item in found if item not in most or raw is raws[0])
    most.sort(key=lambda p: (p.model_version, dumps([p.score, p.result])))
    return tuple(most)


def _email(user: Any) -> str | None:
    if isinstance(user, dict):
        user = user.get("email")
    return user if isinstance(user, str) and user else None
