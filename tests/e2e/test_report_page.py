"""The report in a real browser: what is opened, searched, filtered and marked is what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataset_builder.report import html
from dataset_builder.report.reading import read_release
from tests.factory import make_release, make_world
from tests.report_pages import HOSTILE, hostile_rows, prefixed_rows, withhold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    Opened = Callable[..., Page]

ARABIC = "أنقرة أدانت مُوسكو يوم الثلاثاء 👩‍👩‍👧 😀.\n\n"
# The text of an article as it is shown, without the names of labels.
TEXT = """() => [...document.querySelectorAll('.text p')].map((p) => {
  const copy = p.cloneNode(true);
  copy.querySelectorAll('.tag').forEach((tag) => tag.remove());
  return copy.textContent;
}).join('\\n\\n')"""
MARKS = """() => [...document.querySelectorAll('.text .m')].map((m) => [m.textContent, m.title])"""
# The words at the two ends of every arrow: what lies under its start and its head.
ARROWS = """() => [...document.querySelectorAll('.arrows path.head')].map((head) => {
  const box = head.getBoundingClientRect();
  const x = (box.left + box.right) / 2;
  for (const y of [box.bottom + 6, box.top - 6]) {
    const found = document.elementFromPoint(x, y)?.closest('.m');
    if (found) return found.textContent;
  }
  return null;
})"""
HIGHLIGHTED = "() => [...(CSS.highlights.get('found') ?? [])].map((range) => range.toString())"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Addresses of the pages of four releases of six articles each."""
    folder = tmp_path_factory.mktemp("reports")
    releases = {
        "plain": make_release(folder / "plain", n_articles=6),
        "hostile": make_release(folder / "hostile", rows=hostile_rows()),
        "arabic": make_release(folder / "arabic", rows=prefixed_rows(ARABIC)),
        "withheld": make_release(folder / "withheld", n_articles=6),
    }
    withhold(releases["withheld"])
    addresses = {}
    for name, release in releases.items():
        file = folder / f"{name}.html"
        file.write_bytes(b"".join(html(read_release(release), lambda *_: None)))
        addresses[name] = file.as_uri()
    return addresses


@pytest.fixture
def opened(browser: Browser, pages: dict[str, str]) -> Iterator[Opened]:
    """Opens a page; the test fails when it asks for anything, or complains of anything."""
    trouble: list[str] = []
    contexts: list[BrowserContext] = []

    def go(name: str, hash_: str = "", *, width: int = 1440, height: int = 900,
           scheme: Any = "light") -> Page:  # fmt: skip
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        contexts.append(context)
        tab = context.new_page()
        tab.on(
            "request", lambda r: trouble.append(r.url) if not r.url.startswith("file:") else None
        )
        tab.on("console", lambda message: trouble.append(message.text))
        tab.on("pageerror", lambda error: trouble.append(str(error)))
        tab.goto(pages[name] + hash_)
        tab.wait_for_selector("html[data-ready]", state="attached")
        return tab

    yield go
    for context in contexts:
        context.close()
    assert trouble == []


def articles() -> list[dict[str, Any]]:
    """Rows of the articles of the plain release."""
    rows = make_world(n_articles=6).rows
    return [row for (config, _), found in rows.items() if config == "articles" for row in found]


def asked(tab: Page, act: Callable[[], object]) -> str:
    """Do something that asks for other articles; what the page then says it found."""
    before = tab.evaluate("document.documentElement.dataset.ready")
    act()
    tab.wait_for_function("(n) => document.documentElement.dataset.ready !== n", arg=before)
    return tab.inner_text(".count")


def test_search_and_filters(opened: Opened) -> None:
    tab = opened("plain")
    assert tab.inner_text(".count") == "6 of 6 articles"
    one = articles()[0]
    code = one["text"].split("in report ")[1][:6]  # is in this article alone
    search = tab.locator("[name=q]")
    tab.keyboard.press("/")
    assert asked(tab, lambda: tab.keyboard.insert_text(code)) == "1 of 6 articles"
    assert tab.locator(".list a").get_attribute("href") == f"#articles?open={one['article_id']}"
    assert f"q={code}" in tab.url
    assert tab.evaluate(HIGHLIGHTED) == [code]
    # folded, anywhere in a word, all of them
    assert asked(tab, lambda: search.fill("ZURICH denoun 📰")) == "6 of 6 articles"
    arabic = sum("مرحبا" in row["text"] for row in articles())
    assert asked(tab, lambda: search.fill("مَرحبا")) == f"{arabic} of 6 articles"
    assert set(tab.evaluate(HIGHLIGHTED)) <= {"مرحبا"}
    assert asked(tab, lambda: search.fill("nowhere-at-all")) == "0 of 6 articles"
    assert tab.inner_text(".reader") == "No article fits."
    assert asked(tab, lambda: tab.click("button[type=reset]")) == "6 of 6 articles"
    for name, value, found in (
        ("split", "train", 4),
        ("label", "e:SUPPORT", 6),
        ("outlet", "صحيفة Le Monde", 6),
    ):
        count = asked(tab, lambda n=name, v=value: tab.select_option(f"[name={n}]", v))
        assert count == f"{found} of 6 articles"
        asked(tab, lambda: tab.click("button[type=reset]"))
    actor = tab.locator("[name=actor] option").nth(1)
    words, n = str(actor.text_content()).rsplit(" (", 1)
    count = asked(tab, lambda: tab.select_option("[name=actor]", index=1))
    assert count == f"{n.rstrip(')')} of 6 articles"
    assert words in tab.inner_text(".reader")


