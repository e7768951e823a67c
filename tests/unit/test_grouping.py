"""Near-duplicates: what counts as one text, and that hostile corpora stay cheap."""

import random
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_builder.errors import DatasetBuilderError
from dataset_builder.grouping import (
    near_duplicate_table,
    near_duplicates,
    parquet_batches,
    similarity,
)
from dataset_builder.grouping.buckets import LARGE, NEIGHBOURS, Buckets, SignatureFiles
from dataset_builder.grouping.shingles import PIECE
from dataset_builder.grouping.signatures import BANDS, SLOTS, Signatures, signatures

VOCABULARY = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in ("n", "r", "st", "ck", "")]


def prose(seed: int, words: int) -> str:
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))


def together(*texts: str) -> bool:
    """Whether all texts are one group."""
    groups = near_duplicates((f"{number:03}", text) for number, text in enumerate(texts))
    return set(groups.values()) == {"000"}


def apart(*texts: str) -> bool:
    """Whether no two texts are in one group."""
    groups = near_duplicates((f"{number:03}", text) for number, text in enumerate(texts))
    return all(name == group for name, group in groups.items())


def plain_similarity(one: str, other: str) -> float:
    """For texts in scripts with spaces."""

    def shingles(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))}

    first, second = shingles(one), shingles(other)
    return len(first & second) / len(first | second)


@pytest.mark.parametrize("seed", range(20))
def test_similarity_is_the_jaccard_index_of_five_words_in_a_row(seed: int) -> None:
    rng = random.Random(seed)
    one = prose(seed, rng.randint(1, 300)).split()
    other = [word if rng.random() < 0.95 else "Übrigens," for word in one]
    other = other[rng.randrange(3) :] + prose(seed + 100, rng.randint(0, 60)).split()
    texts = " ".join(one), ". ".join(other).upper()
    assert similarity(*texts) == plain_similarity(*texts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("One two, three; FOUR five six.", "one  two three\n\nfour five — six"),
        (
            "the minis\u00adters a\u200bgreed to cut the quota",
            "The ministers agreed to cut the quota",
        ),
        (
            "Größe ÉTÉ Ελλάδα Москва İstanbul in Zahlen",
            "größe été ελλάδα москва istanbul in zahlen",
        ),
        ("总统今天在北京会见了代表团。", "总统今天在北京会见了代表团"),
        ("قال الوزير إن الاجتماع كان مفيدا جدا،", "قال الوزير: إن الاجتماع كان مفيدا جدا"),
        ("นายกรัฐมนตรี กล่าววันนี้", "นายกรัฐมนตรีกล่าววันนี้"),
    ],
)
def test_what_makes_no_difference(one: str, other: str) -> None:
    assert similarity(one, other) == 1
    assert together(one, other)


SENTENCES = {
    "zh": "代表团周四抵达首都并与外交部长举行了两个小时的会谈双方同意继续就边境贸易进行谈判{}",
    "ja": "首相は木曜日に首都に到着し外務大臣と二時間にわたって会談し交渉を続けることで合意した{}",
    "th": "คณะผู้แทนเดินทางถึงเมืองหลวงเมื่อวันพฤหัสบดีและได้พบกับรัฐมนตรีว่าการกระทรวงการต่างประเทศ{}",
    "ar": "وصل الوفد يوم الخميس إلى العاصمة وأجرى محادثات مع وزير الخارجية استمرت ساعتين كاملتين {}",
    "ru": "Делегация прибыла в столицу в четверг и провела двухчасовые переговоры с министром дел {}",
    "hi": "प्रतिनिधिमंडल गुरुवार को राजधानी पहुँचा और विदेश मंत्री के साथ दो घंटे तक बातचीत की गई {}",
    "ko": "대표단은 목요일 수도에 도착하여 외무장관과 두 시간 동안 회담을 갖고 협상을 계속하기로 했다 {}",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_any_script(language: str) -> None:
    words = SENTENCES[language]
    text = "".join(words.format(f"{number}。 ") for number in range(40))
    edited = text.replace("7", "x")
    assert 0.7 <= similarity(text, edited) < 1
    assert together(text, edited)
    letters = list(words.replace("{}", ""))
    random.Random(1).shuffle(letters)
    assert apart(words.format(1), "".join(letters))


def test_short_empty_and_equal_texts() -> None:
    texts = {
        "a": "", "b": "", "c": " \n", "d": "…", "e": " …", "f": "one two three", "g": "One, two three",
        "h": "one two", "i": "one", "j": "one two three four", "k": "!!",
    }  # fmt: skip
    groups = near_duplicates(texts.items())
    assert list(groups) == list(texts)
    assert groups == {**{name: name for name in texts}, "e": "d", "g": "f"}
    assert near_duplicates([]) == {}
    assert similarity("", "") == 0
    assert similarity("one", "one") == 1


def test_the_threshold_itself_counts() -> None:
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    whole, part = words, " ".join(words.split()[:11])
    assert similarity(whole, part) == 7 / 10
    assert together(whole, part)
    assert apart(whole, " ".join(words.split()[:10]))


def test_another_header_footer_and_light_edits() -> None:
    story = prose(1, 400)
    copy = f"Read on our new site\n\n{story}\n\nThis story was first published elsewhere."
    words = story.split()
    words[50::120] = ["other"] * len(words[50::120])
    cut = " ".join(story.split()[:330])
    assert together(story, copy, " ".join(words), cut)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.8])
