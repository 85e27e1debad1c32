"""The matrix of who hears whom, in every state there is."""

from __future__ import annotations

from itertools import product
from typing import Any

from playwright.sync_api import Page

from tests.browser.voice.parties import PLAIN

NAMES = ("held", "muted", "consult", "monitor", "recording", "recordingPaused")
ALL_STATES = [
    dict(zip((*NAMES, "listened", "listenerPaused"), values, strict=True))
    for values in product(
        (False, True),
        (False, True),
        (None, "private", "conference"),
        (None, "listen", "whisper", "barge"),
        (False, True),
        (False, True),
        (False, True),
        (False, True),
    )
]


def may_hear(state: dict[str, Any], listener: str, source: str) -> bool:
    """The rules in other words than the code's, pair by pair."""
    customer_apart = state["held"] or state["consult"] == "private"
    present = {
        "agent": not state["muted"],
        "customer": not customer_apart,
        "consultee": state["consult"] is not None,
        "supervisor": state["monitor"] in ("whisper", "barge"),
        "listener": False,  # has no voice in any state
    }
    if listener == source or not present[source]:
        return False
    match listener, source:
        case "customer", _ if customer_apart:
            return False
        case "customer", "supervisor":
            return bool(state["monitor"] == "barge")
        case "customer", "consultee":
            return bool(state["consult"] == "conference")
        case "consultee", _:
            return state["consult"] is not None and source != "supervisor"
        case "listener", _ if customer_apart or state["recordingPaused"] or state["listenerPaused"]:
            return False
        case "listener", "consultee":
            return bool(state["listened"] and state["consult"] == "conference")
        case "listener", "supervisor":
            return bool(state["listened"] and state["monitor"] == "barge")
        case "listener", _:
            return bool(state["listened"])
        case "supervisor", _:
            return state["monitor"] is not None and source != "consultee"
    return True


def test_matrix_in_every_state(page: Page) -> None:
    assert len(ALL_STATES) == 768
    results = page.evaluate("(states) => states.map(harness.matrix)", ALL_STATES)
    parties = ("agent", "customer", "consultee", "supervisor", "listener")
    for state, result in zip(ALL_STATES, results, strict=True):
        for listener in parties:
            expected = {source for source in parties if may_hear(state, listener, source)}
            assert len(result[listener]) == len(set(result[listener]))
            assert set(result[listener]) == expected, (state, listener)
        if state["recording"] and state["listened"] and not state["listenerPaused"]:  # as it is recorded, no more
            sides = result["recorder"]["left"] + result["recorder"]["right"]
            assert sorted(result["listener"]) == sorted(sides), state
        recorded = state["recording"] and not state["recordingPaused"]
        apart = state["held"] or state["consult"] == "private"
        assert result["recorder"]["left"] == (["customer"] if recorded and not apart else []), state
        assert result["recorder"]["right"] == (result["customer"] if recorded else []), state


def test_matrix_opens_nothing_for_words_it_does_not_know(page: Page) -> None:
    state = {**PLAIN, "consult": "confrence", "monitor": "admin"}
    plain, odd = page.evaluate("(states) => states.map(harness.matrix)", [PLAIN, state])
    assert odd == plain
