"""Pages from JSON Lines: one object a line."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.sources.decoding import NotText, decode_utf8, too_large
from dataset_builder.sources.fields import no_fields, page_from
from dataset_builder.sources.streams import StreamError, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataset_builder.sources.fields import FieldMap

_TRIED: Final = 20
"""Records without any field for the page, before the first page, after which a file is given up."""
_BIG: Final = 1 << 20
_MAX_VALUES: Final = 2_000_000
_BLANK: Final = b" \t\r"


def read_jsonl(
    source: str, parts: Iterable[bytes], wanted: FieldMap
) -> Iterator[RawPage | Rejected]:
    """Pages of the lines in `parts`, each named `source#line`; blank lines are none.

    A line that is no JSON object, or has no text, is rejected. When none of the first 20 objects
    has a field for the page, the file is given up with one `Rejected` (`no-fields`).
    """
    paths = [name.split(".") for _, name in wanted.candidates() if "." in name]
    unfit: list[RawPage | Rejected] = []
    names: set[str] = set()
    fits = False
    number = 0
    try:
        for number, line in lines(parts):
            item, record = _read(f"{source}#{number}", line, wanted, paths)
            if item is None:
                continue
            if not fits and record is not None:
                fits = _has_page(record, wanted)
                if not fits:
                    unfit.append(item)
                    names.update(list(record)[:100])
                    if len(unfit) == _TRIED:
                        break
                    continue
                yield from unfit
                unfit = []
            yield item
    except StreamError as error:
        yield Rejected(f"{source}#{number + 1}", "unreadable", f"broken from here on: {error}")
    if unfit:
        yield no_fields(source, names, wanted)


def _read(
    where: str, line: bytes | None, wanted: FieldMap, paths: list[list[str]]
) -> tuple[RawPage | Rejected | None, dict[str, Any] | None]:
    """What a line gives, and its object if it is one; (None, None) for a blank line."""
    if line is None:
        return too_large(where), None
    if not line.strip(_BLANK):
        return None, None
    if len(line) > _BIG and sum(map(line.count, (b",", b"[", b"{"))) > _MAX_VALUES:
        return Rejected(where, "too-large", "more than 2 million JSON values"), None
    try:
        record = json.loads(decode_utf8(line.removeprefix(codecs.BOM_UTF8)))
    except NotText as error:
        return Rejected(where, error.reason, error.message), None
    except RecursionError:
        return Rejected(where, "malformed", "JSON nested too deep"), None
    except json.JSONDecodeError as error:
        return Rejected(where, "malformed", f"not JSON: {error.msg} at column {error.colno}"), None
    except ValueError:
        return Rejected(where, "malformed", "a number with thousands of digits"), None
    if not isinstance(record, dict):
        kind = type(record).__name__
        return Rejected(where, "malformed", f"a JSON {kind}, not an object"), None
    for path in paths:
        if path[0] in record:
            inside: Any = record
            for part in path:
                inside = inside.get(part) if isinstance(inside, dict) else None
            if inside is not None:
                record.setdefault(".".join(path), inside)
    return page_from(where, record, wanted), record


def _has_page(record: dict[str, Any], wanted: FieldMap) -> bool:
    """Whether a record has a field for the page, whatever it holds."""
    return any(name in record for name in (*wanted.html, *wanted.text))
