"""From page text to an article: body, metadata, and the reason for every dropped line."""

from dataset_builder.clean.explain import explain, overview
from dataset_builder.clean.page import (
    CleanedFolder,
    CleanedPage,
    LineDecision,
    clean_batch,
    clean_page,
    clean_pages,
    collect,
)

__all__ = [
    "CleanedFolder",
    "CleanedPage",
    "LineDecision",
    "clean_batch",
    "clean_page",
    "clean_pages",
    "collect",
    "explain",
    "overview",
]
