"""Renders the labelling interface (`annotations/label_config.xml`) from the declarations.

One column with everything there is to press, and the text beside it, as wide as it gets. The
names of the controls are contracts with `pull` and `assemble`; how they look is `label_config.css`.

Traps of Label Studio that shape this file (what annotators are told of them is in the guidelines,
what `pull` finds of them in `assemble.codes`, and each has its test in the browser):

- A label key pressed while a span is selected relabels that span, so there is one Labels control
  (several would add labels), and a note shows as long as a span is selected.
- Linking mode stays on when a click misses. Nothing but the mouse pointer shows it in Label
  Studio; here a note does.
- "Select region after creating it" is kept in the browser's local storage (`labelStudio:settings`)
  and read from nowhere else: neither config, project, user nor server can set it. The idle note
  names it, because a new span that is not selected costs a click for each arrow.
- Faster hands than 200 ms may get the label of the span underneath: every span shows its label.
- A choice without a key silently gets one of the keys that are left (`AUTOMATIC_KEYS`), hidden
  lists included. All of them are therefore given out here, those nobody needs to a dead control.
- `selected="true"` on a per-region choice makes a result without a region; blank means default.
- A header of a variable that a task does not have makes the import fail; every task carries
  `title` and `meta`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from dataset_builder.errors import ProjectError
from dataset_builder.ontology import QUADS, mode_control
from dataset_builder.studio.cheat_sheet import arrows_panel, examples_panel, hint_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataset_builder.ontology import EventType, Label, Ontology
    from dataset_builder.registries import Actor, Registries, Target

AUTOMATIC_KEYS = "1234567890qwetasdfgzxcvbyiopjklnm"
"""Keys that Label Studio gives to choices on its own."""
KEYS = AUTOMATIC_KEYS + "rh-=[]"
"""Keys that a label or choice can have; `u` is taken by the editor (unselect)."""
READABLE = 4.5
"""Contrast that WCAG 2 (AA) wants for text of this size."""
NOT_OFFERED = frozenset({"none"})
"""Members that rows without an annotation have and annotators do not pick."""

_STYLE = Path(__file__).with_name("label_config.css")
_NOTE = (
    "<!-- Rendered by `dataset-builder render` from schemas/ontology.yaml, annotations/actors.yaml "
    "and annotations/targets.yaml: edit those. -->"
)


def render_label_config(registries: Registries) -> str:
    """The labelling config of a project, as Label Studio's XML.

    Raises ProjectError when a hotkey is used twice or cannot be used; the message names free ones.
    """
    ontology = registries.ontology
    spare = _spare_keys(ontology)
    _check_colours(ontology)
    body = [
        "<View>",
        f"<Style>{escape(_STYLE.read_text(encoding='utf-8').strip())}</Style>",
        '<View className="an-page">',
        '<View className="an-side">',
        *_notes(),
        *_span_labels(ontology),
        *_region_fields(registries),
        # Out of the way while a span has the annotator's attention.
        '<View className="an-fields" visibleWhen="no-region-selected">',
        *_article_fields(ontology),
        "</View>",
        *dead_keys(spare),
        "</View>",
        '<View className="an-text">',
        '<Header value="$title" size="4"/>',
        '<View className="an-meta">',
        '<Header value="$meta" size="6"/>',
        # Not at the beginning of the value: only there must every task have the variable.
        # (`$source` is no field of ours there, but the whole task.)
        '<Header value="language: $language" size="6"/>',
        "</View>",
        '<Text name="text" value="$text" granularity="word" showLabels="true"/>',
        "</View>",
        "</View>",
        "</View>",
    ]
    return "\n".join((_NOTE, *_indented(body))) + "\n"


def free_keys(ontology: Ontology) -> str:
    """Keys that no label or choice has yet."""
    taken = {key for _, key in _hotkeys(ontology)}
    return "".join(key for key in KEYS if key not in taken)


def _offered(labels: Iterable[Label]) -> tuple[Label, ...]:
    return tuple(label for label in labels if label.name not in NOT_OFFERED)


def _hotkeys(ontology: Ontology) -> Iterator[tuple[str, str]]:
    """Owner and key of everything that has one."""
    labels: list[tuple[str, str | None]] = [(t.name, t.hotkey) for t in ontology.event_types]
    labels += [
        (label.name, label.hotkey) for label in (*ontology.entities, *ontology.stance_labels)
    ]
    for attribute in ontology.attributes:
        labels += [(f"{attribute.name} {value.name}", value.hotkey) for value in attribute.values]
    labels += [(f"expression {v.name}", v.hotkey) for v in _offered(ontology.expressions)]
    labels += [(f"relevance {v.name}", v.hotkey) for v in _offered(ontology.relevance)]
    for owner, key in labels:
        if key is not None:
            yield owner, key


def _spare_keys(ontology: Ontology) -> str:
    """Automatic keys that are left. Raises ProjectError for a clash or an unusable key."""
    owners: dict[str, str] = {}
    for owner, key in _hotkeys(ontology):
        if key not in KEYS or len(key) != 1:
            problem = f"{owner}: {key!r} cannot be a hotkey"
        elif key in owners:
            problem = f"hotkey {key!r} belongs to both {owners[key]} and {owner}"
        else:
            owners[key] = owner
            continue
        free = ", ".join(f"'{key}'" for key in free_keys(ontology)) or "none"
        hint = f"leave `hotkey` out, a label needs none; or take a key that is free: {free}"
        raise ProjectError(f"schemas/ontology.yaml: {problem}", hint=hint)
    return "".join(key for key in AUTOMATIC_KEYS if key not in owners)


def _check_colours(ontology: Ontology) -> None:
    """Raise ProjectError for a colour on which the white text of a pressed label is unreadable.

    Everywhere else the colour is a tint under the theme's own text, which is then readable too.
    """
    labels = [(item.name, item.colour) for item in ontology.event_types]
    labels += [(x.name, x.colour or "") for x in (*ontology.entities, *ontology.stance_labels)]
    for name, colour in labels:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            problem = f"{name}: {colour!r} is no colour"
        elif white_contrast(colour) < READABLE:
            problem = f"{name}: white on {colour} has a contrast of {white_contrast(colour):.1f}"
        else:
            continue
        hint = f"give it a darker colour, as #rrggbb, with a contrast of at least {READABLE}"
        raise ProjectError(f"schemas/ontology.yaml: {problem}", hint=hint)


def white_contrast(colour: str) -> float:
    """Contrast ratio of white text on `#rrggbb`, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _notes() -> list[str]:
    idle = (
        "Nothing selected. Press a key and drag, or click a span. Are new spans not selected? "
        "Settings: “Select region after creating it”."
    )
    selected = "Selected: a label key relabels this span. Esc, then a key, for a new one."
    linking = "Linking: click the span where the arrow ends. Esc if it was missed."
    return [
        '<View className="an-note an-linking">',
        f'<Header value="{linking}" size="6"/>',
        "</View>",
        '<View className="an-note an-idle" visibleWhen="no-region-selected">',
        f'<Header value="{idle}" size="6"/>',
        "</View>",
        '<View className="an-note an-selected" visibleWhen="region-selected">',
        f'<Header value="{selected}" size="6"/>',
        "</View>",
    ]


