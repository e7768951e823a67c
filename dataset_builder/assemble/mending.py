"""What an annotator does about a mark that breaks a rule.

A mark of `LEFT_OUT` stays in the export and gives no row of `events` and `stance` until it is mended;
`pull` lists it, and `build` counts it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.validate.findings import Finding

MENDING: Final[dict[str, str]] = {
    "SCH202": "if the label has another name now, say so under `migrations:` in schemas/ontology.yaml "
    "(`dataset-builder migrate --help`); else relabel the span, or add the label there",
    "SCH203": "push the rendered label config, and enter it again under the right control",
    "SCH204": "choose the value again from those that the screen offers",
    "SCH205": "remove the address",
    "SCH206": "write only what the words say, as YYYY-MM-DD with X for what they leave open: "
    "XXXX-09-28, 2018-10, XXXX-WXX-2; an interval is two such values with a slash between them",
    "SPN201": "delete the span and mark it again",
    "SPN202": "delete the span and mark it again",
    "SPN206": "delete the span and mark each paragraph's part on its own, or only the one that says it",
    "KEY201": "delete the arrow and draw it again",
    "KEY203": "choose the actor or issue again, or write name, country and sector in the free field; if "
    "the id has another name now, say so under `migrations:` in schemas/ontology.yaml",
    "KEY204": "choose the actor or issue, or write name, country and sector in the free field",
    "KEY207": "nothing to do: it was left over from a span that is gone",
    "KEY208": "delete both and mark them again",
    "GRM201": "keep one of the labels, or delete the span and mark it again",
    "GRM202": "delete the arrow in the Relations panel; draw it from or to a trigger or a stance",
    "GRM203": "turn the arrow in the Relations panel until it points one way",
    "GRM204": "delete the wrong one of the two arrows in the Relations panel",
    "GRM205": "give both triggers one type, or delete the arrow",
    "GRM206": "draw its arrow (Alt+R), or delete the span",
    "GRM207": "draw an arrow from the evidence to the actor or issue that it is about",
    "GRM208": "draw the arrow of at least one actor, or delete the trigger",
    "GRM209": "draw the missing arrow, or choose another type",
    "GRM210": "if that is not meant, mark the evidence once for each holder",
    "GRM211": "choose a mode of this type, or none",
    "GRM212": "nothing to do: it was left over from before the span was relabelled",
    "GRM213": "set the relevance, and submit again",
    "GRM214": "delete the spans, or judge the article relevant",
    "GRM215": "mark what it holds, or judge it irrelevant",
    "GRM216": "delete one of the two arrows",
    "GRM217": "delete one of the two spans",
    "GRM218": "delete one of the two arrows",
    "GRM219": "mend the arrow that cannot be read",
    "GRM221": "choose stated, reported or implicit",
    "GRM224": "mark the evidence once for each holder, each with the arrows that hold for it",
    "GRM225": "keep the one that names the event, and delete the other; two events need words of "
    "their own",
}
"""Code -> what to do in Label Studio; `pull` afterwards."""

LEFT_OUT: Final = frozenset(
    (
        "SCH201", "SCH202", "SCH203", "SCH204", "SCH206", "SPN201", "SPN202", "SPN206", "KEY201",
        "KEY203", "KEY208", "GRM201", "GRM202", "GRM203", "GRM204", "GRM205", "GRM206", "GRM207",
        "GRM208", "GRM209", "GRM211", "GRM213", "GRM214", "GRM216", "GRM217", "GRM219", "GRM224",
        "GRM225",
    )
)  # fmt: skip
"""Codes of marks, fields and arrows that are left out of the release until somebody mends them."""


def left_out(findings: Iterable[Finding]) -> Counter[str]:
    """How many marks are left out, by code; what only follows from another one is not counted."""
    return Counter(f.code for f in findings if f.code in LEFT_OUT and f.caused_by is None)
