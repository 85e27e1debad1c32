"""What administrators do with people: list, create, edit, reset a password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clock import now
from app.db import reading, transaction
from app.errors import Invalid, NotFound
from app.eventlog import Actor, record_event
from app.security import passwords, sessions
from app.security.models import ROLES, User, UserSession
from app.security.services import clean_name, objections

PAGE = 50


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list."""

    user: User
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the list, in order of names."""

    rows: list[PersonRow]
    page: int
    pages: int
    total: int


def listing(*, query: str = "", role: str = "", page: int = 1) -> PeoplePage:
    """People whose name or login contains `query`, of one role or of all."""
    where = []
    if query:
        words = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\0", "")
        where.append(or_(User.display_name.ilike(f"%{words}%"), User.login.ilike(f"%{words}%")))
    if role in ROLES:
        where.append(User.role == role)
    last_seen = select(func.max(UserSession.last_seen_at)).where(UserSession.user_id == User.id).scalar_subquery()
    with reading() as session:
        total = session.scalar(select(func.count()).select_from(User).where(*where)) or 0
        pages = max(1, -(-total // PAGE))
        page = min(max(1, page), pages)
        rows = session.execute(
            select(User, last_seen)
            .where(*where)
            .order_by(User.active.desc(), func.lower(User.display_name), User.id)
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        ).all()
    return PeoplePage([PersonRow(user, seen) for user, seen in rows], page, pages, total)


def read(user_id: int) -> User:
    """One person.

    Raises:
        NotFound: no such person.
    """
    with reading() as session:
        user = session.get(User, user_id)
    if user is None:
        raise NotFound()
    return user


def by_login(login: str) -> User:
    """The person with this login.

    Raises:
        NotFound: no such person.
    """
    with reading() as session:
        user = session.scalar(select(User).where(User.login == login.strip().lower()))
    if user is None:
        raise NotFound(_("Nobody has this login."))
    return user


def add_person(
    session: Session,
    *,
    login: str,
    display_name: str,
    role: str,
    password_hash: str,
    actor: Actor,
    must_change_password: bool = True,
    demo: bool = False,
) -> User:
    """A new person (participant). The caller has checked the entries."""
    user = User(
        login=login,
        display_name=display_name,
        role=role,
        password_hash=password_hash,
        must_change_password=must_change_password,
        demo=demo,
        created_at=now(),
    )
    session.add(user)
    session.flush()
    record_event(session, "user.created", "user", user.id, actor=actor, after={"login": login, "role": role})
    return user


def create(*, login: str, display_name: str, role: str, actor: Actor, password: str = "") -> tuple[int, str]:
    """Id of a new person and their first password (made up unless given), which they change at first sign-in.

    Raises:
        Invalid: the entries will not do, or the login is taken.
    """
    login, display_name = login.strip().lower(), clean_name(display_name)
    fields = objections(login, display_name)
    if role not in ROLES:
        fields["role"] = _("Please choose one of the listed ones.")
    if password and (problem := passwords.objection(password, login=login)):
        fields["password"] = problem
    if fields:
        raise Invalid(code="person", fields=fields)
    first = password or passwords.first_password()
    hashed = passwords.hash_password(first)
    try:
        with transaction() as session:
            user = add_person(
                session, login=login, display_name=display_name, role=role, password_hash=hashed, actor=actor
            )
            return user.id, first
    except IntegrityError as error:
        raise Invalid(code="person", fields={"login": _("Somebody has this login already.")}) from error


def edit(user_id: int, *, display_name: str, role: str, active: bool, actor: Actor) -> None:
    """Change a person's name, role, or whether they may sign in.

    A change of role or an end of access takes hold at once: open sessions end.

    Raises:
        NotFound: no such person.
        Invalid: the entries will not do, or nobody would be left to manage people.
    """
    display_name = clean_name(display_name)
    fields = objections("unchanged", display_name)
    if role not in ROLES:
        fields["role"] = _("Please choose one of the listed ones.")
    if fields:
        raise Invalid(code="person", fields=fields)
    with transaction() as session:
        user = _locked(session, user_id)
        before = {"display_name": user.display_name, "role": user.role, "active": user.active}
        after = {"display_name": display_name, "role": role, "active": active}
        if before == after:
            return
        if user.role == "administrator" and user.active and not (role == "administrator" and active):
            _demand_another_administrator(session, user_id)
        user.display_name, user.role, user.active = display_name, role, active
        if (user.role, user.active) != (before["role"], before["active"]):
            sessions.revoke(session, user_id, at=now())
        record_event(session, "user.changed", "user", user_id, actor=actor, before=before, after=after)


def reset_password(user_id: int, *, actor: Actor) -> str:
    """A new first password for somebody who lost theirs; unlocks the account and ends all its sessions.

    Raises:
        NotFound: no such person.
    """
    first = passwords.first_password()
    hashed = passwords.hash_password(first)
    with transaction() as session:
        user = _locked(session, user_id)
        user.password_hash, user.must_change_password = hashed, True
        user.failed_sign_ins, user.locked_until = 0, None
        sessions.revoke(session, user_id, at=now())
        record_event(session, "user.password_reset", "user", user_id, actor=actor)
    return first


def _locked(session: Session, user_id: int) -> User:
    # Administrators first and in one order: two of them cannot demote each other at the same moment.
    session.scalars(select(User.id).where(User.role == "administrator").order_by(User.id).with_for_update()).all()
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound()
    return user


def _demand_another_administrator(session: Session, user_id: int) -> None:
    others = session.scalar(
        select(func.count()).select_from(User).where(User.role == "administrator", User.active, User.id != user_id)
    )
    if not others:
        message = _("This is the last administrator. Make somebody else one first.")
        raise Invalid(message, code="last_administrator", fields={"role": message})
