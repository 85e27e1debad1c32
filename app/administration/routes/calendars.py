"""Pages of opening hours: calendars, hours and limits of a queue, announcements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from flask import current_app, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app import clock
from app.administration.blueprint import Answer, answer_form, blueprint, seen, typed
from app.administration.changes import fingerprint
from app.administration.services import calendars as services
from app.administration.services import waiting
from app.administration.services.queues import get_queue
from app.db import reading
from app.domain.worktime import is_open
from app.i18n import localised
from app.queues.calendars import OpeningCalendar
from app.queues.hours import hours_of, load_calendars
from app.queues.models import Queue
from app.security.guard import actor, needs

#: Lines for special days: those there are, and so many more.
SPARE_DAYS = 3
#: In the address of the organisation's own announcement, where the others have the number of their queue.
EVERYBODY = 0


@blueprint.get("/calendars", endpoint="calendars")
def listing() -> str:
    """Every calendar with its queues, whether it is open now and until when; queues without one."""
    now = clock.now()
    with reading() as session:
        found = services.list_calendars(session)
        rules = load_calendars(session, [row.id for row, _queues in found], now)
        rows = [(row, queues, is_open(rules[row.id], now)) for row, queues in found]
        free = session.scalars(select(Queue).where(Queue.calendar_id.is_(None)).order_by(Queue.position)).all()
        return render_template("administration/calendars.html", rows=rows, free=free)


@blueprint.get("/calendars/new")
@needs("organisation.manage")
def new_calendar() -> str:
    """The form of a new calendar: office hours in the organisation's zone."""
    hours = {f"day_{weekday}": "09:00-17:00" if weekday < 5 else "" for weekday in services.WEEKDAYS}
    return _form({"zone": current_app.config["SETTINGS"].time_zone, **hours}, {})


@blueprint.post("/calendars/new")
@needs("organisation.manage")
def create_calendar() -> Answer:
    """Make a calendar."""
    return answer_form(
        lambda _confirmed: services.create_calendar(typed(), actor=actor()),
        again=lambda errors, _theirs: _form(typed(), errors),
        done=url_for("administration.calendars"),
        title=_("New calendar"),
        said=_("Saved. Now choose it in the hours of a queue."),
    )


@blueprint.get("/calendars/<int:calendar_id>")
def calendar(calendar_id: int) -> str:
    """One calendar."""
    with reading() as session:
        values = services.calendar_values(session, calendar_id)
    return _form({**values, "seen": fingerprint(values)}, {}, calendar_id=calendar_id)


@blueprint.post("/calendars/<int:calendar_id>")
@needs("organisation.manage")
def save_calendar(calendar_id: int) -> Answer:
    """Save a calendar, or (do=delete) take it away."""
    with reading() as session:
        now = services.calendar_values(session, calendar_id)
    deleting = request.form.get("do") == "delete"

    def save(confirmed: str) -> None:
        if deleting:
            services.delete_calendar(calendar_id, actor=actor())
        else:
            services.change_calendar(calendar_id, typed(), seen=seen(), confirmed=confirmed, actor=actor())

    def again(errors: Mapping[str, str], theirs: Mapping[str, Any]) -> str:
        values = now if deleting else typed()
        return _form({**values, "seen": fingerprint(theirs or now)}, errors, calendar_id=calendar_id, theirs=theirs)

    return answer_form(save, again=again, done=url_for("administration.calendars"), title=now["name"])


def _form(
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    calendar_id: int | None = None,
    theirs: Mapping[str, Any] | None = None,
) -> str:
    dated = [int(name[5:]) for name in values if name.startswith("date-") and name[5:].isdecimal() and values[name]]
    lines = min(max(dated, default=-1) + 1 + SPARE_DAYS, services.MOST_EXCEPTIONS)
    shown: dict[str, Any] = {"state": None, "holidays": [], "queues": []}
    if calendar_id is not None:
        now = clock.now()
        with reading() as session:
            rules = load_calendars(session, [calendar_id], now)[calendar_id]
            row = session.get_one(OpeningCalendar, calendar_id)
            shown["state"] = is_open(rules, now)
            shown["holidays"] = services.coming_holidays(row.region, row.zone, now)
            shown["queues"] = session.scalars(select(Queue).where(Queue.calendar_id == calendar_id)).all()
    return render_template(
        "administration/calendar.html",
        values=values,
        errors=errors,
        calendar_id=calendar_id,
        theirs=theirs or {},
        lines=lines,
        zones=sorted(available_timezones()),
        **shown,
    )


