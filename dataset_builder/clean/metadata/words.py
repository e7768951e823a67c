"""Word lists by which names, bylines and date lines are told from other text."""

from __future__ import annotations

from typing import Final

PARTICLES: Final = (
    """de da do dos del della di du la le van von der den zu bin ibn al el ben y e and und et"""
)
"""Small words inside names."""

PRESS: Final = """times post news today herald daily gazette tribune guardian telegraph observer independent
    journal chronicle standard mail express star mirror weekly review monitor press reporter examiner courier
    zeitung anzeiger kurier nachrichten presse tageblatt rundschau allgemeine morgenpost blatt bote monde
    figaro libération parisien dépêche courrier país mundo vanguardia diario periódico prensa jornal folha
    estado gazzetta corriere repubblica stampa giornale gazeta wyborcza rzeczpospolita gazetesi haber новости
    газета известия ведомости правда صحيفة جريدة أخبار tv radio"""
"""Words that names of outlets are made of."""

NO_PLACE: Final = """breaking update updated watch video opinion exclusive analysis live comment editorial
    correction photos photo read listen news politics world sport sports business interview factbox explainer
    home menu section page part chapter note review profile obituary timeline fact check column tip advice
    warning question answer"""
"""Words before a dash or colon that announce a kind of text, no place."""

NO_AUTHOR: Final = """admin administrator staff desk newsdesk team newsroom redaktion redaction rédaction redacción
    redação redazione editor editors editorial author webmaster online web ort
    datum stand seite twitter facebook instagram account follow folgen email mail kommentare comments وكالة وكالات"""
"""Words in an author's place that name no person."""

DATE_FILLERS: Final = """at um à a às on am le el em alle om o kl the of de ore hrs h clock date datum data uhr gmt utc"""
"""Words inside a date line that say nothing more."""

DATE_LINE_WORDS: Final = """comment comments kommentar kommentare kommentieren commentaire commentaires comentario comentarios
    comentários commenti reactie reacties komentarz komentarze yorum min minute minutes minuten read lesezeit lesedauer lectura
    minutos views aufrufe shares reply replies antworten leave hinterlasse hinterlassen einen uncategorized allgemein"""
"""Words that stand beside the date of an article and say nothing about it."""
