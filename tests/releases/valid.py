"""Releases on which the validator must find nothing, of every shape that is allowed.

A new shape is a function with the decorator: it gets a folder and returns the path of a release,
or that and the path of an earlier one to compare it with.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from tests.factory import make_release, make_world
from tests.factory_shapes import with_adjudication, with_grid, with_person
from tests.factory_words import BOTH, RICH, SCRIPTS
from tests.mutations.disk import write
from tests.mutations.kinds.croissants import describe
from tests.withholding import hydrate_in_part, withhold

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHAPES: dict[str, Callable[[Path], Path | tuple[Path, Path]]] = {}


def shape(make):
    """Take a function up."""
    SHAPES[make.__name__] = make
    return make


def _without(rows, table, *splits):
    return {place: found for place, found in rows.items()
            if place[0] != table or (splits and place[1] not in splits)}  # fmt: skip


@shape
def plain(folder):
    return make_release(folder)


@shape
def one_article(folder):
    """Only train: the corpus is too small for more."""
    return make_release(folder, n_articles=1)


@shape
def two_articles(folder):
    return make_release(folder, n_articles=2)


@shape
def no_validation_split(folder):
    rows = make_world(n_articles=6).rows
    return make_release(folder, rows={p: r for p, r in rows.items() if p[1] != "validation"})


@shape
def no_stance_in_test(folder):
    """Nobody marked one there."""
    rows = _without(make_world().rows, "stance", "test")
    marks = rows["annotations", "test"]
    stances = {row["region_id"] for row in marks if row["name"] == "span"
               and row["values"][0] in ("favor", "against", "neutral")}  # fmt: skip
    ends = ("region_id", "from_id", "to_id")
    rows["annotations", "test"] = [
        row for row in marks if stances.isdisjoint(row[end] for end in ends)
    ]
    return make_release(folder, rows=rows)


@shape
def many_shards(folder):
    return make_release(folder, rows=make_world(3, 8, BOTH).rows, shard_rows=7)


@shape
def person_and_models(folder):
    return make_release(folder, rows=with_person(make_world(4, 5).rows))


@shape
def person_who_marked_nothing(folder):
    """So that every unit has a vote `unmarked`."""
    return make_release(folder, rows=with_person(make_world(5, 5).rows, marks=False))


@shape
def pair_grid(folder):
    return make_release(folder, rows=with_grid(make_world(6, 5).rows))


@shape
def adjudicated(folder):
    return make_release(folder, rows=with_adjudication(make_world(7, 6).rows))


@shape
def arabic_emoji_and_marks(folder):
    return make_release(folder, rows=make_world(8, 5, SCRIPTS).rows)


@shape
def overlaps_and_coreference(folder):
    return make_release(folder, rows=make_world(9, 5, RICH).rows)


@shape
def everything_at_once(folder):
    rows = with_adjudication(with_person(with_grid(make_world(10, 7, BOTH).rows)))
    return make_release(folder, rows=rows, shard_rows=30)


@shape
def withheld_articles(folder):
    why = {"ab" * 8: "another copy of one that is here", "cd" * 8: "its story | in two splits"}
    return make_release(folder, withheld=why)


@shape
def untitled_undated(folder):
    """Everything that may be null is null."""
    rows = make_world(11, 4).rows
    for (table, _), found in rows.items():
        for row in found:
            if table == "articles":
                row.update(dict.fromkeys(("title", "agency", "byline", "dateline", "outlet")))
            elif table != "annotations":
                row["outlet"] = None
    return make_release(folder, rows=rows)


@shape
def with_croissant(folder):
    import json

    release = make_release(folder)
    write(release, "croissant.json", json.dumps(describe(release)))
    return release


@shape
def text_withheld(folder):
    return withhold(
        make_release(folder, rows=with_grid(make_world(12, 5, BOTH).rows), shard_rows=20)
    )


@shape
def text_partly_back(folder):
    rows = make_world(13, 5).rows
    return hydrate_in_part(
        make_release(folder, rows=rows), rows["articles", "train"][0]["article_id"]
    )


@shape
def minor_successor(folder):
    return make_release(folder / "new", n_articles=6, version="1.1.0"), make_release(
        folder / "old", n_articles=5
    )


@shape
def patch_successor(folder):
    """A value was corrected; every row is the same row."""
    rows = copy.deepcopy(make_world().rows)
    row = next(r for r in rows["events", "train"] if r["date_basis"] == "none")
    row["tense"] = "PRESENT"
    region = row["mention_id"].partition(":")[2]
    span = next(r for r in rows["annotations", "train"] if r["region_id"] == region)
    chosen = {**span, "kind": "field", "name": "tense", "values": ["PRESENT"]}
    rows["annotations", "train"].append(chosen)
    return make_release(folder / "new", rows=rows, version="1.0.1"), make_release(folder / "old")


@shape
def major_successor(folder):
    """Rows and articles went away."""
    return make_release(folder / "new", n_articles=4, version="2.0.0"), make_release(
        folder / "old", n_articles=7
    )
