"""What the network is told about a customer whom we ring, by state of the callback and place of the legs."""

from __future__ import annotations

import pytest

from app.domain.call import CallState
from app.domain.telephone import LegThere, Place, next_step

S, P = CallState, Place


@pytest.mark.parametrize(
    ("state", "rung", "agent", "customer", "sid", "step"),
    [
        (S.QUEUED, "waiting", P.GONE, P.NOWHERE, "", None),
        (S.BRIDGING, "ringing", P.ASKED, P.NOWHERE, "", None),  # nobody picks up to silence
        (S.BRIDGING, "ringing", P.ROOM, P.NOWHERE, "", "ring"),
        (S.BRIDGING, "ringing", P.ROOM, P.GONE, "", "ring"),
        (S.BRIDGING, "ringing", P.ROOM, P.ASKED, "", None),  # the answer to the first ring got lost: never a second
        (S.BRIDGING, "ringing", P.ROOM, P.ASKED, "CA1", None),
        (S.BRIDGING, "unanswered", P.ROOM, P.ASKED, "CA1", "end"),
        (S.BRIDGING, "connected", P.ROOM, P.ASKED, "CA1", None),
        (S.CONNECTED, "connected", P.ROOM, P.ROOM, "CA1", None),
        (S.HELD, "connected", P.ROOM, P.ROOM, "CA1", "hold"),
        (S.QUEUED, "waiting", P.GONE, P.ROOM, "CA1", "end"),  # rung again later, never left alone in a room
        (S.ENDED, "done", P.GONE, P.ROOM, "CA1", "end"),
        (S.ENDED, "canceled", P.GONE, P.ASKED, "CA1", "end"),
    ],
)
def test_a_customer_whom_we_ring(
    state: CallState, rung: str, agent: Place, customer: Place, sid: str, step: str | None
) -> None:
    legs = [
        LegThere(1, "customer", state is S.ENDED, customer, sid),
        LegThere(2, "agent", agent is P.GONE, agent, "CA2"),
    ]
    found = next_step(state, "", legs, rung=rung)
    assert (found.kind.value if found else None) == step
    assert found is None or found.leg_id == 1
