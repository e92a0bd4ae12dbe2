"""What Twilio's library tells when Twilio will not, in each of its forms."""

import json

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response

from intake_phone.adapters.twilio.refusals import Refusal, refusal_in

NO_PAGE = "Unable to fetch page"
NO_RECORDS = "Page Records can not be deserialized"
WRONG_TOKEN = json.dumps({"code": 20003, "message": "Authenticate"})


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (TwilioRestException(400, "/x", "  no such\nnumber", 21211), Refusal(400, 21211, "no such number")),
        (TwilioRestException(500, "/x"), Refusal(500, 0, "")),
        (
            TwilioException(NO_PAGE, Response(401, WRONG_TOKEN)),
            Refusal(401, 20003, "Authenticate"),
        ),
        (TwilioException(NO_PAGE, Response(503, "<html>")), Refusal(503, 0, "")),
        (TwilioException(NO_PAGE, Response(503, "[1]")), Refusal(503, 0, "")),
        (TwilioException(NO_RECORDS), Refusal(0, 0, NO_RECORDS)),
    ],
)  # fmt: skip
def test_status_code_and_words_are_read_of_each(error: TwilioException, refusal: Refusal) -> None:
    assert refusal_in(error) == refusal
