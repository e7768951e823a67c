"""SPN: the text of articles, its encoding and its division into paragraphs and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.articles import sha256_text
from dataset_builder.damage import CONTROL, ENTITY, FLAG, LOST, MOJIBAKE, TAG, TAGS, markup_in
from dataset_builder.validate.release import once
from dataset_builder.validate.rules import Hits, Rule, hits

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

WORDS = ("text", "title", "outlet", "agency", "byline", "dateline")
"""Columns of articles in the page's own words."""


def _containing(
    release: Release, pattern: str, message: str, columns: tuple[str, ...] = WORDS
) -> Hits:
    """Articles with words that match, quoting the first match."""
    import polars as pl

    for column in columns:
        for _, frame in release.having(column, among=("articles",)):
            wrong = frame.filter(pl.col(column).str.contains(pattern)).with_columns(
                match=pl.col(column).str.extract(f"({pattern})", 1),
                around=pl.col(column).str.extract(f"(?s)(.{{0,20}}(?:{pattern}).{{0,20}})", 1),
            )
            text = f"{column} holds {message}"
            yield from hits("articles", wrong, text, found="{around}")


def _not_nfc(release: Release) -> Hits:
    import polars as pl

    for column in WORDS:
        for _, frame in release.having(column, among=("articles",)):
            # Whatever is below U+0300 has one form only; and so have quotation marks and dashes.
            several = r"[\x{300}-\x{200f}\x{2028}-\x{10ffff}]"
            rows = frame.filter(pl.col(column).str.contains(several))
            wrong = rows.filter(pl.col(column).str.normalize("NFC") != pl.col(column))
            yield from hits("articles", wrong, f"{column} is not in Unicode's form NFC")


def _carriage_return(release: Release) -> Hits:
    return _containing(release, r"\r", "a carriage return")


def _replacement(release: Release) -> Hits:
    return _containing(release, LOST, "U+FFFD, which stands for bytes that were lost")


def _mojibake(release: Release) -> Hits:
    return _containing(release, MOJIBAKE, "letters that were decoded with the wrong encoding")


def _markup(release: Release) -> Hits:
    import polars as pl

    for column in WORDS:
        for _, frame in release.having(column, among=("articles",)):
            looked = frame.filter(pl.col(column).str.contains(f"{ENTITY}|{TAG}"))
            around = pl.Series("around", map(_around_markup, looked[column]), dtype=pl.String)
            wrong = looked.with_columns(around).drop_nulls("around")
            yield from hits("articles", wrong, f"{column} holds HTML", found="{around}")


def _around_markup(text: str) -> str | None:
    found = markup_in(text)
    return text[max(0, found.start() - 20) : found.end() + 20] if found else None


def _control(release: Release) -> Hits:
    import polars as pl

    columns = (*WORDS, "url")
    yield from _containing(release, CONTROL, "a control character", columns)
    for column in columns:
        for _, frame in release.having(column, among=("articles",)):
            looked = frame.filter(pl.col(column).str.contains(f"[{TAGS}]"))
            rest = pl.col(column).str.replace_all(FLAG, "")
            hidden = rest.str.extract_all(f"[{TAGS}]").list.len()
            wrong = looked.with_columns(hidden=hidden).filter(pl.col("hidden") > 0)
            text = f"{column} holds {{hidden}} letters that nothing shows"
            yield from hits("articles", wrong, text)


