# ruff: noqa: E501  (mails are written out as people send them)
"""What a customer wrote stays, also where it resembles history, a signature or a footer."""

import pytest

from intake_email.domain.html_text import html_to_text
from intake_email.domain.quoting import written_text

TEXTS = (
    "Hi,\n\nFrom Monday to Friday we are at +34 600.\n\nSent three letters from my phone already, no answer.",
    "Hola,\n\nEnviado el paquete, sigo sin respuesta desde el lunes. Mi móvil es 600.\n\nGracias",
    "Guten Tag,\n\nich habe am 05.01.2026 um 10:15 Uhr geschrieben:\n\nDas Gerät ist defekt.\n\nBitte melden.",
    'Bonjour,\n\nLe 5 janvier à 10:15 votre collègue m\'a écrit :\n\n"Le colis est parti."\n\nOù est-il ?',
    'Ciao,\n\nil tecnico ha scritto:\n\n"Sostituire la ventola."\n\nCosa faccio?',
    "Здравствуйте,\n\nВаш коллега написал:\n\nвсё готово.\n\nНо ничего не готово.",
    "Hello,\n\nOn 5 January 2026 at 10:15 your colleague told me:\n\nit is ready.\n\nIt is not.",
    "Hello,\n\nDate: 5 January\nTime: 10:15\nPlace: Madrid\n\nWill you come?",
    "Dear all,\n\nTo: the team\nSubject: to approval\n\nwe start Monday.",
    "Hi,\n\nconfig:\n\n--\nname: a\n--\nname: b\n\nand the third\n\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14",
    "Hi,\n\n- one\n- two\n\n-- three --\n\nfour",
    "Hi,\n\n* From: Marta\n* To: Nora\n\nwere on the label.",
    "Hi,\n\nlog:\n\n2026-01-05 10:15 user@host: wrote: 15 bytes\n2026-01-05 10:16 user@host: closed\n\nThanks",
    "Hi,\n\nmy addresses are:\n\nnora@client.example:\nold one\n\nn@client.example:\nnew one",
    "Hola:\n\nDe: Madrid\nA: Sevilla\nFecha: 5 de mayo\nHora: 10:15\n\nGracias",
    "Hi,\n\nPlease forward the message to Ana.\n\nForwarded message limits are too low.",
    "Hi,\n\nI got this error:\n\n>>> import x\nTraceback: no x\n\nWhat now?",
    "Hi,\n\nthe shell says\n\n$ mail -s test\n-----\nok\n-----\n\nfine?",
    "Hi,\n\nthe price is > 100 and < 200.\n\n> 100 is too much.\n\nNora",
    "Hi,\n\nJan 5, 2026 at 10:15 AM: first call\nJan 6, 2026 at 11:00 AM: second call\n\nno answer.",
    "Hi,\n\n5 Jan 2026 10:15 - called Ana (ana@desk.example): no answer\n6 Jan 2026 10:15 - wrote to Ana (ana@desk.example):\n\nnothing.",
    "Hallo,\n\nvon meinem Konto wurde gesendet:\n\n100 Euro.",
    "Hi,\n\nwe use Outlook for Android.\n\nGet Outlook working please.",
    "Hi,\n\nOriginal message:\n\nplease restore it.",
    "Hello\n\n___\n\nPart two\n\n___\n\nPart three",
    "Hi,\n\nName: Nora\nFrom: Spain\nPhone: 600\nSubject: delivery\nDate: 5 May\n\nThanks",
    "Szanowni Państwo,\n\nOd: 5 maja\nDo: 7 maja\n\njesteśmy zamknięci.",
    "Hej,\n\nFrån: Malmö\nTill: Lund\nDatum: 5 maj\n\nTack",
    "Hi,\n\nmy signature shows\n\n-- \n\ntoo early. Please look at this text,\nwhich is long,\nand goes on\nfor a while\nuntil it ends.\nThen there is more.\nAnd more.\nAnd more still.\nSo it is no signature at all.\nNot one.\nNot two.\nNot three.\nFour\nFive\nSix\nSeven\nEight\nNine\nTen\nEleven\nTwelve\nThirteen\n14\n15\n16\n17\n18",
    "Hello,\n\nitem one\n--\nitem two\n--\nitem three\n\nThanks, Nora",
    "Two wishes.\n\n______________\n\nI want to unsubscribe from your paper letters.\n\n______________\n\nAnd a refund.",
    "Bonjour,\n\nLe 5 janvier 2026 à 10:15, Mme Gil a écrit :\n\n« Le colis est parti. »\n\nIl n’est pas arrivé.\n\nNora",
    "Am 05.01.2026 um 10:15 schrieb Frau Gil:\n\n„Das Gerät wird ersetzt.“\n\nSeitdem ist nichts geschehen.",
    "The prices are as follows:\n\n> 100 EUR small\n> 200 EUR big",
    "Hi,\n\nthe relay always tells us this:\n\n> 550 no such user\n",
    "Is this mail yours?\n\nReturn-Path: <x@spam.example>\nReceived: from spam.example\n\tby mx.client.example; Mon, 5 Jan 2026 10:15:00 +0100\nX-Spam: yes\nFrom: Marta Gil <marta.gil@desk.example>\nTo: nora@client.example\nSubject: You won\nDate: Mon, 5 Jan 2026 10:15:00 +0100\n\nPlease tell me.\n\nNora",
    "Your message\n\n   To: Nora Ruiz\n   Subject: 4471\n   Sent: Monday, January 5, 2026 10:15:00 AM\n\nwas read on Monday, January 5, 2026 10:20:00 AM.",
    "Ihre Nachricht\n\n   An: Nora Ruiz\n   Betreff: 4471\n   Gesendet: Montag, 5. Januar 2026 10:15:00\n\nwurde am Montag, 5. Januar 2026 10:20:00 gelesen.",
    "Dear Marta,\n\nthe meeting:\n\nWhen: Monday, January 5, 2026 10:15 AM\nWhere: Room 1\nSubject: 4471\n\nPlease come.",
    "When: Monday, January 5, 2026 10:15 AM-11:00 AM.\nWhere: Room 1\n\n*~*~*~*~*~*~*~*~*~*\n\nPlease come.",
    "Booking\n\nDeparture: Madrid\nDate: 5 May 2026\nTo: Paris\nFrom: Madrid\n\nPlease confirm by mail.",
    "New request from the web site:\n\nName: Nora\nFrom: nora@client.example\nPhone: 600\nSubject: refund\n\nI want my money back.",
    "Hi,\n\nOn 5 January 2026 at 10:15 I wrote to nora@client.example and m@desk.example:\n\nno answer came. Please answer.",
    "Please send it to both of us,\nNora <nora@client.example> and Ana <ana@client.example>:\n\nwe both need it.\n",
    'Try this:\n\n    if a > b:\n        print("wrote:")\n\nIt prints nothing.',
    "1> first\n2> second\n\nboth fail",
    "My patch:\n\n--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n-a\n+b\n\nworks here.",
    "---\nname: x\nfrom: y\n---\n\nPlease apply this.",
    "date;from;to;subject\n5.1.;a;b;c\n\nSee the row.",
    "10:15 Marta wrote: hello\n10:16 Nora wrote: hi\n10:17 Marta wrote:\nbye\n\nThat was all.",
    "[05/01/26, 10:15] Marta: hello\n[05/01/26, 10:16] Nora: hi\n\nNothing since.",
    "Hello\n\n- Nora\n\nPS: the light is red.",
    "Hello —\n\nit fails —\nNora",
    "| one\n| two\n\nthree",
    "Model:\nX1\n\nSerial:\n4471\n\nFrom:\n2026\n\nThanks",
    "Sent the phone back on Monday.\n\nNora",
    "Forwarded by the post office on 5 January 2026, the parcel is lost.\n\nNora",
    "Original message\n\nwas: error 17.\n\nNew message\n\nis: error 18.",
    "Am 5. Januar war ich da.\nIhr Kollege schrieb: kommt morgen.\nEr kam nicht.",
    "Le 5 janvier 2026, j’ai écrit à votre service (desk@desk.example) :\n\naucune réponse.",
    "El 5 de enero de 2026 a las 10:15 escribí a soporte@desk.example:\n\nsin respuesta.",
    "Il 5 gennaio 2026 alle 10:15 ho scritto a desk@desk.example:\n\nnessuna risposta.",
    "Op 5 januari 2026 om 10:15 schreef ik aan desk@desk.example:\n\ngeen antwoord.",
    "5 января 2026 г. в 10:15 я написал на desk@desk.example:\n\nответа нет.",
    "5 stycznia 2026 o 10:15 napisałem na desk@desk.example:\n\nbrak odpowiedzi.",
    "Den 5 januari 2026 kl. 10:15 skrev jag till desk@desk.example:\n\ninget svar.",
    "Em 5 de janeiro de 2026 às 10:15 escrevi para desk@desk.example:\n\nsem resposta.",
    "Am 5. Januar 2026 um 10:15 schrieb ich an desk@desk.example:\n\nkeine Antwort.",
    "On 5 January 2026 at 10:15 I wrote to desk@desk.example:\n\nno answer.",
    "Estimados señores:\n\nDe: mi factura de enero\nA: la de febrero\n\nhay una diferencia de 30 euros.\n\nEnviado: el comprobante.\n\nUn saludo",
    "Sehr geehrte Damen und Herren,\n\nBetreff: Rechnung 4471\nDatum: 5. Januar 2026\n\nich bitte um Prüfung.\n\nVon: Nora Ruiz",
    "Nora Ruiz\nCalle Mayor 1\nMadrid\n\nTo: ACME\nDate: 5 January 2026\nSubject: complaint 4471\n\nDear sirs,\n\nthe machine is broken.",
    "From: Nora Ruiz, Calle Mayor 1, Madrid\nTo: ACME, Paris\nDate: 5 January 2026\nSubject: complaint 4471\n\nDear sirs,\n\nthe machine is broken.",
    "Hello,\n\nTo: ACME, Paris\nDate: 5 January 2026\nSubject: complaint 4471\n\nthe machine is broken.",
    "1. I wrote:\n   hello\n2. The machine wrote:\n   error\n3. I wrote: bye",
    "Ana:\nwe need two.\n\nBob:\nwe need three.\n\nSo please send five.",
    "Minutes of 5 January 2026, 10:15\n\nMarta Gil (marta.gil@desk.example):\nwill send it.\n\nNora Ruiz (nora@client.example):\nwill pay.\n",
    "Monday 5 January 2026 10:15 Madrid:\nopen\n\nTuesday 6 January 2026 10:15 Madrid:\nclosed\n",
    "Sent so far:\n\n- 5 Jan: two\n- 6 Jan: three\n\nSent: five in all.",
    "> is the sign\n\nI want\n\n> is the key\n\nI press.",
    "Please choose:\n\n-- red\n-- blue\n\nThanks",
    "Name: ______________\n________________\nDate: _______\n\nPlease fill in.",
    "Please unsubscribe me.\n\nYou receive this because I am angry.",
    'First mail I got:\n\n"Dear Nora, it is sent."\n\nSecond mail I got:\n\n"Dear Nora, it is lost."\n\nWhich is true?',
    "Bonjour,\n\nvotre technicien a écrit le 5/01/2026 à 10:15 dans le rapport :\n\nventilateur HS.\n\nIl ne l’a pas changé.",
    'Your colleague wrote on 05/01/2026 at 10:15:\n\n"it is ready"\n\nIt is not.',
    "I saw the text\n\n> error 17\n\non the screen.\n\n> press any key\n\nand so I did.",
    "My colleague Ana wrote on 5 January 2026 at 10:15 the report and sent it:\n\nno answer so far.",
)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_the_authors_own_words_stay(text: str) -> None:
    assert written_text(text) == text.strip()


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (
            '<div>Order received</div><div style="border-top:1px solid #ddd;padding:4px">Total: 45 EUR</div><p>Please deliver on Monday.</p>',
            "Order received\nTotal: 45 EUR\nPlease deliver on Monday.",
        ),
        (
            '<div>Please call me.</div><div style="border-top:1px solid #ddd"><b>Tel:</b> 600<br>Nora</div><div>PS: after five.</div>',
            "Please call me.\nTel: 600\nNora\nPS: after five.",
        ),
        (
            "<p>The manual says</p><blockquote>Press twice.</blockquote><p>but nothing happens.</p>",
            "The manual says Press twice. but nothing happens.",
        ),
        (
            "<p>The manual says the following about it:</p><blockquote>Press twice.</blockquote>",
            "The manual says the following about it: Press twice.",
        ),
        (
            '<p>List:</p><blockquote style="margin:0 0 0 40px;border:none;padding:0px"><p>one</p><p>two</p></blockquote><p>end</p>',
            "List: one two end",
        ),
        ("<p>Part one</p><hr><p>Part two</p><hr><p>Part three</p>", "Part one Part two Part three"),
        ("<p>Part one</p><hr><p>Model: X1</p><p>Serial: 4471</p><p>Bye</p>", "Part one Model: X1 Serial: 4471 Bye"),
        (
            "<table><tr><td>From</td><td>Madrid</td></tr><tr><td>To</td><td>Paris</td></tr></table><p>Please book.</p>",
            "From Madrid To Paris Please book.",
        ),
        (
            "<p><b>From:</b> Madrid<br><b>To:</b> Paris<br><b>When:</b> Monday</p><p>Please book.</p>",
            "From: Madrid To: Paris When: Monday Please book.",
        ),
        ('<div class="quote-request"><p>Please send a quote.</p></div><p>Thanks</p>', "Please send a quote. Thanks"),
        ('<div class="reply"><p>Please send it.</p></div>', "Please send it."),
        ('<p>The signature is missing.</p><p class="signature">Nora</p>', "The signature is missing. Nora"),
        ('<div id="original"><p>Please send it.</p></div>', "Please send it."),
        (
            "<h2>New request</h2><p><b>Name:</b> Nora<br><b>From:</b> Spain<br><b>E-mail:</b> nora@client.example<br><b>Subject:</b> refund</p><p><b>Message:</b></p><p>I want my money back.</p>",
            "New request Name: Nora From: Spain E-mail: nora@client.example Subject: refund Message: I want my money back.",
        ),
        (
            '<div style="border-top:3px solid #333"><h1>News</h1></div><div style="border-top:1px solid #333"><b>Price:</b> 4 <b>Old:</b> 5</div><p>End</p>',
            "News Price: 4 Old: 5 End",
        ),
        (
            '<div dir="ltr">Top.</div><div class="gmail_quote"><div class="gmail_attr">On Mon, Marta wrote:</div><blockquote class="gmail_quote" style="border-left:1px solid">old</blockquote></div><div>Bottom.</div>',
            "Top. Bottom.",
        ),
        ('<div>Text.</div><div class="gmail_quote"></div>', "Text."),
        ('<div>Top.</div><div class="yahoo_quoted"><div>old</div></div><div>Bottom.</div>', "Top. Bottom."),
        (
            '<div class="gmail_quote">On 5 Jan 2026, at 10:15, Marta &lt;m@desk.example&gt; wrote:<br><div>old</div></div><p>My answer.</p>',
            "My answer.",
        ),
        ('<div>Hi</div><div class="gmail_signature">Nora</div><div>PS: call me.</div>', "Hi PS: call me."),
        ('<div class="gmail_signature">Please call me, Nora</div>', "Please call me, Nora"),
        (
            "<p>Log:</p><details><summary>Show</summary><pre>&gt; a\n&gt; b</pre></details><p>What is it?</p>",
            "Log: Show > a > b What is it?",
        ),
    ],
)
def test_what_the_author_made_of_html_stays(html: str, shown: str) -> None:
    assert written_text(html_to_text(html), html).split() == shown.split()


