"""The monthly draw: replayable, steered by nobody, equal for all customers."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sampling import (
    WANTED,
    Pair,
    commitment,
    draw,
    frame_text,
    joint_beacon,
    read_frame,
)

PERIOD = "2026-10"
BEACON = "0123456789abcdef" * 4
TWELVE = [Pair("a-07", f"c-{number:03}") for number in range(1, 13)]

names = st.integers(0, 30).map(lambda n: f"c-{n:03}")
agents = st.integers(0, 5).map(lambda n: f"a-{n:02}")
frames = st.sets(st.builds(Pair, agents, names), min_size=1, max_size=80)
beacons = st.integers(0, 2**64).map(lambda n: f"{n:016x}")


def test_the_published_example_comes_out_to_every_digit() -> None:
    drawn = draw(frame_text(PERIOD, TWELVE), BEACON)
    assert drawn.frame_sha256 == "4666c47d4daf9d4f3900a5f13a9f362cffdcfdd26c42eff284e954c784152f30"
    assert drawn.seed == "ad7365841851933db9f044c7dfcc209be2c801cad366b47cf500bec6222adb02"
    agent = drawn.agents["a-07"]
    assert agent.primaries == ("c-005", "c-006", "c-009", "c-001", "c-011")
    assert agent.reserves == ("c-007", "c-012", "c-004", "c-003", "c-010", "c-008", "c-002")
    assert (agent.frame_size, agent.shared, agent.inclusion) == (12, False, 5 / 12)


@given(frames, beacons, st.randoms())
def test_the_order_of_rows_changes_nothing(frame: set[Pair], beacon: str, chance: object) -> None:
    rows = sorted(frame)
    chance.shuffle(rows)  # type: ignore[attr-defined]
    assert draw(frame_text(PERIOD, rows + rows[:3]), beacon) == draw(frame_text(PERIOD, frame), beacon)


@given(frames, beacons)
def test_a_frame_survives_being_published(frame: set[Pair], beacon: str) -> None:
    period, pairs = read_frame(frame_text(PERIOD, frame))
    assert (period, set(pairs)) == (PERIOD, frame)


@given(frames, beacons)
def test_nobody_is_asked_about_two_agents_and_nobody_is_forgotten(frame: set[Pair], beacon: str) -> None:
    drawn = draw(frame_text(PERIOD, frame), beacon)
    asked = [customer for agent in drawn.agents.values() for customer in agent.primaries]
    assert len(asked) == len(set(asked))
    for name, agent in drawn.agents.items():
        own = {pair.customer for pair in frame if pair.agent == name}
        assert sorted(agent.reserves) == sorted(own - set(asked))
        assert set(agent.primaries) <= own
        assert len(agent.primaries) <= WANTED
        # Whoever has reserves has all primaries: none of these customers was needed by anybody
        assert not agent.reserves or len(agent.primaries) == WANTED
        assert agent.frame_size == len(own)


@given(st.integers(0, 2**32))
def test_other_agents_rows_do_not_reorder_mine(other: int) -> None:
    """The same seed gives a pair the same place, whoever else is in the frame (the seed itself changes with it)."""
    alone = draw(frame_text(PERIOD, TWELVE), f"{other:x}")
    assert draw(frame_text(PERIOD, TWELVE), f"{other:x}") == alone
    strangers = [Pair("a-08", f"d-{number:03}") for number in range(9)]
    both = draw(frame_text(PERIOD, [*TWELVE, *strangers]), f"{other:x}")
    assert both.frame_sha256 != alone.frame_sha256
    assert set(both.agents["a-07"].primaries) <= {pair.customer for pair in TWELVE}
    assert len(both.agents["a-07"].primaries) == WANTED


def test_every_customer_is_drawn_equally_often() -> None:
    """2,400 beacons, 5 of 12: each customer within five standard errors of 1,000, and the first places as well."""
    frame = frame_text(PERIOD, TWELVE)
    draws = [draw(frame, f"{beacon:064x}").agents["a-07"] for beacon in range(2400)]
    drawn = Counter(name for each in draws for name in each.primaries)
    first = Counter(each.primaries[0] for each in draws)
    assert set(drawn) == {pair.customer for pair in TWELVE}
    assert all(abs(times - 1000) < 5 * 24.2 for times in drawn.values())
    assert all(abs(times - 200) < 5 * 13.6 for times in first.values())


@pytest.mark.parametrize(
    "frame",
    [
        "2026-10|a|c\n2026-10|a|b\n",
        "2026-10|a|b\n2026-10|a|b\n",
        "2026-10|a|b\n2026-11|a|c\n",
        "2026-10|a|b",
        "2026-10|a\n",
        "2026-10|a|b c\n",
    ],
)
def test_a_frame_that_was_touched_is_refused(frame: str) -> None:
    with pytest.raises(ValueError, match=r"frame|opaque"):
        draw(frame, BEACON)


def test_a_draw_needs_a_beacon() -> None:
    with pytest.raises(ValueError, match="beacon"):
        draw(frame_text(PERIOD, TWELVE), " ")


@pytest.mark.parametrize("name", ["", "a|b", "a b", "客户", "a\nb"])
def test_names_in_a_frame_are_opaque(name: str) -> None:
    with pytest.raises(ValueError, match="opaque"):
        frame_text(PERIOD, [Pair("a-07", name)])


def test_one_role_alone_does_not_know_the_beacon() -> None:
    one = joint_beacon({"supervisor": "red", "quality": "blue"})
    assert one == joint_beacon({"quality": "blue", "supervisor": "red"})
    assert one not in (
        joint_beacon({"supervisor": "red", "quality": "green"}),
        joint_beacon({"supervisor": "pink", "quality": "blue"}),
    )
    assert commitment("red", "s1") != commitment("red", "s2")
