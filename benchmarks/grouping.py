"""Near-duplicates: how many planted pairs are found, how many wrong ones, how fast, how much memory.

    python benchmarks/grouping.py quality [--texts FILE.jsonl] [--pairs N]
    python benchmarks/grouping.py speed [--texts FILE.jsonl] [--articles N]
    python benchmarks/grouping.py scale N [N ...]

Texts come from the cleaned seeds and `generate.py`, or from the field `text` or `gold` of a file of
JSON lines. Pairs are planted by what happens to articles on their way through the press (`EDITS`),
as strong as it takes to fill every bin of similarity; the similarity that a pair is judged by is
computed here, in plain Python, from words as `re` sees them, not by the code that is tested.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

WORD = re.compile(r"\w+")
ALONE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff"
TRUE_WORD = re.compile(rf"[{ALONE}]|[^\W{ALONE}]+")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
BINS = [round(0.3 + 0.05 * step, 2) for step in range(14)]


# ---- planted pairs


def with_header(own: list[str], strength: float, rng: random.Random, other: list[str]) -> list[str]:
    """The same article under another header and above another footer."""
    extra = [*other]
    rng.shuffle(extra)
    words = int(strength * sum(len(p.split()) for p in own)) + 1
    added: list[str] = []
    for paragraph in extra:
        taken = paragraph.split()[:words]
        words -= len(taken)
        added.append(" ".join(taken))
        if words <= 0:
            break
    cut = rng.randint(0, len(added))
    return [*added[:cut], *own, *added[cut:]]


def syndicated(own: list[str], strength: float, rng: random.Random, other: list[str]) -> list[str]:
    """A wire story, shortened from its end, with the outlet's own words at both ends."""
    kept = max(1, round(len(own) * (1 - strength)))
    return with_header(own[:kept], strength / 4, rng, other)


def edited(own: list[str], strength: float, rng: random.Random, other: list[str]) -> list[str]:
    """Words replaced, left out and put in here and there."""
    spare = " ".join(other).split() or ["word"]
    done = []
    for paragraph in own:
        words: list[str] = []
        for word in paragraph.split():
            dice = rng.random() * 10
            if dice < strength:
                words.append(rng.choice(spare))
            elif dice < 1.2 * strength:
                words += [word, rng.choice(spare)]
            elif dice >= 1.4 * strength:
                words.append(word)
        done.append(" ".join(words))
    return done


def rearranged(own: list[str], strength: float, rng: random.Random, other: list[str]) -> list[str]:
    """Paragraphs left out, exchanged for others, and the rest in another order."""
    fresh = iter(rng.sample(other, len(other)))
    kept = [p if rng.random() > strength else next(fresh, "") for p in own]
    at = rng.randrange(len(kept))
    return [p for p in [*kept[at:], *kept[:at]] if p]


def boilerplate(own: list[str], strength: float, rng: random.Random, other: list[str]) -> list[str]:
    """Another article with so much of this one's text in it: background, footer, quotes."""
    words = " ".join(own).split()
    size = int(strength * len(words))
    start = rng.randint(0, len(words) - size)
    at = rng.randint(0, len(other))
    return [*other[:at], " ".join(words[start : start + size]), *other[at:]]


EDITS = (with_header, syndicated, edited, rearranged, boilerplate)


def true_shingles(text: str) -> set[tuple[str, ...]]:
    """The set that similarity is measured on: five words in a row."""
    words = TRUE_WORD.findall(INVISIBLE.sub("", text).lower())
    return {tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))}


def true_similarity(one: str, other: str) -> float:
    """Jaccard similarity, from 0 to 1."""
    first, second = true_shingles(one), true_shingles(other)
    return len(first & second) / len(first | second)


@dataclass(frozen=True)
class Pair:
    """A text, what was made of it, and which texts went into that."""

    text: str
    copy: str
    low: float
    """The bin of their similarity."""
    sources: frozenset[int]


def planted(texts: Sequence[str], pairs: int, seed: int) -> list[Pair]:
    """So many pairs for every one of BINS, by the similarity they have."""
    rng = random.Random(seed)
    made: list[Pair] = []
    counts = dict.fromkeys(BINS, 0)
    for _ in range(100 * pairs * len(BINS)):
        if min(counts.values()) >= pairs:
            break
        one, other = rng.sample(range(len(texts)), 2)
        own, foreign = texts[one].split("\n\n"), texts[other].split("\n\n")
        copy = "\n\n".join(rng.choice(EDITS)(own, rng.random(), rng, foreign))
        similarity = true_similarity(texts[one], copy)
        low = max((start for start in BINS if start <= similarity), default=None)
        if low is not None and similarity < 1 and counts[low] < pairs:
            counts[low] += 1
            made.append(Pair(texts[one], copy, low, frozenset((one, other))))
    return made


