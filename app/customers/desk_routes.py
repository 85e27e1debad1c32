"""What the desk asks for during a call: the screen pop, and a new profile by one click."""

from __future__ import annotations

from flask import jsonify, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.customers.blueprint import default_region, desk_customers, reads_blind
from app.customers.fields import profile_fields
from app.customers.phones import NewPhone, read_phone
from app.customers.queries import pop
from app.customers.services import create_customer, log_view
from app.db import reading
from app.domain.phone_numbers import normalise
from app.errors import Invalid
from app.security.guard import actor, needs


@desk_customers.get("/pop.json")
def pop_json() -> Response:
    """The pop for ?customer=<id>, or for everybody under ?number=<E.164>. Seeing one profile is logged."""
    customer_id = request.args.get("customer", type=int)
    number = normalise(request.args.get("number", ""), default_region())
    with reading() as session:
        shown = pop(session, customer_id=customer_id, number=number.e164 if number else "", blind=reads_blind())
    if shown["customer"]:
        log_view(shown["customer"]["id"], actor=actor())
    return jsonify(shown)


@desk_customers.post("")
@needs("customers.edit")
def create() -> tuple[Response, int]:
    """A profile of JSON {name, language, number, call}: {id, reference}. The same call makes it once."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Invalid(_("This could not be read."))
    number = str(body.get("number") or "")
    phones: list[NewPhone] = [read_phone(number, default_region())] if number.strip() else []
    name = body.get("name") or (phones[0].e164 if phones else "")
    call = body.get("call")
    customer_id, reference = create_customer(
        profile_fields({"name": name, "language": body.get("language")}),
        phones,
        actor=actor(),
        call=call if isinstance(call, int) and not isinstance(call, bool) else None,
    )
    return jsonify(ok=True, id=customer_id, reference=reference), 201
