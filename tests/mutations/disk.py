"""Changing the files of a written release, with what the release says of them kept true."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from dataset_builder.project import SPLITS
from dataset_builder.release.content import content_sha256
from dataset_builder.release.manifest import file_sha256, sums_bytes
from dataset_builder.tables import TABLES
from tests.factory import registries
from tests.mutations.kind import NotHere

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def seal(release: Path) -> None:
    """Write SHA256SUMS anew."""
    (release / "SHA256SUMS").write_bytes(sums_bytes(release))


def name_in(release: Path, path: Path) -> str:
    """Path in the release."""
    return path.relative_to(release).as_posix()


def write(release: Path, name: str, text: str) -> None:
    """Write a document, and seal."""
    (release / name).write_text(text, encoding="utf-8")
    seal(release)


def replace(release: Path, name: str, old: str, new: str) -> None:
    """Replace words of a document once, and seal. Raises NotHere when they are not there."""
    text = (release / name).read_text(encoding="utf-8")
    if old not in text:
        raise NotHere
    write(release, name, text.replace(old, new, 1))


def replace_pattern(release: Path, name: str, pattern: str, new: str) -> None:
    """The same with a regular expression."""
    text = (release / name).read_text(encoding="utf-8")
    changed, count = re.subn(pattern, new, text, count=1, flags=re.MULTILINE)
    if not count:
        raise NotHere
    write(release, name, changed)


def edit_manifest(release: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change MANIFEST.json, and seal."""
    path = release / "MANIFEST.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    seal(release)


