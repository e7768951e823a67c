"""Stories: what is one, what is not, and what people and the ledger say about it."""

import datetime as dt
import random
from contextlib import closing
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from dataset_builder.clean import clean_pages
from dataset_builder.errors import ProjectError
from dataset_builder.grouping import group_articles
from dataset_builder.grouping.stories import (
    Given,
    Report,
    find_stories,
    resemblance,
    story_table,
)
from dataset_builder.grouping.stories.find import SAME, _corpus
from dataset_builder.grouping.stories.frames import COSTS, Frame, Frames, far_apart, frame_of
from dataset_builder.grouping.stories.index import WINDOW, Index
from dataset_builder.grouping.stories.terms import READ, keys_of, terms_of
from dataset_builder.ledger import Ledger, LedgerEntry, read_ledger
from dataset_builder.registries import Story, load_stories
from tests.factory import named, project
from tests.story_items import items, reports

PREVIEW, REPORT, REACTION = "talks-preview", "talks-report", "talks-reaction"
AUTUMN = ["talks-autumn", "talks-autumn-2"]


@pytest.fixture(scope="module")
def seeds():
    return clean_pages(project().root / "seeds").articles


@pytest.fixture(scope="module")
def crowd():
    """Reports of many happenings."""
    return [report for report, _ in items()]


def story_with(stories, name):
    return next((found for found in stories if name in found), [name])


# ---- the seeds


def test_the_five_seeds_are_the_four_stories_of_the_ledger_without_help(seeds):
    ledger = read_ledger(project().ledger)
    for known in (Ledger(), ledger):
        groups = group_articles(seeds, (), known)
        assert {name: group.story for name, group in groups.items()} == {
            name: entry.story for name, entry in ledger.entries.items()
        }


def test_the_seeds_are_the_same_stories_among_many_others(seeds, crowd):
    known = [
        Report(seed.article_id, seed.title, seed.text, seed.language, seed.published_at)
        for seed in seeds
    ]
    names = {seed.article_id for seed in seeds}
    found = [sorted(names & {*story}) for story in find_stories([*crowd, *known])]
    assert [story for story in found if story] == [["42dcf876709be0c2", "7292f718f1e7c8f1"]]


# ---- what is one story


def test_preview_report_and_reaction_are_one_and_the_next_meeting_is_another(crowd):
    stories = find_stories(crowd)
    assert story_with(stories, PREVIEW) == sorted([PREVIEW, REPORT, REACTION])
    assert set(AUTUMN) <= {*story_with(stories, AUTUMN[0])}


def test_what_comes_every_year_is_a_story_every_year(crowd):
    stories = find_stories(crowd)
    assert story_with(stories, "markt-2018-a") == ["markt-2018-a", "markt-2018-b"]
    assert story_with(stories, "markt-2019-a") == ["markt-2019-a", "markt-2019-b"]


def test_a_story_lasts_less_than_a_week(crowd):
    first, second = reports("huelga-3", "huelga-4")
    others = [report for report in crowd if report not in (first, second)]
    for days, joined in ((6, True), (7, False)):
        start = dt.date(2020, 3, 1)
        dated = [
            replace(first, published=start),
            replace(second, published=start + dt.timedelta(days)),
        ]
        assert (len(story_with(find_stories([*others, *dated]), "huelga-3")) == 2) == joined


