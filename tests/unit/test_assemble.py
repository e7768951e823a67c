from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest

from dataset_builder.assemble.unheard import with_cause
from dataset_builder.registries import Annotator
from dataset_builder.tables import ARTICLE_ROW, TABLES, arrow_schema
from tests.annotated import annotation, article, items, published, task
from tests.assembling import ARROWS, HERE, RELEVANT, SPANS, TEXT, WORK, build, codes, names
from tests.factory import registries


def test_tables_are_as_declared_and_sorted_by_key():
    found = build([HERE], [task(HERE, annotation("draft-1", WORK))], derived_neutrals=8)
    assert found.findings == ()
    assert found.complete == {HERE.article_id}
    assert list(found.tables) == list(TABLES)
    for name, table in found.tables.items():
        declared = TABLES[name]
        assert table.schema.equals(
            arrow_schema(declared, registries().ontology), check_metadata=True
        )
        assert all(column.num_chunks <= 1 for column in table.columns)
        keys = [
            tuple((row[k] is None, 0 if row[k] is None else row[k]) for k in declared.key)
            for row in table.to_pylist()
        ]
        assert keys == sorted(keys)
        assert len(keys) == len(set(keys)) > 0


def test_events():
    found = build([HERE], [task(HERE, annotation("draft-1", WORK))])
    first, second = names(found, "events")
    assert first["type"] == "CONSULT"
    assert first["quad"] == "verbal_cooperation"
    assert first["trigger"] == {"start": 8, "end": 15, "text": "arrived"}
    assert first["mention_id"] == first["event_id"] == f"{HERE.article_id}:t1"
    assert second["event_id"] == first["mention_id"]
    assert second["mention_id"] == f"{HERE.article_id}:t2"
    assert first["modes"] == [registries().ontology.modes.index("visit")]
    assert (first["polarity"], first["modality"], first["tense"]) == (
        "POSITIVE",
        "ASSERTED",
        "PAST",
    )
    actor, date = first["arguments"]
    assert (actor["text"], actor["actor_ids"], actor["actor_codes"], actor["timex3"]) == (
        "Erdogan",
        ["erdogan"],
        ["TUR GOV"],
        None,
    )
    assert (date["text"], date["actor_ids"], date["timex3"]) == ("Tuesday", [], "XXXX-WXX-2")
    assert (first["date_start"], first["date_precision"], first["date_basis"]) == (
        None,
        "unknown",
        "none",
    )
    assert first["text"] == "Erdogan arrived in Russia on Tuesday."


def test_a_stated_publication_dates_the_weekday_and_only_events_with_a_date():
    at = published(TEXT, dt.datetime(2020, 3, 2, 9, 12, tzinfo=dt.UTC))
    found = build([at], [task(at, annotation("draft-1", WORK))])
    first, second = names(found, "events")
    assert (first["date_start"], first["date_end"]) == (dt.date(2020, 2, 25),) * 2
    assert (first["date_precision"], first["date_basis"]) == ("day", "dct")
    assert (second["date_start"], second["date_end"], second["date_basis"]) == (None, None, "none")
    assert first["published_at"] == at.published_at


def test_stances():
    found = build([HERE], [task(HERE, annotation("draft-1", WORK))])
    rows = {row["target_id"]: row for row in names(found, "stance")}
    vote, assad = rows["kurdistan_referendum"], rows["assad"]
    assert (vote["holder"], vote["target"], vote["label"], vote["expression"]) == (
        "Turkey",
        "The independence referendum of Iraqi Kurdistan",
        "against",
        "stated",
    )
    assert (vote["holder_kind"], vote["holder_code"], vote["target_kind"]) == (
        "actor",
        "TUR GOV",
        "issue",
    )
    assert (vote["target_code"], assad["target_code"]) == (None, "SYR GOV")
    assert vote["evidence"]["text"] == "condemned"
    assert vote["text"] == "Turkey condemned the vote and backs Assad."
    assert (vote["basis"], vote["agreement"]) == ("annotated", 1)
    assert vote["pair_id"] != assad["pair_id"]


