"""Pages of administration as a browser meets them: nothing typed is lost, nothing happens unsaid."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.administration.services import membership
from app.agents.models import Agent
from app.db import reading, transaction
from app.eventlog import CLI
from app.messages.models import SmsTemplate
from app.queues.models import Certificate, Queue, Topic
from tests.fixtures.desk import create_agent, create_break, create_language, create_queue, ring_in
from tests.web.signing_in import browser_of, person

PAGES = (
    "/administration",
    "/administration/agents",
    "/administration/queues",
    "/administration/codes/topics",
    "/administration/codes/dispositions",
    "/administration/codes/breaks",
    "/administration/skills",
    "/administration/teams",
    "/administration/templates",
    "/administration/audit",
)
FORMS = (
    "/administration/queues/new",
    "/administration/codes/topics/new",
    "/administration/codes/breaks/new",
    "/administration/skills/new?kind=language",
    "/administration/templates/new",
)


@pytest.fixture
def site(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False  # the form token is another test's business
    return app


@pytest.fixture
def admin(site: Flask) -> FlaskClient:
    return browser_of(site, person("sam", "administrator"))


@pytest.fixture
def supervisor(site: Flask) -> FlaskClient:
    return browser_of(site, person("mei", "supervisor"))


def _hidden(page: str, action: str) -> dict[str, str]:
    """Hidden fields of the form of `page` that posts to `action`."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form, action
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    return {name: html.unescape(value) for name, value in fields}


def _organisation() -> tuple[int, int]:
    """(queue id, agent id) of a small organisation with one of everything."""
    queue_id = create_queue()
    create_break()
    create_language()
    with transaction() as session:
        session.add(SmsTemplate(code="thanks", language="en", name="Thanks", body="Thank you, {agent}"))
    return queue_id, create_agent(queue_id, name="Ana Lopez")


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_every_page_stands_in_every_language(admin: FlaskClient, language: str, filled: bool) -> None:
    admin.set_cookie("lang", language)
    pages = [*PAGES, *FORMS]
    if filled:
        queue_id, agent = _organisation()
        pages += [f"/administration/queues/{queue_id}", f"/administration/agents/{agent}"]
        pages += ["/administration/codes/topics/1", "/administration/codes/dispositions/1"]
        pages += ["/administration/codes/breaks/1", "/administration/skills/1", "/administration/templates/thanks"]
    for page in pages:
        answer = admin.get(page)
        assert answer.status_code == 200, page
        assert 'style="' not in answer.text and "<script>" not in answer.text


def test_a_supervisor_looks_on_but_does_not_rule_nor_certify(supervisor: FlaskClient) -> None:
    queue_id, agent = _organisation()
    for page in PAGES:
        assert supervisor.get(page).status_code == 200, page
    page = supervisor.get(f"/administration/queues/{queue_id}").text
    assert '<fieldset class="form" disabled>' in page and "Close the queue" not in page
    assert supervisor.post(f"/administration/queues/{queue_id}", data={}).status_code == 403
    assert supervisor.get("/administration/queues/new").status_code == 403
    data = {"queue": queue_id, "last_day": clock.now().date().isoformat(), "reason": "flood"}
    assert '/certificates"' not in supervisor.get(f"/administration/agents/{agent}").text
    assert supervisor.post(f"/administration/agents/{agent}/certificates", data=data).status_code == 403


def test_from_an_empty_house_to_an_agent_who_takes_calls(site: Flask, admin: FlaskClient) -> None:
    ana = person("ana", "agent")
    assert admin.post("/administration/usual-codes").status_code == 303
    data = {"name_en": "Parcels", "strategy": "longest_idle", "public": "1", "with_topic": "1"}
    numbers = re.findall(r'type="number" value="(\d+)" id="(\w+)"', admin.get("/administration/queues/new").text)
    made = admin.post("/administration/queues/new", data={**data, **{name: value for value, name in numbers}})
    assert made.status_code == 303
    assert admin.post(f"{made.location}/members", data={"agent": ana}).status_code == 303
    with reading() as session:
        assert session.scalars(select(Certificate.agent_id)).all() == []
        queue_id = session.scalars(select(Queue.id)).one()
    first = {"queue": queue_id, "last_day": clock.now().date().isoformat(), "reason": "the house moves in"}
    assert admin.post(f"/administration/agents/{ana}/certificates", data=first).status_code == 303
    desk = browser_of(site, ana).get("/desk")
    assert desk.status_code == 200 and '"takes_calls": true' in desk.text
    assert "Parcels" in site.test_client().get("/call").text
    with reading() as session:
        assert session.get_one(Agent, ana).public_name == "Ana"
        assert session.scalars(select(Certificate.agent_id)).all() == [ana]


def test_bad_input_comes_back_with_kind_words_and_everything_typed(admin: FlaskClient) -> None:
    data = {"name_en": "<b>A</b>", "name_zh_Hans": "查询" * 50, "strategy": "x", "ring_s": "a lot", "code": "Ä"}
    answer = admin.post("/administration/queues/new", data=data)
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    for text in ("a lot", "查询" * 50, "whole number from 5 to 120", 'value="<b>A</b>"'):
        assert text in page, text
    with reading() as session:
        assert session.scalars(select(Queue.id)).all() == []