def chain(length):
    """Reports of which each shares half of its words with the next."""
    words = [chr(97 + n // 26 % 26) + chr(97 + n % 26) + "orte" for n in range(26 * 26)]
    return [
        Report(f"{n:03}", None, " ".join(words[n * 6 : n * 6 + 12]), "en", None)
        for n in range(length)
    ]


def test_a_chain_of_reports_is_not_one_story():
    stories = find_stories(chain(90))
    assert stories
    assert max(map(len, stories)) <= 4


def crowded(size):
    """More reports of one happening than an inverted index compares with each other."""
    rng = random.Random(7)
    telling = [f"{chr(97 + n)}arbo" for n in range(20)]
    return [
        Report(
            f"{rng.getrandbits(32):08x}",
            None,
            " ".join(
                [
                    *rng.sample(telling, 14),
                    *(f"{chr(97 + rng.randrange(26))}{n}x" for n in range(6)),
                ]
            ),
            "en",
            dt.date(2020, 1, 1 + n % 3) if n % 2 else None,
        )
        for n in range(size)
    ]


def test_a_happening_that_everyone_reports_is_one_story_in_any_order():
    told = crowded(4 * WINDOW)
    stories = find_stories(told)
    assert [len(story) for story in stories] == [len(told)]
    mixed = [*told, *reports("match", "huelga", "fuego")]
    expected = find_stories(mixed)
    for seed in range(3):
        random.Random(seed).shuffle(mixed)
        assert find_stories(mixed) == expected


def test_candidates_do_not_depend_on_the_order_of_reports(tmp_path):
    told = crowded(6 * WINDOW)
    found = []
    for seed in range(3):
        with _corpus(tmp_path, lambda _what, _done: None) as corpus:
            for report in random.Random(seed).sample(told, len(told)):
                corpus.add(report)
            corpus.stories(Given())
            pairs = [
                (*sorted((one, other)), score)
                for block in corpus._candidates()
                for one, other, score in zip(*(part.tolist() for part in block), strict=True)
            ]
        found.append(sorted(pairs))
    assert len(found[0]) > len(told)
    assert found[0] == found[1] == found[2]
    assert not [*tmp_path.iterdir()]


def test_reports_without_words_are_alone():
    empty = [
        Report(name, None, text, "und", None)
        for name, text in zip("abc", ("", " ", "—"), strict=True)
    ]
    assert find_stories(empty) == []
    assert find_stories([]) == []
    both = find_stories([*empty, *reports("huelga-1", "huelga-2")])
    assert both == [["huelga-1", "huelga-2"]]


def test_two_reports_with_one_id_are_one():
    pair = reports("huelga-1", "huelga-2")
    assert find_stories([*pair, *pair]) == [["huelga-1", "huelga-2"]]


# ---- what is given


def test_what_is_kept_apart_is_not_joined_not_even_by_way_of_others(crowd):
    apart = [[PREVIEW, REPORT, "not-there"]]
    stories = find_stories(crowd, Given(apart=apart))
    assert REPORT not in story_with(stories, PREVIEW)
    assert REACTION in {*story_with(stories, PREVIEW), *story_with(stories, REPORT)}


def test_what_is_put_together_is_one_story_also_by_way_of_articles_that_are_not_there(crowd):
    together = [["tr-mine-1", "gone"], ["gone", "quake-first"]]
    stories = find_stories(crowd, Given(together=together, apart=[["tr-mine-1", "quake-first"]]))
    assert {"tr-mine-1", "quake-first"} <= {*story_with(stories, "tr-mine-1")}


def test_two_settled_stories_stay_two_and_new_articles_come_to_the_closer_one(crowd):
    settled = [PREVIEW, REACTION, *AUTUMN]
    stories = find_stories(crowd, Given(settled=settled))
    assert REACTION not in story_with(stories, PREVIEW)
    assert story_with(stories, REPORT) == sorted([REPORT, REACTION])


# ---- with the ledger and stories.yaml

IDS = {PREVIEW: "a" * 16, REPORT: "b" * 16, REACTION: "c" * 16, AUTUMN[0]: "d" * 16}


def articles(*names):
    known = {report.article_id: report for report, _ in items()}
    bare = dict(zip(IDS, named(IDS.values()), strict=True))
    return [
        replace(
            bare[name],
            title=known[name].title,
            text=known[name].text,
            text_sha256=IDS[name] * 4,
        )
        for name in names
    ]


def published(name, story, split):
    return LedgerEntry(
        IDS[name], (), IDS[name], story, split, "published", None, IDS[name] * 4, "1.0.0"
    )


def stories_of(found):
    return {name: found[key].story for name, key in IDS.items() if key in found}


def test_articles_of_one_happening_get_the_smallest_id():
    found = stories_of(group_articles(articles(*IDS), (), Ledger()))
    assert found == {**dict.fromkeys((PREVIEW, REPORT, REACTION), "a" * 16), AUTUMN[0]: "d" * 16}


def test_a_new_article_comes_to_the_published_story_and_takes_its_id():
    ledger = Ledger((published(REACTION, "c" * 16, "test"),))
    found = stories_of(group_articles(articles(*IDS), (), ledger))
    assert found[REPORT] == found[REACTION] == "c" * 16


def test_stories_that_were_published_as_two_are_joined_by_people_only():
    ledger = Ledger((published(REPORT, "b" * 16, "train"), published(REACTION, "c" * 16, "test")))
    found = stories_of(group_articles(articles(REPORT, REACTION), (), ledger))
    assert found == {REPORT: "b" * 16, REACTION: "c" * 16}
    listed = Story("one", (IDS[REPORT], IDS[REACTION]), None)
    found = stories_of(group_articles(articles(REPORT, REACTION), [listed], ledger))
    assert len({*found.values()}) == 1


def test_what_was_published_as_one_stays_one_though_kept_apart_now():
    ledger = Ledger((published(REPORT, "b" * 16, "train"), published(REACTION, "b" * 16, "train")))
    apart = Story("two", (), None, apart=(IDS[REPORT], IDS[REACTION]))
    found = stories_of(group_articles(articles(*IDS), [apart], ledger))
    assert found[REPORT] == found[REACTION]


def test_kept_apart_in_the_file():
    apart = Story("two", (), None, apart=(IDS[REPORT], IDS[REACTION]))
    found = stories_of(group_articles(articles(*IDS), [apart], Ledger()))
    assert found[REPORT] != found[REACTION]


def test_what_is_kept_apart_from_one_of_a_listed_story_is_kept_apart_from_all():
    listed = Story("one", (IDS[REPORT], IDS[AUTUMN[0]]), None)
    apart = Story("two", (), None, apart=(IDS[REACTION], IDS[AUTUMN[0]]))
    found = stories_of(group_articles(articles(*IDS), [listed, apart], Ledger()))
    assert found[REPORT] == found[AUTUMN[0]] != found[REACTION]


def test_stories_file(tmp_path):
    file = tmp_path / "stories.yaml"
    file.write_text(
        "- {id: one, articles: ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb']}\n"
        "- {id: two, apart: ['bbbbbbbbbbbbbbbb', 'cccccccccccccccc'], note: a year later}\n"
    )
    one, two = load_stories(file)
    assert (one.articles, one.apart) == (("a" * 16, "b" * 16), ())
    assert (two.articles, two.apart, two.note) == ((), ("b" * 16, "c" * 16), "a year later")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {id: x}", "entry 1 needs either `articles`"),
        ("- {id: x, articles: ['aaaaaaaaaaaaaaaa'], apart: ['bbbbbbbbbbbbbbbb']}", "needs either"),
        ("- {id: x, apart: [no]}", "`apart` must be text"),
        ("- {id: x, apart: aaaaaaaaaaaaaaaa}", "`apart` must be a list"),
        ("- {id: x, apart: ['short']}", "'short' is no article id"),
        (
            "[{id: x, articles: &two [aaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbb]}, {id: y, apart: *two}]",
            "keeps aaaaaaaaaaaaaaaa and bbbbbbbbbbbbbbbb apart, which are one in x",
        ),
        ("- {id: x, apart: ['aaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaa']}", "apart, which are one"),
    ],
)
def test_a_stories_file_that_cannot_be(tmp_path, text, message):
    file = tmp_path / "stories.yaml"
    file.write_text(text)
    with pytest.raises(ProjectError, match=r"(?s).*") as error:
        load_stories(file)
    assert message in str(error.value)


