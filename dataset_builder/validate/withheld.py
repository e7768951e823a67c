"""Releases that withhold the articles' text hold no sentence of it, and say that they do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dataset_builder.release.manifest import MANIFEST
from dataset_builder.release.surfaces import LEAST, PIECE, WHOLE, pieces, surface_hash
from dataset_builder.release.withhold import FOLDER
from dataset_builder.tables import TEXT_KINDS, ListOf, Scalar, Struct
from dataset_builder.validate.documents import read_text
from dataset_builder.validate.hashes import hash_frames, text_kind
from dataset_builder.validate.release import Unavailable, once
from dataset_builder.validate.rules import Hit, Hits, Rule, hits, of_release

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from dataset_builder.tables import Type
    from dataset_builder.validate.release import Release

WORDS: Final = 6
"""Words that a passage has at least before it is looked up: addresses and ids have fewer."""
MOST_TRIED: Final = 5_000_000
"""Passages of documents times articles that are looked up; with more, the rule could not judge."""


def _contradiction(release: Release) -> Hits:
    import polars as pl

    if "text" not in release.manifest.data:
        return  # the rule on the manifest says so
    said = release.manifest.data["text"]
    if said not in TEXT_KINDS:
        yield Hit(f"{MANIFEST}: text is none of {', '.join(TEXT_KINDS)}", MANIFEST,
                  expected=TEXT_KINDS[0], found=str(said))  # fmt: skip
        return
    beside = [file for file in release.files if file.startswith(f"{FOLDER}/")]
    try:
        column = pl.col("text")
        counts = release.lazy("articles", "text").select(pl.len(), there=column.count()).collect()
        rows, there = counts.row(0)
    except Unavailable:
        rows, there = 0, 0
    if said == "full" and rows and not there:
        yield Hit("the release says that it has its text, and no article has any", MANIFEST,
                  expected="withheld", found="full")  # fmt: skip
    elif said == "full" and (beside or "hashes" in release.manifest.data):
        yield Hit(f"a release that has its text needs no hashes of it ({FOLDER}/)", MANIFEST,
                  found="full")  # fmt: skip
    elif said == "withheld" and rows and there == rows:
        yield Hit("the release says that it withholds its text, and every article has it", MANIFEST,
                  expected="full", found="withheld")  # fmt: skip


def _leaves(kind: Type, name: str, expression: pl.Expr) -> Iterator[tuple[str, pl.Expr]]:
    """Every surface in a column: its path, and how many values of it each row has."""
    import polars as pl

    if isinstance(kind, Scalar):
        if kind.surface:
            yield name, expression.is_not_null().cast(pl.Int64)
    elif isinstance(kind, Struct):
        for field, item in kind.fields:
            yield from _leaves(item, f"{name}.{field}", expression.struct.field(field))
    elif isinstance(kind, ListOf) and isinstance(kind.item, Struct):
        for field, item in kind.item.fields:
            if isinstance(item, Scalar) and item.surface:
                element = pl.element().struct.field(field)
                there = expression.list.eval(element.is_not_null()).list.sum()
                yield f"{name}.{field}", there.cast(pl.Int64)


def _left(release: Release) -> Hits:
    """One hit a column and split: that a column was not withheld is one defect."""
    import polars as pl

    if text_kind(release) != "withheld":
        return
    for table, declared in release.tables.items():
        for column in declared.columns:
            for path, count in _leaves(column.type, column.name, pl.col(column.name)):
                try:
                    frame = release.lazy(table, column.name)
                except Unavailable:
                    continue
                held = frame.filter(count > 0).drop(column.name)
                first = held.group_by("_split", maintain_order=True).agg(
                    pl.all().first(), rows=pl.len()
                )
                rows = first.collect(engine="streaming").sort("_split")
                yield from hits(table, rows, f"{path} holds words of the text in {{rows}} rows")


def _passages(text: str) -> Iterator[str]:
    """What may be a piece of an article: sentences of a document, and sentences joined."""
    from dataset_builder.clean.text import sentences

    for line in text.splitlines():
        bare = line.strip(" \t>|*#-\"'")
        if len(bare) < LEAST or bare.count(" ") < WORDS - 1:
            continue
        ranges = [(span.start, span.end) for span in sentences(bare, "en")]
        for start, end in dict.fromkeys((*ranges, *pieces(ranges), (0, len(bare)))):
            if end - start >= LEAST:
                yield bare[start:end].strip(" \"'")


@once
def _known(release: Release) -> dict[str, tuple[str, frozenset[bytes]]]:
    """Article -> its text_sha256 and the hashes of its pieces."""
    import polars as pl

    found: dict[str, tuple[str, frozenset[bytes]]] = {}
    articles = release.rows(WHOLE[1], "article_id", "text_sha256").drop_nulls()
    for (table, split), frame in hash_frames(release).items():
        if isinstance(frame, str) or table != WHOLE[1]:
            continue
        of_row = frame.filter(pl.col("place") == PIECE).group_by("row").agg("hash")
        mine = articles.filter(
            pl.col("_split") == split, pl.col("text_sha256").str.contains("^[0-9a-f]{64}$")
        )
        joined = mine.join(of_row.with_columns(pl.col("row").cast(pl.Int64)), left_on="_row",
                           right_on="row")  # fmt: skip
        for name, sha, hashes in joined.select("article_id", "text_sha256", "hash").iter_rows():
            found[name] = (sha, frozenset(hashes))
    return found


def _quoted(release: Release) -> Hits:
    """Passages of the text where nobody looks for them: in documents, and in other columns."""
    if text_kind(release) != "withheld":
        return
    known = _known(release)
    yield from _quoted_in_columns(release, known)
    tables = {part.file for part in release.parts}
    left = MOST_TRIED
    for file in release.files:
        if file in tables or file.endswith(".parquet"):
            continue
        document = read_text(release.path / file)
        text = document.text
        if file.endswith(".json"):
            text = text.replace("\\n", "\n")
        counts: Counter[str] = Counter()
        for passage in dict.fromkeys(_passages(text)):
            left -= len(known)
            if left < 0:
                break
            counts.update(_holders(passage, known))
        for name in sorted(counts):
            yield Hit(f"{file} quotes {counts[name]} passages of an article", file,
                      ids={"article_id": name})  # fmt: skip
        if left < 0:
            raise Unavailable("too many articles for every passage to be looked up")


def _quoted_in_columns(release: Release, known: dict[str, tuple[str, frozenset[bytes]]]) -> Hits:
    import polars as pl

    for table, declared in release.tables.items():
        for column in declared.columns:
            listed = isinstance(column.type, ListOf) and column.type.item == Scalar("string")
            if column.type != Scalar("string") and not listed:
                continue
            try:
                frame = release.lazy(table, *dict.fromkeys((column.name, "article_id")))
            except Unavailable:
                continue
            value = pl.col(column.name)
            if listed:
                frame = frame.explode(column.name, empty_as_null=False)
            long = frame.filter(
                (value.str.len_chars() >= LEAST) & (value.str.count_matches(" ") >= WORDS - 1)
            ).collect(engine="streaming")
            wrong = [
                number
                for number, (name, text) in enumerate(
                    zip(long["article_id"], long[column.name], strict=True)
                )
                if name in known and any(_holders(p, {name: known[name]}) for p in _passages(text))
            ]
            yield from hits(table, long[wrong], f"{column.name} quotes the text of its article")


def _holders(passage: str, known: dict[str, tuple[str, frozenset[bytes]]]) -> Iterable[str]:
    """The articles that hold a passage as a piece."""
    return [name for name, (sha, hashes) in known.items() if surface_hash(passage, sha) in hashes]


AGAIN: Final = "Build the release again with `--text withheld`."

WITHHELD_RULES = of_release(
    Rule("REL031", "another text than the manifest says", _contradiction,
         "By MANIFEST.json, `text`, users and tools know whether the words are there: full, withheld,"
         " or partial, which is what `hydrate` could restore.",
         "Build the release again; never edit its manifest by hand.", "a manifest that says full, and"
         " every text is null", after=("REL001",)),
    Rule("REL033", "text quoted in a release that withholds it", _quoted,
         "A passage in the card, in a schema or in what an annotator entered publishes it all the"
         " same. Only whole sentences are found.",
         "Remove the passage at its source, and build again.", after=("REL031", "REL032")),
    Rule("SPN027", "text in a release that withholds it", _left,
         "The text belongs to its publishers; every column that repeats it has to be null.", AGAIN,
         "`evidence.text` in 12 rows", after=("REL031",)),
)  # fmt: skip
