"""Reads the YAML files in which people declare labels, registries and gates."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from dataset_builder.errors import ProjectError
from dataset_builder.safe_yaml import refusal

if TYPE_CHECKING:
    from pathlib import Path


def read_declaration(file: Path) -> Any:
    """What the YAML file says, as plain lists, mappings and values.

    Raises ProjectError when it cannot be read, or says one thing twice: of two equal keys YAML
    takes the last, and nobody would miss the first.
    """
    return declared(text_of(file), file)


def text_of(file: Path) -> str:
    """The text of a file. Raises ProjectError when it cannot be read."""
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise wrong(file, "not UTF-8") from None
    except OSError as error:
        raise wrong(file, f"cannot be read: {error.strerror}") from None


def declared(text: str, file: Path, *, words: bool = False) -> Any:
    """What `text`, that of the YAML `file`, says, as `read_declaration`; with `words` every value is
    text, also "no" and "1"."""
    import yaml

    try:
        refused = refusal(text)
        data = None if refused else yaml.load(text, Loader=_loader(words))  # noqa: S506 - it is safe
    except (yaml.YAMLError, ValueError) as error:
        told = " ".join(str(error).replace('in "<unicode string>",', "at").split())
        raise wrong(file, f"not valid YAML: {told}") from None
    if refused:
        raise wrong(file, refused)
    return data


def wrong(
    file: Path, message: str, *, hint: str = "mend the file, then run the command again"
) -> ProjectError:
    """The error that says what is wrong in a file."""
    return ProjectError(f"{file}: {message}", hint=hint)


@cache
def _loader(words: bool) -> Any:
    import yaml

    # The same safe loader, in C where PyYAML was built with it: ten times faster.
    name = "BaseLoader" if words else "SafeLoader"
    safe: Any = getattr(yaml, f"C{name}", getattr(yaml, name))

    class Loader(safe):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[str] = set()
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    continue
                if key.value in seen:
                    message = f"`{key.value}` is there twice"
                    raise yaml.MarkedYAMLError(problem=message, problem_mark=key.start_mark)
                seen.add(key.value)
            return super().construct_mapping(node, deep)

    return Loader
