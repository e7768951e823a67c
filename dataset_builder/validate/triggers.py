"""The table triggers against the texts and events that it follows from.

Tokens and tags are made again by the functions that made them (`assemble.triggers`), from what the
release itself says; whatever is wrong with its texts or events explains what is wrong here.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.validate.rules import Hits, Rule, hits
from dataset_builder.validate.tokens import TABLE, certainly_tokenised, doubtful, flat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from dataset_builder.assemble.triggers import Mark
    from dataset_builder.validate.release import Release

LISTS: Final = ("tokens", "ner_tags", "token_starts")
SHOWN: Final = 100
"""Characters shown of a list."""


def _lengths(release: Release) -> Hits:
    import polars as pl

    frame = release.rows(TABLE, *LISTS)
    sizes = [pl.col(name).list.len() for name in LISTS]
    wrong = frame.filter((sizes[0] != sizes[1]) | (sizes[0] != sizes[2])).select(
        pl.exclude(LISTS), *(size.alias(name) for name, size in zip(LISTS, sizes, strict=True))
    )
    text = "{tokens} tokens have {ner_tags} tags and {token_starts} starts"
    yield from hits(TABLE, wrong, text)


def _ids(release: Release) -> Hits:
    import polars as pl

    frame = release.rows(TABLE, "article_id", "sentence_index", "id")
    expected = pl.format("{}:{}", "article_id", "sentence_index")
    wrong = frame.with_columns(expected=expected).filter(pl.col("id") != pl.col("expected"))
    text = "id does not name its article and sentence"
    yield from hits(TABLE, wrong, text, expected="{expected}", found="{id}")
    beyond = frame.join(_counts(release), on="article_id", maintain_order="left").filter(
        ~pl.col("sentence_index").is_between(0, pl.col("count") - 1)
    )
    text = "the article has {count} sentences; there is no number {sentence_index}"
    yield from hits(TABLE, beyond, text)


def _counts(release: Release) -> pl.DataFrame:
    """Sentences of each article: article_id, count."""
    import polars as pl

    frame = release.rows("articles", "article_id", "sentences")
    count = pl.col("sentences").list.len().cast(pl.Int64)
    return frame.unique("article_id", keep="first").select("article_id", count=count)


def _missing(release: Release) -> Hits:
    """Articles some of whose sentences have rows, and some not."""
    import polars as pl

    rows = release.rows(TABLE, "article_id", "id", complete=True)
    articles = release.rows("articles", "article_id", "sentences").unique(
        "article_id", keep="first", maintain_order=True
    )
    wanted = (
        articles.join(rows, on="article_id", how="semi", maintain_order="left")
        .with_columns(index=pl.int_ranges(pl.col("sentences").list.len(), dtype=pl.Int32))
        .drop("sentences")
        .explode("index", empty_as_null=False)
    )
    # By id: a row whose article or index is wrong is told of by other rules.
    named = wanted.with_columns(id=pl.format("{}:{}", "article_id", "index"))
    lost = named.join(rows.select("id"), on="id", how="anti", maintain_order="left")
    first = lost.group_by("article_id", "_split", "_row", maintain_order=True).agg(
        first=pl.col("index").min(), count=pl.len()
    )
    text = "{count} of its sentences have no row in triggers, the first of them number {first}"
    yield from hits("articles", first, text)


def _untagged(release: Release) -> Hits:
    """Articles with events and without any row."""
    tagged_ones = release.rows(TABLE, "article_id", complete=True)
    events = release.rows("events", "article_id").select("article_id")
    texts = release.rows("articles", "article_id", "text").drop_nulls("text")
    articles = texts.drop("text").join(events, on="article_id", how="semi", maintain_order="left")
    lost = articles.join(tagged_ones, on="article_id", how="anti", maintain_order="left")
    yield from hits("articles", lost, "it has events, and no row in triggers")


def _tokens(release: Release) -> Hits:
    import polars as pl

    if certainly_tokenised(release):
        return
    from dataset_builder.assemble.triggers import tokenised

    frame = release.rows(TABLE, *LISTS[::2], "article_id", "sentence_index").drop_nulls()
    texts = dict(release.article_texts.select("article_id", "article_text").iter_rows())
    places = _sentences(release)
    wrong: list[int] = []
    expected: list[str] = []
    columns = ("article_id", "sentence_index", "tokens", "token_starts")
    for number, (article_id, index, tokens, starts) in enumerate(frame.select(columns).iter_rows()):
        sentences = places.get(article_id, ())
        if article_id not in texts or not 0 <= index < len(sentences):
            continue  # told by other rules
        [made] = tokenised(texts[article_id], [sentences[index]])
        if list(made.tokens) != tokens or list(made.starts) != starts:
            wrong.append(number)
            pairs = zip(made.tokens, made.starts, strict=True)
            expected.append(_short(f"{token}@{start}" for token, start in pairs))
    found = frame[wrong].with_columns(expected=pl.Series(expected, dtype=pl.String))
    rows = zip(found["tokens"].to_list(), found["token_starts"].to_list(), strict=True)
    shown = [_short(f"{t}@{s}" for t, s in zip(*row, strict=False)) for row in rows]
    found = found.with_columns(found=pl.Series(shown, dtype=pl.String))
    text = "the tokens, or their places, are not those of sentence {sentence_index}"
    yield from hits(TABLE, found, text, expected="{expected}", found="{found}")


def _sentences(release: Release) -> dict[str, list[tuple[int, int]]]:
    """article_id -> ranges of its sentences that can be read."""
    frame = release.rows("articles", "article_id", "sentences").drop_nulls("sentences")
    return {
        article_id: [
            (item["start"], item["end"])
            for item in ranges
            if item and None not in (item["start"], item["end"]) and item["start"] >= 0
        ]
        for article_id, ranges in frame.select("article_id", "sentences").iter_rows()
    }


def _short(words: Iterator[Any]) -> str:
    text = " ".join(map(str, words))
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _names(release: Release) -> tuple[str, ...]:
    return release.ontology.names("trigger_tag")


def _grammar(release: Release) -> Hits:
    import polars as pl

    names = _names(release)
    # What may stand before a tag that goes on: its own, and the one that begins it.
    begins = {
        number: names.index(f"B-{name[2:]}")
        for number, name in enumerate(names)
        if name.startswith("I-")
    }
    frame = release.rows(TABLE, "ner_tags").filter(
        pl.col("ner_tags").list.eval(pl.element().is_in(list(begins))).list.any()
    )
    flat = frame.with_row_index("n").explode("ner_tags")
    before = pl.col("ner_tags").shift(1).over("n")
    begin = pl.col("ner_tags").replace_strict(begins, default=None, return_dtype=pl.Int64)
    follows = (before == begin) | (before == pl.col("ner_tags"))
    wrong = flat.filter(begin.is_not_null() & ~follows.fill_null(value=False)).unique(
        "n", keep="first", maintain_order=True
    )
    named = wrong.with_columns(tag=release.named("trigger_tag", "ner_tags"))
    yield from hits(TABLE, named, "{tag} goes on with a trigger that does not begin before it")


def _events(release: Release) -> Hits:
    import polars as pl

    names, types = _names(release), release.ontology.names("event_type")
    triggers = _triggers(release, types)
    frame = release.rows(TABLE, *LISTS, "article_id", "sentence_index")
    suspects = _suspects(release, triggers, names, types)
    if suspects is not None:
        if not suspects:
            return
        frame = frame.filter(pl.col("article_id").is_in(suspects))
        triggers = triggers.filter(pl.col("article_id").is_in(suspects))
    from dataset_builder.assemble.triggers import OUTSIDE

    frame = frame.drop_nulls()
    sizes = pl.col("tokens").list.len()
    whole = [pl.col(name).list.eval(pl.element().is_not_null()).list.all() for name in LISTS]
    frame = frame.filter(
        sizes == pl.col("ner_tags").list.len(), sizes == pl.col("token_starts").list.len(), *whole
    ).sort("article_id", "sentence_index", maintain_order=True)
    marks = _marks(triggers, types)
    ids = {name: number for number, name in enumerate(names)}
    wanted = frame.filter(pl.col("article_id").is_in(list(marks)))
    wrong: list[tuple[int, str]] = []
    at = 0
    every = wanted.select("article_id", "tokens", "token_starts", "ner_tags").iter_rows()
    for article_id, of_article in groupby(every, key=itemgetter(0)):
        rows = [row[1:] for row in of_article]
        expected = _expected(rows, marks[article_id], types)
        for number, ((tokens, _, tags), made) in enumerate(zip(rows, expected, strict=True), at):
            if [ids[tag] for tag in made] != tags:
                pairs = zip(tokens, made, strict=True)
                told = _short(f"{token}/{tag}" for token, tag in pairs if tag != OUTSIDE)
                wrong.append((number, told or "only O"))
        at += len(rows)
    found = wanted[[number for number, _ in wrong]].with_columns(
        expected=pl.Series([told for _, told in wrong], dtype=pl.String)
    )
    unmarked = frame.filter(
        ~pl.col("article_id").is_in(list(marks)) & (pl.col("ner_tags").list.max() > 0)
    ).with_columns(expected=pl.lit("only O"))
    failing = pl.concat([found, unmarked])
    shown = [
        _short(
            f"{token}/{names[tag] if tag is not None and 0 <= tag < len(names) else tag}"
            for token, tag in zip(tokens, tags, strict=True)
            if tag
        )
        for tokens, tags in failing.select("tokens", "ner_tags").iter_rows()
    ]
    failing = failing.with_columns(
        found=pl.Series([one or "only O" for one in shown], dtype=pl.String)
    )
    text = "the tags of sentence {sentence_index} are not those of the table events"
    yield from hits(TABLE, failing, text, expected="{expected}", found="{found}")


def _triggers(release: Release, types: Sequence[str]) -> pl.DataFrame:
    """The triggers of events that can be read: article_id, start, end, type, mention_id."""
    import polars as pl

    frame = release.rows("events", "article_id", "mention_id", "type", "trigger", complete=True)
    return (
        frame.select(
            "article_id",
            pl.col("trigger").struct.field("start"),
            pl.col("trigger").struct.field("end"),
            "type",
            "mention_id",
        )
        .drop_nulls()
        .filter(pl.col("type").is_between(0, len(types) - 1))
    )


def _suspects(
    release: Release, triggers: pl.DataFrame, names: Sequence[str], types: Sequence[str]
) -> list[str] | None:
    """Articles whose tags have to be made again; None: all."""
    found = flat(release)
    if found is None:
        return None
    tags = {
        number: (names.index(f"B-{name}"), names.index(f"I-{name}"))
        for number, name in enumerate(types)
    }
    return doubtful(found, triggers, tags)


def _marks(triggers: pl.DataFrame, types: Sequence[str]) -> dict[str, list[Mark]]:
    """article_id -> the triggers of its events."""
    from dataset_builder.assemble.triggers import Mark

    found: dict[str, list[Mark]] = {}
    for article_id, start, end, kind, mention_id in triggers.iter_rows():
        found.setdefault(article_id, []).append(Mark(start, end, types[kind], mention_id))
    return found


def _expected(
    rows: Sequence[tuple[list[str], list[int], list[int]]], marks: list[Mark], types: Sequence[str]
) -> list[tuple[str, ...]]:
    """The tags of an article's sentences. Only those near a trigger are looked at."""
    from dataset_builder.assemble.triggers import OUTSIDE, Sentence, tagged

    firsts = [starts[0] if starts else -1 for _, starts, _ in rows]
    if firsts != sorted(firsts):  # told by the rule on tokens
        near = set(range(len(rows)))
    else:
        near = {
            number
            for mark in marks
            for place in (mark.start, mark.end)
            for at in [bisect_right(firsts, place) - 1]
            for number in (at, at + 1)
            if 0 <= number < len(rows)
        }
    chosen = sorted(near)
    sentences = [Sentence(tuple(rows[n][0]), tuple(rows[n][1])) for n in chosen]
    made = dict(zip(chosen, tagged(sentences, marks, types).tags, strict=True))
    return [made.get(n, (OUTSIDE,) * len(rows[n][0])) for n in range(len(rows))]


