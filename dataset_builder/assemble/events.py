"""Rows of the table events: one per trigger of the version that the release takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataset_builder.assemble.codes import Notes, Place, quoted
from dataset_builder.assemble.dates import Expression, event_date
from dataset_builder.assemble.rows import context, span
from dataset_builder.assemble.votes import match
from dataset_builder.ontology import UNMARKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.decode import Argument, Trigger
    from dataset_builder.assemble.rows import Grouping, Row
    from dataset_builder.assemble.versions import Version
    from dataset_builder.ontology import Ontology
    from dataset_builder.validate.findings import Finding

# The preposition is outside the span by the guidelines, and opens the end of the date.
_SINCE = re.compile(r"(^|\W)since\s+(the\s+)?$", re.IGNORECASE)
_SINCE_INSIDE = re.compile(r"\s*since\b", re.IGNORECASE)
LEADING = 20
"""Characters before a time expression in which it is looked for."""


def event_rows(
    article: Article,
    group: Grouping,
    version: Version,
    voters: Sequence[Version],
    ontology: Ontology,
) -> tuple[list[Row], list[Finding]]:
    """Rows of `version`; `voters` are all independent finished versions, by pseudonym."""
    task = version.task
    notes = Notes(Place(task.article_id, version.annotation_id, task.file, task.line))
    triggers = [trigger for trigger in version.decoded.triggers if trigger.usable]
    votes = _votes(triggers, version, voters)
    first_of: dict[str, str] = {}
    for trigger in triggers:  # in the order of the text, so the first one named stays
        first_of.setdefault(trigger.chain, trigger.region.id)
    rows: list[Row] = []
    for trigger, cast in zip(triggers, votes, strict=True):
        start, text = context(article, trigger.region, (a.region for a in trigger.arguments))
        rows.append(
            {
                "text": text,
                "type": trigger.region.label,
                "trigger": span(trigger.region, article.text),
                "mention_id": f"{article.article_id}:{trigger.region.id}",
                "event_id": f"{article.article_id}:{first_of[trigger.chain]}",
                "article_id": article.article_id,
                "quad": ontology.by_type[trigger.region.label].quad,
                "modes": trigger.modes,
                "contexts": trigger.contexts,
                "polarity": trigger.attributes["polarity"],
                "modality": trigger.attributes["modality"],
                "tense": trigger.attributes["tense"],
                **_date(trigger, article, notes),
                "arguments": _arguments(trigger, article, version, notes),
                "context_start": start,
                "votes": cast,
                "outlet": article.outlet,
                "published_at": article.published_at,
                "story": group.story,
            }
        )
    return rows, notes.found


def _votes(
    triggers: Sequence[Trigger], version: Version, voters: Sequence[Version]
) -> list[list[Row]]:
    """Per trigger the type that every voter gave it."""
    regions = [trigger.region for trigger in triggers]
    votes: list[list[Row]] = [[] for _ in triggers]
    for voter in voters:
        labels = [UNMARKED] * len(triggers)
        if voter.annotation_id == version.annotation_id:
            labels = [region.label for region in regions]
        elif voter.relevant:
            others = [trigger.region for trigger in voter.decoded.triggers]
            for i, j in match(regions, others, alike=lambda a, b: a.label == b.label):
                labels[i] = others[j].label
        for cast, label in zip(votes, labels, strict=True):
            cast.append(
                {"annotator": voter.annotator, "kind": voter.annotator_kind, "label": label}
            )
    return votes


def _arguments(trigger: Trigger, article: Article, version: Version, notes: Notes) -> list[Row]:
    rows: list[Row] = []
    ids: dict[str, set[str]] = {"ACTOR": set(), "RECIPIENT": set()}
    for argument in trigger.arguments:
        entities = version.entities.get(argument.region.id, ())
        if argument.role in ids:
            ids[argument.role] |= {entity.id for entity in entities}
        rows.append(
            {
                "role": argument.role,
                **span(argument.region, article.text),
                "actor_ids": [entity.id for entity in entities],
                "actor_codes": [entity.code or "" for entity in entities],
                "timex3": argument.region.one("timex3") if argument.role == "DATE" else None,
            }
        )
    if both := sorted(ids["ACTOR"] & ids["RECIPIENT"]):
        notes.add(
            "GRM218",
            f"{trigger.region.label} {quoted(trigger.region.text)} has {', '.join(both)} as ACTOR "
            "and as RECIPIENT",
            region_id=trigger.region.id,
        )
    return rows


def _date(trigger: Trigger, article: Article, notes: Notes) -> Row:
    dates = [argument for argument in trigger.arguments if argument.role == "DATE"]
    date, problems = event_date(
        (_expression(argument, article) for argument in dates),
        article.published_at,
        article.published_basis,
        trigger.attributes["tense"],
    )
    for code, message in problems:
        values = ", ".join(argument.region.one("timex3") or "" for argument in dates)
        words = ", ".join(argument.region.text for argument in dates)
        notes.add(
            code,
            f"the date {quoted(words)} of {quoted(trigger.region.text)} is not used: {message}",
            region_id=trigger.region.id,
            found=quoted(values),
            fix="write only what the words say, e.g. XXXX-09-28; see annotations/guidelines.md",
        )
    return {
        "date_start": date.start,
        "date_end": date.end,
        "date_precision": date.precision,
        "date_basis": date.basis,
    }


def _expression(argument: Argument, article: Article) -> Expression:
    region = argument.region
    before = article.text[max(0, region.start - LEADING) : region.start]
    return Expression(region.one("timex3"), region.text, is_since(before, region.text))


def is_since(before: str, words: str) -> bool:
    """Whether a time expression leaves its end open: `since` is its first word, or stands at the
    end of `before`, the text that leads up to it."""
    return bool(_SINCE.search(before) or _SINCE_INSIDE.match(words))
