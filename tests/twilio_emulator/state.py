"""What an account has: plain data, read by the front, changed by engine and messages. SIDs come from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

CallStatus = Literal[
    "queued", "initiated", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"
]
TERMINAL_CALL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
Direction = Literal["inbound", "outbound-api", "outbound-dial"]


@dataclass(frozen=True)
class Subscription:
    """Who is told of which events. An empty `url` tells nobody."""

    url: str = ""
    method: str = "POST"
    events: frozenset[str] = frozenset()


@dataclass(eq=False)
class Leg:
    """A call as the REST resource shows it, one per telephone or browser; what it runs is the engine's own affair."""

    sid: str
    from_: str
    to: str
    direction: Direction
    created_at: datetime
    status: CallStatus = "queued"
    parent_call_sid: str = ""
    phone_number_sid: str = ""
    forwarded_from: str = ""
    caller_name: str = ""
    answered_by: str = ""
    started_at: datetime | None = None  # begins to ring
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    sip_code: int = 0
    status_callback: Subscription = field(default_factory=Subscription)
    sequence: int = 0  # the next SequenceNumber of its call progress events

    @property
    def over(self) -> bool:
        return self.status in TERMINAL_CALL

    @property
    def duration(self) -> int:
        """Whole seconds from answer to end; 0 for a call that nobody answered or that goes on."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return int((self.ended_at - self.answered_at).total_seconds())


@dataclass(eq=False)
class Participant:
    """A leg in a conference."""

    call_sid: str
    conference_sid: str
    created_at: datetime
    updated_at: datetime
    label: str = ""
    muted: bool = False
    hold: bool = False
    hold_url: str = ""
    hold_method: str = "GET"
    coaching: bool = False
    call_sid_to_coach: str = ""
    start_on_enter: bool = True
    end_on_exit: bool = False
    status: Literal["queued", "connecting", "ringing", "connected", "complete", "failed"] = "connected"
    beep: str = "true"
    wait_url: str | None = None  # None: Twilio's own music; "": silence
    wait_method: str = "POST"
    announce_url: str = ""
    queue_time: int = 0


@dataclass(eq=False)
class Conference:
    """A room. `participants` holds those who are in it or on their way, by call SID, in the order of coming."""

    sid: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime
    status: Literal["init", "in-progress", "completed"] = "init"
    region: str = "us1"
    reason_ended: str = ""
    call_sid_ending: str = ""
    participants: dict[str, Participant] = field(default_factory=dict)
    status_callback: Subscription | None = None  # fixed by who joins first
    sequence: int = 0


@dataclass(eq=False)
class Member:
    """A caller in a queue."""

    call_sid: str
    queue_sid: str
    enqueued_at: datetime


@dataclass(eq=False)
class Queue:
    """A named queue, made on demand; `members` in order of coming."""

    sid: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime
    max_size: int = 1000
    members: list[Member] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)  # seconds, of those who left

    @property
    def average_wait(self) -> int:
        return sum(self.waited) // len(self.waited) if self.waited else 0


@dataclass(eq=False)
class Recording:
    """A recording of a call or of a conference; its sound is synthetic."""

    sid: str
    call_sid: str
    conference_sid: str
    created_at: datetime
    updated_at: datetime
    source: str
    status: Literal["in-progress", "paused", "stopped", "processing", "completed", "absent", "failed"] = "in-progress"
    channels: int = 1
    track: str = "both"
    started_at: datetime | None = None
    duration: int = -1  # seconds; -1 until it is completed
    error_code: int | None = None
    subscription: Subscription = field(default_factory=Subscription)
    deleted: bool = False


@dataclass(eq=False)
class Message:
    """An SMS, either way."""

    sid: str
    from_: str
    to: str
    body: str
    direction: Literal["inbound", "outbound-api", "outbound-call", "outbound-reply"]
    created_at: datetime
    updated_at: datetime
    status: str = "queued"
    messaging_service_sid: str = ""
    num_segments: int = 1
    num_media: int = 0
    sent_at: datetime | None = None
    send_at: datetime | None = None  # scheduled for
    expires_at: datetime | None = None  # end of ValidityPeriod
    error_code: int | None = None
    error_message: str = ""
    status_callback: str = ""
    sent_to_carrier: int = 0  # how often it left for a handset: 1 at most


@dataclass(eq=False)
class Number:
    """An incoming phone number and its addresses."""

    sid: str
    phone_number: str
    created_at: datetime
    updated_at: datetime
    friendly_name: str = ""
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    voice_application_sid: str = ""
    voice_caller_id_lookup: bool = False
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    sms_application_sid: str = ""
    voice_capable: bool = True
    sms_capable: bool = True


@dataclass(eq=False)
class Application:
    """A TwiML application: where the calls of browsers go."""

    sid: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    voice_caller_id_lookup: bool = False
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    sms_status_callback: str = ""
    message_status_callback: str = ""


@dataclass(eq=False)
class MessagingService:
    """A pool of senders with addresses of its own."""

    sid: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime
    inbound_request_url: str = ""
    inbound_method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"
    status_callback: str = ""
    use_inbound_webhook_on_number: bool = False
    smart_encoding: bool = True
    validity_period: int = 36000
    number_sids: list[str] = field(default_factory=list)


class Account:
    """One Twilio account with everything in it. What is read as a list comes in the order of making."""

    def __init__(self, seed: int = 1, *, test_credentials: bool = False) -> None:
        self.chance = random.Random(seed)
        self.seed = seed
        self.sid = self.new_sid("AC")
        self.auth_token = f"{self.chance.getrandbits(128):032x}"
        self.keys = {self.new_sid("SK"): f"{self.chance.getrandbits(128):032x}"}
        self.friendly_name = "Emulated account"
        self.test_credentials = test_credentials
        self.legs: dict[str, Leg] = {}
        self.conferences: dict[str, Conference] = {}
        self.queues: dict[str, Queue] = {}
        self.recordings: dict[str, Recording] = {}
        self.messages: dict[str, Message] = {}
        self.numbers: dict[str, Number] = {}
        self.applications: dict[str, Application] = {}
        self.services: dict[str, MessagingService] = {}
        #: What Twilio's debugger would show: (moment, code, words). Engine and hooks append.
        self.warnings: list[tuple[datetime, int, str]] = []

    def new_sid(self, prefix: str) -> str:
        """Two letters and 32 hexadecimal digits."""
        return f"{prefix}{self.chance.getrandbits(128):032x}"

    def number(self, phone_number: str) -> Number | None:
        """The account's own number, or None."""
        return next((n for n in self.numbers.values() if n.phone_number == phone_number), None)

    def queue_named(self, name: str) -> Queue | None:
        return next((q for q in self.queues.values() if q.friendly_name == name), None)

    def open_conference(self, name: str) -> Conference | None:
        """The room of that name that has not ended; names of ended rooms are free again."""
        return next((c for c in self.conferences.values() if c.friendly_name == name and c.status != "completed"), None)

    def recordings_of(self, owner_sid: str) -> list[Recording]:
        """Those of a call or of a conference, deleted ones left out."""
        return [r for r in self.recordings.values() if owner_sid in (r.call_sid, r.conference_sid) and not r.deleted]


def seconds_between(earlier: datetime, later: datetime) -> int:
    """Whole seconds, never negative."""
    return max(0, int((later - earlier) / timedelta(seconds=1)))
