"""The words that mail programs write around messages, in the languages they speak.

Facts of other programs, gathered from what they send; lower case, a bar after each phrase, roughly a line per language.
A new language or version needs an entry here and no code.
"""

from typing import Final


def phrases_of(table: str) -> tuple[str, ...]:
    """The phrases of a table, in its order."""
    return tuple(phrase for phrase in table.replace("\n", "").split("|") if phrase)


def as_phrase(text: str) -> str:
    """Text as the phrases of the tables are written. The Turkish capital İ becomes two characters in lower case."""
    lowered = text.lower()
    return lowered if lowered.isascii() else lowered.replace("i\u0307", "i")


# What stands between rules above a message that is answered: "-----Original Message-----".
ANSWERED: Final = phrases_of(
    """
original message|original email|original e-mail|original mail|original text|reply message|original appointment|
originalmessage|
mensaje original|correo original|missatge original|mensaxe orixinal|
message d'origine|message d’origine|message original|message initial|courriel original|mail original|
ursprüngliche nachricht|ursprüngliche mail|ursprüngliche e-mail|originalnachricht|original nachricht|
original-nachricht|antwort nachricht|originale nachricht|
messaggio originale|messaggio di origine|original message/messaggio originale|
mensagem original|mensagem de origem|
oorspronkelijk bericht|oorspronkelijke bericht|origineel bericht|originele bericht|originalbericht|
wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna|treść oryginalnej wiadomości|pierwotna wiadomość|
исходное сообщение|оригинальное сообщение|первоначальное сообщение|исходное письмо|
вихідне повідомлення|початкове повідомлення|оригінальне повідомлення|
ursprungligt meddelande|originalmeddelande|original meddelande|originalt meddelande|ursprungsmeddelande|
oprindelig meddelelse|oprindelig besked|original meddelelse|original besked|oprindelig mail|
opprinnelig melding|original melding|originalt melding|opprinnelig e-post|
alkuperäinen viesti|alkuperäinen sähköposti|
původní zpráva|originální zpráva|původní e-mail|pôvodná správa|originálna správa|originalna správa|
eredeti üzenet|eredeti levél|mesajul original|mesaj original|mesajul inițial|mesaj initial|
orijinal mesaj|özgün ileti|orjinal mesaj|özgün mesaj|asıl ileti|
αρχικό μήνυμα|πρωτότυπο μήνυμα|originalna poruka|izvorna poruka|izvorno sporočilo|originaalkiri|originaalsõnum|
algne kiri|algsõnum|
оригинално съобщение|първоначално съобщение|הודעה מקורית|ההודעה המקורית|رسالة أصلية|الرسالة الأصلية|
رسالة الأصلية|
元のメッセージ|オリジナルメッセージ|元メッセージ|元のメール|原始邮件|原始郵件|邮件原件|原邮件|原始訊息|
原始信件|原始消息|回复的原邮件|回复的邮件|원본 메시지|원본 메세지|원본메시지|원래 메시지|
원본 이메일|원본 메일|
thư gốc|tin nhắn gốc|thư ban đầu|pesan asli|pesan orisinal|mesej asal|ข้อความต้นฉบับ|originalus laiškas|
sākotnējais ziņojums|
"""
)

