"""The customer's proof: a signed, http-only cookie bound to one call and one leg, good for two hours."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select

from app.calls.inbound import StartedCall
from app.calls.models import Call, CallLeg
from app.db import reading
from app.errors import NotFound

NAME = "call_token"
MAX_AGE_S = 7200


def seal(secret: str, started: StartedCall) -> str:
    """The cookie's value for a call that was just started."""
    return str(URLSafeTimedSerializer(secret, salt="call").dumps([started.public_id, started.leg_id]))


def open_sealed(secret: str, value: str | None) -> tuple[int, str]:
    """(call id, public id) that the cookie proves.

    Raises:
        NotFound: no cookie, a forged or old one, or no such call.
    """
    try:
        public_id, leg_id = URLSafeTimedSerializer(secret, salt="call").loads(value or "", max_age=MAX_AGE_S)
    except (BadSignature, ValueError) as error:
        raise NotFound(code="call_unknown") from error
    with reading() as session:
        row = session.execute(
            select(Call.id, Call.public_id)
            .join(CallLeg, CallLeg.call_id == Call.id)
            .where(Call.public_id == public_id, CallLeg.id == leg_id, CallLeg.role == "customer")
        ).one_or_none()
    if row is None:
        raise NotFound(code="call_unknown")
    return row.id, row.public_id
