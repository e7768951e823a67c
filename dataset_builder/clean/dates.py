"""Publication dates as pages state them. Rather none than a wrong one.

A line counts only if it is short, holds one full date in a form that can be read in one way, and
says what kind of line it is: an ISO timestamp alone, a word like "Published", a weekday or a time of
day. A weekday must fit its date. "Updated" alone is no publication.

A time with a zone is converted to UTC. Without a zone the time is unknown, so the day at 00:00 UTC
is returned.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from dataset_builder.clean.words import DATE_FILLERS

LONGEST: Final = 160

_MONTHS: Final = {
    1: "january jan januar jänner jän janvier janv enero ene janeiro gennaio januari stycznia января ocak يناير",
    2: "february feb februar feber février févr fév febrero fevereiro fev febbraio februari lutego февраля şubat فبراير",
    3: "march mar märz mär mars marzo março maart marca марта mart مارس",
    4: "april apr avril avr abril abr aprile kwietnia апреля nisan أبريل ابريل",
    5: "may mai mayo maio maggio mei maja мая mayıs مايو",
    6: "june jun juni juin junio junho giugno czerwca июня haziran يونيو",
    7: "july jul juli juillet juil julio julho luglio lipca июля temmuz يوليو",
    8: "august aug août agosto ago augustus sierpnia августа ağustos أغسطس",
    9: "september sept sep septembre septiembre setembro settembre września сентября eylül سبتمبر",
    10: "october oct oktober okt octobre octubre outubro ottobre października октября ekim أكتوبر",
    11: "november nov novembre noviembre novembro listopada ноября kasım نوفمبر",
    12: "december dec dezember dez décembre déc diciembre dic dezembro dicembre grudnia декабря aralık ديسمبر",
}  # fmt: skip
_MONTH_OF: Final = {word: number for number, words in _MONTHS.items() for word in words.split()}
_WEEKDAYS: Final = {
    0: "monday mon montag mo lundi lunes segunda-feira lunedì maandag poniedziałek понедельник pazartesi الاثنين",
    1: "tuesday tue tues dienstag di mardi martes terça-feira martedì dinsdag wtorek вторник salı الثلاثاء",
    2: "wednesday wed mittwoch mi mercredi miércoles quarta-feira mercoledì woensdag środa среда çarşamba الأربعاء",
    3: "thursday thu thur thurs donnerstag do jeudi jueves quinta-feira giovedì donderdag czwartek четверг perşembe الخميس",
    4: "friday fri freitag fr vendredi viernes sexta-feira venerdì vrijdag piątek пятница cuma الجمعة",
    5: "saturday sat samstag sonnabend sa samedi sábado sabato zaterdag sobota суббота cumartesi السبت",
    6: "sunday sun sonntag so dimanche domingo domenica zondag niedziela воскресенье pazar الأحد",
}  # fmt: skip
_WEEKDAY_OF: Final = {word: number for number, words in _WEEKDAYS.items() for word in words.split()}
_ZONES: Final = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "cet": 60, "mez": 60, "cest": 120, "mesz": 120,
    "eet": 120, "eest": 180, "msk": 180, "est": -300, "edt": -240, "pst": -480, "pdt": -420,
}  # fmt: skip
"""Minutes east of Greenwich; zones whose letters mean several (CST, IST) are left out."""

_MONTH: Final = "|".join(sorted(map(re.escape, _MONTH_OF), key=len, reverse=True))
_YEAR: Final = r"(?P<y>(?:19|20)\d\d)"
_DATES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|er|º)?[\s-]+(?:de\s+|of\s+|di\s+)?(?P<mon>{_MONTH})\.?,?[\s-]+(?:de\s+|del\s+)?{_YEAR}(?!\d)",
        rf"(?<!\w)(?P<mon>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}(?!\d)",
        rf"(?<!\d){_YEAR}-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)",
        rf"(?<!\d){_YEAR}/(?P<m>\d\d)/(?P<d>\d\d)(?!\d)",
        rf"(?<!\d){_YEAR}\s?年\s?(?P<m>\d{{1,2}})\s?月\s?(?P<d>\d{{1,2}})\s?日",
        rf"(?<![\d.])(?P<d>\d{{1,2}})\.\s?(?P<m>\d{{1,2}})\.\s?{_YEAR}(?!\d)",
        rf"(?<![\d/])(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/{_YEAR}(?![\d/])",
    )
)
_TIME: Final = re.compile(
    r"(?<![\d:.])(?P<h>\d{1,2})[:.h](?P<min>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<f>\d{1,6})\d*)?)?(?![\d:])"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*(?:uhr\b)?\s*\(?(?P<zone>z\b|[+-]\d\d:?\d\d|[a-z]{3,4}(?![a-z]))?\)?"
    r"(?P<offset>[+-]\d{1,2}(?::?\d\d)?)?"
)
_STATED: Final = re.compile(
    r"(?<!\w)(?:first\s+)?(?:published|posted|publication\s+date|date\s+published|issued|veröffentlicht|erschienen|publié|"
    r"publicado|publicada|pubblicato|gepubliceerd|opublikowano|опубликовано|yayınlanma|yayımlanma|تاريخ النشر|نُشر|نشر(?=\s*(?::|في\s+\d|بتاريخ|يوم|\d)))(?!\w)"
)
_CHANGED: Final = re.compile(
    r"(?<!\w)(?:last\s+)?(?:updated?|modified|revised|edited|aktualisiert|geändert|mis(?:e)? à jour|modifié|actualizado|"
    r"actualizada|atualizado|aggiornato|bijgewerkt|zaktualizowano|обновлено|güncelleme|güncellendi|آخر تحديث)(?!\w)"
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:-feira)?")


@dataclass(frozen=True)
class Stated:
    """A date that a line states."""

    at: dt.datetime
    """UTC."""
    exact: bool
    """With a time of day and its zone."""
    published: bool
    """The line itself says that it is the publication."""


def read_date(line: str, *, bare: bool = False) -> Stated | None:
    """The date of publication that a stripped line states, None when it states none or is unclear.

    With `bare`, a date that stands alone, without weekday, time or word, is returned too.
    """
    if len(line) > LONGEST:
        return None
    low = line.casefold()
    stated = _STATED.search(low)
    changed = _CHANGED.search(low)
    if stated and changed:
        # "Published 1 May, updated 2 May", in either order: only the first part is of use.
        low = (
            low[stated.start() : changed.start()]
            if stated.start() < changed.start()
            else low[stated.start() :]
        )
    elif changed:
        return None
    found = [match for pattern in _DATES for match in pattern.finditer(low)]
    if len(found) != 1:
        return None
    day = _day(found[0])
    if day is None:
        return None
    rest = low[: found[0].start()] + " " + low[found[0].end() :].removeprefix("t")
    times = [match for match in _TIME.finditer(rest) if _clock(match) is not None]
    words = _WORD.findall(_TIME.sub(" ", rest))
    weekdays = {_WEEKDAY_OF[word] for word in words if word in _WEEKDAY_OF}
    if weekdays and weekdays != {day.weekday()}:
        return None
    others = [word for word in words if word not in _WEEKDAY_OF and word not in _SMALL]
    if not stated and (len(others) > 0 or not (weekdays or times or bare)):
        return None
    if stated and not _of_page(low, found[0]):
        return None
    if len(times) > 1:
        return None
    midnight = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    if not times:
        return Stated(midnight, exact=False, published=bool(stated))
    clock = _clock(times[0])
    offset = _offset(times[0], rest)
    if clock is None or offset is None:
        return Stated(midnight, exact=False, published=bool(stated))
    at = midnight + clock - dt.timedelta(minutes=offset)
    return Stated(at, exact=True, published=bool(stated))


_PART: Final = re.compile(r"[|•·:–—(]|\s-\s")
_THIS: Final = frozenset(
    [
        "this",
        "article",
        "story",
        "post",
        "page",
        "was",
        "were",
        "has",
        "been",
        "on",
        "is",
        "dieser",
        "artikel",
        "beitrag",
        "wurde",
        "cet",
        "a",
        "été",
        "este",
        "artículo",
        "fue",
        "ha",
        "sido",
        "tarihi",
        "i",
    ]
)
"""Words of "this article was first", which say that the page speaks of itself."""
NAMES: Final = 6
"""Words that may stand between "Posted" and its date: who did it, where."""


def _of_page(low: str, date: re.Match[str]) -> bool:
    """Whether "published" speaks of the page: it opens its part of the line or follows its date,
    with no more than a name between them. "A report published on 3 May accuses" does not."""
    for said in _STATED.finditer(low):
        before = _WORD.findall(_PART.split(low[: said.start()])[-1])
        if said.start() >= date.end():  # "3 May 2020 (published)"
            between, after = low[date.end() : said.start()], low[said.end() :]
            before = []
        else:
            between, after = low[said.end() : date.start()], low[date.end() :]
        rest = _TIME.sub(
            " ", _PART.split(after.lstrip(" ,|•·:–—-)").removeprefix("t"), maxsplit=1)[0]
        )
        if (
            all(word in _THIS or word in _SMALL for word in before)
            and len([w for w in _WORD.findall(_TIME.sub(" ", between)) if w not in _SMALL]) <= NAMES
            and len([w for w in _WORD.findall(rest) if w not in _SMALL]) <= NAMES - 2
        ):
            return True
    return False


_SMALL: Final = frozenset(DATE_FILLERS.split())


def _day(found: re.Match[str]) -> dt.date | None:
    parts = found.groupdict()
    if parts.get("a"):
        first, second = int(parts["a"]), int(parts["b"])
        if first > 12 >= second:
            day, month = first, second
        elif second > 12 >= first:
            day, month = second, first
        elif first == second:
            day = month = first
        else:
            return None  # 5/3 is two days
    else:
        day = int(parts["d"])
        month = _MONTH_OF[parts["mon"]] if parts.get("mon") else int(parts["m"])
    try:
        return dt.date(int(parts["y"]), month, day)
    except ValueError:
        return None


def _clock(found: re.Match[str]) -> dt.timedelta | None:
    hour, minute, second = int(found["h"]), int(found["min"]), int(found["s"] or 0)
    half = (found["half"] or "")[:1]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    micro = int((found["f"] or "").ljust(6, "0"))
    return dt.timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micro)


def _offset(found: re.Match[str], text: str) -> int | None:
    """Minutes east of Greenwich of a time, None when its zone is not stated or not clear."""
    zone = found["zone"] or ""
    signed = found["offset"] if zone in ("gmt", "utc") and found["offset"] else zone
    match = re.fullmatch(r"([+-])(\d{1,2}):?(\d\d)?", signed)
    if match:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return minutes if match[1] == "+" else -minutes
    if zone:
        return _ZONES.get(zone)
    before = re.search(r"(?<!\w)(gmt|utc)[\s:]*$", text[: found.start()])
    return 0 if before else None
