"""Publication dates as pages state them. Rather none than a wrong one.

A line is read only if it is short and holds one full date in a form that can be read in one way.
How much else it says decides what it is worth: see `Kind`. A weekday must fit its date. "Updated"
is no publication.

A time with a zone is converted to UTC. Without a zone the time is unknown, so the day at 00:00 UTC
is returned.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from dataset_builder.clean.metadata.words import DATE_FILLERS, DATE_LINE_WORDS
from dataset_builder.clean.metadata.zones import zone_offset

LONGEST: Final = 160
"""Characters of a line that can be a date line."""
SHORT: Final = 40
"""Characters of "By" and a name."""
WEB: Final = 1990
"""No page is older; an older date is of something else unless the page says it is the publication's."""
NEAR: Final = 16
"""Characters before and after a date in which its weekday stands."""
ASIDE: Final = 8
"""Words that a date line may hold beside the date."""

_MONTHS: Final = {
    1: "january jan januar jänner jän janvier janv enero ene janeiro gennaio gen januari stycznia sty января янв ocak oca يناير كانون_الثاني leden ledna ιανουαρίου ianuarie січня जनवरी tammikuuta януари",
    2: "february feb februar feber février févr fév febrero fevereiro fev febbraio februari lutego lut февраля фев şubat şub فبراير شباط φεβρουαρίου februarie лютого फरवरी फ़रवरी února helmikuuta февруари",
    3: "march mar märz mrz mär mars marzo março maart mrt marca марта мар mart مارس آذار μαρτίου martie березня मार्च března maaliskuuta maret март",
    4: "april apr avril avr abril abr aprile kwietnia kwi апреля апр nisan nis أبريل ابريل إبريل نيسان απριλίου aprilie квітня अप्रैल dubna huhtikuuta април",
    5: "may mai mayo maio maggio mag mei maja мая mayıs مايو أيار μαΐου μαίου maj травня मई května toukokuuta",
    6: "june jun juni juin junio junho giugno giu czerwca cze июня июн haziran haz يونيو يونيه حزيران ιουνίου iunie червня जून června kesäkuuta юни",
    7: "july jul juli juillet juil julio julho luglio lug lipca lip июля июл temmuz tem يوليو يوليه تموز ιουλίου iulie липня जुलाई července heinäkuuta юли",
    8: "august aug août agosto ago augustus sierpnia sie августа авг ağustos ağu أغسطس اغسطس آب αυγούστου серпня अगस्त srpna elokuuta augusti agustus август",
    9: "september sept sep septembre septiembre setembro settembre set września wrz сентября сен сент eylül eyl سبتمبر أيلول σεπτεμβρίου septembrie вересня सितंबर सितम्बर září syyskuuta септември",
    10: "october oct oktober okt octobre octubre outubro out ottobre ott października paź октября окт ekim eki أكتوبر اكتوبر تشرين_الأول οκτωβρίου octombrie жовтня अक्टूबर अक्तूबर října lokakuuta октомври",
    11: "november nov novembre noviembre novembro listopada lis ноября ноя kasım kas نوفمبر تشرين_الثاني νοεμβρίου noiembrie листопада नवंबर नवम्बर listopadu marraskuuta ноември",
    12: "december dec dezember dez décembre déc diciembre dic dezembro dicembre grudnia gru декабря дек aralık ara ديسمبر كانون_الأول δεκεμβρίου decembrie грудня दिसंबर दिसम्बर prosince joulukuuta desember декември",
}  # fmt: skip
MONTH_OF: Final = {
    word.replace("_", " "): number for number, words in _MONTHS.items() for word in words.split()
}
_WEEKDAYS: Final = {
    0: "monday mon montag mo lundi lun lunes segunda-feira segunda lunedì maandag poniedziałek понедельник pazartesi الاثنين الإثنين 星期一 周一 月曜日 δευτέρα понеділок सोमवार måndag mandag",
    1: "tuesday tue tues dienstag di mardi mar martes terça-feira terça martedì dinsdag wtorek вторник salı الثلاثاء 星期二 周二 火曜日 τρίτη вівторок मंगलवार tisdag tirsdag",
    2: "wednesday wed mittwoch mi mercredi mer miércoles mié quarta-feira quarta mercoledì woensdag środa среда çarşamba الأربعاء الاربعاء 星期三 周三 水曜日 τετάρτη середа बुधवार onsdag",
    3: "thursday thu thur thurs donnerstag do jeudi jeu jueves jue quinta-feira quinta giovedì donderdag czwartek четверг perşembe الخميس 星期四 周四 木曜日 πέμπτη четвер गुरुवार torsdag",
    4: "friday fri freitag fr vendredi ven viernes vie sexta-feira sexta venerdì vrijdag piątek пятница cuma الجمعة 星期五 周五 金曜日 παρασκευή п’ятниця शुक्रवार fredag",
    5: "saturday sat samstag sonnabend sa samedi sam sábado sabado sab sabato zaterdag sobota суббота cumartesi السبت 星期六 周六 土曜日 σάββατο субота शनिवार lördag lørdag",
    6: "sunday sun sonntag so dimanche dim domingo dom domenica zondag niedziela воскресенье pazar الأحد الاحد 星期日 周日 日曜日 κυριακή неділя रविवार söndag søndag",
}  # fmt: skip
WEEKDAY_OF: Final = {word: number for number, words in _WEEKDAYS.items() for word in words.split()}
_WEEKDAY: Final = "|".join(sorted(map(re.escape, WEEKDAY_OF), key=len, reverse=True))

