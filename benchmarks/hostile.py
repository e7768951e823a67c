"""Does anything that a page or file can hold break the cleaner, or make it slow?

    python benchmarks/hostile.py shapes [--size MB] [--limit SECONDS] [--only NAME]
    python benchmarks/hostile.py growth [--minutes 5] [--seed 1]
    python benchmarks/hostile.py files  [--minutes 5] [--seed 1]

`shapes` cleans each page of `tests/hostile.py` at a quarter, a half and the whole of `--size`
(default 4), each in a process of its own, and prints CPU seconds, the growth from half to whole (2
is linear, 4 quadratic) and the most memory held; lines are explained on a sixteenth. `--size 100
--only one_line_of_prose` is the single line of 100 MB.

`growth` repeats small units of hostile characters, tags and phrases `SHORT` and `LONG` times, as
text, HTML and stated fields, and compares the CPU time of cleaning, with metadata, template lines and
grouping. `files` damages valid files of every input format and checks whatever is read and cleaned:
no crash, bounded memory, every page an article or rejected, offsets exact, the same in any batching.
Both run in a process that may take `MEMORY` and is replaced when it dies or hangs; a case is a function
of its number: `--case SEED:NUMBER` runs one alone. Everything exits with 1 when something was found.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import selectors
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from dataset_builder.markdown import table  # noqa: E402 - from this clone

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataset_builder.articles import RawPage

STEEP: Final = 3.0
UNJUDGED: Final = 1.0
"""CPU seconds below which growth is not judged: the clock is too coarse."""
SHORT: Final = 12_000
LONG: Final = 4 * SHORT
"""Code points of the two pages that `growth` compares."""
SUPERLINEAR: Final = 9.0
"""Times as long for four times as much; linear is 4, quadratic 16."""
SLOW: Final = 3.0
"""CPU seconds for `LONG` code points that are too many, however they grow."""
MEMORY: Final = 4 << 30
HANGS: Final = 120
"""Seconds without an answer."""


# ---- shapes


def one(name: str, size: int) -> None:
    """Clean one page and print what it took."""
    from dataset_builder.clean import clean_page, explain
    from tests.hostile import HTML_SHAPES, SHAPES, page_of

    form, _, shape = name.partition(":")
    make = (HTML_SHAPES if form == "html" else SHAPES)[shape]
    explain(clean_page(page_of("Warm up.", form)), colour=False)  # imports
    page = page_of(make(size), form)
    start = time.process_time()
    cleaned = clean_page(page)
    middle = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    part = clean_page(page_of(make(size // 16), form))
    before = time.process_time()
    explain(part, colour=False)
    print(middle - start, time.process_time() - before, peak, cleaned.article is not None)


def measured(name: str, size: int, limit: int) -> list[str] | None:
    """The output of `one` in a process of its own; None when it took too long."""
    command = [sys.executable, __file__, "one", name, str(size)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit, check=False, cwd=ROOT
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        raise SystemExit(
            f"{name} at {size} bytes: exit code {done.returncode}\n{done.stderr[-2000:]}"
        )
    return done.stdout.split()


def shapes(size: float, limit: int, only: str) -> bool:
    """Measure every shape, print a table; whether one is too slow."""
    from tests.hostile import HTML_SHAPES, SHAPES

    names = [f"text:{name}" for name in SHAPES] + [f"html:{name}" for name in HTML_SHAPES]
    whole = int(size * 1e6)
    rows, steep = [], []
    for name in names:
        if only not in name:
            continue
        results = [measured(name, part, limit) for part in (whole // 4, whole // 2, whole)]
        times = [float(result[0]) if result else float("inf") for result in results]
        growth = times[2] / max(times[1], 1e-3) if results[1] else float("inf")
        if times[2] == float("inf") or (times[2] > UNJUDGED and growth > STEEP):
            steep.append(name)
        last = results[2]
        rows.append(
            (
                name, *(f"{seconds:.2f}" for seconds in times), f"{growth:.1f}",
                f"{size / max(times[2], 1e-3):.1f}", f"{float(last[1]):.2f}" if last else "",
                f"{float(last[2]):.0f}" if last else "", last[3] if last else "",
            )
        )  # fmt: skip
        print(f"{name}: {times[2]:.2f} s", file=sys.stderr)
    heads = (
        f"shape, {size:g} MB", "s at 1/4", "s at 1/2", "s", "growth", "MB/s", "explain 1/16 s",
        "peak MiB", "article",
    )  # fmt: skip
    print(table(heads, rows))
    print(f"\ngrowing faster than the page, or above {limit} s: {', '.join(steep) or 'none'}")
    return bool(steep)


# ---- growth

SIGNS: Final = (
    *"aA1 \t\n.,:;!?-–—|/()[]{}<>\"'“”‘’«»&@©#*•=_%$\\~^`+é中яشא",
    "\u00a0", "\u3000", "\u2009", "\u200b", "\u200d", "\u202e", "\u00ad", "\ufeff", "\u0301", "\u0323",
    "\ufdfa", "\U0001f469", "\ufffd", "\x1b", "\ue000", "İ", "ß", "ﬃ",
)  # fmt: skip
PHRASES: Final = (
    "By ", "by Anna Berg", "Anna Berg", "Von ", "Par ", "and ", "AFP", "(Reuters)", "Source: ", "Oslo - ",
    "ST CATHERINE, Jamaica — ", "12 March 2019", "2019-03-12", "03/12/19", "09:07:40 GMT", "Mar. ", "Mon, ",
    "Published: ", "Last updated ", "Updated ", "Read also: ", "Photo: ", "All rights reserved", "© 2019 ",
    "http://", "a@b.example ", "www.a.example/b", "Mr. ", "U.S. ", "J. ", "No. 1 ", "...", "said the minister. ",
    "The ministers agreed on Monday to share the water of the river. ", "Share this", "Comments (3)", "\n\n",
    "http://a.example/b?c=d&", "5 hours ago", "—\n", " | ", " - ", "Enditem", "Advertisement",
)  # fmt: skip
MARKUP: Final = (
    "<p>", "</p>", "<div>", "</div>", "<a href='/b'>", "</a>", "<b>", "<i>", "<ul><li>", "<table><tr><td>", "<br>",
    "<!--", "-->", "<script>", "</script>", "<style>", "<h1>", "<h2>", "<title>", "</title>", "<time datetime='2019'>",
    "<meta name='author' content='", "<meta property='og:title' content='", "'>", "<span class='byline'>",
    "<script type='application/ld+json'>{\"@type\":\"Article\",", "<article>", "<figure>", "<form>", "<svg>",
    "<option>", "<noscript>", "<template>", "<![CDATA[", "&amp;", "&#", "&#x202e;", "<blockquote>", "<q>", "<",
)  # fmt: skip
PROSE: Final = (
    "Ministers share the water\n\nOslo - The ministers of Corvia and Estmark agreed on Monday to share the "
    "water of the river, after two years of talks that had seemed to lead nowhere.\n"
)


def grown(drawn: random.Random) -> tuple[str, Callable[[int], RawPage]]:
    """A name, and what makes a page of about so many code points."""
    from dataclasses import replace

    from dataset_builder.articles import Stated
    from tests.hostile import page_of

    kind = drawn.choice(("text", "text", "text", "html", "stated"))
    among = drawn.choice((SIGNS, PHRASES, SIGNS + PHRASES))
    if kind == "html":
        among = drawn.choice((MARKUP, MARKUP + PHRASES, MARKUP + SIGNS))
    unit = "".join(drawn.choice(among) for _ in range(drawn.choice((1, 1, 2, 2, 3, 4, 6))))
    # Numbers and letters that change make lines differ.
    counted = drawn.random() < 0.3
    before, after = drawn.choice((("", ""), (PROSE, ""), ("", "\n" + PROSE), (PROSE, "\n" + PROSE)))
    field = drawn.choice(("title", "outlet", "byline", "published", "url"))

    def make(size: int) -> RawPage:
        count = size // (len(unit) + 5 * counted) + 1
        text = "".join(f"{unit}{at}" for at in range(count)) if counted else unit * count
        if kind == "stated":
            stated = {field: text[: size // 5]}  # of longer ones, nothing is kept
            return replace(page_of(PROSE * 3), stated=Stated(**stated))
        return page_of(before + text + after, kind)

    return (
        f"{kind} {field if kind == 'stated' else ''} {unit!r} {counted} {bool(before)} {bool(after)}",
        make,
    )


def taken(page: RawPage) -> float:
    """CPU seconds that a page takes through everything."""
    import pyarrow as pa

    from dataset_builder.clean import clean_page
    from dataset_builder.corpus.learning import learn
    from dataset_builder.grouping import near_duplicate_table

    start = time.process_time()
    cleaned = clean_page(page)
    learn([page] * 6)
    if cleaned.article is not None:
        row = {"article_id": [page.article_id], "text": [cleaned.article.text]}
        near_duplicate_table(lambda: [pa.RecordBatch.from_pydict(row)])
    return time.process_time() - start


def growth_case(drawn: random.Random) -> str | None:
    """Compare two lengths; says what grows too fast."""
    name, make = grown(drawn)
    short, long = make(SHORT), make(LONG)
    for _ in range(3):  # what else the machine does may disturb one measurement
        little, much = taken(short), taken(long)
        slow = much > SLOW
        steep = much > UNJUDGED / 4 and much > SUPERLINEAR * little
        if not (slow or steep):
            return None
    return f"{name}: {little:.2f} s, {much:.2f} s"


# ---- files


def files_case(drawn: random.Random) -> str | None:
    """Damage a file, read it, clean what is in it; raises when something is wrong."""
    from dataset_builder.articles import RawPage
    from dataset_builder.sources import SourceFile, list_files, read_file
    from tests import formats
    from tests.hostile import alike, judge

    valid = _valid()
    suffix = drawn.choice(sorted(valid))
    data = formats.damaged(valid[suffix], drawn)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, f"a{suffix}").write_bytes(data)
        listed = [file for file in list_files(folder) if isinstance(file, SourceFile)]
        file = listed[0]
        found = list(read_file(file))
        if found != list(read_file(file)):
            raise AssertionError("read differently the second time")
    formats.check(found, f"a{suffix}")
    pages = [item for item in found if isinstance(item, RawPage)]
    if drawn.random() < 0.2:  # cleaning takes ten times as long as reading
        pages = drawn.sample(pages, min(4, len(pages)))
        for page in pages:
            judge(page)
        alike(pages)
    return None


def _valid() -> dict[str, bytes]:
    from tests import formats
    from tests.evaluation.build import cases

    if not _FILES:
        _FILES.update(formats.files([*formats.TEXTS[:4], *(case.raw for case in cases()[::9])]))
        _FILES[".html"] = cases()[0].html.encode()
    return _FILES


_FILES: dict[str, bytes] = {}


# ---- cases in a process of their own

CASES: Final[dict[str, Callable[[random.Random], str | None]]] = {
    "growth": growth_case,
    "files": files_case,
}


def worker(kind: str, seed: int, number: int, last: int) -> None:
    """Run cases from `number` on to `last`; print a line for each before it begins, and after."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for at in range(number, last):
        print("begin", at, flush=True)
        try:
            found = CASES[kind](random.Random(f"{seed}:{at}"))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            found = f"{type(error).__name__}: {error}"[:500]
        print("end", at, ascii(found) if found else "", flush=True)


