"""Puts the project's data files into the wheel, as defaults where there is no project.

The template of `init` lies in the package itself.
"""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DEFAULTS = (
    "pyproject.toml",
    "schemas/*.yaml",
    "annotations/*.yaml",
    "annotations/*.xml",
    "annotations/guidelines*.md",
    "dataset_card.md",
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
)
PRIVATE = "annotators.private.yaml"


class DefaultsHook(BuildHookInterface):
    def initialize(self, version, build_data):
        if version != "standard":  # an editable install reads the files themselves
            return
        root = Path(self.root)
        for pattern in DEFAULTS:
            for file in sorted(root.glob(pattern)):
                if file.name != PRIVATE:
                    name = file.relative_to(root).as_posix()
                    build_data["force_include"][name] = f"dataset_builder/defaults/{name}"
