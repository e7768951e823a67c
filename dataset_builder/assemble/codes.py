"""How assembling makes its findings. What the codes stand for is in `validate.inputs`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataset_builder.assemble.mending import MENDING
from dataset_builder.printable import printable
from dataset_builder.validate.findings import Finding
from dataset_builder.validate.inputs import CODES

if TYPE_CHECKING:
    from dataset_builder.validate.findings import Severity


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
    """A finding at `place`; `ids` add to those of the place. The code gives the severity, and how to
    mend it where `fix` does not."""
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
        fix=fix or MENDING.get(code),
        caused_by=caused_by,
    )


def quoted(text: object, limit: int = 60) -> str:
    """`text` in quotation marks, short, with everything escaped that is not printable."""
    return f'"{printable(str(text), limit + 1)}"'
