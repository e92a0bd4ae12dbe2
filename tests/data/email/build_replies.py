# ruff: noqa: E501  (mails are written out as programs send them, and programs do not mind the width)
"""Writes `replies/`: mails as the common programs send them, each with the text that is newly written in it.

Run by hand: `python -m tests.data.email.build_replies`. The forms are written out here from what the programs send; nothing
is taken from the code that is tested with them. The result is the same on every run.
"""

import html
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from tests.data.email.building import (
    forwards_of_programs,
    replies_of_programs,
    replies_of_providers,
    replies_seldom_seen,
    replies_with_oddities,
)
from tests.data.email.building.reply import ADDRESS, SENDER, Reply

FOLDER = Path(__file__).parent / "replies"

# What was asked, what is answered (two paragraphs), in each language.
WORDS = {
    "en": ("Could you send us the serial number?", "It is on the back: 4471-B.", "The light still blinks."),
    "es": ("¿Podría enviarnos el número de serie?", "Está detrás: 4471-B.", "La luz sigue parpadeando."),
    "fr": ("Pouvez-vous nous envoyer le numéro de série ?", "Il est au dos : 4471-B.", "Le voyant clignote toujours."),
    "de": ("Könnten Sie uns die Seriennummer schicken?", "Sie steht hinten: 4471-B.", "Die Lampe blinkt weiterhin."),
    "it": ("Potrebbe inviarci il numero di serie?", "È sul retro: 4471-B.", "La spia lampeggia ancora."),
    "pt": ("Pode enviar-nos o número de série?", "Está atrás: 4471-B.", "A luz continua a piscar."),
    "nl": ("Kunt u ons het serienummer sturen?", "Het staat achterop: 4471-B.", "Het lampje knippert nog."),
    "pl": ("Czy możesz przesłać numer seryjny?", "Jest z tyłu: 4471-B.", "Lampka nadal miga."),
    "ru": ("Пришлите, пожалуйста, серийный номер.", "Он сзади: 4471-B.", "Лампочка всё ещё мигает."),
    "uk": ("Надішліть, будь ласка, серійний номер.", "Він ззаду: 4471-B.", "Лампочка досі блимає."),
    "sv": ("Kan du skicka serienumret?", "Det står på baksidan: 4471-B.", "Lampan blinkar fortfarande."),
    "da": ("Kan du sende os serienummeret?", "Det står bagpå: 4471-B.", "Lampen blinker stadig."),
    "no": ("Kan du sende oss serienummeret?", "Det står bakpå: 4471-B.", "Lampen blinker fortsatt."),
    "fi": ("Voisitko lähettää sarjanumeron?", "Se on takana: 4471-B.", "Valo vilkkuu yhä."),
    "cs": ("Můžete nám poslat sériové číslo?", "Je vzadu: 4471-B.", "Kontrolka pořád bliká."),
    "sk": ("Môžete nám poslať sériové číslo?", "Je vzadu: 4471-B.", "Kontrolka stále bliká."),
    "hu": ("El tudná küldeni a sorozatszámot?", "A hátulján van: 4471-B.", "A lámpa még mindig villog."),
    "ro": ("Ne puteți trimite numărul de serie?", "Este pe spate: 4471-B.", "Becul încă clipește."),
    "tr": ("Seri numarasını gönderir misiniz?", "Arkasında yazıyor: 4471-B.", "Işık hâlâ yanıp sönüyor."),
    "el": ("Μπορείτε να στείλετε τον σειριακό αριθμό;", "Είναι πίσω: 4471-B.", "Το φως αναβοσβήνει ακόμα."),
    "hr": ("Možete li poslati serijski broj?", "Na poleđini je: 4471-B.", "Lampica još treperi."),
    "ja": ("シリアル番号を送っていただけますか。", "裏面にあります。4471-Bです。", "ランプはまだ点滅しています。"),
    "zh": ("请把序列号发给我们。", "在背面，4471-B。", "灯还在闪。"),
    "ko": ("일련번호를 보내 주시겠습니까?", "뒷면에 있습니다. 4471-B입니다.", "불이 아직 깜박입니다."),
    "he": ("אפשר לשלוח לנו את המספר הסידורי?", "הוא מאחור, 4471-B.", "הנורה עדיין מהבהבת."),
    "ar": ("هل يمكنكم إرسال الرقم التسلسلي؟", "إنه في الخلف، 4471-B.", "الضوء ما زال يومض."),
    "ca": ("Ens podeu enviar el número de sèrie?", "És al darrere: 4471-B.", "El llum encara fa pampallugues."),
    "et": ("Kas saaksite saata seerianumbri?", "See on taga: 4471-B.", "Tuli vilgub ikka."),
    "bg": ("Бихте ли изпратили серийния номер?", "Отзад е: 4471-B.", "Лампата още мига."),
    "vi": ("Bạn có thể gửi số sê-ri không?", "Nó ở mặt sau: 4471-B.", "Đèn vẫn nhấp nháy."),
    "id": ("Bisakah Anda mengirim nomor serinya?", "Ada di belakang: 4471-B.", "Lampunya masih berkedip."),
}
WHO = f"Marta Gil <{ADDRESS}>"
MAILTO = f'Marta Gil &lt;<a href="mailto:{ADDRESS}">{ADDRESS}</a>&gt;'

