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
    import yaml

    try:
        text = file.read_text(encoding="utf-8")
        refused = refusal(text)
        data = None if refused else yaml.load(text, Loader=_loader())  # noqa: S506 - it is safe
    except UnicodeDecodeError:
        raise wrong(file, "not UTF-8") from None
    except OSError as error:
        raise wrong(file, f"cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, ValueError) as error:
        told = " ".join(str(error).replace('in "<unicode string>",', "at").split())
        raise wrong(file, f"not valid YAML: {told}") from None
    if refused:
        raise wrong(file, refused)
    return data


def wrong(file: Path, message: str) -> ProjectError:
    """The error that says what is wrong in a file."""
    return ProjectError(f"{file}: {message}", hint="mend the file, then run the command again")


@cache
def _loader() -> Any:
    import yaml

    # The same safe loader, in C where PyYAML was built with it: ten times faster.
    safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

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
