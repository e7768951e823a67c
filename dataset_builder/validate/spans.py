"""SPN: spans and offsets. All offsets are code points into the article's text, end exclusive."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from dataset_builder.validate.annotation_rows import firsts
from dataset_builder.validate.article_text import TEXT_RULES
from dataset_builder.validate.matching import where
from dataset_builder.validate.quote import quote
from dataset_builder.validate.release import ROW_ID, once
from dataset_builder.validate.rules import CAP, Hit, Hits, Rule, Surplus, hits
from dataset_builder.validate.span_table import with_texts

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release


def hint(text: str, start: int, end: int, surface: str) -> str:
    """What probably went wrong, when the numbers fit one of the usual ways; else empty."""
    if not surface:
        return ""
    # Offsets that count something else than code points show in the same numbers.
    if text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le", "replace") == surface:
        return "the offsets count UTF-16 units (as JavaScript does), not code points"
    if text.encode()[start:end].decode("utf-8", "replace") == surface:
        return "the offsets count bytes of UTF-8, not code points"
    if text.replace("\n", "\r\n")[start:end] == surface:
        return "the offsets count line ends as two characters (CRLF)"
    for form in ("NFC", "NFD"):
        if unicodedata.normalize(form, text[start:end]) == surface:
            return f"the words are in {form}, the text is not"
    around = range(max(0, start - 5), start + 6)
    shifts = [at - start for at in around if at != start and text.startswith(surface, at)]
    if shifts:
        return f"shifted by {-min(shifts, key=abs):+d}"
    if text[start : start + len(surface)] == surface or text[end - len(surface) : end] == surface:
        return f"the range has {end - start} characters, the words have {len(surface)}"
    return ""


def _span_hits(
    release: Release, failing: pl.DataFrame, message: str, *, hinted: bool = False
) -> Hits:
    """Hits over rows of `Release.spans`, each naming its column."""
    first = failing.head(CAP)
    rows = first if "slice" in first.columns else with_texts(release, first)
    for row in rows.iter_rows(named=True):
        place = f"{row['start']}:{row['end']}"
        told = hint(row["article_text"], row["start"], row["end"], row["text"]) if hinted else ""
        ids = {"article_id": row["article_id"], ROW_ID[row["table"]]: row["row_id"]}
        yield Hit(
            message=f"{row['place']} at {place} {message}" + (f": {told}" if told else ""),
            table=row["table"],
            split=row["_split"],
            row=row["_row"],
            ids={name: value for name, value in ids.items() if value is not None},
            expected=row["slice"],
            found=row["text"],
            quote=quote(row["article_text"], row["start"], row["end"], row["place"]),
        )
    if failing.height > CAP:
        yield Surplus(failing.height - CAP)


def _surface(release: Release) -> Hits:
    import polars as pl

    wrong = where(release.spans, pl.col("inside") & ~pl.col("right"))
    return _span_hits(release, wrong, "does not say what the text says there", hinted=True)


def _backwards(release: Release) -> Hits:
    import polars as pl

    judged = pl.col("length").is_not_null()
    wrong = where(release.spans, judged & (pl.col("end") <= pl.col("start")))
    return _span_hits(release, wrong, "is empty or runs backwards")


def _beyond(release: Release) -> Hits:
    import polars as pl

    outside = (pl.col("end") > pl.col("length")) | (pl.col("start") < 0)
    wrong = where(release.spans, (pl.col("end") > pl.col("start")) & outside)
    return _span_hits(release, wrong, "lies outside the text", hinted=True)


def _edges(release: Release) -> Hits:
    import polars as pl

    of_rows = pl.col("right") & (pl.col("table") != "annotations")
    texts = release.spans.select(pl.col("text").filter(of_rows)).to_series()
    if (texts.str.strip_chars() == texts).all():
        return iter(())
    wrong = release.spans.filter(of_rows & (pl.col("text").str.strip_chars() != pl.col("text")))
    return _span_hits(release, wrong, "begins or ends with white space")


def _split_characters(release: Release) -> Hits:
    import polars as pl

    marked = where(release.spans, pl.col("right") & pl.col("marked"))
    if marked.is_empty():
        return iter(())
    rows = with_texts(release, marked)
    following = pl.col("article_text").str.slice(pl.col("end"), 1)
    # Marks and joiners belong to the character before them.
    joined = r"^[\p{M}\x{200d}\x{fe0f}]"
    wrong = rows.filter(following.str.contains(joined) | pl.col("text").str.contains(joined))
    return _span_hits(release, wrong.select(release.spans.columns), "cuts a character in two")


@once
def _contexts(release: Release) -> pl.DataFrame:
    """Rows with a context, their article's text, and the inner spans that must lie inside."""
    import polars as pl

    pieces = []
    for table, inner in (("stance", "evidence"), ("events", "trigger")):
        for _, frame in release.having(
            "text", "context_start", inner, "article_id", among=(table,)
        ):
            pieces.append(
                frame.select(
                    pl.lit(table).alias("table"),
                    pl.lit(inner).alias("place"),
                    "_split",
                    "_row",
                    "article_id",
                    row_id=pl.col(ROW_ID[table]) if ROW_ID[table] in frame.columns else pl.lit(""),
                    context=pl.col("text"),
                    first=pl.col("context_start").cast(pl.Int64),
                    start=pl.col(inner).struct.field("start").cast(pl.Int64),
                    end=pl.col(inner).struct.field("end").cast(pl.Int64),
                    text=pl.col(inner).struct.field("text"),
                )
            )
    texts = release.article_texts
    if not pieces:
        return pl.DataFrame(schema={"table": pl.String})
    size = pl.col("context").str.len_chars().cast(pl.Int64)
    return (
        pl.concat(pieces)
        .join(texts, on="article_id", how="inner", maintain_order="left")
        .with_columns(size=size)
        # A negative start counts from the end for `slice`; such a context is wrong anyway.
        .with_columns(slice=pl.col("article_text").str.slice(pl.col("first").clip(0), "size"))
    )


