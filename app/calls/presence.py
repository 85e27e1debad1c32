"""Pages that carry a leg of a call: where they are, and what happens to the call when they are gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from app import clock
from app.calls.callbacks import PAGE_CLOSED, back_in_line, is_callback, page_back, page_closed
from app.calls.ending import consult_leg, end_consult, end_for_customer, recover
from app.calls.legs import customer_leg, link_between, renegotiate
from app.calls.locks import lock_call, move_call
from app.calls.models import Call, CallLeg
from app.calls.steering import on_telephone
from app.db import reading, transaction
from app.domain.call import CallEvent
from app.domain.timers import CALLER_GRACE_S, PROCESS_LOST_GRACE_S, REJOIN_GRACE_S
from app.eventlog import CUSTOMER, SWEEP
from app.live import touch
from app.queues import offers
from app.queues.presence import Seat, dead_processes, forget_processes, take_seat
from app.queues.presence import leave_seat as leave_agent_seat


def desk_says_hello(agent_id: int, *, sid: str, process_id: str, tab: str, page: str, take_over: bool = False) -> Seat:
    """A desk page connects. A new load of the telephone page starts its media links again (epoch + 1)."""
    with transaction() as session:
        # Who listens does so on a page of its own (listening.py): the desk does not carry that leg
        carried = CallLeg.agent_id == agent_id, CallLeg.role != "listener", CallLeg.state != "left"
        legs = session.scalars(select(CallLeg).where(*carried)).all()
        for leg in legs:
            lock_call(session, leg.call_id)
        seat = take_seat(session, agent_id, sid=sid, process_id=process_id, tab=tab, page=page, take_over=take_over)
        if seat.role == "device":
            for leg in legs:
                leg.lost_at = None
                leg.page, leg.sid, leg.process_id = page, sid, process_id
                if seat.new_page:
                    renegotiate(session, leg)
        return seat


def line_is_ready(agent_id: int) -> None:
    """The carrier can ring the agent's page from now on: whoever lost a telephone call by a reload is rung again."""
    with reading() as session:
        gone = (
            select(CallLeg.id, CallLeg.call_id)
            .join(Call, Call.id == CallLeg.call_id)
            .where(CallLeg.agent_id == agent_id, CallLeg.state != "left", CallLeg.place == "gone")
            .where(Call.provider != "browser")
        )
        found = session.execute(gone).all()
    for row in found:
        with transaction() as session:
            lock_call(session, row.call_id)
            leg = session.get_one(CallLeg, row.id, populate_existing=True)
            if leg.state != "left":
                renegotiate(session, leg)


def desk_is_gone(sid: str) -> None:
    """A desk page's socket is lost: its legs may rejoin for a while."""
    leave_agent_seat(sid)
    _mark_lost(sid)


def caller_says_hello(call_id: int, *, sid: str, process_id: str, page: str) -> None:
    """The customer's page connects, or connects again; a new load negotiates its media anew."""
    with transaction() as session:
        call = lock_call(session, call_id)
        leg = customer_leg(session, call)
        if leg.state == "left" or on_telephone(call):  # that page only watches
            return
        new_page = leg.page is not None and leg.page != page
        leg.page, leg.sid, leg.process_id, leg.lost_at = page, sid, process_id, None
        session.flush()
        if new_page:
            renegotiate(session, leg)
        page_back(session, call, now=clock.now(), actor=CUSTOMER)
        touch(session, "call", call.public_id)


def caller_is_gone(sid: str) -> None:
    """The customer's socket is lost; the page may come back within the grace."""
    _mark_lost(sid)


def _mark_lost(sid: str) -> None:
    now = clock.now()
    with transaction() as session:
        waiting = _lock_callbacks(session, CallLeg.sid == sid)
        session.execute(update(CallLeg).where(CallLeg.sid == sid).values(lost_at=now, sid=None))
        for call in waiting:
            page_closed(session, call, now=now, actor=CUSTOMER)


def _lock_callbacks(session: Session, whose: ColumnElement[bool]) -> Sequence[Call]:
    """The callbacks in line that these customers' pages would ring for; locked before their legs are touched."""
    ids = session.scalars(
        select(CallLeg.call_id)
        .join(Call, Call.id == CallLeg.call_id)
        .where(whose, CallLeg.role == "customer")
        .where(Call.direction == "outbound", Call.state != "ended")
        .order_by(Call.id)
    ).all()
    return [lock_call(session, call_id) for call_id in ids]


