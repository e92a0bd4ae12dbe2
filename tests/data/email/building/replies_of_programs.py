# ruff: noqa: E501  (mails are written out as programs send them, and programs do not mind the width)
"""Replies of programs of one country or one platform, of the web desks of providers, and what only resembles a reply."""

from tests.data.email.building.reply import ADDRESS, SENDER, Reply

LINK = f'<a href="mailto:{ADDRESS}">{ADDRESS}</a>'

REPLIES = [
    Reply(
        "outlook-mac-new-en",
        f"""<html xmlns:o="urn:schemas-microsoft-com:office:office"><head></head><body lang="en-GB" link="#467886"><div class="WordSection1"><p class="MsoNormal"><span style="font-size:11.0pt">Hi Marta,<o:p></o:p></span></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">The invoice is paid. Please ship it.<o:p></o:p></p><p class="MsoNormal">Nora<o:p></o:p></p><div id="mail-editor-reference-message-container"><div><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal" style="margin-bottom:12.0pt"><b><span style="font-size:12.0pt;color:black">From: </span></b><span style="font-size:12.0pt;color:black">Marta Gil &lt;{ADDRESS}&gt;<br><b>Date: </b>Monday, 5 January 2026 at 10:15<br><b>To: </b>Nora &lt;{SENDER}&gt;<br><b>Subject: </b>Re: 4471</span></p></div><p>Did you pay?</p></div></div></div></body></html>""",
        "Hi Marta,\n\nThe invoice is paid. Please ship it.\nNora",
        True,
    ),
    Reply(
        "outlook-mac-plain-fr",
        f"Bonjour Marta,\n\nJe vous confirme : le colis est arrivé cassé.\n\nCordialement,\nNora\n\nDe : Marta Gil <{ADDRESS}>\nDate : lundi 5 janvier 2026 à 10:15\nÀ : Nora <{SENDER}>\nObjet : Re: 4471\n\nLe colis est-il arrivé ?\n",
        "Bonjour Marta,\n\nJe vous confirme : le colis est arrivé cassé.\n\nCordialement,\nNora",
    ),
    Reply(
        "outlook-ios-sent-from-es",
        f"Sí, el lunes me va bien.\n\nEnviado desde Outlook para iOS<https://aka.ms/o0ukef>\n________________________________\nDe: Marta Gil <{ADDRESS}>\nEnviado: Monday, January 5, 2026 10:15:00 AM\nPara: Nora <{SENDER}>\nAsunto: Re: 4471\n\n¿Le va bien el lunes?\n",
        "Sí, el lunes me va bien.",
    ),
    Reply(
        "outlook-android-new-de",
        f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body><div style="font-family: Aptos, sans-serif;" dir="auto">Guten Tag,</div><div dir="auto"><br></div><div dir="auto">der Fehler tritt nur bei Regen auf.</div><div id="ms-outlook-mobile-body-separator-line" dir="auto"><br></div><div dir="auto" id="ms-outlook-mobile-signature">Holen Sie sich <a href="https://aka.ms/AAb9ysg">Outlook für Android</a></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif"><b>Von:</b> Marta Gil &lt;{ADDRESS}&gt;<br><b>Gesendet:</b> Montag, Januar 5, 2026 10:15:00 vorm.<br><b>An:</b> Nora<br><b>Betreff:</b> Re: 4471</font></div><div>Wann tritt er auf?</div></body></html>""",
        "Guten Tag,\n\nder Fehler tritt nur bei Regen auf.",
        True,
    ),
    Reply(
        "owa-nl",
        f"""<html><head><style type="text/css" style="display:none;"> P {{margin-top:0;margin-bottom:0;}} </style></head><body dir="ltr"><div class="elementToProof" style="font-family: Aptos">Beste,</div><div class="elementToProof"><br></div><div class="elementToProof">De kabel past niet. Zie foto.</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>Van:</b> Marta Gil &lt;{ADDRESS}&gt;<br><b>Verzonden:</b> maandag 5 januari 2026 10:15<br><b>Aan:</b> Nora<br><b>Onderwerp:</b> Re: 4471</font><div>&nbsp;</div></div><div>Past hij?</div></body></html>""",
        "Beste,\n\nDe kabel past niet. Zie foto.",
        True,
    ),
    Reply(
        "owa-plain-hu",
        f"Kedves Márta!\n\nA kábel nem illik bele.\n\nÜdv,\nNóra\n________________________________\nFeladó: Marta Gil <{ADDRESS}>\nElküldve: 2026. január 5., hétfő 10:15\nCímzett: Nora <{SENDER}>\nTárgy: Re: 4471\n\nBelefér?\n",
        "Kedves Márta!\n\nA kábel nem illik bele.\n\nÜdv,\nNóra",
    ),
    Reply(
        "samsung-html-it",
        f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body><div dir="auto">Buongiorno, il modem è un X1.</div><div dir="auto"><br></div><div id="composer_signature" dir="auto"><div style="font-size:12px;color:#575757" dir="auto">Inviato dal mio Galaxy</div></div><div dir="auto"><br></div><div><br></div><div align="left" dir="auto" style="font-size:100%;color:#000000"><div>-------- Messaggio originale --------</div><div>Da: Marta Gil &lt;{ADDRESS}&gt; </div><div>Data: 05/01/26  10:15  (GMT+01:00) </div><div>A: {SENDER} </div><div>Oggetto: Re: 4471 </div><div><br></div></div><p>Che modello è?</p></body></html>""",
        "Buongiorno, il modem è un X1.",
        True,
    ),
    Reply(
        "samsung-ko",
        f"네, 월요일에 가능합니다.\n\n\n나의 Galaxy에서 보냄\n\n\n-------- 원본 이메일 --------\n발신: Marta Gil <{ADDRESS}>\n날짜: 26/1/5 오전 10:15 (GMT+09:00)\n받은 사람: {SENDER}\n제목: Re: 4471\n\n월요일에 가능합니까?\n",
        "네, 월요일에 가능합니다.",
    ),
    Reply(
        "bluemail-en",
        f"""<html><body><div dir="auto">It still fails after the update.</div><div dir="auto"><br></div><div id="tmjah_g_1299" dir="auto">Get <a href="http://www.bluemail.me/r?b=1">BlueMail for Android</a></div><div class="gmail_quote" dir="auto">On 5 Jan 2026, at 10:15, Marta Gil &lt;<a href="mailto:{ADDRESS}" target="_blank">{ADDRESS}</a>&gt; wrote:<blockquote class="gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex; border-left: 1px solid rgb(204, 204, 204); padding-left: 1ex;"><p>Did you update?</p></blockquote></div></body></html>""",
        "It still fails after the update.",
        True,
    ),
    Reply(
        "bluemail-plain-es",
        f"Sigue fallando.\n\nObtener BlueMail para Android\nEl 5 de enero de 2026, en 10:15, Marta Gil <{ADDRESS}> escribió:\n>¿Ha actualizado?\n>\n>Marta\n",
        "Sigue fallando.",
    ),
    Reply(
        "spark-plain-ru",
        f"Добрый день! Да, подтверждаю.\nОтправлено через Spark\n5 янв. 2026 г., 10:15 +0300, Marta Gil <{ADDRESS}>, писал:\n> Подтвердите, пожалуйста.\n",
        "Добрый день! Да, подтверждаю.",
    ),
    Reply(
        "superhuman-en",
        f"""<html><body><div>Looks right to me.</div><div><br></div><div class="gmail_signature"><div style="color:rgb(0, 0, 0)">Sent via <a href="https://sprh.mn/?vip={SENDER}">Superhuman</a></div></div><br><div class="sh-quoted-content"><div>On Mon, Jan 05, 2026 at 10:15 AM, Marta Gil <span dir="ltr">&lt;{LINK}&gt;</span> wrote:<br></div><blockquote style="margin:0 0 0 0.8ex;border-left:1px solid #ccc">Is it right?</blockquote></div></body></html>""",
        "Looks right to me.",
        True,
    ),
    Reply(
        "proton-plain-en",
        f"Works now, thanks.\n\nSent with [Proton Mail](https://proton.me/) secure email.\n\n------- Original Message -------\nOn Monday, January 5th, 2026 at 10:15 AM, Marta Gil <{ADDRESS}> wrote:\n\n\n> Does it work?\n>\n> Marta\n",
        "Works now, thanks.",
    ),
    Reply(
        "proton-plain-fr",
        f"Cela fonctionne, merci.\n\nEnvoyé avec la messagerie sécurisée Proton Mail.\n\nLe lundi 5 janvier 2026 à 10:15, Marta Gil <{ADDRESS}> a écrit :\n\n> Ça marche ?\n",
        "Cela fonctionne, merci.",
    ),
    Reply(
        "fastmail-en",
        """<!DOCTYPE html><html><head><title></title></head><body><div>We use version 3.2.<br></div><div><br></div><div>On Mon, 5 Jan 2026, at 10:15 AM, Marta Gil wrote:<br></div><blockquote type="cite" id="qt" style=""><div>Which version?<br></div></blockquote><div><br></div></body></html>""",
        "We use version 3.2.",
        True,
    ),
    Reply(
        "fastmail-plain-inline",
        f"On Mon, 5 Jan 2026, at 10:15 AM, Marta Gil wrote:\n> Which version?\n\n3.2\n\n> Which system?\n\nDebian 12.\n\n> Kind regards\n> Marta\n\n-- \n  Nora\n  {SENDER}\n",
        "> Which version?\n\n3.2\n\n> Which system?\n\nDebian 12.",
    ),
    Reply(
        "zimbra-plain-fr",
        f'Bonjour,\n\noui, vous pouvez clore le ticket.\n\nNora\n\n----- Mail original -----\nDe: "Marta Gil" <{ADDRESS}>\nÀ: "Nora" <{SENDER}>\nEnvoyé: Lundi 5 Janvier 2026 10:15:00\nObjet: Re: 4471\n\nPuis-je clore ?\n',
        "Bonjour,\n\noui, vous pouvez clore le ticket.\n\nNora",
    ),
    Reply(
        "zimbra-new-pt",
        f"""<html><body><div style="font-family: arial"><div>Pode fechar o chamado.</div><div><br></div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><blockquote style="border-left:2px solid #1010FF"><b>De: </b>"Marta Gil" &lt;{ADDRESS}&gt;<br><b>Para: </b>"Nora"<br><b>Enviadas: </b>Segunda-feira, 5 de janeiro de 2026 10:15:00<br><b>Assunto: </b>Re: 4471<br></blockquote></div><div data-marker="__QUOTED_TEXT__"><blockquote>Posso fechar?</blockquote></div></div></body></html>""",
        "Pode fechar o chamado.",
        True,
    ),
    Reply(
        "roundcube-html-en",
        """<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" /></head><body style='font-size: 10pt'><p>Hello,</p><p>the second one, please.</p><div id="signature"></div><p><br /></p><p id="reply-intro">On 2026-01-05 10:15, Marta Gil wrote:</p><blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0"><div>Which of the two?</div></blockquote><div><br /></div></body></html>""",
        "Hello,\n\nthe second one, please.",
        True,
    ),
    Reply(
        "roundcube-plain-cs",
        "Dobrý den,\n\nprosím ten druhý.\n\nNora\n\nDne 2026-01-05 10:15, Marta Gil napsal:\n> Který z nich?\n",
        "Dobrý den,\n\nprosím ten druhý.\n\nNora",
    ),
    Reply(
        "evolution-de",
        "Guten Tag,\n\nnein, nur am Abend.\n\nAm Montag, dem 05.01.2026 um 10:15 +0100 schrieb Marta Gil:\n> Immer?\n> \n> -- \n> Marta Gil\n\n",
        "Guten Tag,\n\nnein, nur am Abend.",
    ),
    Reply(
        "evolution-es",
        """<html dir="ltr"><head></head><body style="text-align:left; direction:ltr;"><div>Solo por la tarde.</div><div><br></div><div>El lun, 05-01-2026 a las 10:15 +0100, Marta Gil escribió:</div><blockquote type="cite" style="margin:0 0 0 .8ex; border-left:2px #729fcf solid;padding-left:1ex"><div>¿Siempre?</div></blockquote><div><br></div><div><span></span></div></body></html>""",
        "Solo por la tarde.",
        True,
    ),
    Reply(
        "kmail-de",
        "Am Montag, 5. Januar 2026, 10:15:00 CET schrieb Marta Gil:\n> Läuft der Dienst noch?\n\nJa, seit gestern.\n\nGruß\nNora\n\n\n",
        "Ja, seit gestern.\n\nGruß\nNora",
    ),
    Reply(
        "kmail-ru",
        "Да, со вчерашнего дня.\n\nВ письме от понедельник, 5 января 2026 г. 10:15:00 MSK пользователь Marta Gil написал:\n> Сервис работает?\n",
        "Да, со вчерашнего дня.",
    ),
    Reply(
        "mutt-en",
        "On Mon, Jan 05, 2026 at 10:15:00AM +0100, Marta Gil wrote:\n> We changed the DNS record.\n> Can you reach it now?\n\nYes, resolves from two networks.\n\n> And the old name?\n\nGone, as expected.\n\n-- \nNora Ruiz, ACME\n",
        "> We changed the DNS record.\n> Can you reach it now?\n\nYes, resolves from two networks.\n\n> And the old name?\n\nGone, as expected.",
    ),
    Reply("mutt-star", f"* Marta Gil <{ADDRESS}> [2026-01-05 10:15]:\n> Can you reach it now?\n\nYes.\n", "Yes."),
    Reply(
        "sogo-de",
        f"""<html>Guten Tag,<br><br>bitte am Mittwoch.<br><br>Am Montag, 05. Januar 2026 10:15 CET, schrieb Marta Gil &lt;{ADDRESS}&gt;:<br>&nbsp;<blockquote type="cite" cite="a@desk.example">Wann sollen wir kommen?</blockquote><br><br>&nbsp;</html>""",
        "Guten Tag,\n\nbitte am Mittwoch.",
        True,
    ),
    Reply(
        "open-xchange-de",
        f"Hallo,\n\nder Drucker ist offline.\n\n> Marta Gil <{ADDRESS}> hat am 05.01.2026 10:15 CET geschrieben:\n> \n>  \n> Ist der Drucker an?\n",
        "Hallo,\n\nder Drucker ist offline.",
    ),
    Reply(
        "open-xchange-it",
        f"""<!doctype html><html><head><meta charset="UTF-8"></head><body><div>La stampante è offline.</div><blockquote type="cite"><div>Il 05/01/2026 10:15 CET Marta Gil &lt;{ADDRESS}&gt; ha scritto:</div><div>&nbsp;</div><div>&nbsp;</div><div>È accesa?</div></blockquote></body></html>""",
        "La stampante è offline.",
        True,
    ),
    Reply(
        "gmx-html",
        f"""<html><head></head><body><div style="font-family: Verdana;font-size: 12.0px;"><div>Hallo Marta,</div><div>&nbsp;</div><div>anbei die Rechnung.</div><div>&nbsp;</div><div>Gru&szlig;, Nora</div><div>&nbsp;<div>&nbsp;<div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5; word-wrap: break-word;"><div style="margin:0 0 10px 0;"><b>Gesendet:</b>&nbsp;Montag, 05. Januar 2026 um 10:15 Uhr<br/><b>Von:</b>&nbsp;&quot;Marta Gil&quot; &lt;{ADDRESS}&gt;<br/><b>An:</b>&nbsp;{SENDER}<br/><b>Betreff:</b>&nbsp;Re: 4471</div><div name="quoted-content">Haben Sie die Rechnung?</div></div></div></div></div></body></html>""",
        "Hallo Marta,\n\nanbei die Rechnung.\n\nGruß, Nora",
        True,
    ),
    Reply(
        "webde-app",
        f"Ja, bitte.\n-- \nDiese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.\nAm 05.01.26, 10:15 schrieb Marta Gil <{ADDRESS}>:\n> Sollen wir?\n",
        "Ja, bitte.",
    ),
    Reply(
        "t-online",
        f'Das Gerät ist angekommen.\n\n\n-----Original-Nachricht-----\nBetreff: Re: 4471\nDatum: 2026-01-05T10:15:00+0100\nVon: "Marta Gil" <{ADDRESS}>\nAn: "{SENDER}" <{SENDER}>\n\nIst es angekommen?\n',
        "Das Gerät ist angekommen.",
    ),
    Reply(
        "telekom-app",
        f"Das Gerät ist angekommen.\n\nGesendet mit der Telekom Mail App\n\n--- Original-Nachricht ---\nVon: Marta Gil\nBetreff: Re: 4471\nDatum: 05. Januar 2026, 10:15\nAn: {SENDER}\n\nIst es da?\n",
        "Das Gerät ist angekommen.",
    ),
    Reply(
        "orange-fr",
        f'Bonjour\nJe n\'ai rien reçu.\n\n\n\n> Message du 05/01/26 10:15\n> De : "Marta Gil" <{ADDRESS}>\n> A : "{SENDER}"\n> Copie à : \n> Objet : Re: 4471\n> \n> L\'avez-vous reçu ?\n',
        "Bonjour\nJe n'ai rien reçu.",
    ),
    Reply(
        "orange-new-fr",
        f"""<html><body><p>Bonjour,</p><p>je n'ai rien reçu.</p><blockquote style="border-left:2px solid #ccc"><div>envoyé : 5 janvier 2026 à 10:15</div><div>de : Marta Gil &lt;{ADDRESS}&gt;</div><div>à : {SENDER}</div><div>objet : Re: 4471</div><br><div>L'avez-vous reçu ?</div></blockquote></body></html>""",
        "Bonjour,\n\nje n'ai rien reçu.",
        True,
    ),
    Reply(
        "laposte",
        f"Merci, c'est réglé.\n\nenvoyé : 5 janvier 2026 à 10:15\nde : Marta Gil <{ADDRESS}>\nà : {SENDER}\nobjet : Re: 4471\n\nEst-ce réglé ?\n",
        "Merci, c'est réglé.",
    ),
    Reply(
        "libero-old",
        f"Grazie, risolto.\n\n----Messaggio originale----\nDa: {ADDRESS}\nData: 05/01/2026 10.15\nA: <{SENDER}>\nOgg: Re: 4471\n\nRisolto?\n",
        "Grazie, risolto.",
    ),
    Reply(
        "libero-new",
        f"Risolto.\n\nInviato da Libero Mail per Android\nIl 5 gennaio 2026 alle 10:15 Marta Gil <{ADDRESS}> ha scritto:\n> Risolto?\n",
        "Risolto.",
    ),
    Reply(
        "seznam",
        f'''<html><body>Dobrý den,<div>zásilka nedorazila.</div><div>Nora</div><br><aside>---------- Původní e-mail ----------<br>Od: Marta Gil &lt;{ADDRESS}&gt;<br>Komu: {SENDER}<br>Datum: 5. 1. 2026 10:15:00<br>Předmět: Re: 4471</aside><br><blockquote data-email="{ADDRESS}"><div>Dorazila?</div></blockquote></body></html>''',
        "Dobrý den,\nzásilka nedorazila.\nNora",
        True,
    ),
    Reply(
        "wp-pl",
        f"Dzień dobry,\n\npaczka nie dotarła.\n\nDnia 5 stycznia 2026 10:15 Marta Gil <{ADDRESS}> napisał(a):\n\nCzy paczka dotarła?\n",
        "Dzień dobry,\n\npaczka nie dotarła.",
    ),
    Reply(
        "onet-pl",
        f"Paczka nie dotarła.\n\nW dniu 2026-01-05 10:15:00 użytkownik Marta Gil <{ADDRESS}> napisał:\n> Czy paczka dotarła?\n",
        "Paczka nie dotarła.",
    ),
    Reply(
        "interia-pl",
        f'Nie dotarła.\n\nOd: "Marta Gil" <{ADDRESS}>\nDo: {SENDER}; \nWysłane: 10:15 Poniedziałek 2026-01-05\nTemat: Re: 4471\n\n> Dotarła?\n',
        "Nie dotarła.",
    ),
    Reply(
        "qq-en",
        f"""<div>Please refund the order.</div><div><br></div><div><includetail><div>&nbsp;</div><div style="font:Verdana normal 14px;color:#000;"><div style="font-size: 12px;font-family: Arial Narrow;padding:2px 0 2px 0;">------------------&nbsp;Original&nbsp;------------------</div><div style="font-size: 12px;background:#efefef;padding:8px;"><div id="menu_sender"><b>From: </b>&nbsp;"Marta Gil"&lt;{ADDRESS}&gt;;</div><div><b>Date: </b>&nbsp;Mon, Jan 5, 2026 10:15 AM</div><div><b>To: </b>&nbsp;"nora"&lt;{SENDER}&gt;;<wbr></div><div><b>Subject: </b>&nbsp;Re: 4471</div></div><div>&nbsp;</div><div>Refund?</div></div></includetail></div>""",
        "Please refund the order.",
        True,
    ),
    Reply(
        "netease-163-plain",
        f'好的，谢谢，已经收到。\n\n\n\n\n\n\n\nAt 2026-01-05 10:15:00, "Marta Gil" <{ADDRESS}> wrote:\n>收到了吗？\n>\n',
        "好的，谢谢，已经收到。",
    ),
    Reply(
        "netease-163-html",
        f"""<div style="line-height:1.7;color:#000000;font-size:14px;font-family:Arial"><div>已经收到。</div><div><br></div><div><br></div><div style="position:relative;zoom:1"></div><div id="divNeteaseMailCard"></div><p>在 2026-01-05 10:15:00，"Marta Gil" &lt;{ADDRESS}&gt; 写道：</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; BORDER-LEFT: #ccc 1px solid"><div>收到了吗？</div></blockquote></div>""",
        "已经收到。",
        True,
    ),
    Reply(
        "netease-master-app",
        f"收到，周一可以。\n\n\n| |\n诺拉\n|\n|\n{SENDER}\n|\n\n\n---- 回复的原邮件 ----\n| 发件人 | Marta Gil<{ADDRESS}> |\n| 发送日期 | 2026年01月05日 10:15 |\n| 收件人 | nora<{SENDER}> |\n| 主题 | Re: 4471 |\n周一可以吗？\n",
        f"收到，周一可以。\n\n\n| |\n诺拉\n|\n|\n{SENDER}\n|",
    ),
    Reply(
        "aliyun",
        f"可以的。\n------------------------------------------------------------------\n发件人：Marta Gil <{ADDRESS}>\n发送时间：2026年1月5日(星期一) 10:15\n收件人：nora <{SENDER}>\n主　题：Re: 4471\n\n可以吗？\n",
        "可以的。",
    ),
    Reply(
        "naver",
        f'확인했습니다. 감사합니다.\n\n-----Original Message-----\nFrom: "Marta Gil"<{ADDRESS}>\nTo: "nora"<{SENDER}>;\nCc: \nSent: 2026-01-05 (월) 10:15:00 (GMT+09:00)\nSubject: Re: 4471\n\n확인 부탁드립니다.\n',
        "확인했습니다. 감사합니다.",
    ),
    Reply(
        "daum",
        f"확인했습니다.\n\n--------- 원본 메일 ---------\n보낸사람: Marta Gil <{ADDRESS}>\n받는사람 : <{SENDER}>\n날짜: 2026년 1월 05일 월요일, 10시 15분 00초 +0900\n제목: Re: 4471\n\n확인 부탁드립니다.\n",
        "확인했습니다.",
    ),
    Reply(
        "yahoo-japan",
        f"Marta様\n\nお世話になっております。\n型番はX1です。\n\n----- Original Message -----\n>From: Marta Gil <{ADDRESS}>\n>To: {SENDER}\n>Date: 2026/1/5, Mon 10:15\n>Subject: Re: 4471\n>\n>型番を教えてください。\n",
        "Marta様\n\nお世話になっております。\n型番はX1です。",
    ),
    Reply(
        "becky-ja",
        f"型番はX1です。\n\nOn Mon, 05 Jan 2026 10:15:00 +0900\nMarta Gil <{ADDRESS}> wrote:\n\n> 型番を教えてください。\n\n-- \nNora\n",
        "型番はX1です。",
    ),
    Reply(
        "yahoo-de",
        f"  Hallo,\nes geht wieder.\n\n    Am Montag, 5. Januar 2026 um 10:15:00 MEZ hat Marta Gil <{ADDRESS}> Folgendes geschrieben:  \n \n Geht es wieder?\n  ",
        "Hallo,\nes geht wieder.",
    ),
    Reply(
        "yahoo-android-es",
        f"Ya funciona.\n\nEnviado desde Yahoo Mail en Android \n \n  El lun, 5 ene. 2026 a las 10:15, Marta Gil<{ADDRESS}> escribió:   ¿Funciona ya?\n  ",
        "Ya funciona.",
    ),
    Reply(
        "yahoo-android-en",
        f"It is fixed.\n\nYahoo Mail: Search, organise, conquer \n \n  On Mon, 5 Jan 2026 at 10:15, Marta Gil<{ADDRESS}> wrote:   Is it fixed?\n  ",
        "It is fixed.",
    ),
    Reply(
        "yandex-new-ru",
        f"""<div>Здравствуйте!</div><div> </div><div>Номер заказа 4471.</div><div> </div><div>----------------</div><div>Кому: Nora ({SENDER});</div><div>Тема: Re: 4471;</div><div>05.01.2026, 10:15, "Marta Gil" &lt;{ADDRESS}&gt;:</div><blockquote><p>Какой номер?</p></blockquote>""",
        "Здравствуйте!\n\nНомер заказа 4471.",
        True,
    ),
    Reply(
        "yandex-app-ru",
        f"Номер 4471.\n-- \nОтправлено из мобильного приложения Яндекс Почты\n\n05.01.2026, 10:15, Marta Gil <{ADDRESS}>:\n\nКакой номер?\n",
        "Номер 4471.",
    ),
    Reply(
        "mailru-app",
        f"Спасибо, всё пришло.\n--\nНора Руис\nОтправлено из Почты Mail.ru для Android\nпонедельник, 05 января 2026г., 10:15 +03:00 от Marta Gil  {ADDRESS}:\n\n>Всё пришло?\n",
        "Спасибо, всё пришло.",
    ),
    Reply(
        "ukrnet",
        f"""<html><body><span style="display:block">Дякую, отримала.</span><br/><i><span style="font-size:10pt;">5 січня 2026, 10:15:00, від "<span class="user_name">Marta Gil</span>" &lt;<a href="mailto:{ADDRESS}">{ADDRESS}</a>&gt;</span></i>:<br/><br/><blockquote class="ukrnet_quote" style="border-left:1px solid #ccc">Отримали?</blockquote></body></html>""",
        "Дякую, отримала.",
        True,
    ),
    Reply(
        "thunderbird-nb",
        "Ja, det stemmer.\n\nHilsen\nNora\n\nDen 05.01.2026 10:15, skrev Marta Gil:\n> Stemmer det?\n",
        "Ja, det stemmer.\n\nHilsen\nNora",
    ),
    Reply("freemail-hu", f"Igen, megjött.\n\nMarta Gil <{ADDRESS}> írta:\n>Megjött?\n>\n", "Igen, megjött."),
    Reply(
        "yahoo-ro",
        f"Da, a ajuns.\n\n    În luni, 5 ianuarie 2026, 10:15:00 EET, Marta Gil <{ADDRESS}> a scris:  \n \n A ajuns?\n",
        "Da, a ajuns.",
    ),
    Reply(
        "thunderbird-ro",
        "Da, a ajuns ieri.\n\nPe 05.01.2026 10:15, Marta Gil a scris:\n> A ajuns?\n",
        "Da, a ajuns ieri.",
    ),
    Reply(
        "thunderbird-el-article",
        "Ναι, ήρθε χθες.\n\nΣτις 5/1/2026 10:15 π.μ., ο/η Marta Gil έγραψε:\n> Ήρθε;\n",
        "Ναι, ήρθε χθες.",
    ),
    Reply(
        "yahoo-el",
        f"Ήρθε χθες.\n\n    Στις Δευτέρα 5 Ιανουαρίου 2026 στις 10:15:00 π.μ. EET, ο χρήστης Marta Gil <{ADDRESS}> έγραψε:  \n \n Ήρθε;\n",
        "Ήρθε χθες.",
    ),
    Reply(
        "iphone-he",
        f"כן, הגיע אתמול.\n\nנשלח מה-iPhone שלי\n\n\u200f\u202aב-5 בינו׳ 2026, בשעה 10:15, \u200f\u202aMarta Gil\u202c\u200f <\u202a{ADDRESS}\u202c\u200f> כתב/ה:\u202c\n\n> \u200fהאם הגיע?\n",
        "כן, הגיע אתמול.",
    ),
    Reply(
        "iphone-ar",
        f"نعم، وصل أمس.\n\nمُرسل من الـ iPhone الخاص بي\n\n> في 5 يناير 2026، الساعة 10:15 ص، كتب Marta Gil <{ADDRESS}>:\n> \n> هل وصل؟\n",
        "نعم، وصل أمس.",
    ),
    Reply(
        "gmail-zh-tw",
        f"收到了，謝謝。\n\nMarta Gil <{ADDRESS}> 於 2026年1月5日 週一 上午10:15寫道：\n\n> 收到了嗎？\n>\n",
        "收到了，謝謝。",
    ),
    Reply(
        "iphone-zh-tw",
        f"收到了。\n\n從我的 iPhone 傳送\n\n> Marta Gil <{ADDRESS}> 於 2026年1月5日 上午10:15 寫道：\n> \n> 收到了嗎？\n",
        "收到了。",
    ),
    Reply(
        "yahoo-tr",
        f"Evet, ulaştı.\n\n    5 Ocak 2026 Pazartesi 10:15:00 GMT+3 tarihinde, Marta Gil <{ADDRESS}> şunu yazdı:  \n \n Ulaştı mı?\n",
        "Evet, ulaştı.",
    ),
    Reply(
        "uol-pt",
        f'Já chegou, obrigada.\n\n \n\nDe: "Marta Gil" <{ADDRESS}>\nEnviada: 2026/01/05 10:15:00\nPara: {SENDER}\nAssunto: Re: 4471\n \n\nJá chegou?\n',
        "Já chegou, obrigada.",
    ),
    Reply(
        "gmail-pt-pt",
        f"Já chegou.\n\nMarta Gil <{ADDRESS}> escreveu (segunda, 5/01/2026 à(s)\n10:15):\n\n> Já chegou?\n",
        "Já chegou.",
    ),
    Reply(
        "kpn-nl",
        f"Het is er.\n\n> Op 05-01-2026 10:15 CET schreef Marta Gil <{ADDRESS}>:\n> \n>  \n> Is het er?\n",
        "Het is er.",
    ),
    Reply(
        "emclient-de",
        f"""<html><head><style>#x{{color:red}}</style></head><body><div>Hallo,</div><div>das Update half nicht.</div><div><br /></div><div id="signature_old"></div><div><br /></div><div>------ Originalnachricht ------</div><div>Von "Marta Gil" &lt;{LINK}&gt;</div><div>An {SENDER}</div><div>Datum 05.01.2026 10:15:00</div><div>Betreff Re: 4471</div><div><br /></div><div id="xabc"><blockquote cite="a@desk.example" type="cite" class="cite2">Half das Update?</blockquote></div></body></html>""",
        "Hallo,\ndas Update half nicht.",
        True,
    ),
    Reply(
        "the-bat-en",
        f"Hello Marta,\n\nMonday, January 5, 2026, 10:15:00 AM, you wrote:\n\n> Did the update help?\n\nNo, same error.\n\n-- \nBest regards,\n Nora                            mailto:{SENDER}\n",
        "Hello Marta,\n\n> Did the update help?\n\nNo, same error.",
    ),
    Reply(
        "the-bat-ru",
        f"Здравствуйте, Marta.\n\nВы писали 5 января 2026 г., 10:15:00:\n\n> Помогло обновление?\n\nНет, та же ошибка.\n\n> А перезапуск?\n\nТоже нет.\n\n-- \nС уважением,\n Нора                          mailto:{SENDER}\n",
        "Здравствуйте, Marta.\n\n> Помогло обновление?\n\nНет, та же ошибка.\n\n> А перезапуск?\n\nТоже нет.",
    ),
    Reply(
        "the-bat-initials",
        "No, same error.\n\nOn Monday, January 5, 2026, 10:15:00 AM, Marta wrote:\n\nMG> Did the update help?\nMG> If not, please restart.\n",
        "No, same error.",
    ),
    Reply(
        "hey",
        f"Restarted twice already.\n\nOn January 5, 2026, Marta Gil <{ADDRESS}> wrote:\n> Please restart.\n",
        "Restarted twice already.",
    ),
    Reply(
        "mailbird-en",
        f"""<div style="font-family: Arial"><div>Same error after restart.</div><div class="mb_sig"></div><blockquote class="history_container" type="cite" style="border-left-style: solid;border-width: 1px; margin-top: 20px;"><p style="color: #AAAAAA; margin-top: 10px;">On 05/01/2026 10:15:00, Marta Gil &lt;{ADDRESS}&gt; wrote:</p><div>Please restart.</div></blockquote></div>""",
        "Same error after restart.",
        True,
    ),
    Reply(
        "airmail-en",
        f"""<html><head></head><body><div id="bloop_customfont" style="margin:0px">Same error here.</div> <br> <div id="bloop_sign_1" class="bloop_sign"><span>-- <br>Nora</span></div> <br><p class="airmail_on">On 5 January 2026 at 10:15:00, Marta Gil ({LINK}) wrote:</p> <blockquote type="cite" class="clean_bq"><span><div>Please restart.</div></span></blockquote></body></html>""",
        "Same error here.",
        True,
    ),
    Reply(
        "edison",
        f"Fine, do it.\n\nSent from Edison Mail\nOn Jan 5, 2026 at 10:15 AM, Marta Gil <{ADDRESS}> wrote:\n\nShall we?\n",
        "Fine, do it.",
    ),
    Reply(
        "k9-es",
        f"De acuerdo.\n-- \nEnviado desde mi dispositivo Android con K-9 Mail. Por favor, disculpa mi brevedad.\n\nEl 5 de enero de 2026 10:15:00 CET, Marta Gil <{ADDRESS}> escribió:\n>¿Lo hacemos?\n",
        "De acuerdo.",
    ),
    Reply(
        "k9-bottom",
        f"On January 5, 2026 10:15:00 AM GMT+01:00, Marta Gil <{ADDRESS}> wrote:\n>Shall we do it?\n>\n>Marta\n\nYes, please.\n-- \nSent from my Android device with K-9 Mail. Please excuse my brevity.",
        "Yes, please.",
    ),
    Reply(
        "blackberry-10",
        f"Yes please.\n\nSent from my BlackBerry 10 smartphone on the O2 network.\n  Original Message  \nFrom: Marta Gil\nSent: Monday, January 5, 2026 10:15\nTo: {SENDER}\nReply To: {ADDRESS}\nSubject: Re: 4471\n\nShall we?\n",
        "Yes please.",
    ),
    Reply(
        "groupwise",
        f'Hello,\nthe second machine too.\n\nNora\n\n>>> "Marta Gil" <{ADDRESS}> 1/5/2026 10:15 AM >>>\nIs it one machine only?\n\nMarta\n',
        "Hello,\nthe second machine too.\n\nNora",
    ),
    Reply(
        "groupwise-de",
        f"Beide Geräte.\n\n>>> Marta Gil <{ADDRESS}> 05.01.2026 10:15 >>>\nNur eines?\n",
        "Beide Geräte.",
    ),
    Reply("postbox", "Both of them.\n\nMarta Gil wrote on 1/5/26 10:15 AM:\n> Only one?\n", "Both of them."),
    Reply(
        "thunderbird-headers-table",
        f"""<html><body><p>Both machines.</p><br><div class="moz-forward-container"><br><br>-------- Original Message --------<table class="moz-email-headers-table" cellspacing="0"><tbody><tr><th align="RIGHT" nowrap>Subject: </th><td>Re: 4471</td></tr><tr><th align="RIGHT">Date: </th><td>Mon, 5 Jan 2026 10:15:00 +0100</td></tr><tr><th>From: </th><td>Marta Gil &lt;{ADDRESS}&gt;</td></tr></tbody></table><br>Only one?</div></body></html>""",
        "Both machines.",
        True,
    ),
    Reply(
        "windows-mail-sv",
        f"Hej, båda två.\n\nSkickades från E-post för Windows\n\nFrån: Marta Gil\nSkickat: den 5 januari 2026 10:15\nTill: {SENDER}\nÄmne: Re: 4471\n\nBara en?\n",
        "Hej, båda två.",
    ),
    Reply(
        "windows-mail-zh",
        f"两台都是。\n\n从 Windows 版邮件发送\n\n发件人: Marta Gil\n发送时间: 2026年1月5日 10:15\n收件人: {SENDER}\n主题: Re: 4471\n\n只有一台？\n",
        "两台都是。",
    ),
    Reply(
        "windows-mail-fi",
        f"Molemmat.\n\nLähetetty Windowsin Sähköpostista\n\nLähettäjä: Marta Gil\nLähetetty: maanantai 5. tammikuuta 2026 10.15\nVastaanottaja: {SENDER}\nAihe: Re: 4471\n\nVain yksi?\n",
        "Molemmat.",
    ),
    Reply(
        "outlook-da-html-inline-colour",
        f"""<html><body><div class="WordSection1"><p class="MsoNormal">Hej Marta,<o:p></o:p></p><p class="MsoNormal">Se mine svar nedenfor.<o:p></o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>Fra:</b> Marta Gil &lt;{ADDRESS}&gt; <br><b>Sendt:</b> 5. januar 2026 10:15<br><b>Til:</b> Nora<br><b>Emne:</b> SV: 4471<o:p></o:p></p></div></div><p>Kun én?</p></div></body></html>""",
        "Hej Marta,\nSe mine svar nedenfor.",
        True,
    ),
    Reply(
        "forward-evolution",
        f"Please have a look at this one.\n\nNora\n\n-------- Forwarded Message --------\nFrom: Marta Gil <{ADDRESS}>\nTo: {SENDER}\nSubject: Re: 4471\nDate: Mon, 05 Jan 2026 10:15:00 +0100\n\nOnly one?\n",
        "Please have a look at this one.\n\nNora",
    ),
    Reply(
        "forward-kmail",
        f"FYI\n\n----------  Forwarded Message  ----------\n\nSubject: Re: 4471\nDate: Monday, 5 January 2026, 10:15:00 CET\nFrom: Marta Gil <{ADDRESS}>\nTo: {SENDER}\n\nOnly one?\n-----------------------------------------\n",
        "FYI",
    ),
    Reply(
        "forward-seznam-alone",
        f"---------- Přeposlaný e-mail ----------\nOd: Marta Gil <{ADDRESS}>\nKomu: {SENDER}\nDatum: 5. 1. 2026 10:15:00\nPředmět: Re: 4471\n\nJen jeden?",
        f"---------- Přeposlaný e-mail ----------\nOd: Marta Gil <{ADDRESS}>\nKomu: {SENDER}\nDatum: 5. 1. 2026 10:15:00\nPředmět: Re: 4471\n\nJen jeden?",
    ),
    Reply(
        "forward-gmail-tr-text",
        f"Lütfen bakar mısınız?\n\n---------- Forwarded message ---------\nGönderen: Marta Gil <{ADDRESS}>\nDate: 5 Oca 2026 Pzt, 10:15\nSubject: Re: 4471\nTo: <{SENDER}>\n\n\nSadece biri mi?\n",
        "Lütfen bakar mısınız?",
    ),
    Reply(
        "below-unmarked-with-top",
        f"Hi Marta, see below.\n\n-----Original Message-----\nFrom: Marta Gil <{ADDRESS}>\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora\nSubject: Re: 4471\n\nWhich model?\n\n[Nora] It is the X1.\n\nWhich serial?\n\n[Nora] 4471-B.\n",
        "Hi Marta, see below.",
    ),
    Reply(
        "own-words-trap-1",
        'Hello,\n\nFrom: the first day, the display was dark.\nThe seller wrote:\n"please contact the maker".\n\nWhat now?\n\nNora',
        'Hello,\n\nFrom: the first day, the display was dark.\nThe seller wrote:\n"please contact the maker".\n\nWhat now?\n\nNora',
    ),
    Reply(
        "own-words-trap-2",
        "Hi,\n\nsteps:\n\n1) boot\n2) at 10:15 the log wrote:\n\n   ERROR 17\n   ERROR 18\n\n3) reboot\n\nThanks",
        "Hi,\n\nsteps:\n\n1) boot\n2) at 10:15 the log wrote:\n\n   ERROR 17\n   ERROR 18\n\n3) reboot\n\nThanks",
    ),
    Reply(
        "own-words-trap-3-de",
        'Guten Tag,\n\nam 05.01.2026 um 10:15 Uhr schrieb mir Ihr Kollege:\n\n"Das Gerät wird ersetzt."\n\nSeitdem ist nichts geschehen. Wann kommt es?\n\nMit freundlichen Grüßen\nNora Ruiz',
        'Guten Tag,\n\nam 05.01.2026 um 10:15 Uhr schrieb mir Ihr Kollege:\n\n"Das Gerät wird ersetzt."\n\nSeitdem ist nichts geschehen. Wann kommt es?\n\nMit freundlichen Grüßen\nNora Ruiz',
    ),
    Reply(
        "own-form",
        f"New order via the web form\n\nName: Nora Ruiz\nFrom: Madrid\nE-mail: {SENDER}\nDate: 5 January 2026\nSubject: delivery\n\nMessage: please call me.",
        "New order via the web form\n\nName: Nora Ruiz\nFrom: Madrid\nE-mail: nora@client.example\nDate: 5 January 2026\nSubject: delivery\n\nMessage: please call me.",
    ),
    Reply(
        "pasted-log",
        "Hi,\n\nthe relay says:\n\n> 250 OK\n> 550 no such user\n\nIs that yours?\n\nNora",
        "Hi,\n\nthe relay says:\n\n> 250 OK\n> 550 no such user\n\nIs that yours?\n\nNora",
    ),
]
