"""The addresses that the carrier is given. They carry opaque names only, never a number."""

from __future__ import annotations

from app.calls.models import Call, CallLeg
from config import Settings

PREFIX = "/twilio/voice"
#: Reports of states are asked for again when they do not arrive: by default the carrier would let them be.
AGAIN = "#rc=3&rp=all"


def of_call(settings: Settings, call: Call, step: str) -> str:
    """Where the caller's leg asks what comes next."""
    return of_name(settings.public_url, call.public_id, step)


def of_name(public_url: str, public_id: str, step: str) -> str:
    """The same for the call of that public name."""
    return f"{public_url}{PREFIX}/call/{public_id}/{step}"


def of_leg(settings: Settings, leg: CallLeg) -> str:
    """Where the progress of an agent's leg is reported."""
    return f"{settings.public_url}{PREFIX}/leg/{leg.id}{AGAIN}"


def of_answer(settings: Settings, leg: CallLeg) -> str:
    """Where a customer whom we rang asks what comes next."""
    return f"{settings.public_url}{PREFIX}/answer/{leg.id}"


def of_room(settings: Settings, call: Call) -> str:
    """Where joining and leaving is reported."""
    return f"{settings.public_url}{PREFIX}/room/{call.public_id}{AGAIN}"


def of_recording(settings: Settings, call: Call) -> str:
    """Where it is reported that a message can be fetched."""
    return f"{settings.public_url}{PREFIX}/call/{call.public_id}/recorded{AGAIN}"


def of_music(settings: Settings) -> str:
    """The music of who waits."""
    return f"{settings.public_url}{PREFIX}/music.wav"


def room_name(call: Call) -> str:
    """The name of the room: opaque, since the carrier keeps it and shows it."""
    return call.contact_id


def label_of(leg: CallLeg) -> str:
    """The name of a leg inside its room."""
    return "customer" if leg.role == "customer" else f"leg-{leg.id}"


def leg_of_label(label: str) -> int | None:
    """The number of the leg, None for a customer's."""
    number = label.removeprefix("leg-")
    return int(number) if label.startswith("leg-") and number.isdigit() else None


def identity_of(agent_id: int) -> str:
    """The name under which an agent's browser is registered at the carrier."""
    return f"agent-{agent_id}"
