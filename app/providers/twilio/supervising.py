"""A supervisor in somebody else's talk: listening, whispering to the agent, or speaking to both.

Thin: one function, one request; each raises TwilioRefused or TwilioUnsure. Only the supervisor's own leg is touched,
and the room never ends with it.
"""

from __future__ import annotations

from app.providers.twilio.client import ask, client
from app.providers.twilio.voice import Participant
from config import Settings


def join(settings: Settings, *, conference_sid: str, to: str, label: str, agent_sid: str, ring_s: int) -> Participant:
    """Ring `to` ("client:agent-9") into the room, heard by nobody. The room has to be live.

    Coaching already, so that the moment between two commands never lets the customer hear who only listens.
    """
    made = ask(
        lambda: (
            client(settings)
            .conferences(conference_sid)
            .participants.create(
                from_=settings.twilio_number,
                to=to,
                label=label,
                timeout=ring_s,
                muted=True,
                coaching=True,
                call_sid_to_coach=agent_sid,
                beep="false",
                wait_url="",
                early_media=False,
                start_conference_on_enter=False,
                end_conference_on_exit=False,
            )
        )
    )
    return Participant(str(made.call_sid), str(made.conference_sid))


def listen(settings: Settings, *, conference_sid: str, call_sid: str, agent_sid: str) -> None:
    """The supervisor hears all and is heard by nobody."""
    leg = client(settings).conferences(conference_sid).participants(call_sid)
    ask(lambda: leg.update(muted=True, coaching=True, call_sid_to_coach=agent_sid))


def whisper(settings: Settings, *, conference_sid: str, call_sid: str, agent_sid: str) -> None:
    """The agent hears the supervisor, the customer does not. Twilio refuses while the agent is on hold (16027)."""
    leg = client(settings).conferences(conference_sid).participants(call_sid)
    ask(lambda: leg.update(muted=False, coaching=True, call_sid_to_coach=agent_sid))


def barge_in(settings: Settings, *, conference_sid: str, call_sid: str) -> None:
    """All hear the supervisor."""
    leg = client(settings).conferences(conference_sid).participants(call_sid)
    ask(lambda: leg.update(muted=False, coaching=False))
