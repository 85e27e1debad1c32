"""Where an agent stands with the certificates for one queue. Days are whole, both ends count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

#: From so many days before its end a certificate is shown as ending.
ENDS_SOON = timedelta(days=30)


class Standing(StrEnum):
    """From best to worst; only the first two let contacts through."""

    VALID = "valid"
    ENDS_SOON = "ends_soon"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NONE = "none"

    @property
    def counts(self) -> bool:
        """True while contacts are offered on it."""
        return self in (Standing.VALID, Standing.ENDS_SOON)


@dataclass(frozen=True, slots=True)
class Span:
    """What a certificate says."""

    granted_on: date
    #: Last valid day; None never ends.
    expires_on: date | None
    revoked: bool = False


def standing_of(span: Span, today: date) -> Standing:
    """How one certificate stands on `today`."""
    if span.revoked:
        return Standing.REVOKED
    if span.granted_on > today:
        return Standing.NOT_YET
    if span.expires_on is None:
        return Standing.VALID
    if span.expires_on < today:
        return Standing.EXPIRED
    return Standing.ENDS_SOON if span.expires_on - today <= ENDS_SOON else Standing.VALID


def best_standing(spans: Iterable[Span], today: date) -> Standing:
    """The best of several: one that holds is enough."""
    order = list(Standing)
    return min((standing_of(span, today) for span in spans), key=order.index, default=Standing.NONE)