def fuzz(kind: str, seed: int, minutes: float) -> bool:
    """Run cases for so long; whether something was found."""
    ends = time.monotonic() + 60 * minutes
    found = at = 0
    while time.monotonic() < ends:
        command = [sys.executable, __file__, "worker", kind, str(seed), str(at), str(1 << 60)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        at, failed = _follow(process, ends, at)
        if failed:
            found += 1
            print(f"{kind} --case {seed}:{at}: {failed}", flush=True)
            at += 1
    print(f"{kind}: {at:,} cases of seed {seed}, {found} found", flush=True)
    return bool(found)


def _follow(process: subprocess.Popen[bytes], ends: float, at: int) -> tuple[int, str]:
    """The last case that a worker began, and what is wrong with it."""
    out = process.stdout
    if out is None:
        raise AssertionError("without its output nothing is known")
    selector = selectors.DefaultSelector()
    selector.register(out, selectors.EVENT_READ)
    failed = ""
    try:
        while not failed:
            if time.monotonic() > ends:
                return at, ""
            if not selector.select(HANGS):
                return at, f"no answer for {HANGS} seconds"
            line = out.readline().decode()
            if not line:
                return at, f"the process ended with {process.wait()}"
            word, number, *rest = line.split(maxsplit=2)
            at = int(number)
            failed = rest[0].strip() if word == "end" and rest else ""
        return at, failed
    finally:
        process.kill()
        process.wait()
        out.close()


def main() -> int:
    """Command line."""
    if sys.argv[1:2] == ["worker"]:
        worker(sys.argv[2], *map(int, sys.argv[3:6]))
        return 0
    if sys.argv[1:2] == ["one"]:
        one(sys.argv[2], int(sys.argv[3]))
        return 0
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("shapes")
    command.add_argument("--size", type=float, default=4.0, help="MB of the largest page")
    command.add_argument("--limit", type=int, default=120, help="seconds that one page may take")
    command.add_argument("--only", default="", help="shapes whose name holds this")
    for kind in CASES:
        command = commands.add_parser(kind)
        command.add_argument("--minutes", type=float, default=5.0)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--case", metavar="SEED:NUMBER", help="run this one alone")
    given = parser.parse_args()
    if given.command == "shapes":
        return shapes(given.size, given.limit, given.only)
    if given.case:
        print(CASES[given.command](random.Random(given.case)) or "nothing found")
        return 0
    return fuzz(given.command, given.seed, given.minutes)


if __name__ == "__main__":
    sys.exit(main())
