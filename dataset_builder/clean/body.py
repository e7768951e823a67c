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
from dataset_builder.clean.alone import GRAM
from dataset_builder.clean.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHANGE: Final = 0.2
"""Log-odds that it costs to go into the body or out of it."""
SECOND_TRY: Final = 1.5
"""Added when nothing was found: a poor page's best block is better than none."""
UNCLEAR: Final = -2.5
"""From these log-odds on, a sentence right after the body belongs to it."""
DOUBTED: Final = -0.7
"""As `UNCLEAR`, for a sentence just above the body."""
SHORTEST: Final = 5
"""Words that a sentence right after the body has at least to belong to it."""
SHORT_UNCLEAR: Final = -1.0
"""As `UNCLEAR`, for sentences of fewer than `SMALLEST` words."""
BETWEEN: Final = -1.0
"""From these log-odds on, sentences and list items between two lines of the body belong to it."""
DOUBTFUL: Final = 1.6
"""Up to these log-odds a line without punctuation above the first sentence is a caption."""
BEYOND: Final = 5
"""What stands above such a line has to be so many times what stands below for that to be cut."""
CLOSING: Final = ("legal", "comment-form")
"""Wording below which no article goes on."""
SURE: Final = 2.0
"""From these log-odds on, a sentence of `SURE_WORDS` is body whatever its wording."""
SURE_WORDS: Final = 15
TEMPLATE: Final = 6.0
"""Log-odds that a line would lose for standing on all pages of its site; on some it loses a share of
them, so that a sentence that comes back in some articles stays."""
_ITEM: Final = re.compile(r"[•‣▪●◦*–—-]\s*\w|\d{1,2}[.)]\s")
SMALLEST: Final = 8
"""Words that a body has at least."""
RUNNING: Final = 25
"""A line with so many words is running text even if nothing ends like a sentence."""


@dataclass(frozen=True)
class Cut:
    """Why a line is not part of the body."""

    code: str
    reason: str
    closes: bool = False
    """Whether what stands below is no longer the article."""


@dataclass(frozen=True)
class Seen:
    """What the line model makes of the non-blank, stripped lines of a page."""

    lines: Sequence[str]
    odds: Sequence[float]
    """Log-odds that the line is body, as the model sees it in its surroundings."""
    words: Sequence[int]
    ends: Sequence[bool]
    """Whether it ends like a sentence."""
    signs: Sequence[int]
    """Letters and digits of the line once folded."""
    echoes: Sequence[bool]
    """Whether every five words in a row of it may stand on the page twice."""
    template: Sequence[float]
    """Share of its site's pages that the line stands on, 0 when that is not known."""


@dataclass(frozen=True)
class Body:
    """The judgement on the lines of a page, by their index."""

    kept: tuple[int, ...]
    cuts: Mapping[int, Cut]
    """Lines that a rule took out; the others that are not kept the model did not take for body."""


def key_of(line: str) -> str:
    """What two lines share that count as the same: they differ in signs, case and spacing at most."""
    return fold(line) or line


def select(seen: Seen) -> Body:
    """Judge the lines of a page."""
    odds = [score - TEMPLATE * share for score, share in zip(seen.odds, seen.template, strict=True)]
    inside = _smooth(odds)
    if sum(words for words, is_in in zip(seen.words, inside, strict=True) if is_in) < SMALLEST:
        inside = _smooth([score + SECOND_TRY for score in odds])
    cuts: dict[int, Cut] = {}
    kept = []
    for at, is_in in enumerate(inside):
        if is_in and (_surely(seen, at) or not _cue_cut(seen, at, cuts)):
            kept.append(at)
    kept = _between(kept, seen, odds, cuts)
    kept = _first_sentence(kept, seen, odds, cuts)
    kept = _last_sentence(kept, seen, odds, cuts)
    kept = _drop_beyond(kept, seen, cuts)
    kept = _drop_lead(kept, seen, odds, cuts)
    kept = _drop_repeats(kept, seen, cuts)
    kept = _drop_quoted(kept, seen, cuts)
    running = any(seen.ends[at] or seen.words[at] >= RUNNING for at in kept)
    if not running or sum(seen.words[at] for at in kept) < SMALLEST:
        for at in kept:
            cuts[at] = Cut("too-little", "not enough running text on the page to be an article")
        kept = []
    return Body(tuple(kept), cuts)


