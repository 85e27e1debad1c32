"""A customer's call comes in: claimed number, topic, language, a place in line."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.calls.legs import customer_leg
from app.calls.locks import lock_call, move_call, touch_call
from app.calls.models import Call, CallLeg
from app.calls.refusing import CLOSED, FULL, QueueClosed, QueueFull, is_full, turn_away
from app.customers.lookup import find_by_number
from app.customers.models import Customer
from app.customers.services import record_consent
from app.db import transaction
from app.domain.call import CallEvent
from app.errors import NotFound
from app.eventlog import CUSTOMER, person, record_event
from app.live import touch
from app.queues.hours import queue_hours
from app.queues.intake import enqueue_work
from app.queues.models import Queue, Topic
from app.queues.work import Reservation, WorkItem

#: The words the caller agreed to; a new wording gets a new version.
NOTICE_VERSION = "2026-11-23"
#: The same with the words about recording.
RECORDING_NOTICE_VERSION = "2026-11-23-recording"
#: Those that say that a colleague in training may listen: nobody else is listened to.
NOTICES_OF_LISTENERS = frozenset({NOTICE_VERSION, RECORDING_NOTICE_VERSION})
#: What the telephone says.
SPOKEN_NOTICE_VERSION = "2026-11"
SPOKEN_RECORDING_NOTICE_VERSION = "2026-11-recording"


_ONE_START = text("SELECT pg_advisory_xact_lock(hashtext('start call'), hashtext(:key))")


@dataclass(frozen=True, slots=True)
class StartedCall:
    """The call's public name and the number of the caller's leg: what the page's signed cookie is bound to."""

    public_id: str
    leg_id: int


def start_call(
    *,
    topic_code: str,
    language: str,
    number: str,
    name: str,
    start_key: str,
    max_waiting: int,
    recording_consent: str = "not_told",
    simulated: bool = False,
) -> StartedCall:
    """The call, waiting in the topic's queue.

    `number` is E.164 or empty, a claim either way; `start_key` makes the same click sent twice one call. A caller who
    is refused called all the same: the contact is kept and counted before the refusal is raised. `recording_consent`
    is what the notice on the page said of recording and what the caller chose ("not_told", "told", "refused").
    `simulated` is the living demo's: no page can ask for it.

    Raises:
        NotFound: no such topic.
        QueueClosed: the queue is closed; says until when.
        QueueFull: as many callers wait as the queue takes, or `max_waiting` of them. Both name the call that was
            turned away.
    """
    with transaction() as session:
        session.execute(_ONE_START, {"key": start_key})  # the same click twice at once: the second waits
        outcome = _known(session, start_key)
        if outcome is None:
            topic = session.scalar(select(Topic).where(Topic.code == topic_code, Topic.active, Topic.public))
            if topic is None:
                raise NotFound(code="topic_unknown")
            queue = session.get_one(Queue, topic.queue_id)
            refusal = refusal_of(session, queue, max_waiting)
            started = _start(
                session,
                topic,
                queue,
                refusal,
                language=language,
                number=number,
                name=name,
                key=start_key,
                recording_consent=recording_consent,
                simulated=simulated,
            )
            outcome = _named(refusal, started) if refusal is not None else started
    if isinstance(outcome, StartedCall):
        return outcome
    raise outcome


def _known(session: Session, start_key: str) -> StartedCall | QueueClosed | QueueFull | None:
    """What became of the same click before."""
    call = session.scalar(select(Call).where(Call.start_key == start_key))
    if call is None:
        return None
    started = StartedCall(call.public_id, customer_leg(session, call).id)
    if call.end_reason == FULL:
        return _named(QueueFull(), started)
    if call.end_reason == CLOSED:
        item = session.get_one(WorkItem, call.work_item_id)
        queue = session.get_one(Queue, item.queue_id)
        return _named(QueueClosed(queue, queue_hours(session, queue, clock.now())), started)
    return started


def _named(refusal: QueueClosed | QueueFull, started: StartedCall) -> QueueClosed | QueueFull:
    refusal.public_id, refusal.leg_id = started.public_id, started.leg_id
    return refusal


def refusal_of(session: Session, queue: Queue, max_waiting: int) -> QueueClosed | QueueFull | None:
    """Why the queue takes nobody in now, if so."""
    hours = queue_hours(session, queue, clock.now())
    if not hours.open:
        return QueueClosed(queue, hours)
    return QueueFull() if is_full(session, queue, max_waiting) else None