GMAIL = {
    "en": "On Mon, 5 Jan 2026 at 10:15, {} wrote:",
    "es": "El lun, 5 ene 2026 a las 10:15, Marta Gil (<marta.gil@desk.example>) escribió:",
    "fr": "Le lun. 5 janv. 2026 à 10:15, {} a écrit :",
    "de": "Am Mo., 5. Jan. 2026 um 10:15 Uhr schrieb {}:",
    "it": "Il giorno lun 5 gen 2026 alle ore 10:15 {} ha scritto:",
    "pt": "Em seg., 5 de jan. de 2026 às 10:15, {} escreveu:",
    "nl": "Op ma 5 jan 2026 om 10:15 schreef {}:",
    "pl": "pon., 5 sty 2026 o 10:15 {} napisał(a):",
    "ru": "пн, 5 янв. 2026 г. в 10:15, {}:",
    "uk": "пн, 5 січ. 2026 р. о 10:15 {} пише:",
    "sv": "Den mån 5 jan. 2026 kl 10:15 skrev {}:",
    "da": "Den man. 5. jan. 2026 kl. 10.15 skrev {}:",
    "no": "man. 5. jan. 2026 kl. 10:15 skrev {}:",
    "fi": "ma 5. tammik. 2026 klo 10.15 Marta Gil (marta.gil@desk.example) kirjoitti:",
    "cs": "po 5. 1. 2026 v 10:15 odesílatel {} napsal:",
    "sk": "po 5. 1. 2026 o 10:15 {} napísal(a):",
    "hu": "{} ezt írta (időpont: 2026. jan. 5., H, 10:15):",
    "ro": "În lun., 5 ian. 2026 la 10:15, {} a scris:",
    "tr": "{}, 5 Oca 2026 Pzt, 10:15 tarihinde şunu yazdı:",
    "el": "Στις Δευ 5 Ιαν 2026 στις 10:15 π.μ., ο χρήστης {} έγραψε:",
    "hr": "pon, 5. sij 2026. u 10:15 {} napisao je:",
    "ja": "2026年1月5日(月) 10:15 {}:",
    "zh": "{} 于2026年1月5日周一 10:15写道：",
    "ko": "2026년 1월 5일 (월) 오전 10:15, {}님이 작성:",
    "he": "\u202bבתאריך יום ב׳, 5 בינו׳ 2026 ב-10:15 מאת \u202aMarta Gil\u202c\u200f <\u202amarta.gil@desk.example\u202c\u200f>:\u202c",
    "ar": "في الاثنين، 5 يناير 2026 في 10:15 ص تمت كتابة ما يلي بواسطة \u202aMarta Gil\u202c\u200f <\u202amarta.gil@desk.example\u202c\u200f>:",
    "ca": "Missatge de {} del dia dl., 5 de gen. 2026 a les 10:15:",
    "et": "Kuupäev E, 5. jaanuar 2026 kell 10:15 kirjutas {}:",
    "bg": "На пн, 5.01.2026 г. в 10:15 {} написа:",
    "vi": "Vào Th 2, 5 thg 1, 2026 vào lúc 10:15 {} đã viết:",
    "id": "Pada tanggal Sen, 5 Jan 2026 pukul 10.15 {} menulis:",
}
APPLE = {
    "en": "On 5 Jan 2026, at 10:15, {} wrote:",
    "es": "El 5 ene 2026, a las 10:15, {} escribió:",
    "fr": "Le 5 janv. 2026 à 10:15, {} a écrit :",
    "de": "Am 05.01.2026 um 10:15 schrieb {}:",
    "it": "Il giorno 5 gen 2026, alle ore 10:15, {} ha scritto:",
    "pt": "Em 5 de jan. de 2026, à(s) 10:15, {} escreveu:",
    "nl": "Op 5 jan 2026 om 10:15 heeft {} het volgende geschreven:",
    "pl": "Wiadomość napisana przez {} w dniu 5 sty 2026, o godz. 10:15:",
    "ru": "5 янв. 2026 г., в 10:15, {} написал(а):",
    "uk": "5 січ. 2026 р. о 10:15 {} пише:",
    "sv": "5 jan. 2026 kl. 10:15 skrev {}:",
    "da": "Den 5. jan. 2026 kl. 10.15 skrev {}:",
    "no": "5. jan. 2026 kl. 10:15 skrev {}:",
    "fi": "{} kirjoitti 5.1.2026 kello 10.15:",
    "cs": "5. 1. 2026 v 10:15, {}:",
    "sk": "{} napísal dňa 5. 1. 2026 o 10:15:",
    "hu": "2026. jan. 5. dátummal, 10:15 időpontban {} írta:",
    "ro": "Pe 5 ian. 2026, la 10:15, {} a scris:",
    "tr": "{} şunları yazdı (5 Oca 2026 10:15):",
    "el": "Στις 5 Ιαν 2026, 10:15, ο χρήστης {} έγραψε:",
    "ja": "2026/01/05 10:15、{}のメール:",
    "zh": "在 2026年1月5日，10:15，{} 写道：",
    "ko": "2026. 1. 5. 오전 10:15, {} 작성:",
}
PHONE = {
    "en": "Sent from my iPhone",
    "es": "Enviado desde mi iPhone",
    "fr": "Envoyé de mon iPhone",
    "de": "Von meinem iPhone gesendet",
    "it": "Inviato da iPhone",
    "pt": "Enviado do meu iPhone",
    "nl": "Verstuurd vanaf mijn iPhone",
    "pl": "Wysłane z iPhone'a",
    "ru": "Отправлено с iPhone",
    "uk": "Надіслано з iPhone",
    "sv": "Skickat från min iPhone",
    "da": "Sendt fra min iPhone",
    "no": "Sendt fra min iPhone",
    "fi": "Lähetetty iPhonesta",
    "cs": "Odesláno z iPhonu",
    "sk": "Odoslané z iPhonu",
    "hu": "iPhone-omról küldve",
    "ro": "Trimis de pe iPhone-ul meu",
    "tr": "iPhone’umdan gönderildi",
    "el": "Στάλθηκε από το iPhone μου",
    "ja": "iPhoneから送信",
    "zh": "发自我的 iPhone",
    "ko": "나의 iPhone에서 보냄",
}
# From, sent, to, copy, subject; the date as Outlook writes it; what Outlook for phones advertises.
OUTLOOK = {
    "en": (("From:", "Sent:", "To:", "Cc:", "Subject:"), "Monday, January 5, 2026 10:15 AM", "Get Outlook for iOS"),
    "es": (("De:", "Enviado el:", "Para:", "CC:", "Asunto:"), "lunes, 5 de enero de 2026 10:15", "Obtener Outlook para iOS"),
    "fr": (("De :", "Envoyé :", "À :", "Cc :", "Objet :"), "lundi 5 janvier 2026 10:15", "Télécharger Outlook pour iOS"),
    "de": (("Von:", "Gesendet:", "An:", "Cc:", "Betreff:"), "Montag, 5. Januar 2026 10:15", "Outlook für iOS beziehen"),
    "it": (("Da:", "Inviato:", "A:", "Cc:", "Oggetto:"), "lunedì 5 gennaio 2026 10:15", "Ottieni Outlook per iOS"),
    "pt": (("De:", "Enviada:", "Para:", "Cc:", "Assunto:"), "5 de janeiro de 2026 10:15", "Obter o Outlook para iOS"),
    "nl": (("Van:", "Verzonden:", "Aan:", "CC:", "Onderwerp:"), "maandag 5 januari 2026 10:15", "Outlook voor iOS downloaden"),
    "pl": (("Od:", "Wysłano:", "Do:", "DW:", "Temat:"), "poniedziałek, 5 stycznia 2026 10:15", "Pobierz aplikację Outlook dla systemu iOS"),
    "ru": (("От:", "Отправлено:", "Кому:", "Копия:", "Тема:"), "5 января 2026 г. 10:15", "Скачать Outlook для iOS"),
    "sv": (("Från:", "Skickat:", "Till:", "Kopia:", "Ämne:"), "den 5 januari 2026 10:15", "Hämta Outlook för iOS"),
    "da": (("Fra:", "Sendt:", "Til:", "Cc:", "Emne:"), "5. januar 2026 10:15", "Hent Outlook til iOS"),
    "no": (("Fra:", "Sendt:", "Til:", "Kopi:", "Emne:"), "mandag 5. januar 2026 10:15", "Last ned Outlook for iOS"),
    "fi": (("Lähettäjä:", "Lähetetty:", "Vastaanottaja:", "Kopio:", "Aihe:"), "maanantai 5. tammikuuta 2026 10.15", "Hanki Outlook for iOS"),
    "cs": (("Od:", "Odesláno:", "Komu:", "Kopie:", "Předmět:"), "pondělí 5. ledna 2026 10:15", "Získat Outlook pro iOS"),
    "sk": (("Od:", "Odoslané:", "Komu:", "Kópia:", "Predmet:"), "pondelok 5. januára 2026 10:15", "Získať Outlook pre iOS"),
    "hu": (("Feladó:", "Elküldve:", "Címzett:", "Másolatot kap:", "Tárgy:"), "2026. január 5., hétfő 10:15", "Az Outlook beszerzése iOS-re"),
    "ro": (("De la:", "Trimis:", "Către:", "Cc:", "Subiect:"), "luni, 5 ianuarie 2026 10:15", "Descărcați Outlook pentru iOS"),
    "tr": (("Kimden:", "Gönderildi:", "Kime:", "Bilgi:", "Konu:"), "5 Ocak 2026 Pazartesi 10:15", "iOS için Outlook'u edinin"),
    "el": (("Από:", "Στάλθηκε:", "Προς:", "Κοιν:", "Θέμα:"), "Δευτέρα, 5 Ιανουαρίου 2026 10:15", "Αποκτήστε το Outlook για iOS"),
    "ja": (("差出人:", "送信日時:", "宛先:", "CC:", "件名:"), "2026年1月5日 10:15", "Outlook for iOS を入手"),
    "zh": (("发件人:", "发送时间:", "收件人:", "抄送:", "主题:"), "2026年1月5日 10:15", "获取 Outlook for iOS"),
    "ko": (("보낸 사람:", "보낸 날짜:", "받는 사람:", "참조:", "제목:"), "2026년 1월 5일 월요일 오전 10:15", "iOS용 Outlook 다운로드"),
    "uk": (("Від:", "Надіслано:", "Кому:", "Копія:", "Тема:"), "5 січня 2026 р. 10:15", "Отримати Outlook для iOS"),
    "he": (("מאת:", "נשלח:", "אל:", "עותק:", "נושא:"), "יום שני 05 ינואר 2026 10:15", "קבל את Outlook עבור iOS"),
    "ar": (("من:", "تم الإرسال:", "إلى:", "نسخة:", "الموضوع:"), "05 يناير, 2026 10:15", "الحصول على Outlook لـ iOS"),
}  # fmt: skip
THUNDERBIRD = {
    "en": "On 05/01/2026 10:15, Marta Gil wrote:",
    "es": "El 5/1/26 a las 10:15, Marta Gil escribió:",
    "fr": "Le 05/01/2026 à 10:15, Marta Gil a écrit :",
    "de": "Am 05.01.26 um 10:15 schrieb Marta Gil:",
    "it": "Il 05/01/26 10:15, Marta Gil ha scritto:",
    "pt": "Em 05/01/2026 10:15, Marta Gil escreveu:",
    "nl": "Op 05-01-2026 om 10:15 schreef Marta Gil:",
    "pl": "W dniu 5.01.2026 o 10:15, Marta Gil pisze:",
    "ru": "05.01.2026 10:15, Marta Gil пишет:",
    "sv": "Den 2026-01-05 kl. 10:15, skrev Marta Gil:",
    "da": "Den 05-01-2026 kl. 10:15 skrev Marta Gil:",
    "fi": "Marta Gil kirjoitti 5.1.2026 klo 10.15:",
    "cs": "Dne 05. 01. 26 v 10:15 Marta Gil napsal(a):",
    "hu": "2026. 01. 05. 10:15 keltezéssel, Marta Gil írta:",
    "tr": "5.01.2026 10:15 tarihinde Marta Gil yazdı:",
    "el": "Στις 5/1/26 10:15, ο Marta Gil έγραψε:",
}
NOTES = {
    "en": ("From", "To", "Date", "Subject", "Sent by"),
    "de": ("Von", "An", "Datum", "Betreff", "Gesendet von"),
    "fr": ("De", "Pour", "Date", "Objet", "Envoyé par"),
    "es": ("De", "Para", "Fecha", "Asunto", "Enviado por"),
    "it": ("Da", "Per", "Data", "Oggetto", "Inviato da"),
    "nl": ("Van", "Aan", "Datum", "Onderwerp", "Verzonden door"),
    "pt": ("De", "Para", "Data", "Assunto", "Enviado por"),
}
ORIGINAL = {
    "en": "-----Original Message-----",
    "es": "-----Mensaje original-----",
    "fr": "-----Message d'origine-----",
    "de": "-----Ursprüngliche Nachricht-----",
    "it": "-----Messaggio originale-----",
    "pt": "-----Mensagem original-----",
    "nl": "-----Oorspronkelijk bericht-----",
    "pl": "-----Wiadomość oryginalna-----",
    "sv": "-----Ursprungligt meddelande-----",
    "da": "-----Oprindelig meddelelse-----",
    "cs": "-----Původní zpráva-----",
    "hu": "-----Eredeti üzenet-----",
    "fi": "-----Alkuperäinen viesti-----",
    "zh": "------------------ 原始邮件 ------------------",
}
FORWARDED = {
    "en": "---------- Forwarded message ---------",
    "es": "-------- Mensaje reenviado --------",
    "fr": "-------- Message transféré --------",
    "de": "-------- Weitergeleitete Nachricht --------",
    "it": "-------- Messaggio inoltrato --------",
    "pt": "-------- Mensagem encaminhada --------",
    "nl": "-------- Doorgestuurd bericht --------",
    "pl": "-------- Treść przekazanej wiadomości --------",
    "ru": "-------- Перенаправленное сообщение --------",
    "sv": "-------- Vidarebefordrat meddelande --------",
}
APPLE_FORWARDED = {
    "en": "Begin forwarded message:",
    "es": "Inicio del mensaje reenviado:",
    "de": "Anfang der weitergeleiteten Nachricht:",
    "fr": "Début du message réexpédié :",
    "nl": "Begin doorgestuurd bericht:",
    "ja": "転送されたメッセージ:",
}


