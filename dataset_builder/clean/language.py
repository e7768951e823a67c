"""Which language a text is in; works offline, and alike on every machine.

The languages that most pages are in are told by their function words, counted; what those do not
settle is left to `py3langid`, whose model comes with the package.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Final

from dataset_builder.clean.vocabulary import FUNCTION_WORDS

COUNTED: Final = 800
"""Code points of the text whose function words are counted."""
SAMPLE: Final = 600
"""Code points of the text that the model is asked about."""
LETTERS: Final = 20
"""Fewer letters tell nothing."""
MARGIN: Final = 2.0
"""Log-likelihood by which the best language must lead the next one."""
WORDS: Final = 25
"""Words that a count needs."""
SHARE: Final = 0.25
"""Share of function words that running text has in its own language."""
RIVAL: Final = 0.65
"""Share of the best count that another language's may have: in Catalan, the Spanish one leads by less."""
CLEAR: Final = ("en", "de", "fr", "es")
"""Languages that no other is so like that counting could mistake it."""

_WIDER: Final = {
    "arz": "ar", "ary": "ar", "apc": "ar", "arb": "ar", "acm": "ar", "wuu": "zh", "yue": "zh",
    "cmn": "zh", "nb": "no", "nn": "no",
}  # fmt: skip
"""Varieties that count as their common written language."""
_OTHER_SCRIPTS: Final = frozenset(["ru", "uk", "ar", "fa", "he", "el", "hi", "bn"])


def identify(text: str) -> str:
    """ISO 639-1 code; `und` when the text is too short, no language, or not clearly one."""
    sample = text[:SAMPLE]
    if sum(map(str.isalpha, sample)) < LETTERS:
        return "und"
    return _by_words(text[:COUNTED]) or _by_model(sample)


@cache
def _function_words() -> dict[str, frozenset[str]]:
    return {
        code: frozenset(words.split())
        for code, words in FUNCTION_WORDS.items()
        if code not in _OTHER_SCRIPTS
    }


def _by_words(sample: str) -> str | None:
    """The language of `CLEAR` whose function words the sample is full of, if one is."""
    counts = Counter(sample.casefold().split())
    total = counts.total()
    if total < WORDS:
        return None
    here = counts.keys()
    hits = {
        code: sum(counts[word] for word in here & words)
        for code, words in _function_words().items()
    }
    best = max(CLEAR, key=hits.__getitem__)
    rival = max(count for code, count in hits.items() if code != best)
    return best if hits[best] >= SHARE * total and rival <= RIVAL * hits[best] else None


def _by_model(sample: str) -> str:
    import py3langid

    ranked = [(_WIDER.get(code, code), float(score)) for code, score in py3langid.rank(sample)]
    best, lead = ranked[0]
    rival = next((score for code, score in ranked if code != best), float("-inf"))
    # Codes of three letters are languages without one of two, or `zxx`: no language at all.
    return best if len(best) == 2 and lead - rival >= MARGIN else "und"