# What stands between rules, or before a colon, above a message that is passed on.
FORWARDED: Final = phrases_of(
    """
forwarded message|begin forwarded message|forwarded email|forward message|forwarded by|
mensaje reenviado|inicio del mensaje reenviado|inicio de mensaje reenviado|comienzo del mensaje reenviado|
mensaje enviado|missatge reenviat|inici del missatge reenviat|principi del missatge reenviat|
message transféré|message transmis|début du message réexpédié|début du message transféré|message réexpédié|
courriel transféré|
weitergeleitete nachricht|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail|
beginn der weitergeleiteten nachricht|weitergeleitete mail|
messaggio inoltrato|inizio messaggio inoltrato|inizio del messaggio inoltrato|
mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada|início da mensagem reencaminhada|
doorgestuurd bericht|begin doorgestuurd bericht|doorgezonden bericht|
przekazana wiadomość|treść przekazanej wiadomości|początek przekazywanej wiadomości|wiadomość przesłana dalej|
wiadomość przekazana|forwarded message / przekazana wiadomość|
пересылаемое сообщение|перенаправленное сообщение|начало переадресованного сообщения|пересланное сообщение|
начало пересылаемого сообщения|переадресованное сообщение|пересылаемое письмо|
переслане повідомлення|перенаправлене повідомлення|початок листа, що пересилається|
початок переадресованого повідомлення|переслане листування|перенаправлений лист|
vidarebefordrat meddelande|vidarebefordrat mejl|vidarebefordrat brev|börja vidarebefordrat meddelande|
början på vidarebefordrat meddelande|
videresendt meddelelse|start på videresendt besked|videresendt besked|begynd videresendt besked|
videresendt mail|
videresendt melding|videresendt e-post|start på videresendt melding|
edelleenlähetetty viesti|välitetty viesti|välitetty viesti / fwd.msg|välitetty viesti alkaa|
edelleen lähetetty viesti|välitetty viesti (fwd)|
přeposlaná zpráva|přeposlaný e-mail|
začátek přeposílané zprávy|přeposílaná zpráva|preposlaná správa|začiatok preposlanej správy|
preposlaná správa --- forwarded message|
továbbított üzenet|továbbított levél kezdete|továbbított levél|továbbított üzenet kezdete|
mesaj redirecționat|mesaj redirecţionat|începe mesajul redirecționat|mesaj redirectionat|mesaj înaintat|
mesaj retransmis|
iletilmiş mesaj|iletilen ileti|ileti başlangıcı|iletilen mesaj|iletilmiş ileti|yönlendirilen ileti|
προωθημένο μήνυμα|έναρξη προωθημένου μηνύματος|προωθούμενο μήνυμα|αρχή προωθημένου μηνύματος|
proslijeđena poruka|započni proslijeđenu poruku|prosleđena poruka|posredovano sporočilo|edastatud kiri|
edastatud sõnum|препратено съобщение|начало на препратено съобщение|
הודעה שהועברה|התחל הודעה שהועברה|רسالة معاد توجيهها|رسالة معاد توجيهها|بدء الرسالة المعاد توجيهها|
الرسالة المعاد توجيهها|رسالة مُعاد توجيهها|
メッセージを転送|転送メッセージ|転送されたメッセージ|転送メール|转发的邮件|转发邮件|轉寄的郵件|轉寄郵件|
转发的信息|开始转发的邮件|轉寄訊息|已转发邮件|转发邮件信息|
전달된 메시지|전달된 메세지|전달한 메시지|전달 메시지|전달된 이메일|thư đã chuyển tiếp|thư được chuyển tiếp|
tin nhắn đã chuyển tiếp|
bắt đầu thư được chuyển tiếp|pesan terusan|pesan yang diteruskan|awal pesan yang diteruskan|mesej dimajukan|
"""
)

# What ends a message that stands between rules: what follows is the author's again.
FORWARD_ENDS: Final = phrases_of(
    """
end forwarded message|end of forwarded message|end of forwarded mail|end original message|end of original message|
fin del mensaje reenviado|fin du message transféré|fin du message réexpédié|ende der weitergeleiteten nachricht|
ende der weitergeleiteten mail|fine messaggio inoltrato|fine del messaggio inoltrato|fim da mensagem encaminhada|
fim da mensagem reencaminhada|einde doorgestuurd bericht|einde van doorgestuurd bericht|
koniec przekazywanej wiadomości|koniec przekazanej wiadomości|конец пересылаемого сообщения|
конец пересланного сообщения|конец переадресованного сообщения|кінець пересланого повідомлення|
slut på vidarebefordrat meddelande|slut på videresendt meddelelse|slutt på videresendt melding|
konec přeposlané zprávy|koniec preposlanej správy|
"""
)

