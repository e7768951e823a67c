"""REL: the files of a release, and what MANIFEST.json and SHA256SUMS say of them."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dataset_builder.publish.hub_client import OF_THE_HUB
from dataset_builder.release.codebook import CODEBOOK
from dataset_builder.release.content import CONTENT_VERSION, ContentDigest
from dataset_builder.release.croissant import CROISSANT
from dataset_builder.release.documents import CARRIED
from dataset_builder.release.manifest import MANIFEST, SUMS
from dataset_builder.release.withhold import FOLDER
from dataset_builder.tables import TABLES
from dataset_builder.validate import declared
from dataset_builder.validate.card import CARD_RULES
from dataset_builder.validate.documents import mappings, no_file, read_text, read_yaml
from dataset_builder.validate.matching import order
from dataset_builder.validate.release import Unavailable
from dataset_builder.validate.rules import Hit, Hits, Rule, of_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from dataset_builder.validate.reading import Part
    from dataset_builder.validate.release import Release

NEEDED = ("CHANGELOG.md", "LICENSE", "CITATION.cff", *sorted(CARRIED))
LATER = (CODEBOOK, CROISSANT)
"""Documents that releases have since their manifests have `content_version`."""
UNLISTED = frozenset((MANIFEST, SUMS)) | OF_THE_HUB
"""Files that no list has."""
HYDRATED = "hydrated.json"
"""What `hydrate` could not restore."""
DOCUMENTS = frozenset(
    ("README.md", "CHANGELOG.md", "LICENSE", "CITATION.cff", CODEBOOK, CROISSANT, HYDRATED)
)
_DOCUMENT = re.compile(rf"schemas/[^/]+\.(?:yaml|md)|figures/[^/]+\.svg|{FOLDER}/.+")
COMPARED = ("date", "scheme_version")
"""What rules compare with, and would find nothing where it is not."""
HEAD = ("name", "version", *COMPARED, "schema_version", "text", "configs")
_SUM = re.compile(r"(?P<digest>[0-9a-f]{64}) [ *](?P<file>.+)")
_DIGEST = re.compile(r"-(?P<digest>[0-9a-f]{12})\.parquet$")

PIECE = 131_072
"""Rows that are digested at once."""


def _splits(release: Release) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(config, split, entry) for each entry of the manifest that has the right shape."""
    configs = release.manifest.data.get("configs")
    for config, splits in configs.items() if isinstance(configs, dict) else ():
        for split, entry in splits.items() if isinstance(splits, dict) else ():
            if isinstance(entry, dict) and isinstance(entry.get("files"), list):
                yield str(config), str(split), entry


