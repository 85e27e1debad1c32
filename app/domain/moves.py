"""One way to read a table of moves: the state after an event, or a refusal that names both."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

StateT = TypeVar("StateT", bound=StrEnum)
EventT = TypeVar("EventT", bound=StrEnum)


class IllegalMove(ValueError):
    """A state machine was asked for a move that its table does not hold."""

    def __init__(self, machine: str, state: str, event: str) -> None:
        super().__init__(f"{machine}: no move from {state} on {event}")
        self.machine = machine
        self.state = state
        self.event = event


def follow(machine: str, moves: Mapping[tuple[StateT, EventT], StateT], state: StateT, event: EventT) -> StateT:
    """The state after ``event``.

    Raises:
        IllegalMove: the table holds no such move.
    """
    after = moves.get((state, event))
    if after is None:
        raise IllegalMove(machine, state.value, event.value)
    return after