def _span_labels(ontology: Ontology) -> list[str]:
    lines = ['<Labels name="span" toName="text" choice="single" showInline="true">']
    lines += ['<Header value="Event trigger" size="6"/>', '<View className="an-two">']
    types = sorted(ontology.event_types, key=lambda item: QUADS.index(item.quad))
    lines += [
        _tag("Label", value=t.name, hotkey=t.hotkey, background=t.colour, hint=hint_of(t))
        for t in types
    ]
    lines += ["</View>", '<Header value="Who, about what, where, when" size="6"/>']
    lines += ['<View className="an-two">', *map(_label, ontology.entities), "</View>"]
    lines += ['<Header value="Stance evidence" size="6"/>', '<View className="an-three">']
    # The order of the ids is neutral first; for the eye the two that matter come first.
    lines += [*map(_label, reversed(ontology.stance_labels)), "</View>", "</Labels>"]
    return lines


def _label(label: Label) -> str:
    # Drags over names are exact, so that "Syria" can be had from "Syria's"; others snap to words.
    return _tag(
        "Label",
        value=label.name,
        hotkey=label.hotkey,
        background=label.colour,
        granularity="symbol" if label.name.isupper() else None,
        hint=hint_of(label),
    )


def _region_fields(registries: Registries) -> list[str]:
    ontology = registries.ontology
    types = [item.name for item in ontology.event_types]
    blank = ", ".join(attribute.default.lower() for attribute in ontology.attributes)
    event = [f'<Header value={quoteattr(f"Event (blank: {blank})")} size="6"/>']
    for attribute in ontology.attributes:
        event += _choices(attribute.name, types, _keyed(attribute.values))
    moded = [item for item in ontology.event_types if item.modes]
    for item in moded:
        modes = [_tag("Choice", value=mode) for mode in item.modes]
        field = _select(mode_control(item.name), [item.name], modes, "multiple")
        header = f'<Header value="Mode of {item.name}" size="6"/>'
        event += _when([item.name], [header, *field], style="an-field")
    contexts = [_tag("Choice", value=c.name, hint=c.definition) for c in ontology.contexts]
    if contexts:
        event += [
            '<Header value="Context" size="6"/>',
            *_select("context", types, contexts, "multiple"),
        ]
    actor = ['<Header value="Who is it? (one or several, by mouse)" size="6"/>']
    actor += _select("actor_id", ["ACTOR"], _registry(registries.actors), "multiple")
    actor += _text("actor_new", ["ACTOR"], "not in the list: name, country, sector")
    issue = ['<Header value="Which issue?" size="6"/>']
    issue += _select("issue_id", ["ISSUE"], _registry(registries.targets), "single")
    issue += _text("issue_new", ["ISSUE"], "not in the list: named so that one can be for it")
    date = ['<Header value="TIMEX3 value" size="6"/>']
    date += _text("timex3", ["DATE"], "XXXX-09-28, XXXX-WXX-2, 2016")
    stances = [label.name for label in ontology.stance_labels]
    stance = ['<Header value="How is it expressed?" size="6"/>']
    stance += _choices("expression", stances, _keyed(_offered(ontology.expressions)))
    marks = {label.name for label in ontology.entities}
    fields = {"ACTOR": actor, "ISSUE": issue, "DATE": date}
    return [
        *_when(types, event),
        *(line for name in fields if name in marks for line in _when([name], fields[name])),
        *_when(stances, stance),
    ]


