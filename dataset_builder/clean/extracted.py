"""The body of an HTML page: what the extractor took, weighed against what the line model sees.

The extractor knows the markup and is right most of the time, so what it took stays unless the line
model and the markup are sure: runs at either end that read like the page around the article go, and
lines inside that the extractor lost but that read like its text come back.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.clean import patterns
from dataset_builder.clean.body import Cut, Seen, key_of, select
from dataset_builder.clean.lines import look
from dataset_builder.clean.network import load, scores
from dataset_builder.clean.text import fold, normalise_lines, strip

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from dataset_builder.clean.visible import Visible

TRUST: Final = 3.5
"""Log-odds that a line gains for being extracted: it takes a surer line model to overrule that."""
LINKED: Final = 2.5
"""Log-odds that a line loses for being all link."""
ASIDE: Final = 1.5
"""Log-odds that a line loses for standing in an element for navigation or captions."""
LOST: Final = 2.0
"""From these log-odds on, a line between extracted ones belongs to them."""
UNLIKELY: Final = -1.0
"""Up to these log-odds, a line at the edge without a sentence's end is not the text's."""
ALIKE: Final = 0.5
"""Share of words in common from which on the line model is asked at all."""
SMALLEST: Final = 8
"""Words of running text that a body has at least."""
RUNNING: Final = 25
"""A line with so many words is running text even if nothing ends like a sentence."""
TEASERS: Final = 0.5
"""Share of the body's words right below links to articles from which on the page only lists articles."""
LISTED: Final = 100
"""Fewer words without a sentence among them are no article."""
LINKS: Final = 3
"""So many such lines, of so many words in the link, make a list."""
POOR: Final = 60
"""Fewer words are no article where the line model sees none, or the page says that there is none."""
CONTAINED: Final = 20
"""Folded characters of a line that is recognised anywhere in a longer paragraph."""
SEARCHED: Final = 200_000_000
"""Folded characters times lines that are searched for such lines."""
GROUPS: Final = 20
"""So many runs of rows, at most, are looked for on the whole page."""
MAPPED: Final = 0.8
"""Share of the extracted characters that must be found among the visible lines."""

_CUT: Final = frozenset(["related-link", "related-header", "share", "comment-form", "legal"])
"""Wording, by its code, that is no article's even where the extractor kept it."""
_RULE: Final = re.compile(r"\|?(?:\s*:?-{3,}:?\s*\|)+\s*")
_ITEM: Final = re.compile(r"[-•*]\s+")


@dataclass(frozen=True)
class Extracted:
    """The body among the visible lines of a page."""

    kept: tuple[int, ...]
    cuts: dict[int, Cut]
    """Why lines that the extractor took are not kept."""
    odds: tuple[float, ...]
    """Log-odds of each line that it is body, as the line model sees it."""


def rows_of(text: str) -> list[str]:
    """The lines of an extractor's text without its marks of tables and lists."""
    rows = []
    for line in normalise_lines(text):
        row = strip(line)
        if row and not _RULE.fullmatch(row):
            rows.append(_ITEM.sub("", row.strip("| ") if row[0] == "|" else row, count=1))
    return [row for row in rows if fold(row)]


def places(lines: Sequence[str], rows: Sequence[str]) -> tuple[list[int], float]:
    """The visible lines that the extracted rows come from, in order, and the share of the rows'
    characters that they account for."""
    keys = [fold(line) for line in lines]
    at: defaultdict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        at[key].append(place)
    found: set[int] = set()
    bound = len(lines)
    groups: list[tuple[list[str], int]] = []
    """Rows that no line is, with the place of the row after them."""
    # From the end: a teaser above the article repeats its first lines.
    for row in reversed(rows):
        key = fold(row)
        here = at.get(key)
        if here:
            before = bisect_right(here, bound - 1)
            bound = here[before - 1] if before else here[0]
            found.add(bound)
        elif groups and groups[-1][1] == bound:
            groups[-1][0].append(key)
        else:
            groups.append(([key], bound))
    anchors = sorted(found)
    total = sum(len(fold(row)) for row in rows)
    reached = sum(len(keys[place]) for place in found)
    for parts, high in groups:
        joined = "".join(reversed(parts))
        before = bisect_right(anchors, high - 1)
        low = anchors[before - 1] + 1 if before else 0
        inside = _inside(joined, keys, range(low, high))
        if len(groups) <= GROUPS and 2 * sum(len(keys[place]) for place in inside) < len(joined):
            # Out of order: cells of a table, say.
            inside = _inside(joined, keys, range(len(lines))) - found
        found |= inside
        reached += sum(len(keys[place]) for place in inside)
    return sorted(found), min(1.0, reached / total) if total else 1.0


def _inside(joined: str, keys: Sequence[str], run: range) -> set[int]:
    """The lines of a run that a joined text consists of, one after the other."""
    found: set[int] = set()
    at = 0
    search = len(joined) * len(run) <= SEARCHED
    for place in run:
        key = keys[place]
        if not key:
            continue
        if at and joined.startswith(key, at):
            start = at
        elif search and len(key) >= CONTAINED:
            start = joined.find(key, at)
        else:
            continue
        if start >= 0:
            found.add(place)
            at = start + len(key)
    return found


