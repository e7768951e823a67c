"""The blocks of the card that tell of the rows, filled anew for the rows of a mutant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_builder.markdown import fill_blocks
from dataset_builder.project import SPLITS
from dataset_builder.release import card
from dataset_builder.release.documents import Release
from dataset_builder.release.manifest import SplitFiles
from dataset_builder.release.summary import COUNTED
from tests.factory import registries, settings
from tests.mutations.agreeing import agreement_block

if TYPE_CHECKING:
    import pyarrow as pa

Where = tuple[str, str]


def figured(prose: str, manifest: dict[str, Any], tables: dict[Where, pa.Table]) -> str:
    """The card's words with the blocks that tell of the rows filled anew."""
    configs = {
        name: {split: SplitFiles((), entry["rows"], "", 0) for split, entry in splits.items()}
        for name, splits in manifest["configs"].items()
        if splits
    }
    release = Release(_that_have_labels(tables), settings(), registries(), None)
    blocks = {
        "stats": card._stats_block(configs),
        "labels": card._labels_block(release),
        "splits": card._splits_block(release, configs),
        **agreement_block(prose, tables),
    }
    return fill_blocks(prose, blocks, where="README.md")


def _that_have_labels(tables: dict[Where, pa.Table]) -> dict[Where, pa.Table]:
    """The tables without rows whose labels are none, which the card does not count."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = dict(tables)
    for config, column, vocabulary in COUNTED:
        ids = pa.array(range(len(registries().ontology.names(vocabulary))))
        for split in SPLITS:
            table = found.get((config, split))
            if table is not None:
                found[config, split] = table.filter(pc.is_in(table[column], value_set=ids))
    return found