def _surely(seen: Seen, at: int) -> bool:
    """Whether a line is so clearly running text that its wording need not be asked."""
    return seen.odds[at] >= SURE and seen.words[at] >= SURE_WORDS and seen.ends[at]


def _cue_cut(seen: Seen, at: int, cuts: dict[int, Cut]) -> bool:
    """Whether the wording of a line gives it away; the reason goes into `cuts`."""
    line = seen.lines[at]
    found = patterns.cue(line, ends=seen.ends[at]) if len(line) <= patterns.LONGEST else None
    if found is not None:
        cuts[at] = Cut(found.code, found.reason, found.closes)
    return found is not None


def _smooth(odds: Sequence[float]) -> list[bool]:
    """The best sequence of in and out (Viterbi 1967)."""
    lead = -CHANGE  # of being in over being out
    back: list[float] = []
    for score in odds:
        back.append(lead)
        lead = (CHANGE if lead > CHANGE else max(-CHANGE, lead)) + score
    state = lead > 0
    states = [False] * len(odds)
    for at in range(len(odds) - 1, -1, -1):
        states[at] = state
        # Stay as it was before, unless the other side led by more than the change costs.
        state = back[at] > -CHANGE if state else back[at] > CHANGE
    return states


def _first_sentence(
    kept: Sequence[int], seen: Seen, odds: Sequence[float], cuts: dict[int, Cut]
) -> list[int]:
    """With the sentences just above the body that are not clearly something else."""
    left = list(kept)
    while left:
        at = left[0] - 1
        if at < 0 or at in cuts or not seen.ends[at] or seen.words[at] < SMALLEST:
            break
        if odds[at] < DOUBTED or _cue_cut(seen, at, cuts):
            break
        left.insert(0, at)
    return left


def _last_sentence(
    kept: Sequence[int], seen: Seen, odds: Sequence[float], cuts: dict[int, Cut]
) -> list[int]:
    """With the sentences that follow the body's end at once and are not clearly something else."""
    left = list(kept)
    if not left:
        return left
    for at in range(left[-1] + 1, len(odds)):
        least = SMALLEST if at > kept[-1] + 1 else SHORTEST
        words = seen.words[at]
        if (at in cuts or _cue_cut(seen, at, cuts)) and not cuts[at].closes:
            continue  # a link or caption between the paragraphs
        if at in cuts or not seen.ends[at] or words < least:
            break
        if odds[at] < (UNCLEAR if words >= SMALLEST else SHORT_UNCLEAR):
            break
        left.append(at)
    return left


def _between(
    kept: Sequence[int], seen: Seen, odds: Sequence[float], cuts: dict[int, Cut]
) -> list[int]:
    """With runs of sentences or list items between kept lines, none clearly something else: the
    answers of an interview, the points of an agreement."""
    left = list(kept)
    for before, after in pairwise(kept):
        run = range(before + 1, after)
        if not run or any(odds[at] < BETWEEN or at in cuts for at in run):
            continue
        listed = len(run) > 1 and all(_ITEM.match(seen.lines[at]) for at in run)
        if all((seen.ends[at] or listed) and not _cue_cut(seen, at, cuts) for at in run):
            left += run
    return sorted(left)


def _drop_beyond(kept: Sequence[int], seen: Seen, cuts: dict[int, Cut]) -> list[int]:
    """Without what stands below a copyright line or a comment form, when it is little."""
    total = sum(seen.words[at] for at in kept)
    above = 0
    for before, after in pairwise(kept):
        above += seen.words[before]
        if BEYOND * (total - above) > above or after == before + 1:
            continue
        for at in range(before + 1, after):
            if (at in cuts or _cue_cut(seen, at, cuts)) and cuts[at].code in CLOSING:
                beyond = Cut("after-end", "after the end of the article")
                cuts.update((line, beyond) for line in kept if line > at)
                return [line for line in kept if line <= at]
    return list(kept)


