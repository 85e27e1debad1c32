"""What the carrier says of calls whose reports may have been lost: those we think live, and those that should be over.

Reports are sent again for a while, and then no more. A call that is over at the carrier is over; the other way round a
leg that nobody wants any more is ended. Its word on live calls may lag, so only what is final is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.calls.ending import end_for_customer
from app.calls.locks import lock_call
from app.calls.models import Call, CallLeg
from app.calls.ringing_in import PROVIDER
from app.calls.steering import steer
from app.calls.telephone import agent_leg_gone
from app.db import reading, transaction
from app.eventlog import SWEEP
from app.phones.steering import next_of
from app.providers.twilio import voice
from app.providers.twilio.client import TwilioRefused, TwilioUnsure
from config import Settings

log = structlog.get_logger(__name__)

#: A call is asked for this often while it lives; the room's and the leg's own reports are minutes faster.
ASK_AFTER = timedelta(seconds=60)
#: A leg that lives so long after its call was given up is ended: the longest message takes three minutes.
ORPHAN_AFTER = timedelta(minutes=5)
#: Older ones are the carrier's history.
ORPHAN_UNTIL = timedelta(hours=4)
#: Questions of one round.
AT_ONCE = 50
_THERE = ("menu", "line", "asked", "room")


@dataclass(frozen=True, slots=True)
class Seen:
    """A leg that may not be what we think."""

    call_id: int
    leg_id: int
    sid: str


def look(settings: Settings, moment: datetime) -> int:
    """Ask for what may have been missed; how many legs turned out to be over."""
    if settings.voice_provider != PROVIDER:
        return 0
    with reading() as session:
        living, orphans = _living(session, moment), _orphans(session, moment)
    over = 0
    for seen in living:
        if _status(settings, seen) in voice.OVER:
            over += _is_over(seen, moment)
    for seen in orphans:
        _end_orphan(settings, seen)
    for call_id in sorted({seen.call_id for seen in living}):
        missing = next_of(call_id) is not None
        with transaction() as session:
            call = lock_call(session, call_id)
            call.looked_at = moment
            if missing:  # an order that was given up, or a leg that has just turned out to be over
                steer(session, call)
    return over


def _living(session: Session, moment: datetime) -> list[Seen]:
    due = or_(Call.looked_at <= moment - ASK_AFTER, Call.looked_at.is_(None) & (Call.started_at <= moment - ASK_AFTER))
    rows = session.execute(
        select(CallLeg.call_id, CallLeg.id, CallLeg.provider_sid)
        .join(Call, Call.id == CallLeg.call_id)
        .where(Call.provider != "browser", Call.state != "ended", due)
        .where(CallLeg.state != "left", CallLeg.provider_sid != "", CallLeg.place.in_(_THERE))
        .order_by(Call.looked_at.nulls_first(), CallLeg.id)
        .limit(AT_ONCE)
    )
    return [Seen(*row) for row in rows]


def _orphans(session: Session, moment: datetime) -> list[Seen]:
    rows = session.execute(
        select(CallLeg.call_id, CallLeg.id, CallLeg.provider_sid)
        .join(Call, Call.id == CallLeg.call_id)
        .where(Call.provider != "browser", CallLeg.state == "left")
        .where(CallLeg.provider_sid != "", CallLeg.place.in_(_THERE))
        .where(CallLeg.left_at.between(moment - ORPHAN_UNTIL, moment - ORPHAN_AFTER))
        .order_by(CallLeg.id)
        .limit(AT_ONCE)
    )
    return [Seen(*row) for row in rows]


def _status(settings: Settings, seen: Seen) -> str:
    try:
        return voice.fetch_status(settings, seen.sid)
    except TwilioRefused as error:
        if voice.is_gone(error):
            return "completed"
        log.warning("phone.not_told", call=seen.call_id, code=error.code)
    except TwilioUnsure as error:
        log.warning("phone.not_told", call=seen.call_id, code=str(error))
    return ""


def _is_over(seen: Seen, moment: datetime) -> bool:
    with transaction() as session:
        call = lock_call(session, seen.call_id)
        leg = session.get_one(CallLeg, seen.leg_id, populate_existing=True)
        if leg.provider_sid != seen.sid or leg.place not in _THERE:
            return False  # its report came in this very moment
        if leg.role == "customer":
            leg.place = "gone"
            end_for_customer(session, call, reason="customer_hangup", actor=SWEEP)
        else:
            agent_leg_gone(session, call, leg, now=moment)
        return True


def _end_orphan(settings: Settings, seen: Seen) -> None:
    try:
        voice.end_call(settings, seen.sid)
    except TwilioRefused as error:
        if not voice.is_gone(error):
            log.warning("phone.orphan_kept", call=seen.call_id, code=error.code)
            return
    except TwilioUnsure:
        return  # the next round asks again
    with transaction() as session:
        call = lock_call(session, seen.call_id)
        session.get_one(CallLeg, seen.leg_id, populate_existing=True).place = "gone"
        steer(session, call)
