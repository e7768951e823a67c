"""The lines of exports, read when they are wanted.

What was entered on an article is kilobytes, and there may be many thousands of articles: a build
looks at every line once to see what is there, and reads it again when the article has its turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.errors import DatasetBuilderError, FindingsError
from dataset_builder.studio.exported import ExportedTask
from dataset_builder.studio.exports import by_kind, read_line, stamp_of

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.studio.exported import Kind
    from dataset_builder.studio.exports import Line, Source
    from dataset_builder.validate.findings import Finding


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task that is in its file. The attributes mean what those of `ExportedTask` do."""

    article_id: str
    text_sha256: str
    kind: str
    guidelines_version: str
    annotators: tuple[str, ...]
    source: Source
    line: int
    offset: int
    """Byte of the file at which the line begins."""
    size: int
    """Bytes of the line."""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the task."""
        return (self.article_id, self.text_sha256)

    @property
    def file(self) -> str:
        """Name of the file."""
        return self.source.path.name

    def read(self) -> ExportedTask:
        """The task. Raises DatasetBuilderError when its file is another one by now."""
        path = self.source.path
        try:
            with path.open("rb") as stream:
                same = stamp_of(stream) == self.source.stamp
                stream.seek(self.offset)
                entry = read_line(path, self.line, stream.read(self.size))
        except FileNotFoundError:
            same = False
        if not same:
            raise DatasetBuilderError(
                f"{path}: the file was changed while it was read", hint="run the command again"
            )
        if not isinstance(entry, ExportedTask):
            raise FindingsError(
                f"{path}: line {self.line} cannot be used",
                [entry],
                hint="bring the file back from version control",
            )
        return entry


def read_lines(folder: Path) -> tuple[dict[Kind, list[TaskLine]], list[Finding]]:
    """As `exports.read_all`, of the same lines and with the same findings, without what is in them."""

    def kept(task: ExportedTask, line: Line) -> TaskLine:
        return TaskLine(
            task.article_id,
            task.text_sha256,
            task.kind,
            task.guidelines_version,
            task.annotators,
            line.source,
            line.number,
            line.offset,
            len(line.raw),
        )

    return by_kind(folder, kept)
