"""What a page states about its article: title, outlet, agency, byline, dateline, date, address."""

from dataset_builder.clean.metadata.article import Metadata, find, reads_as_head, with_stated
from dataset_builder.clean.metadata.markup import Markup, drop_broken, read_markup
from dataset_builder.clean.metadata.published import runs

__all__ = [
    "Markup",
    "Metadata",
    "drop_broken",
    "find",
    "read_markup",
    "reads_as_head",
    "runs",
    "with_stated",
]
