"""Finding a customer: by id, or by a number that several may share."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.customers.models import Customer, CustomerPhone
from app.errors import Conflict, NotFound

#: Asked with every contact that comes in: put together once.
_BY_NUMBER = (
    select(Customer)
    .join(CustomerPhone, CustomerPhone.customer_id == Customer.id)
    .where(CustomerPhone.e164 == bindparam("e164"))
    .order_by(CustomerPhone.verified_at.is_(None), Customer.id)
)


def find_by_number(session: Session, e164: str) -> list[Customer]:
    """Customers reached under `e164`, the one who proved to hold it first; several for a shared number.

    A withheld number ("") is nobody's.
    """
    if not e164:
        return []
    return list(session.scalars(_BY_NUMBER, {"e164": e164}))


def get_customer(session: Session, customer_id: int) -> Customer:
    """The profile of that id.

    Raises:
        NotFound: there is none.
    """
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise NotFound(_("We can't find this customer."))
    return customer


def demand_kept(customer: Customer) -> None:
    """Nothing personal is written on a profile that was erased.

    Raises:
        Conflict: it was.
    """
    if customer.erased_at is not None:
        raise Conflict(_("This customer is erased."), code="customer_erased")
