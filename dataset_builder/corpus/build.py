"""Cleaning a corpus of any size into a folder of Parquet files.

    pages -> templates (first reading) -> batches (second reading) -> engine -> parts -> groups

Interrupt it anywhere and run it again: batches that are done are not cleaned again, and the result
is, byte for byte, what an uninterrupted run gives. The same holds when pages are added: only the
batches they are in are cleaned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.corpus import store as storing
from dataset_builder.corpus.batches import batch_key, cut
from dataset_builder.corpus.engines import Cleaning, Job, opened
from dataset_builder.corpus.fingerprint import cleaner_fingerprint
from dataset_builder.corpus.groups import duplicate_groups, fill_groups, story_groups
from dataset_builder.corpus.learning import Learner
from dataset_builder.corpus.progress import Progress
from dataset_builder.corpus.stage import raw_table
from dataset_builder.corpus.taken_down import remove_taken_down
from dataset_builder.corpus.templates import (
    NO_TEMPLATES,
    read_templates,
    site_of,
    write_templates,
)
from dataset_builder.errors import UsageError
from dataset_builder.ledger import Ledger
from dataset_builder.takedown import Takedowns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from dataset_builder.corpus.engines import Engine, Name
    from dataset_builder.corpus.store import Store
    from dataset_builder.corpus.templates import Templates
    from dataset_builder.ontology import Ontology
    from dataset_builder.registries import Story

    Pages = Callable[[], Iterable[RawPage | Rejected]]
    """Reads the corpus from its start, every time the same."""
    Report = Callable[[Progress], None]

SHOWN: Final = 20
"""Broken records that are kept to be shown."""


@dataclass(frozen=True)
class Options:
    """How a corpus is cleaned."""

    engine: Name = "loop"
    jobs: int = 1
    """Processes of the engines `pool` and `ray`."""
    templates: Path | None = None
    """Use the template lines of this file instead of learning them."""
    learn: bool = True
    """Learn template lines from the corpus; False to do without."""
    stories: tuple[Story, ...] = ()
    """Articles that a person put into one story, or kept out of one."""
    takedowns: Takedowns = field(default_factory=Takedowns)
    """What must not be in the corpus, even where it was cleaned into it before."""
    ledger: Ledger = field(default_factory=Ledger)
    """Articles of their own, which no takedown of a similar one concerns."""


@dataclass(frozen=True)
class Outcome:
    """What a run did."""

    folder: Path
    articles: int
    groups: int
    """Of two or more articles that are duplicates of each other."""
    stories: int
    """Of two or more articles that report one happening."""
    rejected: dict[str, int]
    """Records and pages that were not used, per reason, sorted."""
    cleaned: int
    """Batches that were cleaned."""
    reused: int
    """Batches that were done before."""
    broken: int
    """Records that could not be read."""
    shown: tuple[Rejected, ...]
    """The first `SHOWN` of them."""

    @property
    def summary(self) -> str:
        """The run in a few lines, to be printed."""
        unused = ", ".join(f"{reason} {count:,}" for reason, count in self.rejected.items())
        return "\n".join(
            (
                f"{self.articles:,} articles, {sum(self.rejected.values()):,} pages not used"
                + (f" ({unused})" if unused else ""),
                f"{self.groups:,} groups of duplicates, {self.stories:,} stories of two or more",
                f"{self.cleaned:,} batches cleaned, {self.reused:,} done before",
                f"written to {self.folder}",
            )
        )


@dataclass
class _Run:
    """Counts of a run that is under way."""

    total: int | None
    keys: set[str] = field(default_factory=set)
    """Of every batch so far."""
    cleaned: int = 0
    pages: int = 0
    size: int = 0
    reused: int = 0
    reused_pages: int = 0
    broken: int = 0
    shown: list[Rejected] = field(default_factory=list)

    @property
    def progress(self) -> Progress:
        return Progress("cleaning", self.pages, self.size, self.reused_pages, self.total)


def clean_corpus(
    pages: Pages, out: Path, ontology: Ontology, options: Options, report: Report
) -> Outcome:
    """Clean everything that `pages` reads into the folder `out`; `store` says what is there then.

    Raises UsageError when there is nothing to clean, or `out` is in use or holds something else;
    ProjectError when the file of template lines is none; DatasetBuilderError when the disk refuses
    or a worker process dies. Whatever was done by then is used by the next run.
    """
    if next(iter(pages()), None) is None:
        raise UsageError("no page in the sources", hint="name files or folders that hold pages")
    with storing.opened(out) as store, opened(options.engine, options.jobs) as engine:
        store.summary.unlink(missing_ok=True)
        templates, total = _templates(pages, options, engine, report)
        write_templates(store.templates, templates)
        run = _Run(total)
        jobs = _jobs(pages(), templates, store, run)
        report(run.progress)
        for done in engine.clean(Cleaning(store, ontology), jobs):
            run.cleaned += 1
            run.pages += done.pages
            run.size += done.size
            report(run.progress)
        parts = [store.article_part(key) for key in sorted(run.keys)]

        def tell(step: str, done: int) -> None:
            report(Progress(step, done))

        remove_taken_down(store, sorted(run.keys), options.takedowns, options.ledger)
        groups = duplicate_groups(parts, tell)
        stories = story_groups(parts, groups, options.stories, tell)
        fill_groups(parts, {"duplicate_group": groups, "story": stories}, ontology)
        storing.remove_others(store, run.keys)
        articles, rejected = storing.count(store)
        outcome = Outcome(
            folder=out,
            articles=articles,
            groups=groups.count,
            stories=stories.count,
            rejected=rejected,
            cleaned=run.cleaned,
            reused=run.reused,
            broken=run.broken,
            shown=tuple(run.shown),
        )
        storing.write_summary(
            store,
            {
                "articles": articles,
                "batches": len(run.keys),
                "cleaner": cleaner_fingerprint(),
                "duplicate_groups": groups.count,
                "rejected": rejected,
                "stories": stories.count,
                "sites_with_templates": len(templates.sites),
            },
        )
    return outcome


def _templates(
    pages: Pages, options: Options, engine: Engine, report: Report
) -> tuple[Templates, int | None]:
    """The template lines in force, and the number of pages where they were learned."""
    if options.templates is not None:
        return read_templates(options.templates), None
    if not options.learn:
        return NO_TEMPLATES, None
    learner = Learner()
    count = size = 0

    def read() -> Iterator[RawPage]:
        nonlocal count, size
        for count, item in enumerate(pages(), 1):
            if isinstance(item, RawPage):
                size += len(item.text)
                yield item
            if count % 1000 == 0:
                report(Progress("learning", count, size))

    learner.learn(read(), engine.map)
    return learner.templates(), count


def _jobs(
    items: Iterable[RawPage | Rejected], templates: Templates, store: Store, run: _Run
) -> Iterator[Job]:
    """The batches that are still to be cleaned; counts what goes by."""
    cleaner = cleaner_fingerprint()
    for batch in cut(items):
        read = [item for item in batch if isinstance(item, RawPage)]
        key = batch_key(cleaner, templates.digest(map(site_of, read)), batch)
        if key in run.keys:  # the very same records once more
            continue
        run.keys.add(key)
        for item in batch:
            if isinstance(item, Rejected) and item.reason != "duplicate":
                run.broken += 1
                if len(run.shown) < SHOWN:
                    run.shown.append(item)
        if store.article_part(key).exists():
            run.reused += 1
            run.reused_pages += len(batch)
        else:
            size = sum(len(page.text.encode("utf-8", "surrogatepass")) for page in read)
            yield Job(key, raw_table(batch), size)
