"""The agreement figures of damaged rows: those of the card follow the rows, as after a build."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataset_builder.agreement import agreement_markdown
from dataset_builder.agreement.figures import figures_of
from dataset_builder.agreement.released import COLUMNS, tally_of
from tests.factory import registries

if TYPE_CHECKING:
    import pyarrow as pa

_TABLE = re.compile(r"<!-- begin: agreement -->\n\|")
VOCABULARIES = {"kind": "annotation_kind", "state": "annotation_state", "direction": "direction"}


def agreement_block(prose: str, tables: dict[tuple[str, str], pa.Table]) -> dict[str, str]:
    """The block of a card that has such figures, filled anew; nothing for one that has none, and
    where the rows are too damaged for any."""
    if not _TABLE.search(prose):
        return {}
    known = registries()
    names = {column: known.ontology.names(name) for column, name in VOCABULARIES.items()}
    texts = {
        row["article_id"]: (row["text"], row["text_sha256"])
        for (table, _), rows in tables.items()
        if table == "articles"
        for row in rows.select(["article_id", "text", "text_sha256"]).to_pylist()
    }
    try:
        entered = [
            row | {column: found[row[column]] for column, found in names.items()}
            for (table, _), rows in tables.items()
            if table == "annotations"
            for row in rows.select(list(COLUMNS)).to_pylist()
        ]
        entered.sort(key=lambda row: (row["article_id"], row["annotation_id"]))
        tally = tally_of(texts, [[row[name] for name in COLUMNS] for row in entered], known)
        return {} if tally is None else {"agreement": agreement_markdown(figures_of(tally, known))}
    except Exception:  # noqa: BLE001 - as the rule does
        return {}