def test_every_offset_is_a_code_point_of_the_article():
    text = "😀 أردوغان met Erdoğan. 🇹🇷 Turkey denounced Köln."
    spans = {
        "a1": {"label": "ACTOR", "words": "أردوغان"},
        "t1": {"label": "CONSULT", "words": "met"},
        "a2": {"label": "ACTOR", "words": "Erdoğan"},
        "a3": {"label": "ACTOR", "words": "Turkey"},
        "s1": {"label": "against", "words": "denounced", "fields": {"expression": ["stated"]}},
        "i1": {"label": "ISSUE", "words": "Köln"},
    }
    arrows = [("a1", "t1"), ("t1", "a2"), ("a3", "s1"), ("s1", "i1")]
    of = article(text)
    done = annotation("draft-1", items(text, spans, arrows, RELEVANT))
    found = build([of], [task(of, done)], derived_neutrals=8)
    checked = 0
    for name, table in found.tables.items():
        for row in table.to_pylist():
            if "context_start" in row:
                start = row["context_start"]
                assert row["text"] == text[start : start + len(row["text"])]
            elif name == "annotations" and row["start"] is not None:
                assert row["text"] == text[row["start"] : row["end"]]
            for value in (*row.values(), *row.get("arguments", ())):
                if isinstance(value, dict) and "text" in value:
                    assert value["text"] == text[value["start"] : value["end"]]
                    checked += 1
    assert checked == 6
    assert names(found, "events")[0]["arguments"][0]["actor_ids"] == ["text:أردوغان"]


def test_the_author_holds_what_no_arrow_gives_to_an_actor():
    work = items(TEXT, {k: SPANS[k] for k in ("s1", "i1")}, [("s1", "i1")], RELEVANT)
    (row,) = names(build([HERE], [task(HERE, annotation("draft-1", work))]), "stance")
    assert (row["holder"], row["holder_id"], row["holder_kind"]) == (
        "the author",
        "author",
        "author",
    )
    assert row["holder_code"] is None
    assert row["holder_span"] is None


def test_several_ids_give_a_row_each():
    text = "The two leaders denounced the vote."
    spans = {
        "a1": {
            "label": "ACTOR",
            "words": "The two leaders",
            "fields": {"actor_id": ["putin", "erdogan"]},
        },
        "s1": {"label": "against", "words": "denounced", "fields": {"expression": ["stated"]}},
        "i1": SPANS["i1"],
    }
    of = article(text)
    work = items(text, spans, [("a1", "s1"), ("s1", "i1")], RELEVANT)
    rows = names(build([of], [task(of, annotation("draft-1", work))]), "stance")
    assert sorted(row["holder_id"] for row in rows) == ["erdogan", "putin"]
    assert {row["holder_span"]["text"] for row in rows} == {"The two leaders"}


def test_a_crossing_of_compounds_is_reported_and_nobody_is_for_or_against_themselves():
    text = "Both countries are unhappy with both countries."
    both = {"label": "ACTOR", "fields": {"actor_id": ["rus", "tur"]}}
    spans = {
        "a1": {**both, "words": "Both countries"},
        "s1": {"label": "against", "words": "unhappy", "fields": {"expression": ["reported"]}},
        "a2": {**both, "words": "both countries"},
    }
    of = article(text)
    work = items(text, spans, [("a1", "s1"), ("s1", "a2")], RELEVANT)
    found = build([of], [task(of, annotation("draft-1", work))])
    pairs = {(row["holder_id"], row["target_id"]) for row in names(found, "stance")}
    assert pairs == {("rus", "tur"), ("tur", "rus")}
    assert codes(found) == ["GRM210", "GRM216", "GRM216"]
    assert not codes(found, "error")


