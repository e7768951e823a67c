"""Near-duplicates: the same text with another header, a syndicated copy, light edits.

Two texts are near-duplicates when the Jaccard similarity of their sets of shingles is NEAR or more,
and a group is what such pairs connect: a copy of a copy belongs to the group of the first, even
where the ends of the chain are less alike. Only pairs whose similarity was computed from the texts
themselves connect. Which pairs are looked at follows from MinHash signatures (see `signatures`);
in a bucket of more than
`buckets.LARGE` texts not all pairs are.

    texts ─first reading──> digests ───────────> texts with equal words: one stands for all
                            bands, sketches ───> pairs that may be near ──> candidates
    candidates ─second reading──> sets ──> true similarity ──> groups

Work grows linearly with the texts. Memory is some 400 bytes a text and one batch; temporary files
take 420 bytes a text, and 8 a word of a candidate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.errors import DatasetBuilderError
from dataset_builder.grouping.buckets import Buckets, SignatureFiles
from dataset_builder.grouping.forest import Forest
from dataset_builder.grouping.sets import SetFile, is_near, shingle_sets
from dataset_builder.grouping.signatures import BANDS, alike, signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from dataset_builder.grouping.shingles import Hashes, Numbers

    Batches = Callable[[], Iterable[pa.RecordBatch]]
    """Reads columns article_id and text (strings, no nulls) from the start, each time the same."""
    Report = Callable[[str, int], None]
    """Is told what is being done, and of how many articles it is done."""

_REMEMBERED: Final = 20_000_000
"""Pairs found not to be near that are remembered; further ones may be compared again."""


def near_duplicates(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The group of every article, from pairs of article id and text; sorted by id.

    The id of a group is the smallest of its articles' ids. The order of `texts` makes no
    difference; two rows with one id are one article. A text without words is like none but an
    equal one, and one of nothing but white space like no other at all.
    """
    import pyarrow as pa

    rows = list(texts)
    columns = {
        "article_id": pa.array([name for name, _ in rows], pa.large_string()),
        "text": pa.array([text for _, text in rows], pa.large_string()),
    }
    found = near_duplicate_table(pa.table(columns).to_batches)
    groups = found["duplicate_group"].to_pylist()
    return dict(zip(found["article_id"].to_pylist(), groups, strict=True))


def near_duplicate_table(
    batches: Batches, *, scratch: Path | None = None, report: Report | None = None
) -> pa.Table:
    """The group of every article that `batches` reads (twice), for corpora of any size.

    Columns article_id and duplicate_group (large_string), one row an article, sorted by article_id;
    the groups are those of `near_duplicates`, whatever the order and size of the batches.
    Temporary files are unnamed, in the folder `scratch` (default: the system's). Raises
    DatasetBuilderError when the second reading gives other rows than the first.
    """
    import pyarrow as pa

    tell = report or (lambda _what, _done: None)
    with SignatureFiles(scratch) as files, SetFile(scratch) as sets:
        corpus = _survey(batches, files, tell)
        if len(corpus.compared) > 1:
            buckets = Buckets(files, corpus.rows[corpus.compared])
            tell("comparing", len(corpus.compared))
            found = corpus.compared[_candidates(buckets, len(corpus.compared))]
            sets.write(_read_sets(batches, corpus, found, tell))
            _connect(buckets, corpus, found, sets)
        tell("grouped", len(corpus.rows))
    chosen = pa.array(corpus.first)
    groups = pa.array(corpus.forest.roots(corpus.first))
    return pa.table(
        {"article_id": corpus.ids.take(chosen), "duplicate_group": corpus.ids.take(groups)}
    )


def parquet_batches(parts: Sequence[Path]) -> Batches:
    """Reads the columns article_id and text of Parquet files, a thousand rows at a time."""

    def read() -> Iterator[pa.RecordBatch]:
        import pyarrow.parquet as pq

        for part in parts:
            with pq.ParquetFile(part) as file:
                yield from file.iter_batches(1024, columns=["article_id", "text"])

    return read


@dataclass(frozen=True)
class _Corpus:
    """What the first reading gave; texts are numbered in the order of their articles' ids."""

    ids: pa.Array
    """The article of each text."""
    rows: Numbers
    """Where each text was read, counted from 0."""
    first: Numbers
    """One text of every article."""
    compared: Numbers
    """Texts with words, one of those that have the same words."""
    forest: Forest