@blueprint.get("/queues/<int:queue_id>/hours")
def queue_hours(queue_id: int) -> str:
    """Hours and limits of a queue."""
    values = waiting.waiting_values(get_queue(queue_id))
    return _waiting_form(queue_id, {**values, "seen": fingerprint(values)}, {})


@blueprint.post("/queues/<int:queue_id>/hours")
@needs("organisation.manage")
def save_queue_hours(queue_id: int) -> Answer:
    """Save hours and limits of a queue."""
    row = get_queue(queue_id)
    now = waiting.waiting_values(row)
    return answer_form(
        lambda confirmed: waiting.change_waiting(queue_id, typed(), seen=seen(), confirmed=confirmed, actor=actor()),
        again=lambda errors, theirs: _waiting_form(
            queue_id, {**typed(), "seen": fingerprint(theirs or now)}, errors, theirs
        ),
        done=url_for("administration.queue_hours", queue_id=queue_id),
        title=localised(row.names),
    )


def _waiting_form(
    queue_id: int, values: Mapping[str, Any], errors: Mapping[str, str], theirs: Mapping[str, Any] | None = None
) -> str:
    now = clock.now()
    with reading() as session:
        queue = session.get_one(Queue, queue_id)
        calendars = session.scalars(select(OpeningCalendar).order_by(OpeningCalendar.name)).all()
        others = session.scalars(select(Queue).where(Queue.id != queue_id).order_by(Queue.position)).all()
        return render_template(
            "administration/calendar_queue.html",
            queue=queue,
            hours=hours_of(session, [queue], now)[queue_id],
            values=values,
            errors=errors,
            theirs=theirs or {},
            calendars=[(row.id, row.name) for row in calendars],
            others=[(row.id, localised(row.names)) for row in others],
            limits=waiting.LIMITS,
        )


@blueprint.get("/announcements")
def announcements() -> str:
    """What callers are told at the moment, everywhere or in one queue."""
    with reading() as session:
        queues = session.scalars(select(Queue).order_by(Queue.position, Queue.id)).all()
        rows = [(queue, waiting.announcement_of(session, queue.id if queue else None)) for queue in (None, *queues)]
        return render_template("administration/calendar_announcements.html", rows=rows)


@blueprint.get("/announcements/<int:queue_id>")
def announcement(queue_id: int) -> str:
    """The announcement of a queue, or (0) of the organisation."""
    values = _announced(queue_id)
    return _announcement_form(queue_id, {**values, "seen": fingerprint(values)}, {})


@blueprint.post("/announcements/<int:queue_id>")
@needs("announcements.manage")
def save_announcement(queue_id: int) -> Answer:
    """Save an announcement, and switch it on or off."""
    now = _announced(queue_id)
    return answer_form(
        lambda confirmed: waiting.announce(queue_id or None, typed(), seen=seen(), confirmed=confirmed, actor=actor()),
        again=lambda errors, theirs: _announcement_form(
            queue_id, {**typed(), "seen": fingerprint(theirs or now)}, errors, theirs
        ),
        done=url_for("administration.announcements"),
        title=_name_of(queue_id),
    )


def _announced(queue_id: int) -> dict[str, Any]:
    if queue_id != EVERYBODY:
        get_queue(queue_id)
    with reading() as session:
        return waiting.announcement_values(waiting.announcement_of(session, queue_id or None))


def _name_of(queue_id: int) -> str:
    return _("Every queue") if queue_id == EVERYBODY else localised(get_queue(queue_id).names)


def _announcement_form(
    queue_id: int, values: Mapping[str, Any], errors: Mapping[str, str], theirs: Mapping[str, Any] | None = None
) -> str:
    return render_template(
        "administration/calendar_announcement.html",
        queue_id=queue_id,
        name=_name_of(queue_id),
        values=values,
        errors=errors,
        theirs=theirs or {},
    )
