"""Who may be offered work, what the board shows, and how load leaves intent alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.agent_state import (
    CHANNEL_OF,
    DEFAULT_MAXIMA,
    Channel,
    Display,
    Intent,
    IntentChange,
    Kind,
    Light,
    QueueFit,
    Session,
    SessionEvent,
    Standing,
    advance_session,
    ask_intent,
    display_state,
    remaining_capacity,
    routable,
    settle_intent,
)
from app.domain.moves import IllegalMove
from app.domain.reservation import ReservationState

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
READY = Standing(Session.CONNECTED, Intent.AVAILABLE, voice_registered=True)
FITS = QueueFit(member=True, skilled=True, certified=True)


@pytest.mark.parametrize(
    ("loads", "left"),
    [
        ({}, {"voice": 1, "sms": 4, "ticket": 5}),
        ({"voice": 1}, {"voice": 0, "sms": 0, "ticket": 0}),
        ({"sms": 3}, {"voice": 1, "sms": 1, "ticket": 5}),
        ({"ticket": 7}, {"voice": 1, "sms": 4, "ticket": 0}),
        ({"voice": 0}, {"voice": 1, "sms": 4, "ticket": 5}),
    ],
)
def test_remaining_capacity_with_cross_channel_blocking(loads: dict[str, int], left: dict[str, int]) -> None:
    assert remaining_capacity(loads) == left


def test_another_matrix_lets_texts_in_during_a_call() -> None:
    assert remaining_capacity({"voice": 1}, DEFAULT_MAXIMA, {})["sms"] == 4


@given(st.dictionaries(st.sampled_from([channel.value for channel in Channel]), st.integers(0, 9)))
def test_more_load_never_leaves_more_room(loads: dict[str, int]) -> None:
    before = remaining_capacity(loads)
    after = remaining_capacity({channel: load + 1 for channel, load in loads.items()})
    assert all(0 <= after[channel] <= before[channel] for channel in before)


def test_a_callback_uses_the_voice() -> None:
    assert CHANNEL_OF[Kind.CALLBACK] is CHANNEL_OF[Kind.QUALITY] is Channel.VOICE


def test_all_lights_green() -> None:
    verdict = routable(READY, FITS, Channel.VOICE, NOW)
    assert verdict.ok
    assert verdict.reasons == ()


@pytest.mark.parametrize(
    ("agent", "fit", "light"),
    [
        (replace(READY, session=Session.GRACE), FITS, Light.SESSION),
        (replace(READY, intent=Intent.BREAK), FITS, Light.INTENT),
        (replace(READY, pending_intent=Intent.BREAK), FITS, Light.PENDING_INTENT),
        (replace(READY, cool_down_until=NOW + timedelta(seconds=1)), FITS, Light.COOL_DOWN),
        (replace(READY, loads={"voice": 1}), FITS, Light.CAPACITY),
        (READY, replace(FITS, member=False), Light.MEMBERSHIP),
        (READY, replace(FITS, skilled=False), Light.SKILL),
        (READY, replace(FITS, certified=False), Light.CERTIFICATE),
        (replace(READY, may_reply=False), FITS, Light.REPLY_PERMISSION),
        (replace(READY, voice_registered=False), FITS, Light.VOICE_DEVICE),
    ],
)
def test_each_light_alone_stops_the_offer(agent: Standing, fit: QueueFit, light: Light) -> None:
    verdict = routable(agent, fit, Channel.VOICE, NOW)
    assert not verdict.ok
    assert verdict.reasons == (light,)


def test_every_red_light_is_named() -> None:
    agent = replace(READY, session=Session.OFFLINE, intent=Intent.MISSED)
    assert routable(agent, replace(FITS, certified=False), Channel.SMS, NOW).reasons == (
        Light.SESSION,
        Light.INTENT,
        Light.CERTIFICATE,
    )


def test_texts_need_no_voice_device_and_a_cool_down_ends_on_time() -> None:
    agent = replace(READY, voice_registered=False, cool_down_until=NOW)
    assert routable(agent, FITS, Channel.SMS, NOW, weight=4).ok
    assert routable(agent, FITS, Channel.SMS, NOW, weight=5).reasons == (Light.CAPACITY,)


@pytest.mark.parametrize(
    ("current", "wanted", "busy", "at_once", "expected"),
    [
        ("available", "break", False, False, IntentChange(Intent.BREAK)),
        ("available", "break", True, False, IntentChange(Intent.AVAILABLE, Intent.BREAK)),
        ("available", "break", True, True, IntentChange(Intent.BREAK)),
        ("available", "missed", True, False, IntentChange(Intent.MISSED)),
        ("break", "available", True, False, IntentChange(Intent.AVAILABLE)),
        ("available", "available", True, False, IntentChange(Intent.AVAILABLE)),
    ],
)
def test_asking_for_an_intent(current: str, wanted: str, busy: bool, at_once: bool, expected: IntentChange) -> None:
    assert ask_intent(Intent(current), Intent(wanted), busy, at_once) == expected


def test_a_pending_intent_comes_when_the_load_is_gone_and_load_alone_changes_nothing() -> None:
    assert settle_intent(Intent.AVAILABLE, Intent.BREAK, busy=True).pending is Intent.BREAK
    assert settle_intent(Intent.AVAILABLE, Intent.BREAK, busy=False) == IntentChange(Intent.BREAK)
    assert settle_intent(Intent.BREAK, None, busy=True) == IntentChange(Intent.BREAK)


def test_session_comes_back_from_grace_or_goes() -> None:
    grace = advance_session(Session.CONNECTED, SessionEvent.LOSE)
    assert advance_session(grace, SessionEvent.CONNECT) is Session.CONNECTED
    assert advance_session(grace, SessionEvent.GRACE_OVER) is Session.OFFLINE
    with pytest.raises(IllegalMove):
        advance_session(Session.OFFLINE, SessionEvent.LOSE)


@pytest.mark.parametrize(
    ("session", "intent", "held", "shown"),
    [
        ("connected", "available", [], Display.AVAILABLE),
        ("connected", "break", [], Display.BREAK),
        ("connected", "available", [("voice", "pending")], Display.RINGING),
        ("connected", "available", [("voice", "accepted")], Display.CONNECTING),
        ("connected", "break", [("voice", "active")], Display.TALKING),
        ("connected", "available", [("voice", "wrapping"), ("sms", "active")], Display.WRAP_UP),
        ("connected", "available", [("sms", "active")], Display.WORKING),
        ("connected", "missed", [("sms", "active")], Display.MISSED),
        ("grace", "available", [("voice", "active")], Display.RECONNECTING),
        ("offline", "available", [], Display.OFFLINE),
    ],
)
def test_the_word_on_the_board(session: str, intent: str, held: list[tuple[str, str]], shown: Display) -> None:
    reservations = [(channel, ReservationState(state)) for channel, state in held]
    assert display_state(Session(session), Intent(intent), reservations) is shown
