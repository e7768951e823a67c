"""What is installed only on request: the optional dependencies ("extras") of the package.

Modules are imported where they are needed; what is then missing ends here, in one message.
"""

from __future__ import annotations

from typing import Final

from dataset_builder.errors import DatasetBuilderError

EXTRAS: Final = {
    "httpx": "studio",
    "label_studio_sdk": "studio",
    "markdown_it": "studio",
    "uv": "studio",
    "sklearn": "prelabel",
    "s3fs": "s3",
    "ray": "ray",
    "torch": "train",
}
"""Module -> the extra of pyproject.toml that brings it."""


class MissingExtraError(DatasetBuilderError):
    """A part of the package is not installed."""

    def __init__(self, module: str, instead: str = "") -> None:
        from dataset_builder.origin import with_extra

        extra = EXTRAS[module]
        super().__init__(
            f"this needs the extra `{extra}`, which is not installed (no module {module})",
            hint=with_extra(extra) + instead,
        )


def missing(error: BaseException) -> MissingExtraError | None:
    """The same as an error of ours, where what could not be imported is of an extra."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    module = (name or "").partition(".")[0]
    return MissingExtraError(module) if module in EXTRAS else None