def interval(hits: int, count: int) -> tuple[float, float]:
    """Wilson's interval at 95%."""
    if not count:
        return 0.0, 1.0
    z, share = 1.96, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def quality(texts: Sequence[str], pairs: int) -> None:
    """Every pair is grouped among others that no text of it went into."""
    from dataset_builder.grouping import near_duplicates

    rng = random.Random(1)
    waiting = planted(texts, pairs, 2)
    rng.shuffle(waiting)
    joined: Counter[float] = Counter()
    counts = Counter(pair.low for pair in waiting)
    wrong = compared = 0
    while waiting:
        used: set[int] = set()
        chosen: list[Pair] = []
        later: list[Pair] = []
        for pair in waiting:
            (later if used & pair.sources else chosen).append(pair)
            if pair is chosen[-1]:
                used |= pair.sources
        waiting = later
        names = [f"{number:08d}" for number in range(2 * len(chosen))]
        rng.shuffle(names)
        both = [text for pair in chosen for text in (pair.text, pair.copy)]
        groups = near_duplicates(zip(names, both, strict=True))
        members: dict[str, set[int]] = {}
        for number, pair in enumerate(chosen):
            first, second = (groups[name] for name in names[2 * number : 2 * number + 2])
            joined[pair.low] += first == second
            members.setdefault(first, set()).add(number)
            members.setdefault(second, set()).add(number)
        wrong += sum(len(group) - 1 for group in members.values())
        compared += len(both) * (len(both) - 2) // 2
    print("similarity   pairs  joined   95% interval")
    for low in BINS:
        hits, count = joined[low], counts[low]
        ends = interval(hits, count)
        print(
            f"{low:.2f}-{low + 0.05:.2f}  {count:6}  {hits / max(count, 1):.4f}   "
            f"{ends[0]:.4f}-{ends[1]:.4f}"
        )
    for name, chosen in (
        ("recall from .8", [b for b in BINS if b >= 0.8]),
        ("recall .7 to .8", [b for b in BINS if 0.7 <= b < 0.8]),
    ):
        hits, count = sum(joined[b] for b in chosen), sum(counts[b] for b in chosen)
        ends = interval(hits, count)
        print(f"{name}: {hits}/{count} = {hits / count:.4f} ({ends[0]:.4f}-{ends[1]:.4f})")
    right = sum(joined[b] for b in BINS if b >= 0.7)
    below = sum(joined[b] for b in BINS if b < 0.7)
    ends = interval(right, right + below + wrong)
    print(
        f"precision: {right}/{right + below + wrong} = {right / (right + below + wrong):.4f} "
        f"({ends[0]:.4f}-{ends[1]:.4f}); below .7 joined: {below}; "
        f"unrelated joined: {wrong} of {compared} pairs"
    )


# ---- speed and memory


def bare_rensa(texts: Sequence[str]) -> tuple[int, float]:
    """Candidates, and seconds: shingles in plain Python, one sketch a text, queried, inserted."""
    from rensa import RMinHash, RMinHashLSH

    from dataset_builder.grouping.signatures import BANDS, SLOTS

    started = time.perf_counter()
    index = RMinHashLSH(0.7, SLOTS, BANDS)
    found = 0
    for number, text in enumerate(texts):
        sketch = RMinHash(SLOTS, 1)
        sketch.update(_shingles(text))
        found += len(index.query(sketch))
        index.insert(number, sketch)
    return found, time.perf_counter() - started


def batched_rensa(texts: Sequence[str]) -> tuple[int, float]:
    """The same through rensa's interface for many texts at once, which says of each whether it
    shares a bucket, but not with which."""
    from rensa import RMinHash, RMinHashLSH

    from dataset_builder.grouping.signatures import BANDS, SLOTS

    started = time.perf_counter()
    index = RMinHashLSH(0.7, SLOTS, BANDS)
    found = 0
    for start in range(0, len(texts), 1000):
        sets = [_shingles(text) for text in texts[start : start + 1000]]
        matrix = RMinHash.digest_matrix_from_token_sets(sets, SLOTS, 1)
        found += sum(index.insert_matrix_and_query_duplicate_flags(matrix, start))
    return found, time.perf_counter() - started


