"""Every request both ways, with what must hold for all of them. Printing hides numbers and texts; memory does not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

#: Seconds in which every webhook must be answered (its sender gives up after 15).
FAST = 2.0
_NUMBER = re.compile(r"\+?\d{6,15}")
#: A SID or a UUID may have many digits in a row and is no number all the same.
_OPAQUE = re.compile(r"[A-Z]{2}[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def redacted(fields: Mapping[str, str]) -> str:
    """Fields for people to read: of numbers the last two digits, of texts their length."""
    shown = {}
    for name, value in fields.items():
        shown[name] = f"<{len(value)} characters>" if name in {"Body", "Twiml", "SpeechResult"} else value
        if name not in {"Timestamp", "RawDlrDoneDate"} and not name.endswith("Sid"):
            shown[name] = re.sub(r"\+\d{5,13}(\d{2})\b", r"+…\1", shown[name])
    return " ".join(f"{name}={value}" for name, value in shown.items())


@dataclass(frozen=True)
class Entry:
    """One request: `asked` is the product's to the REST front, `told` the emulator's webhook to the product."""

    way: Literal["asked", "told"]
    at: datetime
    name: str  # "POST /…/Calls.json" by Twilio's template, or method and path of a webhook
    fields: Mapping[str, str]
    status: int  # 0: no answer
    code: int = 0  # Twilio's, of a refusal
    took: float = 0.0  # seconds of the machine's time
    made: str = ""  # the SID that it brought into being
    forged: bool = False  # a webhook with a wrong signature on purpose
    events: tuple[str, ...] = ()

    def __str__(self) -> str:
        marks = f"{self.code or ''}{' forged' if self.forged else ''}"
        return f"{self.at:%H:%M:%S.%f} {self.way} {self.name} {self.status} {marks} {redacted(self.fields)}"


@dataclass
class Journal:
    """All requests in order of their answers. `echo` is called with each, for the demo's terminal."""

    entries: list[Entry] = field(default_factory=list)
    echo: Callable[[Entry], None] | None = None

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)
        if self.echo is not None:
            self.echo(entry)

    def asked(self, name: str = "") -> list[Entry]:
        """Requests of the product to Twilio, those whose name ends so."""
        return [e for e in self.entries if e.way == "asked" and e.name.endswith(name)]

    def told(self, path: str = "") -> list[Entry]:
        """Webhooks of the emulator to the product, forged ones left out, those whose name contains `path`."""
        return [e for e in self.entries if e.way == "told" and not e.forged and path in e.name]

    # What must hold ------------------------------------------------------------------------------------------

    def check(self, *, timed: bool = True) -> None:
        """Nothing, when every rule below holds. Without `timed`, how long answers took is left to whoever measures it:
        on a machine that does much else a second says nothing about the product.

        Raises:
            AssertionError: with each breach on a line.
        """
        breaches = [*self.numbers_in_rooms(), *self.not_emulated(), *self.not_allowed()]
        breaches += self.slow() if timed else []
        breaches += [*self.failed(), *self.believed()]
        assert not breaches, "\n".join(breaches)

    def creates(self, name: str, *keys: str) -> Counter[tuple[str, ...]]:
        """How often requests of a name were accepted, by the values of `keys`: ("/Messages.json", "To", "Body")."""
        accepted = [e for e in self.asked(name) if e.name.startswith("POST") and e.status == 201]
        return Counter(tuple(e.fields.get(key, "") for key in keys) for e in accepted)

    def at_most(self, times: int, name: str, *keys: str) -> None:
        """Nothing, when no resource was made more often than that.

        Raises:
            AssertionError: one was.
        """
        more = {key: count for key, count in self.creates(name, *keys).items() if count > times}
        assert not more, f"{name} made more than {times} times: {more}"

    def numbers_in_rooms(self) -> Iterator[str]:
        """A conference's name is seen by everybody with the account: no telephone number in it."""
        for entry in self.entries:
            room = re.search(r"/Conferences/([^/.]+)", entry.fields.get("_path", ""))
            names = [entry.fields.get("FriendlyName", ""), room.group(1) if room else ""]
            inside = re.findall(r"<Conference[^>]*>([^<]*)<", entry.fields.get("Twiml", ""))
            for name in (*names, *inside):
                if _NUMBER.search(name) and not _OPAQUE.fullmatch(name):
                    yield f"a telephone number names a room: {entry}"

    def not_emulated(self) -> Iterator[str]:
        for entry in self.asked():
            if entry.status == 501:
                yield f"the emulator does not know this: {entry}"

    def not_allowed(self) -> Iterator[str]:
        for entry in self.asked():
            if entry.code == 20001:
                yield f"Twilio's file does not allow this: {entry}"

    def slow(self) -> Iterator[str]:
        for entry in self.told():
            if entry.took > FAST:
                yield f"answered after {entry.took:.1f} s: {entry}"

    def failed(self) -> Iterator[str]:
        for entry in self.told():
            if entry.status >= 500:
                yield f"the product answered {entry.status}: {entry}"

    def believed(self) -> Iterator[str]:
        for entry in self.entries:
            open_to_all = entry.name.endswith(".wav")  # sound that anybody may fetch asks for no signature
            if entry.forged and entry.status not in (0, 403) and not open_to_all:
                yield f"a forged webhook was answered {entry.status}: {entry}"

    def __str__(self) -> str:
        return "\n".join(map(str, self.entries))
