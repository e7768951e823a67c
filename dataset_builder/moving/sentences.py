"""Sentences of a text that was annotated, whoever may have edited it since."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataset_builder.articles import Span


def sentences_of(text: str, language: str) -> tuple[Span, ...]:
    """The sentences of `text`, whatever is said to be its language."""
    from dataset_builder.clean.text import sentences

    whole = text.encode("utf-8", "replace").decode("utf-8")  # half characters become `?`
    known = language.isascii() and language.isalpha() and len(language) <= 3
    return sentences(whole, language if known else "und")