def test_context_is_one_to_three_sentences():
    text = "Turkey spoke. Nothing. Nothing. It condemned the vote. The vote is near."
    spans = {
        "a1": {"label": "ACTOR", "words": "Turkey"},
        "a2": {"label": "ACTOR", "words": "It", "fields": {"actor_id": ["irn"]}},
        "s1": SPANS["s1"],
        "i1": SPANS["i1"],
        "i2": {**SPANS["i1"], "words": "The vote"},
    }
    of = article(text)

    def text_of(arrows):
        work = items(text, spans, arrows, RELEVANT)
        rows = names(build([of], [task(of, annotation("draft-1", work))]), "stance")
        return rows[0]["text"], rows[0]["context_start"]

    near = text.index("It condemned")
    assert text_of([("a2", "s1"), ("s1", "i1")]) == ("It condemned the vote.", near)
    assert text_of([("a2", "s1"), ("s1", "i2")]) == (
        "It condemned the vote. The vote is near.",
        near,
    )
    # Holder and target would need more than three sentences: only the evidence's is left.
    assert text_of([("a1", "s1"), ("s1", "i1")]) == ("It condemned the vote.", near)


def test_votes_of_all_who_finished():
    changed = {
        **SPANS,
        "t2": {"label": "AGREE", "words": "met"},
        "s1": {"label": "neutral", "words": "Turkey condemned", "fields": {}},
    }
    arrows = [a for a in ARROWS if a not in (("t2", "t1"), ("a4", "s2"), ("s2", "a5"))]
    other = items(TEXT, changed, arrows, RELEVANT)
    found = build(
        [HERE],
        [task(HERE, annotation("draft-2", other), annotation("draft-1", WORK))],
    )
    events = {row["trigger"]["text"]: row["votes"] for row in names(found, "events")}
    assert [(v["annotator"], v["label"]) for v in events["arrived"]] == [
        ("draft-1", "CONSULT"),
        ("draft-2", "CONSULT"),
    ]
    assert [v["label"] for v in events["met"]] == ["CONSULT", "AGREE"]
    stances = {row["target_id"]: row for row in names(found, "stance")}
    vote = stances["kurdistan_referendum"]
    assert [v["label"] for v in vote["votes"]] == ["against", "neutral"]
    assert vote["agreement"] == 0.5
    assert [v["label"] for v in stances["assad"]["votes"]] == ["favor", "unmarked"]


def test_who_finds_the_article_irrelevant_votes_unmarked():
    no = items(TEXT, {}, (), {"relevance": ["irrelevant"]})
    found = build([HERE], [task(HERE, annotation("draft-1", WORK), annotation("draft-2", no))])
    for table in ("events", "stance"):
        for row in names(found, table):
            assert row["votes"][1]["label"] == "unmarked"


def test_skipped_empty_and_drafts_have_no_vote_but_are_in_the_annotations():
    found = build(
        [HERE],
        [
            task(
                HERE,
                annotation("draft-1", WORK),
                annotation("draft-2", WORK, "draft"),
                annotation("draft-2", [], "skipped", ordinal=2),
                annotation("draft-2", [], "empty", ordinal=3),
            )
        ],
    )
    assert {len(row["votes"]) for row in names(found, "events")} == {1}
    rows = names(found, "annotations")
    states = {r["annotation_id"].split(":", 1)[1]: r["state"] for r in rows}
    assert states == {
        "draft-1:1": "completed",
        "draft-2:1": "draft",
        "draft-2:2": "skipped",
        "draft-2:3": "empty",
    }
    assert sum(r["name"] == ARTICLE_ROW for r in rows) == 4


def test_the_primary_annotator_in_order():
    tasks = [task(HERE, annotation("draft-1", WORK), annotation("draft-2", []))]

    def winners(primary, *done):
        work = items(TEXT, {"a1": SPANS["a1"], "t1": SPANS["t1"]}, [("a1", "t1")], RELEVANT)
        both = {"draft-1": annotation("draft-1", WORK), "draft-2": annotation("draft-2", work)}
        found = build([HERE], [task(HERE, *(both[name] for name in done))], primary=primary)
        return len(names(found, "events")), codes(found)

    assert len(names(build([HERE], tasks), "events")) == 2
    assert winners((), "draft-1", "draft-2") == (2, [])
    assert winners(("draft-2", "draft-1"), "draft-1", "draft-2") == (1, [])
    assert winners(("draft-2", "draft-1"), "draft-1") == (2, [])
    assert winners(("draft-2",), "draft-1") == (0, ["KEY206"])