def _context(release: Release) -> Hits:
    import polars as pl

    frame = _contexts(release)
    if frame.is_empty():
        return
    wrong = where(frame, (pl.col("context") != pl.col("slice")) | (pl.col("first") < 0))
    for table in ("stance", "events"):
        rows = wrong.filter(pl.col("table") == table)
        rows = rows.with_columns(pl.col("row_id").alias(ROW_ID[table]))
        text = "text is not what the article says from {first} on"
        yield from hits(table, rows, text, expected="{slice}", found="{context}")


def _outside_context(release: Release) -> Hits:
    import polars as pl

    frame = _contexts(release)
    if frame.is_empty():
        return
    starts_before = pl.col("start") < pl.col("first")
    ends_after = pl.col("end") > pl.col("first") + pl.col("size")
    wrong = where(frame, starts_before | ends_after)
    yield from _span_hits(release, wrong, "is not in the context that the row gives")


def _other_text(release: Release) -> Hits:
    import polars as pl

    known = release.rows("articles", "article_id", "text_sha256", complete=True)
    known = known.unique("article_id", keep="first").select(
        "article_id", current=pl.col("text_sha256")
    )
    wrong = (
        # What is said is said once of an annotation.
        firsts(release, "article_id", "text_sha256", "annotation_id")
        .join(known, on="article_id", how="inner", maintain_order="left")
        .filter(pl.col("text_sha256") != pl.col("current"))
        .unique(["article_id", "annotation_id"], keep="first", maintain_order=True)
    )
    return hits(
        "annotations",
        wrong,
        "made on another text than the one released",
        expected="{current}",
        found="{text_sha256}",
    )


REBUILD = "Build the release again from its inputs."
REMARK = "Mark the span again in Label Studio, and pull."

RULES: tuple[Rule, ...] = (
    Rule(
        "SPN001",
        "span does not match the text",
        _surface,
        "`text[start:end]` must be the words of the span, in code points; a span that is one off"
        " teaches a model the wrong words and nothing ever fails.",
        "Find out what counts the offsets (the message says when the numbers fit a usual way).",
        "`{start: 4, end: 9, text: 'Putin'}` where the text has ` Puti`",
        after=("SPN012", "KEY019"),
    ),
    Rule(
        "SPN002",
        "span empty or backwards",
        _backwards,
        "A span holds at least one character.",
        REMARK,
    ),
    Rule(
        "SPN003",
        "span outside the text",
        _beyond,
        "Python slices beyond the end in silence and gives less, or nothing.",
        "Find out what counts the offsets (the message says when the numbers fit a usual way).",
        after=("SPN012", "KEY019"),
    ),
    Rule(
        "SPN004",
        "context does not match the text",
        _context,
        "`text` is the article from `context_start` on, word for word.",
        REBUILD,
        after=("SPN012", "SPN018", "SCH009"),
    ),
    Rule(
        "SPN005",
        "evidence or trigger outside the context",
        _outside_context,
        "A model sees only the context; what justifies the label must be in it.",
        REBUILD,
        after=("SPN004", "SPN001", "SPN003", "SPN002", "SPN018", "SCH009"),
    ),
    Rule(
        "SPN017",
        "white space at the edge of a span",
        _edges,
        "Edges that vary by a blank count as disagreement and as errors of a model.",
        REMARK,
        severity="warning",
    ),
    Rule(
        "SPN019",
        "annotated on another text",
        _other_text,
        "Its offsets count in that text. What could be moved exactly to the released one makes rows"
        " and votes there; the rest is left out.",
        "Push, and settle the reviews that it makes; or clean as before.",
        severity="warning",
        after=("SPN012",),
    ),
    Rule(
        "SPN020",
        "span cuts a character",
        _split_characters,
        "A letter and its combining mark, or the parts of one emoji, belong together.",
        REMARK,
        severity="warning",
    ),
    *TEXT_RULES,
)
