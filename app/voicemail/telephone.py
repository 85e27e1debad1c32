"""Messages that callers leave by telephone: fetched from the carrier, made a ticket, and deleted there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls.locks import lock_call
from app.db import reading, transaction
from app.domain.voicemail import is_worth_keeping
from app.eventlog import CUSTOMER
from app.outbox import Effect, Found, Retry
from app.providers.twilio import recordings as twilio
from app.providers.twilio.client import TwilioRefused
from app.recordings import store
from app.recordings.carrier import MEDIA_TYPE
from app.recordings.models import Recording
from app.voicemail.models import Voicemail
from app.voicemail.records import Address, deliver, delivered, item_of_call, throw_away
from config import Settings

log = structlog.get_logger(__name__)


def take(payload: dict[str, Any]) -> None:
    """Fetch one message and put it in line; then nothing of it lies at the carrier any more.

    Raises:
        Retry: the sound is not there yet, or the carrier cannot be asked now.
    """
    settings: Settings = current_app.config["SETTINGS"]
    sid = str(payload["recording_sid"])
    try:
        if not _known(sid):
            _keep(int(payload["call"]), sid, float(payload["duration_s"]), twilio.media(settings, sid))
        twilio.delete(settings, sid)
    except TwilioRefused as error:
        raise Retry(f"voicemail_{error.code}") from error
    with transaction() as session:
        recording = session.scalars(select(Recording).where(Recording.provider_sid == sid).with_for_update()).one()
        recording.told = "deleted"


def _known(sid: str) -> bool:
    with reading() as session:
        return session.scalar(select(Recording.id).where(Recording.provider_sid == sid)) is not None


def _keep(call_id: int, sid: str, seconds: float, data: bytes) -> None:
    """The sound in our store and its ticket, in one transaction. A second message of the same call is thrown away."""
    now = clock.now()
    with transaction() as session:
        call = lock_call(session, call_id)
        recording = store.begin(
            session,
            kind="voicemail",
            contact_id=call.contact_id,
            call_id=call.id,
            queue_id=item_of_call(session, call).queue_id,
            media_type=MEDIA_TYPE,
            now=now - timedelta(seconds=seconds),
            actor=CUSTOMER,
        )
        recording.provider, recording.provider_sid, recording.told = call.provider, sid, "stopped"
        recording.ended_at = recording.last_at = now
        session.flush()
        store.keep_whole(session, recording, data, now=now, actor=CUSTOMER)
        message = Voicemail(call_id=call.id, recording_id=recording.id, state="open", started_at=recording.started_at)
        session.add(message)
        session.flush()
        if delivered(session, call.id) is not None or not is_worth_keeping(recording.chunks, recording.duration_s):
            throw_away(session, message, recording, reason="empty", now=now)
            return
        deliver(session, call, message, recording, Address(number=call.number), now=now, actor=CUSTOMER)


def reconcile(payload: dict[str, Any]) -> Found:
    """Fetching does no harm twice, and what is kept already is known by its name."""
    return Found.NOT_DONE


def give_up(session: Session, payload: dict[str, Any], error: str) -> None:
    """Participant: the sound lies at the carrier still; its name in the log is how a person finds it there."""
    log.error("voicemail.not_fetched", recording=payload.get("recording_sid"), error=error)


TAKE = Effect(run=take, reconcile=reconcile, give_up=give_up)