def _article_fields(ontology: Ontology) -> list[str]:
    labels: list[Label | EventType] = [*ontology.event_types, *ontology.entities]
    labels += reversed(ontology.stance_labels)
    return [
        '<Header value="Whole article" size="6"/>',
        '<Choices name="relevance" toName="text" choice="single" showInline="true">',
        *_keyed(_offered(ontology.relevance)),
        "</Choices>",
        _textarea("comment", "comment on the article", rows="2"),
        *arrows_panel(),
        *examples_panel(labels),
    ]


def dead_keys(spare: str) -> list[str]:
    """A control that nobody sees and that ignores its keys, so that nothing else gets them."""
    if not spare:
        return []
    return [
        '<View style="display: none">',
        '<Choices name="unused_keys" toName="text" readonly="true">',
        *(_tag("Choice", value=f"key {key}", hotkey=key) for key in spare),
        "</Choices>",
        "</View>",
    ]


def _when(labels: list[str], content: list[str], style: str = "an-fields") -> list[str]:
    """Content that shows while a span with one of the labels is selected."""
    names = quoteattr(",".join(labels))
    start = f'<View className="{style}" visibleWhen="region-selected" whenTagName="span"'
    return [f"{start} whenLabelValue={names}>", *content, "</View>"]


def _region_attributes(name: str, labels: list[str]) -> dict[str, str]:
    # The labels once more: Label Studio then drops a value whose key was pressed on another span.
    return {
        "name": name,
        "toName": "text",
        "perRegion": "true",
        "whenTagName": "span",
        "whenLabelValue": ",".join(labels),
    }


def _choices(name: str, labels: list[str], choices: list[str]) -> list[str]:
    attributes = _region_attributes(name, labels)
    return [
        _open("Choices", **attributes, choice="single", showInline="true"),
        *choices,
        "</Choices>",
    ]


def _select(name: str, labels: list[str], choices: list[str], choice: str) -> list[str]:
    if not choices:  # the server refuses a control without any
        return []
    attributes = _region_attributes(name, labels)
    return [
        f'<View className="an-control-{name}">',
        _open("Choices", **attributes, choice=choice, layout="select"),
        *choices,
        "</Choices>",
        "</View>",
    ]


def _text(name: str, labels: list[str], placeholder: str) -> list[str]:
    attributes = _region_attributes(name, labels)
    return [_textarea(placeholder=placeholder, rows="1", **attributes)]


def _textarea(name: str, placeholder: str, rows: str, **attributes: str) -> str:
    return _tag(
        "TextArea",
        **{"name": name, "toName": "text", **attributes},
        rows=rows,
        maxSubmissions="1",
        editable="true",
        showSubmitButton="false",
        placeholder=placeholder,
    )


def _keyed(labels: Iterable[Label]) -> list[str]:
    return [
        _tag("Choice", value=label.name, hotkey=label.hotkey, hint=label.definition)
        for label in labels
    ]


def _registry(entries: tuple[Actor, ...] | tuple[Target, ...]) -> list[str]:
    """One choice per entry: it shows the name, and the export holds the id."""
    shown: set[str] = set()
    choices = []
    everyone: list[Actor | Target] = list(entries)
    for entry in sorted(everyone, key=lambda entry: (entry.name.casefold(), entry.id)):
        code = getattr(entry, "code", None)
        name = f"{entry.name} · {code}" if code else entry.name
        if name in shown:
            name = f"{name} ({entry.id})"
        shown.add(name)
        choices.append(_tag("Choice", value=name, alias=entry.id))
    return choices


def _open(tag: str, **attributes: str | None) -> str:
    return _tag(tag, **attributes).removesuffix("/>") + ">"


def _tag(tag: str, **attributes: str | None) -> str:
    given = "".join(
        f" {name}={quoteattr(_plain(value))}" for name, value in attributes.items() if value
    )
    return f"<{tag}{given}/>"


def _plain(value: str) -> str:
    """`value` on one line, without what XML forbids or Label Studio takes for a variable."""
    text = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return "＄" + text[1:] if text.startswith("$") else text


def _indented(lines: list[str]) -> Iterator[str]:
    """The lines by depth; what follows a line end inside one stays (Markdown would be code)."""
    depth = 0
    for line in lines:
        if line.startswith("</"):
            depth -= 1
        yield "  " * depth + line
        opens = line.startswith("<") and not line.startswith(("</", "<!--"))
        if (
            opens
            and not line.endswith("/>")
            and f"</{line[1:].split()[0].rstrip('>')}>" not in line
        ):
            depth += 1
