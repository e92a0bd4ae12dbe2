# ruff: noqa: E501  (mails are written out as programs send them, and programs do not mind the width)
"""Replies from the web desks of providers, country by country."""

from tests.data.email.building.reply import ADDRESS, SENDER, Reply

ANSWER = "Ja, das passt.\n\nGruß\nNora"
REPLIES = [
    Reply(
        "de-app-hinweis",
        f"{ANSWER}\n\nDiese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.\n\nAm 05.01.26, 10:15 schrieb Marta Gil <{ADDRESS}>:\n\n> Passt das?\n",
        ANSWER,
    ),
    Reply(
        "de-freenet",
        f"{ANSWER}\n\n--- Ursprüngliche Nachricht ---\nVon: Marta Gil <{ADDRESS}>\nDatum: 05.01.2026 10:15:00\nAn: {SENDER}\nBetreff: Re: 4471\n\nPasst das?",
        ANSWER,
    ),
    Reply(
        "de-1und1",
        f"{ANSWER}\n\n> Marta Gil <{ADDRESS}> hat am 05.01.2026 um 10:15 geschrieben:\n>\n>\n> Passt das?\n",
        ANSWER,
    ),
    Reply("de-strato", f"{ANSWER}\n\nAm 5. Januar 2026 um 10:15 schrieb Marta Gil <{ADDRESS}>:\n\nPasst das?", ANSWER),
    Reply(
        "de-notes-kurz",
        f"{ANSWER}\n\n\n\nMarta Gil <{ADDRESS}> \n05.01.2026 10:15\n\nAn\nNora Ruiz <{SENDER}>\nKopie\n\nThema\nRe: 4471\n\n\n\n\n\nPasst das?",
        ANSWER,
    ),
    Reply(
        "fr-free-zimbra",
        f'Oui.\n\nDe: "Marta Gil" <{ADDRESS}>\nÀ: {SENDER}\nEnvoyé: Lundi 5 Janvier 2026 10:15:00\nObjet: Re: 4471\n\nOui ?',
        "Oui.",
    ),
    Reply(
        "fr-sfr",
        f'Oui.\n\n========================================\n\nMessage du : 05/01/2026 10:15\nDe : "Marta Gil " <{ADDRESS}>\nA : {SENDER}\nCopie à : \nSujet : Re: 4471\n\nOui ?',
        "Oui.",
    ),
    Reply("fr-bbox", f"Oui.\n\nLe 05/01/2026 à 10:15, Marta Gil <{ADDRESS}> a écrit :\n>\n> Oui ?\n", "Oui."),
    Reply(
        "fr-iphone-ca",
        f"Oui.\n\nEnvoyé de mon iPhone\n\nLe 5 janv. 2026 à 10 h 15, Marta Gil <{ADDRESS}> a écrit :\n\nOui?",
        "Oui.",
    ),
    Reply(
        "fr-ca-gmail", f"Oui.\n\nLe lun. 5 janv. 2026, à 10 h 15, Marta Gil <{ADDRESS}> a écrit :\n\n> Oui?\n", "Oui."
    ),
    Reply("it-tiscali", "Sì.\n\nIl 05.01.2026 10:15 Marta Gil ha scritto:\n> Sì?\n", "Sì."),
    Reply(
        "it-virgilio",
        f'Sì.\n\n----Messaggio originale----\n\nDa: "Marta Gil" <{ADDRESS}>\n\nData: 5-gen-2026 10.15\n\nA: <{SENDER}>\n\nOgg: Re: 4471\n\nSì?',
        "Sì.",
    ),
    Reply(
        "it-alice",
        f"Sì.\n\n  ----- Original Message ----- \n  From: Marta Gil \n  To: {SENDER} \n  Sent: Monday, January 05, 2026 10:15 AM\n  Subject: Re: 4471\n\n\n  Sì?\n",
        "Sì.",
    ),
    Reply(
        "es-terra",
        f"Sí.\n\n-----Mensaje original-----\nDe: Marta Gil [mailto:{ADDRESS}] \nEnviado el: lunes, 05 de enero de 2026 10:15\nPara: Nora\nAsunto: Re: 4471\n\n¿Sí?",
        "Sí.",
    ),
    Reply(
        "es-mx-hotmail",
        f"Sí.\n\nDate: Mon, 5 Jan 2026 10:15:00 -0600\nSubject: Re: 4471\nFrom: {ADDRESS}\nTo: {SENDER}\n\n¿Sí?",
        "Sí.",
    ),
    Reply(
        "es-latam-gmail",
        f"Sí.\n\nEl lun, 5 de ene. de 2026 a la(s) 10:15 a. m., Marta Gil (\n{ADDRESS}) escribió:\n\n> ¿Sí?\n",
        "Sí.",
    ),
    Reply(
        "es-movistar",
        f"Sí.\n\n-------- Mensaje original --------\nAsunto: Re: 4471\nDe: Marta Gil \nPara: {SENDER}\nCC: \n\n¿Sí?",
        "Sí.",
    ),
    Reply("pt-sapo", f"Sim.\n\nCitando Marta Gil <{ADDRESS}>:\n\n> Sim?\n", "Sim."),
    Reply(
        "pt-hotmail",
        f"Sim.\n\nDate: Mon, 5 Jan 2026 10:15:00 -0300\nFrom: {ADDRESS}\nSubject: Re: 4471\nTo: {SENDER}\n\nSim?",
        "Sim.",
    ),
    Reply(
        "nl-ziggo",
        f"Ja.\n\n----Origineel Bericht----\nVan : {ADDRESS}\nDatum : 05/01/2026 10:15\nAan : {SENDER}\nOnderwerp : Re: 4471\n\nJa?",
        "Ja.",
    ),
    Reply(
        "nl-planet",
        f"Ja.\n\n________________________________\n\nVan: Marta Gil [mailto:{ADDRESS}]\nVerzonden: ma 5-1-2026 10:15\nAan: Nora\nOnderwerp: Re: 4471\n\nJa?",
        "Ja.",
    ),
    Reply("pl-gazeta", f"Tak.\n\nMarta Gil <{ADDRESS}> napisał(a):\n> Tak?\n", "Tak."),
    Reply("pl-o2", "Tak.\n\nDnia 5-01-2026 o godz. 10:15 Marta Gil napisał(a):\n> Tak?\n", "Tak."),
    Reply(
        "pl-outlook-ang",
        f"Tak.\n\nFrom: Marta Gil <{ADDRESS}>\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora\nSubject: Odp: 4471\n\nTak?",
        "Tak.",
    ),
    Reply(
        "cs-centrum",
        f'Ano.\n\n______________________________________________________________\n> Od: "Marta Gil" <{ADDRESS}>\n> Komu: {SENDER}\n> Datum: 05.01.2026 10:15\n> Předmět: Re: 4471\n>\n>Ano?\n',
        "Ano.",
    ),
    Reply(
        "cs-atlas",
        f"Ano.\n\n------------ Původní zpráva ------------\nOd: Marta Gil <{ADDRESS}>\nPředmět: Re: 4471\nDatum: 05.1.2026 10:15:00\n----------------------------------------\nAno?",
        "Ano.",
    ),
    Reply(
        "sk-azet",
        f"Áno.\n\n----- Pôvodná správa -----\nOd: Marta Gil <{ADDRESS}>\nKomu: {SENDER}\nOdoslané: 5. 1. 2026 10:15\nPredmet: Re: 4471\n\nÁno?",
        "Áno.",
    ),
    Reply("hu-indamail", f"Igen.\n\nMarta Gil <{ADDRESS}> írta (2026. január 5. 10:15):\n\n> Igen?\n", "Igen."),
    Reply("ru-rambler", f"Да.\n\nMarta Gil <{ADDRESS}> писал 5 января 2026 г., 10:15:\n\n> Да?\n", "Да."),
    Reply(
        "ru-mailru-old",
        f"Да.\n\n\n-----Original Message-----\nFrom: Marta Gil <{ADDRESS}>\nTo: {SENDER}\nDate: Mon, 5 Jan 2026 10:15:00 +0300\nSubject: Re: 4471\n\n> Да?\n",
        "Да.",
    ),
    Reply("ru-kmail", "Да.\n\nВ сообщении от Понедельник 05 января 2026 10:15:00 Marta Gil написал:\n> Да?\n", "Да."),
    Reply("ru-evolution", "Да.\n\nВ Пн, 05/01/2026 в 10:15 +0300, Marta Gil пишет:\n> Да?\n", "Да."),
    Reply("ru-tbird", "Да.\n\n05.01.2026 10:15, Marta Gil пишет:\n> Да?\n", "Да."),
    Reply(
        "sv-telia",
        f"Ja.\n\n----Ursprungligt meddelande----\nFrån: {ADDRESS}\nDatum: 2026-01-05 10:15\nTill: <{SENDER}>\nÄrende: Re: 4471\n\nJa?",
        "Ja.",
    ),
    Reply(
        "da-yousee",
        f'Ja.\n\nFra: "Marta Gil" <{ADDRESS}>\nTil: {SENDER}\nSendt: mandag, 5. januar 2026 10:15:00\nEmne: Re: 4471\n\nJa?',
        "Ja.",
    ),
    Reply("fi-elisa", "Kyllä.\n\nMarta Gil kirjoitti 5.1.2026 kello 10.15:\n> Kyllä?\n", "Kyllä."),
    Reply("fi-suomi24", f"Kyllä.\n\nLainaus Marta Gil <{ADDRESS}>:\n\n> Kyllä?\n", "Kyllä."),
    Reply("ja-yahoo-new", f"はい。\n\n2026年1月5日(月) 10:15 Marta Gil <{ADDRESS}>:\n>\n> はい？\n", "はい。"),
    Reply(
        "ja-docomo",
        f'はい。\n\n\n----- Reply message -----\nFrom: "Marta Gil" <{ADDRESS}>\nTo: <{SENDER}>\nSubject: Re: 4471\nDate: Mon, Jan 5, 2026 10:15\n\nはい？',
        "はい。",
    ),
    Reply(
        "ja-outlook-mobile",
        f"はい。\n\nOutlook for iOS を入手<https://aka.ms/o0ukef>\n________________________________\n差出人: Marta Gil <{ADDRESS}>\n送信日時: 月曜日, 1月 5, 2026 10:15 午前\n宛先: Nora\n件名: Re: 4471\n\nはい？",
        "はい。",
    ),
    Reply(
        "zh-sina",
        f"好。\n\n----- 原始邮件 -----\n发件人：Marta Gil <{ADDRESS}>\n收件人：{SENDER}\n主题：Re: 4471\n日期：2026年01月05日 10点15分\n\n好吗？",
        "好。",
    ),
    Reply(
        "zh-139",
        f"好。\n\n----邮件原文----\n发件人：Marta Gil <{ADDRESS}>\n收件人：{SENDER}\n抄送：(无)\n发送时间：2026-01-05 10:15:00\n主题：Re: 4471\n\n好吗？",
        "好。",
    ),
    Reply(
        "ko-hanmail",
        f"네.\n\n---------[ 받은 메일 내용 ]----------\n제목 : Re: 4471\n날짜 : 2026년 1월 5일 월요일, 10시 15분\n보낸이 : Marta Gil <{ADDRESS}>\n받는이 : {SENDER}\n\n네?",
        "네.",
    ),
    Reply(
        "tr-mynet",
        f"Evet.\n\n-----Orijinal Mesaj-----\nKimden: Marta Gil <{ADDRESS}>\nGönderme Tarihi: 5 Ocak 2026\nKime: Nora\nKonu: Re: 4471\n\nEvet?",
        "Evet.",
    ),
    Reply(
        "el-otenet",
        f"Ναι.\n\n-----Αρχικό μήνυμα-----\nΑπό: Marta Gil [mailto:{ADDRESS}]\nΑποστολή: Δευτέρα, 5 Ιανουαρίου 2026 10:15\nΠρος: Nora\nΘέμα: Re: 4471\n\nΝαι;",
        "Ναι.",
    ),
    Reply(
        "he-walla",
        f"כן.\n\nמאת: Marta Gil [mailto:{ADDRESS}]\nנשלח: יום ב 05 ינואר 2026 10:15\nאל: Nora\nנושא: Re: 4471\n\nכן?",
        "כן.",
    ),
]
