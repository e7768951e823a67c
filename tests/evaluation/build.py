"""The evaluation set: pages in a small source format, made into HTML and two plain-text dumps.

A case is a file `pages/<id>.page`, a site a file `sites/<name>.site`. Both are lines `key: value`, a
line `---`, and the rest. Of a page the rest is its blocks, one a line, `kind: text`; kinds in `BODY`
are the article, all others are what the site puts around and between. Of a site the keys are its
name, its language and how it writes a kind of block; the rest is its HTML with `$placeholders`.
A line of it whose placeholder has nothing to say on a page is left out. The kinds in `ASIDE` may
stand above a page's line `---`, too.

`python -m tests.evaluation.build` prints the set as JSON lines, as `dataset-builder evaluate` reads.
"""

from __future__ import annotations

import html
import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from html.entities import codepoint2name
from pathlib import Path
from string import Template

from tests.evaluation.dumps import by_blocks, by_layout

HERE = Path(__file__).parent
BODY = ("lead", "p", "h", "li", "q")
ASIDE = ("more", "side", "tag", "comment")
FIELDS = ("title", "outlet", "byline", "agency", "dateline", "published_at", "language")
SNIPPETS = {
    "lead": '<p class="lead">$a</p>',
    "p": "<p>$a</p>",
    "h": "<h2>$a</h2>",
    "li": "<li>$a</li>",
    "q": "<p>$a</p>",
    "list": "<ul>$a</ul>",
    "quote": "<blockquote>$a</blockquote>",
    "caption": '<figure><img src="/i/1.jpg" alt=""><figcaption>$a <span>$b</span></figcaption></figure>',
    "pull": '<aside class="pull"><p>$a</p></aside>',
    "more": '<li><a href="/m">$a</a> <span>$b</span></li>',
    "tag": '<a class="tag" href="/t">$a</a> ',
    "comment": '<div class="c"><b>$a</b> <i>$b</i><p>$c</p><a href="#r">Reply</a></div>',
}
_INLINE = (
    (re.compile(r"\[([^\]]+)\]\(([^)]+)\)"), r'<a href="\2">\1</a>'),
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"__(.+?)__"), r"<em>\1</em>"),
)
_NAMED = re.compile("[\xa0-\xff–—‘’“”„…]")


@dataclass(frozen=True)
class Case:
    """One page of the set."""

    id: str
    lang: str
    html: str
    raw: str
    """Plain text of the page by converter 1."""
    raw2: str
    """The same by converter 2."""
    gold: tuple[str, ...]
    """The paragraphs of the body; none on a page without an article."""
    metadata: dict[str, str | None]
    """By field; None where the page states none."""
    html_only: tuple[str, ...]
    """Fields that only the HTML states, not its visible text."""

    @property
    def record(self) -> dict[str, object]:
        """The case as a line of JSON."""
        return {
            "id": self.id, "lang": self.lang, "raw": self.raw, "raw2": self.raw2, "html": self.html,
            "gold": "\n".join(self.gold), "html_only": list(self.html_only), **self.metadata,
        }  # fmt: skip


def _pairs(head: str) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in head.splitlines())
    return {key.strip(): value.strip() for key, value in pairs}


def _plain(text: str) -> str:
    for pattern, _ in _INLINE:
        text = pattern.sub(r"\1", text)
    return text


def _marked(text: str, *, named: bool) -> str:
    text = html.escape(text, quote=False)
    for pattern, shape in _INLINE:
        text = pattern.sub(shape, text)
    return _NAMED.sub(lambda c: f"&{codepoint2name[ord(c[0])]};", text) if named else text


def load(file: Path) -> Case:
    """The case of a page file."""
    text, _, rest = file.read_text(encoding="utf-8").partition("\n---\n")
    aside = [line for line in text.splitlines() if line.startswith(ASIDE)]
    head = _pairs("\n".join(line for line in text.splitlines() if line not in aside))
    shape, _, page = (
        (HERE / "sites" / f"{head['site']}.site").read_text("utf-8").partition("\n---\n")
    )
    site = _pairs(shape)
    shapes = SNIPPETS | site
    slots_of_page = set(re.findall(r"\$(\w+)", page))
    named = site.get("entities") == "named"
    blocks = [
        (kind.strip(), [field.strip() for field in text.split(" | ")])
        for kind, _, text in (line.partition(":") for line in [*rest.splitlines(), *aside])
        if kind
    ]

    def shown(kind: str, fields: list[str]) -> str:
        values = dict(zip("abc", (_marked(text, named=named) for text in fields), strict=False))
        return Template(shapes[kind]).substitute({"a": "", "b": "", "c": ""} | values)

    slots: dict[str, list[str]] = {"body": [], "again": []}
    open_group: str | None = None
    for kind, fields in blocks:
        piece = shown(kind, fields)
        slot = kind if kind in slots_of_page else "body"
        group = {"li": "list", "q": "quote"}.get(kind)
        where = slots.setdefault(slot, [])
        if group and group == open_group:
            where[-1] += piece
        else:
            _close(slots["body"], open_group, shapes)
            where.append(piece)
        open_group = group
        if kind in BODY:
            slots["again"].append(shown("p", fields))
    _close(slots["body"], open_group, shapes)

    metadata = {field: head.get(field) for field in FIELDS}
    metadata["outlet"] = site["name"]
    metadata["language"] = head.get("language", site["lang"])
    values = {key: _marked(value, named=named) for key, value in head.items()}
    values |= {slot: "\n".join(pieces) for slot, pieces in slots.items()}
    values |= {"outlet": site["name"], "jsonld": _json_ld(metadata)}
    lines = []
    for line in page.splitlines():
        wanted = re.findall(r"\$(\w+)", line)
        if all(values.get(name) for name in wanted):
            lines.append(Template(line).substitute(values))
    source = "\n".join(lines) + "\n"
    return Case(
        id=file.stem,
        lang=site["lang"],
        html=source,
        raw=by_blocks(source),
        raw2=by_layout(source),
        gold=tuple(_plain(fields[0]) for kind, fields in blocks if kind in BODY),
        metadata=metadata,
        html_only=tuple(head.get("html_only", "").split()),
    )


def _close(body: list[str], group: str | None, shapes: dict[str, str]) -> None:
    if group:
        body[-1] = Template(shapes[group]).substitute(a=body[-1])


def _json_ld(metadata: dict[str, str | None]) -> str:
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": metadata["title"],
        "publisher": {"@type": "Organization", "name": metadata["outlet"]},
    }
    if metadata["byline"]:
        data["author"] = {"@type": "Person", "name": metadata["byline"]}
    if metadata["published_at"]:
        data["datePublished"] = metadata["published_at"]
    text = json.dumps(data, ensure_ascii=False)
    return f'<script type="application/ld+json">{text}</script>'


@cache
def cases() -> tuple[Case, ...]:
    """Every case, by id."""
    return tuple(load(file) for file in sorted((HERE / "pages").glob("*.page")))


if __name__ == "__main__":
    for case in cases():
        sys.stdout.write(json.dumps(case.record, ensure_ascii=False) + "\n")
