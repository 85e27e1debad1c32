"""A message by HTTP: whoever was turned away proves it by the cookie; nobody else gets in."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.db import transaction
from app.domain.recording import LARGEST_CHUNK
from app.queues.calendars import OpeningCalendar
from tests.fixtures.desk import create_queue
from tests.web.signing_in import SCRIPT

START = {"topic": "parcel", "language": "en", "notice": True, "key": "key-0001-0001-0001"}
TYPE = {"media_type": "audio/webm;codecs=opus"}
SOUND = b"\x1a\x45\xdf\xa3" + b"\x00" * 100


@pytest.fixture
def site(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False  # the form token is another test's business
    with transaction() as session:
        calendar = OpeningCalendar(name="Never", zone="UTC")
        session.add(calendar)
        session.flush()
        calendar_id = calendar.id
    create_queue(calendar_id=calendar_id)
    return app


def turned_away(site: Flask) -> FlaskClient:
    client = site.test_client()
    answer = client.post("/call/start", json=START)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "queue_closed")
    return client


def spoken(client: FlaskClient) -> str:
    """Address of a message that is whole."""
    started = client.post("/call/voicemail", json=TYPE).json
    assert (started["longest_s"], started["days"]) == (180, 90)
    address = f"/call/voicemail/{started['message']}"
    for seq in range(2):
        assert client.post(f"{address}/{seq}", data=SOUND, headers=SCRIPT).json == {"ok": True, "new": True}
    assert client.post(f"{address}/1", data=SOUND, headers=SCRIPT).json == {"ok": True, "new": False}
    assert client.post(f"{address}/finish", json={"duration_s": 4.2, "chunks": 2}).json == {"ok": True}
    return address


def test_who_was_turned_away_leaves_a_message(site: Flask) -> None:
    client = turned_away(site)
    address = spoken(client)
    refused = client.post(f"{address}/send", json={"number": "hello"})
    assert (refused.status_code, list(refused.json["error"]["fields"])) == (422, ["number"])
    sent = client.post(f"{address}/send", json={"number": "+44 7700 900318"}).json
    assert (sent["ok"], sent["by_sms"]) == (True, True)
    assert client.post(f"{address}/send", json={"number": "+44 7700 900318"}).json == sent


def test_a_page_that_is_closed_sends_what_it_has(site: Flask) -> None:
    client = turned_away(site)
    sent = client.post(f"{spoken(client)}/send", json={"number": "hello", "leaving": True})
    assert (sent.status_code, sent.json["by_sms"]) == (200, False)


def test_a_typed_message_needs_words_and_an_address(site: Flask) -> None:
    client = turned_away(site)
    assert client.post("/call/voicemail/written", json={"text": "Hello"}).json["error"]["fields"].keys() == {"number"}
    here = {"email": "ann@example.com"}
    assert client.post("/call/voicemail/written", json=here).json["error"]["code"] == "ticket_text_missing"
    assert client.post("/call/voicemail/written", json={"text": "Hello", **here}).json["ok"]


def test_strangers_and_other_callers_get_nothing(site: Flask) -> None:
    client = turned_away(site)
    address = spoken(client)
    stranger = site.test_client()
    other = site.test_client()
    other.post("/call/start", json={**START, "key": "key-0002-0002-0002"})
    for nosy in (stranger, other):
        assert nosy.post(f"{address}/2", data=SOUND, headers=SCRIPT).status_code == 404
        assert nosy.post(f"{address}/send", json={"number": "+447700900318"}).status_code == 404
        assert nosy.post(f"{address}/discard", json={}).status_code == 404
        assert nosy.get(f"/recordings/{address.rsplit('/', 1)[1]}", headers=SCRIPT).status_code == 401
    assert stranger.post("/call/voicemail", json=TYPE).status_code == 404


def test_too_much_and_nonsense_is_refused_kindly(site: Flask) -> None:
    client = turned_away(site)
    message = client.post("/call/voicemail", json=TYPE).json["message"]
    for data in (b"", b"x" * (LARGEST_CHUNK + 1)):
        answer = client.post(f"/call/voicemail/{message}/0", data=data, headers=SCRIPT)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "recording_chunk_size")
    for nonsense in ({}, {"duration_s": True, "chunks": 1}, {"duration_s": "1", "chunks": 1}, []):
        assert client.post(f"/call/voicemail/{message}/finish", json=nonsense).status_code == 422
    assert client.post("/call/voicemail", json={"media_type": "text/html"}).status_code == 422
