"""What the carrier reports of agents' legs and of rooms. Use cases; each report counts once, in any order."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls.ending import end_for_customer
from app.calls.locks import lock_call
from app.calls.models import Call, CallLeg
from app.calls.telephone import agent_leg_gone, leg_joined
from app.db import transaction
from app.eventlog import CUSTOMER
from app.phones.addresses import leg_of_label
from app.phones.outward import customer_leg_over
from app.providers.twilio.voice import OVER
from app.recordings import carrier
from app.security.receipts import first_time


def leg_moved(leg_id: int, fields: dict[str, str], token: str) -> None:
    """Progress of a leg that we had made: it rings, it was answered, it is over."""
    sid, status = fields.get("CallSid", ""), fields.get("CallStatus", "")
    with transaction() as session:
        found = session.get(CallLeg, leg_id)
        if found is None:
            return
        call = lock_call(session, found.call_id)
        leg = session.get_one(CallLeg, leg_id, populate_existing=True)
        natural = f"voice:{sid}:{fields.get('CallbackSource', '')}:{fields.get('SequenceNumber', status)}"
        if not first_time(session, natural, token):
            return
        if not _is_leg(leg, sid, alive=status not in OVER):
            return
        if status in OVER and leg.role == "customer":
            customer_leg_over(session, call, leg)
        elif status in OVER:
            if leg.place != "gone":
                agent_leg_gone(session, call, leg, now=clock.now())
        elif status == "in-progress" and leg.role != "customer" and leg.place != "gone":
            # Whoever takes a call that rings into a room is in it; one that we gave up meanwhile is ended, not bridged
            leg_joined(session, call, leg, now=clock.now())


def _is_leg(leg: CallLeg, sid: str, *, alive: bool) -> bool:
    """Whether `sid` is the leg's own call; one that we asked for and do not know the name of yet gets it now."""
    if leg.provider_sid == sid:
        return True
    if alive and leg.provider_sid == "" and leg.place == "asked":
        leg.provider_sid = sid
        return True
    return False


def room_changed(public_id: str, fields: dict[str, str], token: str) -> None:
    """Somebody joined or left the room of a call, or the room is over."""
    event, room = fields.get("StatusCallbackEvent", ""), fields.get("ConferenceSid", "")
    with transaction() as session:
        found = session.scalar(select(Call.id).where(Call.public_id == public_id))
        if found is None:
            return
        call = lock_call(session, found)
        if not first_time(session, f"room:{room}:{fields.get('SequenceNumber', '')}:{event}", token):
            return
        if event == "conference-end":
            if call.conference_sid == room:
                call.conference_sid = ""
            return
        leg = _leg_in_room(session, call, fields)
        if leg is None:
            return
        if event == "participant-join":
            _joined(session, call, leg, room)
        elif event == "participant-leave":
            _left(session, call, leg, fields)


def _leg_in_room(session: Session, call: Call, fields: dict[str, str]) -> CallLeg | None:
    """The leg of the report: by its call, or by the label it was made with."""
    sid = fields.get("CallSid", "")
    leg = session.scalar(
        select(CallLeg).where(CallLeg.call_id == call.id, CallLeg.provider_sid == sid, CallLeg.provider_sid != "")
    )
    if leg is not None:
        return leg
    leg_id = leg_of_label(fields.get("ParticipantLabel", ""))
    leg = session.get(CallLeg, leg_id) if leg_id is not None else None
    if leg is None or leg.call_id != call.id:
        return None
    alive = fields.get("StatusCallbackEvent") == "participant-join"
    return leg if _is_leg(leg, sid, alive=alive) else None


def _joined(session: Session, call: Call, leg: CallLeg, room: str) -> None:
    if leg.place == "gone":
        return  # an older report that was overtaken by the leg's end
    if call.state != "ended":
        call.conference_sid = room
    leg_joined(session, call, leg, now=clock.now())


def _left(session: Session, call: Call, leg: CallLeg, fields: dict[str, str]) -> None:
    over = fields.get("ParticipantCallStatus") in OVER
    if leg.role == "customer":
        if over:
            leg.place = "gone"
            end_for_customer(session, call, reason="customer_hangup", actor=CUSTOMER)
        elif leg.place == "room" and fields.get("ConferenceSid") == call.conference_sid:
            leg.place = "asked"  # on the way out or back: its own request says where it is
        return
    if leg.place != "gone":
        agent_leg_gone(session, call, leg, now=clock.now())


def recording_ready(name: str, fields: dict[str, str], token: str) -> None:
    """The carrier has the sound of a talk, or says that there is none: fetched by the worker, told twice or once."""
    sid, status = fields.get("RecordingSid", ""), fields.get("RecordingStatus", "")
    with transaction() as session:
        if first_time(session, f"recording:{sid}:{status}", token):
            carrier.sound_is_there(session, name, sid)
