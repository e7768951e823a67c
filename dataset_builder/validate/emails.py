"""REL: e-mail addresses in what a release ships beside its rows: documents, and the metadata of files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dataset_builder.validate.documents import blocks, lines_of, no_file, read_text
from dataset_builder.validate.rules import Hit, Hits, Rule, of_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow.parquet as pq

    from dataset_builder.validate.release import Release

CARD: Final = "README.md"
CONTACTS: Final = ("CITATION.cff", "LICENSE")
"""Documents that say whom to write to."""
PEOPLE: Final = "schemas/annotators.yaml"
BLOCK: Final = "provenance"
"""Block of the card that lists the annotators."""
# Bounded, and begun at the start of a word only: a document may be one word of many megabytes.
_ADDRESS: Final = re.compile(
    r"(?<![\w.+-])(?!git@)(?P<name>[\w.+-]{1,64})@(?P<host>(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w-])"
)
_WRITTEN_OTHERWISE: Final = re.compile(r"\\u0040|&#64;|&#x40;|&commat;|%40", re.IGNORECASE)
"""What stands for `@` in JSON, HTML and addresses of pages."""
_HEADING: Final = re.compile(r"#{1,6}\s+(?P<title>.*)")


def _addresses(text: str) -> Iterator[re.Match[str]]:
    if "@" in text or _WRITTEN_OTHERWISE.search(text):
        yield from _ADDRESS.finditer(_WRITTEN_OTHERWISE.sub("@", text))


def _shown(found: re.Match[str]) -> str:
    """An address as a report may have it, which others read: `j…@example.org`."""
    return f"{found['name'][0]}…@{found['host']}"


def _contacts(release: Release) -> frozenset[str]:
    """Addresses that the maintainer gives to be written to: in CITATION.cff and LICENSE, and under a
    heading of the card that has the word contact."""
    told = [
        read_text(release.path / file).text for file in CONTACTS if _readable(release, file)
    ]  # fmt: skip
    inside = False
    for line in lines_of(release.card.text):
        heading = _HEADING.match(line)
        if heading:
            inside = re.search(r"\bcontacts?\b", heading["title"], re.IGNORECASE) is not None
        elif inside:
            told.append(line)
    return frozenset(found.group().lower() for text in told for found in _addresses(text))


def _readable(release: Release, file: str) -> bool:
    return file in release.files and no_file(release.path / file, release.path) is None


def _in_documents(release: Release) -> Hits:
    contacts = _contacts(release)
    listing = {
        block.line + at
        for block in blocks(release.card.text)
        if block.name == BLOCK
        for at in range(len(block.lines) + 1)
    }
    for file in release.files:
        if file.endswith(".parquet") or file in CONTACTS or not _readable(release, file):
            continue
        text = release.card.text if file == CARD else read_text(release.path / file).text
        if "@" not in text and not _WRITTEN_OTHERWISE.search(text):
            continue
        for number, line in enumerate(lines_of(text), start=1):
            # Who annotated is told by pseudonym, also where it is the one to write to.
            named = file == PEOPLE or (file == CARD and number in listing)
            found = next(
                (one for one in _addresses(line) if named or one.group().lower() not in contacts),
                None,
            )
            if found:
                yield Hit(f"{file}, line {number}, holds an e-mail address", file, row=number,
                          found=_shown(found))  # fmt: skip


def _in_metadata(release: Release) -> Hits:
    """What `datasets` and pandas write beside the rows, or whoever wrote the file again."""
    import pyarrow.parquet as pq

    splits = {part.file: part.split for part in release.parts}
    contacts = _contacts(release)
    for file in release.files:
        if not file.endswith(".parquet") or not _readable(release, file):
            continue
        try:
            with pq.ParquetFile(release.path / file) as opened:
                told = list(_told(opened))
        except Exception:  # noqa: BLE001, S112 - a damaged file has a finding of its own
            continue
        for key, value in told:
            found = next(
                (one for one in _addresses(value) if one.group().lower() not in contacts), None
            )
            if found:
                yield Hit(f"the metadata of {file} hold an e-mail address ({key})", file,
                          splits.get(file), found=_shown(found))  # fmt: skip


def _told(opened: pq.ParquetFile) -> Iterator[tuple[str, str]]:
    """Every key and value of the metadata of a Parquet file and its columns, and who wrote it."""
    schema = opened.schema_arrow
    yield "written by", str(opened.metadata.created_by)
    kept = [("", opened.metadata.metadata), ("", schema.metadata)]
    kept += [(f"{field.name}: ", field.metadata) for field in schema]
    seen: set[tuple[str, bytes]] = set()
    for column, pairs in kept:
        for key, value in (pairs or {}).items():
            name = f"{column}{key.decode('utf-8', 'replace')}"
            if (name, value) not in seen and key != b"ARROW:schema":  # the schema again, packed
                seen.add((name, value))
                yield name, f"{name} {value.decode('utf-8', 'replace')}"


def _e_mail(release: Release) -> Hits:
    yield from _in_documents(release)
    yield from _in_metadata(release)


E_MAIL_RULES = of_release(
    Rule("REL034", "e-mail address in a document", _e_mail,
         "Annotators are known by pseudonyms; an address is personal data, and what is published"
         " cannot be called back. Addresses that CITATION.cff, LICENSE or a section of the card on"
         " contact gives may stand anywhere but beside an annotator.",
         "Take the address out where the document is written, and build again; whom to write to"
         " belongs into CITATION.cff, or under the card's heading Dataset Card Contact.",
         "a note in annotators.yaml: `ask jane.doe@example.org`"),
)  # fmt: skip
