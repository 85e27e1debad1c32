"""Recordings over REST: of the account, below a call, below a conference, and their sound."""

from __future__ import annotations

import re

from flask import Response

from tests.twilio_emulator import shapes, sound
from tests.twilio_emulator.asking import Asked, Reply, World, handles
from tests.twilio_emulator.errors import not_found
from tests.twilio_emulator.paging import listed
from tests.twilio_emulator.state import Recording

TAPE, TAPES = "/{AccountSid}/Recordings/{Sid}.json", "/{AccountSid}/Recordings.json"
OF_CALL, OF_CALLS = (
    "/{AccountSid}/Calls/{CallSid}/Recordings/{Sid}.json",
    "/{AccountSid}/Calls/{CallSid}/Recordings.json",
)
OF_ROOM = "/{AccountSid}/Conferences/{ConferenceSid}/Recordings/{Sid}.json"
OF_ROOMS = "/{AccountSid}/Conferences/{ConferenceSid}/Recordings.json"
MEDIA = re.compile(r"/2010-04-01/Accounts/(AC\w{32})/Recordings/(RE\w{32})(\.wav|\.mp3|)")
FILTERS = {"DateCreated": "date_created", "CallSid": "call_sid", "ConferenceSid": "conference_sid"}


def _below(asked: Asked) -> tuple[str, str]:
    """The SID of what was recorded, and which kind of resource shows it."""
    if "CallSid" in asked.names:
        return asked.names["CallSid"], "call"
    return (asked.names["ConferenceSid"], "conference") if "ConferenceSid" in asked.names else ("", "")


def _find(world: World, asked: Asked) -> Recording:
    tape, (owner, _) = world.account.recordings.get(asked.names["Sid"]), _below(asked)
    if tape is None or tape.deleted or (owner and owner not in (tape.call_sid, tape.conference_sid)):
        raise not_found(f"/Recordings/{asked.names['Sid']}")
    return tape


@handles(f"POST {OF_CALLS}")
def start(world: World, asked: Asked) -> Reply:
    owner, kind = _below(asked)
    return 201, shapes.recording(world.account, world.engine.start_recording(owner, asked.form), of=kind)


@handles(f"POST {OF_ROOM}")
@handles(f"POST {OF_CALL}")
def update(world: World, asked: Asked) -> Reply:
    owner, kind = _below(asked)
    tape = world.engine.update_recording(owner, asked.names["Sid"], asked.form)
    return 200, shapes.recording(world.account, tape, of=kind)


@handles(f"GET {OF_ROOM}")
@handles(f"GET {OF_CALL}")
@handles(f"GET {TAPE}")
def fetch(world: World, asked: Asked) -> Reply:
    return 200, shapes.recording(world.account, _find(world, asked), of=_below(asked)[1])


@handles(f"DELETE {OF_ROOM}")
@handles(f"DELETE {OF_CALL}")
@handles(f"DELETE {TAPE}")
def delete(world: World, asked: Asked) -> Reply:
    world.engine.delete_recording(_find(world, asked).sid)
    return 204, None


@handles(f"GET {OF_ROOMS}")
@handles(f"GET {OF_CALLS}")
@handles(f"GET {TAPES}")
def list_all(world: World, asked: Asked) -> Reply:
    owner, kind = _below(asked)
    deleted_too = asked.one("IncludeSoftDeleted") == "true"
    tapes = [tape for tape in reversed(world.account.recordings.values()) if deleted_too or not tape.deleted]
    if owner:
        tapes = [tape for tape in tapes if owner in (tape.call_sid, tape.conference_sid)]
    return listed(asked, "recordings", [shapes.recording(world.account, tape, of=kind) for tape in tapes], **FILTERS)


def media(world: World, path: str) -> Response | None:
    """The sound at an address without ".json", which Twilio's file does not describe; None for other addresses.

    Raises:
        RestError: 404 until it is complete, and once it is deleted.
    """
    found = MEDIA.fullmatch(path)
    if found is None:
        return None
    tape = world.account.recordings.get(found.group(2))
    if found.group(1) != world.account.sid or tape is None or tape.deleted or tape.status != "completed":
        raise not_found(path)
    seconds = max(0, tape.duration)
    if found.group(3) == ".mp3":
        return Response(sound.mp3(seconds), mimetype="audio/mpeg")
    return Response(sound.wav(seconds, tape.channels, 300 + int(tape.sid[2:5], 16) % 400), mimetype="audio/x-wav")
