"""`openid.connect.*`: a code becomes a token, a token says who somebody is."""

from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.records import Json
from ventanilla_devstack.slack.sign_in import user_claims
from ventanilla_devstack.slack.web_api.calls import Call, Method


def exchange_code(call: Call) -> Json:
    """`openid.connect.token`; the dispatcher has checked client id and secret."""
    if call.arguments.text("grant_type") not in ("", "authorization_code"):
        raise Refused("invalid_grant_type")
    workspace = call.site.workspace
    return call.site.sign_in.exchange(
        call.required_text("code"),
        app=call.app,
        redirect_uri=call.arguments.text("redirect_uri"),
        verifier=call.arguments.text("code_verifier"),
        issuer=workspace.url,
        user=workspace.user,
        team=workspace.teams[workspace.home],
    )


def user_info(call: Call) -> Json:
    """`openid.connect.userInfo`."""
    workspace = call.site.workspace
    return user_claims(call.user, workspace.teams[workspace.home], call.scopes)


METHODS = {
    "openid.connect.token": Method(exchange_code, "none", takes="none"),
    "openid.connect.userInfo": Method(user_info, "none", ("openid",), takes="user"),
}
