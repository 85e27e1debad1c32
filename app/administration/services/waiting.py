"""When a queue is open, how many may wait in it and for how long, and what its callers are told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.administration.changes import Consequence, demand_consent, demand_unchanged, differences
from app.administration.entries import Refusals, clean, whole_entry
from app.administration.services.calendars import opening_consequences, rules_of
from app.db import transaction
from app.errors import NotFound
from app.eventlog import Actor, record_event
from app.i18n import LANGUAGES, localised
from app.live import touch
from app.queues.calendars import Announcement, OpeningCalendar
from app.queues.models import Queue
from app.queues.opening import lock_queue
from app.queues.work import WorkItem

#: Number -> (least, most); seconds unless the name says otherwise. Empty means no limit, and no promise.
LIMITS: dict[str, tuple[int, int]] = {
    "max_waiting": (1, 10_000),
    "max_wait_s": (10, 86_400),
    "overflow_after_s": (5, 86_400),
    "answer_within_min": (5, 43_200),
}
LONGEST_TEXT = 500


def waiting_values(queue: Queue) -> dict[str, Any]:
    """What the form shows, by field."""
    return {
        "calendar": queue.calendar_id or "",
        **{name: getattr(queue, name) for name in LIMITS},
        "overflow_queue": queue.overflow_queue_id or "",
        **{f"text_{language}": queue.closed_texts.get(language, "") for language in LANGUAGES},
    }


def texts_entry(raw: Mapping[str, str], refusals: Refusals, *, required: bool = False) -> dict[str, str]:
    """Language -> text; where one is empty, people read the English."""
    texts = {language: clean(raw.get(f"text_{language}")) for language in LANGUAGES}
    for language, text in texts.items():
        if len(text) > LONGEST_TEXT:
            refusals.add(f"text_{language}", _("This is too long: %(limit)s characters fit.", limit=LONGEST_TEXT))
    if not texts["en"] and (required or any(texts.values())):
        refusals.add("text_en", _("Please write the English text: who has no other reads it."))
    return {language: text for language, text in texts.items() if text}


def change_waiting(
    queue_id: int, raw: Mapping[str, str], *, seen: str | None, confirmed: str = "", actor: Actor
) -> None:
    """Save hours, limits and words of a queue.

    Raises:
        NotFound: there is no such queue.
        Invalid: a field is refused.
        EditConflict: somebody else saved since the form was opened.
        ConfirmFirst: it closes or opens at once, or callers are moved or sent away by it.
    """
    refusals = Refusals()
    numbers = {name: whole_entry(raw, name, refusals, *LIMITS[name], optional=True) for name in LIMITS}
    texts = texts_entry(raw, refusals)
    with transaction() as session:
        queue = lock_queue(session, queue_id)
        before = waiting_values(queue)
        calendar_id = _choice(session, OpeningCalendar, raw, "calendar", refusals)
        target_id = _choice(session, Queue, raw, "overflow_queue", refusals)
        _check_overflow(queue_id, target_id, numbers, refusals)
        refusals.raise_any()
        demand_unchanged(before, seen)
        now = clock.now()
        old, new = rules_of(session, queue.calendar_id, now), rules_of(session, calendar_id, now)
        found = opening_consequences([queue], old, new, now) + _waiting_consequences(session, queue, numbers, target_id)
        demand_consent(found, confirmed)
        queue.calendar_id, queue.overflow_queue_id, queue.closed_texts = calendar_id, target_id, texts
        for name, number in numbers.items():
            setattr(queue, name, number)
        was, is_now = differences(before, waiting_values(queue))
        if is_now:
            record_event(session, "queue.waiting_changed", "queue", queue_id, actor=actor, before=was, after=is_now)
            touch(session, "queue", queue_id)


def _choice(session: Session, model: Any, raw: Mapping[str, str], name: str, refusals: Refusals) -> int | None:
    chosen = clean(raw.get(name))
    if not chosen:
        return None
    if not chosen.isdecimal() or len(chosen) > 18 or session.get(model, int(chosen)) is None:
        refusals.add(name, _("Please choose one of the listed ones."))
        return None
    return int(chosen)


def _check_overflow(
    queue_id: int, target_id: int | None, numbers: Mapping[str, int | None], refusals: Refusals
) -> None:
    after_s, max_wait_s = numbers["overflow_after_s"], numbers["max_wait_s"]
    if target_id == queue_id:
        refusals.add("overflow_queue", _("Please choose another queue than this one."))
    if target_id is not None and after_s is None:
        refusals.add("overflow_after_s", _("After how many seconds should callers wait on there?"))
    if target_id is None and after_s is not None:
        refusals.add("overflow_queue", _("In which queue should callers wait on?"))
    if after_s is not None and max_wait_s is not None and after_s >= max_wait_s:
        refusals.add("overflow_after_s", _("This must be less than the longest wait, or nobody would be moved."))


def _waiting_consequences(
    session: Session, queue: Queue, numbers: Mapping[str, int | None], target_id: int | None
) -> list[Consequence]:
    found = []
    max_wait_s, after_s = numbers["max_wait_s"], numbers["overflow_after_s"]
    if max_wait_s is not None and max_wait_s != queue.max_wait_s:
        over = _waited_longer(session, queue.id, max_wait_s)
        if over:
            text = ngettext(
                "%(num)s caller has waited longer than that: the call ends at once, with an apology.",
                "%(num)s callers have waited longer than that: their calls end at once, with an apology.",
                over,
            )
            found.append(Consequence("waits_end", text, "bad"))
    if (
        target_id is not None
        and after_s is not None
        and (target_id, after_s)
        != (
            queue.overflow_queue_id,
            queue.overflow_after_s,
        )
    ):
        moved = _waited_longer(session, queue.id, after_s)
        if moved:
            text = ngettext(
                "%(num)s caller moves to “%(queue)s” at once and keeps the time waited.",
                "%(num)s callers move to “%(queue)s” at once and keep the time they have waited.",
                moved,
                queue=localised(session.get_one(Queue, target_id).names),
            )
            found.append(Consequence("callers_move", text, "warn"))
    return found


def _waited_longer(session: Session, queue_id: int, seconds: int) -> int:
    before = clock.now() - timedelta(seconds=seconds)
    return (
        session.scalar(
            select(func.count()).where(
                WorkItem.queue_id == queue_id,
                WorkItem.kind == "call",
                WorkItem.state == "queued",
                WorkItem.enqueued_at <= before,
            )
        )
        or 0
    )


def announcement_of(session: Session, queue_id: int | None) -> Announcement | None:
    """The announcement of a queue, or (None) of the organisation."""
    same = Announcement.queue_id == queue_id if queue_id is not None else Announcement.queue_id.is_(None)
    return session.scalar(select(Announcement).where(same))


def announcement_values(row: Announcement | None) -> dict[str, Any]:
    """What the form of an announcement shows."""
    texts = row.texts if row else {}
    values: dict[str, Any] = {f"text_{language}": texts.get(language, "") for language in LANGUAGES}
    return values | {"active": bool(row and row.active)}


def announce(
    queue_id: int | None, raw: Mapping[str, str], *, seen: str | None, confirmed: str = "", actor: Actor
) -> None:
    """Save what callers are told, and whether they are told it now.

    Raises:
        NotFound: there is no such queue.
        Invalid: a text is refused, or it is on without one.
        EditConflict: somebody else saved since the form was opened.
        ConfirmFirst: callers read it at once.
    """
    refusals = Refusals()
    active = raw.get("active") == "1"
    texts = texts_entry(raw, refusals, required=active)
    refusals.raise_any()
    with transaction() as session:
        queue = session.get(Queue, queue_id) if queue_id is not None else None
        if queue_id is not None and queue is None:
            raise NotFound()
        row = announcement_of(session, queue_id)
        before = announcement_values(row)
        demand_unchanged(before, seen)
        after = announcement_values(Announcement(texts=texts, active=active))
        if active and after != before:
            text = (
                _("Everybody on the call page reads this at once, and so does who waits, in any queue.")
                if queue is None
                else _("Callers of “%(queue)s” read this at once, and so does who waits.", queue=localised(queue.names))
            )
            demand_consent([Consequence("read_at_once", text)], confirmed)
        if row is None:
            row = Announcement(queue_id=queue_id)
            session.add(row)
        row.texts, row.active, row.changed_at = texts, active, clock.now()
        session.flush()
        old, new = differences(before, after)
        if new:
            name = "announcement.changed"
            record_event(
                session, name, "announcement", row.id, actor=actor, before=old, after={**new, "queue": queue_id}
            )
