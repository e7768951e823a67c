"""Word lists of the line model: function words of many languages and words that pages use around
an article. Only whole words count, compared in lower case; a word may stand in several groups.
"""

from __future__ import annotations

from typing import Final

FUNCTION_WORDS: Final = {
    "en": """a about after against all also an and are as at be because been before being between but by
        can could did do does for from had has have he her him his how if in into is it its just may more
        most must my no not of on one only or other our out over said says she should since so some such
        than that the their them then there these they this those through to under until up was we were
        what when where which while who will with would you your""",
    "de": """aber alle als also am an auch auf aus bei bis da damit dann das dass dem den der des die dies
        diese dieser doch durch ein eine einem einen einer eines er es für gegen haben hat hatte ich ihm
        ihn ihr ihre im in ist ja kann kein keine man mehr mit nach nicht noch nun nur ob oder ohne sein
        seine seit sich sie sind so über um und uns unter vom von vor war waren was weil wenn werden wie
        wir wird wurde zu zum zur zwischen""",
    "fr": """à après au aussi aux avait avec car ce cela ces cette comme contre dans de depuis des deux dont
        du elle elles en entre est et été être eux fait il ils je la le les leur leurs lui mais même ne
        nous on ont ou où par pas plus pour qu que qui sa sans se selon ses si son sont sous sur tout très
        un une vous y""",
    "es": """a al ante antes aunque cada como con contra cuando de del desde donde dos durante el ella en
        entre era es esa ese esta este está ha han hasta hay la las le lo los más me mi muy ni no nos o
        para pero por porque que qué se según ser si sin sobre son su sus también tan tiene todo un una y
        ya""",
    "pt": """a ao aos as até com como contra da das de depois do dos e é ela ele em entre era essa esse esta
        este está eu foi foram há isso já mais mas mesmo muito na não nas no nos o os ou para pela pelo
        por quando que quem se segundo sem ser seu sua são sobre também tem um uma""",
    "it": """a ad ai al alla alle anche c che chi ci come con cui da dal dalla dei del della delle di dopo e
        è ed era gli ha hanno i il in io l la le lo loro ma nei nel nella non o ogni per perché più quando
        questa questo se secondo si sono stato su sul sulla tra un una uno""",
    "nl": """aan als bij dan dat de deze die dit door een en er had heeft het hij hun ik in is kan maar meer
        met na naar niet nog of om ook op over te tegen tot uit van veel voor waar was wat werd wordt ze
        zich zijn""",
    "pl": """a ale bardzo będzie był była były czy dla do go i ich ja jak jako jego jej jest już ma między
        może na nad nie niż o od oraz po pod przed przez przy się są także tak tego tej ten to tym tylko w
        we więc z za ze że""",
    "sv": """att av blev den det de då efter eller en ett från för ha han har hon i in inte jag kan men med
        mot nu när och om på sig sin som till under ut var vi vid är över""",
    "da": """af at blev da de den der det du efter eller en er et for fra han har hun i ikke jeg kan men med
        mod når og også om over på sig sin som til ud under var ved vi""",
    "fi": """että hän ja jo joka jos kanssa kun kuin mutta mukaan myös ne niin nyt oli on ovat se sen siitä
        tai vain voi""",
    "cs": """a aby ale by byl byla do i jak jako je jeho jejich jen jsem jsou k která které který na nebo od
        po podle pro při s se si tak také to u v ve z za že""",
    "hu": """a az csak de egy el ez hogy is kell ki már meg mint nem ő s se szerint után van vagy volt""",
    "ro": """a ai al ale au ca care ce cu de din după este fi fost iar în la lui mai nu o pe pentru prin sa
        să sau se sunt și un""",
    "tr": """ama ancak bir bu çok da daha de değil diye en gibi göre hem her için ile ise kadar ki mi ne
        olan olarak oldu olduğu sonra şu ve veya ya""",
    "id": """ada adalah akan atau bahwa bisa dalam dan dari dengan di ia ini itu juga karena ke kepada lebih
        mereka oleh pada para saat sebagai telah tersebut tidak untuk yang""",
    "vi": """các cho có của đã đang để được không khi là mà một này người những ở ra sẽ theo trong từ và
        về với""",
    "ru": """а без был была было были в во все для до его ее если есть еще же за и из или им их к как
        который которые ко ли между может мы на не него нет но о об он она они от по под после при с
        сказал со так также то том у что чтобы это""",
    "uk": """а або але був була було в вже від він вона вони для до за з і із її його й на не ні по при про
        та так також те у цього це що щоб як""",
    "ar": """أن إن أو إلى التي الذي الذين الى ان او بعد بين ثم حتى حيث خلال ذلك على عن عند غير فى في قال
        قبل قد كان كانت كل كما لا لم لن ما مع من منذ هذا هذه هو هي و وقال وأن ولم يوم""",
    "fa": """آن از است این با باید بر برای به بود تا خود در را شد شده که می نیز ها های هم و یک""",
    "he": """אבל או אל אם את אך גם הוא היא היה זה זו כי כל לא לאחר מה על עם של שלא שהוא""",
    "el": """από αλλά αν για δεν είναι η θα και κατά με μετά μια να ο οι όπως ότι που σε στη στην στις στο
        στον τα την της τη τις το του τους των ως""",
    "hi": """इस ऐसे और कर करने का कि किया की के को कोई गया जो तक तो था थी थे द्वारा नहीं ने पर भी में यह या
        लिए वह से हुआ है हैं हो""",
    "bn": """এ এই এক একটি এবং ও করা করে করেন কি কিন্তু জন্য তার থেকে না নিয়ে পর যে সঙ্গে হয় হয়ে হবে""",
}
"""Words that running text is full of and that menus lack."""