def answer(language: str) -> str:
    return "\n\n".join(WORDS[language][1:])


def blocks(language: str) -> str:
    return "".join(f"<div>{html.escape(line)}</div><div><br></div>" for line in WORDS[language][1:])


def quoted(language: str) -> str:
    return "\n".join("> " + line if line else ">" for line in (WORDS[language][0], "", "Marta"))


def linked(line: str) -> str:
    """An attribution as it stands in HTML."""
    return html.escape(line.format(WHO), quote=False).replace(ADDRESS, f'<a href="mailto:{ADDRESS}">{ADDRESS}</a>')


def wrapped(line: str) -> str:
    """An attribution as Gmail breaks it in plain text: after the bracket, or before it."""
    head, _, tail = line.format(WHO).partition("<" + ADDRESS)
    return (
        f"{head.rstrip()} <\n{ADDRESS}{tail}"
        if tail and len(head) > 40
        else f"{head.rstrip()}\n<{ADDRESS}{tail}"
        if tail
        else head
    )


def gmail_plain(language: str) -> Reply:
    return Reply(
        f"gmail-{language}",
        f"{answer(language)}\n\n{wrapped(GMAIL[language])}\n\n{quoted(language)}\n",
        answer(language),
    )


def gmail_html(language: str) -> Reply:
    question = html.escape(WORDS[language][0])
    body = (
        f'<div dir="ltr">{blocks(language)}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{linked(GMAIL[language])}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">'
        f'<div dir="ltr"><p>{question}</p><p>Marta</p></div></blockquote></div>'
    )
    return Reply(f"gmail-html-{language}", body, answer(language), True)


