"""What time does to calls: offers that ring out, waits and wrap-ups that ran over, bridges that never stood."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import text

from app import clock
from app.calls.answering import let_offer_lapse
from app.calls.callback_times import due_callbacks, let_expire, let_ring_out, try_again_now
from app.calls.ending import recover
from app.calls.listening import sweep_listenings
from app.calls.locks import lock_call
from app.calls.presence import sweep_legs
from app.calls.waiting_limits import due_waits, let_wait_end
from app.calls.wrapup import end_overdue
from app.db import reading, transaction
from app.domain.timers import ACCEPT_TO_BRIDGE_S
from app.errors import DeskError
from app.eventlog import SWEEP
from app.queues.presence import sweep_presence

log = logging.getLogger(__name__)

_LAPSED = text("""
SELECT r.id FROM reservations r JOIN work_items w ON w.id = r.work_item_id JOIN agents a ON a.id = r.agent_id
WHERE w.kind IN ('call','consult','callback','quality') AND r.state IN ('pending','accepted')
    AND (r.deadline <= :now OR a.session_state = 'offline') ORDER BY r.id LIMIT 200""")

#: Wrap-ups over their timer that can be saved (a disposition is in the draft) or that reached the hard cap.
_OVERDUE = text("""
SELECT r.id FROM reservations r JOIN work_items w ON w.id = r.work_item_id JOIN queues q ON q.id = w.queue_id
WHERE w.kind IN ('call','callback','quality') AND r.state = 'wrapping' AND r.deadline <= :now
    AND (r.draft ? 'disposition' AND r.draft->>'disposition' IS NOT NULL
         OR r.wrapping_at + make_interval(secs => q.acw_cap_s) <= :now) ORDER BY r.id LIMIT 200""")

#: Warm transfers whose new link never carried sound.
_UNBRIDGED = text("""
SELECT c.id FROM calls c
JOIN call_legs g ON g.call_id = c.id AND g.role = 'consultee' AND g.state <> 'left'
JOIN call_legs k ON k.call_id = c.id AND k.role = 'customer'
JOIN call_links l ON l.state <> 'closed' AND k.id IN (l.caller_leg_id, l.callee_leg_id)
    AND g.id IN (l.caller_leg_id, l.callee_leg_id)
WHERE c.state = 'transferred' AND l.opened_at <= :now - make_interval(secs => :limit) ORDER BY c.id LIMIT 200""")


def sweep_calls() -> int:
    """One round over everything that waits for a moment in time; how many things moved."""
    now = clock.now()
    moved = sweep_presence() + sweep_legs() + sweep_listenings()
    with reading() as session:
        lapsed = session.scalars(_LAPSED, {"now": now}).all()
        overdue = session.scalars(_OVERDUE, {"now": now}).all()
        waits = due_waits(session, now)
        rung_out, again, expired = due_callbacks(session, now)
        unbridged = session.scalars(_UNBRIDGED, {"now": now, "limit": ACCEPT_TO_BRIDGE_S}).all()
    for reservation_id in lapsed:
        moved += _one(let_offer_lapse, reservation_id)
    for reservation_id in overdue:
        moved += _one(end_overdue, reservation_id)
    for step, callbacks in ((let_ring_out, rung_out), (try_again_now, again), (let_expire, expired)):
        for callback_id in callbacks:
            moved += _one(step, callback_id)
    for call_id in waits:
        moved += _one(let_wait_end, call_id)
    for call_id in unbridged:
        moved += _one(_give_up_transfer, call_id)
    return moved


def _one(step: Callable[[int], bool], row_id: int) -> int:
    """Run one step; a refusal means that somebody else was first, which is what a sweep is for."""
    try:
        return int(bool(step(row_id)))
    except DeskError as error:
        log.info("sweep step refused: %s", error.code)
        return 0
    except Exception:  # one row that cannot be dealt with must not stop time for all others
        log.exception("sweep step failed", extra={"step": step.__name__, "row": row_id})
        return 0


def _give_up_transfer(call_id: int) -> bool:
    with transaction() as session:
        call = lock_call(session, call_id)
        if call.state != "transferred":
            return False
        recover(session, call, reason="transfer_failed", actor=SWEEP)
        return True