CUES: Final = {
    "comment": """comment comments commenting kommentar kommentare kommentieren commentaire commentaires
        comentario comentarios comentários commenti reactie reacties komentarz komentarze yorum yorumlar
        комментарии комментарий تعليق التعليقات reply antworten répondre responder odpowiedz mandatory
        captcha""",
    "form": """name email e-mail mail password passwort login log sign register registrieren anmelden
        connexion connecter inscription username benutzername search suche suchen recherche rechercher
        buscar szukaj zaloguj поиск войти بحث submit absenden senden security characters newsletter
        abonnieren subscribe subscription abo abonnement abonnez suscríbete abone""",
    "legal": """copyright © rights reserved rechte vorbehalten droits réservés derechos reservados privacy
        datenschutz datenschutzerklärung impressum terms conditions agb cookies cookie mentions légales
        disclaimer haftungsausschluss nutzungsbedingungen kontakt contact contacto""",
    "share": """share teilen partager compartir compartilhar condividi udostępnij paylaş facebook twitter
        whatsapp instagram youtube pinterest linkedin telegram tweet tweeten rss pdf drucken print
        imprimer imprimir follow folgen suivez""",
    "more": """more mehr read lesen lire leer leia weiterlesen suite plus related latest trending popular
        beliebt aktuell verwandte ähnliche också zobacz czytaj читайте также ayrıca اقرأ أيضا tags tag
        kategorie kategorien category categories archiv archive next previous nächste vorherige weiter
        zurück back home startseite accueil inicio menü menu top oben""",
    "credit": """photo photos foto fotos image images bild bilder photograph getty reuters afp apa dpa ap
        source quelle quellen redaktion editor reporter author autor auteur""",
    "date": """gmt uhr utc est edt january february march april june july august september october november
        december jan feb mar apr jun jul aug sep sept oct nov dec januar jänner februar märz mai juni juli
        oktober dezember janvier février mars avril juin juillet août septembre octobre novembre décembre
        enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre monday
        tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag
        samstag sonntag published updated posted veröffentlicht aktualisiert publié""",
    "you": """you your yours yourself du dich dir dein deine deinen deiner deinem ihr euch euer eure ihre ihren
        ihrem ihnen vous votre vos toi ton tes tu usted ustedes tus você você seu sua voi vostro vostra tuo tua
        jij jouw jullie u uw twój twoje wasz wasze sen siz sizin senin ты тебя твой вы вас вам ваш ваша ваши ваше
        أنت لك إليك""",
    "we": """we our ours us wir uns unser unsere unseren unserer unserem unseres nous notre nos nosotros
        nuestro nuestra nuestros nuestras nós nosso nossa noi nostro nostra wij ons onze nasz nasze naszej biz
        bizim мы нас нам наш наша наши""",
    "offer": """free gratis now jetzt kostenlos kostenlose kostenfrei gratuit gratuitement gratuito click klick
        klicken hier here ici aquí aqui offer angebot angebote offre oferta discover entdecken découvrez
        descubre try testen sichern join donate donation spenden spende don donar support unterstützen
        unterstützung soutenez apoya apoyo bestellen order kaufen buy shop preis price € $ £ eur usd
        download app deal deals sale rabatt gewinnspiel bağış ücretsiz бесплатно скачать مجانا inbox daily
        weekly digest updates signup sign-up miss""",
    "consent": """cookies cookie consent einwilligung zustimmung zustimmen einverstanden akzeptieren accept
        accepter aceptar aceitar akzeptiere personal personenbezogene personenbezogenen daten data données datos
        dados tracking browser javascript adblocker inhalt inhalte inhalten extern externer externe content
        embedded einstellungen settings preferences policy richtlinie dienst dienste unsubscribe abmelden
        widerrufen jederzeit""",
    "author": """editor reporter correspondent journalist columnist writer author authors freelance contributor
        redakteur redakteurin korrespondent korrespondentin autor autorin journalistin schreibt geboren studierte
        born writes covers lives studied professor université rédacteur rédactrice journaliste auteure periodista
        redactor autora giornalista yazar muhabir gazeteci корреспондент журналист автор редактор صحفي كاتب
        مراسل""",
}
"""Words of the furniture around articles, by what they hint at."""
