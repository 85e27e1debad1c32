"""Calls, their legs (one per party) and their media links (one per pair of legs)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class Call(Numbered, Base):
    """One customer's call. The server owns this row; browsers only carry the sound."""

    __tablename__ = "calls"
    __table_args__ = (
        CheckConstraint(
            "state IN ('initiated','ivr','queued','offering','bridging','connected','held','consulting',"
            "'transferred','ended')",
            name="state_known",
        ),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("recording_consent IN ('not_told','told','refused')", name="recording_consent_known"),
        Index("ix_calls_live", "state", postgresql_where=text("state <> 'ended'")),
        # The router finds the calls of the items it matched: without this it reads every call ever made.
        Index("ix_calls_work_item_id", "work_item_id"),
        Index("ix_calls_telephones", "looked_at", postgresql_where=text("provider <> 'browser' AND state <> 'ended'")),
    )

    #: Opaque name of the call for the customer's page.
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    contact_id: Mapped[str] = mapped_column(String(36), unique=True)
    #: Chosen by the page: the same click sent twice starts one call.
    start_key: Mapped[str] = mapped_column(String(40), unique=True)
    provider: Mapped[str] = mapped_column(String(20), server_default="browser")
    direction: Mapped[str] = mapped_column(String(10), server_default="inbound")
    state: Mapped[str] = mapped_column(String(12))
    #: customer_hangup, agent_hangup, short_abandon, abandoned, media_lost, failed, ...
    end_reason: Mapped[str] = mapped_column(String(30), server_default="")
    #: E.164 number the caller gave, empty when none; a claim until `number_verified`.
    number: Mapped[str] = mapped_column(String(16), server_default="")
    number_verified: Mapped[bool] = mapped_column(server_default="false")
    claimed_name: Mapped[str] = mapped_column(String(200), server_default="")
    language: Mapped[str] = mapped_column(String(10), server_default="en")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    #: The queue leg that is now waiting or served.
    work_item_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("work_items.id"))
    #: The one agent who owns the call while it is connected (I3).
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    #: Version of the notice the caller agreed to.
    notice_version: Mapped[str] = mapped_column(String(20), server_default="")
    #: Whether that notice said that the call may be recorded, and what the caller chose: only "told" is recorded.
    recording_consent: Mapped[str] = mapped_column(String(10), server_default="not_told")
    held_since: Mapped[datetime | None]
    #: Seconds on hold so far, without the hold that is running.
    held_s: Mapped[int] = mapped_column(server_default="0")
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: Keys the agent or the caller pressed, newest last.
    digits: Mapped[str] = mapped_column(String(60), server_default="")
    #: The first bridge to an agent.
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: Of a telephone call: the room at the network where its legs meet now, and when the network was last asked
    #: whether it still lives.
    conference_sid: Mapped[str] = mapped_column(String(34), server_default="")
    looked_at: Mapped[datetime | None]


class CallLeg(Numbered, Base):
    """One party of a call and the page that carries it."""

    __tablename__ = "call_legs"
    __table_args__ = (
        CheckConstraint("role IN ('customer','agent','consultee','supervisor','listener')", name="role_known"),
        CheckConstraint("state IN ('invited','joining','media_ok','media_lost','left')", name="state_known"),
        Index("uq_call_legs_customer", "call_id", unique=True, postgresql_where=text("role = 'customer'")),
        # I3: one owner at a time.
        Index(
            "uq_call_legs_agent", "call_id", unique=True, postgresql_where=text("role = 'agent' AND state <> 'left'")
        ),
        Index("ix_call_legs_agent_id", "agent_id", postgresql_where=text("state <> 'left'")),
        CheckConstraint("place IN ('','menu','line','asked','room','gone')", name="place_known"),
        Index("uq_call_legs_provider_sid", "provider_sid", unique=True, postgresql_where=text("provider_sid <> ''")),
    )

    call_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("calls.id"))
    role: Mapped[str] = mapped_column(String(10))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    reservation_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reservations.id"))
    state: Mapped[str] = mapped_column(String(10))
    #: Page load and socket that carry this leg, and the web process the socket belongs to.
    page: Mapped[str | None] = mapped_column(String(40))
    sid: Mapped[str | None] = mapped_column(String(40))
    process_id: Mapped[str | None] = mapped_column(String(40))
    #: Since when the socket of the leg is gone.
    lost_at: Mapped[datetime | None]
    joined_at: Mapped[datetime] = mapped_column(server_default=func.now())
    left_at: Mapped[datetime | None]
    #: On the telephone network: the leg's own call there, where it is by the last command or report, and whether it
    #: was told to hear music.
    provider_sid: Mapped[str] = mapped_column(String(34), server_default="")
    place: Mapped[str] = mapped_column(String(10), server_default="")
    told_held: Mapped[bool] = mapped_column(server_default="false")


