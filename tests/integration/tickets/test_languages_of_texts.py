"""In which language somebody is answered who texts so little that nobody can tell."""

import pytest

from tests.integration.tickets.api_desk import open_api_desk
from tests.integration.tickets.routed_mails import settle
from tests.integration.tickets.texts import texted


@pytest.mark.parametrize(
    ("customer", "words", "language"),
    [
        ("+34600000001", "raro", "es"),
        ("+34600000001", "hola, no imprime", "es"),
        ("+34600000001", "My printer does not print anything since this morning.", "en"),
        ("+12025550147", "My printer", "en"),
        ("+12025550147", "La impresora no imprime nada desde esta mañana.", "es"),
    ],
)
async def test_the_country_of_the_number_counts_only_where_the_words_say_too_little(
    database: str, customer: str, words: str, language: str
) -> None:
    async with open_api_desk(database) as api:
        await settle(api, texted(1, customer=customer, subject=words, text=words))
        agent = await api.client("read")
        assert (await agent.get("/api/v1/tickets/1")).json()["language"] == language
