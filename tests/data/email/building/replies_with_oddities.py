# ruff: noqa: E501  (mails are written out as programs send them, and programs do not mind the width)
"""Replies with what gets in the way: invisible characters, pictures, warnings, footers of lists, two signatures."""

from tests.data.email.building.reply import ADDRESS, SENDER, Reply

LINK = f'<a href="mailto:{ADDRESS}">{ADDRESS}</a>'
REPLIES = [
    Reply(
        "logo-cid-signature",
        f"Hi Marta,\n\nplease ship it.\n\nKind regards\nNora Ruiz\n[cid:image001.png@01DA3F.4471]\n\nFrom: Marta Gil <{ADDRESS}>\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora <{SENDER}>\nSubject: RE: 4471\n\nShip it?",
        "Hi Marta,\n\nplease ship it.\n\nKind regards\nNora Ruiz\n[cid:image001.png@01DA3F.4471]",
    ),
    Reply(
        "italic-footer",
        f"Ship it.\n\n*Sent from my iPhone*\n\nOn Jan 5, 2026, at 10:15 AM, Marta Gil <{ADDRESS}> wrote:\n\n> Ship it?\n",
        "Ship it.",
    ),
    Reply("emoji-footer", "Ship it 👍\n\nSent from my iPhone 📱\n", "Ship it 👍"),
    Reply(
        "external-banner-in-quote",
        f"Ship it.\n\n________________________________\nVon: Marta Gil <{ADDRESS}>\nGesendet: Montag, 5. Januar 2026 10:15:00\nAn: Nora\nBetreff: Re: 4471\n\nACHTUNG: Diese E-Mail stammt von extern.\n\nVersenden?",
        "Ship it.",
    ),
    Reply(
        "nbsp-lines",
        f"Ship it.\n\u00a0\n\u00a0\nLe\u00a0lun. 5\u00a0janv. 2026 à\u00a010:15, Marta Gil <{ADDRESS}> a écrit\u00a0:\n\n> Ship?\n",
        "Ship it.",
    ),
    Reply(
        "narrow-nbsp-time",
        f"Ship it.\n\nOn Mon, Jan 5, 2026 at 10:15\u202fAM Marta Gil <{ADDRESS}> wrote:\n\n> Ship?\n",
        "Ship it.",
    ),
    Reply(
        "zwsp-attribution",
        f"Ship it.\n\n\u200bOn Mon, Jan 5, 2026 at 10:15 AM Marta Gil <{ADDRESS}> wrote:\u200b\n\n> Ship?\n",
        "Ship it.",
    ),
    Reply(
        "crlf-in-quote",
        f"Ship it.\n\n> On 5 Jan 2026, at 10:15, Marta Gil <{ADDRESS}> wrote:\n>\n>> older\n> Ship?\n",
        "Ship it.",
    ),
    Reply(
        "list-subject-footer",
        "Ship it.\n\nOn 05/01/2026 10:15, Marta Gil wrote:\n> Ship?\n_______________________________________________\nDesk mailing list -- desk@lists.example\nTo unsubscribe send an email to desk-leave@lists.example\n",
        "Ship it.",
    ),
    Reply(
        "mailman3-footer",
        "Ship it.\n_______________________________________________\nDesk mailing list -- desk@lists.example\nTo unsubscribe send an email to desk-leave@lists.example\n%(web_page_url)slistinfo%(cgiext)s/%(_internal_name)s\n",
        "Ship it.",
    ),
    Reply(
        "yahoo-groups",
        "Ship it.\n\n------------------------------------\n\n------------------------------------\n\nYahoo Groups Links\n\n<*> To visit your group on the web, go to:\n    http://groups.yahoo.example/group/desk/\n",
        "Ship it.",
    ),
    Reply(
        "disclaimer-after-quote",
        "Ship it.\n\nOn 05/01/2026 10:15, Marta Gil wrote:\n> Ship?\n\nThis message is confidential.\n",
        "Ship it.\n\nThis message is confidential.",
    ),
    Reply(
        "two-attributions-nested",
        "Ship it.\n\nAm 05.01.2026 um 10:15 schrieb Marta Gil:\n> Am 04.01.2026 um 10:15 schrieb Nora:\n>> Hi\n> Ship?\n",
        "Ship it.",
    ),
    Reply(
        "attribution-two-names",
        "Ship it.\n\nOn Mon, Jan 5, 2026 at 10:15 AM 'Marta Gil' via Desk Team <desk@groups.example>\nwrote:\n\n> Ship?\n",
        "Ship it.",
    ),
    Reply(
        "no-space-attribution",
        f"Ship it.\nOn Mon, Jan 5, 2026 at 10:15 AM Marta Gil <{ADDRESS}> wrote:\n> Ship?",
        "Ship it.",
    ),
    Reply(
        "attribution-name-with-colon",
        f"Ship it.\n\nOn Mon, Jan 5, 2026 at 10:15 AM Desk: Marta Gil <{ADDRESS}> wrote:\n\n> Ship?\n",
        "Ship it.",
    ),
    Reply(
        "attribution-long-name",
        f"Ship it.\n\nOn Mon, Jan 5, 2026 at 10:15 AM The Very Long Named Service Desk Of The\nVery Long Named Company With Several Departments In Several Cities\n<{ADDRESS}> wrote:\n\n> Ship?\n",
        "Ship it.",
    ),
    Reply(
        "jp-outlook-wide",
        f"送ってください。\n\n-----Original Message-----\nFrom: Marta Gil <{ADDRESS}> \nSent: Monday, January 5, 2026 10:15 AM\nTo: nora <{SENDER}>\nSubject: Re: 4471\n\n送りますか。\n",
        "送ってください。",
    ),
    Reply("jp-signature-lines", "送ってください。\n\n-- \n━━━━━━━━━━\nノラ・ルイス\n━━━━━━━━━━\n", "送ってください。"),
    Reply(
        "cn-foxmail",
        "请发货。\n\n\n\n发件人： Marta Gil\n发送时间： 2026-01-05 10:15\n收件人： nora\n主题： Re: 4471\n\n发货吗？\n",
        "请发货。",
    ),
    Reply(
        "cn-mi",
        f'请发货。\n\n发自我的小米手机\n在 "Marta Gil" <{ADDRESS}>，2026年1月5日 上午10:15写道：\n\n发货吗？\n',
        "请发货。",
    ),
    Reply(
        "cn-huawei",
        f"请发货。\n\n-------- 原始邮件 --------\n发件人： Marta Gil <{ADDRESS}>\n日期： 2026年1月5日周一 上午10:15\n收件人： nora <{SENDER}>\n主 题： Re: 4471\n\n发货吗？\n",
        "请发货。",
    ),
    Reply(
        "kr-iphone",
        f"보내 주세요.\n\n나의 iPhone에서 보냄\n\n2026. 1. 5. 오전 10:15, Marta Gil <{ADDRESS}> 작성:\n\n> 보낼까요?\n",
        "보내 주세요.",
    ),
    Reply(
        "ru-android-gmail",
        f"Отправляйте.\n\nпн, 5 янв. 2026 г., 10:15 Marta Gil <{ADDRESS}>:\n\n> Отправлять?\n",
        "Отправляйте.",
    ),
    Reply(
        "ru-outlook-mobile",
        f"Отправляйте.\n\nСкачать Outlook для iOS<https://aka.ms/o0ukef>\n________________________________\nОт: Marta Gil <{ADDRESS}>\nОтправлено: понедельник, января 5, 2026 10:15 AM\nКому: Nora\nТема: Re: 4471\n\nОтправлять?\n",
        "Отправляйте.",
    ),
    Reply(
        "sv-iphone",
        f"Skicka.\n\nSkickat från min iPhone\n\n> 5 jan. 2026 kl. 10:15 skrev Marta Gil <{ADDRESS}>:\n> \n> \ufeffSkicka?\n",
        "Skicka.",
    ),
    Reply(
        "pt-lotus",
        "Pode enviar.\n\n\n\n\n\nDe:\tMarta Gil/Desk/ACME\nPara:\tNora/Client@Client, \nData:\t05/01/2026 10:15\nAssunto:\tRe: 4471\n\n\n\nPosso?\n",
        "Pode enviar.",
    ),
    Reply(
        "de-lotus-wide",
        f'Bitte senden.\n\n\nMit freundlichen Grüßen / Best regards\n\nNora Ruiz\n\n\n\nVon:    "Marta Gil" <{ADDRESS}>\nAn:     <{SENDER}>, \nKopie:  <t@desk.example>\nDatum:  05.01.2026 10:15\nBetreff:        AW: 4471\n\n\n\nSenden?\n',
        "Bitte senden.\n\n\nMit freundlichen Grüßen / Best regards\n\nNora Ruiz",
    ),
    Reply(
        "fr-lotus-head",
        "Envoyez.\n\n\n\n|---------+---------------------------->\n|         |           Marta Gil        |\n|         |           05/01/2026 10:15 |\n|---------+---------------------------->\n  >----------------------------|\n  |  Pour :    Nora            |\n  |  Objet :   Re: 4471        |\n  >----------------------------|\n\nEnvoyer ?\n",
        "Envoyez.",
    ),
    Reply(
        "notes-reply-symphony",
        'Ship it.\n\nNora Ruiz\n\n\n-----"Marta Gil" <marta.gil@desk.example> wrote: -----\n\n>To: <nora@client.example>\n>From: "Marta Gil" <marta.gil@desk.example>\n>Date: 01/05/2026 10:15AM\n>Subject: 4471\n>\n>Ship?\n',
        "Ship it.\n\nNora Ruiz",
    ),
    Reply(
        "es-inline-dash",
        "Hola Marta,\n\nEl 5/1/26 a las 10:15, Marta Gil escribió:\n> ¿Modelo?\n- X1\n> ¿Serie?\n- 4471-B\n\nUn saludo",
        "Hola Marta,\n\n> ¿Modelo?\n- X1\n> ¿Serie?\n- 4471-B\n\nUn saludo",
    ),
    Reply(
        "ps-below-quote",
        "Ship it.\n\nOn 05/01/2026 10:15, Marta Gil wrote:\n> Ship?\n> Marta\n\nPS: by air, please.\n",
        "Ship it.\n\nPS: by air, please.",
    ),
    Reply(
        "gmail-inline",
        f'<div dir="ltr"><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Jan 5, 2026 at 10:15 AM Marta Gil &lt;{LINK}&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid"><div>Which model?</div></blockquote><div>X1</div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid"><div>Which serial?</div></blockquote><div>4471-B</div></div></div>',
        "Which model?\nX1\nWhich serial?\n4471-B",
        True,
    ),
    Reply(
        "gmail-amp-link",
        f'<div dir="ltr"><p>Siehe <a href="https://x.example/a?b=1&amp;c=2">hier</a>.</p></div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">Am Mo., 5. Jan. 2026 um 10:15&nbsp;Uhr schrieb Marta Gil &lt;{LINK}&gt;:<br></div><blockquote class="gmail_quote">alt</blockquote></div>',
        "Siehe hier.",
        True,
    ),
    Reply(
        "iphone-17-html",
        f'<html><body dir="auto">Schick es.<div><br></div><div>Danke</div><div><br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Von meinem iPhone gesendet</div><div dir="ltr"><br><blockquote type="cite">Am 05.01.2026 um 10:15 schrieb Marta Gil &lt;{ADDRESS}&gt;:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">\ufeff<div>Schicken?</div></div></blockquote></div></body></html>',
        "Schick es.\n\nDanke",
        True,
    ),
    Reply(
        "outlook-new-es",
        f'<html><body><div class="elementToProof" style="font-family: Aptos">Envíelo.</div><div class="elementToProof"><br></div><div id="Signature"><div>Nora Ruiz</div></div><div id="appendonsend"></div><hr style="display: inline-block; width: 98%;"><div id="divRplyFwdMsg" dir="ltr"><span><b>De:</b>&nbsp;Marta Gil &lt;{ADDRESS}&gt;<br><b>Enviado:</b>&nbsp;lunes<br><b>Para:</b>&nbsp;Nora<br><b>Asunto:</b>&nbsp;Re: 4471</span></div><div>¿Envío?</div></body></html>',
        "Envíelo.\n\nNora Ruiz",
        True,
    ),
    Reply(
        "thunderbird-inline-html",
        '<p>Hallo,</p><div class="moz-cite-prefix">Am 05.01.26 um 10:15 schrieb Marta Gil:<br></div><blockquote type="cite" cite="mid:a@b"><p>Modell?</p></blockquote><p>X1</p><blockquote type="cite" cite="mid:a@b"><p>Serie?</p></blockquote><p>4471</p><blockquote type="cite" cite="mid:a@b"><p>Gruß Marta</p></blockquote><div class="moz-signature">-- <br>Nora</div>',
        "Hallo,\n\nModell?\n\nX1\n\nSerie?\n\n4471",
        True,
    ),
    Reply(
        "yandex-en",
        f'<div>Ship it.</div><div> </div><div>05.01.2026, 10:15, "Marta Gil" &lt;{ADDRESS}&gt;:</div><blockquote><div>Ship?</div></blockquote><div> </div><div>-- </div><div>Nora Ruiz</div><div>Sent from Yandex.Mail for mobile</div>',
        "Ship it.",
        True,
    ),
    Reply(
        "mailru-html-sig",
        f'<div>Отправляйте.</div><div>&nbsp;</div><div data-signature-widget="container"><div data-signature-widget="content"><div>--<br>Нора</div></div></div><div>&nbsp;</div><blockquote style="border-left:1px solid #0857A6;">Понедельник, 5 января 2026, 10:15 +03:00 от Marta Gil &lt;{ADDRESS}&gt;:<div>Отправлять?</div></blockquote>',
        "Отправляйте.",
        True,
    ),
    Reply(
        "yahoo-html-it",
        f'<div class="ydp1yahoo-style-wrap"><div>Spedisca.</div></div><div class="yahoo_quoted"><div>Il lunedì 5 gennaio 2026 alle ore 10:15:00 CET, Marta Gil &lt;{ADDRESS}&gt; ha scritto: </div><div>Spedisco?</div></div>',
        "Spedisca.",
        True,
    ),
    Reply(
        "aol-html",
        f'<div>Ship it.</div><div><br></div><div style="font-family:arial;font-size:10pt">-----Original Message-----<br>From: Marta Gil &lt;{ADDRESS}&gt;<br>To: {SENDER}<br>Sent: Mon, Jan 5, 2026 10:15 am<br>Subject: Re: 4471<br><br><div>Ship?</div></div>',
        "Ship it.",
        True,
    ),
    Reply(
        "pre-html",
        "<pre>Ship it.\n\nOn 05/01/2026 10:15, Marta Gil wrote:\n&gt; Ship?\n&gt; Marta\n</pre>",
        "Ship it.",
        True,
    ),
    Reply(
        "table-layout-reply",
        '<table><tr><td><p>Ship it.</p><p>Nora</p></td></tr></table><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Marta Gil<br><b>Sent:</b> Monday<br><b>To:</b> Nora<br><b>Subject:</b> x</p></div><p>Ship?</p>',
        "Ship it.\n\nNora",
        True,
    ),
    Reply(
        "blackberry-html",
        f'<div>Ship it.</div><div><br>Sent from my BlackBerry 10 smartphone.</div><table width="100%" style="border-spacing:0px"><tr><td style="border-top:solid #B5C4DF 1.0pt"><div><b>From: </b>Marta Gil</div><div><b>Sent: </b>Monday, January 5, 2026 10:15</div><div><b>To: </b>{SENDER}</div><div><b>Subject: </b>Re: 4471</div></td></tr></table><div>Ship?</div>',
        "Ship it.",
        True,
    ),
    Reply(
        "windows-mail-html",
        f'<div class=WordSection1><p class=MsoNormal>Ship it.</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Sent from <a href="https://go.microsoft.com/fwlink/?LinkId=550986">Mail</a> for Windows</p><div style="mso-element:para-border-div;border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class=MsoNormal style="border:none;padding:0cm"><b>From: </b>{LINK}<br><b>Sent: </b>Monday<br><b>To: </b>Nora<br><b>Subject: </b>x</p></div><p>Ship?</p></div>',
        "Ship it.",
        True,
    ),
    Reply(
        "zimbra-inline-html",
        '<div>Ship it.<br><br><span>----- Mail original -----</span><br><blockquote style="border-left:2px solid">De: "Marta Gil"<br>À: "Nora"<br>Envoyé: Lundi 5 Janvier 2026<br>Objet: x<br><br>Ship?</blockquote></div>',
        "Ship it.",
        True,
    ),
]