def _shingles(text: str) -> list[str]:
    words = WORD.findall(text.lower())
    return [" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))]


def grouped(texts: Sequence[str]) -> tuple[int, float]:
    """Groups of more than one, and seconds: signatures, buckets, verified pairs, groups."""
    from dataset_builder.grouping import near_duplicate_table

    started = time.perf_counter()
    batches = [_batch(start, texts[start : start + 1000]) for start in range(0, len(texts), 1000)]
    table = near_duplicate_table(lambda: batches)
    sizes = Counter(table["duplicate_group"].to_pylist())
    return sum(size > 1 for size in sizes.values()), time.perf_counter() - started


def _batch(start: int, texts: Sequence[str]) -> pa.RecordBatch:
    import pyarrow as pa

    names = [
        f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" for number in range(start, start + len(texts))
    ]
    return pa.RecordBatch.from_pydict({"article_id": names, "text": texts})


def speed(texts: Sequence[str], rounds: int = 3) -> None:
    """Each in turn, so that what else the machine does weighs on all alike."""
    size = sum(len(text.encode()) for text in texts) / 1e6
    print(f"{len(texts)} texts, {size:.1f} MB; best of {rounds} rounds, spread in brackets")
    ways = (("bare rensa", bare_rensa), ("rensa in batches", batched_rensa), ("grouping", grouped))
    seconds: dict[str, list[float]] = {name: [] for name, _ in ways}
    for _ in range(rounds):
        for name, way in ways:
            _, taken = way(texts)
            seconds[name].append(taken)
    for name, taken in seconds.items():
        best = min(taken)
        print(
            f"{name:18} {len(texts) / best:8.0f} texts/s  {size / best:6.1f} MB/s  "
            f"{best / min(seconds['bare rensa']):5.2f} times bare rensa  "
            f"[{min(taken):.1f}-{max(taken):.1f} s]"
        )


def scale(counts: Sequence[int]) -> None:
    """Parquet parts of generated articles, grouped by one process each."""
    import subprocess

    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            _write_parts(count, Path(name))
            subprocess.run([sys.executable, __file__, "parts", name], check=True)


def _write_parts(count: int, folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = generated(count)
    for start in range(0, count, 20_000):
        part = [next(texts) for _ in range(min(20_000, count - start))]
        pq.write_table(pa.Table.from_batches([_batch(start, part)]), folder / f"{start:09}.parquet")


def parts(folder: Path) -> None:
    """Groups the parts of a folder and says what it took."""
    from dataset_builder.grouping import near_duplicate_table, parquet_batches

    started = time.perf_counter()
    table = near_duplicate_table(parquet_batches(sorted(folder.glob("*.parquet"))))
    taken = time.perf_counter() - started
    sizes = Counter(table["duplicate_group"].to_pylist())
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024
    print(
        f"{len(table):9} articles  {taken:7.1f} s  {len(table) / taken:7.0f} articles/s  "
        f"peak {peak:.0f} MiB  "
        f"{sum(size > 1 for size in sizes.values())} groups, largest {max(sizes.values())}",
        flush=True,
    )


# ---- texts


def generated(count: int) -> Iterator[str]:
    """Articles of invented news sites, one in eight a copy of an earlier one."""
    from generate import World

    world = World(1, max(10, count // 400))
    return (world.page(number).report.body for number in range(count))


def originals(count: int) -> list[str]:
    """Generated articles without the copies."""
    from generate import World

    world = World(1, max(10, count // 400))
    pages = (world.page(number) for number in range(count))
    return [page.report.body for page in pages if page.kind == "original"]


def read(path: Path) -> list[str]:
    """Texts of a file of JSON lines, one paragraph a line or blank lines between them."""
    texts = {}
    for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
        row = json.loads(line)
        text = row.get("gold") or row.get("text") or ""
        paragraphs = text if isinstance(text, list) else text.split("\n")
        texts["\n\n".join(p for p in paragraphs if p.strip())] = None
    return [text for text in texts if len(WORD.findall(text)) >= 60]


def built_in(count: int) -> list[str]:
    """The cleaned seeds and generated articles, each once."""
    from dataset_builder.clean import clean_pages

    seeds = [a.text for a in clean_pages(Path(__file__).parents[1] / "seeds").articles]
    return [*seeds, *originals(count)]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, option, default in (("quality", "--pairs", 500), ("speed", "--articles", 10_000)):
        command = commands.add_parser(name)
        command.add_argument(option, type=int, default=default)
        command.add_argument("--texts", type=Path)
    commands.add_parser("scale").add_argument("counts", type=int, nargs="+")
    commands.add_parser("parts").add_argument("folder", type=Path)
    given = parser.parse_args()
    if given.command == "scale":
        scale(given.counts)
    elif given.command == "parts":
        parts(given.folder)
    elif given.command == "speed":
        speed(read(given.texts) if given.texts else list(generated(given.articles)))
    else:
        quality(read(given.texts) if given.texts else built_in(2000), given.pairs)


if __name__ == "__main__":
    main()
