"""Articles that were taken down are removed from a cleaned corpus, whenever they got there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.corpus.store import Store
    from dataset_builder.ledger import Ledger
    from dataset_builder.takedown import Takedowns


def remove_taken_down(
    store: Store, keys: Iterable[str], takedowns: Takedowns, ledger: Ledger
) -> None:
    """Move every article of the parts `keys` that was taken down to the rejected ones.

    The rejected are written first and hold each page once, so an interruption changes nothing.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from dataset_builder.corpus.store import write_parquet
    from dataset_builder.takedown import rejected

    if not takedowns.lines:
        return
    names = ("source", "reason", "message")
    schema = pa.schema([(name, pa.large_string()) for name in names])
    for key in keys:
        part, beside = store.article_part(key), store.rejected_part(key)
        columns = ["article_id", "text_sha256", "text", "source"]
        rows = pq.read_table(part, columns=columns).to_pylist()
        pages = [(row["article_id"], row["text_sha256"], row["text"]) for row in rows]
        found = takedowns.found(pages, ledger)
        if not found:
            continue
        old = pq.read_table(beside).to_pylist() if beside.is_file() else []
        items = [rejected(rows[at]["source"], *found[at]) for at in sorted(found)]
        gone = [{name: getattr(item, name) for name in names} for item in items]
        listed = [*old, *(item for item in gone if item not in old)]
        write_parquet(beside, pa.Table.from_pylist(listed, schema=schema))
        kept = [at for at in range(len(rows)) if at not in found]
        table = pq.read_table(part)
        write_parquet(part, table.take(pa.array(kept, pa.int64())))
