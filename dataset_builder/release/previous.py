"""What a new release is compared with: the one before it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_builder.diff.version import version_numbers
from dataset_builder.errors import DatasetBuilderError, FindingsError, UsageError
from dataset_builder.files import write_text
from dataset_builder.release.changelog import CHANGELOG, made_sections, with_changes, with_sections
from dataset_builder.release.manifest import MANIFEST, SUMS, sums_bytes
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_builder.diff import Diff
    from dataset_builder.ledger import Ledger

NOTHING_AT_HAND = "VER101"
TOO_SMALL = "VER102"
NOTHING_NEW = "VER103"
LEDGER = (
    "take annotations/ledger.jsonl from version control: published articles are in another split than"
    " before, which no version allows (VER004)"
)


@dataclass(frozen=True)
class Previous:
    """The release before, and what is to be said when it is not there."""

    folder: Path | None
    findings: tuple[Finding, ...] = ()


@contextmanager
def release_at(address: str, *, tell: Callable[[str], None]) -> Iterator[Path]:
    """The folder `address`; fetched, when it is an address (see `validate.remote`), and gone
    afterwards. What is raised about a release that was fetched calls it by its address."""
    from dataset_builder.validate.remote import fetched, is_remote

    if not is_remote(address):
        yield Path(address)
        return
    with fetched(address, tell=tell) as folder:
        try:
            yield folder
        except DatasetBuilderError as error:
            error.message = error.message.replace(str(folder), address.rstrip("/"))
            raise


@contextmanager
def named_release(address: str | None, *, tell: Callable[[str], None]) -> Iterator[Path | None]:
    """What `--previous` names: a folder, an address, or nothing (`none`, or not given).

    Raises UsageError when there is no such folder, RemoteError when it cannot be fetched.
    """
    if address is None or address == "none":
        yield None
        return
    if not address.strip():
        raise UsageError(
            "the earlier release is an empty text",
            hint="give its folder or address, or leave --previous out; is a variable not set?",
        )
    with release_at(address, tell=tell) as folder:
        yield _folder(folder)


def _folder(given: Path) -> Path:
    if not given.is_dir():
        raise UsageError(
            f"{given}: no such folder",
            hint="give the folder of a release, s3://BUCKET/PATH or"
            " hf://datasets/ORG/NAME[@REVISION], or `none`",
        )
    return given


def previous_release(
    releases: Path, version: str, ledger: Ledger, given: Path | None = None, *, own: bool = False
) -> Previous:
    """`given`, else the newest version below `version` in the folder `releases`; with `own` also
    `version` itself.

    When there is none, but the ledger tells of an earlier version, that is a finding: nobody checks
    then how far the number is raised. Raises UsageError when `given` is no folder.
    """
    if given is not None:
        return Previous(_folder(given))
    mine = version_numbers(version)
    if mine is None:
        return Previous(None)
    # Of one version that with text comes after that without: the name of its folder is shorter.
    there = [] if not releases.is_dir() else [
        (numbers, -len(folder.name), folder)
        for folder in sorted(releases.iterdir())
        if (numbers := version_numbers(folder.name.removesuffix("-withheld"))) is not None
        and (numbers < mine or (own and numbers == mine))
        and (folder / MANIFEST).is_file()
    ]  # fmt: skip
    if there:
        return Previous(max(there)[-1])
    told = {line.version for line in ledger.lines}
    earlier = [n for line in told if (n := version_numbers(line)) is not None and n < mine]
    if not earlier:
        return Previous(None)
    newest = ".".join(map(str, max(earlier)))
    return Previous(
        None,
        (
            Finding(
                NOTHING_AT_HAND,
                "warning",
                f"{newest} was released, and is not in {releases.name}/: nobody can say whether "
                f"{version} is honest, or whether the changelog says what changed since",
                table="releases",
                fix=f"bring {newest} into {releases.name}/, or name its folder or address with "
                "--previous",
            ),
        ),
    )


def compared(partial: Path, previous: Path) -> tuple[Diff, list[Finding]]:
    """What changed since `previous` in a release that is not published yet, and what there is to
    say about its version. Its changelog gets the section that tells of it.

    Raises FindingsError when the version is too small, DamagedReleaseError when `previous` is.
    """
    diff = honest_diff(previous, partial)
    _tell_changes(partial, previous, diff)
    if diff.honest.level is not None:
        return diff, []
    message = f"nothing in the data differs from {diff.old.version}: no new version is needed"
    return diff, [Finding(NOTHING_NEW, "warning", message, table=MANIFEST)]


def honest_diff(old_release: Path, new_release: Path) -> Diff:
    """What changed from one release to the next.

    Raises FindingsError when the new version says too little of it, DamagedReleaseError when a
    release is damaged, UsageError when they are of different datasets.
    """
    from dataset_builder.diff import diff_releases, too_small

    diff = diff_releases(old_release, new_release)
    needed, old, new = diff.honest, diff.old.version, diff.new.version
    moved = diff.articles.moved_count
    if not too_small(new, old, needed):
        return diff
    raise FindingsError(
        f"version {new} says too little of what changed since {old}: at least "
        f"{needed.version} is honest",
        [
            Finding(
                TOO_SMALL,
                "error",
                reason.message,
                table=MANIFEST,
                expected=f"{needed.version} or above",
                found=new,
                fix=LEDGER
                if moved
                else "raise `version` in pyproject.toml, and describe it in CHANGELOG.md",
            )
            for reason in needed.reasons
            if reason.level == needed.level
        ],
        hint=f"{LEDGER if moved else 'raise `version` in pyproject.toml'}; nothing was written",
    )


def _tell_changes(partial: Path, previous: Path, diff: Diff) -> None:
    from dataset_builder.diff.section import changelog_section

    file, earlier = partial / CHANGELOG, previous / CHANGELOG
    before = earlier.read_text(encoding="utf-8", errors="replace") if earlier.is_file() else ""
    text = with_changes(
        file.read_text(encoding="utf-8"), diff.new.version, changelog_section(diff), before
    )
    file.write_bytes(text.encode())
    (partial / SUMS).write_bytes(sums_bytes(partial))


def changes_kept(release: Path, file: Path) -> bool:
    """Write the sections of a release's changelog that were made from the data into the project's,
    `file`, where later releases find them; whether any was new."""
    made = made_sections((release / CHANGELOG).read_text(encoding="utf-8"))
    before = file.read_bytes().decode("utf-8")
    after = with_sections(before, made)
    if after != before:
        write_text(file, after)
    return after != before
