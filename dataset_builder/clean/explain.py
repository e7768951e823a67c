"""`clean --explain`: a page with what was kept, what was cut, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.printable import printable

if TYPE_CHECKING:
    from dataset_builder.articles import RawPage
    from dataset_builder.clean.page import CleanedFolder, CleanedPage, LineDecision
    from dataset_builder.corpus.templates import Templates

WIDTH: Final = 160
"""Characters shown of a cut line; kept lines are shown whole."""

_GREEN, _DIM, _YELLOW, _RESET = "\x1b[32m", "\x1b[2m", "\x1b[33m", "\x1b[0m"


def explain(cleaned: CleanedPage, *, colour: bool, templates: Templates | None = None) -> str:
    """The page line by line: number, `+` kept, `=` kept as metadata, `-` cut, the text, the reason.

    With the `templates` that it was cleaned with, also on how many pages of its site a line was
    seen. Ends with a newline. Blank lines are left out; nothing of the page reaches the terminal
    raw.
    """
    digits = len(str(len(cleaned.lines)))
    article, rejected = cleaned.article, cleaned.rejected
    out = [f"{printable(cleaned.page.source)}  {cleaned.page.article_id}"]
    if article is not None:
        facts = (
            ("title", article.title), ("outlet", article.outlet), ("agency", article.agency),
            ("byline", article.byline), ("dateline", article.dateline),
            ("published", article.published_at.isoformat() if article.published_at else None),
            ("language", article.language),
        )  # fmt: skip
        out += [
            f"  {name:<10}{printable(value) if value else '(not stated)'}" for name, value in facts
        ]
        out.append(
            f"  {'body':<10}{len(article.paragraphs)} paragraphs, {len(article.sentences)} sentences, {len(article.text)} characters"
        )
    if rejected is not None:
        out.append(f"  rejected: {rejected.reason}: {printable(rejected.message)}")
    out.append("")
    for line in cleaned.lines:
        if line.role != "blank":
            seen = _seen(cleaned.page, line.text, templates) if templates else None
            out.append(_row(line, digits, seen, colour=colour))
    return "\n".join(out) + "\n"


def _seen(page: RawPage, line: str, templates: Templates) -> str | None:
    """What is known of a line as a template line."""
    from dataset_builder.corpus.templates import site_of

    site = site_of(page)
    found = templates.seen_on(line, site)
    if found is None:
        return None
    where = printable(site) or "this folder"
    return f"template: seen on {found[0]:,} of {found[1]:,} pages of {where}"


def _row(line: LineDecision, digits: int, seen: str | None, *, colour: bool) -> str:
    text = line.text.strip()
    if not line.kept and len(text) > WIDTH:
        text = text[: WIDTH - 1] + "…"
    mark, paint = (
        ("+", _GREEN) if line.kept else ("-", _DIM) if line.role == "cut" else ("=", _YELLOW)
    )
    row = f"{line.number:>{digits}} {mark} {printable(text)}"
    said = (
        [] if line.kept or (seen and line.code == "template") else [f"{line.code}: {line.reason}"]
    )
    said += [seen] if seen else []
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
        shown = ", ".join(f"{name} {printable(value)}" for name, value in stated.items() if value)
        lines += [
            f"{article.article_id}  {printable(article.source)}",
            f"  {printable(article.title or '(no title)')}",
            f"  {len(article.text)} characters, {len(article.paragraphs)} paragraphs, "
            f"{len(article.sentences)} sentences, {article.language}"
            + (f"; {shown}" if shown else ""),
        ]
    lines.append(f"{len(folder.articles)} articles, {len(folder.rejected)} pages not used")
    lines += [
        f"  {printable(item.source)}: {item.reason}: {printable(item.message)}"
        for item in folder.rejected
    ]
    return "\n".join(lines)