def test_what_different_articles_share_does_not_join_them(share: float) -> None:
    common = prose(0, int(500 * share))
    texts = [f"{prose(seed, int(500 * (1 - share)))}\n\n{common}" for seed in range(1, 30)]
    assert similarity(*texts[:2]) < 0.7
    assert apart(*texts)


def test_a_copy_of_a_copy_is_in_the_group_though_it_is_not_near_the_first() -> None:
    parts = [prose(seed, 100) for seed in range(12)]
    versions = ["\n\n".join(parts[at : at + 8]) for at in range(5)]
    assert similarity(versions[0], versions[1]) > 0.7
    assert similarity(versions[0], versions[4]) < 0.4
    assert together(*versions)
    assert apart(versions[0], versions[4])


def test_rows_with_one_id_are_one_article() -> None:
    one, other = prose(1, 90), prose(2, 90)
    rows = [("a", one), ("b", one + " more"), ("b", other), ("c", other), ("d", prose(3, 90))]
    assert near_duplicates(rows) == {"a": "a", "b": "a", "c": "a", "d": "d"}


def corpus(count: int) -> dict[str, str]:
    """Articles, every third one a copy of another with words changed."""
    rng = random.Random(7)
    texts: dict[str, str] = {}
    for number in range(count):
        text = prose(number, 60 + number % 50)
        if number % 3 == 2:
            words = rng.choice(list(texts.values())).split()
            words[rng.randrange(len(words))] = "changed"
            text = " ".join(words)
        texts[f"{rng.getrandbits(64):016x}"] = text
    return texts


def test_parquet_parts_give_the_same_groups_and_leave_no_file(tmp_path) -> None:
    texts = corpus(3000)  # more than is kept in memory
    names = list(texts)
    parts = []
    for number, start in enumerate(range(0, len(names), 700)):
        part = names[start : start + 700]
        columns = {"article_id": part, "other": part, "text": [texts[name] for name in part]}
        parts.append(tmp_path / f"{number}.parquet")
        pq.write_table(pa.table(columns), parts[-1])
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    told: list[tuple[str, int]] = []
    found = near_duplicate_table(
        parquet_batches(parts), scratch=scratch, report=lambda *step: told.append(step)
    )
    assert list(scratch.iterdir()) == []
    expected = near_duplicates(texts.items())
    assert found["article_id"].to_pylist() == sorted(names)
    assert found["duplicate_group"].to_pylist() == list(expected.values())
    assert 500 < sum(name != group for name, group in expected.items()) <= 1000
    assert told[-1] == ("grouped", 3000)


@pytest.mark.parametrize("change", ["row", "id"])
def test_articles_that_change_meanwhile_are_noticed(change: str) -> None:
    text = prose(1, 50)
    readings = iter([["a", "b", "c"], ["a", "b", "x"] if change == "id" else ["a", "b"]])

    def read() -> list[pa.RecordBatch]:
        names = next(readings)
        columns = {"article_id": names, "text": [f"{text} {name}" for name in names]}
        return pa.table(columns).to_batches()

    with pytest.raises(DatasetBuilderError, match="changed while"):
        near_duplicate_table(read)