_MONTH: Final = "|".join(sorted(map(re.escape, MONTH_OF), key=len, reverse=True))
# Converters run what follows right into the year: a time, another date, "2 comments".
_YEAR: Final = (
    r"(?P<y>(?:19|20)\d\d)(?!:\d)(?=\D|$|\d\d?[:.]\d\d|\d\d?\.?\s+[^\W\d]|\d\d?[/.-]\d\d?[/.-])"
)
_ALONE: Final = r"(?<!\d)(?<!\d[-–])(?<!\d\.[-–])"
"""Not the last day of several: "9-23 February 2017"."""
_TEXT_DATES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_ALONE}(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|er|º|ª)?[\s-]+(?:(?:{_WEEKDAY})\s+)?(?:de\s+|of\s+|di\s+|d’)?(?P<mon>{_MONTH})(?!\w)\.?,?[\s-]+(?:de\s+|del\s+)?{_YEAR}",
        rf"(?<!\w)(?P<mon>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}",
    )
)
_NUMBER_DATES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)/(?P<m>\d\d)/(?P<d>\d\d)(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)\.(?P<m>\d\d)\.(?P<d>\d\d)(?![\d.])",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)\s?年\s?(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?日",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)\s?년\s?(?P<m>\d{1,2})\s?월\s?(?P<d>\d{1,2})\s?일",
        rf"(?<!\.){_ALONE}(?P<d>\d{{1,2}})\.\s?(?P<m>\d{{1,2}})\.\s?{_YEAR}",
        r"(?<![\d.])(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>[0-4]\d)(?!\w|\.\d)",
        rf"(?<![/\d])(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/{_YEAR}(?!/)",
        r"(?<![\d/])(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>[0-4]\d)(?![\w/])",
        rf"(?<![\d-])(?P<a>\d{{1,2}})-(?P<b>\d{{1,2}})-{_YEAR}(?!-)",
    )
)
_HINT: Final = re.compile(r"(?:19|20)\d\d|\d[./]\d{1,2}[./]\d\d")
_TIME: Final = re.compile(
    r"(?<![\d:.])(?P<h>\d{1,2})[:.h時时](?P<min>\d\d)分?(?::(?P<s>\d\d)(?:[.,](?P<f>\d{1,6})\d*)?)?(?![\d:])"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*(?:uhr\b)?\s*\(?(?P<zone>z\b|[+-]\d\d:?\d\d|[a-z]{3,4}(?![a-z])|мск(?!\w))?\)?"
    r"(?P<offset>[+-]\d{1,2}(?::?\d\d)?)?"
)
_STATED: Final = re.compile(
    r"(?<!\w)(?:first\s+)?(?:published|posted|publication\s+date|date\s+published|issued|veröffentlicht|veröffentlichung|"
    r"erstveröffentlichung|erscheinungsdatum|presse(?:mitteilung|meldung|information)\s+vom|(?:artikel|beitrag|meldung)\s+vom|erschienen|erstellt|eingestellt\s+am|publiziert|publié|publiée|mis(?:e)?\s+en\s+ligne|publicado|publicada|publicación|pubblicato|"
    r"gepubliceerd|opublikowano|data\s+publikacji|опубликовано|дата\s+публикации|yayınlanma|yayımlanma|yayın\s+tarihi|giriş\s+tarihi|δημοσιεύτηκε|δημοσιεύθηκε|publicat|опубліковано|प्रकाशित|تاريخ\s+النشر|نُشر|"
    r"نشر(?=\s*(?::|في\s+\d|بتاريخ|يوم|\d))|发布时间|发布于|发表于|掲載日|公開日|配信)(?![a-z\u00e0-\u04ff\u0621-\u064a])"
)
_CHANGED: Final = re.compile(
    r"(?<!\w)(?:last\s+)?(?:updated?|modified|revised|edited|reviewed|fact[\s-]checked|aktualisiert|aktualisierung|geändert|änderung|überarbeitet|bearbeitet|"
    r"stand|mis(?:e)?\s+à\s+jour|modifiée?|actualizado|actualizada|actualización|atualizado|atualizada|aggiornato|ultima\s+modifica|modificato|bijgewerkt|zaktualizowano|"
    r"aktualizacja|обновлено|изменено|güncelleme|güncellendi|son\s+güncelleme|آخر\s+تحديث|تحديث|archiviert|abgerufen|accessed|retrieved|consulté|viewed|joined)(?![^\W\d])|更新"
)
_BY: Final = re.compile(
    r"(?<!\w)(?:(?:written|posted|reported|geschrieben|verfasst|erstellt|escrito|publicado|écrit)\s+)?(?:by|von|par|por|di|autor|author|автор|بقلم)(?!\w)"
)
_OF: Final = re.compile(
    r"(?<!\w)(?:vom|am|on|from|since|until|till|seit|bis|ab|zum|im|in|le|du|el|del|al|dal|il|em|от|до|с|the)\s+$"
)
_NOT_PAGE: Final = re.compile(
    r"©|\(c\)|copyright|release|[\u3040-\u9fff]|foto|photo|bild:|image|archiv|screenshot|quelle|source|https?:|www\.|@|#|"
    r"(?<!\w)(?:isbn|doi|beginn|einlass|wann|termin\w*|uhrzeit|veranstaltung\w*|location|venue|when|starts?|doors|quand|cuándo|"
    r"deadline|anmeldeschluss|geboren|born|founded|gegründet|opened|eröffnet|recorded|aufgenommen|gestorben|died|valid|gültig|expires?|bis|until|till|ab\s+dem|sagt|schreibt|says|dit|dice)(?!\w)"
)
_WORD: Final = re.compile(r"(?:[^\W\d_]|[\u0900-\u0965\u0970-\u0dff])+(?:-feira)?")
_SMALL: Final = frozenset(DATE_FILLERS.split())
_LINE_WORDS: Final = frozenset(DATE_LINE_WORDS.split())


