"""Setting the limits of the board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.board.figures import as_limits, limits_in_force
from app.board.images import KEY
from app.board.models import BoardLimits
from app.db import transaction
from app.domain.thresholds import Limits
from app.errors import Invalid, NotFound
from app.eventlog import Actor, record_event
from app.live import touch
from app.queues.models import Queue

#: Amber limit, red limit: the first must be reached before the second.
PAIRS = (
    ("wait_warn_s", "wait_bad_s"),
    ("waiting_warn", "waiting_bad"),
    ("abandoned_warn_percent", "abandoned_bad_percent"),
    ("call_warn_s", "call_bad_s"),
    ("wrap_warn_s", "wrap_bad_s"),
)
NAMES = tuple(column.name for column in fields(Limits))
LARGEST = {
    name: 86_400 if name.endswith("_s") else 100 if name.endswith(("percent", "margin")) else 9_999 for name in NAMES
}


def read_limits(typed: Mapping[str, object]) -> Limits:
    """The limits as typed into a form.

    Raises:
        Invalid: `fields` says which value is not a number, out of range, or red before amber.
    """
    values: dict[str, int] = {}
    wrong: dict[str, str] = {}
    for name in NAMES:
        try:
            values[name] = int(str(typed.get(name, "")).strip())
        except ValueError:
            wrong[name] = "not_a_number"
            continue
        if not 0 <= values[name] <= LARGEST[name]:
            wrong[name] = "out_of_range"
    for warn, bad in PAIRS:
        if not wrong.keys() & {warn, bad} and values[warn] > values[bad]:
            wrong[bad] = "red_before_amber"
    if not wrong.keys() & {"free_warn", "free_bad"} and values["free_bad"] > values["free_warn"]:
        wrong["free_bad"] = "red_before_amber"
    if wrong:
        raise Invalid(code="limits_invalid", fields=wrong)
    return Limits(**values)


def set_limits(queue_id: int | None, limits: Limits | None, *, actor: Actor) -> None:
    """The limits of a queue, or of the house when there is none; without `limits` those above it apply again.

    Raises:
        NotFound: no such queue.
    """
    with transaction() as session:
        if queue_id is not None and session.get(Queue, queue_id) is None:
            raise NotFound(code="queue_unknown")
        where = BoardLimits.queue_id == queue_id if queue_id is not None else BoardLimits.queue_id.is_(None)
        row = session.scalar(select(BoardLimits).where(where).with_for_update())
        before = asdict(as_limits(row)) if row else None
        if limits is None:
            session.execute(delete(BoardLimits).where(where))
        elif row is None:
            session.add(BoardLimits(queue_id=queue_id, **asdict(limits)))
        else:
            for name, value in asdict(limits).items():
                setattr(row, name, value)
        record_event(
            session,
            "board.limits_changed",
            "queue" if queue_id is not None else "board",
            queue_id or 0,
            actor=actor,
            before=before,
            after=asdict(limits) if limits else None,
        )
        touch(session, "board", KEY)


def limits_of(session: Session, queue_id: int | None) -> tuple[Limits, bool]:
    """The limits that apply, and whether they are the queue's own."""
    house, own = limits_in_force(session)
    if queue_id is None:
        return house, True
    return own.get(queue_id, house), queue_id in own
