"""Wording by which short lines give away that they belong to the page, not to its article.

Each entry is general wording of a language, never of a site. Patterns are matched on the case-folded
line, anchored at its start, with no nested repetition, and only on short lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 300
"""Longer lines are never judged by wording."""


@dataclass(frozen=True)
class Cue:
    """What a line's wording says about it."""

    code: str
    reason: str
    closes: bool
    """Whether what stands below is no longer the article."""


_RELATED = r"""(?:also|please|must)\ reads?|reads?\ (?:also|next|more(?:\ (?:about|on|at|here))?|the\ full\ \w+)|
    see\ also|watch\ (?:also|now|more)|more\ (?:on\ this(?:\ \w+)?|from|stories|news|in|coverage)|
    related(?:\ (?:articles?|stor(?:y|ies)|news|posts?|content|topics?|links?|coverage|reading|to\ this\ \w+))?|
    recommended(?:\ (?:for\ you|articles?|stories|reading))?|don[’']?t\ miss|you\ (?:may|might)\ (?:also\ )?(?:like|be\ interested(?:\ in)?)|
    (?:most|best)\ (?:read|popular|viewed|shared|commented)|trend(?:s|ing)(?:\ (?:now|today|\d+h))?|latest(?:\ (?:news|stories|articles|posts))?|
    editor[’']?s?\ (?:picks?|choice)|top\ stories|in\ other\ news|up\ next|further\ reading|
    lesen\ sie\ (?:auch|mehr|hier|dazu)|lies\ auch|mehr\ (?:zum\ thema|dazu|artikel|aus|lesen)|siehe\ auch|auch\ interessant|
    weitere\ (?:artikel|nachrichten|meldungen|themen|beiträge)|das\ könnte\ (?:sie|dich)\ (?:auch\ )?interessieren|meistgelesen(?:e\ artikel)?|
    zum\ thema|ähnliche\ (?:artikel|beiträge)|verwandte\ (?:artikel|themen|beiträge)|
    (?:à|a)\ (?:lire|voir)(?:\ (?:aussi|également))?|lire\ (?:aussi|également|la\ suite|plus)|voir\ aussi|sur\ le\ même\ (?:sujet|thème)|articles?\ (?:liés|similaires|associés)|les\ plus\ lus|
    le[ae]r?\ (?:también|más|además)|ver\ también|te\ puede\ interesar|también\ te\ puede\ interesar|noticias\ relacionadas|artículos?\ relacionados?|lo\ más\ (?:leído|visto)|
    le(?:ia|r)\ (?:também|mais)|veja\ (?:também|mais)|saiba\ mais|mais\ lidas|leggi\ anche|potrebbe\ interessarti|articoli\ correlati|
    lees\ (?:ook|meer|verder)|zie\ ook|czytaj\ (?:też|także|również|więcej)|zobacz\ (?:też|także|również)|przeczytaj\ (?:też|także)|polecamy|
    читайте\ (?:также|ещё|еще)|смотрите\ также|по\ теме|материалы\ по\ теме|ayrıca\ (?:okuyun|bakınız)|ilgili\ haberler|bunlar\ da\ ilginizi\ çekebilir|
    läs\ (?:också|även|mer)|læs\ også|les\ også|lue\ myös|اقرأ\ أيض[اًا]*|إقرأ\ أيض[اًا]*|شاهد\ أيض[اًا]*|مواضيع\ ذات\ صلة|اخبار\ ذات\ صلة|أخبار\ ذات\ صلة|
    other\ (?:stories|news|articles)|mehr\ nachrichten|autres\ (?:articles|actualités)|à\ découvrir|otras\ noticias|altre\ notizie|outras\ notícias|
    diğer\ haberler|(?:i̇|i)lg(?:i̇|i)l(?:i̇|i)\ (?:haber|(?:i̇|i)çerik)(?:ler)?|en\ çok\ okunan(?:lar)?|ال[أا]كثر\ قراءة|المزيد\ من|самое\ (?:читаемое|популярное)|другие\ новости|(?:ещё|еще)\ по\ теме|
    διαβάστε\ (?:επίσης|ακόμα|ακόμη)|δείτε\ (?:επίσης|ακόμα)|σχετικά\ (?:άρθρα|νέα)|関連(?:記事|ニュース)|あわせて読みたい|おすすめ記事|相关(?:新闻|阅读|链接)|延伸阅读|推荐阅读|相關(?:新聞|閱讀)|延伸閱讀|
    (?:यह|ये)\ भी\ पढ़ें|بیشتر\ بخوانید"""

