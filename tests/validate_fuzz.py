"""Damages files of a release in many ways and validates each: `python -m tests.validate_fuzz RELEASE SEED COUNT`.

Prints a line for every try before and after it, so that whoever started it knows which one brought
it down. Memory is limited.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

MEMORY = 6 << 30
"""Bytes of address space."""


def damaged(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """`content` with bytes flipped, cut, moved, doubled, or replaced by those of another file."""
    data = bytearray(content)
    how = rng.choice(
        ["flip", "flip", "flip", "footer", "footer", "cut", "move", "splice", "number"]
    )
    if how == "cut":
        return bytes(data[: rng.randrange(len(data))])
    if how == "splice":
        return bytes(data[: rng.randrange(len(data))]) + other[rng.randrange(len(other)) :]
    if how == "move":
        size = rng.randrange(1, min(4096, len(data)))
        source, target = rng.randrange(len(data)), rng.randrange(len(data))
        data[target : target + size] = data[source : source + size]
        return bytes(data)
    # The footer of a Parquet file is its end, and has its length there.
    first = 0
    if how == "footer":
        first = max(0, len(data) - 8 - int.from_bytes(data[-8:-4], "little") % len(data))
    for _ in range(rng.choice([1, 1, 1, 2, 8, 64])):
        place = rng.randrange(first, len(data))
        if how == "number":  # a large number where a small one stood
            data[place : place + 5] = rng.choice([b"\xff\xff\xff\xff\x0f", b"\x80\x94\xeb\xdc\x03"])
        else:
            data[place] ^= rng.randrange(1, 256)
    return bytes(data)


def main(release: Path, seed: int, count: int) -> None:
    from dataset_builder.errors import UsageError
    from dataset_builder.validate.catalogue import BY_CODE, RULES
    from dataset_builder.validate.opening import read_release
    from dataset_builder.validate.report import as_json, as_text
    from dataset_builder.validate.run import judge
    from tests.factory import registries
    from tests.mutations.disk import seal

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    ontology = registries().ontology
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(count):
            copy = Path(scratch) / str(number) / release.name
            shutil.copytree(release, copy)
            files = sorted(path for path in copy.rglob("*") if path.is_file())
            parquet = [path for path in files if path.suffix == ".parquet"]
            file = rng.choice(parquet if rng.random() < 0.8 else files)
            before, other = file.read_bytes(), rng.choice(parquet).read_bytes()
            after = damaged(before, other, rng)
            file.write_bytes(after)
            sealed = file.name != "SHA256SUMS" and rng.random() < 0.5
            if sealed:  # so that nobody sees it by the checksums
                if file.suffix == ".parquet":
                    file = renamed(copy, file)
                seal(copy)
            told = {"number": number, "file": str(file.relative_to(copy)), "sealed": sealed}
            print(json.dumps(told), flush=True)
            start = time.process_time()
            try:
                read = read_release(copy, ontology=ontology)
                # What cannot be read keeps rules from running: most of the time is spent elsewhere.
                damaged_file = any(part.error for part in read.parts)
                rules = [BY_CODE["REL009"]] if damaged_file and number % 10 else RULES
                report = judge(read, rules)
                as_json(report), as_text(report)
                told["found"] = sorted(report.counts)
            except UsageError as error:
                told["found"] = ["exit 2", str(error)[:80]]
            told["same"] = before == after
            told["seconds"] = time.process_time() - start
            print(json.dumps(told), flush=True)
            shutil.rmtree(copy.parent)


def renamed(release: Path, file: Path) -> Path:
    """A Parquet file under the name of its content, and card and manifest brought up to that."""
    import hashlib

    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    stem = file.name.rpartition("-")[0]
    new = file.rename(file.with_name(f"{stem}-{digest[:12]}.parquet"))
    for name in ("README.md", "MANIFEST.json"):
        path = release / name
        path.write_text(path.read_text().replace(file.name, new.name))
    manifest = release / "MANIFEST.json"
    data = json.loads(manifest.read_text())
    for splits in data["configs"].values():
        for entry in splits.values():
            for shard in entry["files"]:
                if shard["file"].endswith(new.name):
                    shard["sha256"] = digest
    manifest.write_text(json.dumps(data))
    return new


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
