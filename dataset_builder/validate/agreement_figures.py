"""REL: the card's figures of agreement, against the annotations that travel with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.validate.card import CARD
from dataset_builder.validate.documents import blocks
from dataset_builder.validate.hashes import text_kind
from dataset_builder.validate.release import Unavailable
from dataset_builder.validate.rules import Hit, Hits, Rule, of_release

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.validate.release import Release

BLOCK: Final = "agreement"
KEY: Final = 2
"""Cells of a row that say which figure it is: layer and figure."""
MOST: Final = 50_000
"""Rows of annotations from which the figures are computed again; what more take is too long."""


def _figures(release: Release) -> Hits:
    stated = _stated(release)
    if not stated:
        return
    known = {tuple(cells[:KEY]): cells for cells in _computed(release)}
    lines = {tuple(cells[:KEY]): (line, cells) for line, cells in stated}
    for key, cells in known.items():
        line, found = lines.get(key, (None, []))
        if found != cells:
            yield Hit(f"the card has another agreement on {', '.join(key)}", CARD, row=line,
                      expected=", ".join(cells[KEY:]),
                      found=", ".join(found[KEY:]) or "nothing")  # fmt: skip
    for key in lines.keys() - known.keys():
        text = f"the card has an agreement on {', '.join(key)}, which is no such figure"
        yield Hit(text, CARD, row=lines[key][0])


def _stated(release: Release) -> list[tuple[int, list[str]]]:
    """The rows of the card's table, each with its line."""
    block = next((found for found in blocks(release.card.text) if found.name == BLOCK), None)
    if release.card.error or block is None:
        return []
    numbered = list(enumerate(block.lines, start=block.line + 1))
    rows = [(line, cells) for line, text in numbered for cells in _cells(text)]
    return rows[2:]  # its heading, and the line below


def _cells(text: str) -> list[list[str]]:
    return (
        [[cell.strip() for cell in text.strip().strip("|").split("|")]] if text[:1] == "|" else []
    )


def _computed(release: Release) -> Sequence[list[str]]:
    """The same rows from the tables. Raises Unavailable where they do not tell."""
    from dataset_builder.agreement import agreement_markdown
    from dataset_builder.agreement.figures import figures_of
    from dataset_builder.agreement.released import COLUMNS, tally_of

    rows = sum(part.rows for part in release.parts if part.table == "annotations")
    if release.registries is None or text_kind(release) != "full" or rows > MOST:
        raise Unavailable(BLOCK)
    frame = release.rows("annotations", *COLUMNS, complete=True).sort(
        "article_id", "annotation_id", maintain_order=True
    )
    named = {"kind": "annotation_kind", "state": "annotation_state", "direction": "direction"}
    frame = frame.with_columns(
        release.named(vocabulary, name).alias(name) for name, vocabulary in named.items()
    )
    articles = release.rows("articles", "article_id", "text", "text_sha256", complete=True)
    texts = {
        name: (text, digest)
        for name, text, digest in articles.select("article_id", "text", "text_sha256").iter_rows()
    }
    try:
        tally = tally_of(texts, frame.select(COLUMNS).rows(), release.registries)
        found = None if tally is None else figures_of(tally, release.registries)
    except Exception as error:  # what is wrong with rows has findings of its own
        raise Unavailable(BLOCK) from error
    if found is None:
        raise Unavailable(BLOCK)
    lines = agreement_markdown(found).splitlines()
    return [cells for line in lines[2:] for cells in _cells(line)]


AGREEMENT_RULES = of_release(
    Rule("REL035", "agreement is not that of the annotations", _figures,
         "How far annotators agree is what papers cite. It follows from the table annotations, as long"
         f" as no work was carried over from another text or answered in the pair grid; of more than"
         f" {MOST:,} rows it is not computed again.",
         "Build the release again; never edit its card by hand. Work on an article whose page is gone"
         " counts in the card, and is not in the release: put the page back.",
         "alpha 0.91 in the card, 0.81 from the annotations", severity="warning",
         after=("REL009", "REL014", "SCH001", "SCH004", "SCH010", "KEY031", "SPL008", "SPL009",
                "SPL011", "SPL013", "SPN012", "VOT009")),
)  # fmt: skip
