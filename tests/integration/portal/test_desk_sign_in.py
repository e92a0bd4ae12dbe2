"""Who gets into agents' pages, and who does not, with a local Slack and the real tickets API."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from tests.integration.portal.desk_rig import PUBLIC, SECRET, DeskRig, desk_rig
from tests.integration.tickets.api_desk import open_api_desk
from tests.integration.tickets.desk_people import opened

ENGLISH = {"accept-language": "en"}


@pytest.fixture
async def rig(database: str) -> AsyncIterator[DeskRig]:
    async with open_api_desk(database) as desk, desk_rig(desk) as found:
        yield found


async def test_an_agent_signs_in_and_is_led_to_the_ticket_that_they_wanted(rig: DeskRig) -> None:
    number = await opened(await rig.desk.client("write"))
    browser = rig.browser()
    before = await browser.get(f"/desk/{number}")

    answer = await browser.sign_in(rig.slack, "ana", f"/desk/{number}")
    page = await browser.get(answer.headers["location"])

    assert (before.status_code, answer.status_code, page.status_code) == (401, 303, 200)
    assert "La impresora no responde" not in before.text
    assert f'href="/desk/sign-in?next=/desk/{number}"' in before.text
    assert answer.headers["location"] == f"/desk/{number}"
    assert "La impresora no responde" in page.text
    assert "Ha entrado como Ana Gil" in page.text


async def test_slack_is_asked_with_a_state_a_nonce_and_a_challenge_that_differ_each_time(rig: DeskRig) -> None:
    browser = rig.browser()
    asked = [parse_qs(urlsplit(await browser.asked_by_slack()).query) for _ in range(2)]

    for question in asked:
        assert question["redirect_uri"] == [f"{PUBLIC}/desk/signed-in"]
        assert (question["response_type"], question["code_challenge_method"]) == (["code"], ["S256"])
        assert question["scope"] == ["openid email profile"]
        assert question["team"] == [rig.slack.workspace.home]
    for name in ("state", "nonce", "code_challenge"):
        assert len({question[name][0] for question in asked}) == 2


async def test_the_cookies_are_kept_from_scripts_and_from_other_sites(rig: DeskRig) -> None:
    browser = rig.browser()
    begun = await browser.get("/desk/sign-in")
    answer = await browser.sign_in(rig.slack, "ana")

    given = [one.lower() for one in [*begun.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")]]
    session = next(one for one in given if one.startswith("desk-session="))
    assert "max-age=28800" in session
    for cookie in given:
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/;" in cookie
    assert any(one.startswith("desk-attempt-") and "max-age=0" in one for one in given), "an attempt is good once"


async def test_an_agent_is_linked_to_their_slack_user_once(rig: DeskRig) -> None:
    for _ in range(2):
        await rig.signed_in("ana")

    admin = await rig.desk.client("read", "admin")
    ana = (await admin.get("/api/v1/agents/ana")).json()
    decisions = (await admin.get("/api/v1/decisions")).json()["items"]
    user = rig.slack.workspace.person("ana").id
    assert ana["slack"] == [{"team_id": rig.slack.workspace.home, "user_id": user}]
    assert [one["action"] for one in decisions].count("agent.slack_linked") == 1


@pytest.mark.parametrize(
    ("handle", "says"),
    [
        ("carmen", "Nobody at this desk has the mail address"),
        ("zoe", "Guests of the Slack workspace cannot be agents"),
        ("invitada", "Guests of the Slack workspace cannot be agents"),
        ("", "You did not allow it in Slack"),
    ],
)
async def test_whoever_is_no_agent_is_told_so_and_gets_no_session(rig: DeskRig, handle: str, says: str) -> None:
    browser = rig.browser(**ENGLISH)
    answer = await browser.sign_in(rig.slack, handle)

    assert answer.status_code == 403
    assert says in answer.text
    assert "desk-session" not in browser.client.cookies
    assert (await browser.get("/desk")).status_code == 401


async def test_an_agent_whose_address_slack_has_not_confirmed_is_not_linked(rig: DeskRig) -> None:
    rig.slack.workspace.person("ana").email_confirmed = False

    answer = await rig.browser(**ENGLISH).sign_in(rig.slack, "ana")

    assert answer.status_code == 403
    assert "Slack has not confirmed your mail address" in answer.text


async def test_another_workspace_is_refused(database: str) -> None:
    async with open_api_desk(database) as desk, desk_rig(desk, team="T0ELSEWHERE") as rig:
        answer = await rig.browser(**ENGLISH).sign_in(rig.slack, "ana")

    assert answer.status_code == 403
    assert "another Slack workspace" in answer.text


async def test_an_answer_for_another_browser_is_refused(rig: DeskRig) -> None:
    theirs = await rig.browser().back_from_slack(rig.slack, "ana")
    victim = rig.browser(**ENGLISH)
    await victim.asked_by_slack()

    answer = await victim.get(theirs)

    assert answer.status_code == 403
    assert "did not begin in this browser" in answer.text
    assert "desk-session" not in victim.client.cookies


@pytest.mark.parametrize("change", ["state", "code", "nothing"])
async def test_a_forged_state_or_code_is_refused(rig: DeskRig, change: str) -> None:
    browser = rig.browser(**ENGLISH)
    query = {
        name: value[0]
        for name, value in parse_qs(urlsplit(await browser.back_from_slack(rig.slack, "ana")).query).items()
    }
    forged = {"state": {"state": "A" * 43}, "code": {"code": "wrong"}, "nothing": {"state": "", "code": ""}}[change]

    answer = await browser.get("/desk/signed-in", params=query | forged)

    assert answer.status_code == 403
    assert "desk-session" not in browser.client.cookies


async def test_an_answer_is_good_once(rig: DeskRig) -> None:
    browser = rig.browser()
    back = await browser.back_from_slack(rig.slack, "ana")

    first, again = await browser.get(back), await browser.get(back)

    assert (first.status_code, again.status_code) == (303, 403)


async def test_two_tabs_sign_in_at_once(rig: DeskRig) -> None:
    browser = rig.browser()
    one = await browser.back_from_slack(rig.slack, "ana", "/desk/1")
    other = await browser.back_from_slack(rig.slack, "ana", "/desk/2")

    answers = [await browser.get(back) for back in (one, other)]

    assert [answer.headers.get("location") for answer in answers] == ["/desk/1", "/desk/2"]


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/desk", "//evil.example", "/desk/1/../../s/x", "/s/token", "/desk//evil"]
)
async def test_signing_in_leads_nowhere_else(rig: DeskRig, wanted: str) -> None:
    answer = await rig.browser().sign_in(rig.slack, "ana", wanted)

    assert answer.headers["location"] == "/desk"


async def test_signing_in_under_another_name_of_the_portal_goes_on_under_its_own(rig: DeskRig) -> None:
    browser = rig.browser()
    elsewhere = await browser.get("/desk/sign-in?next=/desk/7", headers={"host": "localhost:8000"})
    here = await browser.get(elsewhere.headers["location"], headers={"host": "inside:80"})

    assert elsewhere.headers["location"] == f"{PUBLIC}/desk/sign-in?next=%2Fdesk%2F7&here=1"
    assert here.headers["location"].startswith(rig.slack.url), "a proxy that changes names makes no circle"


async def test_a_retired_agent_loses_the_session_at_once(rig: DeskRig) -> None:
    browser = await rig.signed_in("bob", **ENGLISH)
    number = await opened(await rig.desk.client("write"))
    assert (await browser.get(f"/desk/{number}")).status_code == 200

    await (await rig.desk.client("admin")).delete("/api/v1/agents/bob")
    answers = [await browser.get(f"/desk/{number}") for _ in range(2)]
    again = await browser.sign_in(rig.slack, "bob")

    assert [answer.status_code for answer in answers] == [403, 401]
    assert "You are no agent of this desk any more" in answers[0].text
    assert "La impresora" not in answers[0].text
    assert again.status_code == 403


async def test_an_agent_who_is_unlinked_loses_the_session_at_once(rig: DeskRig) -> None:
    browser = await rig.signed_in("ana")
    client = await rig.desk.client("read", "act")

    await client.delete("/api/v1/agents/ana/slack")

    assert (await browser.get("/desk")).status_code == 403


async def test_whoever_leaves_slack_loses_the_session_once_slack_is_asked_again(rig: DeskRig) -> None:
    browser = await rig.signed_in("ana")
    assert (await browser.get("/desk")).status_code == 200

    rig.slack.hands.delete_user("ana")
    remembered = await browser.get("/desk")
    another_replica = rig.another_portal(browser)
    answer = await another_replica.get("/desk")

    assert (remembered.status_code, answer.status_code) == (200, 403)


async def test_while_slack_is_away_whoever_is_signed_in_goes_on_reading(rig: DeskRig) -> None:
    browser = await rig.signed_in("ana")
    rig.slack.app.bot_token = "xoxb-another"

    assert (await browser.get("/desk")).status_code == 200


@pytest.mark.parametrize("what", ["too old", "another secret", "another purpose", "unsigned"])
async def test_a_session_that_is_too_old_or_not_ours_counts_for_nothing(rig: DeskRig, what: str) -> None:
    real = (await rig.signed_in("ana")).client.cookies["desk-session"]
    claims = jwt.decode(real, options={"verify_signature": False})
    secret, algorithm = SECRET, "HS256"
    if what == "too old":
        claims["exp"] = datetime.now(UTC) - timedelta(seconds=1)
    elif what == "another secret":
        secret = "another secret than the portal has, long enough"
    elif what == "another purpose":
        claims["aud"] = "desk-attempt-AAAAAAAA"
    else:
        secret, algorithm = "", "none"
    browser = rig.browser()
    browser.client.cookies.set("desk-session", jwt.encode(claims, secret, algorithm), domain="127.0.0.1")

    assert (await browser.get("/desk")).status_code == 401


async def test_an_agent_signs_out_and_another_site_cannot_do_it_for_them(rig: DeskRig) -> None:
    browser = await rig.signed_in("ana", **ENGLISH)

    foreign = await browser.client.post("/desk/sign-out", headers={"sec-fetch-site": "cross-site"})
    still = await browser.get("/desk")
    out = await browser.client.post("/desk/sign-out", headers={"sec-fetch-site": "same-origin"})
    after = await browser.get(out.headers["location"])

    assert (foreign.status_code, still.status_code, out.status_code, after.status_code) == (403, 200, 303, 401)
    assert "You are signed out." in after.text
    assert (await browser.get("/desk/sign-out")).status_code == 401, "only a button signs out"


async def test_while_slack_or_the_desk_is_away_nobody_signs_in_and_is_told_to_try_again(rig: DeskRig) -> None:
    browser = rig.browser(**ENGLISH)
    back = await browser.back_from_slack(rig.slack, "ana")
    rig.network.cut = "before"
    desk_away = await browser.get(back)
    rig.network.cut = ""
    back = await browser.back_from_slack(rig.slack, "ana")
    rig.slack.app.bot_token = "xoxb-another"
    slack_refuses = await browser.get(back)

    for answer in (desk_away, slack_refuses):
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "Signing in does not work right now" in answer.text
    assert "desk-session" not in browser.client.cookies


async def test_somebody_who_begins_too_often_is_held_back(rig: DeskRig) -> None:
    browser = rig.browser()

    begun = 0
    while (status := (await browser.get("/desk/sign-in")).status_code) == 303:
        begun += 1  # on a slow machine some more: four a second are allowed again
        assert begun < 2_000

    assert status == 429
    assert begun >= 240
    assert len([name for name in browser.client.cookies if name.startswith("desk-attempt-")]) <= 6
