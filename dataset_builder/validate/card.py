"""REL: the card. Its YAML is what `load_dataset` obeys, in silence, even against the files."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from dataset_builder.tables import TABLES
from dataset_builder.validate import declared
from dataset_builder.validate.documents import blocks, lines_of, mappings, read_text, read_yaml
from dataset_builder.validate.rules import Hit, Hits, Rule, listed, of_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.validate.release import Release

CARD, MANIFEST = "README.md", "MANIFEST.json"
DEFAULT = next(iter(TABLES))
KEYS = frozenset(("config_name", "version", "default", "data_files"))
FILE = frozenset(("split", "path"))
"""What a config of the card has, and each of its `data_files`."""
FILLED = frozenset(("version", "stats", "labels", "splits", "agreement", "provenance"))
"""Blocks that every card has."""
_PICTURE = re.compile(r"!\[[^\]\n]{0,300}\]\((?P<file>figures/[\w./-]+)\)")
_VERSIONED = re.compile(r"(?P<version>\d+\.\d+\.\d+)(?:[-_].*)?")
"""Name of the folder of a release; what people add to it is theirs: `1.0.0-copy`."""


def _by_config(release: Release, key: str) -> dict[str, dict[str, Any]]:
    return {
        str(item.get("config_name", "default")): item
        for item in mappings(release.card.data.get(key))
    }


def _tables(release: Release) -> list[str]:
    """Tables of the contract that have files, in the order of the contract."""
    there = {part.table for part in release.parts}
    return [name for name in release.tables if name in there]


def _card(release: Release) -> Hits:
    if release.card.error:
        text = f"{CARD}: {release.card.error}"
        yield Hit(text, table=CARD)


def _features(release: Release) -> Hits:
    if release.card.error:
        return
    infos = _by_config(release, "dataset_info")
    offered = {*_by_config(release, "configs"), *release.tables}
    for name in infos:
        if name not in offered:
            yield Hit(f"the card describes the columns of {name}, which is no config", CARD,
                      ids={"config": name}, found=name)  # fmt: skip
    for name in _tables(release):
        if name not in infos:
            yield Hit(f"the card says nothing of the columns of {name}", CARD, expected=name)
            continue
        found = declared.of_card(infos[name].get("features"))
        wanted = declared.of_table(release.tables[name], release.ontology)
        for column, expected, got in declared.differences(wanted, found):
            text = f"the card has {column} of {name} otherwise than the contract"
            yield Hit(text, CARD, ids={"config": name}, expected=expected, found=got)


def _data_files(release: Release) -> Iterator[tuple[str, str, str]]:
    """(config, split, path) as the card has them."""
    for config, item in _by_config(release, "configs").items():
        for files in mappings(item.get("data_files")):
            paths = files.get("path")
            for path in paths if isinstance(paths, list) else [paths]:
                yield config, str(files.get("split")), str(path)


def _settings(release: Release) -> Hits:
    """Of the builder that `load_dataset` takes: they leave out columns, rows and labels."""
    for config, item in _by_config(release, "configs").items():
        ids = {"config": config}
        files = mappings(item.get("data_files"))
        for key in sorted(
            {*map(str, item)} - KEYS | {k for f in files for k in map(str, f)} - FILE
        ):
            yield Hit(f"the card loads {config} with a setting {key}", CARD, ids=ids, found=key)
        if not files:
            yield Hit(f"the card offers {config} without any file", CARD, ids=ids)
        splits = Counter(str(entry.get("split")) for entry in files)
        for split in sorted(name for name, count in splits.items() if count > 1):
            text = f"the card offers {config}/{split} twice"
            yield Hit(text, CARD, split, ids=ids, found=split)


def _configs(release: Release) -> Hits:
    if release.card.error:
        return
    yield from _settings(release)
    offered = list(_data_files(release))
    found = set(offered)
    for config, split, path in sorted(place for place, n in Counter(offered).items() if n > 1):
        yield Hit(f"the card offers {path} twice", CARD, split, found=path, ids={"config": config})
    wanted = {(part.table, part.split, part.file) for part in release.parts}
    for config, split, path in sorted(wanted - found):
        yield Hit(f"the card does not offer {path}", CARD, split, expected=path,
                  ids={"config": config})  # fmt: skip
    for config, split, path in sorted(found - wanted):
        yield Hit(f"the card offers {path}, which is not that file of {config}/{split}", CARD,
                  split, found=path, ids={"config": config})  # fmt: skip


def _sizes(release: Release) -> Hits:
    if release.card.error:
        return
    rows: dict[tuple[str, str], int] = {}
    damaged = set()
    for part in release.parts:
        key = (part.table, part.split)
        if part.error is not None:
            damaged.add(key)
        else:
            rows[key] = rows.get(key, 0) + part.rows
    infos = _by_config(release, "dataset_info")
    for name in _tables(release):
        if name not in infos:
            continue
        stated = {
            (name, str(item.get("name"))): item.get("num_examples")
            for item in mappings(infos[name].get("splits"))
        }
        here = {key: count for key, count in rows.items() if key[0] == name}
        for key in sorted({*stated, *here} - damaged):
            if stated.get(key) != here.get(key):
                yield Hit(
                    f"the card has another number of rows for {key[0]}/{key[1]}",
                    CARD,
                    key[1],
                    ids={"config": name},
                    expected=str(here.get(key, "no such split")),
                    found=str(stated.get(key, "no such split")),
                )


def _default(release: Release) -> Hits:
    if release.card.error:
        return
    items = mappings(release.card.data.get("configs"))
    marked = [str(i.get("config_name")) for i in items if i.get("default")]
    # Without stance rows nothing loads by default: better no table than another one, in silence.
    wanted = [DEFAULT] if DEFAULT in _tables(release) else []
    if marked != wanted:
        text = "the config that loads without a name is another one"
        yield Hit(text, CARD, expected=listed(wanted) or "none", found=listed(marked) or "none")


def _versions(release: Release) -> Hits:
    stated: list[tuple[str, str]] = []
    for config, item in _by_config(release, "configs").items():
        stated.append((f"{CARD} of {config}", str(item.get("version"))))
    if named := _VERSIONED.fullmatch(release.path.name):
        stated.append(("the folder's name", named["version"]))
    citation = read_yaml(release.path / "CITATION.cff").data
    if "version" in citation:
        stated.append(("CITATION.cff", str(citation["version"])))
    manifest = release.manifest.data.get("version")
    if manifest is None:
        return  # a rule of its own
    for place, version in stated:
        if version != str(manifest):
            text = f"{place} has another version than {MANIFEST}"
            yield Hit(text, place.split()[0] if "." in place else CARD,
                      expected=str(manifest), found=version)  # fmt: skip
    day, dated = release.manifest.data.get("date"), {}
    if "date-released" in citation:
        dated["CITATION.cff"] = str(citation["date-released"])
    log = read_text(release.path / "CHANGELOG.md").text
    if entry := re.search(rf"(?m)^## \[{re.escape(str(manifest))}\] - (\S+)", log):
        dated["CHANGELOG.md"] = entry[1]
    for file, said in dated.items():
        if day is not None and said != str(day):
            text = f"{file} has another date than {MANIFEST}"
            yield Hit(text, file, expected=str(day), found=said)


def _blocks(release: Release) -> Hits:
    found = list(blocks(release.card.text))
    if not release.card.error:
        for name in sorted(FILLED - {block.name for block in found}):
            yield Hit(f"the card has no block {name}", CARD, expected=name)
    for block in found:
        if not "".join(block.lines).strip():
            text = f"the block {block.name} was not filled"
            yield Hit(text, CARD, row=block.line, found=block.name)
    there = set(release.files)
    for number, line in enumerate(lines_of(release.card.text), start=1):
        for match in _PICTURE.finditer(line):
            if match["file"] not in there:
                text = f"the picture {match['file']} is not there"
                yield Hit(text, CARD, row=number, found=match["file"])


REBUILD = "Build the release again; never edit its card by hand."

CARD_RULES = of_release(
    Rule("REL010", "card missing or broken", _card,
         "Without it the configs cannot be told apart, and loading fails.", REBUILD),
    Rule("REL011", "card has other features", _features,
         "The card's labels win over those in the files, in silence: a changed order flips every"
         " label.", REBUILD,
         "labels neutral, favor, against instead of neutral, against, favor",
         after=("SCH010", "REL028")),
    Rule("REL013", "card offers other files", _configs,
         "`load_dataset` reads the files that the card names, and no others, and passes every other"
         " key of a config to the reader.", REBUILD, "`columns: [text]`: no labels are loaded",
         after=("REL002", "REL003", "REL028", "SPL008")),
    Rule("REL014", "card has other numbers of rows", _sizes,
         "`load_dataset` refuses a split whose size is not the one stated.", REBUILD,
         after=("REL007", "REL002", "SPL008")),
    Rule("REL015", "another default config", _default,
         "Code that names no config gets another table.", REBUILD,
         after=("SCH010", "SCH011")),
    Rule("REL016", "versions disagree", _versions,
         "Users check `info.version`, which is the card's; it must be the release's.", REBUILD,
         after=("VER001", "REL001", "REL028")),
    Rule("REL019", "block or picture of the card missing", _blocks,
         "A figure that the prose announces is missing.",
         "Run `dataset-builder render`, and build again."),
)  # fmt: skip