# What forums write below a rule, above the messages that came before the one that is answered.
EARLIER: Final = phrases_of(
    """
previous replies|previous reply|vorherige antworten|respuestas anteriores|respuestas previas|réponses précédentes|
risposte precedenti|respostas anteriores|vorige antwoorden|eerdere antwoorden|vorige reacties|poprzednie odpowiedzi|
предыдущие ответы|tidigare svar|tidligere svar|aiemmat vastaukset|edelliset vastaukset|předchozí odpovědi|
predchádzajúce odpovede|korábbi válaszok|előző válaszok|răspunsuri anterioare|önceki yanıtlar|önceki cevaplar|
προηγούμενες απαντήσεις|תגובות קודמות|الردود السابقة|以前の返信|前回の返信|之前的回复|先前的回覆|이전 답글|
"""
)

# How a line begins that a phone or a program wrote under a mail. The blanks at the ends matter.
SENT_FROM: Final = phrases_of(
    """
sent from |sent via |sent using |sent by galaxy|sent by samsung|sent with |secured with tuta |sent on |
get outlook |download outlook |get bluemail |get typeapp |obtener bluemail |télécharger bluemail |scarica bluemail |
yahoo mail: search, organi|yahoo mail: busca, organi|yahoo mail : recherch|yahoo mail: suchen, |yahoo mail: cerca, |
enviado desde |enviado con |enviado a través |enviado de |enviado via |
mandado desde |obtener outlook |obtén outlook |descargar outlook |
enviat des |enviat amb |envoyé de |envoyé depuis |envoyé à partir |envoyé avec |envoyée de |
envoyé via |télécharger outlook |téléchargez outlook |
obtenir outlook |provenance : courrier |provenance : |gesendet von |gesendet mit |gesendet aus |
gesendet über |gesendet via |
holen sie sich outlook |outlook für ios |outlook für android |
laden sie outlook |outlook herunterladen |
inviato da |inviato dal |inviato dall'|inviato con |inviata da |ottieni outlook |scarica outlook |
enviado do |enviado pelo |enviada do |
enviado a partir |obter o outlook |obter outlook |obtenha o outlook |baixe o outlook |baixar outlook |verstuurd vanaf |
verzonden vanaf |verstuurd met |verzonden met |verzonden via |
verstuurd vanuit |verzonden vanuit |outlook voor |download outlook voor |wysłano z |wysłano ze |wysłane z |
wysłane ze |pobierz aplikację |pobierz program outlook |
отправлено с |отправлено из |отправлено через |отправлено от |послано с |скачать outlook |получить outlook |
надіслано з |надіслано із |відправлено з |отримати outlook |завантажити outlook |
изпратено от |skickat från |skickat med |sänt från |skickades från |hämta outlook |skaffa outlook |sendt fra |
sendt med |hent outlook |last ned outlook |få outlook |
lähetetty |hanki outlook |lataa outlook |odesláno z |odesláno ze |odesláno pomocí |získat outlook |
stáhnout outlook |odoslané z |odoslané zo |získať outlook |
az iphone-omról |elküldve a |elküldve az |outlook beszerzése |az outlook |trimis de pe |trimis din |trimis prin |
descărcați outlook |obțineți outlook |
στάλθηκε από |εστάλη από |αποστολή από |αποκτήστε το outlook |λήψη του outlook |
poslano s |poslano sa |poslano iz |poslano z |poslato sa |preuzmite outlook |nabavite outlook |saadetud minu |saadetud |
נשלח מה|נשלח מ|קבל את outlook |أرسلت من |أُرسلت من |مرسل من |مُرسل من |مُرسلة من |تم الإرسال من |
الحصول على outlook |được gửi từ |
đã gửi từ |gửi từ |tải outlook |dikirim dari |dapatkan outlook |unduh outlook |
发自|發自|从我的|從我的|来自我的|來自我的|来自 outlook |来自outlook |來自 outlook |
获取 outlook |下载 outlook |取得 outlook |傳送自|寄自|發送自|
ส่งจาก|
"""
)

# The headers in the block above an answered message: who wrote it
LABELS_FROM: Final = phrases_of(
    """
from|von|de|da|van|fra|från|od|lähettäjä|feladó|kimden|gönderen|από|差出人|送信者|送信元|发件人|寄件者|
寄件人|보낸 사람|보낸사람|보낸이|
발신|מאת|من|de la|expeditorul|expeditor|expéditeur|saatja|от|от кого|від|від кого|отправитель|відправник|từ|
người gửi|
dari|pengirim|šalje|pošiljatelj|mittente|nadawca|remitente|remetente|absender|afzender|avsändare|afsender|
avsender|nuo|از|प्रेषक|nork|
odesílatel|odesilatel|odosielateľ|ผู้ส่ง|จาก|sendandi|frá|
"""
)

