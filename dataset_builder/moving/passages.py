"""What the new text has that nobody saw when the old one was annotated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataset_builder.moving.tokens import words

if TYPE_CHECKING:
    from dataset_builder.moving.align import Alignment

_EDGE = re.compile(r"\A[.,;:!?…。،؛؟]*\s+")  # what is left of the sentence before
MANY = 5
"""Words in a row that are a passage of their own; fewer are an edit of what is around them."""


def new_passages(alignment: Alignment) -> list[str]:
    """Passages of at least `MANY` words that the old text has nowhere, in the order of the text."""
    found = []
    for start, end in alignment.added():
        passage = _EDGE.sub("", alignment.new[start:end].strip())
        if words(passage) >= MANY and passage not in alignment.old:
            found.append(passage)
    return found
