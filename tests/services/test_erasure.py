"""The erasure of a customer: what tells who it was is gone from every table; figures and refusals stay."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app import clock, db, outbox, providers
from app.administration.services.erasing import erase_customer, extent_of
from app.customers.models import Consent, Customer, Interaction, Parcel
from app.customers.notes import add_note
from app.customers.services import add_customer, record_consent, record_interaction
from app.db import reading, transaction
from app.effects import EFFECTS
from app.errors import Conflict, Invalid
from app.eventlog import CLI, CUSTOMER, Event, person
from app.messages.erasing import ERASE_TOPIC, erase_left
from app.messages.models import Message
from app.messages.receiving import receive_sms
from app.messages.services import is_opted_out, queue_sms
from app.outbox import OutboxRow
from app.providers.base import Receipt, SmsNotTaken
from app.providers.console import ConsoleSms
from app.tickets import answering, conversation
from app.tickets.models import Ticket
from tests.fixtures.desk import create_agent, create_queue, create_user
from tests.fixtures.tickets import NUMBER, answer, hand, text_in, written
from tests.invariants.checks import assert_invariants

#: Words that belong to the customer alone, wherever the desk may have put them.
SECRETS = ("Zephyrine", "Quillfeather", "+447700900318", "aubergine")
OTHERS = "+447700900777"


def somebody(name: str = "Zephyrine Quillfeather", number: str = NUMBER) -> int:
    with transaction() as session:
        made = add_customer(
            session, name=name, actor=CLI, phones=[number], email="zephyrine@aubergine.example",
            address="Aubergine Lane 7", special_requirements="Ring twice, aubergine door",
        )  # fmt: skip
        lamp = Parcel(tracking_number=number, customer_id=made.id, description="aubergine lamp", status="on_way")
        session.add(lamp)
        for purpose, state in (("sms", "given"), ("survey", "withdrawn"), ("marketing", "withdrawn")):
            record_consent(session, address=number, purpose=purpose, state=state, source="agent", actor=CLI)
        record_consent(session, address=number, purpose="marketing", state="given", source="agent", actor=CLI)
        return made.id


def lived(customer: int) -> int:
    """Id of a resolved ticket: texts both ways, notes, a contact, and one whose caller nobody knew."""
    queue = create_queue(inbound_sms=True)
    agent = create_agent(queue, max_ticket=1)
    add_note(customer, "Loves aubergine", actor=person(agent))
    text_in("Zephyrine here: where is my aubergine lamp?")
    with reading() as session:
        ticket = session.scalars(select(Ticket.id)).one()
    answering.assign(ticket, agent, hand=hand(agent))
    conversation.note(ticket, "aubergine again", hand=hand(agent), key="note-1")
    conversation.reply(ticket, answer("Dear Zephyrine, soon."), hand=hand(agent))
    answering.resolve(ticket, hand=hand(agent))
    with transaction() as session:
        for owner in (customer, None):
            record_interaction(
                session, contact_id=f"c-{owner}", customer_id=owner, channel="voice", direction="inbound",
                outcome="answered", actor=CUSTOMER, number=NUMBER, started_at=clock.now(), talk_s=61,
                note="Zephyrine calmed down",
            )  # fmt: skip
    work()
    return ticket


def work() -> None:
    while outbox.run_next(EFFECTS, "w"):
        pass


def where(word: str) -> set[str]:
    """Tables that hold `word` anywhere."""
    with reading() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        return {
            table
            for table in tables
            if session.scalar(text(f"SELECT 1 FROM {table} t WHERE t::text ILIKE :like LIMIT 1"), {"like": f"%{word}%"})
        }


def reference_of(customer: int) -> str:
    with reading() as session:
        return session.get_one(Customer, customer).reference


@pytest.fixture(autouse=True)
def console(database: str) -> None:
    providers.use_sms(ConsoleSms(db.engine()))


def test_nothing_tells_any_more_who_it_was() -> None:
    customer = somebody()
    ticket = lived(customer)
    assert {"customers", "messages", "ticket_entries", "events", "interactions"} <= where("Zephyrine") | where(NUMBER)
    erase_customer(customer, typed=f" {reference_of(customer).lower()} ", actor=person(create_user("administrator")))
    work()
    # The outbox forgets settled rows after days; a refusal is kept with the number alone.
    allowed = {"outbox", "consents"}
    assert {word: where(word) - allowed for word in SECRETS} == {word: set() for word in SECRETS}
    with reading() as session:
        assert [(c.purpose, c.state, c.customer_id, c.proof) for c in session.scalars(select(Consent))] == [
            ("survey", "withdrawn", None, "")
        ]
        kept = session.get_one(Ticket, ticket)
        assert (kept.subject, kept.state) == (kept.reference, "resolved")
        assert session.scalars(select(Interaction.talk_s)).all() == [61, 61]
        told = session.scalars(select(Event).where(Event.name == "customer.erased")).one()
        assert told.after == {"reference": reference_of(customer), "recordings": 0, "texts": 2}
        assert session.scalars(select(Event.id).where(Event.name == "customer.created")).one()
        assert_invariants(session, clock.now())


def test_twice_is_as_once_and_only_with_the_reference() -> None:
    customer, boss = somebody(), person(create_user("administrator"))
    with pytest.raises(Invalid):
        erase_customer(customer, typed="C-1", actor=boss)
    assert "customers" in where("Zephyrine")
    for _click in range(2):
        erase_customer(customer, typed=reference_of(customer), actor=boss)
    with reading() as session:
        assert len(session.scalars(select(Event).where(Event.name == "customer.erased")).all()) == 1
    with pytest.raises(Conflict):
        add_note(customer, "Zephyrine again", actor=boss)


def test_open_work_is_finished_first() -> None:
    customer = somebody()
    written(create_queue(), customer_id=customer)
    with reading() as session:
        assert extent_of(session, customer).obstacles == (("open_work", 1),)
    with pytest.raises(Conflict):
        erase_customer(customer, typed=reference_of(customer), actor=CLI)
    assert "customers" in where("Zephyrine")


def test_a_number_that_others_have_too_stays_theirs() -> None:
    customer = somebody()
    with transaction() as session:
        add_customer(session, name="Flatmate", actor=CLI, phones=[NUMBER])
    shared = receive_sms(NUMBER, "It is one of us", "console", "IN1")
    work_of_it = {"messages", "customer_phones"}
    with transaction() as session:  # the ticket of that text is nobody's
        session.execute(text("UPDATE outbox SET state = 'done' WHERE topic = 'sms.received'"))
    erase_customer(customer, typed=reference_of(customer), actor=CLI)
    assert work_of_it <= where(NUMBER)
    with reading() as session:
        assert session.get_one(Message, shared).body == "It is one of us"


def test_who_said_stop_is_never_written_to_again() -> None:
    customer = somebody()
    receive_sms(NUMBER, "STOP", "console", "IN1")
    erase_customer(customer, typed=reference_of(customer), actor=CLI)
    with reading() as session:
        assert is_opted_out(session, NUMBER)


def test_rows_that_never_change_still_do_not() -> None:
    customer, other = somebody(), somebody("Other", OTHERS)
    ticket = lived(customer)
    erase_customer(customer, typed=reference_of(customer), actor=CLI)
    for statement in (
        f"UPDATE events SET after = NULL WHERE subject = 'customer' AND subject_id = {other}",
        f"UPDATE events SET name = 'x' WHERE subject = 'customer' AND subject_id = {customer}",
        f"""UPDATE events SET after = '{{"a": 1}}' WHERE subject = 'customer' AND subject_id = {customer}""",
        "UPDATE events SET after = NULL WHERE subject = 'ticket'",
        f"UPDATE ticket_entries SET body = 'other' WHERE ticket_id = {ticket}",
        f"UPDATE ticket_entries SET body = '', kind = 'note' WHERE ticket_id = {ticket}",
        f"DELETE FROM ticket_entries WHERE ticket_id = {ticket}",
    ):
        with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
            session.execute(text(statement))


class Stubborn:
    """A carrier that keeps what is on its way."""

    name = "carrier"

    def __init__(self) -> None:
        self.on_its_way = True
        self.deleted: list[str] = []

    def send(self, text: object) -> Receipt:
        return Receipt("P1", "sent")

    def erase(self, provider_id: str) -> None:
        if self.on_its_way:
            raise SmsNotTaken("not_final")
        self.deleted.append(provider_id)


def test_the_carrier_is_asked_until_it_has_let_go() -> None:
    carrier = Stubborn()
    providers.use_sms(carrier)  # type: ignore[arg-type]
    customer = somebody()
    with transaction() as session:
        queue_sms(
            session, number=NUMBER, body="Hello Zephyrine", customer_id=customer, contact_id=None, template_id=None,
            language="en", intent_key=None, author_id=None, actor=CLI, any_hour=True,
        )  # fmt: skip
    work()
    erase_customer(customer, typed=reference_of(customer), actor=CLI)
    with transaction() as session:  # as if all tries of the outbox had been in vain
        session.execute(text("UPDATE outbox SET attempts = 9 WHERE topic = :topic"), {"topic": ERASE_TOPIC})
    work()
    with reading() as session:
        assert session.scalars(select(OutboxRow.state).where(OutboxRow.topic == ERASE_TOPIC)).all() == ["dead"]
        assert session.scalars(select(Event.reason).where(Event.name == "sms.erase_failed")).all() == ["not_final"]
    carrier.on_its_way = False
    for _slot in range(2):
        erase_left(clock.now())
    work()
    assert carrier.deleted == ["P1"]
    with reading() as session:
        assert session.scalars(select(Message.carrier_erased_at)).one() is not None
