"""A large project on PostgreSQL: push, re-push, pull, incremental pull, and parsing the export.

    python benchmarks/studio.py [--articles 10000] [--regions 20] [--rounds 2]

Starts a PostgreSQL cluster and a Label Studio server of its own and removes both at the end. Each
article has about 3 kB, and one annotation of so many regions with fields and arrows. Push takes
turns with the server's own import of the same tasks as one JSON file, parsing with its rivals, so
that a busy machine slows all alike; the ratios are the figures to compare. Every result is checked:
each article once, and incremental and full pull byte for byte the same. 10,000 articles take about
ten minutes on two cores; two of them are spent waiting, because a pull reads again what was touched
in the two minutes before the last one.
"""

from __future__ import annotations

import argparse
import functools
import gc
import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import psutil
import pytest

from dataset_builder.articles import Article, sha256_text
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from dataset_builder.studio import changes, export_parse, server, snapshot
from dataset_builder.studio.client import Client, quiet
from dataset_builder.studio.conversion import convert
from dataset_builder.studio.database import DATABASE_VARIABLE, PASSWORD_VARIABLE
from dataset_builder.studio.exports import iter_export
from dataset_builder.studio.label_config import render_label_config
from dataset_builder.studio.lines import canonical_line
from dataset_builder.studio.push import push, task_data
from dataset_builder.studio.remote import ProjectSpec
from tests.e2e import postgresql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.server import RunningServer

WORDS = (
    *("Turkey", "Russia", "Putin", "Erdoğan", "backs", "rejects", "talks", "with", "Damascus"),
    *("envoy", "said", "ceasefire", "northern", "Syria", "border", "Ankara", "😀", "قال", "الرئيس"),
    *("meeting", "Moscow", "agreed", "withdraw", "forces", "support", "opposition"),
)
LABELS = ("ACTOR", "ACTOR", "LOCATION", "DATE", "CONSULT", "favor", "against")
SCHEME = "1.1"


def articles(count: int) -> Iterator[Article]:
    """`count` articles, all different."""
    for number in range(count):
        chance = random.Random(number)
        sentences = [" ".join(chance.choices(WORDS, k=60)) + "." for _ in range(8)]
        text = "\n\n".join(sentences)
        digest = sha256_text(text)
        yield Article(
            f"{number:016x}", f"{number}.txt", digest, text, digest, f"Title {number}", "Outlet",
            "AFP", None, "Ankara", None, "none", "en", None, (), (),
        )  # fmt: skip


