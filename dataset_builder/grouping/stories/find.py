"""The stories of any number of reports.

The score of two reports is how much they say the same, weighed by rarity (`terms`, `index`), less
what their leads disagree on (`frames`). Clusters grow from single articles (`clusters`) as long as
the mean score between their members is SAME or more, and no story is longer than DAYS from its first
to its last stated publication.
"""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from collections import defaultdict
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dataset_builder.grouping.forest import Forest
from dataset_builder.grouping.stories.clusters import Cluster, agglomerate, summed
from dataset_builder.grouping.stories.edges import Edges
from dataset_builder.grouping.stories.frames import COSTS, Frame, Frames, far_apart, frame_of
from dataset_builder.grouping.stories.index import Index
from dataset_builder.grouping.stories.reports import Given, Report
from dataset_builder.grouping.stories.terms import keys_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from dataset_builder.grouping.stories.index import Numbers, Values

    Progress = Callable[[str, int], None]
    """Is told what is being done, and of how many articles or pairs it is done."""

SAME: Final = 0.1
"""Mean score of their members from which two clusters may be one story."""
DAYS: Final = 6
"""Longest time from a story's first to its last publication: what comes every week is not one."""


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
    Temporary files go to a new folder below `scratch` (default: the system's), about 5 KB an
    article.
    """
    import pyarrow as pa

    with _corpus(scratch, progress or _silent) as corpus:
        for batch in batches:
            columns = [batch[name].to_pylist() for name in COLUMNS]
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


COLUMNS: Final = ("article_id", "title", "text", "language", "published_at")
"""What `story_table` reads, in the order of the fields of `Report`."""


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
        self._dates: dict[frozenset[tuple[int, int]], int] = {frozenset(): 0}
        self._places: dict[str, int] = {"": 0}
        self._when = _When()

    def add(self, report: Report) -> None:
        """Take a report in; one whose id is there already is left out."""
        if report.article_id in self._seen:
            return
        self._seen.add(report.article_id)
        self.index.write(keys_of(report.title, report.text))
        self.ids.append(report.article_id)
        frame = frame_of(report.title, report.text, report.language)
        self._when.days.append(self._dates.setdefault(frame.days, len(self._dates)))
        self._when.weekdays.append(frame.weekdays)
        self._when.places.append(self._places.setdefault(frame.place, len(self._places)))
        self._when.published.append(report.published.toordinal() if report.published else 0)
        if len(self.ids) % 1000 == 0:
            self._tell("reading", len(self.ids))

    def stories(self, given: Given) -> list[list[str]]:
        """What `find_stories` returns."""
        import numpy as np

        self.index.count()
        self._numbers = np.array(sorted(range(len(self.ids)), key=self.ids.__getitem__), np.int64)
        self._names = [self.ids[number] for number in self._numbers]
        self._days_of, self._place_of = list(self._dates), list(self._places)
        self._apart = _apart(given.apart, self._rank)
        self._settled = {self._rank(name) for name in given.settled}
        fixed = {members[0]: members for members in _together(given.together, self._rank)}
        home, several = np.arange(len(self.ids)), np.zeros(len(self.ids), np.bool_)
        for node, members in fixed.items():
            home[list(members)] = node
            several[node] = len(members) > 1

        def make(node: int) -> Cluster:
            return self._cluster(fixed.get(node, (node,)))

        found = {*fixed.values()}
        with closing(Edges(self._folder, len(self.ids))) as edges:
            for one, other, scores in self._candidates():
                low, high = home[one], home[other]
                # In a story that is given, the mean over all of its members counts.
                scores[several[low] | several[high]] = np.nan
                edges.add(low, high, scores)
            scorer = self.index.scorer
            for nodes, pairs in edges.components():
                found -= {fixed[node] for node in nodes if node in fixed}
                found.update(agglomerate(nodes, pairs, make, scorer, enough=SAME, days=DAYS))
        return [[self._names[rank] for rank in members] for members in sorted(found) if members[1:]]

    def _rank(self, name: str) -> int | None:
        at = bisect_left(self._names, name)
        return at if self._names[at : at + 1] == [name] else None

    def _candidates(self) -> Iterator[tuple[Numbers, Numbers, Values]]:
        """Pairs of ranks whose score is SAME or more, and their scores."""
        import numpy as np

        ranks = np.empty(len(self.ids), np.int64)
        ranks[self._numbers] = np.arange(len(ranks))
        published = np.array(self._when.published, np.int64)
        order = np.empty_like(ranks)
        order[np.lexsort((ranks, published))] = np.arange(len(ranks))
        cost = _Cost(self._when, self._days_of)
        done = 0
        for low, high, likeness in self.index.likely_pairs(order):
            near = np.flatnonzero(likeness >= SAME)
            low, high = low[near], high[near]  # noqa: PLW2901 - the others are done with
            scores = likeness[near] - cost.of(low, high)
            same = np.flatnonzero(scores >= SAME)
            yield ranks[low[same]], ranks[high[same]], scores[same]
            done += len(likeness)
            self._tell("comparing", done)

    def _frame(self, number: int) -> Frame:
        when = self._when
        days, place = self._days_of[when.days[number]], self._place_of[when.places[number]]
        return Frame(days, when.weekdays[number], place)

    def _cluster(self, ranks: tuple[int, ...]) -> Cluster:
        numbers = [int(self._numbers[rank]) for rank in ranks]
        days = [day for number in numbers if (day := self._when.published[number])]
        return Cluster(
            members=ranks,
            vector=summed([self.index.vector(number) for number in numbers]),
            frames=Frames(self._frame(number) for number in numbers),
            first=min(days, default=0),
            last=max(days, default=0),
            apart=frozenset[int]().union(*(self._apart.get(rank, ()) for rank in ranks)),
            settled=not self._settled.isdisjoint(ranks),
        )


class _When:
    """When and where every report is, as numbers; 0 is unknown."""

    def __init__(self) -> None:
        self.days = array("i")
        self.weekdays = array("B")
        self.places = array("i")
        self.published = array("i")


class _Cost:
    """What pairs of reports disagree on, many at once."""

    def __init__(self, when: _When, days: list[frozenset[tuple[int, int]]]) -> None:
        import numpy as np

        self._days, self._places = np.array(when.days), np.array(when.places)
        self._weekdays = np.array(when.weekdays)
        self._dates = days
        self._far = _far_table()

    def of(self, one: Numbers, other: Numbers) -> Values:
        """The costs of pairs of numbers of reports."""
        places = _differ(self._places[one], self._places[other])
        far = self._far[self._weekdays[one], self._weekdays[other]]
        days = _differ(mine := self._days[one], theirs := self._days[other])
        for at in days.nonzero()[0].tolist():
            days[at] = self._dates[mine[at]].isdisjoint(self._dates[theirs[at]])
        found: Values = COSTS["day"] * days + COSTS["weekday"] * far + COSTS["place"] * places
        return found


@cache
def _far_table() -> npt.NDArray[np.bool_]:
    """Whether two sets of weekdays are far apart."""
    import numpy as np

    return np.array([[far_apart(one, other) for one in range(128)] for other in range(128)])


def _differ(one: npt.NDArray[np.int32], other: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Where both are known and not equal."""
    found: npt.NDArray[np.bool_] = (one > 0) & (other > 0) & (one != other)
    return found


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
