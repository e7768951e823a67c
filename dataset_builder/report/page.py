"""The page of `report`: one file that asks nothing of any network.

Figures are HTML and SVG from the start; articles are packed blocks that the page's one script
unpacks when they are wanted. The page's own security policy allows that script and that style
sheet by their digests and nothing else, and no text is ever parsed as markup, whatever it holds.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dataset_builder.agreement.excerpt import escape
from dataset_builder.report.articles import article_blocks
from dataset_builder.report.drawn import palette
from dataset_builder.report.sections import sections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_builder.report.drawn import Palette
    from dataset_builder.report.reading import Source

_HERE: Final = Path(__file__).parent
_SCRIPTS: Final = ("nodes", "packed", "search", "views", "text", "article", "list", "network")
"""Files of `script/`, each of which uses those before it. The page has them as one."""


def page(source: Source, report: Callable[[str, int, int | None], None]) -> Iterator[bytes]:
    """The document piece by piece. `report(what, done, of)` is told of the articles."""
    colours = palette(source)
    style = (_HERE / "report.css").read_text(encoding="utf-8") + colour_rules(colours)
    script = _script()
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    )
    title = f"{source.title} {source.version}"
    yield f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
{sections(source, colours)}
""".encode()
    yield from article_blocks(source, colours, report)
    yield f"<script>{script}</script>\n</body>\n</html>\n".encode()


def _script() -> str:
    files = [_HERE / "script" / f"{name}.js" for name in _SCRIPTS]
    parts = [file.read_text(encoding="utf-8") for file in files]
    return f'"use strict";\n{{\n{"".join(parts)}}}\n'


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def colour_rules(colours: Palette) -> str:
    """Rules for the colours of the labels: as declared on paper, lighter on dark ground."""
    light = "".join(f"--c{c[1:]}:{c};" for c in colours.every)
    dark = "".join(f"--c{c[1:]}:color-mix(in oklab,{c} 62%,#fff);" for c in colours.every)
    rules = "".join(
        f".c{c[1:]}{{fill:var(--c{c[1:]})}}.sc{c[1:]}{{stroke:var(--c{c[1:]})}}"
        for c in colours.every
    )
    return (
        f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f"{rules}\n"
    )
