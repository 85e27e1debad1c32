"""What a page shows after a change is the image the server built; what it missed, it notices."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.image_changes import change_between

LISTS = ("agents", "queues")
ROWS = st.dictionaries(st.integers(1, 8), st.sampled_from(("free", "talking", "break")))


def applied(before: dict[str, Any], change: dict[str, Any]) -> dict[str, Any] | None:
    """The image after `change`, as static/js/live.js makes it; None when something in between was missed."""
    if before["v"] != change["after"]:
        return None
    image = {**before, **change["set"], "v": change["v"]}
    for name, told in change["rows"].items():
        rows = {_id(row): row for row in before[name]}
        order = told.get("order", list(rows))
        rows |= {_id(row): row for row in told.get("changed", ())}
        image[name] = [rows[key] for key in order]
    return image


def _id(row: Any) -> Any:
    return row["id"] if isinstance(row, dict) else row[0]


@st.composite
def images(draw: st.DrawFn, version: int) -> dict[str, Any]:
    agents, queues = draw(ROWS), draw(ROWS)
    order = draw(st.permutations(sorted(queues)))
    return {
        "v": version,
        "now": draw(st.sampled_from(("9:00", "9:01"))),
        "waiting": draw(st.integers(0, 2)),
        "agents": [[agent, state] for agent, state in agents.items()],
        "queues": [{"id": queue, "state": queues[queue]} for queue in order],
    }


@given(images(1), images(2))
def test_a_page_that_applies_the_change_shows_the_new_image(before: dict[str, Any], after: dict[str, Any]) -> None:
    change = change_between(before, after, LISTS)
    if change is None:
        assert {**before, "v": 2, "now": after["now"]} == after
    else:
        assert applied(before, change) == after


@given(images(1), images(2), images(3))
def test_a_page_that_missed_one_asks(first: dict[str, Any], second: dict[str, Any], third: dict[str, Any]) -> None:
    change = change_between(second, third, LISTS)
    assert change is None or applied(first, change) is None


def test_one_agent_of_many_is_one_row() -> None:
    agents = [{"id": n, "state": "free"} for n in range(500)]
    after = [{**agent, "state": "talking"} if agent["id"] == 7 else agent for agent in agents]
    change = change_between(
        {"v": 1, "now": "9:00", "agents": agents}, {"v": 2, "now": "9:01", "agents": after}, LISTS[:1]
    )
    assert change == {
        "v": 2,
        "after": 1,
        "set": {"now": "9:01"},
        "rows": {"agents": {"changed": [{"id": 7, "state": "talking"}]}},
    }


def test_a_later_hour_alone_is_no_change() -> None:
    assert (
        change_between({"v": 1, "now": "9:00", "agents": []}, {"v": 2, "now": "9:01", "agents": []}, ["agents"]) is None
    )
