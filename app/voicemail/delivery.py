"""Messages that nobody sent: a laptop was closed, a page crashed, somebody thought it was enough to speak."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from app.calls.locks import lock_call
from app.db import reading, transaction
from app.domain.voicemail import UNSENT, is_worth_keeping
from app.eventlog import SWEEP
from app.recordings.models import Recording
from app.voicemail.models import Voicemail
from app.voicemail.records import Address, deliver, throw_away

#: Messages of one round; the next slot of the job takes the rest.
AT_ONCE = 100


def deliver_left(moment: datetime) -> int:
    """How many messages were delivered although nobody pressed send.

    One whose page is gone in the middle of it comes as far as it was heard ("incomplete"); one that is whole waits
    UNSENT for its caller, who may still listen to it and record anew.
    """
    due = (
        select(Voicemail.id, Voicemail.call_id)
        .join(Recording, Recording.id == Voicemail.recording_id)
        .where(Voicemail.state == "open")
        .where(
            or_(
                Recording.state.in_(("incomplete", "deleted")),
                (Recording.state == "complete") & (Recording.ended_at < moment - UNSENT),
            )
        )
        .order_by(Voicemail.started_at)
        .limit(AT_ONCE)
    )
    with reading() as session:
        found = session.execute(due).all()
    return sum(_deliver(row.id, row.call_id, moment) for row in found)


def _deliver(message_id: int, call_id: int, moment: datetime) -> bool:
    with transaction() as session:
        call = lock_call(session, call_id)
        message = session.get_one(Voicemail, message_id, populate_existing=True)
        recording = session.get_one(
            Recording, message.recording_id, with_for_update=True, populate_existing=True
        )  # fmt: skip
        if message.state != "open" or recording.state == "open":
            return False  # sent, or thrown away, or the page is back in this very moment
        if recording.state == "deleted" or not is_worth_keeping(recording.chunks, recording.duration_s):
            throw_away(session, message, recording, reason="empty", now=moment)
            return False
        deliver(session, call, message, recording, Address(), now=moment, actor=SWEEP)
        return True
