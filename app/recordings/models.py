"""Recordings, their sound in chunks, and who has listened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class Recording(Numbered, Base):
    """One stretch of sound that one page recorded: a reservation has several when its page was loaded anew."""

    __tablename__ = "recordings"
    __table_args__ = (
        CheckConstraint("kind IN ('call','voicemail')", name="kind_known"),
        CheckConstraint("state IN ('open','complete','incomplete','deleted')", name="state_known"),
        CheckConstraint("(state = 'deleted') = (deleted_at IS NOT NULL)", name="deleted_has_time"),
        Index("ix_recordings_contact_id", "contact_id"),
        # One page records a reservation at a time.
        Index(
            "uq_recordings_open_reservation",
            "reservation_id",
            unique=True,
            postgresql_where=text("state = 'open' AND reservation_id IS NOT NULL"),
        ),
        CheckConstraint("told IN ('','running','paused','stopped','deleted')", name="told_known"),
        Index("uq_recordings_provider_sid", "provider_sid", unique=True, postgresql_where=text("provider_sid <> ''")),
        Index(
            "ix_recordings_at_carrier",
            "last_at",
            postgresql_where=text("provider <> 'browser' AND told <> 'deleted'"),
        ),
        Index("ix_recordings_open", "last_at", postgresql_where=text("state = 'open'")),
        Index("ix_recordings_delete_after", "delete_after", postgresql_where=text("state <> 'deleted'")),
    )

    #: Opaque name in addresses.
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    #: "call" (stereo: agent left, customer right) or "voicemail".
    kind: Mapped[str] = mapped_column(String(10))
    contact_id: Mapped[str] = mapped_column(String(36))
    call_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("calls.id"))
    reservation_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reservations.id"))
    #: Whose page recorded it; empty for what a customer recorded.
    agent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("agents.id"))
    queue_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("queues.id"))
    #: Who makes it: the page ("browser"), or the carrier of a telephone call, from which the sound is fetched.
    provider: Mapped[str] = mapped_column(String(20), server_default="browser")
    #: At the carrier: the leg that is recorded, the recording's own id, and what the carrier was told last; "deleted"
    #: when nothing of it lies there any more.
    provider_call: Mapped[str] = mapped_column(String(34), server_default="")
    provider_sid: Mapped[str] = mapped_column(String(34), server_default="")
    told: Mapped[str] = mapped_column(String(10), server_default="")
    #: As the browser named it: "audio/webm;codecs=opus".
    media_type: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    #: Chunks that arrived, 0..chunks-1 without a gap, and their bytes together.
    chunks: Mapped[int] = mapped_column(server_default="0")
    bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: Seconds of sound, pauses (silence) included; an estimate while `state` is not "complete".
    duration_s: Mapped[float | None]
    #: [{"from": ISO, "to": ISO, "reason": code}]: stretches that are silent on purpose.
    pauses: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    #: Since when it is paused; empty while it records.
    paused_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    #: The page's last sign of life.
    last_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: Retention of its queue, fixed when it began.
    delete_after: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    #: "retention", "erasure".
    deleted_reason: Mapped[str] = mapped_column(String(20), server_default="")


class RecordingChunk(Base):
    """A few seconds of sound: the file is all chunks in order."""

    __tablename__ = "recording_chunks"

    recording_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("recordings.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Where it begins in the file, in bytes: a player that jumps reads only what it needs.
    first_byte: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class RecordingListening(Base):
    """Somebody listened in this sign-in: what makes the log say it once and not for every range of bytes."""

    __tablename__ = "recording_listenings"

    recording_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("recordings.id"), primary_key=True)
    session_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    at: Mapped[datetime]
