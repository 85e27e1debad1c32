"""Sounds and notifications of one's own page: kept with the person, told to every page, refused when senseless."""

from __future__ import annotations

import html
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.security.notices import Notices, read_notices
from tests.web.signing_in import browser_of, person


@pytest.fixture
def site(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False  # the form token is another test's business
    return app


def told(client: FlaskClient, page: str) -> dict[str, object]:
    """What `page` tells its scripts."""
    found = re.search(r'<meta name="notices" content="([^"]*)">', client.get(page).text)
    assert found, page
    chosen: dict[str, object] = json.loads(html.unescape(found[1]))
    return chosen


def test_choices_follow_the_person_to_every_page_and_device(site: Flask) -> None:
    ana, ben = person("ana", "supervisor"), person("ben", "agent")
    assert told(browser_of(site, ana), "/board")["tone"] == "bells"
    chosen = {"volume": "35", "tone": "classic", "badge": "1", "attention": "1"}
    assert browser_of(site, ana).post("/me/notices", data=chosen).status_code == 303
    kept = told(browser_of(site, ana), "/desk")
    assert kept == told(browser_of(site, ana), "/board")
    assert (kept["volume"], kept["tone"], kept["desktop"], kept["tickets"]) == (35, "classic", False, False)
    assert kept["keys"] is False and kept["badge"] is True and kept["attention"] is True
    assert told(browser_of(site, ben), "/desk")["volume"] == 80
    page = browser_of(site, ana).get("/me").text
    assert 'value="35"' in page and '<option value="classic" selected>' in page


@pytest.mark.parametrize("wrong", [{"volume": "loud"}, {"volume": "101"}, {"tone": "siren"}, {"volume": ""}])
def test_what_makes_no_sense_is_refused(site: Flask, wrong: dict[str, str]) -> None:
    client = browser_of(site, person())
    assert client.post("/me/notices", data={"volume": "10", "tone": "soft", **wrong}).status_code == 422
    assert told(client, "/me")["volume"] == 80


def test_what_an_older_program_kept_is_read_with_care() -> None:
    assert read_notices({}) == Notices()
    assert read_notices({"volume": "x", "tone": "gone", "badge": False, "more": 1}) == Notices(badge=False)


def test_strangers_are_told_nothing(site: Flask) -> None:
    assert 'name="notices"' not in site.test_client().get("/call").text
