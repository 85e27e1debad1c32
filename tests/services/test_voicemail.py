"""Messages of callers whom nobody answers: recorded in chunks, never lost, a ticket in the end, counted once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from app import clock
from app.agents.models import Agent
from app.board.images import board_image
from app.calls import cookie, inbound
from app.calls.caller_image import caller_image
from app.calls.models import Call
from app.calls.refusing import QueueClosed, QueueFull
from app.calls.sweeps import sweep_calls
from app.customers.models import Interaction
from app.customers.services import add_customer
from app.db import reading, transaction
from app.domain.recording import LARGEST_CHUNK
from app.errors import Conflict, Invalid, NotFound, TooMany
from app.eventlog import CLI
from app.messages.models import Message
from app.queues.calendars import OpeningCalendar
from app.queues.figures import conservation
from app.queues.models import Queue
from app.queues.work import WorkItem
from app.recordings.keeping import end_lost, erase_recordings
from app.recordings.models import Recording, RecordingChunk
from app.tickets.models import Ticket, TicketEntry
from app.tickets.queries import entries
from app.voicemail import services
from app.voicemail.delivery import deliver_left
from app.voicemail.models import Voicemail
from app.voicemail.records import Address
from tests.fixtures.desk import Caller, call_of, connect, create_agent, create_queue, offer_of, ring_in, route, sit_down
from tests.invariants.checks import assert_invariants

NUMBER = "+447700900318"
HERE = Address(number=NUMBER)
WEBM = "audio/webm;codecs=opus"
FIRST = b"\x1a\x45\xdf\xa3" + b"\x00" * 400
MORE = b"\x11" * 400


@pytest.fixture(autouse=True)
def nothing_broken(database: str) -> Iterator[None]:
    """Whatever a test did, every invariant of the house holds at its end, the balance of each queue among them."""
    yield
    with reading() as session:
        assert_invariants(session, datetime.now(UTC) + timedelta(days=1))


@pytest.fixture
def queue(database: str) -> int:
    return create_queue()


def close(queue_id: int) -> None:
    """Closed by its calendar, whatever the day: it has no hours at all."""
    with transaction() as session:
        calendar = OpeningCalendar(name="Never", zone="UTC")
        session.add(calendar)
        session.flush()
        session.get_one(Queue, queue_id).calendar_id = calendar.id


def turned_away(number: str = "", most: int = 1000) -> int:
    """Id of the call of somebody whom the queue does not take in."""
    with pytest.raises((QueueClosed, QueueFull)) as refused:
        inbound.start_call(
            topic_code="parcel", language="en", number=number, name="Ann", start_key=uuid4().hex, max_waiting=most
        )
    with reading() as session:
        return session.scalars(select(Call.id).where(Call.public_id == refused.value.public_id)).one()


def record(call_id: int, *, seconds: float = 12.5, finish: bool = True) -> str:
    """Name of a message of two chunks."""
    started = services.start_message(call_id, media_type=WEBM)
    services.keep_chunk(call_id, started.public_id, 0, FIRST)
    services.keep_chunk(call_id, started.public_id, 1, MORE)
    if finish:
        services.finish_message(call_id, started.public_id, duration_s=seconds, chunks=2)
    return started.public_id


def ticket_of(reference: str) -> Ticket:
    with reading() as session:
        return session.scalars(select(Ticket).where(Ticket.reference == reference)).one()


def tickets() -> list[Ticket]:
    with reading() as session:
        return list(session.scalars(select(Ticket).order_by(Ticket.id)))


def outcomes() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Interaction.outcome).order_by(Interaction.id)))


def messages_of(call_id: int) -> list[str]:
    with reading() as session:
        states = select(Voicemail.state).where(Voicemail.call_id == call_id).order_by(Voicemail.id)
        return list(session.scalars(states))


def image_of(caller: Caller) -> dict[str, object]:
    with reading() as session:
        image = caller_image(session, caller.public_id)
    assert image is not None
    return dict(image["message"])


def test_a_closed_queue_takes_a_message_that_an_agent_is_given(queue: int) -> None:
    with transaction() as session:
        customer = add_customer(session, name="Ann Lee", phones=[NUMBER], actor=CLI).id
    close(queue)
    call_id = turned_away(NUMBER)
    sent = services.send_message(call_id, record(call_id), HERE)
    assert sent.by_sms
    ticket = ticket_of(sent.reference)
    assert (ticket.channel, ticket.queue_id, ticket.state, ticket.subject) == (
        "voicemail", queue, "new", "Voice message, 0:12",
    )  # fmt: skip
    assert (ticket.customer_id, ticket.number, ticket.claimed_name) == (customer, NUMBER, "Ann")
    with reading() as session:
        [entry] = entries(session, ticket.id)[:1]
        assert (entry.kind, entry.channel) == ("message_in", "voicemail")
        assert (entry.recording["state"], entry.recording["duration_s"]) == ("complete", 12.5)
        assert session.scalars(select(Message.body)).one().startswith(f"We have your request {sent.reference}")
    agent = sit_down(create_agent(queue))
    route()
    offer = offer_of(agent.agent_id)
    assert offer is not None
    assert (offer.state, offer.channel, offer.work_item_id) == ("active", "ticket", ticket.work_item_id)


def test_the_call_keeps_its_outcome_and_the_message_is_counted_in_its_own_right(queue: int) -> None:
    close(queue)
    call_id = turned_away()
    services.send_message(call_id, record(call_id), HERE)
    assert outcomes() == ["closed"]
    with reading() as session:
        balance = conservation(session, queue)
    assert (balance.offered, balance.closed, balance.voicemails, balance.waiting) == (2, 1, 0, 1)
    assert balance.balanced


def test_the_board_counts_messages_that_nobody_has_in_hand(queue: int) -> None:
    def counted() -> int:
        with reading() as session:
            [row] = board_image(session, "all")["queues"]
        return int(row.get("voicemails", 0))

    close(queue)
    for call_id in (turned_away(), turned_away()):
        services.send_message(call_id, record(call_id), HERE)
    assert counted() == 2
    sit_down(create_agent(queue, max_ticket=1))
    route()
    assert counted() == 1


def test_nobody_without_a_certificate_is_given_a_message(queue: int) -> None:
    close(queue)
    call_id = turned_away()
    sit_down(create_agent(queue, certified=False))
    sent = services.send_message(call_id, record(call_id), HERE)
    route()
    with reading() as session:
        assert session.get_one(WorkItem, ticket_of(sent.reference).work_item_id).state == "queued"


def test_a_full_queue_takes_a_message(queue: int) -> None:
    ring_in()
    call_id = turned_away(most=1)
    sent = services.send_message(call_id, record(call_id), Address(email="ann@example.com"))
    assert not sent.by_sms
    assert ticket_of(sent.reference).email == "ann@example.com"
    assert outcomes() == ["queue_full"]


def test_whoever_waited_as_long_as_may_be_may_leave_a_message(queue: int) -> None:
    with transaction() as session:
        session.get_one(Queue, queue).max_wait_s = 60
    caller = ring_in()
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        sweep_calls()
        assert call_of(caller).end_reason == "max_wait"
        assert image_of(caller) == {"allowed": True, "days": 90, "nobody": False}
        services.send_message(caller.call_id, record(caller.call_id), HERE)
    assert outcomes() == ["max_wait"]


def test_a_caller_is_told_that_nobody_is_here_and_played_seats_are_nobody(queue: int) -> None:
    caller = ring_in()
    played = sit_down(create_agent(queue)).agent_id  # whoever sits down is a person: made a played seat afterwards
    with transaction() as session:
        session.get_one(Agent, played).simulated = True
    sit_down(create_agent(queue, certified=False))
    assert image_of(caller) == {"allowed": True, "days": 90, "nobody": True}
    sit_down(create_agent(queue))
    assert image_of(caller) == {"allowed": True, "days": 90, "nobody": False}


def test_recording_takes_a_waiting_caller_out_of_the_line(queue: int) -> None:
    caller = ring_in()
    agent = sit_down(create_agent(queue))
    route()
    offer = offer_of(agent.agent_id)
    assert offer is not None
    public_id = record(caller.call_id)
    call = call_of(caller)
    assert (call.state, call.end_reason) == ("ended", "voicemail")
    assert outcomes() == ["voicemail"]
    assert offer_of(agent.agent_id) is None  # what rang is taken back, and no miss is charged
    services.send_message(caller.call_id, public_id, HERE)
    with reading() as session:
        balance = conservation(session, queue)
    assert (balance.offered, balance.voicemails, balance.waiting) == (2, 1, 1)
    assert balance.balanced


def test_nobody_who_was_answered_leaves_a_message(queue: int) -> None:
    caller = ring_in()
    connect(caller, sit_down(create_agent(queue)))
    assert image_of(caller) == {"allowed": False, "days": 90, "nobody": False}
    with pytest.raises(Conflict) as refused:
        services.start_message(caller.call_id, media_type=WEBM)
    assert refused.value.code == "voicemail_answered"
    assert call_of(caller).state == "connected"


def test_an_interrupted_message_arrives_as_far_as_it_was_heard(queue: int) -> None:
    close(queue)
    call_id = turned_away(NUMBER)
    start = clock.now()
    with clock.frozen(start):
        public_id = services.start_message(call_id, media_type=WEBM).public_id
    with clock.frozen(start + timedelta(seconds=2)):
        services.keep_chunk(call_id, public_id, 0, FIRST)
    with clock.frozen(start + timedelta(seconds=40)):
        assert deliver_left(clock.now()) == 0  # the page may only be slow
    later = start + timedelta(seconds=63)
    with clock.frozen(later):
        assert end_lost(later) == 1
        assert deliver_left(later) == 1
        assert deliver_left(later) == 0
    [ticket] = tickets()
    assert ticket.number == NUMBER
    with reading() as session:
        assert entries(session, ticket.id)[0].recording["state"] == "incomplete"
    # The laptop is opened again: the rest arrives at the same ticket.
    with clock.frozen(start + timedelta(seconds=300)):
        services.keep_chunk(call_id, public_id, 1, MORE)
        services.finish_message(call_id, public_id, duration_s=4, chunks=2)
        assert services.send_message(call_id, public_id, HERE).reference == ticket.reference
    with reading() as session:
        assert entries(session, ticket.id)[0].recording["state"] == "complete"


def test_a_message_that_was_spoken_and_not_sent_arrives_after_a_while(queue: int) -> None:
    close(queue)
    call_id = turned_away()
    public_id = record(call_id)
    now = clock.now()
    assert deliver_left(now + timedelta(minutes=9)) == 0
    assert deliver_left(now + timedelta(minutes=11)) == 1
    [ticket] = tickets()
    assert (ticket.number, ticket.email) == ("", "")
    # The caller comes back to the page and sends it: the address is not lost.
    assert services.send_message(call_id, public_id, HERE) == services.Sent(ticket.reference, True)
    assert tickets()[0].number == NUMBER


def test_nothing_spoken_is_no_message(queue: int) -> None:
    close(queue)
    call_id = turned_away()
    services.start_message(call_id, media_type=WEBM)
    later = clock.now() + timedelta(seconds=70)
    end_lost(later)
    assert deliver_left(later) == 0
    assert (tickets(), messages_of(call_id)) == ([], ["discarded"])


def test_sent_twice_is_sent_once(queue: int) -> None:
    close(queue)
    call_id = turned_away()
    public_id = record(call_id)
    assert services.send_message(call_id, public_id, HERE) == services.send_message(call_id, public_id, HERE)
    assert len(tickets()) == 1
    with pytest.raises(Conflict) as refused:
        services.start_message(call_id, media_type=WEBM)
    assert refused.value.code == "voicemail_sent"


def test_recorded_anew_deletes_what_was_said_before(queue: int) -> None:
    close(queue)
    call_id = turned_away()
    first = record(call_id)
    second = record(call_id)
    with reading() as session:
        states = dict(session.execute(select(Recording.public_id, Recording.state)).all())  # type: ignore[arg-type]
        kept = session.scalar(select(func.count()).select_from(RecordingChunk))
    assert states == {first: "deleted", second: "complete"}
    assert kept == 2
    with pytest.raises(Conflict) as refused:
        services.send_message(call_id, first, HERE)
    assert refused.value.code == "voicemail_gone"


def test_a_message_may_be_thrown_away(queue: int) -> None:
    close(queue)
    call_id = turned_away()
    public_id = record(call_id)
    services.discard_message(call_id, public_id)
    services.discard_message(call_id, public_id)
    assert deliver_left(clock.now() + timedelta(hours=1)) == 0
    assert messages_of(call_id) == ["discarded"]


def test_the_tries_of_a_call_end(queue: int) -> None:
    close(queue)
    call_id = turned_away()
    for _ in range(10):
        services.start_message(call_id, media_type=WEBM)
    with pytest.raises(TooMany):
        services.start_message(call_id, media_type=WEBM)


def test_a_message_of_another_call_is_nobody_s(queue: int) -> None:
    close(queue)
    mine, other = turned_away(), turned_away()
    public_id = record(other)
    for step in (
        lambda: services.keep_chunk(mine, public_id, 2, MORE),
        lambda: services.finish_message(mine, public_id, duration_s=1, chunks=2),
        lambda: services.discard_message(mine, public_id),
        lambda: services.send_message(mine, public_id, HERE),
    ):
        with pytest.raises(NotFound):
            step()


def test_a_forged_cookie_opens_nothing(queue: int) -> None:
    close(queue)
    call_id = turned_away()
    with reading() as session:
        name = session.get_one(Call, call_id).public_id
        leg_id = session.scalar(text("SELECT id FROM call_legs WHERE call_id = :id"), {"id": call_id})
    started = inbound.StartedCall(name, leg_id)
    assert cookie.open_sealed("s" * 32, cookie.seal("s" * 32, started)) == (call_id, name)
    with pytest.raises(NotFound):
        cookie.open_sealed("s" * 32, cookie.seal("t" * 32, started))


@pytest.mark.parametrize(
    ("media_type", "data", "code"),
    [
        (WEBM, b"\x1a\x45\xdf\xa3" + b"\x00" * LARGEST_CHUNK, "recording_chunk_size"),
        (WEBM, b"", "recording_chunk_size"),
        (WEBM, b"<html>not sound</html>", "recording_not_sound"),
        ("text/html", FIRST, "recording_kind_unknown"),
    ],
)
def test_what_is_no_sound_is_refused(queue: int, media_type: str, data: bytes, code: str) -> None:
    close(queue)
    call_id = turned_away()
    with pytest.raises(Invalid) as refused:
        public_id = services.start_message(call_id, media_type=media_type).public_id
        services.keep_chunk(call_id, public_id, 0, data)
    assert refused.value.code == code


def test_a_message_that_goes_on_and_on_is_cut(queue: int) -> None:
    close(queue)
    call_id = turned_away()
    public_id = services.start_message(call_id, media_type=WEBM).public_id
    with clock.frozen(clock.now() + timedelta(minutes=5)), pytest.raises(Invalid) as refused:
        services.keep_chunk(call_id, public_id, 0, FIRST)
    assert refused.value.code == "recording_too_long"


def test_a_typed_message_is_a_ticket_too(queue: int) -> None:
    caller = ring_in()
    sent = services.write_message(caller.call_id, "My parcel is wet.\r\nPlease call.", HERE)
    again = services.write_message(caller.call_id, "My parcel is wet.", HERE)
    assert sent == again
    [ticket] = tickets()
    assert (ticket.channel, ticket.subject, ticket.number) == ("web", "My parcel is wet.", NUMBER)
    assert (call_of(caller).end_reason, outcomes()) == ("voicemail", ["voicemail"])
    with reading() as session:
        assert session.scalar(select(TicketEntry.body).where(TicketEntry.kind == "message_in")) == (
            "My parcel is wet.\nPlease call."
        )
    with pytest.raises(Invalid):
        services.write_message(caller.call_id, "  ", HERE)


def test_the_erasure_of_a_customer_takes_the_messages_too(queue: int) -> None:
    with transaction() as session:
        customer = add_customer(session, name="Ann Lee", phones=[NUMBER], actor=CLI).id
    close(queue)
    call_id = turned_away(NUMBER)
    services.send_message(call_id, record(call_id), HERE)
    with transaction() as session:
        assert erase_recordings(session, customer, now=clock.now(), actor=CLI) == 1
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(RecordingChunk)) == 0


def test_a_queue_closed_for_good_still_keeps_the_message(queue: int) -> None:
    caller = ring_in()
    with transaction() as session:
        session.get_one(Queue, queue).active = False
    sent = services.send_message(caller.call_id, record(caller.call_id), HERE)
    assert ticket_of(sent.reference).queue_id == queue
