"""What the library makes of an answer: a clear no, or silence. Lists come in another way than the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from app.providers.twilio import recordings, voice
from app.providers.twilio.client import TwilioRefused, TwilioUnsure, ask, client
from config import Settings
from tests.providers.http_edge import Answer, Edge, listed, refusal
from tests.providers.signing import with_twilio

SETTINGS = with_twilio(Settings())
CALL = "CA" + "1" * 32


def messages() -> Any:
    return ask(lambda: client(SETTINGS).messages.list(to="+447700900318", limit=5))


LISTS: list[Callable[[], Any]] = [
    messages,
    lambda: voice.find_participant(SETTINGS, room="r", label="agent-1"),
    lambda: recordings.of_call(SETTINGS, CALL),
]


@pytest.mark.parametrize("asked", LISTS)
@pytest.mark.parametrize(
    "answer, code, later",
    [
        (refusal(20003, 401), 20003, False),
        (refusal(20404, 404), 20404, False),
        (refusal(20429, 429), 20429, True),
        ((429, b"<html>"), 429, True),
        ((400, {"type": "t", "title": "No", "status": 400, "code": 21603}), 21603, False),
        ((403, ["No."]), 403, False),
    ],
)
def test_a_list_that_is_refused_is_a_clear_no(
    edge: Edge, asked: Callable[[], Any], answer: Answer, code: int, later: bool
) -> None:
    edge.answers = [answer]
    with pytest.raises(TwilioRefused) as told:
        asked()
    assert (told.value.code, told.value.later) == (code, later)


@pytest.mark.parametrize(
    "answer, code",
    [
        ((500, {"message": "oops", "code": 20500}), "http_500"),
        ((503, b"<html>"), "http_503"),
        ((408, b""), "http_408"),
        ((200, {"messages": [], "and": [], "more": []}), "TwilioException"),
        ((200, b"not json"), "JSONDecodeError"),
        (requests.ReadTimeout(), "ReadTimeout"),
    ],
)
def test_a_list_without_a_clear_answer_is_none(edge: Edge, answer: Answer, code: str) -> None:
    edge.answers = [answer]
    with pytest.raises(TwilioUnsure) as told:
        messages()
    assert str(told.value) == code


def test_a_later_page_that_is_refused_is_a_clear_no_too(edge: Edge) -> None:
    status, first = listed({})  # type: ignore[misc]
    edge.answers = [
        (status, {**first, "next_page_uri": "/2010-04-01/Accounts/AC/Messages.json?Page=1"}),
        refusal(20003, 401),
    ]
    with pytest.raises(TwilioRefused):
        messages()
