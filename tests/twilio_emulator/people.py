"""Scripted people: a scenario is text, one sentence a line; sentences are steps, and those with "then" expectations.

    phone +447700900123 answers after 3 s      ann calls +15550100 from +447700900123
    ann presses 1 after 2 s                    ann hangs up
    bo logs in                                 bo answers
    40 s pass                                  then ann hears bo

Words about telephones are done here, on the engine. Words about desks are done by whoever has the product: `desk`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.twilio_emulator.clock import Virtual
from tests.twilio_emulator.engine import Answers, Busy, Engine, Ignores, Machine, Offline
from tests.twilio_emulator.engine.phones import Manner
from tests.twilio_emulator.state import Leg

WITHHELD = "anonymous"


class Misread(ValueError):
    """A sentence that the language does not have."""


class Desk(Protocol):
    """The product's side of a scenario."""

    def do(self, who: str, what: str, *details: str) -> None:
        """An agent or a supervisor does something at their desk: `answers`, `transfers to`, ..."""
        ...

    def expect(self, words: str) -> None:
        """What must be so in the product. Raises: AssertionError."""
        ...

    def leg_of(self, who: str) -> Leg | None:
        """The leg of somebody at a desk, when they have one."""
        ...

    def name_at(self, address: str) -> str:
        """Who is at an address like "client:agent-7"; what comes after the colon when nobody is known there."""
        ...


@dataclass(frozen=True)
class Step:
    """One sentence: what is done, by whom, with which details. `line` is where it stands."""

    line: int
    verb: str
    details: tuple[str, ...]
    text: str


_S = r"(\d+(?:\.\d+)?) s"
#: What the language has; the first that fits is taken.
SENTENCES: list[tuple[str, str]] = [
    (r"then (\w+) hears (nobody|\w+(?: and \w+)*)", "expect_hears"),
    (r"then (\w+) never heard (\w+)", "expect_never"),
    (r"then (\w+) was told (.+)", "expect_told"),
    (r"then (\w+)'s call is ([\w-]+)", "expect_call"),
    (r"then (.+)", "expect_desk"),
    (r"phone (\S+) answers after " + _S, "phone_answers"),
    (r"phone (\S+) is (busy|off|unanswered|a machine)", "phone_is"),
    (r"(\w+) calls (\S+) from (\S+)", "calls"),
    (r"(\w+) calls (\S+) withholding the number", "calls_unknown"),
    (r"(\w+) answers the phone (\S+)", "is_at"),
    (r"(\w+) presses ([0-9*#]+)(?: after " + _S + ")?", "presses"),
    (r'(\w+) says "([^"]+)"(?: with confidence (\S+))?', "says"),
    (r"(\w+) talks for " + _S, "talks"),
    (r"(\w+) (?:waits|stays silent for) " + _S, "waits"),
    (r"(\w+) hangs up", "hangs_up"),
    (r'(\w+) texts "([^"]*)"', "texts"),
    (r"(\w+) replies (\S+)", "texts"),
    (_S + " pass(?:es)?", "passes"),
    (r"(\d+) minutes? pass(?:es)?", "minutes_pass"),
    (
        r"(\w+) (logs in|answers|declines|ignores|loses network|comes back|holds|takes back|wraps up|barges in|leaves)",
        "desk",
    ),
    (r"(\w+) (transfers to|consults|completes the transfer to|listens to|whispers to) (\w+)", "desk"),
    (r"the (\w+) (restarts|comes back)", "desk"),
]
_PATTERNS = [(re.compile(pattern), verb) for pattern, verb in SENTENCES]


def read(scenario: str) -> list[Step]:
    """The steps of a scenario; what follows a `--` is for its readers.

    Raises: Misread, with the line.
    """
    steps = []
    for number, raw in enumerate(scenario.strip().splitlines(), 1):
        text = raw.partition("--")[0].strip()
        if not text:
            continue
        for pattern, verb in _PATTERNS:
            if found := pattern.fullmatch(text):
                steps.append(Step(number, verb, tuple(group or "" for group in found.groups()), text))
                break
        else:
            raise Misread(f"line {number}: {text}")
    return steps


