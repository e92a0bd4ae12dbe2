"""Addresses of web servers that a setting may hold."""

import pytest

from ventanilla_runtime.web_address import web_address


@pytest.mark.parametrize(
    "text",
    [
        "http://tickets:8001",
        "https://desk.example/base/",
        "http://[::1]:8001",
        "http://intake_chat.desk.svc",
        "https://x",
    ],
)
def test_where_a_client_could_ask_is_one(text: str) -> None:
    assert web_address(f" {text} ", "https://desk.example") == text


@pytest.mark.parametrize(
    "text",
    ["", "tickets:8001", "ftp://x", "http://", "http://:80", "http://x:0", "http://x:99999", "http://[::1", "http://a..b",
     "http://" + "a" * 64, "https://x?token=1", "https://x/#top"],
)  # fmt: skip
def test_what_nobody_could_ask_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be an address such as https://desk\.example: "):
        web_address(text, "https://desk.example")
