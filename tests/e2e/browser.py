"""The labelling page of Label Studio, worked with mouse and keys as an annotator does."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Box = tuple[float, float, float]
"""Left, right and vertical middle of a character on the screen."""

# Boxes of the first and last character of the nth occurrence of some words. The text is split over
# many nodes once there are spans; a character outside the basic plane is two units of one box.
_FIND = """([words, nth]) => {
  const root = document.querySelector('.lsf-htx-richtext');
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = []; let text = '';
  for (let n; (n = walker.nextNode());) { nodes.push([n, text.length]); text += n.data; }
  let at = -1;
  for (let i = 0; i <= nth; i++) { at = text.indexOf(words, at + 1); if (at < 0) return null; }
  const place = (offset) => {
    const [node, start] = nodes.findLast(([, start]) => start <= offset);
    return [node, offset - start];
  };
  const isLow = (offset) => (text.charCodeAt(offset) & 0xFC00) === 0xDC00;
  const isHigh = (offset) => (text.charCodeAt(offset) & 0xFC00) === 0xD800;
  const box = (offset) => {
    const range = document.createRange();
    const [node, within] = place(isLow(offset) ? offset - 1 : offset);
    range.setStart(node, within);
    range.setEnd(node, within + (isLow(offset) || isHigh(offset) ? 2 : 1));
    const { left, right, top, bottom } = range.getBoundingClientRect();
    return [left, right, (top + bottom) / 2];
  };
  place(at)[0].parentElement.closest('.htx-highlight')?.scrollIntoViewIfNeeded();
  const visible = root.closest('[class*=main-content], .lsf-main-content') ?? document.body;
  let found = [box(at), box(at + words.length - 1)];
  const frame = visible.getBoundingClientRect();
  if (found[0][2] < frame.top + 60 || found[1][2] > frame.bottom - 60) {
    visible.scrollBy(0, found[0][2] - (frame.top + frame.bottom) / 2);
    found = [box(at), box(at + words.length - 1)];
  }
  return found;
}"""
_OPEN = """(last) => window.Htx?.annotationStore?.selected
  && window.Htx.task && Number(window.Htx.task.id) !== last"""
_DRAFT_IS_SAVED = "() => !window.Htx.annotationStore.selected.isDraftSaving"
_SAVE_DRAFT = "() => window.Htx.annotationStore.selected.saveDraftImmediately()"
_RESULT = "() => window.Htx.annotationStore.selected.serializeAnnotation()"
_SELECTED = "() => window.Htx.annotationStore.selected.highlightedNode?.cleanId ?? null"
_NEW_SELECTED = """(known) => {
  const id = window.Htx.annotationStore.selected.highlightedNode?.cleanId;
  return id && !known.includes(id);
}"""
_ARROW_COUNT = """(wanted) => window.Htx.annotationStore.selected.serializeAnnotation()
  .filter((item) => item.type === 'relation').length === wanted"""


class Labelling:
    """A browser page on a Label Studio server. Words are found in the text as they stand there."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        page.set_default_timeout(60_000)

    def login(self, email: str, password: str) -> None:
        """Send the form of the login page; drawing it, and the page after it, takes seconds."""
        form, browser = f"{self.url}/user/login/", self.page.context.request
        # An answer to a page that was closed meanwhile may have logged its user in again.
        self.page.context.clear_cookies()
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(form).text())
        fields = {"email": email, "password": password, "csrfmiddlewaretoken": token[0]}
        sent = browser.post(form, form=fields, headers={"Referer": form}, max_redirects=0)
        assert sent.status == 302, "the login was refused"

    def open_task(self, project: int, task: int) -> None:
        """Open a task in the project's list of tasks."""
        self.page.goto(f"{self.url}/projects/{project}/data?task={task}")
        self._await_editor()

    def open_stream(self, project: int) -> None:
        """Open the next task as "Label All Tasks" does."""
        self.page.goto(f"{self.url}/projects/{project}/data?labeling=1")
        self._await_editor()

    def await_next(self, last: int) -> int:
        """Wait for another task than `last`, which the stream shows by itself; its number."""
        self._await_editor(last)
        return int(self.page.evaluate("() => window.Htx.task.id"))

    def _await_editor(self, last: int = 0) -> None:
        self.page.locator(".lsf-htx-richtext").wait_for()
        self.page.wait_for_function(_OPEN, arg=last)
        self.page.wait_for_timeout(700)

    def select_new_regions(self) -> None:
        """Turn on "Select region after creating it", as the guidelines ask, in the settings."""
        self.page.get_by_label("Settings", exact=True).click()
        setting = self.page.locator("label", has_text="Select region after creating it")
        setting.wait_for()
        if not setting.locator("input").is_checked():
            setting.click()
        self.page.keyboard.press("Escape")
        setting.wait_for(state="hidden")
        assert self.page.evaluate("() => window.Htx.settings.selectAfterCreate")

    def key(self, key: str) -> None:
        """Press a key, with nothing else under way."""
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(200)  # Label Studio mixes up the labels of faster hands

    def draw(self, key: str, words: str, nth: int = 0) -> str:
        """Press a label's key and drag over the words; the new span's region id. It is selected."""
        known = sorted({item["id"] for item in self.result() if "id" in item})
        self.key("Escape")
        self.key(key)
        first, last = self._find(words, nth)
        start, end = first[0] + 1, last[1] - 1
        if unicodedata.bidirectional(words[0]) in ("R", "AL"):  # its first letter is at the right
            start, end = first[1] - 1, last[0] + 1
        mouse = self.page.mouse
        mouse.move(start, first[2])
        mouse.down()
        mouse.move((start + end) / 2, (first[2] + last[2]) / 2, steps=4)
        mouse.move(end, last[2], steps=4)
        mouse.up()
        self.page.wait_for_function(_NEW_SELECTED, arg=known)
        return str(self.selected())

    def select(self, words: str, nth: int = 0) -> str:
        """Click a span, given words on its bare part; its region id."""
        self.key("Escape")
        self._click(words, nth)
        self.page.wait_for_function(_SELECTED)
        return str(self.selected())

    def arrow(self, start: str, end: str, *, start_nth: int = 0, end_nth: int = 0) -> None:
        """Draw an arrow from the span at some words to the span at others."""
        self.select(start, start_nth)
        self.arrow_to(end, end_nth)

    def arrow_to(self, end: str, nth: int = 0) -> None:
        """Draw an arrow from the selected span to the span at some words."""
        wanted = len(self.arrows()) + 1
        self.key("Alt+r")
        self._click(end, nth)
        self.page.wait_for_function(_ARROW_COUNT, arg=wanted)
        self.key("Escape")

    def choose(self, control: str, *shown: str) -> None:
        """Pick values, as they are shown, from the dropdown list of the selected span's field."""
        opener = self.page.locator(f".an-control-{control} button[aria-haspopup]:visible")
        opener.click()
        popup = self.page.get_by_test_id("select-popup")
        for value in shown:
            popup.get_by_test_id(f"select-option-{value}").click()
            self.page.wait_for_timeout(200)
        if opener.get_attribute("data-state") == "open":  # a list of single choice closes itself
            opener.click()
        popup.wait_for(state="hidden")

    def write(self, control: str, words: str) -> None:
        """Type into a visible text field and leave it by a click on the title."""
        self.box(control).click()
        self.page.keyboard.type(words)
        self.page.locator(".an-text h4:visible").first.click()
        self.page.wait_for_timeout(200)

    def box(self, control: str) -> Locator:
        """The input of a text field."""
        return self.page.locator(f":is(input, textarea)[name='{control}']:visible")

    def submit(self) -> dict[str, Any]:
        """Press Submit; the annotation as the server took it.

        Label Studio saves drafts as time goes by, and one that is on its way when the annotation is
        submitted stays beside it: a person never meets that moment, a script now and then does.
        """
        self.page.wait_for_function(_DRAFT_IS_SAVED)
        self.page.evaluate(_SAVE_DRAFT)
        self.page.wait_for_function(_DRAFT_IS_SAVED)
        with self.page.expect_response(
            lambda reply: (
                reply.request.method == "POST"
                and re.search(r"/tasks/\d+/annotations", reply.url) is not None
            )
        ) as reply:
            self.page.get_by_label("Submit current annotation").click()
        taken: dict[str, Any] = reply.value.json()
        assert reply.value.status == 201, taken
        return taken

    def selected(self) -> str | None:
        """Region id of the selected span."""
        found: str | None = self.page.evaluate(_SELECTED)
        return found

    def result(self) -> list[dict[str, Any]]:
        """What the page would submit now."""
        found: list[dict[str, Any]] = self.page.evaluate(_RESULT)
        return found

    def arrows(self) -> list[tuple[str, str, str]]:
        """Start, direction and end of every arrow."""
        return [
            (item["from_id"], item["direction"], item["to_id"])
            for item in self.result()
            if item["type"] == "relation"
        ]

    def text_width(self) -> float:
        """Width of the text column in pixels."""
        box = self.page.locator(".lsf-htx-richtext").bounding_box()
        assert box
        return box["width"]

    def place(self, words: str, nth: int = 0) -> tuple[Box, Box]:
        """Boxes of the first and the last character of some words."""
        return self._find(words, nth)

    def _find(self, words: str, nth: int) -> tuple[Box, Box]:
        found = self.page.evaluate(_FIND, [words, nth])
        assert found, f"not in the text: {words!r} ({nth})"
        return found[0], found[1]

    def _click(self, words: str, nth: int) -> None:
        first, _ = self._find(words, nth)
        place = ((first[0] + first[1]) / 2, first[2])
        # As a hand gets there: of spans over each other, Label Studio takes the one it saw it enter.
        self.page.mouse.move(place[0], place[1] + 25)
        self.page.mouse.move(*place, steps=5)
        self.page.mouse.click(*place)
        self.page.wait_for_timeout(150)
