"""VOT: votes, and who annotated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataset_builder.ontology import UNMARKED
from dataset_builder.tables import ARTICLE_ROW
from dataset_builder.validate.annotation_rows import SHARED, firsts
from dataset_builder.validate.matching import holds, where
from dataset_builder.validate.release import Unavailable, once
from dataset_builder.validate.rules import Hit, Hits, Rule, hits

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from dataset_builder.validate.release import Release

VOTED = {"stance": ("label", "stance_label", "stance_vote"),
         "events": ("type", "event_type", "event_vote")}  # fmt: skip
"""Per table with votes: the column voted on, its vocabulary, and that of the votes."""

ADJUDICATION = "adjudication"
"""Value of the row of an annotation that settles what annotators disagree on."""
E_MAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"


def _votes(release: Release) -> Iterator[tuple[str, pl.DataFrame]]:
    """Votes of every table that has them, one row each."""
    for table in VOTED:
        try:
            yield table, release.votes(table)
        except Unavailable:
            continue


def _annotators(release: Release) -> pl.DataFrame:
    """Annotators with the kind that the annotations of the whole release give them."""
    columns = ("annotator", "annotator_kind")
    whole = release.whole
    if whole.in_memory:
        found = firsts(whole, *columns, complete=True).select(columns).unique(maintain_order=True)
    else:
        found = whole.distinct("annotations", *columns, complete=True)
    found = found.drop_nulls()
    # A kind that does not exist has a finding of its own.
    last = len(release.ontology.names("annotator_kind")) - 1
    return found.filter(found["annotator_kind"].is_between(0, last))


def _unknown(release: Release) -> Hits:
    known = _annotators(release).select("annotator").unique()
    for table, votes in _votes(release):
        lost = votes.drop_nulls("annotator").join(
            known, on="annotator", how="anti", maintain_order="left"
        )
        yield from hits(table, lost, "{annotator} voted, but has no annotations")


def _twice(release: Release) -> Hits:
    import polars as pl

    for table, votes in _votes(release):
        again = votes.filter(~pl.struct("_split", "_row", "annotator").is_first_distinct())
        yield from hits(table, again, "{annotator} voted twice")


def _none(release: Release) -> Hits:
    import polars as pl

    for table, frame in release.having("votes", among=tuple(VOTED)):
        wrong = frame.filter(pl.col("votes").list.len() == 0)
        yield from hits(table, wrong, "nobody voted")


def _rows_with_votes(release: Release, table: str) -> pl.DataFrame:
    """Rows with their label's name, and their votes' names as a list; unknown ids are left out."""
    import polars as pl

    column, vocabulary, ballots = VOTED[table]
    extra = ("basis", "agreement") if table == "stance" else ()
    frame = release.rows(table, column, "votes", *extra).filter(pl.col("votes").list.len() > 0)
    names = dict(enumerate(release.ontology.names(ballots)))
    label = pl.element().struct.field("label")
    return frame.with_columns(
        name=release.named(vocabulary, column),
        cast=pl.col("votes").list.eval(
            label.replace_strict(names, default=None, return_dtype=pl.String)
        ),
    ).drop_nulls("name")


def _adjudicated(release: Release) -> pl.DataFrame:
    """annotation_id and article_id of the annotations that settled what others disagreed on; empty
    when it cannot be told."""
    import polars as pl

    try:
        frame = release.rows("annotations", "annotation_id", "article_id", "name", "values")
    except Unavailable:
        return pl.DataFrame(schema={"annotation_id": pl.String, "article_id": pl.String})
    of_article = frame.filter(pl.col("name") == ARTICLE_ROW)
    settling = of_article.filter(pl.col("values").list.contains(ADJUDICATION))
    return settling.select("annotation_id", "article_id").unique(maintain_order=True)


def _unsupported(release: Release) -> Hits:
    import polars as pl

    decided = _adjudicated(release).select("article_id").unique()
    for table in VOTED:
        try:
            frame = _rows_with_votes(release, table)
        except Unavailable:
            continue
        if table == "stance":
            annotated = pl.col("basis") == release.member("stance_basis", "annotated")
            frame = frame.filter(annotated)
        if not decided.is_empty() and "article_id" in frame.columns:
            frame = frame.join(decided, on="article_id", how="anti", maintain_order="left")
        frame = frame.with_columns(shown=pl.col("cast").list.join(", ", ignore_nulls=True))
        wrong = frame.filter(~pl.col("cast").list.contains(pl.col("name")))
        text = "nobody voted {name}"
        yield from hits(table, wrong, text, expected="a vote {name}", found="{shown}")


def _agreement(release: Release) -> Hits:
    import polars as pl

    frame = _rows_with_votes(release, "stance")
    derived = pl.col("basis") == release.member("stance_basis", "derived")
    counted = frame.with_columns(
        counts=pl.when(derived).then(pl.lit(UNMARKED)).otherwise(pl.col("name"))
    )
    keys = ["_split", "_row"]
    shares = (
        counted.select(*keys, "counts", "cast")
        .explode("cast")
        .group_by(keys)
        .agg(share=(pl.col("cast") == pl.col("counts")).fill_null(value=False).mean())
    )
    joined = counted.join(shares, on=keys, how="left", maintain_order="left")
    wrong = joined.filter((pl.col("share") - pl.col("agreement")).abs() > 0.0005)
    text = "agreement is not the share of votes for {counts}"
    return hits("stance", wrong, text, expected="{share}", found="{agreement}")


def _kinds(release: Release) -> Hits:
    import polars as pl

    known = _annotators(release)
    if release.registries is not None:
        kinds = release.ontology.names("annotator_kind")
        rows = [(a.pseudonym, kinds.index(a.kind)) for a in release.registries.annotators]
        schema = {"annotator": pl.String, "registered": pl.Int64}
        registered = pl.DataFrame(rows, schema=schema, orient="row")
        wrong = (
            firsts(release, "annotator", "annotator_kind", "article_id", "annotation_id")
            .filter(pl.struct("article_id", "annotation_id").is_first_distinct())
            .join(registered, on="annotator", how="inner", maintain_order="left")
            .filter(pl.col("annotator_kind") != pl.col("registered"))
        )
        text = "{annotator} is of another kind in the registry"
        yield from hits("annotations", wrong, text)
    mixed = known.filter(pl.col("annotator").is_duplicated())["annotator"].unique().sort()
    for name in mixed:
        yield Hit(f"{name} is human in one annotation and model in another", table="annotations")
    single = known.filter(~pl.col("annotator").is_duplicated())
    for table, votes in _votes(release):
        wrong = votes.join(single, on="annotator", how="inner", maintain_order="left").filter(
            pl.col("kind") != pl.col("annotator_kind")
        )
        yield from hits(table, wrong, "the kind of {annotator} is not that of its annotations")


def _e_mail(release: Release) -> Hits:
    """Everywhere but in what the page itself says: a page may print its own address."""
    import polars as pl

    for name in ("annotator", "annotation_id", "region_id", "origin", "from_id", "to_id"):
        for table, frame in release.having(name, among=("annotations",)):
            looked_at = firsts(release, name) if name in SHARED else frame
            if not holds(looked_at[name], "@"):
                continue
            wrong = frame.filter(pl.col(name).str.contains(E_MAIL))
            yield from hits(table, wrong, f"{name} holds an e-mail address")
    for table, frame in release.having("values", among=("annotations",)):
        words = frame["values"].explode(empty_as_null=False, keep_nulls=False)
        if not holds(words, "@"):
            continue
        inside = pl.col("values").list.eval(pl.element().str.contains(E_MAIL)).list.any()
        yield from hits(table, frame.filter(inside), "values hold an e-mail address")
    for table, votes in _votes(release):
        wrong = votes.filter(pl.col("annotator").str.contains(E_MAIL))
        yield from hits(table, wrong, "a voter is named by an e-mail address")


def _undeclared_models(release: Release) -> Hits:
    import polars as pl

    kinds = _annotators(release)
    models = kinds.filter(pl.col("annotator_kind") == release.member("annotator_kind", "model"))
    if models.is_empty() or release.card.error:
        return
    names = sorted(set(models["annotator"]))
    # The pseudonyms and the word must both be there: a table of annotators without the word, or
    # the word somewhere else, would not tell a reader who it was.
    prose = re.sub(r"\A\ufeff?---\s*\n.*?\n---\s*\n", "", release.card.text, flags=re.DOTALL)
    told = re.search(r"(?i)\b(language model|model)s?\b", prose)
    for name in names:
        if not told or name not in prose:
            yield Hit(
                f"{name} is a model, and the card does not say so",
                table="README.md",
                expected=f"{name}, and the word model",
            )


@once
def _voters(release: Release) -> dict[str, pl.Series]:
    """Per table the annotators who voted on each row, as lists."""
    import polars as pl

    names = pl.col("votes").list.eval(pl.element().struct.field("annotator"))
    return {
        table: rows.select(voters=names).to_series()
        for table, rows in release.having("votes", among=tuple(VOTED))
    }


def _electorate(release: Release) -> Hits:
    """Who voted must be exactly who completed the article: whose last submitted annotation of the
    present text, or where there is none of another text, says whether the article is relevant."""
    import polars as pl

    texts = release.rows("articles", "article_id", "text_sha256", complete=True)
    frame = release.rows(
        "annotations", "article_id", "annotator", "annotation_id", "state", "kind", "name",
        "values", "text_sha256", complete=True,
    )  # fmt: skip
    # Every annotation has a row of the kind article; spans and arrows say nothing here.
    of_article = pl.col("kind") == release.member("annotation_kind", "article")
    frame = where(frame, of_article | pl.col("name").str.starts_with("pair:"))
    judged = of_article & (pl.col("name") == "relevance") & (pl.col("values").list.len() == 1)
    keys = ["article_id", "annotator"]
    done = (
        frame.filter(pl.col("state") == release.member("annotation_state", "completed"))
        # A grid is judged below: it says of pairs what it says, not whether the article is relevant.
        .filter(~pl.col("name").str.starts_with("pair:").any().over("article_id", "annotation_id"))
        # An adjudicator has seen what the others did, and has no vote.
        .join(_adjudicated(release), on=["article_id", "annotation_id"], how="anti")
        .join(texts.select("article_id", current="text_sha256"), on="article_id", how="inner")
        .with_columns(
            ordinal=pl.col("annotation_id").str.extract(r":([0-9]+)$").cast(pl.Int64, strict=False),
            here=pl.col("text_sha256") == pl.col("current"),
        )
        .filter(pl.col("here") == pl.col("here").any().over(keys))
        # That another text is broken says nothing of this one.
        .with_columns(
            judged=judged.fill_null(value=False)
            & (pl.col("here") | ~pl.col("values").list.contains("broken"))
        )
        .filter(pl.col("ordinal") == pl.col("ordinal").max().over(keys))
        .group_by(keys)
        .agg(pl.col("judged").any())
        .filter("judged")
        .group_by("article_id")
        .agg(entitled=pl.col("annotator").unique().sort())
    )  # fmt: skip
    # Of an article on which nobody submitted anything, nobody can have voted.
    entitled = (
        texts.select("article_id")
        .unique()
        .join(frame.select("article_id").unique(), on="article_id", how="semi")
        .join(done, on="article_id", how="left")
        .with_columns(pl.col("entitled").fill_null(pl.lit([], pl.List(pl.String))))
    )
    for table in VOTED:
        grid = ("basis", "pair_id") if table == "stance" else ()
        try:
            rows = release.rows(table, "votes", "article_id", *grid)
        except Unavailable:
            continue
        rows = rows.with_columns(voters=_voters(release)[table])
        if grid:
            yield from _grid_electorate(release, rows, frame)
            rows = rows.filter(pl.col("basis") != release.member("stance_basis", "grid"))
        cast = rows.join(entitled, on="article_id", how="inner", maintain_order="left")
        # Mostly they are in order, and each is there once.
        differ = cast.filter(pl.col("voters") != pl.col("entitled")).with_columns(
            pl.col("voters").list.unique().list.sort()
        )
        wrong = differ.filter(
            (pl.col("voters") != pl.col("entitled")) & (pl.col("voters").list.len() > 0)
        ).with_columns(
            pl.col("voters").list.join(", "),
            pl.col("entitled").list.join(", ").replace("", "nobody"),
        )
        text = "those who voted are not those who completed the article"
        yield from hits(table, wrong, text, expected="{entitled}", found="{voters}")


def _grid_electorate(release: Release, rows: pl.DataFrame, annotations: pl.DataFrame) -> Hits:
    """Who voted on a row of the pair grid must be exactly who answered that pair in the grid."""
    import polars as pl

    answers = (
        annotations.filter(pl.col("name").str.starts_with("pair:"))
        .with_columns(pair_id=pl.col("name").str.strip_prefix("pair:"))
        .group_by("article_id", "pair_id")
        .agg(entitled=pl.col("annotator").unique().sort())
    )
    asked = rows.filter(pl.col("basis") == release.member("stance_basis", "grid"))
    cast = asked.with_columns(pl.col("voters").list.unique().list.sort()).join(
        answers, on=["article_id", "pair_id"], how="left", maintain_order="left"
    )
    right = (pl.col("voters") == pl.col("entitled")).fill_null(value=False)
    wrong = cast.filter(~right & (pl.col("voters").list.len() > 0)).with_columns(
        pl.col("voters").list.join(", "), pl.col("entitled").list.join(", ").fill_null("nobody")
    )
    text = "those who voted are not those who answered this pair in the grid"
    yield from hits("stance", wrong, text, expected="{entitled}", found="{voters}")


def _order(release: Release) -> Hits:
    import polars as pl

    before = pl.col("annotator").shift(1)
    of_row = (pl.col("_row") == pl.col("_row").shift(1)) & (
        pl.col("_split") == pl.col("_split").shift(1)
    )
    for table, rows in release.having("votes", among=tuple(VOTED)):
        votes = release.votes(table)
        all_there = (
            votes.height == rows["votes"].list.len().sum() and not votes["annotator"].null_count()
        )
        if all_there and not votes.select((of_row & (pl.col("annotator") < before)).any()).item():
            continue
        voters = _voters(release)[table]
        wrong = rows.filter(voters != voters.list.sort())
        yield from hits(table, wrong, "votes are not in the order of the pseudonyms")


REBUILD = "Build the release again from its inputs."

RULES: tuple[Rule, ...] = (
    Rule("VOT001", "voter without annotations", _unknown,
         "Every vote is somebody's work that is published in the table annotations.", REBUILD,
         after=("VOT007",)),
    Rule("VOT002", "two votes of one annotator", _twice,
         "One annotator, one vote a row; a doubled vote raises the agreement.", REBUILD),
    Rule("VOT003", "row without votes", _none,
         "Every annotator who completed the article votes on each of its rows.", REBUILD),
    Rule("VOT004", "label that nobody voted for", _unsupported,
         "The label comes from an annotator, so at least that one voted for it, unless the article"
         " was adjudicated.", REBUILD,
         "favor, with the votes against and unmarked", after=("SCH006", "SCH007")),
    Rule("VOT005", "agreement is not the share of votes", _agreement,
         "agreement is the share of votes for the label; for derived rows, of those that marked"
         " nothing.", REBUILD, after=("VOT002", "VOT004", "GRM012", "SCH006", "SCH007", "SCH009")),
    Rule("VOT006", "annotator of two kinds", _kinds,
         "Whether a person or a model annotated is the first thing users ask.",
         "Correct annotators.yaml, and build again."),
    Rule("VOT007", "e-mail address", _e_mail,
         "Annotators are known by pseudonyms; an address is personal data.",
         "Take the address out of the annotation in Label Studio, pull, and build again."),
    Rule("VOT008", "models not declared in the card", _undeclared_models,
         "A reader of the card must learn that labels were drafted by a model, and by which.",
         "Name the annotators of kind model in dataset_card.md.", scope="release",
         after=("REL019",)),
    Rule("VOT009", "voters are not the annotators of the article", _electorate,
         "Not marking a unit is a vote too; a missing one makes agreement look better.", REBUILD,
         after=("VOT001", "VOT002", "SPN019", "SPN012")),
    Rule("VOT010", "votes out of order", _order,
         "Votes have one order, so that equal rows are equal bytes.", REBUILD,
         after=("VOT001", "VOT002")),
)  # fmt: skip