# when, by a word that only mail programs use for it
LABELS_SENT: Final = phrases_of(
    """
sent|gesendet|gesendet am|enviado|enviado el|enviada em|enviado em|enviada|enviat|envoyé|envoyé le|inviato|
inviato il|verzonden|
verstuurd|sendt|skickat|datum odeslání|odesláno|odoslané|odoslaný|wysłano|wysłane|data wysłania|lähetetty|
elküldve|küldve|
küldés dátuma|gönderildi|gönderme tarihi|gönderilen|gönderim tarihi|απεστάλη|στάλθηκε|отправлено|дата отправки|
надіслано|
відправлено|изпратено|trimis|trimisă|poslano|poslato|saadetud|送信日時|送信日|发送时间|发送日期|寄件日期|
傳送日期|보낸 날짜|보낸날짜|
נשלח|תאריך שליחה|تاريخ الإرسال|تم الإرسال|أرسلت|đã gửi|dikirim|terkirim|date d'envoi|date sent|enviados|
sendt den|išsiųsta|nosūtīts|ارسال شده|भेजा गया|bidaltze-data|
"""
)

# when, by an ordinary word
LABELS_DATE: Final = phrases_of(
    """
date|datum|fecha|data|dato|dátum|päivämäärä|päiväys|pvm|tarih|ημερομηνία|дата|dată|kuupäev|日時|日付|日期|
时间|날짜|날짜/시간|
일시|תאריך|تاريخ|التاريخ|ngày|gửi|tanggal|ส่ง|วันที่|
le|message du|
"""
)

# to whom
LABELS_TO: Final = phrases_of(
    """
to|an|a|à|para|per a|aan|til|till|do|komu|pre|prima|za|vastaanottaja|címzett|kime|alıcı|προς|кому|до|宛先|
送信先|收件人|
收件者|받는 사람|받는사람|받는이|수신|אל|إلى|الى|pour|către|destinatarul|destinatar|destinataire|destinatario|
adresat|empfänger|
saaja|đến|tới|người nhận|kepada|ke|ถึง|kam|recipients|به|प्रति|nori|prima|adressaat|
"""
)

# who else got it
LABELS_COPY: Final = phrases_of(
    """
cc|bcc|cci|cco|kopie|kopi|kopia|kopio|kópia|másolat|másolatot kap|bilgi|κοιν|κοινοποίηση|копия|копія|копие|dw|
udw|
抄送|副本|참조|עותק|نسخة|copie|copie à|cópia|copia|kopie (cc)|koopia|ccn|kp|tembusan|kopija|skrytá kopie|
"""
)

# what about
LABELS_SUBJECT: Final = phrases_of(
    """
subject|betreff|asunto|objet|sujet|oggetto|assunto|onderwerp|emne|ämne|aihe|tárgy|temat|předmět|predmet|naslov|
konu|
subiect|subiectul|θέμα|тема|относно|件名|主题|主旨|主 题|제목|נושא|الموضوع|موضوع|assumpte|teema|chủ đề|
tiêu đề|subjek|
perihal|zadeva|tēma|विषय|gaia|
thema|tema|เรื่อง|
"""
)

# whatever else programs put there
LABELS_OTHER: Final = phrases_of(
    """
reply-to|antwort an|répondre à|responder a|rispondi a|antwoord aan|svar til|vastaus|organization|organisation|
importance|
wichtigkeit|priorität|priority|attachments|attachment|anlagen|anhänge|pièces jointes|pièce jointe|adjuntos|
datos adjuntos|
allegati|anexos|bijlagen|vedhæftet|vedhæftede filer|bifogade filer|załączniki|přílohy|вложения|importancia|
importanza|
prioridad|sent by|gesendet von|message-id|mime-version|content-type|list-id|newsgroups|cc to|in-reply-to|
references|x-mailer|
附件|첨부|添付ファイル|重要度|resent-from|sensitivity|
organización|odgovori na|odpověď na|válaszcím|odpowiedź-do|răspuns către|ответ-кому|odpovedať-pre|svara till|
yanıt adresi|кому відповісти|risposta|beantwoorden - aan|
"""
)

