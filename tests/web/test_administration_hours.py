"""Pages of opening hours, limits and announcements, as a browser meets them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import clock
from app.db import reading
from app.queues.calendars import Announcement, OpeningCalendar
from app.queues.models import Queue
from tests.fixtures.desk import create_queue
from tests.web.signing_in import browser_of, person

OFFICE = {"name": "Office", "zone": "Europe/London", **{f"day_{n}": "9-17" for n in range(5)}}


@pytest.fixture
def site(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def admin(site: Flask) -> FlaskClient:
    return browser_of(site, person("sam", "administrator"))


def seen(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', client.get(address).get_data(as_text=True))
    assert found is not None
    return found[1]


def test_empty_pages_teach(admin: FlaskClient) -> None:
    assert "open round the clock" in admin.get("/administration/calendars").get_data(as_text=True)
    assert "Every queue" in admin.get("/administration/announcements").get_data(as_text=True)
    assert 'value="09:00-17:00"' in admin.get("/administration/calendars/new").get_data(as_text=True)


def test_a_calendar_from_nothing_to_a_queue_that_closes(admin: FlaskClient) -> None:
    queue = create_queue()
    wrong = admin.post("/administration/calendars/new", data={**OFFICE, "day_2": "sometimes"})
    assert wrong.status_code == 422
    assert 'value="sometimes"' in wrong.get_data(as_text=True)
    made = admin.post("/administration/calendars/new", data={**OFFICE, "date-1": "2026-12-24", "hours-1": ""})
    assert made.status_code == 303
    page = admin.get("/administration/calendars/1").get_data(as_text=True)
    assert 'value="2026-12-24"' in page
    address = f"/administration/queues/{queue}/hours"
    form = {"calendar": "1", "seen": seen(admin, address), "text_en": "Drivers come as booked."}
    with clock.frozen(datetime(2026, 11, 22, 12, tzinfo=UTC)):
        asked = admin.post(address, data=form)
        assert asked.status_code == 409
        assert "Closes at once" in asked.get_data(as_text=True)
        assert 'value="Drivers come as booked."' in asked.get_data(as_text=True)
        back = admin.post(address, data={**form, "again": "1"})
        assert "Drivers come as booked." in back.get_data(as_text=True)
        assert admin.post(address, data={**form, "confirmed": "closes_now"}).status_code == 303
        assert "Closed" in admin.get(address).get_data(as_text=True)
    kept = admin.post("/administration/calendars/1", data={"do": "delete"})
    assert kept.status_code == 409
    assert "Give them other hours first" in kept.get_data(as_text=True)
    with reading() as session:
        assert session.get_one(Queue, queue).calendar_id == 1
        assert session.get_one(OpeningCalendar, 1).zone == "Europe/London"
    assert "Office" in admin.get("/administration/calendars").get_data(as_text=True)
    assert f"{address}" in admin.get(f"/administration/queues/{queue}").get_data(as_text=True)


def test_what_somebody_else_saved_is_shown_beside(admin: FlaskClient) -> None:
    queue = create_queue()
    address = f"/administration/queues/{queue}/hours"
    opened = seen(admin, address)
    assert admin.post(address, data={"seen": opened, "max_waiting": "7"}).status_code == 303
    late = admin.post(address, data={"seen": opened, "max_waiting": "9"})
    page = late.get_data(as_text=True)
    assert late.status_code == 409
    assert '<td dir="auto">7</td><td dir="auto">9</td>' in page
    assert 'value="9"' in page


def test_a_supervisor_announces_but_does_not_change_hours(site: Flask) -> None:
    queue = create_queue()
    mei = browser_of(site, person("mei", "supervisor"))
    assert mei.post(f"/administration/queues/{queue}/hours", data={}).status_code == 403
    address = "/administration/announcements/0"
    form = {"seen": seen(mei, address), "text_en": "Storm", "active": "1"}
    assert mei.post(address, data=form).status_code == 409
    assert mei.post(address, data={**form, "confirmed": "read_at_once"}).status_code == 303
    with reading() as session:
        assert session.get_one(Announcement, 1).active
    assert "Storm" in mei.get("/administration/announcements").get_data(as_text=True)
    assert mei.get("/administration/announcements/77").status_code == 404
    assert mei.get("/administration/calendars/77").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
def test_the_pages_speak_three_languages(site: Flask, language: str) -> None:
    queue = create_queue()
    admin = browser_of(site, person("sam", "administrator"))
    admin.post("/administration/calendars/new", data={**OFFICE, "region": "HK"})
    admin.set_cookie("lang", language)
    for page in ("calendars", "calendars/1", "calendars/new", f"queues/{queue}/hours", "announcements/0"):
        assert admin.get(f"/administration/{page}").status_code == 200
