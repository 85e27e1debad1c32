"""Which command the telephone network gets next: the rows say what should be, the legs what it was told."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from app.domain.call import CallState
from app.domain.telephone import LegThere, Place, Step, StepKind, next_step

CALLER = LegThere(1, "customer", False, Place.LINE, "CA1")
ANN = LegThere(2, "agent", False, Place.ROOM, "CA2")
BO = LegThere(3, "consultee", False, Place.ROOM, "CA3")
TALKING = replace(CALLER, place=Place.ROOM)


def gone(leg: LegThere, place: Place = Place.ROOM) -> LegThere:
    return replace(leg, left=True, place=place)


@pytest.mark.parametrize(
    ("state", "legs", "wanted"),
    [
        ("ivr", [replace(CALLER, place=Place.MENU)], None),
        ("queued", [CALLER], None),
        ("offering", [CALLER], None),
        # The agent clicked: the browser is rung first, and the caller follows when it is there
        ("bridging", [CALLER, replace(ANN, place=Place.NOWHERE, sid="")], (StepKind.ADD, 2)),
        ("bridging", [CALLER, replace(ANN, place=Place.ASKED)], None),
        ("bridging", [CALLER, replace(ANN, place=Place.ASKED, sid="")], (StepKind.FIND, 2)),
        ("bridging", [CALLER, ANN], (StepKind.TO_ROOM, 1)),
        ("bridging", [replace(CALLER, place=Place.ASKED), ANN], None),
        ("connected", [TALKING, ANN], None),
        # Hold and back
        ("held", [TALKING, ANN], (StepKind.HOLD, 1)),
        ("held", [replace(TALKING, held=True), ANN], None),
        ("connected", [replace(TALKING, held=True), ANN], (StepKind.RESUME, 1)),
        ("consulting", [TALKING, ANN, BO], (StepKind.HOLD, 1)),
        ("consulting", [replace(TALKING, held=True), ANN, replace(BO, place=Place.NOWHERE, sid="")], (StepKind.ADD, 3)),
        ("transferred", [replace(TALKING, held=True), ANN, BO], (StepKind.RESUME, 1)),
        ("connected", [TALKING, gone(ANN), BO], (StepKind.END, 2)),
        # Back to the line: the caller first, then the agent
        ("queued", [TALKING, gone(ANN)], (StepKind.TO_LINE, 1)),
        ("queued", [CALLER, gone(ANN)], (StepKind.END, 2)),
        ("queued", [CALLER, gone(ANN, Place.GONE)], None),
        # Given up while the browser rang: what was answered late is ended, never bridged
        ("queued", [CALLER, replace(gone(ANN, Place.ASKED), sid="")], (StepKind.FIND, 2)),
        ("offering", [CALLER, gone(ANN)], (StepKind.END, 2)),
        ("ended", [gone(TALKING), gone(ANN)], (StepKind.END, 1)),
        ("ended", [gone(CALLER, Place.GONE), gone(ANN)], (StepKind.END, 2)),
        ("ended", [gone(CALLER, Place.GONE), gone(ANN, Place.GONE)], None),
        ("ended", [gone(CALLER, Place.MENU)], None),
    ],
)
def test_the_command_that_is_missing(state: str, legs: list[LegThere], wanted: tuple[StepKind, int] | None) -> None:
    assert next_step(CallState(state), "", legs) == (Step(*wanted) if wanted else None)


def test_who_waited_too_long_hears_why() -> None:
    assert next_step(CallState.ENDED, "max_wait", [gone(CALLER, Place.LINE)]) == Step(StepKind.SAY_GOODBYE, 1)
    assert next_step(CallState.ENDED, "abandoned", [gone(CALLER, Place.LINE)]) is None


#: What each command leads to, so that a series of them can be followed.
AFTER = {
    StepKind.ADD: {"place": Place.ROOM, "sid": "CA9"},
    StepKind.FIND: {"sid": "CA9"},
    StepKind.TO_ROOM: {"place": Place.ROOM, "held": False},
    StepKind.TO_LINE: {"place": Place.LINE, "held": False},
    StepKind.HOLD: {"held": True},
    StepKind.RESUME: {"held": False},
    StepKind.END: {"place": Place.GONE},
    StepKind.SAY_GOODBYE: {"place": Place.MENU},
}


@pytest.mark.parametrize("state", list(CallState))
def test_wherever_the_legs_are_the_commands_come_to_an_end(state: CallState) -> None:
    """From each combination of places a few commands lead to rest, and a leg that the desk gave up is over then."""
    for where, agent, left, known, held in product(Place, Place, (False, True), ("", "CA2"), (False, True)):
        legs = [replace(CALLER, place=where, held=held), replace(ANN, place=agent, left=left, sid=known)]
        for _ in range(8):
            step = next_step(state, "max_wait", legs)
            if step is None:
                break
            legs = [replace(leg, **AFTER[step.kind]) if leg.id == step.leg_id else leg for leg in legs]
        assert next_step(state, "max_wait", legs) is None, (state, where, agent, left)
        assert not (left and legs[1].place in (Place.ASKED, Place.ROOM))