def _shards(release: Release) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(config, split, shard) for each file that the manifest lists."""
    for config, split, entry in _splits(release):
        for shard in entry["files"]:
            if isinstance(shard, dict) and isinstance(shard.get("file"), str):
                yield config, split, shard


def _sums(release: Release) -> dict[str, str]:
    """File -> digest as SHA256SUMS has them; lines that are none are left out."""
    if SUMS not in release.files:
        return {}
    lines = read_text(release.path / SUMS).text.splitlines()
    matches = (_SUM.fullmatch(line) for line in lines)
    return {m["file"]: m["digest"] for m in matches if m and not _outside(m["file"])}


def _outside(file: str) -> bool:
    """Whether a path leads out of the release: such a file is never opened."""
    path = PurePosixPath(file)
    return path.is_absolute() or ".." in path.parts


def _readable(release: Release, file: str) -> bool:
    """Whether `file` is a file of the release (and not a link, which may lead anywhere, or a pipe)."""
    return file in release.files and no_file(release.path / file) is None


def _manifest(release: Release) -> Hits:
    if release.manifest.error:
        yield Hit(f"{MANIFEST} is {release.manifest.error}", table=MANIFEST)
        return
    data = release.manifest.data
    for key in HEAD:
        if key not in data or (data[key] is None and key in COMPARED):
            yield Hit(f"{MANIFEST} has no {key}", table=MANIFEST, expected=key)
    if data.get("date") is not None and not _is_day(str(data["date"])):
        yield Hit(f"{MANIFEST}: date is no day", MANIFEST, found=str(data["date"]))
    files = Counter(shard["file"] for _, _, shard in _shards(release))
    for file in sorted(file for file, count in files.items() if count > 1):
        yield Hit(f"{MANIFEST} lists {file} twice", table=MANIFEST, found=file)
    configs = release.manifest.data.get("configs", {})
    well = {(config, split) for config, split, _ in _splits(release)}
    shards = {(config, split) for config, split, _ in _shards(release)}
    there = {(part.table, part.split) for part in release.parts}
    stated = {
        (str(config), str(split))
        for config, splits in (configs.items() if isinstance(configs, dict) else ())
        for split in (splits if isinstance(splits, dict) else ("",))
    }
    for config, split in sorted(stated - (well & shards)):
        yield Hit(f"{MANIFEST}: {config}/{split} has no list of files", table=MANIFEST)
    if isinstance(configs, dict):
        for config, split in sorted(there - stated):
            yield Hit(f"{MANIFEST} does not list {config}/{split}", table=MANIFEST, expected=config)
    elif "configs" in release.manifest.data:
        yield Hit(f"{MANIFEST}: configs is not an object", table=MANIFEST)


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _listed_missing(release: Release) -> Hits:
    files = set(release.files)
    for _, split, shard in _shards(release):
        if shard["file"] not in files:
            yield Hit(f"{shard['file']} is in {MANIFEST}, but not there", shard["file"], split)
    manifest = {shard["file"] for _, _, shard in _shards(release)}
    for file in sorted(set(_sums(release)) - files - manifest):
        yield Hit(f"{file} is in {SUMS}, but not there", table=file)


def _stray(release: Release) -> Hits:
    shards = {shard["file"] for _, _, shard in _shards(release)}
    sums = set(_sums(release))
    if not (shards or sums):
        return  # without any list every file would be stray; the lists have their own rules
    hashed = mappings(release.manifest.data.get("hashes"))
    documents = DOCUMENTS | {str(item.get("file")) for item in hashed}
    for file in release.files:
        if file in shards or file in UNLISTED:
            continue
        # A list of sums is made of whatever lies there; what is data, the manifest alone says.
        if shards and file not in documents and not _DOCUMENT.fullmatch(file):
            yield Hit(f"{file} is no document of a release, and {MANIFEST} does not list it", file)
        elif file not in sums:
            yield Hit(f"{file} belongs to no list of the release", table=file)


def _sum_differs(release: Release) -> Hits:
    for file, digest in sorted(_sums(release).items()):
        if _readable(release, file):
            found = release.digest(file)
            if found != digest:
                yield Hit(
                    f"{file} is not the file that {SUMS} has", file, expected=digest, found=found
                )


def _manifest_differs(release: Release) -> Hits:
    for _, split, shard in _shards(release):
        file = shard["file"]
        if _readable(release, file):
            found = release.digest(file)
            if found != shard.get("sha256"):
                expected = str(shard.get("sha256"))
                text = f"{file} is not the file that {MANIFEST} has"
                yield Hit(text, file, split, expected=expected, found=found)


def _name_differs(release: Release) -> Hits:
    for part in release.parts:
        match = _DIGEST.search(part.file)
        if not match:
            yield Hit(f"{part.file} has no digest in its name", part.file, part.split)
        elif _readable(release, part.file):
            found = release.digest(part.file)[:12]
            if found != match["digest"]:
                text = f"{part.file} is named after other content"
                yield Hit(text, part.file, part.split, expected=found, found=match["digest"])


def _row_counts(release: Release) -> Hits:
    rows = {part.file: part.rows for part in release.parts if part.error is None}
    for config, split, entry in _splits(release):
        shards = [s for s in entry["files"] if isinstance(s, dict)]
        for shard in shards:
            found = rows.get(str(shard.get("file")))
            if found is not None and found != shard.get("rows"):
                stated = str(shard.get("rows"))
                text = f"{shard['file']} has another number of rows than {MANIFEST} says"
                yield Hit(text, config, split, expected=stated, found=str(found))
        counts = [n for shard in shards if isinstance(n := shard.get("rows"), int)]
        if len(counts) == len(shards) and sum(counts) != entry.get("rows"):
            text = f"{MANIFEST}: the rows of the files of {config}/{split} do not add up"
            yield Hit(
                text, MANIFEST, split, expected=str(sum(counts)), found=str(entry.get("rows"))
            )


def _content(release: Release) -> Hits:
    stated = release.manifest.data.get("content_version")
    if stated is None:
        raise Unavailable("content_version")  # hashes of an earlier definition
    if stated != CONTENT_VERSION or isinstance(stated, bool):
        yield Hit("the package does not know this definition of content_sha256", MANIFEST,
                  expected=str(CONTENT_VERSION), found=str(stated))  # fmt: skip
        return
    for config, split, entry in _splits(release):
        parts = [p for p in release.parts if (p.table, p.split) == (config, split)]
        if config not in release.tables or not parts or any(p.error is not None for p in parts):
            continue
        try:
            found = _content_sha256(release, parts)
        except Exception:  # noqa: BLE001, S112 - wrong columns or types are SCH's business
            continue
        if found != entry.get("content_sha256"):
            text = f"the rows of {config}/{split} are not those that {MANIFEST} has"
            stated = str(entry.get("content_sha256"))
            yield Hit(text, config, split, expected=stated, found=found)


def _content_sha256(release: Release, parts: list[Part]) -> str:
    """The digest of a split, over the rows of all its files, read a piece at a time when they are
    not in memory."""
    import polars as pl

    table = release.tables[parts[0].table]
    digest = ContentDigest(table, release.ontology)
    if all(part.held is not None for part in parts):
        held = pl.concat(part.frame for part in parts if part.frame is not None)
        digest.add(held, in_order=_in_order(release, held, parts[0]))
        return digest.hexdigest()
    rows = pl.concat(part.lazy().select(pl.all().exclude(part.row_number)) for part in parts)
    for piece in _by_first(rows, table.key[0], sum(part.rows for part in parts)):
        digest.add(piece)
    return digest.hexdigest()


def _in_order(release: Release, rows: pl.DataFrame, part: Part) -> bool:
    """Whether the rows of a split are known to be in the order of their keys."""
    there = release.frames.get(part.table)
    return (
        there is not None
        and all(
            there.schema.get(name) == rows.schema.get(name)
            for name in release.tables[part.table].key
        )
        and order(release).get((part.table, part.split)) is not None
    )


def _by_first(rows: pl.LazyFrame, name: str, total: int) -> Iterator[pl.DataFrame]:
    """`rows` in pieces that follow each other by the column `name`, nulls last.

    Rows in its order, as they are in a valid release, are read a piece at a time; others by ranges
    of it.
    """
    import polars as pl

    first = pl.col(name)
    known = rows.select(name).collect().to_series()
    nulls = known.is_null()
    if (known >= known.shift(1)).fill_null(value=True).all() and nulls.is_sorted():
        starts = [0]
        for at in range(PIECE, total, PIECE):  # not between rows of one value
            same = known.slice(starts[-1], at - starts[-1] + 1)
            start = starts[-1] + int(same.search_sorted(known[at], "left")) if known[at] else at
            starts += [start] if start > starts[-1] else []
        for start, end in itertools.pairwise([*starts, total]):
            yield rows.slice(start, end - start).collect()
        return
    ends = known.drop_nulls().gather_every(100).sort().gather_every(PIECE // 100).unique().sort()
    del known
    for low, high in itertools.pairwise([None, *ends, None]):
        above = pl.lit(value=True) if low is None else first > low
        below = pl.lit(value=True) if high is None else first <= high
        yield rows.filter(above & below).collect()
    yield rows.filter(first.is_null()).collect()


def _unreadable(release: Release) -> Hits:
    for part in release.parts:
        if part.error is not None:
            text = f"{part.file} cannot be read"
            yield Hit(text, part.file, part.split, found=part.error)


def _parquet_features(release: Release) -> Hits:
    for part in release.parts:
        if part.error is not None or part.table not in release.tables:
            continue
        if part.features is None:
            text = f"{part.file} carries no features, so that its labels are bare numbers"
            yield Hit(text, part.table, part.split)
            continue
        expected = declared.of_table(release.tables[part.table], release.ontology)
        found = declared.of_parquet(part.features)
        for column, wanted, got in declared.differences(expected, found):
            text = f"{column} of {part.file} is not what the contract declares"
            yield Hit(text, part.table, part.split, expected=wanted, found=got)


def _empty(release: Release) -> Hits:
    for part in release.parts:
        if part.error is None and part.rows == 0:
            yield Hit(f"{part.file} has no rows", part.table, part.split)


def _sums_file(release: Release) -> Hits:
    if SUMS not in release.files:
        yield Hit(f"{SUMS} is missing", table=SUMS)
        return
    document = read_text(release.path / SUMS)
    if document.error:
        yield Hit(f"{SUMS} is {document.error}", table=SUMS)
    seen: set[str] = set()
    for number, line in enumerate(document.text.splitlines(), start=1):
        match = _SUM.fullmatch(line)
        if not match:
            yield Hit("not a line of digest and file", SUMS, row=number, found=line)
            continue
        if _outside(match["file"]):
            yield Hit("the file lies outside the release", SUMS, row=number, found=line)
        if match["file"] in seen:
            yield Hit("the file was listed before", SUMS, row=number, found=line)
        seen.add(match["file"])
    listed = _sums(release)
    for file in sorted({part.file for part in release.parts} | {"README.md", MANIFEST}):
        if file in release.files and file not in listed:
            yield Hit(f"{SUMS} does not list {file}", table=SUMS, expected=file)


def _needed(release: Release) -> Hits:
    later = {f"schemas/{name}.yaml" for name in TABLES if name not in release.tables}
    new = LATER if "content_version" in release.manifest.data else ()
    for file in (name for name in (*NEEDED, *new) if name not in later):
        if file not in release.files:
            yield Hit(f"{file} is missing", table=file)
    for file in ("CHANGELOG.md", "LICENSE", "CITATION.cff"):
        if _readable(release, file):
            document = (read_yaml if file.endswith(".cff") else read_text)(release.path / file)
            if document.error or not document.text.strip():
                text = f"{file} says nothing"
                yield Hit(text, table=file, found=document.error or "no words")


def _links(release: Release) -> Hits:
    for file in release.files:
        refused = no_file(release.path / file)
        if refused:
            yield Hit(f"{file} is {refused}", table=file)


RESTORE = "Take the release from where it was published, or build it again."
REBUILD = "Build the release again; never edit its files by hand."

RULES = of_release(
    Rule("REL001", "manifest missing or broken", _manifest,
         "MANIFEST.json says what belongs to the release; without it nothing can be verified.",
         RESTORE),
    Rule("REL002", "file missing", _listed_missing,
         "A file that is listed is not there.", RESTORE, after=("REL022",)),
    Rule("REL003", "stray file", _stray,
         "A file that nobody listed may be loaded, or published by mistake.",
         "Remove it.", "a shard of an earlier run, listed in SHA256SUMS alone",
         after=("REL001", "REL020", "REL029")),
    Rule("REL004", "checksum differs from SHA256SUMS", _sum_differs,
         "The file was changed after the release was made.", RESTORE,
         after=("REL009", "REL010", "REL001")),
    Rule("REL005", "checksum differs from MANIFEST.json", _manifest_differs,
         "The file was changed after the release was made.", RESTORE,
         after=("REL009", "REL004")),
    Rule("REL006", "digest in the file name is wrong", _name_differs,
         "`load_dataset` caches by file name: other content under an old name is served stale.",
         REBUILD, after=("REL009", "REL004", "REL005")),
    Rule("REL007", "number of rows differs from MANIFEST.json", _row_counts,
         "Rows were lost or added after the release was made.", REBUILD,
         after=("REL009",)),
    Rule("REL008", "rows differ from MANIFEST.json", _content,
         "content_sha256 is over the rows themselves, whatever wrote the file. Hashes of an earlier"
         " definition, in a manifest without `content_version`, are not judged.", REBUILD,
         after=("REL002", "REL007", "REL005", "REL004")),
    Rule("REL009", "Parquet file damaged", _unreadable,
         "It is cut off, not Parquet, or has two columns of one name; `load_dataset` fails on it.",
         RESTORE),
    Rule("REL012", "features in a Parquet file", _parquet_features,
         "They are what remains when the card is lost; other label names flip labels.", REBUILD,
         "labels neutral, favor, against instead of neutral, against, favor",
         after=("SCH001", "SCH002", "SCH003", "SCH004")),
    Rule("REL017", "empty split", _empty,
         "`datasets` cannot read a split without rows, and fails for the others too.",
         "Leave the file out.", after=("SCH011",)),
    Rule("REL020", "SHA256SUMS missing or broken", _sums_file,
         "Users verify their copy with `sha256sum -c SHA256SUMS`.", RESTORE),
    Rule("REL021", "document missing", _needed,
         "Licence, citation, changelog, labels and contract travel with the data.", RESTORE,
         after=("REL002",)),
    Rule("REL022", "link in the release", _links,
         "A link leads somewhere else on another machine, or to a file that is not ours to"
         " publish.", "Replace it by the file."),
    *CARD_RULES,
)  # fmt: skip
