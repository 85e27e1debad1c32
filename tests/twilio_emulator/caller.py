"""The caller of whoever is at the desk: rings while a person's page is there, goes through the menus, talks, texts.

The living demo has people of its own (played.py), who speak with the agents that it plays; this one is for people.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from tests.twilio_emulator.asking import World
from tests.twilio_emulator.state import Leg

#: Who rings in turn, and what they text later: customers of the demo organisation, a withheld number, somebody unknown.
CALLERS = (
    ("+447700900142", "Hello, where is my parcel now?"),
    ("+447700900611", "Thank you, it has arrived."),
    ("anonymous", ""),
    ("+16175550117", "Can you deliver on Saturday instead?"),
    ("+447700900955", "Sorry, I could not wait on the telephone. When is my parcel coming?"),
)
#: Seconds: between calls, between looks for a person, between keys, how long they wait at most, talk, until they text.
PAUSE, LOOK, KEY, PATIENCE, TALK, TEXT = 150.0, 3.0, 7.0, 240.0, 60.0, 95.0


class Caller:
    """Rings for ever. Everything is an event of the clock; `line` is the desk's number."""

    def __init__(self, world: World, line: str, somebody: Callable[[], bool]) -> None:
        """`somebody` tells whether a person's desk can be rung: nobody waits for an empty house."""
        self.world = world
        self.line = line
        self.somebody = somebody
        self._callers = cycle(CALLERS)

    def begin(self, after: float = 5.0) -> None:
        """The first call comes then, if somebody is there."""
        self.world.clock.after(after, self._ring)

    def _ring(self) -> None:
        if not self.somebody():
            self.world.clock.after(LOOK, self._ring)
            return
        number, words = next(self._callers)
        leg = self.world.engine.dial_in(number, self.line)
        for step in (1, 2):
            self.world.clock.after(KEY * step, lambda: self._press(leg))
        self.world.clock.after(KEY * 3, lambda: self._wait(leg, PATIENCE))
        if words:
            self.world.clock.after(TEXT, lambda: self._text(number, words))

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

    def _text(self, number: str, words: str) -> None:
        self.world.messages.receive(number, self.line, words)
