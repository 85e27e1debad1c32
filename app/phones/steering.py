"""The effect "phone.steer": the network follows the call, one command after the other, until nothing is missing.

Each round reads what should be (the rows of the call) and what the network was told (columns of the legs), sends the
one command that is missing most, and keeps that it was sent. Only ringing an agent cannot be repeated blindly: the leg
is marked before, and looked for by its label in the room where the answer got lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls.ending import end_for_customer
from app.calls.locks import lock_call
from app.calls.models import Call, CallLeg
from app.calls.telephone import agent_leg_gone, sound_stands
from app.db import reading, transaction
from app.domain.call import CallState
from app.domain.telephone import AGENT_RING_S, LegThere, Place, Step, StepKind, next_step
from app.eventlog import CUSTOMER
from app.outbox import Effect, Found, Retry
from app.phones import addresses, answers, outward
from app.providers.twilio import voice
from app.providers.twilio.client import TwilioRefused
from config import Settings

log = structlog.get_logger(__name__)

#: Commands of one run; more would be two that undo each other.
MOST_STEPS = 20


def steer(payload: dict[str, Any]) -> None:
    """Tell the network what is missing.

    Raises:
        Retry: it takes no commands now.
    """
    settings: Settings = current_app.config["SETTINGS"]
    call_id = int(payload["call"])
    for _ in range(MOST_STEPS):
        step = next_of(call_id)
        if step is None:
            return
        try:
            _DO[step.kind](settings, call_id, step.leg_id)
        except TwilioRefused as error:
            if not error.later:
                raise
            raise Retry(f"twilio_{error.code or 'unreachable'}") from error
    raise Retry("too_many_steps")


def next_of(call_id: int) -> Step | None:
    """The command that is missing most."""
    with reading() as session:
        call = session.get(Call, call_id)
        if call is None:
            return None
        legs = session.scalars(select(CallLeg).where(CallLeg.call_id == call_id).order_by(CallLeg.id)).all()
        there = [
            LegThere(leg.id, leg.role, leg.state == "left", Place(leg.place), leg.provider_sid, leg.told_held)
            for leg in legs
        ]
        return next_step(CallState(call.state), call.end_reason, there, rung=outward.rung_state(session, call))


def reconcile(payload: dict[str, Any]) -> Found:
    """An order whose end nobody saw is simply given anew: each round looks first at what is missing."""
    return Found.NOT_DONE


def give_up(session: Session, payload: dict[str, Any], error: str) -> None:
    """Participant: the next change of the call, or the look at what lives there, steers again."""
    log.error("phone.steering_given_up", call=payload.get("call"), error=error)


def _add(settings: Settings, call_id: int, leg_id: int) -> None:
    with transaction() as session:
        call, leg = _pair(session, call_id, leg_id)
        if leg.state == "left" or leg.place != "":
            return
        leg.place = "asked"
        order = voice.Ring(
            room=addresses.room_name(call),
            to=f"client:{addresses.identity_of(leg.agent_id or 0)}?leg={leg.id}",  # the page knows its call by it
            label=addresses.label_of(leg),
            ring_s=AGENT_RING_S,
            leg_url=addresses.of_leg(settings, leg),
            room_url=addresses.of_room(settings, call),
        )
    try:
        made = voice.add_participant(settings, order)
    except TwilioRefused as error:
        if error.code != voice.LABEL_TAKEN:
            _not_added(call_id, leg_id, error)
        return
    _keep_name(call_id, leg_id, made)


def _not_added(call_id: int, leg_id: int, error: TwilioRefused) -> None:
    """Nobody was rung: again later, or the offer has failed."""
    log.warning("phone.agent_not_rung", call=call_id, code=error.code)
    with transaction() as session:
        call, leg = _pair(session, call_id, leg_id)
        if error.later:
            leg.place = ""
        else:
            agent_leg_gone(session, call, leg, now=clock.now())
    if error.later:
        raise error


def _find(settings: Settings, call_id: int, leg_id: int) -> None:
    with reading() as session:
        call, leg = session.get_one(Call, call_id), session.get_one(CallLeg, leg_id)
        room, label = addresses.room_name(call), addresses.label_of(leg)
    found = voice.find_participant(settings, room=room, label=label)
    if found is not None:
        _keep_name(call_id, leg_id, found)
        return
    with transaction() as session:
        _call, leg = _pair(session, call_id, leg_id)
        if leg.place == "asked" and not leg.provider_sid:
            leg.place = "gone" if leg.state == "left" else ""


def _keep_name(call_id: int, leg_id: int, made: voice.Participant) -> None:
    with transaction() as session:
        call, leg = _pair(session, call_id, leg_id)
        if not leg.provider_sid:
            leg.provider_sid = made.call_sid
        if call.state != "ended":
            call.conference_sid = made.conference_sid


def _to_room(settings: Settings, call_id: int, leg_id: int) -> None:
    def documented(call: Call) -> str:
        return answers.to_room(settings, call)

    _redirect(settings, call_id, leg_id, documented, before="line", after="asked")


def _to_line(settings: Settings, call_id: int, leg_id: int) -> None:
    def documented(call: Call) -> str:
        return answers.to_line(settings, call)

    _redirect(settings, call_id, leg_id, documented, before=None, after="line")


def _say_goodbye(settings: Settings, call_id: int, leg_id: int) -> None:
    with reading() as session:
        words = answers.farewell(session, settings, session.get_one(Call, call_id))
    _redirect(settings, call_id, leg_id, lambda _call: words, before="line", after="menu")


def _redirect(
    settings: Settings,
    call_id: int,
    leg_id: int,
    documented: Callable[[Call], str],
    *,
    before: str | None,
    after: str,
) -> None:
    """Let the customer's leg go on elsewhere; one that is gone was the customer hanging up in this moment."""
    with reading() as session:
        call, leg = session.get_one(Call, call_id), session.get_one(CallLeg, leg_id)
        sid, document = leg.provider_sid, documented(call)
    try:
        voice.redirect_call(settings, sid, document)
    except TwilioRefused as error:
        if not voice.is_gone(error):
            raise
        _customer_gone(call_id, leg_id)
        return
    with transaction() as session:
        _call, leg = _pair(session, call_id, leg_id)
        if before is None or leg.place == before:
            leg.place, leg.told_held = after, False