def _survey(batches: Batches, files: SignatureFiles, tell: Report) -> _Corpus:
    """Read all texts, write their signatures, and join those with equal words or equal ids."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    names: list[pa.Array] = []
    digests: list[Hashes] = [np.zeros((0, 2), np.uint64)]
    sizes: list[Numbers] = [np.zeros(0, np.int64)]
    done = 0
    for batch in batches():
        found = signatures(batch["text"])
        files.add(found)
        names.append(batch["article_id"].cast(pa.large_string()))
        digests.append(found.digests)
        sizes.append(found.sizes)
        done += len(batch)
        tell("reading", done)
    ids = pa.chunked_array(names, pa.large_string()).combine_chunks()
    digest = np.concatenate(digests)
    order = pc.sort_indices(ids).to_numpy()
    rank = np.zeros(len(order), np.int64)
    rank[order] = np.cumsum(_changes(ids.take(pa.array(order))))
    rows = np.lexsort((digest[:, 1], digest[:, 0], rank))
    rank, digest, size = rank[rows], digest[rows], np.concatenate(sizes)[rows]
    forest = Forest(len(rows))
    again = np.concatenate(([False], rank[1:] == rank[:-1]))[: len(rows)]
    for text in np.flatnonzero(again).tolist():
        forest.join(text - 1, text)
    order = np.lexsort((digest[:, 1], digest[:, 0]))  # stable: the smallest id first
    same = (digest[order[1:]] == digest[order[:-1]]).all(axis=1) & digest[order[1:]].any(axis=1)
    for one, other in zip(order[:-1][same].tolist(), order[1:][same].tolist(), strict=True):
        forest.join(one, other)
    compared = size > 0
    compared[order[1:][same]] = False
    return _Corpus(
        ids.take(pa.array(rows)), rows, np.flatnonzero(~again), np.flatnonzero(compared), forest
    )


def _changes(ids: pa.Array) -> npt.NDArray[np.bool_]:
    """Whether each of some sorted ids differs from the one before."""
    import numpy as np
    import pyarrow.compute as pc

    differs = pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False).astype(np.bool_)
    return np.concatenate(([False], differs))[: len(ids)]


def _candidates(buckets: Buckets, count: int) -> Numbers:
    """Those of `count` texts that may be near to another, ascending."""
    import numpy as np

    marked = np.zeros(count, np.bool_)
    for band in range(BANDS):
        for one, other in buckets.pairs(band):
            new = np.flatnonzero(~(marked[one] & marked[other]))
            close = new[alike(buckets.sketches(one[new]), buckets.sketches(other[new]))]
            marked[one[close]] = True
            marked[other[close]] = True
    return np.flatnonzero(marked)


def _read_sets(
    batches: Batches, corpus: _Corpus, texts: Numbers, tell: Report
) -> Iterator[tuple[int, Hashes]]:
    """Read `texts` once more: number and set of each, in the order of the rows."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(texts):
        return
    text_at = np.full(len(corpus.rows), -1)
    text_at[corpus.rows[texts]] = texts
    row = done = 0
    for batch in batches():
        numbers = text_at[row : row + len(batch)]
        row += len(batch)
        wanted = np.flatnonzero(numbers >= 0)
        numbers = numbers[wanted]
        read = batch["article_id"].take(pa.array(wanted)).cast(pa.large_string())
        if len(numbers) and not pc.all(pc.equal(read, corpus.ids.take(pa.array(numbers)))).as_py():
            raise _changed()
        sets = shingle_sets(batch["text"].take(pa.array(wanted)))
        yield from zip(numbers.tolist(), sets, strict=True)
        done += len(numbers)
        tell("reading candidates", done)
    if row != len(text_at):
        raise _changed()


def _changed() -> DatasetBuilderError:
    return DatasetBuilderError(
        "the articles changed while they were being grouped",
        hint="run it again when nothing else writes to them",
    )


def _connect(buckets: Buckets, corpus: _Corpus, candidates: Numbers, sets: SetFile) -> None:
    """Join all pairs of candidates that share a bucket and are near."""
    import numpy as np

    texts, forest = corpus.compared, corpus.forest
    is_candidate = np.zeros(len(texts), np.bool_)
    is_candidate[np.searchsorted(texts, candidates)] = True
    far: Numbers = np.zeros(0, np.int64)
    for band in range(BANDS):
        new = [far]
        for places in buckets.pairs(band):
            pairs = np.stack((np.minimum(*places), np.maximum(*places)))
            pairs = pairs[:, is_candidate[pairs].all(axis=0)]
            pairs = pairs[:, forest.roots(texts[pairs[0]]) != forest.roots(texts[pairs[1]])]
            pairs = pairs[:, ~_among(far, pairs[0] * len(texts) + pairs[1])]
            pairs = pairs[:, alike(*map(buckets.sketches, pairs))]
            near = np.zeros(pairs.shape[1], np.bool_)
            for number, (one, other) in enumerate(texts[pairs].T.tolist()):
                near[number] = is_near(sets[one], sets[other])
                if near[number]:
                    forest.join(one, other)
            new.append(pairs[0, ~near] * len(texts) + pairs[1, ~near])
        if len(far) < _REMEMBERED:
            far = np.sort(np.concatenate(new), kind="stable")


def _among(known: Numbers, numbers: Numbers) -> npt.NDArray[np.bool_]:
    """Which of `numbers` are in `known`, which is sorted."""
    import numpy as np

    at = np.searchsorted(known, numbers)
    found: npt.NDArray[np.bool_] = at < len(known)
    found[found] = known[at[found]] == numbers[found]
    return found
