"""Topics, dispositions and break codes. None is ever deleted: history names them; they are put out of use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.administration.changes import Consequence, demand_consent, demand_unchanged, differences
from app.administration.entries import Refusals, code_entry, names_entry, whole_entry
from app.administration.services.counts import waiting_in
from app.agents.models import Agent, BreakCode
from app.db import transaction
from app.errors import Invalid, NotFound
from app.eventlog import Actor, record_event
from app.i18n import localised
from app.queues.models import Disposition, Queue, Topic

Code: TypeAlias = Topic | Disposition | BreakCode

#: Kind as addresses say it -> (model, noun of the log, longest code).
KINDS: dict[str, tuple[type[Code], str, int]] = {
    "topics": (Topic, "topic", 40),
    "dispositions": (Disposition, "disposition", 40),
    "breaks": (BreakCode, "break_code", 30),
}


def code_values(row: Code) -> dict[str, Any]:
    """What the form of a code shows."""
    values: dict[str, Any] = {"code": row.code, "position": row.position, "active": row.active}
    if not isinstance(row, BreakCode):
        values["queue"] = row.queue_id or ""
    if isinstance(row, Topic):
        values["public"] = row.public
    return values | {f"name_{language}": text for language, text in row.names.items()}


def list_codes(session: Session, kind: str) -> Sequence[Any]:
    """(code, its queue or None) of a kind: in use first, in the order people see them.

    Raises:
        NotFound: there is no such kind.
    """
    model = kind_of(kind)[0]
    if model is BreakCode:
        rows = session.scalars(select(BreakCode).order_by(BreakCode.active.desc(), BreakCode.position, BreakCode.id))
        return [(row, None) for row in rows]
    owned: Any = model
    return session.execute(
        select(owned, Queue)
        .outerjoin(Queue, Queue.id == owned.queue_id)
        .order_by(owned.active.desc(), Queue.position.asc().nulls_first(), owned.position, owned.id)
    ).all()


def kind_of(kind: str) -> tuple[type[Code], str, int]:
    """The entry of KINDS.

    Raises:
        NotFound: there is no such kind.
    """
    if kind not in KINDS:
        raise NotFound()
    return KINDS[kind]


def get_code(session: Session, kind: str, code_id: int) -> Code:
    """One code.

    Raises:
        NotFound: no such kind or code.
    """
    model: Any = kind_of(kind)[0]
    row: Code | None = session.get(model, code_id)
    if row is None:
        raise NotFound()
    return row


def create_code(kind: str, raw: Mapping[str, str], *, actor: Actor) -> int:
    """Id of a new code of `kind`, in use.

    Raises:
        NotFound: there is no such kind.
        Invalid: a field is refused, or the code is taken.
    """
    model, noun, longest = kind_of(kind)
    refusals = Refusals()
    names = names_entry(raw, refusals)
    code = code_entry(raw, refusals, limit=longest, made_of=names.get("en", ""))
    try:
        with transaction() as session:
            fields = _own_fields(session, kind, raw, refusals)
            refusals.raise_any()
            if not raw.get("position"):
                fields["position"] = (session.scalar(select(func.max(model.position))) or 0) + 1
            row = model(code=code, names=names, active=True, **fields)
            session.add(row)
            session.flush()
            record_event(session, f"{noun}.created", noun, row.id, actor=actor, after=code_values(row))
            return row.id
    except IntegrityError as error:
        raise Invalid(fields={"code": _("This code is taken already.")}) from error


def change_code(
    kind: str, code_id: int, raw: Mapping[str, str], *, seen: str | None, confirmed: str = "", actor: Actor
) -> None:
    """Save names, place, queue and use of a code; the code itself stays.

    Raises:
        NotFound: no such kind or code.
        Invalid: a field is refused, or agents could not finish contacts any more.
        EditConflict: somebody else saved since the form was opened.
        ConfirmFirst: the change reaches further than the code.
    """
    model, noun, _longest = kind_of(kind)
    refusals = Refusals()
    names = names_entry(raw, refusals)
    with transaction() as session:
        row: Any = session.get(model, code_id, with_for_update={"key_share": True}, populate_existing=True)
        if row is None:
            raise NotFound()
        fields = _own_fields(session, kind, raw, refusals)
        refusals.raise_any()
        before = code_values(row)
        demand_unchanged(before, seen)
        fields["active"] = raw.get("active") == "1"
        demand_consent(_consequences(session, row, fields), confirmed)
        row.names = names
        for name, value in fields.items():
            setattr(row, name, value)
        session.flush()
        if isinstance(row, Disposition):
            _demand_dispositions(session)
        after = code_values(row)
        old, new = differences({**dict.fromkeys(after), **before}, {**dict.fromkeys(before), **after})
        if new:
            record_event(session, f"{noun}.changed", noun, code_id, actor=actor, before=old, after=new)


def _own_fields(session: Session, kind: str, raw: Mapping[str, str], refusals: Refusals) -> dict[str, Any]:
    fields: dict[str, Any] = {"position": whole_entry(raw, "position", refusals, 0, 999, optional=True) or 0}
    if kind == "breaks":
        return fields
    queue = raw.get("queue", "")
    known = queue.isdecimal() and len(queue) <= 18 and session.get(Queue, int(queue)) is not None
    if (queue or kind == "topics") and not known:
        refusals.add("queue", _("Please choose one of the listed ones."))
    fields["queue_id"] = int(queue) if known else None
    if kind == "topics":
        fields["public"] = raw.get("public") == "1"
    return fields


def _consequences(session: Session, row: Code, fields: Mapping[str, Any]) -> list[Consequence]:
    if isinstance(row, Topic):
        return _topic_consequences(session, row, fields)
    found: list[Consequence] = []
    if isinstance(row, BreakCode):
        on_it = session.scalar(
            select(func.count()).where(
                or_(Agent.break_code_id == row.id, Agent.pending_break_code_id == row.id),
                Agent.session_state != "offline",
            )
        )
        if row.active and not fields["active"] and on_it:
            text = ngettext(
                "%(num)s agent is on this break now and stays on it until they change.",
                "%(num)s agents are on this break now and stay on it until they change.",
                on_it,
            )
            found.append(Consequence("on_break", text))
        if row.active and not fields["active"] and not _others_active(session, row):
            text = _("It is the last break code in use: agents can't take breaks any more.")
            found.append(Consequence("last_break", text, "bad"))
    return found


def _others_active(session: Session, row: BreakCode) -> int:
    return session.scalar(select(func.count()).where(BreakCode.active, BreakCode.id != row.id)) or 0


def _topic_consequences(session: Session, row: Topic, fields: Mapping[str, Any]) -> list[Consequence]:
    queue = session.get_one(Queue, row.queue_id)
    shown, stays = row.active and row.public, fields["active"] and fields["public"]
    found = []
    if shown and (not stays or fields["queue_id"] != row.queue_id):
        others = session.scalar(
            select(func.count()).where(Topic.queue_id == row.queue_id, Topic.id != row.id, Topic.active, Topic.public)
        )
        if not others and queue.active and queue.public:
            text = _(
                "It is the last topic on the call page that leads to “%(queue)s”: customers can't reach that queue "
                "themselves any more.",
                queue=localised(queue.names),
            )
            found.append(Consequence("last_topic", text, "bad"))
        elif not stays:
            found.append(Consequence("off_the_page", _("Customers can no longer choose it on the call page."), "warn"))
    if fields["queue_id"] != row.queue_id:
        waiting = waiting_in(session, row.queue_id)
        text = ngettext(
            "New calls go to the other queue. %(num)s contact that waits in “%(queue)s” stays there.",
            "New calls go to the other queue. %(num)s contacts that wait in “%(queue)s” stay there.",
            waiting,
            queue=localised(queue.names),
        )
        found.append(Consequence("moves_queue", text))
    return found


def _demand_dispositions(session: Session) -> None:
    """Every open queue keeps a result to choose: without one no contact could be saved."""
    general = session.scalar(select(Disposition.id).where(Disposition.active, Disposition.queue_id.is_(None)).limit(1))
    if general is not None:
        return
    covered = select(Disposition.queue_id).where(Disposition.active, Disposition.queue_id.is_not(None))
    bare = session.scalars(
        select(Queue).where(Queue.active, Queue.id.not_in(covered)).order_by(Queue.position, Queue.id)
    ).all()
    if bare:
        names = ", ".join(localised(queue.names) for queue in bare)
        message = _(
            "Agents could not finish contacts of %(queues)s: no result would be left to choose. Add another one first.",
            queues=names,
        )
        raise Invalid(message, code="last_disposition", fields={"active": message})
