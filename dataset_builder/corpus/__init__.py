"""Cleaning a corpus of any size: batches, engines, template lines, parts on disk."""

from dataset_builder.corpus.build import Options, Outcome, clean_corpus
from dataset_builder.corpus.progress import Progress

__all__ = ["Options", "Outcome", "Progress", "clean_corpus"]
