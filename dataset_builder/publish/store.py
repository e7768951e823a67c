"""Object stores and other file systems of fsspec, and what goes wrong with them in clear words.

Credentials and endpoints come from where each store's own tools have them (for S3 the environment,
~/.aws and AWS_ENDPOINT_URL); none is ever an argument, and none is ever shown.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.errors import DatasetBuilderError, RemoteError, UsageError
from dataset_builder.extras import MissingExtraError
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRETS: Final = (
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
)
_OURS: Final = frozenset({"builtins", "dataset_builder"})


@contextmanager
def opened(address: str) -> Iterator[tuple[Any, str]]:
    """The file system of `address`, without any cache, and the path there.

    What goes wrong inside is raised as RemoteError, with what to do.
    """
    import fsspec

    scheme = address.partition("://")[0]
    try:
        system, path = fsspec.url_to_fs(address, skip_instance_cache=True, use_listings_cache=False)
        yield system, str(path).rstrip("/")
    except DatasetBuilderError:
        raise
    except ValueError as error:
        if scheme == "s3" and "endpoint" in str(error).lower():  # of the client: of a variable
            raise UsageError(
                "AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_S3) is no address of a server",
                hint="set it to https://HOST[:PORT] or http://HOST[:PORT], or unset it",
            ) from error
        # of fsspec, for a scheme that nobody has
        raise UsageError(
            f"{address}: {told(error)}", hint="give s3://BUCKET/PATH, or what else fsspec knows"
        ) from error
    except ImportError as error:
        if scheme == "s3":
            raise MissingExtraError("s3fs") from error
        raise RemoteError(
            f"{scheme}:// needs a package that is not installed ({told(error)})",
            hint=f"install the package of fsspec for {scheme}",
        ) from error
    except FileNotFoundError as error:
        raise RemoteError(
            f"{address}: there is nothing ({told(error)})", hint="check bucket and path"
        ) from error
    except Exception as error:
        raise _explained(address, error) from error


def sizes(system: Any, root: str) -> dict[str, int]:
    """Object below `root`, by its name there -> bytes."""
    found = system.find(root, detail=True)
    start = len(root) + 1
    return {str(name)[start:]: int(info["size"] or 0) for name, info in found.items()}


def forget(address: str) -> None:
    """Make file systems that this process used before not remember what was there then."""
    import fsspec

    fsspec.get_filesystem_class(address.partition("://")[0]).clear_instance_cache()


def _explained(address: str, error: Exception) -> Exception:
    """A RemoteError for what came from a store; a mistake of ours as it is."""
    kind = type(error)
    if isinstance(error, PermissionError) or "Credentials" in kind.__name__:
        return RemoteError(
            f"{address}: access was refused ({told(error)})",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, to somebody "
            "who may list, read and write there"
            if address.startswith("s3://")
            else "check the credentials, and that they may list, read and write there",
        )
    if isinstance(error, OSError) or kind.__module__.partition(".")[0] not in _OURS:
        return RemoteError(
            f"{address}: could not be reached ({told(error)})",
            hint="check the network, and AWS_ENDPOINT_URL for a server of your own"
            if address.startswith("s3://")
            else "check the address and the network",
        )
    return error


def told(error: BaseException) -> str:
    """One printable line of an error of somebody else's making, without any secret.

    A RuntimeError is a wrapping; what it is about is its cause.
    """
    while isinstance(error, RuntimeError) and error.__cause__ is not None:
        error = error.__cause__
    text = " ".join(str(error).split()) or type(error).__name__
    for name in _SECRETS:
        secret = os.environ.get(name)
        if secret:
            text = text.replace(secret, f"<{name}>")
    return printable(text, 200)
