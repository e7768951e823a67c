"""What changed from one release to the next, and which version number is honest about it."""

from dataset_builder.diff.compare import ArticlesDiff, Diff, diff_releases
from dataset_builder.diff.reading import DamagedReleaseError
from dataset_builder.diff.version import Honest, Reason, too_small

__all__ = [
    "ArticlesDiff",
    "DamagedReleaseError",
    "Diff",
    "Honest",
    "Reason",
    "diff_releases",
    "too_small",
]