def gmail_android(language: str) -> Reply:
    question = html.escape(WORDS[language][0])
    body = (
        f'<div dir="auto">{blocks(language)}</div><br><div class="gmail_quote"><div dir="ltr">{linked(GMAIL[language])}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">{question}</blockquote></div>'
    )
    return Reply(f"gmail-android-{language}", body, answer(language), True)


def iphone_plain(language: str) -> Reply:
    body = f"{answer(language)}\n\n{PHONE[language]}\n\n> {APPLE[language].format(WHO)}\n> \n> \ufeff{WORDS[language][0]}\n> \n> Marta\n"
    return Reply(f"iphone-{language}", body, answer(language))


def iphone_html(language: str) -> Reply:
    body = (
        f'<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto">{blocks(language)}'
        f'<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">{PHONE[language]}</div><div dir="ltr"><br>'
        f'<blockquote type="cite">{linked(APPLE[language])}<br><br></blockquote></div>'
        f'<blockquote type="cite"><div dir="ltr">\ufeff<p>{html.escape(WORDS[language][0])}</p></div></blockquote></body></html>'
    )
    return Reply(f"iphone-html-{language}", body, answer(language), True)


def apple_mail(language: str) -> Reply:
    body = f"{answer(language)}\n\n\n> {APPLE[language].format(WHO)}\n> \n{quoted(language)}\n"
    return Reply(f"apple-mail-{language}", body, answer(language))


