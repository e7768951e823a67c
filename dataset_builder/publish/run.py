"""The steps of `publish`: validate, compare with what is there, put, load back."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dataset_builder.diff.version import version_numbers
from dataset_builder.errors import FindingsError, RemoteError, UsageError, VersionExistsError
from dataset_builder.printable import printable
from dataset_builder.publish.loading import load_back
from dataset_builder.publish.source import Source, read_source, unedited
from dataset_builder.publish.store import told
from dataset_builder.publish.target import Access, Target, newest, open_target
from dataset_builder.release.judge import contract_for, judge
from dataset_builder.release.manifest import MANIFEST
from dataset_builder.release.previous import honest_diff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from dataset_builder.ontology import Ontology
    from dataset_builder.publish.target import Report
    from dataset_builder.validate.findings import Finding


@dataclass(frozen=True)
class Published:
    """What came of it."""

    place: str
    """Where the release is."""
    outcome: Literal["published", "already published"]
    rows: int
    """Splits whose rows were loaded back from there and are those of the manifest."""


def publish(
    release: Path,
    to: str,
    *,
    access: Access | None = None,
    previous: Path | None = None,
    compared: bool = True,
    discard: bool = False,
    tell: Callable[[str], None],
    report: Report,
) -> Published:
    """Publish the release in a folder to the place that the address `to` means.

    It is validated first, and compared with `previous`, by default the newest version at the
    target; not at all without `compared`. Afterwards it is loaded from there with an empty cache.
    Raises FindingsError when it is not valid, its version says too little, or what loads is not
    what was published; VersionExistsError when the version is there with other content; UsageError
    when the address means nothing, `release` is none or a newer version is there; RemoteError when the target cannot
    be reached, refuses, or somebody else is at it.
    """
    target = open_target(to, access or Access(), discard=discard, tell=tell)
    if not (release / MANIFEST).is_file():
        raise UsageError(
            f"{printable(str(release), 200)}: no release: it has no {MANIFEST}",
            hint="name the folder of one version, as `dataset-builder build` wrote it: releases/1.0.0",
        )
    _pass(judge(release, previous=previous, select=(), ignore=(), tell=tell).findings, release)
    source = read_source(release)
    if waiting := unedited(source):
        tell("not written yet, as `dataset-builder init` left it:")
        for place in waiting:
            tell(f"  {printable(place, 200)}")
        tell("  -> write it in the project (README.md is its dataset_card.md), and build a version")
    there = target.versions()
    place = target.place(source.version)
    if source.version in there:
        _same(target, source)
        target.finish()
    else:
        after = newest(there)
        _refuse_older(target, source, after)
        if compared and after:
            _refuse_text(target, source, after)
        if compared and (after or previous):
            with _earlier(target, previous, after) as earlier:
                honest_diff(earlier, release)
                only = judge(release, previous=earlier, select=("VER",), ignore=(), tell=_silent)
                _pass(only.findings, release)
        tell(f"publishing to {place}")
        target.put(source, after, report)
    findings = _loaded(target, source, contract_for(release, _silent), report)
    if findings:
        raise FindingsError(
            f"{place} was published, and what loads from there is something else",
            findings,
            hint="run the command again to load it once more; tell its readers until it is right",
        )
    outcome: Literal["published", "already published"] = (
        "already published" if source.version in there else "published"
    )
    return Published(place, outcome, len(source.digests))


def _loaded(
    target: Target, source: Source, ontology: Ontology, report: Report
) -> Sequence[Finding]:
    """`load_back`; what stops it stops nothing that is published."""
    place = target.place(source.version)
    try:
        return load_back(target, source, ontology, report)
    except (RemoteError, OSError) as error:
        raise RemoteError(
            f"{place} is published, and could not be loaded back: "
            f"{error.message if isinstance(error, RemoteError) else told(error)}",
            hint="run the command again: it then only loads it back",
        ) from error


def _silent(_: str) -> None:
    """What `judge` has to tell was told before."""


def _pass(findings: Sequence[Finding], release: Path) -> None:
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise FindingsError(
            f"{release} does not pass: nothing was published",
            errors,
            hint=f"`dataset-builder validate {release}` says more",
        )


def _same(target: Target, source: Source) -> None:
    """Raise VersionExistsError when the version that is there is another release."""
    if target.read(source.version, tuple(source.marks)) != source.marks:
        raise VersionExistsError(
            f"{target.place(source.version)} exists, with other content; it stays as it is",
            hint="raise `version` in pyproject.toml, describe it in CHANGELOG.md, and build",
        )


def _refuse_older(target: Target, source: Source, after: str | None) -> None:
    """Raise UsageError when the newest version that is there is above `source`."""
    if after and (version_numbers(source.version) or ()) <= (version_numbers(after) or ()):
        raise UsageError(
            f"{target.place(after)} is there already: {source.version} would come after it",
            hint="publish versions in their order, each above the last",
        )


def _refuse_text(target: Target, source: Source, after: str) -> None:
    """Raise UsageError when `source` has the articles' text and what is there has not: who reads
    there may not be allowed to read it."""
    earlier = json.loads(target.read(after, (MANIFEST,))[MANIFEST])
    if source.text == "full" and earlier.get("text") == "withheld":
        raise UsageError(
            f"{target.place(after)} is without the text of its articles, and {source.version} has it",
            hint="publish what was built with `--text withheld`, or elsewhere; `--previous none` "
            "if it is meant",
        )


def _earlier(
    target: Target, previous: Path | None, after: str | None
) -> AbstractContextManager[Path]:
    if previous is not None:
        if not previous.is_dir():
            raise UsageError(f"{previous}: no such folder", hint="give a release, or `none`")
        return nullcontext(previous)
    assert after is not None  # noqa: S101 - for the type checker
    return target.fetch(after)
