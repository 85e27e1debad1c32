"""Pages of customers: the list, the profile, its form, numbers and notes."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

import app.customers.desk_routes
import app.customers.import_routes  # noqa: F401  (their views hang on the blueprints)
from app.clock import now
from app.customers import words
from app.customers.blueprint import countries, customers, default_region, desk_customers, from_htmx, reads_blind
from app.customers.fields import (
    KINDS,
    LANGUAGES,
    LIMITS,
    PHONE_LABELS,
    TIERS,
    Refusals,
    note_text,
    profile_fields,
)
from app.customers.listing import LONGEST_QUERY, find_customers
from app.customers.lookup import get_customer
from app.customers.models import Customer
from app.customers.notes import add_note, pin_note
from app.customers.phones import NewPhone, read_phone
from app.customers.profile import before_you_speak, read_profile
from app.customers.services import (
    EditConflict,
    add_phone,
    change_customer,
    create_customer,
    log_view,
    remove_phone,
)
from app.customers.timeline import FILTERS, timeline
from app.db import reading
from app.domain.phone_numbers import pretty
from app.errors import Invalid
from app.security.guard import actor, needs

__all__ = ["customers", "desk_customers"]

PER_PAGE = 30
FORM_FIELDS = (
    "name", "kind", "company", "tier", "language", "time_zone", "email", "address", "city", "country",
    "special_requirements",
)  # fmt: skip


@customers.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "pretty": pretty, "limits": LIMITS}


@customers.get("")
def listing() -> str:
    """The list, searched by ?q= and ?tier=."""
    query = request.args.get("q", "")[:LONGEST_QUERY]
    tier = request.args.get("tier", "")
    with reading() as session:
        page = find_customers(session, query, tier, request.args.get("page", 1, type=int))
        template = "customers/_results.html" if from_htmx() else "customers/list.html"
        return render_template(template, page=page, q=query, tier=tier, tiers=TIERS)


@customers.get("/new")
@needs("customers.edit")
def new() -> str:
    """The empty form; ?name= and ?phone= fill it."""
    values = {"name": request.args.get("name", ""), "phone": request.args.get("phone", "")}
    return _form(values, {})


@customers.post("/new")
@needs("customers.edit")
def create() -> Response | tuple[str, int]:
    """Make a profile of the form, or show it again with what was typed and what to mend."""
    refusals = Refusals()
    fields = profile_fields(request.form, refusals)
    phones: list[NewPhone] = []
    if request.form.get("phone", "").strip():
        try:
            phones.append(read_phone(request.form["phone"], default_region(), _label()))
        except Invalid as refused:
            refusals.add("phone", refused.message)
    if refusals.fields:
        return _form(request.form, refusals.fields), 422
    customer_id, reference = create_customer(fields, phones, actor=actor())
    flash(_("%(name)s is now a customer, %(reference)s.", name=fields.name, reference=reference), "success")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@customers.get("/<int:customer_id>")
def show(customer_id: int) -> str:
    """The profile with its timeline; every view by staff is logged."""
    with reading() as session:
        get_customer(session, customer_id)
    log_view(customer_id, actor=actor())
    return _profile(customer_id)


@customers.get("/<int:customer_id>/timeline")
def history(customer_id: int) -> str | Response:
    """Part of the profile: the timeline, or what is older than ?before=."""
    only, before = _only(), request.args.get("before") or None
    if not from_htmx():
        return redirect(url_for("customers.show", customer_id=customer_id, only=only, before=before), 302)
    with reading() as session:
        customer = get_customer(session, customer_id)
        entries = timeline(session, customer_id, before=before, limit=PER_PAGE + 1, only=only, blind=reads_blind())
        template = "customers/_entries.html" if before else "customers/_timeline.html"
        return render_template(template, customer=customer, only=only, before=before, **_entries(entries))


@customers.get("/<int:customer_id>/edit")
@needs("customers.edit")
def edit(customer_id: int) -> str:
    """The form with the profile in it."""
    with reading() as session:
        customer = get_customer(session, customer_id)
        return _form(_values(customer), {}, customer=customer)


@customers.post("/<int:customer_id>/edit")
@needs("customers.edit")
def save(customer_id: int) -> Response | tuple[str, int]:
    """Save the form, unless somebody else did since it was opened: then both versions are shown."""
    refusals = Refusals()
    fields = profile_fields(request.form, refusals)
    if refusals.fields:
        with reading() as session:
            customer = get_customer(session, customer_id)
            return _form(request.form, refusals.fields, customer=customer), 422
    try:
        change_customer(customer_id, request.form.get("version", 0, type=int), fields, actor=actor())
    except EditConflict:
        with reading() as session:
            customer = get_customer(session, customer_id)
            theirs, mine = _values(customer), fields.as_dict()
            differing = {key: theirs[key] for key in FORM_FIELDS if theirs[key] != mine[key]}
            values = {**request.form.to_dict(), "version": customer.version}
            return _form(values, {}, customer=customer, theirs=differing), 409
    flash(_("Saved."), "success")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@customers.post("/<int:customer_id>/phones")
@needs("customers.edit")
def phone_added(customer_id: int) -> Response | tuple[str, int]:
    """One more number; the part of the page, or the page again with what was typed."""
    try:
        add_phone(customer_id, read_phone(request.form.get("number", ""), default_region(), _label()), actor=actor())
    except Invalid as refused:
        return _part(customer_id, "_phones", {"number": refused.message}, 422)
    return _part(customer_id, "_phones")


@customers.post("/<int:customer_id>/phones/<int:phone_id>/remove")
@needs("customers.edit")
def phone_removed(customer_id: int, phone_id: int) -> Response | tuple[str, int]:
    """Take a number off the profile."""
    remove_phone(customer_id, phone_id, actor=actor())
    return _part(customer_id, "_phones")


@customers.post("/<int:customer_id>/notes")
@needs("customers.edit")
def note_added(customer_id: int) -> Response | tuple[str, int]:
    """One more note; a refused one comes back whole."""
    try:
        add_note(customer_id, note_text(request.form.get("body")), pinned="pinned" in request.form, actor=actor())
    except Invalid as refused:
        return _part(customer_id, "_notes", {"body": refused.message}, 422)
    return _part(customer_id, "_notes")


@customers.post("/<int:customer_id>/notes/<int:note_id>/pin")
@needs("customers.edit")
def note_pinned(customer_id: int, note_id: int) -> Response | tuple[str, int]:
    """Pin a note (pinned=1) or take it down (pinned=0)."""
    pin_note(customer_id, note_id, pinned=request.form.get("pinned") == "1", actor=actor())
    return _part(customer_id, "_notes")


def _profile(customer_id: int, errors: dict[str, str] | None = None) -> str:
    only, before, moment = _only(), request.args.get("before") or None, now()
    with reading() as session:
        customer = get_customer(session, customer_id)
        profile = read_profile(session, customer, moment)
        entries = timeline(session, customer_id, before=before, limit=PER_PAGE + 1, only=only, blind=reads_blind())
        return render_template(
            "customers/profile.html",
            customer=customer,
            profile=profile,
            warnings=before_you_speak(profile, moment),
            only=only,
            before=before,
            errors=errors or {},
            typed=request.form,
            labels=PHONE_LABELS,
            **_entries(entries),
        )


def _part(customer_id: int, name: str, errors: dict[str, str] | None = None, status: int = 200) -> Any:
    """What an htmx form gets back: its part of the page. A plain form gets the page."""
    if not from_htmx():
        if errors:
            return _profile(customer_id, errors), status
        return redirect(url_for("customers.show", customer_id=customer_id), 303)
    with reading() as session:
        customer = get_customer(session, customer_id)
        answer = make_response(
            render_template(
                f"customers/{name}.html",
                customer=customer,
                profile=read_profile(session, customer, now()),
                errors=errors or {},
                typed=request.form if errors else {},
                labels=PHONE_LABELS,
            ),
            status,
        )
    if not errors:
        answer.headers["HX-Trigger"] = "customer-changed"
    return answer


def _entries(entries: list[Any]) -> dict[str, Any]:
    older = entries[PER_PAGE - 1].cursor if len(entries) > PER_PAGE else None
    return {"entries": entries[:PER_PAGE], "older": older, "filters": FILTERS}


def _only() -> str:
    only = request.args.get("only", "all")
    return only if only in FILTERS else "all"


def _label() -> str:
    label = request.form.get("label", "")
    return label if label in PHONE_LABELS else ""


def _values(customer: Customer) -> dict[str, Any]:
    return {key: getattr(customer, key) for key in (*FORM_FIELDS, "version")}


def _form(
    values: dict[str, Any] | MultiDict[str, str],
    errors: dict[str, str],
    *,
    customer: Customer | None = None,
    theirs: dict[str, Any] | None = None,
) -> str:
    return render_template(
        "customers/form.html",
        values=values,
        errors=errors,
        customer=customer,
        theirs=theirs or {},
        kinds=KINDS,
        tiers=TIERS,
        languages_spoken=LANGUAGES,
        labels=PHONE_LABELS,
        countries=countries(),
        zones=sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")),
    )
