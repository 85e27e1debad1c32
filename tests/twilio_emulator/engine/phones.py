"""Who is at the other end when the emulator rings: the manner of a browser or of a telephone, and what it hears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.twilio_emulator.state import Leg


@dataclass(frozen=True)
class Answers:
    """Picks up after so many seconds."""

    after: float = 1.0


@dataclass(frozen=True)
class Machine:
    """An answering machine picks up, greets for `greeting` seconds and beeps."""

    after: float = 4.0
    greeting: float = 6.0


@dataclass(frozen=True)
class Declines:
    """Refuses after so many seconds: busy."""

    after: float = 1.0


@dataclass(frozen=True)
class Ignores:
    """Lets it ring."""


@dataclass(frozen=True)
class Busy:
    """Never rings."""


@dataclass(frozen=True)
class Offline:
    """A browser that is not registered, or a telephone that is off."""


@dataclass(frozen=True)
class Asks:
    """Somebody outside decides, by `engine.answer` or `engine.decline`: a browser of the demo, or a test."""

    rings: Callable[[Leg], None]


Manner = Answers | Machine | Declines | Ignores | Busy | Offline | Asks
#: How long a dialled leg takes until it rings, in seconds.
SETUP = 0.3
