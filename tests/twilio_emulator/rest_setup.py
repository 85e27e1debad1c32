"""What an owner sets up: the account, keys, numbers, applications and Messaging Services, over REST."""

from __future__ import annotations

import re
from typing import Any

from tests.twilio_emulator import shapes
from tests.twilio_emulator.asking import Asked, Reply, World, handles
from tests.twilio_emulator.errors import RestError, not_found
from tests.twilio_emulator.paging import listed
from tests.twilio_emulator.state import Application, MessagingService, Number

NUMBER, NUMBERS = "/{AccountSid}/IncomingPhoneNumbers/{Sid}.json", "/{AccountSid}/IncomingPhoneNumbers.json"
APP, APPS = "/{AccountSid}/Applications/{Sid}.json", "/{AccountSid}/Applications.json"
KEY, KEYS = "/{AccountSid}/Keys/{Sid}.json", "/{AccountSid}/Keys.json"
POOL, POOLS = "/v1/Services/{Sid}", "/v1/Services"
SENDER, SENDERS = "/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}", "/v1/Services/{ServiceSid}/PhoneNumbers"


def _change(world: World, thing: Any, asked: Asked) -> None:
    """Take every field of the form that the thing has; what it does not have is not emulated.

    Raises:
        RestError: an address with an underscore in its host, which Twilio refuses.
    """
    for name, values in asked.form.items():
        own = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        if not hasattr(thing, own):
            raise RestError(501, 501, f"{type(thing).__name__}.{own} is not emulated")
        if "url" in own and "_" in values[-1].split("//")[-1].split("/")[0]:
            raise RestError(400, 21502, f"{name}: a host may not contain underscores")
        kind = type(getattr(thing, own))
        setattr(thing, own, values[-1].lower() == "true" if kind is bool else kind(values[-1]))
    thing.updated_at = world.clock.now()


@handles("GET /{Sid}.json")
def fetch_account(world: World, asked: Asked) -> Reply:
    return 200, shapes.owner(world.account, world.clock.now())


@handles(f"GET {KEY}")
def fetch_key(world: World, asked: Asked) -> Reply:
    if asked.names["Sid"] not in world.account.keys:
        raise not_found(asked.path)
    return 200, shapes.key(asked.names["Sid"], world.clock.now())


@handles(f"GET {KEYS}")
def list_keys(world: World, asked: Asked) -> Reply:
    return listed(asked, "keys", [shapes.key(sid, world.clock.now()) for sid in world.account.keys])


# Numbers -----------------------------------------------------------------------------------------------------


def _number(world: World, sid: str) -> Number:
    if sid not in world.account.numbers:
        raise not_found(f"/IncomingPhoneNumbers/{sid}")
    return world.account.numbers[sid]


@handles(f"GET {NUMBERS}")
def list_numbers(world: World, asked: Asked) -> Reply:
    shown = [shapes.number(world.account, number) for number in world.account.numbers.values()]
    return listed(asked, "incoming_phone_numbers", shown, PhoneNumber="phone_number", FriendlyName="friendly_name")


@handles(f"GET {NUMBER}")
def fetch_number(world: World, asked: Asked) -> Reply:
    return 200, shapes.number(world.account, _number(world, asked.names["Sid"]))


@handles(f"POST {NUMBER}")
def update_number(world: World, asked: Asked) -> Reply:
    number = _number(world, asked.names["Sid"])
    _change(world, number, asked)
    return 200, shapes.number(world.account, number)


# Applications ------------------------------------------------------------------------------------------------


def _app(world: World, sid: str) -> Application:
    if sid not in world.account.applications:
        raise not_found(f"/Applications/{sid}")
    return world.account.applications[sid]


@handles(f"POST {APPS}")
def create_app(world: World, asked: Asked) -> Reply:
    now = world.clock.now()
    app = Application(world.account.new_sid("AP"), "", now, now)
    _change(world, app, asked)
    world.account.applications[app.sid] = app
    return 201, shapes.application(world.account, app)


@handles(f"GET {APPS}")
def list_apps(world: World, asked: Asked) -> Reply:
    shown = [shapes.application(world.account, app) for app in world.account.applications.values()]
    return listed(asked, "applications", shown, FriendlyName="friendly_name")


@handles(f"GET {APP}")
def fetch_app(world: World, asked: Asked) -> Reply:
    return 200, shapes.application(world.account, _app(world, asked.names["Sid"]))


@handles(f"POST {APP}")
def update_app(world: World, asked: Asked) -> Reply:
    app = _app(world, asked.names["Sid"])
    _change(world, app, asked)
    return 200, shapes.application(world.account, app)


# Messaging Services ------------------------------------------------------------------------------------------


def _pool(world: World, sid: str) -> MessagingService:
    if sid not in world.account.services:
        raise not_found(f"/Services/{sid}")
    return world.account.services[sid]


@handles(f"POST {POOLS}")
def create_pool(world: World, asked: Asked) -> Reply:
    now = world.clock.now()
    pool = MessagingService(world.account.new_sid("MG"), "", now, now)
    _change(world, pool, asked)
    world.account.services[pool.sid] = pool
    return 201, shapes.service(world.account, pool)


@handles(f"GET {POOLS}")
def list_pools(world: World, asked: Asked) -> Reply:
    return listed(asked, "services", [shapes.service(world.account, pool) for pool in world.account.services.values()])


@handles(f"GET {POOL}")
def fetch_pool(world: World, asked: Asked) -> Reply:
    return 200, shapes.service(world.account, _pool(world, asked.names["Sid"]))


@handles(f"POST {POOL}")
def update_pool(world: World, asked: Asked) -> Reply:
    pool = _pool(world, asked.names["Sid"])
    _change(world, pool, asked)
    return 200, shapes.service(world.account, pool)


@handles(f"GET {SENDERS}")
def list_senders(world: World, asked: Asked) -> Reply:
    pool = _pool(world, asked.names["ServiceSid"])
    numbers = [_number(world, sid) for sid in pool.number_sids]
    return listed(asked, "phone_numbers", [shapes.service_number(world.account, pool, line) for line in numbers])


@handles(f"POST {SENDERS}")
def add_sender(world: World, asked: Asked) -> Reply:
    pool, number = _pool(world, asked.names["ServiceSid"]), _number(world, asked.one("PhoneNumberSid"))
    if any(number.sid in other.number_sids for other in world.account.services.values()):
        raise RestError(409, 21710, "Phone Number or Short Code is already in a Messaging Service")
    pool.number_sids.append(number.sid)
    return 201, shapes.service_number(world.account, pool, number)


@handles(f"DELETE {SENDER}")
def remove_sender(world: World, asked: Asked) -> Reply:
    pool = _pool(world, asked.names["ServiceSid"])
    if asked.names["Sid"] not in pool.number_sids:
        raise not_found(asked.path)
    pool.number_sids.remove(asked.names["Sid"])
    return 204, None
