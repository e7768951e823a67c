"""SPL: splits, and what leaks from one into another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_builder.project import SPLITS
from dataset_builder.validate.annotation_rows import firsts
from dataset_builder.validate.hashes import text_kind
from dataset_builder.validate.matching import heads
from dataset_builder.validate.near_texts import near_groups
from dataset_builder.validate.release import ROW_ID
from dataset_builder.validate.rules import Hit, Hits, Rule, hits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from dataset_builder.validate.release import Release

LOOKED_AT = 20
"""Members of a group of near-duplicates that another one is compared with, to be named."""
RANK = {name: rank for rank, name in enumerate(SPLITS)}


def _twice(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("articles", "article_id").drop_nulls("article_id")
    first = pl.col("_split").first().over("article_id")
    again = frame.with_columns(first=first).filter(pl.col("_split") != pl.col("first"))
    return hits("articles", again, "the article is in {first} too", found="{first}, {_split}")


def _astray(release: Release) -> Hits:
    import polars as pl

    homes = release.rows("articles", "article_id", complete=True)
    homes = homes.group_by("article_id").agg(homes=pl.col("_split").unique().sort())
    for table, frame in release.having("article_id", among=tuple(ROW_ID)):
        if table == "articles":
            continue
        home = homes.select("article_id", home=pl.col("homes").list.first())
        of_article = (
            firsts(release) if table == "annotations" else heads(frame, "article_id", "_split")
        )
        first = of_article.join(home, on="article_id")
        if (first["_split"] == first["home"]).all():
            continue
        joined = frame.join(homes, on="article_id", how="inner", maintain_order="left")
        wrong = joined.filter(~pl.col("homes").list.contains(pl.col("_split"))).with_columns(
            pl.col("homes").list.join(", ")
        )
        text = "the article of this row is in {homes}"
        yield from hits(table, wrong, text, expected="{homes}", found="{_split}")


def _crossing(release: Release, column: str, message: str) -> Hits:
    """Articles that share `column` with an article of another split; the larger part is right."""
    import polars as pl

    frame = release.rows("articles", "article_id", column).drop_nulls(column)
    sizes = frame.group_by(column, "_split").len("size")
    homes = (
        sizes.with_columns(rank=pl.col("_split").replace_strict(RANK, default=9))
        .sort("size", "rank", descending=[True, False])
        .group_by(column, maintain_order=True)
        .agg(home=pl.col("_split").first(), parts=pl.len())
        .filter(pl.col("parts") > 1)
    )
    joined = frame.join(homes, on=column, how="inner", maintain_order="left")
    wrong = joined.filter(pl.col("_split") != pl.col("home"))
    text = f"{message} {{{column}}} is in {{home}} too"
    return hits("articles", wrong, text, expected="{home}", found="{_split}")


def _story(release: Release) -> Hits:
    return _crossing(release, "story", "story")


def _duplicates(release: Release) -> Hits:
    return _crossing(release, "duplicate_group", "duplicate group")


def _identical(release: Release) -> Hits:
    """Texts of the same words, whatever stands between them and however they are capitalised."""
    import polars as pl

    words = pl.col("text").str.to_lowercase().str.replace_all(r"\W+", " ").str.strip_chars(" ")
    if text_kind(release) == "full":
        texts = release.lazy("articles", "article_id", "text").drop_nulls("text")
    else:  # the hash does for a text that is not there
        texts = release.lazy("articles", "article_id", "text", "text_sha256")
        words = pl.coalesce(words, pl.format("sha256 {}", "text_sha256"))
    whole = texts.with_columns(words=words).filter(pl.col("words") != "").drop("text")
    # Hashes first: of a large corpus the texts themselves would not fit.
    hashes = whole.select("_split", hash=pl.col("words").hash()).collect(engine="streaming")
    crossing = hashes.group_by("hash").agg(pl.col("_split").n_unique()).filter(pl.col("_split") > 1)
    alike = whole.filter(pl.col("words").hash().is_in(crossing["hash"].implode()))
    # What is in a less trainable split is the leak.
    rank = pl.col("_split").replace_strict(RANK, default=len(RANK), return_dtype=pl.Int64)
    first = (
        alike.collect(engine="streaming")
        .sort(rank, "_row")
        .with_columns(
            first=pl.col("_split").first().over("words"),
            other=pl.col("article_id").first().over("words"),
        )
    )
    wrong = first.filter(pl.col("_split") != pl.col("first"))
    yield from hits("articles", wrong, "the same text is in {first}, as {other}", found="{other}")
    # Of those with equal texts `build` takes one; what only has the same words may be another.
    rows = release.rows("articles", "article_id", "text_sha256").drop_nulls("text_sha256")
    place = ["_split", "text_sha256"]
    rows = rows.filter(~pl.struct("_split", "article_id").is_duplicated())
    twice = rows.filter(pl.struct(place).is_duplicated()).with_columns(
        other=pl.col("article_id").first().over(place)
    )
    again = twice.filter(pl.col("article_id") != pl.col("other"))
    text = "the same text is in {_split} already, as {other}"
    yield from hits("articles", again, text, found="{other}")


def _near(release: Release) -> Hits:
    """Near-duplicates over splits, as `build` would find them (see `grouping.near`)."""
    import polars as pl

    from dataset_builder.grouping import NEAR

    pairs: list[tuple[int, int, float]] = []

    def pieces() -> Iterator[pl.DataFrame]:
        for piece in release.pieces("articles", "article_id", "text"):
            yield piece.drop_nulls("text")

    rank = pl.col("_split").replace_strict(RANK, default=len(RANK))  # most trainable first
    frame = near_groups(pieces, "_split").sort(rank, "_split", "_row")
    for group in frame.partition_by("group", maintain_order=True):
        pairs += _leaks(group.rows(named=True))
    if not pairs:
        return
    schema = {"n": pl.UInt32, "other": pl.UInt32, "share": pl.Float64}
    other = frame.select(other="n", _split_other="_split", article_id_other="article_id")
    wrong = (
        pl.DataFrame(pairs, schema, orient="row")
        .join(frame.drop("text"), on="n", maintain_order="left")
        .join(other, on="other", maintain_order="left")
    )
    text = "nearly the same text is in {_split_other}, as {article_id_other}"
    found = "{share} of the word sequences are shared"
    yield from hits("articles", wrong, text, expected=f"less than {NEAR}", found=found)


def _leaks(group: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, int, float]]:
    """Of a group of near-duplicates: those near to an earlier one of another split, with that one
    and the similarity; of many earlier ones the first are looked at."""
    from dataset_builder.grouping import NEAR, similarity

    for at, row in enumerate(group):
        others = [other for other in group[:at] if other["_split"] != row["_split"]][:LOOKED_AT]
        shares = [similarity(row["text"], other["text"]) for other in others]
        if shares and max(shares) >= NEAR:
            best = shares.index(max(shares))
            yield row["n"], others[best]["n"], round(shares[best], 3)


def _derived(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("stance", "basis")
    derived = pl.col("basis") == release.member("stance_basis", "derived")
    wrong = frame.filter(derived & (pl.col("_split") != "train"))
    return hits("stance", wrong, "a derived row outside train", expected="train", found="{_split}")


def _unknown(release: Release) -> Hits:
    places = {(part.table, part.split): part.file for part in release.parts}
    for (table, split), file in sorted(places.items()):
        if split not in SPLITS:
            yield Hit(f"{file} is no split that training code asks for", table, split,
                      expected=", ".join(SPLITS), found=split)  # fmt: skip


def _without_train(release: Release) -> list[str]:
    """Tables that have files, but none of train."""
    tables = dict.fromkeys(part.table for part in release.parts)
    trained = {part.table for part in release.parts if part.split == "train"}
    return [table for table in tables if table not in trained]


def _no_train(release: Release) -> Hits:
    if "articles" in _without_train(release):
        yield Hit("articles has no split train", "articles")


def _nothing_in_train(release: Release) -> Hits:
    without = _without_train(release)
    for table in without if "articles" not in without else ():
        yield Hit(f"{table} has no rows in train", table)


ASSIGN = "Let `build` assign the splits through the ledger; never move rows by hand."
GROUP = "Put both articles into one story (annotations/stories.yaml), and build again."

RULES: tuple[Rule, ...] = (
    Rule("SPL001", "article in two splits", _twice,
         "What a model is tested on it must not have been trained on.", ASSIGN, scope="release"),
    Rule("SPL002", "row in another split than its article", _astray,
         "An article is in one split with everything that is said of it.", ASSIGN,
         after=("SPL001", "SPL008")),
    Rule("SPL003", "story in two splits", _story,
         "Articles on one happening share names, quotes and stances; over splits they leak.",
         ASSIGN, after=("SPL001", "SPL008"), scope="release"),
    Rule("SPL004", "near-duplicates in two splits", _duplicates,
         "Near-duplicates are one text for a model.", ASSIGN, after=("SPL003", "SPL001", "SPL008"), scope="release"),
    Rule("SPL005", "same text twice", _identical,
         "A text of the test split that was seen in training measures memory; in one split it counts"
         " twice.", GROUP,
         after=("SPL001",), scope="release"),
    Rule("SPL006", "nearly the same text in two splits", _near,
         "Syndicated articles differ by a line; over splits they leak like copies.", GROUP,
         after=("SPL005", "SPL001", "SPL004", "SPL003"), scope="release"),
    Rule("SPL007", "derived row outside train", _derived,
         "Derived neutrals were seen by nobody; scores on them mean nothing.", ASSIGN,
         after=("SPL002", "SPL008")),
    Rule("SPL008", "unknown split", _unknown,
         "Training scripts look for train, validation and test, and skip others in silence.",
         "Rename the split.", scope="release"),
    Rule("SPL009", "no articles in train", _no_train,
         "Nothing can be trained; a corpus too small for three splits has only train.", ASSIGN,
         after=("SPL008", "REL002"), scope="release"),
    Rule("SPL010", "config without rows in train", _nothing_in_train,
         "The articles of train are not annotated yet, or have nothing of the kind.",
         "Annotate articles of train; a published article never moves to another split.",
         severity="warning", after=("SPL008", "SPL009", "REL002", "SCH012"), scope="release"),
)  # fmt: skip
