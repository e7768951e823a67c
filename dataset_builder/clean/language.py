"""Which language a text is in; works offline, and alike on every machine.

The languages that most pages are in are told by their function words, counted, or by their letters;
what those do not settle is left to `py3langid`, whose model comes with the package.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import chain, islice
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
_ALPHABETS: Final = {
    "ru": ("ы", re.compile(r"[\u0400\u0402-\u040f\u0450\u0452-\u052f]")),
    "ar": ("ة", re.compile(r"[\u0671-\u06d3\u06ee-\u06ff\u0750-\u077f\u08a0-\u08ff]")),
}
"""A letter that the language is never without for long and its next relatives lack, and the letters
of its script that it lacks."""
OWN: Final = 2
"""Times that such a letter must stand in the sample."""
OWN_SHARE: Final = 0.1
"""As `SHARE`, for a language that its letters tell from its relatives."""


def identify(text: str) -> str:
    """ISO 639-1 code; `und` when the text is too short, no language, or not clearly one."""
    sample = text[:SAMPLE]
    if len(list(islice(filter(str.isalpha, sample), LETTERS))) < LETTERS:
        return "und"
    return _by_words(text[:COUNTED]) or _by_model(sample)


@cache
def _function_words() -> dict[str, list[str]]:
    """The languages that each word is a function word of."""
    found: dict[str, list[str]] = {}
    for code, words in FUNCTION_WORDS.items():
        for word in set(words.split()):
            found.setdefault(word, []).append(code)
    return found


def _by_words(sample: str) -> str | None:
    """The language whose function words the sample is full of, if it is one that these settle."""
    words = sample.casefold().split()
    total = len(words)
    if total < WORDS:
        return None
    known = _function_words()
    hits = Counter(chain.from_iterable(known[word] for word in words if word in known))
    best = max(CLEAR, key=hits.__getitem__)
    rival = max((count for code, count in hits.items() if code != best), default=0)
    if hits[best] >= SHARE * total and rival <= RIVAL * hits[best]:
        return best
    for code, (own, foreign) in _ALPHABETS.items():
        if (
            hits[code] >= OWN_SHARE * total
            and hits[code] == max(hits.values())
            and sample.count(own) >= OWN
            and not foreign.search(sample)
        ):
            return code
    return None


def _by_model(sample: str) -> str:
    import py3langid

    ranked = [(_WIDER.get(code, code), float(score)) for code, score in py3langid.rank(sample)]
    best, lead = ranked[0]
    rival = next((score for code, score in ranked if code != best), float("-inf"))
    # Codes of three letters are languages without one of two, or `zxx`: no language at all.
    return best if len(best) == 2 and lead - rival >= MARGIN else "und"
