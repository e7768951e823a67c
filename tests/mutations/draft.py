"""A valid release as rows that can be damaged, and written again with everything that it says of
itself (digests, card, manifest) brought up to date: only the defect is wrong with a mutant."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from dataset_builder.assemble.rows import digest, pair_id
from dataset_builder.ledger import PUBLISHED, LedgerEntry
from dataset_builder.project import SPLITS
from dataset_builder.release.content import content_sha256
from dataset_builder.release.manifest import MANIFEST, file_sha256
from dataset_builder.tables import TABLES, ClassOf, ListOf, Struct, arrow_schema
from dataset_builder.validate.release import ROW_ID
from tests.factory import _ids, place_in_table, registries, trigger_rows
from tests.mutations.disk import (
    edit_croissant,
    front_of,
    raise_version,
    raw_bytes,
    seal,
    tell_sizes,
    write_front,
)
from tests.mutations.figures import figured
from tests.mutations.kind import NotHere, Place
from tests.withholding import withhold

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from dataset_builder.tables import Type
    from dataset_builder.takedown import Takedown
    from tests.mutations.kind import Site

Row = dict[str, Any]
Where = tuple[str, str]
FROM = ("articles", "events")
"""What the table triggers follows from."""


@cache
def schema_of(table: str) -> pa.Schema:
    """The Arrow schema of a table of the contract."""
    return arrow_schema(TABLES[table], registries().ontology)


class Base:
    """A valid release in a folder, read once."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder

    @cached_property
    def tables(self) -> dict[Where, pa.Table]:
        """(table, split) -> rows of all its shards."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        found = {}
        for table in TABLES:
            for split in SPLITS:
                files = sorted((self.folder / table).glob(f"{split}-*.parquet"))
                if files:
                    found[table, split] = pa.concat_tables(map(pq.read_table, files))
        return found

    @cached_property
    def rows(self) -> dict[Where, bytes]:
        """The rows with labels by name, pickled: a copy is a load."""
        ontology = registries().ontology
        return {
            (table, split): pickle.dumps(
                [
                    {c.name: _names(c.type, row[c.name], ontology) for c in TABLES[table].columns}
                    for row in found.to_pylist()
                ]
            )
            for (table, split), found in self.tables.items()
        }

    @cached_property
    def shards(self) -> dict[Where, list[int]]:
        """Rows of each shard."""
        configs = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))["configs"]
        return {
            (table, split): [shard["rows"] for shard in entry["files"]]
            for table, splits in configs.items()
            for split, entry in splits.items()
        }

    @cached_property
    def front(self) -> bytes:
        """The card's front matter, pickled."""
        return pickle.dumps(front_of(self.folder))


