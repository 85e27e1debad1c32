"""Signing in and out, and what people do with their own account."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, func, select, true
from sqlalchemy.orm import Session

from app.clock import now
from app.db import reading, transaction
from app.domain.lockout import delay_after
from app.errors import Invalid, NotFound
from app.eventlog import Actor, record_event
from app.eventlog import person as person_actor
from app.security import passwords, sessions
from app.security.models import User

#: Logins are plain ASCII: the same on every keyboard, and lower() means the same here and in the database.
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,119}")
LONGEST_NAME = 120
THEMES = ("auto", "light", "dark")
LANGUAGES = ("", "en", "zh_Hans", "zh_Hant")
#: The actor of a try that belongs to no account.
NOBODY = Actor("nobody")
#: Held while the first user is made, so that two first administrators cannot race.
SET_UP_LOCK = 7100


#: Password of every demo person: told openly, so a desk without the demo refuses them (see `sign_in`).
DEMO_PASSWORD = "demo-hearback"  # noqa: S105


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """One demo person, as the sign-in page offers them."""

    login: str
    display_name: str
    role: str
    password: str


def sign_in(login: str, password: str, *, address: str, browser: str, replacing: str = "", demo: bool = False) -> str:
    """The token of a new session. A session that the browser already has (`replacing`: its token) ends.

    People of the demo organisation get in only where the `demo` is served.

    A wrong password, an unknown login, a locked and a closed account all read the same and take as long.

    Raises:
        Invalid: login and password do not fit, or the account may not sign in now.
    """
    login = login.strip().lower()
    with reading() as session:
        user = session.scalar(select(User).where(User.login == login)) if LOGIN.fullmatch(login) else None
    if user is not None and user.demo and not demo:
        user = None
    right = passwords.fits(user.password_hash if user else None, password)
    token = _settle(user.id if user else 0, right, password, address, browser, replacing)
    if token is None:
        raise Invalid(
            _(
                "This login and password don't go together. Check both and try again."
                " After several wrong tries, sign-in pauses for a few minutes."
            ),
            code="wrong_password",
        )
    return token


def _settle(user_id: int, right: bool, password: str, address: str, browser: str, replacing: str) -> str | None:
    at = now()
    with transaction() as session:
        # The lock makes parallel tries count one after the other.
        user = session.get(User, user_id, with_for_update=True)
        if user is None:
            # Written down too: an unknown login must not answer sooner, and guessing shall be seen.
            # Not the login itself: now and then people type their password there.
            after = {"address": address[:60]}
            record_event(session, "user.sign_in_failed", "user", 0, actor=NOBODY, reason="unknown", after=after)
            return None
        actor = person_actor(user.id)
        if not user.active or (user.locked_until is not None and user.locked_until > at):
            reason = "locked" if user.active else "inactive"
            record_event(session, "user.sign_in_refused", "user", user.id, actor=actor, reason=reason)
            return None
        if not right:
            user.failed_sign_ins += 1
            delay = delay_after(user.failed_sign_ins)
            record_event(session, "user.sign_in_failed", "user", user.id, actor=actor, after={"address": address[:60]})
            if delay:
                user.locked_until = at + delay
                until = {"until": user.locked_until.isoformat(), "failures": user.failed_sign_ins}
                record_event(session, "user.locked", "user", user.id, actor=actor, after=until)
            return None
        user.failed_sign_ins, user.locked_until = 0, None
        if passwords.is_outdated(user.password_hash):
            user.password_hash = passwords.hash_password(password)
        return _enter(session, user, address=address, browser=browser, replacing=replacing, at=at)


def _enter(session: Session, user: User, *, address: str, browser: str, replacing: str, at: datetime) -> str:
    if replacing:
        before = sessions.find(session, replacing, at=at, demo=True)
        if before is not None:
            sessions.revoke(session, before.id, at=at, only=before.session_hash)
    token = sessions.open_session(session, user.id, address=address, browser=browser, at=at)
    actor = person_actor(user.id)
    record_event(session, "user.signed_in", "user", user.id, actor=actor, after={"address": address[:60]})
    return token


def sign_out(user_id: int, session_hash: str) -> None:
    """End one session; its other tabs hear it."""
    with transaction() as session:
        sessions.revoke(session, user_id, at=now(), only=session_hash)
        record_event(session, "user.signed_out", "user", user_id, actor=person_actor(user_id))


def change_password(user_id: int, session_hash: str, *, current: str, new: str, again: str) -> None:
    """Give oneself a new password; every other session of the person ends.

    Raises:
        Invalid: the current one is wrong (counts as a failed try), or the new one will not do.
    """
    with reading() as session:
        user = session.get_one(User, user_id)
    fields = {}
    if new != again:
        fields["again"] = _("The two new passwords differ.")
    if problem := passwords.objection(new, login=user.login):
        fields["new"] = problem
    elif new == current:
        fields["new"] = _("This is the password you have now. Please choose another.")
    if fields:
        raise Invalid(code="password", fields=fields)
    fitting, hashed = passwords.fits(user.password_hash, current), passwords.hash_password(new)
    if not _replace_password(user_id, session_hash, user.password_hash if fitting else "", hashed):
        raise Invalid(
            code="password",
            fields={"current": _("This is not your current password. After several wrong tries, we pause a while.")},
        )


def _replace_password(user_id: int, session_hash: str, before: str, hashed: str) -> bool:
    at = now()
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        actor = person_actor(user_id)
        if user.locked_until is not None and user.locked_until > at:
            return False
        if user.password_hash != before:
            # A stolen open session must not become a place to guess the password without a limit.
            user.failed_sign_ins += 1
            if delay := delay_after(user.failed_sign_ins):
                user.locked_until = at + delay
            record_event(session, "user.password_refused", "user", user_id, actor=actor)
            return False
        user.password_hash, user.must_change_password = hashed, False
        user.failed_sign_ins, user.locked_until = 0, None
        ended = sessions.revoke(session, user_id, at=at, keep=session_hash)
        record_event(session, "user.password_changed", "user", user_id, actor=actor, after={"sessions_ended": ended})
        return True


def set_preferences(user_id: int, *, language: str | None = None, theme: str | None = None) -> None:
    """Keep the language and theme that a person chose, on every device; None leaves one as it is.

    Raises:
        Invalid: a language or theme that does not exist.
    """
    if (language is not None and language not in LANGUAGES) or (theme is not None and theme not in THEMES):
        raise Invalid(_("Please choose one of the listed ones."))
    with transaction() as session:
        user = session.get_one(User, user_id)
        user.language = user.language if language is None else language
        user.theme = user.theme if theme is None else theme


def end_session(user_id: int, session_hash: str) -> None:
    """End one of the person's own sessions, on another device say.

    Raises:
        NotFound: no such live session of theirs.
    """
    with transaction() as session:
        if not sessions.revoke(session, user_id, at=now(), only=session_hash):
            raise NotFound(_("This session has ended already."))
        record_event(session, "user.session_ended", "user", user_id, actor=person_actor(user_id))


def needs_set_up(*, demo: bool = False) -> bool:
    """True while there is nobody who could ever sign in; demo people count where the `demo` is served."""
    with reading() as session:
        return not _somebody(session, demo=demo)


def _somebody(session: Session, *, demo: bool) -> bool:
    return bool(session.scalar(select(exists(select(User.id).where(true() if demo else User.demo.is_(False))))))


def set_up(
    *,
    login: str,
    display_name: str,
    password: str,
    again: str,
    address: str,
    browser: str,
    demo: bool = False,
) -> str:
    """The session token of the first administrator, made now and signed in.

    Raises:
        NotFound: somebody exists already; of two that race one gets this.
        Invalid: the entries will not do.
    """
    login, display_name = login.strip().lower(), clean_name(display_name)
    fields = objections(login, display_name)
    if problem := passwords.objection(password, login=login):
        fields["password"] = problem
    elif password != again:
        fields["again"] = _("The two passwords differ.")
    if fields:
        raise Invalid(code="set_up", fields=fields)
    hashed, at = passwords.hash_password(password), now()
    with transaction() as session:
        session.execute(select(func.pg_advisory_xact_lock(SET_UP_LOCK)))
        if _somebody(session, demo=demo):
            raise NotFound()
        user = User(login=login, display_name=display_name, password_hash=hashed, role="administrator", created_at=at)
        session.add(user)
        session.flush()
        after = {"login": login, "role": user.role}
        record_event(
            session,
            "user.created",
            "user",
            user.id,
            actor=person_actor(user.id),
            reason="set_up",
            after=after,
        )
        return _enter(session, user, address=address, browser=browser, replacing="", at=at)


def demo_logins() -> list[DemoLogin]:
    """The demo people that may sign in, call takers first: for the sign-in page of a demo, nothing else."""
    order = {"agent": 0, "supervisor": 1, "quality": 2, "administrator": 3, "read_only": 4}
    with reading() as session:
        users = session.scalars(select(User).where(User.demo, User.active)).all()
    users = sorted(users, key=lambda user: (order[user.role], user.id))
    return [DemoLogin(u.login, u.display_name, u.role, DEMO_PASSWORD) for u in users]


def clean_name(name: str) -> str:
    """`name` without control characters and needless space."""
    return " ".join("".join(sign for sign in name if unicodedata.category(sign) not in {"Cc", "Cs"}).split())


def objections(login: str, display_name: str) -> dict[str, str]:
    """Field -> what is wrong with a new person's entries; empty when they will do."""
    fields = {}
    if not LOGIN.fullmatch(login):
        fields["login"] = _("Please use 2 to 120 plain letters, digits and . _ - + @, for example an e-mail address.")
    if not display_name:
        fields["display_name"] = _("Please give a name.")
    elif len(display_name) > LONGEST_NAME:
        fields["display_name"] = _("Please use at most %(number)s characters.", number=LONGEST_NAME)
    return fields
