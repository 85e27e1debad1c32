"""The agent's desk page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, url_for
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from app.agents.models import BreakCode
from app.agents.services import take_up_work
from app.assets import asset_url
from app.calls.carrier import rings_telephones
from app.clock import now
from app.customers.models import PHASES
from app.db import reading
from app.messages.models import SmsTemplate
from app.queues.hours import hours_of
from app.queues.models import Disposition, Queue, Topic
from app.security.guard import actor, current_user

desk_bp = Blueprint("desk", __name__)


@desk_bp.get("/desk")
def show() -> str:
    """The desk: everything live comes by socket; here only what seldom changes."""
    return render_template("desk/show.html", data=_desk_data())


@desk_bp.get("/desk/closed")
def closed() -> dict[str, Any]:
    """Queue id -> when it opens again (None when nobody knows), of those outside their hours now."""
    with reading() as session:
        queues = session.scalars(select(Queue).where(Queue.active)).all()
        hours = hours_of(session, queues, now())
    found = {each: at.next_open_at for each, at in hours.items() if not at.open}
    return {"queues": {str(each): opens.isoformat() if opens else None for each, opens in found.items()}}


def _desk_data() -> dict[str, Any]:
    user = current_user()
    seat = take_up_work(user.id, actor=actor())
    with reading() as session:
        queues = session.scalars(select(Queue).where(Queue.active).order_by(Queue.position, Queue.id)).all()
        topics = session.scalars(select(Topic).where(Topic.active).order_by(Topic.position, Topic.id)).all()
        dispositions = session.scalars(
            select(Disposition).where(Disposition.active).order_by(Disposition.position, Disposition.id)
        ).all()
        templates = session.scalars(
            select(SmsTemplate).where(SmsTemplate.active).order_by(SmsTemplate.code, SmsTemplate.language)
        ).all()
        breaks = session.scalars(select(BreakCode).where(BreakCode.active).order_by(BreakCode.position)).all()
    return {
        "me": {
            "id": user.id,
            "name": user.display_name,
            # What customers read in an SMS
            "public_name": seat.public_name,
            "role": user.role,
            "takes_calls": True,
        },
        "queues": [
            {"id": q.id, "code": q.code, "names": q.names, "target_s": q.target_s, "acw_s": q.acw_s} for q in queues
        ],
        "topics": [{"id": t.id, "code": t.code, "names": t.names, "queue": t.queue_id} for t in topics],
        "dispositions": [{"id": d.id, "code": d.code, "names": d.names, "queue": d.queue_id} for d in dispositions],
        "templates": [{"code": t.code, "language": t.language, "name": t.name, "body": t.body} for t in templates],
        "break_codes": [{"code": b.code, "names": b.names} for b in breaks],
        "phases": list(PHASES),
        "urls": {
            "pop": url_for("desk_customers.pop_json"),
            "closed": url_for("desk.closed"),
            "create": url_for("desk_customers.create"),
        },
        "telephone": _telephone(),
        "csrf": generate_csrf(),
    }


def _telephone() -> dict[str, str] | None:
    """Where the page finds the carrier's kit and its token; None where calls run between browsers alone."""
    if not rings_telephones():
        return None
    plays_twilio = current_app.config["SETTINGS"].twilio_api_base  # has a kit of its own, which reaches it alone
    return {
        "kit": f"{plays_twilio}/browser/kit.js" if plays_twilio else asset_url("twilio.js"),
        "token": url_for("desk_telephone.token"),
    }
