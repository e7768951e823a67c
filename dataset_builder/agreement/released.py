"""The figures of what a release holds: from its own tables, as they were computed from the exports."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.agreement.standing import Standing
from dataset_builder.agreement.tally import Tally
from dataset_builder.assemble.annotations import DECISION
from dataset_builder.assemble.entries import Entry
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.versions import Read, finished
from dataset_builder.collecting import without_collecting
from dataset_builder.studio.exported import ExportedAnnotation, ExportedTask
from dataset_builder.tables import ARTICLE_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.registries import Registries

    Row = Sequence[Any]
    """The values of COLUMNS."""

COMPLETED: Final = "completed"
SHARED: Final = ("article_id", "annotation_id", "annotator", "state", "text_sha256")
"""What all rows of an annotation have in common."""
COLUMNS: Final = (*SHARED, *(name for name in Entry._fields if name != "broken"))
"""What is read of the table annotations; behind what is shared, the fields of an entry."""
_AT: Final = {name: at for at, name in enumerate(COLUMNS)}
_NAME, _VALUES, _START = (_AT[name] for name in ("name", "values", "start"))


@without_collecting()
def tally_of(
    texts: Mapping[str, tuple[str, str]],
    annotations: Iterable[Row],
    registries: Registries,
) -> Tally | None:
    """What annotators of a release have in common; None when its tables alone do not tell.

    `texts` has the text of every article and its digest, `annotations` the rows of that table (the
    columns `COLUMNS`, with the names of labels) by article and annotation, in the order of their
    key. They do not tell when work was carried over from another text or scheme, or pairs were
    answered in a grid: what that was carried to, only the exports know.
    """
    if registries.ontology.migrations:
        return None
    known = lexicon(registries)
    tally = Tally(registries.ontology, details=False)
    for article_id, of_article in groupby(annotations, itemgetter(0)):
        text, digest = texts[article_id]
        reads: list[Read] = []
        for _, group in groupby(of_article, itemgetter(1)):
            rows = list(group)
            if any((row[_NAME] or "").startswith("pair:") for row in rows):
                return None
            whole = [row[_VALUES] for row in rows if row[_NAME] == ARTICLE_ROW]
            if rows[0][_AT["state"]] != COMPLETED or any(DECISION in said for said in whole):
                continue
            if rows[0][_AT["text_sha256"]] != digest:
                return None
            reads.append(_read(rows, text))
        versions, _ = finished(reads, digest, registries, known)
        if len(versions) > 1:
            tally.add(Standing(reads[0].task, tuple(versions), (), {}, None))
    return tally


def _read(rows: Sequence[Row], text: str) -> Read:
    """A finished annotation, as it was entered."""
    article_id, annotation_id, annotator, _, digest = rows[0][: len(SHARED)]
    task = ExportedTask(article_id, digest, {"text": text}, ())
    ordinal = int(annotation_id.rpartition(":")[2])
    made = ExportedAnnotation(
        annotator, ordinal, COMPLETED, "", "", None, ground_truth=False, result=()
    )
    entries = tuple(_entry(row) for row in rows if row[_NAME] != ARTICLE_ROW)
    return Read(annotation_id, annotator, COMPLETED, ordinal, task, entries, made)


def _entry(row: Row) -> Entry:
    kind, region_id, name, values, *rest = row[len(SHARED) :]
    broken = "SPN201" if kind == "span" and row[_START] is None else None
    return Entry._make((kind, region_id, name, tuple(values), *rest, broken))
