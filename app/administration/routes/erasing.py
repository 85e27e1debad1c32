"""The page that erases a customer: what goes, what stays, and a reference to be typed by who means it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.administration.blueprint import blueprint
from app.administration.services.erasing import erase_customer, extent_of
from app.customers.lookup import get_customer
from app.db import reading
from app.errors import Conflict, DeskError, Invalid
from app.refusals import localise
from app.security.guard import actor, needs


@blueprint.get("/customers/<int:customer_id>/erase")
@needs("customers.erase")
def erase(customer_id: int) -> str:
    """What would go and what would stay."""
    return _page(customer_id)


@blueprint.post("/customers/<int:customer_id>/erase")
@needs("customers.erase")
def erased(customer_id: int) -> Response | tuple[str, int]:
    """Erase, or show the page again and why not."""
    try:
        erase_customer(customer_id, typed=request.form.get("reference", ""), actor=actor())
    except (Invalid, Conflict) as refused:
        return _page(customer_id, localise(refused)), refused.status
    flash(_("The customer is erased. What the carrier keeps is deleted there as soon as it allows."), "success")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


def _page(customer_id: int, refused: DeskError | None = None) -> str:
    with reading() as session:
        return render_template(
            "administration/erase.html",
            customer=get_customer(session, customer_id),
            extent=extent_of(session, customer_id),
            refused=refused,
            typed=request.form.get("reference", ""),
        )
