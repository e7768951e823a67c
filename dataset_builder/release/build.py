"""From committed inputs to a finished release.

    seeds ──clean──> articles ─┐
    exports ───────────────────┼─assemble─> tables ──splits──> prepare ─> validate ─> load ─> publish
    registries, ledger ────────┘                        ^
                         the release before ──> diff ───┘

A page that is not usable is a warning and costs only itself. A broken annotation stops the build,
because somebody's work would be missing; a release that breaks a rule is not published.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dataset_builder.errors import FindingsError, ProjectError
from dataset_builder.release.changelog import CHANGELOG
from dataset_builder.takedown import TAKEN_DOWN
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from dataset_builder.articles import Rejected
    from dataset_builder.diff import Diff
    from dataset_builder.ledger import LedgerEntry
    from dataset_builder.project import Project
    from dataset_builder.release.documents import Release
    from dataset_builder.release.writer import Outcome
    from dataset_builder.splits import Assignment
    from dataset_builder.takedown import Takedowns
    from dataset_builder.validate.run import Report


NO_PAGE = "published before; its page is not among the sources any more"


@dataclass(frozen=True)
class Draft:
    """A release that is not written yet."""

    release: Release
    findings: tuple[Finding, ...]
    """About pages, exports and annotations; errors among them cost single items only."""
    new_entries: tuple[LedgerEntry, ...]
    """What the ledger gets when this is published."""


@dataclass(frozen=True)
class Built:
    """A finished release."""

    folder: Path
    outcome: Outcome
    findings: tuple[Finding, ...]
    report: Report
    rows: dict[str, dict[str, int]]
    """Rows per config and split."""
    labels: dict[str, dict[str, dict[str, int]]]
    """Rows per label and split, of the columns in `COUNTED`."""
    changes: Diff | None
    """From the release before, when that was at hand."""


def build(
    project: Project,
    out: Path,
    *,
    tell: Callable[[str], None],
    previous: Path | None = None,
    compared: bool = True,
    text: str | None = None,
    jobs: int = 1,
) -> Built:
    """Build, compare, validate, load and publish `out`, the folder of this version.

    `text` is `full` or `withheld`; without it, what the settings say. A release without text is made
    from a full one that passed everything. It is compared with the release `previous`, else with the
    newest earlier one in `releases/`, unless `compared` is False: a version number that is too small
    for what changed is refused, and the changelog of the release says what did. Where there is
    enough to do for them, up to `jobs` processes work on it.

    The ledger is written before the folder gets its name, so that an interrupted build never
    leaves a release that the ledger does not know; running it again ends the same way. Raises
    FindingsError when an input has an error, the version is too small or the release breaks a
    rule, VersionExistsError when `out` is there with other content, ProjectError when a declaration
    is wrong, DamagedReleaseError when the release before is.
    """
    from dataset_builder.ledger import read_ledger
    from dataset_builder.release.previous import Previous, previous_release
    from dataset_builder.release.previous import compared as compare
    from dataset_builder.release.quoted import quoted

    check_declared(project)
    before = Previous(None)
    if compared:
        version, ledger = project.settings.version, read_ledger(project.ledger)
        before = previous_release(project.releases, version, ledger, previous)
    made = draft(project, tell=tell, jobs=jobs)
    broken = [finding for finding in made.findings if finding.severity == "error"]
    if broken:
        raise FindingsError(
            f"{len(broken)} errors in the inputs; a release would lack what they name",
            made.findings,
            hint="mend what is named above (work: in Label Studio, then pull); nothing was written",
        )
    short = (text or project.settings.text) == "withheld"
    with written(made, out.with_name(f"{out.name}-full") if short else out) as whole:
        changes, said = None, before.findings
        if before.folder is not None:
            tell(f"comparing with {before.folder}")
            changes, found = compare(whole, before.folder)
            said = (*said, *found)
        report = _passed(made, whole, before.folder, tell)
        if not short:
            return _finished(project, made, whole, out, report, changes, said, tell)
        tell("withholding the text")
        bare = _without_text(made, whole)
        with written(bare, out) as partial:
            report = _passed(bare, partial, before.folder, tell)
            said = (*said, *quoted(partial, made.release))
            return _finished(project, bare, partial, out, report, changes, said, tell)


def check_declared(project: Project) -> None:
    """Raises ProjectError when files that follow from the declarations are not rendered, and a
    release has them."""
    from dataset_builder.release.documents import CARRIED
    from dataset_builder.render import drifted

    released = {"dataset_card.md", *CARRIED.values()}
    if stale := [name for name in drifted(project) if name in released]:
        raise ProjectError(
            f"{', '.join(stale)}: not what the declarations give",
            hint="run `dataset-builder render`, look at what it changed, then build again",
        )


def _passed(
    made: Draft, partial: Path, previous: Path | None, tell: Callable[[str], None]
) -> Report:
    """Validate and load a written release. Raises FindingsError."""
    from dataset_builder.release.load import check_loads

    report = _validated(made, partial, previous)
    if not report.ok:
        rules = "1 rule" if len(report.counts) == 1 else f"{len(report.counts)} rules"
        raise FindingsError(
            f"version {made.release.settings.version} breaks {rules}",
            report.findings,
            hint="mend the inputs named above; nothing was written",
        )
    tell("loading it back with datasets")
    broken = check_loads(partial, made.release.registries.ontology)
    if broken:
        raise FindingsError("the release does not load as it should", broken)
    return report


def _without_text(made: Draft, whole: Path) -> Draft:
    """The draft without text, from the full one that is written at `whole`."""
    from dataset_builder.release.manifest import content_of
    from dataset_builder.release.withhold import withheld

    changelog = (whole / CHANGELOG).read_text(encoding="utf-8")
    documents = replace(made.release.documents, changelog=changelog)
    release = replace(made.release, documents=documents)
    return replace(made, release=withheld(release, content_of(whole)))


def _finished(
    project: Project,
    made: Draft,
    partial: Path,
    out: Path,
    report: Report,
    changes: Diff | None,
    said: Sequence[Finding],
    tell: Callable[[str], None],
) -> Built:
    """Tell the ledger and the project's changelog, and give the folder its name."""
    from dataset_builder.ledger import appended
    from dataset_builder.release.previous import changes_kept
    from dataset_builder.release.summary import label_counts, row_counts
    from dataset_builder.release.writer import is_published, publish

    if not is_published(partial, out):  # refuses other content before the ledger is touched
        appended(project.ledger, made.new_entries)
    if changes_kept(partial, project.path(CHANGELOG)):
        tell(f"{CHANGELOG}: says now what changed; commit it with the ledger")
    tables, ontology = made.release.tables, made.release.registries.ontology
    return Built(
        out,
        publish(partial, out),
        (*made.findings, *said),
        report,
        rows=row_counts(tables),
        labels=label_counts(tables, ontology),
        changes=changes,
    )