def test_the_texts_around_it_make_no_difference_to_a_signature() -> None:
    texts = [prose(1, 30), "", "…", prose(2, 4), "日本語の文章です", prose(3, 900)]
    whole = signatures(pa.array(texts))
    for row, text in enumerate(texts):
        alone = signatures(pa.array([text], pa.large_string()))
        assert (alone.digests[0] == whole.digests[row]).all()
        assert alone.sizes[0] == whole.sizes[row]
        if alone.sizes[0]:
            assert (alone.bands[0] == whole.bands[row]).all()
            assert (alone.sketches[0] == whole.sketches[row]).all()


def test_signatures_are_the_same_on_every_machine() -> None:
    """Groups may depend on them, so another library version or processor must not change them."""
    found = signatures(pa.array(["The quick brown fox jumps over the lazy dog, twice. 敏捷的狐狸"]))
    assert found.sizes.tolist() == [11]
    assert found.digests.tolist() == [[6818153280751619832, 4375918765787660468]]
    assert found.bands[0, :2].tolist() == [16420543751831693651, 10921473587992985597]
    assert found.sketches[0, :8].tolist() == [150, 217, 221, 55, 64, 142, 36, 65]


def test_hostile_texts() -> None:
    same = prose(1, 200)
    rng = random.Random(1)
    texts = [same] * 1000
    texts += [f"spam {'spam ' * number}" for number in range(300)]
    texts += ["".join(chr(rng.randrange(32)) for _ in range(2000)) for _ in range(50)]
    texts += ["\u202e\u200b\ufeff" * 500, "a" * 100_000, "\U0001f525" * 5000, "\x00 \x1b[31m"]
    groups = near_duplicates((f"{number:05}", text) for number, text in enumerate(texts))
    assert list(groups.values())[:1000] == ["00000"] * 1000
    # 1 to 4 words differ, from 5 on it is the same five words over and over
    assert len(set(list(groups.values())[1000:1300])) == 5


def test_a_text_longer_than_a_piece() -> None:
    words = [f"w{number % 50_021}x{number % 37}" for number in range(150_000)]
    text = " ".join(words)
    assert len(text) > PIECE
    assert together(text, " ".join(words[20:]), " ".join(words[:-9000]))
    assert apart(text, " ".join(words[: len(words) // 2]))


def test_a_bucket_of_many_texts_is_not_compared_pair_by_pair() -> None:
    count = 20_000
    rng = np.random.default_rng(1)
    sketches = rng.integers(0, 255, (count, SLOTS), np.uint8)
    found = Signatures(
        np.zeros((count, BANDS), np.uint64),
        sketches,
        rng.integers(0, 2**63, (count, 2), np.uint64),
        np.ones(count, np.int64),
    )
    sketches[1, 5:40] = sketches[count // 2, 5:40]  # two that go on alike after the band
    with SignatureFiles(None) as files:
        files.add(found)
        buckets = Buckets(files, np.arange(count))
        pairs = [np.stack(pair) for pair in buckets.pairs(0)]
        assert max(pair.shape[1] for pair in pairs) <= 1 << 16
        joined = np.concatenate(pairs, axis=1)
        assert joined.shape[1] <= (NEIGHBOURS + 1) * count
        assert {1, count // 2} in [set(pair) for pair in joined.T.tolist()]
        assert (joined[0] != joined[1]).all()
        small = Buckets(files, np.arange(5, 5 + LARGE))
        complete = np.concatenate([np.stack(pair) for pair in small.pairs(0)], axis=1)
        assert len(set(map(frozenset, complete.T.tolist()))) == LARGE * (LARGE - 1) // 2


def test_thousands_of_texts_that_share_most_of_their_words() -> None:
    common = prose(0, 60)
    texts = [f"{common} {prose(number, 16)} {number}" for number in range(1, 2000)]
    texts.append(texts[77] + " more")
    groups = near_duplicates((f"{number:05}", text) for number, text in enumerate(texts))
    assert groups["01999"] == groups["00077"]
