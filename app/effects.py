"""EFFECTS: which function runs an outbox topic. The one table where effects outside the database are
wired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls import listening_course
from app.calls.callbacks import callback_of, create_callback, end_untalked, lock_callbacks_of_items
from app.calls.locks import lock_call, lock_calls_of_items
from app.calls.models import Callback
from app.calls.offering import mark_offering
from app.calls.outbound import MACHINE
from app.calls.steering import TOPIC as STEER_TOPIC
from app.calls.steering import VOICEMAIL_TOPIC
from app.domain.callback import CallbackEvent
from app.domain.quality_call import Outcome
from app.errors import Conflict
from app.eventlog import Actor
from app.messages import delivery, erasing, reports
from app.messages.receiving import RECEIVED_TOPIC
from app.messages.reports import REPORT_TOPIC
from app.messages.services import SEND_TOPIC
from app.outbox import Effect
from app.phones import hanging_up
from app.phones import steering as phones
from app.quality import doors, interviews
from app.quality.models import QualityCallback
from app.queues import wrapping
from app.queues.control import tell_agent
from app.queues.models import Queue
from app.queues.router import WorkKind
from app.recordings import carrier
from app.tickets import conversation, routing
from app.tickets.intake import Request, add_ticket
from app.training.shadowing import count_heard
from app.voicemail import telephone as spoken
from app.webhooks import delivery as webhooks
from app.webhooks.models import TOPIC as WEBHOOK_TOPIC

EFFECTS: Mapping[str, Effect] = {
    SEND_TOPIC: delivery.SEND,
    RECEIVED_TOPIC: conversation.TAKE,
    erasing.ERASE_TOPIC: erasing.ERASE,
    REPORT_TOPIC: reports.REPORT,
    WEBHOOK_TOPIC: webhooks.DELIVER,
    carrier.TOPIC: carrier.FOLLOW,
    VOICEMAIL_TOPIC: spoken.TAKE,
    STEER_TOPIC: phones.STEER,
    hanging_up.TOPIC: hanging_up.OVER_TOLD,
}

#: What each feature adds to a router pass for its kind of work.
WORK_KINDS: Mapping[str, WorkKind] = {
    "call": WorkKind(lock=lock_calls_of_items, offered=mark_offering),
    "callback": WorkKind(lock=lock_callbacks_of_items, offered=mark_offering),
    "quality": WorkKind(lock=lock_callbacks_of_items, offered=mark_offering),
    "ticket": routing.KIND,
}

#: What a kind of work adds to the wrap-up of its calls.
WRAP_UP_PARTS: Mapping[str, wrapping.Part] = {"quality": interviews.PART}

#: Queue that takes what has to be put right after a quality call, where there is one of this name.
RECOVERY_QUEUE = "complaints"
#: Why a quality call ended whose customer rather answers on the page, and the code of what its caller is told.
IN_WRITING = "in_writing"


def _put_in_line(session: Session, asked: QualityCallback, contact_id: str, until: datetime, actor: Actor) -> str:
    promise = create_callback(
        session,
        kind="quality",
        number=asked.number,
        customer_id=asked.customer_id,
        language=asked.language,
        topic_id=None,
        queue=session.get_one(Queue, asked.queue_id),
        contact_id=contact_id,
        now=clock.now(),
        actor=actor,
        rated_agent_id=asked.rated_agent_id,
        expires_at=until,
    )
    return promise.token


def _withdraw(session: Session, token: str, actor: Actor) -> bool:
    call_id = session.scalars(select(Callback.call_id).where(Callback.token == token)).one()
    try:
        with session.begin_nested():
            end_untalked(session, lock_call(session, call_id), CallbackEvent.CANCEL, now=clock.now(), actor=actor)
    except Conflict:
        return False
    return True


def _in_writing(session: Session, token: str, actor: Actor) -> int | None:
    call = lock_call(session, session.scalars(select(Callback.call_id).where(Callback.token == token)).one())
    if callback_of(session, call).state not in ("waiting", "ringing", "unanswered"):
        raise Conflict(code="moved_on")
    rang = call.owner_id
    end_untalked(session, call, CallbackEvent.CANCEL, now=clock.now(), actor=actor, reason=IN_WRITING)
    if rang is not None:
        tell_agent(session, rang, IN_WRITING, reason="", actor=actor)
    return rang


def _over_as(session: Session, token: str) -> Outcome | None:
    promise = session.scalars(select(Callback).where(Callback.token == token)).one()
    if promise.ended_at is None:
        return None
    if promise.state == "done":  # they spoke: the wrap-up says how it went, whenever it is saved
        return None
    if promise.reason == MACHINE:
        return Outcome.VOICEMAIL
    if promise.state == "canceled" and promise.reason != "canceled":  # a colleague's order, in their words
        return Outcome.CANCELED
    return Outcome.REFUSED if promise.state in ("declined", "canceled") else Outcome.NO_ANSWER


def _open_ticket(
    session: Session, asked: QualityCallback, subject: str, body: str, channel: str, actor: Actor
) -> tuple[int, str]:
    queue_id = session.scalar(select(Queue.id).where(Queue.code == RECOVERY_QUEUE, Queue.active))
    request = Request(
        channel=channel,
        subject=subject,
        body=body,
        queue_id=queue_id or asked.queue_id,
        customer_id=asked.customer_id,
        number=asked.number,
        language=asked.language,
        priority=5,
    )
    ticket = add_ticket(session, request, actor=actor, even_closed=True)
    return ticket.id, ticket.contact_id


#: What quality callbacks need of their siblings, which they may not import.
QUALITY_DOORS = doors.Doors(
    put_in_line=_put_in_line,
    withdraw=_withdraw,
    in_writing=_in_writing,
    over_as=_over_as,
    open_ticket=_open_ticket,
)

wrapping.use(WRAP_UP_PARTS)
doors.use(QUALITY_DOORS)
listening_course.use(count_heard)
listening_course.use(count_heard)
