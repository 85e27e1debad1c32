"""Signed-in browsers: a random token in the cookie, its hash in the database, two ways to expire."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, bindparam, select, update
from sqlalchemy.orm import Session

from app import live
from app.security.models import User, UserSession

#: A shift and a bit: after this a password is asked for again, whatever happened in between.
LONGEST = timedelta(hours=12)
#: Without a request or a socket event for this long the session ends.
IDLE = timedelta(hours=2)
#: How old `last_seen_at` may grow before it is written again: keeps reading pages from writing rows.
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a request or socket event, as of this very moment."""

    id: int
    login: str
    display_name: str
    role: str
    language: str
    theme: str
    notices: dict[str, Any]
    session_hash: str
    must_change_password: bool
    last_seen_at: datetime


_users, _sessions = User.__table__.c, UserSession.__table__.c
#: Asked with every request and socket event: columns by the names of SignedIn, put together once.
_PERSON = (
    select(
        _users.id,
        _users.login,
        _users.display_name,
        _users.role,
        _users.language,
        _users.theme,
        _users.notices,
        _sessions.token_hash.label("session_hash"),
        _users.must_change_password,
        _sessions.last_seen_at,
    )
    .join_from(UserSession.__table__, User.__table__, _sessions.user_id == _users.id)
    .where(
        _sessions.token_hash == bindparam("token_hash"),
        _sessions.revoked_at.is_(None),
        _sessions.expires_at > bindparam("at"),
        _sessions.last_seen_at > bindparam("idle_since"),
        _users.active,
        bindparam("demo", type_=Boolean) | _users.demo.is_(False),
    )
)


def hash_of(token: str) -> str:
    """What is stored of a cookie's token. Plain SHA-256 will do: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def room_of(session_hash: str) -> str:
    """The socket room of one signed-in browser, which hears `session.ended`."""
    return f"session:{session_hash}"


def find(session: Session, token: str, *, at: datetime, demo: bool) -> SignedIn | None:
    """The person whose live session `token` opens, or None when it ended or never was.

    Demo people, whose password everybody knows, are let in only by a desk that serves the `demo`.
    """
    asked = {"token_hash": hash_of(token), "at": at, "idle_since": at - IDLE, "demo": demo}
    row = session.execute(_PERSON, asked).one_or_none()
    return None if row is None else SignedIn(**row._mapping)


def open_session(session: Session, user_id: int, *, address: str, browser: str, at: datetime) -> str:
    """The token of a new session for `user_id`; it is told once and never stored."""
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=hash_of(token),
            user_id=user_id,
            created_at=at,
            last_seen_at=at,
            expires_at=at + LONGEST,
            address=address[:60],
            browser=browser[:200],
        )
    )
    return token


def mark_seen(session: Session, session_hash: str, *, at: datetime) -> None:
    """Put off the idle end of a session; never moves it back, and never revives one that ended."""
    session.execute(
        update(UserSession)
        .where(
            UserSession.token_hash == session_hash,
            UserSession.last_seen_at < at,
            UserSession.revoked_at.is_(None),
        )
        .values(last_seen_at=at)
        .execution_options(synchronize_session=False)
    )


def live_sessions(session: Session, user_id: int, *, at: datetime) -> list[UserSession]:
    """The sessions of a person that still open the door, newest use first."""
    return list(
        session.scalars(
            select(UserSession)
            .where(
                UserSession.user_id == user_id,
                UserSession.revoked_at.is_(None),
                UserSession.expires_at > at,
                UserSession.last_seen_at > at - IDLE,
            )
            .order_by(UserSession.last_seen_at.desc())
        )
    )


def revoke(session: Session, user_id: int, *, at: datetime, only: str = "", keep: str = "") -> int:
    """How many sessions of `user_id` were ended: all, the one with hash `only`, or all but `keep`.

    Open pages of an ended session hear `session.ended` at commit, and their sockets are refused from then on.
    """
    where = [UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.expires_at > at]
    if only:
        where.append(UserSession.token_hash == only)
    if keep:
        where.append(UserSession.token_hash != keep)
    hashes = session.scalars(
        update(UserSession)
        .where(*where)
        .values(revoked_at=at)
        .returning(UserSession.token_hash)
        .execution_options(synchronize_session=False)
    ).all()
    for session_hash in hashes:
        live.send(session, room_of(session_hash), "session.ended", {})
    return len(hashes)