def annotation(text: str, number: int, regions: int) -> dict[str, Any]:
    """Work on an article: spans, every third with a field, every second with an arrow."""
    chance = random.Random(number)
    result: list[dict[str, Any]] = []
    ids = []
    step = max(1, (len(text) - 40) // regions)
    for place in range(regions):
        start = place * step
        end = start + chance.randint(4, 20)
        name = hashlib.sha256(f"{number} {place}".encode()).hexdigest()[:10]
        ids.append(name)
        common = {"id": name, "to_name": "text", "origin": "manual"}
        value = {"start": start, "end": end, "text": text[start:end]}
        label = chance.choice(LABELS)
        marked = {**value, "labels": [label]}
        result.append({**common, "from_name": "span", "type": "labels", "value": marked})
        if place % 3 == 0:
            chosen = {**value, "choices": ["POSITIVE"]}
            result.append({**common, "from_name": "polarity", "type": "choices", "value": chosen})
    for one, other in zip(ids[::2], ids[1::2], strict=False):
        arrow = {"type": "relation", "from_id": one, "to_id": other, "direction": "right"}
        result.append(arrow)
    return {"result": result, "was_cancelled": False, "ground_truth": False, "lead_time": 12.5}


@dataclass(frozen=True)
class Cost:
    """What something took."""

    wall: float
    client: float
    """CPU seconds of this process."""
    server: float
    """CPU seconds of Label Studio."""


class Bench:
    """A running server, and the table so far."""

    def __init__(self, running: RunningServer, folder: Path, count: int, regions: int) -> None:
        self.connection: Connection = running.connection
        self._server = psutil.Process(running.pid)
        self.folder = folder
        self.count = count
        self.regions = regions
        registries = load_registries(find_project(Path(__file__)))
        self._config = render_label_config(registries)
        self.rows: list[tuple[str, str]] = []
        headers = {"Authorization": f"Token {self.connection.api_key}"}
        self.http = httpx.Client(
            base_url=self.connection.url, headers=headers, timeout=3600, trust_env=False
        )

    def say(self, what: str, value: str) -> None:
        """A row of the table."""
        self.rows.append((what, value))
        print(f"  {what}: {value}", file=sys.stderr, flush=True)

    def spec(self, name: str) -> ProjectSpec:
        """A project with the real labels."""
        return ProjectSpec(name, f"Bench {name}", self._config, "# Guide\n")

    def cost(self, action: Callable[[], Any]) -> Cost:
        """Run something and say what it took."""
        gc.collect()
        begun = (time.perf_counter(), time.process_time(), self._server_seconds())
        action()
        ended = (time.perf_counter(), time.process_time(), self._server_seconds())
        return Cost(*(after - before for before, after in zip(begun, ended, strict=True)))

    def _server_seconds(self) -> float:
        times = self._server.cpu_times()
        return float(times.user + times.system)

    def empty_project(self, name: str) -> int:
        """A project as push would make it, without any task."""
        return push(self.connection, self.spec(name), [], scheme_version=SCHEME).project_id

    def post(self, project: int, body: bytes) -> None:
        """The server's own import of one JSON file."""
        headers = {"Content-Type": "application/json"}
        answer = self.http.post(f"/api/projects/{project}/import", content=body, headers=headers)
        answer.raise_for_status()


def measure_push(bench: Bench, rounds: int) -> None:
    """Push against plain import, then push again."""
    made = list(articles(bench.count))
    body = json.dumps([{"data": task_data(a, SCHEME)} for a in made], ensure_ascii=False).encode()
    plain, ours = [], []
    for number in range(rounds):
        project = bench.empty_project(f"plain-{number}")
        plain.append(bench.cost(functools.partial(bench.post, project, body)))
        bench.empty_project(f"push-{number}")
        memory = bench.folder / f"pushed-{number}.json"
        spec = bench.spec(f"push-{number}")

        def send(spec: ProjectSpec = spec, memory: Path = memory) -> None:
            done = push(bench.connection, spec, made, scheme_version=SCHEME, memory=memory)
            assert len(done.created) == bench.count

        ours.append(bench.cost(send))
    best, rival = (min(c.wall for c in costs) for costs in (ours, plain))
    bench.say(f"server's import of one file of {len(body) / 1e6:.0f} MB", _cost(plain))
    bench.say("push of the same articles", f"{_cost(ours)}; {best / rival:.2f} of the import")

    def again(memory: Path | None) -> None:
        done = push(bench.connection, spec, made, scheme_version=SCHEME, memory=memory)
        assert len(done.unchanged) == bench.count
        assert not done.created

    bench.say("push again, nothing changed", _cost([bench.cost(lambda: again(memory))]))
    bench.say("the same on another machine", _cost([bench.cost(lambda: again(None))]))


def fill(bench: Bench) -> int:
    """A project of annotated articles, by plain import."""
    project = bench.empty_project("pulled")
    tasks = []
    for number, article in enumerate(articles(bench.count)):
        work = annotation(article.text, number, bench.regions)
        tasks.append({"data": task_data(article, SCHEME), "annotations": [work]})
    body = json.dumps(tasks, ensure_ascii=False).encode()
    took = bench.cost(lambda: bench.post(project, body))
    bench.say(f"(import with annotations, {len(body) / 1e6:.0f} MB)", _cost([took]))
    return project


PULL = """
import json, re, sys, time
from pathlib import Path
from dataset_builder.studio.connection import Connection
from dataset_builder.studio.people import People
from dataset_builder.studio.pull import pull
from dataset_builder.studio.remote import ProjectSpec
url, config, folder, full = sys.argv[1:]
folder = Path(folder)
spec = ProjectSpec("pulled", "Bench pulled", Path(config).read_text(), "# Guide")
people = People(folder / "annotators.yaml", folder / "annotators.private.yaml")
begun, cpu = time.perf_counter(), time.process_time()
done = pull(Connection(url, sys.stdin.readline().strip()), spec, folder / "export.jsonl", people,
            memory=folder / "pulled.json", full=full == "full")
took = time.perf_counter() - begun, time.process_time() - cpu
# Not ru_maxrss, which begins with what the parent process held.
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([*took, peak, done.read]))
"""
"""One pull in a process of its own: seconds, CPU seconds, MB at the peak, tasks read."""


def measure_pull(bench: Bench, project: int) -> None:
    """A full pull, ten changes, an incremental one; the same bytes as a full one after them."""
    spec = bench.spec("pulled")
    file = bench.folder / "export.jsonl"

    config = bench.folder / "config.xml"
    config.write_text(spec.label_config, encoding="utf-8")

    def run(*, full: bool) -> tuple[float, float, float, int]:
        command = [sys.executable, "-c", PULL, bench.connection.url, str(config)]
        done = subprocess.run(
            [*command, str(bench.folder), "full" if full else "few"],
            input=f"{bench.connection.api_key}\n",
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        wall, cpu, peak, read = json.loads(done.stdout)
        return wall, cpu, peak, read

    def said(took: tuple[float, float, float, int]) -> str:
        wall, cpu, peak, read = took
        return f"{wall:.1f} s, client {cpu:.1f} CPU s, peak {peak:.0f} MB, {read} tasks read"

    full = run(full=True)
    bench.say("full pull", said(full))
    assert file.read_bytes().count(b"\n") == bench.count
    listing = bench.http.get(
        "/api/tasks", params={"project": project, "page_size": 10, "include": "id"}
    )
    changed = [int(task["id"]) for task in listing.json()["tasks"]]
    for number, task in enumerate(changed):
        body = annotation("x" * 3000, number, bench.regions)
        bench.http.post(f"/api/tasks/{task}/annotations", json=body).raise_for_status()
    few = run(full=False)
    ratio = few[0] / full[0]
    bench.say(f"incremental pull after {len(changed)} changes", f"{said(few)}; {ratio:.2f} of full")
    incremental = file.read_bytes()
    run(full=True)
    assert incremental == file.read_bytes(), "incremental and full pull differ"


def measure_parsing(bench: Bench, project: int, rounds: int) -> None:
    """Readers of the server's snapshot, and of the committed file, in turns."""
    from label_studio_sdk.converter import Converter  # type: ignore[attr-defined]

    with Client(bench.connection) as client, snapshot.snapshot(client, project, quiet) as path:
        raws = msgspec.json.Decoder(list[msgspec.Raw])
        task = msgspec.json.Decoder(snapshot.RawTask)
        line = export_parse.LINE
        export = bench.folder / "export.jsonl"

        def bare() -> None:
            for raw in raws.decode(path.read_bytes()):
                task.decode(raw)

        def ours() -> None:
            for _ in snapshot.read_snapshot(path):
                pass

        def to_lines() -> None:
            for piece in snapshot.pieces(path):
                raw, plain = snapshot.read_task(piece[1])
                canonical_line(convert([raw], lambda _: "someone").task, plain=plain)

        def converter() -> None:
            with tempfile.TemporaryDirectory() as folder:
                made = Converter(bench.spec("pulled").label_config, None)  # type: ignore[no-untyped-call]
                made.convert(str(path), folder, "JSON_MIN", is_dir=False)  # type: ignore[no-untyped-call]

        def bare_lines() -> None:
            with export.open("rb") as stream:
                for raw in stream:
                    line.decode(raw)

        def our_lines() -> None:
            assert sum(1 for _ in iter_export(export)) == bench.count

        readers = {
            "snapshot, bare msgspec into the same types": bare,
            "snapshot, ours": ours,
            "snapshot to canonical lines, ours": to_lines,
            "snapshot, label_studio_sdk.converter (JSON_MIN)": converter,
            "export, bare msgspec into the same types": bare_lines,
            "export to checked tasks, ours": our_lines,
        }
        seconds: dict[str, list[float]] = {name: [] for name in readers}
        for at in range(rounds + 1):
            for name, reader in readers.items():
                took = bench.cost(reader).client
                if at:  # the first round warms up
                    seconds[name].append(took)
        best = {name: statistics.median(found) for name, found in seconds.items()}
        slow = best["snapshot, label_studio_sdk.converter (JSON_MIN)"]
        for name, found in best.items():
            kind = name.split(",")[0].split()[0]
            against = best[f"{kind}, bare msgspec into the same types"]
            bench.say(
                name,
                f"{found:.2f} CPU s; {found / against:.2f} of bare msgspec, "
                f"{slow / found:.1f} times as fast as the converter",
            )


def _cost(costs: list[Cost]) -> str:
    best = min(costs, key=lambda cost: cost.wall)
    return f"{best.wall:.1f} s, client {best.client:.1f} CPU s, server {best.server:.1f} CPU s"


def main() -> None:
    """Start everything, measure, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--regions", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    tell = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
    begun = time.perf_counter()
    with (
        postgresql.cluster() as cluster,
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        cluster.ask("create database bench")
        patch.setenv(DATABASE_VARIABLE, cluster.address("bench"))
        patch.setenv(PASSWORD_VARIABLE, postgresql.PASSWORD)
        with server.start(Path(folder) / "server", report=tell) as running:
            bench = Bench(running, Path(folder), asked.articles, asked.regions)
            project = fill(bench)
            filled = time.monotonic()
            measure_push(bench, asked.rounds)
            time.sleep(max(0.0, changes.OVERLAP_SECONDS + 5 - (time.monotonic() - filled)))
            measure_pull(bench, project)
            measure_parsing(bench, project, asked.rounds)
            bench.http.close()
    print(f"{asked.articles} articles of {asked.regions} regions on PostgreSQL")
    width = max(len(what) for what, _ in bench.rows)
    for what, value in bench.rows:
        print(f"  {what:<{width}}  {value}")
    print(f"{(time.perf_counter() - begun) / 60:.1f} minutes in all")


if __name__ == "__main__":
    main()
