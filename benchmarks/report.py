"""How the page of `report` does with many articles: making it, opening it, searching it.

    python benchmarks/report.py [--articles 10000] [--keep DIR]

The release of this project is multiplied: every copy of an article keeps its marks and has its own
ids, title, outlet, day, split, labels and a paragraph of words drawn by Zipf's law from 60,000.
The page is then opened in Chromium (DATASET_BUILDER_CHROMIUM, or the one on the path) at 1440x900.
Prints seconds of the wall and of the processor, megabytes, and the median of several searches.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import polars as pl
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
MAIN = "from dataset_builder.cli import main; main()"
SPLITS = ("train", "validation", "test")
WORDS = 60_000
SEARCHES = ("erdogan", "ceasefire idlib", "zq", "a", "w59", "turkey russia deal", "😀")
RUNS = 5
STORY = 3
"""Articles of a story."""


def build(folder: Path) -> Path:
    """The release of this project."""
    arguments = [sys.executable, "-c", MAIN, "build", "--out", str(folder)]
    subprocess.run(arguments, check=True, cwd=ROOT, capture_output=True, env=environment())
    return folder


def environment() -> dict[str, str]:
    """Where the package of this checkout is found."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def multiply(release: Path, folder: Path, articles: int) -> None:
    """Write `articles` changed copies of the articles of `release` as a release in `folder`."""
    manifest = json.loads((release / "MANIFEST.json").read_text())
    shutil.copytree(release / "schemas", folder / "schemas")
    shutil.copy(release / "README.md", folder)
    tables = {
        config: pa.concat_tables(
            [
                pq.read_table(release / file["file"])
                for found in splits.values()
                for file in found["files"]
            ]
        )
        for config, splits in manifest["configs"].items()
    }
    known = sorted(set(tables["articles"]["article_id"].to_pylist()))
    schemas = {config: table.schema for config, table in tables.items()}
    frames = {config: pl.DataFrame(table) for config, table in tables.items()}
    rng = Random(7)
    places = [rng.choices(SPLITS, (6, 2, 2))[0] for _ in range(articles // STORY + 1)]
    copies = pl.DataFrame(
        [
            {
                "old": known[number % len(known)],
                "new": f"{rng.getrandbits(64):016x}",
                "number": number,
                "place": places[number // STORY],
                "shift": rng.randrange(1000),
                "day": rng.randrange(2400),
            }
            for number in range(articles)
        ]
    )
    listed: dict[str, dict[str, Any]] = {}
    for config, frame in frames.items():
        whole = _copied(config, frame, copies, rng)
        listed[config] = {}
        for split in SPLITS:
            rows = whole.filter(pl.col("place") == split).select(frame.columns)
            file = folder / config / f"{split}-00000-of-00001-{'0' * 12}.parquet"
            file.parent.mkdir(exist_ok=True)
            pq.write_table(rows.to_arrow().cast(schemas[config]), file)
            name = file.relative_to(folder).as_posix()
            listed[config][split] = {"files": [{"file": name, "rows": rows.height}],
                                     "rows": rows.height, "content_sha256": "0" * 64}  # fmt: skip
    (folder / "MANIFEST.json").write_text(json.dumps({**manifest, "configs": listed}))


def _copied(config: str, frame: pl.DataFrame, copies: pl.DataFrame, rng: Random) -> pl.DataFrame:
    """Every row of an article for each copy of it, changed so that no two copies are the same."""
    whole = copies.join(frame, left_on="old", right_on="article_id", maintain_order="left")
    new, shift = pl.col("new"), pl.col("shift")
    ids = [
        (new + pl.col(name).str.slice(16)).alias(name)  # article:region
        if name in ("annotation_id", "mention_id", "event_id")
        else (new + pl.col(name)).alias(name)
        for name in ("annotation_id", "mention_id", "event_id", "stance_id", "pair_id")
        if name in frame.columns
    ]
    changed = [
        new.alias("article_id"),
        *ids,
        (pl.col("number") // STORY).cast(pl.String).alias("story"),
    ]
    date = pl.date(2014, 1, 1) + pl.duration(days=pl.col("day"))
    if "published_at" in frame.columns:
        changed.append(date.cast(pl.Datetime("us", "UTC")).alias("published_at"))
    if "outlet" in frame.columns:
        changed.append(pl.format("Outlet {}", shift % 41).alias("outlet"))
    if config == "events":
        some = (pl.int_range(pl.len()) * 7919 + shift) % 100
        changed += [
            pl.when(some < 12).then((pl.col("type") + shift) % 16).otherwise("type").alias("type"),
            pl.when(some < 55).then(date).otherwise(None).alias("date_start"),
            pl.lit(1, pl.Int64).alias("date_precision"),
        ]
    if config == "stance":
        turned = (pl.col("label") + shift) % 3
        changed.append(pl.when(shift % 5 == 0).then(turned).otherwise("label").alias("label"))
    if config == "articles":
        extra = [_words(rng) for _ in range(whole.height)]
        changed += [
            (pl.col("text") + "\n\n" + pl.Series(extra)).alias("text"),
            (pl.col("title") + pl.format(" (copy {})", "number")).alias("title"),
        ]
    if "story" not in frame.columns:
        changed = [item for item in changed if item.meta.output_name() != "story"]
    return whole.with_columns(changed)


def _words(rng: Random) -> str:
    return " ".join(f"w{int(WORDS ** rng.random())}" for _ in range(90)) + " zq😀"


def make(release: Path, page: Path) -> None:
    """Run the command, and say what it took."""
    begun = time.perf_counter()
    arguments = [sys.executable, "-c", MAIN, "report", str(release), "--out", str(page)]
    subprocess.run(arguments, check=True, capture_output=True, env=environment())
    took = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"made: {took:.1f} s of the wall, {used.ru_utime + used.ru_stime:.1f} s of the processor "
        f"(with building and all), {used.ru_maxrss / 1024:,.0f} MB, page {megabytes(page):,.1f} MB"
    )


def megabytes(file: Path) -> float:
    """Size of a file."""
    return file.stat().st_size / 1e6


def look(page: Path) -> None:
    """Open the page in a real browser, and measure what a reader would feel."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("DATASET_BUILDER_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        paints, readies = [], []
        for _ in range(RUNS):
            tab = browser.new_page(viewport={"width": 1440, "height": 900})
            tab.goto(page.as_uri(), wait_until="commit")
            tab.wait_for_selector("html[data-ready]", timeout=60_000)
            readies.append(tab.evaluate("performance.now()"))
            paints.append(tab.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"
            ))  # fmt: skip
            if len(readies) < RUNS:
                tab.close()
        print(
            f"first paint {statistics.median(paints):.0f} ms, ready {statistics.median(readies):.0f} ms"
        )
        print(
            f"memory after opening: {renderer():,.0f} MB in the largest renderer, {heap(tab):,.0f} MB of it JavaScript's"
        )
        cold = search(tab, "ankara")
        print(f"first search (the index is unpacked): {cold:.0f} ms")
        for words in SEARCHES:
            times = [search(tab, words if n % 2 == 0 else "") for n in range(2 * RUNS)]
            search(tab, words)
            found = tab.inner_text(".count")
            print(f"search {words!r}: {statistics.median(times[::2]):.0f} ms, {found}")
        times = [open_article(tab, n) for n in range(0, RUNS * 700, 700)]
        print(f"open an article: {statistics.median(times):.0f} ms")
        print(f"memory at the end: {renderer():,.0f} MB, {heap(tab):,.0f} MB of it JavaScript's")
        browser.close()


def search(tab: Page, words: str) -> float:
    """Milliseconds from the key to the articles that fit, without the pause for typing on."""
    return float(tab.evaluate(
        """(words) => new Promise((done) => {
          const root = document.documentElement;
          const watch = new MutationObserver(() => { watch.disconnect(); done(performance.now() - begun - 80); });
          watch.observe(root, { attributeFilter: ["data-ready"] });
          const begun = performance.now();
          const input = document.querySelector(".filters [name=q]");
          input.value = words;
          input.dispatchEvent(new Event("input", { bubbles: true }));
        })""", words,
    ))  # fmt: skip


def open_article(tab: Page, number: int) -> float:
    """Milliseconds until another article is there to read."""
    return float(tab.evaluate(
        """(number) => new Promise((done) => {
          const reader = document.querySelector(".reader");
          const watch = new MutationObserver(() => { watch.disconnect(); done(performance.now() - begun); });
          watch.observe(reader, { childList: true });
          const begun = performance.now();
          document.querySelectorAll(".list a")[number % 20 + 1].click();
        })""", number,
    ))  # fmt: skip


def heap(tab: Page) -> float:
    """Megabytes of JavaScript."""
    return float(tab.evaluate("performance.memory?.usedJSHeapSize ?? 0")) / 1e6


def renderer() -> float:
    """Megabytes of the largest process of the browser that shows pages."""
    sizes = [
        child.memory_info().rss / 1e6
        for child in psutil.Process().children(recursive=True)
        if "--type=renderer" in child.cmdline()
    ]
    return max(sizes, default=0.0)


def main() -> None:
    """Build, multiply, report, look."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="folder for the release and the page")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="report-benchmark-") as temporary:
        folder = asked.keep or Path(temporary)
        large = folder / "large"
        large.mkdir(parents=True)
        multiply(build(Path(temporary) / "small"), large, asked.articles)
        page = folder / "large.html"
        make(large, page)
        look(page)


if __name__ == "__main__":
    main()
