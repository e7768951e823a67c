"""Two releases against each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from dataset_builder.diff import card
from dataset_builder.diff.naming import about, naming_columns
from dataset_builder.diff.reading import Opened, open_release
from dataset_builder.diff.rows import RowsDiff, compare, match, splits_of
from dataset_builder.diff.schema import (
    FULL_ONLY,
    SchemaChange,
    definitions_changed,
    form,
    schema_changes,
)
from dataset_builder.diff.texts import TextsDiff, edited_articles, text_changes
from dataset_builder.diff.version import Honest, Reason, honest
from dataset_builder.errors import UsageError
from dataset_builder.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dataset_builder.diff.reading import Config
    from dataset_builder.diff.rows import Matched, Rows, Splits

LIMIT: Final = 10


@dataclass(frozen=True)
class Head:
    """One of the two releases."""

    path: str
    name: str
    version: str
    schema_version: str
    scheme_version: str
    text: str


@dataclass(frozen=True)
class ArticlesDiff:
    """Where articles went. Ids sorted as the releases have them; counts exact, lists complete but
    for `limit` entries each."""

    moved_count: int
    moved: tuple[tuple[str, str, str], ...]
    """Article, old split, new split: must not happen."""
    gone_count: int
    gone: tuple[tuple[str, str, str | None], ...]
    """Article that is in the old release only, its split, and the reason that the card gives."""
    unexplained: int
    """Of those that are gone, how many no reason is given for."""
    returned_count: int
    returned: tuple[tuple[str, str], ...]
    """Article that the old release withheld, and its split now."""
    withheld_count: int
    withheld: tuple[tuple[str, str], ...]
    """Article that the new release withholds and the old one neither had nor withheld; reason."""
    about: Mapping[str, str] = field(default_factory=dict)
    """Article that is listed and has rows -> its title, or where it is from."""


@dataclass(frozen=True)
class Diff:
    """What is different in `new`. Counts are exact; examples are limited."""

    old: Head
    new: Head
    configs: tuple[RowsDiff, ...]
    """Of the configs that both have."""
    config_rows: Mapping[str, tuple[int, int]]
    """Every config -> rows before and after."""
    schema: tuple[SchemaChange, ...]
    articles: ArticlesDiff
    texts: TextsDiff
    documents: tuple[tuple[str, str], ...]
    """Carried file and added, removed or changed."""
    definitions: tuple[str, ...]
    """Labels whose definition reads otherwise."""
    agreement: tuple[tuple[str, str, str | None, str | None], ...]
    """Layer, figure, value before and after, where it changed."""
    notes: tuple[str, ...]
    """What could not be compared."""
    honest: Honest


def diff_releases(old: Path, new: Path, *, limit: int = LIMIT) -> Diff:
    """Compare two release folders. At most `limit` ids and examples are listed of each kind.

    Raises UsageError when a folder is no release or the two are of different datasets,
    DamagedReleaseError when one is damaged.
    """
    one, other = open_release(old), open_release(new)
    if one.name != other.name:
        raise UsageError(
            f"{old} is a release of {one.name!r}, {new} of {other.name!r}",
            hint="compare two versions of one dataset",
        )
    words = one.text == other.text
    ignored: frozenset[str] = frozenset() if words else FULL_ONLY
    shared = [name for name in other.configs if name in one.configs and name not in ignored]
    matched = {name: match(one.configs[name], other.configs[name], words=words) for name in shared}
    configs = tuple(
        compare(matched[name], (one.configs[name].rows, other.configs[name].rows), limit)
        for name in shared
    )
    configs = _with_edits(configs, matched.get("articles"))
    forms = form(one), form(other)
    schema = schema_changes(*forms, ignored)

    def whole(name: str) -> Matched:
        old, new = one.configs[name], other.configs[name]
        if (matched[name].old, matched[name].new) == (old, new):  # no shard was left out
            return matched[name]
        return match(old, new, words=words, whole=True)

    texts = text_changes(matched, whole, limit)
    articles = _articles(matched.get("articles"), one, other, limit)
    documents = tuple(_documents(one, other))
    found = tuple(_reasons(schema, configs, documents))
    return Diff(
        old=_head(one),
        new=_head(other),
        configs=configs,
        config_rows={
            name: (_rows(one, name), _rows(other, name))
            for name in dict.fromkeys((*one.configs, *other.configs))
        },
        schema=schema,
        articles=articles,
        texts=texts,
        documents=documents,
        definitions=definitions_changed(*forms),
        agreement=tuple(_agreement(one, other)),
        notes=tuple(_notes(one, other)),
        honest=honest(one.version, found),
    )


def _with_edits(configs: tuple[RowsDiff, ...], articles: Matched | None) -> tuple[RowsDiff, ...]:
    """The configs, with changes that say whether the text of their article changed, too."""
    listed = {change.article_id for config in configs for change in config.changes}
    edited = edited_articles(articles, {name for name in listed if name is not None})
    return tuple(
        replace(
            config,
            changes=tuple(
                replace(change, text_changed=change.article_id in edited)
                for change in config.changes
            ),
        )
        for config in configs
    )


def _head(release: Opened) -> Head:
    return Head(
        str(release.path),
        release.name,
        release.version,
        release.schema_version,
        release.scheme_version,
        release.text,
    )


def _rows(release: Opened, config: str) -> int:
    return release.configs[config].rows if config in release.configs else 0


def _reasons(
    schema: tuple[SchemaChange, ...],
    configs: tuple[RowsDiff, ...],
    documents: tuple[tuple[str, str], ...],
) -> Iterator[Reason]:
    for change in schema:
        yield Reason(change.level, f"{change.place}: {change.message}")
    for rows in configs:
        for count, what in ((rows.added, "added"), (rows.removed, "removed")):
            if count:
                words = f"{many(count, 'row')} {what}{derived(rows.derived.get(what, 0))}"
                yield Reason("MINOR", f"{rows.config}: {words}")
        if rows.moved:
            count = sum(rows.moved.values())
            yield Reason("MAJOR", f"{rows.config}: {many(count, 'row')} moved to another split")
        if rows.changed:
            yield Reason("PATCH", f"{rows.config}: {many(rows.changed, 'row')} corrected")
    if documents:
        changed = ", ".join(name for name, _ in documents)
        yield Reason("PATCH", f"documents: {changed}")


def many(count: int, what: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def derived(count: int) -> str:
    """` (3 derived)`, after a number of rows; nothing when everything was annotated."""
    return f" ({count:,} derived)" if count else ""


def _articles(matched: Matched | None, old: Opened, new: Opened, limit: int) -> ArticlesDiff:
    import numpy as np

    before, after = card.withheld(old), card.withheld(new)
    if matched is None or matched.key != ("article_id",):
        return ArticlesDiff(0, (), 0, (), 0, 0, (), 0, ())

    of_old, of_new = splits_of(matched.old, matched.new), splits_of(matched.new, matched.old)

    def placed(config: Config, rows: Rows, splits: Splits) -> list[tuple[str, str]]:
        taken = config.take(["article_id"], rows.tolist())
        names = (str(row["article_id"]) for row in taken)
        return list(zip(names, splits.at(rows), strict=True))

    told: dict[str, str] = {}

    def tell(config: Config, rows: Rows) -> None:
        taken = config.take(naming_columns(config, ("article_id",)), rows.tolist())
        told.update(
            (str(row["article_id"]), words) for row in taken if (words := about(row, config))
        )

    crossing = np.flatnonzero(of_old.numbers[matched.old_at] != of_new.numbers[matched.new_at])
    shown = crossing[:limit]
    now = placed(matched.new, matched.new_at[shown], of_new)
    earlier = of_old.at(matched.old_at[shown])
    moved = [(name, was, split) for (name, split), was in zip(now, earlier, strict=True)]
    lost = placed(matched.old, matched.removed, of_old)
    gone = [(name, split, after.get(name)) for name, split in lost]
    came = placed(matched.new, matched.added, of_new)
    returned = [(name, split) for name, split in came if name in before]
    back = [at for at, (name, _) in zip(matched.added, came, strict=True) if name in before]
    for config, rows in (
        (matched.new, matched.new_at[shown]),
        (matched.old, matched.removed[:limit]),
        (matched.new, np.array(back[:limit], np.int64)),
    ):
        tell(config, rows)
    known = {name for name, _, _ in gone} | set(before)
    withheld = [(name, reason) for name, reason in sorted(after.items()) if name not in known]
    return ArticlesDiff(
        moved_count=len(crossing),
        moved=tuple(moved),
        gone_count=len(gone),
        gone=tuple(gone[:limit]),
        unexplained=sum(reason is None for _, _, reason in gone),
        returned_count=len(returned),
        returned=tuple(returned[:limit]),
        withheld_count=len(withheld),
        withheld=tuple(withheld[:limit]),
        about=told,
    )


def _documents(old: Opened, new: Opened) -> Iterator[tuple[str, str]]:
    before, after = old.documents, new.documents
    # A schema says whether the words are there: no change of a document that somebody made.
    ignored = {f"schemas/{name}.yaml" for name in TABLES} if old.text != new.text else set()
    for name in sorted({*before, *after} - ignored):
        if name not in before:
            yield name, "added"
        elif name not in after:
            yield name, "removed"
        elif before[name] != after[name]:
            yield name, "changed"


def _agreement(old: Opened, new: Opened) -> Iterator[tuple[str, str, str | None, str | None]]:
    before, after = card.agreement(old), card.agreement(new)
    for layer, figure in dict.fromkeys((*before, *after)):
        values = before.get((layer, figure)), after.get((layer, figure))
        if values[0] != values[1]:
            yield layer, figure, *values


def _notes(old: Opened, new: Opened) -> Iterator[str]:
    if old.text != new.text:
        yield (
            f"the text is {old.text} in {old.version} and {new.text} in {new.version}: words of "
            "articles were not compared, nor a config that only a release with words has"
        )
    if old.schema_version != new.schema_version:
        yield (
            f"written under schema {old.schema_version} and {new.schema_version}: compared are the "
            "columns that both have"
        )
