"""What mail systems say to people in their own languages, by reason: two words in this order, something in between.

`wording` has what servers say to each other, mostly in English; here is how Exchange, Gmail and national providers put
it. A language inflects what stands between, so that stems in pairs hold longer than sentences.
"""

from typing import Final

from intake_email.domain.bounces.records import (
    EXPIRED,
    HOST_UNKNOWN,
    MAILBOX_FULL,
    MESSAGE_TOO_BIG,
    POLICY,
    USER_UNKNOWN,
)

DOMAINS: Final = ("domin", "domín", "domän", "domaine", "domein", "domena", "домен", "ドメイン", "域", "網域", "도메인")
"""Without one of these no pair of `HOST_UNKNOWN` needs to be looked for."""

PAIRS_ABROAD: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    MAILBOX_FULL: (
        ("buzón", "llen"), ("buzon", "llen"), ("bandeja de entrada", "llen"), ("superado su", "cuota"),
        ("excedi", "cuota"), ("bústia", "plena"), ("boîte", "pleine"), ("boite", "pleine"), ("messagerie", "pleine"),
        ("postfach", "voll"), ("postfach", "überfüllt"), ("mailbox", "ist voll"), ("posteingang", "voll"),
        ("cassetta", "pien"), ("casella", "pien"), ("caixa de", "chei"), ("caixa postal", "chei"), ("caixa", "lotad"),
        ("postvak", "vol"), ("mailbox", "is vol"), ("skrzynka", "pełna"), ("skrzynk", "przepełn"),
        ("postlåda", "full"), ("inkorg", "full"), ("postkasse", "fuld"), ("postkasse", "full"), ("indbakke", "fuld"),
        ("innboks", "full"), ("postilaatikko", "täyn"), ("schránk", "pln"), ("postafiók", "megtelt"),
        ("kutusu", "dolu"), ("ящик", "переполн"), ("ящик", "полон"), ("скринька", "переповн"),
        ("γραμματοκιβώτιο", "πλήρ"), ("メールボックス", "いっぱい"), ("メールボックス", "満"), ("邮箱", "已满"),
        ("信箱", "已滿"), ("郵箱", "已滿"), ("사서함", "가득"), ("편지함", "가득"),
    ),
    MESSAGE_TOO_BIG: (
        ("mensaje", "demasiado grande"), ("tamaño", "límite"), ("tamaño", "máximo"), ("message", "trop volumineux"),
        ("message", "trop grand"), ("taille", "limite"), ("nachricht", "zu groß"), ("nachricht", "zulässige größe"),
        ("nachricht", "größenbeschränkung"), ("messaggio", "troppo grande"), ("messaggio", "dimensione massima"),
        ("messaggio", "dimensioni massime"), ("mensagem", "muito grande"), ("mensagem", "grande demais"),
        ("tamanho", "excede"), ("tamanho", "limite"), ("bericht", "te groot"), ("wiadomość", "zbyt duża"),
        ("meddelandet", "för stort"), ("meddelelsen", "for stor"), ("meldingen", "for stor"), ("размер", "превыша"),
        ("сообщение", "слишком велико"), ("письмо", "слишком больш"), ("サイズ", "制限"), ("邮件", "太大"),
        ("郵件", "太大"), ("메시지", "너무 커"), ("메시지", "너무 큽"),
    ),
    HOST_UNKNOWN: (
        ("dominio", "no existe"), ("no se encontr", "dominio"), ("dominio", "no se encontr"),
        ("dominio", "non esiste"), ("dominio", "non trovato"), ("domínio", "não existe"),
        ("domínio", "não encontrado"), ("domínio", "não foi encontrado"), ("domaine", "n'existe"),
        ("domaine", "introuvable"), ("domäne", "nicht gefunden"), ("domäne", "existiert nicht"),
        ("domein", "bestaat niet"), ("domein", "niet gevonden"), ("domena", "nie istnieje"), ("домен", "не найден"),
        ("домен", "не существует"), ("ドメイン", "見つかりません"), ("ドメイン", "存在しません"), ("域", "不存在"),
        ("找不到", "域"), ("도메인", "찾을 수 없"),
    ),
    USER_UNKNOWN: (
        ("dirección", "no se pudo encontrar"), ("dirección", "no se encontr"), ("dirección", "no existe"),
        ("no se encontr", "dirección"), ("no se encontr", "destinatario"), ("adresse", "introuvable"),
        ("adresse", "n'existe"), ("adresse", "nicht gefunden"), ("adresse", "existiert nicht"),
        ("empfänger", "nicht gefunden"), ("impossibile trovare", "indirizzo"), ("possibile trovare", "indirizzo"),
        ("indirizzo", "non trovato"), ("indirizzo", "non esiste"), ("endereço", "não foi encontrado"),
        ("endereço", "não encontrado"), ("endereço", "não existe"), ("adres", "niet worden gevonden"),
        ("adres", "niet gevonden"), ("nie można odnaleźć", "adres"), ("adres", "nie istnieje"),
        ("inte att hitta", "adress"), ("adressen", "hittades inte"), ("adresse", "ikke fundet"),
        ("adresse", "ikke funnet"), ("finner ikke", "adresse"), ("osoite", "ei löy"), ("adresa", "nebyla nalezena"),
        ("adresa", "neexistuje"), ("cím", "nem található"), ("не удалось найти", "адрес"), ("адрес", "не найден"),
        ("адрес", "не существует"), ("получатель", "не найден"), ("διεύθυνση", "δεν βρέθηκε"),
        ("アドレス", "見つかりません"), ("アドレス", "不明"), ("找不到", "地址"), ("找不到", "收件人"),
        ("找不到", "收件者"), ("주소", "찾을 수 없"),
    ),
    POLICY: (
        ("permiso", "enviar"), ("pas autorisé", "envoyer"), ("autorisation", "envoyer"), ("berechtigung", "senden"),
        ("autorizzazion", "inviare"), ("permissão", "enviar"), ("toestemming", "verzenden"),
        ("toestemming", "sturen"), ("uprawnień", "wysył"), ("разрешени", "отправ"), ("送信", "権限"), ("无权", "发送"),
        ("没有", "权限"), ("沒有", "權限"), ("권한", "없"),
    ),
    EXPIRED: (
        ("mensaje", "caduc"), ("agotó", "tiempo"), ("tiempo", "agotad"), ("no se pudo conectar", "servidor"),
        ("ha podido conectar", "servidor"), ("impossible de se connecter", "serveur"),
        ("verbindung", "nicht hergestellt"), ("impossibile connettersi", "server"),
        ("possível conectar", "servidor"), ("geen verbinding", "server"), ("nie można połączyć", "serwer"),
        ("удалось подключиться", "сервер"), ("サーバー", "接続できません"), ("无法连接", "服务器"),
        ("無法連線", "伺服器"),
    ),
}  # fmt: skip
