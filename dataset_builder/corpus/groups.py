"""The last step: which articles of a cleaned corpus belong together, filled into its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.ontology import Ontology

    Ids = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Groups:
    """Which article belongs to which group."""

    articles: Ids
    """Article ids as numbers, ascending."""
    groups: Ids
    """Group of each: the id of its smallest member, as a number."""

    @property
    def count(self) -> int:
        """Groups of two or more."""
        import numpy as np

        return len(np.unique(self.groups[self.groups != self.articles]))

    def of(self, articles: Sequence[str]) -> list[str]:
        """The groups of `articles`, all of them known, as 16 hex digits."""
        import numpy as np

        at = np.searchsorted(self.articles, _numbers(articles))
        return [f"{number:016x}" for number in self.groups[at].tolist()]


def duplicate_groups(parts: Sequence[Path], report: Callable[[str, int], None]) -> Groups:
    """The near-duplicates among the articles in `parts`; their order makes no difference."""
    from dataset_builder.grouping import near_duplicate_table, parquet_batches

    found = near_duplicate_table(parquet_batches(parts), report=report)
    articles = _numbers(found["article_id"].to_pylist())
    groups = _numbers(found["duplicate_group"].to_pylist())
    return Groups(articles, groups)


def fill_groups(parts: Sequence[Path], groups: Groups, ontology: Ontology) -> None:
    """Write `groups` into the column `duplicate_group` of the article files `parts`.

    Files where it is right already are left alone, the others are written anew, each whole or not
    at all.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from dataset_builder.corpus.store import write_parquet
    from dataset_builder.tables import ARTICLES, arrow_schema

    schema = arrow_schema(ARTICLES, ontology)
    for part in parts:
        found = pq.read_table(part, columns=["article_id", "duplicate_group"])
        wanted = groups.of(found["article_id"].to_pylist())
        if wanted != found["duplicate_group"].to_pylist():
            table = pq.read_table(part)
            at = schema.get_field_index("duplicate_group")
            columns = table.set_column(at, schema.field(at), pa.array(wanted)).columns
            # Not the schema as it was read: Parquet gives the items of lists another name.
            write_parquet(part, pa.table(columns, schema=schema))


def _numbers(names: Sequence[str]) -> Ids:
    """Hexadecimal names as numbers, 16 digits each."""
    import numpy as np

    return np.frombuffer(bytes.fromhex("".join(names)), ">u8").astype(np.uint64)