class Kind(IntEnum):
    """What a line with a date says of itself, from the least to the most."""

    LOOSE = 0
    """A date at the edge of a few other words: a section, a place, the number of comments."""
    BARE = 1
    """A date alone."""
    DATED = 2
    """A date with its weekday or time of day or after its author, or an ISO timestamp."""
    PUBLISHED = 3
    """The line says that it is the publication."""


@dataclass(frozen=True)
class Stated:
    """A date that a line states."""

    at: dt.datetime
    """UTC."""
    day: dt.date
    """As it is written, wherever that was."""
    exact: bool
    """With a time of day and its zone."""
    kind: Kind
    weekday: bool = False
    """The weekday is named and no author, as in the date of today that pages begin with."""


def read_date(line: str) -> Stated | None:
    """The date that a stripped line states, None when it states none or is unclear.

    3/4/2020 is unclear: sites in languages that put the day first write the month first too.
    """
    return _read(line) if len(line) <= LONGEST and _HINT.search(line) else None


@lru_cache(maxsize=1 << 12)
def _read(line: str) -> Stated | None:
    low = line.casefold().replace("\u00a0", " ")
    stated, changed = _STATED.search(low), _CHANGED.search(low)
    if stated and changed:
        # "Published 1 May, updated 2 May", in either order: only the first part is of use.
        low = (
            low[stated.start() : changed.start()]
            if stated.start() < changed.start()
            else low[stated.start() :]
        )
    elif changed:
        # What stands before it may be the publication: "Anna Berg, 12 June. Updated 18 June"
        low = low[: changed.start()]
    found = _dates(low)
    if not found or (len(found) > 1 and not _run_together(low, found)):
        return None
    date = found[0]
    day = _day(date)
    if day is None:
        return None
    rest = low[: date.start()] + " " + low[found[-1].end() :].removeprefix("t")
    times = [match for match in _TIME.finditer(rest) if _clock(match) is not None]
    words = _WORD.findall(_TIME.sub(" ", rest))
    near = low[max(0, date.start() - NEAR) : date.start()]
    if len(found) == 1:
        near += " " + low[date.end() :][:NEAR]
    weekdays = {WEEKDAY_OF[word] for word in _WORD.findall(near) if word in WEEKDAY_OF}
    if len(weekdays) == 1 and day.weekday() not in weekdays:
        return None
    if len(times) > 1 and len({_clock(match) for match in times}) > 1:
        return None
    by = any(map(_BY.match, (low.lstrip(), _lead(low, date), low[date.end() :].lstrip(_SIGNS))))
    kind = _kind(low, date, rest, words, stated=bool(stated), plain=bool(weekdays or times), by=by)
    if kind is None or (day.year < WEB and kind < Kind.PUBLISHED):
        return None
    midnight = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    clock = _clock(times[0]) if times else None
    offset = _offset(times[0], rest, day) if times else None
    if clock is None or offset is None:
        return Stated(midnight, day, exact=False, kind=kind, weekday=bool(weekdays) and not by)
    at = midnight + clock - dt.timedelta(minutes=offset)
    return Stated(at, day, exact=True, kind=kind, weekday=bool(weekdays) and not by)


