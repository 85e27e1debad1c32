"""Telling the telephone network that a call has changed: one row in the outbox, run by app/phones."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.calls.models import Call
from app.outbox import drop_waiting, enqueue

TOPIC = "phone.steer"
#: A message of a caller is kept by the network: fetch it, and make it work.
VOICEMAIL_TOPIC = "phone.voicemail"


def on_telephone(call: Call) -> bool:
    """Whether a carrier brings the sound, and not the pages themselves."""
    return call.provider != "browser"


def steer(session: Session, call: Call) -> None:
    """Let the network follow what the call is from now on. Participant; the call is locked.

    The effect reads the rows as they are when it runs, so an order that nobody has begun yet is as good as this one.
    """
    if not on_telephone(call):
        return
    key = f"call:{call.id}"
    session.flush()
    drop_waiting(session, TOPIC, key=key, reason="newer")
    enqueue(session, TOPIC, key=key, payload={"call": call.id})
