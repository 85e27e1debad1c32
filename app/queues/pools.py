"""Pools of queues: each is matched by itself."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.db import reading
from app.queues.models import Queue


def active_pools() -> Sequence[str]:
    """Names of the pools that have a queue in use."""
    with reading() as session:
        return session.scalars(select(Queue.pool).where(Queue.active).distinct().order_by(Queue.pool)).all()
