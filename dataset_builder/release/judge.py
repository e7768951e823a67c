"""What `dataset-builder validate` judges: a release, or what the committed inputs would give."""

from __future__ import annotations

import errno
import os
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_builder.errors import FindingsError, ProjectError, UsageError
from dataset_builder.ledger import read_ledger
from dataset_builder.ontology import load_ontology
from dataset_builder.printable import printable
from dataset_builder.project import find_project, packaged, project_around
from dataset_builder.release.manifest import MANIFEST
from dataset_builder.takedown import takedowns_of
from dataset_builder.validate.inputs import COMMITTED
from dataset_builder.validate.remote import fetched, is_remote
from dataset_builder.validate.run import Report, chosen, validate_release

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataset_builder.ontology import Ontology
    from dataset_builder.project import Project
    from dataset_builder.validate.findings import Finding

ONTOLOGY = "schemas/ontology.yaml"
COMPARED = frozenset({"VER004", "VER015"})
"""Rules that need an earlier release, among others."""
NOT_ABOVE = "VER008"
_EFFECTIVE = os.access in os.supports_effective_ids


def judge(
    release: Path | str | None,
    *,
    previous: Path | None,
    select: Sequence[str],
    ignore: Sequence[str],
    tell: Callable[[str], None],
    jobs: int | None = None,
    compared: bool = True,
) -> Report:
    """Judge the release in a folder or at an address (see `validate.remote`); without one, build from
    the committed inputs into a temporary folder, in up to `jobs` processes (by default one for each
    core), and judge that.

    Inside a project its own labels are the contract. Elsewhere, and in a project that declares none,
    those of the package are, for the dataset that the package comes with. A release of another
    version of the scheme, and elsewhere another dataset, is judged by the labels that it carries.
    What is wrong with pages and exports is part of the report when the
    inputs are judged; these are compared with `previous`, else with the newest release in `releases/`,
    unless `compared` is False. Raises UsageError when there is nothing to judge, ProjectError when a
    declaration is wrong, OSError when something cannot be read, FindingsError when the project's
    ledger or takedowns are damaged.
    """

    def wanted(code: str) -> bool:
        return (not select or code.startswith(tuple(select))) and not code.startswith(tuple(ignore))

    inputs = [code for code in COMMITTED if wanted(code)] if release is None else []
    if not chosen(select, ignore) and not inputs:
        raise UsageError("no rule is left to judge by", hint="select more, or ignore less")
    if isinstance(release, str) and not release.strip():
        raise UsageError(
            "the path of the release is empty",
            hint="give its folder or address, or leave it out to judge what the inputs would give;"
            " is a variable not set?",
        )
    if isinstance(release, str) and is_remote(release):
        with fetched(release, tell=tell) as folder:
            report = judge(folder, previous=previous, select=select, ignore=ignore, tell=tell)
        return replace(report, path=release)
    if release is not None:
        release = Path(release)
        if release.is_dir():
            _refuse_unreadable(release)
        around = project_around()
        return validate_release(
            release,
            ontology=contract_for(release, tell),
            previous=previous,
            select=select,
            ignore=ignore,
            ledger=None if around is None else read_ledger(around.ledger),
            takedowns=None if around is None else takedowns_of(around),
        )
    from dataset_builder.engines import cores
    from dataset_builder.release.build import draft, prepared
    from dataset_builder.validate.lost_inputs import lost_inputs, published

    project = find_project()
    _check_labels(project)
    try:
        earlier = _earlier(project, previous, tell) if compared else None
        made = draft(project, tell=tell, jobs=jobs or cores())
    except FindingsError as error:  # nothing can be built, whatever is ignored
        nothing = Report(str(project.root), project.settings.version, 0, {}, ())
        return _with_inputs(nothing, project, error.findings, ())
    with (
        tempfile.TemporaryDirectory(prefix="dataset-builder-") as scratch,
        prepared(
            made,
            Path(scratch) / project.settings.version,
            previous=earlier,
            select=select,
            ignore=(*ignore, *_meanwhile(project, earlier)),
        ) as (_, report),
    ):
        pass
    if compared and COMPARED & set(report.skipped) and published(project):
        tell("not compared with an earlier release: pass --previous")
    lost = lost_inputs(project, earlier, made.findings)
    findings = [finding for finding in (*lost, *made.findings) if wanted(finding.code)]
    return _with_inputs(report, project, findings, inputs)


