"""How the emulator asks the product: the port that the engine speaks to, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

#: Form fields of a webhook, each name once.
Fields = Mapping[str, str]


@dataclass(frozen=True)
class Document:
    """What the product answered: parsed by whoever asked. `url` is where it came from after redirects."""

    url: str
    status: int
    content_type: str
    text: str


@dataclass(frozen=True)
class Failure:
    """No usable answer, the fallback address included. `code`: 11200 HTTP status, 11205 connection, 11215 redirects."""

    url: str
    code: int
    reason: str


Then = Callable[[Document | Failure], None]


class Hooks(Protocol):
    """Asking never blocks: answers come as events of the clock, so only the leg that waits for one waits."""

    def twiml(
        self, url: str, method: str, fields: Fields, then: Then, *, fallback: str = "", fallback_method: str = "POST"
    ) -> None:
        """Ask for a document; `then(document or failure)` follows. With `fallback`, a failed request goes there once
        more with `ErrorCode` and `ErrorUrl` before it counts as failed. What cannot be parsed is the asker's to see:
        it asks its fallback itself, with 12100 or 12200."""
        ...

    def callback(self, url: str, method: str, fields: Fields) -> None:
        """Tell something; the answer is not looked at. An empty `url` tells nobody."""
        ...
