"""Names on pages: of people, places, agencies and outlets, and the site's name at the end of a title."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.metadata.words import NO_AUTHOR, NO_PLACE, PARTICLES, PRESS
from dataset_builder.clean.text import fold, normalise_lines, strip
from dataset_builder.clean.vocabulary import FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Collection

SEPARATOR: Final = re.compile(
    r"\s+[|–—\-»«›•·]{1,2}\s+|\s*[|»«›]\s*|\s+::\s+|(?<=[\u3000-\u9fff\uff00-\uffef])[-_](?=[\u3040-\u9fff])"
)
"""What stands between the parts of a page's title."""
FUNCTION: Final = frozenset(" ".join(FUNCTION_WORDS.values()).split())
SMALL: Final = frozenset(PARTICLES.split())
PRESS_WORDS: Final = frozenset(PRESS.split())
_AGENCY_NAMES: Final = (
    "AFP", "AP", "Reuters", "Xinhua", "dpa", "dpa-AFX", "APA", "EFE", "Agencia EFE", "Europa Press", "ANSA", "TASS", "UPI",
    "SID", "KNA", "epd", "KUNA", "SPA", "WAM", "SANA", "QNA", "MENA", "IRNA", "PTI", "ANI", "IANS", "Yonhap", "Kyodo", "Jiji",
    "Anadolu Agency", "Anadolu Ajansı", "Anadolu", "AA", "İHA", "DHA", "Bloomberg", "Interfax", "RIA Novosti", "Associated Press",
    "The Associated Press", "Agence France-Presse", "Agencia France-Presse", "PA Media", "Press Association", "Belga", "ANP", "PAP",
    "Télam", "Lusa", "Tanjug", "Ukrinform", "Unian", "ТАСС", "РИА Новости", "РИА", "Интерфакс", "Рейтер", "Укринформ", "РБК",
    "رويترز", "أ ف ب", "أ.ف.ب", "ا ف ب", "فرانس برس", "د ب أ", "د.ب.أ", "أسوشيتد برس", "الأناضول", "الاناضول", "سانا", "واس", "وام", "قنا",
    "كونا", "بترا", "وفا", "شينخوا", "وكالات", "新华社", "新华网", "中新社", "中新网", "路透社", "法新社", "美联社", "共同社", "共同通信", "時事通信",
)  # fmt: skip
AGENCIES: Final = {fold(name): name for name in _AGENCY_NAMES}
"""Folded name -> name of the news agencies that pages credit."""

_AGENCY_WORDS: Final = frozenset(
    ["agency", "agencia", "agência", "agence", "agentur", "agenzia", "agencja", "agentschap", "агентство",
     "агенція", "ajansı", "وكالة", "πρακτορείο", "通讯社", "通信社"]
)  # fmt: skip
TEXT: Final = 300
"""Characters of a title or name; longer ones are none."""
_TAGS: Final = re.compile(r"<[^<>]{0,200}>")
NO_PLACE_WORDS: Final = frozenset(NO_PLACE.split())
NO_AUTHOR_WORDS: Final = frozenset(NO_AUTHOR.split())


def is_agency(text: str) -> bool:
    """Whether a name is that of a news agency, or says that it is one."""
    return fold(text) in AGENCIES or any(
        word.casefold() in _AGENCY_WORDS for word in text.split()[:5]
    )


def is_person(text: str) -> bool:
    """Two to seven words that begin with a capital, small name particles apart."""
    words = text.split()
    if not 2 <= len(words) <= 7 or len(text) > 60 or any(char.isdigit() for char in text):
        return False
    main = [word for word in words if word.casefold() not in SMALL]
    return len(main) >= 2 and all(
        word[0].isalpha() and word[0] == word[0].upper() and word.casefold() not in FUNCTION
        and word.strip(".,").casefold() not in NO_AUTHOR_WORDS
        and word.strip(".,").replace("-", "").replace("'", "").replace("’", "").replace(".", "").isalpha()
        for word in main
    )  # fmt: skip


def is_name(text: str) -> bool:
    """One to five words, no sentence, not all in small letters (where the script has capitals)."""
    words = text.split()
    cased = [word for word in words if word[0].lower() != word[0].upper()]
    capital = not cased or any(word[0] != word[0].lower() for word in cased)
    small = [word for word in cased if word[0] == word[0].lower() and word not in FUNCTION]
    one = len(words) == 1  # "murdelta", "futurezone.at"
    return (
        1 <= len(words) <= 6 and len(text) <= 50 and text[-1] not in ".:;,!?" and bool(fold(text))
        and ((capital and not small) or one) and not text[0].isdigit() and "://" not in text
    )  # fmt: skip


def is_place(text: str) -> bool:
    """Up to four words that may be the name of a place: capitals, none that announces a kind of text."""
    words = re.findall(r"[^\W\d_]+", text)
    return bool(words) and len(words) <= 4 and len(text) <= 40 and all(
        (word[0] == word[0].upper() or word in SMALL) and word.casefold() not in NO_PLACE_WORDS
        and word.casefold() not in PRESS_WORDS
        for word in words
    )  # fmt: skip


def without_site(title: str, names: Collection[str], known: Collection[str] = ()) -> str:
    """`title` without the site's name before or after it.

    A part goes when it is one of `names`, or when the rest is one of the `known` titles.
    """
    keys = {fold(name) for name in names} - {""}
    others = {fold(text) for text in known if text != title}
    for _ in range(3):
        cuts = list(SEPARATOR.finditer(title))
        if not cuts:
            break
        last, first = cuts[-1], cuts[0]
        if fold(title[last.end() :]) in keys or fold(title[: last.start()]) in others:
            title = title[: last.start()].strip()
        elif fold(title[: first.start()]) in keys or fold(title[first.end() :]) in others:
            title = title[first.end() :].strip()
        else:
            break
    return title


def tidy(value: object) -> str | None:
    """A short text as the project keeps it: one line, no tags, no entities."""
    if not isinstance(value, str) or len(value) > 4 * TEXT:
        return None
    value = _TAGS.sub(" ", unescape(unescape(value)))
    line = strip(" ".join(" ".join(normalise_lines(value)).split()))
    return line if line and len(line) <= TEXT and fold(line) else None
