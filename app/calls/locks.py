"""Taking a call's rows in the order of the house: call, work item, reservation."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.listening_course import TALKING, follow
from app.calls.models import Call
from app.calls.steering import steer
from app.domain.call import CallEvent, CallState, advance
from app.domain.moves import IllegalMove
from app.errors import Conflict, NotFound
from app.eventlog import Actor, record_event
from app.live import touch
from app.queues.offers import lock_item, lock_reservation
from app.queues.work import Reservation, WorkItem


def lock_call(session: Session, call_id: int) -> Call:
    """The call, locked until the end of the transaction."""
    call = session.get(Call, call_id, with_for_update=True, populate_existing=True)
    if call is None:
        raise NotFound(code="call_unknown")
    return call


def lock_call_of_contact(session: Session, contact_id: str) -> Call:
    """The call of a contact, locked until the end of the transaction."""
    call = session.scalar(
        select(Call).where(Call.contact_id == contact_id).with_for_update().execution_options(populate_existing=True)
    )
    if call is None:
        raise NotFound(code="call_unknown")
    return call


def lock_offer(session: Session, reservation_id: int) -> tuple[Call, WorkItem, Reservation]:
    """Call, work item and reservation of an offer, locked in that order.

    Raises:
        NotFound: there is no such offer, or it is not about a call.
    """
    ids = session.execute(
        select(WorkItem.contact_id, WorkItem.id)
        .join(Reservation, Reservation.work_item_id == WorkItem.id)
        .where(Reservation.id == reservation_id)
    ).one_or_none()
    if ids is None:
        raise NotFound(code="reservation_unknown")
    call = lock_call_of_contact(session, ids.contact_id)
    item = lock_item(session, ids.id)
    return call, item, lock_reservation(session, reservation_id)


def lock_calls_of_items(session: Session, items: Sequence[int]) -> set[int]:
    """Ids of the items whose call row could be locked at once; the others wait for the next router pass."""
    rows = session.execute(
        select(Call.work_item_id)
        .where(Call.work_item_id.in_(items), Call.state == "queued")
        .order_by(Call.id)
        .with_for_update(skip_locked=True)
    )
    return {row.work_item_id for row in rows}


def move_call(session: Session, call: Call, event: CallEvent, *, actor: Actor, reason: str = "") -> None:
    """Move a locked call by `event`, log it and mark the customer's page stale.

    Raises:
        Conflict: the call cannot have this event in its state.
    """
    before = call.state
    try:
        call.state = advance(CallState(before), event).value
    except IllegalMove as error:
        raise Conflict(code="moved_on") from error
    record_event(
        session,
        f"call.{call.state}",
        "call",
        call.id,
        actor=actor,
        reason=reason,
        before={"state": before},
        after={"state": call.state, "owner": call.owner_id},
        contact_id=call.contact_id,
    )
    touch_call(session, call)
    steer(session, call)
    if before in TALKING:  # only then can anybody listen
        follow(session, call, actor=actor)


def touch_call(session: Session, call: Call) -> None:
    """Mark the customer's page and every desk that shows the call stale."""
    touch(session, "call", call.public_id)
    if call.owner_id is not None:
        touch(session, "agent", call.owner_id)
