"""Stories: how many pairs of reports on one happening are joined, how many wrong ones, at what cost.

    python benchmarks/stories.py quality [FILE.jsonl ...]
    python benchmarks/stories.py scale N [N ...]

`quality` judges the seeds, the items of tests/golden/stories and each labelled file (lines with id,
story, text and, if there are, title, language and published: an ISO date), each by itself and then
all as one corpus. `scale` invents reports: happenings of topics, people and places of their own, told
by one to hundreds of outlets, so that topics, not only happenings, share words. Seconds are CPU time.
Intervals hold 95% of the values of 2000 samples of stories, drawn with replacement: pairs of one story
are not independent, stories nearly are.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from dataset_builder.grouping.stories import Report, find_stories, story_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    Labelled = list[tuple[Report, str]]

ROOT = Path(__file__).parents[1]


# ---- quality


def quality(files: Sequence[Path]) -> None:
    """Print precision and recall of pairs for every collection, with their intervals."""
    sets = {"seeds": _seeds(), "golden, tuned": _golden("tuned")}
    sets["golden, held out"] = _golden("held_out")
    sets |= {file.stem: _labelled(file) for file in files}
    print(
        f"{'collection':28}{'reports':>8}{'pairs':>7}{'precision':>11}{'':13}{'recall':>7}{'':13}{'largest':>8}"
    )
    whole = [item for found in sets.values() for item in found]
    stories = find_stories(report for report, _ in whole)
    for name, labelled in (*sets.items(), ("all as one corpus", whole)):
        _judge(name, labelled, find_stories(report for report, _ in labelled))
    for name, labelled in sets.items():
        own = {report.article_id for report, _ in labelled}
        _judge(f"  of these: {name}", labelled, [[n for n in s if n in own] for s in stories])


def _judge(name: str, labelled: Labelled, stories: Sequence[Sequence[str]]) -> None:
    label = {report.article_id: story for report, story in labelled}
    counts = {story: [0.0, 0.0, 0.0] for story in sorted({*label.values()})}
    for found in stories:
        for one, other in itertools.combinations(found, 2):
            for story in (label[one], label[other]):  # half of the pair each
                counts[story][0] += 0.5
                counts[story][1] += 0.5 * (label[one] == label[other])
    for story, size in Counter(label.values()).items():
        counts[story][2] = size * (size - 1) / 2
    rows = list(counts.values())
    rng = random.Random(1)
    samples = sorted(_rates(rng.choices(rows, k=len(rows))) for _ in range(2000))
    columns = ""
    for at, rate in enumerate(_rates(rows)):
        spread = sorted(sample[at] for sample in samples)
        columns += f"{rate:9.3f} ({spread[50]:.2f}-{spread[1949]:.2f})"
    largest = max(map(len, stories), default=0)
    print(f"{name:28}{len(label):8}{int(sum(row[2] for row in rows)):7}{columns}{largest:9}")


def _rates(rows: Iterable[list[float]]) -> tuple[float, float]:
    joined, right, true = (sum(column) for column in zip(*rows, strict=True))
    return right / joined if joined else 1.0, right / true if true else 1.0


def _seeds() -> Labelled:
    """The seeds, with the stories that the ledger of the project knows."""
    from dataset_builder.clean import clean_pages
    from dataset_builder.ledger import read_ledger

    ledger = read_ledger(ROOT / "annotations/ledger.jsonl")
    return [
        (
            Report(seed.article_id, seed.title, seed.text, seed.language, seed.published_at),
            ledger.entries[seed.article_id].story,
        )
        for seed in clean_pages(ROOT / "seeds").articles
    ]


def _golden(part: str) -> Labelled:
    from tests.story_items import items

    return items(part)


def _labelled(file: Path) -> Labelled:
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        published = row.get("published")
        report = Report(
            row["id"],
            row.get("title"),
            row["text"],
            row.get("language", "und"),
            dt.date.fromisoformat(published) if published else None,
        )
        found.append((report, row["story"]))
    return found


# ---- scale

SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "ar", "en", "il")]


def _word(rank: int) -> str:
    """A word of its own for every rank, longer for rare ones."""
    letters = []
    while True:
        rank, rest = divmod(rank, len(SYLLABLES))
        letters.append(SYLLABLES[rest])
        if not rank:
            return "".join(letters)


def invented(count: int, seed: int = 1) -> Iterator[tuple[str, str, str]]:
    """Id, story and text of `count` reports."""
    number = 0
    for story in itertools.count():
        rng = random.Random(f"{seed}-{story}")
        size = 1 if rng.random() < 0.6 else min(400, int(rng.paretovariate(1.1)) + 1)
        topic = random.Random(f"topic-{seed}-{int(rng.paretovariate(0.7))}")
        shared = [_word(topic.randrange(5_000, 300_000)) for _ in range(30)]
        own = [_word(rng.randrange(5_000, 3_000_000)) for _ in range(45)]
        for _ in range(size):
            if number == count:
                return
            words = [
                *rng.sample(own, 28),
                *rng.sample(shared, 18),
                *(_word(int(rng.paretovariate(0.5)) % 3_000_000) for _ in range(250)),
            ]
            rng.shuffle(words)
            text = ""
            for at, word in enumerate(words):
                name = word in own[:15] or word in shared[:12]
                text += (". " if at % 17 == 0 and at else " ") + (word.title() if name else word)
            key = random.Random(f"id-{seed}-{number}").getrandbits(64)
            yield f"{key:016x}", str(story), text.strip()
            number += 1


def scale(count: int) -> None:
    """Print what `count` reports take, and how well the known stories are found."""
    import psutil

    label: dict[str, str] = {}

    def batches() -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        rows = invented(count)
        while part := list(itertools.islice(rows, 1000)):
            label.update((name, story) for name, story, _ in part)
            names, _, texts = zip(*part, strict=True)
            nothing = pa.nulls(len(part), pa.timestamp("us", "UTC"))
            empty = pa.nulls(len(part), pa.string())
            columns = [
                pa.array(names),
                empty,
                pa.array(texts),
                pa.array(["en"] * len(part)),
                nothing,
            ]
            yield pa.RecordBatch.from_arrays(
                columns, ["article_id", "title", "text", "language", "published_at"]
            )

    spent = {"generating": 0.0}
    marks = [("reading", time.process_time())]

    def timed(source: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        source = iter(source)
        while True:
            start = time.process_time()
            batch = next(source, None)
            spent["generating"] += time.process_time() - start
            if batch is None:
                return
            yield batch

    def note(what: str, _done: int) -> None:
        if what != marks[-1][0]:
            marks.append((what, time.process_time()))

    table = story_table(timed(batches()), progress=note)
    marks.append(("done", time.process_time()))
    phases = {what: end - start for (what, start), (_, end) in itertools.pairwise(marks)}
    phases["reading"] -= spent["generating"]
    found = dict(zip(*(column.to_pylist() for column in table.columns), strict=True))
    both = Counter((label[name], story) for name, story in found.items())
    pairs = [
        sum(n * (n - 1) // 2 for n in counted.values())
        for counted in (both, Counter(found.values()), Counter(label.values()))
    ]
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count:9} reports {sum(phases.values()):8.1f} s"
        f" ({', '.join(f'{what} {seconds:.1f}' for what, seconds in phases.items())})"
        f"  peak {peak:.0f} MB of {psutil.virtual_memory().total >> 20}"
        f"  precision {pairs[0] / max(1, pairs[1]):.3f} recall {pairs[0] / max(1, pairs[2]):.3f}"
        f" largest {max(Counter(found.values()).values())} of {max(Counter(label.values()).values())}",
        flush=True,
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("quality").add_argument("files", type=Path, nargs="*")
    commands.add_parser("scale").add_argument("counts", type=int, nargs="+")
    given = parser.parse_args()
    if given.command == "quality":
        quality(given.files)
    elif len(given.counts) == 1:
        scale(given.counts[0])
    else:  # a process each, so that each has its own peak of memory
        for count in given.counts:
            subprocess.run([sys.executable, __file__, "scale", str(count)], check=True)


if __name__ == "__main__":
    main()
