"""How long things take to say or play, in seconds. The figures are a table, not a measurement."""

from __future__ import annotations

import re

from tests.twilio_emulator.engine.parser import Verb

_WIDE = re.compile(r"[\u3400-\u9fff]")
PER_WIDE = 0.22
PER_LETTER = 0.06
SHORTEST = 0.5
TONE = 0.25
#: A file whose length nobody told the emulator.
PLAYED = 20.0
ENDLESS = 14400.0


def length_of(verb: Verb, lengths: dict[str, float], *, endless_zero: bool) -> float:
    """Of a Say, Play or Pause with its repetitions. `lengths`: of sound files, by the end of their address."""
    loop = int(verb.get("loop", "1"))
    if verb.name == "Pause":
        return float(verb.get("length", "1"))
    if verb.name == "Play" and verb.get("digits"):
        return TONE * len(verb.get("digits"))
    if loop == 0:
        if verb.name == "Say" or endless_zero:
            return ENDLESS
        loop = 1
    if verb.name == "Say":
        wide = len(_WIDE.findall(verb.text))
        return loop * max(SHORTEST, wide * PER_WIDE + (len(verb.text) - wide) * PER_LETTER)
    path = verb.text.split("?")[0]
    return loop * next((seconds for end, seconds in lengths.items() if path.endswith(end)), PLAYED)
