"""The validator beside a bare query and beside other validators: speed and memory.

    python benchmarks/validate.py --folder DIR [--copies 450] [--rounds 3] [--others PYTHON]

The release is the project's own, `--copies` times over (see `releases.py`): 450 copies have a million
spans in 1.1 million rows, 4000 have ten million rows. Every run is a process of its own on one
processor; runs of one round follow each other directly, so that ratios can be taken even where
seconds mean little. `bare` reads with polars what it needs and compares every span with its text, and
that is all. `rules` is everything but the rules against leaks, from opening the folder to the report;
`leaks` is those. The others (frictionless, pycldf, Great Expectations) judge what they can of the
articles and the flat columns of annotations, as CSV: types, required values, patterns, label ids,
unique keys, and where they can, references. PYTHON is an interpreter that has them.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

RELEASE = "1.0.0"
EXPORTED = 20_000
"""Rows of annotations that the other validators get: they are slow."""
LEAKS = ("SPL005", "SPL006", "SPL012", "SPL013", "SPL014")
FLAT = ("annotation_id", "article_id", "annotator", "annotator_kind", "kind", "region_id", "name",
        "start", "end", "text", "from_id", "to_id", "direction", "origin", "state",
        "text_sha256")  # fmt: skip
HEX16, HEX64 = "^[0-9a-f]{16}$", "^[0-9a-f]{64}$"
PATTERNS = {"article_id": HEX16, "text_sha256": HEX64, "annotator": "^[a-z0-9][a-z0-9-]*$"}
CLASSES = {"annotator_kind": 1, "kind": 3, "direction": 3, "state": 3}
REQUIRED = ("annotation_id", "article_id", "annotator", *CLASSES, "text_sha256")


def bare(folder: Path) -> int:
    """Compare every span with its text; returns the number of spans."""
    import polars as pl

    def rows(table: str) -> pl.LazyFrame:
        return pl.scan_parquet(folder / RELEASE / table / "*.parquet")

    def spans(table: str, column: str) -> pl.LazyFrame:
        found = rows(table).select("article_id", span=column)
        found = found.explode("span") if column == "arguments" else found
        fields = [pl.col("span").struct.field(name) for name in ("start", "end", "text")]
        return found.drop_nulls("span").select("article_id", *fields)

    marked = rows("annotations").select("article_id", "start", "end", "text").drop_nulls()
    named = [("stance", "evidence"), ("stance", "holder_span"), ("stance", "target_span"),
             ("events", "trigger"), ("events", "arguments")]  # fmt: skip
    texts = rows("articles").select("article_id", article="text")
    joined = pl.concat([*(spans(*place) for place in named), marked]).join(texts, on="article_id")
    said = pl.col("article").str.slice("start", pl.col("end") - pl.col("start"))
    found = joined.select(count=pl.len(), wrong=(said != pl.col("text")).sum()).collect()
    assert found["wrong"][0] == 0
    return int(found["count"][0])


def validate(folder: Path, *, leaks: bool) -> int:
    """Judge the release; returns its rows, or its articles when only leaks are looked for."""
    from dataset_builder.ontology import load_ontology
    from dataset_builder.project import find_project
    from dataset_builder.validate.run import validate_release

    report = validate_release(
        folder / RELEASE,
        ontology=load_ontology(find_project().resource("schemas/ontology.yaml")),
        select=_known(LEAKS) if leaks else (),
        ignore=() if leaks else _known(LEAKS),
    )
    assert not report.findings, report.findings[:3]
    configs = json.loads((folder / RELEASE / "MANIFEST.json").read_text())["configs"]
    return sum(
        entry["rows"]
        for name, splits in configs.items()
        for entry in splits.values()
        if name == "articles" or not leaks
    )


def _known(codes: tuple[str, ...]) -> tuple[str, ...]:
    from dataset_builder.validate.catalogue import BY_CODE

    return tuple(code for code in codes if code in BY_CODE)


def export(folder: Path) -> None:
    """articles.csv and annotations.csv, of whole articles."""
    import polars as pl

    pieces = pl.scan_parquet(folder / RELEASE / "annotations/*.parquet").select(FLAT)
    rows = pieces.head(EXPORTED).collect()
    rows = rows.filter(pl.col("article_id") != rows["article_id"][-1])
    rows.with_row_index("id").write_csv(folder / "annotations.csv")
    articles = pl.scan_parquet(folder / RELEASE / "articles/*.parquet").select(
        "article_id", "title", "text", "language", "source", "text_sha256"
    )
    articles.join(
        rows.lazy().select("article_id").unique(), on="article_id", how="semi"
    ).collect().write_csv(folder / "articles.csv")


def frictionless(folder: Path) -> int:
    """Table schemas with constraints and a foreign key."""
    from frictionless import Package, system

    def field(name: str) -> dict[str, Any]:
        constraints: dict[str, Any] = {"required": name in REQUIRED}
        if name in PATTERNS:
            constraints["pattern"] = PATTERNS[name]
        if name in CLASSES:
            constraints |= {"minimum": 0, "maximum": CLASSES[name]}
        whole = name in CLASSES or name in ("id", "start", "end")
        kind = "integer" if whole else "string"
        return {"name": name, "type": kind, "constraints": constraints}

    key = {
        "fields": ["article_id"],
        "reference": {"resource": "articles", "fields": ["article_id"]},
    }
    tables = {
        "articles": {"fields": [field(n) for n in _header(folder / "articles.csv")],
                     "primaryKey": ["article_id"]},
        "annotations": {"fields": [field(n) for n in _header(folder / "annotations.csv")],
                        "primaryKey": ["id"], "foreignKeys": [key]},
    }  # fmt: skip
    with system.use_context(trusted=True):
        package = Package.from_descriptor(
            {
                "name": "release",
                "resources": [
                    {"name": name, "path": str(folder / f"{name}.csv"), "schema": schema}
                    for name, schema in tables.items()
                ],
            }
        )
        report = package.validate()
    assert report.valid, report.flatten()[:3]
    return sum(task.stats["rows"] for task in report.tasks)


def pycldf(folder: Path) -> int:
    """CSVW: datatypes, required columns, primary and foreign keys."""
    from pycldf import Generic

    def column(name: str) -> dict[str, Any]:
        kind: dict[str, Any] = {"base": "string"}
        if name in PATTERNS:
            kind["format"] = PATTERNS[name].strip("^$")
        if name in CLASSES or name in ("id", "start", "end"):
            kind = {"base": "integer"}
        if name in CLASSES:
            kind |= {"minimum": 0, "maximum": CLASSES[name]}
        return {"name": name, "datatype": kind, "required": name in REQUIRED}

    data = Generic.in_dir(folder)
    for name, key in (("articles", "article_id"), ("annotations", "id")):
        table = data.add_table(
            f"{name}.csv", *(column(n) for n in _header(folder / f"{name}.csv")), primaryKey=[key]
        )
        table.common_props["dc:conformsTo"] = None
    data.add_foreign_key("annotations.csv", "article_id", "articles.csv", "article_id")
    assert data.validate()
    return sum(1 for table in data.tables for _ in table)


def great_expectations(folder: Path) -> int:
    """Expectations on data frames."""
    import great_expectations as gx
    import pandas as pd
    from great_expectations import expectations as gxe

    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    context = gx.get_context(mode="ephemeral")
    source = context.data_sources.add_pandas("release")
    total = 0
    for name, key in (("articles", "article_id"), ("annotations", "id")):
        frame = pd.read_csv(folder / f"{name}.csv")
        total += len(frame)
        suite = gx.ExpectationSuite(name=name)
        suite.add_expectation(gxe.ExpectColumnValuesToBeUnique(column=key))
        for column in frame.columns:
            if column in REQUIRED:
                suite.add_expectation(gxe.ExpectColumnValuesToNotBeNull(column=column))
            if column in PATTERNS:
                pattern = PATTERNS[column]
                suite.add_expectation(
                    gxe.ExpectColumnValuesToMatchRegex(column=column, regex=pattern)
                )
            if column in CLASSES:
                last = CLASSES[column]
                suite.add_expectation(
                    gxe.ExpectColumnValuesToBeBetween(column=column, min_value=0, max_value=last)
                )
        asset = source.add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe(name).get_batch({"dataframe": frame})
        assert batch.validate(suite).success
    return total


def _header(file: Path) -> list[str]:
    with file.open(newline="", encoding="utf-8") as lines:
        return next(csv.reader(lines))


JOBS = {
    "bare": bare,
    "rules": lambda folder: validate(folder, leaks=False),
    "leaks": lambda folder: validate(folder, leaks=True),
    "frictionless": frictionless,
    "pycldf": pycldf,
    "great_expectations": great_expectations,
}
UNITS = {"bare": "spans", "leaks": "articles"}


def one(job: str, folder: Path) -> None:
    """Run a job in this process, and print what it took."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    start = time.process_time()
    units = JOBS[job](folder)
    seconds = time.process_time() - start
    # Not ru_maxrss, which begins with what the parent process held.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    used = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    print(json.dumps({"units": units, "seconds": seconds, "memory": used}))


