"""Refusals that belong to the rules themselves; the outer rooms translate them into answers for people."""

from __future__ import annotations


class IllegalMove(ValueError):
    """A state machine was asked for a move that its table does not hold."""

    def __init__(self, machine: str, state: str, event: str) -> None:
        super().__init__(f"{machine}: no move from {state!r} on {event!r}")
        self.machine = machine
        self.state = state
        self.event = event
