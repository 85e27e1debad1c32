"""Telephones that we ring: the command, who picked up, and that nobody did."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app import clock
from app.calls.callbacks import find_callback, is_callback
from app.calls.ending import end_for_customer
from app.calls.locks import lock_call
from app.calls.models import Call, CallLeg
from app.calls.outbound import pick_up, telephone_not_answered
from app.db import transaction
from app.domain.timers import TELEPHONE_RING_S
from app.errors import Conflict
from app.eventlog import CUSTOMER
from app.phones import addresses, answers
from app.providers.twilio import dialling, twiml
from app.providers.twilio.client import TwilioRefused
from app.queues.work import WorkItem
from config import Settings


def rung_state(session: Session, call: Call) -> str:
    """The state of the callback while the customer is not in the talk yet; empty for calls that came in, or go on."""
    callback = find_callback(session, call)
    item = session.get(WorkItem, call.work_item_id) if call.work_item_id is not None else None
    return callback.state if callback is not None and item is not None and is_callback(item) else ""


def ring(settings: Settings, call_id: int, leg_id: int) -> None:
    """Ring the customer. The leg is marked before: an answer that gets lost never rings twice.

    Raises:
        TwilioRefused: nobody was rung, and the same may go well later.
    """
    with transaction() as session:
        call = lock_call(session, call_id)
        leg = session.get_one(CallLeg, leg_id, populate_existing=True)
        callback = find_callback(session, call)
        if callback is None or callback.state != "ringing" or leg.place not in ("", "gone"):
            return
        leg.place, leg.provider_sid = "asked", ""
        to, quality = call.number, callback.kind == "quality"
        answered_url, leg_url = addresses.of_answer(settings, leg), addresses.of_leg(settings, leg)
    try:
        sid = dialling.create_call(
            settings,
            to=to,
            answered_url=answered_url,
            leg_url=leg_url,
            ring_s=TELEPHONE_RING_S,
            detect_machine=quality,
        )
    except TwilioRefused as error:
        with transaction() as session:
            call = lock_call(session, call_id)
            leg = session.get_one(CallLeg, leg_id, populate_existing=True)
            if error.later:
                leg.place = ""
            else:  # not a number that can be rung: the agent sees that nobody answers, and chooses
                telephone_not_answered(session, call, now=clock.now())
        if error.later:
            raise
        return
    with transaction() as session:
        lock_call(session, call_id)
        leg = session.get_one(CallLeg, leg_id, populate_existing=True)
        if not leg.provider_sid and leg.place == "asked":
            leg.provider_sid = sid


def picked_up(settings: Settings, leg_id: int, fields: dict[str, str]) -> str:
    """TwiML for whoever answered: to the agent, or the end where a machine did or nobody waits any more."""
    sid = fields.get("CallSid", "")
    with transaction() as session:
        found = session.get(CallLeg, leg_id)
        if found is None:
            return twiml.say_and_hang_up([])
        call = lock_call(session, found.call_id)
        leg = session.get_one(CallLeg, leg_id, populate_existing=True)
        if leg.place != "asked" or leg.provider_sid not in ("", sid):
            return twiml.say_and_hang_up([])
        leg.provider_sid = sid
        callback = find_callback(session, call)
        if callback is None:
            return twiml.say_and_hang_up([])
        if dialling.is_machine(fields.get("AnsweredBy", "")):
            telephone_not_answered(session, call, machine=True, now=clock.now())
            return twiml.say_and_hang_up([])
        try:
            pick_up(session, call, callback, now=clock.now())
        except Conflict:  # stopped in the second in which it was answered
            telephone_not_answered(session, call, now=clock.now())
            return twiml.say_and_hang_up([])
        return answers.to_room(settings, call)


def customer_leg_over(session: Session, call: Call, leg: CallLeg) -> None:
    """The leg of a customer whom we rang is over: nobody answered, or they hung up. Participant; the call is locked."""
    if rung_state(session, call) in ("ringing", "unanswered"):
        telephone_not_answered(session, call, now=clock.now())
        return
    leg.place = "gone"
    if call.state not in ("queued", "offering"):  # there they wait to be rung again, and hold no line
        end_for_customer(session, call, reason="customer_hangup", actor=CUSTOMER)
