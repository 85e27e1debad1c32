"""Ringing a customer's telephone by Twilio."""

from __future__ import annotations

from app.providers.twilio.client import ask, client
from config import Settings


def create_call(
    settings: Settings, *, to: str, answered_url: str, leg_url: str, ring_s: int, detect_machine: bool
) -> str:
    """Ring the E.164 number `to`; the leg's id at Twilio. Whoever answers runs what `answered_url` says.

    `detect_machine`: Twilio listens first whether a person spoke, which costs the customer a moment of silence, and
    tells `answered_url` by "AnsweredBy".

    Raises:
        TwilioRefused: nobody was rung.
        TwilioUnsure: it may ring.
    """
    made = ask(
        lambda: client(settings).calls.create(
            to=to,
            from_=settings.twilio_number,
            url=answered_url,
            method="POST",
            timeout=ring_s,
            status_callback=leg_url,
            status_callback_method="POST",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
            **({"machine_detection": "Enable"} if detect_machine else {}),
        )
    )
    return str(made.sid)


def is_machine(answered_by: str) -> bool:
    """Whether "AnsweredBy" says that no person heard us; what Twilio could not tell counts as a person."""
    return answered_by.startswith("machine") or answered_by == "fax"
