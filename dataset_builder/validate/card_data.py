"""REL: what the card tells of the data, in its YAML and its prose, against the data itself."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from dataset_builder.project import SPLITS
from dataset_builder.release.card import DEFAULT_CONFIG as DEFAULT
from dataset_builder.release.card import LARGEST as LARGEST_SIZE
from dataset_builder.release.card import SIZES
from dataset_builder.release.vocabulary import strangers
from dataset_builder.validate.documents import blocks, mappings
from dataset_builder.validate.release import Unavailable
from dataset_builder.validate.rules import Hit, Hits, Rule, of_release

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_builder.validate.release import Release

CARD, MANIFEST = "README.md", "MANIFEST.json"
_FRONT = re.compile(r"\A\ufeff?---\s*\n(?P<yaml>.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_CONFIG = re.compile(r"`(?P<name>\w+)`")
LARGEST = 10_000
"""Lines of the blocks of a card that are looked at."""


def _tables(lines: Sequence[str]) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Heading and rows of every pipe table in a piece of Markdown."""
    rows: list[list[str]] = []
    for line in [*lines[:LARGEST], ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif rows:
            yield rows[0], rows[2:]
            rows = []


def _counted(release: Release, table: str, column: str, vocabulary: str) -> dict[str, list[int]]:
    """Label -> rows in each split, in the order of SPLITS. Raises Unavailable."""
    import polars as pl

    frame = release.lazy(table, column, complete=True).group_by(column, "_split").len().collect()
    names = release.ontology.names(vocabulary)
    found = {name: [0] * len(SPLITS) for name in names}
    for value, split, count in frame.select(pl.col(column), "_split", "len").iter_rows():
        if split in SPLITS and isinstance(value, int) and 0 <= value < len(names):
            found[names[value]][SPLITS.index(split)] += count
    return found


COUNTED = {
    "Stance label": ("stance", "label", "stance_label"),
    "Basis of the stance rows": ("stance", "basis", "stance_basis"),
    "Event type": ("events", "type", "event_type"),
}
"""First heading of a table of the card -> what it counts."""
HEADS = {
    "stats": ("Rows",),
    "labels": tuple(COUNTED),
    "splits": ("Split",),
    "provenance": ("Annotator",),
}
"""Block of the card -> the first headings of its tables of figures."""


def _figures(release: Release) -> Hits:
    """Every number of the card's tables of rows, labels, stories and articles."""
    if release.card.error:
        return
    known: dict[str, dict[str, dict[str, int | str]]] = {}
    listed: dict[str, set[str]] = {}
    there = list(blocks(release.card.text))
    for block in there:
        if block.name not in HEADS:
            continue
        for head, rows in _tables(block.lines):
            if head[0] not in known:
                known[head[0]] = _known(release, head[0])
            wanted = known[head[0]]
            for cells in rows:
                name = _CONFIG.match(cells[0]) if head[0] == "Rows" else None
                key = name["name"] if name else cells[0]
                listed.setdefault(head[0], set()).add(key)
                expected = wanted.get(key)
                found = dict(zip(head, cells, strict=False))
                for column, number in (expected or {}).items():
                    if column in found and found[column] != str(number):
                        yield Hit(
                            f"the card's table {head[0]} has another number for {key}, {column}",
                            CARD, ids={"config": key}, expected=str(number), found=found[column],
                        )  # fmt: skip
    for block_name in sorted({block.name for block in there} & HEADS.keys()):
        for head_name in HEADS[block_name]:
            wanted = known.get(head_name) or _known(release, head_name)
            for key in sorted(wanted.keys() - listed.get(head_name, set())):
                if any(wanted[key].values()):
                    yield Hit(f"the card's table {head_name} says nothing of {key}", CARD,
                              ids={"config": key}, expected=key)  # fmt: skip


def _known(release: Release, head: str) -> dict[str, dict[str, int | str]]:
    """What a table has to say, as far as there is what it tells of."""
    try:
        return _wanted(release, head)
    except Unavailable:
        return {}


def _wanted(release: Release, head: str) -> dict[str, dict[str, int | str]]:
    """What a table of the card has to say: first cell -> heading -> cell. Raises Unavailable."""
    if head == "Annotator":
        return _annotators(release)
    if head in COUNTED:
        return {
            name: {**dict(zip(SPLITS, counts, strict=True)), "all": sum(counts)}
            for name, counts in _counted(release, *COUNTED[head]).items()
        }
    if head == "Rows":
        found: dict[str, dict[str, int | str]] = {}
        for table in release.tables:
            if table in release.incomplete:
                continue
            parts = [part for part in release.parts if part.table == table]
            rows = {split: sum(p.rows for p in parts if p.split == split) for split in SPLITS}
            found[table] = {**rows, "all": sum(rows.values())}
        return found
    if head == "Split":
        return _articles(release)
    return {}


def _annotators(release: Release) -> dict[str, dict[str, int | str]]:
    """The kind of each; one who is of two in the data is the business of another rule."""
    import polars as pl

    frame = release.lazy("annotations", "annotator", "annotator_kind", complete=True)
    kinds = release.ontology.names("annotator_kind")
    called = {"human": "person", "model": "language model"}
    counted = frame.group_by("annotator").agg(pl.col("annotator_kind").unique()).collect()
    return {
        f"`{name}`": {"Kind": called[kinds[found[0]]]}
        for name, found in counted.iter_rows()
        if len(found) == 1 and found[0] in range(len(kinds))
    }


def _articles(release: Release) -> dict[str, dict[str, int | str]]:
    import polars as pl

    frame = release.lazy("articles", "story", complete=True)
    counts = frame.group_by("_split").agg(
        stories=pl.col("story").n_unique(), articles=pl.len()
    ).collect()  # fmt: skip
    found: dict[str, dict[str, int | str]] = {
        split: {"Stories": 0, "Articles": 0} for split in SPLITS
    }
    for split, stories, articles in counts.select("_split", "stories", "articles").iter_rows():
        if split in found:
            found[split] = {"Stories": stories, "Articles": articles}
    return found


def _bytes(release: Release) -> Hits:
    import pyarrow.parquet as pq

    sizes: dict[tuple[str, str], tuple[int, int]] = {}
    for part in release.parts:
        if part.error is not None:
            continue
        footer = pq.read_metadata(part.path)
        raw = sum(footer.row_group(n).total_byte_size for n in range(footer.num_row_groups))
        on_disk, unpacked = sizes.get((part.table, part.split), (0, 0))
        sizes[part.table, part.split] = (on_disk + part.path.stat().st_size, unpacked + raw)
    yield from _listed_bytes(release)
    for info in mappings(release.card.data.get("dataset_info")):
        name = str(info.get("config_name", "default"))
        mine = {split: size for (table, split), size in sizes.items() if table == name}
        if not mine or name in release.incomplete:
            continue
        for item in mappings(info.get("splits")):
            split = str(item.get("name"))
            if split in mine and item.get("num_bytes") != mine[split][1]:
                yield Hit(f"the card has another number of bytes for {name}/{split}", CARD, split,
                          ids={"config": name}, expected=str(mine[split][1]),
                          found=str(item.get("num_bytes")))  # fmt: skip
        totals = {
            "download_size": sum(on_disk for on_disk, _ in mine.values()),
            "dataset_size": sum(raw for _, raw in mine.values()),
        }
        # The sum follows from its parts; only one that is wrong by itself is told.
        stated = [item.get("num_bytes") for item in mappings(info.get("splits"))]
        whole = sum(n for n in stated if isinstance(n, int))
        for key, expected in totals.items():
            found = info.get(key)
            if found != expected and not (key == "dataset_size" and found == whole):
                yield Hit(f"the card has another {key} for {name}", CARD, ids={"config": name},
                          expected=str(expected), found=str(found))  # fmt: skip


def _listed_bytes(release: Release) -> Hits:
    """The sizes of the files that the manifest lists."""
    configs = release.manifest.data.get("configs")
    on_disk = {part.file: part.path for part in release.parts if part.error is None}
    for splits in configs.values() if isinstance(configs, dict) else ():
        for split, entry in splits.items() if isinstance(splits, dict) else ():
            for shard in mappings(entry.get("files") if isinstance(entry, dict) else None):
                path = on_disk.get(str(shard.get("file")))
                if path is not None and shard.get("bytes") != path.stat().st_size:
                    yield Hit(f"{MANIFEST} has another size for {shard.get('file')}", MANIFEST,
                              str(split), expected=str(path.stat().st_size),
                              found=str(shard.get("bytes")))  # fmt: skip


def _looks(release: Release) -> Hits:
    """Values of the front matter that YAML reads otherwise than a person does."""
    front = _FRONT.match(release.card.text)
    if release.card.error or front is None:
        return
    for key in _doubled(front["yaml"]):
        yield Hit(f"the card's YAML has the key {key} twice; the last one counts", CARD, found=key)
    names: list[str] = []
    for item in mappings(release.card.data.get("configs")):
        name = item.get("config_name")
        names.append(str(name))
        yield from _string(name, "config_name")
        yield from _string(item.get("version"), f"the version of {name}")
        for files in mappings(item.get("data_files")):
            yield from _string(files.get("split"), f"a split of {name}")
    for name in sorted(name for name, count in Counter(names).items() if count > 1):
        yield Hit(f"the card has the config {name} twice; `datasets` mixes them", CARD,
                  ids={"config": name})  # fmt: skip
    for info in mappings(release.card.data.get("dataset_info")):
        yield from _string(info.get("config_name"), "config_name")
        for label in _label_names(info.get("features")):
            yield from _string(label, f"a label of {info.get('config_name')}")


def _head(release: Release) -> Hits:
    """What the Hub shows and filters by; nothing there or in `datasets` ever checks it."""
    import polars as pl

    if release.card.error:
        return
    data = release.card.data
    for key in ("license", "language", "size_categories"):
        if not data.get(key):
            yield Hit(f"the card states no {key}", CARD, expected=key)
    for key, word in strangers(data):
        yield Hit(f"the card's {key} is no word of the Hub's vocabulary", CARD, found=word)
    try:
        found = release.lazy("articles", "language", complete=True).select(
            pl.col("language").unique()
        )
        languages = {
            name for name in found.collect().to_series() if _LANGUAGE.fullmatch(name or "")
        }
        rows = release.lazy(DEFAULT, complete=True).select(pl.len()).collect().item()
    except Unavailable:
        return
    wanted = sorted(str(name) for name in languages - {"und"}) or ["und"]
    stated = data.get("language")
    listed = stated if isinstance(stated, list) else [stated]
    if stated and sorted(map(str, listed)) != wanted:
        yield Hit("the card names other languages than those of the articles", CARD,
                  expected=", ".join(wanted), found=", ".join(map(str, listed)))  # fmt: skip
    size = next((name for limit, name in SIZES if rows < limit), LARGEST_SIZE)
    sizes = data.get("size_categories")
    if sizes and sizes != [size]:
        yield Hit(f"the card's size_categories are not those of {rows} rows", CARD,
                  expected=size, found=str(sizes))  # fmt: skip


def _string(value: Any, what: str) -> Hits:
    if not isinstance(value, str):
        yield Hit(f"{what} is not a string: YAML reads 1.0, on and no without quotes as something"
                  " else", CARD, expected="a string in quotes", found=repr(value))  # fmt: skip


def _label_names(value: Any) -> Iterator[Any]:
    """The names of all class labels in the features of a card."""
    if isinstance(value, list):
        for item in value:
            yield from _label_names(item)
    elif isinstance(value, dict):
        label = value.get("class_label")
        names = label.get("names") if isinstance(label, dict) else None
        if isinstance(names, dict | list):
            yield from names.values() if isinstance(names, dict) else names
        else:
            for item in value.values():
                yield from _label_names(item)


def _doubled(text: str) -> list[str]:
    """Keys that a mapping of a YAML text has twice. The text was loaded before, so it is sane."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: list[str] = []
    open_: list[tuple[set[str], bool] | None] = []
    for event in yaml.parse(text, Loader=loader):
        mapping = open_[-1] if open_ else None
        if isinstance(event, yaml.CollectionEndEvent):
            open_.pop()
            continue
        if mapping is not None:
            keys, is_key = mapping
            if is_key and isinstance(event, yaml.ScalarEvent):
                if event.value in keys:
                    found.append(event.value)
                keys.add(event.value)
            if isinstance(event, yaml.NodeEvent):
                open_[-1] = (keys, not is_key)
        if isinstance(event, yaml.MappingStartEvent):
            open_.append((set(), True))
        elif isinstance(event, yaml.SequenceStartEvent):
            open_.append(None)
    return found


REBUILD = "Build the release again; never edit its card by hand."

CARD_DATA_RULES = of_release(
    Rule("REL023", "figures of the card are not those of the data", _figures,
         "Papers cite the numbers of the card, and readers choose by them.", REBUILD,
         "19,521 rows in the card, 16,521 in the files",
         after=("REL009", "REL014", "REL019", "SCH004", "SCH007", "SPL008", "SCH001", "SCH005",
                "REL013", "SCH010", "SCH013", "SPL009", "SPL010", "VOT006",
                "VOT008")),
    Rule("REL024", "sizes are not those of the files", _bytes,
         "download_size, dataset_size and num_bytes are shown before anyone downloads; nothing"
         " ever checks them.", REBUILD,
         after=("REL002", "REL004", "REL005", "REL007", "REL009", "REL011", "REL014", "SPL008",
                "REL006", "REL013", "REL001")),
    Rule("REL028", "YAML that says something else than it looks", _looks,
         "A key or config twice is merged in silence, `on` and `no` become true and false, 1.0"
         " becomes a number.", REBUILD, "`version: 1.10` is read as 1.1",
         after=("REL010",)),
    Rule("REL030", "head of the card", _head,
         "Licence, language and size are what data sets are found and chosen by; nothing but this"
         " ever checks them.", REBUILD,
         "`language: [de]` over English articles",
         after=("REL010", "REL009", "SCH010", "SCH013", "SPL008", "SCH001", "SCH004", "REL028")),
)  # fmt: skip
