"""What a mutant is: one defect seeded into a valid release, and where it must be found.

Each module of this folder holds the mutants of one family; they are collected by themselves. A new
one is a function with a decorator:

    @rows("KEY004")                 damages rows; the release is then written by the real writer
    @files("REL006")                damages the files of a written release
    @successor("VER004")            damages rows of a second release, judged against the first
    @predecessor("VER006")          damages the files of the first release

The function returns the `Place` at which the code has to be found.
"""

from __future__ import annotations

import copy
import hashlib
import importlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_builder.assemble.rows import digest, pair_id
from dataset_builder.release.content import content_sha256
from dataset_builder.release.manifest import file_sha256, sums_bytes
from dataset_builder.tables import TABLES
from dataset_builder.validate.release import ROW_ID
from tests.factory import make_release, make_world, registries

if TYPE_CHECKING:
    from collections.abc import Callable

ARTICLES = 6


@dataclass(frozen=True)
class Place:
    """Where a finding must be."""

    table: str | None
    """Table, or file."""
    split: str | None = None
    id: str | None = None
    """Id of the row."""
    says: str = ""
    """Words that the message must have."""


@dataclass(frozen=True)
class Mutant:
    """One defect."""

    kind: str
    code: str
    damage: Callable[..., Place]
    how: str
    version: str = "1.1.0"

    def make(self, base: Path, folder: Path) -> tuple[Path, Path | None, Place]:
        """Write the damaged release below `folder`: its path, the earlier release, the place.

        `base` is the undamaged release; it is left as it is.
        """
        if self.how == "files":
            release = folder / base.name
            shutil.copytree(base, release)
            return release, None, self.damage(release)
        if self.how == "predecessor":
            before = folder / base.name
            shutil.copytree(base, before)
            place = self.damage(before)
            return make_release(folder, n_articles=ARTICLES, version=self.version), before, place
        found = make_world(n_articles=ARTICLES).rows
        place = self.damage(found)
        if self.how == "successor":
            return make_release(folder, version=self.version, rows=found), base, place
        return make_release(folder, rows=found), None, place


def _decorator(how: str) -> Callable[..., Callable[[Callable[..., Place]], Mutant]]:
    def take(code: str, **more: Any) -> Callable[[Callable[..., Place]], Mutant]:
        return lambda damage: Mutant(damage.__name__, code, damage, how, **more)

    return take


rows = _decorator("rows")
files = _decorator("files")
successor = _decorator("successor")
predecessor = _decorator("predecessor")


def collect() -> list[Mutant]:
    """Every mutant of this folder."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    modules = [importlib.import_module(f"tests.mutations.{name}") for name in names]
    return [
        value for module in modules for value in vars(module).values() if isinstance(value, Mutant)
    ]


# Finding and changing rows


def all_of(found: Any, table: str, split: str = "train", **where: Any) -> list[dict[str, Any]]:
    """Rows with these values."""
    return [row for row in found[table, split] if all(row[name] == v for name, v in where.items())]


def one(found: Any, table: str, split: str = "train", **where: Any) -> dict[str, Any]:
    """The first row with these values; there must be one."""
    return all_of(found, table, split, **where)[0]


def at(table: str, row: dict[str, Any], split: str = "train", says: str = "") -> Place:
    """The place of a row."""
    return Place(table, split, row[ROW_ID[table]], says)


def stance(found: Any, kind: str = "e1", split: str = "train") -> dict[str, Any]:
    """The stance of the first article: `e1` actor on actor, `e2` on an issue, `e3` the author's."""
    where = {
        "e1": {"target_kind": "actor", "holder_kind": "actor", "basis": "annotated"},
        "e2": {"target_kind": "issue"},
        "e3": {"holder_kind": "author"},
    }[kind]
    return one(found, "stance", split, **where)


def identify(row: dict[str, Any], region: str | None = None) -> None:
    """Give a stance row the ids that its new holder or target ask for."""
    old = row["pair_id"]
    row["pair_id"] = pair_id(row["article_id"], row["holder_id"], row["target_id"])
    if region is not None:
        row["stance_id"] = digest((row["pair_id"], region))
    elif old != row["pair_id"]:
        raise ValueError("say which region the evidence has")


def region_of(found: Any, row: dict[str, Any], split: str = "train") -> str:
    """The region id that makes up the stance_id of a row."""
    if row["evidence"] is None:
        return "derived"
    for item in found["annotations", split]:
        if (
            item["kind"] == "span"
            and digest((row["pair_id"], item["region_id"])) == row["stance_id"]
        ):
            return str(item["region_id"])
    raise ValueError(row["stance_id"])


