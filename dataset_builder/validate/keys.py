"""KEY: keys and references, within a table, between tables, and to the registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.validate.annotation_rows import (
    KEYS,
    annotation_rows,
    certainly_different,
    firsts,
)
from dataset_builder.validate.matching import heads, repeated, where
from dataset_builder.validate.registry import REGISTRY_RULES
from dataset_builder.validate.rules import Hits, Rule, hashed, hits

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release


def _duplicate_ids(release: Release) -> Hits:
    import polars as pl

    for name, table in release.tables.items():
        for column in (
            c.name for c in table.columns if c.unique and c.name in release.columns(name)
        ):
            # Hashes first: of a large table the ids themselves would not fit.
            ids = release.lazy(name, column)
            hashes = ids.select(pl.col(column).hash())
            doubled = hashes.collect()[column].sort()
            doubled = doubled.filter(doubled == doubled.shift(1)).unique()
            if doubled.is_empty():
                continue
            alike = pl.col(column).hash().is_in(doubled.implode())
            # The first of them is the row; the others are the defect.
            frame = ids.filter(alike & pl.col(column).is_not_null()).collect()
            again = frame.filter(~pl.col(column).is_first_distinct())
            yield from hits(name, again, f"{column} {{{column}}} is there already")


SAME = {
    "stance": ("article_id", "pair_id", "label", "basis", "evidence"),
    "events": ("article_id", "type", "trigger"),
    "annotations": (
        "article_id",
        "annotation_id",
        "kind",
        "start",
        "end",
        "region_id",
        "name",
        "from_id",
        "to_id",
    ),
}
"""What makes two rows of an article say the same, whatever their ids."""


def _same_rows(release: Release) -> Hits:
    import polars as pl

    for name, columns in SAME.items():
        for _, frame in release.having(*columns, among=(name,)):
            if name == "annotations":
                if set(release.tables[name].key) <= set(columns) and certainly_different(release):
                    continue
                frame = annotation_rows(release, *columns, *KEYS)  # noqa: PLW2901
            spans = [c for c in columns if isinstance(frame.schema[c], pl.Struct)]
            flat = frame.with_columns(
                *(pl.col(c).struct.field(e).alias(f"_{e}") for c in spans for e in ("start", "end"))
            ).drop(spans)
            what = [c for c in flat.columns if c in columns or c in ("_start", "_end")]
            flat = flat.drop_nulls("article_id")
            if name == "annotations":
                what = [c for c in what if c not in ("article_id", "annotation_id")]
                what.append("annotation")
            # Hashing whole rows is slow: only those are compared whose hashes add up to the same.
            keys = {column: key for key, column in KEYS.items() if key in flat.columns}
            hashes = flat.select(hashed(*(keys.get(c, c) for c in what))).to_series()
            if not repeated(hashes):
                continue
            alike = flat.filter(hashes.is_duplicated())
            again = alike.filter(~pl.struct(what).is_first_distinct())
            yield from hits(name, again, "an earlier row says the same")


def _unknown_articles(release: Release) -> Hits:
    known = release.rows("articles", "article_id", complete=True).select("article_id")
    others = tuple(name for name in release.tables if name != "articles")
    for name, frame in release.having("article_id", among=others):
        of_article = firsts(release) if name == "annotations" else heads(frame, "article_id")
        if of_article["article_id"].is_in(known["article_id"].implode()).all():
            continue
        lost = frame.drop_nulls("article_id").join(
            known, on="article_id", how="anti", maintain_order="left"
        )
        yield from hits(name, lost, "article {article_id} is not in the table articles")


def _event_unknown(release: Release) -> Hits:

    events = release.rows("events", "event_id", "mention_id", "article_id", complete=True)
    mentions = events.select("article_id", event_id="mention_id").unique()
    lost = (
        events.drop_nulls()
        .filter(~_of_other_article("event_id"))
        .join(mentions, on=["article_id", "event_id"], how="anti", maintain_order="left")
    )
    return hits("events", lost, "event_id {event_id} is not the id of a mention")


def _event_elsewhere(release: Release) -> Hits:
    import polars as pl

    events = release.rows("events", "event_id", "mention_id", "article_id").drop_nulls()
    home = pl.col("event_id").str.split(":").list.first()
    return hits(
        "events",
        events.filter(_of_other_article("event_id")).with_columns(home=home),
        "event_id {event_id} belongs to a mention of article {home}",
        expected="a mention of article {article_id}",
        found="article {home}",
    )


def _of_other_article(column: str) -> pl.Expr:
    """Whether an id of a mention begins with another article than its row's."""
    import polars as pl

    return ~pl.col(column).str.starts_with(pl.col("article_id") + ":")