# What Apple Mail writes above a message that is passed on: without rules, with a colon, and a blank line below.
FORWARDED_ALONE: Final = phrases_of(
    """
begin forwarded message|inicio del mensaje reenviado|inicio de mensaje reenviado|inici del missatge reenviat|
début du message réexpédié|début du message transféré|anfang der weitergeleiteten nachricht|
anfang der weitergeleiteten e-mail|inizio messaggio inoltrato|inizio del messaggio inoltrato|
início da mensagem encaminhada|início da mensagem reencaminhada|begin doorgestuurd bericht|
początek przekazywanej wiadomości|начало переадресованного сообщения|початок листа, що пересилається|
vidarebefordrat mejl|start på videresendt besked|videresendt melding|välitetty viesti alkaa|
začátek přeposílané zprávy|začiatok preposlanej správy|továbbított levél kezdete|începe mesajul redirecționat|
ileti başlangıcı|έναρξη προωθημένου μηνύματος|αρχή προωθημένου μηνύματος|započni proslijeđenu poruku|
התחל הודעה שהועברה|بدء الرسالة المعاد توجيهها|转发的邮件|開始轉寄郵件|转发邮件|転送されたメッセージ|
전달된 메시지|bắt đầu thư được chuyển tiếp|awal pesan yang diteruskan|
"""
)

# Lotus Notes puts name and date behind these, between rules.
FORWARDED_BY: Final = phrases_of(
    """
forwarded by |forwarded to |forwarded message from |forwarded mail from |
reenviado por |transféré par |réacheminé par |weitergeleitet von |inoltrato da |
encaminhado por |doorgestuurd door |przesłane przez |переслано |vidarebefordrat av |videresendt af |
videresendt av |edelleenlähettäjä |přeposlal |továbbította |転送者|
"""
)

# Lines that are whole sentences: what comes first, and what they end with. Without the end they are a person's words:
# "Von meinem Handy geht es nicht".
SENT_FROM_AROUND: Final = (
    ("von ", "gesendet"),
    ("diese nachricht wurde von ", "gesendet"),
    ("从", "发送"),
    ("從", "傳送"),
    ("", "から送信"),
    ("", "より送信"),
    ("", "から送信されました"),
    ("", "を使って送信"),
    ("", "を使用して送信"),
    ("", "から送信しました"),
    ("", "에서 보냄"),
    ("", "에서 보냈습니다"),
    ("", "에서 발송"),
    ("", "dan gönderildi"),
    ("", "den gönderildi"),
    ("", "ról küldve"),
    ("", "ről küldve"),
    ("", "from mobile"),
    ("outlook ", "を入手"),
    ("ios용 outlook", "다운로드"),
    ("android용 outlook", "다운로드"),
    ("ios için outlook", "edinin"),
    ("android için outlook", "edinin"),
)

# How short lines begin that name a device and say nothing else: "From my iPhone".
FROM_MY: Final = phrases_of(
    """
from my |von meinem |von meiner |fra min |från min |de mon |desde mi |dal mio |
"""
)

# Ticket systems ask for answers above such a line, and cut mails there themselves.
ABOVE_THIS_LINE: Final = phrases_of(
    """
above this line|
por encima de esta línea|encima de esta línea|au-dessus de cette ligne|
oberhalb dieser linie|oberhalb dieser zeile|über dieser zeile|über dieser linie|
sopra questa riga|sopra questa linea|acima desta linha|boven deze regel|boven deze lijn|
выше этой строки|вище цього рядка|
"""
)

# What such a line asks for: "see the figure above this line" asks for nothing.
ASKS_FOR_ANSWER: Final = phrases_of(
    "reply|respon|type|write|antwort|répon|rispo|ответ|відпов|antwoord|reageer|escrib|escrev|scriv|"
)
