"""What the card of a release without all of its text says of that, above everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dataset_builder.release.documents import Release

_WITHHELD: Final = """\
> **The text of the articles is withheld.** It belongs to its publishers. Every column that repeats
> their words is null (`text`, `title`, and `text` in every span), and the config `triggers` is left
> out. Ids, sources, hashes, offsets, labels and votes are all there. To put the text back, clean your
> own copies of the pages:
>
> ```
> dataset-builder hydrate RELEASE --sources PAGES --out FOLDER
> ```
>
> Every word that it fills in is proven by a hash in `hydrate/`; what cannot be proven stays null and
> is listed.
"""
_PARTIAL: Final = """\
> **Not all of the text is here.** This is a release without text into which `dataset-builder hydrate`
> has put what could be proven from a reader's own pages; `hydrated.json` lists what could not. The
> text belongs to its publishers: do not publish this copy.
"""
_NOTES: Final = {"withheld": _WITHHELD, "partial": _PARTIAL}


def with_note(card: str, release: Release) -> str:
    """`card`, with the note under its first heading, or above its body when it has none."""
    note = _NOTES.get(release.text)
    if note is None:
        return card
    front, fence, body = card[4:].partition("\n---\n")
    lines = body.split("\n")
    heading = next((at for at, line in enumerate(lines) if line.startswith("# ")), -1)
    lines[heading + 1 : heading + 1] = ["", *note.rstrip("\n").split("\n")]
    return "".join((card[:4], front, fence, "\n".join(lines)))
