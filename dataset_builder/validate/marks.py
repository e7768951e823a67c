"""What annotators marked, ready to hold rows against: regions, what they stand for, and arrows.

Rows are made from one annotation of several, which the release does not name, so whatever an
annotator of the article marked may be what a row was made from. Articles with work that reads
otherwise today than it was entered (on another text, or with a name that a migration changes) are
left out: what became of it is not in the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.validate.annotation_rows import annotation_rows, firsts
from dataset_builder.validate.conversion import joined, marked
from dataset_builder.validate.matching import where
from dataset_builder.validate.release import Release, once

if TYPE_CHECKING:
    import polars as pl

ROW = ["_split", "_row"]
"""What tells the rows of a table apart."""
ENTITIES = {"ACTOR": "actor", "ISSUE": "issue"}
"""Label of a mention -> what it stands for, and how its fields begin."""
SUFFIXES = ("id", "new")
"""How the names of their fields end: what was chosen, and what was entered."""
ARGUMENTS = ("LOCATION", "DATE")
"""Arguments that are joined to a trigger by an arrow in either direction."""


@once
def carried_over(release: Release) -> pl.Series:
    """Ids of articles with finished work that reads otherwise today than it was entered."""
    import polars as pl

    completed = pl.col("state") == release.member("annotation_state", "completed")
    frame = firsts(release, "article_id", "state", "text_sha256", complete=True)
    texts = release.rows("articles", "article_id", "text_sha256", complete=True)
    found = frame.filter(completed).join(texts, on=["article_id", "text_sha256"], how="anti")
    ids = found["article_id"]
    sources = {s for m in release.ontology.migrations for c in m.changes for s in c.sources}
    if sources:
        entered = release.rows("annotations", "article_id", "state", "values").filter(completed)
        met = entered["values"].list.eval(pl.element().is_in(sorted(sources))).list.any()
        ids = pl.concat([ids, entered.filter(met)["article_id"]])
    return ids.unique().sort()


def judged(release: Release, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of `frame` whose article is not among `carried_over`."""
    import polars as pl

    return where(frame, ~pl.col("article_id").is_in(carried_over(release).implode()))


@once
def finished(release: Release) -> pl.DataFrame:
    """What was said of articles as a whole in completed annotations: article_id, annotator,
    annotation, name, values. Raises Unavailable."""
    import polars as pl

    columns = ("article_id", "annotation_id", "annotator", "kind", "name", "values", "state")
    return annotation_rows(release, *columns, complete=True).filter(
        pl.col("kind") == release.member("annotation_kind", "article"),
        pl.col("state") == release.member("annotation_state", "completed"),
    )


@once
def regions(release: Release) -> pl.DataFrame:
    """`conversion.marked`, of articles that can be judged. Raises Unavailable."""
    return judged(release, marked(release))


@once
def fields(release: Release) -> pl.DataFrame:
    """What was entered for regions: region_key, name, values. Raises Unavailable."""
    import polars as pl

    frame = annotation_rows(release, "region_key", "kind", "name", "values", complete=True)
    field = release.member("annotation_kind", "field")
    return frame.filter(pl.col("kind") == field).select("region_key", "name", "values")


@once
def links(release: Release) -> pl.DataFrame:
    """What the arrows say of triggers and evidence: owner and filler (keys of regions), role: a role
    of an argument, `holder` or `target`. An arrow that also has another reading is there."""
    import polars as pl

    found = joined(release)
    kinds = {name: name for name in (*ENTITIES, *ARGUMENTS)}
    kinds |= {kind.name: "trigger" for kind in release.ontology.event_types}
    kinds |= dict.fromkeys(release.ontology.names("stance_label"), "stance")
    meant = pl.Enum(sorted({*kinds.values(), ""}))
    found = found.select(
        "tail", "head", "both",
        *(
            pl.col(f"{end}_label").replace_strict(kinds, default="", return_dtype=meant).alias(end[0])
            for end in ("tail", "head")
        ),
    )  # fmt: skip
    one_way = ~pl.col("both")
    meanings = (
        ("ACTOR", "ACTOR", "head", "trigger", one_way),
        ("RECIPIENT", "ACTOR", "tail", "trigger", one_way),
        *((name, name, end, "trigger", None) for name in ARGUMENTS for end in ("head", "tail")),
        ("holder", "ACTOR", "head", "stance", one_way),
        ("target", "ACTOR", "tail", "stance", one_way),
        *(("target", "ISSUE", end, "stance", None) for end in ("head", "tail")),
    )
    pieces = []
    for role, label, end, owner, condition in meanings:
        other = "tail" if end == "head" else "head"
        fits = (pl.col(end[0]) == owner) & (pl.col(other[0]) == label)
        rows = found.filter(fits if condition is None else fits & condition)
        pieces.append(rows.select(owner=pl.col(end), filler=pl.col(other), role=pl.lit(role)))
    return pl.concat(pieces)


