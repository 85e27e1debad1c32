"""Browsers of the tests, signed in as somebody."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from app.clock import now
from app.db import transaction
from app.eventlog import CLI
from app.security import passwords, sessions
from app.security.people import add_person

PASSWORD = "correct horse battery"
#: Hashed once: argon2 is slow on purpose.
HASH = passwords.hash_password(PASSWORD)
SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


def person(login: str = "ana", role: str = "agent", *, first: bool = False, demo: bool = False) -> int:
    """Id of a new person with PASSWORD; `first` when they still have to choose their own."""
    with transaction() as session:
        user = add_person(
            session,
            login=login,
            display_name=login.title(),
            role=role,
            password_hash=HASH,
            actor=CLI,
            must_change_password=first,
            demo=demo,
        )
        return user.id


def browser_of(app: Flask, user_id: int) -> FlaskClient:
    """A browser with a session of its own, made without the sign-in page."""
    with transaction() as session:
        token = sessions.open_session(session, user_id, address="127.0.0.1", browser="test", at=now())
    client = app.test_client()
    client.set_cookie("hearback", token)
    return client


def form_token(client: FlaskClient) -> str:
    """The form token that this browser would send."""
    answer = client.get("/sign-in", headers={"Accept": "application/json"})
    return str(answer.get_json()["csrf"])


def sign_in(client: FlaskClient, login: str = "ana", password: str = PASSWORD, **fields: str):
    """The answer to the sign-in form."""
    data = {"login": login, "password": password, "csrf_token": form_token(client), **fields}
    return client.post("/sign-in", data=data)
