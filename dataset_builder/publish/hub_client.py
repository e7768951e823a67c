"""The client of the Hugging Face Hub: what goes wrong with it in clear words, and its progress bars."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from dataset_builder.errors import DatasetBuilderError, RemoteError, UsageError
from dataset_builder.publish.store import told

if TYPE_CHECKING:
    from collections.abc import Iterator

OF_THE_HUB = frozenset({".gitattributes"})
"""Files that the Hub adds to every repository; they are no part of a release."""
_REFUSED = (401, 403)


@contextmanager
def explained(place: str) -> Iterator[None]:
    """What goes wrong inside is raised as RemoteError, or UsageError, with what to do."""
    from huggingface_hub import errors as hub

    try:
        yield
    except DatasetBuilderError:
        raise
    except hub.RevisionNotFoundError as error:
        raise RemoteError(
            f"{place}: there is no such revision", hint="check the tag, v1.0.0"
        ) from error
    except (hub.GatedRepoError, hub.RepositoryNotFoundError) as error:
        raise RemoteError(
            f"{place}: there is no such dataset, or you may not see it",
            hint="check the name; for a private or gated one set HF_TOKEN",
        ) from error
    except hub.HFValidationError as error:
        raise UsageError(f"{place}: {told(error)}", hint="give hf://datasets/ORG/NAME") from error
    except hub.HfHubHTTPError as error:
        if error.response.status_code in _REFUSED:
            raise RemoteError(
                f"{place}: access was refused ({told(error)})",
                hint="set HF_TOKEN to a token that may write to this dataset",
            ) from error
        raise _unreachable(place, error) from error
    except Exception as error:  # which exceptions there are is a matter of its HTTP client
        raise _unreachable(place, error) from error


def _unreachable(place: str, error: Exception) -> RemoteError:
    return RemoteError(
        f"{place}: could not be reached ({told(error)})",
        hint="check the network, HF_ENDPOINT, and that HF_HUB_OFFLINE is not set",
    )


@contextmanager
def bars_on_terminals_only() -> Iterator[None]:
    """The client shows its own bars of bytes; in CI nobody looks at them."""
    bars = import_module("huggingface_hub.utils")
    if sys.stderr.isatty() or bars.are_progress_bars_disabled():
        yield
        return
    bars.disable_progress_bars()
    try:
        yield
    finally:
        bars.enable_progress_bars()