def _drop_lead(
    kept: Sequence[int], seen: Seen, odds: Sequence[float], cuts: dict[int, Cut]
) -> list[int]:
    """Without doubtful lines that stand unpunctuated above the first sentence of prose."""
    ends = {at: seen.ends[at] or seen.lines[at].endswith((":", "：")) for at in kept}
    prose = (at for at in kept if ends[at] and seen.words[at] >= SMALLEST)
    first = next(prose, kept[0] if kept else 0)
    for at in kept:
        if at < first and odds[at] < DOUBTFUL and not ends[at]:
            cuts[at] = Cut("caption", "caption, heading or teaser above the first paragraph")
    return [at for at in kept if at not in cuts]


def _drop_repeats(kept: Sequence[int], seen: Seen, cuts: dict[int, Cut]) -> list[int]:
    """The first of each paragraph only."""
    alike = Counter([seen.signs[at] for at in kept])
    known: set[str] = set()
    left = []
    for at in kept:
        if alike[seen.signs[at]] > 1:  # else no other line can read the same
            key = key_of(seen.lines[at])
            if key in known:
                cuts[at] = Cut("repeated-in-page", "the same paragraph stands further up")
                continue
            known.add(key)
        left.append(at)
    return left


QUOTED_WORDS: Final = (8, 80)
"""Lines of so many words are looked for inside others."""
QUOTING: Final = 20_000
"""Code points of a line in which others are looked for."""
OPENING: Final = 24
"""Code points that a quoting line and what it quotes begin with alike."""
QUICK: Final = 20_000_000
"""Up to so many lines times code points, looking each line up in the whole text is quicker."""
_QUOTES: Final = "\"'“”„«»‘’‚‹› "
_TOKEN: Final = re.compile(r"[^\W_]+")


def _drop_quoted(kept: Sequence[int], seen: Seen, cuts: dict[int, Cut]) -> list[int]:
    """Without lines whose every five words in a row stand in a longer kept line (pull quotes)."""
    low, high = QUOTED_WORDS
    suspects = {at for at in kept if seen.echoes[at] and low <= seen.words[at] <= high}
    if not suspects:
        return list(kept)
    text = "\n".join([seen.lines[at][:QUOTING].casefold() for at in kept])
    if len(suspects) * len(text) <= QUICK:
        # Most lines begin like no other place of the text: they need no closer look.
        suspects = {
            at
            for at in suspects
            if text.count(seen.lines[at].lstrip(_QUOTES)[:OPENING].casefold()) > 1
        }
    if not suspects:
        return list(kept)
    known: set[tuple[str, ...]] = set()
    for at in sorted(kept, key=lambda at: (-seen.words[at], at)):
        tokens = _TOKEN.findall(seen.lines[at][:QUOTING].casefold())
        grams = set(zip(*(tokens[skip:] for skip in range(GRAM)), strict=False))
        if at in suspects and grams and grams <= known:
            cuts[at] = Cut("repeated-in-page", "stands word for word inside another paragraph")
        known |= grams
    return [at for at in kept if at not in cuts]


def reasons(seen: Seen, body: Body) -> dict[int, Cut]:
    """The reason for every line that is not kept: a rule's, or the likeliest."""
    cuts = dict(body.cuts)
    chosen = set(body.kept)
    keys = [key_of(line) for line in seen.lines]
    counts = Counter(keys)
    first, last = (body.kept[0], body.kept[-1]) if body.kept else (len(keys), len(keys))
    for at, key in enumerate(keys):
        words, ends = seen.words[at], seen.ends[at]
        if at in chosen or at in cuts or _cue_cut(seen, at, cuts):
            continue
        if seen.template[at]:
            share = f"{seen.template[at]:.0%}"
            cuts[at] = Cut("template", f"stands on {share} or more of this site's pages")
        elif words <= 12 and counts[key] > 1:
            cuts[at] = Cut("repeated-line", f"stands {counts[key]} times on the page")
        elif at > last and words >= 4 and not ends:
            cuts[at] = Cut("headline-list", "headline or link after the end of the article")
        elif at > last:
            cuts[at] = Cut("after-end", "after the end of the article")
        elif words < 6 or not ends:
            where = "before" if at < first else "inside"
            cuts[at] = Cut("navigation", f"short line without a sentence, {where} the article")
        else:
            cuts[at] = Cut("boilerplate", "reads like text around the article, not like its body")
    return cuts
