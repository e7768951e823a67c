"""`report RELEASE`: everything about a release on one page, and its best plots as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_builder.report.drawn import Plot
    from dataset_builder.report.reading import Source


def figures(source: Source) -> Iterator[tuple[str, str]]:
    """Name and content of an SVG file for each of `plots`."""
    for plot in plots(source):
        yield f"{plot.name}.svg", plot.svg.alone(plot.title)


def plots(source: Source) -> list[Plot]:
    """The plots that stand alone; what has no data is left out."""
    from dataset_builder.report import counts, drawn, parties
    from dataset_builder.report.timeline import timeline

    colours = drawn.palette(source)
    splits = source.splits
    made = [
        drawn.with_splits(drawn.distribution_plot(item, splits, colours), splits)
        for item in counts.distributions(source, (("stance", "label"), ("events", "type")))
        if item.counts
    ]
    time = timeline(source)
    net = parties.network(source)
    if time.bins:
        made.append(drawn.timeline_plot(time, counts.quads_of(source), colours))
    if net.edges:
        made.append(drawn.network_plot(net, source, colours))
    taken = parties.stances(source)
    if taken.cells:
        made.append(drawn.matrix_plot(taken, colours))
    if plot := drawn.agreement_plot(source):
        made.append(plot)
    if "articles" in source.frames:
        made.append(drawn.splits_plot(source, counts.stories(source)))
        made.append(drawn.lengths_plot(counts.lengths(source), splits))
    return made


def html(source: Source, report: Callable[[str, int, int | None], None]) -> Iterator[bytes]:
    """The page, piece by piece; see `page.page`."""
    from dataset_builder.report.page import page

    return page(source, report)
