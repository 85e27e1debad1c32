"""Waking the router: a notice at commit, to whichever worker listens."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

CHANNEL = "hearback_route"

_WAKE = text("SELECT pg_notify(:channel, :pool)")


def wake_router(session: Session, pool: str = "main") -> None:
    """Ask for a router pass over `pool` as soon as this transaction commits."""
    session.execute(_WAKE, {"channel": CHANNEL, "pool": pool})