def header_block(language: str, labels: tuple[str, ...], date: str) -> list[str]:
    values = (f"Marta Gil <{ADDRESS}>", date, "Nora Ruiz", "Equipo 2", "Re: 4471")
    return [f"{label} {value}" for label, value in zip(labels, values, strict=True)]


def outlook_html(language: str) -> Reply:
    labels, date, _ = OUTLOOK[language]
    header = "<br>".join(
        f"<b>{html.escape(line[: len(label)])}</b>{html.escape(line[len(label) :])}"
        for label, line in zip(labels, header_block(language, labels, date), strict=True)
    )
    paragraphs = "".join(
        f"<p class=MsoNormal>{html.escape(line)}<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        for line in WORDS[language][1:]
    )
    body = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {margin:0cm} --></style></head>'
        f"<body lang=EN-US><div class=WordSection1>{paragraphs}<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;"
        f"padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal>{header}<o:p></o:p></p></div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        f"<p class=MsoNormal>{html.escape(WORDS[language][0])}<o:p></o:p></p></div></body></html>"
    )
    return Reply(f"outlook-html-{language}", body, answer(language), True)


def outlook_plain(language: str) -> Reply:
    labels, date, _ = OUTLOOK[language]
    lines = [answer(language), "", *header_block(language, labels, date), "", WORDS[language][0], "", "Marta"]
    return Reply(f"outlook-{language}", "\n".join(lines) + "\n", answer(language))


def outlook_old(language: str) -> Reply:
    labels, date, _ = OUTLOOK[language]
    lines = [answer(language), "", ORIGINAL[language], *header_block(language, labels, date), "", WORDS[language][0]]
    return Reply(f"outlook-express-{language}", "\n".join(lines) + "\n", answer(language))


def outlook_mobile(language: str) -> Reply:
    labels, date, advertisement = OUTLOOK[language]
    header = "<br>".join(f"<b>{html.escape(line)}</b>" for line in header_block(language, labels, date))
    body = (
        f'<html><body><div dir="auto">{blocks(language)}</div><div id="ms-outlook-mobile-signature" dir="auto">'
        f'<a href="https://aka.ms/o0ukef">{html.escape(advertisement)}</a></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">{header}</font>'
        f"<div>&nbsp;</div></div><div>{html.escape(WORDS[language][0])}</div></body></html>"
    )
    return Reply(f"outlook-mobile-html-{language}", body, answer(language), True)


def outlook_mobile_plain(language: str) -> Reply:
    labels, date, advertisement = OUTLOOK[language]
    lines = [
        answer(language),
        "",
        f"{advertisement}<https://aka.ms/o0ukef>",
        "_" * 32,
        *header_block(language, labels, date),
        "",
        WORDS[language][0],
    ]
    return Reply(f"outlook-mobile-{language}", "\n".join(lines) + "\n", answer(language))


def thunderbird(language: str) -> Reply:
    return Reply(
        f"thunderbird-{language}",
        f"{answer(language)}\n\n{THUNDERBIRD[language]}\n{quoted(language)}\n",
        answer(language),
    )


def thunderbird_html(language: str) -> Reply:
    body = (
        f"<html><body>{''.join(f'<p>{html.escape(line)}</p>' for line in WORDS[language][1:])}"
        f'<div class="moz-cite-prefix">{THUNDERBIRD[language]}<br></div><blockquote type="cite" cite="mid:a@desk.example">'
        f"<p>{html.escape(WORDS[language][0])}</p></blockquote></body></html>"
    )
    return Reply(f"thunderbird-html-{language}", body, answer(language), True)


