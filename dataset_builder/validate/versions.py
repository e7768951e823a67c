"""VER: versions, and what a release may change against the one before it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataset_builder.diff.schema import FULL_ONLY, LEVELS, Form, schema_changes
from dataset_builder.diff.version import raised, version_numbers
from dataset_builder.release.manifest import MANIFEST
from dataset_builder.validate import declared
from dataset_builder.validate.contracts import known_versions
from dataset_builder.validate.documents import read_text, read_yaml
from dataset_builder.validate.earlier import before
from dataset_builder.validate.hashes import text_kind
from dataset_builder.validate.release import ROW_ID, Unavailable
from dataset_builder.validate.rules import Hit, Hits, Rule, hits, of_release

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.diff.schema import Level
    from dataset_builder.validate.release import Release

ONTOLOGY = "schemas/ontology.yaml"


def _numbers(release: Release) -> tuple[int, int, int] | None:
    return version_numbers(str(release.manifest.data.get("version")))


def _raised(release: Release) -> Level | None:
    """The first number that was raised; None when no comparison is possible."""
    old, new = before(release), release
    return raised(str(new.manifest.data.get("version")), str(old.manifest.data.get("version")))


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
    old, new = _numbers(before(release)), _numbers(release)
    if old is not None and new is not None and new <= old:
        last = ".".join(map(str, old))
        yield Hit("the version is not above that of the earlier release", MANIFEST,
                  expected=f"above {last}", found=".".join(map(str, new)))  # fmt: skip


def _moved(release: Release) -> Hits:
    import polars as pl

    old = before(release).rows("articles", "article_id").unique("article_id", keep="first")
    old = old.select("article_id", before=pl.col("_split"))
    frame = release.rows("articles", "article_id")
    joined = frame.join(old, on="article_id", how="inner", maintain_order="left")
    wrong = joined.filter(pl.col("_split") != pl.col("before"))
    text = "published in {before}, now in {_split}"
    return hits("articles", wrong, text, expected="{before}", found="{_split}")


def _form_of(release: Release) -> Form:
    """The form that its files, its manifest and the ontology that it ships have."""
    configs = {
        part.table: declared.of_parquet(part.features)
        for part in release.parts
        if part.features is not None
    }
    splits: dict[str, tuple[str, ...]] = dict.fromkeys(configs, ())
    for part in release.parts:
        if part.table in splits and part.split not in splits[part.table]:
            splits[part.table] += (part.split,)
    schema, scheme = (
        str(release.manifest.data.get(f"{of}_version")) for of in ("schema", "scheme")
    )
    ontology = read_yaml(release.path / ONTOLOGY).data if ONTOLOGY in release.files else {}
    return Form(configs, schema, scheme, ontology, splits)


def _too_small(release: Release) -> Hits:
    level, earlier = _raised(release), before(release)
    if level is None:
        return
    # That a release withholds the text is no change of the dataset.
    ignored = frozenset() if text_kind(earlier) == text_kind(release) else FULL_ONLY
    for change in schema_changes(_form_of(earlier), _form_of(release), ignored):
        if LEVELS.index(level) > LEVELS.index(change.level):
            table = change.config or ONTOLOGY
            yield Hit(
                f"{change.place}: {change.message}", table, expected=change.level, found=level
            )


def _rows_changed(release: Release) -> Hits:
    if _raised(release) != "PATCH":
        return
    earlier = before(release)
    for table in release.tables:
        key = ROW_ID.get(table)
        if key is None or table == "annotations":
            continue
        try:
            old = earlier.lazy(table, key, complete=True).select(key)
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
         "Let MANIFEST.json and the ontology that the release ships name the same version: it is then"
         " judged by that ontology."),
    Rule("VER004", "published article in another split", _moved,
         "Whoever trained on the earlier release has seen what is now tested.",
         "Restore the ledger; a published article stays in its split or is withheld."),
    Rule("VER006", "version raised too little for its columns", _too_small,
         "A config, split, column, field or label that goes away, moves or changes needs MAJOR, one"
         " that is added MINOR.",
         RAISE),
    Rule("VER007", "version raised too little for its rows", _rows_changed,
         "Rows added or removed need MINOR; PATCH only corrects values.", RAISE),
    Rule("VER008", "version not above the earlier one", _order,
         "A release is never made twice, and versions only rise.", RAISE),
    Rule("VER009", "no entry in the changelog", _changelog,
         "The changelog says what changed, and dates the release.",
         "Write an entry for the version into CHANGELOG.md, and build again.", after=("VER001",)),
)  # fmt: skip