def test_links_of_figures_lead_to_their_articles(opened: Opened) -> None:
    tab = opened("plain")
    row = tab.locator("#plot-splits tbody a", has_text="validation")
    assert asked(tab, row.click) == "1 of 6 articles"
    assert tab.evaluate("document.activeElement.tagName") == "A"
    assert tab.locator("[name=split]").input_value() == "validation"
    tab.go_back()


def test_words_are_marked_exactly(opened: Opened) -> None:
    """Emoji, Arabic and combining marks stand before most of them."""
    tab = opened("plain")
    for row in articles():
        tab.locator(f".list a[href$='{row['article_id']}']").click()
        tab.wait_for_function(
            "(id) => document.querySelector('.reader .meta').textContent.includes(id)",
            arg=row["article_id"],
        )
        assert tab.evaluate(TEXT) == row["text"]
        marks = {tuple(mark) for mark in tab.evaluate(MARKS)}
        assert ("Tuesday", "DATE") in marks
        assert ("Zürich", "LOCATION") in marks
        assert ("28 September 2017", "DATE") in marks
        assert ("hated ruler", "against") in marks
        (accused,) = [title for words, title in marks if words == "denounced"]
        assert set(accused.split(", ")) == {"ACCUSE", "against"}
        names = [words for words, title in tab.evaluate(MARKS) if title == "ACTOR"]
        title_actors = row["title"].split(": ")[0].split(" and ")
        assert names[:2] == title_actors
        assert len(names) == 6
    # thirteen arrows, and each head is at the words that it points to
    heads = tab.evaluate(ARROWS)
    assert len(heads) == 13
    assert heads.count("Tuesday") == heads.count("Zürich") == heads.count("28 September 2017") == 1
    assert heads.count("denounced") == 2


def test_what_one_annotator_entered(opened: Opened) -> None:
    tab = opened("plain")
    tab.click(".views button:has-text('draft-1')")
    assert "A draft by a language model" in tab.inner_text(".reader .warning")
    assert tab.locator(".cards h4").all_inner_texts()[:2] == ["Triggers (3)", "Stance evidence (3)"]
    heads = tab.evaluate(ARROWS)
    assert len(heads) == 13
    assert heads.count("Tuesday") == heads.count("Zürich") == heads.count("28 September 2017") == 1
    card = tab.locator(".card", has_text="CONSULT")
    assert "met" in card.inner_text()
    card.click()
    assert {"met", "Zürich", "28 September 2017"} < set(tab.locator(".m.on").all_inner_texts())
    assert tab.locator(".arrows path.head.on").count() == 4
    tab.select_option(".views select", "selected")
    assert tab.locator(".arrows path.head").count() == 4


def test_keys_alone(opened: Opened) -> None:
    tab = opened("plain")
    heading = tab.locator(".reader h3")
    first = heading.inner_text()
    tab.keyboard.press("j")
    tab.wait_for_function(
        "(old) => document.querySelector('.reader h3').innerText !== old", arg=first
    )
    assert "open=" in tab.url
    tab.keyboard.press("k")
    tab.wait_for_function(
        "(old) => document.querySelector('.reader h3').innerText === old", arg=first
    )
    tab.locator(".list a").first.focus()
    tab.keyboard.press("ArrowDown")
    wanted = tab.evaluate("document.activeElement.querySelector('bdi').textContent")
    tab.keyboard.press("Enter")
    tab.wait_for_function(
        "(title) => document.querySelector('.reader h3').innerText === title", arg=wanted
    )
    tab.locator(".card").first.focus()
    assert tab.locator(".m.on").count() >= 2


