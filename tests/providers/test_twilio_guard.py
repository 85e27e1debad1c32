"""Who gets into the webhooks: whoever signed exactly this request, and nobody else."""

from __future__ import annotations

import json

import pytest
from flask import Request
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder

from app.providers.twilio.signature import LARGEST_BODY, target, valid
from config import Settings
from tests.providers.signing import PUBLIC, TOKEN, with_twilio

SETTINGS = with_twilio(Settings())
FIELDS = MultiDict([("MessageSid", "SM1"), ("Body", "你好 +&="), ("Extra", "b"), ("Extra", "a"), ("Empty", "")])
LARGE = "x" * LARGEST_BODY
SIGN = RequestValidator(TOKEN).compute_signature


def asked(path: str, *, signature: str, method: str = "POST", headers: dict[str, str] | None = None, **more: object):
    builder = EnvironBuilder(path=path, method=method, headers=headers, **more)  # type: ignore[arg-type]
    builder.headers["X-Twilio-Signature"] = signature
    return Request(builder.get_environ())


def test_a_true_signature_is_taken() -> None:
    path = "/twilio/sms/inbound?language=zh_Hans&to=%2B4416"
    assert valid(SETTINGS, asked(path, signature=SIGN(PUBLIC + path, FIELDS), data=FIELDS))


def test_a_query_alone_is_signed_for_get() -> None:
    path = "/twilio/voice/wait?place=2&say=a%20b"
    assert valid(SETTINGS, asked(path, method="GET", signature=SIGN(PUBLIC + path, {})))


@pytest.mark.parametrize("name", ["HMAC_SHA1", "HMAC_SHA256"])
def test_both_algorithms_of_the_library_are_known(name: str) -> None:
    headers = {"X-Twilio-Webhooks-Signature-Settings": f"key=webhooks_sharedkey_1,algorithm={name}"}
    signature = SIGN(PUBLIC + "/x", FIELDS, name)
    assert valid(SETTINGS, asked("/x", signature=signature, data=FIELDS, headers=headers))


@pytest.mark.parametrize(
    "wrong",
    [
        asked("/x", signature="", data=FIELDS),
        asked("/x", signature="nonsense", data=FIELDS),
        asked("/x", signature=SIGN(PUBLIC + "/y", FIELDS), data=FIELDS),
        asked("/x", signature=SIGN("http://localhost/x", FIELDS), data=FIELDS),
        asked("/x", signature=SIGN(PUBLIC + "/x", FIELDS), data={**FIELDS, "Body": "else"}),
        asked("/x", signature=SIGN(PUBLIC + "/x", {}), data=FIELDS),
        asked("/x?a=%2B1", signature=SIGN(PUBLIC + "/x?a=+1", {})),
        asked("/x", signature=RequestValidator("other" * 7).compute_signature(PUBLIC + "/x", FIELDS), data=FIELDS),
        asked("/x", signature=SIGN(PUBLIC + "/x", {}), json={"a": 1}),
        asked("/x", signature=SIGN(PUBLIC + "/x", {"a": LARGE}), data={"a": LARGE}),
        asked(
            "/x",
            signature=SIGN(PUBLIC + "/x", {}, "HMAC_SHA256"),
            headers={"X-Twilio-Webhooks-Signature-Settings": "algorithm=MD5"},
        ),
    ],
)
def test_anything_else_is_not(wrong: Request) -> None:
    assert not valid(SETTINGS, wrong)


def test_an_account_without_a_token_trusts_nobody() -> None:
    bare = with_twilio(Settings(), twilio_auth_token="")
    signature = RequestValidator("").compute_signature(PUBLIC + "/x", {})
    assert not valid(bare, asked("/x", signature=signature))


def test_a_body_of_json_needs_its_own_hash() -> None:
    body = json.dumps({"a": "ü"})
    path = "/x?bodySHA256=" + RequestValidator(TOKEN).compute_hash(body)
    taken = asked(path, signature=SIGN(PUBLIC + path, {}), data=body, content_type="application/json")
    assert valid(SETTINGS, taken)
    other = asked(path, signature=SIGN(PUBLIC + path, {}), data=body + " ", content_type="application/json")
    assert not valid(SETTINGS, other)


@pytest.mark.parametrize(
    "environ, expected",
    [
        ({"RAW_URI": "/a%2Fb?x=%2B1"}, "/a%2Fb?x=%2B1"),
        ({"RAW_URI": "http://proxy/a?x=1"}, "/a?x=1"),
        ({"PATH_INFO": "/a b", "QUERY_STRING": "x=%2B1"}, "/a%20b?x=%2B1"),
    ],
)
def test_the_address_is_the_raw_one(environ: dict[str, str], expected: str) -> None:
    whole = EnvironBuilder(path="/").get_environ()
    for key in ("RAW_URI", "REQUEST_URI"):
        whole.pop(key)
    assert target(Request({**whole, **environ})) == expected
