"""The whole page: who one is, one's calls with what is to be heard, one's texts, and what Twilio sees."""

from ventanilla_devstack.slack.page.tags import Html, tag
from ventanilla_devstack.slack.page.words import Words
from ventanilla_devstack.twilio.line import Heard, Line
from ventanilla_devstack.twilio.records import Message, Person
from ventanilla_devstack.twilio.voice.site import Site

_CALLS, _HEARD, _TEXTS, _ALERTS = 8, 200, 100, 10
KEYS = "123456789*0#"


class Layout:
    """Draws for one person."""

    def __init__(self, site: Site, words: Words, viewer: Person) -> None:
        self._site, self._words, self._viewer = site, words, viewer

    def parts(self) -> dict[str, str]:
        """The regions that change, by the id of their element."""
        return {"calls": str(self._calls()), "texts": str(self._texts()), "behind": str(self._behind())}

    def page(self) -> str:
        """The document."""
        words, parts = self._words, self.parts()
        body = tag(
            "body",
            tag("a", words("skip"), href="#calls", class_="skip"),
            tag("header", tag("h1", words("title")), tag("p", words("intro")), self._who()),
            tag(
                "main",
                tag("section", tag("h2", words("calls"), id="calls-title"), self._dialling(),
                    tag("div", Html(parts["calls"]), id="calls", tabindex="-1"), aria_labelledby="calls-title"),
                tag("section", tag("h2", words("texts"), id="texts-title"),
                    tag("div", Html(parts["texts"]), id="texts"), self._writing(), aria_labelledby="texts-title"),
            ),
            tag("footer", tag("h2", words("behind")), tag("div", Html(parts["behind"]), id="behind")),
            tag("p", id="live", class_="hidden", role="log", aria_live="polite"),
            tag("p", id="problem", role="alert"),
            tag("script", src="/_page/page.js", defer=True),
            data_as=self._viewer.number,
            data_problem=words.get("problem"),
        )  # fmt: skip
        head = tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", f"{words('title')} · {self._viewer.name or self._viewer.number}"),
            tag("link", rel="stylesheet", href="/_page/page.css"),
            tag("link", rel="icon", href="data:,"),
        )
        return "<!doctype html>" + tag("html", head, body, lang=words.language)

    def _who(self) -> Html:
        people = self._site.exchange.people.values()
        options = [
            tag("option", f"{each.name} · {each.number}".removeprefix(" · "), value=each.number,
                selected=each.number == self._viewer.number)
            for each in people if each.answers == "by_hand"
        ]  # fmt: skip
        return tag(
            "form",
            tag("label", self._words("who"), for_="who"),
            tag("select", options, id="who", name="as"),
            tag("button", self._words("be"), type="submit"),
            data_do="be",
        )

    def _dialling(self) -> Html:
        numbers = [each for each in self._site.exchange.numbers.values() if each.voice]
        options = [tag("option", f"{each.friendly_name} · {each.number}", value=each.number) for each in numbers]
        return tag(
            "form",
            tag("label", self._words("desk_number"), for_="number"),
            tag("select", options, id="number", name="to"),
            tag("label", tag("input", type="checkbox", id="withheld"), f" {self._words('withheld')}"),
            tag("button", self._words("dial"), type="submit"),
            data_do="dial",
        )

    def _calls(self) -> Html:
        mine = [line for line in self._site.lines.values() if self._viewer.number == self._end_of(line)]
        shown = [self._call(line) for line in reversed(mine[-_CALLS:])]
        return tag("div", shown or tag("p", self._words("no_calls"), class_="empty"))

    def _end_of(self, line: Line) -> str:
        return line.call.to if line.call.direction != "inbound" else line.owner or line.call.from_

    def _call(self, line: Line) -> Html:
        call, words = line.call, self._words
        other = call.from_ if call.direction != "inbound" else call.to
        rings = call.direction != "inbound" and call.status in ("queued", "ringing")
        title = words("rings" if rings else "call_with", number=other)
        controls: list[Html] = []
        if rings:
            controls = [_button(words("answer"), "answer", call.sid), _button(words("refuse"), "refuse", call.sid)]
        elif not line.over:
            controls = [
                self._keypad(call.sid),
                self._speaking(call.sid),
                _button(words("hang_up"), "hang_up", call.sid),
            ]
        state = words(f"status_{call.status}")
        return tag(
            "article",
            tag("h3", title, " ", tag("span", state, class_=f"state {call.status}"), id=f"title-{call.sid}"),
            self._heard(line),
            tag("div", controls, class_="controls"),
            aria_labelledby=f"title-{call.sid}",
            class_="over" if line.over else None,
        )

    def _heard(self, line: Line) -> Html:
        entries = [self._entry(each) for each in line.story[-_HEARD:]]
        if not entries:
            return tag("p", self._words("nothing_heard"), class_="empty")
        return tag("ol", entries, class_="heard", aria_label=self._words("heard"), data_call=line.call.sid)

    def _entry(self, heard: Heard) -> Html:
        kind = self._words(f"kind_{heard.kind}")
        language = heard.language[:2] or None
        return tag("li", tag("b", kind), " ", tag("span", heard.text, lang=language), class_=heard.kind)

    def _keypad(self, sid: str) -> Html:
        keys = [tag("button", key, type="button", data_do="press", data_call=sid, data_key=key) for key in KEYS]
        return tag("div", keys, class_="keys", role="group", aria_label=self._words("keys"))

    def _speaking(self, sid: str) -> Html:
        return tag(
            "form",
            tag("label", self._words("say"), for_=f"say-{sid}"),
            tag("input", type="text", id=f"say-{sid}", name="text", autocomplete="off", maxlength=1000),
            tag("button", self._words("speak"), type="submit"),
            data_do="speak",
            data_call=sid,
        )

    def _texts(self) -> Html:
        number = self._viewer.number
        mine = [
            each
            for each in self._site.exchange.messages.values()
            if number in (each.to.removeprefix("whatsapp:"), each.from_.removeprefix("whatsapp:"))
            and (each.direction == "inbound" or each.status in ("sent", "delivered", "read"))
        ]
        shown = [self._message(each) for each in mine[-_TEXTS:]]
        return tag("ol", shown, class_="texts") if shown else tag("p", self._words("no_texts"), class_="empty")

    def _message(self, message: Message) -> Html:
        words, own = self._words, message.direction == "inbound"
        name = words("from_you") if own else words("from_desk", number=message.from_)
        files = (" ", tag("i", words("files", count=len(message.media)))) if message.media else None
        body = tag("span", message.body, class_="body")
        return tag("li", tag("b", name), " ", body, files, class_="own" if own else "theirs", data_sid=message.sid)

    def _writing(self) -> Html:
        ways = [
            tag("option", f"{name} · {each.number}", value=prefix + each.number)
            for each in self._site.exchange.numbers.values()
            for name, prefix, there in (("SMS", "", each.sms), ("WhatsApp", "whatsapp:", each.whatsapp))
            if there
        ]
        return tag(
            "form",
            tag("label", self._words("to"), for_="way"),
            tag("select", ways, id="way", name="to"),
            tag("label", self._words("write"), for_="body"),
            tag("textarea", id="body", name="body", rows=3, maxlength=1600),
            tag("button", self._words("send"), type="submit"),
            data_do="text",
        )

    def _behind(self) -> Html:
        words, exchange = self._words, self._site.exchange
        queues = [
            tag("li", words("queue_line", name=each.friendly_name, count=len(each.members)))
            for each in exchange.queues.values()
        ]
        alerts = [
            tag("li", words("alert_line", code=each.code, text=each.text)) for each in exchange.alerts[:-_ALERTS - 1:-1]
        ]  # fmt: skip
        return tag(
            "div",
            tag("h3", words("queues")), tag("ul", queues or tag("li", words("none"))),
            tag("h3", words("alerts")), tag("ul", alerts or tag("li", words("none"))),
        )  # fmt: skip


def _button(text: str, act: str, sid: str) -> Html:
    return tag("button", text, type="button", id=f"{act}-{sid}", class_=act, data_do=act, data_call=sid)