def test_keys_lead_out_of_the_search_and_the_menus(opened: Opened) -> None:
    """Enter keeps the query, Esc clears it; then j steps through what was found."""
    tab = opened("plain")
    focused = "document.activeElement.name ?? document.activeElement.tagName"
    search = tab.locator("[name=q]")
    heading = tab.locator(".reader h3")
    tab.keyboard.press("/")
    asked(tab, lambda: tab.keyboard.press("j"))  # a letter of the search
    assert search.input_value() == "j"
    asked(tab, lambda: tab.keyboard.press("Escape"))
    assert (search.input_value(), tab.evaluate(focused)) == ("", "BODY")
    assert tab.inner_text(".count") == "6 of 6 articles"
    assert "q=j" not in tab.url

    tab.keyboard.press("/")
    tab.keyboard.type("denoun")
    asked(tab, lambda: tab.keyboard.press("Enter"))
    assert (search.input_value(), tab.evaluate(focused)) == ("denoun", "BODY")
    first = heading.inner_text()
    tab.keyboard.press("j")
    tab.wait_for_function(
        "(old) => document.querySelector('.reader h3').innerText !== old", arg=first
    )
    assert search.input_value() == "denoun"
    assert "q=denoun" in tab.url

    menu = tab.locator("[name=split]")
    menu.focus()
    asked(tab, lambda: menu.select_option("train"))
    tab.keyboard.press("Escape")
    assert (menu.input_value(), tab.evaluate(focused)) == ("train", "BODY")
    tab.locator(".views select").focus()
    tab.keyboard.press("Escape")
    assert tab.evaluate(focused) == "BODY"
    before = heading.inner_text()
    tab.keyboard.press("j")
    tab.wait_for_function(
        "(old) => document.querySelector('.reader h3').innerText !== old", arg=before
    )


def test_hostile_texts_do_nothing(opened: Opened) -> None:
    tab = opened("hostile", scheme="dark")
    tab.select_option("[name=split]", "train")
    tab.wait_for_function("document.querySelector('.count').textContent.startsWith('4')")
    tab.wait_for_function("document.querySelector('.text')?.textContent.includes('evil')")
    assert tab.locator("img, iframe").count() == 0
    assert not tab.title().startswith("ran")
    assert tab.evaluate("() => [...document.querySelectorAll('.text .made')].map((m) => m.textContent)") == [
        "\\u202e", "\\u2066", "\\ue000", "\\U000e0041",
    ]  # fmt: skip
    shown = tab.evaluate(TEXT)
    start = HOSTILE.split("\u202e")[0]
    assert shown.startswith(start)
    marks = [words for words, _ in tab.evaluate(MARKS)]
    assert "denounced" in marks
    assert "Zürich" in marks
    assert not {"\u202e", "\u2066"} & set(tab.inner_text("body"))


def test_directions(opened: Opened) -> None:
    """Arabic runs from the right, and what comes behind it is still marked where it is."""
    tab = opened("arabic", "#articles?split=train")
    shown = tab.evaluate(TEXT)
    assert shown.startswith(ARABIC)
    first, second = (tab.locator(".text p").nth(n) for n in (0, 1))
    assert first.evaluate("(p) => getComputedStyle(p).direction") == "rtl"
    assert second.evaluate("(p) => getComputedStyle(p).direction") == "ltr"
    marks = [words for words, _ in tab.evaluate(MARKS)]
    assert "denounced" in marks
    assert "28 September 2017" in marks


def test_withheld_texts(opened: Opened) -> None:
    tab = opened("withheld")
    assert "The text is withheld" in tab.inner_text(".reader")
    assert tab.locator(".card", has_text="ACCUSE").inner_text().count("[") >= 2
    assert tab.locator(".map rect").count() > 5
    assert tab.locator(".text").count() == 0


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (800, "light"), (390, "light")])
def test_nothing_is_wider_than_the_window(opened: Opened, width: int, scheme: str) -> None:
    article = articles()[2]["article_id"]
    for name in ("plain", "hostile"):
        tab = opened(name, f"#articles?open={article}", width=width, scheme=scheme)
        assert tab.locator(".text").is_visible()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_a_telephone_shows_the_list_or_an_article(opened: Opened) -> None:
    tab = opened("plain", width=390, height=800)
    assert not tab.locator(".reader").is_visible()
    tab.locator(".list a").nth(2).click()
    tab.locator(".text").wait_for()
    assert not tab.locator(".list").is_visible()
    tab.click("button.back")
    assert tab.locator(".list").is_visible()


def test_without_script_the_figures_are_there(browser: Browser, pages: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(pages["plain"])
    assert tab.locator("#plot-network svg").is_visible()
    assert "need JavaScript" in tab.inner_text("#articles")
    context.close()
