"""Which language a text is in, by `py3langid` (works offline; its model comes with the package)."""

from __future__ import annotations

from typing import Final

SAMPLE: Final = 2500
"""Code points of the text that are looked at."""
LETTERS: Final = 20
"""Fewer letters tell nothing."""
MARGIN: Final = 2.0
"""Log-likelihood by which the best language must lead the next one."""

_WIDER: Final = {
    "arz": "ar", "ary": "ar", "apc": "ar", "arb": "ar", "acm": "ar", "wuu": "zh", "yue": "zh",
    "cmn": "zh", "nb": "no", "nn": "no",
}  # fmt: skip
"""Varieties that count as their common written language."""


def identify(text: str) -> str:
    """ISO 639-1 code; `und` when the text is too short, no language, or not clearly one."""
    import py3langid

    sample = text[:SAMPLE]
    if sum(char.isalpha() for char in sample) < LETTERS:
        return "und"
    ranked = [(_WIDER.get(code, code), float(score)) for code, score in py3langid.rank(sample)]
    best, lead = ranked[0]
    rival = next((score for code, score in ranked if code != best), float("-inf"))
    # Codes of three letters are languages without one of two, or `zxx`: no language at all.
    return best if len(best) == 2 and lead - rival >= MARGIN else "und"
