"""Which lines of a page are the body of its article, and why the others are not.

Three steps: the line model scores every line; the best run through the page (in or out of the body,
changing costs something) smooths the scores; rules that hold for any page take out what is inside
the block but not the article's own text. Each step leaves its reason at the line.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from dataset_builder.clean import patterns
from dataset_builder.clean.context import CONTEXT, in_context
from dataset_builder.clean.lines import OWN, look
from dataset_builder.clean.text import fold
from dataset_builder.clean.weights import AGAIN_WEIGHTS, CONTEXT_WEIGHTS, OWN_WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.clean.lines import Floats, Lines

ENTER: Final = 0.2
LEAVE: Final = 0.1
"""Log-odds that it costs to go into the body and out of it."""
BIAS: Final = 0.2
"""Added to each line's log-odds."""
SECOND_TRY: Final = 1.5
"""Added too when nothing was found: a poor page's best block is better than none."""
UNCLEAR: Final = -1.5
"""From these log-odds on, a sentence right after the body belongs to it."""
SHORTEST: Final = 5
"""Words that a sentence right after the body has at least to belong to it."""
SHORT_UNCLEAR: Final = -1.0
"""As `UNCLEAR`, for sentences of fewer than `SMALLEST` words."""
BETWEEN: Final = -1.0
"""From these log-odds on, sentences and list items between two lines of the body belong to it."""
_ITEM: Final = re.compile(r"[•‣▪●◦*–—-]\s*\w|\d{1,2}[.)]\s")
SMALLEST: Final = 8
"""Words that a body has at least."""
RUNNING: Final = 25
"""A line with so many words is running text even if nothing ends like a sentence."""
WINDOW: Final = 20_000
"""Lines scored together; only monsters have more, and their memory stays bounded."""
LONG_LINE: Final = 200
"""Lines from this length on are compared literally, shorter ones by letters and digits only."""


@dataclass(frozen=True)
class Cut:
    """Why a line is not part of the body."""

    code: str
    reason: str


@dataclass(frozen=True)
class Body:
    """The judgement on the non-blank lines of a page, by their index."""

    kept: tuple[int, ...]
    cuts: Mapping[int, Cut]
    scores: tuple[float, ...]
    """Log-odds that the line is body, as the model sees it in its surroundings."""


def key_of(line: str) -> str:
    """What two lines share that count as the same."""
    return (fold(line) or line) if len(line) < LONG_LINE else line.casefold()


def select(lines: Sequence[str], gaps: Sequence[int]) -> Body:
    """Judge the non-blank, stripped `lines` of a page; `gaps` are the blank lines before each."""
    if not lines:
        return Body((), {}, ())
    keys = [key_of(line) for line in lines]
    counts = Counter(keys)
    scores: list[float] = []
    ends: list[bool] = []
    words: list[int] = []
    for low in range(0, len(lines), WINDOW):
        part = slice(low, low + WINDOW)
        looked = look(lines[part], gaps[part], [counts[key] - 1 for key in keys[part]])
        scores += score_lines(looked).tolist()
        ends += looked.ends.tolist()
        words += looked.words.tolist()
    cues = [
        patterns.cue(line, ends=ends[at]) if len(line) <= patterns.LONGEST else None
        for at, line in enumerate(lines)
    ]
    inside = _smooth(scores, cues, BIAS)
    if sum(words[at] for at in range(len(lines)) if inside[at]) < SMALLEST:
        inside = _smooth(scores, cues, BIAS + SECOND_TRY)
    cuts: dict[int, Cut] = {}
    for at, cue in enumerate(cues):
        if cue is not None:
            cuts[at] = Cut(cue.code, cue.reason)
    kept = [at for at in range(len(lines)) if inside[at] and at not in cuts]
    kept = _between(kept, lines, scores, ends, cues)
    kept = _last_sentence(kept, scores, ends, words, cues)
    kept = _drop_repeats(kept, keys, cuts)
    kept = _drop_quoted(kept, lines, words, cuts)
    kept = _drop_edges(kept, lines, ends, words, cuts)
    running = any(ends[at] or words[at] >= RUNNING for at in kept)
    if not running or sum(words[at] for at in kept) < SMALLEST:
        for at in kept:
            cuts[at] = Cut("too-little", "not enough running text on the page to be an article")
        kept = []
    _explain_rest(kept, cuts, ends, words, counts, keys)
    return Body(tuple(kept), cuts, tuple(scores))


def score_lines(looked: Lines) -> Floats:
    """Log-odds that each line is body."""
    import numpy as np

    odds: Floats = looked.own @ np.array([OWN_WEIGHTS[name] for name in OWN])
    for weights in (CONTEXT_WEIGHTS, AGAIN_WEIGHTS):
        odds = in_context(looked, odds) @ np.array([weights[name] for name in CONTEXT])
    return odds


def _smooth(
    scores: Sequence[float], cues: Sequence[patterns.Cue | None], bias: float
) -> list[bool]:
    """The best in-or-out sequence. Lines with a cue take no side, but may bar the way back in."""
    out, into = 0.0, -ENTER
    toll = 0.0
    back: list[tuple[bool, bool]] = []
    for score, cue in zip(scores, cues, strict=True):
        gain = 0.0 if cue else max(-8.0, min(8.0, score + bias))
        # Costs of coming back count only once something was in.
        enter = ENTER + (toll if into > 0 or out > 0 else 0.0)
        from_in, from_out = out < into - LEAVE, into < out - enter
        out, into = max(out, into - LEAVE), max(into, out - enter) + gain
        back.append((from_in, from_out))
        if cue and (into > 0 or out > 0):
            toll = max(toll, cue.closes)
    state = into > out
    states = [False] * len(scores)
    for at in range(len(scores) - 1, -1, -1):
        from_in, from_out = back[at]
        states[at] = state
        state = (not from_out) if state else from_in
    return states


