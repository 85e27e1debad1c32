"""The page by which a customer follows a request: what it shows, what it keeps back, and what can be added."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import reading
from app.eventlog import person
from app.tickets import answering, conversation
from app.tickets.models import Ticket, TicketEntry
from app.tickets.records import Hand
from tests.fixtures.desk import create_agent, create_queue
from tests.web.test_tickets import key_of, site, ticket  # noqa: F401  (site is a fixture)


@pytest.fixture
def address(site: Flask, database: str) -> str:  # noqa: F811
    """The address of the status page of a request just written."""
    create_queue()
    client = site.test_client()
    form = {"key": key_of(client.get("/ticket").text), "topic": "parcel", "body": "Where is my lamp?"}
    sent = client.post("/ticket", data={**form, "number": "07700 900318", "name": "Amelia", "language": "en"}).location
    found = sent.replace("/ticket/sent/", "/ticket/status/")
    assert f'href="{found}"' in client.get(sent).text
    return found


def the_ticket() -> Ticket:
    with reading() as session:
        return session.scalars(select(Ticket)).one()


def in_hand() -> tuple[int, Hand]:
    found = the_ticket()
    agent_id = create_agent(found.queue_id)
    hand = Hand(person(agent_id))
    answering.assign(found.id, agent_id, hand=hand)
    return found.id, hand


def test_it_shows_what_was_said_and_keeps_back_what_was_not(site: Flask, address: str) -> None:  # noqa: F811
    ticket_id, hand = in_hand()
    conversation.note(ticket_id, "Customer sounds angry.", hand=hand, key="note-key-1")
    conversation.reply(ticket_id, conversation.Answer(body="It arrives today.", key="answer-key-1"), hand=hand)
    answer = site.test_client().get(address)
    assert answer.status_code == 200
    assert the_ticket().reference in answer.text
    assert "Where is my lamp?" in answer.text and "It arrives today." in answer.text and "In progress" in answer.text
    assert "angry" not in answer.text
    assert (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) == ("no-store", "noindex")


@pytest.mark.parametrize("wrong", ["x", "T-100001", "IlQtMTAwMDAxIg.AAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_another_address_opens_nothing(site: Flask, address: str, wrong: str) -> None:  # noqa: F811
    client = site.test_client()
    assert client.get(f"/ticket/status/{wrong}").status_code == 404
    assert client.post(f"/ticket/status/{wrong}", data={"key": "some-key-1", "body": "Hello"}).status_code == 404


def test_what_is_added_brings_an_answered_request_back_in_line(site: Flask, address: str) -> None:  # noqa: F811
    ticket_id, hand = in_hand()
    answering.resolve(ticket_id, hand=hand)
    client = site.test_client()
    form = {"key": key_of(client.get(address).text), "body": "It is broken, too. 灯坏了"}
    assert client.post(address, data=form).status_code == 303
    assert client.post(address, data=form).status_code == 303
    with reading() as session:
        said = session.execute(
            select(TicketEntry.body, TicketEntry.channel)
            .where(TicketEntry.kind == "message_in")
            .order_by(TicketEntry.id)
        ).all()
    assert [tuple(row) for row in said] == [("Where is my lamp?", "web"), ("It is broken, too. 灯坏了", "web")]
    assert (ticket(ticket_id).state, ticket(ticket_id).reopened) == ("open", 1)
    assert "灯坏了" in client.get(address).text


def test_a_message_that_cannot_be_taken_is_not_lost(site: Flask, address: str) -> None:  # noqa: F811
    client = site.test_client()
    long = "word " * 1_100
    answer = client.post(address, data={"key": key_of(client.get(address).text), "body": long})
    assert answer.status_code == 422
    assert long.strip() in answer.text and "too long" in answer.text
    assert client.post(address, data={"key": key_of(client.get(address).text), "body": " "}).status_code == 422


def test_a_closed_request_says_so(site: Flask, address: str) -> None:  # noqa: F811
    ticket_id, hand = in_hand()
    answering.resolve(ticket_id, hand=hand)
    answering.close(ticket_id, hand=hand)
    client = site.test_client()
    page = client.get(address).text
    assert "Closed" in page and "<textarea" not in page
    answer = client.post(address, data={"key": "late-key-1", "body": "One more thing"})
    assert answer.status_code == 409
    assert "write a new one" in answer.text


@pytest.mark.parametrize(("language", "words"), [("zh_Hans", "您的请求"), ("zh_Hant", "您的請求")])
def test_it_speaks_the_language_of_the_browser(site: Flask, address: str, language: str, words: str) -> None:  # noqa: F811
    client = site.test_client()
    client.set_cookie("lang", language)
    assert words in client.get(address).text
