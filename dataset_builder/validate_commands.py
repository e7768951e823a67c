"""`dataset-builder validate` and `dataset-builder rules`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataset_builder.terminal import JOBS, colours, tell

if TYPE_CHECKING:
    from dataset_builder.validate.baseline import Known

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("release", required=False)
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="NAME[=FILE]",
    help="text (the default), json, github, junit or sarif; may be repeated, each to its FILE.",
)
@click.option(
    "--previous",
    metavar="PATH|ADDRESS|none",
    help="Compare with this earlier release [of inputs: newest in releases/].",
)
@click.option("--select", multiple=True, metavar="CODE,...", help="Only these codes or families.")
@click.option("--ignore", multiple=True, metavar="CODE,...", help="Not these codes or families.")
@click.option(
    "--severity",
    multiple=True,
    metavar="CODE=LEVEL",
    help="What findings of a code or family weigh: error, warning or off.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings, too.")
@click.option("--baseline", type=FILE, help="Findings that this file knows do not count.")
@click.option("--write-baseline", is_flag=True, help="Write the first --baseline.")
@click.option("--update-baseline", is_flag=True, help="Take what is mended out of --baseline.")
@JOBS
def validate(
    *,
    release: str | None,
    formats: tuple[str, ...],
    previous: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    severity: tuple[str, ...],
    strict: bool,
    baseline: Path | None,
    write_baseline: bool,
    update_baseline: bool,
    jobs: int | None,
) -> int:
    """Judge RELEASE, or what the committed inputs would give.

    RELEASE is a folder, s3://BUCKET/PATH, or hf://datasets/ORG/NAME[@REVISION].

    `select`, `ignore` and `severity` may also stand in [tool.dataset-builder.validate] of the
    project.
    """
    from dataset_builder.errors import UsageError
    from dataset_builder.project import find_project, project_around
    from dataset_builder.release.judge import judge
    from dataset_builder.release.previous import named_release
    from dataset_builder.validate import baseline as known
    from dataset_builder.validate.choices import choose, weighed
    from dataset_builder.validate.report import outputs as reporting
    from dataset_builder.validate.report.files import Files

    if baseline is None and (write_baseline or update_baseline):
        raise UsageError("there is no file to write", hint="name it with --baseline FILE")
    wanted = reporting.outputs(formats)
    entries: tuple[Known, ...] | None = None
    if baseline is not None and write_baseline:
        known.refuse_growth(baseline)
    elif baseline is not None:
        entries = known.read_baseline(baseline)
    project = find_project() if release is None else project_around()
    choices = choose(project, select=select, ignore=ignore, severity=severity)
    with named_release(previous, tell=tell) as earlier:
        report = judge(
            release,
            previous=earlier,
            compared=previous != "none",
            select=choices.select,
            ignore=choices.ignore,
            tell=tell,
            jobs=jobs,
        )
    report = weighed(report, choices)
    if baseline is not None:
        if entries is None:
            entries = known.write_baseline(report, baseline)
            tell(f"{baseline}: {sum(entry.count for entry in entries)} known findings written")
        compared = known.compare(report, entries, baseline)
        report = weighed(compared.report, choices)
        if update_baseline and compared.stale:
            known.save(baseline, compared.kept)
            tell(f"{baseline}: {compared.stale} lines taken out or made smaller")
        if update_baseline or known.STALE.startswith(choices.ignore):
            report = known.without_stale(report)
    files = Files(Path(report.path), Path.cwd(), inputs=release is None)
    for output in wanted:
        colour = output.file is None and colours(sys.stdout)
        text = reporting.rendered(report, output.form, files, strict=strict, colour=colour)
        if output.file is None:
            click.echo(text, nl=False, color=colour)
        else:
            reporting.write(text, output.file)
        if output.form == "github":
            reporting.append_summary(report)
    return report.exit_code(strict=strict)


@click.command()
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def rules(*, codes: tuple[str, ...], form: str) -> None:
    """List the validator's rules, or explain some.

    CODE is that of a rule (SPN003) or of a family (SPN).
    """
    from dataset_builder.validate.rule_list import as_json, as_text

    click.echo(as_json(codes) if form == "json" else as_text(codes), nl=False)
