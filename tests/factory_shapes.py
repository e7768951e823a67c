"""Valid releases of other shapes: more annotators, a pair grid, adjudication, other scripts.

Each function takes rows of the factory and changes them so that they are valid again.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from dataset_builder.ontology import UNMARKED
from dataset_builder.tables import ARTICLE_ROW
from tests.factory_articles import ANNOTATORS

if TYPE_CHECKING:
    from tests.factory import Rows

Row = dict[str, Any]

PERSON = "anna-k"


def with_person(rows: Rows, marks: bool = True) -> Rows:
    """A person annotated every article too: as the second model did, or, without `marks`, nothing
    but that the article is relevant; then every unit has a vote `unmarked` of hers."""
    second = ANNOTATORS[1][0]
    for (table, _), found in rows.items():
        if table == "annotations":
            mine = [copy.deepcopy(row) for row in found if row["annotator"] == second]
            mine = [row for row in mine if marks or row["kind"] == "article"]
            for row in mine:
                row["annotator"], row["annotator_kind"] = PERSON, "human"
                row["annotation_id"] = row["annotation_id"].replace(second, PERSON)
                for key in ("region_id", "from_id", "to_id"):
                    row[key] = row[key] and f"{row[key]}-{PERSON}"
            found.extend(mine)
        elif table in ("stance", "events"):
            for row in found:
                like = next(v["label"] for v in row["votes"] if v["annotator"] == second)
                label = like if marks else UNMARKED
                row["votes"].insert(0, {"annotator": PERSON, "kind": "human", "label": label})
                if row.get("basis") == "grid":  # what most answered
                    cast = [vote["label"] for vote in row["votes"]]
                    row["label"] = max(sorted(set(cast)), key=cast.count)
                _agree(row)
    return rows


def with_grid(rows: Rows) -> Rows:
    """Both models answered a pair grid: the derived pairs of each article are rows of the grid."""
    for split in ("train", "validation", "test"):
        for row in rows.get(("stance", split), []):
            if row["basis"] != "derived":
                continue
            row["basis"] = "grid"
            row["votes"] = [
                {"annotator": name, "kind": kind, "label": label}
                for (name, kind), label in zip(ANNOTATORS, ("neutral", "favor"), strict=True)
            ]
            row["agreement"] = 0.5
            for name, kind in ANNOTATORS:
                rows["annotations", split] += _answers(row, name, kind, rows, split)
    return rows


def _answers(row: Row, name: str, kind: str, rows: Rows, split: str) -> list[Row]:
    label = next(vote["label"] for vote in row["votes"] if vote["annotator"] == name)
    like = next(r for r in rows["annotations", split] if r["article_id"] == row["article_id"])
    made = {
        **copy.deepcopy(like),
        "annotation_id": f"{row['article_id']}:{name}:1001",
        "annotator": name,
        "annotator_kind": kind,
        "kind": "article",
    }
    answer = {**made, "name": f"pair:{row['pair_id']}", "values": [label]}
    whole = {**made, "name": ARTICLE_ROW, "values": ["grid"]}
    there = any(r["annotation_id"] == made["annotation_id"] for r in rows["annotations", split])
    return [answer] if there else [whole, answer]


def with_adjudication(rows: Rows) -> Rows:
    """Somebody settled the first article of each split: with the labels of the release, and no
    vote."""
    for split in ("train", "validation", "test"):
        articles = rows.get(("articles", split))
        if not articles:
            continue
        mine = [
            copy.deepcopy(row)
            for row in rows["annotations", split]
            if row["article_id"] == articles[0]["article_id"]
            and row["annotation_id"].endswith(f"{ANNOTATORS[0][0]}:1")
        ]
        for row in mine:
            row["annotator"], row["annotator_kind"] = "judge-1", "human"
            row["annotation_id"] = f"{row['article_id']}:judge-1:2001"
            if row["name"] == ARTICLE_ROW:
                row["values"] = ["adjudication"]
            for key in ("region_id", "from_id", "to_id"):
                row[key] = row[key] and f"{row[key]}-judge"
        rows["annotations", split] += mine
    return rows


def _agree(row: Row) -> None:
    if "agreement" in row:
        wanted = UNMARKED if row["basis"] == "derived" else row["label"]
        cast = [vote["label"] for vote in row["votes"]]
        row["agreement"] = cast.count(wanted) / len(cast)
