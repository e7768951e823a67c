"""Cutting a stream of pages into batches whose borders follow from the pages themselves.

A page whose id ends in zero bits ends its batch (content-defined chunking, as in rsync or LBFS), so
a page more or less moves the borders around it only: every other batch is what it was, and its
result can be used again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from dataset_builder.articles import RawPage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataset_builder.articles import Rejected


MEAN: Final = 512
"""One page in so many ends a batch."""
LEAST: Final = 128
"""Pages that a batch has at least, the last one apart."""
MOST: Final = 2048
"""Pages and broken records that a batch has at most."""
LARGEST: Final = 16 << 20
"""Code points of a batch; only a single page may have more."""


def cut(items: Iterable[RawPage | Rejected]) -> Iterator[tuple[RawPage | Rejected, ...]]:
    """`items` in their order, in batches. Holds one batch at a time."""
    batch: list[RawPage | Rejected] = []
    size = 0
    for item in items:
        weight = len(item.text) if isinstance(item, RawPage) else len(item.message)
        if batch and size + weight > LARGEST:
            yield tuple(batch)
            batch, size = [], 0
        batch.append(item)
        size += weight
        ends = isinstance(item, RawPage) and int(item.article_id, 16) % MEAN == 0
        if (ends and len(batch) >= LEAST) or len(batch) >= MOST:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def batch_key(cleaner: str, templates: str, batch: Iterable[RawPage | Rejected]) -> str:
    """32 hex digits that stand for everything the result of a batch depends on.

    `cleaner` is the fingerprint of the cleaning code, `templates` the digest of the template lines
    in force for these pages. Every field of every item counts, in order.
    """
    digest = hashlib.sha256(f"{cleaner}\n{templates}\n".encode())
    for item in batch:
        if isinstance(item, RawPage):
            stated = item.stated
            fields: tuple[str | None, ...] = (
                item.article_id, item.source, item.raw_sha256, item.text, item.form,
                stated.url, stated.title, stated.outlet, stated.byline, stated.published,
            )  # fmt: skip
        else:
            fields = (item.source, item.reason, item.message)
        for field in fields:
            content = b"" if field is None else field.encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % (-1 if field is None else len(content)))
            digest.update(content)
        digest.update(b"\n")
    return digest.hexdigest()[:32]