# ---- why


def test_resemblance_shows_what_two_reports_share(crowd):
    one, other = reports(PREVIEW, REACTION)
    found = resemblance(one, other, crowd)
    assert found.score >= SAME
    assert [value for *_, value in found.shared] == sorted(
        (value for *_, value in found.shared), reverse=True
    )
    assert "loren" in {term for term, _ in found.shared[:20]}


def test_resemblance_is_what_the_index_computes(crowd, tmp_path):
    with closing(Index(tmp_path)) as index:
        for report in crowd:
            index.write(keys_of(report.title, report.text))
        index.count()
        found = [
            pair
            for low, high, likeness in index.likely_pairs(np.arange(len(crowd)))
            for pair in zip(low.tolist(), high.tolist(), likeness.tolist(), strict=True)
        ]
    assert len(found) > 150
    for low, high, likeness in found[::50]:
        shown = resemblance(crowd[low], crowd[high], crowd)
        taken = sum(COSTS[name] for name in shown.disagreements)
        assert shown.score + taken == pytest.approx(likeness, abs=1e-6)


def test_disagreement_is_named():
    one = Report("a", None, "The ministers met in Oslo on Monday, 3 May.", "en", None)
    other = Report("b", None, "The ministers met in Lima on Friday, 7 May.", "en", None)
    assert resemblance(one, other).disagreements == ("day", "weekday", "place")
    assert resemblance(one, one).disagreements == ()


# ---- tables


def test_the_table_has_every_article_once_and_the_same_stories(crowd):
    schema = pa.schema(
        {
            "article_id": pa.string(),
            "title": pa.string(),
            "text": pa.large_string(),
            "language": pa.string(),
            "published_at": pa.timestamp("us", tz="UTC"),
        }
    )
    rows = [
        {
            "article_id": report.article_id,
            "title": report.title,
            "text": report.text,
            "language": report.language,
            "published_at": report.published
            and dt.datetime.combine(report.published, dt.time(12), dt.UTC),
        }
        for report in crowd
    ]
    batches = pa.Table.from_pylist(rows, schema).to_batches(max_chunksize=7)
    table = story_table(batches)
    assert table.column_names == ["article_id", "story"]
    names = table["article_id"].to_pylist()
    assert names == sorted(report.article_id for report in crowd)
    found = {}
    for name, story in zip(names, table["story"].to_pylist(), strict=True):
        found.setdefault(story, []).append(name)
    assert all(story == members[0] for story, members in found.items())
    assert sorted(members for members in found.values() if members[1:]) == find_stories(crowd)