def sweep_legs() -> int:
    """Act on legs that stayed lost: customers who left, agents who are gone for good. How many calls moved."""
    now = clock.now()
    with transaction() as session:
        dead = dead_processes(session, now)
        if dead:  # a whole server came down: its pages get longer, since all of them must find it again
            later = now + timedelta(seconds=PROCESS_LOST_GRACE_S - CALLER_GRACE_S)
            gone = CallLeg.process_id.in_(dead) & CallLeg.sid.is_not(None)
            waiting = _lock_callbacks(session, gone)
            session.execute(update(CallLeg).where(gone).values(lost_at=later, sid=None))
            for call in waiting:
                page_closed(session, call, now=now, actor=SWEEP)
            forget_processes(session, dead)
    with reading() as session:
        customers = session.scalars(
            select(CallLeg.call_id)
            .join(Call, Call.id == CallLeg.call_id)
            .where(Call.state != "ended", CallLeg.role == "customer", CallLeg.state.not_in(("left", "invited")))
            .where(CallLeg.lost_at <= now - timedelta(seconds=CALLER_GRACE_S))
        ).all()
        owners = session.scalars(
            select(CallLeg.call_id)
            .where(CallLeg.role == "agent", CallLeg.state != "left")
            .where(CallLeg.lost_at <= now - timedelta(seconds=REJOIN_GRACE_S))
        ).all()
        advisers = session.scalars(
            select(CallLeg.call_id)
            .where(CallLeg.role == "consultee", CallLeg.state != "left")
            .where(CallLeg.lost_at <= now - timedelta(seconds=REJOIN_GRACE_S))
        ).all()
        unheard = session.scalars(
            select(CallLeg.call_id)
            .join(Call, Call.id == CallLeg.call_id)
            .where(Call.state == "offering", CallLeg.role == "customer", CallLeg.state == "invited")
            .where(CallLeg.lost_at <= now - timedelta(seconds=CALLER_GRACE_S))
        ).all()
    for call_id in customers:
        _end_if_still_lost(call_id, now)
    for call_id in unheard:
        _take_offer_back(call_id, now)
    for call_id in owners:
        _recover_if_still_lost(call_id, now)
    for call_id in advisers:
        _give_back_if_adviser_lost(call_id, now)
    return len(customers) + len(unheard) + len(owners) + len(advisers)


def _give_back_if_adviser_lost(call_id: int, now: datetime) -> None:
    """A colleague whose page is gone advises nobody: the owner has the caller back."""
    with transaction() as session:
        call = lock_call(session, call_id)
        leg = consult_leg(session, call)
        if call.state != "consulting" or leg is None or leg.lost_at is None:
            return
        if leg.lost_at <= now - timedelta(seconds=REJOIN_GRACE_S):
            end_consult(session, call, reason="agent_lost", actor=SWEEP)


def _end_if_still_lost(call_id: int, now: datetime) -> None:
    with transaction() as session:
        call = lock_call(session, call_id)  # the page may be back in this very moment
        leg = customer_leg(session, call)
        if leg.lost_at is None or leg.lost_at > now - timedelta(seconds=CALLER_GRACE_S):
            return
        if leg.state == "invited":
            return
        if call.state in ("connected", "held", "consulting", "transferred") and _sound_flows(session, call):
            return
        end_for_customer(session, call, reason="media_lost", actor=SWEEP)


def _take_offer_back(call_id: int, now: datetime) -> None:
    """A callback rings at an agent, but the customer's page is gone: nobody could be rung. No miss for the agent."""
    with transaction() as session:
        call = lock_call(session, call_id)
        lost_at = customer_leg(session, call).lost_at
        if call.state != "offering" or lost_at is None or lost_at > now - timedelta(seconds=CALLER_GRACE_S):
            return
        item = offers.lock_item(session, call.work_item_id or 0)
        reservation = offers.live_reservation(session, item.id)
        if not is_callback(item) or reservation is None or reservation.state != "pending":
            return
        offers.send_back(session, reservation, item, state="canceled", reason=PAGE_CLOSED, now=now, actor=SWEEP)
        move_call(session, call, CallEvent.OFFER_ENDED, actor=SWEEP, reason=PAGE_CLOSED)
        back_in_line(session, call, item, now=now, actor=SWEEP)


def _recover_if_still_lost(call_id: int, now: datetime) -> None:
    with transaction() as session:
        call = lock_call(session, call_id)
        if call.state not in ("connected", "held", "consulting", "transferred"):
            return
        leg = session.scalar(
            select(CallLeg).where(CallLeg.call_id == call.id, CallLeg.role == "agent", CallLeg.state != "left")
        )
        if leg is None or leg.lost_at is None or leg.lost_at > now - timedelta(seconds=REJOIN_GRACE_S):
            return
        if _sound_flows(session, call):
            return  # only the socket is gone: the two still talk, and the page will find the server again
        recover(session, call, reason="agent_lost", actor=SWEEP)


def _sound_flows(session: Session, call: Call) -> bool:
    """Whether the side that is still heard from says that sound arrives over the owner's link."""
    owner = session.scalar(
        select(CallLeg).where(CallLeg.call_id == call.id, CallLeg.role == "agent", CallLeg.state != "left")
    )
    if owner is None:
        return False
    link = link_between(session, owner, customer_leg(session, call))
    if link is None:
        return False
    owner_is_caller = link.caller_leg_id == owner.id
    owner_lost = owner.lost_at is not None
    if owner_lost and customer_leg(session, call).lost_at is not None:
        return False  # nobody is heard from: what they said last is no witness
    witness_up = (
        (link.callee_up if owner_is_caller else link.caller_up)
        if owner_lost
        else (link.caller_up if owner_is_caller else link.callee_up)
    )
    return witness_up
