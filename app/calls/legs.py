"""Parties of a call and the sound between them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.agents.models import Agent, AgentSocket
from app.calls.models import Call, CallLeg, CallLink
from app.calls.steering import on_telephone, steer
from app.live import touch


def add_leg(
    session: Session, call: Call, role: str, *, agent_id: int | None, reservation_id: int | None, now: datetime
) -> CallLeg:
    """A new party of the call, invited; an agent's leg lives on the page that is the agent's telephone."""
    leg = CallLeg(
        call_id=call.id, role=role, agent_id=agent_id, reservation_id=reservation_id, state="invited", joined_at=now
    )
    agent = session.get(Agent, agent_id) if agent_id is not None else None
    if agent is not None and agent.device_sid is not None:
        socket = session.get(AgentSocket, agent.device_sid)
        leg.page, leg.sid = agent.device_page, agent.device_sid
        leg.process_id = socket.process_id if socket is not None else None
    session.add(leg)
    session.flush()
    steer(session, call)
    return leg


def customer_leg(session: Session, call: Call) -> CallLeg:
    """The customer's own leg; every call has one."""
    return session.scalars(select(CallLeg).where(CallLeg.call_id == call.id, CallLeg.role == "customer")).one()


def agent_legs(session: Session, call: Call) -> Sequence[CallLeg]:
    """Leg of every agent who takes part and has not left, owner first. A listener takes no part."""
    return session.scalars(
        select(CallLeg)
        .where(CallLeg.call_id == call.id, CallLeg.role.not_in(("customer", "listener")), CallLeg.state != "left")
        .order_by(CallLeg.role, CallLeg.id)
    ).all()


def leg_of_agent(session: Session, call: Call, agent_id: int) -> CallLeg | None:
    """The agent's own leg in the call, if the agent takes part and does not merely listen."""
    return session.scalar(
        select(CallLeg).where(
            CallLeg.call_id == call.id,
            CallLeg.agent_id == agent_id,
            CallLeg.role != "listener",
            CallLeg.state != "left",
        )
    )


def open_link(session: Session, call: Call, caller: CallLeg, callee: CallLeg, now: datetime) -> CallLink:
    """Sound between two legs: the first one's page offers, the other answers."""
    link = CallLink(call_id=call.id, caller_leg_id=caller.id, callee_leg_id=callee.id, opened_at=now)
    session.add(link)
    session.flush()
    return link


def open_links_of(session: Session, leg: CallLeg) -> Sequence[CallLink]:
    """Links of a leg that are not closed."""
    return session.scalars(
        select(CallLink).where(
            or_(CallLink.caller_leg_id == leg.id, CallLink.callee_leg_id == leg.id), CallLink.state != "closed"
        )
    ).all()


def link_between(session: Session, one: CallLeg, other: CallLeg) -> CallLink | None:
    """The open link between two legs, whoever called."""
    pair = (one.id, other.id)
    return session.scalar(
        select(CallLink).where(
            CallLink.caller_leg_id.in_(pair), CallLink.callee_leg_id.in_(pair), CallLink.state != "closed"
        )
    )


def close_link(session: Session, link: CallLink, now: datetime) -> None:
    """No more sound over this link; messages about it are dropped from now on."""
    link.state, link.closed_at = "closed", now


def leave(session: Session, leg: CallLeg, now: datetime) -> None:
    """The party is out: its links close."""
    for link in open_links_of(session, leg):
        close_link(session, link, now)
    leg.state, leg.left_at = "left", now
    session.flush()
    if leg.agent_id is not None:
        touch(session, page_view(leg), leg.agent_id)
    steer(session, session.get_one(Call, leg.call_id))


def leave_all(session: Session, call: Call, now: datetime) -> None:
    """Everybody is out."""
    for leg in session.scalars(select(CallLeg).where(CallLeg.call_id == call.id, CallLeg.state != "left")).all():
        leave(session, leg, now)


def renegotiate(session: Session, leg: CallLeg) -> None:
    """A page came anew: its links start again under the next epoch, and both sides hear of it.

    On the telephone the carrier says whether the old page's sound has ended; if so, the new page is rung.
    """
    call = session.get_one(Call, leg.call_id)
    if on_telephone(call):
        if leg.place == "gone":
            leg.place, leg.provider_sid = "", ""
        steer(session, call)
        return
    for link in open_links_of(session, leg):
        session.execute(
            update(CallLink)
            .where(CallLink.id == link.id)
            .values(epoch=CallLink.epoch + 1, state="open", caller_up=False, callee_up=False)
        )
        session.refresh(link)
        touch_link(session, link)


def page_view(leg: CallLeg) -> str:
    """The image that the page of an agent's leg shows: the desk's, or that of who listens on a page of its own."""
    return "listening" if leg.role == "listener" else "agent"


def touch_link(session: Session, link: CallLink) -> None:
    """Mark the pages of both legs stale."""
    legs = session.scalars(select(CallLeg).where(CallLeg.id.in_((link.caller_leg_id, link.callee_leg_id)))).all()
    for leg in legs:
        if leg.agent_id is not None:
            touch(session, page_view(leg), leg.agent_id)
        else:
            public_id = session.scalar(select(Call.public_id).where(Call.id == link.call_id))
            touch(session, "call", public_id or "")
