"""Legs that the account begins: paced, rung, answered or not, with the ladder of their status callbacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from tests.twilio_emulator.clock import Timer
from tests.twilio_emulator.engine.line import Line
from tests.twilio_emulator.engine.phones import (
    SETUP,
    Answers,
    Asks,
    Busy,
    Declines,
    Machine,
    Manner,
    Offline,
)
from tests.twilio_emulator.state import CallStatus, Direction, Leg, Subscription

if TYPE_CHECKING:
    from tests.twilio_emulator.engine.engine import Engine

#: Twilio rings a little longer than it was told, in seconds.
RINGS_LONGER = 5
#: An account begins one REST call per second; more of them wait as `queued`.
PACE = timedelta(seconds=1)


@dataclass(eq=False)
class Call:
    """A leg that is being rung."""

    line: Line
    timeout: int
    answered: Callable[[Line], None]
    failed: Callable[[Line], None]
    timer: Timer | None = None
    manner: Manner | None = None


def place(
    engine: Engine,
    *,
    from_: str,
    to: str,
    direction: Direction,
    timeout: int,
    subscription: Subscription,
    answered: Callable[[Line], None],
    failed: Callable[[Line], None],
    parent: Line | None = None,
    paced: bool = True,
) -> Call:
    """Ring `to` (E.164 or `client:<identity>`). `answered` or `failed` is called with the leg; `timeout` in seconds."""
    account, now = engine.account, engine.clock.now()
    address, parameters = _address(to)
    leg = Leg(
        account.new_sid("CA"),
        from_,
        address,
        direction,
        now,
        updated_at=now,
        parent_call_sid=parent.leg.sid if parent else "",
        status_callback=subscription,
    )
    own = account.number(from_)
    leg.phone_number_sid = own.sid if own else ""
    account.legs[leg.sid] = leg
    line = engine.lines[leg.sid] = Line(engine, leg)
    line.parameters = parameters
    call = engine.ringing[leg.sid] = Call(line, timeout, answered, failed)
    line.on_end.append(lambda: _not_taken(engine, call))
    begins = max(now, engine.next_start) if paced else now
    if paced:
        engine.next_start = begins + PACE
    engine.clock.after((begins - now).total_seconds(), lambda: _begin(engine, call))
    return call


def pick_up(engine: Engine, leg: Leg, by: str = "") -> None:
    """The leg is answered, if it rings. `by` is what a detection would call it."""
    call = engine.ringing.get(leg.sid)
    if call is None or leg.status not in ("initiated", "ringing"):
        return
    _forget(engine, call)
    call.line.answer()
    call.answered(call.line)


def refuse(engine: Engine, leg: Leg) -> None:
    """Whoever is rung does not want to: busy."""
    call = engine.ringing.get(leg.sid)
    if call is not None:
        call.line.end("busy", 486)


def _begin(engine: Engine, call: Call) -> None:
    if not call.line.leg.over:
        engine.move(call.line, "initiated")
        call.timer = engine.clock.after(SETUP, lambda: _ring(engine, call))


def _ring(engine: Engine, call: Call) -> None:
    leg = call.line.leg
    if leg.over:
        return
    call.manner = engine.phones.get(leg.to, Offline())
    if isinstance(call.manner, Offline):
        client = leg.to.startswith("client:")
        call.line.end("no-answer" if client else "failed", 404 if client else 480)
    elif isinstance(call.manner, Busy):
        call.line.end("busy", 486)
    else:
        leg.started_at = engine.clock.now()
        engine.move(call.line, "ringing")
        call.timer = engine.clock.after(call.timeout + RINGS_LONGER, lambda: call.line.end("no-answer", 487))
        _react(engine, call, call.manner)


def _react(engine: Engine, call: Call, manner: Manner) -> None:
    leg = call.line.leg
    if isinstance(manner, Answers | Machine):
        engine.clock.after(manner.after, lambda: pick_up(engine, leg))
    elif isinstance(manner, Declines):
        engine.clock.after(manner.after, lambda: refuse(engine, leg))
    elif isinstance(manner, Asks):
        manner.rings(leg)


def _not_taken(engine: Engine, call: Call) -> None:
    if engine.ringing.get(call.line.leg.sid) is call:
        _forget(engine, call)
        call.failed(call.line)


def _forget(engine: Engine, call: Call) -> None:
    if call.timer is not None:
        call.timer.cancel()
    engine.ringing.pop(call.line.leg.sid, None)


def _address(to: str) -> tuple[str, dict[str, str]]:
    """`client:anna?reason=vip` is the browser of anna, with a parameter for its page."""
    address, _, query = to.partition("?")
    if not address.startswith("client:") or not query:
        return to, {}
    return address, dict(parse_qsl(query, keep_blank_values=True))


def ended_as(line: Line) -> CallStatus:
    """What a leg that the account ends itself becomes: canceled as long as nobody took it."""
    return "completed" if line.leg.answered_at else "canceled"