def weigh(lines: Sequence[Visible], taken: Sequence[int], title: str | None = None) -> Extracted:
    """The body among `lines`, of which the extractor took those at `taken`; `title` is what the
    markup says."""
    texts = [line.text for line in lines]
    gaps = [min(at, 1) for at in range(len(texts))]
    looked = look(texts, gaps, [len(texts)])
    odds = scores(looked.features, [len(texts)], load()).tolist()
    words, ends = looked.words.tolist(), looked.ends.tolist()
    seen = Seen(
        texts, odds, words, ends, looked.signs.tolist(), looked.echoes.tolist(), [0.0] * len(texts)
    )
    cuts: dict[int, Cut] = {}
    kept = list(taken)
    model = select(seen)
    if _alike(model.kept, taken, words) >= ALIKE:
        marked = [
            score - LINKED * line.linked - ASIDE * line.aside
            for score, line in zip(odds, lines, strict=True)
        ]
        kept = _trimmed(taken, marked)
        for at in set(taken) - set(kept):
            cuts[at] = Cut("around", "reads like the page around the article, not like its text")
        if kept:
            back = (at for at in range(kept[0], kept[-1]) if marked[at] > LOST)
            kept = sorted({*kept, *back})
        kept = _below_title(kept, seen, title, cuts)
        kept = _without_edges(kept, seen, cuts)
    kept = _without_cues(kept, seen, cuts)
    kept = _without_repeats(kept, texts, cuts)
    if reason := _no_article(kept, lines, seen, title, model=bool(model.kept)):
        for at in kept:
            cuts[at] = Cut("too-little", reason)
        kept = []
    return Extracted(tuple(kept), cuts, tuple(odds))


def _alike(left: Collection[int], right: Collection[int], words: Sequence[int]) -> float:
    """Words in common, of the mean of both."""
    both = sum(words[at] for at in set(left) & set(right))
    size = sum(words[at] for at in left) + sum(words[at] for at in right)
    return 2 * both / size if size else 0.0


def _trimmed(taken: Sequence[int], odds: Sequence[float]) -> list[int]:
    """Without the runs at both ends whose lines together are least likely to be body."""
    first = _run(odds[at] for at in taken)
    last = _run(odds[at] for at in reversed(taken[first:]))
    return list(taken[first : len(taken) - last])


def _run(odds: Iterable[float]) -> int:
    total = least = 0.0
    size = 0
    for count, score in enumerate(odds, start=1):
        total += score + TRUST
        if total < least:
            least, size = total, count
    return size


def _without_cues(kept: Sequence[int], seen: Seen, cuts: dict[int, Cut]) -> list[int]:
    left = []
    for at in kept:
        said = patterns.cue(seen.lines[at], ends=seen.ends[at])
        if said is not None and said.code in _CUT:
            cuts[at] = Cut(said.code, said.reason)
        else:
            left.append(at)
    return left


def _without_repeats(kept: Sequence[int], lines: Sequence[str], cuts: dict[int, Cut]) -> list[int]:
    known: set[str] = set()
    left = []
    for at in kept:
        key = key_of(lines[at])
        if key in known:
            cuts[at] = Cut("repeated-in-page", "the same paragraph stands further up")
        else:
            known.add(key)
            left.append(at)
    return left


def _is_prose(seen: Seen, at: int) -> bool:
    return seen.ends[at] and seen.words[at] >= SMALLEST and seen.odds[at] > 0


def _below_title(
    kept: Sequence[int], seen: Seen, title: str | None, cuts: dict[int, Cut]
) -> list[int]:
    """Without what stands above the title, as long as no prose does."""
    first = next((at for at in kept if _is_prose(seen, at)), None)
    key = fold(title) if title else ""
    if first is None or not key:
        return list(kept)
    top = next(
        (
            at
            for at in range(first - 1, 0, -1)
            if (mine := fold(seen.lines[at])) == key or (2 * len(mine) > len(key) and mine in key)
        ),
        -1,
    )
    for at in kept:
        if at < top:
            cuts[at] = Cut("above-title", "stands above the title")
        elif at == top:
            cuts[at] = Cut("title", "the title")
    return [at for at in kept if at > top]


def _without_edges(kept: Sequence[int], seen: Seen, cuts: dict[int, Cut]) -> list[int]:
    """Without unlikely lines above the first and below the last prose, where they end like no
    sentence or something stands between."""
    prose = [at for at in kept if _is_prose(seen, at)]
    if not prose:
        return list(kept)
    inside = set(kept)
    low, high = prose[0], prose[-1]
    while low - 1 in inside:
        low -= 1
    while high + 1 in inside:
        high += 1
    left = []
    for at in kept:
        likely = seen.odds[at] > UNLIKELY or seen.lines[at].endswith((":", "："))
        close = seen.ends[at] and low <= at <= high
        credit = at > prose[-1] and _says(seen.lines[at], "credit")
        if ((likely or close) and not credit) or prose[0] <= at <= prose[-1]:
            left.append(at)
        else:
            cuts[at] = Cut("around", "reads like the page around the article, not like its text")
    return left


def _no_article(
    kept: Sequence[int], lines: Sequence[Visible], seen: Seen, title: str | None, *, model: bool
) -> str | None:
    """Why what was found is no article; None when it is one."""
    words = sum(seen.words[at] for at in kept)
    running = any(seen.ends[at] or seen.words[at] >= RUNNING for at in kept)
    if (not running and words < LISTED) or words < SMALLEST or (not model and words < POOR):
        return "not enough running text on the page to be an article"
    heads = [seen.lines[at] for at in kept if not seen.ends[at]]
    if words < POOR and any(_says(line, "notice") for line in (title or "", *heads)):
        return "the page says that there is no article"
    inside = set(kept)
    teased = [
        at for at in kept
        if at and at - 1 not in inside and lines[at - 1].linked > 0.9
        and seen.words[at - 1] >= LINKS and not _says(seen.lines[at - 1], "related-link")
    ]  # fmt: skip
    if len(teased) >= LINKS and sum(seen.words[at] for at in teased) >= TEASERS * words:
        return "links to articles with their first lines, no article"
    return None


def _says(line: str, code: str) -> bool:
    said = patterns.cue(line, ends=False) if line else None
    return said is not None and said.code == code