def test_a_greeting_above_an_unmarked_message_is_not_all_that_was_written() -> None:
    below = "-----Original Message-----\nFrom: Marta\nSent: Monday\nTo: Nora\nSubject: Re: 4471\n\nWhich?\n\nThe X1."

    assert written_text(f"Hi Marta,\n\n{below}") == f"Hi Marta,\n\n{below}"
    assert written_text(f"Thanks, Marta.\n\n{below}") == "Thanks, Marta."


@pytest.mark.parametrize(
    "words",
    [
        "Please see my answers in red below.",
        "My comments are inline.",
        "Meine Antworten stehen in Rot.",
        "Mes réponses sont en rouge.",
        "Le respondo en rojo.",
        "Le mie risposte sono in rosso.",
        "Mijn antwoorden staan in het rood.",
        "Мои ответы в тексте.",
    ],
)
def test_where_answers_are_said_to_stand_inside_an_unmarked_message_all_is_shown(words: str) -> None:
    mail = f"Hi Marta,\n\n{words}\n\nFrom: Marta <m@desk.example>\nSent: Monday\nSubject: x\n\nWhich? The X1."

    assert written_text(mail) == mail


def test_a_forward_is_cut_whatever_is_said_about_it() -> None:
    forward = "---------- Forwarded message ---------\nFrom: Marta <m@desk.example>\nSubject: 4471\n\nWhich model?"

    assert written_text(f"Hi team,\n\n{forward}") == "Hi team,"


def test_what_follows_the_end_of_a_passed_on_message_is_the_authors_again() -> None:
    passed_on = "----- Forwarded message from Ana <a@desk.example> -----\n\nHello\n\n----- End forwarded message -----"

    assert written_text(f"See:\n\n{passed_on}\n\nCan you help?") == "See:\n\nCan you help?"
    assert written_text(passed_on) == passed_on
