"""64-bit digests of values: equal values have equal ones, whatever their types are called.

Labels count by their names, so a vocabulary in another order is no other data; numbers by their
value, so a wider type is none either; fields of a struct by their names, and only those that both
releases have. Two different values share a digest once in 10^19 times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from dataset_builder.diff.reading import Config
    from dataset_builder.validate.declared import Shape

    Hashes = npt.NDArray[np.uint64]

TEXT: Final = "text"
"""Name of what holds words of an article; see `column_digests`."""
NULL: Final = 0x6E756C6C
"""Digest of no value."""
_SEEDS: Final = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)


def column_digests(config: Config, column: str, other: Shape, *, words: bool = True) -> Hashes:
    """The digest of every row's value in a column, rows as `Config` numbers them.

    `other` is the shape of the column that it is to be compared with. Without `words`, fields named
    `text` count nothing: one of the releases does not have them.
    """
    return _digested(config, column, other, (0,), words=words)[0]


def wide_digests(
    config: Config, column: str, other: Shape, *, words: bool = True
) -> tuple[Hashes, Hashes]:
    """The same with 128 bits, in two halves: for keys, of which no two may ever be mistaken."""
    one, two = _digested(config, column, other, (0, 1), words=words)
    return one, two


def _digested(
    config: Config, column: str, other: Shape, seeds: tuple[int, ...], *, words: bool
) -> list[Hashes]:
    import numpy as np

    shape = config.shapes[column]
    parts: list[list[Hashes]] = [[np.zeros(0, np.uint64)] for _ in seeds]
    for values in config.batches(column):
        for part, seed in zip(parts, seeds, strict=True):
            part.append(digests(values, shape, other, seed=seed, words=words))
    return [np.concatenate(part) for part in parts]


def digests(values: pa.Array, own: Shape, other: Shape, *, seed: int, words: bool) -> Hashes:
    """One digest per value; `seed` is 0 or 1."""
    import pyarrow as pa

    found = values.type
    if pa.types.is_struct(found):
        return _structs(values, own, other, seed, words)
    if pa.types.is_list(found) or pa.types.is_large_list(found):
        return _lists(values, own, other, seed, words)
    if own[0] == "class" and pa.types.is_integer(found):
        return _labels(values, own[1], seed)
    return _plain(_canonical(values), seed)


def _canonical(values: pa.Array) -> pa.Array:
    """In the widest type of its kind."""
    import pyarrow as pa

    kind = values.type
    if pa.types.is_dictionary(kind):
        return _canonical(values.dictionary_decode())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return values.cast(pa.large_string())
    if pa.types.is_integer(kind) and kind != pa.uint64():
        return values.cast(pa.int64())
    if pa.types.is_floating(kind):
        return values.cast(pa.float64())
    if pa.types.is_date(kind):
        return values.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    if pa.types.is_timestamp(kind):
        return values.cast(pa.timestamp("us", kind.tz)).cast(pa.int64())
    if pa.types.is_boolean(kind):
        return values.cast(pa.int64())
    return pa.array(map(repr, values.to_pylist()), pa.large_string())


def _plain(values: pa.Array, seed: int) -> Hashes:
    import numpy as np
    import polars as pl

    found = pl.Series(values).hash(_SEEDS[seed]).to_numpy().astype(np.uint64)
    return np.where(_nulls(values), np.uint64(NULL), found)


def _nulls(values: pa.Array) -> npt.NDArray[np.bool_]:
    import numpy as np

    found: npt.NDArray[np.bool_] = values.is_null().to_numpy(zero_copy_only=False)
    return found.astype(np.bool_)


def _labels(ids: pa.Array, names: tuple[str, ...], seed: int) -> Hashes:
    """By name; an id that no label has is the number that it is."""
    import numpy as np
    import pyarrow as pa

    named = _plain(pa.array([*names, ""], pa.large_string()), seed)
    numbers = ids.cast(pa.int64()).fill_null(-1)
    raw = numbers.to_numpy(zero_copy_only=False)
    known = (raw >= 0) & (raw < len(names))
    found = np.where(known, named[np.where(known, raw, len(names))], _plain(numbers, seed))
    return np.where(_nulls(ids), np.uint64(NULL), found)


def _structs(values: pa.Array, own: Shape, other: Shape, seed: int, words: bool) -> Hashes:
    import numpy as np

    from dataset_builder.grouping.shingles import mixed

    mine = dict(own[1]) if own[0] == "struct" else {}
    theirs = dict(other[1]) if other[0] == "struct" else mine
    total = np.zeros(len(values), np.uint64)
    for field, child in zip(values.type, values.flatten(), strict=True):
        name = field.name
        if name not in theirs or (name == TEXT and not words):
            continue
        inner = digests(child, mine.get(name, ("value", "")), theirs[name], seed=seed, words=words)
        total += mixed(inner ^ _of_name(name, seed))
    return np.where(_nulls(values), np.uint64(NULL), mixed(total))


def _of_name(name: str, seed: int) -> np.uint64:
    import pyarrow as pa

    found: np.uint64 = _plain(pa.array([name], pa.large_string()), seed)[0]
    return found


def _lists(values: pa.Array, own: Shape, other: Shape, seed: int, words: bool) -> Hashes:
    """Every item with its place; sums of a list are differences of running sums."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from dataset_builder.grouping.shingles import mixed

    mine = own[1] if own[0] == "list" else ("value", "")
    theirs = other[1] if other[0] == "list" else mine
    items = digests(values.flatten(), mine, theirs, seed=seed, words=words)
    lengths = pc.fill_null(pc.list_value_length(values), 0).cast(pa.int64())
    counts = lengths.to_numpy(zero_copy_only=False)
    ends = np.cumsum(counts)
    places = (np.arange(len(items)) - np.repeat(ends - counts, counts)).astype(np.uint64)
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(mixed(items ^ mixed(places + 1)))))
    total = sums[ends] - sums[ends - counts]
    found = mixed(total + mixed(counts.astype(np.uint64) + np.uint64(1)))
    return np.where(_nulls(values), np.uint64(NULL), found)
