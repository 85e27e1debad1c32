"""The draw's course: open, commit, freeze, reveal, draw. Each step fixes what the next one can no longer change."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, undefer

from app import clock
from app.db import alone, reading, transaction
from app.domain.sampling import commitment, joint_beacon
from app.draws import making
from app.draws.frame import month
from app.draws.making import tell
from app.draws.models import SECRET_ROLES, DrawAgent, DrawSecret, QualityDraw
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import SWEEP, Actor, person

#: Local hour of the first of the month at which the frame is frozen.
FREEZE_HOUR = 2
_HEX = re.compile(r"[0-9a-f]{64}")
SECRET_LENGTHS = range(16, 201)

#: States in which a long step goes on, agent by agent.
LONG_STEPS = ("freezing", "ready")


def period_of(moment: datetime, zone: str) -> str:
    """The running month, "2026-11", in `zone`."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m")


def _always() -> bool:
    return True


def advance(moment: datetime, *, zone: str, secret: str, going_on: Callable[[], bool] = _always) -> None:
    """Do what time has made due: open the running month's draw, freeze closed months, draw what is ready.

    Many short transactions, an agent in each. Several processes may do it at once: one of them does it, the others
    leave. Whoever is stopped on the way (killed, or no longer `going_on`) leaves whole agents behind, and the next
    look goes on from there.
    """
    with alone("monthly draw") as nobody_else:
        if not nobody_else:
            return
        with transaction() as session:
            _open(session, period_of(moment, zone))
        for draw_id in _in_state("open"):
            _begin(draw_id, moment, zone)
        for draw_id in _in_state("freezing"):
            _freeze(draw_id, moment, secret, going_on)
        for draw_id in _in_state("ready"):
            _make(draw_id, moment, going_on)


def pause(draw_id: int, *, actor: Actor) -> None:
    """Nobody goes on with the long step of a draw until `resume`. What is decided and done stays.

    Raises:
        NotFound: no such draw.
        Conflict: no long step is going on, or it is paused already.
    """
    with transaction() as session:
        row = _locked(session, draw_id)
        if row.state not in LONG_STEPS or row.paused_at is not None:
            raise Conflict(code="draw_moved_on")
        row.paused_at = clock.now()
        tell(session, "draw.paused", row, actor, {})


def resume(draw_id: int, *, actor: Actor) -> None:
    """A paused draw goes on where it was, to the end it would have had without the pause.

    Raises:
        NotFound: no such draw.
        Conflict: it is not paused.
    """
    with transaction() as session:
        row = _locked(session, draw_id)
        if row.paused_at is None:
            raise Conflict(code="draw_moved_on")
        row.paused_at = None
        tell(session, "draw.resumed", row, actor, {})


def commit_secret(draw_id: int, *, role: str, user_id: int, salt: str, committed: str) -> None:
    """`role` binds itself to a secret that only `user_id` knows. `committed` is SHA-256 of "salt|secret", hex.

    Raises:
        NotFound: no such draw.
        Invalid: the role makes no secret, or the values are not hex of 256 bits.
        Conflict: the role is bound already, the same person is bound in the other role, or it is too late.
    """
    if role not in SECRET_ROLES or not _HEX.fullmatch(committed) or not _HEX.fullmatch(salt):
        raise Invalid(code="commitment_invalid")
    with transaction() as session:
        row = _locked(session, draw_id)
        known = _secrets(session, draw_id)
        # A further round has its frame already; there the secrets come after it and before any is told
        timely = row.state == "open" or (row.state == "frozen" and row.round > 1)
        if row.method != "commit_reveal" or not timely or any(each.secret for each in known.values()):
            raise Conflict(code="draw_moved_on")
        if role in known or any(each.user_id == user_id for each in known.values()):
            raise Conflict(code="committed_already")
        session.add(
            DrawSecret(
                draw_id=draw_id,
                role=role,
                user_id=user_id,
                commitment=committed,
                salt=salt,
                committed_at=clock.now(),
            )
        )
        tell(session, "draw.committed", row, person(user_id), {"role": role, "commitment": committed})