def placed(release: Release, ends: pl.DataFrame) -> pl.DataFrame:
    """Rows of `links` with start and end of the filler."""
    import polars as pl

    places = regions(release).select("region_key", "start", "end")
    places = places.filter(pl.col("region_key").is_in(ends["filler"].implode()))
    return ends.join(places, left_on="filler", right_on="region_key")


def who(ids: pl.Series) -> pl.Series:
    """One number for the ids in each list, whatever their order; null where a list is."""
    import polars as pl

    number = pl.element().hash() // 64  # small enough for their sum to be exact
    first = ids.list.first().hash() // 64
    other = (ids.list.len() != 1).fill_null(value=True).arg_true()
    return first.scatter(other, ids.gather(other).list.eval(number).list.sum())


@once
def entities(release: Release) -> pl.DataFrame:
    """Who the regions of actors and issues stand for: region_key, `ids`, and `who`, the number of
    these. Left out are those for which it cannot be told, because the words or the registries are
    not there."""
    found = _entities(release)
    return found.with_columns(who=who(found["ids"]))


@once
def each_entity(release: Release) -> pl.DataFrame:
    """The same with a row for each id: region_key, `entity`, the id's hash."""
    import polars as pl

    found = entities(release).select("region_key", entity="ids")
    several = (found["entity"].list.len() != 1).fill_null(value=True)
    one = found.filter(~several).with_columns(pl.col("entity").list.first())
    both = pl.concat([one, found.filter(several).explode("entity")])
    return both.drop_nulls("entity").with_columns(pl.col("entity").hash())


def _entities(release: Release) -> pl.DataFrame:
    import polars as pl

    mentions = regions(release).filter(pl.col("label").is_in(list(ENTITIES)))
    mentions = mentions.select("region_key", "label", "text")
    entered = fields(release)
    names = {f"{kind}_{suffix}": label for label, kind in ENTITIES.items() for suffix in SUFFIXES}
    own = entered.filter(pl.col("name").is_in(list(names))).with_columns(
        of=pl.col("name").replace_strict(names, return_dtype=pl.String)
    )
    new = pl.col("name").str.ends_with(SUFFIXES[1])
    ids, words = where(own, ~new), own.filter(new)
    key = pl.col("region_key")
    chosen = where(ids, ~key.is_in(words["region_key"].implode())).join(
        mentions.select("region_key", "label"), on="region_key"
    )
    chosen = where(chosen, pl.col("label") == pl.col("of")).select("region_key", ids="values")
    others = mentions.filter(~key.is_in(chosen["region_key"].implode())).drop_nulls("text")
    if others.is_empty() or release.registries is None:
        return chosen
    keys = ["region_key", "label"]
    for name, entries in (("id", ids), ("new", words)):
        values = entries.select(
            "region_key", pl.col("of").alias("label"), pl.col("values").alias(name)
        )
        others = others.join(values, on=keys, how="left").with_columns(
            pl.col(name).fill_null(pl.lit([], pl.List(pl.String)))
        )
    return pl.concat([chosen, _resolved(release, others)])


def _resolved(release: Release, mentions: pl.DataFrame) -> pl.DataFrame:
    """The same of mentions that are known by their words, or by words that were entered."""
    import polars as pl

    from dataset_builder.assemble.codes import Notes, Place
    from dataset_builder.assemble.regions import Region
    from dataset_builder.assemble.resolve import lexicon, resolve
    from dataset_builder.errors import ProjectError

    schema = {"region_key": mentions.schema["region_key"], "ids": pl.List(pl.String)}
    assert release.registries is not None  # noqa: S101 - or nobody had asked
    try:
        known = lexicon(release.registries)
    except ProjectError:
        return pl.DataFrame(schema=schema)
    said = ["label", "text", "id", "new"]
    kinds = mentions.select(said).unique(maintain_order=True)
    ids = []
    for label, text, chosen, new in kinds.iter_rows():
        kind = ENTITIES[label]
        values = {f"{kind}_id": tuple(chosen), f"{kind}_new": tuple(new)}
        region = Region("", label, label, 0, len(text), text, values)
        made = resolve([region], known, Notes(Place("")))[""]
        ids.append(sorted(entity.id for entity in made))
    told = kinds.with_columns(ids=pl.Series(ids, dtype=pl.List(pl.String)))
    return mentions.join(told, on=said, how="inner").select("region_key", "ids")
