"""Annotating with real mouse and keys in a real browser, and what the server holds afterwards."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.versions import finished, read_annotations
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from dataset_builder.studio.push import NewTask, push, push_tasks, task_data
from tests import annotated
from tests.e2e.studio_work import Person, admin, article, spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.articles import Article
    from dataset_builder.studio.connection import Connection
    from tests.e2e.browser import Labelling

BODIES = Path(__file__).parents[1] / "golden" / "bodies"
SEED = (BODIES / "000_304dcb087ec99169.txt").read_text(encoding="utf-8").strip()
FOREIGN = (
    "Erdoğan 😀 met 🇹🇷 envoys in Ankara 👩‍👩‍👧 on Thursday.\n\n"
    "وصل الرئيس التركي إلى موسكو يوم الخميس، قالت أنقرة.\n\n"
    "Cafe\u0301 owners in Idlib welcomed Turkey's offer."
)


class Span(NamedTuple):
    label: str
    start: int
    end: int
    surface: str


class Work(NamedTuple):
    """What an annotation holds, with surfaces for region ids."""

    spans: set[Span]
    arrows: set[tuple[str, str, str]]
    fields: set[tuple[str, str, tuple[str, ...]]]
    whole: set[tuple[str, tuple[str, ...]]]


def work_in(result: list[dict[str, Any]]) -> Work:
    """The result items of an annotation, sorted into what they mean; each must be new."""
    spans, fields, whole, names = set(), set(), set(), {}
    for item in result:
        if item["type"] == "labels":
            value = item["value"]
            (label,) = value["labels"]
            spans.add(Span(label, value["start"], value["end"], value["text"]))
            names[item["id"]] = value["text"]
    for item in result:
        if item["type"] in ("choices", "textarea"):
            value = item["value"]
            values = tuple(value["choices" if item["type"] == "choices" else "text"])
            if item["id"] in names:
                fields.add((names[item["id"]], item["from_name"], values))
            else:
                whole.add((item["from_name"], values))
    arrows = {
        (names[item["from_id"]], item["direction"], names[item["to_id"]])
        for item in result
        if item["type"] == "relation"
    }
    work = Work(spans, arrows, fields, whole)
    assert sum(map(len, work)) == len(result), "something is there twice or is of another kind"
    return work


@pytest.fixture(scope="module")
def boss(connection: Connection) -> Iterator[Person]:
    person = admin(connection)
    yield person
    person.http.close()


def pushed(connection: Connection, boss: Person, name: str, made: Article) -> tuple[int, int]:
    """Project and task of an article that was just pushed."""
    project = push(connection, spec(name), [made], scheme_version="1.0").project_id
    return project, boss.task_of(project, made.article_id)


def stored(boss: Person, task: int) -> list[dict[str, Any]]:
    """Result of the task's only annotation, as the server holds it."""
    (annotation,) = boss.send("GET", f"/api/tasks/{task}/annotations")
    assert not annotation["was_cancelled"]
    result: list[dict[str, Any]] = annotation["result"]
    return result


