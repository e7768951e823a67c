"""How fast the cleaner is on pages as long as those of the news, beside trafilatura on their HTML.

    python benchmarks/cleaning_speed.py [--pages N] [--rounds N] [--weight N] [--date YYYY-MM-DD]

Pages are generated: 9 to 14 KB of text, and HTML `--weight` times that, with scripts, styles and
menus. Our cleaner goes from text to the rows of a table (body, title, outlet, byline, date, language),
trafilatura from HTML to text, and from HTML to text and metadata, which is the same work; in turns. Time
is CPU time of the process. Then two processes are measured beside one, on the wall clock.

How much trafilatura has to do for a page depends on its elements, not on its bytes: their number is
printed, too.
"""

from __future__ import annotations

import argparse
import gc
import html
import itertools
import os
import re
import statistics
import time
from typing import TYPE_CHECKING

from cleaning import heavier, machine, trafilatura

from dataset_builder.articles import RawPage, sha256_text
from dataset_builder.clean.evaluate import Form, LabelledPage
from dataset_builder.corpus.engines import opened
from dataset_builder.corpus.stage import clean_table, raw_table
from dataset_builder.markdown import table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    from generate import Page

SIZES = (9_000, 14_000)
"""Bytes of text."""
PER_JOB = 128
"""Pages that a process cleans at once."""
JOBS = 8


def generated(count: int, weight: float) -> list[LabelledPage]:
    """Generated pages as text and as HTML."""
    from generate import World

    world, pages = World(1, 10), []
    for number in itertools.count():
        page = world.page(number)
        if SIZES[0] <= len(page.text.encode()) <= SIZES[1]:
            forms: dict[Form, str] = {"raw": page.text, "html": marked_up(page)}
            light = LabelledPage(str(number), page.report.language.code, forms, page.report.body)
            pages.append(heavier(light, weight))
        if len(pages) == count:
            break
    return pages


def marked_up(page: Page) -> str:
    """The page in HTML: its body's paragraphs in an `article`, every other line a link in a list."""
    paragraphs = page.report.body.split("\n\n")
    body = {line for line in page.text.split("\n") if line.endswith(tuple(paragraphs))}
    parts, inside = [f"<h1>{html.escape(page.report.title)}</h1>"], False
    for line in filter(None, map(str.strip, page.text.split("\n"))):
        if (line in body) is not inside:
            inside = not inside
            parts.append("<article>" if inside else "</article>")
        text = html.escape(line)
        parts.append(f"<p>{text}</p>" if inside else f'<li><a href="/{len(parts)}">{text}</a></li>')
    title = html.escape(page.text.split("\n", 1)[0])
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{title}</title></head><body>"
        + "\n".join(parts)
        + ("</article>" if inside else "")
        + "</body></html>"
    )


def rows(raw: pa.Table) -> int:
    """Clean a table of raw pages."""
    return clean_table(raw).num_rows


def raw_of(pages: Sequence[LabelledPage]) -> pa.Table:
    """The pages' text as the cleaning stage takes it."""
    texts = [(page.id, page.forms["raw"], sha256_text(page.forms["raw"])) for page in pages]
    return raw_table(RawPage(digest[:16], name, digest, text) for name, text, digest in texts)


def measure(pages: Sequence[LabelledPage], rounds: int) -> None:
    """Print the speed beside trafilatura's."""
    count = len(pages)
    raw, extract, same = raw_of(pages), trafilatura(), trafilatura(metadata=True)
    tasks: dict[str, tuple[Form, Callable[[], object]]] = {
        "**dataset-builder**, text to rows": ("raw", lambda: rows(raw)),
        "trafilatura, HTML to text": ("html", lambda: extract(pages, "html")),
        "trafilatura, HTML to text and metadata": ("html", lambda: same(pages, "html")),
    }
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(rounds + 1):
        for name, (_, run) in tasks.items():
            gc.collect()
            start = time.process_time()
            run()
            if turn:  # the first one loads models
                taken[name].append(time.process_time() - start)
    shown = []
    for name, (form, _) in tasks.items():
        size = sum(len(page.forms[form].encode()) for page in pages)
        middle = statistics.median(taken[name])
        shown.append(
            (
                name,
                f"{size / count / 1000:,.1f}",
                f"{count / middle:,.0f}",
                f"{size / middle / 1e6:.2f}",
            )
        )
    print(table(("tool, input to output", "KB a page", "pages/s", "MB/s"), shown))
    ours, *others = taken.values()
    print()
    for name, theirs in zip(list(tasks)[1:], others, strict=True):
        ratios = sorted(other / own for own, other in zip(ours, theirs, strict=True))
        print(
            f"times the pages/s of {name}: {statistics.median(ratios):.1f}"
            f" ({ratios[0]:.1f} to {ratios[-1]:.1f} in {rounds} rounds)"
        )


def measure_processes(pages: Sequence[LabelledPage], rounds: int) -> None:
    """Print what a second process gains on the wall clock, both started before."""
    job = raw_of([pages[at % len(pages)] for at in range(PER_JOB)])
    gains = []
    with opened("loop", 1) as one, opened("pool", 2) as two:
        for turn in range(rounds + 1):
            walls = []
            for engine in (one, two):
                start = time.perf_counter()
                for _ in engine.map(rows, [job] * JOBS):
                    pass
                walls.append(time.perf_counter() - start)
            if turn:
                gains.append(walls[0] / walls[1])
    gains.sort()
    print(
        f"two processes, times the speed of one (wall clock, load {os.getloadavg()[0]:.1f}): "
        f"{statistics.median(gains):.2f} ({gains[0]:.2f} to {gains[-1]:.2f})"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--weight", type=float, default=19.0, help="bytes of HTML for one of text")
    parser.add_argument("--date", help="printed with the machine")
    given = parser.parse_args()
    print(machine(given.date))
    pages = generated(given.pages, given.weight)
    tags = sum(len(re.findall("<[a-z]", page.forms["html"])) for page in pages)
    print(
        f"{len(pages)} pages with {tags / len(pages):,.0f} elements each; {given.rounds} rounds\n"
    )
    measure(pages, given.rounds)
    measure_processes(pages, given.rounds)


if __name__ == "__main__":
    main()
