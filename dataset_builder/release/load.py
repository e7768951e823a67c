"""Loads a release the way its users do, with the real `datasets`, and compares what comes out.

Every call of `load_dataset` reads the whole card again and makes a builder, which then downloads or
streams. So a config is loaded with all its splits at once, whole and streaming from one builder.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dataset_builder.printable import printable
from dataset_builder.release.card import DEFAULT_CONFIG
from dataset_builder.release.manifest import MANIFEST
from dataset_builder.tables import TABLES, features
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
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
        findings += _check_configs(folder, manifest)
        if findings:
            return findings
        for config, splits in manifest["configs"].items():
            if not splits:  # without rows: not there to load
                continue
            files = {
                split: [folder / item["file"] for item in listed["files"]]
                for split, listed in splits.items()
            }
            check = _Check(folder, config, manifest["version"], cache, ontology)
            findings += check.run(files)
    return findings


@contextmanager
def quiet_datasets(*, network: bool = False) -> Iterator[None]:
    """`datasets` without progress bars, counters and chatter, and unless `network` without network;
    restored on leaving."""
    import datasets
    import huggingface_hub.constants as hub
    import yaml
    from datasets.utils import logging

    bars = import_module("datasets.utils.tqdm")  # the package has a class of that name
    changes: list[tuple[Any, str, Any]] = [
        (datasets.config, "HF_HUB_OFFLINE", not network),
        (datasets.config, "HF_DATASETS_OFFLINE", not network),
        (datasets.config, "HF_UPDATE_DOWNLOAD_COUNTS", False),
        # An iterable dataset imports torch where it finds it, for workers that nobody starts here.
        (datasets.config, "TORCH_AVAILABLE", False),
        # The card is read again at every call: a third of the time without libyaml.
        (
            yaml,
            "safe_load",
            partial(yaml.load, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)),
        ),
        (hub, "HF_HUB_OFFLINE", not network),
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


def _check_configs(folder: Path, manifest: Mapping[str, Any]) -> list[Finding]:
    """The configs that a user sees, and which is the default."""
    import datasets

    expected = [config for config, splits in manifest["configs"].items() if splits]
    try:
        found = datasets.get_dataset_config_names(str(folder))
        default = datasets.get_dataset_default_config_name(str(folder))
    except Exception as error:  # noqa: BLE001 - whatever it is, a user would see it
        return [_finding(REFUSED, f"`datasets` cannot read the card: {in_short(error)}")]
    wanted = DEFAULT_CONFIG if DEFAULT_CONFIG in expected else None
    if len(expected) == 1:  # it loads without its name
        wanted = expected[0]
    findings = []
    if found != expected:
        message = "the configs that load differ from the manifest"
        findings.append(_finding(CONFIGS, message, expected=str(expected), found=str(found)))
    if default != wanted:
        message = "the default config is another one"
        findings.append(_finding(CONFIGS, message, expected=str(wanted), found=str(default)))
    return findings


class _Check:
    """One config with all its splits."""

    def __init__(
        self, folder: Path, config: str, version: str, cache: str, ontology: Ontology
    ) -> None:
        self.folder = str(folder)
        self.config = config
        self.version = version
        self.cache = cache
        declared = TABLES.get(config)
        self.features = None if declared is None else features(declared, ontology)

    def run(self, files: Mapping[str, list[Path]]) -> list[Finding]:
        """`files`: split -> the files that the manifest has, in its order."""
        try:
            whole, streamed = self.load()
        except Exception as error:  # noqa: BLE001 - whatever it is, a user would see it
            return [self.finding(REFUSED, f"`load_dataset` fails: {in_short(error)}")]
        findings = []
        for how, found in (("loaded", whole), ("streaming", streamed)):
            if list(found) != list(files):
                message = f"the splits differ from the manifest ({how})"
                wanted, there = str(list(files)), str(list(found))
                findings.append(self.finding(CONFIGS, message, expected=wanted, found=there))
        if findings:
            return findings
        for split, paths in files.items():
            findings += self.check_split(split, paths, whole[split], streamed[split])
        return findings

    def check_split(
        self, split: str, files: list[Path], whole: Any, streamed: Any
    ) -> list[Finding]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            stored = pa.concat_tables([pq.read_table(file) for file in files])
            tables = {False: whole.with_format("arrow")[:], True: self.streamed_rows(streamed)}
        except Exception as error:  # noqa: BLE001 - whatever it is, a user would see it
            return [self.finding(REFUSED, f"the rows cannot be read: {in_short(error)}", split)]
        findings = []
        for streaming, found in ((False, whole), (True, streamed)):
            how = "streaming" if streaming else "loaded"
            if self.features is not None and found.features != self.features:
                message = f"features differ from the declared ones ({how})"
                wanted, there = str(self.features), str(found.features)
                findings.append(self.finding(FEATURES, message, split, wanted, there))
            if str(found.info.version) != self.version:
                message = f"another version ({how})"
                version = str(found.info.version)
                findings.append(self.finding(VERSION, message, split, self.version, version))
            expected_rows = stored if not streaming else stored.slice(0, STREAMED_ROWS)
            findings += self.compare(split, expected_rows, tables[streaming], how)
        return findings

    def load(self) -> tuple[Any, Any]:
        """What `load_dataset` gives, without and with `streaming`, by the calls that it makes."""
        import datasets

        builder = datasets.load_dataset_builder(self.folder, self.config, cache_dir=self.cache)
        streamed = builder.as_streaming_dataset()  # first: downloading fills in what a card lacks
        builder.download_and_prepare()
        return builder.as_dataset(), streamed

    def streamed_rows(self, dataset: Any) -> pa.Table:
        """The first rows as the Python values that a loop over them gives, as a table again."""
        import pyarrow as pa

        rows = list(dataset.take(STREAMED_ROWS))
        return pa.Table.from_pylist(rows, schema=dataset.features.arrow_schema)

    def compare(self, split: str, expected: pa.Table, found: pa.Table, how: str) -> list[Finding]:
        if found.num_rows != expected.num_rows:
            message = f"another number of rows ({how})"
            rows = str(expected.num_rows), str(found.num_rows)
            return [self.finding(ROWS, message, split, *rows)]
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
            return [self.finding(ROWS, message, split)]
        return []

    def finding(
        self,
        code: str,
        message: str,
        split: str | None = None,
        expected: str | None = None,
        found: str | None = None,
    ) -> Finding:
        return _finding(
            code, message, table=self.config, split=split, expected=expected, found=found
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


def in_short(error: Exception) -> str:
    """One printable line of an error of somebody else's making."""
    return f"{type(error).__name__}: {printable(' '.join(str(error).split()), 300)}"
