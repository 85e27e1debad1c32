"""The demo's Phone page: who may hold a handset, what is on it, and replies that count once."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app, db, outbox, providers
from app.clock import now
from app.customers.services import add_customer
from app.db import reading, transaction
from app.effects import EFFECTS
from app.eventlog import CLI
from app.messages.models import Message
from app.messages.services import is_opted_out, queue_sms
from app.providers.console import ConsoleSms
from app.security import sessions
from app.security.people import add_person
from app.sockets import SOCKET_EVENTS
from config import Settings

NUMBER = "+447700900318"
KEY = "key-of-one-form"


def sign_in(client: FlaskClient, role: str = "agent") -> None:
    with transaction() as session:
        user = add_person(
            session, login=role, display_name="Priya Nair", role=role, password_hash="$never$", actor=CLI
        )
        session.flush()
        user.must_change_password = False
        token = sessions.open_session(session, user.id, address="127.0.0.1", browser="test", at=now())
    client.set_cookie("hearback", token)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    providers.use_sms(ConsoleSms(db.engine()))
    with transaction() as session:
        add_customer(session, name="Amelia Hart", actor=CLI, phones=[NUMBER])
    client = app.test_client()
    sign_in(client)
    return client


def deliver(body: str) -> None:
    with transaction() as session:
        queue_sms(
            session, number=NUMBER, body=body, customer_id=None, contact_id=None, template_id=None,
            language="en", intent_key=None, author_id=None, actor=CLI,
        )  # fmt: skip
    while outbox.run_next(EFFECTS, "w"):
        pass


def image(client: FlaskClient) -> dict[str, object]:
    found = re.search(r'id="handset-data">(.*?)</script>', client.get(f"/phone/{NUMBER}").text, re.DOTALL)
    assert found is not None
    content: dict[str, object] = json.loads(found[1])
    return content


def texts(client: FlaskClient) -> list[tuple[str, str]]:
    return [(m["direction"], m["body"]) for m in image(client)["messages"]]  # type: ignore[attr-defined]


def test_what_the_desk_sends_stands_on_the_handset(client: FlaskClient) -> None:
    deliver("Your parcel <b>HB1</b> is on its way.")
    page = client.get(f"/phone/{NUMBER}").text
    assert "<b>HB1</b>" not in page
    assert texts(client) == [("out", "Your parcel <b>HB1</b> is on its way.")]
    assert "Amelia Hart" in client.get("/phone").text


def test_a_message_still_waiting_is_not_on_the_handset(client: FlaskClient) -> None:
    with transaction() as session:
        session.add(Message(direction="out", number=NUMBER, body="not yet", status="queued"))
    assert texts(client) == []


def test_a_reply_is_kept_once_however_often_the_button_is_pressed(client: FlaskClient) -> None:
    for _press in range(3):
        answer = client.post(f"/phone/{NUMBER}/reply", data={"body": "谢谢 😀", "key": KEY})
        assert (answer.status_code, answer.location) == (303, f"/phone/{NUMBER}")
    assert texts(client) == [("in", "谢谢 😀")]


def test_stop_shows_at_once_and_nothing_more_arrives_until_start(client: FlaskClient) -> None:
    deliver("one")
    script = {"X-Requested-With": "XMLHttpRequest"}
    answer = client.post(f"/phone/{NUMBER}/reply", data={"body": "STOP", "key": KEY}, headers=script)
    assert answer.json is not None and answer.json["image"]["opted_out_since"]
    deliver("two")
    assert texts(client) == [("out", "one"), ("in", "STOP")]
    assert "Opted out" in client.get("/phone").text
    answer = client.post(f"/phone/{NUMBER}/reply", data={"body": "START", "key": KEY + "2"}, headers=script)
    assert answer.json is not None and answer.json["image"]["opted_out_since"] is None
    deliver("three")
    assert texts(client)[-1] == ("out", "three")


@pytest.mark.parametrize(
    ("body", "key", "says"),
    [("   ", KEY, "write something"), ("a" * 1601, KEY, "1600"), ("hello", "", "too old")],
)
def test_a_reply_that_cannot_go_keeps_what_was_typed(client: FlaskClient, body: str, key: str, says: str) -> None:
    answer = client.post(f"/phone/{NUMBER}/reply", data={"body": body, "key": key})
    assert answer.status_code == 422
    assert says in answer.text
    assert body.strip() in answer.text
    assert texts(client) == []


@pytest.mark.parametrize("number", ["07700900318", "+44", "+44abc", "anonymous", "+4477009003181234567"])
def test_only_whole_numbers_are_handsets(client: FlaskClient, number: str) -> None:
    assert client.get(f"/phone/{number}").status_code == 404
    assert client.post(f"/phone/{number}/reply", data={"body": "x", "key": KEY}).status_code == 404


def test_a_stranger_can_be_played_and_a_search_finds_names_and_numbers(client: FlaskClient) -> None:
    assert "Amelia Hart" in client.get("/phone?q=amelia").text
    assert "No handset found" in client.get("/phone?q=nobody-here").text
    page = client.get("/phone", query_string={"q": "+44 7700 900999"}).text
    assert "/phone/+447700900999" in page and "Unknown number" in page
    client.post("/phone/+447700900999/reply", data={"body": "STOP", "key": KEY})
    with reading() as session:
        assert is_opted_out(session, "+447700900999")
        assert session.scalars(select(Message.customer_id)).all() == [None]


def test_only_the_demo_has_phones(settings: Settings, client: FlaskClient) -> None:
    bare = create_app(replace(settings, demo=False)).test_client()
    sign_in(bare, "supervisor")
    for address in ("/phone", f"/phone/{NUMBER}"):
        assert bare.get(address).status_code == 404
        assert client.get(address).status_code == 200


def test_the_handset_asks_for_permission_by_page_and_by_socket(app: Flask, client: FlaskClient) -> None:
    assert SOCKET_EVENTS[("/", "handset.join")] == "phone.use"
    assert app.test_client().get("/phone").status_code == 302
    reader = app.test_client()
    sign_in(reader, "read_only")
    assert reader.get("/phone").status_code == 403
