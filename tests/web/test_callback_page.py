"""The callback over HTTP: asked for with the cookie of the call, found again by its address."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.calls.models import Call, Callback
from app.db import reading
from tests.fixtures.desk import create_queue

START = {"topic": "parcel", "language": "en", "notice": True, "key": "key-0001-0001-0001"}


@pytest.fixture
def caller(app: Flask) -> FlaskClient:
    """A browser whose call waits in line."""
    app.config["WTF_CSRF_ENABLED"] = False
    create_queue("parcel")
    client = app.test_client()
    assert client.post("/call/start", json=START).status_code == 200
    return client


def callbacks() -> list[Callback]:
    with reading() as session:
        return list(session.scalars(select(Callback)))


def test_a_caller_gets_an_address_that_rings(caller: FlaskClient) -> None:
    answer = caller.post("/call/callback", json={"number": "+44 7700 900321"})
    assert answer.status_code == 200
    [callback] = callbacks()
    assert answer.get_json()["url"] == f"/callback/{callback.token}"
    with reading() as session:
        assert session.get_one(Call, callback.call_id).number == "+447700900321"
    page = caller.get(f"/callback/{callback.token}")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_a_second_click_is_the_same_callback(caller: FlaskClient) -> None:
    first = caller.post("/call/callback", json={}).get_json()["url"]
    assert caller.post("/call/callback", json={}).get_json()["url"] == first
    assert len(callbacks()) == 1


def test_another_browser_with_the_address_carries_the_callback(app: Flask, caller: FlaskClient) -> None:
    url = caller.post("/call/callback", json={}).get_json()["url"]
    other = app.test_client()
    assert other.get(url).status_code == 200
    assert other.get_cookie("call_token") is not None


def test_a_number_that_is_none_is_refused_at_its_field(caller: FlaskClient) -> None:
    answer = caller.post("/call/callback", json={"number": "next door"})
    assert answer.status_code == 422
    assert "number" in answer.get_json()["error"]["fields"]
    assert callbacks() == []


def test_nobody_without_a_call_is_called_back(app: Flask, caller: FlaskClient) -> None:
    assert app.test_client().post("/call/callback", json={}).status_code == 404
    assert caller.post("/call/callback", json=["nonsense"]).status_code == 422


def test_an_unknown_address_is_no_page(caller: FlaskClient) -> None:
    assert caller.get("/callback/00000000000000000000000000000000").status_code == 404