def notes_plain(language: str) -> Reply:
    sender, to, date, subject, by = NOTES[language]
    block = [
        f"{sender}:   Marta Gil/Desk/ACME", f"{to}:     Nora Ruiz <{SENDER}>", f"{date}:   05/01/2026 10:15",
        f"{subject}:        Re: 4471", f"{by}:        {ADDRESS}",
    ]  # fmt: skip
    return Reply(
        f"notes-{language}",
        "\n".join([answer(language), "", "", "", *block, "", "", "", WORDS[language][0], ""]),
        answer(language),
    )


def notes_html(language: str) -> Reply:
    sender, to, date, subject, _ = NOTES[language]
    rows = (
        (sender, f"Marta Gil/Desk/ACME <{ADDRESS}>"),
        (to, f"Nora Ruiz <{SENDER}>"),
        (date, "05/01/2026 10:15"),
        (subject, "Re: 4471"),
    )
    table = "<br>".join(
        f'<font size=1 color=#5f5f5f face="sans-serif">{name}: &nbsp; &nbsp; &nbsp; &nbsp;</font><font size=1 face="sans-serif">{html.escape(value)}</font>'
        for name, value in rows
    )
    paragraphs = "".join(
        f'<font size=2 face="sans-serif">{html.escape(line)}</font><br><br>' for line in WORDS[language][1:]
    )
    body = f"{paragraphs}<br><br>{table}<br><hr noshade><br><br><br><tt><font size=2>{html.escape(WORDS[language][0])}</font></tt><br>"
    return Reply(f"notes-html-{language}", body, answer(language), True)


def forwarded(language: str) -> Reply:
    labels, date, _ = OUTLOOK[language]
    lines = [
        answer(language),
        "",
        FORWARDED[language],
        *header_block(language, labels, date),
        "",
        "",
        WORDS[language][0],
    ]
    return Reply(f"forward-{language}", "\n".join(lines) + "\n", answer(language))


def only_forwarded(language: str) -> Reply:
    labels, date, _ = OUTLOOK[language]
    body = "\n".join([FORWARDED[language], *header_block(language, labels, date), "", "", WORDS[language][0]])
    return Reply(f"forward-alone-{language}", f"\n\n{body}\n", body)


def apple_forwarded(language: str) -> Reply:
    labels, date, _ = OUTLOOK[language]
    lines = [
        answer(language),
        "",
        APPLE_FORWARDED[language],
        "",
        *("> " + line for line in header_block(language, labels, date)),
        "> ",
        "> " + WORDS[language][0],
    ]
    return Reply(f"forward-apple-{language}", "\n".join(lines) + "\n", answer(language))


def inline(language: str) -> Reply:
    question, first, second = WORDS[language]
    shown = f"> {question}\n\n{first}\n\n> 2. LED?\n\n{second}"
    return Reply(f"inline-{language}", f"{THUNDERBIRD[language]}\n{shown}\n\n> Marta\n> Desk\n", shown)


def below(language: str) -> Reply:
    return Reply(
        f"below-{language}", f"{THUNDERBIRD[language]}\n{quoted(language)}\n\n{answer(language)}\n", answer(language)
    )


def signed(language: str) -> Reply:
    body = f"{answer(language)}\n\n-- \nNora Ruiz\nACME, Madrid\n+34 600 000 000\n\n{wrapped(GMAIL[language])}\n\n{quoted(language)}\n"
    return Reply(f"signature-{language}", body, answer(language))