def _digest(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("articles", "text", "text_sha256").drop_nulls(["text", "text_sha256"])
    # No expression of polars hashes with SHA-256; one call per article is cheap.
    made = frame.with_columns(
        made=pl.Series([sha256_text(text) for text in frame["text"]], dtype=pl.String)
    )
    wrong = made.filter(pl.col("made") != pl.col("text_sha256"))
    return hits(
        "articles",
        wrong,
        "text_sha256 is not that of the text",
        expected="{made}",
        found="{text_sha256}",
    )


def _empty(release: Release) -> Hits:
    import polars as pl

    for table, frame in release.having("text", among=("articles", "stance", "events")):
        wrong = frame.filter(pl.col("text").str.strip_chars() == "")
        yield from hits(table, wrong, "text is empty")


def _layout(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("articles", "text")
    wrong = frame.filter(
        (pl.col("text").str.strip_chars() != "")
        & (
            (pl.col("text").str.strip_chars() != pl.col("text"))
            | pl.col("text").str.contains(r"\n{3,}|\n[ \t]+\n")
        )
    )
    return hits("articles", wrong, "text begins or ends blank, or has more than one blank line")


@once
def _paragraphs(release: Release) -> pl.DataFrame:
    return _ranges(release, "paragraphs")


@once
def _sentences(release: Release) -> pl.DataFrame:
    return _ranges(release, "sentences")


def _ranges(release: Release, column: str) -> pl.DataFrame:
    """The ranges of `column` with their text, the one before, and the text between the two."""
    import polars as pl

    frame = release.rows("articles", "text", column).drop_nulls("text")
    flat = (
        frame.filter(pl.col(column).list.len() > 0)
        .explode(column)
        .with_columns(
            start=pl.col(column).struct.field("start").cast(pl.Int64),
            end=pl.col(column).struct.field("end").cast(pl.Int64),
            length=pl.col("text").str.len_chars().cast(pl.Int64),
        )
        .drop(column)
        .drop_nulls(["start", "end"])
    )
    before = pl.col("end").shift(1).over("_split", "_row").fill_null(0)
    return flat.with_columns(before=before)


def _disordered(ranges: pl.DataFrame, column: str) -> Hits:
    import polars as pl

    wrong = ranges.filter(
        (pl.col("start") < pl.col("before"))
        | (pl.col("end") <= pl.col("start"))
        | (pl.col("end") > pl.col("length"))
    )
    text = f"{column}: {{start}}:{{end}} overlaps, runs backwards or lies outside the text"
    return hits("articles", wrong, text, expected="from {before} to {length}")


def _paragraph_order(release: Release) -> Hits:
    return _disordered(_paragraphs(release), "paragraphs")


def _sentence_order(release: Release) -> Hits:
    return _disordered(_sentences(release), "sentences")


def _uncovered(release: Release) -> Hits:
    import polars as pl

    for column, ranges in (("paragraphs", _paragraphs), ("sentences", _sentences)):
        for _, frame in release.having(column, "text", among=("articles",)):
            none = frame.filter(
                (pl.col(column).list.len() == 0) & (pl.col("text").str.strip_chars() != "")
            )
            yield from hits("articles", none, f"text is in no one of the {column}")
        flat = ranges(release)
        gap = flat.with_columns(
            gap=pl.col("text").str.slice(
                pl.col("before").clip(0), (pl.col("start") - pl.col("before")).clip(0)
            )
        ).filter(pl.col("gap").str.strip_chars() != "")
        text = f"{column} leave out the text before {{start}}"
        yield from hits("articles", gap, text, found="{gap}")
        last = flat.unique(["_split", "_row"], keep="last", maintain_order=True)
        rest = last.with_columns(gap=pl.col("text").str.slice(pl.col("end").clip(0))).filter(
            pl.col("gap").str.strip_chars() != ""
        )
        text = f"{column} leave out the text after {{end}}"
        yield from hits("articles", rest, text, found="{gap}")


def _repeated(release: Release) -> Hits:
    import polars as pl

    flat = _paragraphs(release).with_columns(
        words=pl.col("text").str.slice(
            pl.col("start").clip(0), (pl.col("end") - pl.col("start")).clip(0)
        )
    )
    again = flat.filter(
        (pl.col("words") != "") & ~pl.struct("_split", "_row", "words").is_first_distinct()
    )
    text = "the paragraph at {start}:{end} is there already"
    return hits("articles", again, text, found="{words}")


RECLEAN = "Clean the page again; if the rules of `clean/` let it through, mend them."

TEXT_RULES: tuple[Rule, ...] = (
    Rule(
        "SPN006",
        "text not in NFC",
        _not_nfc,
        "One letter must have one spelling, or equal words differ and offsets shift.",
        RECLEAN,
    ),
    Rule(
        "SPN007",
        "carriage return in the text",
        _carriage_return,
        "Line ends are `\\n`; readers that drop `\\r` shift every offset behind it.",
        RECLEAN,
    ),
    Rule(
        "SPN008",
        "lost characters",
        _replacement,
        "U+FFFD is what a decoder writes for bytes it could not read.",
        "Read the page again in its own encoding.",
    ),
    Rule(
        "SPN009",
        "wrong encoding",
        _mojibake,
        "UTF-8 that was read as Windows-1252 looks like `â€™` or `Ã©`.",
        "Read the page again in its own encoding.",
        "Erdoğan as ErdoÄŸan, it's as itâ€™s",
    ),
    Rule(
        "SPN010",
        "HTML in the text",
        _markup,
        "Entities and tags are not words of the article.",
        RECLEAN,
        "`&amp;`, `<br>`",
    ),
    Rule(
        "SPN011",
        "control character in the text",
        _control,
        "They are invisible, break terminals and viewers, and are not words; overrides of the writing"
        " direction show another text than there is, and in letters that nothing shows (U+E0020 to"
        " U+E007F) stands what programs read and people do not.",
        RECLEAN,
        "U+202E in a title; a sentence in tag letters after a full stop",
    ),
    Rule(
        "SPN012",
        "text_sha256 of another text",
        _digest,
        "The text was changed after it was annotated; no offset can be trusted.",
        "Build the release again; never edit a text by hand.",
    ),
    Rule(
        "SPN013",
        "paragraphs overlap or leave the text",
        _paragraph_order,
        "Paragraphs are ranges in reading order.",
        RECLEAN,
    ),
    Rule(
        "SPN014",
        "sentences overlap or leave the text",
        _sentence_order,
        "Sentences are ranges in reading order.",
        RECLEAN,
    ),
    Rule(
        "SPN015",
        "text outside paragraphs or sentences",
        _uncovered,
        "Whatever is in no sentence is never shown to a model.",
        RECLEAN,
        after=("SPN013", "SPN014"),
    ),
    Rule(
        "SPN016",
        "paragraph repeated",
        _repeated,
        "Pages repeat paragraphs around pictures and advertisements; each is kept once.",
        RECLEAN,
        after=("SPN013",),
    ),
    Rule(
        "SPN018",
        "empty text",
        _empty,
        "A row without text teaches nothing and passes every check on offsets.",
        RECLEAN,
    ),
    Rule(
        "SPN021",
        "blank edges or lines",
        _layout,
        "Paragraphs are separated by exactly one blank line; anything else is unstable.",
        RECLEAN,
    ),
)