def _mention_prefix(release: Release) -> Hits:

    frame = release.rows("events", "mention_id", "article_id")
    wrong = frame.filter(_of_other_article("mention_id"))
    return hits(
        "events", wrong, "mention_id {mention_id} does not begin with its article",
        expected="{article_id}:...", found="{mention_id}",
    )  # fmt: skip


def _mention_region(release: Release) -> Hits:
    import polars as pl

    columns = ("annotation_id", "article_id", "region_id", "kind")
    spans = release.rows("annotations", *columns, complete=True)
    # A row whose kind or article is null is SCH005's, and has its region still.
    span = release.member("annotation_kind", "span")
    marked = spans.filter(pl.col("kind").fill_null(span) == span)
    if marked["article_id"].null_count():
        of_article = pl.col("annotation_id").str.split(":").list.first()
        marked = marked.with_columns(pl.col("article_id").fill_null(of_article))
    marked = marked.drop_nulls(["article_id", "region_id"])
    frame = release.rows("events", "mention_id", "article_id").drop_nulls()
    region = pl.col("mention_id").str.strip_prefix(pl.col("article_id") + ":")
    place = hashed("article_id", "region_id")
    known = marked.select(place).to_series()
    lost = where(
        frame.with_columns(region_id=pl.when(~_of_other_article("mention_id")).then(region)),
        pl.col("region_id").is_null() | ~place.is_in(known.implode()),
    ).drop("region_id")
    return hits("events", lost, "no annotation has the region of mention {mention_id}")