def test_a_primary_of_whom_nobody_did_anything_is_one_error():
    other = article("Putin met Erdogan. " + TEXT, "other.txt")
    tasks = [
        task(HERE, annotation("draft-1", WORK)),
        task(
            other, annotation("draft-1", items("Putin met Erdogan. " + TEXT, SPANS, (), RELEVANT))
        ),
    ]

    def judged(primary, *more):
        here = [*tasks, *more]
        found = build([HERE, other], here, primary=primary)
        return with_cause(found.findings, here, primary)

    def coded(primary, *more):
        wanted = ("KEY206", "KEY212")
        return [found.code for found in judged(primary, *more) if found.code in wanted]

    (error,) = (found for found in judged(("gone", "drfat-1")) if found.code == "KEY212")
    assert (error.severity, error.table) == ("error", "pyproject.toml")
    assert error.message == (
        "`primary` names gone, drfat-1, of whom nobody has completed an annotation; what there is was "
        "completed by draft-1 (2), and 2 finished articles would have no row"
    )
    assert coded(("gone", "drfat-1")) == ["KEY212"]
    # Who has begun is known, whatever it is; the others may come later.
    assert coded(("gone", "draft-1")) == []
    assert coded(()) == []
    third = article("Turkey condemned it.", "third.txt")
    draft = task(third, annotation("draft-2", [], "draft"))
    assert coded(("draft-2",), draft) == ["KEY212"]
    begun = task(third, annotation("draft-2", items("Turkey condemned it.", {}, (), RELEVANT)))
    assert coded(("draft-2",), begun) == ["KEY206", "KEY206"]


def test_the_last_annotation_of_a_person_counts():
    later = items(TEXT, {"a1": SPANS["a1"], "t1": SPANS["t1"]}, [("a1", "t1")], RELEVANT)
    tasks = [task(HERE, annotation("draft-1", later, ordinal=2), annotation("draft-1", WORK))]
    assert len(names(build([HERE], tasks), "events")) == 1


@pytest.mark.parametrize("relevance", [["irrelevant"], ["broken"], []])
def test_articles_not_found_relevant_are_listed_without_rows(relevance):
    work = items(TEXT, SPANS, ARROWS, {"relevance": relevance} if relevance else None)
    found = build([HERE], [task(HERE, annotation("draft-1", work))], derived_neutrals=8)
    assert found.tables["articles"].num_rows == 1
    assert found.tables["events"].num_rows == found.tables["stance"].num_rows == 0
    assert found.complete == frozenset()
    assert codes(found) == (["GRM214"] if relevance else ["GRM213"])


def test_an_article_that_nobody_annotated_is_listed():
    found = build([HERE], [])
    assert [row["article_id"] for row in names(found, "articles")] == [HERE.article_id]
    assert found.findings == ()


def test_work_on_another_text_is_moved_unless_there_is_work_on_this_one():
    old = "Correspondents of two agencies reported it. " + TEXT
    work = annotation("draft-1", items(old, SPANS, ARROWS, RELEVANT))
    found = build([HERE], [task(HERE, work, text=old)])
    assert codes(found) == ["SPN203"]
    assert found.tables["events"].num_rows == 2
    again = build([HERE], [task(HERE, work, text=old), task(HERE, annotation("draft-1", WORK))])
    assert codes(again) == []
    assert again.tables["events"].num_rows == 2
    ids = [r["annotation_id"] for r in names(again, "annotations") if r["name"] == ARTICLE_ROW]
    assert len(ids) == len(set(ids)) == 2


@pytest.mark.parametrize("other", ["Another text.", "An older text.", "A third text."])
def test_work_keeps_its_id_when_the_article_is_annotated_on_a_newer_text(other):
    first = annotation("draft-1", items(other, {}, (), RELEVANT))
    second = replace(annotation("draft-1", WORK), created_at="2026-05-01T12:00:00.000000Z")
    found = build([HERE], [task(HERE, second), task(HERE, first, text=other)])
    ids = {r["text_sha256"]: r["annotation_id"] for r in names(found, "annotations")}
    assert ids.pop(HERE.text_sha256).endswith(":draft-1:2")
    assert [i.rsplit(":", 1)[1] for i in ids.values()] == ["1"]


