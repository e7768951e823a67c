"""VER: versions, and what a release may change against the one before it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataset_builder.tables import TABLES
from dataset_builder.validate import declared
from dataset_builder.validate.contracts import known_versions
from dataset_builder.validate.documents import read_text
from dataset_builder.validate.hashes import text_kind
from dataset_builder.validate.release import ROW_ID, Unavailable
from dataset_builder.validate.rules import Hit, Hits, Rule, hits, of_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from dataset_builder.validate.declared import Shape
    from dataset_builder.validate.release import Release

MANIFEST = "MANIFEST.json"
_NUMBERS = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
LEVELS = ("MAJOR", "MINOR", "PATCH")


def _numbers(release: Release) -> tuple[int, int, int] | None:
    match = _NUMBERS.fullmatch(str(release.manifest.data.get("version")))
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _before(release: Release) -> Release:
    """The earlier release. Raises Unavailable when there is none to compare with."""
    if release.previous is None:
        raise Unavailable("previous")
    return release.previous


def _raised(release: Release) -> int | None:
    """Index in LEVELS of the first number that was raised; None when no comparison is possible."""
    old, new = _numbers(_before(release)), _numbers(release)
    if old is None or new is None or new <= old:
        return None
    return next(level for level in range(3) if new[level] > old[level])


def _form(release: Release) -> Hits:
    if "version" in release.manifest.data and _numbers(release) is None:
        found = str(release.manifest.data["version"])
        yield Hit("the version is not three numbers", MANIFEST, expected="1.0.0", found=found)


def _schema(release: Release) -> Hits:
    stated = release.manifest.data.get("schema_version")
    if "schema_version" in release.manifest.data and str(stated) not in known_versions():
        yield Hit("the package does not know this contract", MANIFEST,
                  expected=", ".join(known_versions()), found=str(stated))  # fmt: skip


def _scheme(release: Release) -> Hits:
    stated = release.manifest.data.get("scheme_version")
    if stated is not None and str(stated) != release.ontology.scheme_version:
        yield Hit("made with another version of the label scheme", MANIFEST,
                  expected=release.ontology.scheme_version, found=str(stated))  # fmt: skip


def _changelog(release: Release) -> Hits:
    file = release.path / "CHANGELOG.md"
    version = str(release.manifest.data.get("version"))
    if not file.is_file() or file.is_symlink() or "version" not in release.manifest.data:
        return
    text = read_text(file).text
    if not re.search(rf"(?m)^## \[{re.escape(version)}\]", text):
        yield Hit("the changelog has no entry for this version", "CHANGELOG.md",
                  expected=f"## [{version}]")  # fmt: skip


def _order(release: Release) -> Hits:
    old, new = _numbers(_before(release)), _numbers(release)
    if old is not None and new is not None and new <= old:
        before = ".".join(map(str, old))
        yield Hit("the version is not above that of the earlier release", MANIFEST,
                  expected=f"above {before}", found=".".join(map(str, new)))  # fmt: skip


def _moved(release: Release) -> Hits:
    import polars as pl

    old = _before(release).rows("articles", "article_id").unique("article_id", keep="first")
    old = old.select("article_id", before=pl.col("_split"))
    frame = release.rows("articles", "article_id")
    joined = frame.join(old, on="article_id", how="inner", maintain_order="left")
    wrong = joined.filter(pl.col("_split") != pl.col("before"))
    text = "published in {before}, now in {_split}"
    return hits("articles", wrong, text, expected="{before}", found="{_split}")


IDENTITY = {
    "articles": ("raw_sha256",),
    "stance": ("pair_id", "article_id"),
    "events": ("article_id",),
}
"""What an id stands for. A label or type that is corrected, renamed or split is a value of its row."""


def _reused(release: Release) -> Hits:
    import polars as pl

    before = _before(release)
    for table, columns in IDENTITY.items():
        key = ROW_ID[table]
        try:
            # Hashes first: most ids stand for what they stood for, and are done with.
            known = _identities(before, table, columns)
            kept = _identities(release, table, columns)
            both = kept.join(known, on="key").filter(pl.col("what") != pl.col("what_right"))
            doubted = pl.col(key).hash().is_in(both["key"].unique().implode())
            old = before.lazy(table, key, *columns).filter(doubted).collect()
            new = release.lazy(table, key, *columns).filter(doubted).collect()
        except Unavailable:
            continue
        old = old.unique(key, keep="first").select(
            key, *(pl.col(name).alias(f"_old_{name}") for name in columns)
        )
        joined = new.join(old, on=key, how="inner", maintain_order="left")
        for name in columns:
            wrong = joined.filter(pl.col(name) != pl.col(f"_old_{name}"))
            text = f"the id stood for another {name}"
            expected, found = f"{{_old_{name}}}", f"{{{name}}}"
            yield from hits(table, wrong, text, expected=expected, found=found)


def _identities(release: Release, table: str, columns: tuple[str, ...]) -> pl.DataFrame:
    """Hashes of ids (`key`) and of what they stand for (`what`). Raises Unavailable."""
    import polars as pl

    key = ROW_ID[table]
    return pl.concat(
        piece.select(
            key=pl.col(key).hash(),
            what=pl.concat_str(columns, separator="\n", ignore_nulls=False).hash(),
        )
        for piece in release.pieces(table, key, *columns)
    )


def _shapes(release: Release) -> dict[str, dict[str, Shape]]:
    """Table -> features as its files carry them."""
    return {
        part.table: declared.of_parquet(part.features)
        for part in release.parts
        if part.features is not None
    }


def _extends(old: Shape, new: Shape) -> bool:
    """Whether `new` is `old` with labels added at the end, and nothing else."""
    if old[0] != new[0]:
        return False
    if old[0] == "class":
        return bool(new[1][: len(old[1])] == old[1])
    if old[0] == "list":
        return _extends(old[1], new[1])
    if old[0] == "struct":
        same_names = [name for name, _ in old[1]] == [name for name, _ in new[1]]
        return same_names and all(
            _extends(one, other) for (_, one), (_, other) in zip(old[1], new[1], strict=True)
        )
    return old == new


def _changes(release: Release) -> Iterator[tuple[int, str, str]]:
    """(level that the change needs, table, what changed) between the earlier release and this."""
    old, new = _shapes(_before(release)), _shapes(release)
    # That a release withholds the text is no change of the dataset.
    bare = text_kind(_before(release)) != text_kind(release)
    left_out = {name for name, table in TABLES.items() if bare and table.textual}
    for table in dict.fromkeys((*old, *new)):
        if table in left_out:
            continue
        if table not in new:
            yield 0, table, f"the config {table} is gone"
            continue
        if table not in old:
            yield 1, table, f"the config {table} is new"
            continue
        before, after = old[table], new[table]
        kept = [name for name in before if name in after]
        for name in before:
            if name not in after:
                yield 0, table, f"the column {name} is gone"
        if [name for name in after if name in before] != kept:
            yield 0, table, "columns are in another order"
        for name in after:
            if name not in before:
                yield 1, table, f"the column {name} is new"
            elif before[name] != after[name]:
                appended = _extends(before[name], after[name])
                what = "labels were added to" if appended else "type or labels changed of"
                yield 1 if appended else 0, table, f"{what} the column {name}"


def _too_small(release: Release) -> Hits:
    raised = _raised(release)
    if raised is None:
        return
    for needed, table, what in _changes(release):
        if raised > needed:
            yield Hit(what, table, expected=LEVELS[needed], found=LEVELS[raised])


def _rows_changed(release: Release) -> Hits:
    raised = _raised(release)
    if raised != 2:
        return
    before = _before(release)
    for table in release.tables:
        key = ROW_ID.get(table)
        if key is None or table == "annotations":
            continue
        try:
            old = before.lazy(table, key, complete=True).select(key)
            new = release.lazy(table, key, complete=True).select(key)
        except Unavailable:
            continue
        for names, what in ((_less(old, new), "removed"), (_less(new, old), "added")):
            for name in sorted(str(name) for name in names):
                yield Hit(f"a row was {what}", table, ids={key: name},
                          expected="MINOR", found="PATCH")  # fmt: skip


def _less(ids: pl.LazyFrame, others: pl.LazyFrame) -> pl.Series:
    """The ids that are not among `others`; these are held as hashes."""
    import polars as pl

    there = others.select(pl.first().hash()).unique().collect().to_series()
    return ids.filter(~pl.first().hash().is_in(there.implode())).collect().to_series().unique()


RAISE = "Raise `version` in pyproject.toml as far as the finding says is expected."

RULES = of_release(
    Rule("VER001", "version is not three numbers", _form,
         "Tags, folders and comparisons rely on it.", "Write it as 1.0.0."),
    Rule("VER002", "unknown contract", _schema,
         "A release is judged by the contract that it was written by.",
         "Validate with the version of the package that wrote it, or a later one."),
    Rule("VER003", "another label scheme", _scheme,
         "Labels may mean something else under another version of the scheme.",
         "Validate with the ontology that the release ships."),
    Rule("VER004", "published article in another split", _moved,
         "Whoever trained on the earlier release has seen what is now tested.",
         "Restore the ledger; a published article stays in its split or is withheld."),
    Rule("VER005", "id used for something else", _reused,
         "Ids are for ever: analyses and corrections refer to them.",
         "Give the new content its own id.", after=("KEY006", "KEY007", "VER004", "VER006")),
    Rule("VER006", "version raised too little for its columns", _too_small,
         "A column or label that goes away, moves or changes needs MAJOR, one that is added MINOR.",
         RAISE),
    Rule("VER007", "version raised too little for its rows", _rows_changed,
         "Rows added or removed need MINOR; PATCH only corrects values.", RAISE),
    Rule("VER008", "version not above the earlier one", _order,
         "A release is never made twice, and versions only rise.", RAISE),
    Rule("VER009", "no entry in the changelog", _changelog,
         "The changelog says what changed, and dates the release.",
         "Write an entry for the version into CHANGELOG.md, and build again.", after=("VER001",)),
)  # fmt: skip
