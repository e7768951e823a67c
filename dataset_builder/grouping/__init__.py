"""Which articles belong together: near-duplicates, and stories."""

from dataset_builder.grouping.groups import (
    Grouping,
    Joined,
    connect_groups,
    connect_ledger,
    group_articles,
    unit_of,
)
from dataset_builder.grouping.near import near_duplicate_table, near_duplicates, parquet_batches
from dataset_builder.grouping.representatives import Distinct, one_per_group
from dataset_builder.grouping.sets import NEAR, similarity

__all__ = [
    "NEAR",
    "Distinct",
    "Grouping",
    "Joined",
    "connect_groups",
    "connect_ledger",
    "group_articles",
    "near_duplicate_table",
    "near_duplicates",
    "one_per_group",
    "parquet_batches",
    "similarity",
    "unit_of",
]
