"""Requests in writing of the last days: answered, waiting for somebody, and resolved; none is in line yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.customers.models import Customer, CustomerPhone
from app.demo.organisation import Organisation
from app.domain.ticket import TicketEvent
from app.eventlog import CUSTOMER, person
from app.tickets.answering import finish, give, put_aside
from app.tickets.intake import Request, add_ticket, search_words
from app.tickets.records import add_entry, add_words, hold, say


@dataclass(frozen=True, slots=True)
class _Told:
    """One request: who wrote how many hours ago, by what, and what became of it."""

    customer: str
    hours: int
    channel: str
    topic: str
    body: str
    agent: str
    answer: str
    #: What the agent did an hour later: waits for the customer, for somebody else, or has resolved it.
    became: TicketEvent
    note: str = ""


_REQUESTS = (
    _Told(
        "Amelia Hart", 50, "web", "not_received",
        "The lamp is marked delivered since Saturday, but nobody rang and it is not with the neighbours.",
        "priya", "We asked the driver for the photo of the place. May we write to you as soon as it is here?",
        TicketEvent.HOLD, note="Depot Leeds has the photo by Wednesday.",
    ),
    _Told(
        "Northgate Medical Supplies", 30, "email", "late_parcel",
        "The cold box of order 4471 came at 16:00 instead of before noon. Please tell us what happened.",
        "ruth", "The vehicle stood on the M62. Your fee for the morning is paid back. Is the content in order?",
        TicketEvent.AWAIT_CUSTOMER, note="Key account: their quality manager is in copy.",
    ),
    _Told(
        "晨霧茶葉行", 27, "letter", "damaged_parcel",
        "外箱受潮，裡面三盒茶葉不能賣了，附上照片兩張。請問如何理賠？",
        "yating", "您好，已為您登記理賠。請問三盒茶葉的進貨價是多少？",
        TicketEvent.AWAIT_CUSTOMER,
    ),
    _Told(
        "Amelia Hart", 170, "phone", "change_delivery",
        "Please leave parcels at number 14 when nobody opens.",
        "noah", "Done: your parcels go to number 14 when nobody opens.", TicketEvent.RESOLVE,
    ),
    _Told(
        "晨霧茶葉行", 75, "sms", "chinese_pickup",
        "週五下午要寄十二箱，可以派大車嗎？",
        "weijie", "可以，週五 15:00 派大車到店，司機會先打電話。", TicketEvent.RESOLVE,
    ),
)  # fmt: skip


def add_requests(session: Session, people: Mapping[str, int], organisation: Organisation, *, moment: datetime) -> None:
    """Let each request be written, answered and set aside or resolved, at its own hour. Participant.

    `people` is short name -> user id. All of it goes the way of real ones, so figures and log agree.
    """
    for told in sorted(_REQUESTS, key=lambda told: -told.hours):
        customer = session.scalars(select(Customer).where(Customer.name == told.customer)).one()
        number = session.scalar(
            select(CustomerPhone.e164).where(CustomerPhone.customer_id == customer.id).order_by(CustomerPhone.id)
        )
        written = moment - timedelta(hours=told.hours)
        with clock.frozen(written):
            ticket = add_ticket(
                session,
                Request(
                    channel=told.channel,
                    body=told.body,
                    topic_id=organisation.topics[told.topic],
                    customer_id=customer.id,
                    name=customer.name,
                    number=number or "",
                    language=customer.language or "en",
                ),
                actor=CUSTOMER,
            )
            session.flush()
        with clock.frozen(written + timedelta(minutes=55)):
            _answer(session, ticket.id, told, people[told.agent])


def _answer(session: Session, ticket_id: int, told: _Told, agent: int) -> None:
    actor = person(agent)
    held = hold(session, ticket_id, agent)
    give(session, held, agent, now=clock.now(), actor=actor)
    add_entry(session, held.ticket, "message_out", author_id=agent, body=told.answer, channel=told.channel)
    held.ticket.first_response_at = clock.now()
    add_words(session, held.ticket, search_words(told.answer))
    say(session, held.ticket, "answered", actor=actor, reason=told.channel)
    if told.note:
        add_entry(session, held.ticket, "note", author_id=agent, body=told.note)
    session.flush()
    if told.became is TicketEvent.RESOLVE:
        finish(session, held, actor=actor)
    else:
        put_aside(session, held, told.became, actor=actor)
    session.flush()
