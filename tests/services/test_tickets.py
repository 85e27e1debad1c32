"""Tickets: routed like calls but without a ring, passed on, listed by cursor, found by words."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.agents.models import Team
from app.customers.services import add_customer
from app.db import reading, transaction
from app.domain.ticket import TicketEvent
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.eventlog import CLI, CUSTOMER, Event
from app.messages.models import Message
from app.queues.models import Queue
from app.queues.presence import choose_intent
from app.queues.work import WorkItem
from app.tickets import answering, conversation, queries
from app.tickets.intake import Request, open_ticket, subject_of
from tests.fixtures.desk import (
    connect,
    create_agent,
    create_queue,
    create_user,
    offer_of,
    ring_in,
    route,
    sit_down,
)
from tests.fixtures.tickets import (
    NUMBER,
    OTHER,
    Time,
    answer,
    hand,
    in_hand,
    item_of,
    said,
    ticket,
    written,
)
from tests.invariants.checks import assert_in_order, assert_invariants


@pytest.fixture(autouse=True)
def nothing_broken(database: str) -> Iterator[None]:
    """Whatever a test did, every invariant of the house holds at its end."""
    yield
    with reading() as session:
        assert_invariants(session, datetime.now(UTC) + timedelta(days=400))


@pytest.fixture
def queue(database: str) -> int:
    return create_queue()


def test_a_ticket_is_in_the_hand_of_a_free_agent_without_a_ring(queue: int) -> None:
    ana = create_agent(queue)
    sit_down(ana)
    opened = written(queue)
    assert (ticket(opened).state, ticket(opened).reference[:2]) == ("new", "T-")
    assert route() == 1
    row, leg = ticket(opened), item_of(opened)
    assert (row.state, row.owner_id, leg.state) == ("open", ana, "assigned")
    reservation = offer_of(ana)
    assert reservation is not None and reservation.state == "active" and reservation.deadline is None
    with reading() as session:
        names = session.scalars(select(Event.name).where(Event.contact_id == row.contact_id).order_by(Event.id)).all()
    assert names == [
        "work_item.queued",
        "ticket.opened",
        "reservation.offered",
        "reservation.accepted",
        "reservation.active",
        "ticket.assigned",
    ]


def test_one_pass_gives_as_many_as_the_agent_has_room_for(queue: int) -> None:
    ana = create_agent(queue, max_ticket=3)
    sit_down(ana)
    tickets = [written(queue, f"Request {n}") for n in range(5)]
    route()
    with reading() as session:
        assert_in_order(session, clock.now())
    assert [ticket(t).state for t in tickets] == ["open", "open", "open", "new", "new"]
    assert (in_hand(ana), route()) == (3, 0)


def test_written_work_never_hides_a_caller(queue: int, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    for n in range(3):
        written(queue, f"Old request {n}")
    time.passes(days=1)
    ana = create_agent(queue, max_ticket=0)
    desk = sit_down(ana)
    caller = ring_in()
    with transaction() as session:  # so many more that a pass would not look past them
        lane = session.scalars(select(WorkItem.lane).where(WorkItem.kind == "ticket").limit(1)).one()
    assert lane.endswith(":ticket")
    assert connect(caller, desk).state == "active"


def test_a_caller_in_hand_keeps_tickets_away_but_tickets_do_not_keep_callers_away(queue: int) -> None:
    ana = create_agent(queue)
    desk = sit_down(ana)
    first = written(queue)
    route()
    caller = ring_in()
    route()
    assert connect(caller, desk).state == "active"
    second = written(queue, "Another one")
    route()
    assert (ticket(first).owner_id, ticket(second).owner_id) == (ana, None)


def test_a_break_does_not_wait_for_tickets(queue: int) -> None:
    ana = create_agent(queue)
    desk = sit_down(ana)
    written(queue)
    route()
    assert in_hand(ana) == 1
    assert choose_intent(ana, "training", epoch=desk.epoch) == "training"


def test_only_the_one_who_has_it_or_a_supervisor_acts(queue: int) -> None:
    ana, ben, lead = create_agent(queue), create_agent(queue), create_user("supervisor")
    sit_down(ana)
    first = written(queue)
    route()
    for step in (
        lambda: conversation.reply(first, answer(), hand=hand(ben)),
        lambda: answering.resolve(first, hand=hand(ben)),
        lambda: answering.assign(first, ben, hand=hand(ben)),
        lambda: answering.transfer(first, queue, hand=hand(ben)),
    ):
        with pytest.raises(Forbidden):
            step()
    conversation.note(first, "I know this customer.", hand=hand(ben), key="a-note-of-ben")
    answering.assign(first, ben, hand=hand(lead, supervises=True))
    assert (ticket(first).owner_id, in_hand(ana), in_hand(ben)) == (ben, 0, 1)


def test_taking_asks_for_a_certificate_and_for_room(queue: int) -> None:
    first, second = written(queue), written(queue, "Another")
    with pytest.raises(Conflict) as refused:
        uncertified = create_agent(queue, certified=False)
        answering.assign(first, uncertified, hand=hand(uncertified))
    assert refused.value.code == "agent_not_certified"
    ben = create_agent(queue, max_ticket=1)
    answering.assign(first, ben, hand=hand(ben))
    answering.assign(first, ben, hand=hand(ben))  # twice: he has it already
    assert (ticket(first).owner_id, item_of(first).state) == (ben, "assigned")
    with pytest.raises(Conflict) as refused:
        answering.assign(second, ben, hand=hand(ben))
    assert refused.value.code == "agent_full"
    assert ticket(second).state == "new"


def test_a_transfer_is_another_leg_of_the_same_contact(queue: int) -> None:
    customs = create_queue("customs")
    ana, ben = create_agent(queue), create_agent(customs)
    sit_down(ana)
    first = written(queue)
    route()
    answering.transfer(first, customs, hand=hand(ana), note="She needs the papers.")
    row, leg = ticket(first), item_of(first)
    assert (row.state, row.owner_id, row.queue_id, leg.leg, leg.state) == ("open", None, customs, 2, "queued")
    assert ("note", "She needs the papers.") in said(first)
    sit_down(ben)
    route()
    assert ticket(first).owner_id == ben
    with reading() as session:
        contacts = session.scalars(select(WorkItem.contact_id).distinct()).all()
    assert contacts == [row.contact_id]
    with pytest.raises(NotFound):
        answering.transfer(first, 999, hand=hand(ben))


def test_a_ticket_belongs_to_the_team_of_whoever_has_it(queue: int) -> None:
    with transaction() as session:
        session.add_all(teams := [Team(name="Claims"), Team(name="Customs")])
    claims, customs = (team.id for team in teams)
    ana, ben = create_agent(queue, team_id=claims), create_agent(queue, team_id=customs)
    sit_down(ana)
    first = written(queue)
    assert ticket(first).team_id is None
    route()
    assert (ticket(first).owner_id, ticket(first).team_id) == (ana, claims)
    answering.assign(first, ben, hand=hand(ana))
    assert (ticket(first).owner_id, ticket(first).team_id) == (ben, customs)
    answering.transfer(first, queue, hand=hand(ben))
    assert (ticket(first).owner_id, ticket(first).team_id) == (None, None)


def test_setting_aside_and_resuming(queue: int) -> None:
    ana = create_agent(queue, max_ticket=1)
    sit_down(ana)
    first = written(queue)
    route()
    answering.set_aside(first, TicketEvent.HOLD, hand=hand(ana))
    assert (ticket(first).state, ticket(first).owner_id, in_hand(ana)) == ("on_hold", ana, 0)
    with pytest.raises(Conflict):
        answering.set_aside(first, TicketEvent.HOLD, hand=hand(ana))
    answering.assign(first, ana, hand=hand(ana))
    assert (ticket(first).state, in_hand(ana), item_of(first).leg) == ("open", 1, 2)


def test_the_same_form_twice_opens_one_ticket(queue: int) -> None:
    request = Request(channel="web", body="Hello", queue_id=queue, language="zh_Hant", number=NUMBER)
    first = open_ticket(request, actor=CUSTOMER, key="form-1", confirm=True)
    assert open_ticket(request, actor=CUSTOMER, key="form-1", confirm=True) == first
    second = open_ticket(request, actor=CUSTOMER, key="form-2", confirm=True)
    assert second != first
    with reading() as session:
        sent = session.scalars(select(Message.body)).all()
    assert len(sent) == 1 and first.reference in sent[0] and "簡訊" in sent[0], "one an hour, in their language"


def test_the_same_form_at_once_and_after_closing_is_the_same_ticket(queue: int) -> None:
    request = Request(channel="web", body="Hello", queue_id=queue, language="en", number=NUMBER)
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _n: open_ticket(request, actor=CUSTOMER, key="form-3"), range(4)))
    assert len(set(opened)) == 1
    with transaction() as session:
        session.get_one(Queue, queue).active = False
    assert open_ticket(request, actor=CUSTOMER, key="form-3") == opened[0], "what was opened stays opened"
    with pytest.raises(Conflict):
        open_ticket(request, actor=CUSTOMER, key="form-4")


def test_the_number_names_the_customer_only_when_it_is_nobody_elses(queue: int) -> None:
    with transaction() as session:
        amelia = add_customer(session, name="Amelia Hart", phones=[NUMBER], actor=CLI, tier="key")
        add_customer(session, name="Ben", phones=[OTHER], actor=CLI)
        add_customer(session, name="Bea", phones=[OTHER], actor=CLI)
    first, shared = written(queue), written(queue, number=OTHER)
    assert (ticket(first).customer_id, ticket(shared).customer_id) == (amelia.id, None)
    assert item_of(first).rank_at < item_of(shared).rank_at, "a key account has a head start"
    conversation.link_customer(shared, amelia.id, hand=hand(create_user()))
    assert ticket(shared).customer_id == amelia.id


def test_lists_by_owner_queue_state_and_words_page_by_cursor(queue: int, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    other = create_queue("other")
    ana = create_agent(queue)
    ids = []
    for n in range(queries.PAGE_SIZE + 7):
        time.passes(1)
        ids.append(written(queue, f"Request number {n} about lamps"))
    time.passes(1)
    elsewhere = written(other, "包裹破损 and wet", number=OTHER, name="陳大文")
    time.passes(1)
    answering.assign(ids[0], ana, hand=hand(ana))
    with reading() as session:
        first = queries.list_tickets(session, queries.Filters(), agent_id=ana)
        rest = queries.list_tickets(session, queries.Filters(), agent_id=ana, before=first.older)
        assert [r.id for r in first.rows + rest.rows] == [ids[0], *reversed(ids[1:])], "what was touched last is first"
        assert rest.older is None

        def found(**filters: Any) -> list[int]:
            return [r.id for r in queries.list_tickets(session, queries.Filters(**filters), agent_id=ana).rows]

        assert found(view="mine") == [ids[0]]
        assert found(view="all")[:2] == [ids[0], elsewhere]
        assert found(view="all", queue_id=other) == [elsewhere]
        assert found(view="all", query="破損") == [elsewhere], "either script finds"
        assert found(view="all", query="陈大文") == [elsewhere]
        assert found(view="all", query="0555") == [elsewhere]
        assert found(view="all", query=ticket(elsewhere).reference) == [elsewhere]
        assert found(view="team", query="wet") == []
        assert found(view="all", shown="resolved") == []
        assert len(found(view="all", shown="new", queue_id=queue)) == queries.PAGE_SIZE
        for bad in ("x", "2026-11-23~7", "2026-11-23T09:00:00+00:00~x"):
            with pytest.raises(Invalid):
                queries.list_tickets(session, queries.Filters(), agent_id=ana, before=bad)


def test_the_desk_lists_what_an_agent_has(queue: int) -> None:
    ana = create_agent(queue)
    sit_down(ana)
    first, second = written(queue, "Oldest"), written(queue, "Newest")
    route()
    asked = Request(channel="web", body="With a confirmation", queue_id=queue, language="en", number=OTHER)
    third = open_ticket(asked, actor=CUSTOMER, confirm=True).id
    answering.assign(third, ana, hand=hand(ana))
    conversation.reply(first, answer(afterwards="await"), hand=hand(ana))
    with reading() as session:
        shown = queries.work_image(session, str(ana))["tickets"]
    assert [(t["id"], t["state"], t["unanswered"]) for t in shown] == [
        (second, "open", True),
        (third, "open", True),  # the automatic confirmation is no answer
        (first, "pending_customer", False),
    ]


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        ("Short.", "Short."),
        ("\n\n  Second line counts \nmore", "Second line counts"),
        ("word " * 40, ("word " * 18).strip() + "…"),
        ("", "–"),
    ],
)
def test_a_text_names_itself(body: str, subject: str) -> None:
    assert subject_of(body) == subject