def _last_sentence(
    kept: Sequence[int],
    scores: Sequence[float],
    ends: Sequence[bool],
    words: Sequence[int],
    cues: Sequence[patterns.Cue | None],
) -> list[int]:
    """With the sentences that follow the body's end at once and are not clearly something else."""
    left = list(kept)
    if not left:
        return left
    for at in range(left[-1] + 1, len(scores)):
        least = SMALLEST if at > kept[-1] + 1 else SHORTEST
        if cues[at] or not ends[at] or words[at] < least:
            break
        if scores[at] < (UNCLEAR if words[at] >= SMALLEST else SHORT_UNCLEAR):
            break
        left.append(at)
    return left


def _between(
    kept: Sequence[int],
    lines: Sequence[str],
    scores: Sequence[float],
    ends: Sequence[bool],
    cues: Sequence[patterns.Cue | None],
) -> list[int]:
    """With runs of sentences or list items between kept lines, none clearly something else: the
    answers of an interview, the points of an agreement."""
    left = list(kept)
    for before, after in pairwise(kept):
        run = range(before + 1, after)
        listed = len(run) > 1 and all(_ITEM.match(lines[at]) for at in run)
        if run and all(
            not cues[at] and (ends[at] or listed) and scores[at] >= BETWEEN for at in run
        ):
            left += run
    return sorted(left)


def _drop_repeats(kept: Sequence[int], keys: Sequence[str], cuts: dict[int, Cut]) -> list[int]:
    """The first of each paragraph only."""
    first: dict[str, int] = {}
    left = []
    for at in kept:
        if keys[at] in first:
            cuts[at] = Cut("repeated-in-page", "the same paragraph stands further up")
        else:
            first[keys[at]] = at
            left.append(at)
    return left


QUOTED_WORDS: Final = (8, 80)
"""Lines of so many words are looked for inside others."""
QUOTING: Final = 20_000
"""Code points of a line in which others are looked for."""
_TOKEN: Final = re.compile(r"[^\W_]+")


def _drop_quoted(
    kept: Sequence[int], lines: Sequence[str], words: Sequence[int], cuts: dict[int, Cut]
) -> list[int]:
    """Without lines whose every five words in a row stand in a longer kept line (pull quotes)."""
    low, high = QUOTED_WORDS
    if not any(low <= words[at] <= high for at in kept):
        return list(kept)
    seen: set[tuple[str, ...]] = set()
    for at in sorted(kept, key=lambda at: (-words[at], at)):
        tokens = [token for token in _TOKEN.findall(lines[at][:QUOTING].casefold()) if token]
        grams = {tuple(tokens[place : place + 5]) for place in range(len(tokens) - 4)}
        if low <= words[at] <= high and grams and grams <= seen:
            cuts[at] = Cut("repeated-in-page", "stands word for word inside another paragraph")
        seen |= grams
    return [at for at in kept if at not in cuts]


def _drop_edges(
    kept: Sequence[int],
    lines: Sequence[str],
    ends: Sequence[bool],
    words: Sequence[int],
    cuts: dict[int, Cut],
) -> list[int]:
    """Without what stands unpunctuated before the first and after the last sentence of prose."""
    prose = [at for at in kept if ends[at] and words[at] >= SMALLEST]
    if not prose or 2 * sum(words[at] for at in prose) < sum(words[at] for at in kept):
        return list(kept)  # a list, a poem: nothing can be told from punctuation
    for at in kept:
        if at < prose[0] and not ends[at] and not lines[at].endswith((":", "：")):
            cuts[at] = Cut("caption", "caption, heading or teaser above the first paragraph")
        elif at > prose[-1] and not ends[at] and words[at] < 2 * SMALLEST:
            cuts[at] = Cut("headline-list", "unpunctuated line after the last paragraph")
    return [at for at in kept if at not in cuts]


def _explain_rest(
    kept: Sequence[int],
    cuts: dict[int, Cut],
    ends: Sequence[bool],
    words: Sequence[int],
    counts: Mapping[str, int],
    keys: Sequence[str],
) -> None:
    """Give every remaining line the likeliest reason."""
    chosen = set(kept)
    first, last = (kept[0], kept[-1]) if kept else (len(keys), len(keys))
    for at, key in enumerate(keys):
        if at in chosen or at in cuts:
            continue
        if words[at] <= 12 and counts[key] > 1:
            cuts[at] = Cut("repeated-line", f"stands {counts[key]} times on the page")
        elif at > last and words[at] >= 4 and not ends[at]:
            cuts[at] = Cut("headline-list", "headline or link after the end of the article")
        elif at > last:
            cuts[at] = Cut("after-end", "after the end of the article")
        elif words[at] < 6 or not ends[at]:
            where = "before" if at < first else "inside"
            cuts[at] = Cut("navigation", f"short line without a sentence, {where} the article")
        else:
            cuts[at] = Cut("boilerplate", "reads like text around the article, not like its body")
