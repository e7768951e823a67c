"""Every article of a release as the page's script gets it: a record each, and one directory of all.

Offsets stay what they are in the tables, Unicode code points; the script turns them into its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.ontology import AUTHOR
from dataset_builder.report.counts import text_length
from dataset_builder.tables import ARTICLE_ROW

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    import polars as pl

    from dataset_builder.report.reading import Source

Row = dict[str, Any]

CHUNK: Final = 32
"""Articles that are unpacked together."""
STATED: Final = (
    "outlet", "agency", "byline", "dateline", "published_at", "published_basis", "language", "url",
    "source", "story", "duplicate_group", "raw_sha256", "text_sha256",
)  # fmt: skip
ARTICLES: Final = ("article_id", "split", "title", "text", "paragraphs", *STATED)
EVENTS: Final = (
    "article_id", "type", "trigger", "modes", "contexts",
    "polarity", "modality", "tense", "date_start", "date_end", "date_precision", "date_basis",
    "arguments", "votes",
)  # fmt: skip
STANCE: Final = (
    "article_id", "holder", "target", "holder_id", "target_id", "target_kind",
    "label", "expression", "evidence", "holder_span", "target_span", "basis", "votes",
)  # fmt: skip
ANNOTATIONS: Final = (
    "article_id", "annotation_id", "annotator", "annotator_kind", "state", "kind", "region_id",
    "name", "values", "start", "end", "from_id", "to_id", "direction",
)  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """What the list of articles needs to know of one."""

    article_id: str
    title: str
    split: str
    outlet: str | None
    date: str | None
    story: str
    length: int
    events: int
    stances: int
    """Rows that are not derived."""
    disputed: int
    """Rows on which the votes differ."""
    labels: tuple[str, ...]
    actors: tuple[str, ...]
    """Ids of actors and issues."""


def order_of(source: Source) -> list[str]:
    """Article ids by date of publication, those without one last."""
    rows = source.rows("articles", "published_at", "article_id")
    dated = sorted((at is None, day(at) or "", name) for at, name in rows)
    return [name for *_, name in dated]


def day(at: dt.datetime | dt.date | None) -> str | None:
    """ISO date."""
    return None if at is None else at.isoformat()[:10]


def records(source: Source) -> Iterator[list[Row]]:
    """The records of all articles in `order_of`, `CHUNK` at a time."""
    order = order_of(source)
    tables = [
        _ByArticle(source, config, columns)
        for config, columns in (("articles", ARTICLES), ("events", EVENTS), ("stance", STANCE))
    ]
    entered = _ByArticle(source, "annotations", ANNOTATIONS)
    for first in range(0, len(order), CHUNK):
        names = order[first : first + CHUNK]
        articles, events, stance = (_by_name(table.of(names), table.columns) for table in tables)
        annotations = entered.of(names)
        yield [
            _record(articles[name][0], events[name], stance[name], annotations[name])
            for name in names
        ]


class _ByArticle:
    """Rows of one table by article; `Source` has them sorted by article, which comes first."""

    def __init__(self, source: Source, config: str, columns: Sequence[str]) -> None:
        import polars as pl

        self.columns = columns
        self.frame: pl.DataFrame | None = None
        self.places: dict[str, tuple[int, int]] = {}
        whole = source.frames.get(config)
        if whole is None or "article_id" not in whole.columns:
            return
        there = set(whole.columns)
        frame = whole.select(
            pl.col(name) if name in there else pl.lit(None).alias(name) for name in columns
        )
        if isinstance(frame.schema.get("values"), pl.List):  # strings are much faster to hand over
            frame = frame.with_columns(pl.col("values").list.join(", "))
        self.frame = frame
        runs = whole["article_id"].rle().struct.unnest()
        ends = accumulate(runs["len"].to_list(), initial=0)
        self.places = dict(zip(runs["value"].to_list(), pairwise(ends), strict=True))

    def of(self, names: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
        found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        if self.frame is not None:
            at = [i for name in names for i in range(*self.places.get(name, (0, 0)))]
            for row in self.frame[at].rows():
                found[row[0]].append(row)
        return found


def _by_name(
    rows: dict[str, list[tuple[Any, ...]]], columns: Sequence[str]
) -> dict[str, list[Row]]:
    named = {
        name: [dict(zip(columns, row, strict=True)) for row in found]
        for name, found in rows.items()
    }
    return defaultdict(list, named)


def _record(
    article: Row,
    events: Sequence[Row],
    stance: Sequence[Row],
    annotations: Sequence[tuple[Any, ...]],
) -> Row:
    return {
        "id": article["article_id"],
        "split": article["split"],
        "title": article["title"],
        "text": article["text"],
        "length": text_length(article["text"], article["paragraphs"]),
        "stated": {name: _plain(article[name]) for name in STATED if article[name] is not None},
        "events": sorted((_event(row) for row in events), key=lambda item: item["at"] or [0, 0]),
        "stance": sorted(
            (_stance(row) for row in stance),
            key=lambda item: (item["basis"] == "derived", item["at"] or item["target"][1]),
        ),
        "layers": _layers(annotations),
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _event(row: Row) -> Row:
    return {
        "type": row["type"],
        "at": _place(row["trigger"]),
        "told": [
            *(f"mode {name}" for name in row["modes"] or ()),
            *(row["contexts"] or ()),
            *(row[name] for name in ("polarity", "modality", "tense") if row[name] is not None),
        ],
        "date": [_plain(row["date_start"]), _plain(row["date_end"]), row["date_precision"],
                 row["date_basis"]],
        "args": [
            [item["role"], item["start"], item["end"], item["actor_ids"] or [], item["timex3"]]
            for item in row["arguments"] or ()
        ],
        "votes": _votes(row),
    }  # fmt: skip


def _stance(row: Row) -> Row:
    return {
        "label": row["label"],
        "at": _place(row["evidence"]),
        "holder": [row["holder"] or row["holder_id"], _place(row["holder_span"])],
        "target": [row["target"] or row["target_id"], _place(row["target_span"]),
                   row["target_kind"]],
        "told": [name for name in (row["expression"], row["basis"]) if name not in (None, "none")],
        "basis": row["basis"],
        "votes": _votes(row),
    }  # fmt: skip


def _place(span: Row | None) -> list[int] | None:
    if span is None or span["start"] is None or span["end"] is None:
        return None
    return [span["start"], span["end"]]


def _votes(row: Row) -> list[list[str]]:
    return [[vote["annotator"], vote["kind"], vote["label"]] for vote in row["votes"] or ()]


def _layers(rows: Sequence[tuple[Any, ...]]) -> list[Row]:
    """What each annotator entered, one layer an annotation.

    A span is [label, start, end, fields]; an arrow is [span, span, direction], by their places in
    the list: region ids are long and random, and nobody reads them.
    """
    layers: dict[str, Row] = {}
    regions: dict[tuple[str, str], int] = {}
    arrows: list[tuple[str, str, str, str]] = []
    for (
        _, annotation, annotator, annotator_kind, state, kind, region, name, values, start, end,
        left, right, direction,
    ) in rows:  # fmt: skip
        layer = layers.get(annotation)
        if layer is None:
            layer = layers[annotation] = {
                "by": annotator, "kind": annotator_kind, "state": state, "spans": [], "arrows": [],
                "article": [],
            }  # fmt: skip
        if kind == "arrow":
            arrows.append((annotation, left, right, direction))
        elif kind == "article":
            if name != ARTICLE_ROW:
                layer["article"].append(_said(name, values))
        else:
            place = regions.get((annotation, region))
            if place is None:
                place = regions[annotation, region] = len(layer["spans"])
                layer["spans"].append(["", start or 0, end or 0, []])
            if kind == "span":
                layer["spans"][place][0] = values or ""
            else:
                layer["spans"][place][3].append(_said(name, values))
    for annotation, left, right, direction in arrows:
        ends = regions.get((annotation, left)), regions.get((annotation, right))
        if None not in ends:
            layers[annotation]["arrows"].append([*ends, direction])
    return [layers[name] for name in sorted(layers)]


def _said(name: str | None, values: str | None) -> str:
    return f"{name}: {values or ''}"


def listed(record: Row, actors_of: dict[str, list[str]]) -> Listed:
    """The directory's entry of a record. `actors_of` is by article (see `actors_by_article`)."""
    stance = [item for item in record["stance"] if item["basis"] != "derived"]
    disputed = sum(
        len({label for *_, label in item["votes"]}) > 1 for item in (*record["events"], *stance)
    )
    labels = {f"e:{item['type']}" for item in record["events"]}
    labels |= {f"s:{item['label']}" for item in stance}
    return Listed(
        article_id=record["id"],
        title=record["title"] or "",
        split=record["split"],
        outlet=record["stated"].get("outlet"),
        date=(record["stated"].get("published_at") or "")[:10] or None,
        story=record["stated"].get("story") or "",
        length=record["length"],
        events=len(record["events"]),
        stances=len(stance),
        disputed=disputed,
        labels=tuple(sorted(labels)),
        actors=tuple(actors_of.get(record["id"], ())),
    )


def actors_by_article(source: Source) -> dict[str, list[str]]:
    """Article -> ids of the actors and issues in its events and stances, sorted."""
    found: dict[str, set[str]] = defaultdict(set)
    for article, arguments in source.rows("events", "article_id", "arguments"):
        for item in arguments or ():
            found[article].update(item["actor_ids"] or ())
    columns = ("article_id", "holder_id", "target_id", "basis")
    for article, holder, target, basis in source.rows("stance", *columns):
        if basis != "derived":
            found[article] |= {name for name in (holder, target) if name and name != AUTHOR}
    return {article: sorted(names) for article, names in found.items()}
