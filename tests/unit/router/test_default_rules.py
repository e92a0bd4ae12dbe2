"""What the shipped rules make of real wording, in both languages, with and without traps."""

import pytest

from tests.unit.router.samples import decided, message

CASES = [
    # outages
    ("El servidor está caído", "", "outage"),
    ("URGENTE!!", "La página web no carga desde las 9", "outage"),
    ("caida del servicio", "sin acentos también", "outage"),
    ("Our site is down", "since this morning", "outage"),
    ("Outage?", "The API went down.", "outage"),
    ("Nada funciona", "", "outage"),
    # security, before all else
    ("Correo sospechoso", "he recibido un mail raro con un enlace y di mi contraseña", "security"),
    ("I think I was hacked", "My password no longer works", "security"),
    ("Phishing", "", "security"),
    ("Ayuda", "Nos han hackeado la cuenta", "security"),
    ("Data breach", "", "security"),
    # passwords
    ("No recuerdo mi contraseña", "", "password"),
    ("contrasena olvidada", "", "password"),
    ("Forgot my password", "", "password"),
    ("La contraseña no funciona", "", "password"),
    # access
    ("No puedo entrar en la aplicación", "", "access"),
    ("Necesito permisos de acceso a la carpeta", "", "access"),
    ("I can’t access my account", "", "access"),
    ("Locked out", "I cannot log in", "access"),
    # billing
    ("Factura de octubre", "Me falta la factura", "billing"),
    ("Cobro duplicado", "", "billing"),
    ("Invoice 4711", "please send it again", "billing"),
    ("Refund", "I was charged twice", "billing"),
    # faults
    ("La impresora no funciona", "", "fault"),
    ("The printer doesn't work", "", "fault"),
    ("App crashes on start", "", "fault"),
    # questions
    ("Una duda", "sobre el horario", "question"),
    ("¿Cómo puedo cambiar mi dirección?", "", "question"),
    ("How do I export my data", "", "question"),
    ("Opening hours?", "", "question"),
    # other, and traps of parts of words
    ("Saludos", "Solo quería felicitarles.", "other"),
    ("Thank you", "Great work, all well here.", "other"),
    ("The routages of our parcels", "Les routages et les pagodes, thisdown", "other"),
    ("Privado", "El pagoda de Kioto y la saliva", "other"),
    ("Copia de seguridad", "La copia de seguridad terminó bien", "other"),
    ("Billboard", "We put up a billboard and a doubtful countdown", "other"),
    ("Download", "The download finished, thanks", "other"),
]


@pytest.mark.parametrize(("subject", "text", "category"), CASES)
def test_wording_leads_to_the_category(subject: str, text: str, category: str) -> None:
    assert decided(message(subject, text)).values["category"] == category


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("El servidor está caído", ("incident", "urgent", "2", "technical", "standard")),
        ("Correo sospechoso", ("incident", "urgent", "3", "security", "standard")),
        ("Factura de octubre", ("request", "normal", "1", "billing", "standard")),
        ("No recuerdo mi contraseña", ("request", "normal", "1", "first-line", "standard")),
        ("La impresora no funciona", ("incident", "normal", "2", "technical", "standard")),
        ("La impresora no funciona, urgente", ("incident", "high", "2", "technical", "standard")),
        ("Nadie puede iniciar sesión", ("request", "urgent", "1", "first-line", "standard")),
        ("Una duda", ("question", "low", "1", "first-line", "standard")),
        ("Saludos", ("request", "normal", "1", "first-line", "standard")),
    ],
)
def test_each_category_has_its_team_tier_and_priority(subject: str, expected: tuple[str, ...]) -> None:
    values = decided(message(subject)).values

    assert (
        values["ticket_type"], values["priority"], values["tier"], values["team"], values["service_level_policy"]
    ) == expected  # fmt: skip


@pytest.mark.parametrize(
    ("sender", "dmarc", "policy"),
    [
        ("eva@vip.example", None, "vip"),
        ("eva@VIP.example", "pass", "vip"),
        ("eva@vip.example", "fail", "standard"),
        ("eva@notvip.example", None, "standard"),
        ("eva@vip.example.evil.example", None, "standard"),
    ],
)
def test_a_vip_domain_gets_the_vip_policy_unless_dmarc_denies_it(sender: str, dmarc: str | None, policy: str) -> None:
    outcome = decided(message("Saludos", sender=sender, authentication={"dmarc": dmarc}))

    assert outcome.values["service_level_policy"] == policy
    assert outcome.values["priority"] == ("high" if policy == "vip" else "normal")


@pytest.mark.parametrize(
    ("fields", "tag"),
    [
        ({"automation": "auto-replied"}, "automatic"),
        ({"automation": "auto-generated"}, "automatic"),
        ({"automation": "list"}, "automatic"),
        ({"automation": "bounce"}, "bounce"),
        ({"automation": "dsn"}, "bounce"),
        ({"disposition": "own_loop"}, "own-loop"),
    ],
)
def test_mail_that_no_person_wrote_is_low_and_gets_no_answer(fields: dict[str, str], tag: str) -> None:
    outcome = decided(message("Server is down", "urgent", sender="x@vip.example", **fields))

    assert outcome.values["priority"] == "low"
    assert outcome.values["acknowledge"] is False
    assert f"tags.{tag}" in outcome.set_by


def test_what_nobody_can_parse_is_held_for_a_person() -> None:
    values = decided(message(disposition="unparseable")).values

    assert values["quarantine"] == "unparseable"
    assert values["acknowledge"] is False


def test_an_empty_message_is_not_urgent() -> None:
    assert decided(message()).values["tags"] == ("empty",)