_COMMENT = r"""(?:your\ |full\ |first\ |last\ )?(?:name|e-?mail(?:\ address)?|website|comments?(?:\ title)?|message|subject|nickname|url)\s*\*?:?\s*$|
    (?:leave|post|add|write|submit|join)\ (?:a|an|your|the)\ (?:comments?|repl(?:y|ies)|conversation|discussion)|
    \(?\d*\)?\s*(?:comments?|responses?|replies|kommentare?|antworten|commentaires?|comentarios?|comentários?|commenti|reacties|komentarz[ey]?|yorum(?:lar)?|комментари[йяеив]+|تعليقات?|التعليقات)(?:\s*\(?\d*\)?|\ (?:are\ closed|off|on\ this.*))\s*:?\s*$|
    comments?\ (?:are|is)\ (?:closed|moderated|disabled|subject)|comment\ (?:policy|guidelines)|
    :?\s*characters?\ (?:left|remaining)|mandatory(?:\ fields?)?\s*\*?\s*$|required\ fields|security\ code|captcha|your\ e-?mail\ address\ will\ not|
    (?:log|sign)\ in\ to\ (?:comment|reply|leave|post)|you\ must\ be\ logged\ in|notify\ me\ (?:of|when)|save\ my\ name|publishing\ terms|
    (?:schreiben?|hinterlassen?|verfassen?)\ (?:sie\ )?(?:einen|ihren|deinen)\ kommentar|(?:einen\ )?kommentar\ (?:schreiben|hinterlassen|verfassen|abgeben|senden)|deine\ e-?mail|ihre\ e-?mail|schreibe\ einen|
    laisse[rz]\ un\ commentaire|ajouter\ un\ commentaire|votre\ (?:adresse\ )?e-?mail|deja(?:r)?\ (?:un|tu)\ comentario|tu\ dirección\ de\ correo|deixe\ (?:um|seu)\ comentário|lascia\ un\ commento|
    dodaj\ komentarz|оставить\ комментарий|добавить\ комментарий|yorum\ (?:yap|yaz|ekle)|أضف\ تعليق|اترك\ تعليق|
    \d+\ (?:responses?|comments?|replies|thoughts?|kommentare|antworten)\ (?:to|on|auf|zu)\b"""
_COMMENT_INSIDE = {
    " with comment": r".{0,60}(?:issues?|problems?|trouble)\ with\ comment",
    " at ": r".{2,40}\ (?:on|am)\ .{5,25}\ at\ \d{1,2}[:.]\d\d.{0,12}$",
    " um ": r".{2,40}\ (?:on|am)\ .{5,25}\ um\ \d{1,2}[:.]\d\d.{0,12}$",
}

_LEGAL = r"""\(c\)\ (?:19|20)\d\d|copyright\s*(?:\(c\)|:|(?:19|20)\d\d|by\ |$)|
    (?:i\ agree\ (?:to|with)\ the\ )?terms\ (?:of\ (?:use|service)|(?:and|&)\ conditions)|privacy\ (?:policy|notice|settings)|cookie\ (?:policy|settings|notice)|
    impressum\s*$|datenschutz(?:erklärung)?\s*$|mentions\ légales|politique\ de\ confidentialité|aviso\ legal|política\ de\ (?:privacidad|privacidade|cookies)|
    (?:this|our)\ (?:web)?site\ uses\ cookies|we\ use\ cookies|diese\ (?:web)?seite\ (?:verwendet|nutzt)\ cookies|wir\ verwenden\ cookies|ce\ site\ utilise\ des\ cookies|este\ sitio\ (?:web\ )?(?:utiliza|usa)\ cookies|
    (?:the\ )?views\ (?:and\ opinions\ )?expressed\ (?:in|on|here|by)|disclaimer\s*:"""
