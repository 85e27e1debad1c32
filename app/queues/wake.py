"""Waking the router: a notice at commit, to whichever worker listens."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.live import notify

CHANNEL = "hearback_route"


def wake_router(session: Session, pool: str = "main") -> None:
    """Ask for a router pass over `pool` as soon as this transaction commits."""
    notify(session, CHANNEL, pool)
