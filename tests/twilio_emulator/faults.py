"""Bad luck between the emulator and the product, drawn from a seed: the same seed has the same bad luck."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "duplicate",  # the same request twice
    "drop",  # never arrives
    "delay",  # arrives late; within the window others overtake it
    "replay",  # arrives, and again after an hour
    "wrong_signature",  # somebody else's request arrives first
    "old_token",  # so does one that was signed with an Auth Token of the past
    "missing_field",  # a field that Twilio does not promise is absent
    "extra_field",  # one that nobody has heard of is there
    "slow",  # the product has it, its answer comes after the limit
    "error_before",  # something before the product answers 500
    "error_after",  # the product has it, its answer is lost: 500
    "refused",  # nobody listens for a moment; the next attempt may get through
    "restart",  # the product is started anew before it gets this
]
KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]
#: Without these a webhook means nothing; they are never left out.
NEEDED = frozenset(
    {
        *("CallSid", "AccountSid", "CallStatus", "Direction", "From", "To", "Digits", "SpeechResult", "ErrorCode"),
        *("QueueResult", "QueueSid", "DialCallStatus", "CallbackSource", "SequenceNumber", "StatusCallbackEvent"),
        *("ConferenceSid", "FriendlyName", "ParticipantLabel", "ParticipantCallStatus", "MessageSid", "MessageStatus"),
        *("RecordingSid", "RecordingStatus", "RecordingUrl", "Body"),
    }
)
#: Whoever waits for a document has a caller on the line: these would only leave the caller in silence.
NOT_FOR_DOCUMENTS = frozenset({"drop", "delay", "replay"})


@dataclass(frozen=True)
class Forced:
    """A fault that is not left to chance: the next webhook whose path contains `path` and has these fields."""

    kind: Kind
    path: str
    fields: Mapping[str, str]


@dataclass
class FaultPlan:
    """Which webhooks meet which bad luck.

    `rates` is the chance of each kind per webhook, 0 to 1. `window` in seconds is how late a delayed one comes at most.
    """

    seed: int = 0
    rates: Mapping[Kind, float] = field(default_factory=dict)
    window: float = 8.0
    forced: list[Forced] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    @classmethod
    def everything(cls, seed: int, rate: float = 0.06) -> FaultPlan:
        """Each kind as likely as the others; restarts are rarer, they cost time."""
        return cls(seed, {kind: rate / 3 if kind == "restart" else rate for kind in KINDS})

    def once(self, kind: Kind, path: str = "", **fields: str) -> None:
        """The next webhook like this meets this fault, whatever chance says."""
        self.forced.append(Forced(kind, path, fields))

    def draw(self, path: str, fields: Mapping[str, str], wants_document: bool) -> frozenset[Kind]:
        """The faults of one webhook. Each kind asks chance every time, so that one draw does not move the next."""
        drawn = {kind for kind in KINDS if self.chance.random() < self.rates.get(kind, 0.0)}
        for forced in self.forced:
            if forced.path in path and forced.fields.items() <= fields.items():
                self.forced.remove(forced)
                drawn = {forced.kind}
                break
        else:
            if wants_document:
                drawn -= NOT_FOR_DOCUMENTS
        if drawn:
            what = fields.get("StatusCallbackEvent") or fields.get("CallStatus") or fields.get("MessageStatus", "")
            self.happened.append(f"{path} {what}: {', '.join(sorted(drawn))}")
        return frozenset(drawn)

    def lateness(self) -> float:
        """Seconds that a delayed webhook is late."""
        return self.chance.uniform(0.5, self.window)

    def changed(self, fields: Mapping[str, str], kinds: frozenset[Kind]) -> dict[str, str]:
        """The fields as they go out: some left out, some nobody has heard of."""
        out = dict(fields)
        if "missing_field" in kinds and (spare := sorted(set(out) - NEEDED)):
            del out[self.chance.choice(spare)]
        if "extra_field" in kinds:
            out[f"New{self.chance.randrange(1000)}"] = "值 &=+%2B"
        return out

    def __str__(self) -> str:
        return f"seed {self.seed}:\n  " + "\n  ".join(self.happened or ["nothing happened"])
