"""What the card of a release without all of its text says of that, above everything else."""

from __future__ import annotations

from typing import Final

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


def with_note(prose: str, text: str) -> str:
    """The card's prose, with the note of a release of this much text under its first heading, or
    above it all when there is none."""
    note = _NOTES.get(text)
    if note is None:
        return prose
    lines = prose.split("\n")
    heading = next((at for at, line in enumerate(lines) if line.startswith("# ")), None)
    if heading is None:
        return f"{note}\n{prose}"
    lines.insert(heading + 1, "\n" + note.rstrip("\n"))
    return "\n".join(lines)
