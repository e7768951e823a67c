"""Does time grow with the size of a page and no faster, whatever is in it?

    python benchmarks/hostile.py [--size MB] [--limit SECONDS] [--only NAME]

Cleans and explains each shape of `tests/hostile.py` at a quarter, a half and the whole of `--size`
(default 4), each in a process of its own, and prints seconds, the growth from half to whole (2 is linear,
4 quadratic) and the most memory that the process held. `--size 100 --only one_line_of_prose` is the
single line of 100 MB. Exits with 1 when a shape took longer than the limit or grew faster than 3 times
from half to whole (below a second nothing is judged).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from dataset_builder.markdown import table  # noqa: E402 - from this clone

STEEP = 3.0
UNJUDGED = 1.0


def one(name: str, size: int) -> None:
    """Clean one page and print what it took: seconds, and seconds and MiB of an empty page."""
    from dataset_builder.clean import clean_page, explain
    from tests.hostile import HTML_SHAPES, SHAPES, page_of

    form, _, shape = name.partition(":")
    explain(clean_page(page_of("Warm up.", form)), colour=False)  # imports
    page = page_of((HTML_SHAPES if form == "html" else SHAPES)[shape](size), form)
    start = time.perf_counter()
    cleaned = clean_page(page)
    middle = time.perf_counter()
    explain(cleaned, colour=False)
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(middle - start, end - middle, peak, cleaned.article is not None)


def measured(name: str, size: int, limit: int) -> list[str] | None:
    """The output of `one` in a process of its own; None when it took too long."""
    command = [sys.executable, __file__, "--one", name, "--bytes", str(size)]
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


def main() -> int:
    """Measure every shape and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--size", type=float, default=4.0, help="MB of the largest page")
    parser.add_argument("--limit", type=int, default=120, help="seconds that one page may take")
    parser.add_argument("--only", default="", help="shapes whose name holds this")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--bytes", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.one, given.bytes)
        return 0
    from tests.hostile import HTML_SHAPES, SHAPES

    names = [f"text:{name}" for name in SHAPES] + [f"html:{name}" for name in HTML_SHAPES]
    whole = int(given.size * 1e6)
    rows, steep = [], []
    for name in names:
        if given.only not in name:
            continue
        results = [measured(name, size, given.limit) for size in (whole // 4, whole // 2, whole)]
        times = [float(result[0]) if result else float("inf") for result in results]
        growth = times[2] / times[1] if results[1] else float("inf")
        if times[2] == float("inf") or (times[2] > UNJUDGED and growth > STEEP):
            steep.append(name)
        last = results[2]
        rows.append(
            (
                name, *(f"{seconds:.2f}" for seconds in times), f"{growth:.1f}",
                f"{given.size / times[2]:.1f}", f"{float(last[1]):.2f}" if last else "",
                f"{float(last[2]):.0f}" if last else "", last[3] if last else "",
            )
        )  # fmt: skip
        print(f"{name}: {times[2]:.2f} s", file=sys.stderr)
    heads = (
        f"shape, {given.size:g} MB", "s at 1/4", "s at 1/2", "s", "growth", "MB/s", "explain s", "peak MiB", "article",
    )  # fmt: skip
    print(table(heads, rows))
    print(f"\ngrowing faster than the page: {', '.join(steep) or 'none'}")
    return bool(steep)


if __name__ == "__main__":
    sys.exit(main())
