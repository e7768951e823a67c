"""A diff as text for a terminal, as JSON, as Markdown, and as the changelog's section.

Text of articles and labels may hold anything: on a terminal it is made printable, in Markdown it
is escaped, in JSON everything outside ASCII is.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dataset_builder.diff.compare import many
from dataset_builder.markdown import escape, table
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dataset_builder.diff.compare import Diff
    from dataset_builder.diff.rows import RowsDiff
    from dataset_builder.diff.texts import Fate

WIDTH = 160
"""Characters shown of a value."""


def as_json(diff: Diff) -> str:
    """One object; keys are the fields of `Diff`. Pairs as keys become lists of three."""
    whole = asdict(diff)
    for config in whole["configs"]:
        config["moved"] = [[*splits, count] for splits, count in config["moved"].items()]
    return json.dumps(whole, indent=2, ensure_ascii=True) + "\n"


def as_text(diff: Diff) -> str:
    """For a terminal."""
    lines = list(_report(diff, _Text()))
    return "\n".join(lines) + "\n"


def as_markdown(diff: Diff) -> str:
    """For a page or a comment in a review."""
    lines = "\n".join(_report(diff, _Markdown())).rstrip()
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"


class _Text:
    """How things look on a terminal."""

    def safe(self, text: str, limit: int | None = WIDTH) -> str:
        return printable(text, limit)

    def code(self, text: str) -> str:
        return printable(text, WIDTH)

    def title(self, text: str) -> list[str]:
        return [text]

    def head(self, text: str) -> list[str]:
        return ["", text]

    def item(self, text: str, depth: int = 0) -> str:
        return f"{'  ' * (depth + 1)}{text}"

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
        from dataset_builder.terminal import aligned

        cells = [[str(cell) for cell in row] for row in rows]
        return [f"  {line}" for line in aligned(headers, cells).split("\n")]

    def diff(self, lines: Sequence[str]) -> list[str]:
        return [f"      {printable(line)}" for line in lines]


class _Markdown(_Text):
    """How they look on a page."""

    def safe(self, text: str, limit: int | None = WIDTH) -> str:
        return escape(printable(text, limit))

    def code(self, text: str) -> str:
        shown = printable(text, WIDTH).replace("|", "¦")
        return f"`{shown.replace('`', 'ˋ')}`"

    def title(self, text: str) -> list[str]:
        return [f"## {text}", ""]

    def head(self, text: str) -> list[str]:
        return ["", f"### {text}", ""]

    def item(self, text: str, depth: int = 0) -> str:
        return f"{'  ' * depth}- {text}"

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
        return ["", *table(headers, rows).split("\n"), ""]

    def diff(self, lines: Sequence[str]) -> list[str]:
        # A line never begins with the fence, because it begins with - or + or @.
        return ["", "```diff", *(printable(line) for line in lines), "```", ""]


def _report(diff: Diff, show: _Text) -> Iterator[str]:
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


def _row_counts(diff: Diff, show: _Text) -> Iterator[list[str]]:
    by_name = {config.config: config for config in diff.configs}
    for name, (old, new) in diff.config_rows.items():
        config = by_name.get(name)
        counts = (config.added, config.removed, config.changed) if config else ("-", "-", "-")
        yield [
            show.code(name),
            *(f"{n:,}" if isinstance(n, int) else n for n in (old, new, *counts)),
        ]


def _articles(diff: Diff, show: _Text) -> Iterator[str]:
    found = diff.articles
    if not (found.moved_count or found.gone_count or found.returned_count or found.withheld_count):
        return
    yield from show.head("Articles")
    lists = (
        (
            found.moved_count, "moved to another split, which must not be",
            [f"{show.code(name)} {show.safe(old)} -> {show.safe(new)}" for name, old, new in found.moved],
        ),
        (
            found.gone_count, "no longer there",
            [
                f"{show.code(name)} ({show.safe(split)}): "
                + (show.safe(reason, 300) if reason else "no reason is given")
                for name, split, reason in found.gone
            ],
        ),
        (
            found.returned_count, "withheld before and back",
            [f"{show.code(name)} in {show.safe(split)}" for name, split in found.returned],
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


def _more(count: int, show: _Text) -> Iterator[str]:
    if count > 0:
        yield show.item(f"... and {count:,} more", 1)


def _config(config: RowsDiff, show: _Text) -> Iterator[str]:
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
            yield from (show.item(show.code(name), 1) for name in ids)
            yield from _more(count - len(ids), show)
    if config.changes:
        yield show.item("changed:")
    for change in config.changes:
        yield show.item(f"{show.code(change.id)} ({show.safe(change.split)})", 1)
        for column, (old, new) in change.values.items():
            for place, one, other in _leaves(column, old, new):
                yield show.item(f"{show.code(place)}: {_change(one, other, show)}", 2)
    if config.changes:
        yield from _more(config.changed - len(config.changes), show)


LEAVES = 20
"""Places inside a changed value that are shown."""
GRID = 8
"""Labels up to which a confusion is shown as a grid."""


def _confusion(pairs: Sequence[tuple[str, str, int]], show: _Text) -> Iterator[str]:
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


def _leaves(place: str, old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    """What differs inside two values: place, before, now; as a whole where their forms differ."""
    pairs: list[tuple[str, Any, Any]] = []
    if isinstance(old, dict) and isinstance(new, dict):
        pairs = [(f"{place}.{name}", old.get(name), new.get(name)) for name in {**old, **new}]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [(f"{place}[{n}]", *pair) for n, pair in enumerate(zip(old, new, strict=True))]
    if not pairs:
        return [(place, old, new)]
    return [leaf for pair in pairs if pair[1] != pair[2] for leaf in _leaves(*pair)][:LEAVES]


def _change(old: Any, new: Any, show: _Text) -> str:
    one, other = _value(old), _value(new)
    first = 0
    while first < min(len(one), len(other)) and one[first] == other[first]:
        first += 1
    skip = max(0, first - 20) if max(len(one), len(other)) > WIDTH else 0
    cut = "…" if skip else ""
    return f"{show.safe(cut + one[skip:])} -> {show.safe(cut + other[skip:])}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _texts(diff: Diff, show: _Text) -> Iterator[str]:
    found = diff.texts
    if not found.changed:
        return
    yield from show.head("Texts")
    yield show.item(f"{many(found.changed, 'article')} with another text")
    for config, fate in found.totals.items():
        yield show.item(f"their {show.code(config)}: {_fate(fate)}")
    for change in found.changes:
        yield show.item(f"{show.code(change.article_id)} ({show.safe(change.split)})")
        for config, fate in change.fates.items():
            yield show.item(f"{show.code(config)}: {_fate(fate)}", 1)
            for what, ids in fate.ids.items():
                listed = ", ".join(show.code(name) for name in ids)
                yield show.item(f"{what}: {listed}", 2)
        if change.lines:
            yield from show.diff(change.lines)
        if change.more:
            yield show.item(f"... and {many(change.more, 'line')} more", 1)
    yield from _more(found.changed - len(found.changes), show)


def _fate(fate: Fate) -> str:
    counts = {"in place": fate.kept, "moved": fate.moved, "lost": fate.lost, "added": fate.added}
    return ", ".join(f"{count:,} {what}" for what, count in counts.items())


def changelog_section(diff: Diff) -> str:
    """What the changelog of the new release says of the change: counts, no words of articles."""
    show = _Markdown()
    lines = [f"### Changes from {diff.old.version}", ""]
    rows = [
        f"`{config.config}`: " + ", ".join(
            f"{many(count, 'row')} {what}"
            for what, count in (
                ("added", config.added), ("removed", config.removed), ("changed", config.changed)
            )
            if count
        )
        + _columns(config)
        for config in diff.configs
        if config.added or config.removed or config.changed
    ]  # fmt: skip
    items = [
        *(f"{change.level}: {show.code(change.place)}: {show.safe(change.message, 300)}"
          for change in diff.schema),
        *rows,
        *(
            f"`{config.config}.{confusion.column}`: "
            + ", ".join(
                f"{show.safe(old)} to {show.safe(new)} {count:,}"
                for old, new, count in confusion.pairs[:GRID]
            )
            + (f" and {len(confusion.pairs) - GRID} other changes" if len(confusion.pairs) > GRID else "")
            for config in diff.configs
            for confusion in config.confusions
        ),
        *_article_lines(diff, show),
        *_text_lines(diff, show),
        *(f"`{name}` {what}" for name, what in diff.documents),
    ]  # fmt: skip
    if diff.definitions:
        items.append("Definitions reworded: " + ", ".join(f"`{n}`" for n in diff.definitions))
    if not items:
        items = ["Nothing in the data."]
    lines += [f"- {item}" for item in items]
    return "\n".join(lines) + "\n"


def _columns(config: RowsDiff) -> str:
    if not config.columns:
        return ""
    listed = ", ".join(f"`{name}` {count:,}" for name, count in config.columns.items())
    return f" ({listed})"


def _article_lines(diff: Diff, show: _Text) -> Iterator[str]:
    found = diff.articles
    if found.gone_count:
        reasons = [
            f"{show.code(name)} ({show.safe(reason, 300) if reason else 'no reason is given'})"
            for name, _, reason in found.gone
        ]
        left = found.gone_count - len(reasons)
        rest = f" and {left:,} more" if left else ""
        yield f"{many(found.gone_count, 'article')} withheld or gone: {', '.join(reasons)}{rest}"
    if found.returned_count:
        yield f"{many(found.returned_count, 'article')} back that were withheld"
    if found.moved_count:
        yield f"{many(found.moved_count, 'article')} in another split than before"


def _text_lines(diff: Diff, show: _Text) -> Iterator[str]:
    if diff.texts.changed:
        fates = "; ".join(
            f"{show.code(config)}: {_fate(fate)}" for config, fate in diff.texts.totals.items()
        )
        yield f"{many(diff.texts.changed, 'article')} with another text ({fates})"
