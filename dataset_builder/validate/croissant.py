"""REL: croissant.json (MLCommons Croissant 1.x), where a release has one, against files and tables.

`mlcroissant validate` looks at the document alone; nine of ten documents that lie about their data
pass it.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

from dataset_builder.release.manifest import file_sha256
from dataset_builder.validate.documents import no_file, read_json
from dataset_builder.validate.rules import Hit, Hits, Rule, of_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.validate.release import Release

CROISSANT = "croissant.json"


def _lists(value: Any) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _type(item: dict[str, Any]) -> str:
    """`FileObject` for `cr:FileObject`, `sc:FileObject`, ..."""
    return str(item.get("@type")).rpartition(":")[2]


def _croissant(release: Release) -> Hits:
    if CROISSANT not in release.files:
        return
    document = read_json(release.path / CROISSANT)
    if document.error:
        yield Hit(f"{CROISSANT} is {document.error}", CROISSANT)
        return
    version = release.manifest.data.get("version")
    stated = document.data.get("version")
    if version is not None and stated is not None and str(stated) != str(version):
        yield Hit(f"{CROISSANT} is of another version", CROISSANT,
                  expected=str(version), found=str(stated))  # fmt: skip
    yield from _files(release, _lists(document.data.get("distribution")))
    yield from _fields(release, document.data)


def _files(release: Release, objects: list[dict[str, Any]]) -> Hits:
    covered: set[str] = set()
    for item in objects:
        if _type(item) == "FileSet":
            patterns = item.get("includes")
            for pattern in patterns if isinstance(patterns, list) else [patterns]:
                covered |= {f for f in release.files if fnmatch.fnmatch(f, str(pattern))}
            continue
        url = str(item.get("contentUrl", "")).removeprefix("./")
        if "://" in url or not url:
            continue  # somewhere else; nothing can be said of it here
        covered.add(url)
        path = release.path / url
        if url not in release.files or no_file(path, release.path):
            yield Hit(f"{CROISSANT} offers {url}, which is not there", CROISSANT, found=url)
            continue
        found = file_sha256(path)
        if str(item.get("sha256")) != found:
            yield Hit(f"{url} is not the file that {CROISSANT} has", CROISSANT,
                      expected=found, found=str(item.get("sha256")))  # fmt: skip
        size = str(item.get("contentSize", "")).removesuffix("B").strip()
        if size.isdigit() and int(size) != path.stat().st_size:
            yield Hit(f"{url} has another size than {CROISSANT} says", CROISSANT,
                      expected=f"{path.stat().st_size} B", found=size)  # fmt: skip
    for part in release.parts:
        if part.file not in covered:
            yield Hit(f"{CROISSANT} does not offer {part.file}", CROISSANT, expected=part.file)


def _columns(fields: Any) -> Iterator[str]:
    """Columns that the fields of a record set read; of nested ones the outermost."""
    for field in _lists(fields):
        extract = (_lists(field.get("source")) or [{}])[0].get("extract")
        column = extract.get("column") if isinstance(extract, dict) else None
        named = str(column or field.get("name") or field.get("@id"))
        yield named.rpartition("/")[2]


def _fields(release: Release, data: dict[str, Any]) -> Hits:
    sets = {
        str(item.get("name") or item.get("@id")).rpartition("/")[2]: item
        for item in _lists(data.get("recordSet"))
    }
    for table in dict.fromkeys(part.table for part in release.parts):
        if table not in release.tables:
            continue
        if table not in sets:
            yield Hit(f"{CROISSANT} has no record set {table}", CROISSANT, expected=table)
            continue
        wanted = set(release.tables[table].column_names)
        found = set(_columns(sets[table].get("field")))
        for name in sorted(wanted - found):
            yield Hit(f"{CROISSANT} has no field {name} of {table}", CROISSANT, expected=name)
        # `split` may be made from the file's name.
        for name in sorted(found - wanted - {"split"}):
            yield Hit(f"{CROISSANT} has a field {name} that {table} has not", CROISSANT, found=name)


CROISSANT_RULES = of_release(
    Rule("REL027", "croissant.json says something else than the data", _croissant,
         "Search engines and loaders believe it: a wrong checksum, file or field is found by"
         " nobody before the data is loaded through it.",
         "Build the release again; never edit it by hand.",
         "a field `score` that no table has",
         after=("REL001", "REL002", "REL004", "REL009", "SPL008", "SCH010")),
)  # fmt: skip
