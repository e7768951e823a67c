"""VOT: votes that say something else than what the voter marked, or answered in the pair grid.

How the marks of two annotators are matched is not done again here: only what certainly has one
answer is judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.ontology import AUTHOR, UNMARKED
from dataset_builder.validate.annotation_rows import annotation_rows
from dataset_builder.validate.followed import AFTER as FOLLOWED_AFTER
from dataset_builder.validate.marks import ROW, each_entity, finished, judged, links, regions
from dataset_builder.validate.release import Release, once
from dataset_builder.validate.rules import Hits, Rule, hashed, hits

if TYPE_CHECKING:
    import polars as pl


@once
def _alone(release: Release) -> pl.DataFrame:
    """article_id, annotator and `annotation` where an annotator finished nothing else of the article
    and found it relevant: what votes are made from, as far as it can be judged."""
    import polars as pl

    completed = finished(release)
    grid = completed.filter(pl.col("name").str.starts_with("pair:"))["annotation"]
    marked = completed.filter(~pl.col("annotation").is_in(grid.implode()))
    found = judged(release, marked).group_by("article_id", "annotator").agg(
        pl.col("annotation").first(),
        several=pl.col("annotation").n_unique() > 1,
        relevant=((pl.col("name") == "relevance") & (pl.col("values").list.join(",") == "relevant"))
        .any(),
    )  # fmt: skip
    return found.filter(~pl.col("several") & pl.col("relevant")).select(
        "article_id", "annotator", "annotation"
    )


def _cast(release: Release, table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Votes on `rows` of a table by annotators who are `_alone`, with the columns of their rows,
    `annotation`, and the vote's name as `found`."""
    row = hashed(*ROW).alias("row")
    votes = release.votes(table).select(row, "annotator", "vote")
    votes = votes.join(
        judged(release, rows).with_columns(row), on="row", how="inner", maintain_order="left"
    )
    voter = hashed("article_id", "annotator").alias("voter")
    alone = _alone(release).select(voter, "annotation")
    found = votes.drop("row").with_columns(voter).join(
        alone, on="voter", how="inner", maintain_order="left"
    ).drop("voter")  # fmt: skip
    names = "stance_vote" if table == "stance" else "event_vote"
    return found.with_columns(release.named(names, "vote").alias("found")).drop_nulls("found")


def _of_events(release: Release) -> Hits:
    import polars as pl

    rows = release.rows("events", "article_id", "type", "trigger").with_columns(
        release.named("event_type", "type").alias("type"),
        start=pl.col("trigger").struct.field("start"),
        end=pl.col("trigger").struct.field("end"),
    ).drop("trigger").drop_nulls(["type", "start", "end"])  # fmt: skip
    cast = _cast(release, "events", rows)
    types = [kind.name for kind in release.ontology.event_types]
    marks = regions(release).filter(pl.col("label").is_in(types))
    marks = marks.select("annotation", "label", "start", "end")
    place = hashed("annotation", "label", "start", "end")
    there = marks.select(place).to_series().implode()
    alike = cast.with_columns(label="type").select(place.is_in(there)).to_series()
    denied = cast.filter(alike & (cast["found"] != cast["type"]))
    yield from hits("events", denied, "{annotator} marked the trigger just so, and votes otherwise",
                    expected="{type}", found="{found}")  # fmt: skip
    rest = cast.filter(~alike & (cast["found"] != UNMARKED)).with_columns(label="found")
    yield from hits("events", _without_overlap(rest, marks),
                    "{annotator} marked no {found} there, and votes for it")  # fmt: skip


