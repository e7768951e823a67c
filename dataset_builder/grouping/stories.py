"""Stories: articles of one language that report the same happening in other words.

A happening is something at one time and place (Allan, "Introduction to topic detection and tracking",
2002); two meetings of the same people about the same war are two. So the score of two reports is how
much they say the same, weighed by rarity (`story_terms`, `story_index`), less what their leads
disagree on: when, and where. Clusters grow from single articles (`story_clusters`): the two with the
highest mean score between their members are joined first, as long as that mean is SAME or more. A
chain of reports, each a little like the next, therefore does not become one story, nor does a topic;
and no story is longer than DAYS from its first to its last stated publication.

Only title, text, language and stated date count, so annotating an article never moves it. Nothing
depends on the order of the articles. Scores do depend on which articles there are, because a term
that all have tells none apart: what must not change as a corpus grows is held by the ledger.
"""

from __future__ import annotations

import tempfile
from bisect import bisect_left
from collections import Counter, defaultdict
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dataset_builder.grouping.forest import Forest
from dataset_builder.grouping.story_clusters import DISAGREE, Cluster, agglomerate, summed
from dataset_builder.grouping.story_edges import Edges
from dataset_builder.grouping.story_index import KINDS, Index, keys_of, rarity
from dataset_builder.grouping.story_terms import Frame, terms_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Iterator

    import pyarrow as pa

    from dataset_builder.grouping.story_index import Numbers, Values

    Progress = Callable[[str, int], None]
    """Is told what is being done, and of how many articles or pairs it is done."""

SAME: Final = 0.11
"""Mean score of their members from which two clusters may be one story."""
DAYS: Final = 6
"""Longest time from a story's first to its last publication: what comes every week is not one."""


@dataclass(frozen=True, slots=True)
class Report:
    """What decides which story an article belongs to."""

    article_id: str
    title: str | None
    text: str
    language: str
    """ISO 639-1 code, `und` when unknown."""
    published: dt.date | None
    """Only if the page states it; a time of day does no harm."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known before anything is read. It may name articles that are not there."""

    together: Iterable[Collection[str]] = ()
    """Sets of article ids that are one story, whatever the articles say."""
    apart: Iterable[Collection[str]] = ()
    """Sets of article ids of which no two come into one story, unless `together` joins them."""
    settled: Collection[str] = ()
    """Articles whose stories are made: new articles may come to them, but none is joined with
    another one, unless `together` joins them."""


def find_stories(reports: Iterable[Report], given: Given | None = None) -> list[list[str]]:
    """The ids of the articles of every story of two or more, sorted.

    Two reports with one id are one article.
    """
    with _corpus(None, _silent) as corpus:
        for report in reports:
            corpus.add(report)
        return corpus.stories(given or Given())