class People:
    """Plays scenarios. `step` seconds are the grain in which time passes; `each` is called after every grain: there
    the product's workers get their turn, and invariants are looked at."""

    def __init__(
        self,
        engine: Engine,
        clock: Virtual,
        desk: Desk,
        *,
        each: Callable[[], None] = lambda: None,
        text: Callable[[str, str], None] = lambda number, body: None,
        step: float = 1.0,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.desk_side = desk
        self.legs: dict[str, Leg] = {}
        self.numbers: dict[str, str] = {}
        self._each = each
        self._text = text
        self._step = step
        self._hearing: dict[str, set[str]] = {}

    def play(self, scenario: str) -> None:
        """All sentences in order.

        Raises: AssertionError with the sentence whose expectation does not hold.
        """
        for step in read(scenario):
            try:
                getattr(self, step.verb)(*step.details)
            except AssertionError as error:
                raise AssertionError(f"line {step.line}, {step.text!r}: {error}") from error

    def passes(self, seconds: str) -> None:
        left = float(seconds)
        while left > 0:
            self.clock.advance(min(self._step, left))
            left -= self._step
            self._each()
            self._listen()

    def minutes_pass(self, minutes: str) -> None:
        self.passes(str(int(minutes) * 60))

    def leg(self, who: str) -> Leg:
        leg = self.legs.get(who) or self.desk_side.leg_of(who)
        assert leg is not None, f"{who} is on no line"
        return leg

    # Telephones ----------------------------------------------------------------------------------------------

    def calls(self, who: str, line: str, number: str) -> None:
        self.numbers[who] = number
        self.legs[who] = self.engine.dial_in(number, line)
        self.passes("1")

    def calls_unknown(self, who: str, line: str) -> None:
        self.calls(who, line, WITHHELD)

    def is_at(self, who: str, number: str) -> None:
        """The last call to that number is theirs."""
        self.numbers[who] = number
        rung = [leg for leg in self.engine.account.legs.values() if leg.to == number and not leg.over]
        assert rung, f"nobody calls {number}"
        self.legs[who] = rung[-1]
        self.engine.answer(rung[-1])
        self.passes("1")

    def presses(self, who: str, digits: str, after: str) -> None:
        if after:
            self.passes(after)
        self.engine.press(self.leg(who), digits)
        self.passes("1")

    def says(self, who: str, words: str, confidence: str) -> None:
        self.engine.say(self.leg(who), words, confidence or "0.9")
        self.passes("1")

    def talks(self, who: str, seconds: str) -> None:
        self.engine.speak(self.leg(who), float(seconds))
        self.passes(seconds)

    def waits(self, who: str, seconds: str) -> None:
        self.passes(seconds)

    def hangs_up(self, who: str) -> None:
        """Callers put down the telephone; people at desks press their button."""
        if who in self.legs:
            self.engine.hang_up(self.legs[who])
        else:
            self.desk_side.do(who, "hangs up")
        self.passes("1")

    def texts(self, who: str, body: str) -> None:
        self._text(self.numbers[who], body)
        self.passes("1")

    def phone_answers(self, number: str, after: str) -> None:
        self.engine.phones[number] = Answers(float(after))

    def phone_is(self, number: str, how: str) -> None:
        manners: dict[str, Manner] = {"busy": Busy(), "off": Offline(), "unanswered": Ignores(), "a machine": Machine()}
        self.engine.phones[number] = manners[how]

    def desk(self, who: str, what: str, whom: str = "") -> None:
        self.desk_side.do(who, what, *([whom] if whom else []))
        self.passes("1")

    # Expectations --------------------------------------------------------------------------------------------

    def expect_hears(self, who: str, whom: str) -> None:
        expected = set() if whom == "nobody" else set(whom.split(" and "))
        heard = self._heard_now(who)
        assert heard == expected, f"{who} hears {sorted(heard) or 'nobody'}"

    def expect_never(self, who: str, whom: str) -> None:
        """At no grain of time since the beginning."""
        assert whom not in self._hearing.get(who, set()), f"{who} did hear {whom}"

    def expect_told(self, who: str, words: str) -> None:
        """Of texts and files that were played on the line of somebody: one contains these words."""
        told = self.engine.heard(self.leg(who))
        assert any(words.lower() in each.lower() for each in told), f"{who} was told {told}"

    def expect_call(self, who: str, status: str) -> None:
        assert self.leg(who).status == status, f"it is {self.leg(who).status}"

    def expect_desk(self, words: str) -> None:
        self.desk_side.expect(words)

    def _heard_now(self, who: str) -> set[str]:
        by_sid = {leg.sid: name for name, leg in self.legs.items()}
        heard = set()
        for other in self.engine.hears(self.leg(who)):
            heard.add(by_sid.get(other.sid) or self.desk_side.name_at(other.to))
        return heard

    def _listen(self) -> None:
        for who, leg in self.legs.items():
            if not leg.over:
                self._hearing.setdefault(who, set()).update(self._heard_now(who))