def others() -> list[Reply]:
    """Programs of one country, and what must be left alone."""
    ru, en, es = answer("ru"), answer("en"), answer("es")
    question = html.escape(WORDS["ru"][0])
    table = "Model | Serial\n------|-------\nX1    | 4471-B"
    return [
        Reply("yandex-ru", f'<div>{html.escape(WORDS["ru"][1])}</div><div> </div><div>{html.escape(WORDS["ru"][2])}</div><div> </div><div>05.01.2026, 10:15, "Marta Gil" &lt;{ADDRESS}&gt;:</div><blockquote><p>{question}</p></blockquote>', ru, True),
        Reply("yandex-text-ru", f'{ru}\n\n05.01.2026, 10:15, "Marta Gil" <{ADDRESS}>:\n\n{quoted("ru")}\n', ru),
        Reply("mailru", f'<HTML><BODY>{blocks("ru")}<blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">Понедельник, 5 января 2026, 10:15 +03:00 от Marta Gil &lt;{ADDRESS}&gt;:<br><br>{question}</blockquote></BODY></HTML>', ru, True),
        Reply("mailru-text", f"{ru}\n\n>Понедельник,  5 января 2026, 10:15 +03:00 от Marta Gil <{ADDRESS}>:\n> \n>{WORDS['ru'][0]}\n", ru),
        Reply("yahoo", f'<html><body><div class="ydp1yahoo-style-wrap">{blocks("en")}</div><div id="ydp2yahoo_quoted_1" class="ydp2yahoo_quoted"><div>On Monday, January 5, 2026 at 10:15:00 AM GMT+1, Marta Gil &lt;{ADDRESS}&gt; wrote:</div><div><br></div><div>{WORDS["en"][0]}</div></div></body></html>', en, True),
        Reply("yahoo-text", f"{en}\n\n    On Monday, January 5, 2026 at 10:15:00 AM GMT+1, Marta Gil <{ADDRESS}> wrote:  \n \n {WORDS['en'][0]}\n  ", en),
        Reply("aol", f"{en}\n\n\n-----Original Message-----\nFrom: Marta Gil <{ADDRESS}>\nTo: nora <{SENDER}>\nSent: Mon, Jan 5, 2026 10:15 am\nSubject: Re: 4471\n\n\n{WORDS['en'][0]}\n", en),
        Reply("proton", f'<div style="font-family: Arial">{blocks("en")}</div><div class="protonmail_signature_block"><div class="protonmail_signature_block-proton">Sent with <a href="https://proton.me/">Proton Mail</a> secure email.</div></div><div class="protonmail_quote">On Monday, January 5th, 2026 at 10:15, Marta Gil &lt;{ADDRESS}&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">{WORDS["en"][0]}</blockquote></div>', en, True),
        Reply("zimbra", f'<html><body><div>{blocks("en")}</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>From: </b>"Marta Gil" &lt;{ADDRESS}&gt;<br><b>To: </b>nora<br><b>Sent: </b>Monday, January 5, 2026<br></div><div data-marker="__QUOTED_TEXT__">{WORDS["en"][0]}</div></body></html>', en, True),
        Reply("zoho", f"{en}\n\n\n---- On Mon, 05 Jan 2026 10:15:00 +0100 Marta Gil <{ADDRESS}> wrote ----\n\n{WORDS['en'][0]}\n", en),
        Reply("samsung", f"{es}\n\n\n\nEnviado desde mi Samsung Galaxy\n\n\n-------- Mensaje original --------\nDe: Marta Gil <{ADDRESS}>\nFecha: 5/1/26 10:15 (GMT+01:00)\nPara: nora <{SENDER}>\nAsunto: Re: 4471\n\n{WORDS['es'][0]}\n", es),
        Reply("gmx", f"{answer('de')}\n \n\nGesendet: Montag, 05. Januar 2026 um 10:15 Uhr\nVon: \"Marta Gil\" <{ADDRESS}>\nAn: {SENDER}\nBetreff: Re: 4471\n\n{WORDS['de'][0]}\n", answer("de")),
        Reply("qq", f"<div>{WORDS['zh'][1]}</div><div><br></div><div>{WORDS['zh'][2]}</div><div><br></div><div style=\"font-size: 12px;\">------------------&nbsp;原始邮件&nbsp;------------------</div><div style=\"font-size: 12px;background:#efefef;\"><div><b>发件人:</b>&nbsp;\"Marta Gil\" &lt;{ADDRESS}&gt;;</div><div><b>发送时间:</b>&nbsp;2026年1月5日(星期一) 上午10:15</div><div><b>收件人:</b>&nbsp;\"nora\";</div></div><div>{WORDS['zh'][0]}</div>", answer("zh"), True),
        Reply("notes-wrote", f"{en}\n\n-----Marta Gil <{ADDRESS}> wrote: -----\nTo: nora <{SENDER}>\nFrom: Marta Gil <{ADDRESS}>\nDate: 01/05/2026 10:15AM\nSubject: Re: 4471\n\n{WORDS['en'][0]}\n", en),
        Reply("notes-org", f"{en}\n\nMarta Gil/Desk/ACME wrote on 01/05/2026 10:15:00 AM:\n\n> {WORDS['en'][0]}\n", en),
        Reply("spark", f'<html><body><div name="messageBodySection">{blocks("en")}</div><div name="messageReplySection">On 5 Jan 2026, 10:15 +0100, Marta Gil &lt;{ADDRESS}&gt;, wrote:<br><blockquote type="cite">{WORDS["en"][0]}</blockquote></div></body></html>', en, True),
        Reply("list-footer", f"{en}\n\n_______________________________________________\nusers mailing list\nusers@lists.example\nhttps://lists.example/mailman/listinfo/users\n", en),
        Reply("ordinary-goodbye", f"{en}\n\nBest regards,\nNora Ruiz\n", f"{en}\n\nBest regards,\nNora Ruiz"),
        Reply("markdown-rule", f"First part.\n\n---\n\n{en}\n\n----\n\nLast part.\n", f"First part.\n\n---\n\n{en}\n\n----\n\nLast part."),
        Reply("table", f"{en}\n\n{table}\n\nThanks.\n", f"{en}\n\n{table}\n\nThanks."),
        Reply("only-quotation", f"On 05/01/2026 10:15, Marta Gil wrote:\n{quoted('en')}\n", f"On 05/01/2026 10:15, Marta Gil wrote:\n{quoted('en')}"),
        Reply("a-sentence-about-sending", "Sent from our warehouse on Monday, but nothing arrived here.\nOn the box it says: fragile.\n", "Sent from our warehouse on Monday, but nothing arrived here.\nOn the box it says: fragile."),
        Reply("a-journey", "Please book:\n\nFrom: Madrid\nTo: Lisbon\nDate: 5 May\n\nThank you", "Please book:\n\nFrom: Madrid\nTo: Lisbon\nDate: 5 May\n\nThank you"),
        Reply("a-citation", "You wrote in the manual\n\n> press twice\n\nbut nothing happens.\n", "You wrote in the manual\n\n> press twice\n\nbut nothing happens."),
    ]  # fmt: skip


