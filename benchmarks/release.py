"""Building a large release, and `diff` of two, in CPU time and memory.

    python benchmarks/release.py [ROWS]

Building up to ROWS annotations (1,000,000) is measured as `build.py` here says.

`diff` is measured against reading both releases. They are the seeds' tables over and over under new
ids, ROWS rows in all, with every text different; in the second, one stance label in a hundred is
another one, some articles are gone, some are new, and some have another text. Reading is
`pyarrow.parquet` and nothing else. Reading and comparing take turns, so that a busy machine slows
both alike; the ratio is the figure to compare. Memory is the largest resident size of a process of
its own.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from build import SIZES, measured

from dataset_builder.diff import diff_releases
from dataset_builder.project import find_project
from dataset_builder.release.build import draft
from dataset_builder.release.writer import prepare, publish

if TYPE_CHECKING:
    from dataset_builder.release.documents import Release

ROUNDS = 3
GONE, REWRITTEN = 3, 5
"""Copies of the seeds that only one release has, and whose texts differ."""
LABEL = 100
"""Of so many stance rows one has another label."""
IDS = ("article_id", "mention_id", "event_id", "annotation_id", "duplicate_group", "story",
       "stance_id", "pair_id")  # fmt: skip


def copied(table: pa.Table, number: int, *, edited: bool, relabelled: bool) -> pa.Table:
    """The rows of `table` as another corpus would have them."""
    salt = hashlib.sha256(str(number).encode()).digest()[:8]

    def renamed(name: str) -> str:
        digits = bytes(a ^ b for a, b in zip(bytes.fromhex(name[:16]), salt, strict=True))
        return digits.hex() + name[16:]

    for column in IDS:
        if column in table.column_names:
            values = table[column].combine_chunks().dictionary_encode()
            chunk = values.chunk(0) if isinstance(values, pa.ChunkedArray) else values
            names = pa.array([renamed(name) for name in chunk.dictionary.to_pylist()])
            table = table.set_column(
                table.schema.get_field_index(column), column, names.take(chunk.indices)
            )
    if "text" in table.column_names:
        said = f" ({number}{', edited' if edited else ''})"
        texts = pc.binary_join_element_wise(table["text"], said, "")
        table = table.set_column(table.schema.get_field_index("text"), "text", texts)
    if edited and "paragraphs" in table.column_names:
        digests = [hashlib.sha256(text.as_py().encode()).hexdigest() for text in table["text"]]
        at = table.schema.get_field_index("text_sha256")
        table = table.set_column(at, "text_sha256", pa.array(digests))
    if relabelled and "label" in table.column_names:
        labels = table["label"].to_numpy().copy()
        start = number % LABEL
        labels[start::LABEL] = (labels[start::LABEL] + 1) % 3
        table = table.set_column(table.schema.get_field_index("label"), "label", pa.array(labels))
    return table


def written(folder: Path, made: Release, numbers: range, *, second: bool) -> Path:
    """A release of many copies of the rows of `made`."""
    tables = {
        place: pa.concat_tables(
            copied(
                table,
                number,
                edited=second and number < GONE + REWRITTEN,
                relabelled=second,
            ).cast(table.schema)
            for number in numbers
        )
        for place, table in made.tables.items()
    }
    version = "1.1.0" if second else "1.0.0"
    notes = "# Data\n\n## [1.1.0] - 2026-12-01\n\n- More.\n\n## [1.0.0] - 2026-11-22\n\n- First.\n"
    release = replace(
        made,
        tables=tables,
        settings=replace(made.settings, version=version),
        documents=replace(made.documents, changelog=notes),
    )
    final = folder / version
    publish(prepare(final, release), final)
    return final


def read(folder: Path) -> int:
    """Read every file of a release; its rows."""
    return sum(pq.read_table(file).num_rows for file in sorted(folder.rglob("*.parquet")))


def memory(*arguments: str) -> float:
    """MB of a Python process that does this."""
    code = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "old, new = map(Path, sys.argv[2:])\n"
        "if sys.argv[1] == 'diff':\n"
        "    from dataset_builder.diff import diff_releases\n"
        "    diff_releases(old, new)\n"
        "elif sys.argv[1] == 'read':\n"
        "    import polars, pyarrow.parquet as pq\n"
        "    held = [pq.read_table(f) for d in (old, new) for f in d.rglob('*.parquet')]\n"
        "else:\n"
        "    import polars, pyarrow.parquet\n"
        # Not of getrusage: that counts what the parent had, too.
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    return int(done.stdout) / 1024


def main() -> None:
    """Print the table."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    measured((*(size for size in SIZES if size < wanted), wanted))
    print()
    made = draft(find_project(), tell=lambda _: None).release
    copies = max(GONE + REWRITTEN + 1, wanted // sum(t.num_rows for t in made.tables.values()))
    folder = Path(tempfile.mkdtemp(prefix="benchmark-release-"))
    try:
        old = written(folder, made, range(copies), second=False)
        new = written(folder, made, range(GONE, copies + GONE), second=True)
        size = sum(f.stat().st_size for d in (old, new) for f in d.rglob("*.parquet")) / 1e6
        print(f"{read(old):,} and {read(new):,} rows, {size:.0f} MB of Parquet in both")
        spent: dict[str, list[float]] = {"read both": [], "diff": []}
        for _ in range(ROUNDS):
            for name, seconds in spent.items():
                begun = time.process_time()
                if name == "diff":
                    found = diff_releases(old, new)
                else:
                    read(old)
                    read(new)
                seconds.append(time.process_time() - begun)
        print("what        CPU s  against reading      MB")
        reading = np.array(spent["read both"])
        for name, seconds in spent.items():
            ratio = float(np.median(np.array(seconds) / reading))
            how = "diff" if name == "diff" else "read"
            held = memory(how, str(old), str(new))
            print(f"{name:10}{np.median(seconds):7.2f}{ratio:17.2f}{held:8.0f}")
        print(f"a process that only imports: {memory('nothing', str(old), str(new)):.0f} MB")
        for rows in found.configs:
            print(
                f"{rows.config}: {rows.added:,} added, {rows.removed:,} removed, "
                f"{rows.changed:,} changed"
            )
        print(f"{found.texts.changed} texts; honest: {found.honest.version}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