_LEGAL_INSIDE = {
    **{
        words: rf".{{0,80}}{re.escape(words)}"
        for words in (
            "©", "all rights reserved", "alle rechte vorbehalten", "tous droits réservés",
            "todos os direitos reservados", "tutti i diritti", "все права защищены", "tüm hakları",
            "جميع الحقوق محفوظة",
        )
    },
    "derechos reservados": r".{0,80}(?:todos\ los\ )?derechos\ reservados",
}  # fmt: skip

_NOTICE = r"""(?:error\ )?404\b.{0,40}$|(?:page|seite|article|artikel)\ (?:not|nicht)\ (?:found|gefunden)|(?:sorry,?\ )?(?:the|this)\ (?:page|article|site)\ (?:you\ |is\ not\ available|cannot\ be\ reached|does\ not\ exist)|
    please\ (?:enable|turn\ on|activate)\ (?:javascript|cookies)|(?:you\ need\ to\ enable\ )?javascript\ (?:is|must\ be|muss)|bitte\ aktivieren\ sie\ javascript|we\ (?:value|respect)\ your\ privacy|we\ and\ our\ (?:\d+\ )?partners|
    wir\ (?:und\ unsere|schätzen\ ihre)\ (?:partner|privatsphäre)|(?:accept|reject|alle)\ (?:all|akzeptieren|ablehnen)(?:\ cookies)?\s*$|are\ you\ a\ robot|checking\ your\ browser|access\ denied|
    did\ you\ (?:find|spot|notice)\ an?\ (?:mistake|error|typo)|(?:если\ )?(?:вы\ )?(?:нашли|заметили|обнаружили)\ ошибку|fehler\ (?:gefunden|entdeckt|melden)|haben\ sie\ einen\ fehler|
    (?:this|the)\ (?:video|audio|content)\ (?:can\ ?not|is\ not)\ |to\ (?:play|view|watch)\ this\ (?:video|content)|(?:this\ )?(?:article|story)\ (?:was|has\ been)\ (?:amended|corrected|first\ published)|
    (?:corrections?|clarification|editor[’']s\ note)\s*[:：]|this\ (?:article|content|story)\ is\ (?:for|reserved|only|available)\ .{0,20}(?:subscribers|members)|
    cet\ article\ est\ réservé|réservé\ aux\ abonnés|s[’']abonner\b|déjà\ abonné|dieser\ (?:artikel|inhalt)\ ist\ (?:nur|exklusiv)|bereits\ abonnent|contenido\ exclusivo|(?:solo|exclusivo)\ para\ (?:suscriptores|assinantes)|
    только\ для\ подписчиков|この記事は(?:有料)?会員|有料会員限定|bu\ (?:haber|içerik)\ abonelere|هذا\ المحتوى\ (?:حصري|للمشتركين)"""
_NOTICE_INSIDE = {"already a ": r".{0,40}already\ a\ (?:subscriber|member)"}

_SHARE = r"""(?:share|teilen|partager|compartir|compartilhar|condividi|delen|udostępnij|поделиться|paylaş|مشاركة|tweet|tweeten|twittern|pin\ it|e-?mail|print|drucken|imprimer|imprimir)(?:\ (?:this|on|via|with|auf|sur|en|this\ \w+|to|facebook|twitter|whatsapp|x|linkedin|article|artikel|story|post|page))*\s*[:!]?\s*$|
    (?:follow|like|find|join|subscribe)\ (?:to\ )?(?:us|me|our|@\w+)\b|folgen\ sie\ uns|suivez[-\ ]nous|síguenos|siga-nos|sign\ up\ (?:for|to)|subscribe\ (?:to|now|for)|get\ (?:the|our)\ (?:latest|daily|best|app|newsletter)|newsletter\b|
    abonne[zr]\b|jetzt\ abonnieren|suscríbete|download\ (?:the|our)\ app|support\ (?:us|our\ (?:work|journalism))|become\ a\ (?:member|subscriber|patron)|already\ a\ subscriber|advertisement\s*$|anzeige\s*$|werbung\s*$|publicité\s*$|publicidad\s*$|реклама\s*$|إعلان\s*$|story\ continues\ below|(?:scroll|skip)\ (?:to|down)\b|
    подписывайтесь|подпишитесь|подписаться|поделиться\b|abone\ ol(?:un)?\b|bizi\ takip|اشترك\b|تابعنا|chaque\ (?:matin|jour|semaine),\ .{0,90}\b(?:boîte|mail)|
    print\ version|druckversion|version\ imprimable|версия\ для\ печати|отправить\ по\ почте|реклама\ на\ сайте|follow\ (?:him|her|them)\ on\ """