def retext(found: Any, addition: str, split: str = "train") -> dict[str, Any]:
    """Add to the text of the first article, with hashes and the last ranges to match; its row."""
    article = found["articles", split][0]
    article["text"] += addition
    article["paragraphs"][-1]["end"] = article["sentences"][-1]["end"] = len(article["text"])
    article["text_sha256"] = hashlib.sha256(article["text"].encode()).hexdigest()
    for row in all_of(found, "annotations", split, article_id=article["article_id"]):
        row["text_sha256"] = article["text_sha256"]
    return article


def move(found: Any, article_id: str, old: str, new: str, *, derived: bool = False) -> None:
    """Move an article with all its rows into another split; derived rows only when asked."""
    for table in ROW_ID:
        moving = all_of(found, table, old, article_id=article_id)
        found[table, old] = [row for row in found[table, old] if row not in moving]
        found[table, new] += [row for row in moving if derived or row.get("basis") != "derived"]


def clone(found: Any, article_id: str, old: str, new: str, name: str) -> None:
    """Put a copy of an article with all its rows, as article `name`, into another split."""
    for table in ROW_ID:
        for original in all_of(found, table, old, article_id=article_id):
            if original.get("basis") == "derived":
                continue
            region = region_of(found, original, old) if table == "stance" else None
            row = copy.deepcopy(original)
            row["article_id"] = name
            for column in ("story", "duplicate_group"):
                if column in row:
                    row[column] = name
            for column in ("mention_id", "event_id", "annotation_id"):
                if column in row:
                    row[column] = row[column].replace(article_id, name)
            if table == "stance":
                identify(row, region)
            found[table, new].append(row)


# Changing files


def seal(release: Path) -> None:
    """Write SHA256SUMS anew."""
    (release / "SHA256SUMS").write_bytes(sums_bytes(release))


def edit_manifest(release: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change MANIFEST.json, and seal."""
    path = release / "MANIFEST.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    seal(release)


def edit_card(release: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the front matter of the card, and seal."""
    import yaml

    path = release / "README.md"
    _, front, prose = path.read_text(encoding="utf-8").split("---\n", 2)
    data = yaml.load(front, Loader=yaml.CSafeLoader)
    change(data)
    front = yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    path.write_text(f"---\n{front}---\n{prose}", encoding="utf-8")
    seal(release)


def config_of(card: dict[str, Any], table: str, key: str = "configs") -> dict[str, Any]:
    """The entry of a config in the card's front matter."""
    return next(item for item in card[key] if item["config_name"] == table)


def file_of(release: Path, table: str, split: str = "train") -> Path:
    """The Parquet file of a split."""
    return next((release / table).glob(f"{split}-*.parquet"))


def rewrite(release: Path, table: str, change: Callable[[Any], Any], split: str = "train") -> None:
    """Change the rows of a file as Arrow, and everything that the release says of the file."""
    import pyarrow.parquet as pq

    old = file_of(release, table, split)
    changed = change(pq.read_table(old))
    old.unlink()
    fresh = old.with_name("new")
    pq.write_table(changed, fresh)
    sha = file_sha256(fresh)
    new = fresh.rename(old.with_name(f"{split}-00000-of-00001-{sha[:12]}.parquet"))
    name = f"{table}/{new.name}"

    def manifest(data: dict[str, Any]) -> None:
        entry = data["configs"][table][split]
        entry["rows"] = changed.num_rows
        entry["files"] = [
            {"file": name, "rows": changed.num_rows, "sha256": sha, "bytes": new.stat().st_size}
        ]
        try:
            content = content_sha256(changed, TABLES[table], registries().ontology)
        except KeyError:
            return
        entry["content_sha256"] = content

    def card(data: dict[str, Any]) -> None:
        for item in config_of(data, table)["data_files"]:
            if item["split"] == split:
                item["path"] = [name]
        for item in config_of(data, table, "dataset_info")["splits"]:
            if item["name"] == split:
                item["num_examples"] = changed.num_rows

    edit_manifest(release, manifest)
    edit_card(release, card)


def remove(release: Path, table: str, split: str) -> None:
    """Take a split out of the release and out of everything that is said of it."""
    file_of(release, table, split).unlink()

    def manifest(data: dict[str, Any]) -> None:
        del data["configs"][table][split]
        if not data["configs"][table]:
            del data["configs"][table]

    def card(data: dict[str, Any]) -> None:
        config, info = config_of(data, table), config_of(data, table, "dataset_info")
        config["data_files"] = [i for i in config["data_files"] if i["split"] != split]
        info["splits"] = [i for i in info["splits"] if i["name"] != split]
        if not config["data_files"]:
            data["configs"].remove(config)
            data["dataset_info"].remove(info)

    edit_manifest(release, manifest)
    edit_card(release, card)
