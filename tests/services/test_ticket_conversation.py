"""What is said on tickets: answers, the customer's texts, waiting for them, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app import outbox
from app.db import reading, transaction
from app.domain.ticket import TicketEvent
from app.errors import Conflict, Invalid
from app.eventlog import Event
from app.messages.models import Message
from app.queues.models import Queue
from app.schedule import close_tickets
from app.tickets import answering, conversation
from app.tickets.models import Ticket, TicketEntry
from tests.fixtures.desk import (
    create_agent,
    create_queue,
    route,
    sit_down,
)
from tests.fixtures.tickets import (
    OTHER,
    START,
    Time,
    answer,
    hand,
    in_hand,
    item_of,
    said,
    text_in,
    ticket,
    written,
)
from tests.invariants.checks import assert_invariants


@pytest.fixture(autouse=True)
def nothing_broken(database: str) -> Iterator[None]:
    """Whatever a test did, every invariant of the house holds at its end."""
    yield
    with reading() as session:
        assert_invariants(session, datetime.now(UTC) + timedelta(days=400))


@pytest.fixture
def queue(database: str) -> int:
    return create_queue()


def test_waiting_for_the_customer_frees_the_agent_and_the_answer_comes_back_to_them(
    queue: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Time(monkeypatch)
    ana, ben = create_agent(queue, max_ticket=1), create_agent(queue, max_ticket=1)
    sit_down(ana)
    time.passes(5)
    first = written(queue)
    route()
    sit_down(ben)
    conversation.reply(first, answer("Which door?", afterwards="await"), hand=hand(ana))
    assert (ticket(first).state, item_of(first).state, in_hand(ana)) == ("pending_customer", "parked", 0)
    second = written(queue, "Somebody else's", number=OTHER)
    time.passes(5)
    route()
    assert ticket(second).owner_id == ben  # idle longer than Ana, who had a ticket before
    time.passes(3600)
    text_in("The blue one.")
    assert (ticket(first).state, item_of(first).state, item_of(first).leg) == ("open", "queued", 2)
    route()
    assert ticket(first).owner_id == ana
    assert [pair for pair in said(first) if pair[1]] == [
        ("message_in", "My parcel is wet."),
        ("message_out", "Which door?"),
        ("message_in", "The blue one."),
    ]


def test_a_reply_is_kept_for_its_agent_only_for_a_while(queue: int, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    ana, ben = create_agent(queue, max_ticket=1), create_agent(queue, max_ticket=2)
    sit_down(ana)
    first = written(queue)
    route()
    answering.set_aside(first, TicketEvent.AWAIT_CUSTOMER, hand=hand(ana))
    other = written(queue, "Fills Ana's hands", number=OTHER)
    route()
    assert ticket(other).owner_id == ana
    sit_down(ben)
    text_in("I am here again.")
    route()
    assert ticket(first).owner_id is None, "kept for Ana, who is here but has no room"
    time.passes(61)
    route()
    assert ticket(first).owner_id == ben


def test_resolved_tickets_come_back_with_the_customers_no(queue: int, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    ana = create_agent(queue)
    sit_down(ana)
    first = written(queue)
    route()
    conversation.reply(first, answer("It comes today.", afterwards="resolve"), hand=hand(ana))
    row = ticket(first)
    assert (row.state, row.owner_id, item_of(first).state, in_hand(ana)) == ("resolved", ana, "closed", 0)
    assert row.first_response_at == row.resolved_at == START
    time.passes(days=2)
    text_in("It did not.")
    row = ticket(first)
    assert (row.state, row.reopened, row.resolved_at, item_of(first).leg) == ("open", 1, None, 2)
    route()
    assert ticket(first).owner_id == ana


def test_a_week_after_it_was_resolved_a_ticket_is_closed_and_a_text_opens_another(
    queue: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Time(monkeypatch)
    ana = create_agent(queue)
    sit_down(ana)
    first = written(queue)
    route()
    answering.resolve(first, hand=hand(ana))
    time.passes(days=6.9)
    close_tickets(time.at)
    assert ticket(first).state == "resolved"
    time.passes(days=0.2)
    close_tickets(time.at)
    assert (ticket(first).state, ticket(first).closed_at) == ("closed", time.at)
    with pytest.raises(Conflict):
        answering.reopen(first, hand=hand(ana))
    text_in("Me again, about another parcel.")
    with reading() as session:
        newest = session.scalars(select(Ticket).order_by(Ticket.id.desc()).limit(1)).one()
    assert (newest.id != first, newest.channel, newest.subject) == (True, "sms", "Me again, about another parcel.")


def test_a_text_joins_the_ticket_it_answers_once(queue: int) -> None:
    ana = create_agent(queue)
    sit_down(ana)
    first, second = written(queue, "First parcel"), written(queue, "Second parcel")
    route()
    conversation.reply(first, answer("Which colour?"), hand=hand(ana))
    message = text_in("Red.")
    assert ("message_in", "Red.") in said(first)
    assert ("message_in", "Red.") not in said(second)
    conversation.take_sms({"message": message})
    assert said(first).count(("message_in", "Red.")) == 1
    assert conversation.find_sms({"message": message}) is outbox.Found.SETTLED


def test_a_text_nobody_can_place_becomes_work_of_the_inbox_queue(queue: int) -> None:
    inbox = create_queue("texts", inbound_sms=True, position=9)
    written(queue, "First parcel")
    written(queue, "Second parcel")
    text_in("Which of the two was it?")
    with reading() as session:
        newest = session.scalars(select(Ticket).order_by(Ticket.id.desc()).limit(1)).one()
        assert (newest.queue_id, newest.channel, newest.state) == (inbox, "sms", "new")


def test_commands_are_no_tickets(queue: int) -> None:
    for word in ("STOP", "start", "HELP"):
        text_in(word)
    with reading() as session:
        assert session.scalar(select(func.count(Ticket.id))) == 0


def test_without_any_queue_a_text_stays_on_the_profile_and_the_log_says_so(database: str) -> None:
    text_in("Anybody there?")
    with reading() as session:
        assert session.scalar(select(func.count(Event.id)).where(Event.name == "sms.unrouted")) == 1


def test_no_answer_to_a_number_that_said_stop(queue: int) -> None:
    ana = create_agent(queue)
    sit_down(ana)
    first = written(queue)
    route()
    text_in("STOP")
    with pytest.raises(Invalid) as refused:
        conversation.reply(first, answer(), hand=hand(ana))
    assert refused.value.code == "ticket_opted_out"
    conversation.reply(first, answer("Told her on the phone.", via="phone"), hand=hand(ana))
    assert said(first)[-1] == ("message_out", "Told her on the phone.")


def test_the_same_answer_twice_is_one_and_a_crossing_one_is_refused(queue: int) -> None:
    ana = create_agent(queue)
    sit_down(ana)
    first = written(queue)
    route()
    version = ticket(first).version
    once = answer()
    conversation.reply(first, once, hand=hand(ana), version=version)
    conversation.reply(first, once, hand=hand(ana), version=version)
    with reading() as session:
        assert session.scalar(select(func.count(Message.id)).where(Message.direction == "out")) == 1
    with pytest.raises(Conflict) as refused:
        conversation.reply(first, answer("Crossing"), hand=hand(ana), version=version)
    assert refused.value.code == "ticket_changed"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"body": " \n "}, "ticket_text_missing"),
        ({"body": "x" * 1601}, "ticket_text_too_long"),
        ({"body": "Your parcel {tracking_number} is on its way."}, "ticket_text_has_hole"),
        ({"body": "Hello", "via": "pigeon"}, "invalid"),
        ({"body": "Hello", "afterwards": "explode"}, "invalid"),
    ],
)
def test_what_cannot_be_sent_is_said_before_anything_happens(queue: int, bad: dict[str, str], code: str) -> None:
    ana = create_agent(queue)
    sit_down(ana)
    first = written(queue)
    route()
    with pytest.raises(Invalid) as refused:
        conversation.reply(first, answer(**bad), hand=hand(ana))
    assert refused.value.code == code
    assert ticket(first).first_response_at is None


def test_entries_cannot_be_rewritten(queue: int) -> None:
    written(queue)
    with pytest.raises(Exception, match="append-only"), transaction() as session:
        session.scalars(select(TicketEntry)).one().body = "Something else"


def test_a_closed_queue_still_gets_back_what_it_had(queue: int) -> None:
    ana = create_agent(queue)
    sit_down(ana)
    first = written(queue)
    route()
    answering.set_aside(first, TicketEvent.AWAIT_CUSTOMER, hand=hand(ana))
    with transaction() as session:
        session.get_one(Queue, queue).active = False
    with pytest.raises(Conflict):
        written(queue, "Too late")
    text_in("I am back.")
    assert (ticket(first).state, item_of(first).state) == ("open", "queued")