def _start(
    session: Session,
    topic: Topic,
    queue: Queue,
    refusal: QueueClosed | QueueFull | None,
    *,
    language: str,
    number: str,
    name: str,
    key: str,
    recording_consent: str,
    simulated: bool,
) -> StartedCall:
    now = clock.now()
    customer = only_candidate(session, number)
    call = Call(
        public_id=secrets.token_hex(16),
        contact_id=str(uuid.uuid4()),
        start_key=key,
        state="initiated",
        number=number,
        claimed_name=name,
        language=language,
        customer_id=customer.id if customer else None,
        notice_version=NOTICE_VERSION if recording_consent == "not_told" else RECORDING_NOTICE_VERSION,
        recording_consent=recording_consent,
        started_at=now,
    )
    session.add(call)
    session.flush()
    leg = CallLeg(call_id=call.id, role="customer", state="joining", joined_at=now, lost_at=now)
    session.add(leg)
    session.flush()
    record_event(
        session,
        "call.initiated",
        "call",
        call.id,
        actor=CUSTOMER,
        after={
            "state": "initiated",
            "topic": topic.code,
            "language": language,
            "notice": call.notice_version,
            "recording": recording_consent,
        },
        contact_id=call.contact_id,
    )
    put_in_line(session, call, topic, queue, refusal, source="call_page", now=now, simulated=simulated)
    return StartedCall(call.public_id, leg.id)


def put_in_line(
    session: Session,
    call: Call,
    topic: Topic,
    queue: Queue,
    refusal: QueueClosed | QueueFull | None,
    *,
    source: str,
    now: datetime,
    simulated: bool = False,
) -> None:
    """The caller's place in the line of the topic, or the kind end of the call where the queue takes nobody in.

    `source` says where the notice was given. Participant; the call is locked, or new.
    """
    customer = session.get(Customer, call.customer_id) if call.customer_id is not None else None
    if call.number:
        record_consent(
            session,
            address=call.number,
            customer_id=call.customer_id,
            purpose="call",
            state="given",
            source=source,
            proof=call.notice_version,
            actor=CUSTOMER,
        )
    item = enqueue_work(
        session,
        kind="call",
        queue=queue,
        contact_id=call.contact_id,
        now=now,
        actor=CUSTOMER,
        customer_id=call.customer_id,
        language=call.language,
        topic_id=topic.id,
        key_account=customer is not None and customer.tier == "key",
        preferred_agent_id=customer.preferred_agent_id if customer else None,
        even_closed=refusal is not None,
        simulated=simulated,
    )
    call.work_item_id = item.id
    if refusal is None:
        move_call(session, call, CallEvent.ENQUEUE, actor=CUSTOMER)
    else:
        reason = CLOSED if isinstance(refusal, QueueClosed) else FULL
        turn_away(session, call, item, reason=reason, now=now, actor=CUSTOMER)


def only_candidate(session: Session, number: str) -> Customer | None:
    """The customer the number belongs to, when it belongs to one only: a shared number names nobody."""
    if not number:
        return None
    candidates = find_by_number(session, number)
    return candidates[0] if len(candidates) == 1 else None


def link_customer(call_id: int, customer_id: int, agent_id: int) -> None:
    """The agent who speaks with the caller says who it is: one of the candidates, or a new profile.

    Raises:
        NotFound: the agent takes no part in the call, or there is no such customer.
    """
    with transaction() as session:
        call = lock_call(session, call_id)
        handled = session.scalar(
            select(Reservation.id)
            .join(WorkItem, WorkItem.id == Reservation.work_item_id)
            .where(WorkItem.contact_id == call.contact_id, Reservation.agent_id == agent_id)
            .where(Reservation.state.in_(("accepted", "active", "wrapping")))
        )
        if handled is None or session.get(Customer, customer_id) is None:
            raise NotFound(code="customer_unknown")
        before = call.customer_id
        call.customer_id = customer_id
        record_event(
            session,
            "call.customer_linked",
            "call",
            call.id,
            actor=person(agent_id),
            before={"customer": before},
            after={"customer": customer_id},
            contact_id=call.contact_id,
        )
        touch_call(session, call)
        touch(session, "agent", agent_id)
