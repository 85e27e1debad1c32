"""The owner's commands during a call: hold, resume, keypad."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app import clock
from app.calls.answering import begin_hold, end_hold
from app.calls.locks import lock_call, move_call, touch_call
from app.calls.models import Call
from app.db import reading, transaction
from app.domain.call import CallEvent
from app.errors import Conflict, Invalid
from app.eventlog import person, record_event
from app.queues.presence import require_epoch

KEYS = frozenset("0123456789*#")
LONGEST_DIGITS = 60


def check_epoch(agent_id: int, epoch: int) -> None:
    """Refuse a hang-up of a page that is no longer the agent's telephone (I14).

    Raises:
        Conflict: code "stale_epoch".
    """
    with reading() as session:
        require_epoch(session, agent_id, epoch)


def owned_call(session: Session, call_id: int, agent_id: int, epoch: int) -> Call:
    """The call, locked, for its owner.

    Raises:
        Conflict: somebody else owns it by now, or the page is an older one.
    """
    call = lock_call(session, call_id)
    require_epoch(session, agent_id, epoch)
    if call.owner_id != agent_id or call.state == "ended":
        raise Conflict(code="not_in_call")
    return call


def hold(call_id: int, agent_id: int, epoch: int) -> None:
    """connected -> held: the customer hears music, the agent hears nothing. Asking twice changes nothing."""
    with transaction() as session:
        call = owned_call(session, call_id, agent_id, epoch)
        if call.state == "held":
            return
        begin_hold(call, clock.now())
        move_call(session, call, CallEvent.HOLD, actor=person(agent_id))


def resume(call_id: int, agent_id: int, epoch: int) -> None:
    """held -> connected; the seconds on hold are added up. Asking twice changes nothing."""
    with transaction() as session:
        call = owned_call(session, call_id, agent_id, epoch)
        if call.state == "connected":
            return
        end_hold(call, clock.now())
        move_call(session, call, CallEvent.RESUME, actor=person(agent_id))


def press_keys(call_id: int, agent_id: int, epoch: int, digits: str) -> None:
    """Keys for the other side; they travel as data, since a browser cannot hear tones.

    Raises:
        Invalid: anything but 0-9, * and #.
    """
    if not digits or len(digits) > 20 or not set(digits) <= KEYS:
        raise Invalid(code="keys_invalid")
    with transaction() as session:
        call = owned_call(session, call_id, agent_id, epoch)
        call.digits = (call.digits + digits)[-LONGEST_DIGITS:]
        record_event(
            session,
            "call.keys_pressed",
            "call",
            call.id,
            actor=person(agent_id),
            contact_id=call.contact_id,
            after={"count": len(digits)},
        )
        touch_call(session, call)