def _customer_gone(call_id: int, leg_id: int) -> None:
    with transaction() as session:
        call, leg = _pair(session, call_id, leg_id)
        leg.place = "gone"
        end_for_customer(session, call, reason="customer_hangup", actor=CUSTOMER)


def _hold(settings: Settings, call_id: int, leg_id: int) -> None:
    _set_hold(settings, call_id, leg_id, held=True)


def _resume(settings: Settings, call_id: int, leg_id: int) -> None:
    _set_hold(settings, call_id, leg_id, held=False)


def _set_hold(settings: Settings, call_id: int, leg_id: int, *, held: bool) -> None:
    with reading() as session:
        room, sid = session.get_one(Call, call_id).conference_sid, session.get_one(CallLeg, leg_id).provider_sid
    try:
        voice.set_hold(settings, conference_sid=room, call_sid=sid, held=held, music_url=addresses.of_music(settings))
    except TwilioRefused as error:
        if not voice.is_gone(error):
            raise
        log.warning("phone.nobody_to_hold", call=call_id)  # the report that the caller has left is on its way
    with transaction() as session:
        call, leg = _pair(session, call_id, leg_id)
        leg.told_held = held
        if not held:
            sound_stands(session, call, now=clock.now())


def _end(settings: Settings, call_id: int, leg_id: int) -> None:
    with reading() as session:
        sid = session.get_one(CallLeg, leg_id).provider_sid
    try:
        voice.end_call(settings, sid)
    except TwilioRefused as error:
        if not voice.is_gone(error):
            raise
    with transaction() as session:
        _call, leg = _pair(session, call_id, leg_id)
        leg.place = "gone"


def _pair(session: Session, call_id: int, leg_id: int) -> tuple[Call, CallLeg]:
    call = lock_call(session, call_id)
    return call, session.get_one(CallLeg, leg_id, populate_existing=True)


_DO: dict[StepKind, Callable[[Settings, int, int], None]] = {
    StepKind.ADD: _add,
    StepKind.RING: outward.ring,
    StepKind.FIND: _find,
    StepKind.TO_ROOM: _to_room,
    StepKind.TO_LINE: _to_line,
    StepKind.HOLD: _hold,
    StepKind.RESUME: _resume,
    StepKind.END: _end,
    StepKind.SAY_GOODBYE: _say_goodbye,
}

STEER = Effect(run=steer, reconcile=reconcile, give_up=give_up)
