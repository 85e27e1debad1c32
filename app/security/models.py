"""Users, their sessions, and failed sign-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered

ROLES = ("agent", "supervisor", "quality", "administrator", "read_only")


class User(Numbered, Base):
    """A person who signs in at the desk."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('agent','supervisor','quality','administrator','read_only')", name="role_known"),
        CheckConstraint("login = lower(login)", name="login_lower_case"),
    )

    #: What they type to sign in: an e-mail address or a short name, lower case.
    login: Mapped[str] = mapped_column(String(120), unique=True)
    #: Shown to colleagues, in whatever script the person writes their name.
    display_name: Mapped[str] = mapped_column(String(120))
    #: argon2id hash of the password, with its parameters.
    password_hash: Mapped[str] = mapped_column(String(200))
    #: One of ROLES; what each may do stands in app/security/roles.py.
    role: Mapped[str] = mapped_column(String(20))
    #: Language of the screens ("en", "zh_Hans", "zh_Hant"); empty follows the browser.
    language: Mapped[str] = mapped_column(String(10), server_default="")
    #: "auto", "light" or "dark".
    theme: Mapped[str] = mapped_column(String(5), server_default="auto")
    #: How the person wants to be told (app/security/notices.py).
    notices: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    #: False keeps the history but lets nobody sign in.
    active: Mapped[bool] = mapped_column(server_default="true")
    #: True until the person has chosen a password of their own.
    must_change_password: Mapped[bool] = mapped_column(server_default="false")
    #: Failed sign-ins in a row, and until when the next try is refused.
    failed_sign_ins: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]
    #: True for people of the demo organisation.
    demo: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserSession(Base):
    """One signed-in browser. The cookie holds a random token; here lies only its hash."""

    __tablename__ = "user_sessions"
    __table_args__ = (Index("ix_user_sessions_user_id", "user_id"),)

    #: SHA-256 of the cookie's token, hexadecimal.
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: After this moment the session is refused, whatever happened in it.
    expires_at: Mapped[datetime]
    #: Set at sign-out, at a password change, or by an administrator.
    revoked_at: Mapped[datetime | None]
    #: Where from: address and browser, to let people recognise their own sessions.
    address: Mapped[str] = mapped_column(String(60), server_default="")
    browser: Mapped[str] = mapped_column(String(200), server_default="")
