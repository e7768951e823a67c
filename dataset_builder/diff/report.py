"""A diff as text for a terminal, as JSON, and as Markdown. In JSON everything outside ASCII is
escaped."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dataset_builder.diff.compare import many
from dataset_builder.diff.looks import GRID, WIDTH, Markdown, Text
from dataset_builder.diff.texts import fates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataset_builder.diff.compare import Diff
    from dataset_builder.diff.rows import RowChange, RowsDiff
    from dataset_builder.diff.texts import Fate


def as_json(diff: Diff) -> str:
    """One object; keys are the fields of `Diff`. Pairs as keys become lists of three."""
    whole = asdict(diff)
    for config in whole["configs"]:
        config["moved"] = [[*splits, count] for splits, count in config["moved"].items()]
    return json.dumps(whole, indent=2, ensure_ascii=True) + "\n"


def as_text(diff: Diff) -> str:
    """For a terminal."""
    lines = list(_report(diff, Text()))
    return "\n".join(lines) + "\n"


def as_markdown(diff: Diff) -> str:
    """For a page or a comment in a review."""
    lines = "\n".join(_report(diff, Markdown())).rstrip()
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"


def _report(diff: Diff, show: Text) -> Iterator[str]:
    safe = show.safe
    yield from show.title(
        f"{safe(diff.new.name)} {safe(diff.old.version)} -> {safe(diff.new.version)}"
    )
    yield _verdict(diff, safe)
    yield ""
    for reason in diff.honest.reasons:
        yield show.item(f"{reason.level} {safe(reason.message, 300)}")
    if diff.notes:
        yield from show.head("Notes")
        yield from (show.item(safe(note, 400)) for note in diff.notes)
    yield from show.head("Rows")
    yield from show.table(
        ("config", "before", "now", "added", "removed", "changed"), _row_counts(diff, show)
    )
    if diff.schema or diff.definitions:
        yield from show.head("Schema and labels")
        for change in diff.schema:
            message = safe(change.message, 300)
            yield show.item(f"{change.level} {show.code(change.place)}: {message}")
        if diff.definitions:
            names = ", ".join(show.code(name) for name in diff.definitions)
            yield show.item(
                f"definitions changed: {names}; if one of them means something else now, that "
                "needs MAJOR"
            )
    yield from _articles(diff, show)
    for config in diff.configs:
        yield from _config(config, show)
    yield from _texts(diff, show)
    if diff.agreement:
        yield from show.head("Agreement")
        yield from show.table(
            ("layer", "figure", "before", "now"),
            [
                [safe(layer), safe(figure), safe(old or "-"), safe(new or "-")]
                for layer, figure, old, new in diff.agreement
            ],
        )
    if diff.documents:
        yield from show.head("Documents")
        yield from (show.item(f"{show.code(name)} {what}") for name, what in diff.documents)


def _verdict(diff: Diff, safe: Callable[[str], str]) -> str:
    needed = diff.honest
    if needed.level is None:
        return "Nothing changed: no new version is needed."
    if needed.version is None:
        return f"At least {needed.level}."
    return f"The smallest honest version is {safe(needed.version)} ({needed.level})."


def _row_counts(diff: Diff, show: Text) -> Iterator[list[str]]:
    by_name = {config.config: config for config in diff.configs}
    for name, (old, new) in diff.config_rows.items():
        config = by_name.get(name)
        counts = (config.added, config.removed, config.changed) if config else ("-", "-", "-")
        yield [
            show.code(name),
            *(f"{n:,}" if isinstance(n, int) else n for n in (old, new, *counts)),
        ]


def _articles(diff: Diff, show: Text) -> Iterator[str]:
    found = diff.articles
    if not (found.moved_count or found.gone_count or found.returned_count or found.withheld_count):
        return
    yield from show.head("Articles")

    def called(name: str, split: str | None = None) -> str:
        return show.row(name, found.about.get(name, ""), split)

    lists = (
        (
            found.moved_count, "moved to another split, which must not be",
            [
                f"{called(name)}: {show.safe(old)} -> {show.safe(new)}"
                for name, old, new in found.moved
            ],
        ),
        (
            found.gone_count, "no longer there",
            [
                f"{called(name, split)}: "
                + (show.safe(reason, 300) if reason else "no reason is given")
                for name, split, reason in found.gone
            ],
        ),
        (
            found.returned_count, "withheld before and back",
            [called(name, split) for name, split in found.returned],
        ),
        (
            found.withheld_count, "new and withheld",
            [f"{show.code(name)}: {show.safe(reason, 300)}" for name, reason in found.withheld],
        ),
    )  # fmt: skip
    for count, what, items in lists:
        if count:
            yield show.item(f"{many(count, 'article')} {what}")
            yield from (show.item(text, 1) for text in items)
            yield from _more(count - len(items), show)
    if found.unexplained:
        yield show.item(f"{found.unexplained:,} of them without a reason")


def _more(count: int, show: Text) -> Iterator[str]:
    if count > 0:
        yield show.item(f"... and {count:,} more", 1)


def _config(config: RowsDiff, show: Text) -> Iterator[str]:
    if config.same:
        return
    yield from show.head(f"{show.code(config.config)}")
    if config.splits:
        yield from show.table(
            ("split", "added", "removed", "changed"),
            [
                [
                    show.safe(split),
                    *(f"{counts[what]:,}" for what in ("added", "removed", "changed")),
                ]
                for split, counts in config.splits.items()
            ],
        )
    for (old, new), count in config.moved.items():
        yield show.item(f"{many(count, 'row')} moved from {show.safe(old)} to {show.safe(new)}")
    if config.columns:
        yield show.item("changed columns:")
        for column, count in config.columns.items():
            yield show.item(f"{show.code(column)} {many(count, 'row')}", 1)
    for confusion in config.confusions:
        yield show.item(f"{show.code(confusion.column)}, before (down) and now (across):")
        yield from _confusion(confusion.pairs, show)
    for what, count, ids in (
        ("added", config.added, config.added_ids),
        ("removed", config.removed, config.removed_ids),
    ):
        if ids:
            yield show.item(f"{what}:")
            yield from (show.item(show.row(n, config.about.get(n, "")), 1) for n in ids)
            yield from _more(count - len(ids), show)
    if config.changes:
        yield show.item("changed:")
    for change in config.changes:
        yield show.item(show.row(change.id, change.about, change.split), 1)
        yield from (show.item(line, 2) for line in _values(change, show))
    if config.changes:
        yield from _more(config.changed - len(config.changes), show)


def _values(change: RowChange, show: Text) -> Iterator[str]:
    """What is different in a row. Where its article has another text, all places in it are others:
    how many moved is said, and not from where to where."""
    offsets: dict[str, int] = {}
    for column, (old, new) in change.values.items():
        leaves = []
        for place, one, other in _leaves(column, old, new):
            if change.text_changed and _is_offset(place, one, other):
                offsets[column] = offsets.get(column, 0) + 1
            else:
                leaves.append((place, one, other))
        for place, one, other in leaves[:LEAVES]:
            yield f"{show.code(place)}: {_change(one, other, show)}"
        if len(leaves) > LEAVES:
            yield f"{show.code(column)}: ... and {many(len(leaves) - LEAVES, 'place')} more"
    if offsets:
        columns = ", ".join(show.code(column) for column in offsets)
        yield f"{columns}: {many(sum(offsets.values()), 'offset')} moved with the text"


def _is_offset(place: str, old: Any, new: Any) -> bool:
    name = place.rsplit(".", 1)[-1].split("[", 1)[0]
    return name in OFFSETS and isinstance(old, int) and isinstance(new, int)


OFFSETS = ("start", "end", "context_start", "token_starts")
"""Columns and fields that say where in its text something stands."""
LEAVES = 20
"""Places inside a changed value that are shown."""


def _confusion(pairs: Sequence[tuple[str, str, int]], show: Text) -> Iterator[str]:
    rows = list(dict.fromkeys(old for old, _, _ in pairs))
    columns = list(dict.fromkeys(new for _, new, _ in pairs))
    if max(len(rows), len(columns)) > GRID:
        listed = [[show.safe(old), show.safe(new), f"{n:,}"] for old, new, n in pairs]
        yield from show.table(("before", "now", "rows"), listed)
        return
    counts = {(old, new): n for old, new, n in pairs}
    yield from show.table(
        ("", *(show.safe(name) for name in columns)),
        [[show.safe(old), *(f"{counts.get((old, new), 0):,}" for new in columns)] for old in rows],
    )


def _leaves(place: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """What differs inside two values: place, before, now; as a whole where their forms differ."""
    pairs: list[tuple[str, Any, Any]] = []
    if isinstance(old, dict) and isinstance(new, dict):
        pairs = [(f"{place}.{name}", old.get(name), new.get(name)) for name in {**old, **new}]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [(f"{place}[{n}]", *pair) for n, pair in enumerate(zip(old, new, strict=True))]
    if not pairs:
        yield place, old, new
    for pair in pairs:
        if pair[1] != pair[2]:
            yield from _leaves(*pair)


def _change(old: Any, new: Any, show: Text) -> str:
    one, other = _value(old), _value(new)
    first = 0
    while first < min(len(one), len(other)) and one[first] == other[first]:
        first += 1
    skip = max(0, first - 20) if max(len(one), len(other)) > WIDTH else 0
    cut = "…" if skip else ""
    return f"{show.safe(cut + one[skip:])} -> {show.safe(cut + other[skip:])}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _texts(diff: Diff, show: Text) -> Iterator[str]:
    found = diff.texts
    if not found.changed:
        return
    yield from show.head("Texts")
    yield show.item(f"{many(found.changed, 'article')} with another text")
    for config, fate in found.totals.items():
        yield show.item(f"their {show.code(config)}: {fates(fate)}")
    for change in found.changes:
        yield show.item(show.row(change.article_id, change.about, change.split))
        for config, fate in change.fates.items():
            yield show.item(f"{show.code(config)}: {fates(fate)}", 1)
            yield from _fated(fate, show)
        if change.lines:
            yield from show.diff(change.lines)
        if change.more:
            yield show.item(f"... and {many(change.more, 'line')} more", 1)
    yield from _more(found.changed - len(found.changes), show)


def _fated(fate: Fate, show: Text) -> Iterator[str]:
    """The rows of one article; a line each for those that are to be looked at."""
    for what, ids in fate.ids.items():
        rows = [show.row(name, fate.about.get(name, "")) for name in ids]
        left = getattr(fate, what) - len(rows)
        if left > 0:
            rows.append(f"... and {left:,} more")
        if what == "moved":
            yield show.item(f"{what}: {'; '.join(rows)}", 2)
        else:
            yield show.item(f"{what}:", 2)
            yield from (show.item(row, 3) for row in rows)