def _without_overlap(votes: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """The votes whose trigger shares no character with a mark of that annotation and label."""
    import polars as pl

    by = ["annotation", "label"]
    marks = marks.filter(pl.col("annotation").is_in(votes["annotation"].unique().implode()))
    reaching = marks.sort("start").with_columns(reach=pl.col("end").cum_max().over(by))
    before = votes.with_columns(last=pl.col("end") - 1).sort("last")
    found = before.join_asof(
        reaching.select(*by, "reach", last="start"), on="last", by=by, check_sortedness=False
    )
    return found.filter(pl.col("reach").is_null() | (pl.col("reach") <= pl.col("start"))).sort(ROW)


def _takes(release: Release) -> pl.DataFrame:
    """Who stands how to whom by the marks of those who are `_alone`: annotation, owner (key of the
    evidence), label, holder_id, target_id: hashes of ids, null where it cannot be told."""
    import polars as pl

    stances = list(release.ontology.names("stance_label"))
    mine = _alone(release)["annotation"].implode()
    evidence = regions(release).filter(
        pl.col("label").is_in(stances) & pl.col("annotation").is_in(mine)
    )
    evidence = evidence.select("annotation", "label", owner="region_key")
    said = _said(release, evidence["owner"])
    named = said.join(each_entity(release), left_on="filler", right_on="region_key", how="left")
    holders = named.filter(pl.col("role") == "holder").select("owner", holder_id="entity")
    targets = named.filter(pl.col("role") == "target").select("owner", target_id="entity")
    by_somebody = targets.join(holders, on="owner", how="inner")
    author = pl.lit(AUTHOR).hash()
    by_author = targets.join(holders, on="owner", how="anti").with_columns(holder_id=author)
    both = pl.concat([by_somebody, by_author.select(by_somebody.columns)])
    return evidence.join(both, on="owner")


def _said(release: Release, owners: pl.Series) -> pl.DataFrame:
    """Rows of `links` of some evidence: owner, filler, role."""
    import polars as pl

    of_stance = pl.col("role").is_in(["holder", "target"])
    return links(release).filter(of_stance & pl.col("owner").is_in(owners.unique().implode()))


def _certain(release: Release, owners: pl.Series) -> pl.Series:
    """Those of some evidence of which every arrow has one reading."""
    import polars as pl

    said = _said(release, owners)
    counts = said.group_by("owner").agg(links=pl.len(), fillers=pl.col("filler").n_unique())
    arrows = annotation_rows(release, "kind", "state", "from_key", "to_key", complete=True).filter(
        pl.col("kind") == release.member("annotation_kind", "arrow")
    )
    ends = pl.concat([arrows["from_key"], arrows["to_key"].alias("from_key")])
    drawn = ends.alias("owner").to_frame().group_by("owner").len("drawn")
    whole = counts.join(drawn, on="owner").filter(
        (pl.col("links") == pl.col("drawn")) & (pl.col("links") == pl.col("fillers"))
    )
    return whole["owner"]


def _of_stances(release: Release) -> Hits:
    import polars as pl

    every = release.rows("stance", "article_id", "basis", "pair_id", "holder_id", "target_id")
    rows = every.filter(pl.col("basis") == release.member("stance_basis", "annotated"))
    rows = rows.drop_nulls(["pair_id", "holder_id", "target_id"])
    rows = rows.with_columns(pl.col("holder_id", "target_id").hash())
    cast = _cast(release, "stance", rows)
    takes = _takes(release)
    unsure = takes.filter(pl.any_horizontal(pl.col("holder_id", "target_id").is_null()))
    known = takes.drop_nulls(["holder_id", "target_id"])
    pair = hashed("annotation", "holder_id", "target_id").alias("pair")
    known = known.with_columns(pair)
    cast = cast.with_columns(pair)
    open_ = pl.col("annotation").is_in(unsure["annotation"].unique().implode())
    cast = cast.filter(~open_)
    said = known.select(hashed("pair", "label")).to_series().implode()
    invented = cast.with_columns(label="found").filter(
        (pl.col("found") != UNMARKED) & ~hashed("pair", "label").is_in(said)
    )
    yield from hits("stance", invented,
                    "{annotator} marked no evidence {found} of this holder on this target")  # fmt: skip
    # Where a pair has several rows, or an annotator several labels for it, any may be any's.
    once_there = every.filter(pl.col("pair_id").is_unique())["pair_id"].implode()
    one = known.group_by("pair").agg(
        pl.col("label").first(), pl.col("owner"), labels=pl.col("label").n_unique()
    ).filter(pl.col("labels") == 1).select("pair", "label", "owner")  # fmt: skip
    denied = cast.filter(pl.col("pair_id").is_in(once_there)).join(
        one, on="pair", how="inner", maintain_order="left"
    ).filter(pl.col("found") != pl.col("label"))  # fmt: skip
    if denied.is_empty():
        return
    certain = _certain(release, denied["owner"].explode())
    denied = denied.filter(
        pl.col("owner").list.set_difference(pl.lit(certain).implode()).list.len() == 0
    )
    denied = denied.join(invented, on=[*ROW, "annotator"], how="anti", maintain_order="left")
    yield from hits("stance", denied, "{annotator} marked this pair, and votes otherwise",
                    expected="{label}", found="{found}")  # fmt: skip


def _not_marked(release: Release) -> Hits:
    yield from _of_events(release)
    yield from _of_stances(release)


def _by_basis(release: Release) -> Hits:
    """What nobody marked, or what the grid asked: its votes are of one kind."""
    import polars as pl

    rows = release.rows("stance", "article_id", "basis", "pair_id", "label")
    votes = release.votes("stance").select(*ROW, "annotator", "vote")
    votes = votes.with_columns(release.named("stance_vote", "vote").alias("found"))
    derived = rows.filter(pl.col("basis") == release.member("stance_basis", "derived"))
    cast = derived.join(votes.filter(pl.col("found") != UNMARKED), on=ROW, maintain_order="left")
    yield from hits("stance", cast, "{annotator} votes {found} on a pair that nobody marked")
    asked = rows.filter(pl.col("basis") == release.member("stance_basis", "grid"))
    if asked.is_empty():
        return
    asked = asked.with_columns(release.named("stance_label", "label").alias("label"))
    cast = asked.join(votes, on=ROW, maintain_order="left").drop_nulls(["found", "label"])
    counts = cast.group_by(*ROW, "found").agg(pl.len(), pl.col("label").first())
    most = counts.group_by(ROW).agg(
        most=pl.col("len").max(),
        own=pl.col("len").filter(pl.col("found") == pl.col("label")).sum(),
    )
    fewer = asked.join(most.filter(pl.col("own") < pl.col("most")), on=ROW, maintain_order="left")
    yield from hits("stance", fewer, "the grid's answer is not what most said", found="{label}")
    frame = judged(
        release, release.rows("annotations", "article_id", "annotator", "name", "values",
                              complete=True).filter(pl.col("name").str.starts_with("pair:"))
    )  # fmt: skip
    answers = frame.select(
        "article_id", "annotator", pair_id=pl.col("name").str.strip_prefix("pair:"),
        given=pl.col("values").list.first(),
    )  # fmt: skip
    who = ["article_id", "annotator", "pair_id"]
    # An answer may not count, as one on another text does not: then there is no vote.
    cast = cast.filter(pl.col("found") != UNMARKED)
    both = cast.join(answers, on=who, maintain_order="left")
    same = both.filter(pl.col("found") == pl.col("given"))
    wrong = both.join(same, on=[*ROW, "annotator"], how="anti", maintain_order="left")
    yield from hits("stance", wrong, "{annotator} answered otherwise in the grid",
                    expected="{given}", found="{found}")  # fmt: skip


REBUILD = "Build the release again from its inputs."
AFTER = (
    "VOT001", "VOT002", "VOT004", "VOT005", "VOT006", "VOT007", "VOT009", "KEY004", "KEY006", "KEY007",
    "GRM011", "GRM012", *FOLLOWED_AFTER, "SPN030", "SPN031", "SPN032", "SPN033",
)  # fmt: skip

BALLOT_RULES: tuple[Rule, ...] = (
    Rule(
        "VOT021",
        "vote that its annotator did not mark",
        _not_marked,
        "Agreement is counted from the votes; one that nobody gave makes labels look surer, or less"
        " sure, than they are.",
        REBUILD,
        "favor, by an annotator who marked the pair against",
        after=AFTER,
    ),
    Rule(
        "VOT022",
        "vote that does not fit how the row came about",
        _by_basis,
        "On derived pairs nobody marked anything; in the grid the label is what most answered.",
        REBUILD,
        after=AFTER,
    ),
)