def read_field(value: str) -> Stated | None:
    """The date in a field that holds nothing else; None when it can be read in two ways."""
    found = read_date(" ".join(value.split()))
    # 1970-01-01 is what a missing date becomes on its way through software.
    return found if found and found.kind > Kind.LOOSE and found.at.year > 1970 else None


def _dates(low: str) -> list[re.Match[str]]:
    found = [match for pattern in _TEXT_DATES for match in pattern.finditer(low)]
    found += [match for pattern in _NUMBER_DATES for match in pattern.finditer(low)]
    return sorted(found, key=lambda match: match.start())


def _run_together(low: str, found: list[re.Match[str]]) -> bool:
    """Whether two dates are the publication and the change that themes hide: the same day again,
    or glued to the first without a sign between them."""
    if len(found) != 2:
        return False
    first, second = (_day(date) for date in found)
    gap = _TIME.sub("", low[found[0].end() : found[1].start()])
    return first is not None and (first == second or not gap or gap.strip(" ,") in WEEKDAY_OF)


def _kind(
    low: str,
    date: re.Match[str],
    rest: str,
    words: list[str],
    *,
    stated: bool,
    plain: bool,
    by: bool,
) -> Kind | None:
    """What the words around the date make of the line, None when it is no date line."""
    if stated:
        return Kind.PUBLISHED if _of_page(low, date) else None
    others = [
        word for word in words
        if word not in WEEKDAY_OF and word not in _SMALL and word not in _LINE_WORDS
    ]  # fmt: skip
    if not others:
        return Kind.DATED if plain else Kind.BARE
    before = low[: date.start()]
    first = [word for word in _WORD.findall(before) if word not in WEEKDAY_OF]
    tail = low[date.end() :]
    ahead = not first and (_AHEAD.match(tail) or _TIME.match(tail.lstrip(_SIGNS))) is not None
    if plain and ahead and len(others) <= 2 * ASIDE:
        return Kind.DATED  # "Wednesday, 1 November 2023 - World", "2020-02-19 20:29  Agencies"
    if plain and _HAN.search(rest) and len(low) <= 80 and low[date.start()].isdigit():
        return Kind.DATED  # Chinese and Japanese pages put the source on the same line
    if len(others) > ASIDE * (1 + ahead) or _NOT_PAGE.search(rest) or low[-1] in ".!?:;":
        return None
    if by:
        return Kind.DATED
    if _HEADLINE.match(tail):
        return None
    lead = " ".join(word for word in _lead(low, date).split() if word.strip(",.") not in WEEKDAY_OF)
    if lead and _OF.search(lead + " "):
        return None  # "concert on 3 May 2020"
    after = [word for word in _WORD.findall(low[date.end() :]) if word not in _LINE_WORDS]
    if first and after and not _PART.search(before + " "):
        return None
    return Kind.LOOSE if len(first) <= 4 or _PART.search(before) else None