def reveal_secret(draw_id: int, *, role: str, user_id: int, secret: str) -> None:
    """`user_id` tells the secret of `role`; with the last one the beacon is known and the draw is made.

    Raises:
        NotFound: no such draw.
        Invalid: this is not the secret that was committed to.
        Conflict: the frame is not frozen yet, both roles are not bound yet, or somebody else bound this role.
    """
    with transaction() as session:
        row = _locked(session, draw_id)
        known = _secrets(session, draw_id)
        own = known.get(role)
        if row.state != "frozen" or len(known) < len(SECRET_ROLES) or own is None or own.user_id != user_id:
            raise Conflict(code="draw_moved_on")
        if len(secret) not in SECRET_LENGTHS or commitment(secret, own.salt) != own.commitment:
            raise Invalid(code="secret_wrong")
        if own.secret is None:
            own.secret, own.revealed_at = secret, clock.now()
            tell(session, "draw.revealed", row, person(user_id), {"role": role})
        told = {name: each.secret for name, each in known.items() if each.secret is not None}
        if len(told) == len(SECRET_ROLES):
            settle_beacon(session, row, joint_beacon(told), person(user_id))


def name_beacon(draw_id: int, *, source: str, due_at: datetime, actor: Actor) -> None:
    """The draw will rest on a public value that is published at `due_at` (UTC), after the freeze.

    Raises:
        NotFound: no such draw.
        Invalid: no source is named, or it is published before the month has ended.
        Conflict: secrets are committed already, or the frame is frozen.
    """
    with transaction() as session:
        row = _locked(session, draw_id)
        if row.state != "open" or _secrets(session, draw_id):
            raise Conflict(code="draw_moved_on")
        year, number = map(int, row.period.split("-"))
        earliest = datetime(year + number // 12, number % 12 + 1, 2, tzinfo=due_at.tzinfo)
        if not 5 <= len(source.strip()) <= 200 or due_at < earliest:
            raise Invalid(code="beacon_invalid")
        row.method, row.beacon_source, row.beacon_due_at = "public_beacon", source.strip(), due_at
        tell(session, "draw.beacon_named", row, actor, {"source": source.strip(), "due_at": due_at.isoformat()})


def enter_beacon(draw_id: int, *, value: str, actor: Actor) -> None:
    """The public value as it was published; everybody can compare it at its source.

    Raises:
        NotFound: no such draw.
        Invalid: the value is empty or too long.
        Conflict: the draw rests on secrets, is not frozen, or the value was not published yet or before the freeze.
    """
    with transaction() as session:
        row = _locked(session, draw_id)
        due, frozen = row.beacon_due_at, row.frozen_at
        if row.state != "frozen" or row.method != "public_beacon" or due is None or frozen is None:
            raise Conflict(code="draw_moved_on")
        if due < frozen or clock.now() < due:
            raise Conflict(code="beacon_untimely")
        if not 8 <= len(value.strip()) <= 200:
            raise Invalid(code="beacon_invalid")
        settle_beacon(session, row, value.strip(), actor)


def open_another_round(draw_id: int, *, reason: str, actor: Actor) -> int:
    """Id of a further round over the same frozen frame. The first stays as it is, for everybody to see.

    Raises:
        NotFound: no such draw.
        Invalid: no reason is given.
        Conflict: nothing is frozen yet, or it is just being drawn.
    """
    if not 10 <= len(reason.strip()) <= 300:
        raise Invalid(code="reason_missing")
    with transaction() as session:
        row = _locked(session, draw_id)
        newest = session.scalar(
            select(QualityDraw.round).where(QualityDraw.period == row.period).order_by(QualityDraw.round.desc())
        )
        if row.state not in ("frozen", "drawn") or newest != row.round:
            raise Conflict(code="draw_moved_on")
        if row.state == "frozen":
            row.state = "given_up"
            session.flush()
        draw = insert(QualityDraw).from_select(
            ["period", "round", "state", "frame", "frame_sha256", "frozen_at", "reason"],
            select(
                QualityDraw.period,
                literal(row.round + 1),
                literal("frozen"),
                QualityDraw.frame,
                QualityDraw.frame_sha256,
                QualityDraw.frozen_at,
                literal(reason.strip()),
            ).where(QualityDraw.id == draw_id),
        )
        again = session.get_one(QualityDraw, session.execute(draw.returning(QualityDraw.id)).scalar_one())
        kept = (DrawAgent.agent_id, DrawAgent.customers, DrawAgent.members, DrawAgent.agent_code, DrawAgent.names)
        agents = select(literal(again.id), *kept).where(DrawAgent.draw_id == draw_id)
        session.execute(insert(DrawAgent).from_select(["draw_id", *(each.key for each in kept)], agents))
        tell(session, "draw.another_round", again, actor, {"round": again.round}, reason=reason.strip())
        return again.id


def _in_state(state: str) -> list[int]:
    """Draws that somebody could go on with."""
    with reading() as session:
        found = select(QualityDraw.id).where(QualityDraw.state == state, QualityDraw.paused_at.is_(None))
        return list(session.scalars(found.order_by(QualityDraw.id)))


def _going_on(session: Session, draw_id: int, state: str) -> QualityDraw | None:
    """The draw, where its long step goes on; None once it is paused, or somebody else has finished it."""
    row = session.get_one(QualityDraw, draw_id)
    return row if row.state == state and row.paused_at is None else None


def _begin(draw_id: int, moment: datetime, zone: str) -> None:
    """Decide who can be drawn, where the month is over and the beacon can no longer be chosen."""
    with transaction() as session:
        row = _locked(session, draw_id)
        due = moment >= month(row.period, zone)[1] + timedelta(hours=FREEZE_HOUR)
        if row.state == "open" and due and _is_bound(session, row):
            making.begin_freeze(session, row, zone=zone, now=moment)


def _freeze(draw_id: int, moment: datetime, secret: str, going_on: Callable[[], bool]) -> None:
    """Name the customers of each agent, then publish the frame."""
    with reading() as session:
        missing = making.unnamed(session, draw_id)
    for agent_id in missing:
        if not going_on():
            return
        with transaction() as session:
            row = _going_on(session, draw_id, "freezing")
            if row is None:
                return
            making.name_members(session, row, agent_id, secret=secret)
    with transaction() as session:
        row = _locked(session, draw_id)
        if row.state == "freezing" and row.paused_at is None and not making.unnamed(session, draw_id):
            making.end_freeze(session, row, moment)


def _make(draw_id: int, moment: datetime, going_on: Callable[[], bool]) -> None:
    """Write down the places of each agent's customers, then publish the result."""
    with reading() as session:
        missing = making.unplaced(session, draw_id)
        drawn = making.the_draw(session.get_one(QualityDraw, draw_id, options=[undefer(QualityDraw.frame)]))
    for code in missing:
        if not going_on():
            return
        with transaction() as session:
            row = _going_on(session, draw_id, "ready")
            if row is None:
                return
            making.place_members(session, row, code, drawn.seed, drawn.agents[code])
    with transaction() as session:
        row = _locked(session, draw_id)
        if row.state == "ready" and row.paused_at is None and not making.unplaced(session, draw_id):
            making.end_draw(session, row, drawn, moment)


def _open(session: Session, period: str) -> None:
    made = session.execute(
        upsert(QualityDraw).values(period=period).on_conflict_do_nothing().returning(QualityDraw.id)
    ).scalar()
    if made is not None:
        tell(session, "draw.opened", session.get_one(QualityDraw, made), SWEEP, {"period": period})


def _is_bound(session: Session, row: QualityDraw) -> bool:
    """Whether the beacon can no longer be chosen with the frame in view."""
    return row.method == "public_beacon" or len(_secrets(session, row.id)) == len(SECRET_ROLES)


def settle_beacon(session: Session, row: QualityDraw, beacon: str, actor: Actor) -> None:
    """The beacon is known: the draw can be made. Participant."""
    row.beacon, row.state = beacon, "ready"
    tell(session, "draw.beacon_known", row, actor, {"beacon": beacon})


def _locked(session: Session, draw_id: int) -> QualityDraw:
    row = session.get(QualityDraw, draw_id, with_for_update=True)
    if row is None:
        raise NotFound(code="draw_unknown")
    return row


def _secrets(session: Session, draw_id: int) -> dict[str, DrawSecret]:
    rows = session.scalars(select(DrawSecret).where(DrawSecret.draw_id == draw_id))
    return {row.role: row for row in rows}
