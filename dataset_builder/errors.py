"""Exceptions for broken *situations*; bad *data* is a `Finding` (see `validate.findings`), never raised.

    DatasetBuilderError            exit code 3: could not run
    ├── UsageError                 exit code 2: wrong usage, or nothing recognisable to work on
    │   ├── ProjectError           a project file is missing or cannot be read
    │   └── VersionExistsError     the release is already there, with other content
    ├── FindingsError              exit code 1: the data is wrong; carries the findings
    ├── ServerError                Label Studio could not be reached or refused
    │   ├── ServerDownError        no answer, or it died half-way
    │   ├── ServerAuthError        the key or login was refused
    │   └── ConfigMismatchError    the server's project and ours do not fit together
    ├── RemoteError                a bucket, the Hub or a place to publish to refused, or is not there
    └── InstallError               the embedded server could not be installed or started

Every message says what happened, where, and what to do next; none carries a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.validate.findings import Finding


class DatasetBuilderError(Exception):
    """Root of the tree. `exit_code` is what the command line returns for it."""

    exit_code: int = 3

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  -> {self.hint}" if self.hint else self.message


class UsageError(DatasetBuilderError):
    """The call cannot be meant as it stands."""

    exit_code = 2


class ProjectError(UsageError):
    """A file of the project is missing, unreadable or says something impossible."""


class VersionExistsError(UsageError):
    """A finished release is never overwritten."""


class FindingsError(DatasetBuilderError):
    """The data did not pass. `findings` holds what was found."""

    exit_code = 1

    def __init__(
        self, message: str, findings: Sequence[Finding], *, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)
        self.args = (message, self.findings)  # what it is made of again when a process sends it


class ServerError(DatasetBuilderError):
    """Label Studio did not do what was asked."""


class ServerDownError(ServerError):
    """No answer from the server, or the connection broke half-way."""


class ServerAuthError(ServerError):
    """The server refused the key or the login."""


class ConfigMismatchError(ServerError):
    """The project on the server does not fit this project's labels."""


class RemoteError(DatasetBuilderError):
    """A release elsewhere could not be read or written: no such place, no rights, no network."""


class InstallError(DatasetBuilderError):
    """The embedded server could not be installed or started."""