_HEADLINE: Final = re.compile(r"\s*:\s*[^\W\d]")
_HAN: Final = re.compile(r"[\u3040-\u9fff]")
_SIGNS: Final = " ,|•·:–—-"


def _lead(low: str, date: re.Match[str]) -> str:
    """What stands before the date in its part of the line."""
    return _PART.split(low[: date.start()])[-1].strip(" ,([")


_PART: Final = re.compile(r"\s*[|•·:–—(/›»]|\s-\s|\s{2,}")
_AHEAD: Final = re.compile(r"\s*[|•·–—(/›»]|\s-\s|\s{2,}")
"""The same but for the colon, which a headline may follow."""
_THIS_WORDS: Final = """this article story post page entry was were has been on is dieser dieses artikel beitrag eintrag
    wurde cet a été este artículo fue ha sido tarihi i übersetzung translation"""
_THIS: Final = frozenset(_THIS_WORDS.split())
"""Words of "this article was first", which say that the page speaks of itself."""
NAMES: Final = 6
"""Words that may stand between "Posted" and its date: who did it, where."""


def _of_page(low: str, date: re.Match[str]) -> bool:
    """Whether "published" speaks of the page: it opens its part of the line or follows its date,
    with no more than a name between them. "A report published on 3 May accuses" does not."""
    for said in _STATED.finditer(low):
        lead = _PART.split(low[: said.start()])[-1]
        before = [] if _BY.match(lead.lstrip()) and len(lead) < SHORT else _WORD.findall(lead)
        if said.start() >= date.end():  # "3 May 2020 (published)"
            between, after = low[date.end() : said.start()], low[said.end() :]
            before = []
        else:
            between, after = low[said.end() : date.start()], low[date.end() :]
        rest = _TIME.sub(
            " ", _PART.split(after.lstrip(" ,|•·:–—-)").removeprefix("t"), maxsplit=1)[0]
        )
        by = _BY.search(between) or _BY.match(after.strip(_SIGNS))
        if (
            all(word in _THIS or word in _SMALL for word in before)
            and len([w for w in _WORD.findall(_TIME.sub(" ", between)) if w not in _SMALL]) <= NAMES
            and len([w for w in _WORD.findall(rest) if w not in _SMALL])
            <= (NAMES + 4 if by else NAMES - 2)
        ):
            return True
    return False


def _day(found: re.Match[str]) -> dt.date | None:
    parts = found.groupdict()
    year = int(parts["y"])
    if len(parts["y"]) == 2:
        year += 2000
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
        month = MONTH_OF[parts["mon"]] if parts.get("mon") else int(parts["m"])
    try:
        return dt.date(year, month, day)
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


def _offset(found: re.Match[str], text: str, day: dt.date) -> int | None:
    """Minutes east of Greenwich of a time, None when its zone is not stated or not clear."""
    zone = found["zone"] or ""
    signed = found["offset"] if zone in ("gmt", "utc") and found["offset"] else zone
    match = re.fullmatch(r"([+-])(\d{1,2}):?(\d\d)?", signed)
    if match:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return minutes if match[1] == "+" else -minutes
    if zone:
        return zone_offset(zone, day)
    before = re.search(r"(?<!\w)(gmt|utc)[\s:]*$", text[: found.start()])
    return 0 if before else None