class Draft:
    """Rows of a release by (table, split), to be damaged."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self._rows: dict[Where, list[Row]] = {}
        self.takedowns: list[Takedown] = []
        self.figures = True
        """Whether the card's figures follow the rows."""
        self.withheld = False
        """Whether the release is written without its text."""
        self.in_order = True
        """Whether rows are written in the order of their keys, as `build` does."""
        self._moved = False
        """Whether articles were moved with all their rows."""

    def __getitem__(self, where: Where) -> list[Row]:
        if where not in self._rows:
            pickled = self.base.rows.get(where)
            self._rows[where] = pickle.loads(pickled) if pickled else []
        return self._rows[where]

    def __setitem__(self, where: Where, rows: list[Row]) -> None:
        self._rows[where] = rows

    @cached_property
    def ledger(self) -> dict[str, LedgerEntry]:
        """What a project that built this release has in its ledger, by article."""
        return {
            row["article_id"]: LedgerEntry(
                article_id=row["article_id"],
                aliases=(),
                duplicate_group=row["duplicate_group"],
                story=row["story"],
                split=split,
                status=PUBLISHED,
                reason=None,
                text_sha256=row["text_sha256"],
                version="1.0.0",
            )
            for split in SPLITS
            for row in self["articles", split]
        }

    # Looking

    def all(self, table: str, split: str = "", **values: Any) -> list[Row]:
        """Rows with these values, in one split or all."""
        return [
            row
            for name in ([split] if split else SPLITS)
            for row in self[table, name]
            if all(row[key] == value for key, value in values.items())
        ]

    def one(self, table: str, split: str = "", **values: Any) -> Row:
        """The first row with these values. Raises NotHere."""
        for row in self.all(table, split, **values):
            return row
        raise NotHere

    def pick(
        self, site: Site, rng: random.Random, fits: Callable[[Row], Any] = bool, table: str = ""
    ) -> Row:
        """Some row of the site (or of another table in its split) that fits. Raises NotHere."""
        found = [row for row in self[table or site.table, site.split] if fits(row)]
        if not found:
            raise NotHere
        return rng.choice(found)

    def article(self, row: Row) -> Row:
        """The article of a row."""
        return self.one("articles", article_id=row["article_id"])

    def at(self, table: str, row: Row, split: str, says: str = "") -> Place:
        """The place that a row will have."""
        self._put_in_order(table, split)
        number = next(n for n, other in enumerate(self[table, split]) if other is row)
        return Place(table, split, row[ROW_ID[table]], says, number)

    def region_of(self, row: Row, split: str) -> str:
        """The region id that a stance_id is made from. Raises NotHere."""
        if row["evidence"] is None:
            return "derived"
        for item in self["annotations", split]:
            marked = item["article_id"] == row["article_id"] and item["kind"] == "span"
            if marked and digest((row["pair_id"], item["region_id"])) == row["stance_id"]:
                return str(item["region_id"])
        raise NotHere

    def winner(self, row: Row, split: str) -> str:
        """annotation_id of the annotation that a row was made from. Raises NotHere."""
        region = (
            row["mention_id"].partition(":")[2]
            if "mention_id" in row
            else self.region_of(row, split)
        )
        return str(
            self.one("annotations", split, article_id=row["article_id"], region_id=region)[
                "annotation_id"
            ]
        )

    # Changing

    def _put_in_order(self, table: str, split: str) -> None:
        if self.in_order:
            ontology = registries().ontology
            self[table, split].sort(key=lambda row: place_in_table(row, table, ontology))

    def identify(self, row: Row, region: str) -> None:
        """Give a stance row the ids that its new article, holder or target ask for."""
        row["pair_id"] = pair_id(row["article_id"], row["holder_id"], row["target_id"])
        row["stance_id"] = digest((row["pair_id"], region))

    def retext(self, article: Row, addition: str, split: str, *, apart: bool = False) -> Row:
        """Add to the text of an article, with hashes to match: to its last sentence and what has it
        as context, or `apart`, as a paragraph of its own."""
        last = len(article["text"])
        article["text"] += f"\n\n{addition}" if apart else addition
        end = len(article["text"])
        if apart:
            article["paragraphs"].append({"start": last + 2, "end": end})
            article["sentences"].append({"start": last + 2, "end": end})
        else:
            article["paragraphs"][-1]["end"] = article["sentences"][-1]["end"] = end
            for table in ("stance", "events"):
                for row in self.all(table, split, article_id=article["article_id"]):
                    if row["context_start"] + len(row["text"]) == last:
                        row["text"] += addition
        old = article["text_sha256"]
        article["text_sha256"] = hashlib.sha256(article["text"].encode()).hexdigest()
        for row in self.all("annotations", split, article_id=article["article_id"]):
            if row["text_sha256"] == old:
                row["text_sha256"] = article["text_sha256"]
        return article

    def move(self, article_id: str, old: str, new: str, *, derived: bool = False) -> None:
        """Move an article with all its rows into another split; derived rows only when asked."""
        self._moved = True
        for table in ROW_ID:
            stay = [row for row in self[table, old] if row["article_id"] != article_id]
            moving = [row for row in self[table, old] if row["article_id"] == article_id]
            self[table, old] = stay
            self[table, new] += [r for r in moving if derived or r.get("basis") != "derived"]

    def clone(self, article_id: str, old: str, new: str, name: str) -> Row:
        """Put a copy of an article with all its rows, as article `name`, into another split."""
        self._moved = True
        for table in ROW_ID:
            copies = pickle.loads(pickle.dumps(self.all(table, old, article_id=article_id)))
            for row in copies:
                if row.get("basis") == "derived":
                    continue
                region = self.region_of(row, old) if table == "stance" else ""
                row["article_id"] = name
                if table == "articles":
                    row["raw_sha256"] = f"{name}{row['raw_sha256'][16:]}"
                for column in ("story", "duplicate_group"):
                    if column in row:
                        row[column] = name
                for column in ("mention_id", "event_id", "id", "annotation_id"):
                    if column in row:
                        row[column] = row[column].replace(article_id, name)
                if table == "stance":
                    pair = row["pair_id"]
                    self.identify(row, region)
                    self._rename_pair(new, name, pair, row["pair_id"])
                self[table, new].append(row)
        self._cloned_grid(article_id, old, new, name)
        return self.one("articles", new, article_id=name)

    def _rename_pair(self, split: str, article_id: str, old: str, new: str) -> None:
        for row in self.all("annotations", split, article_id=article_id, name=f"pair:{old}"):
            row["name"] = f"pair:{new}"

    def _cloned_grid(self, article_id: str, old: str, new: str, name: str) -> None:
        """Answers of the grid are named after pairs, and those after their article."""
        for row in self.all("stance", old, article_id=article_id):
            other = pair_id(name, row["holder_id"], row["target_id"])
            self._rename_pair(new, name, row["pair_id"], other)

    # Writing

    def write(self, parent: Path, version: str = "1.0.0", *, touch: bool = False) -> Path:
        """Write the release into `parent`; only what was changed is made anew, or, with `touch`,
        whatever was looked at."""
        release = shutil.copytree(self.base.folder, parent / version)
        self._retag()
        for where in self._rows:
            self._put_in_order(*where)
        changed = {
            where: self._table(where)
            for where, rows in self._rows.items()
            if touch or pickle.dumps(rows) != self.base.rows.get(where, pickle.dumps([]))
        }
        if changed:
            self._write_tables(release, changed)
        if version != "1.0.0":
            raise_version(release, "1.0.0", version)
        seal(release)
        if self.withheld:
            withhold(release)
        return release

    def _retag(self) -> None:
        """Let triggers follow from texts and events, as in a release that was built of them; unless
        they are what was damaged."""
        looked_at = [where for where in self._rows if where[0] == "triggers"]
        if not self._moved and any(
            pickle.dumps(self[where]) != self.base.rows.get(where, pickle.dumps([]))
            for where in looked_at
        ):
            return
        for split in sorted({split for table, split in self._rows if table in FROM}):
            there = {row["article_id"] for row in self["triggers", split]}
            made = []
            once = {row["article_id"]: row for row in reversed(self["articles", split])}
            for article in once.values():
                if article["article_id"] in there:
                    events = [
                        row
                        for row in self["events", split]
                        if row["article_id"] == article["article_id"]
                        and isinstance(row["type"], str)  # else it is no type at all
                    ]
                    try:
                        made += trigger_rows(
                            {"articles": [article], "events": events}, registries()
                        )
                    except TypeError:  # what they follow from is missing
                        return
            homeless = there - {row["article_id"] for row in self["articles", split]}
            made += [row for row in self["triggers", split] if row["article_id"] in homeless]
            if made and made != self["triggers", split]:
                made.sort(key=lambda row: (row["article_id"], row["sentence_index"]))
                self["triggers", split] = made

    def _table(self, where: Where) -> pa.Table:
        import pyarrow as pa

        table = TABLES[where[0]]
        ontology = registries().ontology
        rows = [
            {c.name: _ids(c.type, row[c.name], ontology) for c in table.columns}
            for row in self._rows[where]
        ]
        return pa.Table.from_pylist(rows, schema=schema_of(where[0]))

    def _write_tables(self, release: Path, changed: dict[Where, pa.Table]) -> None:
        import pyarrow.parquet as pq

        manifest = json.loads((release / MANIFEST).read_text(encoding="utf-8"))
        front = pickle.loads(self.base.front)
        for (name, split), table in changed.items():
            folder = release / name
            folder.mkdir(exist_ok=True)
            for old in folder.glob(f"{split}-*.parquet"):
                old.unlink()
            shards, raw = [], 0
            sizes = _sizes(table.num_rows, self.base.shards.get((name, split), [table.num_rows]))
            for number, (first, size) in enumerate(sizes):
                fresh = folder / "new"
                pq.write_table(table.slice(first, size), fresh, compression="zstd")
                raw += raw_bytes(fresh)
                sha = file_sha256(fresh)
                file = f"{split}-{number:05}-of-{len(sizes):05}-{sha[:12]}.parquet"
                path = fresh.rename(folder / file)
                shards.append({"file": f"{name}/{file}", "rows": size, "sha256": sha,
                               "bytes": path.stat().st_size})  # fmt: skip
            splits = manifest["configs"][name]
            if shards:
                content = content_sha256(table, TABLES[name], registries().ontology)
                entry = {"files": shards, "rows": table.num_rows, "content_sha256": content}
                manifest["configs"][name] = {
                    key: entry if key == split else splits[key]
                    for key in SPLITS
                    if key in splits or key == split
                }
            else:
                splits.pop(split, None)
            _tell(front, name, split, shards, raw)
            edit_croissant(release, lambda data: _offer(data, f"{name}/{split}-", shards))  # noqa: B023 - called at once
        (release / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        tell_sizes(front, release)
        prose = (release / "README.md").read_text(encoding="utf-8").split("---\n", 2)[2]
        if self.figures:
            prose = figured(prose, manifest, {**self.base.tables, **changed})
        write_front(release, front, prose)


def refigure(release: Path) -> None:
    """Bring the figures of the card up to date with the files, and seal."""
    manifest = json.loads((release / MANIFEST).read_text(encoding="utf-8"))
    text = (release / "README.md").read_text(encoding="utf-8")
    whole = figured(text, manifest, Base("", release).tables)
    (release / "README.md").write_text(whole, encoding="utf-8")
    seal(release)


def _sizes(rows: int, before: list[int]) -> list[tuple[int, int]]:
    """(first, size) of the shards: as before, the last one taking what is more or less."""
    found, done = [], 0
    for number, size in enumerate(before):
        taken = min(size, rows - done) if number < len(before) - 1 else rows - done
        if taken > 0:
            found.append((done, taken))
            done += taken
    return found


def _offer(data: Row, prefix: str, shards: list[Row]) -> None:
    """Say in croissant.json which files begin with `prefix`."""
    offered = data["distribution"]
    others = [one for one in offered if not str(one.get("contentUrl")).startswith(prefix)]
    a_file = next(one for one in offered if "contentUrl" in one)
    data["distribution"] = [
        *(
            {**a_file, "@id": file, "name": file, "contentUrl": file, "sha256": shard["sha256"],
             "contentSize": f"{shard['bytes']} B"}
            for shard in shards for file in (shard["file"],)
        ),
        *others,
    ]  # fmt: skip


def _tell(front: Row, name: str, split: str, shards: list[Row], raw: int) -> None:
    """Say in the card's front matter what the files of a split are."""
    order = list(TABLES)
    for key in ("configs", "dataset_info"):
        if all(item["config_name"] != name for item in front[key]):
            made = {"config_name": name}
            made |= {"data_files": [], "version": front["configs"][0]["version"]} if (
                key == "configs"
            ) else {"features": [], "splits": []}  # fmt: skip
            front[key].append(made)
            front[key].sort(key=lambda item: order.index(item["config_name"]))
    config = next(item for item in front["configs"] if item["config_name"] == name)
    info = next(item for item in front["dataset_info"] if item["config_name"] == name)
    config["data_files"] = [item for item in config["data_files"] if item["split"] != split]
    info["splits"] = [item for item in info["splits"] if item["name"] != split]
    if shards:
        config["data_files"].append({"split": split, "path": [s["file"] for s in shards]})
        rows = sum(shard["rows"] for shard in shards)
        info["splits"].append({"name": split, "num_bytes": raw, "num_examples": rows})
        config["data_files"].sort(key=lambda item: SPLITS.index(item["split"]))
        info["splits"].sort(key=lambda item: SPLITS.index(item["name"]))
    if not info["splits"]:
        front["configs"].remove(config)
        front["dataset_info"].remove(info)


def _names(kind: Type, value: Any, ontology: Any) -> Any:
    """Class ids -> label names, at any depth."""
    if value is None:
        return None
    if isinstance(kind, ClassOf):
        return ontology.names(kind.vocabulary)[value]
    if isinstance(kind, ListOf):
        return [_names(kind.item, item, ontology) for item in value]
    if isinstance(kind, Struct):
        return {name: _names(item, value[name], ontology) for name, item in kind.fields}
    return value
