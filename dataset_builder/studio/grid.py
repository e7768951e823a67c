"""The pair grid: a second project that asks for the pairs on which nobody took a stance.

One task per article with all its rows on one screen, each neutral until it is clicked. Annotators
mostly disagree on whether there is a stance at all, so "neutral" must be somebody's decision, and
it must be cheap.

Which rows: every pair of a holder and a target that finished annotators marked, without those that
one of them decided. What only a span with several holders and several targets speaks for counts as
undecided. The best `grid_pairs` by `Pair.rank` are asked; an article with 40 actors names 1,560
pairs, most of them in no common sentence, and how many were left out stands above the rows. Rows
stand in the order in which the text names them. Rows that were pushed keep their place for ever,
because an answer is known by its place; later ones are appended.

Some rows are checks: pairs on which all annotators agreed on favor or against. Nobody sees which.

Traps of Label Studio that shape the config:

- `choice="single-radio"` in a Repeater makes one group of all rows in the browser; `single` shows
  boxes and behaves. A second click empties a row, so each is required.
- A choice without a key gets one by itself: a slip on the keyboard would change a row that nobody
  looks at. A dead control takes all keys but that of the tick.
- `Markdown` renders HTML as it comes, unsanitised: everything from a page is escaped, and a row is
  one block without a line break, so that nothing in it is read as Markdown.
"""

from __future__ import annotations

import math
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

from dataset_builder.assemble.answers import CHECKED
from dataset_builder.assemble.pairs import in_seeded_order, named_pairs
from dataset_builder.studio.kept import GRID_ROWS
from dataset_builder.studio.label_config import AUTOMATIC_KEYS, dead_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.pairs import Pair
    from dataset_builder.assemble.versions import Version
    from dataset_builder.ontology import Ontology
    from dataset_builder.project import Settings
    from dataset_builder.registries import Registries

KIND: Final = "grid"
_LENGTH = 260  # characters of a sentence around holder and target
_STYLE = Path(__file__).with_name("grid.css")
_DEFAULT = "neutral"
_TICK_KEY = "y"
_COMMENT = (
    '<TextArea name="comment" toName="text" rows="2" maxSubmissions="1" editable="true" '
    'showSubmitButton="false" placeholder="comment, or what is wrong with the text"/>'
)

INSTRUCTIONS = """\
# The pair grid

Each row is a question: **what does the text say of this holder's stance on this target?** Every row
starts as neutral. Read the sentence below it, and click **against** or **favor** where the text
shows it by the same rules as in the first pass: words of approval, support, opposition, blame, fear
or alignment, ascribed to the holder. Deeds alone do not count, and neither does what you know.

- *Neutral* means: nothing in the text puts this holder for or against this target.
- The sentence is only where both are named; the whole text counts, it stands on the left.
- The direction matters: **A → B** asks for A's stance on B.
- A row that says *marked for several at once* comes from a phrase like "Both countries are unhappy
  with their policy": click it only where this very holder holds it about this very target.
- Read every row, then tick the box at the end. Some rows are there to see whether rows are read.
- Is the text broken, or a row unclear? Write it into the comment.
"""


def render_grid_config(ontology: Ontology) -> str:
    """The labelling config of the grid's project, as Label Studio's XML."""
    style = xml_escape(_STYLE.read_text(encoding="utf-8").strip())
    labels = sorted(ontology.stance_labels, key=lambda label: label.name == _DEFAULT)
    # The default in the middle: a slip of the mouse then hits it, not the opposite.
    labels = [labels[0], labels[-1], *labels[1:-1]]
    choices = [
        f"<Choice value={quoteattr(label.name)} hint={quoteattr(label.definition)}"
        + (' selected="true"/>' if label.name == _DEFAULT else "/>")
        for label in labels
    ]
    required = 'toName="text" choice="single" showInline="true" required="true"'
    lines = [
        "<View>",
        f"<Style>{style}</Style>",
        '<View className="gr-page">',
        '<View className="gr-text">',
        '<Header value="$title" size="4"/>',
        '<View className="gr-meta"><Header value="$meta" size="6"/></View>',
        '<Text name="text" value="$text" selectionEnabled="false"/>',
        "</View>",
        '<View className="gr-rows">',
        '<Header value="What does the text say? Every row starts as neutral." size="5"/>',
        '<View className="gr-meta"><Header value="$note" size="6"/></View>',
        '<Repeater on="$pairs" indexFlag="{{idx}}">',
        '<View className="gr-row">',
        '<Markdown value="$pairs[{{idx}}].row"/>',
        f'<Choices name="pair_{{{{idx}}}}" {required} requiredMessage="A row has no label.">',
        *choices,
        "</Choices>",
        "</View>",
        "</Repeater>",
        '<View className="gr-end">',
        f'<Choices name="{CHECKED}" {required} requiredMessage="Tick: I read every row.">',
        f'<Choice value="I read every row" hotkey="{_TICK_KEY}"/>',
        "</Choices>",
        _COMMENT,
        "</View>",
        "</View>",
        *_every_row(choices),
        *dead_keys(AUTOMATIC_KEYS.replace(_TICK_KEY, "")),
        "</View>",
        "</View>",
    ]
    return "\n".join(lines) + "\n"


