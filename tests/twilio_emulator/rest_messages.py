"""Messages over REST."""

from __future__ import annotations

from tests.twilio_emulator import shapes
from tests.twilio_emulator.asking import Asked, Reply, World, handles
from tests.twilio_emulator.paging import listed

ONE, ALL = "/{AccountSid}/Messages/{Sid}.json", "/{AccountSid}/Messages.json"


@handles(f"POST {ALL}")
def create(world: World, asked: Asked) -> Reply:
    return 201, shapes.message(world.account, world.messages.create(asked.form))


@handles(f"GET {ALL}")
def list_all(world: World, asked: Asked) -> Reply:
    shown = [shapes.message(world.account, message) for message in reversed(world.account.messages.values())]
    return listed(asked, "messages", shown, To="to", From="from", DateSent="date_sent")


@handles(f"GET {ONE}")
def fetch(world: World, asked: Asked) -> Reply:
    return 200, shapes.message(world.account, world.messages.find(asked.names["Sid"]))


@handles(f"POST {ONE}")
def update(world: World, asked: Asked) -> Reply:
    return 200, shapes.message(world.account, world.messages.update(asked.names["Sid"], asked.form))


@handles(f"DELETE {ONE}")
def delete(world: World, asked: Asked) -> Reply:
    world.messages.delete(asked.names["Sid"])
    return 204, None