def run(job: str, folder: Path, python: str) -> dict[str, float] | None:
    """What a job took in a process of its own; None when it could not run."""
    environment = {**os.environ, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # modules are compiled once, as installed
    command = [python, __file__, "--folder", str(folder), "--job", job]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{job} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Generate, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--copies", type=int, default=450)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--others", metavar="PYTHON", help="has the other validators")
    parser.add_argument("--job", choices=sorted(JOBS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        one(options.job, options.folder)
        return
    if not (options.folder / RELEASE).exists():
        from benchmarks.releases import write_copies

        write_copies(options.folder, options.copies)
    jobs = ["bare", "rules", "leaks"]
    if options.others:
        export(options.folder)
        jobs += ["frictionless", "pycldf", "great_expectations"]
    print(f"{platform.python_version()}, {platform.machine()}; one processor, CPU seconds")
    print(f"{'round':>5}  {'':20}{'':>10}{'seconds':>10}{'a second':>12}{'MB':>7}{'of bare':>9}")
    for number in range(options.rounds):
        found: dict[str, dict[str, float]] = {}
        for job in jobs:
            mine = job in ("bare", "rules", "leaks")
            took = run(job, options.folder, sys.executable if mine else options.others)
            if took is None:
                continue
            found[job] = took
            speed = took["units"] / took["seconds"]
            share = took["seconds"] / found["bare"]["seconds"] if "bare" in found else 0
            print(f"{number + 1:5}  {job:20}{int(took['units']):10}{took['seconds']:10.2f}{speed:12,.0f}"
                  f"{took['memory'] / 2**20:7.0f}{share if mine else 0:9.1f}  {UNITS.get(job, 'rows')}")  # fmt: skip
        others = [found[j]["units"] / found[j]["seconds"] for j in jobs[3:] if j in found]
        if others and "rules" in found:
            ours = found["rules"]["units"] / found["rules"]["seconds"]
            print(
                f"       rows a second, against the fastest of the others: {ours / max(others):.0f} x"
            )


if __name__ == "__main__":
    main()