def notes_tables() -> list[Reply]:
    """The heads that Lotus Notes draws: cells, boxes, a column at the right, a summary before ordinary lines."""
    en, question = answer("en"), WORDS["en"][0]
    paragraphs = "".join(f'<font size=2 face="sans-serif">{line}</font><br><br>' for line in WORDS["en"][1:])
    cells = "".join(
        f"<tr valign=top><td><div align=right><font size=1>{name}</font></div><td><font size=1>{value}</font>"
        for name, value in (("To", f"Nora &lt;{SENDER}&gt;"), ("cc", ""), ("Subject", "Re: 4471"))
    )
    table = (
        "<table width=100%><tr valign=top><td width=40%><font size=1><b>Marta Gil/Desk/ACME</b></font>"
        f"<p><font size=1>05/01/2026 10:15 AM</font><td width=59%><table width=100%>{cells}</table><br></table>"
    )
    boxes = "".join(
        f"|------------>\n| {name + ':':<10} |\n|------------>\n  >{'-' * 40}|\n  |{value:<40}|\n  >{'-' * 40}|\n"
        for name, value in (("From", WHO), ("To", "Nora"), ("Date", "05/01/2026 10:15"), ("Subject", "Re: 4471"))
    )
    column = (
        f"{' ' * 75}\n             Marta Gil{' ' * 53}\n             <{ADDRESS}>{' ' * 49}To \n{' ' * 39}{SENDER}\n"
        f"             05/01/2026 10:15{' ' * 43}cc \n{' ' * 75}\n{' ' * 67}Subject \n{' ' * 39}Re: 4471\n"
    )
    lines = [
        f"{name}:\t{value}"
        for name, value in (
            ("From", "Marta Gil/Desk"),
            ("To", "Nora"),
            ("Date", "05.01.2026 10:15"),
            ("Subject", "Re: 4471"),
        )
    ]
    summary = f"Marta Gil ---05.01.2026 10:15:00---{question}"
    return [
        Reply("notes-cells", f"{paragraphs}{table}<br><br><tt><font size=2>{question}</font></tt>", en, True),
        Reply("notes-boxes", f"{en}\n\n\n\n{boxes}\n\n\n{question}\n", en),
        Reply("notes-column", f"{en}\n\n\n{column}\n\n\n\n{question}\n", en),
        Reply("notes-summary", "\n".join([en, "", summary, "", *lines, "", "", "", question, ""]), en),
        Reply(
            "notes-forwarded",
            f"{en}\n\n----- Forwarded by Nora/Client/ACME on 05/01/2026 10:15 AM -----\n\nFrom:   {WHO}\n\n{question}\n",
            en,
        ),
    ]


FORMS = (
    (gmail_plain, GMAIL),
    (gmail_html, ("en", "es", "fr", "de", "it", "pt", "nl", "pl", "ru", "ja", "zh", "he", "ar", "tr", "ca")),
    (gmail_android, ("en", "es", "fr", "de", "sv", "ko", "uk", "cs", "hu")),
    (iphone_plain, APPLE),
    (iphone_html, ("en", "es", "fr", "de", "it", "nl", "ru", "ja", "pl", "fi")),
    (apple_mail, ("en", "es", "fr", "de", "it", "pt", "nl", "sv", "ko", "tr")),
    (outlook_html, OUTLOOK),
    (outlook_plain, OUTLOOK),
    (outlook_old, ORIGINAL),
    (outlook_mobile, ("en", "es", "fr", "de", "it", "nl", "pl", "pt", "ru", "sv", "ja", "ko")),
    (outlook_mobile_plain, ("en", "es", "fr", "de", "it", "nl", "pt", "cs", "tr", "zh")),
    (thunderbird, THUNDERBIRD),
    (thunderbird_html, ("en", "es", "fr", "de", "pl", "ru", "fi", "hu")),
    (notes_plain, NOTES),
    (notes_html, ("en", "de", "fr", "es")),
    (forwarded, FORWARDED),
    (only_forwarded, ("en", "es", "de")),
    (apple_forwarded, APPLE_FORWARDED),
    (inline, ("en", "es", "fr", "de", "it", "nl", "pl", "ru")),
    (below, ("en", "es", "fr", "de", "sv", "pt")),
    (signed, ("en", "es", "de", "fr", "ja", "pt")),
)


def message_of(reply: Reply) -> bytes:
    message = EmailMessage(policy=SMTP.clone(max_line_length=200))
    message["From"] = f"Nora Ruiz <{SENDER}>"
    message["To"] = f"Marta Gil <{ADDRESS}>"
    message["Subject"] = "Re: 4471"
    message["Date"] = "Tue, 06 Jan 2026 09:00:00 +0100"
    message["Message-ID"] = f"<{reply.name}@client.example>"
    message["In-Reply-To"] = "<4471@desk.example>"
    message.set_content(
        reply.body, subtype="html" if reply.is_html else "plain", charset="utf-8", cte="quoted-printable"
    )
    return message.as_bytes()


def replies() -> list[Reply]:
    return [
        *(form(language) for form, languages in FORMS for language in languages),
        *others(),
        *notes_tables(),
        *replies_of_programs.REPLIES,
        *replies_of_providers.REPLIES,
        *replies_seldom_seen.REPLIES,
        *replies_with_oddities.REPLIES,
        *forwards_of_programs.REPLIES,
    ]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in [*FOLDER.glob("*.eml"), *FOLDER.glob("*.reply.txt")]:
        old.unlink()
    for reply in replies():
        (FOLDER / f"{reply.name}.eml").write_bytes(message_of(reply))
        (FOLDER / f"{reply.name}.reply.txt").write_text(reply.expected + "\n", encoding="utf-8")
    print(f"{len(replies())} replies written")


if __name__ == "__main__":
    main()
