"""Words and shapes of the factory's articles."""

from __future__ import annotations

from dataclasses import dataclass

ACTORS = ("erdogan", "putin", "assad", "tur", "rus", "usa", "irn")
FILLING = ("ACTOR", "LOCATION", "DATE")
"""Labels of the spans that can be arguments."""
FILLERS = (
    "The envoys said «مرحبا بالعالم» and waved 🇹🇷🤝🇷🇺 at the crowd.",
    "Observers in q̃amishlī counted 12 🚚 and 3 👩‍👩‍👧 that day.",
    "Nothing else was known by evening…",
)


@dataclass(frozen=True)
class Shape:
    """What an article is to have beyond the plain template."""

    prefix: str = ""
    """Words before everything else: emoji, Arabic and marks there shift every offset."""
    rich: bool = False
    """A second mention of an event, contexts, and evidence that overlaps other spans."""


PLAIN = Shape()
SCRIPTS = Shape(prefix="👩‍👩‍👧‍👦 قال الرئيس إنّ «السلام» ممكن 🇸🇾🕊️, x̂ q̃ à̸ नमस्ते ಕನ್ನಡ 𝒜𝒷𝒸 — ﷺ 🧑🏽‍🚀:")
"""Characters of several code points, of several UTF-16 units, and from right to left."""
RICH = Shape(rich=True)
BOTH = Shape(SCRIPTS.prefix, rich=True)
