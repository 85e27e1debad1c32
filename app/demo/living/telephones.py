"""The telephones of the demo's people, at the simulated carrier of `make run VOICE=twilio-demo`: dial, press, hang up.

What they do reaches the desk as all telephones do, by the carrier's signed webhooks. The name they are shown with says
that they are played; the desk believes it from a simulated carrier only (app/phones/callers.py).
"""

from __future__ import annotations

import json
import logging
import urllib.request
from typing import Any

from app.phones.addresses import identity_of
from app.phones.callers import PLAYED
from config import Settings

log = logging.getLogger(__name__)

PATIENCE_S = 5.0


class Exchange:
    """The simulated carrier at `base`."""

    def __init__(self, base: str) -> None:
        self._base = base
        # No proxy: it is on this machine
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def dial(self, number: str) -> str:
        """The name of the new call; empty when there is none, as when a person at this machine has that telephone."""
        return str(self._ask("dial", number=number, name=PLAYED).get("sid", ""))

    def press(self, sid: str, digits: str) -> None:
        """Press keys in a call."""
        self._ask("press", sid=sid, digits=digits)

    def hang_up(self, sid: str) -> None:
        """Put the receiver down."""
        self._ask("hang-up", sid=sid)

    def seat(self, agent_id: int, *, there: bool) -> None:
        """Let calls to that agent's browser be taken, or no longer."""
        self._ask("desk", identity=identity_of(agent_id), there=there)

    def _ask(self, what: str, **asked: Any) -> dict[str, Any]:
        """The answer, empty where there is none: the carrier may be stopping, and the next call finds out."""
        request = urllib.request.Request(  # noqa: S310 - this machine, see config.py
            f"{self._base}/played/{what}",
            data=json.dumps(asked).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=PATIENCE_S) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except (OSError, ValueError) as error:
            log.info("the simulated carrier does not %s: %s", what, error)
            return {}


def exchange_of(settings: Settings) -> Exchange | None:
    """The carrier of the demo's people; None where calls run between browsers, or where telephones are real."""
    played = settings.lives and settings.voice_provider == "twilio" and settings.twilio_api_base
    return Exchange(settings.twilio_api_base) if played else None
