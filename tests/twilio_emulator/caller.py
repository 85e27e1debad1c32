"""The demo's caller: rings the desk now and then, goes through its menus, waits, talks, and texts later."""

from __future__ import annotations

from itertools import cycle

from tests.twilio_emulator.asking import World
from tests.twilio_emulator.state import Leg

#: Who rings in turn: customers of the demo organisation, a withheld number, and somebody unknown.
CALLERS = ("+447700900142", "+447700900611", "anonymous", "+16175550117", "+447700900955")
TEXTS = ("Hello, where is my parcel now?", "请问我的包裹到哪里了？", "Thank you, it has arrived.")
#: Seconds: between calls, between keys, how long they wait for a person at most, how long they talk, until they text.
PAUSE, KEY, PATIENCE, TALK, TEXT = 150.0, 7.0, 240.0, 60.0, 20.0


class Caller:
    """Rings for ever. Everything is an event of the clock; `line` is the desk's number."""

    def __init__(self, world: World, line: str) -> None:
        self.world = world
        self.line = line
        self._numbers = cycle(CALLERS)
        self._texts = cycle(TEXTS)

    def begin(self, after: float = 5.0) -> None:
        """The first call comes then."""
        self.world.clock.after(after, self._ring)

    def _ring(self) -> None:
        number = next(self._numbers)
        leg = self.world.engine.dial_in(number, self.line)
        for step in (1, 2):
            self.world.clock.after(KEY * step, lambda: self._press(leg))
        self.world.clock.after(KEY * 3, lambda: self._wait(leg, PATIENCE))
        if number.startswith("+"):
            self.world.clock.after(PAUSE / 2 + TEXT, lambda: self._text(number))

    def _press(self, leg: Leg) -> None:
        """The first choice of each menu."""
        if not leg.over:
            self.world.engine.press(leg, "1")

    def _wait(self, leg: Leg, left: float) -> None:
        """Look every second whether somebody talks to them."""
        if leg.over:
            self.world.clock.after(PAUSE, self._ring)
        elif self.world.engine.hears(leg):
            self.world.clock.after(TALK, lambda: self._hang_up(leg))
        elif left <= 0:
            self._hang_up(leg)
        else:
            self.world.clock.after(1.0, lambda: self._wait(leg, left - 1.0))

    def _hang_up(self, leg: Leg) -> None:
        if not leg.over:
            self.world.engine.hang_up(leg)
        self.world.clock.after(PAUSE, self._ring)

    def _text(self, number: str) -> None:
        self.world.messages.receive(number, self.line, next(self._texts))
