"""The guidelines as Label Studio shows them behind its Instructions button: HTML."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)

# Label Studio resets margins, list markers and table lines for its own pages, and the server takes
# away style attributes; a style element passes both. No `>` in it: the server would escape that.
_STYLE = """\
<style>
.guidelines { line-height: 1.5; }
.guidelines h1, .guidelines h2, .guidelines h3 { font-weight: 600; line-height: 1.25; margin: 1.2em 0 .5em; }
.guidelines h1 { font-size: 1.5em; margin-top: 0; }
.guidelines h2 { font-size: 1.25em; }
.guidelines h3 { font-size: 1.1em; }
.guidelines p, .guidelines ul, .guidelines ol, .guidelines table { margin: 0 0 .8em; }
.guidelines ul { list-style: disc; padding-left: 1.5em; }
.guidelines ol { list-style: decimal; padding-left: 1.5em; }
.guidelines li { margin: 0 0 .3em; }
.guidelines table { border-collapse: collapse; }
.guidelines th, .guidelines td { border: 1px solid #8884; padding: .3em .6em; text-align: left; vertical-align: top; }
.guidelines th { background: #8881; font-weight: 600; }
.guidelines code { background: #8882; border-radius: 3px; padding: 0 .25em; }
</style>
"""


def instruction_html(markdown: str) -> str:
    """`markdown` (CommonMark with tables) as HTML that the server keeps as it is.

    HTML inside the Markdown is shown, not obeyed; comments are left out.
    """
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    html = str(reader.render(_COMMENT.sub("", markdown)))
    # The server would drop these and then always have something else than what we send.
    html = re.sub(r' style="text-align:(left|right|center)"', r' align="\1"', html)
    html = html.replace("&quot;", '"').strip()
    return f'{_STYLE}<div class="guidelines">\n{html}\n</div>' if html else ""


def guidelines_version(text: str) -> str:
    """What the guidelines say of themselves in a line `Version 1.1`; empty when nothing."""
    found = re.search(r"(?m)^Version (\d+(?:\.\d+)*)$", text)
    return found[1] if found else ""
