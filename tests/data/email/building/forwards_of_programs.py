# ruff: noqa: E501  (mails are written out as programs send them, and programs do not mind the width)
"""Messages that are passed on: with a word above them, which is what is newly written, or alone, and then all of it is."""

from tests.data.email.building.reply import ADDRESS, SENDER, Reply

LONG = "This is a line of the older message that is rather long, so that a program broke it and forgot the mark."
HEAD = f"From: Marta Gil <{ADDRESS}>\nTo: {SENDER}\nSubject: 4471\nDate: Wed, 27 Oct 2021 09:31:00 +0000"


def quoted(text: str) -> str:
    """Text with a mark before each line."""
    return "\n".join("> " + line for line in text.split("\n"))


def alone(name: str, body: str) -> Reply:
    """A message that is passed on without a word."""
    return Reply(name, body, body)


REPLIES = [
    alone(
        "mailmate-alone-broken", f"Forwarded message:\n\n{quoted(HEAD)}\n>\n> {LONG}\n{LONG} Again.\n>\n> Last line.\n"
    ),
    Reply(
        "mailmate-text-above",
        f"Please see.\n\nForwarded message:\n\n{quoted(HEAD)}\n>\n> {LONG}\n{LONG} Again.\n>\n> Last line.\n",
        "Please see.",
    ),
    alone(
        "missive-forward",
        f"---------- Forwarded message ----------\nFrom: Marta Gil ({ADDRESS})\nDate: July 19, 2022 at 3:36 PM\nSubject: 4471\nTo: {SENDER}\n\nThat is true!\n\nRegards\n\nOn July 19, 2022 at 3:36 PM, Nora\n({SENDER}) wrote:\n> Is it?\n>\n",
    ),
    Reply(
        "ionos-forward",
        f"Please see.\n\n> ---------- Original Message ----------\n{quoted(HEAD)}\n>  \n>  \n> {LONG}\n> Bye\n",
        "Please see.",
    ),
    Reply(
        "ionos-forward-tight",
        f"Please see.\nNow.\n> ---------- Original Message ----------\n{quoted(HEAD)}\n>  \n> {LONG}\n",
        "Please see.\nNow.",
    ),
    alone(
        "apple-quoted-alone",
        f"> Započni proslijeđenu poruku:\n>\n> Šalje: Marta <{ADDRESS}>\n> Predmet: 4471\n> Datum: 26. listopada 2021.\n> Prima: {SENDER}\n>\n> {LONG}\n>\n",
    ),
    alone(
        "outlook-alone-no-blank",
        f"From: Marta Gil <{ADDRESS}>\nDate: Thursday, 28 October 2021 at 12:46\nTo: {SENDER} <{SENDER}>\nSubject: 4471\n{LONG}\nBye\n\nMarta\n",
    ),
    Reply(
        "outlook-with-nested",
        f"Bitte lesen.\n\nVon: Marta Gil <{ADDRESS}>\nDatum: Donnerstag, 28. Oktober 2021\nAn: Nora\nBetreff: 4471\n{LONG}\n\nVon: Nora\nGesendet: gestern\nAn: Marta\nBetreff: 4471\n\nalt",
        "Bitte lesen.",
    ),
    alone("signature-then-forward", f"-- \nNora Ruiz\n\n---------- Forwarded message ---------\n{HEAD}\n\n{LONG}\n"),
    alone("device-then-forward", f"Sent from my iPhone\n\nBegin forwarded message:\n\n{quoted(HEAD)}\n> \n> {LONG}\n"),
    Reply(
        "device-then-forward-with-text",
        f"See this\n\nSent from my iPhone\n\nBegin forwarded message:\n\n{quoted(HEAD)}\n> \n> {LONG}\n",
        "See this",
    ),
    Reply(
        "hubspot-ja",
        f"ご確認ください。\n\n---------- メッセージを転送 ---------\n送信元：Marta <{ADDRESS}>\n日付：2022年9月19日月曜日 17:55:44 -0400\n件名：4471\n送信先：{SENDER}\nCC：T <t@desk.example>\n\n本文\n",
        "ご確認ください。",
    ),
    alone(
        "forward-then-text-below",
        f"---------- Forwarded message ---------\n{HEAD}\n\n{LONG}\n\n-- \nNora Ruiz\nBuyer\n",
    ),
    Reply(
        "yahoo-forward",
        f"    ----- Forwarded Message ----- From: Marta Gil <{ADDRESS}>To: Nora <{SENDER}>Sent: Wednesday, 27 October 2021, 12:31:00 pm GMT+3Subject: 4471\n {LONG}\n",
        f"----- Forwarded Message ----- From: Marta Gil <{ADDRESS}>To: Nora <{SENDER}>Sent: Wednesday, 27 October 2021, 12:31:00 pm GMT+3Subject: 4471\n {LONG}",
    ),
    Reply(
        "yahoo-forward-text",
        f"Please see.\n\n   ----- Forwarded Message ----- From: Marta Gil <{ADDRESS}>To: Nora <{SENDER}>Sent: Wednesday, 27 October 2021, 12:31:00 pm GMT+3Subject: 4471\n {LONG}\n",
        "Please see.",
    ),
    Reply(
        "thunderbird-fwd",
        f"Please see.\n\n\n-------- Forwarded Message --------\nSubject: \t4471\nDate: \tFri, 29 Oct 2021 12:54:00 +0300\nFrom: \tMarta Gil <{ADDRESS}>\nTo: \t{SENDER}\nCC: \tT <t@desk.example>\n\n\n\n{LONG}\n",
        "Please see.",
    ),
    Reply(
        "outlook2013-stars",
        f"Please see.\n\n*From:* Marta Gil <{ADDRESS}> \n*Sent:* Friday, October 29, 2021 12:54 PM\n*To:* {SENDER}\n*Subject:* 4471\n\n{LONG}\n",
        "Please see.",
    ),
    Reply(
        "outlook-live-rule",
        f"Please see.\n\nRegards\n________________________________\nFrom: Marta Gil <{ADDRESS}>\nSent: Friday, October 29, 2021 12:54 PM\nTo: {SENDER} <{SENDER}>\nSubject: 4471\n\n{LONG}\n",
        "Please see.\n\nRegards",
    ),
    Reply(
        "gmail-fwd-multi-cc",
        f"Please see.\n\n---------- Forwarded message ---------\nFrom: Marta Gil <{ADDRESS}>\nDate: Wed, Oct 27, 2021 at 9:31 AM\nSubject: 4471 with a very long subject that was\nwrapped by the program\nTo: Nora <{SENDER}>, <s@client.example>,\n<third@client.example>\n\n{LONG}\n",
        "Please see.",
    ),
    Reply(
        "nested-forward",
        f"Please see.\n\n---------- Forwarded message ---------\n{HEAD}\n\nfyi\n\n---------- Forwarded message ---------\n{HEAD}\n\n{LONG}\n",
        "Please see.",
    ),
    Reply(
        "forward-of-reply-quoted",
        f"Please see.\n\nDébut du message réexpédié :\n\n> De: Marta <{ADDRESS}>\n> Objet: Rép : 4471\n> Date: 26 octobre 2021\n> À: {SENDER}\n> \n> oui\n> \n>> Le 25 oct. 2021 à 10:15, Nora <{SENDER}> a écrit :\n>> \n>> alors ?\n",
        "Please see.",
    ),
    Reply(
        "apple-forward-html-alone",
        f'<html><body><br><div><br><blockquote type="cite"><div>Begin forwarded message:</div><br><div><b>From: </b>Marta Gil &lt;{ADDRESS}&gt;<br></div><div><b>Subject: </b>4471<br></div><br><div>{LONG}</div></blockquote></div></body></html>',
        f"Begin forwarded message:\nFrom: Marta Gil <{ADDRESS}>\nSubject: 4471\n{LONG}",
        True,
    ),
    Reply(
        "outlook-forward-html-alone",
        f"<div class=WordSection1><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p><b>From:</b> Marta Gil<br><b>Sent:</b> Monday<br><b>To:</b> Nora<br><b>Subject:</b> 4471</p></div><p>{LONG}</p></div>",
        f"From: Marta Gil\nSent: Monday\nTo: Nora\nSubject: 4471\n{LONG}",
        True,
    ),
    Reply(
        "outlook-mobile-forward-html-alone",
        f'<div dir="auto"><br></div><div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div><hr><div id="divRplyFwdMsg"><b>From:</b> Marta<br><b>Sent:</b> Monday<br><b>To:</b> Nora<br><b>Subject:</b> 4471</div><div>{LONG}</div>',
        f"Get Outlook for iOS\nFrom: Marta\nSent: Monday\nTo: Nora\nSubject: 4471\n{LONG}",
        True,
    ),
    Reply(
        "thunderbird-forward-html-alone",
        f'<html><body><p><br></p><div class="moz-forward-container"><br><br>-------- Forwarded Message --------<table class="moz-email-headers-table"><tbody><tr><th>Subject: </th><td>4471</td></tr><tr><th>From: </th><td>Marta</td></tr></tbody></table><br>{LONG}</div></body></html>',
        f"-------- Forwarded Message --------\nSubject: 4471\nFrom: Marta\n{LONG}",
        True,
    ),
    Reply(
        "gmail-forward-html-signature",
        f'<div dir="ltr"><br clear="all"><div><div dir="ltr" class="gmail_signature">Nora Ruiz</div></div><br><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: Marta<br>Subject: 4471</div><div>{LONG}</div></div></div>',
        f"Nora Ruiz\n---------- Forwarded message ---------\nFrom: Marta\nSubject: 4471\n{LONG}",
        True,
    ),
    Reply(
        "proton-forward-html",
        f'<div>Please see.</div><div class="protonmail_quote">------- Forwarded Message -------<br>From: Marta Gil &lt;{ADDRESS}&gt;<br>Date: On Monday<br>Subject: 4471<br>To: {SENDER}<br><br><div>{LONG}</div></div>',
        "Please see.",
        True,
    ),
]
