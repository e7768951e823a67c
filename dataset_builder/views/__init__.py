"""Views: a release in the formats of other tools, made from its tables and never stored in it.

One module a view; `VIEWS` is the list of them, and a new one is a module and an entry there. A view
is a function from a split of a release to records, which `writing` puts into a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.views import dyads, gliner, plover, spacy_docs, squad, votes

if TYPE_CHECKING:
    from dataset_builder.views.view import View

VIEWS: Final[dict[str, View]] = {
    view.name: view
    for view in (
        squad.VIEW,
        gliner.VIEW,
        spacy_docs.VIEW,
        plover.VIEW,
        dyads.VIEW,
        votes.VIEW,
    )
}
"""Every view by name."""
