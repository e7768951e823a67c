"""Every code that assembling can give, and the one way in which its findings are made.

An error means that a row would be wrong; whatever is only left out, or doubtful, is a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from dataset_builder.validate.findings import Severity


@dataclass(frozen=True)
class Code:
    """What a code stands for."""

    title: str
    severity: Severity


CODES: dict[str, Code] = {
    "SCH201": Code("An entry of an annotation has not the shape of Label Studio's", "error"),
    "SCH202": Code("A span carries a label that the ontology does not have", "error"),
    "SCH203": Code("An entry comes from a control that the label config does not have", "error"),
    "SCH204": Code("A field holds a value that it cannot have", "error"),
    "SCH205": Code("Text entered by an annotator holds an e-mail address; it is masked", "warning"),
    "SCH206": Code("A TIMEX3 value cannot be read", "warning"),
    "SPN201": Code("A span lies outside the text", "error"),
    "SPN202": Code("The words of a span are not those at its place in the text", "error"),
    "SPN203": Code("An article was annotated on another text", "error"),
    "KEY201": Code("An arrow leads from or to a span that does not exist", "error"),
    "KEY202": Code("An annotator is not in annotators.yaml", "error"),
    "KEY203": Code("An actor or issue id is not in the registry", "error"),
    "KEY204": Code("A mention could not be resolved to an actor or issue", "warning"),
    "KEY205": Code("There are annotations for an article that is not there", "warning"),
    "KEY206": Code("An article was completed only by annotators that `primary` lacks", "warning"),
    "KEY207": Code("A field of a span belongs to no span", "warning"),
    "KEY208": Code("Two entries use one id for different things", "error"),
    "GRM201": Code("A span carries several labels", "error"),
    "GRM202": Code("An arrow between such spans means nothing", "warning"),
    "GRM203": Code("An arrow that needs a direction points both ways", "error"),
    "GRM204": Code("Two arrows join the same spans in opposite directions", "error"),
    "GRM205": Code("A same-event arrow joins triggers of different types", "warning"),
    "GRM206": Code("An actor, issue, location or date takes part in no arrow", "warning"),
    "GRM207": Code("A stance has no target", "warning"),
    "GRM208": Code("A trigger has no participant", "warning"),
    "GRM209": Code("A trigger lacks a role that its type requires", "warning"),
    "GRM210": Code("A stance has several holders and several targets", "warning"),
    "GRM211": Code("A mode does not belong to the type of its trigger", "warning"),
    "GRM212": Code("A field does not belong to the label of its span", "warning"),
    "GRM213": Code(
        "A submitted annotation does not say whether the article is relevant", "warning"
    ),
    "GRM214": Code("An article judged irrelevant or broken has spans", "warning"),
    "GRM215": Code("An article judged relevant has neither event nor stance", "warning"),
    "GRM216": Code("A stance has its holder as target", "warning"),
    "GRM217": Code("The same words are marked twice with the same label", "warning"),
    "GRM218": Code("One actor is both ACTOR and RECIPIENT of a trigger", "warning"),
    "GRM219": Code("A stance is left out because one of its arrows cannot be read", "warning"),
    "GRM220": Code("A date says more than its words and the article support", "warning"),
    "GRM221": Code("A stance does not say how it is expressed", "warning"),
}


@dataclass(frozen=True)
class Place:
    """Where the annotation stands that is being read."""

    article_id: str
    annotation_id: str = ""
    file: str = ""
    line: int = 0


@dataclass
class Notes:
    """Findings about one place, as they are collected."""

    place: Place
    found: list[Finding] = field(default_factory=list)

    def add(self, code: str, message: str, **more: Any) -> None:
        """Add a finding; `more` as for `finding`, None meaning not given."""
        given = {name: value for name, value in more.items() if value is not None}
        self.found.append(finding(code, self.place, message, **given))


def finding(
    code: str,
    place: Place,
    message: str,
    *,
    severity: Severity | None = None,
    expected: str | None = None,
    found: str | None = None,
    fix: str | None = None,
    caused_by: str | None = None,
    **ids: str,
) -> Finding:
    """A finding at `place`; `ids` add to those of the place. The code gives the severity."""
    known = {"article_id": place.article_id}
    if place.annotation_id:
        known["annotation_id"] = place.annotation_id
    return Finding(
        code=code,
        severity=severity or CODES[code].severity,
        message=message,
        table=f"exports/{place.file}" if place.file else "annotations",
        row=place.line or None,
        ids={**known, **ids},
        expected=expected,
        found=found,
        fix=fix,
        caused_by=caused_by,
    )


def quoted(text: object, limit: int = 60) -> str:
    """`text` in quotation marks, short, with everything escaped that is not printable."""
    raw = str(text)
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in raw[:limit]
    )
    return f'"{shown}{"…" if len(raw) > limit else ""}"'
