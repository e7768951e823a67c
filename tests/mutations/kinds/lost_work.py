"""VER: finished work of the earlier release that is not there any more."""

from __future__ import annotations

from tests.mutations.kind import NotHere, successor

MADE = ("stance", "events", "annotations")
"""What there is of an article because somebody annotated it."""


def _annotators(draft, split):
    """Article -> those who completed it."""
    found: dict[str, set[str]] = {}
    for row in draft.all("annotations", split, state="completed"):
        found.setdefault(row["article_id"], set()).add(row["annotator"])
    return found


def _without(draft, split, gone):
    """Take the rows of `gone` articles away, as a build from fewer exports would not make them."""
    for table in MADE:
        draft[table, split] = [row for row in draft[table, split] if row["article_id"] not in gone]
    draft["triggers", split] = [
        row for row in draft["triggers", split] if row["article_id"] not in gone
    ]


def _lost(draft, split, rng, *, reopened):
    """An article of the split loses its finished work, or, `reopened`, has it as a draft."""
    worked = _annotators(draft, split)
    if len(worked) < 2:
        raise NotHere  # the split would be without its tables, which is more than a lost line
    name = rng.choice(sorted(worked))
    entered = draft.all("annotations", split, article_id=name) if reopened else []
    _without(draft, split, {name})
    draft["annotations", split] += [{**row, "state": "draft"} for row in entered]
    if not all(draft[table, split] for table in (*MADE, "triggers")):
        raise NotHere
    row = draft.one("articles", split, article_id=name)
    return draft.at("articles", row, split, says=min(worked[name]))


@successor("VER015", "articles")
def lost_line_of_an_export(draft, site, rng):
    """The article stays, and all that was marked in it is gone."""
    return _lost(draft, site.split, rng, reopened=False)


@successor("VER015", "articles")
def finished_work_opened_again(draft, site, rng):
    """What was submitted has become a draft, of which no row is made."""
    return _lost(draft, site.split, rng, reopened=True)


@successor("VER016", "articles")
def work_of_one_of_several_gone(draft, site, rng):
    """Somebody whose marks no row was made from, and whose votes count in none."""
    worked = _annotators(draft, site.split)
    found = [
        (name, annotator)
        for name, annotators in sorted(worked.items())
        for annotator in sorted(annotators)
        if len(annotators) > 1 and not _made_from(draft, site.split, name, annotator)
    ]
    if not found:
        raise NotHere
    name, annotator = rng.choice(found)
    draft["annotations", site.split] = [
        row
        for row in draft["annotations", site.split]
        if (row["article_id"], row["annotator"]) != (name, annotator)
    ]
    for table in ("stance", "events"):
        for row in draft.all(table, site.split, article_id=name):
            row["votes"] = [vote for vote in row["votes"] if vote["annotator"] != annotator]
            if table == "stance":
                wanted = "unmarked" if row["basis"] == "derived" else row["label"]
                cast = [vote["label"] for vote in row["votes"]]
                row["agreement"] = cast.count(wanted) / len(cast)
    row = draft.one("articles", site.split, article_id=name)
    return draft.at("articles", row, site.split, says=annotator)


def _made_from(draft, split, name, annotator):
    own = {
        row["annotation_id"]
        for row in draft.all("annotations", split, article_id=name, annotator=annotator)
    }
    return any(
        draft.winner(row, split) in own
        for table in ("events", "stance")
        for row in draft.all(table, split, article_id=name)
        if row.get("basis", "annotated") == "annotated"
    )
