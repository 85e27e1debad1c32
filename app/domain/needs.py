"""Needs and suggestions of customers: their states, and which of them nobody sees to (blind spots)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

KINDS: Final = ("need", "suggestion")
#: What happens when it is missing: basic loses the customer, expected pleases, beyond delights.
LEVELS: Final = ("basic", "expected", "beyond")
TYPES: Final = ("basic_service", "value_added", "individual", "green")
#: "merged" is reached by joining only: the other entry goes on with its voices.
STATES: Final = ("open", "planned", "done", "declined", "merged")
CHOICES: Final = STATES[:4]
LONGEST_TITLE: Final = 200
LONGEST_ANSWER: Final = 300

#: From so many customers on, within RECENT, an open entry must have an owner.
MANY: Final = 2
RECENT: Final = timedelta(days=90)
#: An open entry that nobody decided on for so long is one that nobody looks at.
FORGOTTEN: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one entry stands. `customers` are those of the last RECENT; moments are aware."""

    state: str
    level: str
    owned: bool
    customers: int
    changed_at: datetime


def blind_spot(entry: Standing, now: datetime) -> str:
    """Why nobody sees to an open entry: "basic", "many" or "forgotten"; empty when somebody does, or nobody has to."""
    if entry.state != "open":
        return ""
    if not entry.owned and entry.level == "basic":
        return "basic"
    if not entry.owned and entry.customers >= MANY:
        return "many"
    return "forgotten" if now - entry.changed_at > FORGOTTEN else ""


def title_of(said: str) -> str:
    """A title for what a customer said: its first line, cut to LONGEST_TITLE."""
    line = said.strip().splitlines()[0].strip() if said.strip() else ""
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"
