"""Recordings that the carrier of a telephone call makes: told to start, pause, go on and stop; fetched; deleted there.

The row says what should be, `told` what the carrier was told last; each run of the effect sends what is missing, in
order, until nothing is. The sound lies in our own store from then on, with our own retention, and nowhere else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import reading, transaction
from app.domain.recording import carrier_step
from app.eventlog import PROVIDER, SWEEP, Actor, record_event
from app.outbox import Effect, Found, Retry, enqueue
from app.providers.twilio import recordings as twilio
from app.providers.twilio.client import TwilioRefused
from app.recordings import store
from app.recordings.models import Recording
from config import Settings

log = structlog.get_logger(__name__)

TOPIC = "recording.carrier"
BROWSER = "browser"
#: Kept with a recording until the carrier's own media type is known.
MEDIA_TYPE = "audio/mpeg"
#: Where the carrier reports that the sound can be fetched, and how often it is asked to try (see app/phones).
TOLD = "/twilio/voice/recording/{name}#rc=3&rp=all"
#: How long after its end a recording without sound is looked for, and when it is given up.
LOOK_AFTER, GIVEN_UP_AFTER = timedelta(minutes=2), timedelta(hours=24)
MOST_STEPS = 8
AT_ONCE = 50


def begin(
    session: Session,
    *,
    provider: str,
    provider_call: str,
    contact_id: str,
    call_id: int,
    reservation_id: int,
    agent_id: int,
    queue_id: int,
    now: datetime,
    actor: Actor,
) -> Recording:
    """A new recording at the carrier, of its leg `provider_call`. Participant; the call is locked."""
    recording = store.begin(
        session,
        kind="call",
        contact_id=contact_id,
        call_id=call_id,
        reservation_id=reservation_id,
        agent_id=agent_id,
        queue_id=queue_id,
        media_type=MEDIA_TYPE,
        now=now,
        actor=actor,
    )
    recording.provider, recording.provider_call = provider, provider_call
    session.flush()
    tell(session, recording)
    return recording


def tell(session: Session, recording: Recording) -> None:
    """Let the carrier follow what the recording should be. Participant; nothing for what a page records."""
    if recording.provider != BROWSER and recording.told != "deleted":
        enqueue(session, TOPIC, key=f"recording:{recording.id}", payload={"recording": recording.id})


def stop(session: Session, recording: Recording, *, now: datetime) -> None:
    """The talk is over: the sound is fetched as soon as the carrier has it. Participant."""
    if recording.provider == BROWSER or recording.ended_at is not None:
        return
    recording.ended_at = recording.last_at = now
    session.flush()
    tell(session, recording)


def sound_is_there(session: Session, public_id: str, sid: str) -> None:
    """The carrier says that a recording is complete, or that there is no sound in it: look. Participant.

    Raises:
        NotFound: we know of no such recording.
    """
    recording = store.lock_recording(session, public_id)
    if not recording.provider_sid and recording.told == "":  # the answer to the start got lost
        recording.provider_sid, recording.told = sid, "running"
    if recording.provider_sid != sid:
        return
    if recording.ended_at is None:  # the leg ended before we heard of it
        recording.ended_at = recording.last_at = clock.now()
    session.flush()
    tell(session, recording)


def follow(payload: dict[str, Any]) -> None:
    """Tell the carrier what is missing.

    Raises:
        Retry: not now, or the sound is not there yet.
    """
    settings: Settings = current_app.config["SETTINGS"]
    for _ in range(MOST_STEPS):
        with reading() as session:
            row = session.get(Recording, int(payload["recording"]))
        if row is None:
            return
        step = carrier_step(row.state, row.told, paused=row.paused_at is not None, ended=row.ended_at is not None)
        if step == "":
            return
        try:
            _do(settings, row, step)
        except TwilioRefused as error:
            if error.later or (step == "fetch" and error.status == 404):
                raise Retry(f"recording_{step}_{error.code}") from error
            _refused(row.id, step, error)
            return


def reconcile(payload: dict[str, Any]) -> Found:
    """What was told is told again without harm, but for the start: a recording that runs there is taken up."""
    settings: Settings = current_app.config["SETTINGS"]
    with reading() as session:
        row = session.get(Recording, int(payload["recording"]))
        if row is None:
            return Found.SETTLED
        known = set(session.scalars(select(Recording.provider_sid).where(Recording.provider_call == row.provider_call)))
    if row.told == "" and row.provider_call:
        there = [sid for sid in twilio.of_call(settings, row.provider_call) if sid not in known]
        if there:
            _keep(row.id, told="running", provider_sid=there[0])
    return Found.NOT_DONE


def give_up(session: Session, payload: dict[str, Any], error: str) -> None:
    """Participant: the sweep looks for what has no sound after a while."""
    log.error("recording.carrier_given_up", recording=payload.get("recording"), error=error)


def _do(settings: Settings, row: Recording, step: str) -> None:
    if step == "start":
        told_url = settings.public_url + TOLD.format(name=row.public_id)
        sid = twilio.start(settings, call_sid=row.provider_call, told_url=told_url)
        _keep(row.id, told="running", provider_sid=sid)
    elif step in ("pause", "resume"):
        paused = step == "pause"
        twilio.set_paused(settings, call_sid=row.provider_call, sid=row.provider_sid, paused=paused)
        _keep(row.id, told="paused" if paused else "running")
    elif step == "stop":
        try:
            twilio.stop(settings, call_sid=row.provider_call, sid=row.provider_sid)
        except TwilioRefused as error:
            if error.later:
                raise
        # A leg that is over has ended its recording by itself
        _keep(row.id, told="stopped")
    elif step == "fetch":
        _take(row.id, twilio.media(settings, row.provider_sid))
    elif step == "delete":
        twilio.delete(settings, row.provider_sid)
        _keep(row.id, told="deleted")
    else:  # "never": it was over before it began
        _without_sound(row.id, "never_began")


def _keep(recording_id: int, **values: str) -> None:
    with transaction() as session:
        recording = session.get_one(Recording, recording_id, with_for_update=True, populate_existing=True)
        for name, value in values.items():
            setattr(recording, name, value)
        store.touch_recording(session, recording)


def _take(recording_id: int, data: bytes) -> None:
    """The sound into our own store; not twice, and not of what was deleted meanwhile."""
    with transaction() as session:
        recording = session.get_one(Recording, recording_id, with_for_update=True, populate_existing=True)
        if recording.state == "open":
            store.keep_whole(session, recording, data, now=clock.now(), actor=PROVIDER)


def _refused(recording_id: int, step: str, error: TwilioRefused) -> None:
    """The carrier will not: the row says that there is no sound, or that it could not be paused."""
    log.warning("recording.carrier_refused", recording=recording_id, step=step, code=error.code)
    if step == "start" or (step == "fetch" and error.status == 413):
        _without_sound(recording_id, f"carrier_{error.code}")
        return
    with transaction() as session:
        recording = session.get_one(Recording, recording_id, with_for_update=True, populate_existing=True)
        if step in ("pause", "resume") and recording.ended_at is None:
            # Whoever asked for silence must get it: what cannot be paused is ended
            recording.ended_at = recording.last_at = clock.now()
            tell(session, recording)
        record_event(
            session,
            "recording.carrier_refused",
            "recording",
            recording.id,
            actor=PROVIDER,
            reason=f"{step}_{error.code}",
            contact_id=recording.contact_id,
        )


def _without_sound(recording_id: int, reason: str) -> None:
    with transaction() as session:
        recording = session.get_one(Recording, recording_id, with_for_update=True, populate_existing=True)
        if recording.told != "deleted":
            recording.told = "stopped" if recording.provider_sid else "deleted"
        if recording.state == "open":
            store.mark_incomplete(session, recording, now=clock.now(), actor=SWEEP, reason=reason)


def look_for_missing(moment: datetime) -> int:
    """How many recordings that ended without a file, or lie at the carrier still, were taken up or given up."""
    with reading() as session:
        rows = session.scalars(
            select(Recording)
            .where(Recording.provider != BROWSER, Recording.told != "deleted")
            .where(Recording.ended_at.is_not(None), Recording.ended_at < moment - LOOK_AFTER)
            .order_by(Recording.last_at)
            .limit(AT_ONCE)
        ).all()
    for row in rows:
        if row.state == "open" and row.ended_at is not None and row.ended_at < moment - GIVEN_UP_AFTER:
            _without_sound(row.id, "never_came")
            continue
        with transaction() as session:
            recording = session.get_one(Recording, row.id, with_for_update=True, populate_existing=True)
            tell(session, recording)
    return len(rows)


FOLLOW = Effect(run=follow, reconcile=reconcile, give_up=give_up)