_SHARE_INSIDE = {
    "in your inbox": r".{0,80}\bin\ your\ inbox\b",
    "newsletter": r".{0,40}\bnewsletter\W*$",
    " can be reached ": r".{3,60}\ can\ be\ reached\ (?:at|by|on)\ ",
}

_CREDIT = r"""(?:sources?|quellen?|fuentes?|fontes?|fonti|bron|źródło|источник|kaynak|المصدر|credit|via|with\ inputs\ from|originally\ published\ (?:by|in|on))\s*[:：]|
    (?:additional\ )?(?:reporting|writing|editing|report|edited|compiled|translated)\ by\ |our\ standards\s*:|(?:enditem|end\ item|ends)\W*$|
    \W{0,3}(?:afp|ap|reuters|dpa|apa|efe|ansa|xinhua|upi|tass|agencies|pti|ians|ani|afp/\w+|[a-z]{2,8}/afp)\W{0,3}$"""

_CAPTION_START = r"""(?:photo|image|picture|foto|bild|photograph|photo\ credit|image\ credit|crédit\ photo|imagen|file\ photo|caption|фото|صورة)s?\s*[:©/(]"""

_CAPTION = r"""(?:photo|image|picture|foto|bild)s?\ (?:by|courtesy|von)\ """
_CAPTION_INSIDE = {
    "pictured": r".{3,200}(?:,\ pictured\b|\bpictured\ (?:in|on|at|with|here|above|left|right)\b)",
    "file p": r".{3,200}\bfile\ (?:photo|picture)\b",
    "(": r""".{3,200}\((?:l|r|c|left|right|cent(?:er|re)|links|rechts|à\ gauche|à\ droite|izq|der)\)|
        .{5,280}\((?:afp|reuters|ap|epa|dpa|file)(?:\ photo)?\)\W{0,3}$""",
    "getty images": r".{5,280}getty\ images\W{0,3}$",
    "/": r".{5,280}/\s?(?:afp|reuters|ap|epa|dpa|getty|apa)\W{0,3}$",
    "photo": r""".{5,280}(?:\bap\ photo(?:/.{2,60})?|(?:file\ )?photo\s*(?:by|:|/|courtesy).{2,40})\W{0,3}$""",
    "foto": r".{5,280}foto\s*:.{2,40}\W{0,3}$",
    "bild": r".{5,280}bild\s*:.{2,40}\W{0,3}$",
}

_UPDATED = r"""(?:last\ |first\ )?(?:updated|modified|published|posted|edited|created)(?:\ (?:on|at))?\s*[:|]|(?:zuletzt\ )?aktualisiert|veröffentlicht\ (?:am|:)|stand:|
    (?:publié|mis\ à\ jour|modifié)\ (?:le|à)|(?:publicado|actualizado|atualizado)(?:\ (?:el|em))?\b|pubblicato|aggiornato|опубликовано|обновлено|yayınlanma|güncelleme|
    (?:posted|published)\ (?:on|by)\ .{4,60}$|
    \d{1,2}[:.h]\d\d(?:[:.]\d\d)?(?:\s*(?:uhr|h|[ap]\.?\ ?m\.?))?(?:\W*(?:just\ now|\d+\s*(?:min(?:ute)?s?|hours?|h|std|stunden?)\ (?:ago|her)|(?:vor|il\ y\ a|hace)\ .{2,20}))?\W*$"""


_TAGS = r"""(?:tags?|keywords?|schlagw(?:ör|or)ter?|stichwörter|mots[-\ ]clés|etiquetas|archivado\ en|palavras[-\ ]chave|etiketler|теги|метки|ключевые\ слова|الكلمات\ المفتاحية|الكلمات\ الدلالية|وسوم|タグ|标签|关键词|關鍵字)\s*[:：]|
    filed\ under\b|posted\ in\b"""
