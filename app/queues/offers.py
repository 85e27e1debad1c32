"""Moves of a reservation and of its work item. Participants: the caller holds the locks above (call, item)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.agents.models import Agent
from app.db import compare_and_set
from app.domain.timers import ACCEPT_TO_BRIDGE_S
from app.errors import Conflict, NotFound
from app.eventlog import Actor, record_event
from app.live import touch
from app.queues.presence_marks import apply_pending_intent, charge_miss, cool_down, refresh_display
from app.queues.wake import wake_router
from app.queues.work import Reservation, WorkItem

LIVE = ("pending", "accepted", "active", "wrapping")


def lock_item(session: Session, item_id: int) -> WorkItem:
    """The work item, locked until the end of the transaction."""
    item = session.get(WorkItem, item_id, with_for_update=True, populate_existing=True)
    if item is None:
        raise NotFound(code="work_item_unknown")
    return item


def lock_reservation(session: Session, reservation_id: int) -> Reservation:
    """The reservation, locked until the end of the transaction."""
    reservation = session.get(Reservation, reservation_id, with_for_update=True, populate_existing=True)
    if reservation is None:
        raise NotFound(code="reservation_unknown")
    return reservation


def live_reservation(session: Session, item_id: int) -> Reservation | None:
    """The one live reservation of an item, locked, if there is one."""
    return session.scalar(
        select(Reservation)
        .where(Reservation.work_item_id == item_id, Reservation.state.in_(LIVE))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _moved(
    session: Session,
    reservation: Reservation,
    name: str,
    before: str,
    *,
    actor: Actor,
    item: WorkItem,
    now: datetime,
    reason: str = "",
) -> None:
    record_event(
        session,
        f"reservation.{name}",
        "reservation",
        reservation.id,
        actor=actor,
        reason=reason,
        before={"state": before},
        after={
            "state": reservation.state,
            "agent": reservation.agent_id,
            "item": item.state,
            "epoch": reservation.epoch,
        },
        contact_id=item.contact_id,
        at=now,
    )
    touch(session, "agent", reservation.agent_id)
    touch(session, "queue", item.queue_id)
    touch(session, "team", "all")


def _set_reservation(session: Session, reservation: Reservation, expected: tuple[str, ...], **values: Any) -> str:
    before = reservation.state
    compare_and_set(session, Reservation, reservation.id, expected, **values)
    return before


def _set_item(session: Session, item: WorkItem, expected: tuple[str, ...], **values: Any) -> None:
    compare_and_set(session, WorkItem, item.id, expected, version=WorkItem.version + 1, **values)


def accept(
    session: Session,
    reservation: Reservation,
    item: WorkItem,
    *,
    agent_id: int,
    epoch: int,
    now: datetime,
    actor: Actor,
) -> None:
    """pending -> accepted. Accepted is not connected: the bridge must stand within ACCEPT_TO_BRIDGE_S seconds.

    Raises:
        NotFound: the offer is somebody else's.
        Conflict: another epoch, too late, or no longer pending.
    """
    if reservation.agent_id != agent_id:
        raise NotFound(code="reservation_unknown")
    agent = session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)
    if agent.epoch != epoch:  # the agent's, not the offer's: a page loaded anew while it rings may answer (I14)
        raise Conflict(code="stale_epoch")
    if reservation.state == "pending" and reservation.deadline is not None and reservation.deadline <= now:
        raise Conflict(code="offer_expired")
    before = _set_reservation(
        session,
        reservation,
        ("pending",),
        state="accepted",
        epoch=epoch,
        accepted_at=now,
        deadline=now + timedelta(seconds=ACCEPT_TO_BRIDGE_S),
    )
    refresh_display(session, [agent_id], now)
    _moved(session, reservation, "accepted", before, actor=actor, item=item, now=now)


def activate(session: Session, reservation: Reservation, item: WorkItem, *, now: datetime, actor: Actor) -> None:
    """accepted -> active and reserved -> assigned: the bridge stands (answered-at)."""
    before = _set_reservation(session, reservation, ("accepted",), state="active", active_at=now, deadline=None)
    _set_item(session, item, ("reserved",), state="assigned", answered_at=now)
    today = now.date()
    agent = session.get_one(Agent, reservation.agent_id, with_for_update=True, populate_existing=True)
    agent.contacts_today = agent.contacts_today + 1 if agent.contacts_on == today else 1
    agent.contacts_on = today
    agent.misses = 0
    refresh_display(session, [agent.id], now)
    _moved(session, reservation, "active", before, actor=actor, item=item, now=now)


def send_back(
    session: Session,
    reservation: Reservation,
    item: WorkItem,
    *,
    state: str,
    reason: str,
    now: datetime,
    actor: Actor,
    cool_down_s: int = 0,
    miss_limit: int | None = None,
    requeue: bool = True,
) -> None:
    """The offer ends as `state` and the item goes back to its own place in line (I7).

    A consult is for one colleague only: with `requeue` off its item is canceled instead. `miss_limit` is given
    when a miss is to be charged (RONA): at that many in a row the agent turns to "missed".
    """
    before = _set_reservation(
        session, reservation, ("pending", "accepted"), state=state, reason=reason, ended_at=now, deadline=None
    )
    if requeue:
        _set_item(session, item, ("reserved",), state="queued")
    else:
        _set_item(session, item, ("reserved",), state="canceled", reason=reason, ended_at=now)
    if cool_down_s:
        cool_down(session, reservation.agent_id, now + timedelta(seconds=cool_down_s))
    if miss_limit is not None:
        charge_miss(session, reservation.agent_id, limit=miss_limit, now=now, actor=actor)
    apply_pending_intent(session, reservation.agent_id, now=now, actor=actor)
    refresh_display(session, [reservation.agent_id], now)
    _moved(session, reservation, state, before, actor=actor, item=item, now=now, reason=reason)
    wake_router(session, item.pool)


def withdraw_offer(
    session: Session, reservation: Reservation, item: WorkItem, *, reason: str, now: datetime, actor: Actor
) -> None:
    """The work is gone while it was offered: pending or accepted -> canceled, no miss charged."""
    before = _set_reservation(
        session, reservation, ("pending", "accepted"), state="canceled", reason=reason, ended_at=now, deadline=None
    )
    apply_pending_intent(session, reservation.agent_id, now=now, actor=actor)
    refresh_display(session, [reservation.agent_id], now)
    _moved(session, reservation, "canceled", before, actor=actor, item=item, now=now, reason=reason)
    wake_router(session, item.pool)


def cancel_item(session: Session, item: WorkItem, *, reason: str, now: datetime, actor: Actor) -> None:
    """queued, reserved or parked -> canceled(reason): the customer left, or the work went elsewhere."""
    before = item.state
    _set_item(session, item, ("queued", "reserved", "parked"), state="canceled", reason=reason, ended_at=now)
    record_event(
        session,
        "work_item.canceled",
        "work_item",
        item.id,
        actor=actor,
        reason=reason,
        before={"state": before},
        after={"state": "canceled"},
        contact_id=item.contact_id,
        at=now,
    )
    touch(session, "queue", item.queue_id)


def start_wrap(
    session: Session,
    reservation: Reservation,
    item: WorkItem,
    *,
    acw_s: int,
    reason: str,
    now: datetime,
    actor: Actor,
    shown: bool = True,
) -> None:
    """active -> wrapping, assigned -> wrapping: the media ended, after-call work begins, capacity stays held.

    Not `shown` when it ends in the same transaction: nobody was in wrap-up for no time at all.
    """
    before = _set_reservation(
        session,
        reservation,
        ("active",),
        state="wrapping",
        reason=reason,
        wrapping_at=now,
        deadline=now + timedelta(seconds=acw_s),
    )
    _set_item(session, item, ("assigned",), state="wrapping", reason=reason)
    if shown:
        refresh_display(session, [reservation.agent_id], now)
    _moved(session, reservation, "wrapping", before, actor=actor, item=item, now=now, reason=reason)


def finish(
    session: Session,
    reservation: Reservation,
    item: WorkItem,
    *,
    now: datetime,
    actor: Actor,
    frees_agent: bool = True,
) -> None:
    """wrapping -> completed and the item closed: the agent is free, idle from now, a pending intent applies.

    Without `frees_agent` the same transaction gives the agent the next work at once (a warm transfer).
    """
    before = _set_reservation(session, reservation, ("wrapping",), state="completed", ended_at=now, deadline=None)
    _set_item(session, item, ("wrapping",), state="closed", ended_at=now)
    if frees_agent:
        session.execute(update(Agent).where(Agent.id == reservation.agent_id).values(idle_since=now))
        apply_pending_intent(session, reservation.agent_id, now=now, actor=actor)
        refresh_display(session, [reservation.agent_id], now)
    _moved(session, reservation, "completed", before, actor=actor, item=item, now=now)
    wake_router(session, item.pool)


def park(
    session: Session, reservation: Reservation, item: WorkItem, *, reason: str, now: datetime, actor: Actor
) -> None:
    """active -> completed, assigned -> parked: written work waits for somebody else and holds nobody's capacity."""
    before = _set_reservation(
        session, reservation, ("active",), state="completed", reason=reason, ended_at=now, deadline=None
    )
    _set_item(session, item, ("assigned",), state="parked", reason=reason)
    apply_pending_intent(session, reservation.agent_id, now=now, actor=actor)
    _moved(session, reservation, "completed", before, actor=actor, item=item, now=now, reason=reason)
    wake_router(session, item.pool)


def close_parked(session: Session, item: WorkItem, *, reason: str, now: datetime, actor: Actor) -> None:
    """parked -> closed: the wait is over; what follows is another leg, whose waiting time is its own."""
    _set_item(session, item, ("parked",), state="closed", reason=reason, ended_at=now)
    record_event(
        session,
        "work_item.closed",
        "work_item",
        item.id,
        actor=actor,
        reason=reason,
        before={"state": "parked"},
        after={"state": "closed"},
        contact_id=item.contact_id,
        at=now,
    )
    touch(session, "queue", item.queue_id)