def at(text: str, label: str, surface: str, nth: int = 0) -> Span:
    """Where the nth occurrence of the surface is, in code points."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(surface, start + 1)
    return Span(label, start, start + len(surface), surface)


def nth_before(text: str, surface: str, sentence: str) -> int:
    """Which occurrence of the surface it is that begins the sentence."""
    return text[: text.index(sentence)].count(surface)


def test_event_and_stance_are_stored_exactly_as_drawn(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    project, task = pushed(connection, boss, "browser", article(1, SEED))
    labelling.open_task(project, task)
    labelling.select_new_regions()

    # An event that lies ahead: who, where, when. Four actions for each argument.
    labelling.draw("1", "meet")
    labelling.key("0")
    labelling.choose("context", "diplomatic", "executive")
    labelling.draw("a", "Russian President Vladimir Putin")
    labelling.choose("actor_id", "Vladimir Putin · RUS GOV")
    labelling.arrow_to("meet")
    labelling.draw("d", "September 28")
    labelling.write("timex3", "XXXX-09-28")
    labelling.arrow("meet", "September 28")

    # A stance: evidence, holder, target.
    turkey = nth_before(SEED, "Turkey", "Turkey has denounced")
    issue = "September 25 nonbinding referendum in Iraq's Kurdish region"
    labelling.draw("g", "denounced")
    labelling.key("l")
    labelling.draw("a", "Turkey", turkey)
    labelling.choose("actor_id", "Turkey · TUR GOV")
    labelling.arrow_to("denounced")
    labelling.draw("s", issue)
    labelling.choose("issue_id", "The independence referendum of Iraqi Kurdistan")
    labelling.arrow("denounced", issue)

    labelling.key("Escape")
    labelling.write("comment", "the call may be an event, too")
    labelling.key("y")
    labelling.submit()

    expected = Work(
        spans={
            at(SEED, "AGREE", "meet"),
            at(SEED, "ACTOR", "Russian President Vladimir Putin"),
            at(SEED, "DATE", "September 28"),
            at(SEED, "against", "denounced"),
            at(SEED, "ACTOR", "Turkey", turkey),
            at(SEED, "ISSUE", issue),
        },
        arrows={
            ("Russian President Vladimir Putin", "right", "meet"),
            ("meet", "right", "September 28"),
            ("Turkey", "right", "denounced"),
            ("denounced", "right", issue),
        },
        fields={
            ("meet", "tense", ("FUTURE",)),
            ("meet", "context", ("executive", "diplomatic")),
            ("Russian President Vladimir Putin", "actor_id", ("putin",)),
            ("September 28", "timex3", ("XXXX-09-28",)),
            ("denounced", "expression", ("reported",)),
            ("Turkey", "actor_id", ("tur",)),
            (issue, "issue_id", ("kurdistan_referendum",)),
        },
        whole={("comment", ("the call may be an event, too",)), ("relevance", ("relevant",))},
    )
    assert work_in(stored(boss, task)) == expected


def test_offsets_are_code_points_beside_emoji_and_arabic(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    project, task = pushed(connection, boss, "offsets", article(2, FOREIGN))
    labelling.open_task(project, task)
    labelling.select_new_regions()
    drawn = [
        ("a", "ACTOR", "Erdoğan 😀"),
        ("2", "CONSULT", "met"),
        ("a", "ACTOR", "🇹🇷 envoys"),
        ("w", "LOCATION", "Ankara"),
        ("d", "DATE", "Thursday"),
        ("2", "CONSULT", "وصل"),
        ("a", "ACTOR", "الرئيس التركي"),
        ("w", "LOCATION", "موسكو"),
        ("a", "ACTOR", "Cafe\u0301 owners"),
        ("a", "ACTOR", "Turkey"),
    ]
    for key, _, surface in drawn:
        labelling.draw(key, surface)
    labelling.arrow("الرئيس التركي", "وصل")
    labelling.arrow("met", "Thursday")
    labelling.submit()

    work = work_in(stored(boss, task))
    assert work.spans == {at(FOREIGN, label, surface) for _, label, surface in drawn}
    assert work.arrows == {("الرئيس التركي", "right", "وصل"), ("met", "right", "Thursday")}
    assert all(FOREIGN[span.start : span.end] == span.surface for span in work.spans)


def test_every_label_and_keyed_choice_answers_to_its_key(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    project, task = pushed(connection, boss, "keys", article(3, "One two three."))
    labelling.open_task(project, task)
    labelling.select_new_regions()
    ontology = load_registries(find_project()).ontology
    pressed = {}
    labels = (*ontology.event_types, *ontology.entities, *ontology.stance_labels)
    for label in labels:
        assert label.hotkey
        labelling.key("Escape")
        labelling.key(label.hotkey)
        chosen = labelling.page.locator(".lsf-label_selected .lsf-label__text")
        pressed[label.name] = chosen.all_inner_texts()
    assert pressed == {label.name: [label.name] for label in labels}
    assert labelling.result() == []

    labelling.draw("1", "One")
    for attribute in ontology.attributes:
        for value in attribute.values:
            assert value.hotkey
            labelling.key(value.hotkey)
            assert ("One", attribute.name, (value.name,)) in work_in(labelling.result()).fields
    labelling.draw("f", "two")
    for label in ontology.expressions:
        if label.hotkey:
            labelling.key(label.hotkey)
            assert ("two", "expression", (label.name,)) in work_in(labelling.result()).fields
    labelling.key("Escape")
    for label in ontology.relevance:
        assert label.hotkey
        labelling.key(label.hotkey)
        assert work_in(labelling.result()).whole == {("relevance", (label.name,))}


def test_keys_of_other_labels_fields_leave_no_trace(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    """The key of a field works for every selected span; what does not belong there is dropped."""
    project, task = pushed(connection, boss, "stray-keys", article(4, "One two three."))
    labelling.open_task(project, task)
    labelling.select_new_regions()
    labelling.key("n")  # nothing is selected
    labelling.key("l")
    labelling.draw("a", "One")
    labelling.key("n")
    labelling.key("0")
    labelling.key("j")
    labelling.draw("1", "two")
    labelling.submit()
    work = work_in(stored(boss, task))
    assert work.fields == set()
    assert work.whole == set()
    assert {span.label for span in work.spans} == {"ACTOR", "AGREE"}


def test_text_that_was_typed_and_not_confirmed_is_kept(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    project, task = pushed(connection, boss, "typed", article(10, "One two three."))
    labelling.open_task(project, task)
    labelling.select_new_regions()
    labelling.draw("a", "One")
    labelling.box("actor_new").click()
    labelling.page.keyboard.type("Somebody, TUR")
    labelling.page.locator(".an-text h4").first.click()
    labelling.key("Escape")
    labelling.box("comment").click()
    labelling.page.keyboard.type("a doubt")
    labelling.submit()
    work = work_in(stored(boss, task))
    assert work.fields == {("One", "actor_new", ("Somebody, TUR",))}
    assert work.whole == {("comment", ("a doubt",))}


def test_the_page_says_when_a_key_relabels_and_when_an_arrow_is_open(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    """A slip of a label's key shows, and can be taken back."""
    project, task = pushed(connection, boss, "notes", article(5, "One two three."))
    labelling.open_task(project, task)
    labelling.select_new_regions()

    def notes() -> list[str]:
        found = labelling.page.locator(".an-note:not(:has(p)):visible").all_inner_texts()
        return [re.split(r"[.:]", text)[0] for text in found]

    assert notes() == ["Nothing selected"]
    labelling.draw("a", "One")
    assert notes() == ["Selected"]
    labelling.key("Alt+r")
    assert notes() == ["Linking"]
    labelling.page.mouse.click(900, 600)  # a miss
    assert notes() == ["Linking"]
    labelling.key("Escape")
    labelling.key("Escape")
    assert notes() == ["Nothing selected"]
    assert labelling.arrows() == []

    def labels() -> dict[str, str]:
        return {span.surface: span.label for span in work_in(labelling.result()).spans}

    labelling.draw("a", "two")
    labelling.key("1")
    assert labels() == {"One": "ACTOR", "two": "AGREE"}
    shown = labelling.page.locator(".htx-highlight", has_text="two")
    label = "e => getComputedStyle(e, '::after').content + (e.dataset.label ?? '')"
    assert "AGREE" in shown.evaluate(label)
    labelling.key("Control+z")
    assert labels() == {"One": "ACTOR", "two": "ACTOR"}


