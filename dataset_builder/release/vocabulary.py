"""The Hub's own vocabularies for the head of a card.

`DatasetCardData` checks none of them, and the Hub only shows a warning: a word that it does not know
is a dataset that nobody finds. Source: the Hub's documentation of dataset cards.
"""

from __future__ import annotations

import re
from typing import Any, Final

_LICENSES: Final = """\
apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear
c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0
cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl
ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl
lgpl-2.1 lgpl-3.0 isc intel-research ms-pl mpl-2.0 odc-by odbl osl-3.0 postgresql ofl-1.1 ncsa
unlicense zlib pddl unknown other
"""
_TASKS: Final = """\
text-classification token-classification table-question-answering question-answering
zero-shot-classification translation summarization feature-extraction text-generation
fill-mask sentence-similarity text-retrieval text-ranking other
"""
_SIZES: Final = """\
n<1K 1K<n<10K 10K<n<100K 100K<n<1M 1M<n<10M 10M<n<100M 100M<n<1B 1B<n<10B 10B<n<100B
100B<n<1T n>1T
"""
_CREATORS: Final = ("crowdsourced", "found", "expert-generated", "machine-generated", "other")
LICENSES: Final = frozenset(_LICENSES.split())
VOCABULARIES: Final = {
    "license": LICENSES,
    "task_categories": frozenset(_TASKS.split()),
    "annotations_creators": frozenset((*_CREATORS, "no-annotation")),
    "language_creators": frozenset(_CREATORS),
    "size_categories": frozenset(_SIZES.split()),
}
"""Key of the head -> the words it may have; of the tasks those of text."""
_SOURCES: Final = re.compile(r"original|extended(\|[\w.-]+)?")


def strangers(head: dict[str, Any]) -> list[tuple[str, str]]:
    """(key, word) for every word in the head of a card that its vocabulary does not have."""
    found = []
    for key, known in VOCABULARIES.items():
        found += [(key, word) for word in _words(head.get(key)) if word not in known]
    sources = _words(head.get("source_datasets"))
    return found + [("source_datasets", word) for word in sources if not _SOURCES.fullmatch(word)]


def _words(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(word) for word in (value if isinstance(value, list) else [value])]