def test_strangers_are_reported_and_left_out():
    gone = article("Gone.", "gone.txt")
    tasks = [
        task(HERE, annotation("draft-1", WORK), annotation("nobody", WORK)),
        task(gone, annotation("draft-1", items("Gone.", {}, (), RELEVANT))),
    ]
    found = build([HERE], tasks)
    assert sorted(codes(found)) == ["KEY202", "KEY205"]
    rows = names(found, "annotations")
    assert {row["annotator"] for row in rows} == {"draft-1"}
    assert {row["article_id"] for row in rows} == {HERE.article_id}
    assert all(len(row["votes"]) == 1 for row in names(found, "events"))


def test_a_defect_of_another_annotator_is_only_a_warning():
    bad = items(TEXT, SPANS, [*ARROWS, ("t1", "a3", "bi")], RELEVANT)
    mine = build([HERE], [task(HERE, annotation("draft-1", bad))])
    assert codes(mine, "error") == ["GRM203"]
    both = build([HERE], [task(HERE, annotation("draft-1", WORK), annotation("draft-2", bad))])
    assert codes(both) == ["GRM203"]
    assert not codes(both, "error")


def test_what_breaks_the_grammar_leaves_the_rest_in_place():
    work = items(TEXT, SPANS, [a for a in ARROWS if a != ("a1", "t1")], RELEVANT)
    found = build([HERE], [task(HERE, annotation("draft-1", work))])
    (row,) = names(found, "events")
    # The first mention is left out, so the event is named after the next one.
    assert row["mention_id"] == row["event_id"] == f"{HERE.article_id}:t2"
    assert sorted(codes(found)) == ["GRM206", "GRM208"]
    assert found.tables["stance"].num_rows == 2


def test_e_mail_addresses_do_not_reach_the_tables():
    work = [*WORK, *items(TEXT, {}, (), {"comment": ["doubt: ask ann.b@example.org, please"]})]
    found = build([HERE], [task(HERE, annotation("draft-1", work))])
    (row,) = [r for r in names(found, "annotations") if r["name"] == "comment"]
    assert row["values"] == ["doubt: ask [e-mail], please"]
    assert codes(found) == ["SCH205"]
    assert all("example.org" not in str(table.to_pylist()) for table in found.tables.values())


def test_everything_entered_is_in_the_annotations():
    found = build([HERE], [task(HERE, annotation("draft-1", WORK))])
    rows = names(found, "annotations")
    kinds = [row["kind"] for row in rows]
    fields = sum(len(span.get("fields", {})) for span in SPANS.values())
    assert (kinds.count("span"), kinds.count("arrow")) == (len(SPANS), len(ARROWS))
    assert kinds.count("field") == fields
    assert kinds.count("article") == 2
    field = next(row for row in rows if row["name"] == "timex3")
    assert (field["region_id"], field["text"], field["values"]) == (
        "d1",
        "Tuesday",
        ["XXXX-WXX-2"],
    )
    arrow = next(row for row in rows if row["from_id"] == "t2")
    assert (arrow["to_id"], arrow["direction"], arrow["name"]) == ("t1", "right", None)


def test_the_order_of_the_input_does_not_matter():
    articles = [HERE, article(TEXT, "b.txt"), article(TEXT, "c.txt")]
    tasks = [
        task(one, annotation("draft-1", WORK), annotation("draft-2", WORK)) for one in articles
    ]
    first = build(articles, tasks, derived_neutrals=2)
    mixed = [
        replace(
            one,
            annotations=tuple(
                replace(a, result=tuple(random.Random(1).sample(a.result, len(a.result))))
                for a in one.annotations[::-1]
            ),
        )
        for one in tasks[::-1]
    ]
    second = build(articles[::-1], mixed, derived_neutrals=2)
    for name, table in first.tables.items():
        assert table.equals(second.tables[name])