def story_table(
    batches: Iterable[pa.RecordBatch],
    given: Given | None = None,
    *,
    scratch: Path | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """The story of every article, for corpora of any size; the stories are those of `find_stories`.

    `batches` have the columns article_id, text, language (strings, no nulls), title (string) and
    published_at (date or timestamp); more columns do no harm. Columns of the result: article_id and
    story (the smallest id of its articles), large_string, one row an article, sorted by article_id.
    Temporary files go to a new folder below `scratch` (default: the system's), about 4 KB an
    article.
    """
    import pyarrow as pa

    with _corpus(scratch, progress or _silent) as corpus:
        for batch in batches:
            columns = [batch[name].to_pylist() for name in _COLUMNS]
            for row in zip(*columns, strict=True):
                corpus.add(Report(*row))
        story = {name: name for name in sorted(corpus.ids)}
        for found in corpus.stories(given or Given()):
            story.update(dict.fromkeys(found, found[0]))
    names, groups = list(story), list(story.values())
    return pa.table(
        {
            "article_id": pa.array(names, pa.large_string()),
            "story": pa.array(groups, pa.large_string()),
        }
    )


_COLUMNS: Final = ("article_id", "title", "text", "language", "published_at")


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Why two articles are, or are not, one story."""

    score: float
    shared: tuple[tuple[str, str, float], ...]
    """Kind, term, and what it adds to the score; the strongest first."""
    disagreements: tuple[str, ...]
    """day, weekday, place: each takes DISAGREE from the score."""


def resemblance(one: Report, other: Report, reports: Iterable[Report] = ()) -> Resemblance:
    """How two articles of the corpus `reports` compare, as `find_stories` sees it.

    Without `reports` the two are the corpus; `reports` should include both.
    """
    import math

    found = {report.article_id: report for report in (*reports, one, other)}
    terms = {name: terms_of(r.title, r.text, r.language) for name, r in found.items()}
    first, second = terms[one.article_id], terms[other.article_id]
    shared = []
    for kind, name in enumerate(KINDS):
        frequency = Counter(term for each in terms.values() for term in getattr(each, name))
        rare = {
            term: float(rarity(frequency[term], kind, len(terms)))
            for term in getattr(first, name) | getattr(second, name)
        }
        length = math.prod(
            math.sqrt(sum(rare[term] ** 2 for term in sorted(getattr(each, name))))
            for each in (first, second)
        )
        shared += [
            (name, term, rare[term] ** 2 / length / len(KINDS))
            for term in getattr(first, name) & getattr(second, name)
            if rare[term]
        ]
    apart = first.frame.disagreements(second.frame)
    score = sum(value for *_, value in shared) - DISAGREE * len(apart)
    return Resemblance(score, tuple(sorted(shared, key=lambda s: (-s[2], s[:2]))), apart)


def _silent(_what: str, _done: int) -> None:
    pass


@contextmanager
def _corpus(scratch: Path | None, tell: Progress) -> Iterator[_Corpus]:
    with tempfile.TemporaryDirectory(prefix="stories-", dir=scratch) as name:
        corpus = _Corpus(Path(name), tell)
        try:
            yield corpus
        finally:
            corpus.index.close()


class _Corpus:
    """All reports. They are numbered as they come; a rank is a place in the order of their ids."""

    def __init__(self, folder: Path, tell: Progress) -> None:
        self._folder = folder
        self.index = Index(folder)
        self.ids: list[str] = []
        self._seen: set[str] = set()
        self._tell = tell
        self._frames: dict[Frame, int] = {}
        self._frame_of: list[int] = []
        self._published: list[int] = []

    def add(self, report: Report) -> None:
        """Take a report in; one whose id is there already is left out."""
        if report.article_id in self._seen:
            return
        self._seen.add(report.article_id)
        terms = terms_of(report.title, report.text, report.language)
        self.index.write(keys_of(terms))
        self.ids.append(report.article_id)
        self._frame_of.append(self._frames.setdefault(terms.frame, len(self._frames)))
        self._published.append(report.published.toordinal() if report.published else 0)
        if len(self.ids) % 1000 == 0:
            self._tell("reading", len(self.ids))

    def stories(self, given: Given) -> list[list[str]]:
        """What `find_stories` returns."""
        import numpy as np

        self.index.count()
        self._numbers = np.array(sorted(range(len(self.ids)), key=self.ids.__getitem__), np.int64)
        self._names = [self.ids[number] for number in self._numbers]
        self._distinct = list(self._frames)
        self._apart = _apart(given.apart, self._rank)
        self._settled = {self._rank(name) for name in given.settled}
        fixed = {members[0]: members for members in _together(given.together, self._rank)}
        home = np.arange(len(self.ids))
        for node, members in fixed.items():
            home[list(members)] = node

        def make(node: int) -> Cluster:
            return self._cluster(fixed.get(node, (node,)))

        found = {*fixed.values()}
        with closing(Edges(self._folder, len(self.ids))) as edges:
            for one, other, scores in self._candidates():
                low, high = home[one], home[other]
                # In a story that is given, the mean over all of its members counts.
                scores[(low != one) | (high != other)] = np.nan
                edges.add(low, high, scores)
            for nodes, pairs in edges.components():
                found -= {fixed[node] for node in nodes if node in fixed}
                found.update(agglomerate(nodes, pairs, make, enough=SAME, days=DAYS))
        return [[self._names[rank] for rank in members] for members in sorted(found) if members[1:]]

    def _rank(self, name: str) -> int | None:
        at = bisect_left(self._names, name)
        return at if self._names[at : at + 1] == [name] else None

    def _candidates(self) -> Iterator[tuple[Numbers, Numbers, Values]]:
        """Pairs of ranks whose score is SAME or more, and their scores."""
        import numpy as np

        ranks = np.empty(len(self.ids), np.int64)
        ranks[self._numbers] = np.arange(len(ranks))
        order = np.empty_like(ranks)
        order[np.lexsort((ranks, np.array(self._published, np.int64)))] = np.arange(len(ranks))
        done = 0
        for low, high, likeness in self.index.likely_pairs(order):
            near = np.flatnonzero(likeness >= SAME)
            low, high = low[near], high[near]  # noqa: PLW2901 - the others are done with
            ends = zip(low.tolist(), high.tolist(), strict=True)
            against = [len(self._frame(a).disagreements(self._frame(b))) for a, b in ends]
            scores = likeness[near] - DISAGREE * np.array(against, np.int64)
            same = scores >= SAME
            yield ranks[low[same]], ranks[high[same]], scores[same]
            done += len(likeness)
            self._tell("comparing", done)

    def _frame(self, number: int) -> Frame:
        return self._distinct[self._frame_of[number]]

    def _cluster(self, ranks: tuple[int, ...]) -> Cluster:
        numbers = [int(self._numbers[rank]) for rank in ranks]
        days = [self._published[number] for number in numbers if self._published[number]]
        keys, values = summed([self.index.vector(number) for number in numbers])
        return Cluster(
            members=ranks,
            keys=keys,
            values=values,
            frames=Counter(self._frame(number) for number in numbers),
            first=min(days, default=0),
            last=max(days, default=0),
            apart=frozenset[int]().union(*(self._apart.get(rank, ()) for rank in ranks)),
            settled=not self._settled.isdisjoint(ranks),
        )


def _apart(
    sets: Iterable[Collection[str]], rank: Callable[[str], int | None]
) -> dict[int, set[int]]:
    """By rank: the ranks that it must not be joined with."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for names in sets:
        ranks = {at for name in names if (at := rank(name)) is not None}
        for one in ranks:
            found[one] |= ranks - {one}
    return dict(found)


def _together(
    sets: Iterable[Collection[str]], rank: Callable[[str], int | None]
) -> list[tuple[int, ...]]:
    """Ranks that are one story from the start. Articles that are not there connect others."""
    import numpy as np

    groups = [sorted(names) for names in sets]
    names = sorted({name for group in groups for name in group})
    places = {name: place for place, name in enumerate(names)}
    forest = Forest(len(names))
    for group in groups:
        for name in group[1:]:
            forest.join(places[group[0]], places[name])
    members: defaultdict[int, list[int]] = defaultdict(list)
    for name, root in zip(names, forest.roots(np.arange(len(names))).tolist(), strict=True):
        if (at := rank(name)) is not None:
            members[root].append(at)
    return [tuple(sorted(found)) for found in members.values()]