def _every_row(choices: Sequence[str]) -> list[str]:
    """A hidden control whose name is a pattern of the rows' names: without it Label Studio refuses
    every change of an answered grid's config, because it knows `pair_0` in none."""
    plain = [choice.replace(' selected="true"', "") for choice in choices]
    head = f'<Choices name={quoteattr(GRID_ROWS)} toName="text" choice="single">'
    return ['<View style="display: none">', head, *plain, "</Choices>", "</View>"]


def grid_data(
    article: Article,
    voters: Sequence[Version],
    registries: Registries,
    settings: Settings,
    asked: Sequence[dict[str, Any]] = (),
    settled: Iterable[str] | None = None,
) -> dict[str, Any] | None:
    """`pairs` and `note` of an article's grid; None when there is nothing to ask.

    `voters` are the finished versions. `asked` are the rows that were pushed before: they stay as
    they are, in front. `settled` are the ids of pairs that are not asked again, theirs among them
    (default: theirs alone).
    """
    pairs = named_pairs(article, voters, registries)
    there = {str(row["id"]) for row in asked} if settled is None else set(settled)
    undecided = [pair for pair in pairs if pair.open]
    new = [pair for pair in undecided if pair.id not in there]
    room = max(settings.grid_pairs - sum("known" not in row for row in asked), 0)
    chosen = new[:room]
    rows = [*asked, *_block(article, chosen, pairs, there, settings)]
    if not rows:
        return None
    left = len(new) - len(chosen)
    note = f"{left} pairs that the text names further apart were left out." if left else ""
    return {"pairs": rows, "note": note}


def _block(
    article: Article,
    chosen: Sequence[Pair],
    pairs: Sequence[Pair],
    there: set[str],
    settings: Settings,
) -> list[dict[str, Any]]:
    """Rows for `chosen`, in the order of the text, with their share of checks among them."""
    wanted = math.ceil(len(chosen) * settings.grid_checks / 100)
    known = [
        pair
        for pair in pairs
        if pair.agreed and _DEFAULT not in pair.labels and pair.id not in there
    ]
    checks = in_seeded_order(known, settings.seed, article.article_id)[:wanted]
    ordered = sorted(
        [*chosen, *checks],
        key=lambda pair: (
            not pair.together,
            pair.together[:1],
            *sorted((pair.holder_at.start, pair.target_at.start)),
            sorted((pair.holder.id, pair.target.id)),  # both directions side by side
            pair.holder_at.start,
            pair.holder.id,
        ),
    )
    return [
        {
            "id": pair.id,
            "holder": pair.holder.id,
            "target": pair.target.id,
            "row": row_html(article, pair),
            **({"known": min(pair.labels)} if pair.labels else {}),
        }
        for pair in ordered
    ]


def row_html(article: Article, pair: Pair) -> str:
    """What a row shows: holder and target, and the sentences that name both."""
    names = f"<b>{_safe(pair.holder.name)}</b> → <b>{_safe(pair.target.name)}</b>"
    if pair.crossing:
        names += f' <i class="gr-several">{_safe(pair.crossing)}: marked for several at once</i>'
    said = "not named in one sentence"
    if pair.together:
        said = _sentence(article, pair.together[0], pair)
        more = len(pair.together) - 1
        said += f" <i>(and {more} more)</i>" if more else ""
    return (
        f'<div class="gr-pair" dir="auto">{names}</div><div class="gr-said" dir="auto">{said}</div>'
    )


def _sentence(article: Article, index: int, pair: Pair) -> str:
    """A sentence with the mentions of holder and target marked, cut down around them."""
    sentence = article.sentences[index]
    marks: list[tuple[int, int, str]] = []
    for kind, mentions in (("h", pair.holder_mentions), ("t", pair.target_mentions)):
        marks += [(m.start, m.end, kind) for m in mentions if m.sentence == index]
    marks.sort()
    start, end = sentence.start, max(sentence.end, *(last for _, last, _ in marks))
    if end - start > _LENGTH:
        start = max(start, marks[0][0] - _LENGTH // 4)
        end = min(end, start + _LENGTH)
    shown = "… " if start > sentence.start else ""
    at = start
    for first, last, kind in marks:
        if first >= at and last <= end:
            inner = _safe(article.text[first:last])
            shown += f'{_safe(article.text[at:first])}<mark class="gr-{kind}">{inner}</mark>'
            at = last
    shown += _safe(article.text[at:end])
    return shown + (" …" if end < sentence.end else "")


def _safe(words: str) -> str:
    """`words` on one line as HTML text, without what no page shows."""
    kept = "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in words)
    return escape(kept)
