"""The agreement page in a real browser, and its links to the tasks of a real server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dataset_builder.agreement.gates import Gates
from dataset_builder.agreement.links import task_links
from dataset_builder.agreement.page import page as agreement_page
from dataset_builder.studio.push import push, task_data
from tests.e2e.studio_work import admin, article, spec
from tests.factory import registries
from tests.unit.test_agreement_golden import found_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from subprocess import CompletedProcess

    from playwright.sync_api import Browser, Page

    from dataset_builder.studio.connection import Connection
    from tests.e2e.browser import Labelling

GOLDEN = Path(__file__).parents[1] / "golden" / "agreement"
TEXT_OF = """(p) => {
  const copy = p.cloneNode(true);
  copy.querySelectorAll('.tag').forEach((tag) => tag.remove());
  return copy.textContent;
}"""


@pytest.fixture(params=["light", "dark"])
def reader(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser page that fails the test when the document asks for anything or complains."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme=request.param
    )
    trouble: list[str] = []
    tab = context.new_page()
    tab.on("request", lambda r: trouble.append(r.url) if not r.url.startswith("file:") else None)
    tab.on("console", lambda message: trouble.append(message.text))
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    yield tab
    context.close()
    assert not trouble


def written(folder: Path, case: dict[str, Any], **more: Any) -> str:
    """The address of the page of a golden case."""
    found = found_in(case)
    content = agreement_page(found, Gates(1, ()), {}, registries().ontology, title="A set", **more)
    file = folder / "page.html"
    file.write_text(content, encoding="utf-8")
    return file.as_uri()


def golden(name: str) -> Any:
    return yaml.safe_load((GOLDEN / f"{name}.yaml").read_text(encoding="utf-8"))


def test_filters_show_what_is_asked_for(reader: Page, tmp_path: Path) -> None:
    case = golden("every_layer")
    reader.goto(written(tmp_path, case))
    assert reader.locator(".case:visible").count() == len(case["expect"]["differences"]) == 16
    assert reader.locator("output").inner_text() == "16 of 16 shown"
    reader.select_option("select[name=layer]", "mentions")
    assert reader.locator(".case:visible").count() == 4
    assert reader.locator(".layer:visible").count() == 1
    reader.select_option("select[name=labels]", "ACTOR")
    assert reader.locator("output").inner_text() == "2 of 16 shown"
    reader.select_option("select[name=layer]", "")
    assert reader.locator(".case:visible").count() == 3  # and the role of Putin
    reader.select_option("select[name=differs]", "role")
    (shown,) = reader.locator(".case:visible").all()
    assert "other role: ann ACTOR; bob RECIPIENT" in str(shown.text_content())
    assert shown.locator(".side").count() == 2
    assert shown.locator("mark.main").all_text_contents() == ["ACTORPutin", "RECIPIENTPutin"]


def test_scripts_and_directions(reader: Page, tmp_path: Path) -> None:
    """Arabic runs from the right, labels do not change it, and the text is the text."""
    case = golden("scripts")
    case["text"] = "أنقرة أدانت موسكو يوم الثلاثاء 😀."
    reader.goto(written(tmp_path, case))
    texts = reader.locator(".side p")
    for number in range(texts.count()):
        assert texts.nth(number).evaluate("(p) => getComputedStyle(p).direction") == "rtl"
        assert texts.nth(number).evaluate(TEXT_OF) == case["text"]
    first, last = (
        reader.locator(".side p mark", has_text=words).first.bounding_box()
        for words in ("أدانت", "الثلاثاء")
    )
    assert first
    assert last


@pytest.mark.parametrize("width", [1440, 800, 390])
def test_nothing_is_wider_than_the_window(reader: Page, tmp_path: Path, width: int) -> None:
    case = golden("every_layer")
    case["text"] += " " + "unbroken" * 200
    reader.set_viewport_size({"width": width, "height": 900})
    reader.goto(written(tmp_path, case))
    assert reader.evaluate("document.documentElement.scrollWidth") <= width


def test_scripts_of_page_texts_do_not_run(reader: Page, tmp_path: Path) -> None:
    case = golden("every_layer")
    evil = "<img src=x onerror=\"document.title='ran'\"><script>document.title='ran'</script>"
    case["text"] = case["text"].replace("Ankara", evil)
    case["annotators"]["ann"]["spans"]["l1"]["words"] = evil
    reader.goto(written(tmp_path, case))
    shown = reader.locator(".case", has_text="not marked by bob").first
    assert evil in str(shown.text_content())
    assert reader.title() == "Agreement: A set"
    assert reader.locator("img").count() == 0


def test_a_link_leads_to_the_task_itself(
    command: Callable[..., CompletedProcess[str]],
    project_folder: Path,
    connection: Connection,
    labelling: Labelling,
) -> None:
    settings = project_folder / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    text = re.sub(r"pretty_name = .*", 'pretty_name = "A page of differences"', text)
    settings.write_text(text.replace('name = "syria-diplomacy"', 'name = "agreement-page"'))
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    pushed = command("push", env=env)
    assert pushed.returncode == 0, pushed.stderr
    project = int(re.search(r"/projects/(\d+)", pushed.stdout)[1])
    done = command("agreement", "--html", "page.html", "--server", env=env)
    assert done.returncode == 0, done.stderr
    content = (project_folder / "page.html").read_text(encoding="utf-8")
    told = re.findall(r'<code>(\w+)</code> · <a href="([^"]+)"', content)
    assert len(told) == content.count('<article class="case"')
    boss = admin(connection)
    tasks = {task["data"]["article_id"]: task["id"] for task in boss.tasks(project)}
    boss.http.close()
    for article_id, address in told:
        url = f"{connection.url}/projects/{project}/data?task={tasks[article_id]}"
        assert address == url
    tab = labelling.page
    tab.goto((project_folder / "page.html").as_uri())
    shown = tab.locator(".case").first
    sentence = str(shown.locator(".side.none p").first.text_content())
    with tab.expect_popup() as opened:
        shown.locator("a", has_text="open the task").click()
    editor = opened.value.locator(".lsf-htx-richtext")
    editor.wait_for()
    assert sentence.strip(" …")[:40] in editor.inner_text()


def test_there_is_no_link_rather_than_a_wrong_one(connection: Connection) -> None:
    project = spec("agreement-links")
    known, doubled, absent = article(1), article(2), article(3)
    asked = [(a.article_id, a.text_sha256) for a in (known, doubled, absent)]
    other_text = (known.article_id, "0" * 64)
    assert task_links(connection, [project], asked) == {}  # no such project yet
    pushed = push(connection, project, [known, doubled], scheme_version="1.0")
    boss = admin(connection)
    again = [{"data": task_data(doubled, "1.0")}]
    boss.send("POST", f"/api/projects/{pushed.project_id}/import", again)
    task = boss.task_of(pushed.project_id, known.article_id)
    boss.http.close()
    links = task_links(connection, [project], [*asked, other_text])
    assert links == {asked[0]: f"{connection.url}/projects/{pushed.project_id}/data?task={task}"}