REBUILD: Final = "Build the release again from its inputs."
TEXTS: Final = (
    "SPN006", "SPN007", "SPN008", "SPN009", "SPN010", "SPN011", "SPN012", "SPN013", "SPN014",
    "SPN015", "SPN016", "SPN018", "SPN021", "KEY003", "SPL001", "SPL006", "SPL007",
)  # fmt: skip
"""What may be wrong with the text of an article, so that its tokens cannot be right."""

TRIGGER_RULES: tuple[Rule, ...] = (
    Rule("SCH015", "tokens, tags and starts of different length", _lengths,
         "Each token has one tag and one place.", REBUILD, "three tokens with two tags"),
    Rule("KEY020", "triggers row of no sentence", _ids,
         "A row is found again by its article and the index of its sentence.", REBUILD,
         after=(*TEXTS, "KEY001", "SCH015")),
    Rule("KEY021", "sentence without a row of triggers", _missing,
         "An article is there with every sentence or not at all: the sentences without an event are"
         " what a model learns from, too.",
         REBUILD, after=(*TEXTS, "KEY001", "KEY020")),
    Rule("KEY022", "article with events and without triggers", _untagged,
         "Articles of which a part waits for a review have no rows; their triggers are not learned.",
         "Settle the reviews of the article, or build the release again.", severity="warning",
         after=(*TEXTS, "KEY020")),
    Rule("SPN026", "tokens are not those of the sentence", _tokens,
         "Tokens are the matches of `\\w+|[^\\w\\s]` in the sentence, and `token_starts` their"
         " offsets in the article; with other ones a prediction cannot be put into the text.",
         REBUILD, "`[\"Putin's\"]` instead of `[\"Putin\", \"'\", \"s\"]`",
         after=(*TEXTS, "SCH015", "KEY020")),
    Rule("GRM031", "tag that goes on with nothing", _grammar,
         "In BIO, I-TYPE stands behind B-TYPE or I-TYPE of the same type; evaluation by spans reads"
         " anything else in its own way.",
         REBUILD, "`O I-AID`", after=("SCH015",)),
    Rule("GRM032", "tags are not those of the events", _events,
         "A token is tagged when it is in the trigger of an event; of triggers that share a token the"
         " longest counts.",
         REBUILD, after=(*TEXTS, "KEY001", "SPL002", "SCH015", "KEY020", "SPN026", "GRM031")),
)  # fmt: skip
