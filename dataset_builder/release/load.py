"""Loads a release the way its users do, with the real `load_dataset`, and compares what comes out."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dataset_builder.release.manifest import MANIFEST
from dataset_builder.tables import TABLES, features
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from dataset_builder.ontology import Ontology

REFUSED = "REL101"
CONFIGS = "REL102"
FEATURES = "REL103"
ROWS = "REL104"
VERSION = "REL105"
STREAMED_ROWS = 1000
"""So many rows of a split are compared one by one as Python values when streaming."""


def check_loads(folder: Path, ontology: Ontology) -> list[Finding]:
    """Load every config and split of the release at `folder`, whole and streaming.

    Compares configs, splits, features, rows and version with the manifest, the declared tables and
    the Parquet files. Uses a private cache that is removed, no network, no telemetry, no progress
    bars; settings of `datasets` are as before afterwards. Returns what is wrong. Needs a readable
    manifest: raises OSError or ValueError when there is none.
    """
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    findings: list[Finding] = []
    with quiet_datasets(), tempfile.TemporaryDirectory(prefix="load-check-") as cache:
        findings += _check_configs(folder, manifest, cache)
        if findings:
            return findings
        for config, splits in manifest["configs"].items():
            for split, listed in splits.items():
                files = [folder / item["file"] for item in listed["files"]]
                check = _Check(folder, config, split, manifest["version"], cache)
                findings += check.run(files, ontology)
    return findings


@contextmanager
def quiet_datasets() -> Iterator[None]:
    """`datasets` without network, progress bars, counters and chatter; restored on leaving."""
    import datasets
    import huggingface_hub.constants as hub
    from datasets.utils import logging

    bars = import_module("datasets.utils.tqdm")  # the package has a class of that name
    changes: list[tuple[Any, str, Any]] = [
        (datasets.config, "HF_HUB_OFFLINE", True),
        (datasets.config, "HF_DATASETS_OFFLINE", True),
        (datasets.config, "HF_UPDATE_DOWNLOAD_COUNTS", False),
        (hub, "HF_HUB_OFFLINE", True),
        (hub, "HF_HUB_DISABLE_TELEMETRY", True),
        (bars, "_hf_datasets_progress_bars_disabled", True),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in changes]
    level = logging.get_verbosity()
    try:
        for owner, name, value in changes:
            setattr(owner, name, value)
        logging.set_verbosity_error()
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)
        logging.set_verbosity(level)


def _check_configs(folder: Path, manifest: dict[str, Any], cache: str) -> list[Finding]:
    """The configs and splits that a user sees, and which is the default."""
    import datasets

    expected = {config: list(splits) for config, splits in manifest["configs"].items()}
    try:
        names = datasets.get_dataset_config_names(str(folder))
        default = datasets.get_dataset_default_config_name(str(folder))
        found = {
            name: datasets.get_dataset_split_names(str(folder), name, cache_dir=cache)
            for name in names
        }
    except Exception as error:  # noqa: BLE001 - whatever it is, a user would see it
        return [_finding(REFUSED, f"`datasets` cannot read the card: {_short(error)}")]
    wanted = next((name for name in TABLES if name in expected), None)
    findings = []
    if found != expected:
        message = "configs and splits that load differ from the manifest"
        findings.append(_finding(CONFIGS, message, expected=str(expected), found=str(found)))
    if default != wanted:
        message = "the default config is another one"
        findings.append(_finding(CONFIGS, message, expected=str(wanted), found=str(default)))
    return findings


class _Check:
    """One split of one config."""

    def __init__(self, folder: Path, config: str, split: str, version: str, cache: str) -> None:
        self.folder = str(folder)
        self.config = config
        self.split = split
        self.version = version
        self.cache = cache

    def run(self, files: list[Path], ontology: Ontology) -> list[Finding]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        declared = TABLES.get(self.config)
        try:
            stored = pa.concat_tables([pq.read_table(file) for file in files])
            whole = self.load(streaming=False)
            streamed = self.load(streaming=True)
            tables = {False: whole.with_format("arrow")[:], True: self.streamed_rows(streamed)}
        except Exception as error:  # noqa: BLE001 - whatever it is, a user would see it
            return [self.finding(REFUSED, f"`load_dataset` fails: {_short(error)}")]
        findings = []
        for streaming, found in ((False, whole), (True, streamed)):
            how = "streaming" if streaming else "loaded"
            if declared is not None and found.features != features(declared, ontology):
                wanted = str(features(declared, ontology))
                message = f"features differ from the declared ones ({how})"
                findings.append(self.finding(FEATURES, message, wanted, str(found.features)))
            if str(found.info.version) != self.version:
                message = f"another version ({how})"
                version = str(found.info.version)
                findings.append(self.finding(VERSION, message, self.version, version))
            expected_rows = stored if not streaming else stored.slice(0, STREAMED_ROWS)
            findings += self.compare(expected_rows, tables[streaming], how)
        return findings

    def load(self, *, streaming: bool) -> Any:
        import datasets

        return datasets.load_dataset(
            self.folder,
            self.config,
            split=self.split,
            cache_dir=self.cache,
            streaming=streaming,
        )

    def streamed_rows(self, dataset: Any) -> pa.Table:
        """The first rows as the Python values that a loop over them gives, as a table again."""
        import pyarrow as pa

        rows = list(dataset.take(STREAMED_ROWS))
        return pa.Table.from_pylist(rows, schema=dataset.features.arrow_schema)

    def compare(self, expected: pa.Table, found: pa.Table, how: str) -> list[Finding]:
        if found.num_rows != expected.num_rows:
            message = f"another number of rows ({how})"
            return [self.finding(ROWS, message, str(expected.num_rows), str(found.num_rows))]
        differing = [
            name
            for name in expected.column_names
            if name not in found.column_names
            or not found.column(name)
            .combine_chunks()
            .equals(expected.column(name).combine_chunks())
        ]
        if differing:
            message = f"values differ in {', '.join(differing)} ({how})"
            return [self.finding(ROWS, message)]
        return []

    def finding(
        self, code: str, message: str, expected: str | None = None, found: str | None = None
    ) -> Finding:
        return _finding(
            code, message, table=self.config, split=self.split, expected=expected, found=found
        )


def _finding(
    code: str,
    message: str,
    *,
    table: str | None = None,
    split: str | None = None,
    expected: str | None = None,
    found: str | None = None,
) -> Finding:
    return Finding(
        code,
        "error",
        message,
        table=table,
        split=split,
        expected=expected,
        found=found,
        fix="build the release again; its files do not fit together",
    )


def _short(error: Exception) -> str:
    """One printable line of an error of somebody else's making."""
    text = "".join(char if char.isprintable() else " " for char in str(error))
    return f"{type(error).__name__}: {' '.join(text.split())[:300]}"
