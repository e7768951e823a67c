"""The adjudication screen with a right-to-left text, in both themes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dataset_builder.adjudication import conflict
from dataset_builder.agreement.words import plain
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.registries import Annotator
from dataset_builder.studio.adjudication import adjudicating, adjudication_task
from dataset_builder.studio.push import push_tasks
from tests.annotated import annotation, article, items, task
from tests.e2e.studio_work import admin, spec
from tests.e2e.test_annotate_in_browser import DRAWN, contrast
from tests.factory import registries

if TYPE_CHECKING:
    from dataset_builder.studio.connection import Connection
    from tests.e2e.browser import Labelling

TEXT = "أنقرة أدانت موسكو يوم الثلاثاء 😀. Erdogan met Putin.\n\nورفضت موسكو التصريحات."
WORDS = "أنقرة تدين موسكو"
KNOWN = replace(registries(), annotators=tuple(Annotator(n, "human", None) for n in ("ann", "bob")))
RELEVANT = {"relevance": ["relevant"]}
# For each line of the panel: its words, and where its first character stands, as a share of the width.
LINES = """() => {
  const panel = document.querySelector('.an-differences :is(h1, h2, h3, h4, h5, h6)');
  const box = panel.getBoundingClientRect();
  const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node; (node = walker.nextNode());) {
    let at = 0;
    for (const line of node.data.split('\\n')) {
      const first = at + [...line].findIndex((c) => !/[\\u200e\\u2068]/.test(c));
      const range = document.createRange();
      range.setStart(node, first);
      range.setEnd(node, first + 1);
      found.push([line, (range.getBoundingClientRect().left - box.left) / box.width]);
      at += line.length + 1;
    }
  }
  return found;
}"""


# Where the first letter of the title stands, as a share of the text's width.
TITLE = """(title) => {
  const walker = document.createTreeWalker(document.querySelector('.an-text'), NodeFilter.SHOW_TEXT);
  let node;
  while ((node = walker.nextNode()) && node.data !== title);
  const range = document.createRange();
  range.setStart(node, 0);
  range.setEnd(node, 1);
  const box = document.querySelector('.an-text .lsf-htx-richtext').getBoundingClientRect();
  return (range.getBoundingClientRect().left - box.left) / box.width;
}"""


@pytest.fixture(scope="module")
def asked(connection: Connection) -> tuple[int, int]:
    """The project and the task of a conflict."""
    actor = {"label": "ACTOR", "words": "أنقرة", "fields": {"actor_id": ["tur"]}}
    event = {"label": "ACCUSE", "words": "أدانت"}
    date = {"label": "DATE", "words": "الثلاثاء", "fields": {"timex3": ["XXXX-WXX-2"]}}
    arrows = [("a1", "t1"), ("t1", "d1")]
    one = items(TEXT, {"a1": actor, "t1": event, "d1": date}, arrows, RELEVANT)
    other = items(
        TEXT,
        {
            "a1": actor,
            "t1": {**event, "label": "REJECT"},
            "d1": {**date, "fields": {"timex3": ["XXXX-WXX-3"]}},
            "t2": {"label": "REJECT", "words": "ورفضت"},
        },
        arrows,
        RELEVANT,
    )
    here = article(TEXT, language="ar", title=WORDS)
    work = task(here, annotation("ann", one), annotation("bob", other))
    found = conflict(here, [work], KNOWN, lexicon(KNOWN))
    assert found is not None
    made = adjudication_task(found, "1.1")
    project = push_tasks(connection, adjudicating(spec("adjudicate-rtl")), [made]).project_id
    boss = admin(connection)
    number = boss.task_of(project, here.article_id)
    boss.http.close()
    return project, number


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_of_ours_begin_at_the_left_and_all_can_be_read(
    labelling: Labelling, asked: tuple[int, int], theme: str
) -> None:
    labelling.open_task(*asked)
    labelling.page.evaluate(
        "theme => document.documentElement.setAttribute('data-color-scheme', theme)", theme
    )
    labelling.page.wait_for_timeout(500)
    lines = labelling.page.evaluate(LINES)
    ours = [(plain(line), place) for line, place in lines if plain(line).startswith(("ann", "•"))]
    theirs = [(line, place) for line, place in lines if line.startswith("“")]
    assert [line for line, _ in ours][:3] == [
        "ann and bob differ on 3 points:",
        "• “أدانت”: other type: ann ACCUSE; bob REJECT",
        "• “الثلاثاء”: other date value: ann XXXX-WXX-2; bob XXXX-WXX-3",
    ]
    assert max(place for _, place in ours) < 0.05
    assert len(theirs) == 2
    assert min(place for _, place in theirs) > 0.5  # a sentence runs as the text does
    assert labelling.page.evaluate(TITLE, WORDS) > 0.5  # and so does the title
    for shown, colour, behind in labelling.page.evaluate(DRAWN, ".an-differences h6"):
        assert contrast(colour, behind) >= 4.5, shown
