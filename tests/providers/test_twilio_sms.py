"""SMS through Twilio, up to the edge of HTTP: what is asked, and what each answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from app.providers.base import SmsNotTaken, SmsRefused, SmsUnsure, Text
from app.providers.twilio.client import CONNECT_S, READ_S
from app.providers.twilio.sms import CODES, TwilioSms, code_of
from config import Settings
from tests.providers.http_edge import Answer, Edge, created, listed, refusal
from tests.providers.signing import NUMBER, with_twilio

SERVICE = "MG" + "1" * 32
BEGUN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEXT = Text(number="+447700900318", body="您好，您的包裹", key="sms:7", message_id=7, begun_at=BEGUN, valid_s=3600)
UNREACHED = requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))  # type: ignore[arg-type]


def sms(**changed: object) -> TwilioSms:
    return TwilioSms(with_twilio(Settings(), **changed))


def test_a_text_leaves_from_the_number_with_an_address_for_reports(edge: Edge) -> None:
    edge.answers = [created(status="queued")]
    receipt = sms().send(TEXT)
    [(method, address, fields)] = edge.asked
    assert (method, address) == ("POST", f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Messages.json")
    assert fields == {
        "To": TEXT.number,
        "Body": TEXT.body,
        "From": NUMBER,
        "ValidityPeriod": "3600",
        "StatusCallback": "https://desk.example.com/twilio/sms/status?message=7#rc=3&rp=all",
    }
    assert edge.timeouts == [(CONNECT_S, READ_S)]
    assert (receipt.provider_id, receipt.status) == ("SM" + "a" * 32, "queued")


def test_a_messaging_service_sends_in_place_of_the_number(edge: Edge) -> None:
    edge.answers = [created(status="accepted")]
    assert sms(twilio_messaging_service_sid=SERVICE).send(TEXT).status == "accepted"
    fields = edge.asked[0][2]
    assert (fields["MessagingServiceSid"], "From" in fields) == (SERVICE, False)


def test_another_base_takes_the_place_of_scheme_and_host(edge: Edge) -> None:
    edge.answers = [created()]
    sms(twilio_api_base="http://127.0.0.1:9101").send(TEXT)
    assert edge.asked[0][1].startswith("http://127.0.0.1:9101/2010-04-01/")


@pytest.mark.parametrize(
    "answer, error, code",
    [
        (refusal(20429, 429), SmsNotTaken, "twilio_20429"),
        (refusal(21611), SmsNotTaken, "line_full"),
        (refusal(20003, 401), SmsNotTaken, "credentials"),
        (UNREACHED, SmsNotTaken, "unreachable"),
        (requests.ConnectTimeout(), SmsNotTaken, "unreachable"),
        (refusal(21610), SmsRefused, "opted_out"),
        (refusal(21211), SmsRefused, "bad_number"),
        (refusal(21408), SmsRefused, "region_off"),
        (refusal(12345), SmsRefused, "twilio_12345"),
        ((400, {"type": "t", "title": "No", "status": 400, "code": 21614}), SmsRefused, "not_mobile"),
        (requests.ReadTimeout(), SmsUnsure, "ReadTimeout"),
        (requests.ConnectionError("torn"), SmsUnsure, "ConnectionError"),
        ((500, {"message": "oops"}), SmsUnsure, "http_500"),
        ((503, b"<html>"), SmsUnsure, "http_503"),
        ((201, b"not json"), SmsUnsure, "JSONDecodeError"),
    ],
)
def test_each_failure_is_a_clear_no_or_none(edge: Edge, answer: Answer, error: type[Exception], code: str) -> None:
    edge.answers = [answer]
    with pytest.raises(error) as told:
        sms().send(TEXT)
    assert type(told.value) is error
    assert str(told.value) == code
    assert len(edge.asked) == 1, "nothing is asked a second time by itself"


def test_a_lost_message_is_known_again_by_number_words_and_time(edge: Edge) -> None:
    wanted = {"sid": "SM" + "b" * 32, "body": " 您好，您的包裹 ", "status": "sent"}
    edge.answers = [
        listed(
            {"sid": "SM" + "1" * 32, "body": TEXT.body, "direction": "inbound"},
            {"sid": "SM" + "2" * 32, "body": "Another text"},
            {"sid": "SM" + "3" * 32, "body": TEXT.body, "date_created": "Mon, 23 Nov 2026 08:50:00 +0000"},
            {"sid": "SM" + "4" * 32, "body": TEXT.body},
            wanted,
        )
    ]
    text = Text(
        number=TEXT.number, body=TEXT.body, key=TEXT.key, message_id=7,
        begun_at=BEGUN + timedelta(seconds=90), others=frozenset({"SM" + "4" * 32}),
    )  # fmt: skip
    found = sms().find(text)
    assert found is not None and (found.provider_id, found.status) == (wanted["sid"], "sent")
    assert edge.asked[0][2]["To"] == TEXT.number


@pytest.mark.parametrize("answer", [listed(), refusal(20003, 401), requests.ReadTimeout()])
def test_what_is_not_listed_is_never_surely_lost(edge: Edge, answer: Answer) -> None:
    edge.answers = [answer]
    with pytest.raises(SmsUnsure):
        sms().find(TEXT)


def test_a_message_is_looked_at_by_its_id(edge: Edge) -> None:
    edge.answers = [(200, {"sid": "SM" + "a" * 32, "status": "undelivered", "error_code": 30003}), refusal(20404, 404)]
    found = sms().look("SM" + "a" * 32)
    assert found is not None and (found.status, found.error) == ("undelivered", "handset_off")
    assert sms().look("SM" + "f" * 32) is None


def test_a_message_is_deleted_and_one_that_is_gone_is_no_error(edge: Edge) -> None:
    edge.answers = [(204, b""), refusal(20404, 404)]
    for _again in range(2):
        sms().erase("SM" + "a" * 32)
    assert [method for method, _address, _fields in edge.asked] == ["DELETE", "DELETE"]


@pytest.mark.parametrize(
    "answer, error, code",
    [
        (refusal(20009, 409), SmsNotTaken, "not_final"),
        (refusal(20429, 429), SmsNotTaken, "twilio_20429"),
        (refusal(20003, 401), SmsNotTaken, "credentials"),
        (UNREACHED, SmsNotTaken, "unreachable"),
        (requests.ReadTimeout(), SmsUnsure, "ReadTimeout"),
        ((503, b"<html>"), SmsUnsure, "http_503"),
    ],
)
def test_deleting_is_tried_again_after_any_failure(
    edge: Edge, answer: Answer, error: type[Exception], code: str
) -> None:
    edge.answers = [answer]
    with pytest.raises(error) as told:
        sms().erase("SM" + "a" * 32)
    assert str(told.value) == code


@pytest.mark.parametrize("told, code", [("30005", "unknown_handset"), (None, ""), ("", ""), ("0", ""), ("x1", "")])
def test_codes_of_reports_become_ours(told: str | None, code: str) -> None:
    assert code_of(told) == code
    assert set(CODES.values()).isdisjoint({""})
