"""`clean --explain`: a page with what was kept, what was cut, and why."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dataset_builder.clean.page import CleanedFolder, CleanedPage, LineDecision

WIDTH: Final = 160
"""Characters shown of a cut line; kept lines are shown whole."""

_GREEN, _DIM, _YELLOW, _RESET = "\x1b[32m", "\x1b[2m", "\x1b[33m", "\x1b[0m"


def visible(text: str) -> str:
    r"""`text` safe to print: what steers terminals or reverses text becomes its escape, as `\u202e`.

    Escaped are all control, format, private, surrogate and unassigned characters and the line and
    paragraph separators; joiners inside words of scripts that need them stay.
    """
    out = []
    for at, char in enumerate(text):
        category = unicodedata.category(char)
        joins = char in "\u200c\u200d" and 0 < at < len(text) - 1
        if category in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp") and not joins:
            code = ord(char)
            out.append(
                f"\\x{code:02x}"
                if code < 0x100
                else f"\\u{code:04x}"
                if code < 0x10000
                else f"\\U{code:08x}"
            )
        else:
            out.append(char)
    return "".join(out)


def explain(cleaned: CleanedPage, *, colour: bool) -> str:
    """The page line by line: number, `+` kept, `=` kept as metadata, `-` cut, the text, the reason.

    Ends with a newline. Blank lines are left out; nothing of the page reaches the terminal raw.
    """
    digits = len(str(len(cleaned.lines)))
    article, rejected = cleaned.article, cleaned.rejected
    out = [f"{visible(cleaned.page.source)}  {cleaned.page.article_id}"]
    if article is not None:
        facts = (
            ("title", article.title), ("outlet", article.outlet), ("agency", article.agency),
            ("byline", article.byline), ("dateline", article.dateline),
            ("published", article.published_at.isoformat() if article.published_at else None),
            ("language", article.language),
        )  # fmt: skip
        out += [
            f"  {name:<10}{visible(value) if value else '(not stated)'}" for name, value in facts
        ]
        out.append(
            f"  {'body':<10}{len(article.paragraphs)} paragraphs, {len(article.sentences)} sentences, {len(article.text)} characters"
        )
    if rejected is not None:
        out.append(f"  rejected: {rejected.reason}: {visible(rejected.message)}")
    out.append("")
    out += [_row(line, digits, colour=colour) for line in cleaned.lines if line.role != "blank"]
    return "\n".join(out) + "\n"


def _row(line: LineDecision, digits: int, *, colour: bool) -> str:
    text = line.text.strip()
    if not line.kept and len(text) > WIDTH:
        text = text[: WIDTH - 1] + "…"
    mark, paint = (
        ("+", _GREEN) if line.kept else ("-", _DIM) if line.role == "cut" else ("=", _YELLOW)
    )
    row = f"{line.number:>{digits}} {mark} {visible(text)}"
    said = [] if line.kept else [f"{line.code}: {line.reason}"]
    if line.score is not None:
        why = ", ".join(f"{item.what} {item.adds:+.1f}" for item in line.evidence)
        said.append(f"{line.score:+.1f}" + (f" ({why})" if why else ""))
    if said:
        row += f"   [{'; '.join(said)}]"
    return f"{paint}{row}{_RESET}" if colour else row


def overview(folder: CleanedFolder) -> str:
    """A folder's articles, one block each, then what could not be used and why."""
    lines = []
    for article in folder.articles:
        stated = {
            "outlet": article.outlet,
            "agency": article.agency,
            "byline": article.byline,
            "dateline": article.dateline,
            "published": article.published_at and article.published_at.isoformat(),
        }
        shown = ", ".join(f"{name} {visible(value)}" for name, value in stated.items() if value)
        lines += [
            f"{article.article_id}  {visible(article.source)}",
            f"  {visible(article.title or '(no title)')}",
            f"  {len(article.text)} characters, {len(article.paragraphs)} paragraphs, "
            f"{len(article.sentences)} sentences, {article.language}"
            + (f"; {shown}" if shown else ""),
        ]
    lines.append(f"{len(folder.articles)} articles, {len(folder.rejected)} pages not used")
    lines += [
        f"  {visible(item.source)}: {item.reason}: {visible(item.message)}"
        for item in folder.rejected
    ]
    return "\n".join(lines)