@contextmanager
def written(made: Draft, out: Path) -> Iterator[Path]:
    """The draft, written beside `out`; gone at the end unless it was published."""
    from dataset_builder.release.writer import discard, prepare

    partial = prepare(out, made.release)
    try:
        yield partial
    finally:
        discard(partial)


@contextmanager
def prepared(
    made: Draft,
    out: Path,
    *,
    previous: Path | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Iterator[tuple[Path, Report]]:
    """`written`, and judged. `previous`, `select` and `ignore` as for `validate_release`."""
    with written(made, out) as partial:
        yield partial, _validated(made, partial, previous, select, ignore)


def _validated(
    made: Draft,
    partial: Path,
    previous: Path | None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Report:
    from dataset_builder.validate.run import validate_release

    registries = made.release.registries
    return validate_release(
        partial,
        ontology=registries.ontology,
        registries=registries,
        previous=previous,
        select=select,
        ignore=ignore,
    )


def draft(project: Project, *, tell: Callable[[str], None], jobs: int = 1) -> Draft:
    """Clean, assemble and split the committed inputs, in up to `jobs` processes.

    Raises ProjectError when a declaration is wrong, UsageError when there is no folder of pages,
    FindingsError when the ledger is damaged or there is no article at all.
    """
    from dataset_builder.agreement import agreement_markdown
    from dataset_builder.agreement.figures import figures_of
    from dataset_builder.agreement.tally import Tally
    from dataset_builder.assemble import assemble
    from dataset_builder.assemble.unheard import with_cause
    from dataset_builder.collecting import without_collecting
    from dataset_builder.grouping import one_per_group
    from dataset_builder.ledger import read_ledger
    from dataset_builder.registries import load_registries
    from dataset_builder.release.dating import release_day, without_impossible_dates
    from dataset_builder.release.documents import Release, read_documents
    from dataset_builder.splits import assign_splits, ledger_entries
    from dataset_builder.studio.export_lines import read_lines
    from dataset_builder.takedown import page_findings, project_pages, remaining, takedowns_of

    registries = load_registries(project)
    ledger = read_ledger(project.ledger)
    takedowns = takedowns_of(project)
    tell(f"cleaning {project.seeds}")
    with without_collecting():
        work, findings = read_lines(project.exports)
    cleared = [remaining(of, takedowns) for of in work.values()]
    tasks, grids, decisions, reviews = (kept for kept, _ in cleared)
    findings += [finding for _, found in cleared for finding in found]
    worked = {task.article_id for task in tasks if task.annotators}
    cleaned = project_pages(project, jobs=jobs)
    if not cleaned.articles:
        nothing = Finding("SCH302", "error", "there is no usable page", table="seeds",
                          fix="put raw pages (*.txt) there")  # fmt: skip
        raise FindingsError(
            f"{project.seeds}: no usable page in it",
            [*map(rejected_page, cleaned.rejected), nothing],
        )
    dated, misdated = without_impossible_dates(cleaned.articles, release_day(project))
    distinct = one_per_group(dated, registries.stories, ledger, worked)
    articles, groups = distinct.articles, distinct.groups
    tell(f"assembling {len(articles)} articles, {len(tasks)} of them annotated")
    gone = takedowns.withheld
    assignments = assign_splits(groups, ledger, project.settings, distinct.aliases, gone)
    splits = {name: item.split for name, item in assignments.items()}
    tally = Tally(registries.ontology, details=False)
    entered = (*tasks, *reviews, *decisions, *grids)
    assembled = assemble(
        articles,
        groups,
        entered,
        registries,
        project.settings,
        splits,
        tally=tally,
        jobs=jobs,
    )
    present = {
        (article.article_id, article.text_sha256)
        for article in articles
        if splits[article.article_id]
    }
    there = {article.article_id for article in articles}
    missing = sorted(name for name, item in assignments.items() if item.split and name not in there)
    released = [task for task in tasks if task.key in present]
    release = Release(
        tables=assembled.tables,
        settings=project.settings,
        registries=registries,
        documents=read_documents(
            project, {task.guidelines_version for task in released if task.annotators}
        ),
        withheld=withheld_from(assignments, there, takedowns),
        agreement=agreement_markdown(figures_of(tally, registries)),
    )
    return Draft(
        release=release,
        findings=(
            *(
                rejected_page(item)
                for item in (*cleaned.rejected, *distinct.rejected)
                if item.reason != TAKEN_DOWN
            ),
            *page_findings(cleaned.rejected),
            *misdated,
            *(
                Finding(
                    "SPL104",
                    "warning",
                    f"{name} was published, and its page is not there; the release lacks it",
                    table="ledger.jsonl",
                    ids={"article_id": name},
                    fix="bring the page back",
                )
                for name in missing
            ),
            *findings,
            *with_cause(assembled.findings, entered, project.settings.primary),
        ),
        new_entries=tuple(
            ledger_entries(
                {article.article_id: article.text_sha256 for article in articles},
                groups,
                assignments,
                ledger,
                project.settings.version,
                distinct.aliases,
            )
        ),
    )


def withheld_from(
    assignments: Mapping[str, Assignment], there: Collection[str], takedowns: Takedowns
) -> dict[str, str]:
    """Every article that is known and not released, and why. `there` are those that have a page."""
    return {
        **{name: entry.withheld for name, entry in takedowns.entries.items()},
        **{name: item.reason or "" for name, item in assignments.items() if not item.split},
        **{name: NO_PAGE for name, item in assignments.items() if item.split and name not in there},
    }


def rejected_page(item: Rejected) -> Finding:
    """A page that could not be used, as a finding; the others are not affected."""
    return Finding(
        code="SCH301",
        severity="warning",
        message=f"{item.source}: {item.message}",
        table="seeds",
        ids={"source": item.source, "reason": item.reason},
        fix="mend or remove the file; the release is built without it",
    )