def test_an_annotator_kind_is_that_of_the_registry():
    known = replace(registries(), annotators=(Annotator("ann", "human", None),))
    found = build([HERE], [task(HERE, annotation("ann", WORK))], known=known)
    assert {row["annotator_kind"] for row in names(found, "annotations")} == {"human"}


def test_arrows_of_several_holders_and_targets_make_no_row():
    text = "Russia and Turkey blame Iran and Syria."
    spans = {
        name: {"label": "ACTOR", "words": words, "fields": {"actor_id": [who]}}
        for name, words, who in (
            ("a1", "Russia", "rus"), ("a2", "Turkey", "tur"), ("a3", "Iran", "irn"),
            ("a4", "Syria", "syr"),
        )
    }  # fmt: skip
    spans["s1"] = {"label": "against", "words": "blame", "fields": {"expression": ["reported"]}}
    of = article(text)
    arrows = [("a1", "s1"), ("a2", "s1"), ("s1", "a3"), ("s1", "a4")]
    found = build([of], [task(of, annotation("draft-1", items(text, spans, arrows, RELEVANT)))])
    taken = {("rus", "irn"), ("rus", "syr"), ("tur", "irn"), ("tur", "syr")}
    rows = names(found, "stance")
    # Not as annotated, and not as a pair on which nobody took a stance either.
    assert "annotated" not in {row["basis"] for row in rows}
    assert not taken & {(row["holder_id"], row["target_id"]) for row in rows}
    assert codes(found) == ["GRM224"]
    # With one target, both hold it.
    one = items(text, spans, arrows[:3], RELEVANT)
    found = build([of], [task(of, annotation("draft-1", one))])
    rows = [row for row in names(found, "stance") if row["basis"] == "annotated"]
    assert {(row["holder_id"], row["target_id"]) for row in rows} == {
        ("rus", "irn"),
        ("tur", "irn"),
    }


def test_an_actor_without_an_arrow_is_in_no_row():
    text = "Russia condemned Iran and Turkey."
    spans = {
        "a1": {"label": "ACTOR", "words": "Russia"},
        "s1": {"label": "against", "words": "condemned", "fields": {"expression": ["stated"]}},
        "a2": {"label": "ACTOR", "words": "Iran"},
        "a3": {"label": "ACTOR", "words": "Turkey"},
    }
    of = article(text)
    work = items(text, spans, [("a1", "s1"), ("s1", "a2")], RELEVANT)
    found = build([of], [task(of, annotation("draft-1", work))])
    assert codes(found) == ["GRM206"]
    ends = {row[end] for row in names(found, "stance") for end in ("holder_id", "target_id")}
    assert ends == {"rus", "irn"}


def test_an_unknown_id_costs_what_it_takes_part_in():
    text = "Russia condemned Iran. Russia met Turkey, and Iran met Syria."
    unknown = {"actor_id": ["napoleon"]}
    spans = {
        "a1": {"label": "ACTOR", "words": "Russia", "fields": unknown},
        "s1": {"label": "against", "words": "condemned", "fields": {"expression": ["stated"]}},
        "a2": {"label": "ACTOR", "words": "Iran"},
        "a3": {"label": "ACTOR", "words": "Russia", "nth": 1, "fields": unknown},
        "t1": {"label": "CONSULT", "words": "met"},
        "a4": {"label": "ACTOR", "words": "Turkey"},
        "t2": {"label": "CONSULT", "words": "met", "nth": 1},
        "a5": {"label": "ACTOR", "words": "Syria", "fields": unknown},
    }
    of = article(text)
    arrows = [("a1", "s1"), ("s1", "a2"), ("a3", "t1"), ("t1", "a4"), ("t2", "a5")]
    found = build([of], [task(of, annotation("draft-1", items(text, spans, arrows, RELEVANT)))])
    assert not [row for row in names(found, "stance") if row["basis"] != "derived"]
    (event,) = names(found, "events")
    assert [part["text"] for part in event["arguments"]] == ["Turkey"]
    assert sorted(codes(found)) == ["GRM208", "GRM219", "KEY203", "KEY203", "KEY203"]
    assert not codes(found, "error")