def test_an_empty_table():
    table = story_table([])
    assert table.num_rows == 0
    assert table.column_names == ["article_id", "story"]


# ---- terms


def test_words_numbers_and_what_they_count():
    text = (
        "Jane Doe of Oslo sold 1,200 boats in 2019. Boats cost 7.5 million; the S-400 costs 3 more."
    )
    terms = terms_of("Doe sells her boats for 1200", text)
    assert {"1200": 3.0, "7.5": 1.5, "s400": 1.0, "doe": 2.0, "boat": 2.0, "jan": 1.0}.items() <= (
        terms.items()
    )
    assert {"2019", "3", "the", "her"}.isdisjoint(terms)
    assert len(keys_of("Doe sells her boats for 1200", text)) == len(terms)


@pytest.mark.parametrize(
    "forms",
    [
        "bridge bridges",
        "мэр мэра",
        "вода воды",
        "плотина плотину",
        "Karaçam Karaçam'da",
        "محادثات والمحادثات",
    ],
)
def test_forms_of_a_word_are_one_term(forms):
    one, other = forms.split()
    assert terms_of(None, one).items() <= terms_of(None, other).items()


def test_scripts_without_spaces():
    assert {"北京", "京会"} <= terms_of(None, "北京会议").keys()


def test_only_the_beginning_is_read():
    assert "osl" not in terms_of(None, "a" * READ + " Oslo " * 10)
    assert len(terms_of("b" * 10**6, "1" * 10**6 + "," * 10**6)) <= 2


# ---- when and where


@pytest.mark.parametrize(
    ("language", "text", "place"),
    [
        ("en", "Talks on Syria's north were held in May in Geneva.", "genev"),
        ("en", "In Iraq's capital and in Syria-backed talks", ""),
        ("en", "They met in Port Lorenz on Tuesday", "portloren"),
        ("fr", "Le ministre est arrivé à Genève.", "genev"),
        ("ru", "Переговоры прошли в Женеве.", "женев"),
        ("tr", "Görüşmeler Cenevre'de yapıldı.", "cenev"),
        ("tr", "Karaçam ilçesindeki ocakta", "karac"),
        ("de", "In Verhandlung und in Kraft; die Gespräche in Genf", "genf"),
        ("ar", "في مدينة السدرة", "سدرة"),
        ("und", "Talks in Geneva", ""),
    ],
)
def test_the_place_that_a_lead_names(language, text, place):
    assert frame_of(None, text, language).place == place


def test_days_of_a_lead():
    frame = frame_of("Am 3. Mai", "On Sept. 14 and 2 octobre, a set of 12 out of 20", "en")
    assert frame.days == {(5, 3), (9, 14), (10, 2)}
    assert frame_of(None, "on May 3", "en").days == {(5, 3)}
    assert frame_of(None, "في 3 كانون الثاني", "ar").days == {(1, 3)}
    assert frame_of(None, "on Thursday, jeudi, la segunda vez", "en").weekdays == 1 << 3
    assert frame_of(None, "na segunda-feira", "pt").weekdays == 1


def test_weekdays_next_to_each_other_agree():
    for one in range(7):
        assert [far_apart(1 << one, 1 << (one + days) % 7) for days in range(7)] == [
            False, False, True, True, True, True, False,
        ]  # fmt: skip
    assert not far_apart(0, 1)
    assert not far_apart(1 | 8, 16)


def test_the_cost_of_many_frames_is_the_sum_over_their_pairs():
    rng = random.Random(3)
    days = [frozenset(), frozenset({(5, 1)}), frozenset({(5, 1), (5, 2)}), frozenset({(5, 3)})]
    frames = [
        Frame(rng.choice(days), rng.choice([0, 1, 4, 9]), rng.choice(["", "oslo", "lima"]))
        for _ in range(30)
    ]
    one, other = frames[:12], frames[12:]
    whole = sum(COSTS[name] for a in one for b in other for name in a.disagreements(b))
    assert whole > 0
    assert Frames(one).cost(Frames(other)) == pytest.approx(whole)
    both = Frames(one[:5]) + Frames(one[5:])
    assert Frames(other).cost(both) == pytest.approx(whole)
