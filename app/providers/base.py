"""What the desk needs from a carrier of messages, and how one says no.

Voice has no Protocol here: calls between browsers need no command to anybody outside, since the desk itself carries the
signalling (app/calls); telephones are steered by app/phones through app/providers/twilio.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

#: Seconds after which a provider's answer is no longer waited for: well under app.outbox.CLAIM_S.
TIME_LIMIT_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One SMS as it is handed over."""

    #: E.164.
    number: str
    body: str
    #: The same for every try of one message.
    key: str
    #: Our id of the message, for reports about it.
    message_id: int
    #: When it was first handed over (UTC).
    begun_at: datetime
    #: Seconds it may wait at the carrier; None: as long as it likes.
    valid_s: int | None = None
    #: The carrier's ids of other messages to this number, which are not this one.
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider has the message."""

    #: Its own id there.
    provider_id: str
    #: How far it came: one of app.domain.sms_status.CARRIER_RANKS.
    status: str = "sent"
    #: Why it failed, as a stable code.
    error: str = ""


class SmsNotTaken(Exception):
    """The provider surely did not take the message, and may later; the text is a stable code."""


class SmsRefused(Exception):
    """The provider will never take this message; the text is a stable code, "opted_out" when its own list
    says so."""


class SmsUnsure(Exception):
    """No clear answer came: the message may have gone out. Ask `find` before any further try."""


class Sms(Protocol):
    """A carrier of SMS."""

    #: Short name, kept with every message.
    name: str

    def send(self, text: Text) -> Receipt:
        """Hand over `text`. Where the carrier knows keys, the same one again does not send a second SMS.

        Raises:
            SmsNotTaken: try later.
            SmsRefused: never try again.
            SmsUnsure: it may have gone out.
        """
        ...

    def find(self, text: Text) -> Receipt | None:
        """What became of `text`, handed over before; None when the provider surely never took it.

        Raises:
            SmsUnsure: the provider cannot say now, or never can.
        """
        ...

    def erase(self, provider_id: str) -> None:
        """The provider has the message of this id no more. One that it has not is no error.

        Raises:
            SmsNotTaken: it will not now, since the message is on its way yet, or it is busy; try later.
            SmsUnsure: it may have; asking again does no harm.
        """
        ...

    def look(self, provider_id: str) -> Receipt | None:
        """How far the message of this id has come; None when the provider knows none of this id.

        Raises:
            SmsUnsure: the provider cannot say now.
        """
        ...
