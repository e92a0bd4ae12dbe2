# ruff: noqa: E501  (mails are written out as programs send them, and programs do not mind the width)
"""Replies in forms that are seldom seen: damaged introductions, heads on one line, answers that stand elsewhere."""

from tests.data.email.building.reply import ADDRESS, SENDER, Reply

LINK = f'<a href="mailto:{ADDRESS}">{ADDRESS}</a>'
ANSWER = "It is the X1."

REPLIES = [
    Reply(
        "ar-digits-markdown",
        f"أريد فاتورة من فضلكم   \n\nفي الخميس، ١٣ يونيو ٢٠٢٤، ٦:٣٠ م Marta Gil <[{ADDRESS}](mailto:{ADDRESS})> كتب:  \n\n\nهل تريدون فاتورة؟",
        "أريد فاتورة من فضلكم",
    ),
    Reply(
        "ar-block",
        f"شكرا لكم.\n\n\nمن: Marta <{ADDRESS}>    \nتم الإرسال: Monday, January 5, 2026 10:11:22 AM    \nإلى: {SENDER} <{SENDER}>    \nالموضوع: Re: 4471 ",
        "شكرا لكم.",
    ),
    Reply(
        "cs-dne-ut",
        f"Zde je text\n\nDne út 7. 5. 2024 8:01 uživatel Support CZ <{ADDRESS}> napsal:\n\nToto je starší zpráva",
        "Zde je text",
    ),
    Reply(
        "de-schrieb-am-bare",
        f"Guten Tag,\n\nich warte noch.\n\nNora\n\n\n\nMarta (Desk) {ADDRESS} schrieb am Di. 15. Aug. 2023 um 16:45:",
        "Guten Tag,\n\nich warte noch.\n\nNora",
    ),
    Reply(
        "de-schrieb-am-comma",
        f"Ich warte noch.\n\nMarta (Desk) {ADDRESS} schrieb am Di., 8. Aug. 2023, 10:42:\n\nWarten Sie noch?",
        "Ich warte noch.",
    ),
    Reply(
        "el-bare",
        f"Ευχαριστώ πολύ.\n\nΣτις Τετ, 17 Απρ 2024, 8:02 μ.μ. ο χρήστης Υποστήριξη {ADDRESS} έγραψε:\n\nΠαρακαλώ απαντήστε.",
        "Ευχαριστώ πολύ.",
    ),
    Reply(
        "fr-malformed",
        f"Bonjour,\n\nje confirme.\n\nLe lun. 24 janv. 2023 à 18:14, Some person inc <\n{ADDRESS}> a écrit :\n\nConfirmez-vous ?",
        "Bonjour,\n\nje confirme.",
    ),
    Reply(
        "pl-bare",
        f"Potwierdzam odbiór\nW dniu 2023-01-20 21:31:20 użytkownik desk.example {ADDRESS} napisał:\nCzy potwierdza Pani?",
        "Potwierdzam odbiór",
    ),
    Reply(
        "pl-apple-bare",
        f"Potwierdzam odbiór\nWiadomość napisana przez desk.example {ADDRESS} w dniu 17.01.2023, o godz. 11:09:\nCzy potwierdza Pani?",
        "Potwierdzam odbiór",
    ),
    Reply(
        "pt-escaped",
        f"Confirmo.\n\n Em seg., 20 de mai. de 2024 às 16:35, {ADDRESS}&lt;{ADDRESS}&gt; escreveu:\n\nConfirma?\n\nMarta",
        "Confirmo.",
    ),
    Reply(
        "ro-gmail",
        f"Confirm primirea\n\nmar., 7 mai 2024, 07:09 Marta Gil <{ADDRESS}> a scris:\n\nConfirmați?\n",
        "Confirm primirea",
    ),
    Reply(
        "hu-device-wrote",
        f"Igen, rendben.\nAz iPhone-omról küldve\n\n{ADDRESS} wrote:\n\nRendben?\n\nOn Wed, Jan 4, 2023 12:34 AM, {SENDER} wrote:> Elfogadom\n",
        "Igen, rendben.",
    ),
    Reply(
        "pt-no-dia",
        f"Fico com as botas.\nEnviado do meu iPhone\n\nNo dia 04/12/2024, às 00:19, {ADDRESS} escreveu:\n\n\nFica com elas?\n",
        "Fico com as botas.",
    ),
    Reply(
        "ro-nbhyphen",
        f"Da, este bine.\nTrimis de pe iPhone\u2011ul meu\n\n{ADDRESS} wrote:\n\nEste bine?\n",
        "Da, este bine.",
    ),
    Reply(
        "de-glued-original",
        'Hallo, welches Dokument?\nMit freundlichen Grüßen\n-------- Ursprüngliche Nachricht --------Von: "Marta Gil"  Datum: 07.08.24  18:46  (GMT+01:00) An: Betreff: Re: 4471\n\nBitte das Dokument.',
        "Hallo, welches Dokument?\nMit freundlichen Grüßen",
    ),
    Reply(
        "uk-written",
        f"Дякую, працює.\n\nКолега пише:\nусе добре.\n\n29 грудня 2017 р. о 19:09 <{ADDRESS}> написав:\n\n> Чи працює?\n>\n",
        "Дякую, працює.\n\nКолега пише:\nусе добре.",
    ),
    Reply(
        "fr-dash-attribution",
        "Bonjour Marta,\n\nle paragraphe 2 pose problème.\n\n- Le 2021-04-09 23:25, Marta a écrit :\n",
        "Bonjour Marta,\n\nle paragraphe 2 pose problème.",
    ),
    Reply(
        "discourse-previous",
        "I would keep both.\n\n---\n*Previous Replies*\n\nWhich of the two?\n\nPosted by marta on 01/15/2016\n\n---\n[Visit the topic](https://desk.example/t/1) to respond\n",
        "I would keep both.",
    ),
    Reply(
        "discourse-previous-de", "Ich behielte beide.\n\n---\n*Vorherige Antworten*\n\nWelche?\n", "Ich behielte beide."
    ),
    Reply(
        "gmail-signature-below",
        f"Yes, both.\n\nOn Thu, Aug 19, 2021 at 2:07 PM Marta Gil from Desk <\n{ADDRESS}> wrote:\n\n> Both?\n>\n>\n\n--\n* Nora Ruiz*\nBuyer\n*Mob:600000000\n",
        "Yes, both.",
    ),
    Reply(
        "gmail-signature-below-html",
        f'<div dir="ltr">Yes, both.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Thu, Aug 19, 2021 at 2:07 PM Marta &lt;<a href="mailto:{ADDRESS}">{ADDRESS}</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">  <p>Both?</p></blockquote></div><br clear="all"><div><br></div>-- <br><div dir="ltr" class="gmail_signature"><div dir="ltr"><b>Nora Ruiz</b><br>Buyer</div></div>',
        "Yes, both.",
        True,
    ),
    Reply(
        "one-line-head",
        f"We learned a lot.\n\n\nDate: Tue, 2 Oct 2012 02:35:10 +0000 From: {ADDRESS} To: Ruiz, Nora Subject: Tell us what you learned.\n\n\n\n\nWhat did you learn?\n",
        "We learned a lot.",
    ),
    Reply(
        "fr-block-marked",
        f"Réponse directement au-dessus\n\nDe : Desk [{ADDRESS}]\nA : Friday, 23 March 2012 5:08 p.m.\nEnvoyé: Nora\nObjet : [4471] Nora\n\n> Un commentaire.\n>\n> Suite.\n",
        "Réponse directement au-dessus",
    ),
    Reply(
        "date-without-time",
        f"It could happen twice.\n\nNora\n\nOn Wed, Dec 9, Mister Example\n<{ADDRESS}>\nwrote:\n> Hey,\n> reply to me.\n>\n>> older\n\n--\nMy name is Nora\n",
        "It could happen twice.\n\nNora",
    ),
    Reply(
        "replyto-block",
        f"We learned.\n\nFrom: {ADDRESS} \nReply-To: {ADDRESS}\nSent: Tue, 2 Oct 2012 02:35:10 +0000 \nTo: {SENDER} \nSubject: Tell us.\n\nTell.\n",
        "We learned.",
    ),
    Reply(
        "mutt-forward",
        f"Please check this bounce.\n\n----- Forwarded message from Marta Gil <{ADDRESS}> -----\n\nDate: Mon, 5 Jan 2026 10:15:00 +0100\nFrom: Marta Gil <{ADDRESS}>\nTo: {SENDER}\nSubject: 4471\n\nHello,\nwhich model?\n\n----- End forwarded message -----\n",
        "Please check this bounce.",
    ),
    Reply(
        "mutt-forward-below",
        f"----- Forwarded message from Marta Gil <{ADDRESS}> -----\n\nDate: Mon, 5 Jan 2026 10:15:00 +0100\nFrom: Marta Gil <{ADDRESS}>\nTo: {SENDER}\nSubject: 4471\n\nHello,\nwhich model?\n\n----- End forwarded message -----\n\nCould you answer her?\nNora\n",
        "Could you answer her?\nNora",
    ),
    Reply(
        "mutt-forward-between",
        f"Hi,\n\n----- Forwarded message from Marta Gil <{ADDRESS}> -----\n\nFrom: Marta Gil <{ADDRESS}>\nSubject: 4471\n\nwhich model?\n\n----- End forwarded message -----\n\nCould you answer her?\nNora\n",
        "Hi,\n\nCould you answer her?\nNora",
    ),
    Reply(
        "greeting-only-above-unmarked",
        f"Hi Marta,\n\n-----Original Message-----\nFrom: Marta Gil <{ADDRESS}>\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora\nSubject: Re: 4471\n\nWhich model?\n\nIt is the X1.\n\nWhich serial?\n\n4471-B.\n",
        f"Hi Marta,\n\n-----Original Message-----\nFrom: Marta Gil <{ADDRESS}>\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora\nSubject: Re: 4471\n\nWhich model?\n\nIt is the X1.\n\nWhich serial?\n\n4471-B.",
    ),
    Reply(
        "answers-announced",
        f"Hi Marta,\n\nplease find my answers in red below.\n\nNora\n\nFrom: Marta Gil <{ADDRESS}>\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora\nSubject: Re: 4471\n\nWhich model?\nIt is the X1.\n",
        f"Hi Marta,\n\nplease find my answers in red below.\n\nNora\n\nFrom: Marta Gil <{ADDRESS}>\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora\nSubject: Re: 4471\n\nWhich model?\nIt is the X1.",
    ),
    Reply(
        "see-below-forward",
        f"See below, please handle.\n\nFrom: Marta Gil <{ADDRESS}>\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora\nSubject: 4471\n\nWhich model?\n",
        "See below, please handle.",
    ),
    Reply(
        "polish-quoted-block",
        f"Zamówienie anulowane.\n\n> ---- Oryginalna wiadomość ----\n> Od: Marta Gil <{ADDRESS}>\n> Do: {SENDER}\n> Data: poniedziałek, 5 stycznia 2026 10:15\n> Temat: Re: 4471\n>\n> Anulować?\n",
        "Zamówienie anulowane.",
    ),
    Reply(
        "list-dash-sig",
        "Changes:\n\n   -\n\n   Rename the field.\n   *\n\n   Add a text.\n",
        "Changes:\n\n   -\n\n   Rename the field.\n   *\n\n   Add a text.",
    ),
    Reply(
        "unclosed-angle",
        f"Great!\n\nOn Mon, Feb 1, 2016 at 7:50 AM, Some One <{ADDRESS} wrote:\n\n> Which?\n",
        "Great!",
    ),
    Reply(
        "mailto-form",
        f"Two.\n\nOn Thu, 31 Mar 2016 at 11:16 Some One < mailto:Some One <{ADDRESS}> wrote:\n\n\nOne\n",
        "Two.",
    ),
    Reply(
        "minus-zone",
        f'Great news.\n\nOn Sun, Feb 7, 2016 at 12:12 AM -0800, "Marta Gil" <{ADDRESS}<mailto:{ADDRESS}>> wrote:\n\nHi Nora,\n\nall good?\n',
        "Great news.",
    ),
    Reply(
        "own-rule-then-reply",
        "Part one.\n\n________________________________________________________________________________\n\nPart two.\n\nBest,\nNora\n\nOn July 28, 2026, Marta Gil wrote:\n> old\n",
        "Part one.\n\n________________________________________________________________________________\n\nPart two.\n\nBest,\nNora",
    ),
    Reply(
        "wrote-glued-quote", f"Fine.\n\nOn Wed, Jan 4, 2023 12:34 AM, {ADDRESS} wrote:> Is it fine?\n> Marta\n", "Fine."
    ),
    Reply(
        "html-entities-header",
        f"Fine.\n\n**From:** Marta Gil &lt;{ADDRESS}&gt;  \n**Sent:** Monday, January 5, 2026 10:15 AM  \n**To:** {SENDER}  \n**Subject:** Re: 4471  \n\nIs it?\n",
        "Fine.",
    ),
    Reply(
        "answer-below-with-top",
        "Hallo Marta,\n\nAm 05.01.2026 um 10:15 schrieb Marta Gil:\n> Hier steht die Frage.\n\nHier ist die Antwort.\n\nViele Grüße\nNora\n",
        "Hallo Marta,\n\n> Hier steht die Frage.\n\nHier ist die Antwort.\n\nViele Grüße\nNora",
    ),
    Reply(
        "answers-inside-gmail-blockquote",
        '<div dir="ltr">See inline.</div><div class="gmail_quote"><div class="gmail_attr">On Mon, Marta wrote:</div><blockquote class="gmail_quote" style="border-left:1px solid #ccc">Which model?</blockquote><div>X1.</div><blockquote class="gmail_quote" style="border-left:1px solid #ccc">Which serial?</blockquote><div>4471-B.</div></div>',
        "See inline.\nWhich model?\nX1.\nWhich serial?\n4471-B.",
        True,
    ),
    Reply(
        "gitlab-cite",
        '<table><tr><th>Model</th><th>Serial</th></tr><tr><td>X1</td><td>4471</td></tr></table><blockquote cite="https://books.example/4.html"><p>Words can be like light.</p></blockquote>',
        "Model Serial X1 4471 Words can be like light.",
        True,
    ),
    Reply(
        "outlook-com-classic",
        f"<html><head><style></style></head><body class='hmmessage'><div dir='ltr'>It is done.<br><br><div><hr id=\"stopSpelling\">Date: Mon, 5 Jan 2026 10:15:00 +0100<br>From: {ADDRESS}<br>To: {SENDER}<br>Subject: Re: 4471<br><br>Is it done?</div></div></body></html>",
        "It is done.",
        True,
    ),
    Reply(
        "hotmail-skype",
        '<div dir="ltr"><div>It is done.</div><div><br></div><div id="Signature"><div>Sent from <a href="https://go.microsoft.com">Outlook</a></div></div></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg"><b>From:</b> Marta<br><b>Sent:</b> Monday<br></div><div>old</div>',
        "It is done.",
        True,
    ),
    Reply(
        "comcast-hr",
        f"<div>Hi<div>there</div><div>Nora<hr><b>From: </b>{ADDRESS}<br><b>To: </b>{SENDER}<br><b>Sent: </b>Friday, July 22, 2011 6:20:01 PM<br><b>Subject: </b>Hello<br><br><p>old</p></div></div>",
        "Hi\nthere\nNora",
        True,
    ),
    Reply(
        "front-app",
        f'<div>Please cancel it.</div><br><div class="front-signature">Nora</div><blockquote type="cite" class="front-blockquote"><div>On January 5, 2026, 10:15 AM GMT+1 {ADDRESS} wrote:</div><div>Cancel?</div></blockquote>',
        "Please cancel it.",
        True,
    ),
    Reply(
        "apple-inline-html",
        f'<body><div>Hello Marta,</div><div><blockquote type="cite"><div>On 5 Jan 2026, at 10:15, Marta Gil &lt;{ADDRESS}&gt; wrote:</div><br><div>Which model?</div></blockquote><div>X1.</div><blockquote type="cite"><div>Which serial?</div></blockquote><div>4471.</div><blockquote type="cite"><div>Thanks, Marta</div></blockquote></div></body>',
        "Hello Marta,\nWhich model?\nX1.\nWhich serial?\n4471.",
        True,
    ),
    Reply(
        "word-nested-inline-red",
        '<div class=WordSection1><p class=MsoNormal>Dear Marta,</p><p class=MsoNormal>my comments are in red.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class=MsoNormal><b>From:</b> Marta Gil<br><b>Sent:</b> Monday, January 5, 2026 10:15 AM<br><b>To:</b> Nora<br><b>Subject:</b> Re: 4471</p></div><p>Which model? <span style="color:red">The X1.</span></p></div>',
        "Dear Marta,\nmy comments are in red.\nFrom: Marta Gil\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora\nSubject: Re: 4471\nWhich model? The X1.",
        True,
    ),
    Reply(
        "html-bottom-posting",
        f'<div>On 5 Jan 2026, Marta Gil wrote:</div><blockquote type="cite"><p>{"old question? " * 30}</p></blockquote><div>It is the X1.</div><div class="moz-signature">-- <br>Nora</div>',
        ANSWER,
        True,
    ),
    Reply(
        "gmail-no-attr-class",
        f'<div dir="ltr">It is the X1.</div><div class="gmail_extra"><br><div class="gmail_quote">On Mon, Jan 5, 2026 at 10:15 AM, Marta Gil <span dir="ltr">&lt;{LINK}&gt;</span> wrote:<br><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">old question?</blockquote></div><br><br clear="all"><div><br></div>-- <br><div class="gmail_signature" data-smartmail="gmail_signature">Nora</div></div>',
        ANSWER,
        True,
    ),
    Reply(
        "gmail-forward-html",
        f'<div dir="ltr">Please handle.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong>Marta Gil</strong> &lt;{LINK}&gt;<br>Date: Mon, 5 Jan 2026<br>Subject: 4471<br>To: nora<br></div><br><br><div>old question?</div></div>',
        "Please handle.",
        True,
    ),
    Reply(
        "gmail-forward-html-alone",
        '<div dir="ltr"><br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong>Marta Gil</strong><br>Date: Mon, 5 Jan 2026<br>Subject: 4471<br>To: nora<br></div><br><br><div>old question?</div></div></div>',
        "---------- Forwarded message ---------\nFrom: Marta Gil\nDate: Mon, 5 Jan 2026\nSubject: 4471\nTo: nora\nold question?",
        True,
    ),
    Reply(
        "apple-forward-html",
        '<body>FYI<br><div><br><blockquote type="cite"><div>Begin forwarded message:</div><br><div><b>From: </b>Marta Gil<br></div><div><b>Subject: </b>4471<br></div><br><div>old question?</div></blockquote></div></body>',
        "FYI",
        True,
    ),
    Reply(
        "yahoo-classic",
        f'<html><body><div style="font-family:times"><div>It is the X1.</div><br>  <div style="font-family: times;"> <hr size="1">  <font size="2" face="Arial"> <b><span>From:</span></b> Marta Gil &lt;{ADDRESS}&gt;<br> <b>To:</b> {SENDER} <br> <b>Sent:</b> Monday, January 5, 2026 10:15 AM<br> <b>Subject:</b> Re: 4471<br> </font> <br>old question?</div></div></body></html>',
        ANSWER,
        True,
    ),
    Reply(
        "lotus-notes-html-wrote",
        '<font size=2 face="sans-serif">It is the X1.</font><br><br><tt><font size=2>Marta Gil/Desk/ACME wrote on 01/05/2026 10:15:00 AM:<br><br>&gt; old question?<br>&gt; <br></font></tt>',
        ANSWER,
        True,
    ),
    Reply(
        "lotus-verse",
        f'<div class="socmaildefaultfont" dir="ltr"><div>It is the X1.</div><div> </div><blockquote data-history-content-modified="1" dir="ltr" style="border-left:solid #aaaaaa 2px">----- Original message -----<br>From: "Marta Gil" &lt;{ADDRESS}&gt;<br>To: {SENDER}<br>Cc:<br>Subject: Re: 4471<br>Date: Mon, Jan 5, 2026 10:15 AM<br>&nbsp;<br>old question?</blockquote></div>',
        ANSWER,
        True,
    ),
    Reply(
        "kmail-html",
        "<p>It is the X1.</p><p>On Monday, 5 January 2026 10:15:00 CET Marta Gil wrote:</p><p>&gt; old question?</p><p>&gt; Marta</p>",
        ANSWER,
        True,
    ),
    Reply(
        "office365-eng",
        '<div dir="ltr" style="font-size:12pt"><p>It is the X1.</p></div><hr tabindex="-1" style="display:inline-block; width:98%"><div id="x_divRplyFwdMsg" dir="ltr"><b>From:</b> Marta</div><div>old question?</div>',
        ANSWER,
        True,
    ),
    Reply(
        "outlook-word-blue",
        f'<div class=WordSection1><p class=MsoNormal><span style="color:#1F497D">It is the X1.<o:p></o:p></span></p><p class=MsoNormal><b><span style="font-size:10.0pt">From:</span></b><span> Marta Gil [mailto:{ADDRESS}] <br><b>Sent:</b> Monday, January 05, 2026 10:15 AM<br><b>To:</b> Nora<br><b>Subject:</b> Re: 4471<o:p></o:p></span></p><p class=MsoNormal>old question?</p></div>',
        ANSWER,
        True,
    ),
    Reply(
        "outlook-border-blockquote",
        "<div><p class=MsoNormal>It is the X1.</p></div><blockquote style='border:none;border-left:solid blue 1.5pt;padding:0cm 0cm 0cm 4.0pt'><div><div style='border:none;border-top:solid #B5C4DF 1.0pt'><p><b>Von:</b> Marta Gil<br><b>Gesendet:</b> Montag</p></div><p>old question?</p></div></blockquote>",
        ANSWER,
        True,
    ),
    Reply(
        "roundcube-old",
        '<p>It is the X1.</p><p>On 2026-01-05 10:15, Marta Gil wrote:</p><blockquote type="cite" style="padding-left:5px; border-left:#1010ff 2px solid; margin-left:5px"><!-- html ignored --><pre>old question?</pre></blockquote>',
        ANSWER,
        True,
    ),
    Reply(
        "horde-imp",
        f'<p>It is the X1.</p><p>Zitat von Marta Gil &lt;{ADDRESS}&gt;:</p><blockquote type="cite" style="border-left:2px solid blue;margin-left:2px;padding-left:12px;"><p>old question?</p></blockquote>',
        ANSWER,
        True,
    ),
    Reply(
        "zoho-html",
        f'<div>It is the X1.<br></div><div><br></div><div class="zmail_extra_hr" style="border-top: 1px solid rgb(204, 204, 204); height: 0px;"><br></div><div class="zmail_extra"><div>---- On Mon, 05 Jan 2026 10:15:00 +0100 <b>Marta Gil &lt;{ADDRESS}&gt;</b> wrote ---<br></div><blockquote style="border-left: 1px solid rgb(204, 204, 204);"><div>old question?</div></blockquote></div>',
        ANSWER,
        True,
    ),
    Reply(
        "infomaniak",
        f'<div>It is the X1.</div><br><div class="ik_mail_quote answerContentMessage"><div>Le lundi 5 janvier 2026 à 10:15, Marta Gil &lt;{ADDRESS}&gt; a écrit :</div><blockquote class="ws-ng-quote" style="margin: 0"><div>old question?</div></blockquote></div>',
        ANSWER,
        True,
    ),
    Reply(
        "hey-html",
        f'<div class="trix-content"><div>It is the X1.</div></div><br><div class="gmail_quote">On January 5, 2026, Marta Gil &lt;{ADDRESS}&gt; wrote:<br><blockquote class="gmail_quote">old question?</blockquote></div>',
        ANSWER,
        True,
    ),
    Reply(
        "missive",
        f'<div>It is the X1.</div><div class="missive_quote"><div>On January 5, 2026 at 10:15, Marta Gil ({ADDRESS}) wrote:</div><blockquote>old question?</blockquote></div>',
        ANSWER,
        True,
    ),
    Reply(
        "helpscout",
        '<div>It is the X1.</div><div class="hs-reply-above">-- please reply above this line --</div><div>old question?</div>',
        ANSWER,
        True,
    ),
    Reply(
        "zendesk",
        '<div>It is the X1.</div><blockquote><p style="color:#b5b5b5">##- Please type your reply above this line -##</p><p>old question?</p></blockquote>',
        ANSWER,
        True,
    ),
    Reply(
        "front-text", f"{ANSWER}\n\nOn January 5, 2026, 10:15 AM GMT+1 {ADDRESS} wrote:\n\n> old question?\n", ANSWER
    ),
    Reply(
        "helpscout-text", f"{ANSWER}\n\n> On Jan 5, 2026, at 10:15am, Marta Gil <{ADDRESS}> wrote:\n>\n> old\n", ANSWER
    ),
    Reply(
        "sig-then-quote-then-sig",
        f"{ANSWER}\n\n-- \nNora Ruiz\n\nOn 05/01/2026 10:15, Marta Gil wrote:\n> old\n> \n> -- \n> Marta\n\n-- \nNora Ruiz\nACME\n",
        ANSWER,
    ),
    Reply(
        "pgp-inline",
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{ANSWER}\n\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n",
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{ANSWER}\n\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----",
    ),
    Reply("bottom-long", "On 05/01/2026 10:15, Marta Gil wrote:\n" + "> old line\n" * 15 + f"\n{ANSWER}\n", ANSWER),
    Reply(
        "top-and-bottom",
        f"Thanks for the fast answer.\n\nOn 05/01/2026 10:15, Marta Gil wrote:\n> Which model?\n> Which serial?\n\n{ANSWER}\n\n> And the colour?\n\nBlack.\n",
        f"Thanks for the fast answer.\n\n> Which model?\n> Which serial?\n\n{ANSWER}\n\n> And the colour?\n\nBlack.",
    ),
    Reply(
        "inline-no-blank",
        "On 05/01/2026 10:15, Marta Gil wrote:\n> Which model?\nX1\n> Which serial?\n4471\n> Bye\n> Marta\n",
        "> Which model?\nX1\n> Which serial?\n4471",
    ),
    Reply(
        "apple-inline-text",
        f"Hello Marta,\n\n> On 5 Jan 2026, at 10:15, Marta Gil <{ADDRESS}> wrote:\n> \n> Which model?\n\nX1.\n\n> Which serial?\n\n4471.\n\n> Marta\n",
        "Hello Marta,\n\n> Which model?\n\nX1.\n\n> Which serial?\n\n4471.",
    ),
    Reply(
        "double-device",
        f"{ANSWER}\n\nSent from my iPhone\n\nSent from Yahoo Mail for iPhone\n\nOn Monday, January 5, 2026, 10:15 AM, Marta Gil <{ADDRESS}> wrote:\n\nold question?\n",
        ANSWER,
    ),
    Reply(
        "confidential",
        f"{ANSWER}\n\nNora\n\nThis e-mail is confidential. If you received this message in error, please delete it.\n\nFrom: Marta Gil <{ADDRESS}>\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora\nSubject: x\n\nold",
        f"{ANSWER}\n\nNora\n\nThis e-mail is confidential. If you received this message in error, please delete it.",
    ),
    Reply(
        "external-warning-below",
        f"{ANSWER}\n\nFrom: Marta Gil <{ADDRESS}>\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora\nSubject: x\n\nCAUTION: This email originated from outside.\n\nold",
        ANSWER,
    ),
    Reply(
        "google-groups",
        f'{ANSWER}\n\n-- \nYou received this message because you are subscribed to the Google Groups "desk" group.\nTo unsubscribe from this group and stop receiving emails from it, send an email to desk+unsubscribe@groups.example.\n',
        ANSWER,
    ),
    Reply(
        "sourceforge",
        f"{ANSWER}\n\n------------------------------------------------------------------------------\nCheck out the vibrant tech community.\nhttp://sdm.link/slashdot\n_______________________________________________\ndesk-users mailing list\ndesk-users@lists.example\nhttps://lists.example/lists/listinfo/desk-users\n",
        ANSWER,
    ),
]
