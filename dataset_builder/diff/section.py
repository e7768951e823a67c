"""A diff as the section of a changelog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.diff.compare import derived, many
from dataset_builder.diff.looks import GRID, Markdown, Text
from dataset_builder.diff.texts import fates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.diff.compare import Diff
    from dataset_builder.diff.rows import RowsDiff


def changelog_section(diff: Diff) -> str:
    """What the changelog of the new release says of the change: counts, no words of articles."""
    show = Markdown()
    lines = [f"### Changes from {diff.old.version}", ""]
    rows = [
        f"`{config.config}`: " + ", ".join(
            f"{many(count, 'row')} {what}{derived(config.derived.get(what, 0))}"
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


def _article_lines(diff: Diff, show: Text) -> Iterator[str]:
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


def _text_lines(diff: Diff, show: Text) -> Iterator[str]:
    if diff.texts.changed:
        became = "; ".join(
            f"{show.code(config)}: {fates(fate)}" for config, fate in diff.texts.totals.items()
        )
        yield f"{many(diff.texts.changed, 'article')} with another text ({became})"
