"""Template lines of a site: what becomes one, what never may, and on what the result depends."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from dataset_builder.clean import clean_batch, explain
from dataset_builder.corpus.learning import BUDGET, Learner, learn
from dataset_builder.corpus.templates import (
    LONGEST,
    STEPS,
    line_key,
    read_templates,
    site_of,
    write_templates,
)
from tests import corpora


def pages(count, site="one.example", start=0):
    return [corpora.page(number, site) for number in range(start, start + count)]


def lines_of(number):
    return corpora.body(number).split("\n")


def test_lines_around_the_articles_are_templates_and_the_articles_are_not():
    learned = learn(pages(30))
    around = [*corpora.MENU, *(line.format(n=4711) for line in corpora.FOOTER)]
    assert learned.share_of(around, "one.example") == [STEPS[-1]] * len(around)
    for number in range(30):
        assert learned.share_of(lines_of(number), "one.example") == [0.0, 0.0]
    assert learned.share_of(around, "other.example") == [0.0] * len(around)


def test_a_line_reads_the_same_whatever_its_numbers_case_and_signs():
    assert line_key("Last updated: 09:07:40 GMT") == line_key("LAST UPDATED - 11:52:03 (gmt)")
    assert line_key("Seite 1") == line_key("Seite ٤٢") != line_key("Seite")
    assert line_key("Cafe\u0301") == line_key("Café")
    assert line_key("***") == line_key("") == 0
    assert line_key("x" * (LONGEST + 1)) == 0 != line_key("x" * LONGEST)


def surrounded(number, article, teasers):
    """A page with so many long lines around its article that stand on no other page."""
    page = corpora.page(number, article=article)
    above = "\n".join(corpora.body(9000 + 10 * number + at).split("\n")[0] for at in range(teasers))
    return page.__class__(**{**vars(page), "text": f"{above}\n{page.text}"})


@pytest.mark.parametrize("teasers", [0, 1])
@pytest.mark.parametrize("copies", [4, 8, 30])
@pytest.mark.parametrize("others", [10, 60])
def test_an_article_that_was_fetched_often_is_no_template(copies, others, teasers):
    copied = [surrounded(1000 + number, 7, teasers) for number in range(copies)]
    learned = learn([*pages(others, start=100), *copied])
    assert learned.share_of(lines_of(7), "one.example") == [0.0, 0.0]
    assert learned.share_of([corpora.MENU[1]], "one.example") == [STEPS[-1]]


def test_copies_with_some_paragraphs_changed_count_once():
    paragraphs = [corpora.body(2000 + number) for number in range(6)]

    def edited(number):
        changed = list(paragraphs)
        changed[number % 6] = corpora.body(3000 + number)
        page = corpora.page(number)
        text = page.text.replace(corpora.body(number), "\n".join(changed))
        return page.__class__(**{**vars(page), "text": text})

    learned = learn([*pages(10), *map(edited, range(5000, 5030))])
    whole = "\n".join(paragraphs).split("\n")
    assert learned.share_of(whole, "one.example") == [0.0] * len(whole)
    assert learned.share_of([corpora.MENU[1]], "one.example") == [STEPS[-1]]


def test_a_long_notice_on_every_page_does_not_hide_the_others():
    notice = "We use cookies on this site, and by reading on you agree to that. " * 30
    noted = [
        corpora.page(number).__class__(
            **{**vars(corpora.page(number)), "text": f"{notice}\n{corpora.text(number)}"}
        )
        for number in range(20)
    ]
    learned = learn(noted)
    assert learned.share_of([corpora.MENU[1]], "one.example") == [STEPS[-1]]


def test_four_pages_are_too_few():
    assert learn(pages(4)).sites == {}
    assert set(learn(pages(5)).sites) == {"one.example"}


def test_only_a_fair_share_of_the_pages_makes_a_template():
    rare = [
        corpora.page(number).__class__(
            **{**vars(page := corpora.page(number)), "text": page.text + "\nA seldom seen line"}
        )
        for number in range(5)
    ]
    assert learn([*rare, *pages(200, start=50)]).share_of(
        ["A seldom seen line"], "one.example"
    ) == [0.02]
    assert learn([*rare, *pages(300, start=50)]).share_of(
        ["A seldom seen line"], "one.example"
    ) == [0.0]


@pytest.mark.parametrize(
    ("url", "source", "site"),
    [
        ("https://www.One.example:8080/a", "x/y.txt", "one.example"),
        ("http://[broken", "x/y.txt", "x"),
        (None, "x/y/z.txt", "x"),
        (None, "y.txt", ""),
        (None, "news.jsonl#12", "news.jsonl"),
        (None, "year #1.txt", ""),
    ],
)
def test_the_site_of_a_page(url, source, site):
    page = corpora.page(1)
    stated = page.stated.__class__(url=url)
    assert site_of(page.__class__(**{**vars(page), "source": source, "stated": stated})) == site


def digest(learned):
    return learned.digest(learned.sites)


def many():
    return [
        corpora.page(number, f"{number % 7}.example", article=number // 3) for number in range(400)
    ]


@pytest.mark.parametrize(("sample", "budget"), [(512, BUDGET), (20, BUDGET), (40, 150), (40, 60)])
def test_the_order_of_the_pages_makes_no_difference(sample, budget):
    found = many()
    first = learn(found, sample=sample, budget=budget)
    assert first.sites
    for seed in range(3):
        Random(seed).shuffle(found)
        again = learn(found, sample=sample, budget=budget)
        assert list(again.sites) == list(first.sites)
        assert digest(again) == digest(first)
        assert [site.pages for site in again.sites.values()] == [
            site.pages for site in first.sites.values()
        ]


def test_with_little_room_fewer_pages_of_every_site_are_looked_at():
    assert len(learn(many(), sample=40, budget=150).sites) == 7
    assert len(learn(many(), sample=40, budget=60).sites) == 3


def test_memory_is_bounded_by_the_budget():
    learner = Learner(sample=40, budget=60)
    for page in many():
        learner.learn([page])
        assert sum(map(len, learner._sites.values())) == learner._kept <= 60


def test_a_page_read_twice_counts_once():
    once = learn(pages(30), sample=20)
    assert once.sites["one.example"].pages == 20
    learner = Learner(sample=20)
    for page in pages(30) * 3:
        learner.learn([page])
        assert sum(map(len, learner._sites.values())) == learner._kept
    assert digest(learner.templates()) == digest(once)


def test_html_pages_teach_nothing():
    html = [page.__class__(**{**vars(page), "form": "html"}) for page in pages(20)]
    assert learn(html).sites == {}


def test_saved_templates_are_the_same(tmp_path):
    learned = learn(many())
    write_templates(tmp_path / "a.parquet", learned)
    again = read_templates(tmp_path / "a.parquet")
    write_templates(tmp_path / "b.parquet", again)
    assert digest(again) == digest(learned)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    for site, lines in learned.sites.items():
        assert again.sites[site].pages == lines.pages
        assert np.array_equal(again.sites[site].keys, lines.keys)


def test_the_digest_is_that_of_the_sites_asked_for():
    one, two = learn(pages(9)), learn([*pages(9), *pages(9, "two.example", start=50)])
    assert one.digest(["one.example"]) == two.digest(["one.example"])
    assert two.digest(["two.example"]) != two.digest(["one.example"])
    assert two.digest(["unknown.example"]) == one.digest([])


SAID = "The company did not respond to a request for comment."


@pytest.mark.parametrize("place", ["inside", "end"])
def test_a_sentence_that_comes_back_in_some_articles_stays(place):
    def said(number):
        page = corpora.page(number)
        body = corpora.body(number).split("\n")
        body.insert(1 if place == "inside" else 2, SAID)
        text = page.text.replace(corpora.body(number), "\n".join(body))
        return page.__class__(**{**vars(page), "text": text})

    some = [said(number) for number in range(6)]
    learned = learn([*some, *pages(34, start=50)])
    assert learned.share_of([SAID], "one.example") == [0.1]
    for cleaned in clean_batch(some, learned):
        assert SAID in cleaned.article.text.split("\n\n")


def test_it_is_known_on_how_many_pages_a_line_was_seen(tmp_path):
    learned = learn(pages(30))
    write_templates(tmp_path / "templates.parquet", learned)
    for known in (learned, read_templates(tmp_path / "templates.parquet")):
        assert known.seen_on(f" {corpora.MENU[1]} ", "one.example") == (30, 30)
        assert known.seen_on(corpora.MENU[1], "two.example") is None
        assert known.seen_on(lines_of(3)[0], "one.example") is None
        assert known.seen_on("***", "one.example") is None


def test_explaining_says_on_how_many_pages_a_line_was_seen():
    learned = learn(pages(30))
    (cleaned,) = clean_batch(pages(1), learned)
    shown = explain(cleaned, colour=False, templates=learned)
    rows = [line for line in shown.splitlines() if corpora.MENU[1] in line]
    assert rows
    assert all("[template: seen on 30 of 30 pages of one.example;" in row for row in rows)
    assert "seen on" not in explain(cleaned, colour=False)
