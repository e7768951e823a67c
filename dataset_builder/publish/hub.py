"""A dataset repository of the Hugging Face Hub: a commit on `main` and a tag `vX.Y.Z` a version.

One commit holds everything, so that a reader sees the release before or this one. It is made by
`create_commit`: `upload_folder` may divide a large folder into several commits. `parent_commit` makes
one of two publishers lose. The tag follows; where a run was killed between the two, doing it again
sets it. Readers pin the tag, so for them a version is there when its tag is.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.diff.version import version_numbers
from dataset_builder.errors import RemoteError, VersionExistsError
from dataset_builder.printable import printable
from dataset_builder.publish.hub_client import OF_THE_HUB, bars_on_terminals_only, explained
from dataset_builder.publish.target import refuse_news
from dataset_builder.release.manifest import MANIFEST, SUMS
from dataset_builder.validate.remote import fetched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from dataset_builder.publish.source import Source
    from dataset_builder.publish.target import Access, Report

_BRANCH: Final = "main"
_CONFLICT: Final = frozenset({409, 412})
_DATASET: Final = "dataset"


class Hub:
    """`repository` is `ORG/NAME`. Token and address are those of the client: HF_TOKEN or what
    `hf auth login` saved, and HF_ENDPOINT."""

    remote, reads_card = True, True

    def __init__(self, repository: str, access: Access, tell: Callable[[str], None]) -> None:
        self._repository = repository
        self._access = access
        self._tell = tell

    def place(self, version: str) -> str:
        """The dataset at the tag of a version."""
        return f"hf://datasets/{self._repository}@v{version}"

    def versions(self) -> list[str]:
        """Versions that have a tag. Raises RemoteError when the branch holds one without."""
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

        with explained(self._address):
            try:
                tags, _ = self._refs()
            except GatedRepoError:
                raise
            except RepositoryNotFoundError:  # not there, or not for us, which creating it will tell
                return []
        return _versions(tags)

    def read(self, version: str, names: Sequence[str]) -> dict[str, bytes]:
        """Files at the tag of a version."""
        with explained(self.place(version)), bars_on_terminals_only():
            return self._read(f"v{version}", names)

    def fetch(self, version: str) -> AbstractContextManager[Path]:
        """A copy that is gone afterwards."""
        return fetched(self.place(version))

    def put(self, source: Source, after: str | None, report: Report) -> None:
        """Make the repository where there is none, set who may see it, commit, tag."""
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError

        api = HfApi()
        with explained(self._address), bars_on_terminals_only():
            # Before any data is there, so that it is never seen by whom it is not for.
            api.create_repo(
                self._repository,
                repo_type=_DATASET,
                private=True if self._access.private else None,
                exist_ok=True,
            )
            self._set_access()
            self._tell_who_reads(source)
            tags, head = self._refs()
            if f"v{source.version}" in tags:
                self._refuse_tagged(source, tags[f"v{source.version}"])
                return
            if head is not None and self._marks_at(head) == source.marks:
                self._tell(f"{source.version} was committed before, and lacked its tag")
            else:
                self._refuse_untagged(self._version_at(head), tags)
                refuse_news(_versions(tags), source, after)
                try:
                    head = self._commit(source, head, report)
                except HfHubHTTPError as error:
                    if error.response.status_code not in _CONFLICT:
                        raise
                    head = self._after_conflict(source)
            self._tag(source, head)

    def finish(self) -> None:
        """Set who may see it, when that was asked for."""
        with explained(self._address):
            self._set_access()

    def forget(self) -> None:
        """Its file systems are kept, and with them which commit a tag was."""
        from huggingface_hub import HfFileSystem

        HfFileSystem.clear_instance_cache()

    def load(self, source: Source, config: str, cache: str) -> Any:
        """By the tag, as training code pins it."""
        import datasets
        from huggingface_hub import constants

        before = constants.HF_HUB_CACHE
        try:
            constants.HF_HUB_CACHE = str(Path(cache) / "hub")
            return datasets.load_dataset(
                self._repository, config, revision=f"v{source.version}", cache_dir=cache
            )
        finally:
            constants.HF_HUB_CACHE = before

    @property
    def _address(self) -> str:
        return f"hf://datasets/{self._repository}"

    def _refs(self) -> tuple[dict[str, str], str | None]:
        """Tag -> commit, and the commit that the branch is at."""
        from huggingface_hub import HfApi

        refs = HfApi().list_repo_refs(self._repository, repo_type=_DATASET)
        heads = {branch.name: branch.target_commit for branch in refs.branches}
        return {tag.name: tag.target_commit for tag in refs.tags}, heads.get(_BRANCH)

    def _set_access(self) -> None:
        from huggingface_hub import HfApi

        if self._access.private or self._access.gated:
            HfApi().update_repo_settings(
                self._repository,
                repo_type=_DATASET,
                gated=self._access.gated,
                visibility="private" if self._access.private else None,
            )

    def _tell_who_reads(self, source: Source) -> None:
        from huggingface_hub import HfApi

        info = HfApi().dataset_info(self._repository)
        if source.text == "full" and not info.private and not info.gated:
            self._tell(
                f"warning: everybody can read {self._address}, and this release holds the text of "
                "its articles; --private and --gated limit that"
            )

    def _read(self, revision: str, names: Sequence[str]) -> dict[str, bytes]:
        """From the Hub itself: in a cache there may be what was there earlier."""
        from huggingface_hub import HfApi

        api, found = HfApi(), {}
        with tempfile.TemporaryDirectory(prefix="dataset-builder-") as scratch:
            for name in names:
                path = api.hf_hub_download(
                    self._repository,
                    name,
                    repo_type=_DATASET,
                    revision=revision,
                    cache_dir=scratch,
                )
                found[name] = Path(path).read_bytes()
        return found

    def _marks_at(self, commit: str | None) -> dict[str, bytes]:
        """The files at a commit that say which release it is; none when it is no release."""
        from huggingface_hub.errors import EntryNotFoundError

        if commit is None:
            return {}
        try:
            return self._read(commit, (MANIFEST, SUMS))
        except EntryNotFoundError:
            return {}

    def _version_at(self, commit: str | None) -> str | None:
        manifest = self._marks_at(commit).get(MANIFEST)
        try:
            version = json.loads(manifest)["version"] if manifest else None
        except (ValueError, KeyError, TypeError):
            return None
        return version if isinstance(version, str) else None

    def _refuse_untagged(self, on_branch: str | None, tags: Mapping[str, str]) -> None:
        """A release on the branch that has no tag: its publisher is between the two, or was killed."""
        if on_branch is None or f"v{on_branch}" in tags:
            return
        version = printable(on_branch, 40)
        raise RemoteError(
            f"{self._address}: {version} was committed and has no tag yet: somebody is publishing "
            "it, or was interrupted",
            hint=f"wait, or publish {version} again, which adds its tag; then run this again",
        )

    def _commit(self, source: Source, head: str | None, report: Report) -> str:
        """The one commit; whatever the branch has and the release does not have goes away with it."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

        api = HfApi()
        names = source.in_order()
        there = () if head is None else api.list_repo_files(
            self._repository, repo_type=_DATASET, revision=head
        )  # fmt: skip
        gone = sorted(set(there) - set(names) - OF_THE_HUB)
        report("uploaded", 0, len(names))
        info = api.create_commit(
            self._repository,
            [
                *(CommitOperationDelete(name, is_folder=False) for name in gone),
                *(CommitOperationAdd(name, str(source.checked(name))) for name in names),
            ],
            commit_message=f"Release {source.version}",
            repo_type=_DATASET,
            revision=_BRANCH,
            parent_commit=head,
        )
        report("uploaded", len(names), len(names))
        return info.oid

    def _after_conflict(self, source: Source) -> str:
        """The commit that the branch is at, when it holds this release: the answer was lost, or
        somebody published the same. Raises RemoteError when it holds another."""
        _, head = self._refs()
        if head is not None and self._marks_at(head) == source.marks:
            return head
        version = printable(self._version_at(head) or "something else", 40)
        raise RemoteError(
            f"{self._address}: somebody else was faster and published {version}",
            hint="nothing of yours was published; run the command again to compare with theirs",
        )

    def _tag(self, source: Source, commit: str) -> None:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError

        tag = f"v{source.version}"
        try:
            HfApi().create_tag(self._repository, tag=tag, revision=commit, repo_type=_DATASET)
        except HfHubHTTPError as error:
            if error.response.status_code not in _CONFLICT:
                raise
            self._refuse_tagged(source, self._refs()[0].get(tag))

    def _refuse_tagged(self, source: Source, commit: str | None) -> None:
        """The tag of this version is at `commit`: fine when that is this release."""
        if self._marks_at(commit) != source.marks:
            raise VersionExistsError(
                f"{self.place(source.version)}: somebody else was faster, with other content",
                hint="raise `version` in pyproject.toml, build, and publish that",
            )


def _versions(tags: Iterable[str]) -> list[str]:
    return sorted(tag[1:] for tag in tags if tag.startswith("v") and version_numbers(tag[1:]))
