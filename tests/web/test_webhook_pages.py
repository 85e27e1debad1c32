"""Setting up a webhook in the browser: the secret is seen once, nothing happens unsaid, nobody else may look."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.db import reading
from app.webhooks.models import Webhook, WebhookDelivery
from app.webhooks.signing import secret_of
from config import Settings
from tests.web.signing_in import browser_of, person

FORM = {
    "name": "Warehouse",
    "url": "https://warehouse.example.com/in?token=abc",
    "events": ["call.ended", "ticket.closed"],
}


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False  # the form token is another test's business
    return browser_of(app, person("sam", "administrator"))


def make(admin: FlaskClient) -> str:
    """The page that shows the secret of a new webhook."""
    answer = admin.post("/administration/webhooks/new", data=FORM)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    return answer.text


def only() -> Webhook:
    with reading() as session:
        return session.scalars(select(Webhook)).one()


def test_the_secret_is_seen_once(admin: FlaskClient, settings: Settings) -> None:
    assert "No webhooks yet" in admin.get("/administration/webhooks").text
    secret = secret_of(only_after(admin, make(admin)).salt, settings.secret_key)
    page = admin.get("/administration/webhooks/1").text
    assert secret not in page and 'value="call.ended" checked' in page
    assert secret not in admin.get("/administration/audit").text
    assert "token=abc" not in admin.get("/administration/audit").text


def only_after(admin: FlaskClient, page: str) -> Webhook:
    """The webhook whose secret `page` shows."""
    row = only()
    assert re.search(r"<dd[^>]*>whsec_[\w-]{43}</dd>", page)
    return row


def test_what_reaches_further_is_asked_first(admin: FlaskClient) -> None:
    make(admin)
    page = "/administration/webhooks/1"
    for do, words in (("renew", "refuses everything"), ("delete", "gone for good")):
        asked = admin.post(page, data={"do": do})
        assert asked.status_code == 409 and words in asked.text
    salt = only().salt
    shown = admin.post(page, data={"do": "renew", "confirmed": "old_secret_void"})
    assert shown.status_code == 200 and "whsec_" in shown.text and only().salt != salt
    assert admin.post(page, data={"do": "off"}).status_code == 303
    assert (only().active, only().off_reason) == (False, "person")
    assert admin.post(page, data={"do": "delete", "confirmed": "gone"}).status_code == 303
    assert admin.get(page).status_code == 404


def test_a_test_is_listed_and_asked_for_again_while_it_waits(admin: FlaskClient) -> None:
    make(admin)
    assert admin.post("/administration/webhooks/1/test").status_code == 303
    listed = admin.get("/administration/webhooks/1/deliveries").text
    assert "webhook.test" in listed and "hx-get" in listed and "<html" not in listed
    with reading() as session:
        delivery = session.scalars(select(WebhookDelivery)).one()
    assert (
        admin.post(f"/administration/webhooks/1/deliveries/{delivery.id}").status_code == 303
    )  # waits already: said kindly
    assert admin.post("/administration/webhooks/1/deliveries/999").status_code == 404


def test_bad_input_comes_back_with_everything_typed(admin: FlaskClient) -> None:
    data = {"name": "<b>x</b>", "url": "https://10.0.0.1/x", "events": ["no.such"]}
    answer = admin.post("/administration/webhooks/new", data=data)
    page = html.unescape(answer.text)
    assert answer.status_code == 422
    for text in ('value="<b>x</b>"', 'value="https://10.0.0.1/x"', "inside a network", "at least one event"):
        assert text in page, text


def test_a_lost_update_shows_both_versions(admin: FlaskClient) -> None:
    make(admin)
    page = "/administration/webhooks/1"
    seen = re.search(r'name="seen" value="(\w+)"', admin.get(page).text)
    assert seen
    assert admin.post(page, data={**FORM, "name": "First", "seen": seen[1]}).status_code == 303
    second = admin.post(page, data={**FORM, "name": "Second", "seen": seen[1]})
    assert second.status_code == 409 and "First" in second.text and 'value="Second"' in second.text


def test_supervisors_do_not_see_addresses(app: Flask, admin: FlaskClient) -> None:
    make(admin)
    boss = browser_of(app, person("mei", "supervisor"))
    assert boss.get("/administration/webhooks").status_code == 403
    assert "Webhooks" not in boss.get("/administration").text
