"""The customer's own page: place in line, an honest band, and the sound links of the call."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.agents.models import Agent
from app.calls.callback_image import caller_callback
from app.calls.carrier import rings_telephones
from app.calls.desk_image import links_image
from app.calls.ice import ice_for
from app.calls.legs import customer_leg
from app.calls.models import Call
from app.calls.offer_image import topic_brief
from app.calls.recording import caller_recording
from app.domain.voicemail import is_in_line, may_leave_message
from app.domain.waiting_band import waiting_band
from app.live import next_version
from app.queues.hours import announced_texts
from app.queues.models import Queue
from app.queues.work import WorkItem

_AHEAD = text("""
SELECT count(*) FROM work_items WHERE queue_id = :queue AND pool = :pool AND state IN ('queued','reserved')
    AND channel = 'voice' AND kind <> 'consult' AND (rank_at, id) < (:rank, :id)""")

#: Agents who serve the queue now (connected and available, or in a contact), how many are free, and the mean
#: handling time of the queue's last 50 answered contacts, seconds.
_SERVING = text("""
SELECT count(*) AS serving, count(*) FILTER (WHERE i.state = 'available') AS free,
    (SELECT avg(talk_s + hold_s + acw_s) FROM (SELECT talk_s, hold_s, acw_s FROM interactions
        WHERE queue_id = :queue AND outcome = 'answered' ORDER BY id DESC LIMIT 50) recent) AS aht_s
FROM agents a JOIN queue_members m ON m.agent_id = a.id AND m.queue_id = :queue AND a.simulated = :simulated
JOIN agent_intervals i ON i.agent_id = a.id AND i.ended_at IS NULL
    AND i.state IN ('available','ringing','connecting','talking','wrap_up')
WHERE EXISTS (SELECT 1 FROM certificates c WHERE c.agent_id = a.id AND c.queue_id = :queue AND c.revoked_at IS NULL
    AND c.granted_on <= :today AND (c.expires_on IS NULL OR c.expires_on >= :today))""")

#: Whether anybody who may serve the queue is at work at all.
_SIGNED_IN = text("""
SELECT EXISTS (SELECT 1 FROM agents a
    JOIN queue_members m ON m.agent_id = a.id AND m.queue_id = :queue AND a.simulated = :simulated
    JOIN certificates c ON c.agent_id = a.id AND c.queue_id = :queue AND c.revoked_at IS NULL
        AND c.granted_on <= :today AND (c.expires_on IS NULL OR c.expires_on >= :today)
    WHERE a.session_state <> 'offline' AND a.intent <> 'offline')""")


def caller_image(session: Session, key: str) -> dict[str, Any] | None:
    """The image of the call with public id `key`; nothing in it belongs to anybody else."""
    version = next_version(session)
    call = session.scalar(select(Call).where(Call.public_id == key))
    if call is None:
        return None
    leg = customer_leg(session, call)
    item = session.get(WorkItem, call.work_item_id) if call.work_item_id else None
    queue = session.get_one(Queue, item.queue_id) if item else None
    waiting = call.state in ("queued", "offering", "bridging")
    owner = session.get(Agent, call.owner_id) if call.owner_id and not waiting else None
    held = call.state in ("held", "consulting") or (call.state == "transferred" and call.held_since is not None)
    return {
        "v": version,
        "now": clock.now().isoformat(),
        "call": call.public_id,
        "state": call.state,
        "end_reason": call.end_reason,
        "queue": {"names": queue.names} if queue else None,
        "topic": topic_brief(session, item.topic_id) if item else None,
        **(place_in_line(session, item) if item and waiting else {"position": None, "band": None}),
        "enqueued_at": item.enqueued_at.isoformat() if item and item.enqueued_at else None,
        "answered_at": call.answered_at.isoformat() if call.answered_at else None,
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "came_by": _came_by(session, item) if item and waiting else None,
        "announcements": announced_texts(session, queue.id) if queue and waiting else [],
        "agent": {"public_name": owner.public_name} if owner else None,
        "held": held,
        "hold_music": waiting or held,
        "callback": caller_callback(session, call, item),
        "links": links_image(session, leg) if leg.state != "left" else [],
        "ice": ice_for(call.public_id),
        "digits": call.digits,
        "number_given": bool(call.number),
        "rings_telephones": rings_telephones(),
        "message": _message(session, call, item, queue),
        "recording": caller_recording(session, call),
    }


def _came_by(session: Session, item: WorkItem) -> str | None:
    """How the caller got into this leg: "recovered", "transferred", "overflow", "moved"; None for the first."""
    if item.leg == 1:
        return None
    before = session.scalar(
        select(WorkItem.reason)
        .where(WorkItem.contact_id == item.contact_id, WorkItem.kind == "call", WorkItem.leg < item.leg)
        .order_by(WorkItem.leg.desc())
        .limit(1)
    )
    return before if before in ("transferred", "overflow", "moved") else "recovered"


def _message(session: Session, call: Call, item: WorkItem | None, queue: Queue | None) -> dict[str, Any]:
    """Whether the caller may leave a message, the days it is kept, and whether nobody is here who could answer."""
    waits = item is not None and is_in_line(call.state)
    return {
        "allowed": item is not None and item.kind == "call" and may_leave_message(call.state, call.end_reason),
        "days": queue.recording_days if queue else None,
        "nobody": waits and item is not None and not serves_anybody(session, item),
    }


def serves_anybody(session: Session, item: WorkItem) -> bool:
    """Whether somebody who may serve the queue is signed in, be it on a break: played seats are no people."""
    who = {"queue": item.queue_id, "simulated": item.simulated, "today": clock.now().date()}
    return bool(session.scalar(_SIGNED_IN, who))


def place_in_line(session: Session, item: WorkItem) -> dict[str, Any]:
    """Place and honest waiting band of a caller in line."""
    line = {"queue": item.queue_id, "pool": item.pool, "rank": item.rank_at, "id": item.id}
    ahead = session.scalar(_AHEAD, line) or 0
    who = {"queue": item.queue_id, "simulated": item.simulated, "today": clock.now().date()}
    serving = session.execute(_SERVING, who).one()
    return {
        "position": ahead + 1,
        "band": waiting_band(
            ahead + 1,
            serving.serving,
            float(serving.aht_s) if serving.aht_s is not None else None,
            serving.free,
        ),
    }
