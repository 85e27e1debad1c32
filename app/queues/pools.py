"""Pools of queues: each is matched by itself."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, union

from app.db import reading
from app.queues.models import Queue
from app.queues.work import WorkItem


def active_pools() -> Sequence[str]:
    """Names of the pools that have an open queue, or a closed one in which somebody still waits."""
    in_use = union(
        select(Queue.pool).where(Queue.active), select(WorkItem.pool).where(WorkItem.state == "queued")
    ).subquery()
    with reading() as session:
        return session.scalars(select(in_use.c.pool).order_by(in_use.c.pool)).all()
