"""The page on which a person chooses as whom to sign in to an app."""

from ventanilla_devstack.slack.page.tags import tag
from ventanilla_devstack.slack.page.words import Words
from ventanilla_devstack.slack.records import App, User


def draw_sign_in(words: Words, app: App, people: list[User], query: dict[str, str]) -> str:
    """The document; the form goes back to the very address that was asked."""
    choices = [
        tag("li", tag("button", words("enter_as", name=user.real_name), name="user", value=user.id, type="submit"))
        for user in people
    ]
    body = tag(
        "body",
        tag(
            "main",
            tag("h1", words("sign_in_as", app=app.name)),
            tag("p", words("asks", scopes=query.get("scope", ""))),
            tag(
                "form",
                tag("ul", choices, class_="people"),
                tag("button", words("refuse"), name="user", value="", type="submit"),
                method="post",
            ),
            class_="sign-in",
        ),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", words("sign_in")),
        tag("link", rel="stylesheet", href="/_page/page.css"),
    )
    return "<!doctype html>" + tag("html", head, body, lang=words.language)
