"""What a kind of work adds to the wrap-up of its calls, as functions that a higher layer puts in (app/effects.py).

The wrap-up asks for a result and writes the contact into the profile; a kind with a part of its own has its own results
instead, kept in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.eventlog import Actor
from app.queues.work import Reservation, WorkItem


class Finish(Protocol):
    """Keeps what the kind adds; the item, its reservation and its call are locked."""

    def __call__(
        self,
        session: Session,
        item: WorkItem,
        reservation: Reservation,
        raw: Any,
        *,
        incomplete: bool,
        now: datetime,
        actor: Actor,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """One kind's part. `raw` is what its form on the desk holds, as it came."""

    #: Field -> code of what is missing; empty when it can be saved.
    check: Callable[[Session, WorkItem, Reservation, Any, datetime], dict[str, str]]
    finish: Finish


_parts: dict[str, Part] = {}


def use(parts: Mapping[str, Part]) -> None:
    """Put the parts in: kind of work -> part; the latest count."""
    _parts.clear()
    _parts.update(parts)


def part_of(item: WorkItem) -> Part | None:
    """The part of the item's kind, if it has one."""
    return _parts.get(item.kind)
