"""Words and phrases that `generate.py` builds articles and sites from, language by language.

All of it is written for this purpose. A sentence is a pattern with slots: S who, V does what to O,
T when, L where, R why, Q what somebody said; {p} a person, {c} a place, {o} an organisation, {n} a
number, all invented per article.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """What is needed to write pages in one language."""

    code: str
    syllables: str
    """Names are made from these; the first letter is put in upper case where there is one."""
    companies: tuple[str, ...]
    subjects: tuple[str, ...]
    verbs: tuple[str, ...]
    objects: tuple[str, ...]
    times: tuple[str, ...]
    places: tuple[str, ...]
    reasons: tuple[str, ...]
    sayings: tuple[str, ...]
    patterns: tuple[str, ...]
    headlines: tuple[str, ...]
    topics: tuple[str, ...]
    """Entries of menus and sections."""
    tools: tuple[str, ...]
    """Sharing, searching, subscribing: short lines around an article."""
    form: tuple[str, ...]
    """A comment form."""
    notices: tuple[str, ...]
    """Whole sentences that are no article: cookies, rights, subscriptions, rules for comments."""
    related: tuple[str, ...]
    """Headings over lists of other articles."""
    also: str
    byline: str
    photo: str
    date: str
    months: tuple[str, ...]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().split("\n"))


ENGLISH = Language(
    code="en",
    syllables="ka lo mi ran del tor ves hal bri mon sta fer wyn cor lan eth gar nor bel sim pol dar rin hol mar ked",
    companies=("{x} Holdings", "{x} Institute", "{x} Group", "University of {x}", "{x} Rail"),
    subjects=_lines("""
        the finance ministry
        the regional court
        a spokeswoman for {o}
        the mayor of {c}
        the head of the port authority
        the teachers' union
        an independent panel led by {p}
        the central bank
        the opposition leader, {p},
        the harbour police
        the water company
        the council in {c}
        a senior adviser to {p}
        the largest hospital of the region
        the parliamentary committee
        the owner of the factory near {c}
        the environment agency
        a group of {n} residents
        the coalition partner
        the foreign ministry
        the border commission
        {o}, which employs {n} people,
        {p}, who has followed the case since last year,
        {p}, a lawyer from {c},"""),
    verbs=_lines("""
        rejected
        published
        agreed to finance
        refused to comment on
        called for a review of
        delayed
        withdrew from
        promised to explain
        criticised
        defended
        put off
        will vote next week on
        has started work on
        took over responsibility for
        asked the judges to suspend
        warned against
        presented
        raised doubts about
        cut back
        signed"""),
    objects=_lines("""
        the plan for a second bridge
        the report on last winter's power failures
        the sale of {n} hectares of public land
        a draft of the new fisheries agreement
        the budget for the coming year
        the contract with {o}
        the expansion of the airport
        {n} new places in nurseries
        the list of candidates
        the rules for short-term rentals
        a loan of {n} million
        the inquiry into the fire at the depot
        the tunnel between {c} and the coast
        a proposal to close {n} village schools
        the truce that had been reached in spring
        higher fees for lorries
        the appointment of {p}
        the trial of the former director
        talks with the truck drivers
        the exhibition in the old customs house"""),
    times=_lines("""
        on Monday
        late on Tuesday evening
        after a meeting that lasted {n} hours
        for the second time this year
        before the summer recess
        during a visit to {c}
        only days before the deadline
        in a letter seen by this newspaper
        on Thursday morning
        at the end of a long debate
        shortly after the figures became known
        for the first time since the election"""),
    places=_lines("""
        in {c}
        at a public hearing in {c}
        outside the town hall
        in the northern districts
        in front of {n} reporters
        along the coast
        in the capital
        at the headquarters of {o}
        in a village near {c}
        on both sides of the river"""),
    reasons=_lines("""
        because costs had risen by {n} per cent
        although experts had advised against it
        after weeks of protests
        which {p} described as a mistake
        while negotiations with {o} continue
        as the number of applications fell to {n}
        to the surprise of many in {c}
        citing a shortage of skilled workers
        even though the money has not been found
        in spite of a ruling by the regional court
        a decision that affects about {n} households
        and nobody expects that to change soon"""),
    sayings=_lines("""
        We have waited for {n} years and we can wait another month
        This is not the end of the matter
        Nobody asked the people who live here
        The figures speak for themselves
        I would sign it again tomorrow
        There is no plan, and there is no money either
        We will look at every single case
        It was the right decision at the wrong time
        People in {c} deserve an answer
        If that bridge is not built now, it never will be"""),
    patterns=_lines("""
        {S} {V} {O} {T}.
        {T}, {S} {V} {O}.
        {S} {V} {O}, {R}.
        “{Q},” {p} said {L}.
        {S} {V} {O} {L} {T}, {R}.
        {L}, {S} {V} {O}, {R}.
        According to {o}, {S} {V} {O} {T}.
        “{Q},” said {p}. “{Q}.”
        Of the {n} people who were questioned {L}, only {n} were in favour.
        {S} {V} {O}; {p} {V} {O} {T}."""),
    headlines=_lines("""
        {c} votes on {O}
        {o} under pressure over jobs in {c}
        Why {p} is leaving {o}
        {n} questions about {O}
        Court in {c} stops {O}
        {p} and the long road to {c}
        What the agreement means for {c}
        {c}: {n} families wait for help"""),
    topics=_lines("""
        Home
        News
        World
        Politics
        Business
        Markets
        Opinion
        Sport
        Football
        Culture
        Books
        Travel
        Science
        Health
        Education
        Technology
        Motoring
        Obituaries
        Weather
        Jobs
        Property
        Crosswords
        Podcasts
        Video
        In pictures
        Local news
        Letters"""),
    tools=_lines("""
        Share
        Share on Facebook
        Tweet
        Print this page
        E-mail a friend
        Save for later
        Listen to this article
        Subscribe
        Sign in
        My account
        Search
        Skip to content
        Back to top
        Follow us
        Text size A A A
        Advertisement"""),
    form=_lines("""
        Leave a comment
        Your name *
        Your e-mail *
        Comment
        Remember me on this computer
        Post comment
        Be the first to comment on this article"""),
    notices=_lines("""
        We use cookies to measure how our pages are used. By going on you agree to that; you can change your mind at any time in the settings.
        All rights reserved. No part of this site may be copied without written permission of the publisher.
        Sign up to our morning newsletter and get the stories of the day before breakfast.
        You have read {n} of your free articles this month. Subscribe to read on.
        Comments are checked before they appear. Please stay polite and keep to the subject.
        This site is protected and its privacy policy and terms of service apply.
        The editors are not responsible for what is written on other sites that we link to."""),
    related=("Related articles", "Most read", "More from this section", "Editor's picks"),
    also="Read also: ",
    byline="By {p}",
    photo="{p} {L}. Photo: {p}",
    date="{month} {day}, {year}",
    months=("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
)  # fmt: skip

GERMAN = Language(
    code="de",
    syllables="ha ber lin gen stein brü wal der hof mar kel sen ritt bach ul trau hei den loh neu furt grä mün",
    companies=("{x} AG", "Stiftung {x}", "{x}-Werke", "Universität {x}", "{x} Bahn"),
    subjects=_lines("""
        das Finanzministerium
        das Landgericht
        eine Sprecherin von {o}
        der Bürgermeister von {c}
        der Leiter der Hafenbehörde
        die Lehrergewerkschaft
        ein Gutachterkreis um {p}
        die Notenbank
        die Oppositionsführerin {p}
        der Wasserversorger
        der Gemeinderat von {c}
        ein enger Berater von {p}
        das größte Krankenhaus der Region
        der zuständige Ausschuss
        der Besitzer der Fabrik bei {c}
        die Umweltbehörde
        eine Gruppe von {n} Anwohnern
        der Koalitionspartner
        {o} mit seinen {n} Beschäftigten"""),
    verbs=_lines("""
        verteidigte
        kritisierte
        veröffentlichte
        finanziert
        unterschrieb
        verschob
        prüft
        erklärte
        beanstandete
        übernahm
        stoppte
        begrüßte
        kürzte
        bestätigte"""),
    objects=_lines("""
        den Plan für eine zweite Brücke
        den Bericht über die Stromausfälle des vergangenen Winters
        den Verkauf von {n} Hektar öffentlichen Bodens
        einen Entwurf des neuen Fischereiabkommens
        den Haushalt für das kommende Jahr
        den Vertrag mit {o}
        den Ausbau des Flughafens
        {n} neue Plätze in Kindergärten
        die Regeln für Ferienwohnungen
        einen Kredit über {n} Millionen
        die Untersuchung des Brandes im Lager
        den Tunnel zwischen {c} und der Küste
        die Schließung von {n} Dorfschulen
        die Berufung von {p}
        die Ausstellung im alten Zollhaus"""),
    times=_lines("""
        am Montag
        am späten Dienstagabend
        nach einer Sitzung von {n} Stunden
        zum zweiten Mal in diesem Jahr
        noch vor der Sommerpause
        während eines Besuchs in {c}
        wenige Tage vor Ablauf der Frist
        in einem Brief an diese Zeitung
        am Donnerstagmorgen
        am Ende einer langen Debatte"""),
    places=_lines("""
        in {c}
        bei einer Anhörung in {c}
        vor dem Rathaus
        in den nördlichen Bezirken
        vor {n} Reportern
        entlang der Küste
        in der Hauptstadt
        am Sitz von {o}
        in einem Dorf bei {c}"""),
    reasons=_lines("""
        weil die Kosten um {n} Prozent gestiegen waren
        obwohl Fachleute davon abgeraten hatten
        nachdem wochenlang protestiert worden war
        was {p} einen Fehler nannte
        während die Verhandlungen mit {o} weitergehen
        da die Zahl der Anträge auf {n} gefallen ist
        zur Überraschung vieler in {c}
        obwohl das Geld dafür noch fehlt
        was etwa {n} Haushalte betrifft"""),
    sayings=_lines("""
        Wir haben {n} Jahre gewartet und können noch einen Monat warten
        Damit ist die Sache nicht zu Ende
        Niemand hat die Leute gefragt, die hier wohnen
        Die Zahlen sprechen für sich
        Ich würde morgen wieder unterschreiben
        Es gibt keinen Plan und auch kein Geld
        Wir sehen uns jeden einzelnen Fall an
        Die Menschen in {c} verdienen eine Antwort"""),
    patterns=_lines("""
        {S} {V} {T} {O}.
        {S} {V} {O}, {R}.
        „{Q}“, sagte {p} {L}.
        {S} {V} {L} {O}, {R}.
        Nach Angaben von {o} gilt das auch {L}.
        „{Q}“, so {p}. „{Q}.“
        Von den {n} Befragten waren nur {n} dafür, {R}.
        {S} {V} {T} {L} {O}."""),
    headlines=_lines("""
        {c} streitet über Brücke und Tunnel
        {o} baut {n} Stellen ab
        Warum {p} bei {o} aufhört
        {n} Fragen an {p}
        Gericht in {c} stoppt Ausbau
        Was der Vertrag für {c} bedeutet"""),
    topics=_lines("""
        Startseite
        Politik
        Wirtschaft
        Sport
        Kultur
        Meinung
        Reise
        Wissen
        Gesundheit
        Technik
        Regional
        Wetter
        Stellenmarkt
        Immobilien
        Rätsel
        Videos
        Leserbriefe
        Ausland
        Panorama"""),
    tools=_lines("""
        Teilen
        Drucken
        Artikel merken
        Anmelden
        Abo
        Suche
        Zum Inhalt springen
        Nach oben
        Newsletter
        Anzeige
        Artikel vorlesen
        Mein Konto"""),
    form=_lines("""
        Kommentar schreiben
        Ihr Name *
        Ihre E-Mail-Adresse *
        Kommentar absenden
        Noch keine Kommentare vorhanden"""),
    notices=_lines("""
        Wir verwenden Cookies, um die Nutzung unserer Seiten zu messen. Wenn Sie weiterlesen, stimmen Sie dem zu.
        Alle Rechte vorbehalten. Vervielfältigung nur mit Genehmigung des Verlags.
        Bestellen Sie unseren Newsletter und lesen Sie morgens, was wichtig ist.
        Sie haben {n} Ihrer freien Artikel gelesen. Mit einem Abo lesen Sie weiter.
        Kommentare werden vor der Veröffentlichung geprüft. Bitte bleiben Sie sachlich."""),
    related=("Mehr zum Thema", "Meistgelesen", "Aus dem Ressort"),
    also="Lesen Sie auch: ",
    byline="Von {p}",
    photo="{p} {L}. Foto: {p}",
    date="{day}. {month} {year}",
    months=("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"),
)  # fmt: skip

SPANISH = Language(
    code="es",
    syllables="ma ri san to lla ve ga cor do ba pe ña ju li al me ra tor qui no za mo que der lo",
    companies=("Grupo {x}", "Fundación {x}", "Universidad de {x}", "{x} y Asociados"),
    subjects=_lines("""
        el ministerio de Hacienda
        el tribunal regional
        una portavoz de {o}
        el alcalde de {c}
        la directora del puerto
        el sindicato de maestros
        un grupo de expertos dirigido por {p}
        el banco central
        el líder de la oposición, {p},
        la compañía de aguas
        el ayuntamiento de {c}
        el mayor hospital de la región
        la comisión parlamentaria
        el dueño de la fábrica cercana a {c}
        un grupo de {n} vecinos
        {o}, que emplea a {n} personas,"""),
    verbs=_lines("""
        rechazó
        publicó
        aceptó financiar
        no quiso comentar
        pidió revisar
        aplazó
        prometió explicar
        criticó
        defendió
        presentó
        firmó
        puso en duda
        recortó"""),
    objects=_lines("""
        el plan para un segundo puente
        el informe sobre los apagones del invierno
        la venta de {n} hectáreas de suelo público
        el presupuesto del próximo año
        el contrato con {o}
        la ampliación del aeropuerto
        {n} plazas nuevas en guarderías
        las normas sobre alquileres
        un préstamo de {n} millones
        la investigación del incendio en el almacén
        el túnel entre {c} y la costa
        el cierre de {n} escuelas rurales
        el nombramiento de {p}"""),
    times=_lines("""
        el lunes
        a última hora del martes
        después de una reunión de {n} horas
        por segunda vez este año
        antes del verano
        durante una visita a {c}
        pocos días antes del plazo
        el jueves por la mañana
        al final de un largo debate"""),
    places=_lines("""
        en {c}
        en una audiencia pública en {c}
        ante el ayuntamiento
        en los barrios del norte
        ante {n} periodistas
        en la capital
        en la sede de {o}
        en un pueblo cerca de {c}"""),
    reasons=_lines("""
        porque los costes habían subido un {n} por ciento
        aunque los expertos lo habían desaconsejado
        tras semanas de protestas
        lo que {p} calificó de error
        mientras continúan las negociaciones con {o}
        para sorpresa de muchos en {c}
        una decisión que afecta a unos {n} hogares
        aunque todavía no hay dinero para ello"""),
    sayings=_lines("""
        Hemos esperado {n} años y podemos esperar otro mes
        Esto no termina aquí
        Nadie preguntó a quienes viven en este lugar
        Las cifras hablan por sí solas
        No hay plan y tampoco hay dinero
        Estudiaremos cada caso
        La gente de {c} merece una respuesta"""),
    patterns=_lines("""
        {S} {V} {O} {T}.
        {T}, {S} {V} {O}.
        {S} {V} {O}, {R}.
        «{Q}», dijo {p} {L}.
        {S} {V} {O} {L} {T}, {R}.
        Según {o}, {S} {V} {O} {T}.
        De las {n} personas consultadas {L}, solo {n} estaban a favor.
        «{Q}», afirmó {p}. «{Q}»."""),
    headlines=_lines("""
        {c} discute {O}
        {o} recorta empleos en {c}
        Por qué {p} deja {o}
        {n} preguntas sobre {O}
        Un tribunal de {c} frena las obras
        Qué significa el acuerdo para {c}"""),
    topics=_lines("""
        Inicio
        Política
        Economía
        Deportes
        Cultura
        Opinión
        Viajes
        Ciencia
        Salud
        Tecnología
        Sucesos
        El tiempo
        Empleo
        Vivienda
        Vídeos
        Cartas
        Mundo"""),
    tools=_lines("""
        Compartir
        Imprimir
        Guardar
        Iniciar sesión
        Suscríbete
        Buscar
        Ir al contenido
        Volver arriba
        Publicidad
        Escuchar
        Mi cuenta"""),
    form=_lines("""
        Deja un comentario
        Nombre *
        Correo electrónico *
        Publicar comentario
        Todavía no hay comentarios"""),
    notices=_lines("""
        Usamos cookies para medir cómo se usan nuestras páginas. Si sigues navegando, aceptas su uso.
        Todos los derechos reservados. Prohibida la reproducción sin permiso de la editorial.
        Recibe cada mañana nuestro boletín con las noticias del día.
        Has leído {n} de tus artículos gratuitos. Suscríbete para seguir leyendo.
        Los comentarios se revisan antes de publicarse. Rogamos respeto."""),
    related=("Noticias relacionadas", "Lo más leído", "Más en esta sección"),
    also="Lea también: ",
    byline="Por {p}",
    photo="{p} {L}. Foto: {p}",
    date="{day} de {month} de {year}",
    months=("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)  # fmt: skip

RUSSIAN = Language(
    code="ru",
    syllables="ка ле ни но ров ско мир го ла вер бо ри та ден сол зи мар ва тим пет ро лу",
    companies=("«{x}»", "фонд «{x}»", "институт «{x}»", "холдинг «{x}»"),
    subjects=_lines("""
        представитель компании {o}
        областной суд
        мэр города {c}
        начальник порта
        профсоюз учителей
        центральный банк
        лидер оппозиции {p}
        городской совет
        советник {p}
        парламентский комитет
        владелец завода возле города {c}
        глава экологического ведомства
        министр финансов
        партнёр по коалиции
        эксперт {p}"""),
    verbs=_lines("""
        отклонил
        опубликовал
        согласился оплатить
        отказался обсуждать
        предложил пересмотреть
        отложил
        обещал объяснить
        раскритиковал
        поддержал
        представил
        подписал
        поставил под сомнение
        сократил"""),
    objects=_lines("""
        план строительства второго моста
        доклад о зимних отключениях света
        продажу {n} гектаров городской земли
        бюджет на следующий год
        договор с компанией {o}
        расширение аэропорта
        {n} новых мест в детских садах
        правила аренды жилья
        кредит на {n} миллионов
        результаты проверки после пожара на складе
        проект тоннеля до города {c}
        закрытие {n} сельских школ
        назначение {p}"""),
    times=_lines("""
        в понедельник
        поздно вечером во вторник
        после совещания, которое длилось {n} часов
        второй раз за год
        перед летними каникулами
        во время поездки в {c}
        за несколько дней до срока
        в четверг утром
        после долгих споров"""),
    places=_lines("""
        в городе {c}
        на слушаниях в городе {c}
        у здания мэрии
        в северных районах
        перед {n} журналистами
        на побережье
        в столице
        в деревне недалеко от города {c}"""),
    reasons=_lines("""
        потому что расходы выросли на {n} процентов
        хотя специалисты советовали этого не делать
        после нескольких недель протестов
        что {p} назвал ошибкой
        пока продолжаются переговоры с компанией {o}
        к удивлению многих жителей
        хотя денег на это пока нет
        и это касается примерно {n} семей"""),
    sayings=_lines("""
        Мы ждали {n} лет и можем подождать ещё месяц
        На этом дело не закончится
        Никто не спросил тех, кто здесь живёт
        Цифры говорят сами за себя
        Нет ни плана, ни денег
        Мы рассмотрим каждый случай
        Жители города {c} заслуживают ответа"""),
    patterns=_lines("""
        {S} {V} {O} {T}.
        {T} {S} {V} {O}.
        {S} {V} {O}, {R}.
        «{Q}», — сказал {p} {L}.
        {L} {S} {V} {O}, {R}.
        По данным компании {o}, {S} {V} {O} {T}.
        Из {n} опрошенных {L} только {n} высказались за.
        «{Q}, — заявил {p}. — {Q}»."""),
    headlines=_lines("""
        В городе {c} обсуждают {O}
        {o} сокращает рабочие места
        Почему {p} уходит в отставку
        {n} вопросов о новом мосте
        Суд остановил стройку в городе {c}
        Что договор значит для города {c}"""),
    topics=_lines("""
        Главная
        Политика
        Экономика
        Спорт
        Культура
        Мнения
        Наука
        Здоровье
        Технологии
        Происшествия
        Погода
        Работа
        Недвижимость
        Видео
        В мире
        Общество"""),
    tools=_lines("""
        Поделиться
        Распечатать
        Сохранить
        Войти
        Подписаться
        Поиск
        Наверх
        Реклама
        Слушать
        Личный кабинет"""),
    form=_lines("""
        Оставить комментарий
        Ваше имя *
        Электронная почта *
        Отправить
        Комментариев пока нет"""),
    notices=_lines("""
        Мы используем файлы cookie, чтобы знать, как читают наш сайт. Продолжая, вы соглашаетесь с этим.
        Все права защищены. Перепечатка только с разрешения редакции.
        Подпишитесь на утреннюю рассылку и узнавайте новости первыми.
        Вы прочитали {n} бесплатных статей. Оформите подписку, чтобы читать дальше.
        Комментарии проверяются до публикации. Пожалуйста, будьте вежливы."""),
    related=("По теме", "Самое читаемое", "Ещё в разделе"),
    also="Читайте также: ",
    byline="Автор: {p}",
    photo="{p} {L}. Фото: {p}",
    date="{day} {month} {year} г.",
    months=("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"),
)  # fmt: skip

ARABIC = Language(
    code="ar",
    syllables="سا لم نو را كر يم دا ني هد مر وا بش عا طف جو زي حم فا تن قد ري مو",
    companies=("شركة {x}", "مؤسسة {x}", "معهد {x}", "جامعة {x}"),
    subjects=_lines("""
        وزير المالية
        المتحدث باسم {o}
        رئيس بلدية {c}
        مدير الميناء
        اتحاد المعلمين
        البنك المركزي
        زعيم المعارضة {p}
        المجلس المحلي في {c}
        مستشار {p}
        صاحب المصنع القريب من {c}
        رئيس لجنة الحدود
        المحامي {p}
        وفد يضم {n} من السكان"""),
    verbs=_lines("""
        رفض
        نشر
        وافق على تمويل
        انتقد
        أجل
        وعد بتوضيح
        دافع عن
        قدم
        وقع
        شكك في
        خفض
        طلب مراجعة"""),
    objects=_lines("""
        خطة بناء جسر ثان
        التقرير عن انقطاع الكهرباء في الشتاء الماضي
        بيع {n} هكتارا من الأراضي العامة
        ميزانية العام المقبل
        العقد مع {o}
        مشروع توسيع المطار
        قرضا بقيمة {n} مليونا
        التحقيق في حريق المستودع
        مشروع النفق بين {c} والساحل
        قرار إغلاق {n} مدرسة في القرى
        تعيين {p}"""),
    times=_lines("""
        يوم الاثنين
        في وقت متأخر من مساء الثلاثاء
        بعد اجتماع استمر {n} ساعات
        للمرة الثانية هذا العام
        قبل عطلة الصيف
        خلال زيارة إلى {c}
        قبل أيام من انتهاء المهلة
        صباح الخميس
        في ختام نقاش طويل"""),
    places=_lines("""
        في {c}
        في جلسة عامة في {c}
        أمام مبنى البلدية
        في الأحياء الشمالية
        أمام {n} صحفيا
        على طول الساحل
        في العاصمة
        في قرية قرب {c}"""),
    reasons=_lines("""
        لأن التكاليف ارتفعت بنسبة {n} في المئة
        رغم أن الخبراء نصحوا بعدم ذلك
        بعد أسابيع من الاحتجاجات
        وهو ما وصفه {p} بالخطأ
        بينما تستمر المفاوضات مع {o}
        مما أثار دهشة كثيرين في {c}
        وهو قرار يمس نحو {n} أسرة"""),
    sayings=_lines("""
        انتظرنا {n} سنوات ويمكننا أن ننتظر شهرا آخر
        لم ينته الأمر بعد
        لم يسأل أحد الناس الذين يعيشون هنا
        الأرقام تتحدث عن نفسها
        لا توجد خطة ولا يوجد مال
        سننظر في كل حالة على حدة
        أهل {c} يستحقون جوابا"""),
    patterns=_lines("""
        {S} {V} {O} {T}.
        {T} {S} {V} {O}.
        {S} {V} {O}، {R}.
        وقال {p} {L}: "{Q}".
        {L} {S} {V} {O}، {R}.
        وبحسب {o}، {S} {V} {O} {T}.
        ومن بين {n} شخصا سئلوا {L} أيد {n} فقط هذا القرار.
        "{Q}"، كما قال {p}. "{Q}"."""),
    headlines=_lines("""
        {c} تناقش {O}
        {o} تلغي وظائف في {c}
        لماذا يترك {p} منصبه
        {n} أسئلة عن الجسر الجديد
        محكمة في {c} توقف البناء
        ماذا يعني الاتفاق لأهل {c}"""),
    topics=_lines("""
        الرئيسية
        سياسة
        اقتصاد
        رياضة
        ثقافة
        آراء
        علوم
        صحة
        تكنولوجيا
        العالم
        الطقس
        وظائف
        فيديو
        صور
        منوعات"""),
    tools=_lines("""
        مشاركة
        طباعة
        حفظ
        تسجيل الدخول
        اشترك
        بحث
        إلى الأعلى
        إعلان
        استمع
        حسابي"""),
    form=_lines("""
        أضف تعليقا
        الاسم *
        البريد الإلكتروني *
        إرسال
        لا توجد تعليقات حتى الآن"""),
    notices=_lines("""
        نستخدم ملفات تعريف الارتباط لمعرفة كيفية استخدام صفحاتنا. بمتابعة القراءة فإنك توافق على ذلك.
        جميع الحقوق محفوظة. لا يجوز النسخ دون إذن من الناشر.
        اشترك في نشرتنا الصباحية لتصلك أخبار اليوم أولا بأول.
        قرأت {n} من مقالاتك المجانية. اشترك لتتابع القراءة.
        تخضع التعليقات للمراجعة قبل نشرها. نرجو الالتزام بالموضوع."""),
    related=("مواضيع ذات صلة", "الأكثر قراءة", "المزيد من هذا القسم"),
    also="اقرأ أيضا: ",
    byline="كتب: {p}",
    photo="{p} {L}. تصوير: {p}",
    date="{day} {month} {year}",
    months=("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"),
)  # fmt: skip

LANGUAGES = (ENGLISH, GERMAN, SPANISH, RUSSIAN, ARABIC)
