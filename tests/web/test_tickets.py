"""Pages of tickets: the public form, the lists by permission, one ticket, and refusals that lose nothing typed."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.customers.services import add_customer
from app.db import reading, transaction
from app.eventlog import CLI, CUSTOMER, person
from app.messages.models import Message, OptOut, SmsTemplate
from app.tickets import answering
from app.tickets.intake import Request, open_ticket
from app.tickets.models import Ticket, TicketEntry
from app.tickets.records import Hand
from tests.fixtures.desk import create_agent, create_queue, create_user
from tests.fixtures.tickets import text_in
from tests.web.signing_in import browser_of

NUMBER = "+447700900318"


@pytest.fixture
def site(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False  # the form token is another test's business
    return app


@pytest.fixture
def queue(database: str) -> int:
    return create_queue()


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([\w-]+)"', page)
    assert found is not None
    return found[1]


def version_of(page: str) -> str:
    found = re.search(r'data-version="(\d+)"', page)
    assert found is not None
    return found[1]


def opened(queue: int, body: str = "My parcel is wet.", **more: object) -> int:
    values = {"channel": "web", "body": body, "queue_id": queue, "language": "en", "number": NUMBER, **more}
    return open_ticket(Request(**values), actor=CUSTOMER).id  # type: ignore[arg-type]


def ticket(ticket_id: int) -> Ticket:
    with reading() as session:
        return session.get_one(Ticket, ticket_id)


def how_many(model: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def taken(queue: int, agent_id: int, **more: object) -> int:
    ticket_id = opened(queue, **more)  # type: ignore[arg-type]
    answering.assign(ticket_id, agent_id, hand=Hand(person(agent_id)))
    return ticket_id


def answer(client: FlaskClient, ticket_id: int, **form: str):
    page = client.get(f"/tickets/{ticket_id}").text
    sent = {"key": key_of(page), "version": version_of(page), "via": "sms", "afterwards": "stay", **form}
    return client.post(f"/tickets/{ticket_id}/reply", data=sent)


def test_a_customer_writes_and_keeps_a_reference(site: Flask, queue: int) -> None:
    client = site.test_client()
    form = {"key": key_of(client.get("/ticket").text), "topic": "parcel", "body": "Where is it?\n\nThank you"}
    form |= {"number": "07700 900318", "name": "Amelia", "language": "zh_Hant"}
    answer = client.post("/ticket", data=form)
    assert answer.status_code == 303
    page = client.get(answer.location).text
    with reading() as session:
        row = session.scalars(select(Ticket)).one()
    assert row.reference in page
    assert (row.number, row.language, row.subject, row.channel) == (NUMBER, "zh_Hant", "Where is it?", "web")
    assert client.post("/ticket", data=form).location == answer.location, "sent twice, opened once"
    assert (how_many(Ticket), how_many(Message)) == (1, 1)
    assert client.get(answer.location[:-1] + "_").status_code == 404


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"body": "  "}, "body", "Please write what it is about."),
        ({"body": "x" * 5001}, "body", "5,000 characters fit"),
        ({"number": "12"}, "number", "read this as a phone number"),
        ({"number": "", "email": ""}, "number", "phone number or an e-mail address"),
        ({"email": "amelia at home"}, "email", "does not look like an e-mail address"),
        ({"topic": "none"}, "topic", "Please choose what it is about."),
    ],
)
def test_the_public_form_comes_back_whole(
    site: Flask, queue: int, change: dict[str, str], field: str, words: str
) -> None:
    client = site.test_client()
    form = {"key": "a-key-of-a-form", "topic": "parcel", "body": "My own words", "number": NUMBER, "name": "Amelia"}
    answer = client.post("/ticket", data=form | change)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text and words in answer.text
    assert "Amelia" in answer.text and (change.get("body") or "My own words").strip()[:50] in answer.text
    assert how_many(Ticket) == 0


def test_no_confirmation_to_a_number_that_said_stop(site: Flask, queue: int) -> None:
    with transaction() as session:
        session.add(OptOut(number=NUMBER))
    form = {"key": "a-key-of-a-form", "topic": "parcel", "body": "Hello", "number": NUMBER}
    assert site.test_client().post("/ticket", data=form).status_code == 303
    assert (how_many(Ticket), how_many(Message)) == (1, 0)


def test_lists_by_permission(site: Flask, queue: int) -> None:
    other = create_queue("other")
    ana, looker, lead = create_agent(queue), create_user("read_only"), create_user("supervisor")
    opened(queue, "A wet parcel")
    opened(other, "A lamp is missing")
    page = browser_of(site, ana).get("/tickets").text
    assert "A wet parcel" in page and "A lamp is missing" not in page
    asked = browser_of(site, ana).get(f"/tickets?view=all&queue={other}").text
    assert "A lamp is missing" not in asked, "agents see their queues, whatever they ask for"
    for user in (looker, lead):
        page = browser_of(site, user).get("/tickets").text
        assert "A wet parcel" in page and "A lamp is missing" in page
    assert "New ticket" not in browser_of(site, looker).get("/tickets").text
    found = browser_of(site, lead).get("/tickets?q=lamp", headers={"HX-Request": "true"}).text
    assert "A lamp is missing" in found and "A wet parcel" not in found and "<html" not in found
    assert "Nothing found" in browser_of(site, lead).get("/tickets?q=elephants").text
    assert browser_of(site, lead).get("/tickets?before=nonsense").status_code == 422


def test_a_ticket_by_hand_for_a_known_customer(site: Flask, queue: int) -> None:
    ana = create_agent(queue)
    with transaction() as session:
        amelia = add_customer(session, name="Amelia Hart", phones=[NUMBER], actor=CLI)
    client = browser_of(site, ana)
    page = client.get(f"/tickets/new?customer={amelia.id}&channel=letter").text
    assert "Amelia Hart" in page and NUMBER in page
    form = {"key": key_of(page), "customer": amelia.id, "channel": "letter", "queue": str(queue), "take": "1"}
    refused = client.post("/tickets/new", data=form | {"body": ""})
    assert refused.status_code == 422 and "Amelia Hart" in refused.text
    answer = client.post("/tickets/new", data=form | {"body": "She writes that the lamp is broken.", "confirm": "1"})
    assert answer.status_code == 303
    with reading() as session:
        row = session.scalars(select(Ticket)).one()
    assert (row.customer_id, row.channel, row.owner_id, row.opened_by) == (amelia.id, "letter", ana, ana)
    assert how_many(Message) == 0, "no number was typed, so nothing is sent"
    profile = client.get(f"/customers/{amelia.id}").text
    assert row.reference in profile and f"/tickets/new?customer={amelia.id}" in profile


def test_answering_by_text_and_waiting_for_the_customer(site: Flask, queue: int) -> None:
    ana = create_agent(queue)
    first = taken(queue, ana)
    client = browser_of(site, ana)
    assert answer(client, first, body="Which door?", afterwards="await").status_code == 303
    page = client.get(f"/tickets/{first}").text
    assert "Which door?" in page and "Customer is asked" in page and "Go on with it" in page
    with reading() as session:
        sent = session.scalars(select(Message)).one()
    assert (sent.number, sent.body, sent.status) == (NUMBER, "Which door?", "queued")
    assert client.post(f"/tickets/{first}/take", data={"version": version_of(page)}).status_code == 303
    assert ticket(first).state == "open"


def test_two_who_write_at_once_are_told_and_lose_nothing(site: Flask, queue: int) -> None:
    ana, lead = create_agent(queue), create_user("supervisor")
    first = taken(queue, ana)
    client = browser_of(site, ana)
    page = client.get(f"/tickets/{first}").text
    assert answer(browser_of(site, lead), first, body="The lead was here.").status_code == 303
    late = client.post(
        f"/tickets/{first}/reply",
        data={"key": key_of(page), "version": version_of(page), "body": "My long answer", "afterwards": "resolve"},
    )
    assert late.status_code == 409
    assert "Somebody was faster" in late.text and "The lead was here." in late.text and "My long answer" in late.text
    again = {
        "key": key_of(late.text),
        "version": version_of(late.text),
        "body": "My long answer",
        "afterwards": "resolve",
    }
    assert client.post(f"/tickets/{first}/reply", data=again).status_code == 303
    assert ticket(first).state == "resolved"


def test_a_refused_answer_keeps_its_words(site: Flask, queue: int) -> None:
    ana = create_agent(queue)
    first = taken(queue, ana)
    client = browser_of(site, ana)
    refused = answer(client, first, body="Your parcel {tracking_number} comes today.")
    assert refused.status_code == 422
    assert 'id="body-error"' in refused.text and "Your parcel {tracking_number} comes today." in refused.text
    assert how_many(Message) == 0


def test_ready_texts_come_filled_in(site: Flask, queue: int) -> None:
    with transaction() as session:
        body = "Dear {name}, about {reference}: parcel {tracking_number}."
        session.add(SmsTemplate(code="about", language="en", name="About it", body=body))
    ana = create_agent(queue)
    first = taken(queue, ana, name="Amelia")
    page = browser_of(site, ana).get(f"/tickets/{first}").text
    assert f"Dear Amelia, about {ticket(first).reference}: parcel {{tracking_number}}." in page


def test_notes_steps_and_passing_on(site: Flask, queue: int) -> None:
    customs = create_queue("customs")
    ana, ben = create_agent(queue), create_agent(queue, name="Ben Reyes")
    first = taken(queue, ana)
    client = browser_of(site, ana)
    page = client.get(f"/tickets/{first}").text
    assert client.post(f"/tickets/{first}/note", data={"note": "", "key": "a-note-key"}).status_code == 422
    assert (
        client.post(f"/tickets/{first}/note", data={"note": "Hard of hearing", "key": "a-note-key"}).status_code == 303
    )
    passed = {"to": f"agent:{ben}", "note": "You know lamps.", "version": version_of(page), "key": "a-pass-key"}
    assert client.post(f"/tickets/{first}/pass", data=passed).status_code == 303
    assert ticket(first).owner_id == ben
    assert client.post(f"/tickets/{first}/state", data={"step": "resolve"}).status_code == 403
    own = browser_of(site, ben)
    page = own.get(f"/tickets/{first}").text
    assert "Hard of hearing" in page and "You know lamps." in page
    assert own.post(f"/tickets/{first}/state", data={"step": "hold", "version": version_of(page)}).status_code == 303
    assert own.post(f"/tickets/{first}/pass", data={"to": f"queue:{customs}"}).status_code == 303
    assert (ticket(first).queue_id, ticket(first).owner_id) == (customs, None)
    assert own.post(f"/tickets/{first}/state", data={"step": "explode"}).status_code == 422
    assert own.post(f"/tickets/{first}/take", data={}).status_code == 409, "no certificate for customs"


def test_reading_is_not_handling(site: Flask, queue: int) -> None:
    first = opened(queue)
    page = browser_of(site, create_user("read_only")).get(f"/tickets/{first}").text
    assert "My parcel is wet." in page
    for words in ("Take it", "Resolve", "Note for colleagues", "Your answer"):
        assert words not in page
    assert browser_of(site, create_user("agent")).get("/tickets/999999").status_code == 404


def test_linking_says_whose_it_is(site: Flask, queue: int) -> None:
    ana = create_agent(queue)
    with transaction() as session:
        amelia = add_customer(session, name="Amelia Hart", phones=[NUMBER], actor=CLI)
        add_customer(session, name="Bea Hart", phones=[NUMBER], actor=CLI)
    first = opened(queue)
    client = browser_of(site, ana)
    assert "It is Amelia Hart" in client.get(f"/tickets/{first}").text
    assert client.post(f"/tickets/{first}/customer", data={"customer": amelia.id}).status_code == 303
    assert ticket(first).customer_id == amelia.id


def test_what_a_customer_writes_is_only_text(site: Flask, queue: int) -> None:
    first = opened(queue, "<script>alert(1)</script>", name="<img src=x>")
    page = browser_of(site, create_agent(queue)).get(f"/tickets/{first}").text
    assert "<script>alert" not in page and "<img src=x>" not in page
    assert how_many(TicketEntry) == 1


def test_a_text_that_may_ask_for_no_more_is_marked_and_one_click_records_it(site: Flask, queue: int) -> None:
    stopping = text_in("You text me too often, stop texting me at night")
    with reading() as session:
        entry = session.scalars(select(TicketEntry).where(TicketEntry.message_id == stopping)).one()
    agent = browser_of(site, create_agent(queue))
    page = agent.get(f"/tickets/{entry.ticket_id}").get_data(as_text=True)
    assert "May be asking us to stop texting" in page
    told = agent.post(f"/tickets/{entry.ticket_id}/no-texts", data={"entry": str(entry.id)}, follow_redirects=True)
    assert "No SMS leaves for this number." in told.get_data(as_text=True)
    with reading() as session:
        assert session.get_one(OptOut, NUMBER).message_id == stopping
    elsewhere = opened(queue, number="+447700900999")
    assert agent.post(f"/tickets/{elsewhere}/no-texts", data={"entry": str(entry.id)}).status_code == 404