def edit_croissant(release: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change croissant.json, where there is one, and seal."""
    path = release / "croissant.json"
    if path.is_file():
        data = json.loads(path.read_text(encoding="utf-8"))
        change(data)
        path.write_text(json.dumps(data), encoding="utf-8")
        seal(release)


def front_of(release: Path) -> dict[str, Any]:
    """The card's front matter."""
    import yaml

    front = (release / "README.md").read_text(encoding="utf-8").split("---\n", 2)[1]
    found: dict[str, Any] = yaml.load(front, Loader=yaml.CSafeLoader)
    return found


def write_front(release: Path, front: dict[str, Any], prose: str) -> None:
    """Write the card; its front matter as JSON, which is YAML."""
    text = json.dumps(front, ensure_ascii=False)
    (release / "README.md").write_text(f"---\n{text}\n---\n{prose}", encoding="utf-8")


def edit_card(release: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the front matter of the card, and seal."""
    data = front_of(release)
    prose = (release / "README.md").read_text(encoding="utf-8").split("---\n", 2)[2]
    change(data)
    write_front(release, data, prose)
    seal(release)


def edit_prose(release: Path, change: Callable[[str], str]) -> None:
    """Change the words of the card below its front matter, and seal. Raises NotHere when nothing
    changes."""
    head, front, prose = (release / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    changed = change(prose)
    if changed == prose:
        raise NotHere
    write(release, "README.md", f"{head}---\n{front}---\n{changed}")


def config_of(card: dict[str, Any], table: str, key: str = "configs") -> dict[str, Any]:
    """The entry of a config in the card's front matter. Raises NotHere."""
    for item in card[key]:
        if item["config_name"] == table:
            return item
    raise NotHere


def split_of(card: dict[str, Any], table: str, split: str) -> dict[str, Any]:
    """What the front matter says of a split's size. Raises NotHere."""
    for item in config_of(card, table, "dataset_info")["splits"]:
        if item["name"] == split:
            return item
    raise NotHere


def feature(card: dict[str, Any], table: str, name: str) -> dict[str, Any]:
    """A column in the front matter."""
    found = config_of(card, table, "dataset_info")["features"]
    return next(item for item in found if item["name"] == name)


def files_of(release: Path, table: str, split: str) -> list[Path]:
    """The Parquet files of a split, in order. Raises NotHere when there are none."""
    found = sorted((release / table).glob(f"{split}-*.parquet"))
    if not found:
        raise NotHere
    return found


def file_of(release: Path, table: str, split: str) -> Path:
    """The first Parquet file of a split. Raises NotHere."""
    return files_of(release, table, split)[0]


def rewrite(
    release: Path, table: str, change: Callable[[Any], Any], split: str, **options: Any
) -> str:
    """Change the rows of the first file of a split as Arrow, and everything that the release says
    of the file; its name. `options` are those of `pyarrow.parquet.write_table`."""
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = files_of(release, table, split)
    old = files[0]
    before = pq.read_table(old).num_rows
    changed = change(pq.read_table(old))
    old.unlink()
    fresh = old.with_name("new")
    pq.write_table(changed, fresh, **{"compression": "zstd", **options})
    sha = file_sha256(fresh)
    new = fresh.rename(old.with_name(re.sub(r"-[0-9a-f]{12}\.", f"-{sha[:12]}.", old.name)))
    name, gone = name_in(release, new), name_in(release, old)
    raw = sum(map(raw_bytes, (new, *files[1:])))

    def manifest(data: dict[str, Any]) -> None:
        entry = data["configs"][table][split]
        entry["rows"] += changed.num_rows - before
        entry["files"][0] = {"file": name, "rows": changed.num_rows, "sha256": sha,
                             "bytes": new.stat().st_size}  # fmt: skip
        try:
            whole = pa.concat_tables([changed, *map(pq.read_table, files[1:])])
            entry["content_sha256"] = content_sha256(whole, TABLES[table], registries().ontology)
        except (KeyError, TypeError, pa.ArrowException, pl.exceptions.PolarsError):
            return

    def card(data: dict[str, Any]) -> None:
        for item in config_of(data, table)["data_files"]:
            item["path"] = [name if path == gone else path for path in item["path"]]
        sizes = split_of(data, table, split)
        sizes["num_examples"] += changed.num_rows - before
        sizes["num_bytes"] = raw
        tell_sizes(data, release)

    def croissant(data: dict[str, Any]) -> None:
        for item in data["distribution"]:
            if item.get("contentUrl") == gone:
                size = f"{new.stat().st_size} B"
                item |= {"@id": name, "contentUrl": name, "sha256": sha, "contentSize": size}

    edit_manifest(release, manifest)
    edit_croissant(release, croissant)
    edit_card(release, card)
    return name


def raw_bytes(file: Path) -> int:
    """Uncompressed size of a Parquet file's columns, as its footer has it."""
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(file)
    return sum(metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups))


def tell_sizes(front: dict[str, Any], release: Path) -> None:
    """Say in the front matter how large each config is, by the manifest and the splits."""
    manifest = json.loads((release / "MANIFEST.json").read_text(encoding="utf-8"))
    for info in front["dataset_info"]:
        splits = manifest["configs"].get(info["config_name"], {})
        info["download_size"] = sum(s["bytes"] for entry in splits.values() for s in entry["files"])
        info["dataset_size"] = sum(item["num_bytes"] for item in info["splits"])


def rewrite_all(release: Path, table: str, change: Callable[[Any], Any]) -> None:
    """The same for every split of a table, with all its rows in one file."""
    for split in SPLITS:
        if list((release / table).glob(f"{split}-*.parquet")):
            if len(files_of(release, table, split)) > 1:
                raise NotHere
            rewrite(release, table, change, split)


def remove(release: Path, table: str, split: str) -> None:
    """Take a split out of the release and out of everything that is said of it."""
    for path in files_of(release, table, split):
        path.unlink()

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
        tell_sizes(data, release)

    def croissant(data: dict[str, Any]) -> None:
        data["distribution"] = [
            item
            for item in data["distribution"]
            if not str(item.get("contentUrl")).startswith(f"{table}/{split}-")
        ]

    edit_manifest(release, manifest)
    edit_croissant(release, croissant)
    edit_card(release, card)


def raise_version(release: Path, old: str, new: str) -> None:
    """Give a release another version wherever it tells its own."""
    edit_manifest(release, lambda data: data.update(version=new))
    edit_croissant(release, lambda data: data.update(version=new))

    def card(data: dict[str, Any]) -> None:
        for item in data["configs"]:
            item["version"] = new

    edit_card(release, card)
    replace(release, "CITATION.cff", f'version: "{old}"', f'version: "{new}"')
    text = (release / "CHANGELOG.md").read_text(encoding="utf-8")
    dated = re.search(rf"(?m)^## \[{re.escape(old)}\] - (\S+)$", text)
    assert dated
    entry = f"## [{new}] - {dated[1]}\n\n### Changed\n\n- A test.\n\n"
    write(release, "CHANGELOG.md", f"{text[: dated.start()]}{entry}{text[dated.start() :]}")
