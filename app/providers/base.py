"""What the desk needs from a carrier of messages, and how one says no.

Voice has no Protocol here yet: its only kind, browser to browser, needs no command to anybody outside,
since the desk itself carries the signalling (app/calls). A carrier that rings telephones brings the first
one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

#: Seconds after which a provider's answer is no longer waited for: well under app.outbox.CLAIM_S.
TIME_LIMIT_S = 10


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider has the message."""

    #: Its own id there.
    provider_id: str
    #: "sent", or "delivered" when it knows that the handset has it.
    status: str = "sent"


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

    def send(self, number: str, body: str, key: str) -> Receipt:
        """Hand over `body` for the E.164 `number`; the same `key` again must not send a second one.

        Raises:
            SmsNotTaken: try later.
            SmsRefused: never try again.
            SmsUnsure: it may have gone out.
        """
        ...

    def find(self, key: str) -> Receipt | None:
        """What became of the message handed over under `key`; None when the provider surely never took it.

        Raises:
            SmsUnsure: the provider cannot say now.
        """
        ...
