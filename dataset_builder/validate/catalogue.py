"""Every rule there is, in the order in which they run and are reported."""

from __future__ import annotations

from dataclasses import replace

from dataset_builder.validate import (
    agreement_figures,
    ballots,
    card_data,
    contexts,
    conversion,
    copies,
    croissant,
    dates,
    earlier,
    emails,
    followed,
    followed_stances,
    grammar,
    hashed_ids,
    hashes,
    keys,
    layout,
    losses,
    lost_work,
    release_files,
    reused,
    row_order,
    schema,
    shipped,
    spans,
    splits,
    triggers,
    urls,
    verbatim,
    versions,
    votes,
    withheld,
)
from dataset_builder.validate.inputs import CODES
from dataset_builder.validate.rules import Hits, Rule

BROKEN_ROW = ("SCH005", "SCH006", "SCH007", "SCH008", "SCH009")
"""What no other rule can be expected to make sense of: a row with such a value is explained by it."""

RULES: tuple[Rule, ...] = tuple(
    rule if rule.family == "SCH" else replace(rule, after=(*rule.after, *BROKEN_ROW))
    for rule in sorted(
        (
            *schema.RULES,
            *keys.RULES,
            *spans.RULES,
            *grammar.RULES,
            *votes.RULES,
            *splits.RULES,
            *release_files.RULES,
            *versions.RULES,
            *agreement_figures.AGREEMENT_RULES,
            *card_data.CARD_DATA_RULES,
            *contexts.CONTEXT_RULES,
            *conversion.CONVERSION_RULES,
            *copies.COPY_RULES,
            *croissant.CROISSANT_RULES,
            *dates.DATE_RULES,
            *earlier.EARLIER_RULES,
            *emails.E_MAIL_RULES,
            *ballots.BALLOT_RULES,
            *followed.FOLLOWED_RULES,
            *followed_stances.STANCE_RULES,
            *layout.LAYOUT_RULES,
            *losses.LOSS_RULES,
            *lost_work.LOST_WORK_RULES,
            *reused.REUSED_RULES,
            *row_order.ORDER_RULES,
            *shipped.SHIPPED_RULES,
            *triggers.TRIGGER_RULES,
            *urls.URL_RULES,
            *verbatim.VERBATIM_RULES,
            *hashed_ids.HASHED_ID_RULES,
            *hashes.HASH_RULES,
            *withheld.WITHHELD_RULES,
        ),
        key=lambda rule: (
            ("SCH", "KEY", "SPN", "GRM", "VOT", "SPL", "REL", "VER").index(rule.family),
            rule.code,
        ),
    )
)


def _never(_release: object) -> Hits:
    yield from ()


CRASHED = Rule(
    "REL901",
    "rule could not run",
    _never,
    "The release is damaged in a way that the rule did not expect; it is not judged by it.",
    "Mend the other findings first; if this one stays, report it with its message.",
)
"""Not a rule of its own: what becomes of one that fails."""

BY_CODE: dict[str, Rule] = {rule.code: rule for rule in (*RULES, CRASHED)}
"""Every code that validating a release can give."""


def title_of(code: str) -> str:
    """What a code stands for, whether about inputs or about a release; empty when unknown."""
    if code in BY_CODE:
        return BY_CODE[code].title
    return CODES[code].title if code in CODES else ""
