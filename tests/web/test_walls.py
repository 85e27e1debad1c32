"""The board on a television: opened without a sign-in, without names and reasons; ended by hand, time or leaving."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.board import wall_routes
from app.board.models import WallLink
from app.db import reading, transaction
from app.eventlog import Event
from app.queues.presence import choose_intent
from app.security.models import User
from tests.fixtures.desk import create_agent, create_break, create_queue, sit_down
from tests.web.signing_in import browser_of, person


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    wall_routes._kept.clear()


@pytest.fixture
def site(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False  # the form token is another test's business
    return app


@pytest.fixture
def boss(site: Flask) -> FlaskClient:
    return browser_of(site, person("mei", "supervisor"))


def make(boss: FlaskClient, **fields: str) -> str:
    """Path of a new link."""
    data = {"name": "Hall", "days": "7", "people": "public", "language": "en", **fields}
    page = boss.post("/board/walls", data=data)
    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    found = re.search(r"http://localhost(/wall/[\w-]{43})<", page.text)
    assert found
    return found[1]


def figures(site: Flask, path: str) -> dict[str, object]:
    wall_routes._kept.clear()
    answer = site.test_client().get(f"{path}/figures")
    assert answer.status_code == 200
    found: dict[str, object] = answer.get_json()["image"]
    return found


def agent_on_break() -> int:
    queue_id = create_queue()
    create_break("doctor")
    agent_id = create_agent(queue_id, name="Anastasia Fernandez", public_name="Anastasia")
    sit_down(agent_id)
    choose_intent(agent_id, "break", break_code="doctor")
    return agent_id


@pytest.mark.parametrize(("people", "name"), [("public", "Anastasia"), ("initials", "AF"), ("none", None)])
def test_a_screen_shows_the_board_without_what_is_private(
    site: Flask, boss: FlaskClient, people: str, name: str | None
) -> None:
    agent_on_break()
    path = make(boss, people=people)
    page = site.test_client().get(path)
    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    assert '"may_control": false' in page.text and "sign-in" not in page.text
    image = figures(site, path)
    assert len(image["queues"]) == 1  # type: ignore[arg-type]
    assert [row[1] for row in image["agents"]] == ([name] if name else [])  # type: ignore[attr-defined]
    assert "Fernandez" not in json.dumps(image) and "doctor" not in json.dumps(image)


def test_the_language_is_that_of_the_link(site: Flask, boss: FlaskClient) -> None:
    assert '<html lang="zh-Hant"' in site.test_client().get(make(boss, language="zh_Hant")).text


def test_only_the_hash_is_kept_and_everything_leaves_a_trace(site: Flask, boss: FlaskClient) -> None:
    path = make(boss)
    token = path.rpartition("/")[2]
    site.test_client().get(path)
    site.test_client().get(path)
    boss.post("/board/walls/1/end")
    assert token not in boss.get("/board/walls").text
    with reading() as session:
        link = session.scalars(select(WallLink)).one()
        assert link.token_hash != token and link.last_seen_at is not None
        names = session.scalars(select(Event.name).where(Event.subject == "wall_link").order_by(Event.id)).all()
    assert names == ["wall_link.created", "wall_link.opened", "wall_link.ended"]


def test_a_link_ends_by_hand(site: Flask, boss: FlaskClient) -> None:
    path = make(boss)
    assert boss.post("/board/walls/1/end").status_code == 303
    for address in (path, f"{path}/figures"):
        assert site.test_client().get(address).status_code == 404


def test_a_link_ends_by_time(site: Flask, boss: FlaskClient) -> None:
    path = make(boss, days="1")
    with clock.frozen(clock.now() + timedelta(hours=23)):
        assert site.test_client().get(path).status_code == 200
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert site.test_client().get(path).status_code == 404


def test_a_link_ends_with_the_account_of_who_made_it(site: Flask, boss: FlaskClient) -> None:
    path = make(boss)
    with transaction() as session:
        session.scalars(select(User).where(User.login == "mei")).one().active = False
    assert site.test_client().get(f"{path}/figures").status_code == 404


@pytest.mark.parametrize("token", ["x", "0" * 43, "%00", "..%2f..%2fdesk"])
def test_a_guess_opens_nothing(site: Flask, token: str) -> None:
    assert site.test_client().get(f"/wall/{token}").status_code == 404


def test_a_link_opens_nothing_else(site: Flask, boss: FlaskClient) -> None:
    screen = site.test_client()
    assert screen.get(make(boss)).status_code == 200
    assert screen.get("/board").status_code in (302, 303, 401)
    assert screen.get("/desk").status_code in (302, 303, 401)


def test_wrong_choices_come_back_with_what_was_typed(boss: FlaskClient) -> None:
    data = {"name": "x" * 81, "days": "8", "people": "all", "language": "xx"}
    page = boss.post("/board/walls", data=data)
    assert page.status_code == 422 and "x" * 81 in page.text and page.text.count("Please choose one of the listed") >= 3
