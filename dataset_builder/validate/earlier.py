"""SPL, VER: leaks against an earlier release, and articles that the project withholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.ledger import WITHHELD
from dataset_builder.release.withhold import SIGNATURES
from dataset_builder.validate.hashes import hash_frames, text_kind
from dataset_builder.validate.near_texts import near_groups
from dataset_builder.validate.release import Unavailable
from dataset_builder.validate.rules import Hits, Rule, hits, of_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from dataset_builder.validate.release import Release

LOOKED_AT = 20
"""Articles of the earlier release that a new one is compared with, to name one of them."""


def before(release: Release) -> Release:
    """The earlier release. Raises Unavailable when there is none to compare with."""
    if release.previous is None:
        raise Unavailable("previous")
    return release.previous


def _known(release: Release) -> pl.DataFrame:
    """Ids of the articles of the earlier release, one row each, with the split they were in."""
    import polars as pl

    old = before(release).rows("articles", "article_id").drop_nulls("article_id")
    return old.unique("article_id", keep="first").select("article_id", was=pl.col("_split"))


def _words(release: Release, *, hashed: bool) -> pl.LazyFrame:
    """What tells the texts of articles apart: their words, or their hashes."""
    import polars as pl

    if hashed:
        texts = release.lazy("articles", "article_id", "text_sha256").drop_nulls()
        return texts.select("_split", "_row", "article_id", words=pl.col("text_sha256").hash())
    folded = pl.col("text").str.to_lowercase().str.replace_all(r"\W+", " ").str.strip_chars(" ")
    texts = release.lazy("articles", "article_id", "text").drop_nulls(["article_id", "text"])
    return texts.select("_split", "_row", "article_id", words=folded.hash())


def _same_text(release: Release) -> Hits:
    import polars as pl

    known = _known(release)
    hashed = {text_kind(release), text_kind(before(release))} != {"full"}
    old = _words(before(release), hashed=hashed).collect(engine="streaming")
    old = old.unique("words", keep="first", maintain_order=True).select(
        "words", was="_split", other="article_id"
    )
    new = _words(release, hashed=hashed).collect(engine="streaming")
    new = new.join(known, on="article_id", how="anti", maintain_order="left")
    joined = new.join(old, on="words", how="inner", maintain_order="left")
    wrong = joined.filter(pl.col("_split") != pl.col("was"))
    text = "the same text was published in {was}, as {other}"
    return hits("articles", wrong, text, expected="{was}", found="{_split}")


def _near_text(release: Release) -> Hits:
    import polars as pl

    from dataset_builder.grouping import NEAR, similarity

    known, earlier = _known(release), before(release)
    if release.rows("articles", "article_id").join(known, on="article_id", how="anti").is_empty():
        return

    def pieces() -> Iterator[pl.DataFrame]:
        for side, of in (("old", earlier), ("new", release)):
            for piece in of.pieces("articles", "article_id", "text"):
                rows = piece.select(
                    pl.lit(side).alias("side"), "_split", "_row", "article_id", "text"
                )
                rows = rows.drop_nulls(["article_id", "text"])
                if side == "new":
                    rows = rows.join(known, on="article_id", how="anti", maintain_order="left")
                yield rows

    members = near_groups(pieces, "side")
    found: list[tuple[int, str, str, float]] = []
    for group in members.partition_by("group", maintain_order=True):
        old = group.filter(pl.col("side") == "old").rows(named=True)
        for row in group.filter(pl.col("side") == "new").iter_rows(named=True):
            others = [other for other in old if other["_split"] != row["_split"]][:LOOKED_AT]
            shares = [similarity(row["text"], other["text"]) for other in others]
            if shares and max(shares) >= NEAR:
                best = others[shares.index(max(shares))]
                share = round(max(shares), 3)
                found.append((row["n"], best["_split"], best["article_id"], share))
    schema = {"n": pl.UInt32, "was": pl.String, "other": pl.String, "share": pl.Float64}
    wrong = members.drop("text").join(
        pl.DataFrame(found, schema, orient="row"), on="n", maintain_order="left"
    )
    text = "nearly the same text was published in {was}, as {other}"
    yield from hits("articles", wrong, text, expected="{was}",
                    found="{_split}; {share} of the word sequences are shared")  # fmt: skip


def _story(release: Release) -> Hits:
    import polars as pl

    known = _known(release)
    old = before(release).rows("articles", "article_id", "story").drop_nulls("story")
    # A story that was in several splits has a finding of its own there.
    homes = old.group_by("story").agg(was=pl.col("_split").unique()).filter(
        pl.col("was").list.len() == 1
    ).with_columns(pl.col("was").list.first())  # fmt: skip
    fresh = release.rows("articles", "article_id", "story").join(
        known, on="article_id", how="anti", maintain_order="left"
    )
    joined = fresh.join(homes, on="story", how="inner", maintain_order="left")
    wrong = joined.filter(pl.col("_split") != pl.col("was"))
    text = "its story {story} was published in {was}"
    return hits("articles", wrong, text, expected="{was}", found="{_split}")


def _withheld(release: Release) -> Hits:
    """By id, as a copy of a withheld article, or by its text."""
    import polars as pl

    if release.ledger is None:
        raise Unavailable("ledger")
    entries = release.ledger.entries
    gone = {name: entry for name, entry in entries.items() if entry.status == WITHHELD}
    ids = {name: entry.reason or "withheld" for name, entry in gone.items()}
    # An alias is released in no one's place while its article is withheld.
    ids |= {
        alias: ids[name] for alias, name in release.ledger.alias_of.items()
        if name in ids and alias not in entries
    }  # fmt: skip
    # A copy that was published under its own id is known by its hash as well.
    texts = {e.text_sha256: ids[name] for name, e in gone.items()}
    texts = {k: v for k, v in texts.items()
             if k not in {e.text_sha256 for n, e in entries.items() if n not in gone}}  # fmt: skip
    frame = release.rows("articles", "article_id", "text_sha256").with_columns(
        by_id=pl.col("article_id").replace_strict(ids, default=None, return_dtype=pl.String),
        by_text=pl.col("text_sha256").replace_strict(texts, default=None, return_dtype=pl.String),
    )
    wrong = frame.with_columns(reason=pl.coalesce("by_id", "by_text")).drop_nulls("reason")
    text = "the ledger withholds this article: {reason}"
    return hits("articles", wrong, text)


def _signatures(release: Release) -> dict[str, bytes]:
    """Those that a release without text ships, by article."""
    if text_kind(release) == "full":
        return {}
    found: dict[str, bytes] = {}
    for (table, _), frame in hash_frames(release).items():
        if table == SIGNATURES and not isinstance(frame, str):
            found.update(frame.select("article_id", "signature").drop_nulls().iter_rows())
    return found


def _taken_down(release: Release) -> Hits:
    """By the id of any fetch, by its text, or by the signature of its text."""
    import polars as pl

    if release.takedowns is None or release.ledger is None:
        raise Unavailable("takedowns")
    if not release.takedowns.lines:
        return
    signed = _signatures(release)
    for piece in release.pieces("articles", "article_id", "text_sha256", "text"):
        frame = piece.drop_nulls(["article_id", "text_sha256"])
        pages = [
            (name, sha, signed.get(name, b"") if text is None else text)
            for name, sha, text in frame.select("article_id", "text_sha256", "text").iter_rows()
        ]
        found = release.takedowns.found(pages, release.ledger)
        if found:
            rows = frame.with_row_index("n").filter(pl.col("n").is_in(sorted(found)))
            told = [f"{entry.article_id} was {entry.withheld}; this is {how}"
                    for _, (entry, how) in sorted(found.items())]  # fmt: skip
            yield from hits("articles", rows.with_columns(told=pl.Series(told)), "{told}")


def _other_split(release: Release) -> Hits:
    import polars as pl

    if release.ledger is None:
        raise Unavailable("ledger")
    splits = {name: entry.split for name, entry in release.ledger.entries.items() if entry.split}
    frame = release.rows("articles", "article_id").with_columns(
        given=pl.col("article_id").replace_strict(splits, default=None, return_dtype=pl.String)
    )
    wrong = frame.filter(pl.col("given") != pl.col("_split"))
    text = "the ledger has this article in {given}"
    return hits("articles", wrong, text, expected="{given}", found="{_split}")


LEDGER = "Let `build` assign the splits through the ledger; never move rows by hand."
OUT = "Take the page out of the sources, and build again."

EARLIER_RULES = of_release(
    Rule("SPL011", "text of another split of the earlier release", _same_text,
         "Whoever trained on the earlier release has seen what is now tested, or the other way"
         " round, whatever id it has.", LEDGER, after=("VER004", "SPL001", "SPL005", "SPL008")),
    Rule("SPL012", "nearly a text of another split of the earlier release", _near_text,
         "A syndicated copy leaks like the article it is a copy of.", LEDGER,
         after=("SPL011", "VER004", "SPL001", "SPL005", "SPL006", "SPL008")),
    Rule("SPL013", "story of another split of the earlier release", _story,
         "A story stays in its split: its names, quotes and stances were published there.", LEDGER,
         after=("SPL003", "SPL011", "SPL012", "VER004", "SPL001", "SPL008")),
    Rule("VER011", "withheld article", _withheld,
         "What the ledger withholds stays withheld, under every id and as every copy.", OUT,
         after=("VER012",)),
    Rule("VER012", "article that was taken down", _taken_down,
         "Somebody asked for it not to be published any more.", OUT),
    Rule("VER014", "another split than the ledger's", _other_split,
         "The ledger says where an article was published; it never moves.", LEDGER,
         after=("VER004", "SPL001", "SPL002", "SPL003", "SPL008")),
)  # fmt: skip
