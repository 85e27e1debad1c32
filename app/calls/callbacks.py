"""Callbacks in line: made, set aside while the customer's page is closed, brought back at the same place, ended.

A callback is a contact of its own with an outbound call that waits like any other; only the order in which the two
sides come is another one: first the agent, then the customer (app/calls/outbound.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.carrier import BROWSER, carrier_of
from app.calls.legs import customer_leg, leave_all
from app.calls.locks import move_call
from app.calls.models import Call, Callback, CallLeg
from app.calls.record import record_lost_caller
from app.calls.steering import on_telephone, steer
from app.domain.call import CallEvent
from app.domain.callback import FINAL, CallbackEvent, CallbackState, advance
from app.domain.moves import IllegalMove
from app.errors import Conflict, NotFound
from app.eventlog import Actor, record_event
from app.live import touch
from app.queues import offers
from app.queues.barring import bar_agents, is_barred
from app.queues.intake import enqueue_work
from app.queues.models import Queue
from app.queues.parking import bring_back, set_aside
from app.queues.work import WorkItem

#: Kinds of work that ring the agent first and the customer then.
KINDS = ("callback", "quality")
#: A callback that nobody asked for: an agent rings a customer from the profile (app/calls/dialling.py).
DIALLED = "dialled"
#: Why a callback is set aside.
PAGE_CLOSED, NOT_REACHED = "page_closed", "not_reached"
#: What the profile remembers of one that ended without a talk.
OUTCOME = {"unreachable": "not_reached", "declined": "refused", "canceled": "canceled", "expired": "expired"}


def create_callback(
    session: Session,
    *,
    kind: str,
    number: str,
    customer_id: int | None,
    language: str,
    topic_id: int | None,
    queue: Queue,
    contact_id: str,
    now: datetime,
    actor: Actor,
    enqueued_at: datetime | None = None,
    rank_at: datetime | None = None,
    priority: int | None = None,
    from_call: Call | None = None,
    preferred_agent_id: int | None = None,
    rated_agent_id: int | None = None,
    claimed_name: str = "",
    expires_at: datetime | None = None,
    simulated: bool = False,
    made_as: str = "",
) -> Callback:
    """The callback: in line where a carrier rings the number, else aside until the page /callback/<token> is open.

    Participant.

    `contact_id` names a new contact. `enqueued_at`, `rank_at` and `priority` are the place it takes over (the virtual
    start: who chose to be called back is served as if still on the line). `rated_agent_id` is barred from the contact.
    Without `expires_at` the promise is kept for the queue's `callback_hours`. `made_as` is DIALLED where nobody asked.
    """
    token = secrets.token_hex(16)
    # Of the demo's own people only those who rang by telephone have one
    at_a_page = simulated and (from_call is None or not on_telephone(from_call))
    provider = BROWSER if at_a_page else carrier_of(number)
    if rated_agent_id is not None and not is_barred(session, contact_id, rated_agent_id):
        bar_agents(session, contact_id, {rated_agent_id: "rated"}, actor=actor)
    call = Call(
        public_id=secrets.token_hex(16),
        contact_id=contact_id,
        start_key=f"back-{token}",
        provider=provider,
        direction="outbound",
        state="initiated",
        number=number,
        number_verified=from_call is not None and from_call.number_verified and from_call.number == number,
        claimed_name=claimed_name or (from_call.claimed_name if from_call is not None else ""),
        language=language,
        customer_id=customer_id,
        notice_version=from_call.notice_version if from_call is not None else "",
        recording_consent=from_call.recording_consent if from_call is not None else "not_told",
        started_at=now,
    )
    session.add(call)
    session.flush()
    away_since = None if on_telephone(call) else now
    session.add(CallLeg(call_id=call.id, role="customer", state="invited", joined_at=now, lost_at=away_since))
    record_event(
        session,
        "call.initiated",
        "call",
        call.id,
        actor=actor,
        after={"state": "initiated", "direction": "outbound", "language": language},
        contact_id=contact_id,
    )
    item = enqueue_work(
        session,
        kind=kind,
        queue=queue,
        contact_id=contact_id,
        now=now,
        actor=actor,
        customer_id=customer_id,
        language=language,
        topic_id=topic_id,
        preferred_agent_id=preferred_agent_id,
        enqueued_at=enqueued_at,
        even_closed=True,  # it was promised while the queue was open, or somebody ordered it by hand
        simulated=simulated,
    )
    if rank_at is not None:
        item.rank_at = rank_at
    if priority is not None:  # a supervisor may have changed it: the next change starts from there
        item.priority = priority
    call.work_item_id = item.id
    callback = Callback(
        token=token,
        kind=made_as or kind,
        call_id=call.id,
        from_call_id=from_call.id if from_call is not None else None,
        state="waiting",
        expires_at=expires_at or now + timedelta(hours=queue.callback_hours),
        created_at=now,
    )
    session.add(callback)
    session.flush()
    record_event(
        session,
        "callback.waiting",
        "callback",
        callback.id,
        actor=actor,
        after={"state": "waiting", "call": call.id, "expires_at": callback.expires_at.isoformat()},
        contact_id=contact_id,
    )
    move_call(session, call, CallEvent.ENQUEUE, actor=actor)
    if not on_telephone(call):
        set_aside(session, item, reason=PAGE_CLOSED, now=now, actor=actor)
    return callback


def callback_of(session: Session, call: Call) -> Callback:
    """The callback of an outbound call; the call's row is locked, which locks the callback as well.

    Raises:
        NotFound: the call is none.
    """
    callback = session.scalar(
        select(Callback).where(Callback.call_id == call.id).execution_options(populate_existing=True)
    )
    if callback is None:
        raise NotFound(code="call_unknown")
    return callback


def find_callback(session: Session, call: Call) -> Callback | None:
    """The callback of a call, None for one that a customer made."""
    return callback_of(session, call) if call.direction == "outbound" else None


def is_callback(item: WorkItem) -> bool:
    """Whether the customer has to be rung for this leg; a leg after a transfer has them on the line already."""
    return item.kind in KINDS


def move_callback(
    session: Session,
    call: Call,
    callback: Callback,
    event: CallbackEvent,
    *,
    now: datetime,
    actor: Actor,
    reason: str = "",
    ring_until: datetime | None = None,
) -> None:
    """Move a callback by `event` and log it; pages that show it become stale. The call is locked.

    Raises:
        Conflict: it cannot have this event in its state.
    """
    before = callback.state
    try:
        after = advance(CallbackState(before), event)
    except IllegalMove as error:
        raise Conflict(code="moved_on") from error
    callback.state, callback.ring_until = after.value, ring_until
    if after in FINAL:
        callback.ended_at, callback.reason = now, reason or after.value
    session.flush()
    record_event(
        session,
        f"callback.{callback.state}",
        "callback",
        callback.id,
        actor=actor,
        reason=reason,
        before={"state": before},
        after={"state": callback.state, "attempts": callback.attempts},
        contact_id=call.contact_id,
    )
    touch(session, "call", call.public_id)
    if call.owner_id is not None:
        touch(session, "agent", call.owner_id)
    steer(session, call)


def can_ring(session: Session, call: Call) -> bool:
    """Whether the customer could hear a ring: by telephone, or while their page is connected."""
    return on_telephone(call) or customer_leg(session, call).lost_at is None


def page_closed(session: Session, call: Call, *, now: datetime, actor: Actor) -> None:
    """Set a waiting callback aside because nobody would hear it ring. Participant; the call is locked."""
    if call.state != "queued" or call.work_item_id is None or on_telephone(call):
        return
    item = offers.lock_item(session, call.work_item_id)
    if is_callback(item) and item.state == "queued":
        set_aside(session, item, reason=PAGE_CLOSED, now=now, actor=actor)
        touch(session, "call", call.public_id)


def page_back(session: Session, call: Call, *, now: datetime, actor: Actor, said_so: bool = False) -> None:
    """Bring a callback back to its place: the page is open again, or the customer says that they are here.

    One that nobody answered stays aside until its time or until somebody says so. Participant; the call is locked.
    """
    if call.direction != "outbound" or call.state != "queued" or call.work_item_id is None:
        return
    item = offers.lock_item(session, call.work_item_id)
    if not is_callback(item) or item.state != "parked" or not can_ring(session, call):
        return  # said on an old tab whose place another page has taken, and left: nobody would hear it ring
    callback = callback_of(session, call)
    if item.reason == NOT_REACHED and not said_so and (callback.again_at is None or callback.again_at > now):
        return
    callback.again_at = None
    bring_back(session, item, reason="page_open", now=now, actor=actor)
    touch(session, "call", call.public_id)


def back_in_line(session: Session, call: Call, item: WorkItem, *, now: datetime, actor: Actor) -> None:
    """An attempt came to nothing: wait on, aside if the page is closed. Participant; the call is queued again."""
    callback = callback_of(session, call)
    if callback.state != "waiting":
        move_callback(session, call, callback, CallbackEvent.BACK, now=now, actor=actor)
    leg = customer_leg(session, call)
    if leg.state != "left":
        leg.state = "invited"
    if callback.kind == DIALLED:  # somebody else would not know why to ring
        end_untalked(session, call, CallbackEvent.CANCEL, now=now, actor=actor, reason="agent_lost")
        return
    if not can_ring(session, call):
        set_aside(session, item, reason=PAGE_CLOSED, now=now, actor=actor)
    touch(session, "call", call.public_id)


def end_untalked(
    session: Session, call: Call, event: CallbackEvent, *, now: datetime, actor: Actor, reason: str = ""
) -> None:
    """The callback is over without a talk: offer withdrawn, item canceled, profile told. Participant; call locked.

    Raises:
        Conflict: it is over already, or they talk.
    """
    callback = callback_of(session, call)
    item = offers.lock_item(session, call.work_item_id or 0)
    if not is_callback(item) or item.state not in ("queued", "reserved", "parked"):
        raise Conflict(code="moved_on")
    reservation = offers.live_reservation(session, item.id)
    owner_id = call.owner_id
    move_callback(session, call, callback, event, now=now, actor=actor, reason=reason)
    outcome = callback.state
    if reservation is not None:
        offers.withdraw_offer(session, reservation, item, reason=outcome, now=now, actor=actor)
    offers.cancel_item(session, item, reason=outcome, now=now, actor=actor)
    record_lost_caller(session, call, item, outcome=OUTCOME[outcome], actor=actor)
    leave_all(session, call, now)
    call.end_reason, call.ended_at = outcome, now
    move_call(session, call, CallEvent.END, actor=actor, reason=outcome)
    if owner_id is not None:
        touch(session, "agent", owner_id)


def talk_over(session: Session, call: Call, *, now: datetime, actor: Actor) -> None:
    """The call of a callback ended after a talk: the promise is kept. Participant."""
    callback = find_callback(session, call)
    if callback is not None and callback.state == "connected":
        move_callback(session, call, callback, CallbackEvent.END, now=now, actor=actor)


def lock_callbacks_of_items(session: Session, items: Sequence[int]) -> set[int]:
    """Ids of the items whose call could be locked and whose customer's page is connected: nobody else is rung for."""
    rows = session.execute(
        select(Call.work_item_id)
        .join(CallLeg, (CallLeg.call_id == Call.id) & (CallLeg.role == "customer"))
        .where(Call.work_item_id.in_(items), Call.state == "queued", CallLeg.lost_at.is_(None))
        .order_by(Call.id)
        .with_for_update(of=Call, skip_locked=True)
    )
    return {row.work_item_id for row in rows}
