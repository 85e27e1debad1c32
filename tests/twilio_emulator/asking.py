"""What a handler of the REST front is given, and how it registers for an operation of Twilio's file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.twilio_emulator.clock import Clock
from tests.twilio_emulator.engine import Engine
from tests.twilio_emulator.errors import RestError
from tests.twilio_emulator.journal import Journal
from tests.twilio_emulator.messages import Messages
from tests.twilio_emulator.openapi import Form
from tests.twilio_emulator.state import Account

#: What the emulator answers with: status and body, None where there is none.
Reply = tuple[int, dict[str, Any] | None]


@dataclass(frozen=True)
class Asked:
    """One request, checked: names out of its path, form and query."""

    names: dict[str, str]
    form: Form
    query: Form
    path: str

    def one(self, name: str, default: str = "") -> str:
        """The last value of a field of the form or the query."""
        values = self.form.get(name) or self.query.get(name)
        return values[-1] if values else default


@dataclass
class Trouble:
    """What the next requests whose name ends so get instead of (`before`) or after being done."""

    name: str
    status: int
    code: int
    times: int
    before: bool = True


@dataclass
class World:
    """What handlers work on."""

    account: Account
    clock: Clock
    engine: Engine
    messages: Messages
    journal: Journal
    troubles: list[Trouble] = field(default_factory=list)

    def refuse_next(self, name: str = "", *, status: int = 429, code: int = 20429, times: int = 1) -> None:
        """The next requests like this are refused and not done; 429 is Twilio's "too many at once"."""
        self.troubles.append(Trouble(name, status, code, times))

    def lose_answer(self, name: str = "", *, times: int = 1) -> None:
        """The next requests like this are done, and the answer is lost on the way: whoever asks sees a 503."""
        self.troubles.append(Trouble(name, 503, 20503, times, before=False))

    def trouble(self, name: str, before: bool) -> None:
        """Raises: RestError, when one is planned."""
        for trouble in self.troubles:
            if trouble.before == before and trouble.times > 0 and name.endswith(trouble.name):
                trouble.times -= 1
                raise RestError(trouble.status, trouble.code, "Planned trouble")


Handler = Callable[[World, Asked], Reply]
HANDLERS: dict[str, Handler] = {}


def handles(name: str) -> Callable[[Handler], Handler]:
    """Register the handler of "METHOD path", the path short: from the account on, or from "/v1"."""
    method, path = name.split(" ")
    whole = path if path.startswith("/v1") else f"/2010-04-01/Accounts{path}"

    def register(handler: Handler) -> Handler:
        HANDLERS[f"{method} {whole}"] = handler
        return handler

    return register
