"""Queues: their names and rules; opening and closing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.administration.changes import Consequence, demand_consent, demand_unchanged, differences
from app.administration.entries import Refusals, code_entry, names_entry, whole_entry
from app.administration.services.counts import certified_for, waiting_in
from app.administration.services.recording_policy import recording_consequences
from app.db import reading, transaction
from app.domain.matching_shapes import Strategy
from app.domain.recording import POLICIES
from app.errors import Invalid, NotFound
from app.eventlog import Actor, record_event
from app.i18n import localised
from app.live import touch
from app.queues.models import Queue, Topic
from app.queues.opening import lock_queue, set_open
from app.queues.wake import wake_router

LONGEST_CODE = 30
STRATEGIES = tuple(strategy.value for strategy in Strategy)
#: Number of a queue -> (least, most); seconds unless the name says otherwise.
NUMBERS: dict[str, tuple[int, int]] = {
    "priority": (-100, 100),
    "priority_step_s": (1, 3600),
    "ring_s": (5, 120),
    "preferred_agent_s": (0, 3600),
    "miss_limit": (1, 10),
    "acw_s": (0, 3600),
    "acw_extension_s": (0, 3600),
    "acw_cap_s": (30, 7200),
    "target_s": (1, 3600),
    "target_percent": (1, 100),
    "short_abandon_s": (0, 120),
    "recording_days": (1, 3650),
    "callback_hours": (1, 72),
    "position": (0, 999),
}
#: The same, where empty means never.
OPTIONAL_NUMBERS: dict[str, tuple[int, int]] = {"language_relax_s": (0, 3600)}


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A checked queue form."""

    names: dict[str, str]
    strategy: str
    public: bool
    recording: str
    quality_calls: bool
    numbers: dict[str, int | None]


def queue_values(queue: Queue) -> dict[str, Any]:
    """What the form of a queue shows, by the names of its fields."""
    values: dict[str, Any] = {f"name_{language}": text for language, text in queue.names.items()}
    values |= {"code": queue.code, "strategy": queue.strategy, "public": queue.public, "recording": queue.recording}
    values["quality_calls"] = queue.quality_calls
    return values | {name: getattr(queue, name) for name in (*NUMBERS, *OPTIONAL_NUMBERS)}


def standard_values() -> dict[str, Any]:
    """What the form of a new queue begins with: the defaults of the columns."""
    columns = Queue.__table__.c
    values: dict[str, Any] = {}
    for name in NUMBERS:
        default: Any = columns[name].server_default
        values[name] = str(default.arg)
    return values | {"strategy": STRATEGIES[0], "public": True, "recording": "off"}


def queue_entry(raw: Mapping[str, str], refusals: Refusals) -> QueueEntry:
    """The checked fields of a queue; what is wrong is gathered in `refusals`."""
    names = names_entry(raw, refusals)
    strategy = raw.get("strategy", "")
    if strategy not in STRATEGIES:
        refusals.add("strategy", _("Please choose one of the listed ones."))
    recording = raw.get("recording", "off")
    if recording not in POLICIES:
        refusals.add("recording", _("Please choose one of the listed ones."))
    numbers: dict[str, int | None] = {}
    for name, (low, high) in NUMBERS.items():
        numbers[name] = whole_entry(raw, name, refusals, low, high)
    for name, (low, high) in OPTIONAL_NUMBERS.items():
        numbers[name] = whole_entry(raw, name, refusals, low, high, optional=True)
    cap, target = numbers["acw_cap_s"], numbers["acw_s"]
    if cap is not None and target is not None and cap < target:
        refusals.add("acw_cap_s", _("The longest after-call time can't be shorter than the usual one."))
    return QueueEntry(names, strategy, raw.get("public") == "1", recording, raw.get("quality_calls") == "1", numbers)


def get_queue(queue_id: int) -> Queue:
    """One queue.

    Raises:
        NotFound: there is no such queue.
    """
    with reading() as session:
        queue = session.get(Queue, queue_id)
    if queue is None:
        raise NotFound()
    return queue


def create_queue(raw: Mapping[str, str], *, actor: Actor) -> int:
    """Id of a new, open queue; with `with_topic` customers can choose it on the call page at once.

    Raises:
        Invalid: a field is refused, or the code is taken.
    """
    refusals = Refusals()
    entry = queue_entry({**{k: str(v) for k, v in standard_values().items() if k in NUMBERS}, **raw}, refusals)
    code = code_entry(raw, refusals, limit=LONGEST_CODE, made_of=entry.names.get("en", ""))
    refusals.raise_any()
    try:
        with transaction() as session:
            _demand_only_one(session, entry, None)
            queue = Queue(
                code=code,
                names=entry.names,
                strategy=entry.strategy,
                public=entry.public,
                recording=entry.recording,
                quality_calls=entry.quality_calls,
                **entry.numbers,
            )
            if not raw.get("position"):
                queue.position = (session.scalar(select(func.max(Queue.position))) or 0) + 1
            session.add(queue)
            session.flush()
            values = queue_values(queue)
            record_event(session, "queue.created", "queue", queue.id, actor=actor, after=values)
            if raw.get("with_topic") == "1":
                _add_topic(session, queue, actor)
            touch(session, "queue", queue.id)
            return queue.id
    except IntegrityError as error:
        raise Invalid(fields={"code": _("This code is taken already.")}) from error


