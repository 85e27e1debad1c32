"""The customer's side of a callback: asking for it while waiting, answering, saying no, coming back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls.callbacks import callback_of, create_callback, end_untalked, page_back
from app.calls.ending import close_call
from app.calls.inbound import StartedCall
from app.calls.legs import customer_leg, leave_all
from app.calls.locks import lock_call
from app.calls.models import Call, Callback
from app.calls.outbound import pick_up
from app.calls.record import record_lost_caller
from app.calls.steering import on_telephone
from app.db import reading, transaction
from app.domain.callback import CallbackEvent
from app.errors import Conflict, NotFound
from app.eventlog import CUSTOMER
from app.queues import offers
from app.queues.models import Queue

#: Outcome of the queue leg that the caller gave up for a callback (I11), and the call's end.
REQUESTED = "callback_requested"
PLAYED_KEPT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Promise:
    """A callback as its page knows it: the token of its address, and what the page's cookie is bound to."""

    token: str
    started: StartedCall


def request_callback(call_id: int, *, number: str = "") -> Promise:
    """The waiting call ends and a callback takes its place in line. Asking twice is asking once.

    `number` is E.164 or empty (then the one given with the call is kept).

    Raises:
        Conflict: the caller does not wait in line any more; "about_to_be_answered" while an agent's telephone rings.
    """
    now = clock.now()
    with transaction() as session:
        call = lock_call(session, call_id)
        if call.direction == "outbound":  # the second click comes with the callback's own proof already
            return _promise(session, callback_of(session, call))
        known = session.scalar(select(Callback).where(Callback.from_call_id == call.id))
        if known is not None:
            return _promise(session, known)
        return _promise(session, leave_for_callback(session, call, number=number, now=now))


def leave_for_callback(session: Session, call: Call, *, number: str, now: datetime) -> Callback:
    """The caller leaves the line, and a callback takes the place. Participant; the call is locked.

    Raises:
        Conflict: as `request_callback`; nothing has changed then.
    """
    if call.state not in ("queued", "offering") or call.work_item_id is None:
        raise Conflict(code="callback_too_late")
    item = offers.lock_item(session, call.work_item_id)
    if item.state != "queued":
        raise Conflict(code="about_to_be_answered")
    offers.cancel_item(session, item, reason=REQUESTED, now=now, actor=CUSTOMER)
    record_lost_caller(session, call, item, outcome="callback", actor=CUSTOMER)
    leave_all(session, call, now)
    close_call(session, call, reason="callback", actor=CUSTOMER)
    return create_callback(
        session,
        kind="callback",
        number=number or call.number,
        customer_id=call.customer_id,
        language=item.language,
        topic_id=item.topic_id,
        queue=session.get_one(Queue, item.queue_id),
        contact_id=str(uuid.uuid4()),
        now=now,
        actor=CUSTOMER,
        enqueued_at=item.enqueued_at,
        rank_at=item.rank_at,
        priority=item.priority,
        from_call=call,
        # What the demo plays is not to be found in line half a day after it ended
        expires_at=now + PLAYED_KEPT if item.simulated else None,
        simulated=item.simulated,
    )


def find_promise(token: str) -> Promise:
    """The callback of this address.

    Raises:
        NotFound: there is none.
    """
    with reading() as session:
        callback = session.scalar(select(Callback).where(Callback.token == token))
        if callback is None:
            raise NotFound(code="call_unknown")
        return _promise(session, callback)


def _promise(session: Session, callback: Callback) -> Promise:
    call = session.get_one(Call, callback.call_id)
    return Promise(callback.token, StartedCall(call.public_id, customer_leg(session, call).id))


def answer(call_id: int) -> None:
    """The customer answers: the sound between both pages opens. Asking twice changes nothing.

    Raises:
        Conflict: it rings no more.
        NotFound: this call is no callback.
    """
    with transaction() as session:
        call = lock_call(session, call_id)
        callback = callback_of(session, call)
        if on_telephone(call):  # the page only watches: it is picked up where it rings
            raise Conflict(code="rings_no_more")
        pick_up(session, call, callback, now=clock.now())


def not_now(call_id: int) -> None:
    """The customer does not want the call: it is not tried again. Asking twice changes nothing.

    Raises:
        Conflict: it rings no more.
        NotFound: this call is no callback.
    """
    with transaction() as session:
        call = lock_call(session, call_id)
        callback = callback_of(session, call)
        if callback.state == "declined":
            return
        if callback.state not in ("ringing", "unanswered"):
            raise Conflict(code="rings_no_more")
        end_untalked(session, call, CallbackEvent.DECLINE, now=clock.now(), actor=CUSTOMER)


def here_again(call_id: int) -> None:
    """The customer, who did not answer before, is at the page: back to the place in line.

    Raises:
        NotFound: this call is no callback.
    """
    with transaction() as session:
        call = lock_call(session, call_id)
        callback_of(session, call)
        page_back(session, call, now=clock.now(), actor=CUSTOMER, said_so=True)
