"""What the two pages of a listening show: the listener's own, and the bar on the agent's desk."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls.ice import ice_for
from app.calls.listening_course import VIEW, silence
from app.calls.models import Call, CallLeg, CallLink, Listening
from app.domain.listening import LEAST_HEARD_S
from app.live import next_version
from app.queues.models import Queue
from app.security.models import User

__all__ = ["VIEW", "desk_listener", "listening_image"]


def listening_image(session: Session, key: str) -> dict[str, Any]:
    """What the person `key` listens to now, or how the last listening ended. Nothing in it is about the customer."""
    version = next_version(session)
    latest = session.scalar(
        select(Listening).where(Listening.listener_id == int(key)).order_by(Listening.id.desc()).limit(1)
    )
    image: dict[str, Any] = {"v": version, "now": clock.now().isoformat(), "current": None, "last": None}
    if latest is None:
        return image
    if latest.ended_at is not None:
        image["last"] = {
            "id": latest.id,
            "reason": latest.end_reason,
            "heard_s": latest.heard_s,
            "ended_at": latest.ended_at.isoformat(),
        }
        return image
    call, leg = session.get_one(Call, latest.call_id), session.get_one(CallLeg, latest.leg_id)
    image["current"] = {
        "id": latest.id,
        "call": latest.call_id,
        "agent": session.get_one(User, latest.agent_id).display_name,
        "queue": session.get_one(Queue, latest.queue_id).names,
        "since": call.answered_at.isoformat() if call.answered_at else latest.began_at.isoformat(),
        "heard_s": latest.heard_s,
        "hears_since": latest.hears_since.isoformat() if latest.hears_since else None,
        "silence": silence(session, latest),
        "least_s": LEAST_HEARD_S,
        # The one page that carries the leg: another tab only says so
        "page": leg.page,
        "links": _links(session, leg),
        "ice": ice_for(f"listen{latest.id}"),
    }
    return image


def _links(session: Session, leg: CallLeg) -> list[dict[str, Any]]:
    found = session.scalars(
        select(CallLink).where(CallLink.callee_leg_id == leg.id, CallLink.state != "closed").order_by(CallLink.id)
    )
    return [
        {"id": link.id, "epoch": link.epoch, "role": "callee", "peer": "agent", "state": link.state} for link in found
    ]


def desk_listener(session: Session, call: Call) -> dict[str, Any] | None:
    """Who listens to the call, as its agent sees it; None when nobody does."""
    row = session.execute(
        select(Listening, User.display_name)
        .join(User, User.id == Listening.listener_id)
        .where(Listening.call_id == call.id, Listening.ended_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    return {
        "id": row.Listening.id,
        "name": row.display_name,
        "since": row.Listening.began_at.isoformat(),
        "silence": silence(session, row.Listening),
    }