def _annotation_prefix(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("annotations", "annotation_id", "article_id", "annotator")
    start = pl.col("article_id") + ":" + pl.col("annotator") + ":"
    fails = ~pl.col("annotation_id").str.starts_with(start)
    first = firsts(release, "annotation_id", "article_id", "annotator")
    wrong = frame.clear() if first.filter(fails).is_empty() else frame.filter(fails)
    return hits(
        "annotations", wrong, "annotation_id does not name its article and annotator",
        expected="{article_id}:{annotator}:<number>", found="{annotation_id}",
    )  # fmt: skip


def _dangling(release: Release, kind: str, keys: tuple[str, ...], message: str) -> Hits:
    import polars as pl

    columns = [KEYS[key] for key in keys]
    named = dict.fromkeys(("kind", "state", "region_key", *keys, *columns))
    frame = where(
        annotation_rows(release, *named, complete=True),
        pl.col("state") == release.member("annotation_state", "completed"),
    )
    kinds = release.ontology.names("annotation_kind")
    known = frame["region_key"].filter(frame["kind"] == kinds.index("span")).implode()
    of_kind = frame["kind"] == kinds.index(kind)
    for key, column in zip(keys, columns, strict=True):
        if frame[key].filter(of_kind).drop_nulls().is_in(known).all():
            continue
        lost = frame.filter(of_kind, pl.col(key).is_not_null(), ~pl.col(key).is_in(known))
        yield from hits("annotations", lost, f"{message} {{{column}}}, which is not a span")


def _arrow_ends(release: Release) -> Hits:
    return _dangling(release, "arrow", ("from_key", "to_key"), "the arrow ends at")


def _field_region(release: Release) -> Hits:
    return _dangling(release, "field", ("region_key",), "the field belongs to")


def _parallel(release: Release) -> Hits:
    import polars as pl

    ids, codes = pl.col("actor_ids").list.len(), pl.col("actor_codes").list.len()
    wrong = release.arguments.with_columns(n_ids=ids, n_codes=codes).filter(ids != codes)
    return hits(
        "events", wrong, "argument has {n_ids} actor ids and {n_codes} codes",
        expected="{n_ids} codes", found="{n_codes}",
    )  # fmt: skip


def _copied(release: Release) -> Hits:
    import polars as pl

    for column in ("outlet", "published_at", "story"):
        source = release.rows("articles", "article_id", column).unique("article_id", keep="first")
        source = source.select("article_id", stated=pl.col(column))
        for name, frame in release.having("article_id", column, among=("stance", "events")):
            joined = frame.join(source, on="article_id", how="inner", maintain_order="left")
            wrong = joined.filter(pl.col(column).ne_missing(pl.col("stated")))
            yield from hits(
                name, wrong, f"{column} is not that of the article",
                expected="{stated}", found=f"{{{column}}}",
            )  # fmt: skip


REBUILD = "Build the release again from its inputs."
RULES: tuple[Rule, ...] = (
    Rule(
        "KEY001",
        "id used twice",
        _duplicate_ids,
        "An id names one row of its table over all splits; joins on a doubled id multiply rows.",
        REBUILD,
        after=("SPL001",),
        scope="release",
    ),
    Rule(
        "KEY002",
        "row that says what another says",
        _same_rows,
        "Doubled rows count twice in training and in every figure.",
        "Remove the doubled annotation in Label Studio and pull.",
        "two stance rows of one pair with the same evidence",
        after=("KEY001",),
    ),
    Rule(
        "KEY003",
        "row of an article that is not there",
        _unknown_articles,
        "Offsets mean nothing without the article's text.",
        REBUILD,
    ),
    Rule(
        "KEY004",
        "event_id is no mention's id",
        _event_unknown,
        "An event has the id of its first mention; without it the mentions cannot be found.",
        REBUILD,
    ),
    Rule(
        "KEY005",
        "event over two articles",
        _event_elsewhere,
        "Mentions of one event share an id within an article; across articles that is a leak of"
        " one annotation into another.",
        REBUILD,
        after=("KEY006",),
    ),
    Rule(
        "KEY006",
        "mention_id of another article",
        _mention_prefix,
        "The id begins with the article's, so that it is unique over the corpus.",
        REBUILD,
    ),
    Rule(
        "KEY009",
        "arrow to nothing",
        _arrow_ends,
        "An arrow whose span is gone lost its meaning; a role was dropped without notice.",
        "Draw the arrow again in Label Studio, or delete it, and pull.",
    ),
    Rule(
        "KEY010",
        "field of no span",
        _field_region,
        "A field without its span belongs to nothing.",
        "Enter it again at its span in Label Studio, and pull.",
        severity="warning",
    ),
    Rule(
        "KEY015",
        "row contradicts its article",
        _copied,
        "Outlet, publication and story are copied from the article; the copies must agree.",
        REBUILD,
    ),
    Rule(
        "KEY016",
        "ids and codes not side by side",
        _parallel,
        "The n-th code belongs to the n-th actor.",
        REBUILD,
    ),
    Rule(
        "KEY017",
        "annotation_id of something else",
        _annotation_prefix,
        "It names article, annotator and ordinal, and votes are traced through it.",
        REBUILD,
    ),
    Rule(
        "KEY018",
        "mention without annotation",
        _mention_region,
        "Every row follows from an annotation that is published with it.",
        REBUILD,
        after=("KEY003", "KEY006", "KEY019"),
    ),
    *REGISTRY_RULES,
)
