"""The last step: which articles of a cleaned corpus belong together, filled into its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from dataset_builder.ontology import Ontology
    from dataset_builder.registries import Story

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
        return _names(self.groups[at])

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every member of a group, and the smallest one."""
        import numpy as np

        others = np.flatnonzero(self.groups != self.articles)
        yield from zip(_names(self.articles[others]), _names(self.groups[others]), strict=True)


def duplicate_groups(parts: Sequence[Path], report: Callable[[str, int], None]) -> Groups:
    """The near-duplicates among the articles in `parts`; their order makes no difference."""
    from dataset_builder.grouping import near_duplicate_table, parquet_batches

    return _groups(near_duplicate_table(parquet_batches(parts), report=report), "duplicate_group")


def story_groups(
    parts: Sequence[Path],
    duplicates: Groups,
    stories: Iterable[Story],
    report: Callable[[str, int], None],
) -> Groups:
    """The articles in `parts` that report one happening; their order makes no difference.

    Near-duplicates are one story, and so are the articles that one of `stories` lists; what one of
    them keeps apart is not joined otherwise.
    """
    from dataset_builder.grouping.stories import Given, story_table

    def tell(step: str, done: int) -> None:
        report(f"{step} stories", done)

    stories = tuple(stories)
    together = [*duplicates.pairs(), *(story.articles for story in stories)]
    given = Given(together=together, apart=[story.apart for story in stories])
    return _groups(story_table(_reports(parts), given, progress=tell), "story")


def _reports(parts: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq

    from dataset_builder.grouping.stories import COLUMNS

    for part in parts:
        with pq.ParquetFile(part) as file:
            yield from file.iter_batches(1024, columns=list(COLUMNS))


def fill_groups(parts: Sequence[Path], found: Mapping[str, Groups], ontology: Ontology) -> None:
    """Write the groups that are `found` for a column into that column of the article files `parts`.

    Files where all is right already are left alone, the others are written anew, each whole or not
    at all.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from dataset_builder.corpus.store import write_parquet
    from dataset_builder.tables import ARTICLES, arrow_schema

    schema = arrow_schema(ARTICLES, ontology)
    for part in parts:
        there = pq.read_table(part, columns=["article_id", *found])
        names = there["article_id"].to_pylist()
        wanted = {column: groups.of(names) for column, groups in found.items()}
        if any(there[column].to_pylist() != filled for column, filled in wanted.items()):
            table = pq.read_table(part)
            for column, filled in wanted.items():
                at = schema.get_field_index(column)
                table = table.set_column(at, schema.field(at), pa.array(filled))
            # Not the schema as it was read: Parquet gives the items of lists another name.
            write_parquet(part, pa.table(table.columns, schema=schema))


def _groups(table: pa.Table, column: str) -> Groups:
    articles, groups = table["article_id"], table[column]
    return Groups(_numbers(articles.to_pylist()), _numbers(groups.to_pylist()))


def _numbers(names: Sequence[str]) -> Ids:
    """Hexadecimal names as numbers, 16 digits each."""
    import numpy as np

    return np.frombuffer(bytes.fromhex("".join(names)), ">u8").astype(np.uint64)


def _names(numbers: Ids) -> list[str]:
    return [f"{number:016x}" for number in numbers.tolist()]