def _check_labels(project: Project) -> None:
    """Raises ProjectError for what `render` refuses: hotkeys that clash, colours that nobody can read."""
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.label_config import render_label_config

    render_label_config(load_registries(project))


def _earlier(project: Project, given: Path | None, tell: Callable[[str], None]) -> Path | None:
    """The release that the inputs are compared with: the one that `build` takes, or that of their own
    version, which they were built into already."""
    from dataset_builder.release.previous import previous_release

    version, ledger = project.settings.version, read_ledger(project.ledger)
    found = previous_release(project.releases, version, ledger, given, own=True).folder
    if found is not None and given is None:
        tell(f"comparing with {found}")
    return found


def _meanwhile(project: Project, earlier: Path | None) -> tuple[str, ...]:
    """Rules that wait until the version is raised, which is done before it is built."""
    from dataset_builder.validate.documents import read_json

    if earlier is None:
        return ()
    stated = read_json(earlier / MANIFEST).data.get("version")
    return (NOT_ABOVE,) if stated == project.settings.version else ()


def contract_for(release: Path, tell: Callable[[str], None]) -> Ontology:
    """The labels that the release in a folder is judged by here; see `judge`."""
    import tomllib

    from dataset_builder.validate.documents import read_json

    around = project_around()
    own = None if around is None else around.root / ONTOLOGY
    inside = own is not None and own.is_file()
    usual = load_ontology(own if own is not None and inside else packaged(ONTOLOGY))
    manifest = read_json(release / MANIFEST).data
    scheme = str(manifest.get("scheme_version", usual.scheme_version))
    another = False
    if not inside:
        settings = tomllib.loads(packaged("pyproject.toml").read_text(encoding="utf-8"))
        ours = settings["tool"]["dataset-builder"]["name"]
        another = manifest.get("name", ours) != ours
    if not another and scheme == usual.scheme_version:
        return usual
    carried = _carried(release)
    # One that is not of the scheme it claims may be anybody's: VER003 then says so.
    if carried is None or (carried.scheme_version != scheme and not another):
        return usual
    if another:
        tell("not in its project: judged by the labels that the release itself carries")
    else:
        whose = "the project's" if inside else "the package's"
        tell(
            f"of label scheme {printable(scheme, 40)}, {whose} is {usual.scheme_version}: "
            "judged by the labels that the release itself carries"
        )
    return carried


def _carried(release: Path) -> Ontology | None:
    """The labels that a release carries; None when they cannot be read."""
    from dataset_builder.validate.documents import no_yaml

    file = release / ONTOLOGY
    if no_yaml(file):
        return None
    try:
        return load_ontology(file)
    except (ProjectError, OSError):
        return None


def _with_inputs(
    report: Report, project: Project, findings: Sequence[Finding], codes: Sequence[str]
) -> Report:
    """A report about a project with what was found in its inputs, by rules with these codes."""
    counts = Counter(report.counts) + Counter(finding.code for finding in findings)
    return replace(
        report,
        path=str(project.root),
        counts=dict(sorted(counts.items())),
        findings=(*findings, *report.findings),
        codes=(*codes, *report.codes),
    )


def _refuse_unreadable(folder: Path) -> None:
    """Raise PermissionError when something below `folder` cannot be read.

    It would look like damage or not be there at all, and nothing can be said of what was not seen.
    """
    for place, folders, files in os.walk(folder, onerror=_raise):
        for name in (*folders, *files):
            path = Path(place, name)
            if not path.is_symlink() and not os.access(path, os.R_OK, effective_ids=_EFFECTIVE):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _raise(error: OSError) -> None:
    raise error
