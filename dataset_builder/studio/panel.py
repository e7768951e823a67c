"""A list above the text, for tasks that come with something to settle."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from dataset_builder.errors import ProjectError

_TEXT = '<View className="an-text">'


def with_panel(label_config: str, field: str) -> str:
    """The rendered labelling config with the lines of the task's data field `field` above the text.

    Raises ProjectError when there is no column for the text in it.
    """
    if label_config.count(_TEXT) != 1:
        raise ProjectError(
            f"the labelling config has no `{_TEXT}` to put the list of what to settle into",
            hint="render it again (`dataset-builder render`)",
        )
    panel = (
        f'<View className="an-note an-{field}">'
        f"<Style>.an-text .an-{field} :is(h1, h2, h3, h4, h5, h6) {{ white-space: pre-wrap; "
        "font-size: 13px !important; font-weight: 400 !important; margin: 0 !important; } "
        f".an-{field} {{ max-height: 30vh; overflow-y: auto; }} "
        # "Compare All" shows the versions side by side, each with all columns: the text is enough.
        ".lsf-wrapper_viewAll .an-side { display: none; } "
        ".lsf-wrapper_viewAll .an-page { grid-template-columns: minmax(0, 1fr); }</Style>"
        f'<Header value={quoteattr(f"${field}")} size="6"/>'
        "</View>"
    )
    return label_config.replace(_TEXT, f"{_TEXT}\n{panel}")
