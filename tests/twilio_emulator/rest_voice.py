"""Calls, conferences, participants and queues over REST: rules first, then the engine, then the state as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from tests.twilio_emulator import rules, shapes
from tests.twilio_emulator.asking import Asked, Reply, World, handles
from tests.twilio_emulator.errors import RestError, not_found
from tests.twilio_emulator.paging import listed
from tests.twilio_emulator.state import Conference, Leg, Member, Participant, Queue

CALL, CALLS = "/{AccountSid}/Calls/{Sid}.json", "/{AccountSid}/Calls.json"
ROOM, ROOMS = "/{AccountSid}/Conferences/{Sid}.json", "/{AccountSid}/Conferences.json"
PERSON = "/{AccountSid}/Conferences/{ConferenceSid}/Participants/{CallSid}.json"
PEOPLE = "/{AccountSid}/Conferences/{ConferenceSid}/Participants.json"
LINE, LINES = "/{AccountSid}/Queues/{Sid}.json", "/{AccountSid}/Queues.json"
MEMBER = "/{AccountSid}/Queues/{QueueSid}/Members/{CallSid}.json"
MEMBERS = "/{AccountSid}/Queues/{QueueSid}/Members.json"


def _call(world: World, sid: str) -> Leg:
    if sid not in world.account.legs:
        raise not_found(f"/Calls/{sid}")
    return world.account.legs[sid]


@handles(f"POST {CALLS}")
def create_call(world: World, asked: Asked) -> Reply:
    rules.may_call(world.account, asked.form, needs_document=True)
    return 201, shapes.call(world.account, world.engine.create_call(asked.form))


@handles(f"GET {CALLS}")
def list_calls(world: World, asked: Asked) -> Reply:
    legs = [shapes.call(world.account, leg) for leg in reversed(world.account.legs.values())]
    return listed(
        asked,
        "calls",
        legs,
        To="to",
        From="from",
        ParentCallSid="parent_call_sid",
        Status="status",
        StartTime="start_time",
        EndTime="end_time",
    )


@handles(f"GET {CALL}")
def fetch_call(world: World, asked: Asked) -> Reply:
    return 200, shapes.call(world.account, _call(world, asked.names["Sid"]))


@handles(f"POST {CALL}")
def update_call(world: World, asked: Asked) -> Reply:
    rules.short_enough(asked.form)
    _call(world, asked.names["Sid"])
    return 200, shapes.call(world.account, world.engine.update_call(asked.names["Sid"], asked.form))


@handles(f"DELETE {CALL}")
def delete_call(world: World, asked: Asked) -> Reply:
    if not _call(world, asked.names["Sid"]).over:
        raise RestError(409, 20009, "Cannot delete a call in progress")
    del world.account.legs[asked.names["Sid"]]
    return 204, None


# Conferences -------------------------------------------------------------------------------------------------


def _room(world: World, sid: str) -> Conference:
    if sid not in world.account.conferences:
        raise not_found(f"/Conferences/{sid}")
    return world.account.conferences[sid]


@handles(f"GET {ROOMS}")
def list_rooms(world: World, asked: Asked) -> Reply:
    rooms = [shapes.conference(world.account, room) for room in reversed(world.account.conferences.values())]
    return listed(
        asked,
        "conferences",
        rooms,
        FriendlyName="friendly_name",
        Status="status",
        DateCreated="date_created",
        DateUpdated="date_updated",
    )


@handles(f"GET {ROOM}")
def fetch_room(world: World, asked: Asked) -> Reply:
    return 200, shapes.conference(world.account, _room(world, asked.names["Sid"]))


@handles(f"POST {ROOM}")
def update_room(world: World, asked: Asked) -> Reply:
    _room(world, asked.names["Sid"])
    return 200, shapes.conference(world.account, world.engine.update_conference(asked.names["Sid"], asked.form))


@handles(f"POST {PEOPLE}")
def add_person(world: World, asked: Asked) -> Reply:
    rules.may_call(world.account, asked.form, needs_document=False)
    room = asked.names["ConferenceSid"]
    return 201, shapes.participant(world.account, world.engine.add_participant(room, asked.form))


def _people(world: World, sid: str) -> list[Participant]:
    """Those in a room or on their way; a room that has ended lists nobody."""
    room = _room(world, sid)
    return [] if room.status == "completed" else list(room.participants.values())


@handles(f"GET {PEOPLE}")
def list_people(world: World, asked: Asked) -> Reply:
    people = [shapes.participant(world.account, who) for who in _people(world, asked.names["ConferenceSid"])]
    return listed(asked, "participants", people, Muted="muted", Hold="hold", Coaching="coaching")


@handles(f"GET {PERSON}")
def fetch_person(world: World, asked: Asked) -> Reply:
    who = asked.names["CallSid"]
    for person in _people(world, asked.names["ConferenceSid"]):
        if who in (person.call_sid, person.label):
            return 200, shapes.participant(world.account, person)
    raise not_found(asked.path)


@handles(f"POST {PERSON}")
def update_person(world: World, asked: Asked) -> Reply:
    room, who = asked.names["ConferenceSid"], asked.names["CallSid"]
    return 200, shapes.participant(world.account, world.engine.update_participant(room, who, asked.form))


@handles(f"DELETE {PERSON}")
def remove_person(world: World, asked: Asked) -> Reply:
    world.engine.remove_participant(asked.names["ConferenceSid"], asked.names["CallSid"])
    return 204, None


# Queues ------------------------------------------------------------------------------------------------------


def _queue(world: World, sid: str) -> Queue:
    if sid not in world.account.queues:
        raise not_found(f"/Queues/{sid}")
    return world.account.queues[sid]


def _size(asked: Asked, otherwise: int) -> int:
    size = int(asked.one("MaxSize", str(otherwise)))
    if not 1 <= size <= 5000:
        raise RestError(400, 20001, "MaxSize is 1 to 5000")
    return size


@handles(f"POST {LINES}")
def create_queue(world: World, asked: Asked) -> Reply:
    name, now = asked.one("FriendlyName"), world.clock.now()
    if len(name) > 64:
        raise RestError(400, 22002, "A queue's name has at most 64 characters")
    if world.account.queue_named(name) is not None:
        raise RestError(400, 22003, f"A queue named {name} exists")
    queue = Queue(world.account.new_sid("QU"), name, now, now, _size(asked, 1000))
    world.account.queues[queue.sid] = queue
    return 201, shapes.queue(world.account, queue)


@handles(f"GET {LINES}")
def list_queues(world: World, asked: Asked) -> Reply:
    return listed(asked, "queues", [shapes.queue(world.account, queue) for queue in world.account.queues.values()])


@handles(f"GET {LINE}")
def fetch_queue(world: World, asked: Asked) -> Reply:
    return 200, shapes.queue(world.account, _queue(world, asked.names["Sid"]))


@handles(f"POST {LINE}")
def update_queue(world: World, asked: Asked) -> Reply:
    queue = _queue(world, asked.names["Sid"])
    queue.friendly_name = asked.one("FriendlyName", queue.friendly_name)
    queue.max_size = _size(asked, queue.max_size)
    queue.updated_at = world.clock.now()
    return 200, shapes.queue(world.account, queue)


@handles(f"DELETE {LINE}")
def delete_queue(world: World, asked: Asked) -> Reply:
    if _queue(world, asked.names["Sid"]).members:
        raise RestError(400, 22004, "The queue is not empty")
    del world.account.queues[asked.names["Sid"]]
    return 204, None


def _place(members: Sequence[Member], who: str) -> int:
    """Index of a member by the SID of the call, or "Front".

    Raises:
        RestError: nobody is there.
    """
    if who == "Front" and members:
        return 0
    for index, member in enumerate(members):
        if member.call_sid == who:
            return index
    raise not_found(f"/Members/{who}")


@handles(f"GET {MEMBERS}")
def list_members(world: World, asked: Asked) -> Reply:
    members, now = _queue(world, asked.names["QueueSid"]).members, world.clock.now()
    shown = [shapes.member(world.account, who, place, now) for place, who in enumerate(members, 1)]
    return listed(asked, "queue_members", shown)


@handles(f"GET {MEMBER}")
def fetch_member(world: World, asked: Asked) -> Reply:
    members = _queue(world, asked.names["QueueSid"]).members
    place = _place(members, asked.names["CallSid"])
    return 200, shapes.member(world.account, members[place], place + 1, world.clock.now())


@handles(f"POST {MEMBER}")
def update_member(world: World, asked: Asked) -> Reply:
    members = _queue(world, asked.names["QueueSid"]).members
    place = _place(members, asked.names["CallSid"])
    member = world.engine.update_member(asked.names["QueueSid"], members[place].call_sid, asked.form)
    return 200, shapes.member(world.account, member, place + 1, world.clock.now())