def _demand_only_one(session: Session, entry: QueueEntry, queue_id: int | None) -> None:
    """Quality calls come from one queue: their callers and the router know which.

    Raises:
        Invalid: it is another one already.
    """
    other = session.scalar(select(Queue).where(Queue.quality_calls, Queue.id != (queue_id or 0)))
    if entry.quality_calls and other is not None:
        text = _("“%(queue)s” is the queue of quality calls already.", queue=localised(other.names))
        raise Invalid(fields={"quality_calls": text})


def _add_topic(session: Session, queue: Queue, actor: Actor) -> None:
    if session.scalar(select(Topic.id).where(Topic.code == queue.code)) is not None:
        return
    topic = Topic(code=queue.code, names=queue.names, queue_id=queue.id)
    session.add(topic)
    session.flush()
    after = {"code": topic.code, "queue": queue.id}
    record_event(session, "topic.created", "topic", topic.id, actor=actor, reason="with_queue", after=after)


def change_queue(queue_id: int, raw: Mapping[str, str], *, seen: str | None, confirmed: str = "", actor: Actor) -> None:
    """Save the form of a queue.

    Raises:
        Invalid: a field is refused.
        EditConflict: somebody else saved since the form was opened.
        ConfirmFirst: the change does something that should be said first.
    """
    refusals = Refusals()
    entry = queue_entry(raw, refusals)
    refusals.raise_any()
    with transaction() as session:
        queue = lock_queue(session, queue_id)
        before = queue_values(queue)
        demand_unchanged(before, seen)
        demand_consent(_rule_consequences(session, queue, entry), confirmed)
        queue.names, queue.strategy, queue.public = entry.names, entry.strategy, entry.public
        _demand_only_one(session, entry, queue.id)
        queue.recording, queue.quality_calls = entry.recording, entry.quality_calls
        for name, number in entry.numbers.items():
            setattr(queue, name, number)
        old, new = differences(before, queue_values(queue))
        if not new:
            return
        record_event(session, "queue.changed", "queue", queue_id, actor=actor, before=old, after=new)
        touch(session, "queue", queue_id)
        wake_router(session, queue.pool)


def _rule_consequences(session: Session, queue: Queue, entry: QueueEntry) -> list[Consequence]:
    found = []
    waiting = waiting_in(session, queue.id)
    if queue.public and not entry.public:
        text = _("Customers can no longer choose this queue on the call page. Transfers still reach it.")
        found.append(Consequence("not_public", text, "warn"))
    ranks = ("priority", "priority_step_s")
    if waiting and any(entry.numbers[name] != getattr(queue, name) for name in ranks):
        text = ngettext(
            "%(num)s contact waits already and keeps its place; the new priority counts for those who come after.",
            "%(num)s contacts wait already and keep their places; the new priority counts for those who come after.",
            waiting,
        )
        found.append(Consequence("priority_later", text))
    return found + recording_consequences(session, queue, entry.recording, entry.numbers["recording_days"] or 0)


def closing_consequences(session: Session, queue: Queue) -> list[Consequence]:
    """What closing `queue` does to those who wait in it, to new callers, and to the agents."""
    waiting = waiting_in(session, queue.id)
    agents = len(certified_for(session, queue.id, clock.now().date()))
    if waiting and not agents:
        text = ngettext(
            "%(num)s contact waits, and no certified agent serves this queue: it would wait on until it gives up.",
            "%(num)s contacts wait, and no certified agent serves this queue: they would wait on until they give up.",
            waiting,
        )
        found = [Consequence("waiting_unserved", text, "bad")]
    elif waiting:
        served = ngettext(
            "%(num)s contact waits now. It keeps its place and is served.",
            "%(num)s contacts wait now. They keep their places and are served.",
            waiting,
        )
        found = [Consequence("waiting_served", served)]
    else:
        found = [Consequence("nobody_waits", _("Nobody waits in it now."))]
    text = _("New callers can't choose it, and calls can't be transferred to it until it is opened again.")
    found.append(Consequence("new_refused", text, "warn"))
    if agents:
        text = ngettext(
            "%(num)s certified agent gets no new contacts from it.",
            "%(num)s certified agents get no new contacts from it.",
            agents,
        )
        found.append(Consequence("agents_idle", text))
    return found


def open_or_close(queue_id: int, *, is_open: bool, reason: str, confirmed: str, actor: Actor) -> None:
    """Open a queue, or close it once what that does has been read.

    Raises:
        NotFound: there is no such queue.
        ConfirmFirst: closing, and not agreed to yet.
    """
    with transaction() as session:
        queue = lock_queue(session, queue_id)
        if queue.active and not is_open:
            demand_consent(closing_consequences(session, queue), confirmed)
        set_open(session, queue_id, is_open=is_open, reason=reason[:500], actor=actor)