class CallLink(Numbered, Base):
    """Sound between two legs. `epoch` grows whenever a page must negotiate anew; older messages are dropped."""

    __tablename__ = "call_links"
    __table_args__ = (
        CheckConstraint("state IN ('open','up','lost','closed')", name="state_known"),
        CheckConstraint("caller_leg_id <> callee_leg_id", name="two_legs"),
        Index("ix_call_links_call_id", "call_id", postgresql_where=text("state <> 'closed'")),
        Index(
            "uq_call_links_pair",
            "caller_leg_id",
            "callee_leg_id",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
        ),
    )

    call_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("calls.id"))
    #: The leg whose page sends the offer: no glare.
    caller_leg_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("call_legs.id"))
    callee_leg_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("call_legs.id"))
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    epoch: Mapped[int] = mapped_column(server_default="1")
    #: Each side's own report that sound arrives, under this epoch.
    caller_up: Mapped[bool] = mapped_column(server_default="false")
    callee_up: Mapped[bool] = mapped_column(server_default="false")
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    up_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Listening(Numbered, Base):
    """Somebody hears a live call and cannot be heard: who, whose call, for how long. One per call and per listener."""

    __tablename__ = "listenings"
    __table_args__ = (
        CheckConstraint("mode = 'listen'", name="mode_known"),
        CheckConstraint("listener_id <> agent_id", name="two_people"),
        CheckConstraint("heard_s >= 0", name="heard_counted"),
        CheckConstraint("(ended_at IS NULL) = (end_reason = '')", name="ended_has_reason"),
        CheckConstraint("ended_at IS NULL OR hears_since IS NULL", name="over_is_silent"),
        Index("uq_listenings_call", "call_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("uq_listenings_listener", "listener_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_listenings_call_id", "call_id", "listener_id"),
        Index("ix_listenings_agent_id", "agent_id", "id"),
        Index("ix_listenings_listener_id", "listener_id", "id"),
    )

    call_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("calls.id"))
    contact_id: Mapped[str] = mapped_column(String(36))
    #: The listener's own leg; its one link leads to the page of the agent.
    leg_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("call_legs.id"), unique=True)
    listener_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    #: Whose call it is. With another owner the listening is over.
    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    queue_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("queues.id"))
    #: "listen": hears, and is heard by nobody. There is no other yet.
    mode: Mapped[str] = mapped_column(String(10), server_default="listen")
    began_at: Mapped[datetime]
    #: Seconds of talk heard so far, without those that run since `hears_since`.
    heard_s: Mapped[int] = mapped_column(server_default="0")
    hears_since: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: stopped, not_now, call_over, passed_on, page_gone, busy, signed_out.
    end_reason: Mapped[str] = mapped_column(String(20), server_default="")


class Callback(Numbered, Base):
    """A promise to call somebody back. It has a contact, a call and a queue leg of its own from the first moment."""

    __tablename__ = "callbacks"
    __table_args__ = (
        CheckConstraint("kind IN ('callback','quality','dialled')", name="kind_known"),
        CheckConstraint(
            "state IN ('waiting','ringing','unanswered','connected','done','unreachable','declined','canceled',"
            "'expired')",
            name="state_known",
        ),
        CheckConstraint(
            "(state IN ('waiting','ringing','unanswered','connected')) = (ended_at IS NULL)", name="ended_has_time"
        ),
        CheckConstraint("(state = 'ringing') = (ring_until IS NOT NULL)", name="ringing_has_time"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        # A caller who asks twice has asked once.
        Index(
            "uq_callbacks_from_call_id", "from_call_id", unique=True, postgresql_where=text("from_call_id IS NOT NULL")
        ),
        Index("ix_callbacks_waiting", "state", postgresql_where=text("state IN ('waiting','ringing')")),
    )

    #: Opaque: the address of the customer's page, and their proof.
    token: Mapped[str] = mapped_column(String(32), unique=True)
    #: "dialled": no promise, but an agent who rings a customer from the profile.
    kind: Mapped[str] = mapped_column(String(10), server_default="callback")
    call_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("calls.id"), unique=True)
    #: The call that the customer ended to be called back.
    from_call_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("calls.id"))
    state: Mapped[str] = mapped_column(String(12), server_default="waiting")
    #: Why it ended: a supervisor's words, or the state once more.
    reason: Mapped[str] = mapped_column(String(300), server_default="")
    #: How often the customer was rung.
    attempts: Mapped[int] = mapped_column(server_default="0")
    ring_until: Mapped[datetime | None]
    #: After an attempt that nobody answered: not before then, unless the customer says that they are here.
    again_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
