"""Loads a published release from where it is, as its users do, and compares every row."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from dataset_builder.release.content import content_sha256
from dataset_builder.release.load import (
    CONFIGS,
    FEATURES,
    REFUSED,
    ROWS,
    VERSION,
    in_short,
    quiet_datasets,
)
from dataset_builder.tables import TABLES, features
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from dataset_builder.ontology import Ontology
    from dataset_builder.publish.source import Source
    from dataset_builder.publish.target import Report, Target

_FIX = "look at it with `dataset-builder validate`, and tell its readers not to use it"


def load_back(target: Target, source: Source, ontology: Ontology, report: Report) -> list[Finding]:
    """What differs between the release at `target` and its manifest: splits, features, version and
    `content_sha256` of every split, from `load_dataset` with an empty cache; and the bytes of the
    documents. Progress bars, counters and chatter of `datasets` are off."""
    target.forget()
    found = list(_documents(target, source))
    with (
        quiet_datasets(network=target.remote),
        tempfile.TemporaryDirectory(prefix="load-back-") as cache,
    ):
        for done, config in enumerate(source.configs, 1):
            found += _config(target, source, config, ontology, cache)
            report("loaded back", done, len(source.configs))
    return found


def _documents(target: Target, source: Source) -> Iterator[Finding]:
    names = [name for name in source.in_order() if not name.endswith(".parquet")]
    for name, theirs in target.read(source.version, names).items():
        if theirs != source.checked(name).read_bytes():
            yield Finding(REFUSED, "error", "has other bytes there", table=name, fix=_FIX)


def _config(
    target: Target, source: Source, config: str, ontology: Ontology, cache: str
) -> Iterator[Finding]:
    try:
        loaded = target.load(source, config, cache)
    except Exception as error:  # noqa: BLE001 - whatever it is, a user would see it
        yield _refused(config, error)
        return
    splits = source.configs[config]
    if list(loaded) != list(splits):
        yield Finding(
            CONFIGS, "error", "the splits differ from the manifest", table=config,
            expected=", ".join(splits), found=", ".join(map(str, loaded)), fix=_FIX,
        )  # fmt: skip
        return
    for split in splits:
        try:
            yield from _split(target, source, config, split, loaded[split], ontology)
        except Exception as error:  # noqa: BLE001 - see above
            yield _refused(config, error, split)


def _split(
    target: Target, source: Source, config: str, split: str, rows: Any, ontology: Ontology
) -> Iterator[Finding]:
    declared = TABLES[config]
    wanted = features(declared, ontology)
    if rows.features != wanted:
        yield Finding(
            FEATURES, "error", "features differ from the declared ones", table=config, split=split,
            expected=str(wanted), found=str(rows.features), fix=_FIX,
        )  # fmt: skip
        return
    version = str(rows.info.version)
    if target.reads_card and version != source.version:
        yield Finding(
            VERSION, "error", "another version", table=config, split=split,
            expected=source.version, found=version, fix=_FIX,
        )  # fmt: skip
    digest = content_sha256(rows.with_format("arrow")[:], declared, ontology)
    if digest != source.digests[f"{config}/{split}"]:
        yield Finding(
            ROWS, "error", "the rows are others than the manifest says", table=config, split=split,
            expected=source.digests[f"{config}/{split}"], found=digest, fix=_FIX,
        )  # fmt: skip


def _refused(config: str, error: Exception, split: str | None = None) -> Finding:
    return Finding(
        REFUSED, "error", f"`load_dataset` fails: {in_short(error)}", table=config, split=split,
        fix="check the network, and publish again: that loads it once more",
    )  # fmt: skip