_TAGS_INSIDE = {"bookmark the permalink": r".{0,80}bookmark\ the\ permalink"}


@dataclass(frozen=True)
class _Wording:
    """How lines of one kind read."""

    says: Cue
    start: re.Pattern[str]
    inside: tuple[tuple[str, re.Pattern[str]], ...] = ()
    """Patterns for what stands further on, each with words that only lines that it matches hold."""


def _wording(says: Cue, start: str, inside: Mapping[str, str] = MappingProxyType({})) -> _Wording:
    compiled = ((words, re.compile(source, re.VERBOSE)) for words, source in inside.items())
    return _Wording(says, re.compile(start, re.VERBOSE), tuple(compiled))


_CAPTION_CUE: Final = Cue("caption", "picture caption or credit", closes=False)
_ANY_LINE: Final = (
    _wording(Cue("legal", "copyright, terms or cookie notice", closes=True), _LEGAL, _LEGAL_INSIDE),
    _wording(Cue("comment-form", "comment form or notice", closes=True), _COMMENT, _COMMENT_INSIDE),
    _wording(Cue("notice", "error or consent notice", closes=False), _NOTICE, _NOTICE_INSIDE),
    _wording(Cue("tags", "tags or sections of the page", closes=False), _TAGS, _TAGS_INSIDE),
    _wording(
        Cue("share", "share, subscribe or advertisement line", closes=False), _SHARE, _SHARE_INSIDE
    ),
    _wording(_CAPTION_CUE, _CAPTION_START),
)
_NO_SENTENCE: Final = (
    _wording(Cue("credit", "credit of a source, not part of the text", closes=True), _CREDIT),
    _wording(_CAPTION_CUE, _CAPTION, _CAPTION_INSIDE),
    _wording(Cue("date", "date or time of the page", closes=False), _UPDATED),
)
"""Wording that running text may begin or end with as well."""
_EITHER: Final = (*_ANY_LINE, *_NO_SENTENCE)
SENTENCE: Final = 10
"""Lines that end like a sentence and have so many words are taken for running text."""
_RELATED_START: Final = re.compile(rf"\W{{0,4}}(?:{_RELATED})(?!\w)(?P<rest>.*)$", re.VERBOSE)
_RELATED_GLUED: Final = re.compile(rf"\W{{0,4}}(?:{_RELATED})", re.VERBOSE)
"""Links are often dumped without the space after such words."""
_SEPARATOR: Final = re.compile(r"\s*(?:[:：|»>›…]|\.\.+)|\s+[\-–—]\s")
_ALSO: Final = re.compile(
    r"\b(?:also|auch|aussi|également|también|também|anche|ook|też|także|również|также|okuyun|också|også|myös)\b|أيض"
)
_LINK: Final = Cue("related-link", "link to another article", closes=False)
_HEADER: Final = Cue("related-header", "heading of links to other articles", closes=True)


def cue(line: str, *, ends: bool) -> Cue | None:
    """What the wording of a stripped line gives away, None when nothing.

    `ends` tells whether the line ends like a sentence: then it must say more to be taken for a link.
    """
    return _cue(line, ends) if len(line) <= LONGEST else None


@lru_cache(maxsize=1 << 12)
def _cue(line: str, ends: bool) -> Cue | None:
    low = line.casefold()
    found = _RELATED_START.match(low)
    if found:
        rest = found["rest"]
        if not rest.strip(" :：.…!»>›|-–—*"):
            return _HEADER
        # "Latest figures show..." is no link: it needs a separator, or the word "also".
        if _SEPARATOR.match(rest) or (not ends and _ALSO.search(low, 0, found.start("rest"))):
            return _LINK
    glued = _RELATED_GLUED.match(low) if len(low) == len(line) else None
    if glued and line[glued.end() : glued.end() + 1].isupper():
        return _LINK
    running = ends and low.count(" ") + 1 >= SENTENCE
    for wording in _ANY_LINE if running else _EITHER:
        if wording.start.match(low):
            return wording.says
        for words, pattern in wording.inside:
            if words in low and pattern.match(low):
                return wording.says
    return None
