"""The hashes of a release that lacks text: each fits a row, and what is there is what they prove."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.release.manifest import MANIFEST
from dataset_builder.release.surfaces import PIECE, WHOLE, Outline, pieces, places, surface_hash
from dataset_builder.release.withhold import (
    FOLDER,
    RELEASE,
    SIGNATURES,
    hash_file,
    hash_schema,
    signature_schema,
)
from dataset_builder.tables import TEXT_KINDS
from dataset_builder.validate.documents import no_file, read_text
from dataset_builder.validate.reading import impossible_footer
from dataset_builder.validate.release import ROW_ID, Unavailable, once
from dataset_builder.validate.rules import Hit, Hits, Rule, hits, of_release

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from dataset_builder.release.surfaces import Place
    from dataset_builder.validate.release import Release

KEYS: Final = ("settings", "documents", "withheld", "agreement", "content_sha256")
"""What the file about the full release says."""
ROW: Final = ("_split", "_row", "article_id")


def text_kind(release: Release) -> str:
    """What the manifest says of the text; full when it says nothing that is known."""
    said = release.manifest.data.get("text")
    return said if said in TEXT_KINDS else TEXT_KINDS[0]


def _bare(release: Release) -> None:
    """Raise Unavailable for a release that has all of its text."""
    if text_kind(release) == "full":
        raise Unavailable(FOLDER)


@once
def hash_frames(release: Release) -> dict[tuple[str, str], pl.DataFrame | str]:
    """The hashes of each table and split, and the signatures; or why they cannot be used."""
    splits = {(part.table, part.split) for part in release.parts if part.table in release.tables}
    wanted = {place: hash_schema() for place in splits if not release.tables[place[0]].textual}
    wanted |= {(SIGNATURES, split): signature_schema() for table, split in splits
               if table == WHOLE[1]}  # fmt: skip
    return {place: _frame(release, place, schema) for place, schema in sorted(wanted.items())}


def _frame(release: Release, place: tuple[str, str], schema: pa.Schema) -> pl.DataFrame | str:
    import polars as pl
    import pyarrow.parquet as pq

    file = release.path / hash_file(*place)
    refused = no_file(file, release.path)
    if refused:
        return refused
    try:
        with pq.ParquetFile(file) as opened:
            impossible = impossible_footer(opened.metadata, file.stat().st_size)
            if impossible:
                return impossible
            if not opened.schema_arrow.remove_metadata().equals(schema):
                return f"columns other than {', '.join(schema.names)}"
            table = opened.read()
        table.validate(full=True)
        found = pl.from_arrow(table)
    except Exception as error:  # noqa: BLE001 - every damage has its own; all mean "damaged"
        return " ".join(str(error).split())[:300] or type(error).__name__
    assert isinstance(found, pl.DataFrame)  # noqa: S101 - for the type checker
    return found


def _files(release: Release) -> Hits:
    _bare(release)
    for (table, split), frame in hash_frames(release).items():
        if isinstance(frame, str):
            file = hash_file(table, split)
            yield Hit(f"{file} is no file of hashes", file, split, found=frame)
    refused = no_file(release.path / RELEASE, release.path)
    try:
        told = {} if refused else json.loads(read_text(release.path / RELEASE).text)
    except (ValueError, RecursionError) as error:
        refused, told = " ".join(str(error).split()), {}
    if refused or not isinstance(told, dict) or any(key not in told for key in KEYS):
        yield Hit(f"{RELEASE} does not say what the full release is made from", RELEASE,
                  expected=", ".join(KEYS), found=refused or None)  # fmt: skip
    listed = release.manifest.data.get("hashes")
    stated = {
        str(item.get("file")): item.get("sha256")
        for item in (listed if isinstance(listed, list) else ())
        if isinstance(item, dict)
    }
    beside = {file for file in release.files if file.startswith(f"{FOLDER}/")}
    for file in sorted(beside - stated.keys()):
        yield Hit(f"{MANIFEST} does not list {file}", MANIFEST, expected=file)
    for file in sorted(stated):
        if file not in release.files:
            yield Hit(f"{file} is in {MANIFEST}, but not there", file)
        elif no_file(release.path / file, release.path) is None:
            found = release.digest(file)
            if found != stated[file]:
                yield Hit(f"{file} is not the file that {MANIFEST} has", file,
                          expected=str(stated[file]), found=found)  # fmt: skip


def _expected(release: Release, table: str, place: Place) -> pl.DataFrame:
    """The surfaces that the rows of a table have at one place: _split, _row, ids, item, start, end;
    `end` is null where the rows do not tell it. Raises Unavailable."""
    import polars as pl

    item = pl.lit(0, pl.Int32).alias("item")
    if place.shape == "context":
        frame = release.rows(table, "context_start")
        return frame.select(pl.exclude("context_start"), item, start="context_start",
                            end=pl.lit(None, pl.Int32))  # fmt: skip
    if place.shape == "own":
        return release.rows(table, "start", "end").drop_nulls(["start", "end"]).with_columns(item)
    frame = release.rows(table, place.name).drop_nulls(place.name)
    if place.shape == "spans":
        frame = frame.filter(pl.col(place.name).list.len() > 0).with_columns(
            item=pl.int_ranges(pl.col(place.name).list.len(), dtype=pl.Int32)
        )
        frame = frame.explode(place.name, "item")
    else:
        frame = frame.with_columns(item)
    span = pl.col(place.name).struct
    return frame.select(pl.exclude(place.name), start=span.field("start"), end=span.field("end"))


def _fitting(release: Release) -> Hits:
    """Every surface has a hash, and every hash a surface, at the same place."""
    import polars as pl

    _bare(release)
    for (table, split), frame in hash_frames(release).items():
        if isinstance(frame, str):
            continue
        if table == SIGNATURES:
            yield from _signed(release, split, frame)
            continue
        known = frame.with_columns(pl.col("row").cast(pl.Int64))
        names = {place.name: place for place in places(release.tables[table])}
        strange = known.filter(~pl.col("place").is_in([*names, PIECE]))
        if not strange.is_empty():
            yield Hit(f"{strange.height} hashes are of no column that holds words",
                      hash_file(table, split), split, found=str(strange["place"][0]))  # fmt: skip
        for place in names.values():
            if place.shape == "bare":
                continue  # whether there is a title, nobody else says
            expected = _expected(release, table, place).filter(pl.col("_split") == split)
            yield from _compared(table, split, place.name, expected, known)
        if table == WHOLE[1]:
            expected = _pieces(release).filter(pl.col("_split") == split)
            yield from _compared(table, split, PIECE, expected, known)


def _compared(
    table: str, split: str, place: str, expected: pl.DataFrame, known: pl.DataFrame
) -> Hits:
    import polars as pl

    here = known.filter(pl.col("place") == place).select("item", "start", "end", "hash", _row="row")
    key = ["_row", "item"]
    joined = expected.join(here, on=key, how="left", maintain_order="left", suffix="_hashed")
    text = f"{place} has no hash by which its words could be proven"
    yield from hits(table, joined.filter(pl.col("hash").is_null()), text)
    start, end = pl.col("start_hashed"), pl.col("end_hashed")
    other = (pl.col("start") != start) | (pl.col("end") != end) | (end <= start)
    moved = joined.filter(pl.col("hash").is_not_null() & other.fill_null(value=True) & (
        pl.col("end").is_not_null() | start.is_null() | end.is_null() | (end <= start)
        | (pl.col("start") != start)
    ))  # fmt: skip
    text = f"the hash of {place} is of other offsets"
    yield from hits(
        table, moved, text, expected="{start}:{end}", found="{start_hashed}:{end_hashed}"
    )
    surplus = here.join(expected.select(key), on=key, how="anti").height
    doubled = here.height - here.select(key).n_unique()
    if surplus or doubled:
        yield Hit(f"{surplus + doubled} hashes of {place} belong to no row, or are there twice",
                  hash_file(table, split), split)  # fmt: skip


def _pieces(release: Release) -> pl.DataFrame:
    """The pieces of every text: _split, _row, article_id, item, start, end."""
    import polars as pl

    frame = release.rows(WHOLE[1], "article_id", "sentences")
    made: dict[str, list[Any]] = {name: [] for name in (*ROW, "item", "start", "end")}
    for split, row, article_id, sentences in frame.select(*ROW, "sentences").iter_rows():
        for item, (start, end) in enumerate(pieces(_ranges(sentences))):
            for name, value in zip(made, (split, row, article_id, item, start, end), strict=True):
                made[name].append(value)
    numbers = dict.fromkeys(("item", "start", "end"), pl.Int32)
    return pl.DataFrame(
        made, schema={"_split": pl.String, "_row": pl.Int64, "article_id": pl.String, **numbers}
    )


def _ranges(sentences: Any) -> list[tuple[int, int]]:
    """The ranges of a list of spans that can be read."""
    return [
        (item["start"], item["end"])
        for item in sentences or ()
        if item and item["start"] is not None and item["end"] is not None
    ]


def _signed(release: Release, split: str, frame: pl.DataFrame) -> Hits:
    import polars as pl

    articles = release.rows(WHOLE[1], "article_id").filter(pl.col("_split") == split)
    lost = articles.join(frame, on="article_id", how="anti", maintain_order="left")
    yield from hits(WHOLE[1], lost, "the article has no signature to find its page by")
    surplus = frame.join(articles, on="article_id", how="anti").height
    surplus += frame.height - frame["article_id"].n_unique()
    if surplus:
        yield Hit(f"{surplus} signatures are of no article, or are there twice",
                  hash_file(SIGNATURES, split), split)  # fmt: skip


def _unproven(release: Release) -> Hits:
    """Words of a partial release that are not those that their hashes are of."""
    import polars as pl

    if text_kind(release) != "partial":
        return
    articles = release.rows(WHOLE[1], "article_id", "text", "text_sha256", "sentences")
    about = {
        name: (text, sha, Outline(_ranges(sentences)))
        for name, text, sha, sentences in articles.select(
            "article_id", "text", "text_sha256", "sentences"
        ).iter_rows()
        if name is not None and sha is not None
    }
    for (table, split), frame in hash_frames(release).items():
        if isinstance(frame, str) or table == SIGNATURES:
            continue
        for place in places(release.tables[table]):
            try:
                rows = _said(release, table, split, place)
            except Unavailable:
                continue
            known = frame.filter(pl.col("place") == place.name).with_columns(
                pl.col("row").cast(pl.Int64)
            )
            joined = rows.join(known, left_on=["_row", "item"], right_on=["row", "item"],
                               how="inner", maintain_order="left")  # fmt: skip
            wrong = [
                number
                for number, row in enumerate(joined.iter_rows(named=True))
                if row["article_id"] in about and not _proven(row, *about[row["article_id"]])
            ]
            yield from hits(table, joined[wrong], f"{place.name} does not hold the released words",
                            found="{words}")  # fmt: skip


def _said(release: Release, table: str, split: str, place: Place) -> pl.DataFrame:
    """The words that are there at one place: _split, _row, ids, item, words, made_on."""
    import polars as pl

    own = ["text_sha256"] if table == "annotations" else []
    frame = release.rows(table, place.name, *own).filter(pl.col("_split") == split)
    frame = frame.drop_nulls(place.name)
    item, words = pl.lit(0, pl.Int32).alias("item"), pl.col(place.name)
    if place.shape == "spans":
        frame = frame.filter(words.list.len() > 0).with_columns(
            item=pl.int_ranges(words.list.len(), dtype=pl.Int32)
        )
        frame = frame.explode(place.name, "item")
    else:
        frame = frame.with_columns(item)
    if place.shape in ("span", "spans"):
        words = words.struct.field("text")
    made_on = pl.col("text_sha256") if own else pl.lit(None, pl.String)
    ids = [name for name in dict.fromkeys(("article_id", ROW_ID[table])) if name in frame.columns]
    return frame.select("_split", "_row", *ids, "item", words=words, made_on=made_on).drop_nulls(
        "words"
    )


def _proven(row: dict[str, Any], text: str | None, sha: str, outline: Outline) -> bool:
    """Whether words are those of their hash; True where that cannot be told."""
    words: str = row["words"]
    digest: bytes = row["hash"]
    if row["made_on"] not in (None, sha):
        return surface_hash(words, row["made_on"]) == digest
    if row["start"] is None or row["end"] is None:
        return surface_hash(words, sha) == digest
    start: int = row["start"]
    end: int = row["end"]
    if len(words) != end - start:
        return False
    first, last = outline.window(start, end)
    if (first, last) == (start, end):
        return surface_hash(words, sha) == digest
    if text is None:
        return True  # what stands around it is not there
    return text[start:end] == words and surface_hash(text[first:last], sha) == digest


HYDRATE: Final = "Take the release from where it was published, and hydrate it again."
TEXT_FIRST: Final = ("REL031", "REL032")

HASH_RULES = of_release(
    Rule("REL032", "hashes missing or broken", _files,
         "Without them nobody can put the text back, and nobody can tell whether it is the same.",
         HYDRATE, after=("REL001", "REL031")),
    Rule("SPN028", "hash that fits no row", _fitting,
         "Each surface has one hash, of the place where the row says that it is; with another one,"
         " its words cannot come back.", HYDRATE,
         after=(*TEXT_FIRST, "KEY001", "KEY002", "SCH001", "SCH004", "REL009")),
    Rule("SPN029", "words that no hash proves", _unproven,
         "What `hydrate` puts back is proven by its hash; other words were put there by something"
         " else.", HYDRATE, after=(*TEXT_FIRST, "SPN028", "SPN001", "SPN004", "SPN012")),
)  # fmt: skip
