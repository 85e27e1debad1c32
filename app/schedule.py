"""JOBS that run on a cadence, once per slot however many processes live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import String, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app import live, outbox
from app.db import Base, transaction
from app.messages.erasing import erase_left
from app.messages.settling import sweep_sms
from app.phones.watching import look
from app.quality.asking import begin_due, end_unreached
from app.quality.drawn import call_the_drawn
from app.quality.links.answering import end_lost as end_lost_links_at
from app.recordings.carrier import look_for_missing
from app.recordings.keeping import delete_due, end_lost
from app.security.receipts import drop_old_receipts
from app.tickets.answering import close_old
from app.voicemail.delivery import deliver_left
from app.webhooks import delivery as webhooks
from config import load_settings

log = structlog.get_logger(__name__)

#: Taken slots stay this long: enough to see what ran, more than the longest cadence.
KEEP_SLOTS = timedelta(days=3)


class JobSlot(Base):
    """(job, slot) taken by one process: the primary key lets nobody else run it again."""

    __tablename__ = "job_slots"

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(server_default=func.now())


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every `cadence_s` seconds. A run that fails is not repeated: the next slot comes."""

    name: str
    cadence_s: int
    #: A use case; gets the moment (UTC) of the look at the clock that found the slot due.
    run: Callable[[datetime], None]


def drop_live_payloads(moment: datetime) -> None:
    """Remove the bodies of large live notices that everybody has read."""
    with transaction() as session:
        live.drop_old_payloads(session)


def drop_settled_effects(moment: datetime) -> None:
    """Remove outbox rows settled long ago."""
    with transaction() as session:
        outbox.drop_settled(session, moment)


def drop_old_slots(moment: datetime) -> None:
    """Remove slots that nobody can take again."""
    with transaction() as session:
        session.execute(delete(JobSlot).where(JobSlot.slot < moment - KEEP_SLOTS))


def close_tickets(moment: datetime) -> None:
    """Close tickets that were resolved long enough ago; the next slot takes what one statement leaves."""
    close_old(moment)


def end_lost_recordings(moment: datetime) -> None:
    """End the recordings whose page is gone."""
    end_lost(moment)


def deliver_left_messages(moment: datetime) -> None:
    """Deliver voice messages that nobody sent; the next slot takes what one round leaves."""
    deliver_left(moment)


def delete_due_recordings(moment: datetime) -> None:
    """Delete the sound whose retention is over; the next slot takes what one round leaves."""
    delete_due(moment)


def look_for_recordings(moment: datetime) -> None:
    """Take up recordings of telephone calls whose sound has not come, or lies at the carrier still."""
    look_for_missing(moment)


def drop_old_deliveries(moment: datetime) -> None:
    """Forget webhook deliveries that were settled weeks ago."""
    with transaction() as session:
        webhooks.drop_old(session, moment)


def drop_receipts(moment: datetime) -> None:
    """Forget reports of providers that nobody repeats any more."""
    with transaction() as session:
        drop_old_receipts(session, moment)


def look_after_sms(moment: datetime) -> None:
    """Ask the carrier for SMS whose end nobody heard."""
    sweep_sms(moment)


def erase_texts_left(moment: datetime) -> None:
    """Ask the carrier once more to delete texts of erased customers."""
    erase_left(moment)


def call_back_due(moment: datetime) -> None:
    """End quality callbacks that reached nobody, and begin those whose time has come."""
    end_unreached(moment)
    begin_due(moment)


def call_drawn_customers(moment: datetime) -> None:
    """Plan callbacks to whom the monthly draw found, and reserves for who is finally lost."""
    call_the_drawn(moment)


def end_lost_links(moment: datetime) -> None:
    """End the links of quality callbacks of which nothing will come any more."""
    end_lost_links_at(moment)


def look_at_telephones(moment: datetime) -> None:
    """Ask the carrier what became of calls whose reports may have been lost."""
    look(load_settings(), moment)


JOBS: tuple[Job, ...] = (
    Job("phones.look", 20, look_at_telephones),
    Job("webhooks.drop_old", 3600, drop_old_deliveries),
    Job("messages.sweep", 600, look_after_sms),
    Job("messages.erase_left", 3600, erase_texts_left),
    Job("receipts.drop_old", 3600, drop_receipts),
    Job("live.drop_payloads", 60, drop_live_payloads),
    Job("outbox.drop_settled", 3600, drop_settled_effects),
    Job("schedule.drop_slots", 3600, drop_old_slots),
    Job("tickets.close_old", 600, close_tickets),
    Job("quality.call_the_drawn", 300, call_drawn_customers),
    Job("quality.call_due", 10, call_back_due),
    Job("quality.end_links", 60, end_lost_links),
    Job("voicemail.deliver_left", 15, deliver_left_messages),
    Job("recordings.end_lost", 15, end_lost_recordings),
    Job("recordings.look_for_missing", 60, look_for_recordings),
    Job("recordings.delete_due", 600, delete_due_recordings),
)


def run_due_jobs(moment: datetime, jobs: tuple[Job, ...] = JOBS) -> list[str]:
    """Names of the jobs whose slot of `moment` (aware) this process took and ran."""
    ran = []
    for job in jobs:
        if not _take(job, moment):
            continue
        ran.append(job.name)
        try:
            job.run(moment)
        except Exception as error:
            # One broken job must not stop the others, nor itself at the next slot.
            log.error("job.failed", job=job.name, kind=type(error).__name__, exc_info=True)
    return ran


def slot_of(moment: datetime, cadence_s: int) -> datetime:
    """Start of the slot that `moment` lies in: slots begin at whole multiples of the cadence since 1970."""
    seconds = int(moment.timestamp())
    return datetime.fromtimestamp(seconds - seconds % cadence_s, UTC)


def _take(job: Job, moment: datetime) -> bool:
    values = {"job": job.name, "slot": slot_of(moment, job.cadence_s)}
    with transaction() as session:
        taken = session.execute(
            insert(JobSlot).values(**values).on_conflict_do_nothing().returning(JobSlot.job)
        ).first()
    return taken is not None
