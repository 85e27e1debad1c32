"""Pages of tickets: the lists, a new one by hand, one ticket with its conversation."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, get_timezone
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.clock import now
from app.customers.lookup import find_by_number
from app.customers.models import Customer, Parcel
from app.db import reading
from app.domain.phone_numbers import pretty
from app.domain.ticket import TicketEvent, TicketState, allowed
from app.errors import DeskError, Invalid, NotFound
from app.i18n import language, localised
from app.messages import hours
from app.messages.models import SmsTemplate
from app.messages.services import LONGEST_BODY, is_opted_out
from app.queues.models import Queue, Topic
from app.refusals import localise
from app.security.guard import actor, current_user, may, needs
from app.tickets import answering, conversation, queries, words
from app.tickets.forms import BY_HAND, form_key, read_request
from app.tickets.intake import LONGEST_TEXT, open_ticket
from app.tickets.lines import lines_in
from app.tickets.models import Ticket
from app.tickets.records import Hand

tickets = Blueprint("tickets", __name__, url_prefix="/tickets")

_QUEUES = select(Queue.id, Queue.names, Queue.active).order_by(Queue.position, Queue.id)
#: Steps of the page's buttons.
STEPS = {"await": TicketEvent.AWAIT_CUSTOMER, "hold": TicketEvent.HOLD}
LANGUAGE_NAMES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}


@tickets.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "pretty": pretty, "language_names": LANGUAGE_NAMES}


@tickets.get("")
def listing() -> str:
    """The lists: ?view= mine, team or all; ?state=, ?queue=, ?q=; older ones by ?before=."""
    user = current_user()
    everything = may("tickets.all")
    with reading() as session:
        mine = queries.own(session, user.id)
        filters = _filters(everything, mine.queues)
        page = queries.list_tickets(session, filters, agent_id=user.id, before=request.args.get("before"))
        queues = [(q.id, localised(q.names), q.active) for q in session.execute(_QUEUES)]
        template = "tickets/_rows.html" if "HX-Request" in request.headers else "tickets/list.html"
        return render_template(
            template,
            page=page,
            filters=filters,
            views=[v for v in words.view_names() if v[0] != "all" or everything],
            queues=[(id, name) for id, name, active in queues if active and (everything or id in mine.queues)],
            names_of_queues={id: name for id, name, _active in queues},
            mine=mine,
            before=request.args.get("before", ""),
            lines=lines_in(language(), get_locale(), get_timezone()),
        )


def _filters(everything: bool, serves: list[int]) -> queries.Filters:
    """What the address asks for, within what the person may see: agents see their queues and their own."""
    view = request.args.get("view", "")
    if view not in queries.VIEWS or (view == "all" and not everything):
        view = "team" if serves or not everything else "all"
    shown = request.args.get("state", "")
    queue = request.args.get("queue", type=int)
    return queries.Filters(
        view=view,
        shown=shown if shown in queries.SHOWN else "active",
        queue_id=queue if everything or queue in serves else None,
        query=request.args.get("q", "")[: queries.LONGEST_QUERY],
    )


@tickets.get("/new")
@needs("tickets.handle")
def new() -> str:
    """The empty form; ?customer=, ?number=, ?name=, ?channel= and ?queue= fill it."""
    names = ("customer", "number", "name", "channel", "language", "queue")
    return _new_form({name: request.args.get(name, "") for name in names}, {})


@tickets.post("/new")
@needs("tickets.handle")
def create() -> Response | tuple[str, int]:
    """Open the ticket, or show the form again with what was typed and what to mend."""
    form = request.form
    asked, errors = read_request(form, region=_region(), channel=form.get("channel", "phone"))
    queue_id, _dot, topic_id = form.get("queue", "").partition(".")
    if not queue_id.isdigit():
        errors["queue"] = _("Please choose one.")
    if errors:
        return _new_form(form, errors), 422
    asked = replace(
        asked,
        queue_id=int(queue_id),
        topic_id=int(topic_id) if topic_id.isdigit() else None,
        customer_id=form.get("customer", type=int),
    )
    try:
        opened = open_ticket(asked, actor=actor(), key=form_key(form), confirm=form.get("confirm") == "1")
        if form.get("take") == "1":
            answering.assign(opened.id, current_user().id, hand=_hand())
    except Invalid as refused:
        return _new_form(form, {"body": localise(refused).message}), 422
    except DeskError as refused:  # it is open, only not in this person's hand: said, not lost
        if refused.code not in ("agent_full", "agent_not_certified", "agent_barred"):
            return _new_form(form, {"queue": localise(refused).message}), refused.status
        flash(localise(refused).message, "warning")
    flash(_("Ticket %(reference)s is open.", reference=opened.reference), "success")
    return redirect(url_for("tickets.show", ticket_id=opened.id), 303)


@tickets.get("/<int:ticket_id>")
def show(ticket_id: int) -> str:
    """One ticket."""
    return _page(ticket_id)


@tickets.post("/<int:ticket_id>/reply")
@needs("tickets.handle")
def reply(ticket_id: int) -> Response | tuple[str, int]:
    """Answer by SMS, or write down what was answered elsewhere."""
    form = request.form

    def step() -> None:
        answer = conversation.Answer(
            body=form.get("body", ""),
            via=form.get("via", "sms"),
            template_id=form.get("template", type=int),
            afterwards=form.get("afterwards", "stay"),
            key=form_key(form),
            any_hour=form.get("any_hour") == "1",
        )
        conversation.reply(ticket_id, answer, hand=_hand(), version=_version())

    return _act(ticket_id, step)


@tickets.post("/<int:ticket_id>/note")
@needs("tickets.handle")
def note(ticket_id: int) -> Response | tuple[str, int]:
    """A note among colleagues."""
    form = request.form
    return _act(ticket_id, lambda: conversation.note(ticket_id, form.get("note", ""), hand=_hand(), key=form_key(form)))


@tickets.post("/<int:ticket_id>/take")
@needs("tickets.handle")
def take(ticket_id: int) -> Response | tuple[str, int]:
    """The person signed in takes it in hand."""
    return _act(ticket_id, lambda: answering.assign(ticket_id, current_user().id, hand=_hand(), version=_version()))


@tickets.post("/<int:ticket_id>/pass")
@needs("tickets.handle")
def pass_on(ticket_id: int) -> Response | tuple[str, int]:
    """To a colleague ("agent:<id>") or into a line ("queue:<id>")."""
    kind, _colon, target = request.form.get("to", "").partition(":")

    def step() -> None:
        if not target.isdigit() or kind not in ("agent", "queue"):
            raise Invalid(code="invalid", fields={"to": "required"})
        text = request.form.get("note", "")
        if kind == "queue":
            answering.transfer(ticket_id, int(target), hand=_hand(), note=text, version=_version())
            return
        answering.assign(ticket_id, int(target), hand=_hand(), version=_version())
        if text.strip():
            conversation.note(ticket_id, text, hand=_hand(), key=form_key(request.form))

    return _act(ticket_id, step)


@tickets.post("/<int:ticket_id>/state")
@needs("tickets.handle")
def change_state(ticket_id: int) -> Response | tuple[str, int]:
    """Set aside, resume, resolve, re-open or close."""
    name = request.form.get("step", "")

    def step() -> None:
        hand, version = _hand(), _version()
        match name:
            case "await" | "hold":
                answering.set_aside(ticket_id, STEPS[name], hand=hand, version=version)
            case "resolve":
                answering.resolve(ticket_id, hand=hand, version=version)
            case "reopen":
                answering.reopen(ticket_id, hand=hand, version=version)
            case "close":
                answering.close(ticket_id, hand=hand, version=version)
            case _:
                raise Invalid(code="invalid")

    return _act(ticket_id, step)


@tickets.post("/<int:ticket_id>/customer")
@needs("tickets.handle")
def link(ticket_id: int) -> Response | tuple[str, int]:
    """Say whose ticket it is."""
    customer = request.form.get("customer", 0, type=int)
    return _act(ticket_id, lambda: conversation.link_customer(ticket_id, customer, hand=_hand()))


@tickets.post("/<int:ticket_id>/no-texts")
@needs("tickets.handle")
def no_texts(ticket_id: int) -> Response | tuple[str, int]:
    """The writer of an SMS on this ticket wants no more of them."""
    entry = request.form.get("entry", 0, type=int)
    return _act(ticket_id, lambda: conversation.no_more_texts(ticket_id, entry, hand=_hand()))


def _act(ticket_id: int, step: Any) -> Response | tuple[str, int]:
    """Do it and show the ticket; a refusal shows it too, as it is now, with all that was typed."""
    try:
        step()
    except NotFound:
        raise
    except DeskError as refused:
        return _page(ticket_id, localise(refused)), refused.status
    return redirect(url_for("tickets.show", ticket_id=ticket_id, _anchor="latest"), 303)


def _hand() -> Hand:
    return Hand(actor(), supervises=may("tickets.supervise"))


def _version() -> int | None:
    return request.form.get("version", type=int)


def _region() -> str:
    return str(current_app.config["SETTINGS"].default_region)


def _page(ticket_id: int, refused: DeskError | None = None) -> str:
    user = current_user()
    with reading() as session:
        ticket = queries.get_ticket(session, ticket_id)
        place = queries.place(session, ticket_id)
        customer = session.get(Customer, ticket.customer_id) if ticket.customer_id else None
        candidates = find_by_number(session, ticket.number) if customer is None else []
        mine = ticket.owner_id == user.id
        handles = may("tickets.handle") and (mine or may("tickets.supervise"))
        return render_template(
            "tickets/show.html",
            ticket=ticket,
            place=place,
            customer=customer,
            candidates=candidates[:10],
            others=queries.of_customer(session, ticket),
            entries=queries.entries(session, ticket_id),
            mine=mine,
            handles=handles,
            steps=_steps(ticket, place, handles, mine),
            targets=_targets(session, ticket, user.id) if handles else ([], []),
            templates=_templates(session, ticket, customer, user.display_name) if handles else [],
            opted_out=bool(ticket.number) and is_opted_out(session, ticket.number),
            waits=hours.there(session, ticket.number, ticket.customer_id),
            written_down=conversation.WRITTEN_DOWN,
            refused=refused,
            errors=refused.fields if refused is not None else {},
            typed=request.form if refused is not None else {},
            key=secrets.token_urlsafe(12),
            longest_sms=LONGEST_BODY,
            longest=LONGEST_TEXT,
            now=now(),
        )


def _steps(ticket: Ticket, place: Any, handles: bool, mine: bool) -> set[str]:
    """The buttons of the page for this person."""
    can = allowed(TicketState(ticket.state))
    steps: set[str] = set()
    if may("tickets.handle") and queries.open_to_take(ticket, place):
        steps.add("take")
    if may("tickets.handle") and TicketEvent.REOPEN in can:
        steps.add("reopen")
    if handles:
        in_hand = place.state == "assigned"
        steps |= {"await", "hold"} if in_hand else set()
        steps |= {"resolve"} if in_hand or place.state == "parked" else set()
        steps |= {"pass"} if ticket.state not in ("resolved", "closed") else set()
        steps |= {"reply"} if ticket.state in ("open", "pending_customer", "on_hold") and ticket.owner_id else set()
        steps |= {"close"} if TicketEvent.CLOSE in can else set()
        steps |= {"resume"} if mine and place.state == "parked" else set()
    return steps


def _targets(session: Session, ticket: Ticket, own_id: int) -> tuple[list[Any], list[Any]]:
    """Colleagues and queues it may be passed to."""
    people = [p for p in queries.colleagues(session, ticket.queue_id) if p.id not in (own_id, ticket.owner_id)]
    queues = session.scalars(select(Queue).where(Queue.active).order_by(Queue.position, Queue.id)).all()
    return people, [(q.id, localised(q.names)) for q in queues]


def _templates(session: Session, ticket: Ticket, customer: Customer | None, agent: str) -> list[dict[str, Any]]:
    """Ready texts, filled in as far as the ticket knows; a {gap} is left for the agent to fill."""
    rows = session.scalars(
        select(SmsTemplate)
        .where(SmsTemplate.active)
        .order_by((SmsTemplate.language == ticket.language).desc(), SmsTemplate.name)
    )
    parcel = None
    if customer is not None:
        parcel = session.scalar(
            select(Parcel.tracking_number).where(Parcel.customer_id == customer.id).order_by(Parcel.updated_at.desc())
        )
    known = {
        "name": customer.name if customer is not None else ticket.claimed_name,
        "agent": queries.public_name(session, current_user().id) or agent,
        "reference": ticket.reference,
        "queue": localised(session.get_one(Queue, ticket.queue_id).names, ticket.language or None),
        "tracking_number": parcel or "",
    }
    made = []
    for row in rows:
        body = row.body
        for name, value in known.items():
            body = body.replace(f"{{{name}}}", value) if value else body
        made.append({"id": row.id, "name": row.name, "language": row.language, "body": body})
    return made


def _new_form(values: Any, errors: dict[str, str]) -> str:
    with reading() as session:
        chosen = values.get("customer", "")
        customer = session.get(Customer, int(chosen)) if str(chosen).isdigit() else None
        rows = session.execute(
            select(Queue, Topic)
            .outerjoin(Topic, (Topic.queue_id == Queue.id) & Topic.active)
            .where(Queue.active)
            .order_by(Queue.position, Queue.id, Topic.position, Topic.id)
        ).all()
        places: dict[int, dict[str, Any]] = {}
        for queue, topic in rows:
            entry = places.setdefault(queue.id, {"id": queue.id, "name": localised(queue.names), "topics": []})
            if topic is not None:
                entry["topics"].append((f"{queue.id}.{topic.id}", localised(topic.names)))
        return render_template(
            "tickets/new.html",
            values=values,
            errors=errors,
            customer=customer,
            places=list(places.values()),
            channels=BY_HAND,
            longest=LONGEST_TEXT,
            key=values.get("key") or secrets.token_urlsafe(12),
        )