def codes_of(text: str, result: list[dict[str, Any]]) -> Counter[str]:
    """Codes of what reading an annotation finds."""
    registries = load_registries(find_project())
    of = annotated.article(text)
    reads, found = read_annotations([annotated.task(of, annotated.annotation("draft-1", result))])
    (version,), _ = finished(reads, of.text_sha256, registries, lexicon(registries))
    return Counter(finding.code for finding in (*found, *version.findings))


def test_spans_over_each_other_can_all_be_reached(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    """The inner one by its words, the outer one by its bare part, a twin in the Regions panel."""
    project, task = pushed(connection, boss, "nested", article(12, "One two three four five."))
    labelling.open_task(project, task)
    labelling.select_new_regions()
    outer = labelling.draw("g", "two three four")
    inner = labelling.draw("s", "three")
    actor = labelling.draw("a", "One")
    labelling.arrow_to("two three four")  # its bare part begins with "two"
    assert labelling.select("two three four") == outer
    assert labelling.select("three") == inner
    twin = labelling.draw("1", "three")
    assert len({outer, inner, actor, twin}) == 4
    # Clicks into the text may be lost now; the panel reaches every span.
    labelling.key("Escape")
    items = labelling.page.locator(".lsf-outliner-item__content:visible", has_text="three")
    reached = set()
    for number in range(items.count()):
        labelling.key("Escape")
        items.nth(number).click()
        labelling.page.wait_for_timeout(300)
        reached.add(labelling.selected())
    assert reached >= {inner, twin}
    # It is the start and the end of arrows, too.
    labelling.key("Escape")
    contents = labelling.page.locator(".lsf-outliner-item__content:visible")
    contents.filter(has_text="ACTOR").first.click()
    labelling.key("Alt+r")
    contents.filter(has_text="AGREE").first.click()
    labelling.page.wait_for_timeout(300)
    labelling.key("Escape")
    assert set(labelling.arrows()) == {(actor, "right", outer), (actor, "right", twin)}


def test_the_label_that_fast_hands_get_is_the_one_they_see(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    """Faster than 200 ms a span may get the label of the one underneath: never unseen."""
    project, task = pushed(connection, boss, "fast", article(13, "One two three four five six."))
    labelling.open_task(project, task)
    labelling.select_new_regions()
    labelling.draw("s", "three")
    shown = labelling.page.locator(".lsf-outliner-item__title:visible")
    for number, words in enumerate(("two three four", "One two three four five"), start=2):
        for _ in range(10):  # hands that are too fast for a busy machine draw nothing
            labelling.page.keyboard.press("Escape")
            labelling.page.wait_for_timeout(60)
            labelling.page.keyboard.press("g")
            labelling.page.wait_for_timeout(60)
            first, last = labelling.place(words)
            labelling.page.mouse.move(first[0] + 1, first[2])
            labelling.page.mouse.down()
            labelling.page.mouse.move(last[1] - 1, last[2], steps=3)
            labelling.page.mouse.up()
            labelling.page.wait_for_timeout(300)
            if len(labelling.result()) >= number:
                break
        shown.nth(number - 1).wait_for()
    stored = Counter(item["value"]["labels"][0] for item in labelling.result())
    seen = Counter(text.split()[0] for text in shown.all_inner_texts())
    assert stored == seen
    assert sum(stored.values()) >= 3


def test_suggestions_open_as_the_annotators_draft(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    """Without a click; what was looked at cannot be told from what was not, until it is submitted."""
    text = "Turkey met Iran."
    spans = {
        "a1": {"label": "ACTOR", "words": "Turkey"},
        "t1": {"label": "CONSULT", "words": "met"},
    }
    result = tuple(annotated.items(text, spans, [("a1", "t1")]))
    made = article(14, text)
    guess = {"model_version": "rules", "score": 0.5, "result": list(result)}
    data = {**task_data(made, "1.0")}
    project = push_tasks(connection, spec("suggested"), [NewTask(data, (guess,))]).project_id
    task = boss.task_of(project, made.article_id)
    labelling.open_task(project, task)
    labelling.page.locator(".htx-highlight").first.wait_for()
    assert labelling.arrows() == [("a1", "right", "t1")]
    assert boss.send("GET", f"/api/tasks/{task}/annotations") == []
    labelling.key("y")
    labelling.submit()
    origins = {item.get("origin") for item in stored(boss, task) if item["type"] == "labels"}
    assert origins == {"prediction"}


def test_selecting_new_spans_is_a_setting_of_the_browser_and_the_page_names_it(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    project, task = pushed(connection, boss, "setting", article(15, "One two three."))
    labelling.open_task(project, task)
    note = labelling.page.locator(".an-idle")
    assert "Select region after creating it" in note.inner_text()
    labelling.select_new_regions()
    kept = labelling.page.evaluate("() => localStorage.getItem('labelStudio:settings')")
    assert json.loads(kept)["selectAfterCreate"] is True
    labelling.open_task(project, task)
    assert labelling.page.evaluate("() => window.Htx.settings.selectAfterCreate")
    labelling.draw("a", "One")
    assert note.is_hidden()


def test_what_the_screen_lets_pass_is_found_afterwards(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    text = "Turkey met Iran. Russia and Assad blame the US and Merkel."
    project, task = pushed(connection, boss, "let-pass", article(16, text))
    labelling.open_task(project, task)
    labelling.select_new_regions()
    labelling.draw("2", "met")
    labelling.draw("a", "Turkey")
    labelling.arrow_to("met")
    labelling.draw("a", "Iran")
    labelling.arrow_to("met")
    labelling.arrow("met", "Iran")  # and back
    labelling.draw("g", "blame")
    for holder in ("Russia", "Assad"):
        labelling.draw("a", holder)
        labelling.arrow_to("blame")
    for target in ("US", "Merkel"):
        labelling.draw("a", target)
        labelling.arrow("blame", target)
    labelling.key("Escape")
    labelling.key("y")
    once = labelling.result()
    found = codes_of(text, once)
    assert found["GRM204"] == 1  # Iran to met, and back
    assert found["GRM224"] == 1  # two holders, two targets
    # An arrow that points both ways: one turn in the Relations panel.
    labelling.page.locator("[id$=droppable]:visible", has_text="Relations").last.click()
    labelling.page.locator(".lsf-relations__icon").first.click()
    assert {direction for _, direction, _ in labelling.arrows()} == {"right", "bi"}
    # The same words twice with the same label.
    labelling.draw("g", "blame")
    labelling.submit()
    found = codes_of(text, stored(boss, task))
    assert found["GRM203"] == 1
    assert found["GRM204"] == 1
    spans = [item for item in stored(boss, task) if item["type"] == "labels"]
    places = Counter((s["value"]["start"], s["value"]["labels"][0]) for s in spans)
    assert places[text.index("blame"), "against"] == 2
    assert found["GRM207"] == 1  # the second one has no arrows; with the same ones: GRM217


def luminance(colour: tuple[float, ...]) -> float:
    red, green, blue = (
        c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def rgba(css: str) -> tuple[tuple[float, ...], float]:
    numbers = [float(number) for number in re.findall(r"[\d.]+", css)]
    return tuple(numbers[:3]), numbers[3] if len(numbers) > 3 else 1.0


def contrast(text: str, behind: list[str]) -> float:
    """Contrast of a text over backgrounds, the nearest first, as the browser computed them."""
    ground: tuple[float, ...] = (255, 255, 255)
    for layer in reversed(behind):
        colour, alpha = rgba(layer)
        ground = tuple(alpha * c + (1 - alpha) * g for c, g in zip(colour, ground, strict=True))
    light, dark = sorted((luminance(rgba(text)[0]), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


DRAWN = """(selector) => [...document.querySelectorAll(selector)].filter(e => e.offsetParent).map(e => {
  const behind = [];
  for (let n = e; n; n = n.parentElement) {
    const style = getComputedStyle(n);
    const shade = style.backgroundImage.match(/linear-gradient\\((rgba?\\([^)]*\\))/);
    if (shade) behind.push(shade[1]);
    behind.push(style.backgroundColor);
  }
  return [e.innerText, getComputedStyle(e).color, behind];
})"""
READ = (
    ".an-side .lsf-label__text, .an-side .lsf-label__hotkey, .an-side h4, .an-side .lsf-choice label,"
    " .an-text h4, .lsf-htx-richtext, .htx-highlight"
)


def test_everything_is_readable_in_the_light_and_in_the_dark(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    text = "One two three four five six seven eight nine ten."
    project, task = pushed(connection, boss, "contrast", article(6, text))
    labelling.open_task(project, task)
    labelling.select_new_regions()
    at_once = "*, ::before, ::after { transition: none !important }"  # colours fade over
    labelling.page.add_style_tag(content=at_once)
    poor: dict[str, float] = {}
    seen: dict[str, set[str]] = {"light": set(), "dark": set()}
    words = iter(text.rstrip(".").split() * 3)
    ontology = load_registries(find_project()).ontology
    for label in (*ontology.event_types, *ontology.entities, *ontology.stance_labels):
        assert label.hotkey
        labelling.draw(label.hotkey, next(words))
        labelling.page.mouse.move(5, 890)
        labelling.page.wait_for_timeout(300)
        for theme, words_seen in seen.items():
            labelling.page.evaluate(
                "theme => document.documentElement.setAttribute('data-color-scheme', theme)", theme
            )
            for shown, colour, behind in labelling.page.evaluate(DRAWN, READ):
                words_seen.add(shown)
                ratio = contrast(colour, behind)
                if ratio < 4.5:
                    poor[f"{theme}, {label.name} selected: {shown[:30]}"] = round(ratio, 2)
        labelling.key("Backspace")
    assert all({"AGREE", "favor", "1", "One"} <= words_seen for words_seen in seen.values())
    assert poor == {}


def test_the_text_column_is_wide_enough_and_guidelines_are_one_click_away(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    project, task = pushed(connection, boss, "width", article(7, SEED))
    labelling.open_task(project, task)
    assert labelling.text_width() >= 560  # list of tasks and side panels open
    labelling.page.get_by_role("button", name="Instructions").click()
    labelling.page.get_by_role("heading", name="Guide", exact=True).wait_for()
    labelling.page.get_by_role("cell", name="<AGREE> & more").wait_for()
    labelling.open_stream(project)
    assert labelling.text_width() >= 700


def test_a_grown_registry_reaches_annotated_tasks(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    """Label Studio refuses a config that would orphan annotations; ids must not look like that."""
    project, task = pushed(connection, boss, "registry", article(9, SEED))
    labelling.open_task(project, task)
    labelling.select_new_regions()
    labelling.draw("a", "Russian President Vladimir Putin")
    labelling.choose("actor_id", "Vladimir Putin · RUS GOV")
    labelling.submit()
    config = spec("registry").label_config
    renamed = config.replace("Vladimir Putin · RUS GOV", "V. V. Putin · RUS GOV")
    assert renamed != config
    boss.send("PATCH", f"/api/projects/{project}", {"label_config": renamed})
    labelling.open_task(project, task)
    labelling.select("Russian President")
    labelling.page.get_by_text("V. V. Putin · RUS GOV").first.wait_for()
    assert work_in(labelling.result()).fields == {
        ("Russian President Vladimir Putin", "actor_id", ("putin",))
    }