def test_closing_a_queue_is_asked_first_and_can_be_taken_back(admin: FlaskClient) -> None:
    queue_id, _agent = _organisation()
    for _caller in range(3):
        ring_in()
    action = f"/administration/queues/{queue_id}/open"
    asked = admin.post(action, data={"open": "0", "reason": "flood"})
    assert asked.status_code == 409
    assert "3 contacts wait now" in asked.text and "1 certified agent gets no new contacts" in asked.text
    entries = _hidden(asked.text, action)
    assert {name: entries[name] for name in ("open", "reason")} == {"open": "0", "reason": "flood"}
    back = admin.post(action, data={**entries, "again": "1"})
    assert back.status_code == 200 and 'value="flood"' in back.text
    token = re.search(r'name="confirmed" value="([^"]+)"', asked.text)
    assert token
    assert admin.post(action, data={**entries, "confirmed": token[1]}).status_code == 303
    with reading() as session:
        assert not session.get_one(Queue, queue_id).active


def test_a_lost_update_shows_both_versions(admin: FlaskClient) -> None:
    _organisation()
    action = "/administration/codes/topics/1"
    form = {**_hidden(admin.get(action).text, action), "queue": "1", "public": "1", "active": "1", "position": "0"}
    assert admin.post(action, data={**form, "name_en": "First"}).status_code == 303
    second = admin.post(action, data={**form, "name_en": "Second"})
    assert second.status_code == 409
    assert "First" in second.text and 'value="Second"' in second.text
    again = {**form, **_hidden(second.text, action), "name_en": "Second"}
    assert admin.post(action, data=again).status_code == 303
    with reading() as session:
        assert session.get_one(Topic, 1).names["en"] == "Second"


def test_removing_the_last_certified_agent_is_said(supervisor: FlaskClient) -> None:
    _queue, agent = _organisation()
    action = f"/administration/agents/{agent}/queues"
    seen = _hidden(supervisor.get(f"/administration/agents/{agent}").text, action)
    asked = supervisor.post(action, data=seen)
    assert asked.status_code == 409 and "Nobody else is certified for “parcel”" in asked.text


def test_a_certificate_of_somebody_else_is_not_changed_through_this_page(supervisor: FlaskClient) -> None:
    queue_id, agent = _organisation()
    other = create_agent(queue_id)
    with reading() as session:
        theirs = session.scalars(select(Certificate.id).where(Certificate.agent_id == other)).one()
    data = {"do": "revoke", "reason": "x"}
    assert supervisor.post(f"/administration/agents/{agent}/certificates/{theirs}", data=data).status_code == 404


def test_dates_that_are_none_come_back(admin: FlaskClient) -> None:
    queue_id, agent = _organisation()
    action = f"/administration/agents/{agent}/certificates"
    data = {"queue": queue_id, "last_day": "2026-02-30", "reason": "after the course"}
    answer = admin.post(action, data=data)
    assert answer.status_code == 422
    assert (
        'value="2026-02-30"' in answer.text and "after the course" in answer.text and "like 2026-11-23" in answer.text
    )
    data = {"queue": queue_id, "last_day": (clock.now().date() + timedelta(days=14)).isoformat(), "reason": ""}
    answer = admin.post(action, data=data)
    assert answer.status_code == 422
    assert "within 14 days" in answer.text and "Please say why: " in answer.text


def test_the_price_of_a_text_is_told_while_it_is_typed(admin: FlaskClient) -> None:
    answer = admin.post(
        "/administration/templates/measure?language=zh_Hans",
        data={"body_zh_Hans": "您好" * 40 + "{price}"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert "2 parts" in answer.text and "UCS-2" in answer.text and "{price}" in answer.text


def test_the_log_reads_as_sentences_pages_and_leaves_as_a_file(admin: FlaskClient) -> None:
    queue_id, agent = _organisation()
    membership.grant(agent, queue_id, granted_on=clock.now().date(), expires_on=None, actor=CLI)
    for number in range(60):
        admin.post("/administration/teams", data={"name": f"Team {number}"})
    page = admin.get("/administration/audit").text
    assert "created: Team 59" in page and "created: Team 5<" not in page and "by Sam" in page
    older = re.search(r'hx-get="([^"]*before=\d+[^"]*)"', page)
    assert older
    more = admin.get(html.unescape(older[1]), headers={"HX-Request": "true"}).text
    assert "certified for “parcel”" in more and "<html" not in more and "Team 59" not in more
    only = admin.get("/administration/audit?name=certificate.&since=nonsense").text
    assert "certified for “parcel”" in only and "Team 5" not in only and 'value="nonsense"' in only
    file = admin.get("/administration/audit.csv?name=certificate.")
    assert file.mimetype == "text/csv" and "attachment" in file.headers["Content-Disposition"]
    assert file.text.count("certificate.granted") == 1


def test_commands_do_the_basics(site: Flask) -> None:
    run = site.test_cli_runner().invoke
    person("ana", "agent")
    create_language("en")
    made = run(args=["queue", "create", "parcels", "--name", "Parcels"])
    assert made.exit_code == 0, made.output
    assert run(args=["queue", "create", "parcels", "--name", "Parcels"]).exit_code == 1
    until = (clock.now().date() + timedelta(days=90)).isoformat()
    args = ["agent", "assign", "ana", "--queue", "parcels", "--certify-until", until, "--skill", "en:4"]
    assert run(args=args).exit_code == 0
    listed = run(args=["queue", "list"]).output
    assert re.search(r"parcels +open +0 waiting +1 certified", listed), listed
    for wrong in (["--queue", "nope"], ["--skill", "en:9"], ["--skill", "xx:1"]):
        refused = run(args=["agent", "assign", "ana", *wrong])
        assert refused.exit_code == 1 and "Traceback" not in refused.output
    asked = run(args=["agent", "assign", "ana", "--skill", "en:0"])
    assert asked.exit_code == 1 and "--yes" in asked.output
    assert run(args=["agent", "assign", "ana", "--skill", "en:0", "--yes"]).exit_code == 0
