"""Figures as inline SVG and shaded cells; colours are the page's style sheet's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.agreement.figures import AgreementRow
    from dataset_builder.agreement.gates import Verdict

WIDTH: Final = 220
HEIGHT: Final = 22
_PAD: Final = 6


def axis_start(rows: Iterable[AgreementRow]) -> float:
    """Where the axis of a plot of `rows` begins: at 0, or where alpha falls below, at -.5 or -1."""
    lowest = min((v for row in rows for v in (row.value, row.low) if v is not None), default=0.0)
    return 0.0 if lowest >= 0 else -0.5 if lowest >= -0.5 else -1.0


def interval_plot(row: AgreementRow, verdict: Verdict | None, start: float) -> str:
    """The figure as a dot on its interval, with go and target as ticks; empty without a figure."""
    middle = HEIGHT / 2
    parts = [f'<line class="axis" x1="{_PAD}" x2="{WIDTH - _PAD}" y1="{middle}" y2="{middle}"/>']
    if start < 0:
        parts.append(_tick("zero", 0, start, 7))
    if verdict is not None:
        parts.append(_tick("go", verdict.gate.go, start, 9))
        parts.append(_tick("target", verdict.gate.target, start, 9))
    if row.value is not None:
        if row.low is not None and row.high is not None:
            ends = _x(row.low, start), _x(row.high, start)
            parts.append(
                f'<line class="interval" x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{middle}" y2="{middle}"/>'
            )
        parts.append(f'<circle cx="{_x(row.value, start):.1f}" cy="{middle}" r="4.5"/>')
    return _svg("plot", _described(row, verdict), parts)


def bar(row: AgreementRow, start: float) -> str:
    """The figure as a bar from 0, with its interval as a whisker; empty without a figure."""
    parts: list[str] = []
    middle = HEIGHT / 2
    if row.value is not None:
        ends = sorted((_x(0, start), _x(row.value, start)))
        width = max(ends[1] - ends[0], 1)
        parts.append(f'<rect x="{ends[0]:.1f}" y="4" width="{width:.1f}" height="{HEIGHT - 8}"/>')
        if row.low is not None and row.high is not None:
            low, high = _x(row.low, start), _x(row.high, start)
            parts.append(
                f'<path class="whisker" d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} 7v8M{high:.1f} 7v8"/>'
            )
    return _svg("bar", _described(row, None), parts)


def scale(start: float) -> str:
    """The numbers of the axis, for the head of a column of plots."""
    steps = [
        step / 4 for step in range(-4, 5) if step / 4 >= start and (start == 0 or step % 2 == 0)
    ]
    parts = [
        f'<text x="{_x(step, start):.1f}" y="14" text-anchor="middle">{_short(step)}</text>'
        for step in steps
    ]
    return _svg("scale", "", parts)


def shade(share: float) -> str:
    """The style of a cell that is shaded by a share of 1."""
    return f"--share:{max(0.0, min(1.0, share)) * 100:.0f}%"


def _described(row: AgreementRow, verdict: Verdict | None) -> str:
    if row.value is None:
        return f"undefined: {row.reason}"
    text = f"{row.value:.3f}"
    if row.low is not None and row.high is not None:
        text += f", 95 % interval {row.low:.3f} to {row.high:.3f}"
    if verdict is not None:
        text += f"; go {verdict.gate.go:.2f}, target {verdict.gate.target:.2f}"
    return text


def _svg(kind: str, described: str, parts: list[str]) -> str:
    spoken = f'role="img" aria-label="{described}"' if described else 'aria-hidden="true"'
    title = f"<title>{described}</title>" if described else ""
    return (
        f'<svg class="{kind}" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f"{spoken}>{title}{''.join(parts)}</svg>"
    )


def _tick(kind: str, value: float, start: float, half: float) -> str:
    x, middle = _x(value, start), HEIGHT / 2
    return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{middle - half}" y2="{middle + half}"/>'


def _x(value: float, start: float) -> float:
    inside = max(start, min(1.0, value))
    return _PAD + (WIDTH - 2 * _PAD) * (inside - start) / (1 - start)


def _short(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace("-", "\u2212").replace("0.", ".") or "0"
